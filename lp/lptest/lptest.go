// Package lptest is the contract of an lp.Solver as tests: a solver that passes Run may be used wherever one is asked for.
//
// It trusts no solver. An optimum with prices is proved from itself (Proves); small programmes get a second opinion from one that
// tries everything; the rest compares runs with each other.
package lptest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"entente/lp"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Run tests all that package lp asks of a solver.
func Run(t *testing.T, solver lp.Solver) {
	for _, part := range []struct {
		name string
		test func(*testing.T, lp.Solver)
	}{
		{"known optima", knownOptima},
		{"infeasible", infeasible},
		{"unbounded", unbounded},
		{"prices", prices},
		{"prices agree with nudging", nudging},
		{"prices of integers", pricesOfIntegers},
		{"linear equals brute force", linearBruteForce},
		{"integer equals brute force", integerBruteForce},
		{"gap", gap},
		{"start", start},
		{"time limit", timeLimit},
		{"cancel", cancel},
		{"done before it starts", doneBefore},
		{"warm equals cold", warmEqualsCold},
		{"basis", basis},
		{"malformed", malformed},
		{"deterministic", deterministic},
		{"parallel", parallel},
		{"closed", closed},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, solver) })
	}
}

var methods = []lp.Method{lp.Auto, lp.Interior, lp.Simplex}

