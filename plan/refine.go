package plan

import (
	"context"
	"fmt"
	"math"

	"entente/lp"
)

// refine solves a model without whole numbers: the most coverage first, proving
// the prices that will be shown; then, when asked, priority by priority and the
// fairest; then the cheapest, and the earliest. A basis to begin with may be
// given.
func (m *model) refine(ctx context.Context, solver lp.Solver, from *lp.Basis) (*optimum, error) {
	session, err := solver.Open(ctx, &m.lp)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	m.w.options.doing("the plan that covers most")
	o := m.limit()
	switch {
	case from != nil:
		o.Method, o.Basis = lp.Simplex, from
	case !m.w.options.Brief:
		if err := m.thriftily(ctx, session, o); err != nil {
			return nil, err
		}
	}
	first, err := solved(session.Solve(ctx, o))
	if err != nil {
		return nil, err
	}
	best := &optimum{x: first.X, bound: m.proved(first), status: first.Status, price: first.Price}
	if !m.w.options.Brief {
		if best.worths, err = m.prove(ctx, session, first); err != nil {
			return nil, err
		}
	}
	if m.w.options.Brief && !m.w.options.Strict {
		return best, nil
	}
	best.x, err = m.tidy(ctx, session, first)
	if m.w.options.Strict {
		best.bound = lp.Objective(&m.lp, best.x) // nothing is better by this order of objectives
	}
	return best, err
}

// thriftily brings a session to the optimum of V less a little for what is spent.
// Of the many plans that cover as much, most cost far more than the cheapest; from
// this one, which is hardly ever another than that, no way back is needed.
func (m *model) thriftily(ctx context.Context, session lp.Session, o lp.Options) error {
	gains, most := m.thrift(), make([]float64, m.lp.Cols())
	for c := range gains {
		most[c] = m.lp.Gain(lp.Col(c))
		gains[c] = most[c] + priceOfMoney*gains[c]
	}
	if err := session.SetGains(m.columns(), gains); err != nil {
		return fmt.Errorf("plan: set the first objective: %w", err)
	}
	if _, err := solved(session.Solve(ctx, o)); err != nil {
		return err
	}
	if err := session.SetGains(m.columns(), most); err != nil {
		return fmt.Errorf("plan: set the objective: %w", err)
	}
	return nil
}

// priceOfMoney is what a million euros cost in V in the first solve: little beside
// what they can cover, and more than rounding.
const priceOfMoney = 0.01

// proved is the bound that the prices prove by themselves, whatever made them; where
// they prove none, the solver's.
func (m *model) proved(s *lp.Solution) float64 {
	if bound := lp.Bound(&m.lp, s.Price); s.Price != nil && !math.IsInf(bound, 1) {
		return max(bound, s.Objective)
	}
	return s.Bound
}

// tidy solves for one objective after the other, each time keeping to the
// solutions that are best by those before.
func (m *model) tidy(ctx context.Context, session lp.Session, first *lp.Solution) ([]float64, error) {
	last, face, objectives := first, m.face(), [][]float64{}
	if m.w.options.Strict {
		last, objectives = nil, m.ranks()
	}
	if m.burden != none {
		objectives = append(objectives, m.lightest())
	}
	if !m.w.options.Brief {
		objectives = append(objectives, m.thrift(), m.haste())
	}
	for i, gains := range objectives {
		m.w.options.doing(fmt.Sprintf("the tidiest such plan, step %d of %d", i+1, len(objectives)))
		if last != nil {
			if err := face.hold(session, last); err != nil {
				return nil, err
			}
		}
		if err := session.SetGains(m.columns(), gains); err != nil {
			return nil, fmt.Errorf("plan: set the next objective: %w", err)
		}
		next, err := solved(session.Solve(ctx, m.limit()))
		if err != nil {
			return nil, err
		}
		if !m.w.options.Strict && lp.Objective(&m.lp, next.X) < first.Objective-noise*math.Abs(first.Objective) {
			break // numerical trouble: the better plan counts more than the tidier one
		}
		last = next
	}
	return last.X, nil
}

