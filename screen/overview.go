package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/report"
)

// Overview says where all stand.
type Overview struct {
	Lede     string     `json:"finding"`
	Title    string     `json:"register"`
	Stats    []Stat     `json:"stats"`
	Groups   []Coverage `json:"coverage"` // all needs, then by capability
	Chosen   Coverage   `json:"-"`
	Now      int        `json:"-"` // the month that the screen speaks of first
	Claim    string     `json:"coverage_claim"`
	Balance  Balance    `json:"balance"`
	Gaps     Table      `json:"gaps"`
	Findings []Item     `json:"findings"`
	Found    string     `json:"found"`
	Lately   []Item     `json:"lately"`
	LatelyOf string     `json:"lately_of"`
}

// lists are as long as a screen holds.
const (
	gapsShown     = 9
	findingsShown = 6
	latelyShown   = 7
	latelyDays    = 90
)

// Overview is made for one group of needs, and one month in which the legs are
// weighed; -1 is now.
func (w World) Overview(group string, month int) Overview {
	o := Overview{Title: w.View.Settings().Title, Found: w.foundText()}
	o.Findings, o.Lately = w.gravest(findingsShown), w.latest()
	o.LatelyOf = w.Count(len(o.Lately), "%d event in 90 days", "%d events in 90 days")
	if w.Plan == nil || w.Plan.Months == 0 || len(w.Plan.Needs) == 0 {
		o.Lede = w.Say("The register holds %s and states no need: there is nothing to plan for.", report.Count(w.View.Len(), "record", "records"))
		o.Gaps = Table{ID: "gaps", Title: w.Say("There is no need."), Empty: w.Say("There is no need."), Heads: w.heads("Need")}
		return o
	}
	o.Groups = append(o.Groups, w.coverage("", w.Say("All capabilities"), every))
	for _, id := range w.capabilities() {
		o.Groups = append(o.Groups, w.coverage(string(id), w.name(record.KindCapability, string(id)), func(n plan.Need) bool { return n.Capability == id }))
	}
	o.Chosen, o.Now = o.Groups[0], w.now()
	if i := slices.IndexFunc(o.Groups, func(c Coverage) bool { return c.ID == group }); i > 0 {
		o.Chosen = o.Groups[i]
	}
	if month < 0 || month > w.last() {
		month = w.now()
	}
	o.Lede, o.Stats, o.Claim = w.overviewLede(o.Groups[0]), w.overviewStats(o.Groups[0]), w.coverageClaim(o.Chosen)
	o.Balance, o.Gaps = w.balance(o.Groups, month), w.gaps()
	return o
}

// Finding implements Screen.
func (o Overview) Finding() string { return o.Lede }

// Tables implements Screen.
func (o Overview) Tables() []Table {
	if o.Groups == nil {
		return []Table{o.Gaps}
	}
	return []Table{o.Chosen.Table(), o.Balance.Table, o.Gaps}
}

func (w World) overviewLede(all Coverage) string {
	t, end := w.now(), w.last()
	says := w.Say("From what is %s, **%s** of what is needed in %s can be covered.", w.Rung(w.Plan.Rung), report.Percent(all.Planned[t]), w.Month(w.month(t)))
	if all.Equipment[t]-all.Planned[t] >= 0.005 {
		says += " " + w.Say("Equipment alone would suggest %s.", report.Percent(all.Equipment[t]))
	}
	if legs, count, asked := w.heldAt(t); len(legs) > 0 {
		says += " " + w.Say("**%s** holds back **%d of %d** needs now.", w.legName(legs[0]), count[legs[0]], asked)
	}
	if end > t && all.Planned[end] >= 0 {
		says += " " + w.Say("In %s it is **%s**.", w.Month(w.month(end)), report.Percent(all.Planned[end]))
	}
	return says
}

func (w World) overviewStats(all Coverage) []Stat {
	t, end := w.now(), w.last()
	first := Stat{Name: w.Say("Covered in %s", w.Month(w.month(t))), Value: report.Percent(all.Planned[t])}
	if t >= 3 && all.Planned[t-3] >= 0 && all.Planned[t] >= 0 {
		by := all.Planned[t] - all.Planned[t-3]
		first.Sub = w.Say("%s in 3 months", signedPoints(by))
		if by < -0.005 {
			first.Tone = report.Bad
		} else if by > 0.005 {
			first.Tone = report.Good
		}
	}
	last := Stat{Name: w.Say("Planned, %s", w.Month(w.month(end))), Value: report.Percent(all.Planned[end])}
	if all.Announced[end] >= 0 {
		last.Sub = w.Say("%s with what is announced", report.Percent(all.Announced[end]))
	}
	peak := 0
	for i, x := range all.Planned {
		if x > all.Planned[peak] {
			peak = i
		}
	}
	errors, warnings := w.levels()
	took, pledges := w.pace()
	days := Stat{Name: w.Say("Announced to handed over"), Value: "–", Sub: w.Say("not yet known")}
	if pledges > 0 {
		days.Value, days.Sub = w.Count(took, "%d day", "%d days"), w.Count(pledges, "median of %d pledge", "median of %d pledges")
	}
	return []Stat{
		first, last,
		{Name: w.Say("Peak of the plan"), Value: report.Percent(all.Planned[peak]), Sub: w.Month(w.month(peak))},
		{Name: w.Say("Open findings"), Value: fmt.Sprint(errors + warnings), Sub: w.Count(errors, "%d error", "%d errors")},
		days,
	}
}

