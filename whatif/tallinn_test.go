package whatif

import (
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// On the register that we ship, the answers name who, what, when and for how
// much.
func TestTallinn(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("plans many times")
	}
	tree, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || errs != nil {
		t.Fatal(err, errs)
	}
	s := tree.Settings
	v := tree.View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
	o := plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99}
	base := made(t, v, o)

	leave, _ := v.Scenario("us-withdraws")
	h, err := Backfill(t.Context(), v, base, leave, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	filled := regexp.MustCompile(`^If [A-Z][^,]* (gives|commits|makes|trains|finds|lets) .* from [A-Z][a-z]{2} 20\d\d, there from [A-Z][a-z]{2} 20\d\d, at [\d.]+ (m|b)illion EUR, .*come back`)
	named := false
	for _, x := range h.Holes {
		if len(x.Months) == 0 || len(x.Short) == 0 || x.Says == "" {
			t.Errorf("%s has no months or no shortage", x.Need)
		}
		for _, f := range x.Fillers {
			if f.Party == "USA" {
				t.Errorf("who has left fills: %s", f.Says)
			}
			if f.Own > 1 && filled.MatchString(f.Says) {
				named = true
			}
		}
	}
	if !named {
		t.Errorf("nobody fills: %s", strings.Join(h.Says, "\n"))
	}

	l, err := Losses(t.Context(), v, base, solver(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Says) == 0 || !strings.Contains(l.Says[0], "United States") {
		t.Errorf("critical: %v", l.Says)
	}

	r, err := Risk(t.Context(), v, base, solver(), o, RiskOptions{Draws: 12}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Points.P50 >= r.Base || !strings.Contains(r.Says[0], "points in the middle of 12 draws") {
		t.Errorf("%v", r.Says)
	}

	c, err := Core(t.Context(), v, []*record.Scenario{leave}, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	safe := regexp.MustCompile(`\(.+\) is safe to act on from [A-Z][a-z]{2} 20\d\d: every plan makes use of .+, as the base does\.`)
	if len(c.Promises) == 0 || !safe.MatchString(c.Promises[0].Says) {
		t.Errorf("%+v", c.Promises[0])
	}
}
