package whatif

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Every check solves several programmes; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Set("rapid.checks", "10")
	os.Exit(m.Run())
}

var solver = sync.OnceValue(func() lp.Solver {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	if err != nil {
		panic(err)
	}
	return simplex.New(s)
})

const example = "../record/testdata/example.yaml"

func made(t testing.TB, v *register.View, o plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.Make(context.Background(), v, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compared(t testing.TB, v *register.View, s *record.Scenario, base *plan.Plan, o plan.Options) *Comparison {
	t.Helper()
	c, err := Compare(context.Background(), v, s, base, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }

// Without Germany there are no rounds, without Norway no fire units: nothing is
// in action, and every move is in vain.
func TestCompareExample(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	o := options(24)
	base := made(t, v, o)
	if !near(base.Objective, 4648.353774) {
		t.Fatalf("the base is worth %f", base.Objective)
	}
	for _, party := range []record.PartyID{"DEU", "NOR"} {
		c := compared(t, v, Withdraw(party, record.Day{}), base, o)
		if c.After.Objective != 0 || !near(c.Lost, base.Points) {
			t.Errorf("without %s: V %f, lost %f of %f", party, c.After.Objective, c.Lost, base.Points)
		}
		d := c.Needs[0]
		if len(c.Needs) != 1 || !near(d.Before, 20) || d.After != 0 || !near(d.Points, c.Lost) {
			t.Errorf("without %s: needs %+v", party, c.Needs)
		}
		if len(c.Moves.Gone) == 0 || len(c.Says) != 1 || c.Base != base {
			t.Errorf("without %s: %d moves gone, says %q", party, len(c.Moves.Gone), c.Says)
		}
	}
}

// If Germany leaves in June, its rounds come in the months before.
func TestCompareLater(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	c := compared(t, v, Withdraw("DEU", record.MustDay("2025-06")), nil, options(24))
	if !near(c.Lost, 0) {
		t.Errorf("lost %f although everything could be sent before", c.Lost)
	}
	c = compared(t, v, Withdraw("DEU", record.MustDay("2025-02")), nil, options(24))
	if !near(c.After.Objective, 0) {
		t.Errorf("V is %f although nothing could be sent before", c.After.Objective)
	}
}

func TestCompareNothing(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	c := compared(t, v, scenario(t, "changes: [{scale: {}, by: 1}, {delay: {}, months: 0}]"), nil, options(24))
	if c.Lost != 0 || len(c.Moves.Gone)+len(c.Moves.New)+len(c.Findings)+len(c.Cleared) != 0 {
		t.Errorf("lost %f, moves %v, findings %v", c.Lost, c.Moves, c.Findings)
	}
	if c.Base.Register.Head != c.After.Register.Head {
		t.Error("the register is another")
	}
}

// A comparison has lists, even where they are empty.
func TestCompareJSON(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	text, err := json.Marshal(compared(t, v, scenario(t, "changes: [{scale: {}, by: 1}]"), nil, options(2)))
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]json.RawMessage
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if string(c["findings"]) != "[]" || string(c["cleared"]) != "[]" || string(c["moves"]) != `{"gone":[],"new":[]}` {
		t.Errorf("got findings %s, cleared %s, moves %s", c["findings"], c["cleared"], c["moves"])
	}
}

func TestMarginalsExample(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	v = v.With(parsed(t, "more.yaml", []byte(`
kind: Party
id: SWE
name: Sweden
type: nation
---
kind: Pledge
id: swe-rounds
by: SWE
to: NOR
resource: amraam
quantity: 500
from: 2025-01
status: [{is: committed, on: 2024-12}]
`))...)
	var steps []int
	ms, err := Marginals(t.Context(), v, nil, solver(), options(24), func(done, total int) { steps = append(steps, done*10+total) })
	if err != nil {
		t.Fatal(err)
	}
	if len(ms) != 3 || ms[0].Party != "DEU" || ms[1].Party != "NOR" || ms[2].Party != "SWE" {
		t.Fatalf("got %+v", ms)
	}
	if !near(ms[0].V, 4648.353774) || !near(ms[1].V, 4648.353774) || ms[2].V != 0 {
		t.Errorf("worth %f, %f and %f", ms[0].V, ms[1].V, ms[2].V)
	}
	if ms[0].Name != "Germany" || !slices.Equal(ms[0].Needs, []record.NeedID{"kyiv-air-defence"}) || len(ms[2].Needs) != 0 {
		t.Errorf("got %+v", ms)
	}
	if !slices.Equal(steps, []int{13, 23, 33}) {
		t.Errorf("progress %v", steps)
	}
}

func TestMarginalsCancelled(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	o := options(24)
	base := made(t, v, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ms, err := Marginals(ctx, v, base, solver(), o, nil)
	if err == nil || len(ms) != 0 {
		t.Errorf("got %v, %v", ms, err)
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, plan.ErrStopped) {
		t.Errorf("the error is %v", err)
	}
}

// tiny draws a world small enough to be solved in no time: two needs at two
// places, three givers, and everything that a withdrawal may touch.
func tiny(t *rapid.T) *register.View {
	text := `
{kind: Party, id: UKR, name: Ukraine, type: nation}
---
{kind: Place, id: east, name: East}
---
{kind: Place, id: west, name: West}
---
{kind: Agreement, id: pact, type: pact, parties: [UKR], status: [{is: in-force}]}
---
{kind: Resource, id: jet, name: Jet, leg: equipment, unit: jet, loss: 0.05}
---
{kind: Resource, id: round, name: Round, leg: supply, unit: round}
---
{kind: Resource, id: pilot, name: Pilot, leg: people, unit: person}
---
{kind: Capability, id: wing, name: Wing, unit: wing, stock: {jet: 1, pilot: 2}, monthly: {round: 3}, running: 100 EUR}
---
{kind: Capability, id: force, name: Force, unit: force, stock: {jet: 1}}
---
{kind: Capability, id: troops, name: Troops, unit: battalion}
---
{kind: Need, id: n1, capability: wing, at: east, for: UKR, from: 2025-01, to: 2025-08, quantity: 6, priority: 1}
---
{kind: Need, id: n2, capability: force, at: west, for: UKR, from: 2025-02, to: 2025-08, quantity: 4, priority: 2}
---
{kind: Need, id: n3, capability: troops, at: east, from: 2025-02, to: 2025-07, quantity: 2, priority: 2}
---
{kind: Fund, id: pot, uses: [running, procurement, training, delivery]}
---
{kind: Pledge, id: owned, by: UKR, resource: pilot, quantity: 6, from: 2025-01, lead: 0, status: [{is: in-service}]}
`
	for _, p := range givingParties {
		text += fmt.Sprintf("---\n{kind: Party, id: %s, name: %s, type: nation}\n", p, p)
	}
	month := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("2025-%02d", rapid.IntRange(1, 8).Draw(t, "month")) })
	for i := range rapid.IntRange(1, 8).Draw(t, "records") {
		by := rapid.SampledFrom(givingParties).Draw(t, "by")
		q := rapid.IntRange(1, 20).Draw(t, "quantity")
		from := month.Draw(t, "from")
		status, paid := "{is: committed, on: 2024-10}", ""
		if rapid.Bool().Draw(t, "handed") {
			paid = fmt.Sprintf(", {is: handed-over, on: 2025-0%d-03}", rapid.IntRange(1, 4).Draw(t, "when"))
			status += fmt.Sprintf("%s, quantity: %d}", paid[:len(paid)-1], rapid.IntRange(0, q).Draw(t, "much"))
		}
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d, by: %s, under: pact, resource: %s, quantity: %d, from: %s, lead: %d, paid_by: funds, delivery_cost: 5 EUR, status: [%s]}\n",
				i, by, rapid.SampledFrom([]string{"jet", "round", "pilot"}).Draw(t, "resource"), q, from, rapid.IntRange(1, 2).Draw(t, "lead"), status)
		case 1:
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d, by: %s, resource: round, schedule: [{on: 2025-01, quantity: %d}, {on: 2025-04, quantity: %d}, {on: 2025-06, quantity: 9}], status: [%s]}\n", i, by, q, q, status)
		case 2:
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d, by: %s, into: pot, amount: \"%d EUR\", schedule: [{on: 2025-01, amount: \"%d EUR\"}, {on: %s, amount: \"%d EUR\"}], status: [%s]}\n", i, by, 200*q, 100*q, from, 100*q, "{is: committed, on: 2024-10}"+paid)
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d-part, by: %s, into: pot, amount: \"%d EUR\", from: 2025-01, part_of: r%d, status: [{is: handed-over, on: 2024-12}]}\n", i, by, 50*q, i)
		case 3:
			text += fmt.Sprintf("---\n{kind: Programme, id: r%d, by: %s, at: west, trains: pilot, seats: %d, months: 2, cost: 10 EUR, from: %s}\n", i, by, q, from)
		case 4:
			text += fmt.Sprintf("---\n{kind: Production, id: r%d, by: %s, resource: round, per_month: %d, price: 7 EUR, lead: 1}\n", i, by, q)
		case 5:
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d, by: %s, resource: jet, quantity: %d, from: %s, status: [%s]}\n", i, by, q+3, from, status)
			text += fmt.Sprintf("---\n{kind: Pledge, id: r%d-part, by: %s, resource: jet, quantity: 3, from: %s, part_of: r%d, status: [{is: committed, on: 2024-10}%s]}\n", i, rapid.SampledFrom(givingParties).Draw(t, "part"), from, i, paid)
		case 6:
			text += fmt.Sprintf("---\n{kind: Unit, id: r%d, by: %s, type: infantry, gives: {troops: 1}, cost: 20 EUR, rotation: {tour: %d, rest: 1}}\n", i, by, 1+q%3)
			text += fmt.Sprintf("---\n{kind: Assignment, id: r%d-now, unit: r%d, under: pact, role: %s, need: n3, from: %s, exclusive: %t}\n",
				i, i, rapid.SampledFrom([]string{"deployed", "standby"}).Draw(t, "role"), from, rapid.Bool().Draw(t, "exclusive"))
		}
	}
	rs, errs := record.Parse("tiny.yaml", []byte(text))
	if errs != nil {
		t.Fatal(errs)
	}
	return viewOf(rapid.SampledFrom([]string{"2024-12-15", "2025-01-15", "2025-03-15"}).Draw(t, "as of"), rs...)
}

