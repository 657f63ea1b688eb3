package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

// Comparison is a plan before and after a change, ready to be drawn.
type Comparison struct {
	Title    string // the scenario
	Headline string
	Changes  []string // what the scenario changes
	Months   Table    // coverage by month, before and after
	Needs    Table
	Instead  Table // what gives more than before
	Back     Table // what one more would be worth after it
	Moves    string
	Appear   []Item // findings
	Clear    []Item
}

// OfComparison draws c, which compares the plan of v with that of scenario s.
func OfComparison(v *register.View, s *record.Scenario, c *whatif.Comparison) Comparison {
	before, after := drawer{v, c.Base}, drawer{v, c.After}
	r := Comparison{
		Title:    s.Name(),
		Headline: compareHeadline(c),
		Changes:  allSpaced(c.Says),
		Months:   coverageTable(before, after),
		Needs:    deltaTable(before, after, c),
	}
	r.Moves, r.Instead, r.Back = movesSentence(c), after.instead(c.Moves), after.staying(s).prices()
	r.Back.Title = "What one more would be worth then"
	for _, f := range c.Findings {
		r.Appear = append(r.Appear, Item{f.Level.String(), stop(f.Says), f.Fix})
	}
	for _, f := range c.Cleared {
		r.Clear = append(r.Clear, Item{f.Level.String(), stop(f.Says), f.Fix})
	}
	return r
}

func compareHeadline(c *whatif.Comparison) string {
	from, to := Points(c.Base.Points), Points(c.Base.Points-c.Lost)
	worse := 0
	for _, n := range c.Needs {
		if n.Points > 5e-4 {
			worse++
		}
	}
	fare := Count(worse, "need fares", "needs fare") + " worse."
	if worse == 0 {
		fare = "No need fares worse."
	}
	switch cov := c.Coverage; {
	case math.Abs(cov.Needed-1) > 1e-6 || math.Abs(cov.Own-cov.OfBase) > 1e-6:
		// The needs themselves change: points of the old ones would mislead.
		return fmt.Sprintf("What is needed becomes %s of what it was; %s of 100 points of it are covered, %s before.", Percent(cov.Needed), Points(cov.Own), from)
	case math.Abs(c.Lost) < 5e-4 && worse == 0:
		return fmt.Sprintf("Coverage stays at %s of 100 points: the plan can do without.", from)
	case math.Abs(c.Lost) < 5e-4:
		return fmt.Sprintf("Coverage stays at %s of 100 points, but %s", from, fare)
	case c.Lost < 0:
		return fmt.Sprintf("Coverage rises from %s to %s of 100 points: %s gained. %s", from, to, Points(-c.Lost), fare)
	}
	return fmt.Sprintf("Coverage falls from %s to %s of 100 points: %s lost. %s", from, to, Points(c.Lost), fare)
}

func coverageTable(before, after drawer) Table {
	t := Table{Title: "Coverage by month", Note: stripKey}
	covered := func(m plan.NeedMonth) float64 { return m.Covered }
	b, a := before.byMonth(covered), after.byMonth(covered)
	t.Heads = []Head{{Name: ""}, {Name: b.Axis(before.p.Start)}, {Name: "Points", Numeric: true}}
	t.Rows = [][]Cell{
		{Text("before"), {Strip: b, Bar: -1}, Text(Points(before.p.Points))},
		{Text("after"), {Strip: a, Bar: -1}, Text(Points(after.p.Points))},
	}
	return t
}

// heldNow names what holds a need back in the plan of d, or else leg.
func (d drawer) heldNow(id record.NeedID, leg string) string {
	if i := slices.IndexFunc(d.p.Needs, func(n plan.Need) bool { return n.ID == id }); i >= 0 && d.p.Needs[i].HeldBy == leg {
		return d.heldBy(d.p.Needs[i])
	}
	return leg
}

