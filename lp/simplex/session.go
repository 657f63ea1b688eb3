package simplex

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"entente/lp"
)

// session is a model in its caller's terms, and the engine that has walked to its last optimum.
type session struct {
	solver *Solver
	model  *lp.Model
	p      *problem
	e      *engine
	other  lp.Session // what is beyond the method, nil until it is needed
	closed bool
}

var errClosed = errors.New("simplex: session is closed")

// Close implements lp.Session.
func (s *session) Close() error {
	s.closed = true
	s.e = nil
	return s.dropOther()
}

func (s *session) dropOther() error {
	if s.other == nil {
		return nil
	}
	other := s.other
	s.other = nil
	return other.Close()
}

// SetRowBounds implements lp.Session.
func (s *session) SetRowBounds(rows []lp.Row, lo, hi []float64) error {
	if s.closed {
		return errClosed
	}
	if err := lp.CheckRowBounds(s.model, rows, lo, hi); err != nil {
		return err
	}
	for i, r := range rows {
		s.model.SetRowBounds(r, lo[i], hi[i])
		s.p.readRow(s.model, r)
	}
	if s.other != nil {
		return s.other.SetRowBounds(rows, lo, hi)
	}
	return nil
}

// SetColBounds implements lp.Session.
func (s *session) SetColBounds(cols []lp.Col, lo, hi []float64) error {
	if s.closed {
		return errClosed
	}
	if err := lp.CheckColBounds(s.model, cols, lo, hi); err != nil {
		return err
	}
	for i, c := range cols {
		s.model.SetColBounds(c, lo[i], hi[i])
		s.p.readCol(s.model, c)
	}
	if s.other != nil {
		return s.other.SetColBounds(cols, lo, hi)
	}
	return nil
}

// SetGains implements lp.Session.
func (s *session) SetGains(cols []lp.Col, gains []float64) error {
	if s.closed {
		return errClosed
	}
	if err := lp.CheckGains(s.model, cols, gains); err != nil {
		return err
	}
	for i, c := range cols {
		s.model.SetGain(c, gains[i])
		s.p.readGain(s.model, c)
	}
	if s.other != nil {
		return s.other.SetGains(cols, gains)
	}
	return nil
}

// AddRow implements lp.Session.
func (s *session) AddRow(lo, hi float64, terms ...lp.Term) (lp.Row, error) {
	if s.closed {
		return 0, errClosed
	}
	if err := lp.CheckRow(s.model, lo, hi, terms); err != nil {
		return 0, err
	}
	r := s.model.AddRow(lo, hi, terms...)
	s.p.addRow(s.model)
	s.e.addRow()
	if s.other != nil {
		if _, err := s.other.AddRow(lo, hi, terms...); err != nil {
			return 0, err
		}
	}
	return r, nil
}

// addRow makes room for a row, whose logical is basic.
func (e *engine) addRow() {
	p := e.p
	e.resize()
	v := int32(p.cols + p.rows - 1)
	e.head[p.rows-1], e.place[v], e.at[v] = v, int32(p.rows-1), basic
	e.weight[p.rows-1] = 1
	p.leave(e.idle)
}

// Solve implements lp.Session.
func (s *session) Solve(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	if s.closed {
		return nil, errClosed
	}
	if err := lp.CheckOptions(s.model, o); err != nil {
		return nil, err
	}
	if s.crossed() {
		return &lp.Solution{Status: lp.Infeasible, Bound: -lp.Inf}, nil
	}
	ctx, cancel := deadline(ctx, o.TimeLimit)
	defer cancel()
	o.TimeLimit = 0 // is in the context
	if ctx.Err() != nil {
		return &lp.Solution{Status: lp.Stopped(ctx), Bound: lp.Inf}, nil
	}
	if s.model.Integers() > 0 {
		return s.elsewhere(ctx, o)
	}
	if solution := s.solve(ctx, o); solution.Status != lp.Unsolved {
		return solution, nil
	}
	o.Basis = nil
	return s.elsewhere(ctx, o)
}

// elsewhere has the model solved by the other solver.
func (s *session) elsewhere(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	if s.other == nil {
		var err error
		if s.other, err = s.solver.other.Open(ctx, s.model); err != nil {
			if ctx.Err() != nil {
				return &lp.Solution{Status: lp.Stopped(ctx), Bound: lp.Inf}, nil
			}
			return nil, err
		}
	}
	return s.other.Solve(ctx, o)
}

