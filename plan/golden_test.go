package plan_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// records reads a file of records.
func records(t testing.TB, file string) []record.Record {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, file, data)
}

func parsed(t testing.TB, file string, data []byte) []record.Record {
	t.Helper()
	rs, errs := record.Parse(file, data)
	if len(errs) > 0 {
		t.Fatal(errs[0].Error())
	}
	return rs
}

// year is a register of 2025, looked at on its eve.
func year(months int) record.Settings {
	return record.Settings{AsOf: record.MustDay("2024-12-31"), Start: record.MustDay("2025-01"), Months: months}
}

func price(t testing.TB, p *plan.Plan, of string) plan.Price {
	t.Helper()
	for _, price := range p.Prices {
		if price.Record == of {
			return price
		}
	}
	t.Fatalf("%s has no price", of)
	return plan.Price{}
}

// The example of the record format, whose optimum others have found too.
func TestGolden(t *testing.T) {
	s := year(24)
	o := defaults(s)
	o.Prices = 10
	v := view(s, records(t, "../record/testdata/example.yaml")...)
	p := made(t, v, o)

	if math.Abs(p.Objective-4648.353774) > 5e-7 || math.Abs(p.Bound-p.Objective) > 1e-6 || p.Gap > 1e-9 || p.Status != "optimal" {
		t.Errorf("V is %.6f of at most %.6f, %s; want 4648.353774", p.Objective, p.Bound, p.Status)
	}
	if p.CostEUR != 9_440_000 {
		t.Errorf("the plan costs %.2f EUR, want 9440000", p.CostEUR)
	}
	need := p.Needs[0]
	want := []struct {
		covered float64
		heldBy  string
	}{
		{0, "people: nasams-crew"}, {0, "people: nasams-crew"}, {0, "people: nasams-crew"}, {0, "people: nasams-crew"},
		{0.6, "people: nasams-crew"}, {1.2, "people: nasams-crew"}, {1.8, "people: nasams-crew"},
		{2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"},
		{2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"}, {2, "equipment: nasams-fire-unit"},
		{0.4, "supply: amraam"}, {0, "supply: amraam"}, {0, "supply: amraam"}, {0, "supply: amraam"},
		{0, "supply: amraam"}, {0, "supply: amraam"}, {0, "supply: amraam"}, {0, "supply: amraam"}, {0, "supply: amraam"},
	}
	for i, m := range need.Months {
		if math.Abs(m.Covered-want[i].covered) > 1e-6 || m.HeldBy != want[i].heldBy {
			t.Errorf("%s: %g covered, held by %q; want %g, %q", m.Month, m.Covered, m.HeldBy, want[i].covered, want[i].heldBy)
		}
	}
	if len(p.Moves) != 1+1+4+4+12 { // two shipments, four courses and their pay, twelve months of running
		t.Errorf("%d moves: %v", len(p.Moves), p.Moves)
	}

	if fund := price(t, p, "Fund/air-defence-fund"); fund.Worth != 0 || fund.Loss != 0 || fund.Dual != 0 {
		t.Errorf("money is ample, and yet has a price: %+v", fund)
	}
	round := price(t, p, "Pledge/deu-amraam-1")
	if !round.Proved || round.Worth <= 0 || math.Abs(round.Worth-round.Loss) > 1e-6 || math.Abs(round.Worth-round.Dual/p.PointValue) > 1e-6 {
		t.Errorf("one more round and one less are worth the same, which is its price: %+v", round)
	}
	// At two fire units the value has a kink: a third waits for its crew, without
	// the second its crew waits. The solver's one price is neither.
	unit := price(t, p, "Pledge/nor-nasams-1")
	if dual := unit.Dual / p.PointValue; !unit.Proved || !(unit.Worth < dual-1e-3 && dual < unit.Loss-1e-3) {
		t.Errorf("the price of a fire unit is no price of one more, nor of one less: %+v", unit)
	}
}

// What a price says is what planning again with one more or one less says.
func TestPricesAreProved(t *testing.T) {
	rs := records(t, "../record/testdata/example.yaml")
	s := year(24)
	o := defaults(s)
	o.Prices = 10
	base := made(t, view(s, rs...), o)
	again := func(id string, by float64) float64 {
		v := view(s, rs...)
		p, _ := v.Pledge(record.PledgeID(id))
		q := *p
		n := record.Exactly(p.Quantity.Min + by)
		q.Quantity = &n
		return made(t, v.With(&q), o).Objective
	}
	for _, id := range []string{"nor-nasams-1", "deu-amraam-1"} {
		got := price(t, base, "Pledge/"+id)
		more, less := (again(id, 1)-base.Objective)/base.PointValue, (base.Objective-again(id, -1))/base.PointValue
		if math.Abs(got.Worth-more) > 1e-6 || math.Abs(got.Loss-less) > 1e-6 {
			t.Errorf("%s: one more is said to be worth %g and is %g, one less %g and is %g", id, got.Worth, more, got.Loss, less)
		}
	}
}

// The registers that we ship have plans that add up.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"tallinn", "pilots"} {
		tree, errs, err := register.ReadTree("../examples/" + dir)
		if err != nil || len(errs) > 0 {
			t.Fatal(err, errs)
		}
		v := tree.View(register.At{On: tree.Settings.AsOf.Last(), Reader: keeper})
		o := defaults(tree.Settings)
		o.Prices = 8
		p := made(t, v, o)
		if p.Objective <= 0 || p.Gap > 1e-6 {
			t.Errorf("%s: V %g, gap %g", dir, p.Objective, p.Gap)
		}
		if dir == "pilots" {
			testPilots(t, p)
		}
	}
}

// testPilots holds the teaching example to what its page says of it.
func testPilots(t *testing.T, p *plan.Plan) {
	need := p.Needs[0]
	if need.HeldBy != string(record.People) {
		t.Errorf("pilots: held by %q", need.HeldBy)
	}
	for _, price := range p.Prices {
		switch {
		case price.What == "seats" && price.Worth <= 0:
			t.Errorf("pilots: one more seat is worth nothing")
		case price.What != "seats" && price.Leg != record.People && price.Worth != 0:
			t.Errorf("pilots: one more %s of %s is worth %g", price.Unit, price.Record, price.Worth)
		}
	}
	if !strings.Contains(strings.Join(need.Why, " "), "seat") {
		t.Errorf("pilots: the reasons do not lead to seats: %q", need.Why)
	}
}