// signedPoints is a difference of shares in points of a hundred.
func signedPoints(by float64) string {
	switch s := fmt.Sprintf("%+.0f", by*100); s {
	case "+0", "-0":
		return "±0"
	default:
		return strings.Replace(s, "-", "−", 1)
	}
}

func (w World) levels() (errors, warnings int) {
	both := remembered(w.Memo, "levels", func() [2]int {
		errors, warnings := w.countLevels()
		return [2]int{errors, warnings}
	})
	return both[0], both[1]
}

func (w World) countLevels() (errors, warnings int) {
	for _, f := range w.Found {
		switch f.Level {
		case check.Error:
			errors++
		case check.Warning:
			warnings++
		}
	}
	return errors, warnings
}

// pace is the median of the days from a pledge's first status to its handing
// over, and of how many pledges.
func (w World) pace() (days, pledges int) {
	took := remembered(w.Memo, "pace", func() []int {
		var took []int
		for _, d := range w.pledged().took {
			if d > 0 {
				took = append(took, int(d))
			}
		}
		slices.Sort(took)
		return took
	})
	if len(took) == 0 {
		return 0, 0
	}
	return took[len(took)/2], len(took)
}

// pledged are all pledges, which rung each has reached, and how many days it took
// from its first status to its handing over; 0 where that is not known.
type pledged struct {
	all  []*record.Pledge
	rung []record.Rung
	took []int32
}

func (w World) pledged() pledged {
	return remembered(w.Memo, "pledged", func() pledged {
		all := w.View.Pledges()
		p := pledged{all, make([]record.Rung, len(all)), make([]int32, len(all))}
		for i, one := range all {
			p.rung[i] = w.View.Rung(one)
			if p.rung[i] >= record.HandedOver {
				days, _ := w.took(one)
				p.took[i] = int32(days)
			}
		}
		return p
	})
}

// took is the number of days from the first status of p to its handing over, of
// those pledges that state both days and that were stated before.
func (w World) took(p *record.Pledge) (int, bool) {
	over, ok := w.View.Since(p, record.HandedOver)
	first := record.Forever
	for _, s := range p.Status {
		if !s.On.IsZero() && w.View.RungOf(p.By, s) < record.HandedOver && s.On.First() != record.Beginning {
			first = min(first, s.On.First())
		}
	}
	if !ok || first == record.Forever || over.First() <= first {
		return 0, false
	}
	return int(over.First() - first), true
}

// fallMin is a fall of coverage that a title speaks of.
const fallMin = 0.05

// coverageClaim says what a reader sees in the chart of a group.
func (w World) coverageClaim(c Coverage) string {
	at, most, low, high := -1, fallMin, 1.0, 0.0
	asked := false
	for i, x := range c.Planned {
		if x < 0 {
			continue
		}
		asked = true
		low, high = min(low, x), max(high, x)
		if i > 0 && c.Planned[i-1] >= 0 && c.Planned[i-1]-x > most {
			at, most = i, c.Planned[i-1]-x
		}
	}
	switch {
	case !asked:
		return w.Say("%s: nothing is needed in these months", c.Name)
	case at > 0:
		return w.Say("%s: coverage falls from %s to %s in %s", c.Name, report.Percent(c.Planned[at-1]), report.Percent(c.Planned[at]), w.Month(c.Start+record.Month(at)))
	case high-low < 0.01:
		return w.Say("%s: coverage stays at %s", c.Name, report.Percent(high))
	}
	return w.Say("%s: coverage runs from %s to %s, with no sudden fall", c.Name, report.Percent(low), report.Percent(high))
}

