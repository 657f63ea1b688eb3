package plan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"entente/lp"
)

// choose finds the whole numbers. The solution without them bounds what any
// choice can reach; where a search comes near enough to that, no more is
// needed. What remains, the solver proves, if that is asked for and not too
// large; a choice that is left unproved says so by its gap.
func (m *model) choose(ctx context.Context, solver lp.Solver) (*lp.Solution, error) {
	if m.w.options.Strict {
		return m.inThousands().chooseStrictly(ctx, solver)
	}
	start, err := m.start(ctx, solver)
	if err != nil {
		return nil, err
	}
	switch {
	case start.Gap() <= max(m.w.options.Gap, noise):
		start.Status = lp.Optimal
		return start, nil
	case start.Status == lp.TimedOut:
		return start, nil
	case m.w.options.Gap > 0 || m.lp.Integers() > provableMax:
		start.Status = lp.Unsolved // as far as the search has come
		return start, nil
	}
	m.w.options.doing("proof that no choice is better")
	exact := m.inThousands()
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Gap: m.w.options.Gap, Start: exact.translate(start.X)}
	proved, err := found(lp.Solve(ctx, solver, &exact.lp, o))
	switch {
	case errors.Is(err, ErrStopped) && ctx.Err() == nil:
		start.Status = lp.TimedOut
		return start, nil // the start and its bound are what there is
	case err != nil:
		return nil, err
	}
	proved.Bound = min(proved.Bound, start.Bound)
	if proved.Objective < start.Objective {
		start.Bound, start.Status = max(start.Objective, proved.Bound), proved.Status
		return start, nil
	}
	return proved, nil
}

// start is a choice to begin from, with a bound on all others.
func (m *model) start(ctx context.Context, solver lp.Solver) (*lp.Solution, error) {
	m.w.options.doing("what could be reached at most")
	loose := build(m.w, allLegs, free)
	session, err := solver.Open(ctx, &loose.lp)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	s, err := loose.newSearch(ctx, session, &loose.lp, m.limit())
	if err != nil {
		return nil, err
	}
	return s.find(ctx, nil)
}

// inThousands is the same model with money in thousands of euros, for choosing
// whole numbers. With a tour that costs hundredths of a unit HiGHS, 1.11 to
// 1.15, now and then calls a choice optimal that is not, or everything
// infeasible; with costs above one that has not been seen.
func (m *model) inThousands() *model { return buildIn(thousand, m.w, m.legs, m.fixed) }

// translate reads a solution in millions in the unit of m.
func (m *model) translate(x []float64) []float64 {
	x = slices.Clone(x)
	scale := func(c lp.Col) { x[c] *= million / m.unit }
	for _, pots := range m.pots {
		for _, c := range pots {
			scale(c)
		}
	}
	for _, h := range m.heads {
		for _, c := range h.cols {
			scale(c)
		}
	}
	return x
}

// provableMax is how many whole numbers the solver can be expected to prove an
// optimum over. Beyond it the search's own bound has to do.
const provableMax = 3000

// chooseStrictly chooses whole numbers so that each priority keeps what those
// before it have got.
func (m *model) chooseStrictly(ctx context.Context, solver lp.Solver) (*lp.Solution, error) {
	session, err := solver.Open(ctx, &m.lp)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Gap: m.w.options.Gap}
	var last *lp.Solution
	for _, gains := range m.ranks() {
		if err := session.SetGains(m.columns(), gains); err != nil {
			return nil, fmt.Errorf("plan: set the next objective: %w", err)
		}
		if last, err = found(session.Solve(ctx, o)); err != nil {
			return nil, err
		}
		var terms []lp.Term
		for c, g := range gains {
			if g != 0 {
				terms = append(terms, lp.Term{Col: lp.Col(c), Coef: g})
			}
		}
		if _, err := session.AddRow(last.Objective-noise*math.Abs(last.Objective), lp.Inf, terms...); err != nil {
			return nil, fmt.Errorf("plan: keep a priority: %w", err)
		}
	}
	last.Bound = lp.Objective(&m.lp, last.X)
	return last, nil
}

// found accepts a solution that the time limit has cut short, with its gap.
func found(s *lp.Solution, err error) (*lp.Solution, error) {
	if err == nil && s.Status == lp.TimedOut && s.Feasible {
		return s, nil
	}
	return solved(s, err)
}
