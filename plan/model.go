package plan

import (
	"math"
	"slices"

	"entente/lp"
	"entente/record"
)

// A model is a world as a linear programme, with the way back: which column is
// which act, which row is whose limit. Money is counted in millions of euros
// here and nowhere else, to keep the numbers of one size; see inThousands.
type model struct {
	w       *world
	lp      lp.Model
	legs    legs
	flows   []flow
	allots  []allot
	heads   []*head
	made    [][]lp.Col // by need, month: units operational from the legs; none where nothing is needed
	cover   [][]lp.Col // by need, month: what counts; the same column where only the legs can give it
	choices []tour
	whole   []lp.Col          // what comes in whole numbers: first the choices, then the rest
	comes   [][][]int         // by need, month: the choices that cover it
	stands  [][][]stand       // by need, month: the counts of units that are there
	fixed   []float64         // a solution whose whole numbers are kept, or nil
	later   []lp.Col          // flows and tours that may be looked at after the others; see seldom
	burden  lp.Col            // the largest share of GDP that any party gives, when asked for
	classes [][]record.NeedID // by stock, as far as asked
	unit    float64           // euros that one unit of its money stands for
	spare   [][]lp.Col        // by stock, month: what is there at the end of it and serves nobody
	pots    [][]lp.Col        // by fund, month: balance

	lotRow    []lp.Row   // by lot
	makerRow  [][]lp.Row // by maker, month from first
	courseRow [][]lp.Row
	potRow    [][]lp.Row // by fund, month: its income is the limit
	ceilRow   []lp.Row   // by fund; none without a ceiling
	thereRow  [][]lp.Row // by stock, month: what is there; none where nobody takes anything
}

const none = -1

const (
	million  = 1e6
	thousand = 1e3
)

// legs says which legs are limited. A leg that is not limited is there without
// end and for free: with one leg limited, the model says what that leg alone
// would allow.
type legs struct{ equipment, people, money bool }

var allLegs = legs{true, true, true}

// limits reports whether a resource of leg l is scarce.
func (g legs) limits(l record.Leg) bool {
	if l == record.People {
		return g.people
	}
	return g.equipment
}

// sourceKind tells the three sources apart.
type sourceKind uint8

const (
	fromLot sourceKind = iota
	fromMaker
	fromCourse
)

// flow is a quantity that leaves a source in a month and arrives in a stock.
type flow struct {
	kind   sourceKind
	index  int // into lots, makers or courses
	lane   lane
	month  int
	yields float64 // of what leaves, the share that arrives
	col    lp.Col
}

func (m *model) source(f flow) *source {
	switch f.kind {
	case fromLot:
		return &m.w.lots[f.index].source
	case fromMaker:
		return &m.w.makers[f.index].source
	}
	return &m.w.courses[f.index].source
}

// allot is what a stock gives to a need in a month, kept there or used up: so
// much per unit of its column.
type allot struct {
	stock, need, month int
	usedUp             bool
	col                lp.Col
	per                float64
}

func (a allot) of(x []float64) float64 { return a.per * x[a.col] }

// free, given as the solution whose whole numbers are kept, lets them be any.
var free = []float64{}

// build states the world as docs/model.md, section 3. With a solution given,
// its whole numbers are kept, and what remains is linear.
func build(w *world, g legs, fixed []float64) *model { return buildIn(million, w, g, fixed) }

// buildIn is build with money counted in so many euros.
func buildIn(unit float64, w *world, g legs, fixed []float64) *model {
	m := &model{w: w, legs: g, fixed: fixed, burden: none, unit: unit}
	b := builder{model: m}
	b.start()
	b.tours()
	b.needs()
	b.sources()
	b.balances()
	b.money()
	b.fairness()
	return m
}

// wholly makes a column a whole number, or keeps the one that is given. A leg
// alone is told without whole numbers: it is a bound, and needs no more.
func (b *builder) wholly(c lp.Col) {
	if b.legs != allLegs {
		return
	}
	b.model.whole = append(b.model.whole, c)
	switch {
	case b.fixed == nil:
		b.lp.SetInteger(c)
	case len(b.fixed) > 0:
		q := math.Round(b.fixed[c])
		b.lp.SetColBounds(c, q, q)
	}
}

// builder gathers the terms of rows that several steps add to.
type builder struct {
	*model
	drain [][][]lp.Term // by stock, month: what arrives and leaves
	held  [][][]lp.Term // by stock, month: what is kept at the service of needs
	paid  [][][]lp.Term // by fund, month
}

