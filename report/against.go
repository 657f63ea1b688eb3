package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Against is a plan beside an earlier one: what moved, and because of what.
type Against struct {
	Headline string
	More     []string
	Changed  Table // records that are not what they were
	Needs    Table
	Moves    Table
}

// OfDiff draws how now, which was made from v, differs from then.
func OfDiff(v *register.View, then, now *plan.Plan, diff *plan.Diff) Against {
	d := drawer{v, now}
	a := Against{Headline: diffHeadline(then, now, diff), Changed: d.changed(diff), Needs: d.shifted(then, diff), Moves: d.movedOtherwise(diff)}
	if !sameAsked(then, now) {
		a.More = append(a.More, "The two plans were asked for differently: "+askedDiffers(then, now)+". Part of what moved follows from that.")
	}
	if then.Register.AsOf != now.Register.AsOf || then.Register.Reader != now.Register.Reader {
		a.More = append(a.More, fmt.Sprintf("The register was seen by %s as of %s then, by %s as of %s now.", then.Register.Reader, then.Register.AsOf, now.Register.Reader, now.Register.AsOf))
	}
	if math.Abs(diff.CostEUR) >= 0.5 {
		more := "more"
		if diff.CostEUR < 0 {
			more = "less"
		}
		a.More = append(a.More, fmt.Sprintf("It spends %s %s than before.", Euro(math.Abs(diff.CostEUR)), more))
	}
	if len(diff.Changed) == 0 && len(diff.Needs)+len(diff.Moves) > 0 && sameAsked(then, now) {
		a.More = append(a.More, "No record has changed: what moved is a choice between plans that are equally good, or a different version of this program.")
	}
	return a
}

func diffHeadline(then, now *plan.Plan, diff *plan.Diff) string {
	because := ""
	if n := len(diff.Changed); n > 0 {
		because = fmt.Sprintf(" %s changed since.", Count(n, "record has", "records have"))
	}
	switch {
	case len(diff.Changed)+len(diff.Needs)+len(diff.Moves) == 0:
		return "Nothing differs: the same records give the same plan."
	case math.Abs(diff.Points) < pointsMin:
		return fmt.Sprintf("Coverage stays at %s of 100 points.%s", Points(now.Points), because)
	case diff.Points < 0:
		return fmt.Sprintf("Coverage falls from %s to %s of 100 points.%s", Points(then.Points), Points(now.Points), because)
	}
	return fmt.Sprintf("Coverage rises from %s to %s of 100 points.%s", Points(then.Points), Points(now.Points), because)
}

func sameAsked(a, b *plan.Plan) bool { return askedDiffers(a, b) == "" }

// askedDiffers says what two plans were asked for differently, or nothing.
func askedDiffers(then, now *plan.Plan) string {
	yes := func(is bool) string {
		if is {
			return "so"
		}
		return "not so"
	}
	var says []string
	for _, x := range []struct{ name, then, now string }{
		{"the first month was", then.Start.Text(), now.Start.Text()},
		{"the length was", Count(then.Months, "month", "months"), Count(now.Months, "month", "months")},
		{"pledges counted from rung", then.Rung, now.Rung},
		{"a month counted of the month before", Number(then.Discount), Number(now.Discount)},
		{"priorities were strict:", yes(then.Strict), yes(now.Strict)},
		{"burdens were fair:", yes(then.Fair), yes(now.Fair)},
		{"whole numbers were asked for:", yes(then.Whole), yes(now.Whole)},
	} {
		if x.then != x.now {
			says = append(says, fmt.Sprintf("%s %s then, %s now", x.name, x.then, x.now))
		}
	}
	return strings.Join(says, "; ")
}

