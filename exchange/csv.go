package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// csvSheets reads comma-separated values (RFC 4180) and their relatives: with
// semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252.
func csvSheets(f File, head []byte) ([]sheet, error) {
	code, err := encodingOf(f, head)
	if err != nil {
		return nil, err
	}
	comma, err := separatorOf(decoded(f, code))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	rows := func(ctx context.Context, yield rowFunc) error {
		return csvRows(ctx, f.Name, decoded(f, code), comma, yield)
	}
	return []sheet{{file: f.Name, rows: rows}}, nil
}

// encodingOf tells how the text is written. A byte order mark decides; else text
// that is UTF-8 from end to end is that, and all other text is Windows-1252,
// which holds Latin-1.
func encodingOf(f File, head []byte) (encoding.Encoding, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), nil
	case bytes.IndexByte(head, 0) >= 0:
		return nil, fault(f.Name, 0, "the file is no text: there are NUL bytes in it", "name a table: CSV, XLSX, JSON or XML")
	}
	r := io.NewSectionReader(f, 0, f.Size)
	buf, held := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buf[held:])
		text := buf[:held+n]
		whole := text
		if err == nil {
			whole = text[:lastWhole(text)]
		}
		switch {
		case bytes.IndexByte(whole, 0) >= 0:
			return nil, fault(f.Name, 0, "the file is no text: there are NUL bytes in it", "name a table: CSV, XLSX, JSON or XML")
		case !utf8.Valid(whole):
			return charmap.Windows1252, nil
		case errors.Is(err, io.EOF):
			return utf8BOM, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		held = copy(buf, text[len(whole):])
	}
}

// lastWhole is where the letter begins that the end of a text may have cut, or
// the end where it has not.
func lastWhole(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if utf8.FullRune(text[at:]) {
				break
			}
			return at
		}
	}
	return len(text)
}

// utf8BOM is UTF-8 with or without a byte order mark.
var utf8BOM = unicode.UTF8BOM

func decoded(f File, code encoding.Encoding) io.Reader {
	return transform.NewReader(io.NewSectionReader(f, 0, f.Size), code.NewDecoder())
}

// separators are tried in this order; of two that part the first rows alike, the
// first wins.
var separators = []rune{',', ';', '\t', '|'}

// separatorOf finds what parts the first rows into the most cells.
func separatorOf(r io.Reader) (rune, error) {
	sample := make([]byte, 64<<10)
	n, err := io.ReadFull(r, sample)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	best, most := ',', 1
	for _, comma := range separators {
		cells := 0
		c := csvReader(bytes.NewReader(sample[:n]), comma)
		for range 10 {
			row, err := c.Read()
			if err != nil {
				break
			}
			cells += len(row) - 1
		}
		if cells > most {
			best, most = comma, cells
		}
	}
	return best, nil
}

func csvReader(r io.Reader, comma rune) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = comma, true, -1, true
	return c
}

func csvRows(ctx context.Context, file string, r io.Reader, comma rune, yield rowFunc) error {
	c := csvReader(r, comma)
	end := 0 // the line on which the row before ended
	for n := 1; ; n++ {
		row, err := c.Read()
		if err == nil {
			line, _ := c.FieldPos(0)
			n += line - end - 1 // blank lines are rows of a spreadsheet
			end, _ = c.FieldPos(len(row) - 1)
			end += strings.Count(row[len(row)-1], "\n")
		}
		switch {
		case err == io.EOF:
			return ctx.Err()
		case err != nil:
			return fault(file, n, "the row cannot be read: "+err.Error(), "mend the row")
		case n > rowsMax:
			return fault(file, n, fmt.Sprintf("there are more than %d rows", rowsMax), "split the file")
		case len(row) > columnsMax:
			return fault(file, n, fmt.Sprintf("the row has %d cells, more than %d", len(row), columnsMax), "mend the row; is the file a table?")
		case n%1024 == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
		for i, cell := range row {
			if len(cell) > cellBytesMax {
				return fault(file, n, fmt.Sprintf("cell %s has %d bytes, more than %d", columnName(i), len(cell), cellBytesMax), "mend the row: a quote that opens there may not be closed")
			}
		}
		if err := yield(n, row); err != nil {
			return err
		}
	}
}
