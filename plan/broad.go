package plan

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"entente/lp"
	"entente/record"
)

// A large register is planned broadly: its programme would have millions of columns. A
// smaller world that is much like it is solved instead, without caveats at first, and then with those
// that matter for the resources that turned out to be scarce. What is done there is the pattern for
// a plan of the whole, made month by month and lot by lot with all of them; and the
// prices there prove a bound over the whole, whatever was left out to find them.

// broadRowsMin is the size from which a register is planned broadly whatever gap is asked for,
// and nearRowsMin that from which it is where it need not be exact and comes out as near as was asked for. broadGap is how
// near to the bound is near enough where nothing was.
const (
	broadRowsMin = 100_000
	nearRowsMin  = 10_000
	broadGap     = 0.01
)

// easedRowsMax is the size down to which caveats are eased, from easedFrom on and up to easedMost, as easing.eased
// counts; a world that is larger even so is planned without caveats only.
const (
	easedRowsMax = 120_000
	easedFrom    = 0.5
	easedMost    = 4
)

// breadth says from which sizes on plans are made broadly, for tests to lower.
type breadth struct{ broad, near, eased int }

var defaultBreadth = breadth{broadRowsMin, nearRowsMin, easedRowsMax}

// broadly reports whether a world is to be planned broadly, and whether whatever gap is left.
func (w *world) broadly(b breadth) (try, must bool) {
	o := w.options
	if o.Strict || o.Fair || o.Whole || len(w.forces) > 0 || slices.ContainsFunc(w.needs, func(n *need) bool {
		return n.capability.Whole || slices.ContainsFunc(recipe(n.capability), func(r record.ResourceID) bool {
			return n.capability.Stock[r] > 0 && n.capability.Monthly[r] > 0
		})
	}) {
		return false, false
	}
	rows := w.rows(func(record.ResourceID) bool { return true })
	return rows >= b.broad || o.Near > 0 && rows >= b.near, rows >= b.broad
}

// rows is about how many rows a programme of some resources has.
func (w *world) rows(keeps func(record.ResourceID) bool) int {
	rows := 0
	for _, s := range w.stocks {
		if keeps(record.ResourceID(s.resource.ID)) {
			rows += 2 * w.options.Months
		}
	}
	for _, l := range w.lots {
		if keeps(l.pledge.Resource) {
			rows++
		}
	}
	for i, n := range w.needs {
		months := 0
		for t, q := range n.quantity {
			if q > n.present[t] {
				months++
			}
		}
		for _, r := range recipe(n.capability) {
			if keeps(r) && len(w.stocksOf(i, r)) > 1 {
				rows += months
			}
		}
	}
	return rows
}

// pattern is a solved smaller world.
type pattern struct {
	*coarse
	x      []float64
	tariff *tariff
	bound  float64
}

// pattern finds the best of a smaller world, and what its prices prove.
func (w *world) pattern(ctx context.Context, solver lp.Solver, p *pooled, whole *reach, b *bills) (*pattern, error) {
	c := p.coarse(whole, w.purses(), w.thrift(), b)
	s, err := solved(lp.Solve(ctx, solver, &c.lp, lp.Options{TimeLimit: w.options.TimeLimit, Method: lp.Simplex, Later: c.later}))
	if err != nil {
		return nil, err
	}
	f := c.tariff(w, s.Price)
	bound := f.bound()
	f.yield()
	scarce := c.priced(s.Price)
	c.keeps = func(r record.ResourceID) bool { return scarce[r] }
	return &pattern{c, s.X, f, min(bound, f.bound())}, nil
}

// thriftiness is how much is given up so that of what is worth nearly the same the cheaper is
// done.
const thriftiness = 0.005

// blockRows is the size from which months stand in blocks of two, blocks of three at twice of it, and
// so on up to blockMonths. Without caveats nothing is proved nearer than firstGap, so where less is asked for
// the first pattern is only to show what is scarce, and is quicker in blocks.
const (
	blockRows   = 110_000
	blockMonths = 10
	firstGap    = 0.004
)

