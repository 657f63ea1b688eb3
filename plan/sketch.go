package plan

import (
	"fmt"
	"slices"
	"strings"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// quota is how much there is of one thing: one figure, or one a month, and the
// rows of the model that say so.
type quota struct {
	limits []float64
	rows   []lp.Row // one for each limit, none where there is nothing to limit, and then those that add nothing; nil where it takes more than rows
	scale  float64  // from the limits to the rows
	exact  bool     // the rows are equations
}

// sketch is all that a plan can make use of in a world, each thing under a name
// that says everything but how much there is of it. Lots that leave in the same
// months along the same lanes are one thing. Records count as the same when
// they are the same value in memory, as in views changed from one another.
func (m *model) sketch() map[string]quota {
	w, all := m.w, map[string]quota{}
	for _, n := range w.needs {
		all[fmt.Sprintf("%p %p %v %v", n.rec, n.capability, n.quantity, n.running)] = quota{limits: n.present}
	}
	for i, l := range w.lots {
		name := fmt.Sprint(w.lineName(&l.source), l.handed, l.first, l.last)
		q, again := all[name]
		if !again {
			q = quota{[]float64{0}, nil, 1, false}
		}
		q.limits[0] += l.quantity
		q.rows = append(q.rows, m.lotRow[i])
		all[name] = q
	}
	for i, k := range w.makers {
		all[w.lineName(&k.source)] = m.monthlyQuota(k.first, k.perMonth, m.makerRow[i])
	}
	for i, c := range w.courses {
		all[fmt.Sprint(w.lineName(&c.source), c.passes)] = m.monthlyQuota(c.first, c.seats, m.courseRow[i])
	}
	pays := map[int]bool{}
	for _, h := range m.heads {
		for _, f := range h.funds {
			pays[f] = true
		}
	}
	for i, f := range w.funds {
		if !pays[i] {
			continue
		}
		all[fmt.Sprintf("%p %v %v %v", f.rec, f.until, f.share, f.ceiling)] = quota{f.income, m.potRow[i], 1 / million, true}
	}
	sent := map[int]bool{}
	for _, c := range m.choices {
		sent[c.force] = true
	}
	for i, f := range w.forces {
		if !sent[i] {
			continue
		}
		all[fmt.Sprintf("%p %v %v", f.unit, f.cost, f.posts)] = quota{}
	}
	return all
}

// lineName says where a source sends what, at what cost.
func (w *world) lineName(s *source) string {
	var name strings.Builder
	fmt.Fprint(&name, s.key, " ", s.cost)
	for _, l := range s.lanes {
		st := w.stocks[l.stock]
		fmt.Fprintf(&name, " %s %p %v %d", st.place, st.resource, st.needs, l.lead)
	}
	return name.String()
}

func (m *model) monthlyQuota(first int, limit float64, rows []lp.Row) quota {
	q := quota{make([]float64, m.w.options.Months), slices.Repeat([]lp.Row{none}, m.w.options.Months), 1, false}
	for i, row := range rows {
		q.limits[first+i], q.rows[first+i] = limit, row
	}
	return q
}

// Parts splits the needs of a view so that no two parts have anything to share
// between them, in any view that lacks some of what v has: V of v is the sum of
// V of the views that have the needs of one part each.
func Parts(v *register.View, o Options) [][]record.NeedID {
	m := loosest(v, o)
	w, needs := m.w, len(m.w.needs)
	same := make([]int, needs+m.lp.Cols()) // a forest: needs, then columns
	for i := range same {
		same[i] = i
	}
	var root func(int) int
	root = func(i int) int {
		if same[i] != i {
			same[i] = root(same[i])
		}
		return same[i]
	}
	join := func(i, j int) {
		if a, b := root(i), root(j); a != b {
			same[max(a, b)] = min(a, b)
		}
	}
	for r := range m.lp.Rows() {
		terms := m.lp.Terms(lp.Row(r))
		for _, t := range terms {
			join(needs+int(terms[0].Col), needs+int(t.Col))
		}
	}
	for i, n := range w.needs {
		for _, c := range m.cover[i] {
			if c != none {
				join(i, needs+int(c))
			}
		}
		// Who may pay at a place depends on all needs there that take the same.
		for j, other := range w.needs[:i] {
			if n.rec.At == other.rec.At && slices.ContainsFunc(recipe(n.capability), other.uses) {
				join(i, j)
			}
		}
	}
	at, parts := map[int]int{}, [][]record.NeedID{}
	for i, n := range w.needs {
		k, ok := at[root(i)]
		if !ok {
			k = len(parts)
			at[root(i)], parts = k, append(parts, nil)
		}
		parts[k] = append(parts[k], record.NeedID(n.rec.ID))
	}
	return parts
}

// loosest is the model of v in which everything is there that could come to
// count when some of v is gone: pledges that others count, and tours where units
// are now.
func loosest(v *register.View, o Options) *model {
	w := read(parted(v), o)
	for _, n := range w.needs {
		there := n.present
		n.present = make([]float64, len(there))
		defer func() { n.present = there }()
	}
	return build(w, allLegs, free)
}

// parted is v with every pledge counted by itself, as it is when the one that
// counts it is gone.
func parted(v *register.View) *register.View {
	var alone []record.Record
	for _, p := range v.Pledges() {
		if p.PartOf != "" {
			c := record.Clone(p).(*record.Pledge)
			c.PartOf = ""
			alone = append(alone, c)
		}
	}
	return v.Changed(alone, nil)
}
