package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"entente/record"
)

// builder collects what the rows say of each record, and makes the records at
// the end. Until a second row speaks of it, a record is kept as its JSON.
type builder struct {
	im      *Import
	records map[record.Key]*built
	fresh   []*built           // that the row being read has made
	latest  map[string]string  // by rule and base id: the last id given
	again   map[record.Key]int // how often a unique id was asked for again
	rows    []rowState
	drops   map[*head]map[int]int // per header and column: cells given up
	full    error                 // why there is no use in reading on
}

// built is a record on its way: a table of fields while its row is read or rows
// add to it, and JSON, which is smaller, while it waits.
type built struct {
	tree   map[string]any
	text   []byte
	notes  []string // of a record to which more than one note was added
	shared bool
	rows   []int32 // rows that made it; none for a shared one
	add    addition
	sum    *big.Rat // of add's column
}

// rowState is a row that said something.
type rowState struct {
	file, sheet string
	n           int
	records     int32 // that it made
	whole       bool  // it is listed as a whole
}

func newBuilder(format string) *builder {
	return &builder{im: &Import{Format: format}, records: map[record.Key]*built{}, latest: map[string]string{}, again: map[record.Key]int{}, drops: map[*head]map[int]int{}}
}

// row begins a row.
func (b *builder) row(s sheet, n, cells int) {
	b.im.Rows++
	b.im.Cells += cells
	b.rows = append(b.rows, rowState{file: s.file, sheet: s.name, n: n})
}

// list notes what is not imported.
func (b *builder) list(l Listed) {
	if len(b.im.Listed) < listedMax {
		b.im.Listed = append(b.im.Listed, l)
		return
	}
	b.full = fault(l.File, l.Row, fmt.Sprintf("more than %d rows and cells are not understood", listedMax), "the file is hardly meant for "+b.im.Format+"; name another format, or correct the mapping")
}

// whole lists the row that was begun last as a whole.
func (b *builder) whole(s sheet, n int, cells []string, reason, fix string) {
	b.rows[len(b.rows)-1].whole = true
	b.list(Listed{File: s.file, Sheet: s.name, Row: n, Value: shownRow(cells), Reason: reason, Fix: fix, Whole: true})
}

// shownRow is a row for a message.
func shownRow(cells []string) string {
	var said []string
	for _, c := range cells {
		if !blank(c) {
			said = append(said, trim(c))
		}
	}
	return short(strings.Join(said, " | "), 500)
}

func (b *builder) drop(h *head, column int) {
	if b.drops[h] == nil {
		b.drops[h] = map[int]int{}
	}
	b.drops[h][column]++
}

// state makes a record that the mapping itself holds. The source is published
// when the options say so.
func (b *builder) state(fields map[string]any, o Options) {
	fields = maps.Clone(fields)
	if fields["kind"] == string(record.KindDocument) && !o.Published.IsZero() {
		fields["published"] = o.Published.String()
	}
	for k, v := range fields {
		if day, ok := v.(time.Time); ok { // YAML reads a day without quotes as a moment
			fields[k] = day.Format(time.DateOnly)
		}
	}
	key := record.Key{Kind: record.Kind(fmt.Sprint(fields["kind"])), ID: fmt.Sprint(fields["id"])}
	b.records[key] = &built{tree: unmarshal(marshal(fields)), shared: true}
}

// put adds what a row says of a record. A rule of unique records gives a base id
// that was given before a number.
func (b *builder) put(ru *rule, base string, fields map[string]any) record.Key {
	key := record.Key{Kind: ru.Kind, ID: base}
	for first := key; ru.Unique && b.records[key] != nil; {
		b.again[first]++
		key.ID = fmt.Sprintf("%s-%d", base, b.again[first]+1)
	}
	if ru.Name != "" {
		b.latest[ru.Name+"\x00"+base] = key.ID
	}
	fields["kind"], fields["id"] = string(key.Kind), key.ID
	at := b.records[key]
	if at == nil {
		at = &built{tree: fields, shared: ru.Shared}
		b.records[key] = at
		b.fresh = append(b.fresh, at)
	} else {
		for _, field := range at.more(fields) {
			if !ru.Shared {
				b.contradicts(key, field, fields[field])
			}
		}
	}
	if !ru.Shared {
		at.shared = false
		i := len(b.rows) - 1
		if n := len(at.rows); n == 0 || at.rows[n-1] != int32(i) {
			at.rows = append(at.rows, int32(i))
			b.rows[i].records++
		}
	}
	return key
}

// last is the id that a named rule last gave for the base that this row says.
func (b *builder) last(r *row, ru *rule) (any, bool) {
	mark := len(r.touched)
	base, ok := ru.id.fill(r)
	if !ok {
		return nil, false
	}
	id, ok := b.latest[ru.Name+"\x00"+fmt.Sprint(base)]
	if !ok {
		r.touched = r.touched[:mark]
	}
	return id, ok
}

