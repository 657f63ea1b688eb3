package plan

import (
	"math"

	"entente/lp"
	"entente/record"
)

// billsMonths is for how many months what the same funds are to pay stands on one bill, and unpaid
// how much dearer than thrift it is to leave something unpaid: it cannot be, but a
// programme without any plan says nothing.
const (
	billsMonths = 6
	unpaid      = 20_000
)

// bills are what is to be paid in a smaller world where money is short.
type bills struct {
	at       map[string]*invoice
	order    []*invoice
	pots     [][]lp.Row // by fund, month
	ceilings []lp.Row   // by fund
}

// invoice is what the same funds are to pay by a month, in euros.
type invoice struct {
	funds []int
	month int
	terms []lp.Term
	fixed float64 // what is to be paid whatever is done
}

// bills has those for what is not in a smaller world as they were in a plan of the whole.
func (r *realisation) bills(keeps func(record.ResourceID) bool) *bills {
	b := &bills{at: map[string]*invoice{}}
	for _, p := range r.paid {
		if p.sent != none && !keeps(record.ResourceID(r.w.stocks[r.sent[p.sent].lane.stock].resource.ID)) {
			b.of(p.funds, p.month).fixed += p.cost
		}
	}
	return b
}

func (b *bills) add(funds []int, t int, cost lp.Term) {
	d := b.of(funds, t)
	d.terms = append(d.terms, cost)
}

func (b *bills) of(funds []int, t int) *invoice {
	t += billsMonths - 1 - t%billsMonths
	key := headOf(t, funds)
	d := b.at[key]
	if d == nil {
		d = &invoice{funds: funds, month: t}
		b.at[key], b.order = d, append(b.order, d)
	}
	return d
}

// settle adds that all is paid, out of what is there by then.
func (b *bills) settle(m *lp.Model, p *purses) {
	paid := make([][][]lp.Term, len(p.w.funds))
	for f := range paid {
		paid[f] = make([][]lp.Term, p.w.options.Months)
	}
	dear := million * unpaid * p.w.thrift()(nil, 0)
	for _, d := range b.order {
		last := 0
		for _, f := range d.funds {
			last = max(last, p.w.funds[f].until)
		}
		terms := p.split(m, d.funds, min(d.month, last, p.w.options.Months-1), 0, paid)
		terms = append(terms, lp.Term{Col: m.AddCol(-dear, 0, lp.Inf), Coef: 1})
		for _, t := range d.terms {
			terms = append(terms, lp.Term{Col: t.Col, Coef: -t.Coef / million})
		}
		m.AddRow(d.fixed/million, lp.Inf, terms...)
	}
	b.pots, b.ceilings = p.pots(m, paid)
}

// price reads what a euro of each fund is worth: as it can wait, no less than later.
func (b *bills) price(f *tariff, price []float64) {
	f.short = true
	for k, rows := range b.pots {
		above := 0.0
		if r := b.ceilings[k]; r != none {
			above = math.Abs(price[r])
		}
		later := 0.0
		for t := len(rows) - 1; t >= 0; t-- {
			later = max(later, (math.Abs(price[rows[t]])+above)/million)
			f.cash[k][t] = later
		}
	}
}