func deltaTable(before, after drawer, c *whatif.Comparison) Table {
	t := Table{
		Heads: []Head{{Name: "Need"}, {Name: "Before", Numeric: true}, {Name: "After", Numeric: true}, {Name: "Points", Numeric: true}, {Name: "First met"}, {Name: "Held by"}},
		Note:  "Before and after in unit-months.",
		Empty: "Every need fares as before.",
	}
	worse, better := 0, 0
	for _, n := range c.Needs {
		tone := Bad
		switch {
		case math.Abs(n.Points) < 5e-4:
			continue
		case n.Points > 0:
			worse++
		default:
			better++
			tone = Good
		}
		title := n.Title
		if title == "" {
			title = string(n.ID)
		}
		t.Rows = append(t.Rows, []Cell{Text(title), Text(Number(n.Before)), Text(Number(n.After)), Toned(Change(-n.Points), tone),
			Text(fromTo(metText(n.FirstMetBefore), metText(n.FirstMetAfter))), Text(fromTo(orDash(before.heldNow(n.ID, n.HeldByBefore)), orDash(after.heldNow(n.ID, n.HeldByAfter))))})
	}
	switch {
	case worse == 0 && better == 0:
		t.Title = ""
	case better == 0:
		t.Title = Count(worse, "need loses", "needs lose")
	case worse == 0:
		t.Title = Count(better, "need gains", "needs gain")
	default:
		t.Title = Count(worse, "need loses", "needs lose") + ", " + Count(better, "gains", "gain")
	}
	return t
}

func metText(iso string) string {
	if iso == "" {
		return "never"
	}
	return MonthText(iso)
}

func fromTo(a, b string) string {
	if a == b {
		return a
	}
	return a + " → " + b
}

func movesSentence(c *whatif.Comparison) string {
	if len(c.Moves.Gone)+len(c.Moves.New) == 0 {
		return "Nobody has to do anything else than before."
	}
	return fmt.Sprintf("%s of the old plan %s; %s new.",
		Count(len(c.Moves.Gone), "move", "moves"), verb(len(c.Moves.Gone), "falls away", "fall away"), Count(len(c.Moves.New), "is", "are"))
}

// instead lists the records that give more than before, those first that have
// to give most of what they gave again, in net quantities: that a thing moves to
// another place or month is no more of it.
func (d drawer) instead(moves whatif.Moves) Table {
	type key struct{ verb, record string }
	type extra struct {
		plan.Move
		gone, net float64
	}
	found := map[key]*extra{}
	var order []*extra
	tally := func(m plan.Move, sign float64) {
		x := found[key{m.Verb, m.Record}]
		if x == nil {
			x = &extra{Move: m}
			found[key{m.Verb, m.Record}] = x
			order = append(order, x)
		}
		x.net += sign * m.Quantity
		if sign < 0 {
			x.gone += m.Quantity
		}
	}
	for _, m := range moves.Gone {
		tally(m, -1)
	}
	for _, m := range moves.New {
		tally(m, 1)
	}
	order = slices.DeleteFunc(order, func(x *extra) bool { return x.net <= 0.01*x.gone || x.net < 1e-3 })
	slices.SortStableFunc(order, func(a, b *extra) int { return cmp.Compare(b.net/(1+b.gone), a.net/(1+a.gone)) })
	t := Table{Title: Count(len(order), "record gives", "records give") + " more instead", Heads: []Head{{Name: "Who"}, {Name: "Does more"}, {Name: "With"}}}
	for _, x := range order {
		t.Rows = append(t.Rows, []Cell{Text(d.party(x.Party)), Text(d.does(x.Move, x.net)), Text(d.of(x.Record))})
	}
	return t
}

