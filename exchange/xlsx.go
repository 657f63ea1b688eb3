package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// Workbooks of Office Open XML (ECMA-376 part 1, SpreadsheetML), read as a
// stream: no part of the file is held but the texts that its cells share. What
// the file claims about its own size is not believed.

// Limits of a workbook, in bytes of XML after unpacking.
const (
	sheetBytesMax  = 4 << 30
	stringBytesMax = 64 << 20
	xlsxRowsMax    = 1_048_576 // Excel's own (ECMA-376 part 1, 18.3.1.73)
	mergesMax      = 1000
)

// workbook is what the cells of every sheet refer to.
type workbook struct {
	file    string
	parts   map[string]*zip.File
	texts   []string
	dates   []bool // by style: whether a number of it is a date
	base    time.Time
	targets map[string]string // relationship id to part
}

type sheetPart struct{ name, part string }

func workbookSheets(f File) ([]sheet, error) {
	z, err := zip.NewReader(f, f.Size)
	if err != nil {
		return nil, fault(f.Name, 0, "the workbook is damaged: "+err.Error(), "open it, and save it again as .xlsx")
	}
	b := &workbook{file: f.Name, parts: map[string]*zip.File{}, base: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	for _, p := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(p.Name, "/"))] = p
	}
	if b.parts["xl/workbook.xml"] == nil {
		return nil, fault(f.Name, 0, "this is an archive, not a workbook", "take the table out of it, and name that")
	}
	names, err := b.open()
	if err != nil {
		return nil, err
	}
	var all []sheet
	for _, s := range names {
		all = append(all, sheet{file: f.Name, name: s.name, rows: func(ctx context.Context, yield rowFunc) error { return b.rows(ctx, s, yield) }})
	}
	return all, nil
}

// open reads the parts that the sheets refer to, and lists the sheets in order.
func (b *workbook) open() ([]sheetPart, error) {
	b.targets = map[string]string{}
	err := b.each("xl/_rels/workbook.xml.rels", stringBytesMax, func(el xml.StartElement) {
		if el.Name.Local == "Relationship" {
			b.targets[attr(el, "Id")] = strings.ToLower(path.Join("xl", attr(el, "Target")))
			if t := attr(el, "Target"); strings.HasPrefix(t, "/") {
				b.targets[attr(el, "Id")] = strings.ToLower(t[1:])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var names []sheetPart
	err = b.each("xl/workbook.xml", stringBytesMax, func(el xml.StartElement) {
		switch el.Name.Local {
		case "workbookPr":
			if v := attr(el, "date1904"); v == "1" || v == "true" {
				b.base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			if part := b.targets[attr(el, "id")]; b.parts[part] != nil {
				names = append(names, sheetPart{attr(el, "name"), part})
			}
		}
	})
	if err == nil {
		err = b.readStyles()
	}
	if err == nil {
		err = b.readTexts()
	}
	return names, err
}

func attr(el xml.StartElement, local string) string {
	for _, a := range el.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// part opens a part, which ends with errTooLong after so many bytes.
func (b *workbook) part(name string, most int64) (io.ReadCloser, error) {
	r, err := b.parts[name].Open()
	if err != nil {
		return nil, fault(b.file, 0, "the workbook is damaged: "+name+": "+err.Error(), "open it, and save it again as .xlsx")
	}
	return &limited{r, most}, nil
}

var errTooLong = errors.New("it unpacks to more than can be true")

// limited is a reader that fails, rather than ends, beyond its limit.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// each visits the elements of a part that may be missing.
func (b *workbook) each(name string, most int64, visit func(xml.StartElement)) error {
	if b.parts[name] == nil {
		return nil
	}
	r, err := b.part(name, most)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(bufio.NewReader(r))
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			switch t := t.(type) {
			case xml.Directive:
				err = errors.New("it has a document type declaration")
			case xml.StartElement:
				visit(t)
			}
		}
		if err != nil {
			return b.damaged(name, err)
		}
	}
}

func (b *workbook) damaged(name string, err error) error {
	if isSaid(err) {
		return err
	}
	return fault(b.file, 0, "the workbook cannot be read: "+name+": "+err.Error(), "open it, and save it again as .xlsx")
}

// readStyles learns which styles show a number as a date.
func (b *workbook) readStyles() error {
	custom, inCells := map[string]bool{}, false
	return b.each("xl/styles.xml", stringBytesMax, func(el xml.StartElement) {
		switch el.Name.Local {
		case "numFmt":
			custom[attr(el, "numFmtId")] = isDateFormat(attr(el, "formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "cellStyleXfs", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := attr(el, "numFmtId")
				n, _ := strconv.Atoi(id)
				b.dates = append(b.dates, custom[id] || n >= 14 && n <= 17 || n == 22)
			}
		}
	})
}

// isDateFormat reports whether a number format shows a day or a year (18.8.30).
func isDateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == 'd' || c == 'D' || c == 'y' || c == 'Y':
			return true
		case c == ';':
			return false // the first section is for numbers above zero
		}
	}
	return false
}

// readTexts holds the texts that cells share.
func (b *workbook) readTexts() error {
	const name = "xl/sharedstrings.xml"
	if b.parts[name] == nil {
		return nil
	}
	r, err := b.part(name, 4*stringBytesMax)
	if err != nil {
		return err
	}
	defer r.Close()
	s, total := newXMLScan(r), 0
	for {
		t, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && t.name == "si" && !t.end {
			var text string
			if text, err = richText(s, t); err == nil {
				b.texts = append(b.texts, text)
			}
			if total += len(text); total > stringBytesMax {
				err = errTooLong
			}
		}
		if err != nil {
			return b.damaged(name, err)
		}
	}
}

// richText reads the runs of a text until its element ends; what only says how
// it is pronounced is passed over.
func richText(s *xmlScan, open xmlTag) (string, error) {
	if open.empty {
		return "", nil
	}
	text, phonetic := "", false
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return "", tooEarly(err)
		case t.name == "rPh":
			phonetic = !t.end && !t.empty
		case t.name == "t" && t.end && !phonetic:
			if text += string(t.text); len(text) > cellBytesMax {
				return "", errTooLong
			}
		case t.name == open.name && t.end:
			return text, nil
		}
	}
}

