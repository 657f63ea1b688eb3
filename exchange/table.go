package exchange

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// sheet is one table of a file, read row by row: a CSV file has one, a workbook
// has some. Rows are counted from 1, as a spreadsheet shows them.
type sheet struct {
	file, name string
	rows       func(ctx context.Context, yield rowFunc) error
	about      func(path string) string // what a file says beside its table, by path; "" for nothing
}

// rowFunc is given one row. The cells are its own only until it returns.
type rowFunc func(n int, cells []string) error

// Limits of an input. They are above what trackers publish and what Excel can
// hold, and keep a hostile file from taking the machine.
const (
	rowsMax      = 5_000_000
	columnsMax   = 16_384
	cellBytesMax = 1 << 20
	fileBytesMax = 1 << 30
)

// hints say where in a tree of JSON or XML the rows stand; a mapping has them.
type hints struct {
	list    []string // JSON: paths to the list of rows
	element []string // XML: last names of the path to a row's element
}

// sheets tells by its first bytes what a file is.
func sheets(f File, h hints) ([]sheet, error) {
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	head = head[:n]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case f.Size > fileBytesMax:
		return nil, fault(f.Name, 0, fmt.Sprintf("the file has %d bytes, more than %d", f.Size, fileBytesMax), "split it")
	case len(text) == 0 && int64(n) >= f.Size:
		return nil, fault(f.Name, 0, "the file is empty", "name a file with a table")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return workbookSheets(f)
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")):
		return nil, fault(f.Name, 0, "this is a workbook of Excel before 2007, or one with a password", "open it and save it as .xlsx without a password, or as CSV")
	case bytes.HasPrefix(text, []byte("<")):
		return xmlSheets(f, h)
	case bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")) && !strings.HasSuffix(strings.ToLower(f.Name), ".csv"):
		return jsonSheets(f, h)
	}
	return csvSheets(f, head)
}

// blank reports whether a cell says nothing. What cannot be seen is blank.
func blank(cell string) bool { return trim(cell) == "" }

// trim takes away what surrounds a cell and cannot be seen, and makes visible
// that a control character stands in it, which no record may hold.
func trim(cell string) string {
	cell = strings.Trim(cell, " \t\r\n\u00a0\u200b\u2060\ufeff\u202f")
	if strings.IndexFunc(cell, isControl) < 0 {
		return cell
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, cell)
}

func isControl(r rune) bool { return r != '\n' && r != '\t' && r != '\r' && unicode.IsControl(r) }

// columnName is how a spreadsheet names column i, counted from 0: A, Z, AA.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
