package screen

import (
	"net/url"
	"strings"
	"testing"

	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/whatif"
)

// changed is the sample with records added, or in the place of others.
func changed(t *testing.T, w World, text string) World {
	t.Helper()
	rs, errs := record.Parse("changed.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	w.View = w.View.Changed(rs, nil)
	w.Found = check.Run(w.View)
	return w
}

const (
	anotherAgreement = "{kind: Agreement, id: another, title: Another, type: pact, parties: [NLD, DNK], status: [{is: in-force, on: 2024-06}], obligations: [{id: one, what: Meet, by: NLD, due: 2024-12, met: 2024-11}, {id: two, what: Pay, by: DNK, due: 2025-12}]}"
	aBrigade         = "{kind: Unit, id: brigade, title: Brigade, by: NLD, type: mechanised infantry}\n---\n{kind: Assignment, id: a, by: NLD, unit: brigade, under: aircraft-agreement, role: standby, from: 2024-01}"
	andAgain         = aBrigade + "\n---\n" + anotherAgreement + "\n---\n{kind: Assignment, id: b, by: NLD, unit: brigade, under: another, role: standby, from: 2024-01}"
	aMeeting         = "{kind: Meeting, id: m, title: Meeting, on: 2024-09, participants: [NLD], decisions: [{id: one, what: Do it, owner: NLD, done: 2024-10}, {id: two, what: Do more, owner: NLD}]}"
)

// TestFindingsOfScreensFollowTheData changes one thing at a time, and the sentence
// that a screen is about has to say so.
func TestFindingsOfScreensFollowTheData(t *testing.T) {
	none := url.Values{}
	for name, c := range map[string]struct {
		add  string
		of   func(World) string
		says []string // before and after
	}{
		"agreements":  {anotherAgreement, func(w World) string { return w.Agreements().Lede }, []string{"**1** agreements, 1 in force. **0 of 0** obligations are met.", "**2** agreements, 2 in force. **1 of 2** obligations are met."}},
		"obligations": {anotherAgreement, func(w World) string { return w.Agreements().Obligations.Title }, []string{"0 of 0 obligations are met", "1 of 2 obligations are met"}},
		"decisions":   {aMeeting, func(w World) string { return w.Agreements().Decisions.Title }, []string{"0 of 0 decisions are done", "1 of 2 decisions are done"}},
		"forces":      {andAgain, func(w World) string { return w.Forces("").Lede }, []string{"", "Promised twice: **1** against what is declared"}},
		"one promise": {aBrigade, func(w World) string { return w.Forces("").Lede }, []string{"", "Promised twice: **0** against what is declared"}},
		"map":         {"{kind: Unit, id: u, title: U, by: NLD, type: mechanised}\n---\n{kind: Assignment, id: d, by: NLD, unit: u, under: aircraft-agreement, role: deployed, at: air-base, from: 2024-01}", func(w World) string { return w.Map(w.View.At().On.Month(), "").Lede }, []string{"0 units are in place", "1 unit"}},
		"scenarios":   {"{kind: Scenario, id: s, title: S, changes: [{delay: {}, months: 1}]}", func(w World) string { return w.Scenarios().Lede }, []string{"**2** scenarios", "**3** scenarios"}},
		"records":     {aMeeting, func(w World) string { return w.Kinds().Lede }, []string{"", "records of"}},
		"pledges":     {"{kind: Pledge, id: p, by: NLD, to: UKR, resource: f16, quantity: 2, from: 2025-02, status: [{is: committed, on: 2024-07}]}", func(w World) string { return w.Pledges(none).Lede }, []string{"**5 of 5** pledges", "**6 of 6** pledges"}},
		"findings":    {andAgain, func(w World) string { return w.Findings(none).Lede }, []string{"**0** errors", "errors"}},
	} {
		w := sample(t)
		before, after := c.of(w), c.of(changed(t, w, c.add))
		if before == after {
			t.Errorf("%s: whatever is on record, it says %q", name, before)
		}
		if !strings.Contains(before, c.says[0]) || !strings.Contains(after, c.says[1]) {
			t.Errorf("%s: it says %q and then %q", name, before, after)
		}
	}
}

// TestFindingsOfPlansFollowTheFigures does the same with what is planned.
func TestFindingsOfPlansFollowTheFigures(t *testing.T) {
	for name, of := range map[string]func(World) string{
		"needs":    func(w World) string { return w.Needs(url.Values{}).Lede },
		"plan":     func(w World) string { return w.PlanScreen("", "", "", nil).Lede },
		"brief":    func(w World) string { return w.Brief().Title },
		"gaps":     func(w World) string { return w.gaps().Title },
		"one need": func(w World) string { return w.PlanScreen("", "pairs", "", nil).Chosen.Claim },
		"what-if": func(w World) string {
			after := *w.Plan
			return w.WhatIf(Change{Scale: 100, Slip: 1}, &whatif.Comparison{Base: w.Plan, After: &after, Lost: float64(6 - w.Plan.Needs[0].Months[0].Covered), Coverage: whatif.Coverage{Needed: 1}}, nil).Lede
		},
	} {
		seen := map[string]float64{}
		for _, covered := range []float64{6, 3, 1} {
			w := sample(t)
			for i := range w.Plan.Needs[0].Months {
				m := &w.Plan.Needs[0].Months[i]
				m.Covered, m.Legs, m.HeldBy = covered, plan.Legs{Equipment: 6, People: covered, Money: 6}, "people: f16-pilot"
				if covered == 6 {
					m.HeldBy = ""
				}
			}
			says := of(w)
			if was, ok := seen[says]; ok && !(name == "gaps" || name == "needs" || name == "plan") {
				t.Errorf("%s: with %g and with %g of 6 it says %q", name, was, covered, says)
			}
			if strings.Contains(says, "%!") || says == "" {
				t.Errorf("%s: it says %q", name, says)
			}
			seen[says] = covered
		}
		if len(seen) < 2 {
			t.Errorf("%s: it always says %v", name, seen)
		}
	}
}
