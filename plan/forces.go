package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"entente/lp"
	"entente/record"
)

// force is a unit that may be sent: how long it may be away, and for which
// needs it is free in which months.
type force struct {
	unit                *record.Unit
	tour, rest, prepare int // months
	first               int // month of the first start, by its notice
	cost                float64
	posts               []post
}

// post is a need that a force may serve.
type post struct {
	need  int
	gives float64  // units of the need's capability
	free  []bool   // by month
	held  []string // assignments that keep it from serving in some month in which it is needed
}

// readForces finds the units that may be sent. A unit without a rotation may be
// sent for a month at a time.
func (w *world) readForces() {
	for _, u := range w.view.Units() {
		f := &force{unit: u, tour: 1, first: (u.Notice + 29) / 30, cost: w.euros(u.Cost, u, "cost")}
		if r := u.Rotation; r != nil {
			f.tour, f.rest, f.prepare = max(1, r.Tour), r.Rest, r.Prepare
		}
		for i, n := range w.needs {
			if gives := u.Gives[n.rec.Capability]; gives > 0 {
				f.posts = append(f.posts, w.post(u, i, gives))
			}
		}
		if len(f.posts) > 0 {
			w.forces = append(w.forces, f)
		}
	}
}

// post says when u is free for need i: not while it is deployed, or assigned
// exclusively, or under an agreement that does not admit the need.
func (w *world) post(u *record.Unit, i int, gives float64) post {
	p := post{need: i, gives: gives, free: slices.Repeat([]bool{true}, w.options.Months)}
	n := w.needs[i]
	for _, r := range w.view.Referring(u.Key()) {
		a, ok := r.(*record.Assignment)
		if !ok || string(a.Unit) != u.ID || a.Role != record.Deployed && !a.Exclusive && admits(a, n.rec) {
			continue
		}
		first, last := w.window(a.From, a.To)
		in := false
		for t := first; t <= last; t++ {
			p.free[t] = false
			in = in || n.quantity[t] > n.present[t]
		}
		if in && string(a.Need) != n.rec.ID {
			p.held = append(p.held, a.Key().String())
		}
	}
	return p
}

// admits reports whether a unit assigned under an agreement may serve a need:
// when the need is under it too, or under one that may recall the unit.
func admits(a *record.Assignment, n *record.Need) bool {
	return n.Under != "" && (a.Under == n.Under || a.RecallableBy == n.Under)
}

// starts lists the months in which a tour for a post may begin. A tour is cut by
// the horizon, not shortened to fit.
func (f *force) starts(p post, months int) []int {
	var found []int
	for s := f.first; s < months; s++ {
		if !slices.Contains(p.free[s:min(s+f.tour, months)], false) {
			found = append(found, s)
		}
	}
	return found
}

// tour is the choice to send a force for a post in a month.
type tour struct {
	force, post, start int
	col                lp.Col
}

func (m *model) ofTour(t tour) (*force, post) {
	f := m.w.forces[t.force]
	return f, f.posts[t.post]
}

// tours adds the choices of section 3.7. A tour that no need has use for is
// none. That a force is in one place at a time, and what tours give, is told by
// keeping count of who is at home and who is there: a tour then changes a count
// twice, and does not stand in every month that it lasts.
func (b *builder) tours() {
	months := b.w.options.Months
	b.comes, b.stands = make([][][]int, len(b.w.needs)), make([][][]stand, len(b.w.needs))
	for i := range b.comes {
		b.comes[i], b.stands[i] = make([][]int, months), make([][]stand, months)
	}
	if !b.legs.people {
		return
	}
	there := make([]map[float64]tides, len(b.w.needs)) // by need and what one unit gives
	for k, f := range b.w.forces {
		home := tides{}
		for j, p := range f.posts {
			for _, s := range f.starts(p, months) {
				if !b.wanted(p.need, s, s+f.tour) {
					continue
				}
				y := b.tour(k, j, s)
				home.add(max(0, s-f.prepare), s+f.tour+f.rest, y, -1)
				if there[p.need] == nil {
					there[p.need] = map[float64]tides{}
				}
				if there[p.need][p.gives] == nil {
					there[p.need][p.gives] = tides{}
				}
				there[p.need][p.gives].add(s, s+f.tour, y, 1)
			}
		}
		b.count(home, 1)
	}
	for i := range there {
		for _, gives := range slices.Sorted(maps.Keys(there[i])) {
			for t, c := range b.count(there[i][gives], 0) {
				if c != none {
					b.stands[i][t] = append(b.stands[i][t], stand{c, gives})
				}
			}
		}
	}
}

// tour adds one choice.
func (b *builder) tour(force, post, start int) lp.Col {
	f := b.w.forces[force]
	y := b.lp.AddCol(0, 0, 1)
	b.wholly(y)
	b.later = append(b.later, y) // of very many that are worth the same, few are taken
	need := f.posts[post].need
	for t := start; t < min(start+f.tour, b.w.options.Months); t++ {
		b.comes[need][t] = append(b.comes[need][t], len(b.choices))
	}
	b.choices = append(b.choices, tour{force, post, start, y})
	return y
}

// stand is how many units there are at a need that give so much each.
type stand struct {
	col   lp.Col
	gives float64
}

