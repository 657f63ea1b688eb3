package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/plan"
	"entente/record"
)

// What is needed and what it is worth is the same whatever is done about it.
func TestIdle(t *testing.T) {
	s := year(24)
	v := view(s, records(t, "../record/testdata/example.yaml")...)
	o := defaults(s)
	idle, err := plan.Idle(v, o)
	if err != nil {
		t.Fatal(err)
	}
	type need struct {
		ID             record.NeedID
		Weight, Needed float64
	}
	needs := func(p *plan.Plan) (all []need) {
		for _, n := range p.Needs {
			all = append(all, need{n.ID, n.Weight, n.Needed})
		}
		return all
	}
	best := made(t, v, o)
	if diff := cmp.Diff(needs(best), needs(idle)); diff != "" || idle.PointValue != best.PointValue || idle.Discount != best.Discount {
		t.Errorf("needed is something else; a point is %v, want %v: %s", idle.PointValue, best.PointValue, diff)
	}
	if idle.Objective >= best.Objective || len(idle.Moves) > 0 || idle.Status != "idle" {
		t.Errorf("an idle plan is worth %v of %v with %d moves, %s", idle.Objective, best.Objective, len(idle.Moves), idle.Status)
	}
	o.Months = 0
	if _, err := plan.Idle(v, o); err == nil {
		t.Error("a plan of no months is made")
	}
}
