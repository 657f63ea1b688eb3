package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

// Read turns files into records as the mapping says.
func (m *Mapping) Read(ctx context.Context, in []File, o Options) (*Import, error) {
	e := &engine{m: m, in: in, b: newBuilder(m.Format)}
	for _, fields := range m.Records {
		e.b.state(fields, o)
	}
	read := 0
	for _, f := range in {
		all, err := sheets(f, hints{m.List, m.Element})
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			ok, err := e.sheet(ctx, s)
			if err != nil {
				return nil, err
			}
			if ok {
				read++
			}
		}
	}
	if read == 0 {
		return nil, e.noTable()
	}
	e.balance()
	im, err := e.b.finish()
	if err != nil {
		return nil, err
	}
	return im, e.retell(ctx, im)
}

// retell reads once more the rows whose records were refused at the end, to say
// what stands in them. It happens seldom, and holding every row would cost more.
func (e *engine) retell(ctx context.Context, im *Import) error {
	type place struct {
		file, sheet string
		row         int
	}
	silent := map[place][]*Listed{}
	for i := range im.Listed {
		if l := &im.Listed[i]; l.Row > 0 && l.Column == "" && l.Value == "" {
			at := place{l.File, l.Sheet, l.Row}
			silent[at] = append(silent[at], l)
		}
	}
	for _, f := range e.in {
		if len(silent) == 0 {
			return nil
		}
		all, err := sheets(f, hints{e.m.List, e.m.Element})
		if err != nil {
			return err
		}
		for _, s := range all {
			err := s.rows(ctx, func(n int, cells []string) error {
				for _, l := range silent[place{s.file, s.name, n}] {
					l.Value = shownRow(cells)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// engine applies a mapping to one table after the other.
type engine struct {
	m       *Mapping
	in      []File
	b       *builder
	sums    balances
	nearest nearest
}

// sheet reads one table, and reports whether the mapping knows it.
func (e *engine) sheet(ctx context.Context, s sheet) (bool, error) {
	var early [][]string
	var h *head
	block, later := "", 0
	err := s.rows(ctx, func(n int, cells []string) error {
		switch {
		case h != nil && n == h.row+1 && isTagRow(cells):
			h = e.tagged(h, cells, n)
			return nil
		case h != nil:
			return e.row(s, h, n, cells, &block)
		case len(early) == headerRowsMax:
			if !allBlank(cells) {
				later++
			}
			return nil
		}
		early = append(early, slices.Clone(cells))
		h = e.header(s, n, early)
		return nil
	})
	if err != nil {
		return false, err
	}
	if h == nil {
		for _, cells := range early {
			if !allBlank(cells) {
				later++
			}
		}
		if later > 0 {
			e.b.list(Listed{File: s.file, Sheet: s.name, Reason: fmt.Sprintf("the table is not one that %s knows; its %d rows are not read", e.m.Format, later)})
		}
		return false, nil
	}
	e.dropped(s, h)
	e.more(s, h)
	return true, nil
}

// row reads one row of the body.
func (e *engine) row(s sheet, h *head, n int, cells []string, block *string) error {
	said := 0
	first := ""
	for i := range cells {
		if !h.silent(i, cells[i]) {
			if said++; said == 1 {
				first = trim(cells[i])
			}
		}
	}
	switch {
	case said == 0 && allBlank(cells):
		return nil
	case h.t.Wide != nil && said == 1:
		*block = first
		e.b.row(s, n, 1)
		e.b.whole(s, n, cells, "is a heading or a note, not a row of figures", "")
		return e.b.full
	}
	e.b.row(s, n, said)
	if h.t.block != nil && !h.t.block.MatchString(*block) {
		e.b.whole(s, n, cells, fmt.Sprintf("stands under %q, which is not imported", short(*block, 60)), "")
		return e.b.full
	}
	r := &row{e: e, h: h, n: n, cells: cells, used: make([]bool, len(cells)), values: make([]value, len(h.t.order)), wide: -1}
	e.apply(s, r)
	e.b.pack()
	return e.b.full
}

// outcome is what a row came to.
type outcome struct {
	made   int         // records of its own
	keeper *record.Key // takes what no field takes into its note
	label  string      // before it
}

// apply runs every rule on a row, then sees to it that nothing of it is lost.
func (e *engine) apply(s sheet, r *row) {
	for _, k := range r.h.t.Skip {
		if v := r.value(r.h.t.index[k.Column]); k.like.MatchString(v.text) {
			e.add(r)
			e.b.whole(s, r.n, r.cells, k.Reason, "")
			return
		}
	}
	var o outcome
	if r.h.t.Wide == nil {
		e.pass(r, &o)
	}
	for _, r.wide = range r.h.wide {
		if r.wide < len(r.cells) && !r.h.silent(r.wide, r.cells[r.wide]) {
			clear(r.values)
			e.pass(r, &o)
		}
	}
	if o.made == 0 {
		e.b.whole(s, r.n, r.cells, r.why(), "mend the row in the source, or the mapping")
		return
	}
	e.leftover(s, r, o)
}

// pass runs the rules once.
func (e *engine) pass(r *row, o *outcome) {
	for _, ru := range r.h.t.Rules {
		key, ok := e.emit(r, ru)
		if !ok {
			continue
		}
		if !ru.Shared {
			o.made++
		}
		if ru.keep != nil && o.keeper == nil {
			o.keeper = &key
			if l, ok := ru.keep.fill(r); ok {
				o.label = fmt.Sprint(l)
			}
		}
	}
	e.add(r)
}

// emit makes the record of one rule, if its conditions hold and its id is said.
func (e *engine) emit(r *row, ru *rule) (record.Key, bool) {
	for _, c := range ru.when {
		if r.holds(c) == c.not {
			return record.Key{}, false
		}
	}
	r.touched = r.touched[:0]
	base, ok := ru.id.fill(r)
	if !ok {
		return record.Key{}, false
	}
	fields := ru.fields.top(r)
	key := e.b.put(ru, fmt.Sprint(base), fields)
	if ru.Add.Field != "" {
		if x, ok := r.exact(ru.Add.column); ok {
			e.b.sum(key, ru.Add, x)
			r.touched = append(r.touched, ru.Add.column)
		}
	}
	for _, c := range r.touched {
		r.use(c)
	}
	return key, true
}

// leftover puts what no field took into the note of a record that keeps it, and
// lists it where none does. What could not be read is listed in any case.
func (e *engine) leftover(s sheet, r *row, o outcome) {
	list := func(i int, reason, fix string) {
		e.b.list(Listed{File: s.file, Sheet: s.name, Row: r.n, Column: r.h.header(i), Value: short(trim(r.cells[i]), 120), Reason: reason, Fix: fix})
	}
	var kept []string
	for i, cell := range r.cells {
		v, col := r.read(i)
		switch {
		case blank(cell) || r.h.silent(i, cell):
			continue
		case col != nil && col.Drop != "":
			e.b.drop(r.h, r.h.of[i])
			continue
		case v.beyond(col):
			list(i, "is more than such a figure can be; it is imported as it stands", "compare it with the source")
		}
		if v.is == bad && o.keeper != nil {
			list(i, v.says+"; it is kept in the note of "+o.keeper.String(), "mend it in the source")
		}
		switch {
		case r.used[i] || r.repeated(i):
		case o.keeper != nil:
			kept = append(kept, r.h.known(i)+": "+strings.Join(strings.Fields(trim(cell)), " "))
		case v.is == bad:
			list(i, v.says, "mend it in the source")
		case v.is == unknown:
			list(i, "says that it is not known", "")
		default:
			list(i, "is taken by no field", "")
		}
	}
	if len(kept) > 0 {
		if o.label != "" {
			o.label += " | "
		}
		e.b.note(*o.keeper, o.label+strings.Join(kept, "; "))
	}
}

// dropped lists the columns that the mapping gives up, once each.
func (e *engine) dropped(s sheet, h *head) {
	for _, c := range slices.Sorted(mapKeys(e.b.drops[h])) {
		n := e.b.drops[h][c]
		e.b.list(Listed{File: s.file, Sheet: s.name, Column: h.header(h.at[c]), Reason: fmt.Sprintf("%d cells are not imported: %s", n, h.t.Columns[h.t.order[c]].Drop)})
	}
}

// more lists the page that an answer says comes after it, unless it is read too.
func (e *engine) more(s sheet, h *head) {
	if h.t.More == "" || s.about == nil {
		return
	}
	next := s.about(h.t.More)
	if next == "" {
		return
	}
	last := next[strings.LastIndexByte(next, '/')+1:]
	for _, f := range e.in {
		if last == f.Name[strings.LastIndexByte(f.Name, '/')+1:] {
			return
		}
	}
	e.b.list(Listed{File: s.file, Reason: "the answer goes on at " + next, Fix: "fetch that page as well, and import the pages together"})
}

// short is text for a message: of one line, and not long.
func short(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
