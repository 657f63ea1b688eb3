package plan

import (
	"context"
	"maps"
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
	model   *model // of the first view; nil where whole numbers leave no shortcut
	basis   *lp.Basis
}

// Value is what a plan is worth.
type Value struct {
	V       float64
	Covered map[record.NeedID][]float64 // units by month: of one plan among those that are equally good
}

// NewEvaluator prepares to evaluate views that are much like v.
func NewEvaluator(ctx context.Context, v *register.View, solver lp.Solver, o Options) (*Evaluator, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	o.Brief, o.Fair, o.Relax, o.Prices = true, false, false, 0
	e := &Evaluator{solver: solver, options: o, first: read(v, o)}
	m := build(e.first, allLegs, nil)
	e.sketch = m.sketch()
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

// Same reports whether a plan cannot tell v from the first view.
func (e *Evaluator) Same(v *register.View) bool {
	m := build(read(v, e.options), allLegs, nil)
	return maps.EqualFunc(e.sketch, m.sketch(), func(a, b quota) bool { return slices.Equal(a.limits, b.limits) })
}

// Value evaluates v.
func (e *Evaluator) Value(ctx context.Context, v *register.View) (*Value, error) {
	if e.model == nil {
		return e.made(ctx, v)
	}
	m := build(read(v, e.options), allLegs, nil)
	if m.lp.Integers() > 0 {
		return e.made(ctx, v)
	}
	o := m.limit()
	if warm := e.limited(m.sketch()); warm != nil {
		o.Method, o.Basis = lp.Simplex, e.basis
		m = e.model
		return m.value(lp.Solve(ctx, e.solver, warm, o))
	}
	return m.value(lp.Solve(ctx, e.solver, &m.lp, o))
}

// made is the value of a plan that is made.
func (e *Evaluator) made(ctx context.Context, v *register.View) (*Value, error) {
	p, err := Make(ctx, v, e.solver, e.options)
	if err != nil {
		return nil, err
	}
	value := &Value{V: p.Objective, Covered: map[record.NeedID][]float64{}}
	for _, n := range p.Needs {
		for _, month := range n.Months {
			value.Covered[n.ID] = append(value.Covered[n.ID], month.Covered)
		}
	}
	return value, nil
}

// limited is the first model with the limits of another sketch, or nil where it
// takes more than other limits to get from the one to the other.
func (e *Evaluator) limited(to map[string]quota) *lp.Model {
	for name := range to {
		if _, ok := e.sketch[name]; !ok {
			return nil
		}
	}
	changed := e.model.lp.Clone()
	for name, q := range e.sketch {
		limits := to[name].limits
		switch {
		case slices.Equal(limits, q.limits):
			continue
		case q.rows == nil:
			return nil // what is needed, or present, or may be sent is another
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
func (m *model) value(s *lp.Solution, err error) (*Value, error) {
	if s, err = solved(s, err); err != nil {
		return nil, err
	}
	value := &Value{Covered: map[record.NeedID][]float64{}}
	for i, n := range m.w.needs {
		covered := m.need(i, s.X).Months
		for t := range n.quantity {
			value.V += m.w.gain(n, t) * covered[t].Covered
			value.Covered[record.NeedID(n.rec.ID)] = append(value.Covered[record.NeedID(n.rec.ID)], covered[t].Covered)
		}
	}
	return value, nil
}
