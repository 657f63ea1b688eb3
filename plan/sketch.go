package plan

import (
	"fmt"
	"slices"
	"strings"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// amounts is how much there is, in a world, of everything that a plan can make
// use of: one figure, or one a month, under a name that says all the rest.
// Records count as the same when they are the same value in memory, as in views
// changed from one another.
func (w *world) amounts() map[string][]float64 {
	all := map[string][]float64{}
	for _, n := range w.needs {
		all[needName(n)] = n.present
	}
	for _, l := range w.lots {
		name := w.lotName(l)
		all[name] = []float64{nth(all[name], 0) + l.quantity}
	}
	for _, k := range w.makers {
		all[w.lineName(&k.source)] = w.monthly(k.first, k.last, k.perMonth)
	}
	for _, c := range w.courses {
		all[w.courseName(c)] = w.monthly(c.first, c.last, c.seats)
	}
	for _, f := range w.funds {
		all[fundName(f)] = f.income
	}
	for _, f := range w.forces {
		all[forceName(f)] = []float64{1}
	}
	return all
}

func (w *world) monthly(first, last int, limit float64) []float64 {
	limits := make([]float64, w.options.Months)
	for t := first; t <= last; t++ {
		limits[t] = limit
	}
	return limits
}

// nth is the i-th of some figures, of which a view without the thing has none.
func nth(limits []float64, i int) float64 {
	if i < len(limits) {
		return limits[i]
	}
	return 0
}

// setter gives a programme of a model another amount of one thing, and reports
// whether the model has room for that.
type setter func(to bounded, limits []float64) bool

// bounded is what has bounds to set: a programme, or a note of what is other.
type bounded interface {
	SetRowBounds(r lp.Row, lo, hi float64)
	SetColBounds(c lp.Col, lo, hi float64)
}

// setters are those of all things that make a difference to the model.
func (m *model) setters() map[string]setter {
	all := map[string]setter{}
	for i, n := range m.w.needs {
		all[needName(n)] = m.setPresent(i)
	}
	m.lotSetters(all)
	for i, k := range m.w.makers {
		all[m.w.lineName(&k.source)] = setMonthly(k.first, m.makerRow[i])
	}
	for i, c := range m.w.courses {
		all[m.w.courseName(c)] = setMonthly(c.first, m.courseRow[i])
	}
	m.fundSetters(all)
	m.forceSetters(all)
	return all
}

func needName(n *need) string {
	return fmt.Sprintf("%p %p %v %v", n.rec, n.capability, n.quantity, n.running)
}

// setPresent changes what is present of a need: so much less is left to cover.
func (m *model) setPresent(i int) setter {
	type month struct {
		col lp.Col
		t   int
	}
	var months []month
	for t := range m.w.options.Months {
		for _, c := range []lp.Col{m.cover[i][t], m.made[i][t]} {
			if c == none {
				continue
			}
			if _, most := m.lp.ColBounds(c); most > 0 { // else nothing can give it
				months = append(months, month{c, t})
			}
		}
	}
	quantity := m.w.needs[i].quantity
	return func(to bounded, present []float64) bool {
		for _, x := range months {
			to.SetColBounds(x.col, 0, max(0, quantity[x.t]-nth(present, x.t)))
		}
		return present != nil // without it, nothing of this is needed
	}
}

func (w *world) lotName(l *lot) string {
	return fmt.Sprint(w.lineName(&l.source), l.handed, l.first, l.last)
}

// lotSetters has lots that leave in the same months along the same lanes as one
// thing, of which the first gives all and the others nothing.
func (m *model) lotSetters(all map[string]setter) {
	rows := map[string][]lp.Row{}
	for i, l := range m.w.lots {
		name := m.w.lotName(l)
		rows[name] = append(rows[name], m.lotRow[i])
		all[name] = func(to bounded, limits []float64) bool {
			for k, row := range rows[name] {
				to.SetRowBounds(row, -lp.Inf, nth(limits, k))
			}
			return true
		}
	}
}

func (w *world) courseName(c *course) string { return fmt.Sprint(w.lineName(&c.source), c.passes) }

// setMonthly changes a source with a limit a month.
func setMonthly(first int, rows []lp.Row) setter {
	return func(to bounded, limits []float64) bool {
		for i, row := range rows {
			to.SetRowBounds(row, -lp.Inf, nth(limits, first+i))
		}
		for t, limit := range limits {
			if limit > 0 && (t < first || t >= first+len(rows)) {
				return false // in a month in which there was none
			}
		}
		return true
	}
}

func fundName(f *fund) string { return fmt.Sprintf("%p %v %v %v", f.rec, f.until, f.share, f.ceiling) }

// fundSetters has the incomes of the funds that may pay for anything.
func (m *model) fundSetters(all map[string]setter) {
	pays := map[int]bool{}
	for _, h := range m.heads {
		for _, f := range h.funds {
			pays[f] = true
		}
	}
	for i, f := range m.w.funds {
		if !pays[i] {
			continue
		}
		all[fundName(f)] = func(to bounded, income []float64) bool {
			for t, row := range m.potRow[i] {
				to.SetRowBounds(row, nth(income, t)/m.unit, nth(income, t)/m.unit)
			}
			return true
		}
	}
}

func forceName(f *force) string { return fmt.Sprintf("%p %v %v", f.unit, f.cost, f.posts) }

// forceSetters has the units that may be sent: each is there, or is not.
func (m *model) forceSetters(all map[string]setter) {
	cols := map[int][]lp.Col{}
	for _, c := range m.choices {
		if _, most := m.lp.ColBounds(c.col); most > 0 {
			cols[c.force] = append(cols[c.force], c.col)
		}
	}
	for i, f := range m.w.forces {
		if cols[i] == nil {
			continue
		}
		all[forceName(f)] = func(to bounded, limits []float64) bool {
			for _, c := range cols[i] {
				to.SetColBounds(c, 0, nth(limits, 0))
			}
			return true
		}
	}
}

// lineName says where a source sends what, at what cost; in an outline, what is
// delivered is the same whoever gives it.
func (w *world) lineName(s *source) string {
	var name strings.Builder
	if w.span > 1 && s.use == record.Delivery {
		fmt.Fprint(&name, s.cost > 0)
	} else {
		fmt.Fprint(&name, s.key, " ", s.cost)
	}
	for _, l := range s.lanes {
		st := w.stocks[l.stock]
		fmt.Fprintf(&name, " %s %p %v %d %g", st.place, st.resource, st.needs, l.lead, l.late)
	}
	return name.String()
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
	defer w.alone()()
	return build(w, allLegs, free)
}

// alone takes away what units give that are there already, until it is told to
// give it back.
func (w *world) alone() (back func()) {
	var there [][]float64
	for _, n := range w.needs {
		there = append(there, n.present)
		n.present = make([]float64, len(n.present))
	}
	return func() {
		for i, n := range w.needs {
			n.present = there[i]
		}
	}
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