// Table is the series of a group in figures.
func (c Coverage) Table() Table {
	t := Table{ID: "coverage", Title: c.Name, Heads: Voice{}.heads("Month", "#Planned", "#With what is announced", "#Equipment alone", "#People alone", "#Money alone")}
	for i := range c.Planned {
		row := []Cell{text((c.Start + record.Month(i)).Text())}
		for _, s := range []report.Strip{c.Planned, c.Announced, c.Equipment, c.People, c.Money} {
			row = append(row, number(report.Percent(s[i]), s[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Balance weighs the three legs of each capability in a month.
type Balance struct {
	Claim    string         `json:"claim"`
	Month    record.Month   `json:"month"`
	Horizons []record.Month `json:"-"`
	Rows     []Leg3         `json:"rows"`
	Table    Table          `json:"-"`
}

// Leg3 is how much each leg alone would allow of a capability, as a share.
type Leg3 struct {
	Name      string  `json:"name"`
	Equipment float64 `json:"equipment"`
	People    float64 `json:"people"`
	Money     float64 `json:"money"`
	Covered   float64 `json:"covered"`
	Short     string  `json:"short"` // the leg that allows least, or empty
}

func (w World) balance(groups []Coverage, t int) Balance {
	b := Balance{Month: w.month(t), Horizons: w.horizons(), Table: Table{ID: "balance", Heads: w.heads("Capability", "#Equipment", "#People", "#Money", "#Covered", "Short of")}}
	counts, asked := map[string]int{}, 0
	for i, g := range slices.Concat(groups[1:], groups[:1]) {
		if g.Planned[t] < 0 {
			continue
		}
		r := Leg3{Name: g.Name, Equipment: g.Equipment[t], People: g.People[t], Money: g.Money[t], Covered: g.Planned[t]}
		r.Short = shortest(r)
		b.Rows = append(b.Rows, r)
		b.Table = b.Table.with([]Cell{text(r.Name), number(report.Percent(r.Equipment), r.Equipment), number(report.Percent(r.People), r.People),
			number(report.Percent(r.Money), r.Money), number(report.Percent(r.Covered), r.Covered), toned(w.legName(r.Short), toneOf(r.Short))})
		if i < len(groups)-1 {
			asked++
			counts[r.Short]++
		}
	}
	b.Claim = w.balanceClaim(counts, asked)
	b.Table.Title = b.Claim
	return b
}

// shortest is the leg that allows least; together they may allow less still.
func shortest(r Leg3) string {
	low := min(r.Equipment, r.People, r.Money)
	switch {
	case r.Covered > 1-1e-5:
		return ""
	case low > 1-1e-5:
		return legForces // each leg would do: what is missing is not bought, trained or paid for
	case low == r.Equipment:
		return legEquipment
	case low == r.People:
		return legPeople
	}
	return legMoney
}

func (w World) balanceClaim(counts map[string]int, asked int) string {
	most := ""
	for _, l := range []string{legEquipment, legPeople, legMoney, legForces} {
		if counts[l] > counts[most] || most == "" && counts[l] > 0 {
			most = l
		}
	}
	switch {
	case asked == 0:
		return w.Say("Nothing is needed in this month")
	case most == "" || counts[most] == 0:
		return w.Say("All capabilities are met")
	}
	return w.Say("%s: the short leg in %d of %d capabilities", w.legName(most), counts[most], asked)
}

// horizons are the months in which the legs can be weighed by a press.
func (w World) horizons() []record.Month {
	all := []record.Month{w.month(w.now())}
	for _, t := range []int{min(w.now()+6, w.last()), w.last()} {
		if m := w.month(t); m > all[len(all)-1] {
			all = append(all, m)
		}
	}
	if len(all) == 1 && w.now() > 0 {
		all = append([]record.Month{w.Plan.Start}, all...)
	}
	return all
}

// gaps ranks the needs that lose most from now on, with the step that helps most
// for its price.
func (w World) gaps() Table {
	type gap struct {
		plan.Need
		lost float64
	}
	var all []gap
	whole := 0.0
	from := w.now()
	for _, n := range w.Plan.Needs {
		g := gap{Need: n}
		for t := from; t < len(n.Months); t++ {
			g.lost += n.Weight * max(n.Months[t].Needed-n.Months[t].Covered, 0)
		}
		if g.lost > 1e-6 {
			all, whole = append(all, g), whole+g.lost
		}
	}
	slices.SortStableFunc(all, func(a, b gap) int { return cmp.Compare(b.lost, a.lost) })
	t := Table{ID: "gaps", Title: w.Say("Every need is met from now on"), Note: w.Say("Ranked by what is missing from %s on, weighted by priority", w.Month(w.month(from))),
		Empty: w.Say("Every need is met from now on."), Heads: w.heads("Need", "#Now", "#"+w.Month(w.month(w.last())), "Held by", "Cheapest next step")}
	if len(all) > 0 {
		t.Title = w.Say("%s: %s of all that is missing", cmp.Or(all[0].Title, string(all[0].ID)), report.Percent(all[0].lost/whole))
	}
	for _, g := range all[:min(len(all), gapsShown)] {
		t.Rows = append(t.Rows, w.gapRow(g.Need, from))
	}
	return t
}

func (w World) gapRow(n plan.Need, from int) []Cell {
	of := func(m plan.NeedMonth) Cell {
		if m.Needed <= 1e-9 {
			return toned(w.Say("not asked"), report.Quiet)
		}
		return number(units(m.Covered)+"/"+report.Number(m.Needed), m.Covered/m.Needed)
	}
	held := leg(n.Months[from])
	if held == "" {
		held = n.HeldBy
	}
	step := toned(w.Say("no single step that was tried helps"), report.Quiet)
	if !w.Tried {
		step.Text = w.Say("steps are still being tried")
	}
	if rs := append(w.ahead(n.Relaxations), n.Relaxations...); len(rs) > 0 {
		r := rs[0]
		step = Cell{Text: spaced(r.Says), Sub: report.Change(r.Points), Href: needHref(n.ID) + "&try=" + r.Record, Tone: report.Good}
	}
	return []Cell{link(cmp.Or(n.Title, string(n.ID)), needHref(n.ID)), of(n.Months[from]), of(n.Months[len(n.Months)-1]), toned(w.legName(held), toneOf(held)), step}
}

// gravest lists the first findings, errors before warnings.
func (w World) gravest(most int) []Item {
	var items []Item
	for _, level := range []check.Level{check.Error, check.Warning} {
		for _, f := range w.Found {
			if f.Level == level && len(items) < most {
				items = append(items, w.item(f))
			}
		}
	}
	return items
}

// item is a finding as lists show it.
func (w World) item(f check.Finding) Item {
	i := Item{Title: w.Say(ruleTitle(f.Rule)), Says: capital(spaced(f.Says)), Fix: f.Fix, Level: w.Say(f.Level.String()), Tone: report.Quiet, Href: "/findings#" + f.Rule}
	switch f.Level {
	case check.Error:
		i.Tone = report.Bad
	case check.Warning:
		i.Tone = report.Warn
	}
	if len(f.Records) > 0 {
		i.Href = recordHref(f.Records[0])
	}
	return i
}

func ruleTitle(id string) string {
	if i := slices.IndexFunc(check.Rules, func(r check.Rule) bool { return r.ID == id }); i >= 0 {
		return check.Rules[i].Title
	}
	return id
}

func (w World) foundText() string {
	errors, warnings := w.levels()
	return w.Count(errors, "%d error", "%d errors") + ", " + w.Count(warnings, "%d warning", "%d warnings")
}

func (w World) latest() []Item { return remembered(w.Memo, "lately "+w.Lang(), w.lately) }

// lately tells what the register dates in the last days before the view's: the
// newest first.
func (w World) lately() []Item {
	type event struct {
		on   record.Date
		item Item
	}
	var all []event
	day := w.View.At().On
	add := func(on record.Day, title string, says func() string, k record.Key) {
		if !on.IsZero() && on.First() <= day && on.First() > day-latelyDays && on.First() != record.Beginning {
			all = append(all, event{on.First(), Item{When: w.shortDate(on), Title: title, Says: says(), Href: recordHref(k)}})
		}
	}
	for _, p := range w.pledged().all {
		for _, s := range p.Status {
			add(s.On, p.Name(), func() string { return w.Say("%s by %s", w.rungText(p, s), w.party(p.By)) }, p.Key())
		}
	}
	for _, a := range w.View.Agreements() {
		for _, s := range a.Status {
			add(s.On, a.Name(), func() string { return w.Say(string(s.Is)) }, a.Key())
		}
	}
	for _, m := range w.View.Meetings() {
		add(m.On, m.Name(), func() string { return w.Count(len(m.Decisions), "meeting, %d decision", "meeting, %d decisions") }, m.Key())
	}
	for _, i := range w.View.Incidents() {
		add(i.On, i.What, func() string { return w.Say("incident") }, i.Key())
	}
	slices.SortStableFunc(all, func(a, b event) int { return int(b.on - a.on) })
	items := []Item{}
	for _, e := range all[:min(len(all), latelyShown)] {
		items = append(items, e.item)
	}
	return items
}

func (w World) rungText(p *record.Pledge, s record.RungStatus) string {
	if r := w.View.RungOf(p.By, s); r != record.NoRung {
		return w.Rung(r.String())
	}
	return s.Is
}

// shortDate is a day as a list of events shows it, no more exact than it is known.
func (v Voice) shortDate(d record.Day) string {
	if len(strings.TrimRight(d.String(), "~?%")) < len("2006-01-02") {
		return d.String()
	}
	day, rest, _ := strings.Cut(v.Date(d.First()), " ")
	month, _, _ := strings.Cut(rest, " ")
	return day + " " + month
}

// units is a number of units with two decimals at most.
func units(x float64) string {
	if x >= 0.005 {
		return report.Number(float64(int(x*100+0.5)) / 100)
	}
	return report.Number(x)
}
