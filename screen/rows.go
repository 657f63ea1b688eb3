package screen

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"entente/report"
)

// rows are what a list chooses from. Of a long list most are on other pages: a row
// is made when it is shown. What choosing needs of all of them, their texts and
// orders, is reckoned when somebody first asks, and kept with the rows where they
// are kept.
type rows struct {
	n      int
	cells  func(n int) []Cell
	facets []facet // in the order of the filters
	kept   Memo
}

// row is a row of a short list, with what it can be chosen by.
type row struct {
	cells  []Cell
	facets []string
}

// rowsOf are the rows of a short list.
func rowsOf(all []row) *rows {
	rs := &rows{n: len(all), cells: func(n int) []Cell { return all[n].cells }}
	if len(all) > 0 {
		for i := range all[0].facets {
			rs.facets = append(rs.facets, facetOf(len(all), func(n int) string { return all[n].facets[i] }))
		}
	}
	return rs
}

// facet is what rows can be chosen by: the values in order, and which of them each
// row has.
type facet struct {
	values []string
	of     []int32
}

func facetOf(n int, value func(n int) string) facet {
	number := map[string]int32{}
	f := facet{of: make([]int32, n)}
	for i := range n {
		v := value(i)
		if _, ok := number[v]; !ok {
			number[v] = int32(len(number))
		}
		f.of[i] = number[v]
	}
	f.values = slices.Sorted(maps.Keys(number))
	place := make([]int32, len(number))
	for i, v := range f.values {
		place[number[v]] = int32(i)
	}
	for i, v := range f.of {
		f.of[i] = place[v]
	}
	return f
}

// among are the values that some rows have, in order, but for the empty one.
func (f facet) among(chosen []int32) (values []string) {
	has := make([]bool, len(f.values))
	for _, n := range chosen {
		has[f.of[n]] = true
	}
	for i, v := range f.values {
		if has[i] && v != "" {
			values = append(values, v)
		}
	}
	return values
}

// fitting are those of some rows that have a value.
func (f facet) fitting(chosen []int32, value string) []int32 {
	v, ok := slices.BinarySearch(f.values, value)
	if !ok {
		return nil
	}
	return those(chosen, func(n int32) bool { return f.of[n] == int32(v) })
}

func those(chosen []int32, fit func(n int32) bool) (fitting []int32) {
	for _, n := range chosen {
		if fit(n) {
			fitting = append(fitting, n)
		}
	}
	return fitting
}

// ordered are all rows in the order of a column, with - before it falling; as they
// come where there is no such column. Rows that are the same in it stay as they come.
func (rs *rows) ordered(heads []report.Head, order string) []int32 {
	o, ok := orderOf(heads, order)
	if !ok {
		return remembered(&rs.kept, "as they come", rs.numbers)
	}
	return remembered(&rs.kept, o, func() []int32 {
		cells := make([]Cell, rs.n)
		for n := range rs.n {
			cells[n] = rs.cells(n)[o.column]
		}
		all := rs.numbers()
		slices.SortFunc(all, func(a, b int32) int { return cmp.Or(o.compare(cells[a], cells[b]), cmp.Compare(a, b)) })
		return all
	})
}

// order is one that rows can be put in.
type order struct {
	column           int
	numeric, falling bool
}

func orderOf(heads []report.Head, text string) (o order, ok bool) {
	column, err := strconv.Atoi(strings.TrimPrefix(text, "-"))
	if err != nil || column < 0 || column >= len(heads) {
		return o, false
	}
	return order{column, heads[column].Numeric, strings.HasPrefix(text, "-")}, true
}

func (o order) compare(a, b Cell) int {
	by := strings.Compare(a.Text, b.Text)
	if o.numeric {
		by = cmp.Compare(a.Sort, b.Sort)
	}
	if o.falling {
		return -by
	}
	return by
}

// follow reckons what was asked of the rows before, of which was says where each
// row was, if it is the same; -1 where it is not.
func (rs *rows) follow(before *rows, was []int32) {
	before.kept.of.Range(func(key, _ any) bool {
		switch o, ok := key.(order); {
		case ok:
			remembered(&rs.kept, o, func() []int32 { return rs.merged(o, remembered(&before.kept, o, before.numbers), was) })
		case key == "texts":
			remembered(&rs.kept, "texts", func() texts {
				return rs.texts(remembered(&before.kept, "texts", func() texts { return before.texts(texts{}, nil) }), was)
			})
		}
		return true
	})
}

// merged is an order of the rows before, with those that are new put among them.
func (rs *rows) merged(o order, before, was []int32) []int32 {
	is := make([]int32, len(before))
	for n := range is {
		is[n] = -1
	}
	var fresh []int32
	for n, old := range was {
		if old < 0 {
			fresh = append(fresh, int32(n))
			continue
		}
		is[old] = int32(n)
	}
	all := make([]int32, 0, rs.n)
	for _, old := range before {
		if is[old] >= 0 {
			all = append(all, is[old])
		}
	}
	for _, n := range fresh {
		cell := rs.cells(int(n))[o.column]
		at, _ := slices.BinarySearchFunc(all, n, func(other, n int32) int {
			return cmp.Or(o.compare(rs.cells(int(other))[o.column], cell), cmp.Compare(other, n))
		})
		all = slices.Insert(all, at, n)
	}
	return all
}

func (rs *rows) numbers() []int32 {
	all := make([]int32, rs.n)
	for n := range all {
		all[n] = int32(n)
	}
	return all
}

// texts are what stands in each row, in small letters, one after the other.
type texts struct {
	all  string
	ends []int32
}

// texts takes over those of rows that were there before, as was says.
func (rs *rows) texts(before texts, was []int32) texts {
	all := make([]byte, 0, len(before.all)+1000)
	ends := make([]int32, rs.n)
	for n := range rs.n {
		if was != nil && was[n] >= 0 {
			all = append(all, before.of(was[n])...)
		} else {
			all = append(all, strings.ToLower(textOf(rs.cells(n)))...)
		}
		ends[n] = int32(len(all))
	}
	return texts{string(all), ends}
}

func (t texts) of(n int32) string {
	if n == 0 {
		return t.all[:t.ends[0]]
	}
	return t.all[t.ends[n-1]:t.ends[n]]
}

// saying are those of some rows in which a text stands, whatever its case.
func (rs *rows) saying(chosen []int32, text string) []int32 {
	in := remembered(&rs.kept, "texts", func() texts { return rs.texts(texts{}, nil) })
	text = strings.ToLower(text)
	return those(chosen, func(n int32) bool { return strings.Contains(in.of(n), text) })
}

func textOf(cells []Cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.Text + " " + c.Sub + " ")
	}
	return b.String()
}
