package report

import (
	"cmp"
	"fmt"
	"strings"

	"entente/plan"
	"entente/record"
)

// prices draws what one more would be worth, of everything of which one more
// would be worth anything.
func (d drawer) prices() Table {
	var worth []plan.Price
	for _, p := range d.p.Prices {
		if p.Worth >= pointsMin {
			worth = append(worth, p)
		}
	}
	t := d.priced(worth)
	t.Title = "What one more would be worth"
	t.Empty = "One more of anything that is offered would add nothing: what is missing is offered by nobody."
	if len(t.Rows) > 0 {
		t.Title += ": " + t.Rows[0][0].Text + " comes first"
	}
	return t
}

// pointsMin is the least number of points that is told apart from none.
const pointsMin = 5e-4

// priced draws prices, never one without how far it holds.
func (d drawer) priced(ps []plan.Price) Table {
	t := Table{Heads: []Head{{Name: "One more"}, {Name: "Of"}, {Name: "By", Brief: true}, {Name: "More", Numeric: true}, {Name: "Less", Numeric: true}, {Name: "Holds for"}}}
	unproved := false
	for _, p := range ps {
		unproved = unproved || !p.Proved
		t.Rows = append(t.Rows, []Cell{Toned(d.oneMore(p), ToneOf(p.Leg)), Text(d.of(p.Record)), Text(d.party(p.Party)),
			Text(worth(p, Change(p.Worth))), Text(worth(p, Change(-p.Loss))), Text(d.reach(p))})
	}
	if len(ps) == 0 {
		return t
	}
	t.Note = "More and less: points of coverage with one more and with one less, found by planning again. Holds for: up to so many more, each is worth as much."
	if unproved {
		t.Note += " ~ is what follows from the plan for a small amount, not tried with a whole one: it may be worth less."
	}
	if d.p.Strict {
		t.Note += " All are told for the plan that weighs all priorities together."
	}
	return t
}

// worth marks the points of a price that was not proved.
func worth(p plan.Price, points string) string {
	if !p.Proved {
		return "~" + points
	}
	return points
}

// holdsMax is the number of units up to which plan.Price.Holds is sought.
const holdsMax = 1024

// reach says for how many units more a price holds.
func (d drawer) reach(p plan.Price) string {
	switch {
	case !p.Proved:
		return "a small amount"
	case p.Worth < pointsMin:
		return "–"
	case p.Resource == "EUR":
		return Euro(p.Holds * cmp.Or(p.Step, 1))
	case p.Holds >= holdsMax:
		return Number(p.Holds) + " " + plan.Plural(p.Unit, p.Holds) + ", or more"
	}
	return Number(p.Holds) + " " + plan.Plural(p.Unit, p.Holds)
}

// oneMore is one step more of what has a price: 1 seat a month, or EUR 1 M.
func (d drawer) oneMore(p plan.Price) string {
	what := d.resource(p.Resource)
	switch {
	case p.Resource == "EUR" && p.Month != "":
		return Euro(cmp.Or(p.Step, 1)) + " in " + MonthText(p.Month)
	case p.Resource == "EUR":
		return Euro(cmp.Or(p.Step, 1))
	case p.What == "seats":
		return "1 seat a month, " + what
	case p.What == "per_month":
		return "1 " + cmp.Or(what, p.Unit) + " a month"
	}
	return "1 " + cmp.Or(what, p.Unit, p.What)
}

// help draws the steps that would help most over all needs.
func (d drawer) help(rs []plan.Relaxation) Table {
	t := d.steps(rs, true)
	t.Title = "What would help"
	if len(rs) > 0 {
		t.Title += " most: " + spaced(rs[0].Says) + ", " + Change(rs[0].Points) + " points"
	}
	return t
}

// helpOf draws the steps that would help one need.
func (d drawer) helpOf(n plan.Need) Table {
	t := d.steps(n.Relaxations, false)
	t.Title = "What would help"
	if len(n.Relaxations) > 0 {
		t.Title += ", the cheapest for a point first"
	}
	return t
}

// helpSentences says what would help a need: the step, what it gains, what it
// costs.
func helpSentences(n plan.Need) []string {
	var says []string
	for _, r := range n.Relaxations {
		s := fmt.Sprintf("%s: %s points", spaced(r.Says), Change(r.Points))
		if r.CostEUR > 0 {
			s += ", " + Euro(r.CostEUR)
		}
		says = append(says, s)
	}
	return says
}

func (d drawer) steps(rs []plan.Relaxation, needs bool) Table {
	t := Table{
		Heads: []Head{{Name: "Step"}, {Name: "Points", Numeric: true}, {Name: "Cost", Numeric: true}, {Name: "By"}},
		Note:  "Each step was tried by itself, by planning again with it. Points: of coverage, over all needs. Cost: for all of it, at the price in the register; – where there is none.",
		Empty: "No single step that was tried helps: more than one thing is short, or nobody in the register could give what is.",
	}
	if needs {
		t.Heads = append(t.Heads, Head{Name: "For"})
	}
	for _, r := range rs {
		cost := "–"
		if r.CostEUR > 0 {
			cost = Euro(r.CostEUR)
		}
		row := []Cell{Toned(spaced(r.Says), d.toneOfStep(r)), Text(Change(r.Points)), Text(cost), Text(d.party(r.Party))}
		if needs {
			row = append(row, Text(d.name(record.KindNeed, string(r.Need))))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(rs) == 0 {
		t.Note = ""
	}
	return t
}

// toneOfStep is the tone of the leg that a step adds to.
func (d drawer) toneOfStep(r plan.Relaxation) Tone {
	switch kind, _, _ := strings.Cut(r.Record, "/"); record.Kind(kind) {
	case record.KindFund:
		return Money
	case record.KindProgramme:
		return People
	}
	for _, p := range d.p.Prices {
		if p.Record == r.Record {
			return ToneOf(p.Leg)
		}
	}
	return Plain
}
