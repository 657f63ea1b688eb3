package plan

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"entente/lp"
)

// A stub is a best plan from which others can be cut: what is left of it when
// some of what it uses is not there. It is found in one pass through the months
// and not by solving, so it is a plan that can be carried out, and seldom the
// best one that is left.
type stub struct {
	m       *model
	first   *lp.Model // what x solves
	x       []float64
	bills   []due       // by flow: what it costs and the head under which that stands
	running [][]due     // by need, month
	leaving [][]int     // by month: flows that the plan uses
	heads   [][]int     // by month
	legs    [][][]leg   // by need, month: what a unit takes
	served  [][]int     // by month: needs that the plan covers, the one that is worth most first
	lots    [][]int     // by stock: lots that are not used up and could go there
	span    [][2]int    // by lot: its flows
	unused  []float64   // by lot: what is left of it
	savings [][]float64 // by fund, month: what no later month needs

	cheapest []func() []payable // by head: what stands under it, what is worth most for its cost first
}

// payable is what a cost is for, and what that is worth.
type payable struct {
	col         lp.Col
	flow        int // or none
	cost, worth float64
}

// due is a cost, in the model's unit, per unit of a column; head is none where
// there is nothing to pay.
type due struct {
	head int
	cost float64
}

// leg is what a unit of a need takes of one resource, and from which stocks.
type leg struct {
	per    float64
	usedUp bool
	from   []tap
}

// tap is what one stock gives to it; the column is none where the stock is the
// only one, and gives what is taken.
type tap struct {
	stock int
	col   lp.Col
}

// newStub prepares to cut from the solution x of a programme of m.
func (m *model) newStub(first *lp.Model, best *lp.Solution) *stub {
	s := &stub{m: m, first: first, x: best.X}
	s.costs()
	s.recipes()
	s.spares()
	for k := range m.heads {
		s.cheapest = append(s.cheapest, sync.OnceValue(func() []payable { return s.payables(k, best.Price) }))
	}
	return s
}

// payables puts in order what stands under a head.
func (s *stub) payables(k int, price []float64) []payable {
	var all []payable
	for _, b := range s.m.heads[k].bills {
		p := payable{col: b.terms[0].Col, flow: b.flow, cost: b.terms[0].Coef}
		if b.flow != none {
			p.worth = s.arrival(s.m.flows[b.flow], price)
		} else {
			p.worth = s.first.Gain(p.col)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b payable) int { return cmp.Compare(b.worth*a.cost, a.worth*b.cost) })
	return all
}

// arrival is what it is worth that one unit of a flow arrives.
func (s *stub) arrival(f flow, price []float64) float64 {
	worth := f.yields
	for t := f.month + f.lane.lead; t < s.m.w.options.Months; t++ {
		if row := s.m.thereRow[f.lane.stock][t]; row != none {
			return worth * price[row]
		}
		worth *= s.m.w.stocks[f.lane.stock].keeps
	}
	return 0
}

// costs finds who pays what.
func (s *stub) costs() {
	m, months := s.m, s.m.w.options.Months
	s.bills, s.running = make([]due, len(m.flows)), make([][]due, len(m.w.needs))
	for i := range s.bills {
		s.bills[i] = due{head: none}
	}
	for i := range s.running {
		s.running[i] = slices.Repeat([]due{{head: none}}, months)
	}
	s.heads, s.leaving = make([][]int, months), make([][]int, months)
	for k, h := range m.heads {
		s.heads[h.month] = append(s.heads[h.month], k)
		for _, b := range h.bills {
			switch {
			case b.flow != none:
				s.bills[b.flow] = due{k, b.terms[0].Coef}
			case b.need != none:
				s.running[b.need][h.month] = due{k, b.terms[0].Coef}
			}
		}
	}
	for i, f := range m.flows {
		if s.x[f.col] > 0 {
			s.leaving[f.month] = append(s.leaving[f.month], i)
		}
	}
}

// recipes gathers what a need takes in a month, resource by resource, as the
// builder laid it down.
func (s *stub) recipes() {
	w := s.m.w
	given := make([][][]allot, len(w.needs))
	s.legs = make([][][]leg, len(w.needs))
	for i := range w.needs {
		given[i], s.legs[i] = make([][]allot, w.options.Months), make([][]leg, w.options.Months)
	}
	for _, a := range s.m.allots {
		given[a.need][a.month] = append(given[a.need][a.month], a)
	}
	for i, n := range w.needs {
		for _, r := range recipe(n.capability) {
			stocks := w.stocksOf(i, r)
			for t, z := range s.m.made[i] {
				if z == none {
					continue
				}
				l := leg{per: n.capability.Stock[r]}
				if l.per == 0 {
					l.per, l.usedUp = n.capability.Monthly[r], true
				}
				for _, a := range given[i][t][:len(stocks)] {
					col := a.col
					if len(stocks) == 1 {
						col = none
					}
					l.from = append(l.from, tap{a.stock, col})
				}
				given[i][t] = given[i][t][len(stocks):]
				s.legs[i][t] = append(s.legs[i][t], l)
			}
		}
	}
	s.serving()
}

