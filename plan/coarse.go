package plan

import (
	"math"

	"entente/lp"
	"entente/record"
)

// coarse is the linear programme of a smaller world. A column of a need is its unit-months
// of a block, and a row that keeps what is held within what is there is the sum of those of the
// block's months. It does without most of the months in which a lot may leave, and without money
// unless that is short. Nothing is proved by its optimum: its prices make a tariff, which proves its own
// bound, and what it does is the pattern for a plan.
type coarse struct {
	*pooled
	lp    lp.Model
	made  [][]lp.Col // by need, block
	flows []flow
	later []lp.Col
	takes map[want]*choice // where there is more than one stock to choose from
	asked []*choice
	there [][]lp.Row // by stock, block: in one-month blocks, what is there is held or spare
	held  [][]lp.Row // in longer ones, that no more is held than is there

	purses        *purses
	euro          func(funds []int, t int) float64 // what a euro of theirs counts for
	bills         *bills                           // or nil, where all is paid
	reach         *reach                           // of the whole world
	drained, kept [][][]lp.Term
}

// thrift is what a euro counts for in a programme that gives up part of all that could be
// gained for all the money that there is: more of what is to be paid early.
func (w *world) thrift() func(funds []int, t int) float64 {
	gain, money := 0.0, 1.0
	for _, n := range w.needs {
		for t, q := range n.quantity {
			gain += w.gain(n, t) * q
		}
	}
	for _, f := range w.funds {
		for _, in := range f.income {
			money += in
		}
	}
	euro := thriftiness * gain / money
	return func(_ []int, t int) float64 { return euro * (2 - float64(t)/float64(w.options.Months)) }
}

// want is what needs that may be given it from the same stocks take in a block.
type want struct {
	block  int
	usedUp bool
	stocks string
}

// choice is how much of it comes from which stock.
type choice struct {
	terms []lp.Term
	row   lp.Row
}

func (p *pooled) coarse(whole *reach, money *purses, euro func([]int, int) float64, b *bills) *coarse {
	blocks := len(p.blocks) - 1
	terms := func() [][][]lp.Term {
		g := make([][][]lp.Term, len(p.stocks))
		for s := range g {
			g[s] = make([][]lp.Term, blocks)
		}
		return g
	}
	c := &coarse{pooled: p, takes: map[want]*choice{}, purses: money, euro: euro, bills: b, reach: whole, drained: terms(), kept: terms()}
	here := p.world.reach()
	for i := range p.needs {
		c.made = append(c.made, make([]lp.Col, blocks))
		for b := range blocks {
			c.need(i, b, here)
		}
	}
	for _, w := range c.asked {
		w.row = c.lp.AddRow(0, lp.Inf, w.terms...)
	}
	c.sources()
	for s := range p.stocks {
		c.balance(s)
	}
	if c.bills != nil {
		c.bills.settle(&c.lp, money)
	}
	c.drained, c.kept = nil, nil
	return c
}

// need adds what can be covered of a need in a block, and what that takes.
func (c *coarse) need(i, b int, here *reach) {
	n := c.needs[i]
	c.made[i][b] = none
	rest, gain := 0.0, 0.0
	for t := c.blocks[b]; t < c.blocks[b+1]; t++ {
		if q := n.quantity[t] - n.present[t]; q > 0 && c.possible(i, t) {
			rest, gain = rest+q, gain+q*c.gain(n, t)
		}
	}
	if rest == 0 {
		return
	}
	z := c.lp.AddCol(gain/rest, 0, rest)
	c.made[i][b] = z
	if n.running > 0 && c.bills != nil {
		c.bills.add(c.purses.running[i], c.blocks[b], lp.Term{Col: z, Coef: n.running})
	}
	for _, r := range recipe(n.capability) {
		per, usedUp := n.capability.Stock[r], false
		if per == 0 {
			per, usedUp = n.capability.Monthly[r], true
		}
		switch stocks := c.stocksOf(i, r); len(stocks) {
		case 0:
		case 1:
			c.serves(stocks[0], b, usedUp, lp.Term{Col: z, Coef: per})
		default:
			w := c.choice(stocks, b, usedUp, here)
			w.terms = append(w.terms, lp.Term{Col: z, Coef: -per})
		}
	}
}

// serves adds what a stock gives in a block.
func (c *coarse) serves(s, b int, usedUp bool, t lp.Term) {
	to := c.kept
	if usedUp {
		to = c.drained
	}
	to[s][b] = append(to[s][b], t)
}