var givingParties = []record.PartyID{"AAA", "BBB", "CCC"}

func brief() plan.Options {
	o := options(8)
	o.Brief = true
	return o
}

// worth is V of the plan for a view.
func worth(t *rapid.T, v *register.View) float64 {
	p, err := plan.Make(context.Background(), v, solver(), brief())
	if err != nil {
		t.Fatal(err)
	}
	return p.Objective
}

// Removing a party never raises V, whenever it leaves; leaving later is never
// worse than leaving sooner (but for what was handed over after the plan began,
// which a later leave binds to the party's last month of dispatch); and the
// base view stays as it is.
func TestWithdrawIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := tiny(t)
		head := v.Head()
		p := rapid.SampledFrom(givingParties).Draw(t, "party")
		last := worth(t, v)
		for _, day := range []string{"2025-08", "2025-05", "2025-02", "2025-01"} {
			after, err := Apply(v, Withdraw(p, record.MustDay(day)), brief())
			if err != nil {
				t.Fatal(err)
			}
			now := worth(t, after)
			if now > last+1e-6*max(1, last) {
				t.Fatalf("without %s from %s V rises from %f to %f", p, day, last, now)
			}
			if v.At().On < brief().Start.First() {
				last = now
			}
		}
		if v.Head() != head {
			t.Fatal("the base was changed")
		}
	})
}