// sum adds to the sum that a field of a record will be.
func (b *builder) sum(k record.Key, a addition, x *big.Rat) {
	at := b.records[k]
	if at.sum == nil {
		at.sum, at.add = new(big.Rat), a
	}
	at.sum.Add(at.sum, x)
}

// summed gives a record its sum. One of nothing or less is no money that anybody
// holds, and its record is not made.
func (b *builder) summed(k record.Key, at *built) bool {
	if at.sum == nil {
		return true
	}
	if at.sum.Sign() <= 0 {
		if at.sum.Sign() < 0 {
			b.list(Listed{Reason: fmt.Sprintf("%s would be %s %s, and a record states no negative money; its rows are read, and the record is not made", k, decimal(at.sum), at.add.Currency)})
		}
		return false
	}
	at.more(map[string]any{at.add.Field: decimal(at.sum) + " " + string(at.add.Currency)})
	return true
}

// note adds a line to a record's note.
func (b *builder) note(k record.Key, line string) {
	b.records[k].more(map[string]any{"note": line})
}

// contradicts lists a field of which an earlier row says something else.
func (b *builder) contradicts(k record.Key, field string, v any) {
	r := b.rows[len(b.rows)-1]
	b.list(Listed{File: r.file, Sheet: r.sheet, Row: r.n, Column: field, Value: short(fmt.Sprint(v), 120), Reason: "is not what an earlier row says of " + k.String() + ", which is kept", Fix: "ask the source which is right"})
}

// pack ends a row: what it made waits as JSON. Shared records stay as they are;
// the next row will speak of them again.
func (b *builder) pack() {
	for _, at := range b.fresh {
		if !at.shared {
			at.text, at.tree = at.json(), nil
		}
	}
	b.fresh = b.fresh[:0]
}

// json is the record as record.Parse reads it.
func (at *built) json() []byte {
	if at.tree == nil {
		return at.text
	}
	if len(at.notes) > 0 {
		at.tree["note"] = strings.Join(at.notes, "\n")
		at.notes = nil
	}
	return marshal(at.tree)
}

// more lays more over a record: what it lacks is set, lists and notes grow, and
// what it says already stays. It returns the fields that say otherwise.
func (at *built) more(more map[string]any) (otherwise []string) {
	if at.tree == nil {
		at.tree = unmarshal(at.text)
		at.text = nil
	}
	for k, v := range more {
		have, ok := at.tree[k]
		switch list, isList := have.([]any); {
		case !ok:
			at.tree[k] = v
		case isList:
			added, _ := v.([]any)
			for _, e := range added {
				if !slices.ContainsFunc(list, func(x any) bool { return equal(x, e) }) {
					list = append(list, e)
				}
			}
			at.tree[k] = list
		case k == "note":
			at.note(fmt.Sprint(have), fmt.Sprint(v))
		case !equal(have, v):
			otherwise = append(otherwise, k)
		}
	}
	slices.Sort(otherwise)
	return otherwise
}

// note adds a note to the one that is there, once.
func (at *built) note(have, more string) {
	if at.notes == nil {
		at.notes = strings.Split(have, "\n")
	}
	if have != more && !slices.Contains(at.notes, more) {
		at.notes = append(at.notes, more)
	}
}

// equal compares values of fields.
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("exchange: fields are always JSON: " + err.Error())
	}
	return text
}

func unmarshal(text []byte) map[string]any {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		panic("exchange: a record on its way is always JSON: " + err.Error())
	}
	return tree
}

// finish makes the records. One that is not right takes with it the rows that
// made nothing else.
func (b *builder) finish() (*Import, error) {
	im := b.im
	for _, k := range slices.SortedFunc(mapKeys(b.records), record.Key.Compare) {
		at := b.records[k]
		if !b.summed(k, at) {
			continue
		}
		r, errs := parsed(k, at.json())
		delete(b.records, k) // the record takes its place in memory
		if len(errs) == 0 {
			im.Records = append(im.Records, r)
			continue
		}
		b.refuse(k, at, errs)
	}
	for _, r := range b.rows {
		if !r.whole {
			im.Imported++
		}
	}
	slices.SortStableFunc(im.Listed, func(a, c Listed) int {
		return cmp.Or(strings.Compare(a.File, c.File), strings.Compare(a.Sheet, c.Sheet), a.Row-c.Row)
	})
	im.Totals = totals(im.Records)
	return im, b.full
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// refuse lists a record that record.Parse does not accept, with its rows.
func (b *builder) refuse(k record.Key, at *built, errs record.Errors) {
	reason := fmt.Sprintf("%s is not right: %s: %s", k, strings.TrimPrefix(errs[0].Path, k.String()+"/"), errs[0].Says)
	if len(at.rows) == 0 {
		b.list(Listed{Reason: reason, Fix: errs[0].Fix})
	}
	for _, i := range at.rows {
		r := &b.rows[i]
		r.records--
		r.whole = r.whole || r.records == 0
		b.list(Listed{File: r.file, Sheet: r.sheet, Row: r.n, Reason: reason, Fix: errs[0].Fix, Whole: r.records == 0})
	}
}
