package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// Plan shows every need with its three legs over time, and one need in full.
type Plan struct {
	Lede   string       `json:"finding"`
	Start  record.Month `json:"start"`
	Months int          `json:"months"`
	Today  int          `json:"-"`
	Show   string       `json:"show,omitempty"` // which needs: all, short, or what holds them
	Shows  []Choice     `json:"-"`
	Groups []NeedGroup  `json:"groups"`
	Chosen *NeedPanel   `json:"chosen,omitempty"`
	Full   []Table      `json:"tables"`
}

// Choice is one of a few ways to look.
type Choice struct {
	Value  string
	Name   string
	Chosen bool
}

// NeedGroup is the needs of one capability.
type NeedGroup struct {
	Name  string    `json:"name"`
	Needs []NeedRow `json:"needs"`
}

// NeedRow is one need over time.
type NeedRow struct {
	report.Need
	Now  string `json:"now"`
	Held string `json:"held"` // the leg, as a word
	leg  string
	When string `json:"when"` // since when met, until when, or the best it comes to
	Full int    `json:"-"`    // index of the first month in which all is there, for good; -1 never
	Lost int    `json:"-"`    // index of the month in which it is first lost; -1 never
}

// Tone is that of the leg that holds the need.
func (r NeedRow) Tone() report.Tone { return toneOf(r.leg) }

// NeedPanel is all about one need.
type NeedPanel struct {
	report.Why
	Claim  string       `json:"claim"`
	Record string       `json:"record"` // where the need itself is found
	Steps  []Step       `json:"steps"`
	Tries  string       `json:"-"` // why there is no step
	Tables []Table      `json:"tables"`
	Tried  *Trial       `json:"tried,omitempty"`
	Today  int          `json:"-"`
	Start  record.Month `json:"-"`
}

// Step is one more step of a leg: what it would add over all needs.
type Step struct {
	Says   string      `json:"says"`
	Points float64     `json:"points"`
	Cost   string      `json:"cost,omitempty"`
	By     string      `json:"by,omitempty"`
	Record string      `json:"record"`
	Href   string      `json:"-"`
	Tone   report.Tone `json:"-"`
	Chosen bool        `json:"-"`
	Bar    float64     `json:"-"`
}

// Trial is a step that was planned again with: what it makes of the need.
type Trial struct {
	Says    string    `json:"says"`
	Covered []float64 `json:"covered"` // of the need, by month
	Points  float64   `json:"points"`  // over all needs
}

// PlanScreen is made with the needs that show chooses, and one need in full. Tried is
// the plan with a step of it, by the record that is raised, or nil.
func (w World) PlanScreen(show string, need record.NeedID, try string, tried *plan.Plan) Plan {
	s := Plan{Show: show, Today: -1}
	if w.Plan == nil {
		s.Lede = w.Say("The register states no need: there is nothing to plan for.")
		return s
	}
	of := w.ofPlan()
	s.Lede, s.Start, s.Months, s.Today = w.planLede(), w.Plan.Start, w.Plan.Months, w.today()
	s.Shows = w.shows(show)
	for _, id := range w.capabilities() {
		g := NeedGroup{Name: w.name(record.KindCapability, string(id))}
		for i, n := range w.Plan.Needs {
			if n.Capability == id && w.shown(n, show) {
				g.Needs = append(g.Needs, w.needRow(n, of.needs[i]))
			}
		}
		if len(g.Needs) > 0 {
			s.Groups = append(s.Groups, g)
		}
	}
	if need == "" {
		need = mostShort(s.Groups)
	}
	s.Chosen = w.needPanel(need, try, tried)
	s.Full = of.full
	return s
}

// needsShown is how many needs are drawn, for a page has an end; the lists and the CSV have all.
const needsShown = 26

// Drawn are the groups of the needs that are drawn, and Rest how many are not.
func (s Plan) Drawn() []NeedGroup {
	var drawn []NeedGroup
	left := needsShown
	for _, g := range s.Groups {
		if left > 0 {
			g.Needs = g.Needs[:min(len(g.Needs), left)]
			left -= len(g.Needs)
			drawn = append(drawn, g)
		}
	}
	return drawn
}

// Rest is how many needs are not drawn.
func (s Plan) Rest() int {
	n := -needsShown
	for _, g := range s.Groups {
		n += len(g.Needs)
	}
	return max(n, 0)
}

// Finding implements Screen.
func (s Plan) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Plan) Tables() []Table {
	t := Table{ID: "needs", Title: "Needs", Heads: Voice{}.heads("Id", "Need", "Where", "#Priority", "#Covered", "Now", "Held by", "When")}
	for _, g := range s.Groups {
		for _, n := range g.Needs {
			t.Rows = append(t.Rows, []Cell{link(n.ID, needHref(record.NeedID(n.ID))), text(n.Title), text(n.Where), text(fmt.Sprint(n.Priority)), number(report.Percent(n.Share), n.Share), text(n.Now), text(n.Held), text(n.When)})
		}
	}
	all := []Table{t}
	if s.Chosen != nil {
		all = append(all, s.Chosen.Tables...)
	}
	return append(all, s.Full...)
}