// rows reads a sheet. What stands in a merged cell stands in every row of it.
func (b *workbook) rows(ctx context.Context, s sheetPart, yield rowFunc) error {
	merged, err := b.merges(s)
	if err != nil {
		return err
	}
	p, err := b.part(s.part, sheetBytesMax)
	if err != nil {
		return err
	}
	defer p.Close()
	r := rowReader{b: b, s: newXMLScan(p), merged: merged}
	for {
		n, err := r.next()
		switch {
		case err == io.EOF:
			return ctx.Err()
		case err != nil:
			return b.damaged(s.part, err)
		case n%1024 == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
		if err := yield(n, r.cells); err != nil {
			return err
		}
	}
}

// span is a merged cell that covers more than one row, counted from 1, of
// columns counted from 0.
type span struct {
	top, bottom, left, right int
	text                     string
}

// merges finds the merged cells; they stand behind the rows, so the part is read
// once more, and only for them.
func (b *workbook) merges(s sheetPart) ([]*span, error) {
	p, err := b.part(s.part, sheetBytesMax)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	r := bufio.NewReaderSize(p, 64<<10)
	var all []*span
	for {
		tag, err := r.ReadSlice('>')
		if err == io.EOF {
			return all, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, b.damaged(s.part, err)
		}
		if i := bytes.LastIndex(tag, []byte("<mergeCell ")); i >= 0 {
			_, ref, _ := strings.Cut(string(tag[i:]), `ref="`)
			ref, _, _ = strings.Cut(ref, `"`)
			if m := spanOf(ref); m != nil {
				all = append(all, m)
			}
			if len(all) > mergesMax {
				return nil, fault(b.file, 0, fmt.Sprintf("sheet %q has more than %d cells that are merged over rows", s.name, mergesMax), "unmerge them")
			}
		}
	}
}

func spanOf(ref string) *span {
	a, z, ok := strings.Cut(ref, ":")
	if !ok {
		return nil
	}
	left, top, ok1 := cellPlace(a)
	right, bottom, ok2 := cellPlace(z)
	if !ok1 || !ok2 || bottom <= top || right < left {
		return nil
	}
	return &span{top: top, bottom: bottom, left: left, right: right}
}

// cellPlace takes A1 apart: the column from 0, the row from 1.
func cellPlace[T string | []byte](ref T) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && column <= columnsMax; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	row, err := strconv.Atoi(string(ref[i:]))
	return column - 1, row, i > 0 && err == nil && row > 0 && column <= columnsMax
}

// rowReader reads one row after the other.
type rowReader struct {
	b      *workbook
	s      *xmlScan
	n      int
	cells  []string
	merged []*span
}

func (r *rowReader) next() (int, error) {
	for {
		t, err := r.s.next()
		if err != nil {
			return 0, err
		}
		if t.name == "row" && !t.end {
			if err := r.row(t); err != nil {
				return 0, err
			}
			r.fill()
			return r.n, nil
		}
	}
}