// serving lists who is served, and lets the others hold nothing.
func (s *stub) serving() {
	w := s.m.w
	s.served, s.x = make([][]int, w.options.Months), slices.Clone(s.x)
	for i, made := range s.m.made {
		for t, z := range made {
			switch {
			case z == none:
			case s.x[z] > 0:
				s.served[t] = append(s.served[t], i)
			default:
				for _, l := range s.legs[i][t] {
					for _, from := range l.from {
						if from.col != none {
							s.x[from.col] = 0
						}
					}
				}
			}
		}
	}
	for _, needs := range s.served {
		slices.SortStableFunc(needs, func(i, j int) int { return cmp.Compare(w.needs[j].weight, w.needs[i].weight) })
	}
}

// spares finds what the plan has no use for: the rest of lots, and money.
func (s *stub) spares() {
	m, w := s.m, s.m.w
	s.lots, s.span, s.unused = make([][]int, len(w.stocks)), make([][2]int, len(w.lots)), make([]float64, len(w.lots))
	for i := len(m.flows) - 1; i >= 0; i-- {
		if f := m.flows[i]; f.kind == fromLot {
			if s.span[f.index][1] == 0 {
				s.span[f.index][1] = i + 1
			}
			s.span[f.index][0] = i
		}
	}
	for i, l := range w.lots {
		_, most := s.first.RowBounds(m.lotRow[i])
		s.unused[i] = most - used(s.first, m.lotRow[i], s.x)
		if s.unused[i] > noise {
			for _, lane := range l.lanes {
				s.lots[lane.stock] = append(s.lots[lane.stock], i)
			}
		}
	}
	for _, lots := range s.lots {
		slices.SortStableFunc(lots, func(i, j int) int {
			a, b := w.lots[i], w.lots[j]
			return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.first, b.first))
		})
	}
	for _, pots := range m.pots {
		savings, least := make([]float64, len(pots)), math.Inf(1)
		for t := len(pots) - 1; t >= 0; t-- {
			least = min(least, s.x[pots[t]])
			savings[t] = least
		}
		s.savings = append(s.savings, savings)
	}
}

// used is what a solution makes of a row.
func used(of *lp.Model, r lp.Row, x []float64) float64 {
	sum := 0.0
	for _, t := range of.Terms(r) {
		sum += t.Coef * x[t.Col]
	}
	return sum
}

// cutting is a stub on its way through the months.
type cutting struct {
	*stub
	k      *Lack
	x      []float64
	row    map[lp.Row]float64 // the limits that are other
	leaves [][]int            // by month: flows in use
	unused []float64
	come   [][]float64 // by stock, month: what arrives
	there  []float64   // by stock: what is there
	purse  []float64   // by fund: what is in it
	extra  []float64   // by fund: what was paid from savings
	owed   []float64   // by head: see due
}

// rest is what is left of V, without what is present already.
func (s *stub) rest(k *Lack) float64 {
	x, sum := s.cut(k), 0.0
	for t, needs := range s.served {
		for _, i := range needs {
			z := s.m.made[i][t]
			sum += s.first.Gain(z) * x[z]
		}
	}
	return sum
}

// cut is a solution for the limits that are left.
func (s *stub) cut(k *Lack) []float64 {
	w := s.m.w
	c := &cutting{stub: s, k: k, x: slices.Clone(s.x), row: map[lp.Row]float64{}, unused: slices.Clone(s.unused), leaves: make([][]int, len(s.leaving)),
		come: make([][]float64, len(w.stocks)), there: make([]float64, len(w.stocks)), purse: make([]float64, len(w.funds)), extra: make([]float64, len(w.funds)), owed: make([]float64, len(s.m.heads))}
	all := make([]float64, len(w.stocks)*w.options.Months)
	for i := range c.come {
		c.come[i], all = all[:w.options.Months], all[w.options.Months:]
	}
	for t := range s.leaving {
		c.leaves[t] = slices.Clone(s.leaving[t])
	}
	for i, r := range k.rows {
		c.row[r] = k.rowHi[i]
	}
	c.take()
	for t := range w.options.Months {
		c.pay(t)
		c.arrive(t)
		c.serve(t)
		c.settle(t)
	}
	return c.x
}

