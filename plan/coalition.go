package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// Evaluator tells what the best plan of a changed view is worth, many times
// over, without making the plan. It agrees with Make: exactly where there are
// no whole numbers, else as far as both prove. What differs from the first view
// only in how much there is of what, it solves from that view's solution.
// It is safe for concurrent use, and no answer depends on those before it.
type Evaluator struct {
	solver  lp.Solver
	options Options
	span    int                  // months that it takes together: one, but in outlines
	known   map[string][]float64 // everything that could come to count in the first view, if some of it were gone
	sets    map[string]setter    // of the model: what of that makes a difference
	w       *world               // the first view
	base    map[string][]float64 // how much there is in it
	model   *model               // of all that could come to count, without whole numbers; nil where one priority comes before the other: that leaves no shortcut
	first   *lp.Model            // its programme, of the first view
	best    *lp.Solution         // of that, whole numbers or not
	proved  float64              // no solution of it is better
	given   float64              // what is there already adds to V of that
	choice  []float64            // its whole numbers; nil where there are none
	stub    func() *stub         // to cut from its best plan
}

// Value is what a plan is worth.
type Value struct {
	V       float64
	Bound   float64                     // no plan is worth more; V where there are no whole numbers to choose
	Covered map[record.NeedID][]float64 // units by month, in one of the plans that are worth as much
}

// NewEvaluator prepares to evaluate views that are much like v.
func NewEvaluator(ctx context.Context, v *register.View, solver lp.Solver, o Options) (*Evaluator, error) {
	return newEvaluator(ctx, v, solver, o, 1)
}

func newEvaluator(ctx context.Context, v *register.View, solver lp.Solver, o Options, span int) (*Evaluator, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	o.Brief, o.Fair, o.Relax, o.Prices = true, false, false, 0
	loosest := loosest
	if span > 1 {
		loosest = func(v *register.View, o Options) *model { return loosestRough(v, o, span) }
	}
	m := loosest(v, o)
	e := &Evaluator{solver: solver, options: o, span: span, known: m.w.amounts(), sets: m.setters()}
	e.w = e.read(v)
	e.base, e.given = e.w.amounts(), e.w.given()
	if o.Strict {
		return e, nil
	}
	e.model = m
	if e.first = e.limited(e.base); e.first == nil {
		panic("plan: a view exceeds the loosest model of it")
	}
	session, err := solver.Open(ctx, e.first)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	s, err := solved(session.Solve(ctx, m.limit()))
	if err != nil {
		return nil, err
	}
	e.best, e.proved = s, s.Bound
	if s.Price != nil {
		e.proved = max(s.Objective, min(lp.Bound(e.first, s.Price), e.proved+noise*math.Abs(e.proved)))
	}
	e.stub = sync.OnceValue(func() *stub { return m.newStub(e.first, e.best) })
	if len(m.whole) > 0 {
		if s, err = m.choice(ctx, session, e.first.Clone(), m.limit(), nil); err != nil {
			return nil, err
		}
		e.choice = m.wholesOf(s.X)
	}
	return e, nil
}

// read turns a view into the world that the evaluator knows it as.
func (e *Evaluator) read(v *register.View) *world {
	w := read(v, e.options)
	if e.span > 1 {
		w = w.coarse(e.span)
	}
	return w
}

// wholesOf reads the whole numbers of a solution.
func (m *model) wholesOf(x []float64) []float64 {
	y := make([]float64, len(m.whole))
	for i, c := range m.whole {
		y[i] = math.Round(x[c])
	}
	return y
}

// Quick reports whether the evaluator has a shortcut.
func (e *Evaluator) Quick() bool { return e.model != nil }

// Same reports whether a plan cannot tell v from the first view, not even after
// the same has been taken from both.
func (e *Evaluator) Same(v *register.View) bool {
	other := read(parted(v), e.options).amounts()
	for name := range other {
		if _, ok := e.known[name]; !ok {
			return false
		}
	}
	for name := range e.sets {
		if !slices.Equal(e.known[name], other[name]) {
			return false
		}
	}
	return true
}

// Value evaluates v.
func (e *Evaluator) Value(ctx context.Context, v *register.View) (*Value, error) {
	return e.value(ctx, v, false)
}

// Settled is Value, with the coverage that among all that are worth as much does
// most for the first needs, so that two views can be compared need by need.
func (e *Evaluator) Settled(ctx context.Context, v *register.View) (*Value, error) {
	return e.value(ctx, v, true)
}

func (e *Evaluator) value(ctx context.Context, v *register.View, settle bool) (*Value, error) {
	w := e.read(v)
	if e.model != nil {
		if at := e.limited(w.amounts()); at != nil {
			return e.near(ctx, w, at, settle)
		}
	}
	return e.anew(ctx, w, settle)
}

// near evaluates a world that the model of the first view has room for.
func (e *Evaluator) near(ctx context.Context, w *world, at *lp.Model, settle bool) (*Value, error) {
	o := e.model.limit()
	o.Method, o.Basis = lp.Simplex, e.best.Basis
	return e.model.evaluate(ctx, e.solver, w, at, settle, func(session lp.Session) (*lp.Solution, error) {
		return e.model.choice(ctx, session, at, o, e.choice)
	})
}

