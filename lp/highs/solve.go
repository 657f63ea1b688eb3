package highs

import (
	"context"
	"fmt"
	"math"

	"entente/lp"
)

// Model statuses of HiGHS.
const (
	highsEmpty                 = 6
	highsOptimal               = 7
	highsInfeasible            = 8
	highsUnboundedOrInfeasible = 9
	highsUnbounded             = 10
	highsTimeLimit             = 13
	highsUnknown               = 15
	highsInterrupted           = 17
)

// large is the number of rows from which interior point beats simplex from scratch. On models of planning over time the two meet
// between 1,200 and 2,300 rows; at 4,500 interior point is twice as fast, at 25,000 seven times.
const large = 2000

// way is one way to solve a linear programme.
type way struct {
	fresh    bool // forget the basis
	presolve string
	solver   string
	strategy int32 // of the simplex
	edge     int32 // its weights of edges
	perturb  float64
}

const (
	dual, primal  = 1, 4
	choose, devex = -1, 1
)

var (
	interior  = way{true, "on", "ipx", dual, choose, 1}
	fewRows   = way{true, "on", "simplex", dual, choose, 1}
	manyRows  = way{true, "on", "simplex", dual, devex, 1}
	unreduced = way{true, "off", "simplex", dual, choose, 1}
	// From a good basis, presolve and the perturbation of gains are detours: up to forty times the work of a small change.
	// The basis is feasible for the dual unless gains have changed, and then for the primal.
	newLimits = way{false, "off", "simplex", dual, devex, 0}
	newGains  = way{false, "off", "simplex", primal, choose, 1}
)

// ways lists how to solve the model: the best first, and what to try where that gives no answer.
func (s *session) ways(method lp.Method, warm bool) []way {
	var list []way
	many := s.model.Rows() >= large
	if warm && method != lp.Interior {
		if s.gainsChanged {
			list = append(list, newGains)
		} else {
			list = append(list, newLimits)
		}
	}
	if method == lp.Interior || method == lp.Auto && many {
		list = append(list, interior)
	}
	if many {
		return append(list, manyRows, unreduced)
	}
	return append(list, fewRows, unreduced)
}

// linear solves a programme without integers: by the best way first, and by the others if that ends without an answer.
func (s *session) linear(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	if o.Basis != nil && !s.setBasis(o.Basis) {
		return nil, fmt.Errorf("%w: basis refused by HiGHS", lp.ErrModel)
	}
	warm := o.Basis != nil || s.hasBasis
	iterations := 0
	for _, w := range s.ways(o.Method, warm) {
		solution := s.runLinear(ctx, w)
		iterations += solution.Iterations
		solution.Iterations = iterations
		if solution.Status != lp.Unsolved || s.in.err != nil {
			return solution, s.in.err
		}
	}
	return &lp.Solution{Status: lp.Unsolved, Bound: lp.Inf, Iterations: iterations}, nil
}

func (s *session) runLinear(ctx context.Context, w way) *lp.Solution {
	in := s.in
	if w.fresh {
		in.do("Highs_clearSolver")
	}
	in.setText("presolve", w.presolve)
	in.setText("solver", w.solver)
	in.setText("run_crossover", "on")
	in.setInt("simplex_strategy", w.strategy)
	in.setInt("simplex_dual_edge_weight_strategy", w.edge)
	in.setFloat("dual_simplex_cost_perturbation_multiplier", w.perturb)
	solution := &lp.Solution{Bound: lp.Inf}
	ended := s.run()
	s.hasBasis = in.infoInt("basis_validity") == 1 // asked now: it says nothing once the model has changed
	solution.Iterations = s.iterations()
	s.conclude(ctx, ended, solution)
	switch solution.Status {
	case lp.Infeasible, lp.Unbounded:
		return solution
	}
	s.readPoint(solution)
	s.readPrices(solution)
	switch {
	case solution.Status == lp.Optimal && !solution.Feasible:
		solution.Status = lp.Unsolved
	case ended == highsUnknown && solution.Feasible && s.agrees():
		solution.Status = lp.Optimal
	}
	if solution.Status == lp.Optimal {
		solution.Bound = solution.Objective
		solution.Basis = s.basis()
	} else if solution.Price != nil {
		solution.Bound = lp.Bound(s.model, solution.Price)
	}
	return solution
}

