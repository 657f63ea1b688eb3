package plan_test

import (
	"math"
	"testing"

	"entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// An outline rises and falls with the values of the game that it is the outline of,
// and nobody's leaving raises it.
func TestOutline(t *testing.T) {
	t.Parallel()
	worlds := 80
	if soak {
		worlds = 1500
	}
	parties := []record.PartyID{"XAA", "XAB", "XAC"}
	var rough, exact []float64 // shares of V that are left
	for seed := range uint64(worlds) {
		size := world.Tiny(seed)
		size.Months, size.Lots, size.Units = 16, 12, 0
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := defaults(v.Settings())
		e, err := plan.NewEvaluator(t.Context(), v, solver(), o)
		if err != nil {
			t.Fatal(err)
		}
		var without []*register.View
		for _, id := range parties {
			without = append(without, v.Without(func(r record.Record) bool { return r.Base().By == id }))
		}
		outline, err := e.Outline(t.Context(), v, without, 4)
		if err != nil {
			t.Fatal(err)
		}
		if outline == nil {
			continue
		}
		walk, err := outline.Walk(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := walk.To(t.Context(), func(int) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		best, err := e.Value(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range without {
			left, err := walk.To(t.Context(), func(k int) bool { return k != i })
			if err != nil {
				t.Fatal(err)
			}
			if left > all+1e-6*max(1, all) {
				t.Fatalf("world %d: %f is left of %f without %s", seed, left, all, parties[i])
			}
			value, err := e.Value(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			if all > 1 && best.V > 1 && value.V <= best.V+1e-6 { // else parts count that add up to more than their whole
				rough, exact = append(rough, left/all), append(exact, value.V/best.V)
			}
		}
		if err := walk.End(); err != nil {
			t.Fatal(err)
		}
	}
	r := correlation(rough, exact)
	t.Logf("%d values; their correlation is %.3f", len(rough), r)
	if len(rough) < worlds || r < 0.8 {
		t.Error("that is no outline")
	}
}

func correlation(a, b []float64) float64 {
	var n, sa, sb, saa, sbb, sab float64
	for i, x := range a {
		y := b[i]
		n, sa, sb, saa, sbb, sab = n+1, sa+x, sb+y, saa+x*x, sbb+y*y, sab+x*y
	}
	return (n*sab - sa*sb) / math.Sqrt((n*saa-sa*sa)*(n*sbb-sb*sb))
}
