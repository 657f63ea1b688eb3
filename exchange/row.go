package exchange

import (
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

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
			at = slices.IndexFunc(r.cells[:min(r.h.left(), len(r.cells))], func(c string) bool { return !blank(c) })
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
	*v = r.h.read(c, col, text)
	if col.product != nil {
		*v = r.product(col)
	}
	if v.is == good && col.As == asMoney {
		r.money(col, v)
	}
	return v
}

// How many cells of a column are remembered, and how long they may be. Most
// columns say few things, and many times.
const (
	memoMax      = 10_000
	memoBytesMax = 300
)

// read reads a cell, or remembers what it was read as.
func (h *head) read(c int, col *column, text string) value {
	if h.memo == nil {
		h.memo = make([]map[string]value, len(h.t.order))
	}
	if v, ok := h.memo[c][text]; ok {
		return v
	}
	v := col.read(text, h.t.Missing)
	if h.memo[c] == nil {
		h.memo[c] = map[string]value{}
	}
	if len(h.memo[c]) < memoMax && len(text) <= memoBytesMax {
		h.memo[c][strings.Clone(text)] = v
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

// read is the value of a cell, and its column, if the mapping has one for it. A
// cell that was spread is read as the figures are.
func (r *row) read(i int) (*value, *column) {
	c := -1
	if i < len(r.h.of) {
		c = r.h.of[i]
	}
	if slices.Contains(r.h.wide, i) {
		c = r.h.t.index[r.h.t.Wide.Value]
		col := r.h.t.Columns[r.h.t.order[c]]
		v := r.h.read(c, col, r.cells[i])
		return &v, col
	}
	if c < 0 {
		return &value{}, nil
	}
	return r.value(c), r.h.t.Columns[r.h.t.order[c]]
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