// ranks is one objective for each priority that is asked for.
func (m *model) ranks() [][]float64 {
	var ranks [][]float64
	for priority := 1; priority <= 5; priority++ {
		gains, any := make([]float64, m.lp.Cols()), false
		for i, n := range m.w.needs {
			for _, c := range m.cover[i] {
				if n.rec.Priority == priority && c != none {
					gains[c], any = m.lp.Gain(c), true
				}
			}
		}
		if any {
			ranks = append(ranks, gains)
		}
	}
	if len(ranks) == 0 {
		ranks = append(ranks, make([]float64, m.lp.Cols()))
	}
	return ranks
}

// lightest is the objective of fairness.
func (m *model) lightest() []float64 {
	gains := make([]float64, m.lp.Cols())
	gains[m.burden] = -1
	return gains
}

func (m *model) columns() []lp.Col {
	cols := make([]lp.Col, m.lp.Cols())
	for i := range cols {
		cols[i] = lp.Col(i)
	}
	return cols
}

// priced is how large a price must be to count as one: the solver's own dual
// tolerance is 1e-7.
const priced = 1e-6

// face is the set of solutions a session still admits: the bounds it has now.
type face struct {
	rowLo, rowHi []float64
}

func (m *model) face() *face {
	f := &face{make([]float64, m.lp.Rows()), make([]float64, m.lp.Rows())}
	for r := range f.rowLo {
		f.rowLo[r], f.rowHi[r] = m.lp.RowBounds(lp.Row(r))
	}
	return f
}

// hold keeps the session to the solutions that are as good as s: by
// complementary slackness, those in which every column and row that s puts a
// price on stays where it is. Unlike a row that bounds the objective, this
// leaves no slack for the next objective to use up.
func (f *face) hold(session lp.Session, s *lp.Solution) error {
	var cols []lp.Col
	var rows []lp.Row
	var at, lo, hi []float64
	for c, d := range s.Reduced {
		if math.Abs(d) > priced {
			cols, at = append(cols, lp.Col(c)), append(at, s.X[c])
		}
	}
	if err := session.SetColBounds(cols, at, at); err != nil {
		return fmt.Errorf("plan: hold the optimum: %w", err)
	}
	for r, y := range s.Price {
		switch {
		case f.rowLo[r] == f.rowHi[r]:
			continue
		case y > priced:
			f.rowLo[r] = f.rowHi[r]
		case y < -priced:
			f.rowHi[r] = f.rowLo[r]
		default:
			continue
		}
		rows, lo, hi = append(rows, lp.Row(r)), append(lo, f.rowLo[r]), append(hi, f.rowHi[r])
	}
	if err := session.SetRowBounds(rows, lo, hi); err != nil {
		return fmt.Errorf("plan: hold the optimum: %w", err)
	}
	return nil
}

// thrift is the second objective: to spend as little as possible.
func (m *model) thrift() []float64 {
	gains := make([]float64, m.lp.Cols())
	for _, f := range m.flows {
		gains[f.col] = -m.source(f).cost / million
	}
	for i, n := range m.w.needs {
		for _, z := range m.made[i] {
			if z != none {
				gains[z] = -n.running / million
			}
		}
	}
	return gains
}

// haste is the third: to move no more than needed, and early. It also keeps
// out of the plan whatever serves nobody.
func (m *model) haste() []float64 {
	gains := make([]float64, m.lp.Cols())
	for _, f := range m.flows {
		gains[f.col] = -(1 + float64(f.month)/float64(m.w.options.Months))
	}
	for i := range m.w.needs {
		for t, z := range m.made[i] {
			if z != none {
				gains[z] = -1e-3 * (1 + float64(t)/float64(m.w.options.Months))
			}
		}
	}
	return gains
}
