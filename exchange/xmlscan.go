package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlScan reads the tags of a worksheet one by one. A sheet is large and of few
// kinds of element, and the general decoder takes most of an import's time on
// it. It reads UTF-8 and the five entities of XML (section 4.6), and refuses
// document types; it does not check that tags match.
type xmlScan struct {
	r     *bufio.Reader
	begun bool
	text  []byte // before the tag
	tag   []byte
}

// xmlTag is a tag, and the text before it. Its bytes are good until the next.
type xmlTag struct {
	name  string // without prefix
	attrs []byte
	text  []byte
	end   bool // </name>
	empty bool // <name/>
}

func newXMLScan(r io.Reader) *xmlScan {
	return &xmlScan{r: bufio.NewReaderSize(r, 64<<10)}
}

// until reads up to and including a mark, behind what buf holds.
func (s *xmlScan) until(buf []byte, mark byte) ([]byte, error) {
	for {
		part, err := s.r.ReadSlice(mark)
		if len(buf)+len(part) > 2*cellBytesMax {
			return buf, errTooLong
		}
		buf = append(buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, err
		}
	}
}

// next returns the next tag, or io.EOF.
func (s *xmlScan) next() (xmlTag, error) {
	var err error
	if !s.begun {
		s.begun = true
		if mark, _ := s.r.Peek(2); len(mark) == 2 && (mark[0] >= 0xFE || mark[0] == 0 || mark[1] == 0) {
			return xmlTag{}, errors.New("it is not in UTF-8")
		}
	}
	s.text = s.text[:0]
	for {
		at := len(s.text)
		if s.text, err = s.until(s.text, '<'); err != nil {
			return xmlTag{}, err
		}
		s.text = unescaped(s.text[:len(s.text)-1], at)
		if s.tag, err = s.until(s.tag[:0], '>'); err != nil {
			return xmlTag{}, tooEarly(err)
		}
		if s.tag[0] != '!' && s.tag[0] != '?' {
			break
		}
		if err := s.aside(); err != nil {
			return xmlTag{}, err
		}
	}
	for bytes.Count(s.tag, []byte{'"'})%2 == 1 && bytes.IndexByte(s.tag, '\'') < 0 {
		if s.tag, err = s.until(s.tag, '>'); err != nil { // the mark was inside an attribute
			return xmlTag{}, tooEarly(err)
		}
	}
	return s.parsed(), nil
}

// aside reads past a comment or an instruction, and takes in a CDATA section.
func (s *xmlScan) aside() (err error) {
	close := []byte("?>")
	switch {
	case bytes.HasPrefix(s.tag, []byte("!--")):
		close = []byte("-->")
	case bytes.HasPrefix(s.tag, []byte("![CDATA[")):
		close = []byte("]]>")
	case s.tag[0] == '!':
		return errors.New("it has a document type declaration")
	}
	for !bytes.HasSuffix(s.tag, close) {
		if s.tag, err = s.until(s.tag, '>'); err != nil {
			return tooEarly(err)
		}
	}
	if inner, ok := bytes.CutPrefix(s.tag, []byte("![CDATA[")); ok {
		s.text = append(s.text, inner[:len(inner)-len(close)]...)
	}
	return nil
}

// parsed takes a tag apart.
func (s *xmlScan) parsed() xmlTag {
	t := xmlTag{text: s.text}
	body := s.tag[:len(s.tag)-1]
	body, t.end = bytes.CutPrefix(body, []byte("/"))
	body, t.empty = bytes.CutSuffix(body, []byte("/"))
	name := body
	if i := bytes.IndexAny(body, " \t\r\n"); i >= 0 {
		name, t.attrs = body[:i], body[i:]
	}
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	t.name = tagName(name)
	return t
}

// tagName spares a string for the tags that come a million times.
func tagName(name []byte) string {
	switch string(name) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "row":
		return "row"
	case "t":
		return "t"
	case "is":
		return "is"
	case "si":
		return "si"
	case "f":
		return "f"
	}
	return string(name)
}

// attr is the value of an attribute without prefix, or nil.
func (t *xmlTag) attr(name string) []byte {
	rest := t.attrs
	for {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:eq])
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// unescaped replaces the entities of a text from a place on. One that XML does
// not define stays as it is.
func unescaped(text []byte, from int) []byte {
	if bytes.IndexByte(text[from:], '&') < 0 {
		return text
	}
	out := text[:from]
	for rest := text[from:]; len(rest) > 0; {
		end := bytes.IndexByte(rest, ';')
		if rest[0] != '&' || end < 0 || end > 10 {
			out, rest = append(out, rest[0]), rest[1:]
			continue
		}
		name := string(rest[1:end])
		if c, ok := entities[name]; ok {
			out = append(out, c)
		} else if r, ok := numbered(name); ok {
			out = utf8.AppendRune(out, r)
		} else {
			out = append(out, rest[:end+1]...)
		}
		rest = rest[end+1:]
	}
	return out
}

// numbered is the letter of &#233; or &#xE9;.
func numbered(name string) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}