// run lets HiGHS work and returns the status it ends with.
func (s *session) run() int {
	in := s.in
	in.do("Highs_zeroAllClocks") // they run on from one run to the next
	in.setFloat("time_limit", noLimit)
	in.setInt("random_seed", 0)
	in.setInt("threads", 1)
	in.setText("parallel", "off")
	in.try("Highs_run") // the model status tells more than the refusal
	return int(int32(in.call("Highs_getModelStatus", in.object)))
}

// conclude says what HiGHS's status means.
func (s *session) conclude(ctx context.Context, ended int, solution *lp.Solution) {
	switch ended {
	case highsOptimal, highsEmpty:
		solution.Status = lp.Optimal
	case highsInfeasible:
		solution.Status = lp.Infeasible
		solution.Bound = -lp.Inf
	case highsUnbounded, highsUnboundedOrInfeasible:
		s.tellUnboundedFromInfeasible(ctx, ended, solution)
	case highsTimeLimit, highsInterrupted:
		solution.Status = lp.Stopped(ctx)
	}
}

// tellUnboundedFromInfeasible decides what HiGHS leaves open: whether a programme whose relaxation has no optimum has a solution.
// It has if and only if it has an optimum once nothing earns anything.
func (s *session) tellUnboundedFromInfeasible(ctx context.Context, ended int, solution *lp.Solution) {
	if ended == highsUnbounded && s.model.Integers() == 0 {
		solution.Status = lp.Unbounded
		return
	}
	cols := s.model.Cols()
	all := s.in.ints(cols, func(i int) int32 { return int32(i) })
	setGains := func(gain func(i int) float64) {
		s.in.do("Highs_changeColsCostBySet", uint64(cols), all, s.in.floats(cols, gain))
	}
	setGains(func(int) float64 { return 0 })
	ended = s.run()
	solution.Iterations += s.iterations()
	setGains(func(c int) float64 { return s.model.Gain(lp.Col(c)) })
	switch ended {
	case highsOptimal:
		solution.Status = lp.Unbounded
	case highsInfeasible:
		solution.Status = lp.Infeasible
		solution.Bound = -lp.Inf
	case highsTimeLimit, highsInterrupted:
		solution.Status = lp.Stopped(ctx)
	}
}

func (s *session) iterations() int {
	n := 0
	for _, name := range []string{"simplex_iteration_count", "ipm_iteration_count", "crossover_iteration_count"} {
		n += max(0, s.in.infoInt(name))
	}
	return n
}

// agrees reports whether HiGHS, though it does not call the point optimal, has prices that prove it so.
func (s *session) agrees() bool {
	return s.in.infoFloat("max_dual_infeasibility") <= lp.Tolerance &&
		s.in.infoFloat("primal_dual_objective_error") <= lp.Tolerance
}

func (s *session) readPoint(solution *lp.Solution) {
	m := s.model
	n := m.Cols()
	at := s.in.alloc(8 * n)
	if !s.in.try("Highs_getSolution", at, 0, 0, 0) || s.in.err != nil {
		return
	}
	x := s.in.readFloats(at, n)
	if _, err := lp.Check(m, x, lp.Tolerance); err != nil {
		return
	}
	solution.Feasible, solution.X, solution.Objective = true, x, lp.Objective(m, x)
}

func (s *session) readPrices(solution *lp.Solution) {
	if s.in.infoInt("dual_solution_status") == 0 {
		return
	}
	cols, rows := s.model.Cols(), s.model.Rows()
	atCols, atRows := s.in.alloc(8*cols), s.in.alloc(8*rows)
	if !s.in.try("Highs_getSolution", 0, atCols, 0, atRows) || s.in.err != nil {
		return
	}
	solution.Reduced, solution.Price = s.in.readFloats(atCols, cols), s.in.readFloats(atRows, rows)
}

