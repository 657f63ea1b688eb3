package plan

import (
	"slices"

	"entente/record"
)

// Caveats make a world large: each set of needs that something may serve is a stock of
// its own, month by month. Most hardly matter: where the needs that a stock may serve want much more of it
// than there is, it is as good as one that may serve others too. What they would be given they do without elsewhere.

// easing widens caveats as far as it is asked to.
type easing struct {
	w      *world
	supply []float64 // by stock: what comes into it, in unit-months
	wanted []float64 // by stock: what all want whom it may serve
	alike  [][]int   // stocks of one resource at one place
}

// easing reads from a pattern what comes into each stock and what each need takes.
func (p *pattern) easing(w *world) *easing {
	e := &easing{w: w, supply: p.supplies(w), wanted: make([]float64, len(w.stocks))}
	wants, at := p.wants(w), map[stockKey]int{}
	for s, st := range w.stocks {
		for _, i := range st.needs {
			e.wanted[s] += wants[asks{i, record.ResourceID(st.resource.ID)}]
		}
		k := stockKey{st.place, record.ResourceID(st.resource.ID), ""}
		if _, ok := at[k]; !ok {
			at[k] = len(e.alike)
			e.alike = append(e.alike, nil)
		}
		e.alike[at[k]] = append(e.alike[at[k]], s)
	}
	return e
}

// eased is what each stock serves where all is as good as one that serves more of which there is
// less than so many times what those want whom it may serve.
func (e *easing) eased(slack float64) func(s int) []int {
	serves := make([][]int, len(e.w.stocks))
	for _, stocks := range e.alike {
		wider := e.widened(stocks, slack)
		for _, s := range stocks {
			root := s
			for wider[root] != root {
				root = wider[root]
			}
			serves[s] = e.w.stocks[root].needs
		}
	}
	return func(s int) []int { return serves[s] }
}

// widened says of each stock what it is as good as: that of which there is least is
// widened first.
func (e *easing) widened(stocks []int, slack float64) map[int]int {
	supply, to := map[int]float64{}, map[int]int{}
	for _, s := range stocks {
		supply[s], to[s] = e.supply[s], s
	}
	left := slices.Clone(stocks)
	for {
		best, least := none, slack
		for _, s := range left {
			if part := supply[s] / max(e.wanted[s], 1e-9); part < least && e.wider(s, left) != none {
				best, least = s, part
			}
		}
		if best == none {
			return to
		}
		to[best] = e.wider(best, left)
		supply[to[best]] += supply[best]
		left = slices.DeleteFunc(left, func(s int) bool { return s == best })
	}
}

// wider is the narrowest of some stocks that may serve all that s may, and more.
func (e *easing) wider(s int, among []int) int {
	found := none
	for _, u := range among {
		needs := e.w.stocks[u].needs
		if u != s && covers(needs, e.w.stocks[s].needs) && (found == none || len(needs) < len(e.w.stocks[found].needs)) {
			found = u
		}
	}
	return found
}

// covers reports whether all of b is in a; both rise.
func covers(a, b []int) bool {
	for _, x := range b {
		k, ok := slices.BinarySearch(a, x)
		if !ok {
			return false
		}
		a = a[k+1:]
	}
	return true
}

// supplies is what comes into each stock by the pattern, of lots that are one there in
// proportion.
func (p *pattern) supplies(w *world) []float64 {
	supply := make([]float64, len(w.stocks))
	for _, f := range p.flows {
		q := p.x[f.col] * f.yields
		if q <= 1e-9 {
			continue
		}
		to := func(lanes []lane, q float64) {
			for _, l := range lanes {
				if p.to[l.stock] == f.lane.stock {
					supply[l.stock] += q * geometric(w.stocks[l.stock].keeps, w.options.Months-f.month-l.lead)
				}
			}
		}
		switch f.kind {
		case fromLot:
			for _, i := range p.members[f.index] {
				to(w.lots[i].lanes, q*w.lots[i].quantity/p.lots[f.index].quantity)
			}
		case fromMaker:
			to(w.makers[p.makerOf[f.index]].lanes, q)
		case fromCourse:
			to(w.courses[p.courseOf[f.index]].lanes, q)
		}
	}
	return supply
}

// wants is what needs take by the pattern. What is used up would have been there for half the
// time.
func (p *pattern) wants(w *world) map[asks]float64 {
	wants := map[asks]float64{}
	for _, a := range p.aims(w) {
		for _, k := range p.tariff.takes[a.need] {
			per := a.first * k.per
			if k.usedUp {
				per *= float64(w.options.Months) / 2
			}
			wants[asks{a.need, k.resource}] += per
		}
	}
	return wants
}
