package screen

import (
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

// worse is the sample's plan with so many covered in February, of a scenario.
func worse(w World, id record.ScenarioID, covered float64) Compared {
	after := *w.Plan
	n := after.Needs[0]
	n.Months = append([]plan.NeedMonth{}, n.Months...)
	n.Months[1].Covered, n.Covered, n.HeldBy = covered, 6+covered, "money"
	after.Needs, after.Points, after.CostEUR = []plan.Need{n}, 100*n.Covered/12, 1e6
	return Compared{Scenario: id, X: &whatif.Comparison{Base: w.Plan, After: &after, Lost: w.Plan.Points - after.Points, Coverage: whatif.Coverage{Base: w.Plan.Points, Own: after.Points, Needed: 1}}}
}

// scenarios adds two scenarios to the sample.
func scenarios(t *testing.T) World {
	t.Helper()
	w := sample(t)
	add, errs := record.Parse("two.yaml", []byte("{kind: Scenario, id: a, title: '*Storm*', changes: [{delay: {}, months: 1}]}\n---\n{kind: Scenario, id: b, title: Drought, changes: [{delay: {}, months: 2}]}\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	w.View = register.NewTree(w.View.Settings(), append(w.View.Records(), add...)...).View(w.View.At())
	return w
}

func TestTwoScenariosSideBySide(t *testing.T) {
	w := scenarios(t)
	for _, c := range []struct {
		a, b       float64
		lede, need string
	}{
		{3, 0, "**Storm** covers **75.0 of 100 points** of what is then needed, **Drought** 50.0: **25.0 less.** 1 need fares differently.", "1 need fares differently"},
		{0, 3, "**Drought** covers **75.0 of 100 points** of what is then needed, **Storm** 50.0: **25.0 less.** 1 need fares differently.", "1 need fares differently"},
		{2, 2, "**Storm** and **Drought** both cover **66.7 of 100 points** of what is then needed. 0 needs fare differently.", "0 needs fare differently"},
	} {
		s := w.Compare(worse(w, "a", c.a), worse(w, "b", c.b), nil)
		if s.Lede != c.lede || s.Needs.Title != c.need {
			t.Errorf("with %g and %g of 6 in February it says %q and %q", c.a, c.b, s.Lede, s.Needs.Title)
		}
	}
	s := w.Compare(worse(w, "a", 3), worse(w, "b", 0), nil)
	row := s.Needs.Rows[0]
	if got := []string{row[0].Text, row[1].Text, row[2].Text, row[3].Text, row[4].Text, row[5].Text}; strings.Join(got, "|") != "Six fighter pairs|75\u202f%|75\u202f%|50\u202f%|+25|Money" {
		t.Errorf("the need says %v", got)
	}
	if got := s.Figures.Rows[4]; got[1].Text != "EUR 0" || got[2].Text != "EUR 1 M" || s.Ranked {
		t.Errorf("the money says %v", got)
	}
}

func TestWhoBecomesCriticalInAScenario(t *testing.T) {
	w := scenarios(t)
	lost := func(nld, dnk float64) []whatif.Marginal {
		return []whatif.Marginal{{Party: "NLD", Points: nld}, {Party: "DNK", Points: dnk}}
	}
	one, two := worse(w, "a", 3), worse(w, "b", 0)
	one.Losses, two.Losses = lost(12, 0.4), lost(11, 3)
	s := w.Compare(one, two, lost(10, 0.2))
	if s.Critical.Title != "1 partner becomes critical" || !s.Ranked {
		t.Errorf("it is titled %q", s.Critical.Title)
	}
	if got := s.Critical.Rows[1]; got[0].Text != "Denmark" || got[1].Text != "0.20" || got[3].Text != "3.0" || got[4].Text != "Drought" {
		t.Errorf("Denmark's row is %v", got)
	}
	if got := s.Critical.Rows[0][4].Text; got != "–" {
		t.Errorf("who is critical already becomes so in %s", got)
	}
	two.Losses = lost(11, 0.9)
	if s := w.Compare(one, two, lost(10, 0.2)); s.Critical.Title != "Nobody becomes critical who is not already" {
		t.Errorf("below a point it is titled %q", s.Critical.Title)
	}
}

func TestAScenarioIsNotComparedWithItself(t *testing.T) {
	w := scenarios(t)
	for _, id := range []record.ScenarioID{"", "a"} {
		if s := w.Compare(worse(w, id, 3), worse(w, id, 3), nil); len(s.Figures.Rows) > 0 || !strings.Contains(s.Lede, "two that differ") {
			t.Errorf("%q beside itself says %q", id, s.Lede)
		}
	}
}