func (d drawer) changed(diff *plan.Diff) Table {
	t := Table{
		Title: Count(len(diff.Changed), "record has changed", "records have changed"),
		Heads: []Head{{Name: "Record"}, {Name: "How"}, {Name: "What it is", Brief: true}, {Name: "Written at"}},
		Empty: "No record that a plan depends on has changed.",
	}
	folder := d.folder()
	for _, c := range diff.Changed {
		tone := Plain
		switch c.How {
		case "added":
			tone = Good
		case "removed":
			tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{Text(c.Record), Toned(c.How, tone), Text(d.of(c.Record)), Text(strings.TrimPrefix(d.at(c.Record), folder))})
	}
	return t
}

func (d drawer) shifted(then *plan.Plan, diff *plan.Diff) Table {
	t := Table{
		Title: Count(len(diff.Needs), "need is", "needs are") + " covered otherwise",
		Heads: []Head{{Name: "Need"}, {Name: "Before", Numeric: true}, {Name: "Now", Numeric: true}, {Name: "Months", Numeric: true, Brief: true}, {Name: "All there", Brief: true}, {Name: "Because of"}},
		Note:  "Before and now in unit-months.",
		Empty: "Every need is covered as before.",
	}
	if len(diff.Needs) == 0 {
		t.Note = ""
	}
	find := func(p *plan.Plan, id string) plan.Need {
		for _, n := range p.Needs {
			if string(n.ID) == id {
				return n
			}
		}
		return plan.Need{}
	}
	for _, s := range diff.Needs {
		id := strings.TrimPrefix(s.Record, string(record.KindNeed)+"/")
		old, now := find(then, id), find(d.p, id)
		tone := Good
		if s.After < s.Before {
			tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{Text(cmp.Or(now.Title, old.Title, id)), Text(Number(s.Before)), Toned(Number(s.After), tone), Text(Number(float64(s.Months))),
			Text(fromTo(metText(old.FirstMet), metText(now.FirstMet))), Text(orDash(Few(s.Because, 2)))})
	}
	return withoutOneReason(t, diff)
}

func (d drawer) movedOtherwise(diff *plan.Diff) Table {
	t := Table{
		Title: Count(len(diff.Moves), "record is", "records are") + " used otherwise",
		Heads: []Head{{Name: "Record"}, {Name: "What it is", Brief: true}, {Name: "Does"}, {Name: "Before", Numeric: true}, {Name: "Now", Numeric: true}, {Name: "Months", Numeric: true, Brief: true}, {Name: "Because of"}},
		Empty: "Everything is used as before.",
	}
	share := func(s plan.Shift) float64 { return math.Abs(s.After-s.Before) / max(s.After, s.Before, 1e-9) }
	moves := slices.Clone(diff.Moves)
	slices.SortStableFunc(moves, func(a, b plan.Shift) int { return cmp.Compare(share(b), share(a)) })
	for _, s := range moves {
		number := Number
		if s.Verb == plan.Pay {
			number = Euro
		}
		before, now := number(s.Before), number(s.After)
		if before == now {
			now = "in other months"
		}
		t.Rows = append(t.Rows, []Cell{Text(s.Record), Text(d.of(s.Record)), Text(verbText(s.Verb)), Text(before), Text(now), Text(Number(float64(s.Months))), Text(orDash(Few(s.Because, 2)))})
	}
	return withoutOneReason(t, diff)
}

// withoutOneReason leaves out the column of reasons where there is only one.
func withoutOneReason(t Table, diff *plan.Diff) Table {
	if len(diff.Changed) != 1 || len(t.Rows) == 0 {
		return t
	}
	last := len(t.Heads) - 1
	t.Heads = t.Heads[:last]
	for i := range t.Rows {
		t.Rows[i] = t.Rows[i][:last]
	}
	t.Note = sentences(t.Note, "all of it because of "+diff.Changed[0].Record)
	return t
}

func verbText(v string) string {
	return cmp.Or(map[string]string{plan.Ship: "ships", plan.Buy: "makes", plan.Train: "trains", plan.Deploy: "deploys", plan.Pay: "pays"}[v], v)
}
