package screen

import (
	"cmp"
	"slices"

	"entente/plan"
	"entente/record"
	"entente/report"
)

// Brief is one page for who decides.
type Brief struct {
	Lede      string   `json:"finding"`
	Title     string   `json:"title"`
	More      []string `json:"more"`
	Coverage  Coverage `json:"coverage"`
	Claim     string   `json:"claim"`
	Stats     []Stat   `json:"stats"`
	Decisions []Step   `json:"decisions"`
	Gaps      Table    `json:"gaps"`
	Findings  []Item   `json:"findings"`
	Tries     string   `json:"-"` // why there is no decision
	Risk      string   `json:"risk"`
	Head      string   `json:"head"`
}

// The brief is one page of paper.
const (
	briefDecisions = 3
	briefGaps      = 6
	briefFindings  = 4
)

// Brief is made from what the overview is made from.
func (w World) Brief() Brief {
	b := Brief{Head: w.View.Head(), Findings: w.gravest(briefFindings)}
	if w.Plan == nil {
		b.Title = w.Say("The register states no need: there is nothing to plan for.")
		b.Lede = b.Title
		return b
	}
	b.Coverage = w.coverage("", w.Say("All capabilities"), every)
	b.Claim = w.coverageClaim(b.Coverage)
	b.Title = w.briefTitle(b.Coverage)
	b.Lede = w.overviewLede(b.Coverage)
	b.Stats = w.overviewStats(b.Coverage)[:4]
	b.More = w.ofPlan().more
	b.Tries = w.Say("No single step that was tried helps.")
	if !w.Tried {
		b.Tries = w.Say("Steps are still being tried: load the page again in a moment.")
	}
	for _, r := range w.decisive() {
		s := Step{Says: spaced(r.Says), Points: r.Points, By: w.party(r.Party), Record: r.Record, Href: needHref(r.Need) + "&try=" + r.Record, Tone: w.stepTone(r)}
		if r.CostEUR > 0 {
			s.Cost = report.Euro(r.CostEUR)
		}
		b.Decisions = append(b.Decisions, s)
	}
	b.Gaps = w.gaps()
	b.Gaps.Rows = b.Gaps.Rows[:min(len(b.Gaps.Rows), briefGaps)]
	for i := range b.Gaps.Rows {
		b.Gaps.Rows[i] = b.Gaps.Rows[i][:4]
	}
	b.Gaps.Heads = b.Gaps.Heads[:4]
	end := w.last()
	if b.Coverage.Announced[end] >= 0 {
		b.Risk = w.Say("In %s, %s of need rests on what is committed; with all that is only announced it would be %s.", w.Month(w.month(end)), report.Percent(b.Coverage.Planned[end]), report.Percent(b.Coverage.Announced[end]))
	}
	return b
}

// decisive are the steps that can still be taken and would help most, each
// record once.
func (w World) decisive() []plan.Relaxation {
	var all, best []plan.Relaxation
	for _, n := range w.Plan.Needs {
		all = append(all, w.ahead(n.Relaxations)...)
	}
	slices.SortStableFunc(all, func(a, b plan.Relaxation) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Says, b.Says))
	})
	for _, r := range all {
		if r.Points >= worthSaying && len(best) < briefDecisions && !slices.ContainsFunc(best, func(o plan.Relaxation) bool { return o.Record == r.Record }) {
			best = append(best, r)
		}
	}
	return best
}

// worthSaying is the least gain, in points, that is worth a decision.
const worthSaying = 0.01

// ahead leaves out steps that would have had to begin before the view's day.
func (w World) ahead(rs []plan.Relaxation) []plan.Relaxation {
	var all []plan.Relaxation
	for _, r := range rs {
		from, err := record.ParseMonth(r.From)
		if err != nil {
			from = w.begins(r.Record)
		}
		if from >= w.View.At().On.Month() || w.Plan.Start > w.View.At().On.Month() {
			all = append(all, r)
		}
	}
	return all
}

// begins is the month in which a pledge can first be sent.
func (w World) begins(key string) record.Month {
	kind, id, _ := cutKey(key)
	r, _ := w.View.Get(record.Key{Kind: kind, ID: id})
	p, ok := r.(*record.Pledge)
	switch {
	case !ok:
		return w.Plan.Start
	case !p.From.IsZero():
		return p.From.First().Month()
	case len(p.Schedule) > 0:
		return p.Schedule[0].On.First().Month()
	}
	return w.Plan.Start
}

func (w World) briefTitle(c Coverage) string {
	t, end := w.now(), w.last()
	switch {
	case c.Planned[t] < 0:
		return w.Say("Nothing is needed in %s", w.Month(w.month(t)))
	case end > t && c.Planned[end] >= 0 && c.Planned[end] < c.Planned[t]-0.01:
		return w.Say("What is committed covers %s of the need in %s, and %s by %s", report.Percent(c.Planned[t]), w.Month(w.month(t)), report.Percent(c.Planned[end]), w.Month(w.month(end)))
	}
	return w.Say("What is committed covers %s of the need in %s", report.Percent(c.Planned[t]), w.Month(w.month(t)))
}

// Finding implements Screen.
func (b Brief) Finding() string { return b.Lede }

// Tables implements Screen.
func (b Brief) Tables() []Table {
	t := Table{ID: "decisions", Title: "Decisions", Heads: Voice{}.heads("Step", "#Points", "Cost", "By")}
	for _, d := range b.Decisions {
		t.Rows = append(t.Rows, []Cell{text(d.Says), number(report.Change(d.Points), d.Points), text(cmp.Or(d.Cost, "–")), text(d.By)})
	}
	return []Table{t, b.Gaps}
}
