package screen

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/report"
	"entente/whatif"
)

// Compared is a scenario with what the planner made of it; the zero Compared is
// things as they are.
type Compared struct {
	Scenario record.ScenarioID
	X        *whatif.Comparison
	Losses   []whatif.Marginal // what is lost without each party, in it; nil where that was not asked
}

// Compare sets two scenarios side by side, each planned for anew.
type Compare struct {
	Lede     string   `json:"finding"`
	Sides    [2]Side  `json:"sides"`
	Figures  Table    `json:"figures"`
	Needs    Table    `json:"needs"`
	Ranked   bool     `json:"ranked"`
	Critical Table    `json:"critical"`
	Query    []string `json:"-"` // the two ids, as the address carries them
}

// Side is one of the two.
type Side struct {
	ID      string   `json:"scenario,omitempty"`
	Name    string   `json:"name"`
	Field   string   `json:"-"` // of the form
	Choices []Choice `json:"-"`
	Shown   WhatIf   `json:"-"` // as what-if draws it
	at      Compared
}

// criticalPoints is the loss, in points of coverage, from which a plan cannot do
// without a party.
const criticalPoints = 1

// Compare shows two scenarios beside each other. Now is what would be lost
// without each party as things are; nil where that was not asked.
func (w World) Compare(one, two Compared, now []whatif.Marginal) Compare {
	s := Compare{Sides: [2]Side{w.side("one", one), w.side("two", two)}, Query: []string{string(one.Scenario), string(two.Scenario)}}
	if w.Plan == nil {
		s.Lede = w.Say("The register states no need: there is nothing to plan for.")
		return s
	}
	if one.Scenario == two.Scenario {
		s.Lede = w.Say("Choose two that differ: each is planned for, and set beside the other.")
		return s
	}
	s.Figures, s.Needs = w.comparedFigures(s.Sides), w.comparedNeeds(s.Sides)
	s.Lede = w.compareLede(s)
	if s.Ranked = now != nil; s.Ranked {
		s.Critical = w.critical(s.Sides, now)
	}
	return s
}

func (w World) side(field string, c Compared) Side {
	s := Side{ID: string(c.Scenario), Name: w.Say("Things as they are"), Field: field, at: c}
	s.Choices = append(s.Choices, Choice{"", s.Name, c.Scenario == ""})
	for _, sc := range w.View.Scenarios() {
		s.Choices = append(s.Choices, Choice{sc.ID, sc.Name(), sc.ID == s.ID})
	}
	if c.Scenario != "" {
		s.Name = w.name(record.KindScenario, s.ID)
	}
	if w.Plan != nil {
		s.Shown = w.WhatIf(Change{Scale: 100, From: w.View.At().On.Month(), Scenario: c.Scenario}, c.X, nil)
	}
	return s
}

// plan is what is planned on a side.
func (s Side) plan(w World) *plan.Plan {
	if s.at.X == nil {
		return w.Plan
	}
	return s.at.X.After
}

// compareLede says which covers more. Each is measured by what it needs itself.
func (w World) compareLede(s Compare) string {
	one, two := s.Sides[0], s.Sides[1]
	a, b := one.plan(w).Points, two.plan(w).Points
	differ := w.Count(len(s.Needs.Rows), "%d need fares differently.", "%d needs fare differently.")
	if math.Abs(a-b) < 5e-4 {
		return w.Say("**%s** and **%s** both cover **%s of 100 points** of what is then needed.", plain(one.Name), plain(two.Name), report.Points(a)) + " " + differ
	}
	if a < b {
		one, two, a, b = two, one, b, a
	}
	return w.Say("**%s** covers **%s of 100 points** of what is then needed, **%s** %s: **%s less.**", plain(one.Name), report.Points(a), plain(two.Name), report.Points(b), report.Points(a-b)) + " " + differ
}

// plain takes out of a name what a sentence would take for stress.
func plain(name string) string { return strings.ReplaceAll(name, "*", "") }

// sided are heads of which the sides give two.
func (w World) sided(sides [2]Side, before, after []report.Head) []report.Head {
	heads := slices.Clone(before)
	for _, s := range sides {
		heads = append(heads, report.Head{Name: s.Name, Numeric: true})
	}
	return append(heads, after...)
}

func (w World) comparedFigures(sides [2]Side) Table {
	t := Table{ID: "figures", Title: w.Say("Side by side"), Heads: w.sided(sides, w.heads("Figure", "#As it is"), nil)}
	add := func(name string, of func(p *plan.Plan, x *whatif.Comparison) string) {
		row := []Cell{text(name), text(of(w.Plan, nil))}
		for _, s := range sides {
			row = append(row, text(of(s.plan(w), s.at.X)))
		}
		t.Rows = append(t.Rows, row)
	}
	end := w.last()
	add(w.Say("Covered, points of what is needed"), func(p *plan.Plan, _ *whatif.Comparison) string { return report.Points(p.Points) })
	add(w.Say("Covered in %s", w.Month(w.month(end))), func(p *plan.Plan, _ *whatif.Comparison) string {
		at := w
		at.Plan, at.Wide = p, p
		return report.Percent(at.coverage("", "", every).Planned[end])
	})
	add(w.Say("Needed, of what is needed now"), func(_ *plan.Plan, x *whatif.Comparison) string {
		if x == nil {
			return report.Percent(1)
		}
		return report.Percent(x.Coverage.Needed)
	})
	add(w.Say("Needs met in %s", w.Month(w.month(end))), func(p *plan.Plan, _ *whatif.Comparison) string {
		met, asked := 0, 0
		for _, n := range p.Needs {
			if m := n.Months[end]; m.Needed > 0 {
				asked++
				if m.Covered >= m.Needed-1e-6 {
					met++
				}
			}
		}
		return fmt.Sprintf("%d/%d", met, asked)
	})
	add(w.Say("Money spent"), func(p *plan.Plan, _ *whatif.Comparison) string { return report.Euro(p.CostEUR) })
	add(w.Say("Findings that appear"), func(_ *plan.Plan, x *whatif.Comparison) string {
		if x == nil {
			return "0"
		}
		return fmt.Sprint(len(x.Findings))
	})
	return t
}

