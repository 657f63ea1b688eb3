package simplex_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"entente/lp"
	"entente/lp/highs"
	"entente/lp/lptest"
	"entente/lp/simplex"
)

func TestContract(t *testing.T) {
	other, err := highs.New(highs.Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	lptest.Run(t, simplex.New(other))
}

// Columns that are to be looked at later change nothing in the end: not the optimum, nor its proof, nor that there is none.
func TestLater(t *testing.T) {
	other, err := highs.New(highs.Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	solver := simplex.New(other)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 5))
		m := lptest.Staged(seed, lptest.StagedSize{Periods: 3 + rng.IntN(6), Goods: 2 + rng.IntN(5), Sources: 5 + rng.IntN(30), Sinks: 3 + rng.IntN(8)})
		var later []lp.Col
		for c := range m.Cols() {
			if rng.IntN(2) == 0 {
				later = append(later, lp.Col(c))
			}
		}
		want, err := lp.Solve(t.Context(), other, m, lp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		session, err := solver.Open(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := session.Solve(t.Context(), lp.Options{Later: later})
		if err != nil {
			t.Fatal(err)
		}
		if err := lptest.Proves(m, got); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if math.Abs(got.Objective-want.Objective) > 1e-6*math.Abs(want.Objective) {
			t.Errorf("seed %d: %v, and HiGHS %v", seed, got.Objective, want.Objective)
		}
		session.Close()
	}
	moved := new(lp.Model) // what is left out may get other bounds
	down := moved.AddCol(-1, 0, lp.Inf)
	moved.AddRow(-7, lp.Inf, lp.Term{Col: down, Coef: 1})
	session, err := solver.Open(t.Context(), moved)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if s, err := session.Solve(t.Context(), lp.Options{Later: []lp.Col{down}}); err != nil || s.Objective != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := session.SetColBounds([]lp.Col{down}, []float64{-lp.Inf}, []float64{4}); err != nil {
		t.Fatal(err)
	}
	if s, err := session.Solve(t.Context(), lp.Options{}); err != nil || s.Status != lp.Optimal || s.X[0] != -7 {
		t.Errorf("%+v, %v with other bounds", s, err)
	}
	m := new(lp.Model)
	c := m.AddCol(-1, 0, lp.Inf)
	m.AddRow(3, lp.Inf, lp.Term{Col: c, Coef: 1})
	if s, err := lp.Solve(t.Context(), solver, m, lp.Options{Later: []lp.Col{c}}); err != nil || s.Status != lp.Optimal || s.X[0] != 3 {
		t.Errorf("%+v, %v where only what is left out can help", s, err)
	}
	m.SetColBounds(c, 0, 2)
	if s, err := lp.Solve(t.Context(), solver, m, lp.Options{Later: []lp.Col{c}}); err != nil || s.Status != lp.Infeasible {
		t.Errorf("%+v, %v where nothing can", s, err)
	}
}
