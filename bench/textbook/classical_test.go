package textbook_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"entente/access"
	"entente/bench/textbook"
	"entente/bench/world"
	"entente/lp"
	"entente/lp/highs"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// All statements have one optimum, and it is that of the plan.
func TestStatementsAreTheSameProgramme(t *testing.T) {
	solver, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	if err != nil {
		t.Fatal(err)
	}
	worlds, met := 120, 0
	if testing.Short() {
		worlds = 30
	}
	for seed := range uint64(worlds) {
		size := world.Tiny(seed)
		if seed == 0 {
			size = world.Quarter
			size.Units = 0
		}
		s := world.Settings(size)
		v := register.NewTree(s, world.Generate(size, seed)...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
		o := plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Brief: true}
		full, classical, itemised := textbook.New(v, o), textbook.Classical(v, o), textbook.Itemised(v, o)
		a, b, c := optimum(t, solver, &full.LP), optimum(t, solver, &classical.LP), optimum(t, solver, &itemised.LP)
		p, err := plan.Make(t.Context(), v, solver, o)
		if err != nil {
			t.Fatal(err)
		}
		if apart(a, b) > 1e-6 || apart(c, b) > 1e-6 || apart(p.Objective, b) > 1e-6 {
			t.Errorf("world %d: in full %.9f, classical %.9f, itemised %.9f, the plan %.9f", seed, a, b, c, p.Objective)
		}
		if classical.LP.Cols() > itemised.LP.Cols() || itemised.LP.Cols() > full.LP.Cols() {
			t.Errorf("world %d: %d, %d and %d columns", seed, classical.LP.Cols(), itemised.LP.Cols(), full.LP.Cols())
		}
		if b > 0 {
			met++
		}
	}
	if met < worlds/2 {
		t.Errorf("only %d of %d worlds cover anything: they say little", met, worlds)
	}
}

func optimum(t *testing.T, solver lp.Solver, m *lp.Model) float64 {
	t.Helper()
	s, err := lp.Solve(t.Context(), solver, m, lp.Options{})
	if err != nil || s.Status != lp.Optimal {
		t.Fatalf("%v, %v", s, err)
	}
	return s.Objective
}

func apart(a, b float64) float64 { return math.Abs(a-b) / max(1, math.Abs(a), math.Abs(b)) }