func solve(t testing.TB, solver lp.Solver, m *lp.Model, o lp.Options) *lp.Solution {
	t.Helper()
	s, err := lp.Solve(context.Background(), solver, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, solver lp.Solver, m *lp.Model) lp.Session {
	t.Helper()
	session, err := solver.Open(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func again(t testing.TB, session lp.Session, o lp.Options) *lp.Solution {
	t.Helper()
	s, err := session.Solve(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func knownOptima(t *testing.T, solver lp.Solver) {
	for _, known := range []struct {
		name    string
		model   func() *lp.Model
		optimum float64
	}{
		{"empty", func() *lp.Model { return new(lp.Model) }, 0},
		{"no columns", func() *lp.Model { m := new(lp.Model); m.AddRow(-1, 1); return m }, 0},
		{"no rows", func() *lp.Model {
			m := new(lp.Model)
			m.AddCol(2, 0, 3)
			m.AddCol(-1, -4, 3)
			return m
		}, 10},
		{"row without terms", func() *lp.Model { m := most(1); row(m, 0, nil, 0); row(m, 0, []float64{1}, 4); return m }, 4},
		{"first example of the HiGHS manual", func() *lp.Model { // min x0 + x1, to which the manual adds 3
			m := least(1, 1)
			m.SetColBounds(0, 0, 4)
			m.SetColBounds(1, 1, lp.Inf)
			row(m, -lp.Inf, []float64{0, 1}, 7)
			row(m, 5, []float64{1, 2}, 15)
			row(m, 6, []float64{3, 2}, lp.Inf)
			return m
		}, -2.75},
		{"the same in whole numbers", func() *lp.Model {
			m := least(1, 1)
			m.SetColBounds(0, 0, 4)
			m.SetColBounds(1, 1, lp.Inf)
			row(m, -lp.Inf, []float64{0, 1}, 7)
			row(m, 5, []float64{1, 2}, 15)
			row(m, 6, []float64{3, 2}, lp.Inf)
			return whole(m)
		}, -3},
		{"transport (Dantzig)", transport, -153.675},
		{"degenerate (Beale), on which a careless simplex cycles", func() *lp.Model {
			m := most(0.75, -150, 0.02, -6)
			row(m, -lp.Inf, []float64{0.25, -60, -0.04, 9}, 0)
			row(m, -lp.Inf, []float64{0.5, -90, -0.02, 3}, 0)
			row(m, -lp.Inf, []float64{0, 0, 1, 0}, 1)
			return m
		}, 0.05},
		{"exponential path (Klee and Minty)", func() *lp.Model {
			m := most(100, 10, 1)
			row(m, -lp.Inf, []float64{1}, 1)
			row(m, -lp.Inf, []float64{20, 1}, 100)
			row(m, -lp.Inf, []float64{200, 20, 1}, 10000)
			return m
		}, 10000},
		{"free columns", func() *lp.Model { // min |x-3| + |x+1| as the sum of what is above each
			m := least(0, 1, 1)
			m.SetColBounds(0, -lp.Inf, lp.Inf)
			row(m, -3, []float64{-1, 1, 0}, lp.Inf)
			row(m, 3, []float64{1, 1, 0}, lp.Inf)
			row(m, 1, []float64{-1, 0, 1}, lp.Inf)
			row(m, -1, []float64{1, 0, 1}, lp.Inf)
			return m
		}, -4},
		{"equalities", func() *lp.Model {
			m := most(1, 2, 3)
			row(m, 10, []float64{1, 1, 1}, 10)
			row(m, 2, []float64{1, -1, 0}, 2)
			return m
		}, 26},
		{"ranges, held from below and above", func() *lp.Model {
			m := most(1, -1)
			row(m, 2, []float64{1, 1}, 8)
			row(m, -1, []float64{1, -1}, 3)
			return m
		}, 3},
		{"negative columns", func() *lp.Model { m := most(1); m.SetColBounds(0, -lp.Inf, -2); return m }, -2},
		{"fixed column", func() *lp.Model {
			m := most(5, 1)
			m.SetColBounds(0, 3, 3)
			row(m, -lp.Inf, []float64{1, 1}, 4)
			return m
		}, 16},
		{"column in no row", func() *lp.Model { m := most(1, -1); row(m, -lp.Inf, []float64{1}, 6); return m }, 6},
		{"knapsack", func() *lp.Model {
			return knapsack(26, []float64{12, 7, 11, 8, 9}, []float64{24, 13, 23, 15, 16})
		}, 51},
		{"knapsack of negative worth", func() *lp.Model { return knapsack(10, []float64{3, 4}, []float64{-1, -2}) }, 0},
		{"whole and other columns", func() *lp.Model {
			m := most(3, 2)
			m.SetInteger(0)
			row(m, -lp.Inf, []float64{2, 1}, 7.5)
			row(m, -lp.Inf, []float64{1, 0}, 2.5)
			return m
		}, 15},
	} {
		for _, method := range methods {
			t.Run(fmt.Sprintf("%s/%d", known.name, method), func(t *testing.T) {
				m := known.model()
				s := solve(t, solver, m, lp.Options{Method: method, Prices: true})
				if err := Proves(m, s); err != nil {
					t.Error(err)
				}
				if !near(s.Objective, known.optimum, known.optimum) || !near(s.Bound, known.optimum, known.optimum) {
					t.Errorf("objective %v, bound %v, want %v", s.Objective, s.Bound, known.optimum)
				}
				if s.Gap() > 1e-9 {
					t.Errorf("gap %v", s.Gap())
				}
			})
		}
	}
}

func infeasible(t *testing.T, solver lp.Solver) {
	for name, m := range map[string]*lp.Model{
		"no columns":      func() *lp.Model { m := new(lp.Model); m.AddRow(1, 2); return m }(),
		"crossed columns": func() *lp.Model { m := most(1); m.SetColBounds(0, 2, 1); return m }(),
		"crossed rows":    func() *lp.Model { m := most(1); row(m, 2, []float64{1}, 1); return m }(),
		"rows": func() *lp.Model {
			m := most(1, 1)
			row(m, 3, []float64{1, 1}, lp.Inf)
			row(m, -lp.Inf, []float64{1, 2}, 2)
			return m
		}(),
		"rows, else unbounded": func() *lp.Model {
			m := most(1, 1, 1)
			row(m, 3, []float64{1, 1}, lp.Inf)
			row(m, -lp.Inf, []float64{1, 2}, 2)
			return m
		}(),
		"whole numbers": func() *lp.Model { m := most(1); row(m, 3, []float64{2}, 3); return whole(m) }(),
		"whole numbers, else unbounded": func() *lp.Model {
			m := most(1, 1)
			row(m, 3, []float64{2}, 3)
			return whole(m)
		}(),
	} {
		for _, method := range methods {
			s := solve(t, solver, m, lp.Options{Method: method})
			if s.Status != lp.Infeasible || s.Feasible || s.X != nil || s.Bound != -lp.Inf {
				t.Errorf("%s, method %d: %+v", name, method, s)
			}
		}
	}
}

func unbounded(t *testing.T, solver lp.Solver) {
	for name, m := range map[string]*lp.Model{
		"no rows": most(1),
		"a ray":   func() *lp.Model { m := most(1, 1); row(m, -lp.Inf, []float64{1, -1}, 1); return m }(),
		"free":    func() *lp.Model { m := most(-1); m.SetColBounds(0, -lp.Inf, lp.Inf); return m }(),
		"whole numbers": func() *lp.Model {
			m := most(1, 1)
			row(m, -lp.Inf, []float64{2, -2}, 1)
			return whole(m)
		}(),
	} {
		for _, method := range methods {
			s := solve(t, solver, m, lp.Options{Method: method})
			if s.Status != lp.Unbounded || s.Bound != lp.Inf {
				t.Errorf("%s, method %d: %+v", name, method, s)
			}
		}
	}
}

func prices(t *testing.T, solver lp.Solver) {
	for name, want := range map[string]struct {
		model          *lp.Model
		price, reduced []float64
	}{
		"an upper limit has a price above zero": {
			func() *lp.Model { m := most(3, 1); row(m, -lp.Inf, []float64{2, 1}, 8); return m }(), []float64{1.5}, []float64{0, -0.5}},
		"a lower limit has one below": {
			func() *lp.Model { m := least(3, 1); row(m, 8, []float64{2, 0.5}, lp.Inf); return m }(), []float64{-1.5}, []float64{0, -0.25}},
		"a slack limit has none": {
			func() *lp.Model { m := most(1); m.SetColBounds(0, 0, 2); row(m, -lp.Inf, []float64{1}, 5); return m }(), []float64{0}, []float64{1}},
		"an equality has either": {
			func() *lp.Model {
				m := most(4, 1)
				row(m, 6, []float64{1, 1}, 6)
				row(m, -1, []float64{1}, 2)
				return m
			}(), []float64{1, 3}, []float64{0, 0}},
	} {
		for _, method := range methods {
			s := solve(t, solver, want.model, lp.Options{Method: method})
			if err := Proves(want.model, s); err != nil {
				t.Errorf("%s, method %d: %v", name, method, err)
			}
			for r, price := range want.price {
				if !near(s.Price[r], price, 1) {
					t.Errorf("%s, method %d: price of row %d is %v, want %v", name, method, r, s.Price[r], price)
				}
			}
			for c, price := range want.reduced {
				if !near(s.Reduced[c], price, 1) {
					t.Errorf("%s, method %d: reduced gain of column %d is %v, want %v", name, method, c, s.Reduced[c], price)
				}
			}
		}
	}
}

// nudging: the optimum is concave in the limits, so a price lies between what the last unit of the limit gave and what the next
// will give.
func nudging(t *testing.T, solver lp.Solver) {
	models := map[string]*lp.Model{"transport": transport(), "staged": Staged(3, StagedSize{5, 3, 6, 3})}
	for name, m := range models {
		t.Run(name, func(t *testing.T) { nudge(t, solver, m) })
	}
	t.Run("random", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
			nudge(t, solver, random(rng, rapid.IntRange(1, 5).Draw(t, "cols"), 0, rapid.IntRange(1, 4).Draw(t, "rows")))
		})
	})
}

func nudge(t rapid.TB, solver lp.Solver, m *lp.Model) {
	const by = 1e-3
	session, err := solver.Open(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	optimum := func() (*lp.Solution, float64) {
		s, err := session.Solve(context.Background(), lp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Status == lp.Infeasible {
			return s, -lp.Inf
		}
		return s, s.Objective
	}
	base, v := optimum()
	if base.Status == lp.Infeasible {
		return
	}
	if err := Proves(m, base); err != nil {
		t.Fatal(err)
	}
	between := func(what string, i int, price float64, set func(by float64) error) {
		var nudged [2]float64
		for k, by := range []float64{by, -by} {
			if err := set(by); err != nil {
				t.Fatal(err)
			}
			_, nudged[k] = optimum()
		}
		if err := set(0); err != nil {
			t.Fatal(err)
		}
		next, last := (nudged[0]-v)/by, (v-nudged[1])/by
		if slack := 1e-4 * max(1, math.Abs(v)); price < next-slack || price > last+slack {
			t.Fatalf("price of %s %d is %v, but the next unit gives %v and the last gave %v", what, i, price, next, last)
		}
	}
	for r, price := range base.Price {
		lo, hi := m.RowBounds(lp.Row(r))
		between("row", r, price, func(by float64) error {
			return session.SetRowBounds([]lp.Row{lp.Row(r)}, []float64{lo + by}, []float64{hi + by})
		})
	}
	for c, price := range base.Reduced {
		lo, hi := m.ColBounds(lp.Col(c))
		between("column", c, price, func(by float64) error {
			return session.SetColBounds([]lp.Col{lp.Col(c)}, []float64{lo + by}, []float64{hi + by})
		})
	}
}

func pricesOfIntegers(t *testing.T, solver lp.Solver) {
	m := most(10, 3) // one machine more takes a fixed 2 of the 7.5, so two run and 3.5 are left for the rest
	m.SetInteger(0)
	row(m, -lp.Inf, []float64{2, 1}, 7.5)
	row(m, -lp.Inf, []float64{1, 0}, 2)
	if s := solve(t, solver, m, lp.Options{}); s.Price != nil || s.Reduced != nil {
		t.Errorf("prices that were not asked for: %+v", s)
	}
	session := open(t, solver, m)
	for range 2 { // pricing leaves no trace
		s := again(t, session, lp.Options{Prices: true})
		if err := Proves(m, s); err != nil {
			t.Fatal(err)
		}
		if !near(s.Objective, 30.5, 1) || s.X[0] != 2 || !near(s.Price[0], 3, 1) || !near(s.Price[1], 0, 1) || !near(s.Reduced[0], 4, 1) {
			t.Errorf("%+v", s)
		}
	}
}

func linearBruteForce(t *testing.T, solver lp.Solver) {
	rng := rand.New(rand.NewPCG(11, 3))
	for i := range 200 {
		m := random(rng, 1+i%3, 0, rng.IntN(5))
		second(t, solver, i, m, lp.Options{Method: methods[i%len(methods)]})
	}
}

func integerBruteForce(t *testing.T, solver lp.Solver) {
	rng := rand.New(rand.NewPCG(12, 3))
	for i := range 200 {
		cols := 1 + rng.IntN(5)
		m := random(rng, cols, max(1, cols-rng.IntN(3)), 1+rng.IntN(4))
		second(t, solver, i, m, lp.Options{Prices: i%2 == 0})
	}
}

// second compares with the second opinion.
func second(t *testing.T, solver lp.Solver, i int, m *lp.Model, o lp.Options) {
	t.Helper()
	want := bruteForce(m)
	s := solve(t, solver, m, o)
	if want == -lp.Inf {
		if s.Status != lp.Infeasible {
			t.Errorf("%d: %v, but nothing is feasible", i, s.Status)
		}
		return
	}
	if s.Status != lp.Optimal || !near(s.Objective, want, want) || s.Bound < s.Objective || !near(s.Bound, want, want) {
		t.Errorf("%d: %v, objective %v, bound %v, want %v", i, s.Status, s.Objective, s.Bound, want)
		return
	}
	if _, err := lp.Check(m, s.X, lp.Tolerance); err != nil {
		t.Errorf("%d: %v", i, err)
	}
	if s.Price != nil {
		if err := Proves(m, s); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func gap(t *testing.T, solver lp.Solver) {
	m := marketSplit(2, true)
	exact := solve(t, solver, m, lp.Options{})
	loose := solve(t, solver, m, lp.Options{Gap: 0.5})
	if exact.Status != lp.Optimal || loose.Status != lp.Optimal {
		t.Fatalf("%v and %v", exact.Status, loose.Status)
	}
	if exact.Gap() > 1e-6 || loose.Gap() > 0.5+1e-6 || loose.Objective > exact.Objective+1e-6 || loose.Bound < exact.Objective-1e-6 {
		t.Errorf("exact %v of %v, loose %v of %v", exact.Objective, exact.Bound, loose.Objective, loose.Bound)
	}
}

func start(t *testing.T, solver lp.Solver) {
	m := marketSplit(5, true)
	good := solve(t, solver, m, lp.Options{TimeLimit: time.Second})
	if !good.Feasible {
		t.Skip("no solution to start from")
	}
	s := solve(t, solver, m, lp.Options{TimeLimit: 50 * time.Millisecond, Start: good.X})
	if s.Status != lp.TimedOut || !s.Feasible || s.Objective < good.Objective-1e-6 {
		t.Errorf("%v with %v, though started at %v", s.Status, s.Objective, good.Objective)
	}
	bad := make([]float64, m.Cols())
	for c := range bad {
		bad[c] = -7.5
	}
	small := knapsack(26, []float64{12, 7, 11, 8, 9}, []float64{24, 13, 23, 15, 16})
	if s := solve(t, solver, small, lp.Options{Start: bad[:5]}); s.Status != lp.Optimal || !near(s.Objective, 51, 1) {
		t.Errorf("%v %v from a start that makes no sense", s.Status, s.Objective)
	}
}

// promptly is how long after its limit or cancel a run may go on. The runs here
// would otherwise last for minutes; how fast they stop is for benchmarks to say,
// since a busy machine may stall for longer than a good solver takes to stop.
const promptly = 5 * time.Second

// prompt runs do up to three times, for machines that are busy with other things, until it takes no longer than it may.
func prompt(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	var took time.Duration
	for range 3 {
		began := time.Now()
		do()
		if took = time.Since(began); took < limit+promptly {
			return
		}
	}
	t.Errorf("took %v, limit %v", took, limit)
}

func timeLimit(t *testing.T, solver lp.Solver) {
	const limit = 300 * time.Millisecond
	for _, slack := range []bool{false, true} {
		m := marketSplit(5, slack)
		session := open(t, solver, m)
		prompt(t, limit, func() {
			s := again(t, session, lp.Options{TimeLimit: limit})
			if s.Status != lp.TimedOut || s.Feasible != (s.X != nil) || s.Bound < s.Objective {
				t.Errorf("%+v", s)
			}
			if !slack && s.Feasible {
				t.Error("a split that no one has found before")
			}
			if slack {
				stillFeasible(t, m, s)
			}
		})
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		if s, err := session.Solve(ctx, lp.Options{}); err != nil || s.Status != lp.TimedOut {
			t.Errorf("%+v, %v at the deadline of the context", s, err)
		}
		cancel()
	}
	m := Staged(1, StagedSize{24, 80, 600, 80})
	for _, method := range methods {
		session := open(t, solver, m)
		prompt(t, limit, func() {
			s := again(t, session, lp.Options{TimeLimit: limit, Method: method})
			if s.Status == lp.Optimal {
				t.Logf("method %d is done in time", method)
				return
			}
			if s.Status != lp.TimedOut || s.Bound < s.Objective {
				t.Errorf("%v", s.Status)
			}
			stillFeasible(t, m, s)
		})
	}
}

// stillFeasible checks that an unfinished run claims no more than it has.
func stillFeasible(t *testing.T, m *lp.Model, s *lp.Solution) {
	t.Helper()
	if !s.Feasible {
		return
	}
	if _, err := lp.Check(m, s.X, lp.Tolerance); err != nil {
		t.Error(err)
	}
}

func cancel(t *testing.T, solver lp.Solver) {
	const after = 200 * time.Millisecond
	session := open(t, solver, marketSplit(5, true))
	prompt(t, after, func() {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(after, cancel)
		s, err := session.Solve(ctx, lp.Options{TimeLimit: time.Minute})
		if err != nil || s.Status != lp.Cancelled || s.Feasible != (s.X != nil) {
			t.Errorf("%+v, %v", s, err)
		}
	})
	if s := again(t, session, lp.Options{TimeLimit: 50 * time.Millisecond}); s.Status != lp.TimedOut {
		t.Errorf("%v after a cancel", s.Status)
	}
}

func doneBefore(t *testing.T, solver lp.Solver) {
	m := transport()
	cancelled, cancel := context.WithCancel(context.Background())
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	cancel()
	defer cancelLate()
	session := open(t, solver, m)
	for want, ctx := range map[lp.Status]context.Context{lp.Cancelled: cancelled, lp.TimedOut: late} {
		if s, err := lp.Solve(ctx, solver, m, lp.Options{}); err != nil || s.Status != want || s.Feasible {
			t.Errorf("%+v, %v, want %v", s, err, want)
		}
		if s, err := session.Solve(ctx, lp.Options{}); err != nil || s.Status != want || s.Feasible {
			t.Errorf("%+v, %v, want %v", s, err, want)
		}
	}
	if s := again(t, session, lp.Options{}); s.Status != lp.Optimal {
		t.Errorf("%v after all that", s.Status)
	}
}

func warmEqualsCold(t *testing.T, solver lp.Solver) {
	size := StagedSize{8, 6, 30, 8}
	m := Staged(2, size)
	session := open(t, solver, m)
	rng := rand.New(rand.NewPCG(4, 4))
	warmWork, coldWork := 0, 0
	compare := func(what string) {
		t.Helper()
		warm, cold := again(t, session, lp.Options{}), solve(t, solver, m, lp.Options{})
		if err := Proves(m, warm); err != nil {
			t.Fatalf("%s, warm: %v", what, err)
		}
		if err := Proves(m, cold); err != nil {
			t.Fatalf("%s, cold: %v", what, err)
		}
		if !near(warm.Objective, cold.Objective, cold.Objective) {
			t.Errorf("%s: %v warm, %v cold", what, warm.Objective, cold.Objective)
		}
		if bound := lp.Bound(m, warm.Price); bound < cold.Objective-1e-6 || !near(bound, cold.Objective, cold.Objective) {
			t.Errorf("%s: the optimal prices prove no better bound than %v on %v", what, bound, cold.Objective)
		}
		warmWork, coldWork = warmWork+warm.Iterations, coldWork+cold.Iterations
	}
	again(t, session, lp.Options{})
	for i := range 12 {
		what := ""
		var err error
		switch i % 4 {
		case 0:
			what = "row bounds"
			r, r2 := lp.Row(rng.IntN(size.Sources)), lp.Row(rng.IntN(size.Sources))
			rows := slices.Compact([]lp.Row{r, r2})
			for _, r := range rows {
				m.SetRowBounds(r, -lp.Inf, float64(rng.IntN(3)))
			}
			lo, hi := make([]float64, len(rows)), make([]float64, len(rows))
			for i, r := range rows {
				lo[i], hi[i] = m.RowBounds(r)
			}
			err = session.SetRowBounds(rows, lo, hi)
		case 1:
			what = "column bounds"
			c := lp.Col(rng.IntN(m.Cols()))
			m.SetColBounds(c, 0, float64(rng.IntN(5)))
			lo, hi := m.ColBounds(c)
			err = session.SetColBounds([]lp.Col{c}, []float64{lo}, []float64{hi})
		case 2:
			what = "gains"
			c := lp.Col(rng.IntN(m.Cols()))
			m.SetGain(c, m.Gain(c)-rng.Float64())
			err = session.SetGains([]lp.Col{c}, []float64{m.Gain(c)})
		case 3:
			what = "a row more"
			terms := []lp.Term{{Col: lp.Col(rng.IntN(m.Cols())), Coef: 2}, {Col: lp.Col(rng.IntN(m.Cols())), Coef: 1}, {Col: 0, Coef: 1}, {Col: 0, Coef: -1}}
			want := m.AddRow(-lp.Inf, 9, terms...)
			var got lp.Row
			if got, err = session.AddRow(-lp.Inf, 9, terms...); got != want {
				t.Errorf("row %d, want %d", got, want)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		compare(what)
	}
	if warmWork >= coldWork {
		t.Errorf("%d iterations warm, %d cold", warmWork, coldWork)
	}
	c := []lp.Col{1} // there and back through infeasible
	lo, hi := m.ColBounds(1)
	for _, bounds := range [][2]float64{{1e7, 1e7}, {1, 0}} {
		if err := session.SetColBounds(c, bounds[:1], bounds[1:]); err != nil {
			t.Fatal(err)
		}
		if s := again(t, session, lp.Options{}); s.Status != lp.Infeasible {
			t.Errorf("%v within %v", s.Status, bounds)
		}
	}
	if err := session.SetColBounds(c, []float64{lo}, []float64{hi}); err != nil {
		t.Fatal(err)
	}
	compare("back again")
}

func basis(t *testing.T, solver lp.Solver) {
	m := Staged(5, StagedSize{6, 4, 15, 5})
	first := solve(t, solver, m, lp.Options{})
	if first.Basis == nil {
		t.Fatal("no basis at a vertex")
	}
	if s := solve(t, solver, m, lp.Options{Basis: first.Basis}); s.Status != lp.Optimal || s.Iterations != 0 {
		t.Errorf("%v after %d iterations from the optimal basis", s.Status, s.Iterations)
	}
	m.AddRow(-lp.Inf, 1e6, lp.Term{Col: 0, Coef: 1}) // does not bind
	if s := solve(t, solver, m, lp.Options{Basis: first.Basis}); s.Status != lp.Optimal || s.Iterations != 0 {
		t.Errorf("%v after %d iterations from the optimal basis of the model without a row that does not bind", s.Status, s.Iterations)
	}
}

func malformed(t *testing.T, solver lp.Solver) {
	m := transport()
	session := open(t, solver, m)
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, lp.ErrModel) {
			t.Errorf("%s: %v", what, err)
		}
	}
	attempt := func(o lp.Options) error { _, err := session.Solve(context.Background(), o); return err }
	one := []float64{1}
	refused("start too short", attempt(lp.Options{Start: one}))
	refused("basis too short", attempt(lp.Options{Basis: &lp.Basis{}}))
	refused("basis too long", attempt(lp.Options{Basis: &lp.Basis{Cols: make([]lp.Standing, m.Cols()), Rows: make([]lp.Standing, m.Rows()+1)}}))
	refused("basis without basic columns", attempt(lp.Options{Basis: &lp.Basis{Cols: make([]lp.Standing, m.Cols()), Rows: make([]lp.Standing, m.Rows())}}))
	refused("basis of unknown standing", attempt(lp.Options{Basis: &lp.Basis{Cols: slices.Repeat([]lp.Standing{9}, m.Cols())}}))
	refused("gap NaN", attempt(lp.Options{Gap: math.NaN()}))
	refused("time limit below zero", attempt(lp.Options{TimeLimit: -1}))
	refused("row not there", session.SetRowBounds([]lp.Row{5}, one, one))
	refused("row twice", session.SetRowBounds([]lp.Row{1, 1}, []float64{1, 1}, []float64{1, 1}))
	refused("bounds missing", session.SetRowBounds([]lp.Row{1}, one, nil))
	refused("bound NaN", session.SetRowBounds([]lp.Row{1}, one, []float64{math.NaN()}))
	refused("column not there", session.SetColBounds([]lp.Col{-1}, one, one))
	refused("bound without meaning", session.SetColBounds([]lp.Col{1}, []float64{lp.Inf}, []float64{lp.Inf}))
	refused("gain missing", session.SetGains([]lp.Col{1, 2}, one))
	refused("gain infinite", session.SetGains([]lp.Col{1}, []float64{lp.Inf}))
	_, err := session.AddRow(0, 1, lp.Term{Col: 99, Coef: 1})
	refused("term not there", err)
	_, err = session.AddRow(0, 1, lp.Term{Col: 1, Coef: lp.Inf})
	refused("coefficient infinite", err)
	s := again(t, session, lp.Options{})
	if err := Proves(m, s); err != nil || !near(s.Objective, -153.675, 1) {
		t.Errorf("%v: %v after refused changes", err, s.Objective)
	}
}

func deterministic(t *testing.T, solver lp.Solver) {
	integer := Staged(6, StagedSize{5, 4, 15, 5})
	for c := 0; c < integer.Cols(); c += 9 {
		integer.SetInteger(lp.Col(c))
	}
	for name, m := range map[string]*lp.Model{
		"linear":  Staged(6, StagedSize{8, 6, 30, 8}),
		"integer": integer,
	} {
		for _, method := range methods {
			o := lp.Options{Method: method, Prices: true}
			first := solve(t, solver, m, o)
			second := solve(t, solver, m.Clone(), o)
			bits := cmp.Transformer("bits", math.Float64bits)
			if diff := cmp.Diff(first, second, bits); diff != "" {
				t.Errorf("%s, method %d: two runs differ:\n%s", name, method, diff)
			}
		}
	}
}

func parallel(t *testing.T, solver lp.Solver) {
	size := StagedSize{6, 5, 20, 6}
	const n = 6
	var serial, parallel [n]*lp.Solution
	for i := range n {
		serial[i] = solve(t, solver, Staged(uint64(i), size), lp.Options{})
	}
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			s, err := lp.Solve(context.Background(), solver, Staged(uint64(i), size), lp.Options{})
			if err != nil {
				t.Error(err)
			}
			parallel[i] = s
		})
	}
	wait.Wait()
	if diff := cmp.Diff(serial, parallel); diff != "" {
		t.Error(diff)
	}
}

func closed(t *testing.T, solver lp.Solver) {
	session := open(t, solver, transport())
	for range 2 {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := session.Solve(context.Background(), lp.Options{}); err == nil {
		t.Error("a closed session solves")
	}
	if err := session.SetGains([]lp.Col{0}, []float64{1}); err == nil {
		t.Error("a closed session changes")
	}
}
