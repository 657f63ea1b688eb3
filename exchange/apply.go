package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

// headerRowsMax is how far down a table its header is looked for.
const headerRowsMax = 40

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

// nearest is the table that came closest to being read, for the message when
// none is.
type nearest struct {
	file    string
	lacks   []string
	headers []string
	hits    int
}

func (e *engine) noTable() error {
	n := e.nearest
	if len(n.headers) == 0 {
		return fault(e.in[0].Name, 0, "no row of the file looks like the header of a table for "+e.m.Format, "name a file of this source, or another format")
	}
	return fault(n.file, 0, fmt.Sprintf("no table has the columns that %s needs; missing: %s; there are: %s", e.m.Format, strings.Join(n.lacks, ", "), short(strings.Join(n.headers, ", "), 400)),
		"name another format, or add what the columns are called now to a mapping of your own (entente import --mapping FILE)")
}

// head is a header: the table it belongs to, and where its columns stand.
type head struct {
	t     *tableMap
	row   int
	names [][]string // per cell: its header, and its hashtag
	at    []int      // per column of the mapping: its cell, or -1
	of    []int      // per cell: its column of the mapping, or -1
	wide  []int      // cells that the mapping spreads
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

func allBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return !blank(c) })
}

// isTagRow reports whether the cells are HXL hashtags.
func isTagRow(cells []string) bool {
	tags, others := 0, 0
	for _, c := range cells {
		switch c = trim(c); {
		case strings.HasPrefix(c, "#") && len(c) > 1:
			tags++
		case c != "":
			others++
		}
	}
	return tags > 0 && tags >= others
}

// header tries the last of the early rows as a header.
func (e *engine) header(s sheet, n int, early [][]string) *head {
	cells := early[len(early)-1]
	if allBlank(cells) {
		return nil
	}
	names := make([][]string, len(cells))
	for i, c := range cells {
		names[i] = []string{trim(c)}
	}
	for _, t := range e.m.Tables {
		if t.sheets != nil && s.name != "" && !t.sheets.MatchString(s.name) {
			continue
		}
		if t.above != nil && !slices.ContainsFunc(early[:len(early)-1], func(row []string) bool { return t.above.MatchString(strings.Join(row, " ")) }) {
			continue
		}
		if h := e.match(s, t, n, names); h != nil {
			return h
		}
	}
	return nil
}

// tagged is the header with a row of hashtags under it.
func (e *engine) tagged(h *head, tags []string, n int) *head {
	for i := range h.names {
		if i < len(tags) {
			h.names[i] = append(h.names[i], trim(tags[i]))
		}
	}
	if better := matched(h.t, n, h.names); better != nil {
		return better
	}
	h.row = n
	return h
}

// match is the header of a table, or nil when a needed column is not there.
func (e *engine) match(s sheet, t *tableMap, n int, names [][]string) *head {
	h := matched(t, n, names)
	var lacks []string
	hits := 0
	for i, name := range t.order {
		switch {
		case h.at[i] >= 0:
			hits++
		case t.Columns[name].Need && (t.Wide == nil || t.Wide.Label != name):
			lacks = append(lacks, fmt.Sprintf("%s (%s)", name, strings.Join(t.Columns[name].Names, ", ")))
		}
	}
	if t.Wide != nil && len(h.wide) < wideMin {
		lacks = append(lacks, "columns like "+t.Wide.Header)
	}
	if len(lacks) == 0 {
		return h
	}
	if hits > e.nearest.hits || e.nearest.headers == nil && len(names) > 2 {
		var headers []string
		for _, n := range names {
			if n[0] != "" {
				headers = append(headers, n[0])
			}
		}
		e.nearest = nearest{s.file, lacks, headers, hits}
	}
	return nil
}

// wideMin is how many columns of a kind are more than chance.
const wideMin = 2

// matched finds the columns of a table among headers. Where a header comes
// twice, the first counts; of several names of a column, the best.
func matched(t *tableMap, n int, names [][]string) *head {
	h := &head{t: t, row: n, names: names, at: make([]int, len(t.order)), of: make([]int, len(names))}
	for i := range h.of {
		h.of[i] = -1
	}
	for i := range h.at {
		h.at[i] = -1
	}
	for _, same := range []func(want, have string) bool{sameHeader, sameTag} {
		for i, name := range t.order {
			for _, want := range t.Columns[name].Names {
				if h.at[i] >= 0 {
					break
				}
				if at := headerOf(want, names, h.of, same); at >= 0 {
					h.at[i], h.of[at] = at, i
				}
			}
		}
	}
	if t.Wide != nil && t.Wide.header != nil {
		for i, ns := range names {
			if h.of[i] < 0 && ns[0] != "" && t.Wide.header.MatchString(ns[0]) {
				h.wide = append(h.wide, i)
			}
		}
	}
	return h
}

// headerOf is the first free cell whose header or hashtag is the wanted one.
func headerOf(want string, names [][]string, of []int, same func(want, have string) bool) int {
	for i, ns := range names {
		if of[i] < 0 && slices.ContainsFunc(ns, func(n string) bool { return same(want, n) }) {
			return i
		}
	}
	return -1
}

