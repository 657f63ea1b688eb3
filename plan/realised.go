package plan

import (
	"slices"

	"entente/lp"
)

// model tells a realisation in the terms of a model, so that it is answered and explained like
// any other: its columns are only what is not zero, and its rows those that have a price.
func (r *realisation) model(f *tariff) (*model, *optimum) {
	w, months := r.w, r.w.options.Months
	m := &model{w: w, legs: allLegs, burden: none, unit: million}
	o := &optimum{}
	col := func(x float64) lp.Col {
		o.x = append(o.x, x)
		return lp.Col(len(o.x) - 1)
	}
	row := func(price float64) lp.Row {
		o.price = append(o.price, price)
		return lp.Row(len(o.price) - 1)
	}
	for i := range w.needs {
		made := make([]lp.Col, months)
		for t, z := range r.made[i] {
			if made[t] = none; z > 0 {
				made[t] = col(z)
			}
		}
		m.made, m.cover = append(m.made, made), append(m.cover, made)
		m.comes, m.stands = append(m.comes, make([][]int, months)), append(m.stands, make([][]stand, months))
	}
	for _, s := range r.sent {
		m.flows = append(m.flows, flow{s.kind, s.index, s.lane, s.month, s.yields, col(s.quantity)})
	}
	for _, g := range r.granted {
		m.allots = append(m.allots, allot{g.stock, g.need, g.month, g.usedUp, col(g.quantity), 1})
	}
	spare := make([][]float64, len(w.stocks))
	for s := range w.stocks {
		spare[s] = slices.Clone(r.there[s][:months])
	}
	for _, g := range r.granted {
		if !g.usedUp {
			spare[g.stock][g.month] -= g.quantity
		}
	}
	for s := range w.stocks {
		there, cols := make([]lp.Row, months), make([]lp.Col, months)
		for t := range months {
			there[t], cols[t] = row(f.value[s][t]), col(max(0, spare[s][t]))
		}
		m.thereRow, m.spare = append(m.thereRow, there), append(m.spare, cols)
	}
	for _, l := range w.lots {
		m.lotRow = append(m.lotRow, row(f.lotWorth(l)))
	}
	for _, k := range w.makers {
		m.makerRow = append(m.makerRow, monthly(k.first, k.last, func(t int) lp.Row { return row(f.worth(&k.source, t, 1)) }))
	}
	for _, k := range w.courses {
		m.courseRow = append(m.courseRow, monthly(k.first, k.last, func(t int) lp.Row { return row(f.worth(&k.source, t, k.passes)) }))
	}
	r.heads(m, o, f, col)
	return m, o
}

func monthly(first, last int, row func(t int) lp.Row) []lp.Row {
	var rows []lp.Row
	for t := first; t <= last; t++ {
		rows = append(rows, row(t))
	}
	return rows
}

// heads gathers what was paid under the heads of each month, and finds the balances.
func (r *realisation) heads(m *model, o *optimum, f *tariff, col func(float64) lp.Col) {
	at := map[*spending]*head{}
	for _, p := range r.paid {
		h := at[p.spending]
		if h == nil {
			h = &head{month: p.month, funds: p.funds}
			for _, part := range p.parts {
				h.cols = append(h.cols, col(part*p.spending.cost/million))
			}
			at[p.spending] = h
			m.heads = append(m.heads, h)
		}
		h.bills = append(h.bills, bill{terms: []lp.Term{{Col: col(1), Coef: p.cost / million}}, flow: p.sent, need: p.need, force: none})
	}
	for i, fd := range r.w.funds {
		left := make([]float64, len(fd.income))
		for t, in := range fd.income {
			left[t] += in / million
		}
		for _, h := range m.heads {
			if k := slices.Index(h.funds, i); k >= 0 {
				left[h.month] -= o.x[h.cols[k]]
			}
		}
		pots, rows, balance := make([]lp.Col, len(left)), make([]lp.Row, len(left)), 0.0
		for t := range left {
			balance += left[t]
			o.price = append(o.price, f.cash[i][t]*million)
			pots[t], rows[t] = col(max(0, balance)), lp.Row(len(o.price)-1)
		}
		m.pots, m.potRow, m.ceilRow = append(m.pots, pots), append(m.potRow, rows), append(m.ceilRow, none)
	}
}
