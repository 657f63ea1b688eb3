// Package read takes a document apart for a person to judge: its plain text and
// hash, and the records that its sentences seem to state, each with the exact
// words and where they stand.
//
// What it returns are proposals. Nothing here enters a register: a person reads
// the quote beside the record and accepts it, completes it, or throws it away.
// Laws:
//
//   - A quote is exactly the text between its offsets.
//   - What a sentence does not say is left out and named as missing; no day, no
//     figure and no party is invented to make a record whole.
//   - A complete proposal, with the document and the parties and places it
//     names, is right: record.Parse would read it back.
//   - The same text and options give the same proposals, to the byte.
//
// The finding is by gazetteer and pattern, in English: names of parties and
// places, days, figures and money, and a list of rules for what sentences say of
// them. It understands no more than that, and a person decides.
package read

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"entente/record"
)

// Limits of a document. A treaty with its annexes stays far below them.
const (
	BytesMax     = 64 << 20
	textBytesMax = 8 << 20
)

// Text is the plain text of a document and what the document says of itself.
type Text struct {
	Name      string     // the file's
	Body      string     // UTF-8, paragraphs set apart by line breaks
	Title     string     // as its own data say; may be empty
	Publisher string     // likewise
	Published record.Day // likewise
}

// SHA256 is the hash of the text as it is stored: of Body.
func (t Text) SHA256() string {
	sum := sha256.Sum256([]byte(t.Body))
	return hex.EncodeToString(sum[:])
}

// Error is a document that cannot be read: what is wrong and what to do.
type Error struct{ Name, Says, Fix string }

func (e *Error) Error() string { return e.Name + ": " + e.Says + "; " + e.Fix }

// forms lists the kinds of file, each with the extensions that name it and the
// bytes that it begins with.
var forms = []struct {
	ext, begins string
	open        func(data []byte) (Text, error)
}{
	{".pdf", "%PDF-", openPDF},
	{".docx", "PK\x03\x04", openDOCX},
	{".html .htm .xhtml", "<", openHTML},
	{".txt .md .text", "", openPlain},
}

// Open reads a document. What a file begins with counts for more than what it is
// called, except that plain text may begin with anything.
func Open(name string, data []byte) (Text, error) {
	if len(data) > BytesMax {
		return Text{}, &Error{name, fmt.Sprintf("the file has %d bytes, more than %d", len(data), BytesMax), "split it"}
	}
	ext := strings.ToLower(path.Ext(name))
	for _, f := range forms {
		named := ext != "" && strings.Contains(" "+f.ext+" ", " "+ext+" ")
		begins := f.begins != "" && bytes.HasPrefix(bytes.TrimLeft(data, "\uFEFF \t\r\n"), []byte(f.begins))
		if !named && !(begins && f.begins != "<") {
			continue
		}
		t, err := f.open(data)
		if err != nil {
			return Text{}, &Error{name, err.Error(), "save it as plain text, and read that"}
		}
		return finished(name, t)
	}
	return Text{}, &Error{name, "this is no form of document that can be read", "name a .txt, .html, .pdf or .docx file"}
}

func finished(name string, t Text) (Text, error) {
	t.Name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case len(t.Body) > textBytesMax:
		return Text{}, &Error{name, fmt.Sprintf("the text has more than %d bytes", textBytesMax), "split it"}
	case strings.TrimSpace(t.Body) == "":
		return Text{}, &Error{name, "there is no text in it", "a scan must be recognised (OCR) first; save the result as plain text"}
	}
	return t, nil
}

var errBinary = errors.New("it is not text: it contains NUL bytes")

// openPlain reads UTF-8, UTF-16 with its mark, or else Windows-1252, of which
// Latin-1 is a part.
func openPlain(data []byte) (Text, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return Text{Body: fromUTF16(data[2:], 0)}, nil
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return Text{Body: fromUTF16(data[2:], 1)}, nil
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if bytes.IndexByte(data, 0) >= 0 {
		return Text{}, errBinary
	}
	if utf8.Valid(data) {
		return Text{Body: string(data)}, nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	return Text{Body: string(text)}, err
}

// fromUTF16 reads code units whose low byte stands at index low of each pair.
func fromUTF16(data []byte, low int) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+1-low])<<8 | uint16(data[2*i+low])
	}
	return string(utf16.Decode(units))
}
