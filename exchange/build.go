package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"entente/record"
)

// builder collects what the rows say of each record, and makes the records at
// the end. Until a second row speaks of it, a record is kept as its JSON.
type builder struct {
	im      *Import
	records map[record.Key]*built
	latest  map[string]string // by rule and base id: the last id given
	rows    []rowState
	drops   map[*head]map[int]int // per header and column: cells given up
	full    error                 // why there is no use in reading on
}

// built is a record on its way.
type built struct {
	text   []byte         // JSON, or
	tree   map[string]any // the same, once a second row has added to it
	last   []byte         // what was last added, so that the same need not be added again
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
	return &builder{im: &Import{Format: format}, records: map[record.Key]*built{}, latest: map[string]string{}, drops: map[*head]map[int]int{}}
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
	if fields["kind"] == string(record.KindDocument) && !o.Published.IsZero() {
		fields = maps.Clone(fields)
		fields["published"] = o.Published.String()
	}
	key := record.Key{Kind: record.Kind(fmt.Sprint(fields["kind"])), ID: fmt.Sprint(fields["id"])}
	b.records[key] = &built{text: marshal(fields), shared: true}
}

// put adds what a row says of a record. A rule of unique records gives a base id
// that was given before a number.
func (b *builder) put(ru *rule, base string, fields map[string]any) record.Key {
	key := record.Key{Kind: ru.Kind, ID: base}
	for n := 2; ru.Unique && b.records[key] != nil; n++ {
		key.ID = fmt.Sprintf("%s-%d", base, n)
	}
	if ru.Name != "" {
		b.latest[ru.Name+"\x00"+base] = key.ID
	}
	fields["kind"], fields["id"] = string(key.Kind), key.ID
	text := marshal(fields)
	at := b.records[key]
	if at == nil {
		at = &built{text: text, shared: ru.Shared}
		b.records[key] = at
	} else if !bytes.Equal(at.last, text) {
		for _, field := range at.more(fields) {
			if !ru.Shared {
				b.contradicts(key, field, fields[field])
			}
		}
	}
	at.last = text
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

// more lays more over a record: what it lacks is set, lists and notes grow, and
// what it says already stays. It returns the fields that say otherwise.
func (at *built) more(more map[string]any) (otherwise []string) {
	if at.tree == nil {
		at.tree = unmarshal(at.text)
		at.text = nil
	}
	for k, v := range unmarshal(marshal(more)) {
		have, ok := at.tree[k]
		switch list, isList := have.([]any); {
		case !ok:
			at.tree[k] = v
		case isList:
			added, _ := v.([]any)
			for _, e := range added {
				if !slices.ContainsFunc(list, func(x any) bool { return reflect.DeepEqual(x, e) }) {
					list = append(list, e)
				}
			}
			at.tree[k] = list
		case k == "note":
			if text, line := fmt.Sprint(have), fmt.Sprint(v); !strings.Contains("\n"+text+"\n", "\n"+line+"\n") {
				at.tree[k] = text + "\n" + line
			}
		case !reflect.DeepEqual(have, v):
			otherwise = append(otherwise, k)
		}
	}
	slices.Sort(otherwise)
	return otherwise
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
		text := at.text
		if at.tree != nil {
			text = marshal(at.tree)
		}
		r, errs := parsed(k, text)
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