func (b *builder) start() {
	w, months := b.w, b.w.options.Months
	grid := func(n int) [][]lp.Col {
		g := make([][]lp.Col, n)
		for i := range g {
			g[i] = make([]lp.Col, months)
			for t := range g[i] {
				g[i][t] = none
			}
		}
		return g
	}
	terms := func(n int) [][][]lp.Term {
		g := make([][][]lp.Term, n)
		for i := range g {
			g[i] = make([][]lp.Term, months)
		}
		return g
	}
	b.made, b.cover, b.spare, b.pots = grid(len(w.needs)), grid(len(w.needs)), grid(len(w.stocks)), grid(len(w.funds))
	b.drain, b.held, b.paid = terms(len(w.stocks)), terms(len(w.stocks)), terms(len(w.funds))
	for f := range w.funds {
		for t := range months {
			b.pots[f][t] = b.lp.AddCol(0, 0, lp.Inf)
		}
	}
}

// gain is what one unit of coverage in a month adds to V.
func (w *world) gain(n *need, t int) float64 {
	return n.weight * math.Pow(w.options.Discount, float64(t))
}

// needs adds coverage, and what each unit of it takes (sections 3.4, 3.5, 3.8).
func (b *builder) needs() {
	for i, n := range b.w.needs {
		for t, q := range n.quantity {
			if q <= 0 {
				continue
			}
			// What is present counts first, and for nothing, so that the rest
			// alone needs to be given: coverage is the sum of both.
			rest := max(0, q-n.present[t])
			if rest == 0 {
				continue
			}
			b.covers(i, t, rest)
			if b.made[i][t] == none {
				continue
			}
			for _, r := range recipe(n.capability) {
				b.takes(i, t, r, b.made[i][t])
			}
		}
	}
}

// covers adds the coverage of need i in month t: by the legs, by tours, or both.
func (b *builder) covers(i, t int, rest float64) {
	n, tours := b.w.needs[i], b.stands[i][t]
	legs := !forcesOnly(n.capability)
	gain := b.w.gain(n, t)
	switch {
	case legs && len(tours) == 0:
		b.made[i][t] = b.lp.AddCol(gain, 0, rest)
		b.cover[i][t] = b.made[i][t]
	case legs || len(tours) > 0:
		b.cover[i][t] = b.lp.AddCol(gain, 0, rest)
		terms := []lp.Term{{Col: b.cover[i][t], Coef: -1}}
		if legs {
			b.made[i][t] = b.lp.AddCol(0, 0, rest)
			terms = append(terms, lp.Term{Col: b.made[i][t], Coef: 1})
		}
		b.lp.AddRow(0, lp.Inf, append(terms, standTerms(tours, rest)...)...)
	case !b.legs.people:
		b.cover[i][t] = b.lp.AddCol(gain, 0, rest) // forces without end
	}
	if n.capability.Whole && b.made[i][t] != none {
		b.wholly(b.made[i][t])
	}
}

// forcesOnly reports whether a capability has no recipe: only units can give it.
func forcesOnly(c *record.Capability) bool {
	return len(c.Stock) == 0 && len(c.Monthly) == 0 && c.Running == nil
}

// takes links need i's units to the stocks of r that may serve it.
func (b *builder) takes(i, t int, r record.ResourceID, z lp.Col) {
	res, _ := b.w.view.Resource(r)
	if !b.legs.limits(res.Leg) {
		return
	}
	per, usedUp := b.w.needs[i].capability.Stock[r], false
	if per == 0 {
		per, usedUp = b.w.needs[i].capability.Monthly[r], true
	}
	stocks := b.w.stocksOf(i, r)
	if len(stocks) == 1 {
		// With one stock there is nothing to choose: it gives what is taken.
		b.give(allot{stocks[0], i, t, usedUp, z, per})
		return
	}
	terms := []lp.Term{{Col: z, Coef: -per}}
	for _, s := range stocks {
		a := b.lp.AddCol(0, 0, lp.Inf)
		b.give(allot{s, i, t, usedUp, a, 1})
		terms = append(terms, lp.Term{Col: a, Coef: 1})
	}
	hi := lp.Inf
	if usedUp {
		hi = 0 // what is used up is exactly what is taken
	}
	b.lp.AddRow(0, hi, terms...)
}

func (b *builder) give(a allot) {
	b.allots = append(b.allots, a)
	if a.usedUp {
		b.drain[a.stock][a.month] = append(b.drain[a.stock][a.month], lp.Term{Col: a.col, Coef: a.per})
	} else {
		b.held[a.stock][a.month] = append(b.held[a.stock][a.month], lp.Term{Col: a.col, Coef: a.per})
	}
}

// sources adds what may leave each source, and its limit (3.1, 3.2).
func (b *builder) sources() {
	for i, l := range b.w.lots {
		var terms []lp.Term
		for t := l.first; t <= l.last; t++ {
			leaves := b.flow(fromLot, i, &l.source, t, 1)
			terms = append(terms, leaves...)
			if seldom(t - l.first) {
				for _, t := range leaves {
					b.later = append(b.later, t.Col)
				}
			}
			if b.timeless(&l.source) {
				break
			}
		}
		b.lotRow = append(b.lotRow, b.lp.AddRow(-lp.Inf, l.quantity, terms...))
	}
	for i, k := range b.w.makers {
		b.makerRow = append(b.makerRow, b.monthly(fromMaker, i, &k.source, k.first, k.last, k.perMonth, 1))
	}
	for i, c := range b.w.courses {
		b.courseRow = append(b.courseRow, b.monthly(fromCourse, i, &c.source, c.first, c.last, c.seats, c.passes))
	}
}

