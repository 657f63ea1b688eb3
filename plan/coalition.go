package plan

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// Evaluator tells what the best plan of a changed view is worth, many times
// over, without making the plan. It agrees with Make: exactly where there are
// no whole numbers, else as far as Make proves. What differs from the first
// view only in how much there is of what, it solves from that view's solution.
// It is safe for concurrent use, and no answer depends on those before it.
type Evaluator struct {
	solver  lp.Solver
	options Options
	first   *world
	sketch  map[string]quota
	all     map[string]quota // of the loosest model
	model   *model           // of the first view; nil where whole numbers leave no shortcut
	basis   *lp.Basis
}

// Value is what a plan is worth.
type Value struct {
	V       float64
	Covered map[record.NeedID][]float64 // units by month, in one of the plans that are worth as much
}

// NewEvaluator prepares to evaluate views that are much like v.
func NewEvaluator(ctx context.Context, v *register.View, solver lp.Solver, o Options) (*Evaluator, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	o.Brief, o.Fair, o.Relax, o.Prices = true, false, false, 0
	e := &Evaluator{solver: solver, options: o, first: read(v, o)}
	m := build(e.first, allLegs, nil)
	e.sketch, e.all = m.sketch(), e.counted(v)
	if o.Strict || m.lp.Integers() > 0 {
		return e, nil
	}
	s, err := solved(lp.Solve(ctx, solver, &m.lp, m.limit()))
	if err != nil {
		return nil, err
	}
	e.model, e.basis = m, s.Basis
	return e, nil
}

// Quick reports whether there are no whole numbers to choose.
func (e *Evaluator) Quick() bool { return e.model != nil }

// Same reports whether a plan cannot tell v from the first view, not even after
// the same has been taken from both.
func (e *Evaluator) Same(v *register.View) bool {
	return maps.EqualFunc(e.all, e.counted(v), func(a, b quota) bool { return slices.Equal(a.limits, b.limits) })
}

func (e *Evaluator) counted(v *register.View) map[string]quota {
	return loosest(v, e.options).sketch()
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
	w := read(v, e.options)
	m := build(w, allLegs, nil)
	if whole := m.lp.Integers() > 0; whole || e.options.Strict {
		if whole && !settle {
			chosen, err := m.choose(ctx, e.solver) // the best for these whole numbers already
			if err != nil {
				return nil, err
			}
			return m.value(chosen.X), nil
		}
		var best *optimum
		var err error
		if m, best, err = optimise(ctx, w, e.solver); err != nil {
			return nil, err
		}
		if !settle || e.options.Strict {
			return m.value(best.x), nil
		}
	}
	at, o := &m.lp, m.limit()
	if e.model != nil {
		if changed := e.limited(m.sketch()); changed != nil {
			m, at, o.Method, o.Basis = e.model, changed, lp.Simplex, e.basis
		}
	}
	session, err := e.solver.Open(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	s, err := solved(session.Solve(ctx, o))
	if err == nil && settle {
		s, err = m.inOrder(ctx, session, at, s)
	}
	if err != nil {
		return nil, err
	}
	return m.value(s.X), nil
}

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

// limited is the first model with the limits of another sketch, or nil where it
// takes more than other limits to get from the one to the other, or so many
// that it is quicker to begin anew.
func (e *Evaluator) limited(to map[string]quota) *lp.Model {
	for name := range to {
		if _, ok := e.sketch[name]; !ok {
			return nil
		}
	}
	changed, changes := e.model.lp.Clone(), 0
	for name, q := range e.sketch {
		limits := to[name].limits
		switch {
		case slices.Equal(limits, q.limits):
			continue
		case q.rows == nil:
			return nil // what is needed, or present, or may be sent is another
		}
		if changes++; changes > len(e.sketch)/3 {
			return nil
		}
		for i, row := range q.rows {
			limit := 0.0
			if i < len(limits) {
				limit = limits[i] * q.scale
			}
			switch {
			case row != none:
				lo, _ := changed.RowBounds(row)
				if q.exact {
					lo = limit
				}
				changed.SetRowBounds(row, lo, limit)
			case limit > 0:
				return nil // in a month in which there was none
			}
		}
	}
	return changed
}

// value reads a solution as Make does.
func (m *model) value(x []float64) *Value {
	value := &Value{Covered: map[record.NeedID][]float64{}}
	for i, n := range m.w.needs {
		id := record.NeedID(n.rec.ID)
		for t, month := range m.need(i, x).Months {
			value.V += m.w.gain(n, t) * month.Covered
			value.Covered[id] = append(value.Covered[id], month.Covered)
		}
	}
	return value
}