// choice is that between some stocks in a block.
func (c *coarse) choice(stocks []int, b int, usedUp bool, here *reach) *choice {
	key := want{b, usedUp, numbers(stocks)}
	if w := c.takes[key]; w != nil {
		return w
	}
	w := &choice{}
	for _, s := range stocks {
		if here.first[s] < c.blocks[b+1] {
			a := lp.Term{Col: c.lp.AddCol(0, 0, lp.Inf), Coef: 1}
			c.serves(s, b, usedUp, a)
			w.terms = append(w.terms, a)
		}
	}
	c.takes[key], c.asked = w, append(c.asked, w)
	return w
}

// possible reports whether all that need i takes can be there in month t, and be paid.
func (c *coarse) possible(i, t int) bool {
	n := c.needs[i]
	return !forcesOnly(n.capability) && c.reach.fed[i] <= t && (n.running == 0 || c.purses.pays(c.purses.running[i], t))
}

func (c *coarse) sources() {
	for i, l := range c.lots {
		var terms []lp.Term
		for t := l.first; t <= l.last; t++ {
			if t > l.first && (l.keeps(c.world) && l.cost == 0 || c.skips(t-l.first)) {
				continue
			}
			leaves := c.flow(fromLot, i, &l.source, t, 1)
			terms = append(terms, leaves...)
			if seldom(t - l.first) {
				for _, f := range leaves {
					c.later = append(c.later, f.Col)
				}
			}
		}
		c.lp.AddRow(-lp.Inf, l.quantity, terms...)
	}
	for i, k := range c.makers {
		for t := k.first; t <= k.last; t++ {
			c.lp.AddRow(-lp.Inf, k.perMonth, c.flow(fromMaker, i, &k.source, t, 1)...)
		}
	}
	for i, k := range c.courses {
		for t := k.first; t <= k.last; t++ {
			c.lp.AddRow(-lp.Inf, k.seats, c.flow(fromCourse, i, &k.source, t, k.passes)...)
		}
	}
}

// skips reports whether lots are not looked at so many months after they could have left: the
// later, the fewer blocks are.
func (c *coarse) skips(delay int) bool {
	block := c.blocks[1]
	short, long := 1, 2 // Fibonacci numbers
	for short < delay/block {
		short, long = long, short+long
	}
	return delay != short*block
}

// flow adds the ways of one source in one month. What arrives within a block counts for
// the months of it that are left.
func (c *coarse) flow(kind sourceKind, i int, s *source, t int, yields float64) []lp.Term {
	var terms []lp.Term
	for _, l := range s.lanes {
		a := t + l.lead
		if a >= c.options.Months {
			continue
		}
		gain, funds := 0.0, []int(nil)
		if s.cost > 0 {
			if funds = c.purses.at(s.use, c.stocks[l.stock]); !c.purses.pays(funds, t) {
				continue
			}
			gain = -s.cost * c.euro(funds, t)
		}
		col := c.lp.AddCol(gain, 0, lp.Inf)
		if s.cost > 0 && c.bills != nil {
			c.bills.add(funds, t, lp.Term{Col: col, Coef: s.cost})
		}
		c.flows = append(c.flows, flow{kind, i, l, t, yields, col})
		terms = append(terms, lp.Term{Col: col, Coef: 1})
		b, keeps := c.blockOf[a], c.stocks[l.stock].keeps
		left := c.blocks[b+1] - a
		c.drained[l.stock][b] = append(c.drained[l.stock][b], lp.Term{Col: col, Coef: -yields * math.Pow(keeps, float64(left-1))})
		c.kept[l.stock][b] = append(c.kept[l.stock][b], lp.Term{Col: col, Coef: -yields * geometric(keeps, left)})
	}
	return terms
}

// geometric is 1 + k + … of n terms.
func geometric(k float64, n int) float64 {
	sum, term := 0.0, 1.0
	for range n {
		sum, term = sum+term, term*k
	}
	return sum
}