func deadline(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// crossed reports whether a lower bound is above its upper bound.
func (s *session) crossed() bool {
	for v, lo := range s.p.lo {
		if lo > s.p.hi[v] {
			return true
		}
	}
	return false
}

// rounds is how often values and reduced costs may spoil each other before another solver is asked.
const rounds = 30

// solve walks to an optimum: along reduced costs that are right to values that are, and from there, with the costs as they really are, on.
func (s *session) solve(ctx context.Context, o lp.Options) *lp.Solution {
	e := s.e
	e.steps = 0
	cold := e.begin(o)
	for range rounds {
		if !cold && e.feasible() {
			switch got := e.primal(ctx); got {
			case reached:
				if e.feasible() && !e.rouse(false) {
					return s.optimal()
				}
				continue
			case endless:
				return &lp.Solution{Status: lp.Unbounded, Bound: lp.Inf, Iterations: e.steps}
			case stopped:
				return s.unfinished(ctx)
			case lost:
				return &lp.Solution{Status: lp.Unsolved, Bound: lp.Inf, Iterations: e.steps}
			}
		}
		if cold {
			e.rightSigns()
			e.perturb()
			e.reduced()
		}
		got := e.dual(ctx)
		switch got {
		case impossible:
			if e.rouse(true) {
				continue
			}
			return &lp.Solution{Status: lp.Infeasible, Bound: -lp.Inf, Iterations: e.steps}
		case stopped:
			return s.unfinished(ctx)
		case lost:
			return &lp.Solution{Status: lp.Unsolved, Bound: lp.Inf, Iterations: e.steps}
		}
		if e.moved {
			copy(e.cost, e.p.cost)
			e.moved, e.perturbed = false, false
			e.reduced()
		}
		cold = false
	}
	return &lp.Solution{Status: lp.Unsolved, Bound: lp.Inf, Iterations: e.steps}
}

// begin brings the engine up to date with the problem, and says whether it starts from nothing.
func (e *engine) begin(o lp.Options) (cold bool) {
	copy(e.cost, e.p.cost)
	e.moved, e.perturbed = false, false
	e.rng = rand.New(rand.NewPCG(1, 2))
	switch {
	case o.Method == lp.Interior || o.Basis == nil && !e.loaded:
		e.slack()
		cold = true
	case o.Basis != nil:
		e.load(o.Basis)
	}
	if cold && len(o.Later) > 0 {
		e.lull(o.Later)
	}
	for v := range int32(e.p.cols + e.p.rows) {
		if e.place[v] == gone {
			e.rest(v, e.at[v])
		}
	}
	e.setAside()
	if !e.fresh {
		e.rebuild()
	} else {
		e.values()
		e.reduced()
	}
	return cold
}

// feasible reports whether all values are within their bounds.
func (e *engine) feasible() bool {
	for r, x := range e.xb {
		if x < e.lob[r]-primalTol || x > e.hib[r]+primalTol {
			return false
		}
	}
	return true
}

// unfinished is the answer of a walk that was cut short.
func (s *session) unfinished(ctx context.Context) *lp.Solution {
	solution := &lp.Solution{Status: lp.Stopped(ctx), Bound: lp.Inf, Iterations: s.e.steps}
	if x := s.point(); x != nil {
		solution.Feasible, solution.X, solution.Objective = true, x, lp.Objective(s.model, x)
	}
	return solution
}

// optimal is the answer at the end of the walk.
func (s *session) optimal() *lp.Solution {
	solution := &lp.Solution{Status: lp.Unsolved, Bound: lp.Inf, Iterations: s.e.steps}
	if solution.X = s.point(); solution.X == nil {
		return solution
	}
	solution.Status, solution.Feasible = lp.Optimal, true
	solution.Objective = lp.Objective(s.model, solution.X)
	solution.Bound = solution.Objective
	s.tellPrices(solution)
	solution.Basis = s.e.basis()
	return solution
}

// point is where the engine is, in the model's terms, or nil if that is not within all limits.
func (s *session) point() []float64 {
	e, p := s.e, s.p
	x := make([]float64, p.cols)
	for c := range x {
		v := e.x[c]
		if r := e.place[c]; r != gone {
			v = min(max(e.xb[r], p.lo[c]), p.hi[c])
		}
		x[c] = v * p.colScale[c]
	}
	if _, err := lp.Check(s.model, x, lp.Tolerance); err != nil {
		return nil
	}
	return x
}

// tellPrices tells what the limits are worth. A price of the wrong sign for its row, which is a rounding, is none: with it nothing could be proved.
func (s *session) tellPrices(solution *lp.Solution) {
	e, p := s.e, s.p
	y := e.prices()
	solution.Price, solution.Reduced = make([]float64, p.rows), make([]float64, p.cols)
	for r := range solution.Price {
		if v := p.cols + r; e.place[v] == gone {
			price := -y.at[r] * p.rowScale[r]
			if lo, hi := s.model.RowBounds(lp.Row(r)); price > 0 && hi < lp.Inf || price < 0 && lo > -lp.Inf {
				solution.Price[r] = price
			}
		}
	}
	for c := range solution.Reduced {
		if e.place[c] == gone {
			d := e.cost[c]
			index, value := p.byCol.of(int32(c))
			for k, r := range index {
				d -= y.at[r] * value[k]
			}
			solution.Reduced[c] = -d / p.colScale[c]
		}
	}
	y.clear()
}
