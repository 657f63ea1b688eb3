package whatif

import (
	"cmp"
	"os"
	"slices"
	"testing"

	"entente/access"
	worlds "entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// invented is a world: mostly tiny, now and then one of eight parties. In
// one of three units may be sent.
func invented(seed uint64) (*register.View, plan.Options) {
	size := worlds.Tiny(seed)
	if seed%10 == 0 {
		size = worlds.Quarter
	}
	if seed%3 > 0 {
		size.Units = 0
	}
	s := worlds.Settings(size)
	v := register.NewTree(s, worlds.Generate(size, seed)...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
	return v, plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Brief: true}
}

// many is how many worlds a test draws.
func many(few, soak int) uint64 {
	switch {
	case os.Getenv("ENTENTE_SOAK") != "":
		few = soak
	case testing.Short() || raceDetector:
		few = max(1, few/10)
	}
	return uint64(few)
}

// Between the bounds of a ranking lies what each party costs when a plan is made
// without it, and who costs nothing for sure is last.
func TestRanking(t *testing.T) {
	t.Parallel()
	costs, told := 0, 0
	for seed := range many(300, 2000) {
		v, o := invented(seed)
		base := made(t, v, o)
		s := NewSweep(v, base, solver(), o)
		ranking, err := s.Ranking(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exact, err := s.Marginals(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(ranking) != len(exact) || !slices.IsSortedFunc(ranking, func(a, b Marginal) int { return cmp.Compare(b.V, a.V) }) {
			t.Fatalf("world %d: %v, and exactly %v", seed, ranking, exact)
		}
		for _, m := range exact {
			r := ranking[slices.IndexFunc(ranking, func(r Marginal) bool { return r.Party == m.Party })]
			if r.Least > m.Most+2*noise || r.Most < m.Least-2*noise {
				t.Fatalf("world %d: %s costs %f to %f points, and at first sight %f to %f", seed, m.Party, m.Least, m.Most, r.Least, r.Most)
			}
			if r.Points < r.Least-noise || r.Points > r.Most+noise {
				t.Fatalf("world %d: %f is not between %f and %f", seed, r.Points, r.Least, r.Most)
			}
			if m.Points > 0.01 {
				costs++
				if r.Least > 0.5*m.Points && r.Most < 2*m.Points {
					told++
				}
			}
		}
	}
	t.Logf("%d parties cost something; of %d that is told within a factor of two", costs, told)
	if told < costs/5 {
		t.Error("that says too little")
	}
}