// seldom reports whether a lot hardly ever leaves so many months after it could
// have: a little earlier or later does nearly as well, and solvers may look at
// the other months first.
func seldom(delay int) bool { return delay > 2 && delay%12 != 0 }

// timeless reports whether a lot may as well leave in its first month: where
// nothing is lost in stock and delivery is free, waiting gains nothing.
func (b *builder) timeless(s *source) bool {
	for _, l := range s.lanes {
		if b.w.stocks[l.stock].keeps < 1 {
			return false
		}
	}
	return s.cost == 0 || !b.legs.money
}

// monthly adds a limit for each month of a source.
func (b *builder) monthly(kind sourceKind, i int, s *source, first, last int, limit, yields float64) []lp.Row {
	var rows []lp.Row
	for t := first; t <= last; t++ {
		rows = append(rows, b.lp.AddRow(-lp.Inf, limit, b.flow(kind, i, s, t, yields)...))
	}
	return rows
}

// flow adds the ways of one source in one month. A way that arrives after the
// horizon, or whose resource is not scarce, or that nobody may pay for, is none.
func (b *builder) flow(kind sourceKind, i int, s *source, t int, yields float64) []lp.Term {
	var terms []lp.Term
	for _, lane := range s.lanes {
		arrives := t + lane.lead
		st := b.w.stocks[lane.stock]
		if arrives >= b.w.options.Months || !b.legs.limits(st.resource.Leg) {
			continue
		}
		col := b.lp.AddCol(0, 0, lp.Inf)
		if kind == fromLot && st.resource.Whole && b.w.options.Whole {
			b.wholly(col)
		}
		b.flows = append(b.flows, flow{kind, i, lane, t, yields, col})
		much := yields
		if b.w.span > 1 && st.resource.Leg == record.Supply {
			much /= float64(b.w.span) // what is used up is counted a month, so that it lasts as long as it does
		}
		b.drain[lane.stock][arrives] = append(b.drain[lane.stock][arrives], lp.Term{Col: col, Coef: -much * (1 - lane.late)})
		if after := arrives + 1; lane.late > 0 && after < b.w.options.Months {
			b.drain[lane.stock][after] = append(b.drain[lane.stock][after], lp.Term{Col: col, Coef: -much * lane.late})
		}
		terms = append(terms, lp.Term{Col: col, Coef: 1})
	}
	return terms
}

// balances adds, month by month, that what is kept at the service of needs, what
// is used up, and what is there besides is what was there before, as far as it
// lasts, and what arrives (3.3, 3.4). Before anything can have arrived there is
// nothing. In months in which nobody takes anything, what is there needs no column
// of its own: it is carried over as what it is made of.
func (b *builder) balances() {
	for s, st := range b.w.stocks {
		b.thereRow = append(b.thereRow, b.noRows())
		var before []lp.Term // less what was there
		for t := range b.w.options.Months {
			terms, held := b.drain[s][t], b.held[s][t]
			if before == nil && !fed(terms) {
				b.nothing(terms)
				b.nothing(held)
				continue
			}
			for _, was := range before {
				terms = append(terms, lp.Term{Col: was.Col, Coef: was.Coef * st.keeps})
			}
			if len(held) == 0 && !drained(terms) {
				before = terms
				continue
			}
			b.spare[s][t] = b.lp.AddCol(0, 0, lp.Inf)
			there := append(held, lp.Term{Col: b.spare[s][t], Coef: 1})
			b.thereRow[s][t] = b.lp.AddRow(0, 0, append(terms, there...)...)
			before = nil
			for _, is := range there {
				before = append(before, lp.Term{Col: is.Col, Coef: -is.Coef})
			}
		}
	}
}

func (b *builder) noRows() []lp.Row {
	rows := make([]lp.Row, b.w.options.Months)
	for t := range rows {
		rows[t] = none
	}
	return rows
}

// fed reports whether anything arrives: arrivals are the negative terms.
func fed(terms []lp.Term) bool {
	return slices.ContainsFunc(terms, func(t lp.Term) bool { return t.Coef < 0 })
}

// drained reports whether anything is taken: what is taken are the positive terms.
func drained(terms []lp.Term) bool {
	return slices.ContainsFunc(terms, func(t lp.Term) bool { return t.Coef > 0 })
}

// nothing says that what would be taken from an empty stock is not.
func (b *builder) nothing(terms []lp.Term) {
	for _, t := range terms {
		b.lp.SetColBounds(t.Col, 0, 0)
	}
}
