// Package lp states linear and integer programmes as values, and what a solver of them owes its caller. It knows nothing of what the
// columns and rows stand for; whoever builds a Model keeps the way back.
//
// A Model is always maximised: to minimise, negate the gains, and the objective, the bound and the prices with them. One sense means
// one sign for every price:
//
//	Price[r]   is the rise of the optimum per unit by which row r's binding limit is raised.
//	           A row held down by its upper limit has a price >= 0, one held up by its lower limit a price <= 0, a slack row 0.
//	Reduced[c] is the same for the binding bound of column c: its gain less what its terms cost at these prices.
//
// The optimum is a concave function of the limits, so a price promises at most: raising a limit by d gains no more than d·Price,
// lowering it loses no less. At a kink of that function several prices are optimal and a solver returns one of them; whoever shows a
// price to people should ask for the one-sided ones, by solving again with the limit nudged.
//
// # What can happen
//
// That a programme has no solution, or none yet, is an answer and not an error; see Status. Errors are of three kinds, told apart by
// errors.Is: ErrModel, the request does not fit the model or exceeds what the solver can represent; ErrMemory, the solver's memory
// bound was hit; ErrAborted, the solver died. After ErrMemory and ErrAborted the session is dead and to be closed, and the Solver goes
// on: a new session owes nothing to the dead one.
//
// # Determinism
//
// Equal sessions, that is equal models with equal changes and runs since, give equal bits in every field of the Solution, unless a
// time limit or a cancel cut a run short.
package lp

import (
	"context"
	"errors"
	"math"
	"time"
)

var (
	// ErrModel says that a model, a change or an option makes no sense to the solver: a basis of the wrong size, a row that is not
	// there, a coefficient beyond what it can represent.
	ErrModel = errors.New("lp: malformed model")
	// ErrMemory says that the memory granted to the solver does not suffice.
	ErrMemory = errors.New("lp: solver out of memory")
	// ErrAborted says that the solver stopped without an answer, which it never should.
	ErrAborted = errors.New("lp: solver aborted")
)

// Status is how a run ended.
type Status uint8

const (
	Unsolved   Status = iota // the solver gave up for numerical reasons
	Optimal                  // proven, for integers within Options.Gap
	Infeasible               // proven: nothing satisfies all limits
	Unbounded                // proven: something satisfies all limits, and the objective has no end
	TimedOut                 // the time limit or the context's deadline passed
	Cancelled                // the context was cancelled
)

func (s Status) String() string {
	switch s {
	case Unsolved:
		return "unsolved"
	case Optimal:
		return "optimal"
	case Infeasible:
		return "infeasible"
	case Unbounded:
		return "unbounded"
	case TimedOut:
		return "timed out"
	case Cancelled:
		return "cancelled"
	}
	panic("lp: status without name")
}

// Method is a way of solving linear programmes. All lead to the same optimum, though at a degenerate one not to the same point.
type Method uint8

const (
	Auto     Method = iota // by size, and from the last basis if there is one
	Interior               // interior point, then a vertex; always from scratch
	Simplex                // simplex, from a basis if there is one
)

// Options of one run. The zero value solves to optimality, however long that takes.
type Options struct {
	TimeLimit time.Duration // 0 is none
	Gap       float64       // integers: accept a solution this close to the bound, relative to the objective; 0 is the exact optimum
	Method    Method
	Start     []float64 // integers: a point to start from, one value per column; ignored if it cannot be made feasible
	Basis     *Basis    // linear: a basis to start from; nil is the one this session ended its last run with
	Prices    bool      // integers: also find prices, those that hold while the whole numbers stay as found
	Later     []Col     // linear, a hint: columns that are likely to stay at their lower bounds, which may be left out until prices speak for them
}

// Solution is what a run found. Without Feasible there is no X.
type Solution struct {
	Status     Status
	Feasible   bool      // X satisfies all limits within Tolerance
	Objective  float64   // of X; 0 without it
	Bound      float64   // no solution is better than this; +Inf if nothing is known, -Inf if there is no solution
	X          []float64 // per column
	Price      []float64 // per row; nil if the run ended without prices
	Reduced    []float64 // per column; nil likewise
	Basis      *Basis    // of the vertex X; nil if there is none, as with integers
	Iterations int       // of all methods used, summed: a measure of work that is free of clocks
}

// Tolerance is how far a solution may stray from a limit, relative to the size of the numbers in it, and from a whole number.
const Tolerance = 1e-6

// Gap is how far the objective may be from the best possible, relative to the objective: +Inf without a solution or bound.
func (s *Solution) Gap() float64 {
	switch {
	case !s.Feasible || math.IsInf(s.Bound, 0):
		return Inf
	case s.Bound <= s.Objective:
		return 0
	}
	return (s.Bound - s.Objective) / max(math.Abs(s.Objective), 1e-9)
}

// Standing is where a basis has a column or a row.
type Standing uint8

const (
	AtLower  Standing = iota // at its lower bound, or its only value
	Basic                    // between its bounds, solved for
	AtUpper                  // at its upper bound
	AtZero                   // free and at zero
	NonBasic                 // at whichever bound it has
)

// Basis is a vertex told by the standing of every column and row. One that is short of rows fits too: those added since are Basic.
type Basis struct {
	Cols []Standing
	Rows []Standing
	// Lengths are those of the edges at the vertex, squared, of the basic columns and then of the basic rows in their order, or none: some solvers
	// tell them, and go on quicker from a basis that has them.
	Lengths []float64
}

// Solver turns models into sessions. It is safe for concurrent use.
type Solver interface {
	// Open loads a copy of m. With a context that is done it returns the context's error.
	Open(ctx context.Context, m *Model) (Session, error)
}

// Session holds one loaded model, so that solving again after a small change is quick. It belongs to one goroutine at a time.
// A change that is refused with ErrModel has changed nothing.
type Session interface {
	// Solve runs until an end that Status names. A cancelled or timed-out session can be solved again.
	Solve(ctx context.Context, o Options) (*Solution, error)
	// SetRowBounds gives each of rows its bounds at the same index of lo and hi. No row may be named twice.
	SetRowBounds(rows []Row, lo, hi []float64) error
	// SetColBounds does the same for columns.
	SetColBounds(cols []Col, lo, hi []float64) error
	// SetGains does the same for gains.
	SetGains(cols []Col, gains []float64) error
	// AddRow adds a row as Model.AddRow does.
	AddRow(lo, hi float64, terms ...Term) (Row, error)
	// Close frees what the session holds. It may be called again.
	Close() error
}

// Solve opens a session for m, solves it once and closes it. A context that is done before it starts gives TimedOut or Cancelled,
// like one that ends later.
func Solve(ctx context.Context, solver Solver, m *Model, o Options) (*Solution, error) {
	session, err := solver.Open(ctx, m)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return &Solution{Status: Stopped(ctx), Bound: Inf}, nil
		}
		return nil, err
	}
	defer session.Close()
	return session.Solve(ctx, o)
}

// Stopped is the status of a run that ended because ctx is done.
func Stopped(ctx context.Context) Status {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return TimedOut
	}
	return Cancelled
}