// mostShort is the need whose shortfall costs most.
func mostShort(groups []NeedGroup) (id record.NeedID) {
	most := -1.0
	for _, g := range groups {
		for _, n := range g.Needs {
			if n.Need.Lost > most {
				id, most = record.NeedID(n.ID), n.Need.Lost
			}
		}
	}
	return id
}

func (w World) planLede() string {
	t := w.now()
	legs, count, asked := w.heldAt(t)
	met := asked
	var held []string
	for _, l := range legs {
		met -= count[l]
		held = append(held, fmt.Sprintf("**%s** %d", w.legName(l), count[l]))
	}
	says := w.Say("A need is met only while all three legs stand. In %s **%d of %d** are met", w.Month(w.month(t)), met, asked)
	if len(held) > 0 {
		says += "; " + w.Say("held back by: %s", strings.Join(held, ", "))
	}
	return says + "."
}

// shows are the ways to choose among the needs.
func (w World) shows(chosen string) []Choice {
	all := []Choice{{"", w.Say("All"), false}, {"short", w.Say("Short now"), false}}
	for _, l := range []string{legEquipment, legPeople, legMoney, legForces} {
		all = append(all, Choice{l, w.legName(l), false})
	}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

func (w World) shown(n plan.Need, show string) bool {
	m := n.Months[w.now()]
	return show == "" || show == "short" && short(m) || short(m) && leg(m) == show
}

func (w World) needRow(n plan.Need, r report.Need) NeedRow {
	m := n.Months[w.now()]
	row := NeedRow{Need: r, Full: -1, Lost: -1, leg: leg(m)}
	if row.leg == "" {
		row.leg = heldBy(n)
	}
	row.Held = w.legName(row.leg)
	row.Now = w.Say("not asked now")
	if m.Needed > 1e-9 {
		row.Now = w.Say("%s of %s %s now", units(m.Covered), report.Number(m.Needed), plan.Plural(n.Unit, m.Needed))
	}
	row.Full, row.Lost, row.When = w.turns(n)
	return row
}

// heldBy is what holds a need in most of its short months.
func heldBy(n plan.Need) string {
	count, most := map[string]int{}, ""
	for _, m := range n.Months {
		if short(m) {
			l := leg(m)
			if count[l]++; count[l] > count[most] {
				most = l
			}
		}
	}
	return most
}

// turns says when a need is met for good, or else when it is lost, or the best
// that it comes to.
func (w World) turns(n plan.Need) (full, lost int, says string) {
	full, lost = -1, -1
	best, met := 0.0, false
	for t, m := range n.Months {
		switch {
		case m.Needed <= 1e-9:
		case short(m):
			if met && lost < 0 {
				lost = t
			}
			full, met = -1, false
		default:
			if !met && full < 0 {
				full = t
			}
			met = true
		}
		best = max(best, m.Covered)
	}
	switch {
	case n.Needed <= 1e-9:
		return -1, -1, w.Say("not asked")
	case full >= 0:
		return full, -1, w.Say("full %s", w.Month(w.month(full)))
	case lost >= 0:
		return -1, lost, w.Say("until %s", w.Month(w.month(lost-1)))
	}
	return -1, -1, w.Say("at best %s", units(best))
}

func (w World) needPanel(id record.NeedID, try string, tried *plan.Plan) *NeedPanel {
	why, ok := report.OfNeed(w.View, w.Plan, id)
	if !ok {
		return nil
	}
	p := &NeedPanel{Why: why, Record: recordHref(record.Key{Kind: record.KindNeed, ID: string(id)}), Today: w.today(), Start: w.Plan.Start, Claim: w.needClaim(why)}
	p.Tries = w.Say("No single step that was tried helps it.")
	if !w.Tried {
		p.Tries = w.Say("Steps are still being tried: load the page again in a moment.")
	}
	most := 0.0
	for _, r := range why.Raw.Relaxations {
		most = max(most, r.Points)
	}
	for _, r := range why.Raw.Relaxations {
		s := Step{Says: spaced(r.Says), Points: r.Points, By: w.party(r.Party), Record: r.Record, Chosen: r.Record == try,
			Href: needHref(id) + "&try=" + r.Record, Bar: r.Points / max(most, 1e-9), Tone: w.stepTone(r)}
		if r.CostEUR > 0 {
			s.Cost = report.Euro(r.CostEUR)
		}
		p.Steps = append(p.Steps, s)
		if s.Chosen && tried != nil {
			p.Tried = w.trial(id, s.Says, tried)
		}
	}
	for i, t := range []report.Table{why.Feeds, why.Prices, why.Behind, why.ByMonth()} {
		p.Tables = append(p.Tables, w.tableOf([...]string{"feeds", "need-prices", "behind", "by-month"}[i], t))
	}
	return p
}

func (w World) stepTone(r plan.Relaxation) report.Tone {
	switch kind, _, _ := strings.Cut(r.Record, "/"); record.Kind(kind) {
	case record.KindFund:
		return report.Money
	case record.KindProgramme:
		return report.People
	}
	for _, p := range w.Plan.Prices {
		if p.Record == r.Record {
			return report.ToneOf(p.Leg)
		}
	}
	return report.Equipment
}

// needClaim says what binds now.
func (w World) needClaim(why report.Why) string {
	t := w.now()
	m := why.Raw.Months[t]
	switch {
	case m.Needed <= 1e-9:
		return w.Say("Nothing is needed in %s.", w.Month(w.month(t)))
	case !short(m):
		return w.Say("All **%s** that are needed in %s are there.", report.Number(m.Needed), w.Month(w.month(t)))
	}
	return w.Say("**%s** binds now: equipment for %s, people for %s, money for %s; **%s** needed, **%s** covered.", w.legName(leg(m)),
		units(m.Legs.Equipment), units(m.Legs.People), units(m.Legs.Money), report.Number(m.Needed), units(m.Covered))
}

func (w World) trial(id record.NeedID, says string, tried *plan.Plan) *Trial {
	t := &Trial{Says: says, Points: (tried.Objective - w.Plan.Objective) / max(w.Plan.PointValue, 1e-9)}
	if i := slices.IndexFunc(tried.Needs, func(n plan.Need) bool { return n.ID == id }); i >= 0 {
		for _, m := range tried.Needs[i].Months {
			t.Covered = append(t.Covered, m.Covered)
		}
	}
	return t
}

// Raised is the view with one step more of a record, as it would help a need; ok
// is false where the plan names no such step. What is raised is added beside the
// record as another of its kind, from the month in which it helps.
func (w World) Raised(need record.NeedID, key string) (v *register.View, ok bool) {
	i := slices.IndexFunc(w.Plan.Needs, func(n plan.Need) bool { return n.ID == need })
	if i < 0 {
		return nil, false
	}
	k := slices.IndexFunc(w.Plan.Needs[i].Relaxations, func(r plan.Relaxation) bool { return r.Record == key })
	if k < 0 {
		return nil, false
	}
	more := w.more(w.Plan.Needs[i].Relaxations[k])
	if more == nil {
		return nil, false
	}
	return w.View.With(more), true
}

// more is the record that adds what a relaxation adds, or nil.
func (w World) more(r plan.Relaxation) record.Record {
	kind, id, _ := strings.Cut(r.Record, "/")
	from := w.Plan.Start.First().Day()
	if m, err := record.ParseMonth(r.From); err == nil {
		from = m.First().Day()
	}
	amount := record.Exactly(r.Amount)
	old, _ := w.View.Get(record.Key{Kind: record.Kind(kind), ID: id})
	switch old := old.(type) {
	case *record.Programme:
		more := *old
		more.ID, more.Seats, more.From = old.ID+"-more", amount, from
		return &more
	case *record.Production:
		more := *old
		more.ID, more.PerMonth, more.From = old.ID+"-more", amount, from
		return &more
	case *record.Pledge:
		more := *old
		more.ID, more.Quantity, more.PartOf, more.Schedule = old.ID+"-more", &amount, "", nil
		if more.From.IsZero() && len(old.Schedule) > 0 {
			more.From = old.Schedule[0].On
		}
		return &more
	case *record.Fund:
		return w.moreMoney(old, r, from)
	}
	return nil
}

// moreMoney is a pledge of so much a month into a fund, to the end of the plan.
func (w World) moreMoney(f *record.Fund, r plan.Relaxation, from record.Day) record.Record {
	p := &record.Pledge{Common: record.Common{Kind: record.KindPledge, ID: f.ID + "-more", By: cmp.Or(r.Party, w.View.Settings().Owner)},
		Into: record.FundID(f.ID), From: from, Status: []record.RungStatus{{Is: w.Plan.Rung}}}
	a, err := euros(r.Amount)
	all, err2 := euros(r.Amount * float64(w.Plan.Start+record.Month(w.Plan.Months)-from.First().Month()))
	if err != nil || err2 != nil {
		return nil
	}
	p.Amount = all
	for m := from.First().Month(); m < w.Plan.Start+record.Month(w.Plan.Months); m++ {
		p.Schedule = append(p.Schedule, record.Lot{On: m.First().Day(), Amount: a})
	}
	return p
}

func euros(x float64) (*record.Amount, error) {
	m, err := record.ParseMoney(fmt.Sprintf("%.2f EUR", x))
	return &record.Amount{Min: m, Max: m}, err
}
