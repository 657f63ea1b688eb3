package whatif

import (
	"context"
	"errors"
	"slices"
	"testing"

	"entente/plan"
	"entente/record"
	"entente/register"
)

func coreOf(t testing.TB, v *register.View, o plan.Options, scenarios ...*record.Scenario) *RobustCore {
	t.Helper()
	c, err := Core(context.Background(), v, scenarios, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What one plan has in common with itself is the plan.
func TestCoreOfOne(t *testing.T) {
	v := readView(t, "testdata/world.yaml", "2025-01-15")
	p := made(t, v, options(24))
	c := coreOf(t, v, options(24))
	sum := 0.0
	for _, m := range c.Moves {
		if !near(m.Common, m.Base) || m.Plans != 1 || len(m.Without) != 0 {
			t.Errorf("got %+v", m)
		}
		sum += m.Common
	}
	want := 0.0
	for _, m := range p.Moves {
		if !m.Handed {
			want += m.Quantity
		}
	}
	if sum < want*(1-1e-6)-1 || sum > want*(1+1e-6)+1 || len(c.Moves) == 0 {
		t.Errorf("%f moves, the plan has %f", sum, want)
	}
	for _, x := range c.Promises {
		if !near(x.Share, 1) {
			t.Errorf("got %+v", x)
		}
	}
}

// The same scenario again takes nothing from the core, and no scenario adds to
// it; what some future does not do is not in it.
func TestCore(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	late := scenario(t, "title: Late rounds\nchanges: [{delay: {party: DEU}, months: 3}]")
	one := coreOf(t, v, options(24), late)
	two := coreOf(t, v, options(24), late, late)
	if len(one.Moves) != len(two.Moves) || len(one.Promises) == 0 {
		t.Fatalf("%d moves, then %d", len(one.Moves), len(two.Moves))
	}
	for i, m := range one.Moves {
		if m.Common > m.Base+1e-6 && m.Common > m.Most+1e-6 || !near(m.Common, two.Moves[i].Common) {
			t.Errorf("got %+v, then %+v", m, two.Moves[i])
		}
	}
	gone := coreOf(t, v, options(24), Withdraw("DEU", record.Day{}))
	for _, x := range gone.Promises {
		if x.Common != 0 {
			t.Errorf("without Germany nothing is covered, and yet: %s", x.Says)
		}
	}
	if !slices.ContainsFunc(gone.Moves, func(m CoreMove) bool { return slices.Contains(m.Without, "Without DEU") }) {
		t.Error("nobody says who does without")
	}
}

func TestCoreStops(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := Core(ctx, v, nil, solver(), options(24)); err == nil || c != nil {
		t.Errorf("got %v, %v", c, err)
	}
	var e *Error
	if _, err := Core(t.Context(), v, []*record.Scenario{Withdraw("XXX", record.Day{})}, solver(), options(24)); !errors.As(err, &e) {
		t.Errorf("the error is %v", err)
	}
}

// A scenario with larger needs says how much of the old ones its plan covers.
func TestCoverage(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	same := compared(t, v, scenario(t, "changes: [{scale: {}, by: 1}]"), nil, options(24)).Coverage
	if !near(same.Base, same.Own) || !near(same.Base, same.OfBase) || same.Needed != 1 {
		t.Errorf("got %+v", same)
	}
	half := compared(t, v, scenario(t, "changes: [{scale: {}, by: 0.5}]"), nil, options(24)).Coverage
	if !near(half.Needed, 0.5) || half.Own <= half.Base || half.OfBase > half.Base+1e-6 || half.Says == same.Says {
		t.Errorf("got %+v", half)
	}
}

// A finding whose wording alone is another is the same.
func TestFindingDeltas(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	c := compared(t, v, scenario(t, "changes: [{delay: {}, months: 1}]"), nil, options(24))
	for _, f := range c.Findings {
		for _, g := range c.Cleared {
			if findingKey(f) == findingKey(g) {
				t.Errorf("%s comes and goes", f.Says)
			}
		}
	}
}
