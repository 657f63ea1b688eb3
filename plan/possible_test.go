package plan_test

import (
	"testing"

	"entente/access"
	"entente/bench/world"
	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// What can make no difference makes none: without it a world is worth as much, whoever
// gives, and has fewer rows the fewer give.
func TestPossible(t *testing.T) {
	size := world.Quarter
	size.Units = 0
	fewer := 0
	for seed := range uint64(6) {
		s := world.Settings(size)
		v := register.NewTree(s, world.Generate(size, seed)...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
		for _, stays := range []int{0, 1, 3, 8} {
			some := v.Without(func(r record.Record) bool {
				by := r.Base().By
				return len(by) == 3 && by[0] == 'X' && int(by[2]-'A') >= stays && r.Base().Kind != record.KindParty
			})
			all, left := plan.Possible(some, plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99})
			a, err1 := lp.Solve(t.Context(), solver(), all, lp.Options{})
			b, err2 := lp.Solve(t.Context(), solver(), left, lp.Options{})
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if d := a.Objective - b.Objective; d > 1e-6*(1+a.Objective) || d < -1e-6*(1+a.Objective) {
				t.Errorf("world %d, %d parties: %f, and without what makes no difference %f", seed, stays, a.Objective, b.Objective)
			}
			if left.Rows() > all.Rows() {
				t.Errorf("world %d, %d parties: %d rows became %d", seed, stays, all.Rows(), left.Rows())
			}
			if stays == 1 && 2*left.Rows() < all.Rows() {
				fewer++
			}
		}
	}
	if fewer < 3 {
		t.Errorf("of six worlds with one party only %d have less than half of their rows left", fewer)
	}
}