// A marginal is what a plan without the party says it is, although no plan is
// made for parties that the base does not use; it is the same every time; and
// the points that the needs lose are the points that all lose.
func TestMarginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := tiny(t)
		base, err := plan.Make(context.Background(), v, solver(), brief())
		if err != nil {
			t.Fatal(err)
		}
		ms, err := Marginals(context.Background(), v, base, solver(), brief(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range ms {
			c, err := Compare(context.Background(), v, Withdraw(m.Party, record.Day{}), base, solver(), brief())
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(m.Points-c.Lost) > 2*noise {
				t.Fatalf("%s is worth %f points, want %f", m.Party, m.Points, c.Lost)
			}
			sum := 0.0
			for _, d := range c.Needs {
				sum += d.Points
			}
			if math.Abs(sum-c.Lost) > 1e-4 {
				t.Fatalf("the needs lose %f points, all lose %f", sum, c.Lost)
			}
			if m.V < 0 || i > 0 && m.V > ms[i-1].V || (m.V > 0) != (len(m.Needs) > 0) {
				t.Fatalf("not in order: %v", ms)
			}
		}
		again, err := Marginals(context.Background(), v, base, solver(), brief(), nil)
		if err != nil || fmt.Sprint(ms) != fmt.Sprint(again) {
			t.Fatalf("%v, then %v", ms, again)
		}
	})
}
