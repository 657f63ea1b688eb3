package plan

import (
	"context"
	"errors"
	"fmt"

	"entente/lp"
)

// worth is what one step more and one step less of a limit changes in V.
type worth struct {
	limit      limit
	more, less float64
	holds      float64 // steps up to which each further one is worth as much
}

// limit is a scarce thing that a price is told of: the rows that a step of it
// would raise, and the record it stands for.
type limit struct {
	origin Price // everything but the figures
	rows   []lp.Row
	step   float64 // in the unit of the rows
	dual   float64 // V per step
	room   float64 // what can be taken away, in the unit of the rows
}

// prove solves again with one step more and one step less of the limits whose
// prices are highest, because a price at a kink says only one side, if any.
func (m *model) prove(ctx context.Context, session lp.Session, first *lp.Solution) ([]worth, error) {
	o := m.limit()
	o.Basis = first.Basis
	var worths []worth
	for i, l := range m.limits(first.Price) {
		if i >= m.w.options.Prices || m.lp.Rows() > provableRowsMax {
			break
		}
		m.w.options.doing(fmt.Sprintf("what one more is worth, %d of %d", i+1, m.w.options.Prices))
		more, err := m.nudged(ctx, session, l, l.step, o)
		if err != nil {
			return nil, err
		}
		less, err := m.nudged(ctx, session, l, -min(l.step, l.room), o)
		if errors.Is(err, errChoice) {
			continue // its price stays the solver's
		}
		if err != nil {
			return nil, err
		}
		w := worth{l, more - first.Objective, first.Objective - less, 0}
		if w.holds, err = m.reach(ctx, session, l, w.more, first.Objective, o); err != nil {
			return nil, err
		}
		worths = append(worths, w)
	}
	return worths, nil
}

// reach finds for how many steps what one is worth holds: by doubling, as long
// as all of them together are worth as much each, within a hundredth. What more
// is worth never rises with more, so that is true of all steps before.
func (m *model) reach(ctx context.Context, session lp.Session, l limit, one, base float64, o lp.Options) (float64, error) {
	if one <= priced {
		return 0, nil
	}
	steps := 1.0
	for ; steps < reachMax; steps *= 2 {
		v, err := m.nudged(ctx, session, l, 2*steps*l.step, o)
		if err != nil {
			return 0, err
		}
		if v-base < 0.99*2*steps*one {
			break
		}
	}
	return steps, nil
}

const reachMax = 1024

// errChoice says that the whole numbers that are kept need all of a limit: a
// tour that was chosen could not be paid with less.
var errChoice = errors.New("plan: the choice cannot be kept")

// nudged is the optimum with a limit moved, which is then put back.
func (m *model) nudged(ctx context.Context, session lp.Session, l limit, by float64, o lp.Options) (float64, error) {
	lo, hi := make([]float64, len(l.rows)), make([]float64, len(l.rows))
	set := func(by float64) error {
		for i, r := range l.rows {
			low, high := m.lp.RowBounds(r)
			lo[i], hi[i] = low, high+by
			if low == high {
				lo[i] = high + by
			}
		}
		return session.SetRowBounds(l.rows, lo, hi)
	}
	if err := set(by); err != nil {
		return 0, fmt.Errorf("plan: prove a price: %w", err)
	}
	s, err := session.Solve(ctx, o)
	if err == nil && s.Status == lp.Infeasible && m.fixed != nil {
		return 0, errors.Join(errChoice, set(0))
	}
	if s, err = solved(s, err); err != nil {
		return 0, err
	}
	return s.Objective, set(0)
}
