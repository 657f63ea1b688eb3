package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"entente/plan"
	"entente/record"
)

// Wherever a walk goes, what it says is what the evaluator says without it; and a
// walk that begins where another is, and goes the same way, says the same to the
// last bit.
func TestWalk(t *testing.T) {
	t.Parallel()
	worlds, walked := 60, 0
	if soak {
		worlds = 1000
	}
	for seed := range uint64(worlds) {
		v, o := lacking(seed)
		e, err := plan.NewEvaluator(t.Context(), v, solver(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !e.Walks() {
			continue
		}
		first, err := e.Walk(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := e.Walk(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		dice := rand.New(rand.NewPCG(seed, 3))
		for range 4 {
			gone := map[record.PartyID]bool{}
			for _, id := range []record.PartyID{"XAA", "XAB", "XAC"} {
				gone[id] = dice.IntN(2) == 0
			}
			u := v.Without(func(r record.Record) bool { return gone[r.Base().By] })
			a, err1 := first.To(t.Context(), u)
			b, err2 := second.To(t.Context(), u)
			if err1 != nil || err2 != nil || a != b {
				t.Fatalf("world %d: %v and %v, %v, %v", seed, a, b, err1, err2)
			}
			want, err := e.Value(t.Context(), u)
			if err != nil || math.Abs(a-want.V) > 1e-6*max(1, want.V) {
				t.Fatalf("world %d: on a walk %f, without %v, %v", seed, a, want, err)
			}
			walked++
		}
		if err := first.End(); err != nil {
			t.Fatal(err)
		}
		if err := second.End(); err != nil {
			t.Fatal(err)
		}
	}
	if walked < worlds {
		t.Errorf("%d steps say too little", walked)
	}
}