// balance adds what is in a stock block by block, and that no more is held than is there.
func (c *coarse) balance(s int) {
	blocks, keeps := len(c.blocks)-1, c.stocks[s].keeps
	there, held := make([]lp.Row, blocks), make([]lp.Row, blocks)
	var before []lp.Term // what was there
	for b := range blocks {
		there[b], held[b] = none, none
		gone, kept, months := c.drained[s][b], c.kept[s][b], c.blocks[b+1]-c.blocks[b]
		holds := drained(kept)
		for _, t := range before {
			gone = append(gone, lp.Term{Col: t.Col, Coef: -math.Pow(keeps, float64(months)) * t.Coef})
			kept = append(kept, lp.Term{Col: t.Col, Coef: -keeps * geometric(keeps, months) * t.Coef})
		}
		if len(gone) == 0 && !holds {
			continue
		}
		now := []lp.Term{{Col: c.lp.AddCol(0, 0, lp.Inf), Coef: 1}}
		switch {
		case holds && months == 1:
			for _, t := range c.kept[s][b] {
				if t.Coef > 0 {
					now = append(now, t)
				}
			}
		case holds:
			held[b] = c.lp.AddRow(-lp.Inf, 0, kept...)
		}
		there[b] = c.lp.AddRow(0, 0, append(gone, now...)...)
		before = now
	}
	c.there, c.held = append(c.there, there), append(c.held, held)
}

// priced lists the resources that an optimum puts a price on.
func (c *coarse) priced(price []float64) map[record.ResourceID]bool {
	found := map[record.ResourceID]bool{}
	for s, st := range c.stocks {
		for b := range c.there[s] {
			for _, r := range []lp.Row{c.there[s][b], c.held[s][b]} {
				if r != none && clean(price[r]) != 0 {
					found[record.ResourceID(st.resource.ID)] = true
				}
			}
		}
	}
	return found
}

// tariff reads the prices of an optimum. What cannot be there is as dear as a need can
// pay: that costs nothing.
func (c *coarse) tariff(w *world, price []float64) *tariff {
	f := w.tariff(c.purses)
	if c.bills != nil {
		c.bills.price(f, price)
	}
	for i, n := range w.needs {
		for _, k := range f.takes[i] {
			first := c.reach.of(i, k.resource)
			for t := range k.price {
				if t < first {
					k.price[t] = w.gain(n, t) / k.per
				} else {
					k.price[t] = c.priceOf(i, c.blockOf[t], k, price)
				}
			}
		}
	}
	return f
}

// priceOf is what need i pays for a unit of what it takes in a block.
func (c *coarse) priceOf(i, b int, k take, price []float64) float64 {
	at := func(rows []lp.Row, b int) float64 {
		if b == len(rows) || rows[b] == none {
			return 0
		}
		return math.Abs(price[rows[b]])
	}
	stocks := c.stocksOf(i, k.resource)
	switch {
	case len(stocks) == 0:
		return 0
	case len(stocks) > 1:
		if w := c.takes[want{b, k.usedUp, numbers(stocks)}]; w != nil {
			return math.Abs(price[w.row])
		}
		return 0
	case k.usedUp:
		return at(c.there[stocks[0]], b)
	case c.held[stocks[0]][b] != none:
		return at(c.held[stocks[0]], b)
	}
	// one unit held now is one there now, and what is left of it later
	return max(0, at(c.there[stocks[0]], b)-c.stocks[stocks[0]].keeps*at(c.there[stocks[0]], b+1))
}

// reach knows the first month in which anything can be in each stock, and in which all that a need
// takes can have been there.
type reach struct {
	w     *world
	first []int
	fed   []int // by need
}

func (w *world) reach() *reach {
	r := &reach{w, make([]int, len(w.stocks)), make([]int, len(w.needs))}
	for s := range r.first {
		r.first[s] = w.options.Months
	}
	from := func(s *source, first, last int) {
		for _, l := range s.lanes {
			if first <= last {
				r.first[l.stock] = min(r.first[l.stock], first+l.lead)
			}
		}
	}
	for _, l := range w.lots {
		from(&l.source, l.first, l.last)
	}
	for _, k := range w.makers {
		from(&k.source, k.first, k.last)
	}
	for _, k := range w.courses {
		from(&k.source, k.first, k.last)
	}
	for i, n := range w.needs {
		for _, res := range recipe(n.capability) {
			r.fed[i] = max(r.fed[i], r.of(i, res))
		}
	}
	return r
}

// of is the first month in which need i can have any of a resource.
func (r *reach) of(i int, res record.ResourceID) int {
	first := r.w.options.Months
	for _, s := range r.w.stocksOf(i, res) {
		first = min(first, r.first[s])
	}
	return first
}