// broad plans a large world.
func (w *world) broad(ctx context.Context, solver lp.Solver, b breadth) (*model, *optimum, error) {
	w.options.doing("what could be reached at most")
	whole := w.reach()
	everything := func(record.ResourceID) bool { return true }
	block := min(1+w.rows(everything)/blockRows, blockMonths)
	if w.near() < firstGap {
		block = max(block, 2)
	}
	first, err := w.pattern(ctx, solver, w.pool(block, everything, w.heedless), whole, nil)
	if err != nil {
		return nil, nil, err
	}
	t := &tried{bound: first.bound}
	monthly := first.monthly(w, b.eased)
	if block == 1 || monthly == nil {
		if err := t.try(ctx, w, solver, first); err != nil {
			return nil, nil, err
		}
	}
	for money := t.short; monthly != nil && !t.near(w); money = true {
		w.options.doing("the plan that covers most")
		var due *bills
		if money {
			due = t.last.bills(monthly.keeps)
		}
		p, err := w.pattern(ctx, solver, monthly, whole, due)
		if err != nil {
			return nil, nil, err
		}
		if err := t.try(ctx, w, solver, p); err != nil {
			return nil, nil, err
		}
		if money || !t.short {
			break
		}
	}
	m, o := t.best.model(t.by.tariff)
	o.bound, o.status = max(t.bound, t.best.worth()), lp.Unsolved
	if t.near(w) {
		o.status = lp.Optimal
	}
	return m, o, nil
}

// monthly is the smaller world of what is scarce, month by month, and with caveats as far as
// it stays small; or nil.
func (p *pattern) monthly(w *world, rows int) *pooled {
	e := p.easing(w)
	for slack := easedFrom; slack <= easedMost; slack *= 2 {
		m := w.pool(1, p.keeps, e.eased(slack))
		if m.rows(p.keeps) <= rows {
			return m
		}
	}
	return nil
}

// tried is the best realisation of the patterns that were tried, and the least bound.
type tried struct {
	best  *realisation
	by    *pattern
	bound float64
	last  *realisation
	short bool // of money, the last
}

func (t *tried) near(w *world) bool {
	return t.best != nil && t.bound-t.best.worth() <= w.near()*t.bound
}

// try makes plans by a pattern: as it comes; where money is short, with what leaves in the pattern, which
// is what is worth its cost; and with what is lacking then found for each resource apart, in
// rounds until it is near enough.
func (t *tried) try(ctx context.Context, w *world, solver lp.Solver, p *pattern) error {
	t.bound = min(t.bound, p.bound)
	aims, g := p.aims(w), &guide{of: map[record.ResourceID]*pattern{}}
	realise := func() (err error) {
		t.last, t.short, err = w.affordable(ctx, solver,
			func(money *purses) *realisation { return p.realise(w, money, aims, g, false) },
			func(money *purses) *realisation { return p.realise(w, money, aims, g, true) })
		if err == nil && (t.best == nil || t.last.worth() > t.best.worth()) {
			t.best, t.by = t.last, p
		}
		return err
	}
	err := realise()
	if err == nil && t.short {
		g.rest = p
		err = realise()
	}
	for round := 0; err == nil && round < apartRounds && !t.near(w); round++ {
		lacks := t.last.lacks(aims)
		maps.DeleteFunc(lacks, func(r record.ResourceID, _ float64) bool { return g.of[r] != nil })
		if len(lacks) == 0 {
			break
		}
		if err = p.apart(ctx, w, solver, aims, lacks, g); err == nil {
			err = realise()
		}
	}
	return err
}

// near is which part of the bound a broad plan may be from it and be near enough.
func (w *world) near() float64 {
	if w.options.Near > 0 {
		return w.options.Near
	}
	return broadGap
}

// realise makes a plan of the whole world by the pattern: first what it knows who gives, and then
// the rest as it is wanted; if it is modest, no more than there.
func (p *pattern) realise(w *world, money *purses, aims []aim, g *guide, modest bool) *realisation {
	r := w.realisation(p.tariff.takes, money, true)
	r.prepare(aims)
	for _, res := range g.order {
		r.follow(g.of[res], g)
	}
	if g.rest != nil {
		r.follow(g.rest, g)
	}
	r.serve(aims, modest)
	return r
}

// guide says which pattern is followed for which resource.
type guide struct {
	of    map[record.ResourceID]*pattern
	order []record.ResourceID
	rest  *pattern // for all others, or nil
}

// follows reports whether pattern p is followed for a resource.
func (g *guide) follows(p *pattern, r record.ResourceID) bool {
	if q := g.of[r]; q != nil {
		return q == p
	}
	return g.rest == p
}

// affordable makes a realisation as if money were there, in the first of some ways, one more
// modest than the other, that can be paid; if none can, in the last within what there is for each head.
func (w *world) affordable(ctx context.Context, solver lp.Solver, ways ...func(*purses) *realisation) (r *realisation, short bool, err error) {
	again, spent := w.purses(), map[string]*spending(nil)
	for _, realise := range ways {
		money, whole := w.purses(), false
		r = realise(money)
		if again.budgets, whole, err = money.settle(ctx, solver); err != nil || whole {
			return r, false, err
		}
		spent = money.spent
	}
	r = ways[len(ways)-1](again)
	for _, s := range again.order {
		s.parts = spent[s.key].parts
	}
	return r, true, nil
}