// comparedNeeds lists the needs that fare otherwise in one than in the other,
// those first that differ most.
func (w World) comparedNeeds(sides [2]Side) Table {
	t := Table{ID: "differ", Empty: w.Say("Every need fares alike."), Heads: w.sided(sides, w.heads("Need", "#As it is"), w.heads("#Difference", "Short of"))}
	var ids []record.NeedID
	for _, p := range []*plan.Plan{w.Plan, sides[0].plan(w), sides[1].plan(w)} {
		for _, n := range p.Needs {
			if !slices.Contains(ids, n.ID) {
				ids = append(ids, n.ID)
			}
		}
	}
	for _, id := range ids {
		a, b := needOf(sides[0].plan(w), id), needOf(sides[1].plan(w), id)
		by := shareOfNeed(a) - shareOfNeed(b)
		if math.Abs(by) < 5e-4 {
			continue
		}
		less := a
		if by > 0 {
			less = b
		}
		title, held := string(id), ""
		for _, n := range []*plan.Need{a, b, less} {
			if n != nil {
				title, held = cmp.Or(n.Title, title), n.HeldBy
			}
		}
		t.Rows = append(t.Rows, []Cell{link(title, needHref(id)), shareCell(needOf(w.Plan, id)), shareCell(a), shareCell(b), number(signedPoints(by), by), toned(w.legName(held), toneOf(held))})
	}
	slices.SortStableFunc(t.Rows, func(a, b []Cell) int { return cmp.Compare(math.Abs(b[4].Sort), math.Abs(a[4].Sort)) })
	t.Title = w.Count(len(t.Rows), "%d need fares differently", "%d needs fare differently")
	t.Note = w.Say("Covered over the whole plan; the difference in hundredths of what is needed")
	return t
}

// shareOfNeed is the part of a need that is covered; one that is not there lacks
// nothing.
func shareOfNeed(n *plan.Need) float64 {
	if n == nil || n.Needed <= 0 {
		return 1
	}
	return n.Covered / n.Needed
}

func shareCell(n *plan.Need) Cell {
	if n == nil || n.Needed <= 0 {
		return number("–", 1)
	}
	return number(report.Percent(shareOfNeed(n)), shareOfNeed(n))
}

// critical says without whom each plan could not do, and who becomes so only in
// a scenario.
func (w World) critical(sides [2]Side, now []whatif.Marginal) Table {
	t := Table{ID: "critical", Empty: w.Say("Each plan can do without any one partner."), Heads: w.sided(sides, w.heads("Partner", "#As it is"), w.heads("Becomes critical"))}
	lost := [3]map[record.PartyID]float64{}
	var who []record.PartyID
	for i, ms := range [3][]whatif.Marginal{now, sides[0].at.Losses, sides[1].at.Losses} {
		lost[i] = map[record.PartyID]float64{}
		for _, m := range ms {
			lost[i][m.Party] = m.Points
			if m.Points >= 0.05 && !slices.Contains(who, m.Party) {
				who = append(who, m.Party)
			}
		}
	}
	most := func(p record.PartyID) float64 { return max(lost[1][p], lost[2][p]) }
	slices.SortStableFunc(who, func(a, b record.PartyID) int { return cmp.Or(cmp.Compare(most(b), most(a)), cmp.Compare(a, b)) })
	become := 0
	for _, p := range who {
		row := []Cell{link(w.party(p), "/what-if?off="+string(p))}
		for i := range lost {
			row = append(row, number(report.Points(max(lost[i][p], 0)), lost[i][p]))
		}
		var in []string
		for i, s := range sides {
			if lost[0][p] < criticalPoints && lost[i+1][p] >= criticalPoints {
				in = append(in, s.Name)
			}
		}
		tone := report.Quiet
		if len(in) > 0 {
			become, tone = become+1, report.Bad
		}
		t.Rows = append(t.Rows, append(row, toned(cmp.Or(strings.Join(in, ", "), "–"), tone)))
	}
	t.Title = w.Say("Nobody becomes critical who is not already")
	if become > 0 {
		t.Title = w.Count(become, "%d partner becomes critical", "%d partners become critical")
	}
	t.Note = w.Say("Points of coverage lost if one partner alone gives nothing more and all others plan again; critical from one point on")
	return t
}

// Finding implements Screen.
func (s Compare) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Compare) Tables() []Table { return []Table{s.Figures, s.Needs, s.Critical} }
