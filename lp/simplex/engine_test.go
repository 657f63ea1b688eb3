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
