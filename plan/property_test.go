package plan_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue && !soak {
		if err := f.Value.Set("25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// drawn is a random tiny world and what is asked of it.
type drawn struct {
	*rapid.T
	settings record.Settings
	records  []record.Record
	options  plan.Options
}

func draw(t *rapid.T) drawn {
	seed := rapid.Uint64Range(0, 1<<40).Draw(t, "seed")
	size := world.Tiny(seed)
	d := drawn{t, world.Settings(size), world.Generate(size, seed), asked(world.Settings(size), seed)}
	d.options.Brief = true
	return d
}

func (d drawn) view() *register.View { return view(d.settings, d.records...) }

// value is V of a view's plan.
func (d drawn) value(v *register.View) float64 {
	p, err := plan.Make(d.Context(), v, solver(), d.options)
	if err != nil {
		d.Fatal(err)
	}
	return p.Objective
}

// most reports whether a is at most b, but for noise.
func most(a, b float64) bool { return a <= b+1e-6*max(1, math.Abs(b)) }

// change lays a change over every record of a type.
func change[T record.Record](rs []record.Record, f func(T)) []record.Record {
	out := make([]record.Record, len(rs))
	for i, r := range rs {
		if _, ok := r.(T); ok {
			r = record.Clone(r)
			f(r.(T))
		}
		out[i] = r
	}
	return out
}

// Without what a party gives, no plan is worth more. A part that was counted in
// a whole of somebody else's would count once the whole is gone, with caveats
// of its own, and so has no place here.
func TestAbsenceNeverHelps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.records = change(d.records, func(p *record.Pledge) { p.PartOf = "" })
		v := d.view()
		party := record.PartyID(rapid.SampledFrom([]string{"XAA", "XAB", "XAC"}).Draw(t, "party"))
		without := v.Without(func(r record.Record) bool { return r.Base().By == party })
		if all, rest := d.value(v), d.value(without); !most(rest, all) {
			t.Fatalf("with %s V is %.9f, without %.9f", party, all, rest)
		}
	})
}

// One more pledge never lowers V.
func TestMoreNeverHurts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		v := d.view()
		resources, sites := v.Resources(), v.Places()
		p := &record.Pledge{Common: record.Common{Kind: record.KindPledge, ID: "one-more", By: "XAA"}, From: world.Start,
			Resource: record.ResourceID(rapid.SampledFrom(resources).Draw(t, "resource").ID), Status: []record.RungStatus{{Is: "handed-over", On: record.MustDay("2024-12")}}}
		q := record.Exactly(float64(rapid.IntRange(1, 30).Draw(t, "quantity")))
		p.Quantity = &q
		if rapid.Bool().Draw(t, "only") {
			p.Only = &record.Scope{Places: []record.PlaceID{record.PlaceID(rapid.SampledFrom(sites).Draw(t, "place").ID)}}
		}
		if before, after := d.value(v), d.value(v.With(p)); !most(before, after) {
			t.Fatalf("V was %.9f, and with one pledge more is %.9f", before, after)
		}
	})
}

// A need of nothing changes nothing, wherever it is and whomever it is for.
func TestNothingNeededChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		v := d.view()
		n := record.Clone(rapid.SampledFrom(v.Needs()).Draw(t, "need")).(*record.Need)
		n.ID, n.Quantity = "nothing", record.Steps{{Quantity: record.Exactly(0)}}
		n.At = record.PlaceID(rapid.SampledFrom(v.Places()).Draw(t, "place").ID)
		n.For = rapid.SampledFrom([]record.PartyID{"", "XAD", "XAE", "XAA"}).Draw(t, "for")
		if before, after := d.value(v), d.value(v.With(n)); apart(before, after) > 1e-6 {
			t.Fatalf("V was %.9f, and with a need of nothing is %.9f", before, after)
		}
	})
}

// Asking for a higher rung never raises V.
func TestHigherRung(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.records = change(d.records, func(p *record.Pledge) { p.PartOf = "" })
		last := math.Inf(1)
		for _, d.options.Rung = range []record.Rung{record.Announced, record.Committed, record.Contracted, record.HandedOver} {
			value := d.value(d.view())
			if !most(value, last) {
				t.Fatalf("at rung %s V is %.9f, at the one before it was %.9f", d.options.Rung, value, last)
			}
			last = value
		}
	})
}