// row reads the cells of one row.
func (r *rowReader) row(open xmlTag) error {
	n := r.n + 1
	at := string(open.attr("r"))
	if at != "" {
		n, _ = strconv.Atoi(at)
	}
	if n <= r.n || n > xlsxRowsMax {
		return fmt.Errorf("after row %d comes a row %q; a sheet has at most %d", r.n, at, xlsxRowsMax)
	}
	r.n, r.cells = n, r.cells[:0]
	for !open.empty {
		t, err := r.s.next()
		switch {
		case err != nil:
			return tooEarly(err)
		case t.name == "row" && t.end:
			return nil
		case t.name == "c" && !t.end:
			if err := r.cell(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// tooEarly is an end where there should be none.
func tooEarly(err error) error {
	if err == io.EOF {
		return errors.New("it ends too early")
	}
	return err
}

// cell reads one cell and puts it into its column.
func (r *rowReader) cell(open xmlTag) error {
	column := len(r.cells)
	if ref := open.attr("r"); ref != nil {
		c, _, ok := cellPlace(ref)
		if !ok {
			return fmt.Errorf("there is no cell %q", ref)
		}
		column = c
	}
	if column >= columnsMax {
		return fmt.Errorf("row %d has more than %d cells", r.n, columnsMax)
	}
	for len(r.cells) <= column {
		r.cells = append(r.cells, "")
	}
	if open.empty {
		return nil
	}
	kind, style := cellKind(open.attr("t")), r.b.style(open.attr("s"))
	value, formula, err := r.content()
	if err != nil {
		return err
	}
	if value == "" && formula != "" {
		r.cells[column] = "=" + formula // its result is not in the file
		return nil
	}
	r.cells[column], err = r.b.shown(kind, style, value)
	return err
}

// cellKind spares a string for the kinds that come a million times.
func cellKind(t []byte) string {
	switch string(t) {
	case "s":
		return "s"
	case "", "n":
		return "n"
	case "str":
		return "str"
	}
	return string(t)
}

// content is the value and the formula of a cell as they are stored.
func (r *rowReader) content() (value, formula string, err error) {
	for {
		t, err := r.s.next()
		switch {
		case err != nil:
			return "", "", tooEarly(err)
		case t.name == "v" && t.end:
			value = string(t.text)
		case t.name == "f" && t.end:
			formula = string(t.text)
		case t.name == "is" && !t.end:
			if value, err = richText(r.s, t); err != nil {
				return "", "", err
			}
		case t.name == "c" && t.end:
			return value, formula, nil
		}
		if len(value)+len(formula) > cellBytesMax {
			return "", "", errTooLong
		}
	}
}

// style reports whether a number of a style is a date.
func (b *workbook) style(s []byte) (date bool) {
	if s == nil {
		return false
	}
	i, err := strconv.Atoi(string(s))
	return err == nil && i >= 0 && i < len(b.dates) && b.dates[i]
}

// shown is a stored value as people see it, without the rounding of its format.
func (b *workbook) shown(kind string, date bool, value string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(b.texts) {
			return "", fmt.Errorf("a cell refers to shared text %q of %d", value, len(b.texts))
		}
		return b.texts[i], nil
	case "b":
		return map[string]string{"0": "FALSE", "1": "TRUE"}[value], nil
	case "n":
		return b.number(date, value), nil
	}
	return value, nil
}

// number writes out a number, which is stored with an exponent where it is very
// large or small, or the day that it stands for.
func (b *workbook) number(date bool, value string) string {
	if !date && !strings.ContainsAny(value, "eE") && len(value) < 16 {
		return value
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	if !date || x < 1 || x > 2958465 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	if x < 60 && b.base.Year() == 1899 {
		x++ // Excel believes in 29 February 1900
	}
	days, part := math.Modf(x)
	t := b.base.AddDate(0, 0, int(days)).Add(time.Duration(part*86400+0.5) * time.Second)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02T15:04:05")
}

// fill repeats in this row what merged cells above it say, and learns what those
// that begin here say.
func (r *rowReader) fill() {
	for _, m := range r.merged {
		switch {
		case m.top == r.n && m.left < len(r.cells):
			m.text = r.cells[m.left]
		case m.top < r.n && r.n <= m.bottom:
			for len(r.cells) <= m.left {
				r.cells = append(r.cells, "")
			}
			if r.cells[m.left] == "" {
				r.cells[m.left] = m.text
			}
		}
	}
}