// sameHeader compares headers as people do, and hashtags without their order.
func sameHeader(want, have string) bool {
	if have == "" || strings.HasPrefix(want, "#") != strings.HasPrefix(have, "#") {
		return false
	}
	if strings.HasPrefix(want, "#") {
		return sameTag(want, have) && sameTag(have, want)
	}
	return folded(want) == folded(have)
}

// sameTag reports whether a hashtag has all the attributes that are wanted; it
// may have more (HXL 1.1). It is asked when no header is the very one.
func sameTag(want, have string) bool {
	if !strings.HasPrefix(want, "#") || !strings.HasPrefix(have, "#") {
		return false
	}
	parts := func(tag string) []string {
		return strings.Split(strings.ToLower(strings.Join(strings.Fields(tag), "")), "+")
	}
	wants, haves := parts(want), parts(have)
	return wants[0] == haves[0] && !slices.ContainsFunc(wants[1:], func(a string) bool { return !slices.Contains(haves[1:], a) })
}

// row is a row of a table with its values.
type row struct {
	e       *engine
	h       *head
	n       int
	cells   []string
	values  []value
	used    []bool // per cell
	touched []int  // columns that the template being filled has used
	wide    int    // the cell that is spread now, or -1
}

// row reads one row of the body.
func (e *engine) row(s sheet, h *head, n int, cells []string, block *string) error {
	said := 0
	first := ""
	for i := range cells {
		if !blank(cells[i]) && (i >= len(h.of) || !h.silent(i, cells[i])) {
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
	return e.b.full
}

// silent reports whether a cell says nothing in its column.
func (h *head) silent(i int, cell string) bool {
	text := trim(cell)
	return text == "" || among(text, h.t.Missing) || h.of[i] >= 0 && among(text, h.t.Columns[h.t.order[h.of[i]]].Missing)
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
	made := 0
	var keeper *record.Key
	var label string
	pass := func() {
		for _, ru := range r.h.t.Rules {
			key, ok := e.emit(r, ru)
			if !ok {
				continue
			}
			if !ru.Shared {
				made++
			}
			if ru.keep != nil && keeper == nil {
				keeper = &key
				if l, ok := ru.keep.fill(r); ok {
					label = fmt.Sprint(l)
				}
			}
		}
		e.add(r)
	}
	if r.h.t.Wide == nil {
		pass()
	}
	for _, r.wide = range r.h.wide {
		if r.wide < len(r.cells) && !r.h.silent(r.wide, r.cells[r.wide]) {
			clear(r.values)
			pass()
		}
	}
	if made == 0 {
		e.b.whole(s, r.n, r.cells, r.why(), "mend the row in the source, or the mapping")
		return
	}
	e.leftover(s, r, keeper, label)
}

// why says why no rule made a record of a row.
func (r *row) why() string {
	var says []string
	for i, name := range r.h.t.order {
		v := r.value(i)
		switch {
		case v.is == bad:
			says = append(says, fmt.Sprintf("%s: %q %s", name, short(v.text, 40), v.says))
		case v.is == unknown && v.says != "":
			says = append(says, name+": "+v.says)
		case v.text == "" && r.h.t.Columns[name].Need:
			says = append(says, "it does not say "+name)
		}
	}
	if len(says) == 0 {
		return "it states nothing that a record could hold"
	}
	return "no record can be made of it: " + strings.Join(says, "; ")
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

// use marks the cells that a column was read from.
func (r *row) use(c int) {
	if at := r.cell(c); at >= 0 {
		r.used[at] = true
	}
	col := r.h.t.Columns[r.h.t.order[c]]
	for _, p := range slices.Concat(col.product, col.join) {
		r.use(p)
	}
	if col.money >= 0 {
		r.use(col.money)
	}
	if i := slices.IndexFunc(col.first, func(p int) bool { return r.value(p).is == good }); i >= 0 {
		r.use(col.first[i])
	}
}

// cell is where a column is read in this row, or -1.
func (r *row) cell(c int) int {
	at := r.h.at[c]
	if same := r.h.t.Columns[r.h.t.order[c]].same; same >= 0 {
		return r.cell(same)
	}
	if w := r.h.t.Wide; w != nil {
		switch r.h.t.order[c] {
		case w.Value:
			at = r.wide
		case w.Label:
			at = slices.IndexFunc(r.cells[:min(r.h.wide[0], len(r.cells))], func(c string) bool { return !blank(c) })
		}
	}
	if at >= len(r.cells) {
		return -1
	}
	return at
}

// value reads a column once.
func (r *row) value(c int) *value {
	v := &r.values[c]
	if v.is != unread {
		return v
	}
	col := r.h.t.Columns[r.h.t.order[c]]
	text := ""
	if at := r.cell(c); at >= 0 {
		text = r.cells[at]
	}
	if w := r.h.t.Wide; w != nil && r.h.t.order[c] == w.Name && r.wide >= 0 {
		text = r.h.names[r.wide][0]
	}
	for i, c := range col.join {
		if p := r.value(c); p.is == good {
			text += strings.Repeat("-", min(i, 1)) + p.text
		}
	}
	for _, c := range col.first {
		if p := r.value(c); p.is == good {
			*v = *p
			return v
		}
	}
	*v = col.read(text, r.h.t.Missing)
	if col.product != nil {
		*v = r.product(col)
	}
	if v.is == good && col.As == asMoney {
		r.money(col, v)
	}
	return v
}

func (r *row) product(col *column) value {
	v := value{is: good, digits: "1"}
	for _, p := range col.product {
		f := r.value(p)
		if f.is != good || f.digits == "" {
			return value{is: silent}
		}
		v.digits = times(v.digits, f.digits)
		v.rough = v.rough || f.rough
	}
	v.digits = shifted(v.digits, col.Shift)
	v.v = number(v.digits)
	return v
}

// money gives an amount its currency.
func (r *row) money(col *column, v *value) {
	code := col.Currency
	if col.money >= 0 {
		c := r.value(col.money)
		if c.is != good {
			v.fail("is money of no known currency")
			return
		}
		code = fmt.Sprint(c.v)
	}
	if strings.HasPrefix(v.digits, "-") {
		v.fail("is negative, and a record states no negative money")
		return
	}
	m, err := record.ParseMoney(v.digits + " " + code)
	if err != nil {
		v.fail("cannot be money: " + err.Error())
		return
	}
	v.v = m.String()
}

// part fills one place of a template.
func (r *row) part(p part) (any, bool) {
	if p.rule >= 0 {
		return r.e.b.last(r, r.h.t.Rules[p.rule])
	}
	v := r.value(p.column)
	if v.is != good {
		return p.orElse, p.orElse != ""
	}
	if v.whole(p.attr) {
		r.touched = append(r.touched, p.column)
	}
	return v.attribute(p.attr)
}

// holds answers a condition. A sum takes what is below zero, too.
func (r *row) holds(c condition) bool {
	if c.rule >= 0 {
		_, ok := r.e.b.last(r, r.h.t.Rules[c.rule])
		return ok
	}
	v := r.value(c.column)
	if v.is != good {
		return false
	}
	x, ok := v.attribute(c.attr)
	if !ok || c.words == nil {
		return ok
	}
	r.use(c.column) // the cell decides, and so it is not lost
	return slices.Contains(c.words, folded(fmt.Sprint(x))) || slices.Contains(c.words, folded(v.text))
}

// leftover puts what no field took into the note of a record that keeps it, and
// lists it where none does. What could not be read is listed in any case.
func (e *engine) leftover(s sheet, r *row, keeper *record.Key, label string) {
	var kept []string
	for i, cell := range r.cells {
		if blank(cell) || i < len(r.h.of) && r.h.silent(i, cell) {
			continue
		}
		c, says := -1, "is taken by no field"
		if i < len(r.h.of) {
			c = r.h.of[i]
		}
		if c >= 0 {
			col := r.h.t.Columns[r.h.t.order[c]]
			v := r.value(c)
			switch {
			case col.Drop != "":
				e.b.drop(r.h, c)
				continue
			case v.is == bad:
				says = v.says
			case v.is == unknown:
				says = "says that it is not known"
			}
			if x, ok := r.exact(c); ok && col.most != nil && x.Cmp(col.most) > 0 {
				e.b.list(Listed{s.file, s.name, r.n, r.h.header(i), short(v.text, 120), "is more than such a figure can be; it is imported as it stands", "compare it with the source", false})
			}
			if v.is == bad && keeper != nil {
				e.b.list(Listed{s.file, s.name, r.n, r.h.header(i), short(v.text, 120), says + "; it is kept in the note of " + keeper.String(), "mend it in the source", false})
			}
		}
		if r.used[i] || r.repeated(i) {
			continue
		}
		if keeper == nil {
			e.b.list(Listed{s.file, s.name, r.n, r.h.header(i), short(trim(cell), 120), says, "", false})
			continue
		}
		kept = append(kept, r.h.known(i)+": "+strings.Join(strings.Fields(trim(cell)), " "))
	}
	if len(kept) > 0 {
		if label != "" {
			label += " | "
		}
		e.b.note(*keeper, label+strings.Join(kept, "; "))
	}
}

// repeated reports whether a used cell under the same header says the same.
func (r *row) repeated(i int) bool {
	for j := range min(i, len(r.h.names)) {
		if r.used[j] && r.h.header(j) == r.h.header(i) && trim(r.cells[j]) == trim(r.cells[i]) {
			return true
		}
	}
	return false
}

// header is how a cell's column is called for people.
func (h *head) header(i int) string {
	if i < len(h.names) && h.names[i][0] != "" {
		return h.names[i][0]
	}
	return "column " + columnName(i)
}

// known is how a cell's column is called in a note: by the best of its names, so
// that a release which renames it says nothing new.
func (h *head) known(i int) string {
	if i < len(h.of) && h.of[i] >= 0 {
		if names := h.t.Columns[h.t.order[h.of[i]]].Names; len(names) > 0 {
			return names[0]
		}
	}
	return h.header(i)
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
