package simplex

import (
	"slices"
	"testing"

	"entente/lp"
	"entente/lp/lptest"
)

// With the help of another core the walk ends where it ends without.
func TestSharing(t *testing.T) {
	for seed := range uint64(4) {
		m := lptest.Staged(seed, lptest.StagedSize{Periods: 12, Goods: 6, Sources: 60, Sinks: 12})
		var alone *lp.Solution
		for _, sharing := range []float64{lp.Inf, 0} {
			open, err := New(nil).Open(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			s := open.(*session)
			s.e.sharing = sharing
			got, err := s.Solve(t.Context(), lp.Options{})
			if err != nil || got.Status != lp.Optimal || got.Iterations == 0 {
				t.Fatalf("seed %d: %+v, %v", seed, got, err)
			}
			if alone == nil {
				alone = got
			}
			if !slices.Equal(got.X, alone.X) || !slices.Equal(got.Price, alone.Price) {
				t.Errorf("seed %d: another solution with help, after %d steps and not %d", seed, got.Iterations, alone.Iterations)
			}
		}
	}
}

// A basis brings along how long its edges are.
func TestLengths(t *testing.T) {
	m := lptest.Staged(3, lptest.StagedSize{Periods: 12, Goods: 6, Sources: 60, Sinks: 12})
	open, err := New(nil).Open(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	solution, err := open.Solve(t.Context(), lp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	from := open.(*session).e
	to := newEngine(compile(m))
	to.load(solution.Basis)
	longest := 0.0
	for v, r := range from.place {
		if r == gone {
			continue
		}
		if from.weight[r] != to.weight[to.place[v]] {
			t.Errorf("the edge of variable %d is %g long and not %g", v, to.weight[to.place[v]], from.weight[r])
		}
		longest = max(longest, from.weight[r])
	}
	if longest <= 1 {
		t.Error("no edge is longer than at the start")
	}
}
