package plan

import (
	"cmp"
	"context"
	"math"
	"slices"

	"entente/lp"
	"entente/record"
)

// A large register is planned broadly: its programme would have millions of columns. A
// smaller world that is much like it is solved instead, without caveats at first, and then with them for
// the resources that turned out to be scarce. What is done there is the pattern for
// a plan of the whole, made without a solver, month by month and lot by lot; and the
// prices there prove a bound over the whole, whatever was left out to find them.

// broadRowsMin is the size from which a register is planned broadly whatever gap is asked for,
// and nearRowsMin that from which it is where the gap that is asked for, at least nearGap, allows it.
// broadGap is how near to the bound is near enough where less is asked for, which a broad plan does not promise.
const (
	broadRowsMin = 100_000
	nearRowsMin  = 10_000
	nearGap      = 0.005
	broadGap     = 0.01
)

// heededRowsMax is the size up to which caveats are heeded month by month.
const heededRowsMax = 150_000

// breadth says from which sizes on plans are made broadly, for tests to lower.
type breadth struct{ broad, near, heeded int }

var defaultBreadth = breadth{broadRowsMin, nearRowsMin, heededRowsMax}

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
	return rows >= b.broad || o.Gap >= nearGap && rows >= b.near, rows >= b.broad
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

// pattern finds the best of a smaller world, and what its prices prove. Thrift is what part of
// all that could be gained is given up for all the money that there is.
func (w *world) pattern(ctx context.Context, solver lp.Solver, p *pooled, whole *reach, thrift float64) (*pattern, error) {
	c := p.coarse(whole, w.purses(), thrift)
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
// done, and thriftinessShort where money turns out to be short.
const (
	thriftiness      = 0.005
	thriftinessShort = 0.05
)

// blockRows is the size from which months stand in blocks of two, blocks of three at twice of it, and so on.
const blockRows = 200_000

// broad plans a large world.
func (w *world) broad(ctx context.Context, solver lp.Solver, b breadth) (*model, *optimum, error) {
	w.options.doing("what could be reached at most")
	whole := w.reach()
	everything := func(record.ResourceID) bool { return true }
	block := min(1+w.rows(everything)/blockRows, 6)
	first, err := w.pattern(ctx, solver, w.pool(block, false, everything), whole, thriftiness)
	if err != nil {
		return nil, nil, err
	}
	t := &tried{bound: math.Inf(1)}
	if err := t.try(ctx, w, solver, first); err != nil {
		return nil, nil, err
	}
	if w.rows(first.keeps) <= b.heeded {
		w.options.doing("the plan that covers most")
		for _, thrift := range []float64{thriftiness, thriftinessShort} {
			p, err := w.pattern(ctx, solver, w.pool(1, true, first.keeps), whole, thrift)
			if err != nil {
				return nil, nil, err
			}
			t.short = false
			if err := t.try(ctx, w, solver, p); err != nil {
				return nil, nil, err
			}
			if !t.short || t.best.worth() >= (1-w.near())*t.bound {
				break
			}
		}
	}
	m, o := t.best.model(t.by.tariff)
	o.bound, o.status = max(t.bound, t.best.worth()), lp.Unsolved
	if o.bound-t.best.worth() <= w.near()*o.bound {
		o.status = lp.Optimal
	}
	return m, o, nil
}

// tried is the best realisation of the patterns that were tried, and the least bound.
type tried struct {
	best  *realisation
	by    *pattern
	bound float64
	short bool // of money
}

func (t *tried) try(ctx context.Context, w *world, solver lp.Solver, p *pattern) error {
	t.bound = min(t.bound, p.bound)
	for _, follow := range []bool{false, true} {
		r, short, err := w.affordable(ctx, solver, func(money *purses) *realisation { return p.realise(w, money, follow) })
		if err != nil {
			return err
		}
		t.short = t.short || short
		if t.best == nil || r.worth() > t.best.worth() {
			t.best, t.by = r, p
		}
	}
	return nil
}

// near is which part of the bound a broad plan may be from it and be near enough.
func (w *world) near() float64 {
	if w.options.Gap >= nearGap {
		return w.options.Gap
	}
	return broadGap
}

// realise makes a plan of the whole world by the pattern: with what leaves there, or only
// with what needs are given there.
func (p *pattern) realise(w *world, money *purses, follow bool) *realisation {
	r := w.realisation(p.tariff.takes, money, true)
	aims := p.aims(w)
	r.prepare(aims)
	if follow {
		r.follow(p)
	}
	r.serve(aims)
	return r
}

// affordable makes a realisation as if money were there, and if it turns out that it is
// not, once more within what there is for each head.
func (w *world) affordable(ctx context.Context, solver lp.Solver, realise func(*purses) *realisation) (r *realisation, short bool, err error) {
	money := w.purses()
	r = realise(money)
	budgets, whole, err := money.settle(ctx, solver)
	if err != nil || whole {
		return r, false, err
	}
	again := w.purses()
	again.budgets = budgets
	r = realise(again)
	for _, s := range again.order {
		s.parts = money.spent[s.key].parts
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
func (r *realisation) follow(p *pattern) {
	type target struct {
		lane, month int
		left        float64
	}
	targets := make([][]target, len(p.lots))
	for _, f := range p.flows {
		q := p.x[f.col]
		if q <= 1e-9 {
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
			r.serve(aims)
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