// Twice of everything is worth twice as much, as long as units stay where they are.
func TestTwice(t *testing.T) {
	t.Parallel()
	twice := func(n *record.Number) {
		if n != nil {
			n.Min, n.Max = 2*n.Min, 2*n.Max
		}
	}
	money := func(a *record.Amount) {
		if a != nil {
			a.Min, _ = a.Min.Add(a.Min)
			a.Max, _ = a.Max.Add(a.Max)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.records = change(d.records, func(u *record.Unit) { u.Notice = 20_000 })
		before := d.value(d.view())
		d.records = change(d.records, func(u *record.Unit) {
			for c := range u.Gives {
				u.Gives[c] *= 2
			}
		})
		d.records = change(d.records, func(n *record.Need) {
			for i := range n.Quantity {
				twice(&n.Quantity[i].Quantity)
			}
		})
		d.records = change(d.records, func(p *record.Pledge) {
			twice(p.Quantity)
			money(p.Amount)
			for i := range p.Schedule {
				twice(p.Schedule[i].Quantity)
				money(p.Schedule[i].Amount)
			}
			for i := range p.Status {
				twice(p.Status[i].Quantity)
			}
		})
		d.records = change(d.records, func(p *record.Production) { twice(&p.PerMonth) })
		d.records = change(d.records, func(p *record.Programme) { twice(&p.Seats) })
		d.records = change(d.records, func(f *record.Fund) {
			if f.Ceiling != nil {
				money(&f.Ceiling.Amount)
			}
		})
		// Amounts of other currencies are converted to the cent.
		if after := d.value(d.view()); apart(after, 2*before) > 1e-5 {
			t.Fatalf("V was %.9f, and of twice everything is %.9f", before, after)
		}
	})
}

// Without a discount V is the weighted coverage itself, and coverage points are
// what part of the need that is.
func TestNoDiscount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.options.Discount = 1
		p, err := plan.Make(t.Context(), d.view(), solver(), d.options)
		if err != nil {
			t.Fatal(err)
		}
		covered, needed := 0.0, 0.0
		for _, n := range p.Needs {
			covered, needed = covered+n.Weight*n.Covered, needed+n.Weight*n.Needed
		}
		if apart(p.Objective, covered) > 1e-6 || needed > 0 && apart(p.Points, 100*covered/needed) > 1e-6 {
			t.Fatalf("V is %.9f, %.6f points, and the coverage %.9f of %.9f", p.Objective, p.Points, covered, needed)
		}
	})
}

// A leg alone allows no less than all legs together.
func TestLegsAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.options.Brief = false
		p, err := plan.Make(t.Context(), d.view(), solver(), d.options)
		if err != nil {
			t.Fatal(err)
		}
		var alone [3]float64
		for _, n := range p.Needs {
			for i, m := range n.Months {
				for leg, allows := range []float64{m.Legs.Equipment, m.Legs.People, m.Legs.Money} {
					alone[leg] += n.Weight * math.Pow(p.Discount, float64(i)) * allows
				}
				if !short(m) && m.HeldBy != "" || short(m) && m.HeldBy == "" {
					t.Fatalf("%s in %s: %g of %g, held by %q", n.ID, m.Month, m.Covered, m.Needed, m.HeldBy)
				}
			}
		}
		if least := slices.Min(alone[:]); !most(p.Objective, least) {
			t.Fatalf("V is %.9f, and a leg alone would allow only %.9f", p.Objective, least)
		}
	})
}

func short(m plan.NeedMonth) bool { return m.Covered < m.Needed*(1-1e-5)-1e-6 }

// The same world and options give the same bytes, however many cores there are.
func TestSameBytes(t *testing.T) {
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	for seed := range uint64(12) {
		size := world.Tiny(seed)
		if seed == 0 {
			size = world.Quarter
		}
		var first []byte
		for _, n := range []int{1, 2, 2} {
			runtime.GOMAXPROCS(n)
			v := view(world.Settings(size), world.Generate(size, seed)...)
			o := asked(v.Settings(), seed)
			o.Relax = true
			text, err := json.Marshal(made(t, v, o))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
			}
			if string(text) != string(first) {
				t.Errorf("world %d: with %d cores the plan is another", seed, n)
			}
		}
	}
}
