package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// ErrStopped is wrapped when the time limit or a cancel ended the work before
// there was a plan.
var ErrStopped = errors.New("plan: stopped before there was a plan")

// ErrUnsound is wrapped when a plan does not pass Check: the solver's numbers
// were not good enough, and the plan is not shown.
var ErrUnsound = errors.New("plan: the plan does not add up")

// Make plans for a view. The plan has passed Check.
func Make(ctx context.Context, v *register.View, s lp.Solver, o Options) (*Plan, error) {
	return makeIn(ctx, v, s, o, defaultBreadth)
}

func makeIn(ctx context.Context, v *register.View, s lp.Solver, o Options, b breadth) (*Plan, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	w := read(v, o)
	m, best, alone, err := w.best(ctx, s, b)
	if err != nil {
		return nil, err
	}
	for i := range alone {
		if alone[i].x == nil { // nothing else is limited
			alone[i] = solitary{best.x, m.cover}
		}
	}
	p := m.plan(best)
	if !o.Brief {
		m.explain(p, best, alone)
	}
	if o.Relax && !o.Brief && m.lp.Rows() > 0 {
		if err := m.relax(ctx, s, p); err != nil {
			return nil, err
		}
	}
	if faults := Check(v, p); len(faults) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnsound, faults[0])
	}
	return p, nil
}

// best finds the best plan of a world and what one leg alone would allow: broadly where the
// world is large, or else exactly.
func (w *world) best(ctx context.Context, s lp.Solver, b breadth) (m *model, best *optimum, alone [3]solitary, err error) {
	if try, must := w.broadly(b); try {
		broad := func(ctx context.Context, w *world, s lp.Solver) (*model, *optimum, error) { return w.broad(ctx, s, b) }
		m, best, alone, err = w.both(ctx, s, broad, legsBroadly)
		if err != nil || must || best.status == lp.Optimal {
			return m, best, alone, err
		}
	}
	return w.both(ctx, s, optimise, legsAlone)
}

// both finds the plan and, unless it is to be brief, what each leg alone would allow, side by side.
func (w *world) both(ctx context.Context, s lp.Solver,
	plan func(context.Context, *world, lp.Solver) (*model, *optimum, error), legs func(context.Context, *world, lp.Solver) ([3]solitary, error),
) (m *model, best *optimum, alone [3]solitary, err error) {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(2)
	g.Go(func() (err error) {
		m, best, err = plan(within, w, s)
		return err
	})
	if !w.options.Brief {
		g.Go(func() (err error) {
			alone, err = legs(within, w, s)
			return err
		})
	}
	return m, best, alone, g.Wait()
}

func (o Options) doing(what string) {
	if o.Progress != nil {
		o.Progress(what)
	}
}

// monthsMax is the longest horizon.
const monthsMax = 600

// valid says what is wrong with options, and what to do.
func (o Options) valid() error {
	switch {
	case o.Months < 1 || o.Months > monthsMax:
		return fmt.Errorf("plan: a plan of %d months cannot be made; ask for 1 to %d", o.Months, monthsMax)
	case !(o.Discount > 0 && o.Discount <= 1):
		return fmt.Errorf("plan: %g is no discount; give a number above 0 and at most 1", o.Discount)
	case o.Rung == record.NoRung:
		return fmt.Errorf("plan: no rung is given; ask for one such as committed")
	}
	return nil
}

// optimum is the best solution and what it is worth.
type optimum struct {
	x      []float64
	bound  float64 // on V, without what is present already
	status lp.Status
	price  []float64
	worths []worth
}

// optimise finds the best plan, and then the tidiest among the best. Whole
// numbers are chosen first and kept; all that follows is linear.
func optimise(ctx context.Context, w *world, solver lp.Solver) (*model, *optimum, error) {
	m := build(w, allLegs, nil)
	if m.lp.Integers() == 0 {
		best, err := m.refine(ctx, solver, nil)
		return m, best, err
	}
	chosen, err := m.choose(ctx, solver)
	if err != nil {
		return nil, nil, err
	}
	m = build(w, allLegs, m.withoutIdle(chosen.X))
	best, err := m.refine(ctx, solver, m.fitting(chosen.Basis))
	if err != nil {
		return nil, nil, err
	}
	best.bound, best.status = max(best.bound, chosen.Bound), chosen.Status
	return m, best, nil
}

// fitting is a basis of m with cuts as one of m without: a cut that does not bind
// is no part of it. Where one binds there is none; nor where shipments are whole,
// because from there the price of a shipment that is kept may be put on its lot,
// of which one more would change nothing.
func (m *model) fitting(b *lp.Basis) *lp.Basis {
	rows := m.lp.Rows()
	if b == nil || len(m.whole) > len(m.choices) || slices.ContainsFunc(b.Rows[rows:], func(s lp.Standing) bool { return s != lp.Basic }) {
		return nil
	}
	return &lp.Basis{Cols: b.Cols, Rows: b.Rows[:rows]}
}

// simplexRowsMax and simplexToursMax are the sizes up to which simplex, which
// ends in a clean vertex and goes on from it, is quicker than interior point
// here. Of tours there are very many that are worth the same.
const (
	simplexRowsMax  = 60_000
	simplexToursMax = 4000
)

// provableRowsMax is the size up to which prices are proved by solving again: on
// a larger register the solver's have to do.
const provableRowsMax = 8000

func (m *model) limit() lp.Options {
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Method: lp.Auto}
	if m.lp.Rows() <= simplexRowsMax && len(m.choices) <= simplexToursMax {
		o.Method = lp.Simplex
	}
	if m.lp.Rows() > provableRowsMax || len(m.choices) > simplexToursMax {
		o.Later = m.later
	}
	return o
}

// solved turns an answer that is no plan into an error.
func solved(s *lp.Solution, err error) (*lp.Solution, error) {
	switch {
	case err != nil:
		return nil, fmt.Errorf("plan: solve: %w", err)
	case s.Status == lp.TimedOut || s.Status == lp.Cancelled:
		return nil, fmt.Errorf("%w: %s", ErrStopped, s.Status)
	case s.Status != lp.Optimal:
		// Doing nothing is always allowed and nothing counts beyond what is
		// needed, so the model is neither infeasible nor unbounded.
		return nil, fmt.Errorf("plan: the solver answers %q for a model that has an optimum", s.Status)
	}
	return s, nil
}

// solitary is the solution of a model in which one leg alone is limited.
type solitary struct {
	x     []float64
	cover [][]lp.Col
}

// legsAlone solves for each leg with the other two without limit. Where the other
// two are without limit anyway, that is the plan itself, and it is left out.
func legsAlone(ctx context.Context, w *world, solver lp.Solver) (alone [3]solitary, err error) {
	all := build(w, allLegs, free)
	for i, g := range oneLeg {
		w.options.doing(fmt.Sprintf("what one leg alone would allow, %d of %d", i+1, len(oneLeg)))
		m := build(w, g, nil)
		if m.lp.Rows() == all.lp.Rows() && m.lp.NonZeros() == all.lp.NonZeros() {
			continue
		}
		s, err := solved(lp.Solve(ctx, solver, &m.lp, m.limit()))
		if err != nil {
			return alone, err
		}
		alone[i] = solitary{s.X, m.cover}
	}
	return alone, nil
}

var oneLeg = [3]legs{{equipment: true}, {people: true}, {money: true}}

// Programme is what a plan for a view is solved as, whole numbers and all: for
// other solvers to be tried on.
func Programme(v *register.View, o Options) *lp.Model { return &build(read(v, o), allLegs, nil).lp }
