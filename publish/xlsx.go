package publish

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"entente/record"
	"entente/register"
)

// cellTextMax is how much text a spreadsheet's cell holds.
const cellTextMax = 32767

// xlsx writes a workbook: what it is and how it was reckoned, the totals, and a
// sheet for each kind of record, its head frozen and with filters. Numbers and
// whole days are typed; texts that could be taken for formulas are defused.
func (d *document) xlsx(w io.Writer) error {
	b := &book{d: d, f: excelize.NewFile()}
	defer b.f.Close()
	if err := b.styles(); err != nil {
		return err
	}
	if err := b.about(); err != nil {
		return err
	}
	if err := b.totals(); err != nil {
		return err
	}
	for _, k := range record.Kinds() {
		if len(d.v.OfKind(k)) > 0 {
			if err := b.kind(k); err != nil {
				return err
			}
		}
	}
	b.f.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return &orderedZip{w: w, parts: map[string]*bytes.Buffer{}} })
	return b.f.Write(w)
}

// orderedZip writes the parts of an archive in the order of their names: the
// library hands them over in no order at all, and one view has one workbook.
type orderedZip struct {
	w     io.Writer
	parts map[string]*bytes.Buffer
}

func (z *orderedZip) Create(name string) (io.Writer, error) {
	z.parts[name] = new(bytes.Buffer)
	return z.parts[name], nil
}

// AddFS is asked for by the library's interface, and by nothing that writes a
// workbook.
func (z *orderedZip) AddFS(fs.FS) error { panic("publish: a workbook has no files of its own") }

func (z *orderedZip) Close() error {
	out := zip.NewWriter(z.w)
	for _, name := range slices.Sorted(maps.Keys(z.parts)) {
		part, err := out.Create(name)
		if err == nil {
			_, err = part.Write(z.parts[name].Bytes())
		}
		if err != nil {
			return fmt.Errorf("publish: write %s: %w", name, err)
		}
	}
	return out.Close()
}

type book struct {
	d          *document
	f          *excelize.File
	head, date int
}

func (b *book) styles() (err error) {
	format := "yyyy-mm-dd"
	if b.head, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8E6DF"}}}); err != nil {
		return fmt.Errorf("publish: style: %w", err)
	}
	if b.date, err = b.f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return fmt.Errorf("publish: style: %w", err)
	}
	return nil
}

// about says what was measured, at which rung, as of when, with which rates, and
// who may see it.
func (b *book) about() error {
	if err := b.f.SetSheetName("Sheet1", "About"); err != nil {
		return fmt.Errorf("publish: name a sheet: %w", err)
	}
	rows := [][]string{{"What this is", "Records of a register, exported"}}
	for _, l := range b.d.stamp.Lines() {
		rows = append(rows, []string{l[0], l[1]})
	}
	rows = append(rows,
		[]string{"Measure", "What each party has promised: quantities by resource, and money in euros at the rate of its day. A part of another pledge is counted in it, once."},
		[]string{"Rung", b.d.o.rung().String() + " or above is inside a total; what is below stands beside it"},
		[]string{"Ranges", "Where a quantity or an amount is a range, the column ending in _max has its upper end"},
		[]string{"Lists", "A cell that begins with [ or { holds a list or table of the record, as JSON"})
	for _, r := range b.rates() {
		rows = append(rows, []string{"Rate", r})
	}
	s, err := b.sheet("About", []column{{name: "Field"}, {name: "Value"}}, 18, 90)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if err := s.SetRow(cellName(1, i+2), []any{defused(row[0]), defused(row[1])}); err != nil {
			return fmt.Errorf("publish: write a row: %w", err)
		}
	}
	return s.Flush()
}

// rates are those that money was converted with.
func (b *book) rates() []string {
	var all []string
	seen := map[string]bool{}
	for _, p := range b.d.v.Pledges() {
		if says := rateOf(b.d.v, p); says != "" && !seen[says] {
			seen[says] = true
			all = append(all, says+" for one euro")
		}
	}
	return all
}

