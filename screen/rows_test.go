package screen

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"entente/check"
	"entente/record"
)

// plainList chooses among rows one after the other, as a list has to.
func plainList(all []row, numeric bool, q url.Values, facets ...string) (rows [][]Cell, options [][]string) {
	for i, name := range facets {
		var values []string
		for _, r := range all {
			if v := r.facets[i]; v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		slices.Sort(values)
		options = append(options, values)
		if value := q.Get(name); value != "" {
			all = slices.DeleteFunc(slices.Clone(all), func(r row) bool { return r.facets[i] != value })
		}
	}
	if find := strings.ToLower(q.Get("find")); find != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !strings.Contains(strings.ToLower(textOf(r.cells)), find) })
	}
	if column, err := strconv.Atoi(strings.TrimPrefix(q.Get("order"), "-")); err == nil && column >= 0 && column < 2 {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b row) int {
			by := strings.Compare(a.cells[column].Text, b.cells[column].Text)
			if column == 1 && numeric {
				by = cmp.Compare(a.cells[column].Sort, b.cells[column].Sort)
			}
			if strings.HasPrefix(q.Get("order"), "-") {
				return -by
			}
			return by
		})
	}
	for _, r := range all {
		rows = append(rows, r.cells)
	}
	return rows, options
}

// TestListsChooseAsIfOneByOne: whatever was asked for before.
func TestListsChooseAsIfOneByOne(t *testing.T) {
	dice, w := rand.New(rand.NewPCG(3, 3)), World{}
	pick := func(words ...string) string { return words[dice.IntN(len(words))] }
	for range 40 {
		all := make([]row, dice.IntN(30))
		for i := range all {
			size := dice.IntN(12)
			all[i] = row{cells: []Cell{text(pick("Zeal", "étude", "B a", "b A", "")), {Text: fmt.Sprint(size), Sub: pick("", "Sub"), Sort: float64(size)}}, facets: []string{pick("", "x", "y"), pick("one", "two", "three")}}
		}
		rs, numeric := rowsOf(all), dice.IntN(2) == 0
		heads := w.heads("Name", map[bool]string{true: "#Size", false: "Size"}[numeric])
		for range 40 {
			q := url.Values{"a": {pick("", "", "x", "z")}, "b": {pick("", "", "one", "two")}, "find": {pick("", "", "É", "b a", "1", " sub ", "no")}, "order": {pick("", "0", "-0", "1", "-1", "2", "--1", "x", "-")}}
			want, options := plainList(all, numeric, q, "a", "b")
			l := w.list("rows", heads, rs, q, "a|A", "b|B")
			if diff := gocmp.Diff(want, l.Table.Rows); diff != "" || l.Fit != len(want) || l.Of != len(all) {
				t.Fatalf("%v chooses otherwise: %s", q, diff)
			}
			for i, f := range l.Filters {
				var values []string
				for _, o := range f.Options[1:] {
					values = append(values, o.Value)
				}
				if diff := gocmp.Diff(options[i], values); diff != "" {
					t.Fatalf("%v can be chosen by something else: %s", q, diff)
				}
			}
		}
	}
}

// TestRowsFollow: what is taken over from the rows before is what would be
// reckoned anew.
func TestRowsFollow(t *testing.T) {
	dice := rand.New(rand.NewPCG(4, 4))
	heads := World{}.heads("Name", "#Size")
	anyRow := func() row {
		size := dice.IntN(5)
		return row{cells: []Cell{text([]string{"a", "B", "é", ""}[dice.IntN(4)]), {Text: fmt.Sprint(size), Sort: float64(size)}}}
	}
	for range 300 {
		var old, now []row
		var was []int32
		for range dice.IntN(20) {
			old = append(old, anyRow())
		}
		for i := range old {
			for dice.IntN(6) == 0 {
				now, was = append(now, anyRow()), append(was, -1)
			}
			if dice.IntN(6) > 0 {
				now, was = append(now, old[i]), append(was, int32(i))
			}
		}
		before, after, anew := rowsOf(old), rowsOf(now), rowsOf(now)
		orders := []string{"0", "-0", "1", "-1"}
		for _, o := range orders {
			before.ordered(heads, o)
		}
		before.saying(before.numbers(), "a")
		after.follow(before, was)
		for _, o := range orders {
			key, _ := orderOf(heads, o)
			if got, want := after.ordered(heads, o), anew.ordered(heads, o); !after.kept.has(key) || !slices.Equal(got, want) {
				t.Fatalf("in order %s they are %v, not %v", o, got, want)
			}
		}
		for n := range int32(len(now)) {
			if got, want := remembered(&after.kept, "texts", func() texts { return texts{} }).of(n), strings.ToLower(textOf(now[n].cells)); got != want {
				t.Fatalf("row %d says %q, not %q", n, got, want)
			}
		}
	}
}

// TestPreparedIsWhatWouldBeMade: of a world whose view follows another, whether a
// pledge has changed or what stands in the rows of many.
func TestPreparedIsWhatWouldBeMade(t *testing.T) {
	before := sample(t)
	for name, change := range map[string]record.Record{
		"a pledge": changedCopy(t, before, "Pledge/nld-aircraft", func(p *record.Pledge) { p.Title = "A changed pledge"; p.Quantity = &record.Number{Min: 1, Max: 1} }),
		"a need":   changedCopy(t, before, "Need/pairs", func(n *record.Need) { n.Title = "A need of pledges" }),
		"a party":  changedCopy(t, before, "Party/NLD", func(p *record.Party) { p.Name = "Holland" }),
	} {
		before.Memo, before.OnePage = &Memo{}, true
		queries := []url.Values{{}, {"find": {"a"}}, {"order": {"3"}}, {"order": {"-0"}}, {"find": {"holland"}, "order": {"1"}}}
		for _, q := range queries {
			before.Pledges(q)
		}
		before.Search("pledge", nil)
		before.Overview("", -1)
		after := before
		after.View, after.Memo = before.View.With(change), &Memo{}
		after.Found = check.Run(after.View)
		after.Prepare(before)
		anew := after
		anew.Memo = nil
		for _, q := range queries {
			if diff := gocmp.Diff(anew.Pledges(q), after.Pledges(q), gocmp.AllowUnexported(record.Day{})); diff != "" {
				t.Errorf("%s has changed, and the list of pledges is not what it would be: %s", name, diff)
			}
		}
		if diff := gocmp.Diff(anew.Search("pledge", nil), after.Search("pledge", nil)); diff != "" {
			t.Errorf("%s has changed, and other things are found: %s", name, diff)
		}
		if diff := gocmp.Diff(anew.Overview("", -1).Lately, after.Overview("", -1).Lately); diff != "" {
			t.Errorf("%s has changed, and something else came lately: %s", name, diff)
		}
	}
}

// changedCopy is a record of the view, changed.
func changedCopy[T any](t *testing.T, w World, key string, change func(*T)) record.Record {
	t.Helper()
	kind, id, _ := strings.Cut(key, "/")
	r, ok := w.View.Get(record.Key{Kind: record.Kind(kind), ID: id})
	if !ok {
		t.Fatalf("there is no %s", key)
	}
	changed := *any(r).(*T)
	change(&changed)
	return any(&changed).(record.Record)
}
