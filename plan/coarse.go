package plan

import (
	"math"

	"entente/lp"
	"entente/record"
)

// coarse is the linear programme of a smaller world. A column of a need is its unit-months
// of a block, and a row that keeps what is held within what is there is the sum of those of the
// block's months. It does without money, and without most of the months in which a lot may
// leave. Nothing is proved by its optimum: its prices make a tariff, which proves its own
// bound, and what it does is the pattern for a plan.
type coarse struct {
	*pooled
	lp    lp.Model
	made  [][]lp.Col // by need, block
	flows []flow
	later []lp.Col
	takes map[want]lp.Row // where there is more than one stock to choose from
	there [][]lp.Row      // by stock, block
	held  [][]lp.Row

	purses        *purses
	thrift        float64 // what a euro counts for
	reach         *reach  // of the whole world
	drained, kept [][][]lp.Term
}

// euro is what a euro counts for in a programme that gives up part of all that could be
// gained for all the money that there is.
func (w *world) euro(part float64) float64 {
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
	return part * gain / money
}

// want is what a need takes in a block.
type want struct {
	need, block int
	resource    record.ResourceID
}

func (p *pooled) coarse(whole *reach, money *purses, thrift float64) *coarse {
	blocks := len(p.blocks) - 1
	terms := func() [][][]lp.Term {
		g := make([][][]lp.Term, len(p.stocks))
		for s := range g {
			g[s] = make([][]lp.Term, blocks)
		}
		return g
	}
	c := &coarse{pooled: p, takes: map[want]lp.Row{}, purses: money, thrift: p.euro(thrift), reach: whole, drained: terms(), kept: terms()}
	here := p.world.reach()
	for i := range p.needs {
		c.made = append(c.made, make([]lp.Col, blocks))
		for b := range blocks {
			c.need(i, b, here)
		}
	}
	c.sources()
	for s := range p.stocks {
		c.balance(s)
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
	for _, r := range recipe(n.capability) {
		per, to := n.capability.Stock[r], c.kept
		if per == 0 {
			per, to = n.capability.Monthly[r], c.drained
		}
		stocks := c.stocksOf(i, r)
		if len(stocks) == 1 {
			to[stocks[0]][b] = append(to[stocks[0]][b], lp.Term{Col: z, Coef: per})
		}
		if len(stocks) < 2 {
			continue
		}
		terms := []lp.Term{{Col: z, Coef: -per}}
		for _, s := range stocks {
			if here.first[s] < c.blocks[b+1] {
				a := c.lp.AddCol(0, 0, lp.Inf)
				to[s][b] = append(to[s][b], lp.Term{Col: a, Coef: 1})
				terms = append(terms, lp.Term{Col: a, Coef: 1})
			}
		}
		c.takes[want{i, b, r}] = c.lp.AddRow(0, lp.Inf, terms...)
	}
}

// possible reports whether all that need i takes can be there in month t, and be paid.
func (c *coarse) possible(i, t int) bool {
	n := c.needs[i]
	return !forcesOnly(n.capability) && c.reach.fed(i, t) && (n.running == 0 || c.purses.pays(c.purses.running[i], t))
}

func (c *coarse) sources() {
	for i, l := range c.lots {
		var terms []lp.Term
		for t := l.first; t <= l.last; t++ {
			if t > l.first && (l.keeps(c.world) && l.cost == 0 || skipped(t-l.first)) {
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

// skipped reports whether lots are not looked at so many months after they could have left.
func skipped(delay int) bool { return delay > 3 && delay%3 != 0 }

// flow adds the ways of one source in one month. What arrives within a block counts for
// the months of it that are left.
func (c *coarse) flow(kind sourceKind, i int, s *source, t int, yields float64) []lp.Term {
	var terms []lp.Term
	for _, l := range s.lanes {
		a := t + l.lead
		if a >= c.options.Months || s.cost > 0 && !c.purses.pays(c.purses.at(s.use, c.stocks[l.stock]), t) {
			continue
		}
		col := c.lp.AddCol(-c.thrift*s.cost*(2-float64(t)/float64(c.options.Months)), 0, lp.Inf)
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
	before := lp.Col(none)
	for b := range blocks {
		there[b], held[b] = none, none
		gone, kept, months := c.drained[s][b], c.kept[s][b], c.blocks[b+1]-c.blocks[b]
		holds := drained(kept)
		if before != none {
			gone = append(gone, lp.Term{Col: before, Coef: -math.Pow(keeps, float64(months))})
			kept = append(kept, lp.Term{Col: before, Coef: -keeps * geometric(keeps, months)})
		}
		if len(gone) == 0 {
			continue
		}
		now := c.lp.AddCol(0, 0, lp.Inf)
		there[b] = c.lp.AddRow(0, 0, append(gone, lp.Term{Col: now, Coef: 1})...)
		if holds {
			held[b] = c.lp.AddRow(-lp.Inf, 0, kept...)
		}
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
	for i, n := range w.needs {
		for _, k := range f.takes[i] {
			first := c.reach.of(i, k.resource)
			for t := range k.price {
				if t < first {
					k.price[t] = w.gain(n, t) / k.per
				} else if r := c.priceRow(i, c.blockOf[t], k); r != none {
					k.price[t] = math.Abs(price[r])
				}
			}
		}
	}
	return f
}

// priceRow is the row whose price a need pays for what it takes in a block.
func (c *coarse) priceRow(i, b int, k take) lp.Row {
	if r, ok := c.takes[want{i, b, k.resource}]; ok {
		return r
	}
	stocks := c.stocksOf(i, k.resource)
	switch {
	case len(stocks) == 0:
		return none
	case k.usedUp:
		return c.there[stocks[0]][b]
	}
	return c.held[stocks[0]][b]
}

// reach knows the first month in which anything can be in each stock.
type reach struct {
	w     *world
	first []int
}

func (w *world) reach() *reach {
	r := &reach{w, make([]int, len(w.stocks))}
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

// fed reports whether all that need i takes can have been there by month t.
func (r *reach) fed(i, t int) bool {
	for _, res := range recipe(r.w.needs[i].capability) {
		if r.of(i, res) > t {
			return false
		}
	}
	return true
}