// take lets what leaves a source be no more than there is, and has other lots
// give what they have no use for instead.
func (c *cutting) take() {
	short := map[lp.Col]float64{}
	for i, r := range c.k.rows {
		sum := used(c.first, r, c.x)
		if most := max(0, c.k.rowHi[i]); sum > most && c.k.rowLo[i] != c.k.rowHi[i] {
			for _, t := range c.first.Terms(r) {
				if x := c.x[t.Col]; x > 0 {
					c.x[t.Col] = x * most / sum
					short[t.Col] = x - c.x[t.Col]
				}
			}
		}
	}
	if len(short) == 0 {
		return
	}
	for i, r := range c.m.lotRow {
		if _, other := c.row[r]; other {
			c.unused[i] = 0 // whose it is leaves
		}
	}
	for _, flows := range c.stub.leaving {
		for _, i := range flows {
			if f := c.m.flows[i]; short[f.col] > noise {
				c.instead(f, short[f.col]*f.yields)
			}
		}
	}
}

// instead finds lots that may send as much to where a flow went.
func (c *cutting) instead(f flow, short float64) {
	for _, i := range c.lots[f.lane.stock] {
		if short <= noise {
			return
		}
		if c.unused[i] <= noise || c.m.w.lots[i].cost > c.m.source(f).cost {
			continue
		}
		if k := c.soon(i, f.lane.stock, f.month+f.lane.lead); k != none {
			give := min(short, c.unused[i])
			c.send(k, give)
			c.unused[i] -= give
			short -= give
		}
	}
}

// soon is the flow of a lot to a stock that arrives in a month, or else as late
// before it as can be, or else as soon after; none where nothing may go there.
func (c *cutting) soon(lot, stock, month int) int {
	best, at := none, 0
	for k := c.span[lot][0]; k < c.span[lot][1]; k++ {
		f := c.m.flows[k]
		if f.lane.stock != stock || !c.open(f) {
			continue
		}
		arrives := f.month + f.lane.lead
		if best == none || arrives <= month && arrives > at || at > month && arrives < at {
			best, at = k, arrives
		}
	}
	return best
}

// pay scales what costs money in a month down to the money that there is.
func (c *cutting) pay(t int) {
	due, asked := c.due(t), make([]float64, len(c.purse))
	for f := range c.purse {
		row := c.m.potRow[f][t]
		income, other := c.row[row]
		if !other {
			_, income = c.first.RowBounds(row)
		}
		c.purse[f] += income
	}
	for _, k := range c.heads[t] {
		h, paid := c.m.heads[k], 0.0
		for _, col := range h.cols {
			paid += c.x[col]
		}
		by := 1.0
		if paid > 0 && (due[k] < paid || !slices.ContainsFunc(h.funds, func(f int) bool { return c.m.w.funds[f].ceiling >= 0 })) {
			by = due[k] / paid
		}
		for i, f := range h.funds {
			c.x[h.cols[i]] *= by
			asked[f] += c.x[h.cols[i]]
		}
	}
	for _, k := range c.heads[t] {
		if paid := c.payHead(c.m.heads[k], t, due[k], asked); paid < due[k] {
			c.forgo(k, paid)
		}
	}
}

// payHead has the funds of a head pay as much of it as they can, and says how
// much that is. Who was to pay more than it has pays less, and others make up for
// that from their savings. Who pays back a share pays no larger part of the head
// than it did.
func (c *cutting) payHead(h *head, t int, due float64, asked []float64) float64 {
	full := func(f int) bool { return c.m.w.funds[f].share >= 1 }
	paid, shared, least := 0.0, 0.0, 1.0
	for i, f := range h.funds {
		switch pays := &c.x[h.cols[i]]; {
		case full(f):
			*pays *= within(asked[f], c.purse[f])
			paid += *pays
		case *pays > 0:
			shared, least = shared+*pays, min(least, within(asked[f], c.purse[f]))
		}
	}
	for i, f := range h.funds {
		if !full(f) || c.m.w.funds[f].ceiling >= 0 {
			continue
		}
		if more := min(due-least*shared-paid, c.purse[f]-asked[f], c.savings[f][t]-c.extra[f]); more > 0 {
			c.x[h.cols[i]] += more
			paid, asked[f], c.extra[f] = paid+more, asked[f]+more, c.extra[f]+more
		}
	}
	if rest := due - shared; rest > noise*due && paid < rest*least {
		least = paid / rest
	}
	for i, f := range h.funds {
		if !full(f) {
			c.x[h.cols[i]] *= least
		}
	}
	return paid + least*shared
}

// within is the share of what is asked for that there is.
func within(asked, there float64) float64 {
	if asked <= there+noise {
		return 1
	}
	return max(0, there) / asked
}

