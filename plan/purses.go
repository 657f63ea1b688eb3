package plan

import (
	"context"

	"entente/lp"
	"entente/record"
)

// purses says which funds may pay for what, and how much they may: without end, until
// budgets are set.
type purses struct {
	w       *world
	running [][]int // by need
	sites   map[site][]int
	opens   []int // by fund: the first month in which it has money
	budgets map[string]float64
	spent   map[string]*spending
	order   []*spending
}

// spending is what is to be paid in a month by the same funds, in euros.
type spending struct {
	key   string
	month int
	funds []int
	cost  float64
	gain  float64   // what is covered for it, in V
	parts []float64 // of the cost, by fund
}

func (w *world) purses() *purses {
	p := &purses{w: w, sites: map[site][]int{}, spent: map[string]*spending{}}
	for i := range w.needs {
		p.running = append(p.running, w.payers(func(f *fund) bool { return w.paysFor(f, record.Running, i) }))
	}
	for _, f := range w.funds {
		t := 0
		for t < w.options.Months && f.income[t] <= 0 {
			t++
		}
		p.opens = append(p.opens, t)
	}
	return p
}

// at lists the funds that may pay for a use at the place of a stock.
func (p *purses) at(use record.Use, st *stock) []int {
	k := siteOf(use, st)
	funds, ok := p.sites[k]
	if !ok {
		funds = p.w.payers(func(f *fund) bool { return p.w.paysAt(f, use, st) })
		p.sites[k] = funds
	}
	return funds
}

// pays reports whether funds together may pay the whole of a cost in month t.
func (p *purses) pays(funds []int, t int) bool {
	share := 0.0
	for _, f := range funds {
		if fd := p.w.funds[f]; p.opens[f] <= t && t <= fd.until {
			share += fd.share
		}
	}
	return share >= 1
}

// afford is how much of a cost funds may pay together in month t.
func (p *purses) afford(funds []int, t int, cost float64) float64 {
	switch {
	case !p.pays(funds, t):
		return 0
	case p.budgets == nil:
		return cost
	}
	return min(cost, p.budgets[headOf(t, funds)])
}

func headOf(t int, funds []int) string { return numbers(append([]int{t}, funds...)) }

// pay puts a cost on the bill of funds in month t.
func (p *purses) pay(funds []int, t int, cost, gain float64) *spending {
	k := headOf(t, funds)
	s := p.spent[k]
	if s == nil {
		s = &spending{key: k, month: t, funds: funds}
		p.spent[k], p.order = s, append(p.order, s)
	}
	s.cost, s.gain = s.cost+cost, s.gain+gain
	if p.budgets != nil {
		p.budgets[k] -= cost
	}
	return s
}

// settle finds who pays what of all that has been spent, as much of it as can be, and says how much
// that is of each.
func (p *purses) settle(ctx context.Context, solver lp.Solver) (budgets map[string]float64, whole bool, err error) {
	var m lp.Model
	paid := make([][][]lp.Term, len(p.w.funds))
	for f := range paid {
		paid[f] = make([][]lp.Term, p.w.options.Months)
	}
	dearest := 1.0
	for _, s := range p.order {
		dearest = max(dearest, s.gain/s.cost)
	}
	cols := make([][]lp.Term, len(p.order))
	for k, s := range p.order {
		worth := s.gain / s.cost / dearest
		if s.gain == 0 {
			worth = 1
		}
		cols[k] = p.split(&m, s.funds, s.month, worth, paid)
		m.AddRow(-lp.Inf, s.cost/million, cols[k]...)
	}
	p.pots(&m, paid)
	solution, err := solved(lp.Solve(ctx, solver, &m, lp.Options{TimeLimit: p.w.options.TimeLimit, Method: lp.Simplex}))
	if err != nil {
		return nil, false, err
	}
	budgets, whole = map[string]float64{}, true
	for k, s := range p.order {
		sum := 0.0
		for _, c := range cols[k] {
			sum += solution.X[c.Col] * million
		}
		s.parts = make([]float64, len(s.funds))
		for i, c := range cols[k] {
			if sum > 0 {
				s.parts[i] = solution.X[c.Col] * million / sum
			}
		}
		if budgets[s.key] = sum; sum < s.cost-1 {
			whole = false
		}
	}
	return budgets, whole, nil
}

// split adds what each of some funds pays in a month, in millions: no more than its share of what
// all pay, and nothing once it has ended.
func (p *purses) split(m *lp.Model, funds []int, month int, gain float64, paid [][][]lp.Term) []lp.Term {
	var all []lp.Term
	for _, f := range funds {
		hi := lp.Inf
		if month > p.w.funds[f].until {
			hi = 0
		}
		t := lp.Term{Col: m.AddCol(gain, 0, hi), Coef: 1}
		all = append(all, t)
		paid[f][month] = append(paid[f][month], t)
	}
	for k, f := range funds {
		if share := p.w.funds[f].share; share < 1 {
			terms := []lp.Term{all[k]}
			for _, t := range all {
				terms = append(terms, lp.Term{Col: t.Col, Coef: -share})
			}
			m.AddRow(-lp.Inf, 0, terms...)
		}
	}
	return all
}

// pots adds what is in each fund month by month, in millions: what has come in and is not paid yet.
func (p *purses) pots(m *lp.Model, paid [][][]lp.Term) (pots [][]lp.Row, ceilings []lp.Row) {
	for f, fd := range p.w.funds {
		before, rows, ceiling := lp.Col(none), make([]lp.Row, p.w.options.Months), lp.Row(none)
		var all []lp.Term
		for t := range rows {
			now := m.AddCol(0, 0, lp.Inf)
			all = append(all, paid[f][t]...)
			terms := append(paid[f][t], lp.Term{Col: now, Coef: 1})
			if before != none {
				terms = append(terms, lp.Term{Col: before, Coef: -1})
			}
			rows[t] = m.AddRow(fd.income[t]/million, fd.income[t]/million, terms...)
			before = now
		}
		if fd.ceiling >= 0 {
			ceiling = m.AddRow(-lp.Inf, fd.ceiling/million, all...)
		}
		pots, ceilings = append(pots, rows), append(ceilings, ceiling)
	}
	return pots, ceilings
}
