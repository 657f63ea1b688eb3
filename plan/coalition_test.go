package plan_test

import (
	"testing"

	"entente/bench/world"
	"entente/plan"
	"entente/record"
)

// What an evaluator says of a view in which somebody is gone is what a plan made
// from nothing says, as far as both are proved, and it never claims more than is
// so. Worlds have units to send, and units that are there already.
func TestEvaluatorAgreesWithMake(t *testing.T) {
	t.Parallel()
	worlds := 20
	if soak {
		worlds = 2000
	}
	quick, toured, open := 0, 0, 0
	for seed := range uint64(worlds) {
		size := world.Tiny(seed)
		size.Units, size.Rotation = 3, true
		if seed%20 == 0 {
			size = world.Quarter
		}
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := asked(v.Settings(), seed)
		o.Brief = true
		e, err := plan.NewEvaluator(t.Context(), v, solver(), o)
		if err != nil {
			t.Fatal(err)
		}
		if e.Quick() {
			quick++
		}
		for _, gone := range []record.PartyID{"", "XAA", "XAB", "XAC"} {
			u := v.Without(func(r record.Record) bool { return gone != "" && r.Base().By == gone })
			p := made(t, u, o)
			for name, evaluate := range map[string]func() (*plan.Value, error){
				"value":   func() (*plan.Value, error) { return e.Value(t.Context(), u) },
				"settled": func() (*plan.Value, error) { return e.Settled(t.Context(), u) },
			} {
				got, err := evaluate()
				if err != nil {
					t.Fatal(err)
				}
				if !most(got.V, p.Bound) || !most(p.Objective, got.Bound) || !most(got.V, got.Bound) {
					t.Fatalf("world %d without %q: %s %.6f to %.6f, the plan %.6f to %.6f", seed, gone, name, got.V, got.Bound, p.Objective, p.Bound)
				}
				if got.Bound-got.V > 1e-6*max(1, got.V) {
					open++
				}
			}
			if sends(p) {
				toured++
			}
		}
	}
	t.Logf("%d worlds, %d of them with a shortcut; in %d views units are sent; %d values were left open", worlds, quick, toured, open)
	if quick < worlds*9/10 || toured < worlds/4 || open > worlds*8/10 {
		t.Error("that says too little")
	}
}
