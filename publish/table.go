package publish

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"entente/record"
	"entente/register"
)

// A table has a row for each record of a kind and a column for each field. What
// is one value is in a cell of its type; money is in two, its amount and its
// currency, and a range has a cell for its upper end; what is a list or a table
// itself is in a cell as JSON. Records is the inverse of Table.

// cellType is what the cells of a column hold.
type cellType uint8

const (
	text cellType = iota
	number
	day
	flag
	nested // JSON
)

// part is which part of a field a column holds.
type part uint8

const (
	whole part = iota
	upper      // of a range
	currency
)

// column is one column of a table.
type column struct {
	name  string
	field string // of the record
	kind  cellType
	part  part
	of    func(*register.View, record.Record) string // computed; not a field
}

// Table is a kind of record as rows of cells, in exact text.
type Table struct {
	Kind    record.Kind
	Columns []column
	Rows    [][]string
}

// computed are the columns that a view adds to the fields of a kind: what its
// words mean on its day.
var computed = map[record.Kind][]column{
	record.KindPledge: {
		{name: "rung", kind: text, of: pledge(func(v *register.View, p *record.Pledge) string { return v.Rung(p).String() })},
		{name: "eur", kind: number, of: pledge(func(v *register.View, p *record.Pledge) string { return euro(v, p, false) })},
		{name: "eur_max", kind: number, of: pledge(func(v *register.View, p *record.Pledge) string { return euro(v, p, true) })},
		{name: "rate", kind: text, of: pledge(rateOf)},
	},
}

func pledge(f func(*register.View, *record.Pledge) string) func(*register.View, record.Record) string {
	return func(v *register.View, r record.Record) string { return f(v, r.(*record.Pledge)) }
}

// euro is the money of a pledge at the rate of its day; the upper end only where
// it is another.
func euro(v *register.View, p *record.Pledge, upper bool) string {
	if p.Amount == nil || upper && p.Amount.Min == p.Amount.Max {
		return ""
	}
	eur, _, ok := v.EuroAmount(*p.Amount, register.Day(p))
	if !ok {
		return ""
	}
	if upper {
		return eur.Max.Amount().String()
	}
	return eur.Min.Amount().String()
}

// rateOf names the rate that a pledge was converted with.
func rateOf(v *register.View, p *record.Pledge) string {
	if p.Amount == nil {
		return ""
	}
	_, rate, ok := v.EuroAmount(*p.Amount, register.Day(p))
	if !ok || rate == nil {
		return ""
	}
	return fmt.Sprintf("%s %s on %s", rate.PerEUR, rate.Currency, rate.On)
}

// TableOf is the table of one kind.
func TableOf(v *register.View, k record.Kind) Table {
	t := Table{Kind: k, Columns: columnsOf(k)}
	for _, r := range v.OfKind(k) {
		t.Rows = append(t.Rows, t.row(v, r))
	}
	return t
}

// columnsOf reads the fields of a kind from its struct.
func columnsOf(k record.Kind) []column {
	var cols []column
	typ := reflect.TypeOf(record.New(k)).Elem()
	for _, f := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		cols = append(cols, fieldColumns(name, f.Type)...)
	}
	return append(cols, computed[k]...)
}

// fieldColumns are the columns of one field.
func fieldColumns(name string, t reflect.Type) []column {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[record.Day]():
		return []column{{name: name, field: name, kind: day}}
	case reflect.TypeFor[record.Number]():
		return []column{{name: name, field: name, kind: number}, {name: name + "_max", field: name, kind: number, part: upper}}
	case reflect.TypeFor[record.Amount]():
		return []column{{name: name, field: name, kind: number}, {name: name + "_max", field: name, kind: number, part: upper}, {name: name + "_currency", field: name, kind: text, part: currency}}
	case reflect.TypeFor[record.Money]():
		return []column{{name: name, field: name, kind: number}, {name: name + "_currency", field: name, kind: text, part: currency}}
	case reflect.TypeFor[record.Decimal]():
		return []column{{name: name, field: name, kind: text}}
	}
	kind := nested
	switch t.Kind() {
	case reflect.String:
		kind = text
	case reflect.Int, reflect.Float64:
		kind = number
	case reflect.Bool:
		kind = flag
	}
	return []column{{name: name, field: name, kind: kind}}
}

// row is one record, each cell as exact text; empty where the record says
// nothing.
func (t Table) row(v *register.View, r record.Record) []string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record.Canonical(r), &fields); err != nil {
		panic("publish: a record is always JSON: " + err.Error())
	}
	cells := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		if c.of != nil {
			cells[i] = c.of(v, r)
			continue
		}
		cells[i] = c.cell(fields[c.field])
	}
	return cells
}

