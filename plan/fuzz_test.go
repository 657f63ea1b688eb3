package plan_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"entente/access"
	"entente/bench/world"
	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// FuzzMake plans and checks whatever can be read as records: no register, however
// odd, may end in a panic or go on for ever.
func FuzzMake(f *testing.F) {
	example, err := os.ReadFile("../record/testdata/example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for seed := range uint64(6) {
		f.Add(record.Format(world.Generate(world.Tiny(seed), seed)...))
	}
	solver := solver()
	start, err := record.ParseMonth("2025-01")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rs, _ := record.Parse("fuzz.yaml", data)
		seen, kept := map[record.Key]bool{}, rs[:0]
		for _, r := range rs {
			if !seen[r.Key()] {
				seen[r.Key()], kept = true, append(kept, r)
			}
		}
		v := register.NewTree(record.Settings{}, kept...).View(register.At{On: start.Last(), Reader: access.Keeper})
		check.Run(v)
		o := plan.Options{Start: start, Months: 5, Rung: record.Committed, Discount: 0.99, Prices: 2, TimeLimit: 2 * time.Second}
		p, err := plan.Make(t.Context(), v, solver, o)
		switch {
		case errors.Is(err, plan.ErrStopped):
		case err != nil:
			t.Logf("no plan: %v", err)
		case len(plan.Check(v, p)) > 0:
			t.Error("a plan that does not add up was returned")
		}
	})
}
