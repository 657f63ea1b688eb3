package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"

	"entente/bench/world"
	"entente/plan"
	"entente/register"
)

// broadly is a plan made as that of a large register is.
func broadly(t testing.TB, v *register.View, o plan.Options, heeded bool) *plan.Plan {
	t.Helper()
	p, err := plan.MakeBroadly(t.Context(), v, solver(), o, heeded)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Check(v, p) {
		t.Errorf("the checker: %s", f)
	}
	return p
}

// A plan made broadly can be carried out, and the optimum lies between what it covers
// and the bound that it proves. Where the gap is said to be small, it is.
func TestBroadly(t *testing.T) {
	t.Parallel()
	worlds := uint64(150)
	if testing.Short() {
		worlds = 40
	}
	if soak {
		worlds = 2000
	}
	optima, covered, bounds := 0.0, 0.0, 0.0
	for seed := range worlds {
		size := world.Tiny(seed)
		if seed%50 == 0 {
			size = world.Quarter
		}
		size.Units = 0
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := asked(v.Settings(), seed)
		best := made(t, v, o).Objective
		for _, heeded := range []bool{false, true} {
			p := broadly(t, v, o, heeded)
			if !most(p.Objective, best) || !most(best, p.Bound) {
				t.Errorf("world %d: the optimum %.9f is not between the broad plan's %.9f and its bound %.9f", seed, best, p.Objective, p.Bound)
			}
			if p.Objective < (1-p.Gap)*p.Bound-1e-6 || p.Gap > 0.01 && p.Status == "optimal" {
				t.Errorf("world %d: %.9f of %.9f, and the plan says %g, %s", seed, p.Objective, p.Bound, p.Gap, p.Status)
			}
			if heeded {
				optima, covered, bounds = optima+best, covered+p.Objective, bounds+p.Bound
			}
		}
	}
	t.Logf("of the optima %.4f is covered; the bounds are %.4f of them", covered/optima, bounds/optima)
	if covered < 0.97*optima || bounds > 1.05*optima {
		t.Errorf("broad plans cover %.3f of the optima, and prove %.3f", covered/optima, bounds/optima)
	}
}

// Whoever asks for a plan that is near enough gets one that is proved as near, quickly made or
// not; whoever does not, the exact one.
func TestNear(t *testing.T) {
	t.Parallel()
	quick, worlds := map[float64]int{}, 40
	for seed := range uint64(worlds) {
		size := world.Tiny(seed)
		size.Units = 0
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := asked(v.Settings(), seed)
		best := made(t, v, o)
		for _, near := range []float64{0, 0.001, 0.05} {
			o.Near = near
			p, err := plan.MakeNear(t.Context(), v, solver(), o)
			if err != nil {
				t.Fatal(err)
			}
			if p.Status != "optimal" || p.Gap > near+1e-6 || !most(p.Objective, best.Objective) || p.Objective < (1-near)*best.Objective-1e-6 {
				t.Errorf("world %d: %g is near enough, and the plan has %.9f of %.9f, gap %g of %g, %s", seed, near, p.Objective, best.Objective, p.Gap, p.Bound, p.Status)
			}
			if p.Gap > 1e-6 {
				quick[near]++
			}
		}
	}
	if quick[0] > 0 || quick[0.05] == 0 || quick[0.05] < quick[0.001] {
		t.Errorf("of %d plans so many are not exact: %v", worlds, quick)
	}
}

// Whatever prices a tariff has, no plan exceeds what it proves.
func TestAnyTariffProvesABound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		size := world.Tiny(seed)
		size.Units = 0
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := asked(v.Settings(), seed)
		best := made(t, v, o).Objective
		for k := range uint64(10) {
			if bound := plan.AnyBound(v, o, rand.New(rand.NewPCG(seed, k))); !most(best, bound) {
				t.Errorf("world %d, prices %d: the optimum is %.9f, and %.9f is said to bound it", seed, k, best, bound)
			}
		}
	}
}

// Caveats are only ever eased: what may serve some needs may still serve them, and the more of
// what is wanted may be lacking, the fewer caveats are left.
func TestEasedCaveats(t *testing.T) {
	t.Parallel()
	size := world.S
	size.Units = 0
	v := view(world.Settings(size), world.Generate(size, 1)...)
	before := 0
	for _, slack := range []float64{0, 0.5, 1, 4} {
		stocks, left, err := plan.Eased(v, defaults(v.Settings()), solver(), slack)
		switch {
		case err != nil:
			t.Errorf("slack %g: %v", slack, err)
		case slack == 0 && left != stocks:
			t.Errorf("of %d stocks %d are left where nothing is to be eased", stocks, left)
		case slack > 0 && left >= before:
			t.Errorf("slack %g: %d stocks are left, and %d were before", slack, left, before)
		}
		before = left
	}
}

// A broad plan is the same to the byte for any number of cores.
func TestBroadlySameBytes(t *testing.T) {
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	size := world.S
	size.Units = 0
	v := view(world.Settings(size), world.Generate(size, 1)...)
	var first []byte
	for _, n := range []int{1, 2, 2} {
		runtime.GOMAXPROCS(n)
		text, err := json.Marshal(broadly(t, v, defaults(v.Settings()), true))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if string(text) != string(first) {
			t.Errorf("with %d cores the plan is another", n)
		}
	}
}