// cell is what a column shows of a field's JSON.
func (c column) cell(value json.RawMessage) string {
	if value == nil {
		return ""
	}
	var ends struct{ Min, Max json.RawMessage }
	if c.kind != nested && value[0] == '{' && json.Unmarshal(value, &ends) == nil {
		value = ends.Min
		if c.part == upper {
			value = ends.Max
		}
	} else if c.part == upper {
		return ""
	}
	if c.kind == nested || value[0] != '"' {
		return string(value)
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		panic("publish: a field is always JSON: " + err.Error())
	}
	amount, code, money := strings.Cut(s, " ")
	switch {
	case c.part == currency:
		return code
	case c.kind == number && money:
		return amount
	}
	return s
}

// Records reads the rows back, computed columns passed over. It is the inverse of
// TableOf for the heads that TableOf gives.
func (t Table) Records() ([]record.Record, record.Errors) {
	var out bytes.Buffer
	for _, cells := range t.Rows {
		fields := map[string]json.RawMessage{}
		for _, c := range t.Columns {
			if value, ok := t.value(c, cells); ok {
				fields[c.field] = value
			}
		}
		line, err := json.Marshal(fields)
		if err != nil {
			return nil, record.Errors{{Says: "a cell is not JSON: " + err.Error(), Fix: "leave cells with lists as they were exported"}}
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	return record.Parse(string(t.Kind)+".json", out.Bytes())
}

// value is a field's JSON from its cells.
func (t Table) value(c column, cells []string) (json.RawMessage, bool) {
	at := func(p part) string {
		for i, o := range t.Columns {
			if o.field == c.field && o.part == p && i < len(cells) {
				return cells[i]
			}
		}
		return ""
	}
	cell, end, code := at(whole), at(upper), at(currency)
	if c.of != nil || c.part != whole || cell == "" {
		return nil, false
	}
	one := func(s string) string {
		if code != "" {
			return strconv.Quote(s + " " + code)
		}
		return s
	}
	switch {
	case end != "":
		return json.RawMessage(`{"min":` + one(cell) + `,"max":` + one(end) + `}`), true
	case c.kind == text || c.kind == day:
		quoted, err := json.Marshal(cell)
		return quoted, err == nil
	}
	return json.RawMessage(one(cell)), true
}

// stamped are the columns that carry the stamp on every row of a CSV file, which
// has no other place for it that every reader of tables understands.
var stamped = []string{"label", "as_of", "head"}

// csv writes a table of one kind.
func (d *document) csv(w io.Writer) error {
	t := TableOf(d.v, cmp.Or(d.o.Kind, record.KindPledge))
	out := csv.NewWriter(w)
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.name
	}
	_ = out.Write(append(heads, stamped...))
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cell
			if t.Columns[i].kind != number {
				cells[i] = defused(cell)
			}
		}
		_ = out.Write(append(cells, defused(d.stamp.Releasable()), d.stamp.AsOf.String(), d.stamp.Head))
	}
	out.Flush()
	return out.Error()
}

// defused makes sure that no spreadsheet takes a text for a formula: one that
// begins as a formula may, or with the mark itself, gets an apostrophe before it.
// Armed is its inverse.
func defused(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n'|%", rune(s[0])) {
		return "'" + s
	}
	return s
}

// armed takes the apostrophe away again.
func armed(s string) string { return strings.TrimPrefix(s, "'") }

// ReadCSV reads a table that was written here.
func ReadCSV(r io.Reader, k record.Kind) (Table, error) {
	t := Table{Kind: k, Columns: columnsOf(k)}
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(t.Columns) + len(stamped)
	rows, err := in.ReadAll()
	if err != nil {
		return t, fmt.Errorf("publish: read the table: %w", err)
	}
	for i, row := range rows {
		if i == 0 {
			continue
		}
		row = row[:len(t.Columns)]
		for j, c := range t.Columns {
			if c.kind != number {
				row[j] = armed(row[j])
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// json writes every record in its canonical form, with the stamp.
func (d *document) json(w io.Writer) error {
	records := make([]json.RawMessage, 0, d.v.Len())
	for _, r := range d.v.Records() {
		records = append(records, record.Canonical(r))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Stamp   any               `json:"entente"`
		Records []json.RawMessage `json:"records"`
	}{stampData{d.stamp, d.stamp.AsOf.String()}, records})
}