// forgo does of what stands under a head only what there is money for: first what
// is worth most for its cost, at the prices of the plan. What a lot does not send
// for want of money it may send in the next month.
func (c *cutting) forgo(k int, paid float64) {
	for _, b := range c.cheapest[k]() {
		x := c.x[b.col]
		if q := x * b.cost; q > paid {
			c.x[b.col] *= paid / q
			paid = 0
			if b.flow != none {
				c.later(b.flow, x-c.x[b.col])
			}
		} else {
			paid -= q
		}
	}
}

// later has a lot send in the next month what it did not send in this.
func (c *cutting) later(flow int, q float64) {
	f := c.m.flows[flow]
	if f.kind != fromLot {
		return
	}
	for k := flow + 1; k < c.span[f.index][1]; k++ {
		if g := c.m.flows[k]; g.month == f.month+1 && g.lane == f.lane {
			if c.open(g) {
				c.send(k, q)
			}
			return
		}
	}
}

// open reports whether a flow may be: nobody may pay for some.
func (c *cutting) open(f flow) bool {
	_, most := c.first.ColBounds(f.col)
	return most > 0
}

// send adds to a flow.
func (c *cutting) send(flow int, q float64) {
	f := c.m.flows[flow]
	if c.x[f.col] == 0 && c.stub.x[f.col] == 0 && q > 0 && !slices.Contains(c.leaves[f.month], flow) {
		c.leaves[f.month] = append(c.leaves[f.month], flow)
	}
	c.x[f.col] += q
}

// due is what stands under each head of a month.
func (c *cutting) due(t int) []float64 {
	due := c.owed
	for _, k := range c.heads[t] {
		due[k] = 0
	}
	for _, i := range c.leaves[t] {
		if b := c.bills[i]; b.head != none {
			due[b.head] += b.cost * c.x[c.m.flows[i].col]
		}
	}
	for _, i := range c.served[t] {
		if b := c.running[i][t]; b.head != none {
			due[b.head] += b.cost * c.x[c.m.made[i][t]]
		}
	}
	return due
}

// arrive brings into the stocks what arrives in a month.
func (c *cutting) arrive(t int) {
	for _, i := range c.leaves[t] {
		f := c.m.flows[i]
		c.come[f.lane.stock][t+f.lane.lead] += f.yields * c.x[f.col]
	}
	for s, st := range c.m.w.stocks {
		c.there[s] = c.there[s]*st.keeps + c.come[s][t]
	}
}

// serve lets the needs take what they did, as far as it is there: those that are
// worth most first.
func (c *cutting) serve(t int) {
	free := slices.Clone(c.there)
	for _, i := range c.served[t] {
		z := c.m.made[i][t]
		c.x[z] *= c.fed(i, t, c.x[z], free)
		c.feed(i, t, c.x[z], free)
	}
	for s, col := range c.m.spare {
		if col[t] != none {
			c.x[col[t]] = max(0, free[s])
		}
	}
}

// fed is for what share of its units a need finds everything.
func (c *cutting) fed(i, t int, units float64, free []float64) float64 {
	share := 1.0
	for _, l := range c.legs[i][t] {
		found := 0.0
		for _, from := range l.from {
			found += max(0, free[from.stock])
		}
		if takes := l.per * units; takes > found {
			share = min(share, found/takes)
		}
	}
	return share
}

// feed takes what units need: from the stocks that gave it to them in the plan,
// and then from the others that may.
func (c *cutting) feed(i, t int, units float64, free []float64) {
	for _, l := range c.legs[i][t] {
		short := l.per * units
		give := func(from tap, most float64) float64 {
			q := max(0, min(short, most, free[from.stock]))
			short -= q
			free[from.stock] -= q
			if l.usedUp {
				c.there[from.stock] -= q
			}
			return q
		}
		for _, from := range l.from {
			if from.col == none {
				give(from, math.Inf(1))
			} else {
				c.x[from.col] = give(from, c.x[from.col])
			}
		}
		for _, from := range l.from {
			if from.col != none {
				c.x[from.col] += give(from, math.Inf(1))
			}
		}
	}
}

// settle takes back what was to be paid for what then was not done, and leaves
// the rest in the funds.
func (c *cutting) settle(t int) {
	due := c.due(t)
	for _, k := range c.heads[t] {
		h, paid := c.m.heads[k], 0.0
		for _, col := range h.cols {
			paid += c.x[col]
		}
		for i, f := range h.funds {
			if paid > 0 {
				c.x[h.cols[i]] *= due[k] / paid
			}
			c.purse[f] -= c.x[h.cols[i]]
		}
	}
	for f := range c.purse {
		c.purse[f] = max(0, c.purse[f])
		c.x[c.m.pots[f][t]] = c.purse[f]
	}
}
