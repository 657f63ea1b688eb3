package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// headerRowsMax is how far down a table its header is looked for.
const headerRowsMax = 40

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

	memo []map[string]value // per column of the mapping: what its cells were read as
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
	return matched(h.t, n, h.names)
}

// left is how many cells stand left of those that the mapping spreads.
func (h *head) left() int {
	if len(h.wide) == 0 {
		return 0
	}
	return h.wide[0]
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

// silent reports whether a cell says nothing in its column.
func (h *head) silent(i int, cell string) bool {
	text := trim(cell)
	return text == "" || among(text, h.t.Missing) || i < len(h.of) && h.of[i] >= 0 && among(text, h.t.Columns[h.t.order[h.of[i]]].Missing)
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
