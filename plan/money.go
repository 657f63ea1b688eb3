package plan

import (
	"maps"
	"slices"

	"entente/lp"
	"entente/record"
)

// head gathers the costs of one month that the same funds may pay. Which of
// them pays which cost makes no difference to the plan, so a head is paid as
// one and shared out afterwards.
type head struct {
	month int
	funds []int // ascending
	bills []bill
	cols  []lp.Col // what each of the funds pays
}

// bill is one cost: so much per unit of its columns, in the model's unit.
type bill struct {
	terms []lp.Term
	flow  int // index into flows, or none
	need  int // or none
	force int // index into forces, or none
}

func (b bill) of(x []float64) float64 {
	sum := 0.0
	for _, t := range b.terms {
		sum += t.Coef * x[t.Col]
	}
	return sum
}

// of is what all bills of the head come to.
func (h *head) of(x []float64) float64 {
	sum := 0.0
	for _, b := range h.bills {
		sum += b.of(x)
	}
	return sum
}

// money adds who pays for what, and the balance of each fund (3.6).
func (b *builder) money() {
	if b.legs.money {
		b.bills()
		for _, h := range b.heads {
			b.pay(h)
		}
	}
	for f, fd := range b.w.funds {
		var rows []lp.Row
		var all []lp.Term
		for t := range b.w.options.Months {
			terms := append(b.paid[f][t], lp.Term{Col: b.pots[f][t], Coef: 1})
			all = append(all, b.paid[f][t]...)
			if t > 0 {
				terms = append(terms, lp.Term{Col: b.pots[f][t-1], Coef: -1})
			}
			rows = append(rows, b.lp.AddRow(fd.income[t]/b.unit, fd.income[t]/b.unit, terms...))
		}
		b.potRow = append(b.potRow, rows)
		b.ceilRow = append(b.ceilRow, none)
		if fd.ceiling >= 0 {
			b.ceilRow[f] = b.lp.AddRow(-lp.Inf, fd.ceiling/b.unit, all...)
		}
	}
}

// site is what a cost at a place is for. Whether a fund may pay it does not
// depend on the caveats of what is moved.
type site struct {
	use      record.Use
	place    record.PlaceID
	resource string
}

func siteOf(use record.Use, st *stock) site { return site{use, st.place, st.resource.ID} }

// bills gathers every cost under the head that it is paid from.
func (b *builder) bills() {
	heads := map[string]*head{}
	add := func(month int, funds []int, c bill) {
		funds = slices.DeleteFunc(slices.Clone(funds), func(f int) bool { return month > b.w.funds[f].until })
		if len(funds) == 0 {
			for _, t := range c.terms {
				b.lp.SetColBounds(t.Col, 0, 0) // nobody may pay: it cannot be done
			}
			return
		}
		k := numbers(append([]int{month}, funds...))
		if heads[k] == nil {
			heads[k] = &head{month: month, funds: funds}
			b.heads = append(b.heads, heads[k])
		}
		heads[k].bills = append(heads[k].bills, c)
	}
	payers := map[site][]int{}
	for i, f := range b.flows {
		s := b.source(f)
		if s.cost == 0 {
			continue
		}
		k := siteOf(s.use, b.w.stocks[f.lane.stock])
		if _, ok := payers[k]; !ok {
			payers[k] = b.w.payers(func(fd *fund) bool { return b.w.paysAt(fd, s.use, b.w.stocks[f.lane.stock]) })
		}
		add(f.month, payers[k], b.costOf(f.col, s.cost, i, none))
	}
	for i, n := range b.w.needs {
		running := b.w.payers(func(fd *fund) bool { return b.w.paysFor(fd, record.Running, i) })
		for t, z := range b.made[i] {
			if z != none && n.running > 0 {
				add(t, running, b.costOf(z, n.running, none, i))
			}
		}
		for _, c := range b.stays(i) {
			add(c.month, running, c.bill)
		}
	}
}

func (b *builder) costOf(c lp.Col, cost float64, flow, need int) bill {
	return bill{terms: []lp.Term{{Col: c, Coef: cost / b.unit}}, flow: flow, need: need, force: none}
}

// payers lists the funds that may.
func (w *world) payers(may func(*fund) bool) []int {
	var found []int
	for f, fd := range w.funds {
		if may(fd) {
			found = append(found, f)
		}
	}
	return found
}

// pay adds that what stands under a head is paid in its month. A fund that
// pays back a share of a cost pays no more than that share of the head.
func (b *builder) pay(h *head) {
	negative := func(share float64) []lp.Term {
		var terms []lp.Term
		for _, c := range h.bills {
			for _, t := range c.terms {
				terms = append(terms, lp.Term{Col: t.Col, Coef: -share * t.Coef})
			}
		}
		return terms
	}
	terms := negative(1)
	for _, f := range h.funds {
		col := b.lp.AddCol(0, 0, lp.Inf)
		h.cols = append(h.cols, col)
		b.paid[f][h.month] = append(b.paid[f][h.month], lp.Term{Col: col, Coef: 1})
		terms = append(terms, lp.Term{Col: col, Coef: 1})
		if share := b.w.funds[f].share; share < 1 {
			b.lp.AddRow(-lp.Inf, 0, append(negative(share), lp.Term{Col: col, Coef: 1})...)
		}
	}
	b.lp.AddRow(0, 0, terms...)
}

// fairness adds the largest share of its GDP that any party gives (section 4):
// what it ships at the resource's price, the seats it fills at theirs, and its
// part of what funds pay. Parties without a GDP in the register do not count.
func (b *builder) fairness() {
	if !b.w.options.Fair || b.legs != allLegs {
		return
	}
	b.burden = b.lp.AddCol(0, 0, lp.Inf)
	given := map[record.PartyID][]lp.Term{}
	for _, f := range b.flows {
		s := b.source(f)
		price := b.w.euros(b.w.stocks[f.lane.stock].resource.Price, b.w.stocks[f.lane.stock].resource, "price")
		if f.kind == fromLot && price > 0 {
			given[s.party] = append(given[s.party], lp.Term{Col: f.col, Coef: price / b.unit})
		}
	}
	for _, h := range b.heads {
		for k, f := range h.funds {
			for party, part := range b.w.funds[f].parts() {
				given[party] = append(given[party], lp.Term{Col: h.cols[k], Coef: part})
			}
		}
	}
	for _, party := range slices.Sorted(maps.Keys(given)) {
		if gdp := b.w.gdp(party); gdp > 0 {
			terms := given[party]
			slices.SortFunc(terms, func(a, b lp.Term) int { return int(a.Col - b.Col) })
			// Shares are counted in millionths, to keep the numbers of one size.
			b.lp.AddRow(-lp.Inf, 0, append(terms, lp.Term{Col: b.burden, Coef: -gdp / b.unit / 1e6})...)
		}
	}
}

// parts is each party's share of a fund's money.
func (f *fund) parts() map[record.PartyID]float64 {
	sum, parts := 0.0, map[record.PartyID]float64{}
	for _, in := range f.lots {
		sum += in.euros
		parts[in.pledge.By] += in.euros
	}
	for p := range parts {
		parts[p] /= max(sum, 1)
	}
	return parts
}

// gdp is a party's last known product, in euros.
func (w *world) gdp(id record.PartyID) float64 {
	p, ok := w.view.Party(id)
	if !ok || len(p.GDP) == 0 {
		return 0
	}
	last := p.GDP[0]
	for _, g := range p.GDP {
		if g.Year.First() > last.Year.First() {
			last = g
		}
	}
	return w.euros(&last.Amount.Min, p, "gdp")
}