// tides are what a count rises and falls by, by month.
type tides map[int][]lp.Term

// add changes the count in month from, and back in month to.
func (c tides) add(from, to int, y lp.Col, by float64) {
	c[from] = append(c[from], lp.Term{Col: y, Coef: -by})
	c[to] = append(c[to], lp.Term{Col: y, Coef: by})
}

// count adds a count that begins with a number, and returns its column by month:
// none before it first changes.
func (b *builder) count(c tides, begin float64) []lp.Col {
	cols, now := make([]lp.Col, b.w.options.Months), lp.Col(none)
	for t := range cols {
		if terms := c[t]; len(terms) > 0 {
			before := now
			now = b.lp.AddCol(0, 0, lp.Inf)
			terms = append(terms, lp.Term{Col: now, Coef: 1})
			if before != none {
				terms, begin = append(terms, lp.Term{Col: before, Coef: -1}), 0
			}
			b.lp.AddRow(begin, begin, terms...)
		}
		cols[t] = now
	}
	return cols
}

// standTerms is what tours give to a month that lacks rest. A unit counts for no
// more than that, so that a part of one cannot pass for the whole of it in the
// solution without whole numbers.
func standTerms(stands []stand, rest float64) []lp.Term {
	var terms []lp.Term
	for _, s := range stands {
		terms = append(terms, lp.Term{Col: s.col, Coef: min(s.gives, rest)})
	}
	return terms
}

// wanted reports whether need i lacks anything in months first to last - 1.
func (b *builder) wanted(i, first, last int) bool {
	n := b.w.needs[i]
	for t := first; t < min(last, b.w.options.Months); t++ {
		if n.quantity[t] > n.present[t] {
			return true
		}
	}
	return false
}

// stay is what a force costs in one month for one need.
type stay struct {
	bill
	month int
}

// stays lists what forces that serve need i cost while they are there.
func (b *builder) stays(i int) []stay {
	var found []stay
	at := map[[2]int]int{} // force and month
	for _, c := range b.choices {
		f, p := b.ofTour(c)
		if f.cost == 0 || p.need != i {
			continue
		}
		for t := c.start; t < min(c.start+f.tour, b.w.options.Months); t++ {
			k := [2]int{c.force, t}
			if _, ok := at[k]; !ok {
				at[k] = len(found)
				found = append(found, stay{bill{flow: none, need: i, force: c.force}, t})
			}
			found[at[k]].terms = append(found[at[k]].terms, lp.Term{Col: c.col, Coef: f.cost / b.unit})
		}
	}
	return found
}

// deployments reads the tours of a solution.
func (m *model) deployments(p *Plan, x []float64) {
	for _, c := range m.choices {
		if x[c.col] < 0.5 {
			continue
		}
		f, post := m.ofTour(c)
		n := m.w.needs[post.need]
		p.Moves = append(p.Moves, Move{
			Verb: Deploy, Month: m.at(c.start), Until: m.at(min(c.start+f.tour, m.w.options.Months) - 1), Record: f.unit.Key().String(), Party: f.unit.By,
			Quantity: post.gives, Unit: n.capability.Unit, At: n.rec.At, Need: record.NeedID(n.rec.ID),
		})
	}
}

// withoutIdle takes out of a choice the tours without which as much is covered,
// the dearest and then the latest first.
func (m *model) withoutIdle(x []float64) []float64 {
	x = slices.Clone(x)
	sent := slices.DeleteFunc(slices.Clone(m.choices), func(c tour) bool { return x[c.col] < 0.5 })
	slices.SortStableFunc(sent, func(a, b tour) int {
		return cmp.Or(cmp.Compare(m.w.forces[b.force].cost, m.w.forces[a.force].cost), b.start-a.start)
	})
	for _, c := range sent {
		f, p := m.ofTour(c)
		idle := true
		for t := c.start; t < min(c.start+f.tour, m.w.options.Months); t++ {
			without := at(x, m.made[p.need][t]) + m.toured(p.need, t, x) - p.gives
			idle = idle && at(x, m.cover[p.need][t]) <= without+noise
		}
		if idle {
			x[c.col] = 0
		}
	}
	return x
}

// toured is what the tours of a solution give need i in month t.
func (m *model) toured(i, t int, x []float64) float64 {
	sum := 0.0
	for _, c := range m.comes[i][t] {
		_, p := m.ofTour(m.choices[c])
		sum += p.gives * x[m.choices[c].col]
	}
	return settle(sum)
}

// forceHold says why no more forces serve need i.
func (w *world) forceHold(i int) Hold {
	h := Hold{Leg: record.People}
	able, held := 0, 0
	for _, f := range w.forces {
		for _, p := range f.posts {
			if p.need != i {
				continue
			}
			able++
			if len(p.held) > 0 {
				held++
				h.Records = append(h.Records, p.held...)
			}
		}
	}
	switch {
	case able == 0:
		h.Says = "only forces can give it, and no unit in the register does"
	case held > 0:
		h.Says = fmt.Sprintf("only forces can give it: of the %d that could, %d are bound elsewhere by %s", able, held, list(h.Records))
	default:
		h.Says = fmt.Sprintf("only forces can give it: each of the %d that could is on tour, at rest or not paid for", able)
	}
	return h
}
