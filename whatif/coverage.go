package whatif

import (
	"fmt"

	"entente/plan"
	"entente/record"
)

// Coverage is how much of what is needed a plan covers, in points of a hundred.
// A scenario may change the needs themselves: then a plan covers so much of what
// is needed in the scenario, and so much of what was needed before, and the
// first figure may rise although less is given.
type Coverage struct {
	Base   float64 `json:"base"`    // of the base plan
	Own    float64 `json:"own"`     // of what the scenario needs
	OfBase float64 `json:"of_base"` // of what the base needs, as far as the scenario's plan covers it
	Needed float64 `json:"needed"`  // what the scenario needs, as a share of what the base needs
	Says   string  `json:"says"`
}

func coverage(base, after *plan.Plan) Coverage {
	c := Coverage{Base: base.Points, Own: after.Points, Needed: 1}
	needed := map[record.NeedID]*plan.Need{}
	for i := range base.Needs {
		needed[base.Needs[i].ID] = &base.Needs[i]
	}
	whole, sum, same := 0.0, 0.0, len(after.Needs) == len(base.Needs)
	for i := range after.Needs {
		n := &after.Needs[i]
		was, worth := needed[n.ID], n.Weight
		for t, m := range n.Months {
			whole += worth * m.Needed
			before := 0.0
			if was != nil && t < len(was.Months) {
				before = was.Months[t].Needed
			}
			sum, same = sum+worth*min(m.Covered, before), same && m.Needed == before
			worth *= after.Discount
		}
	}
	c.OfBase = points(base, sum)
	if base.PointValue > 0 {
		c.Needed = whole / (100 * base.PointValue)
	}
	if same {
		c.Says = fmt.Sprintf("%.1f of 100 points are covered, %.1f before.", c.Own, c.Base)
	} else {
		c.Says = fmt.Sprintf("What is needed is itself another, %.0f %% of what it was: %.1f of 100 points of it are covered, and %.1f of 100 points of what was needed before, of which %.1f were.", 100*c.Needed, c.Own, c.OfBase, c.Base)
	}
	return c
}