// sheet begins a sheet with a frozen head.
func (b *book) sheet(name string, cols []column, widths ...float64) (*excelize.StreamWriter, error) {
	if i, err := b.f.GetSheetIndex(name); err != nil || i < 0 {
		if _, err := b.f.NewSheet(name); err != nil {
			return nil, fmt.Errorf("publish: add sheet %s: %w", name, err)
		}
	}
	s, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("publish: write sheet %s: %w", name, err)
	}
	for i := range cols {
		width := 16.0
		if i < len(widths) {
			width = widths[i]
		}
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return nil, fmt.Errorf("publish: set a width: %w", err)
		}
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, fmt.Errorf("publish: freeze the head: %w", err)
	}
	heads := make([]any, len(cols))
	for i, c := range cols {
		heads[i] = excelize.Cell{StyleID: b.head, Value: c.name}
	}
	return s, s.SetRow("A1", heads)
}

// totals writes what each party has promised, inside and beside the rung.
func (b *book) totals() error {
	cols := []column{{name: "party"}, {name: "name"}, {name: "resource"}, {name: "unit"}, {name: "inside"}, {name: "inside_max"}, {name: "beside"}, {name: "beside_max"}, {name: "pledges"}, {name: "without_rate"}}
	s, err := b.sheet("Totals", cols, 12, 28, 28)
	if err != nil {
		return err
	}
	rows := b.d.v.Totals(b.d.o.rung())
	for i, t := range rows {
		unit, in, inMax, out, outMax := b.unit(t), t.Inside.Quantity.Min, t.Inside.Quantity.Max, t.Beside.Quantity.Min, t.Beside.Quantity.Max
		if t.Resource == "" {
			in, inMax = t.Inside.Euro.Min.Amount().Float(), t.Inside.Euro.Max.Amount().Float()
			out, outMax = t.Beside.Euro.Min.Amount().Float(), t.Beside.Euro.Max.Amount().Float()
		}
		err := s.SetRow(cellName(1, i+2), []any{string(t.Party), defused(b.d.v.Name(record.Key{Kind: record.KindParty, ID: string(t.Party)})), string(t.Resource), defused(unit),
			in, inMax, out, outMax, len(t.Pledges), len(t.Inside.Unrated) + len(t.Beside.Unrated)})
		if err != nil {
			return fmt.Errorf("publish: write a row: %w", err)
		}
	}
	return b.finish(s, "Totals", len(cols), len(rows))
}

func (b *book) unit(t register.Total) string {
	if r, ok := b.d.v.Resource(t.Resource); ok {
		return r.Unit
	}
	return string(record.Euro)
}

// finish gives the rows of a sheet filters, and ends it.
func (b *book) finish(s *excelize.StreamWriter, name string, cols, rows int) error {
	if rows > 0 {
		striped := false
		if err := s.AddTable(&excelize.Table{Range: "A1:" + cellName(cols, rows+1), Name: "T" + name, StyleName: "TableStyleLight1", ShowRowStripes: &striped}); err != nil {
			return fmt.Errorf("publish: add filters to %s: %w", name, err)
		}
	}
	return s.Flush()
}

// kind writes the records of one kind.
func (b *book) kind(k record.Kind) error {
	t := TableOf(b.d.v, k)
	s, err := b.sheet(string(k), t.Columns)
	if err != nil {
		return err
	}
	for i, row := range t.Rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = b.cell(t.Columns[j], cell, k, row)
		}
		if err := s.SetRow(cellName(1, i+2), cells); err != nil {
			return fmt.Errorf("publish: write a row: %w", err)
		}
	}
	return b.finish(s, string(k), len(t.Columns), len(t.Rows))
}

// cell is one value in its type.
func (b *book) cell(c column, text string, k record.Kind, row []string) any {
	switch {
	case text == "":
		return nil
	case c.kind == number:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x
		}
	case c.kind == flag:
		return text == "true"
	case c.kind == day && len(text) == len(time.DateOnly):
		if at, err := time.Parse(time.DateOnly, text); err == nil && at.Year() > 1900 {
			return excelize.Cell{StyleID: b.date, Value: at}
		}
	}
	if len(text) > cellTextMax {
		b.d.lose(string(k)+"/"+row[1], c.name, "is longer than a cell holds, and was cut off")
		text = text[:cellTextMax-4]
		for len(text) > 0 && text[len(text)-1]&0xC0 == 0x80 {
			text = text[:len(text)-1]
		}
	}
	return defused(text)
}

func cellName(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		panic("publish: no such cell: " + err.Error())
	}
	return name
}
