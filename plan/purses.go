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
	cols := make([][]lp.Col, len(p.order))
	for k, s := range p.order {
		worth := s.gain / s.cost / dearest
		if s.gain == 0 {
			worth = 1
		}
		var all []lp.Term
		for _, f := range s.funds {
			hi := lp.Inf
			if s.month > p.w.funds[f].until {
				hi = 0
			}
			col := m.AddCol(worth, 0, hi)
			cols[k] = append(cols[k], col)
			all = append(all, lp.Term{Col: col, Coef: 1})
			paid[f][s.month] = append(paid[f][s.month], lp.Term{Col: col, Coef: 1})
		}
		m.AddRow(-lp.Inf, s.cost/million, all...)
		for i, f := range s.funds {
			if share := p.w.funds[f].share; share < 1 {
				terms := []lp.Term{{Col: cols[k][i], Coef: 1}}
				for _, t := range all {
					terms = append(terms, lp.Term{Col: t.Col, Coef: -share})
				}
				m.AddRow(-lp.Inf, 0, terms...)
			}
		}
	}
	for f, fd := range p.w.funds {
		before := lp.Col(none)
		var all []lp.Term
		for t := range p.w.options.Months {
			now := m.AddCol(0, 0, lp.Inf)
			all = append(all, paid[f][t]...)
			terms := append(paid[f][t], lp.Term{Col: now, Coef: 1})
			if before != none {
				terms = append(terms, lp.Term{Col: before, Coef: -1})
			}
			m.AddRow(fd.income[t]/million, fd.income[t]/million, terms...)
			before = now
		}
		if fd.ceiling >= 0 {
			m.AddRow(-lp.Inf, fd.ceiling/million, all...)
		}
	}
	solution, err := solved(lp.Solve(ctx, solver, &m, lp.Options{TimeLimit: p.w.options.TimeLimit, Method: lp.Simplex}))
	if err != nil {
		return nil, false, err
	}
	budgets, whole = map[string]float64{}, true
	for k, s := range p.order {
		sum := 0.0
		for _, c := range cols[k] {
			sum += solution.X[c] * million
		}
		s.parts = make([]float64, len(s.funds))
		for i, c := range cols[k] {
			if sum > 0 {
				s.parts[i] = solution.X[c] * million / sum
			}
		}
		if budgets[s.key] = sum; sum < s.cost-1 {
			whole = false
		}
	}
	return budgets, whole, nil
}