// anew evaluates a world by a model of its own.
func (e *Evaluator) anew(ctx context.Context, w *world, settle bool) (*Value, error) {
	if e.options.Strict {
		m, best, err := optimise(ctx, w, e.solver)
		if err != nil {
			return nil, err
		}
		return m.value(w, best), nil
	}
	m := build(w.possible(), allLegs, free)
	return m.evaluate(ctx, e.solver, w, &m.lp, settle, func(session lp.Session) (*lp.Solution, error) {
		return m.choice(ctx, session, &m.lp, m.limit(), nil)
	})
}

// evaluate solves a programme of m that says what there is in w.
func (m *model) evaluate(ctx context.Context, solver lp.Solver, w *world, at *lp.Model, settle bool, solve func(lp.Session) (*lp.Solution, error)) (*Value, error) {
	session, err := solver.Open(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	s, err := solve(session)
	if err != nil {
		return nil, err
	}
	best := &optimum{x: s.X, bound: s.Bound}
	if settle {
		if s, err = m.inOrder(ctx, session, at, s); err != nil {
			return nil, err
		}
		best.x = s.X
	}
	return m.value(w, best), nil
}

// choice solves for the best whole numbers and all else, or where there are none
// to choose, for all else. It leaves the session with those numbers, and with
// what at then holds. Numbers to begin with may be given.
func (m *model) choice(ctx context.Context, session lp.Session, at *lp.Model, o lp.Options, given []float64) (*lp.Solution, error) {
	if len(m.whole) == 0 {
		return solved(session.Solve(ctx, o))
	}
	search, err := m.newSearch(ctx, session, at, o)
	if err != nil {
		return nil, err
	}
	search.nodes, search.renewed, search.gap = min(search.nodes, choiceNodesMax), 0, max(search.gap/4, noise)
	best, err := search.find(ctx, given)
	if err != nil {
		return nil, err
	}
	y := m.wholesOf(best.X)
	held, err := search.within(ctx, y, y)
	if err != nil || held == nil {
		return best, err
	}
	held.Bound = best.Bound
	return held, nil
}

// choiceNodesMax bounds the branching for one of many values. What it leaves open
// matters more than in a plan, because two values are set against each other.
const choiceNodesMax = 12

// inOrder is the solution as good as best that does most for the first needs.
func (m *model) inOrder(ctx context.Context, session lp.Session, at *lp.Model, best *lp.Solution) (*lp.Solution, error) {
	held := *m
	held.lp = *at
	if err := held.face().hold(session, best); err != nil {
		return nil, err
	}
	gains := make([]float64, at.Cols())
	for i := range m.w.needs {
		for _, c := range m.cover[i] {
			if c != none {
				gains[c] = at.Gain(c) * float64(len(m.w.needs)-i) / float64(len(m.w.needs))
			}
		}
	}
	if err := session.SetGains(m.columns(), gains); err != nil {
		return nil, fmt.Errorf("plan: set the next objective: %w", err)
	}
	next, err := solved(session.Solve(ctx, m.limit()))
	if err != nil || lp.Objective(at, next.X) < best.Objective-noise*math.Abs(best.Objective) {
		return best, ctx.Err() // numerical trouble: the better plan counts more than the tidier one
	}
	return next, nil
}

// limited is the model's programme with other amounts, or nil where it takes
// more to get there, or so much that it is quicker to begin anew.
func (e *Evaluator) limited(to map[string][]float64) *lp.Model {
	if !e.knows(to) {
		return nil
	}
	changed := e.model.lp.Clone()
	if changes, ok := e.set(changed, to); !ok || e.many(changes) {
		return nil
	}
	return changed
}

// set gives a programme of the model the amounts that differ from the first
// view's, and reports how many those are, and whether there is room for them.
func (e *Evaluator) set(to bounded, amounts map[string][]float64) (changes int, ok bool) {
	for name, set := range e.sets {
		if !slices.Equal(amounts[name], e.base[name]) {
			changes++
		}
		if !set(to, amounts[name]) {
			return changes, false
		}
	}
	return changes, true
}

// many reports whether after so many changes it is quicker to begin anew.
func (e *Evaluator) many(changes int) bool { return changes > len(e.sets)/3 }

// knows reports whether all that there is could be in the first view.
func (e *Evaluator) knows(amounts map[string][]float64) bool {
	for name := range amounts {
		if _, ok := e.known[name]; !ok {
			return false
		}
	}
	return true
}

// value reads a solution as Make does, for a world that has what it was found for.
func (m *model) value(w *world, best *optimum) *Value {
	value := &Value{Bound: best.bound, Covered: map[record.NeedID][]float64{}}
	for i, n := range w.needs {
		id := record.NeedID(n.rec.ID)
		for t, q := range n.quantity {
			covered := settle(min(q, settle(at(best.x, m.made[i][t]))+settle(n.present[t]+m.toured(i, t, best.x))))
			value.V += w.gain(n, t) * covered
			value.Bound += w.gain(n, t) * min(q, n.present[t])
			value.Covered[id] = append(value.Covered[id], covered)
		}
	}
	value.Bound = max(value.Bound, value.V)
	return value
}