func (s *session) basis() *lp.Basis {
	if !s.hasBasis {
		return nil
	}
	cols, rows := s.model.Cols(), s.model.Rows()
	atCols, atRows := s.in.alloc(4*cols), s.in.alloc(4*rows)
	if !s.in.try("Highs_getBasis", atCols, atRows) || s.in.err != nil {
		return nil
	}
	return &lp.Basis{Cols: s.in.readStandings(atCols, cols), Rows: s.in.readStandings(atRows, rows)}
}

func (s *session) setBasis(b *lp.Basis) bool {
	return s.in.try("Highs_setBasis",
		s.in.ints(len(b.Cols), func(i int) int32 { return int32(b.Cols[i]) }),
		s.in.ints(s.model.Rows(), func(i int) int32 {
			if i >= len(b.Rows) {
				return int32(lp.Basic)
			}
			return int32(b.Rows[i])
		}))
}

// integer solves a programme with integers.
func (s *session) integer(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	in := s.in
	if o.Start != nil {
		in.try("Highs_setSolution", in.floats(len(o.Start), func(i int) float64 { return o.Start[i] }), 0, 0, 0)
	}
	in.setText("presolve", "on")
	in.setText("solver", "choose")
	in.setText("mip_lp_solver", s.relaxationSolver(o))
	in.setInt("simplex_strategy", dual)
	in.setInt("simplex_dual_edge_weight_strategy", choose)
	in.setFloat("dual_simplex_cost_perturbation_multiplier", 1)
	in.setFloat("mip_rel_gap", o.Gap)
	solution := &lp.Solution{Bound: lp.Inf}
	ended := s.run()
	solution.Iterations = s.iterations()
	bound := in.infoFloat("mip_dual_bound")
	s.conclude(ctx, ended, solution)
	switch solution.Status {
	case lp.Infeasible, lp.Unbounded:
		return solution, nil
	}
	s.readPoint(solution)
	if !math.IsNaN(bound) && math.Abs(bound) < infinite {
		solution.Bound = max(bound+0, solution.Objective) // no negative zero
	}
	if solution.Status == lp.Optimal && !solution.Feasible {
		solution.Status = lp.Unsolved
	}
	if o.Prices && solution.Status == lp.Optimal {
		s.priceIntegers(ctx, o, solution)
	}
	return solution, nil
}

// relaxationSolver is how the first of the many linear programmes within an integer one is solved.
func (s *session) relaxationSolver(o lp.Options) string {
	if o.Method == lp.Interior || o.Method == lp.Auto && s.model.Rows() >= large {
		return "ipm"
	}
	return "simplex"
}

// priceIntegers holds the integers at their values, solves what remains, and gives solution its prices and its point: the same
// one but for what rounding the integers left to gain.
func (s *session) priceIntegers(ctx context.Context, o lp.Options, solution *lp.Solution) {
	in, m := s.in, s.model
	var whole []int32
	for c := range m.Cols() {
		if m.Integer(lp.Col(c)) {
			whole = append(whole, int32(c))
		}
	}
	n := uint64(len(whole))
	set := in.ints(len(whole), func(i int) int32 { return whole[i] })
	shape := func(integer int32, lo, hi func(c lp.Col) float64) {
		in.do("Highs_changeColsIntegralityBySet", n, set, in.ints(len(whole), func(int) int32 { return integer }))
		in.do("Highs_changeColsBoundsBySet", n, set,
			in.floats(len(whole), func(i int) float64 { return lo(lp.Col(whole[i])) }),
			in.floats(len(whole), func(i int) float64 { return hi(lp.Col(whole[i])) }))
	}
	found := func(c lp.Col) float64 { return math.Round(solution.X[c]) }
	shape(0, found, found)
	priced := s.runLinear(ctx, s.ways(o.Method, false)[0])
	shape(1, func(c lp.Col) float64 { lo, _ := m.ColBounds(c); return lo }, func(c lp.Col) float64 { _, hi := m.ColBounds(c); return hi })
	solution.Iterations += priced.Iterations
	if priced.Status != lp.Optimal || priced.Price == nil {
		return
	}
	solution.X, solution.Objective = priced.X, priced.Objective
	solution.Price, solution.Reduced = priced.Price, priced.Reduced
	solution.Bound = max(solution.Bound, solution.Objective)
}
