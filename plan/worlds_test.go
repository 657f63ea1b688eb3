package plan_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"entente/access"
	"entente/bench/world"
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// soak asks for many more worlds, as make soak does.
var soak = os.Getenv("ENTENTE_SOAK") != ""

// peer is the solver of second opinions, one for all tests: the module is
// compiled once.
var peer = sync.OnceValue(func() lp.Solver {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	if err != nil {
		panic(err)
	}
	return s
})

// solver is the one that plans are made with.
func solver() lp.Solver { return simplex.New(peer()) }

// keeper sees everything.
var keeper = access.Keeper

// view looks at records as on a day, with the eyes of the keeper.
func view(s record.Settings, rs ...record.Record) *register.View {
	return register.NewTree(s, rs...).View(register.At{On: s.AsOf.Last(), Reader: keeper})
}

func defaults(s record.Settings) plan.Options {
	return plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99}
}

// made is a plan that has passed the checker.
func made(t testing.TB, v *register.View, o plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.Make(t.Context(), v, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Check(v, p) {
		t.Errorf("the checker: %s", f)
	}
	return p
}

// apart is how far two numbers differ, relative to the larger.
func apart(a, b float64) float64 { return math.Abs(a-b) / max(1, math.Abs(a), math.Abs(b)) }

// asked draws options for a world, so that more than the defaults are tried.
func asked(s record.Settings, seed uint64) plan.Options {
	r := rand.New(rand.NewPCG(seed, 3))
	o := defaults(s)
	o.Start += record.Month(r.IntN(3))
	o.Rung = []record.Rung{record.Announced, record.Announced, record.Pledged, record.Committed, record.Committed, record.Committed, record.Contracted, record.HandedOver}[r.IntN(8)]
	o.Discount = []float64{0.99, 0.99, 1, 0.8}[r.IntN(4)]
	o.Prices = r.IntN(3)
	return o
}

// A plan is worth what the naive model says the best one is worth, and costs
// no more than the cheapest of those. Whole numbers are chosen for coverage
// alone, so that with them a plan may cost more than it must.
func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	worlds := 300
	if testing.Short() {
		worlds = 60
	}
	if soak {
		worlds = 2000
	}
	worst, dearest, met, toured := 0.0, 0.0, 0, 0
	for seed := range uint64(worlds) {
		size := world.Tiny(seed)
		v := view(world.Settings(size), world.Generate(size, seed)...)
		o := asked(v.Settings(), seed)
		p := made(t, v, o)
		n := newNaive(v, o)
		value, euros, slack := n.solve(t)
		worst = max(worst, apart(p.Objective, value))
		if n.LP.Integers() == 0 {
			dearest = max(dearest, (p.CostEUR-euros)/max(1e6, euros))
		}
		if apart(p.Objective, value) > 1e-6 {
			t.Errorf("world %d: the plan is worth %.9f, the naive model %.9f", seed, p.Objective, value)
		}
		if p.CostEUR > euros*(1+1e-5)+slack && n.LP.Integers() == 0 {
			t.Errorf("world %d: the plan costs %.2f EUR, the naive model %.2f", seed, p.CostEUR, euros)
		}
		if p.Objective > 0 {
			met++
		}
		if sends(p) {
			toured++
		}
	}
	t.Logf("%d worlds; in %d something is covered, in %d a unit is sent; largest difference of V %.2g, of cost %.2g", worlds, met, toured, worst, dearest)
	if !testing.Short() && met < worlds/2 { // a short run's few worlds may be poor ones
		t.Errorf("only %d of %d worlds cover anything: they say little", met, worlds)
	}
}

// sends reports whether a plan has tours.
func sends(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Moves, func(m plan.Move) bool { return m.Verb == plan.Deploy })
}

// The same for worlds large enough that many needs and many caveats meet.
func TestSecondOpinionOnLargerWorlds(t *testing.T) {
	t.Parallel()
	worlds := 3
	if testing.Short() {
		worlds = 1
	}
	if soak {
		worlds = 200
	}
	size := world.Quarter
	for seed := range uint64(worlds) {
		v := view(world.Settings(size), world.Generate(size, seed)...)
		p := made(t, v, defaults(v.Settings()))
		n := newNaive(v, defaults(v.Settings()))
		value, euros, slack := n.solve(t)
		t.Logf("world %d: V %.6f of %.6f, cost %.2f of %.2f", seed, p.Objective, value, p.CostEUR, euros)
		if apart(p.Objective, value) > 1e-6 {
			t.Errorf("world %d: the plan is worth %.9f, the naive model %.9f", seed, p.Objective, value)
		}
		if p.CostEUR > euros*(1+1e-4)+slack && n.LP.Integers() == 0 {
			t.Errorf("world %d: the plan costs %.2f EUR, the naive model %.2f", seed, p.CostEUR, euros)
		}
	}
}

// The same for worlds of nothing but units and posts; and on a larger one the
// search comes near enough by itself.
func TestRotation(t *testing.T) {
	t.Parallel()
	worlds := 4
	if soak {
		worlds = 100
	}
	s := world.Settings(world.Size{Name: "R", Months: 10})
	for seed := range uint64(worlds) {
		v := view(s, world.Rotation(8, 6, 10, seed)...)
		p := made(t, v, defaults(s))
		if value, _, _ := newNaive(v, defaults(s)).solve(t); apart(p.Objective, value) > 1e-6 {
			t.Errorf("world %d: the plan is worth %.9f, the naive model %.9f", seed, p.Objective, value)
		}
		if !sends(p) {
			t.Errorf("world %d: nobody is sent", seed)
		}
	}
	if !soak {
		return
	}
	s = world.Settings(world.Size{Name: "R", Months: 36})
	o := defaults(s)
	o.Gap, o.Brief = 0.005, true
	if p := made(t, view(s, world.Rotation(90, 27, 36, 1)...), o); p.Gap > o.Gap {
		t.Errorf("90 units: proved to within %g", p.Gap)
	}
}
