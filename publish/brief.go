package publish

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/report"
)

// Brief is one page: what is covered, what would change it, what contradicts
// itself. Every list is cut so that the page holds it; the page says that there is
// more.
type Brief struct {
	Label, Made, Plan string // over the page
	Title, Lede       string
	Start             record.Month
	Coverage          report.Strip
	Equipment         report.Strip
	Note              string // under the chart
	Figures           []report.Fact
	Decisions         []Decision
	Gaps              []Gap
	Contradictions    []string
	If                [2]string // what would change: a title, and a sentence or two
	Footer            [3]string
}

// Decision is something that would help, and by how much.
type Decision struct{ What, How, Gain string }

// Gap is a need that is short.
type Gap struct{ Need, Now, End, HeldBy string }

// How much of each list the page holds.
const (
	decisionsMax      = 3
	gapsMax           = 6
	contradictionsMax = 4
)

// BriefOf composes the brief of a view and of a plan made from it, if there is one.
func BriefOf(d *document) Brief {
	b := Brief{Label: d.stamp.Releasable(), Made: "As of " + d.stamp.AsOf.Text(), Title: cmp.Or(d.stamp.Title, "Register"), Plan: "No plan"}
	found := d.findings()
	for _, f := range found {
		if f.Level > check.Note && len(b.Contradictions) < contradictionsMax {
			b.Contradictions = append(b.Contradictions, strings.ToUpper(f.Says[:1])+f.Says[1:])
		}
	}
	b.Footer = [3]string{"Entente", report.Count(d.v.Len(), "record", "records") + ", " + report.Count(len(found), "finding", "findings") + ", for " + d.stamp.Reader, "Head " + d.stamp.Head[:12]}
	if d.stamp.Size > 0 {
		b.Footer[2] = fmt.Sprintf("Ledger %d, head %s", d.stamp.Size, d.stamp.Head[:12])
	}
	over := report.OfRegister(d.v, d.o.rung())
	b.Lede = over.Headline
	if x := d.o.If; x != nil {
		what, _, _ := strings.Cut(strings.Join(x.Changes, "; "), ":")
		b.If = [2]string{"If " + what, strings.TrimSpace(x.Headline + " " + x.Moves)}
	}
	if d.o.Plan != nil {
		b.plan(report.OfPlan(d.v, d.o.Plan), d.o.Plan)
	}
	return b
}

// plan adds what a plan says.
func (b *Brief) plan(r report.Plan, p *plan.Plan) {
	last := r.Start + record.Month(max(p.Months, 1)-1)
	b.Plan = "Plan " + r.Start.Text() + " to " + last.Text()
	b.Title, b.Lede = r.Headline, strings.Join(r.More[:min(len(r.More), 2)], " ")
	b.Start, b.Coverage, b.Equipment = r.Start, r.Coverage, r.Equipment
	b.Note = "Share of what is needed that the plan covers, weighted by priority. Line: what equipment alone would suggest."
	b.Figures = []report.Fact{{Name: "Coverage, points", Value: report.Score(p.Points)}, {Name: r.Start.Text(), Value: at(r.Coverage, 0)},
		{Name: (r.Start + record.Month(len(r.Coverage)/2)).Text(), Value: at(r.Coverage, len(r.Coverage)/2)}, {Name: last.Text(), Value: at(r.Coverage, len(r.Coverage)-1)}}
	for _, row := range r.Prices.Rows[:min(len(r.Prices.Rows), decisionsMax)] {
		b.Decisions = append(b.Decisions, Decision{What: "One more: " + row[0].Text, How: row[1].Text + ", " + row[2].Text, Gain: row[3].Text + " points"})
	}
	needs := slices.DeleteFunc(slices.Clone(r.Needs), func(n report.Need) bool { return !n.Asks || n.Steady })
	slices.SortStableFunc(needs, func(a, b report.Need) int { return cmp.Compare(b.Lost, a.Lost) })
	for _, n := range needs[:min(len(needs), gapsMax)] {
		b.Gaps = append(b.Gaps, gapOf(n, p))
	}
}

func gapOf(n report.Need, p *plan.Plan) Gap {
	g := Gap{Need: n.Title, Now: "–", End: "–", HeldBy: cmp.Or(n.Leg, "no single leg")}
	i := slices.IndexFunc(p.Needs, func(x plan.Need) bool { return string(x.ID) == n.ID })
	if i < 0 || len(p.Needs[i].Months) == 0 {
		return g
	}
	of := func(m plan.NeedMonth) string {
		return report.Number(math.Round(10*m.Covered)/10) + " of " + report.Number(m.Needed)
	}
	ms := p.Needs[i].Months
	g.Now, g.End = of(ms[0]), of(ms[len(ms)-1])
	return g
}

func at(s report.Strip, i int) string {
	if i < 0 || i >= len(s) {
		return "–"
	}
	return report.Percent(s[i])
}