// aims reads what each need is to have.
func (p *pattern) aims(w *world) []aim {
	var aims []aim
	for i, n := range w.needs {
		for t, q := range n.quantity {
			col := p.made[i][p.blockOf[t]]
			if rest := q - n.present[t]; rest > 0 && col != none {
				_, most := p.lp.ColBounds(col)
				aims = append(aims, aim{i, t, rest * min(1, p.x[col]/most), rest, p.tariff.profit(i, t) / w.gain(n, t)})
			}
		}
	}
	return aims
}

// follow sends what leaves in the pattern. Of lots that are one there, those go first
// that are worth least there, to where they are worth most.
func (r *realisation) follow(p *pattern, g *guide) {
	type target struct {
		lane, month int
		left        float64
	}
	targets := make([][]target, len(p.lots))
	for _, f := range p.flows {
		q := p.x[f.col]
		if q <= 1e-9 || !g.follows(p, record.ResourceID(p.stocks[f.lane.stock].resource.ID)) {
			continue
		}
		switch f.kind {
		case fromLot:
			targets[f.index] = append(targets[f.index], target{slices.Index(p.lots[f.index].lanes, f.lane), f.month, q})
		case fromMaker:
			i := p.makerOf[f.index]
			k := r.w.makers[i]
			r.push(supplier{kind: fromMaker, index: i, source: &k.source, lane: k.lanes[slices.Index(p.makers[f.index].lanes, f.lane)], yields: 1}, f.month, q)
		case fromCourse:
			i := p.courseOf[f.index]
			k := r.w.courses[i]
			r.push(supplier{kind: fromCourse, index: i, source: &k.source, lane: k.lanes[slices.Index(p.courses[f.index].lanes, f.lane)], yields: k.passes}, f.month, q)
		}
	}
	for j, members := range p.members {
		worth := func(i int, t target) float64 {
			l := r.w.lots[i].lanes[t.lane]
			return p.tariff.value[l.stock][t.month+l.lead]
		}
		least := func(i int) float64 {
			sum := 0.0
			for _, t := range targets[j] {
				sum += worth(i, t)
			}
			return sum
		}
		members = slices.Clone(members)
		slices.SortStableFunc(members, func(a, b int) int { return cmp.Compare(least(a), least(b)) })
		for _, i := range members {
			l, left := r.w.lots[i], r.w.lots[i].quantity
			slices.SortStableFunc(targets[j], func(a, b target) int { return cmp.Compare(worth(i, b), worth(i, a)) })
			for k := range targets[j] {
				t := &targets[j][k]
				q := min(left, t.left)
				t.left, left = t.left-q, left-q
				r.push(supplier{kind: fromLot, index: i, source: &l.source, lane: l.lanes[t.lane], yields: 1}, t.month, q)
			}
		}
	}
}

// push sends what can be paid for.
func (r *realisation) push(s supplier, t int, q float64) {
	if s.source.cost > 0 && q > 0 {
		q = r.purses.afford(r.purses.at(s.source.use, r.w.stocks[s.lane.stock]), t, q*s.source.cost) / s.source.cost
	}
	r.send(s, t, q)
}

// legsBroadly says what each leg alone would allow at least: what can be served with the others
// without limit.
func legsBroadly(ctx context.Context, w *world, solver lp.Solver) (alone [3]solitary, err error) {
	for k, g := range oneLeg {
		var aims []aim
		for i, n := range w.needs {
			for t, q := range n.quantity {
				if rest := q - n.present[t]; rest > 0 && !forcesOnly(n.capability) {
					aims = append(aims, aim{i, t, rest, rest, n.weight})
				}
			}
		}
		r, _, err := w.affordable(ctx, solver, func(money *purses) *realisation {
			r := w.realisation(w.takes(g), money, g.money)
			r.prepare(aims)
			r.serve(aims, true)
			return r
		})
		if err != nil {
			return alone, err
		}
		for _, made := range r.made {
			cover := make([]lp.Col, len(made))
			for t, z := range made {
				alone[k].x, cover[t] = append(alone[k].x, z), lp.Col(len(alone[k].x))
			}
			alone[k].cover = append(alone[k].cover, cover)
		}
	}
	return alone, nil
}