// staying leaves out the prices of what parties give that scenario s withdraws:
// asking them for more is not what follows from it.
func (d drawer) staying(s *record.Scenario) drawer {
	changed := *d.p
	changed.Prices = slices.DeleteFunc(slices.Clone(d.p.Prices), func(p plan.Price) bool {
		return slices.ContainsFunc(s.Changes, func(c record.Change) bool { return c.Withdraw != "" && c.Withdraw == p.Party })
	})
	return drawer{d.v, &changed}
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Ranking draws what each party's part is worth to all.
func Ranking(v *register.View, base *plan.Plan, ms []whatif.Marginal) Table {
	ms = slices.Clone(ms)
	slices.SortStableFunc(ms, func(a, b whatif.Marginal) int {
		switch {
		case a.Points > b.Points:
			return -1
		case a.Points < b.Points:
			return 1
		}
		return 0
	})
	t := Table{
		Title: "No party gives anything",
		Note:  "Points of coverage lost if one party gives nothing more and all others replan; what was handed over stays.",
		Heads: []Head{{Name: "Party"}, {Name: "Points", Numeric: true}, {Name: ""}, {Name: "Needs that lose most"}},
		Empty: "No party's withdrawal would change the plan.",
	}
	if len(ms) == 0 {
		return t
	}
	if top := ms[0]; top.Points >= 5e-4 {
		t.Title = fmt.Sprintf("Who the plan cannot do without: %s first, with %s of %s points", top.Name, Points(top.Points), Points(base.Points))
	} else {
		t.Title = "The plan can do without any one party"
		t.Empty = ""
	}
	d := drawer{v, base}
	idle := []string{}
	for _, m := range ms {
		if m.Points < 5e-4 {
			idle = append(idle, m.Name)
			continue
		}
		var needs []string
		for _, id := range m.Needs {
			needs = append(needs, d.name(record.KindNeed, string(id)))
		}
		t.Rows = append(t.Rows, []Cell{Text(m.Name), Text(Points(m.Points)), {Bar: m.Points / ms[0].Points}, Text(orDash(Few(needs, 2)))})
	}
	if len(idle) > 0 {
		t.Note += " Any one of these could leave and nothing would be lost: " + List(idle) + "."
	}
	off := 0.0
	for _, m := range ms {
		off = max(off, m.Points-m.Least, m.Most-m.Points)
	}
	if off >= pointsMin {
		t.Note += fmt.Sprintf(" What comes whole is searched for until it is near enough to the best: each figure is proved to within %s points.", Points(off))
	}
	return t
}

// Bounds draws between what bounds lies what each party's part is worth, for those
// without which no plan was made.
func Bounds(ms []whatif.Marginal) Table {
	t := Table{
		Title: "What is lost at least and at most without each party",
		Note:  "Points of coverage, before any plan is made without anybody: at least by what is scarce in the plan as things are, at most by what is left of that plan. Which of them comes before which is a guess where their bounds overlap.",
		Heads: []Head{{Name: "Party"}, {Name: "At least", Numeric: true}, {Name: "At most", Numeric: true}, {Name: ""}},
		Empty: "No party's withdrawal would change the plan.",
	}
	most := 0.0
	for _, m := range ms {
		most = max(most, m.Points)
	}
	idle := []string{}
	for _, m := range ms {
		if m.Most < pointsMin {
			idle = append(idle, m.Name)
			continue
		}
		t.Rows = append(t.Rows, []Cell{Text(m.Name), Text(Points(m.Least)), Text(Points(m.Most)), {Bar: m.Points / max(most, pointsMin)}})
	}
	if len(idle) > 0 {
		t.Note += " Nothing would be lost without " + List(idle) + "."
	}
	return t
}

// FirstSight says on one line who matters most, before that is known exactly;
// nothing where nobody does.
func FirstSight(ms []whatif.Marginal) string {
	if len(ms) == 0 || ms[0].Most < pointsMin {
		return ""
	}
	return fmt.Sprintf("at first sight %s first, with %s to %s points", ms[0].Name, Points(ms[0].Least), Points(ms[0].Most))
}
