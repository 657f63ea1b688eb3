package plan_test

import (
	"math"
	"testing"

	"entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Without solving, an evaluator says between what V lies when somebody is gone,
// and has a plan for the lower end that keeps to every limit. It loses nothing
// where nothing is lacking.
func TestEvaluatorBetween(t *testing.T) {
	t.Parallel()
	worlds := 200
	if soak {
		worlds = 2000
	}
	told, close := 0, 0
	for seed := range uint64(worlds) {
		v, o := lacking(seed)
		e, err := plan.NewEvaluator(t.Context(), v, solver(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []record.PartyID{"", "XAA", "XAB", "XAC"} {
			u := v.Without(func(r record.Record) bool { return gone != "" && r.Base().By == gone })
			k := e.Lack(u)
			if k == nil {
				continue
			}
			least, most := e.Between(k)
			exact, err := e.Settled(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			if off := 1e-6 * max(1, exact.V); exact.V < least-off || exact.V > most+off {
				t.Fatalf("world %d without %q: V is %.6f, not between %.6f and %.6f", seed, gone, exact.V, least, most)
			}
			if !e.Cuttable(k) {
				continue
			}
			told++
			if err := e.Remains(k); err != nil {
				t.Fatalf("world %d without %q: %v", seed, gone, err)
			}
			if k.None() && math.Abs(exact.V-least) > 1e-6*max(1, exact.V) {
				t.Fatalf("world %d: where nothing is lacking %.6f is left of %.6f", seed, least, exact.V)
			}
			if most-least < 0.01*max(1, most) {
				close++
			}
		}
	}
	t.Logf("%d told, %d of them to a hundredth", told, close)
	if told < 2*worlds || close < told/2 {
		t.Error("that says too little")
	}
}

// lacking is a world in which some parties can leave: mostly tiny, now and then
// one in which funds, places and needs are many.
func lacking(seed uint64) (*register.View, plan.Options) {
	size := world.Tiny(seed)
	if seed%10 == 0 {
		size = world.Quarter
	}
	if seed%3 > 0 {
		size.Units = 0
	}
	v := view(world.Settings(size), world.Generate(size, seed)...)
	o := defaults(v.Settings())
	o.Brief = true
	return v, o
}

// What is worth as much, told from what is lacking or from the view, is the same
// to the last bit.
func TestEvaluatorLacking(t *testing.T) {
	t.Parallel()
	suffice := 0
	for seed := range uint64(60) {
		v, o := lacking(seed)
		e, err := plan.NewEvaluator(t.Context(), v, solver(), o)
		if err != nil {
			t.Fatal(err)
		}
		u := v.Without(func(r record.Record) bool { return r.Base().By == "XAB" })
		k := e.Lack(u)
		if k == nil || !k.Suffices() {
			continue
		}
		suffice++
		a, err1 := e.Lacking(t.Context(), k)
		b, err2 := e.Settled(t.Context(), u)
		if err1 != nil || err2 != nil || a.V != b.V || a.Bound != b.Bound {
			t.Fatalf("world %d: %v and %v, %v, %v", seed, a, b, err1, err2)
		}
	}
	if suffice < 10 {
		t.Errorf("%d of 60 say too little", suffice)
	}
}
