package screen

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/report"
	"entente/whatif"
)

// Change is what a reader wants to see changed: a scenario that is only an
// address until somebody keeps it.
type Change struct {
	Off      []record.PartyID  `json:"off,omitempty"` // partners that give nothing more
	From     record.Month      `json:"from"`          // since when
	Slip     int               `json:"slip"`          // months that what is not delivered comes later
	Scale    int               `json:"scale"`         // what is needed, in percent
	Scenario record.ScenarioID `json:"scenario,omitempty"`
}

// Limits of a change.
const (
	slipMax  = 24
	scaleMin = 25
	scaleMax = 300
	offMax   = 40
)

// ChangeOf reads a change from a query. What makes no sense is left out.
func (w World) ChangeOf(q url.Values) Change {
	c := Change{Scale: 100, From: w.View.At().On.Month()}
	for _, list := range q["off"] {
		for id := range strings.SplitSeq(list, ",") {
			p := record.PartyID(strings.TrimSpace(id))
			if _, ok := w.View.Party(p); ok && !slices.Contains(c.Off, p) && len(c.Off) < offMax {
				c.Off = append(c.Off, p)
			}
		}
	}
	slices.Sort(c.Off)
	if m, err := record.ParseMonth(q.Get("from")); err == nil && w.Plan != nil && m >= w.Plan.Start && int(m-w.Plan.Start) < w.Plan.Months {
		c.From = m
	}
	if n, err := strconv.Atoi(q.Get("slip")); err == nil {
		c.Slip = min(max(n, 0), slipMax)
	}
	if n, err := strconv.Atoi(q.Get("scale")); err == nil {
		c.Scale = min(max(n, scaleMin), scaleMax)
	}
	if s := record.ScenarioID(q.Get("scenario")); s != "" {
		if _, ok := w.View.Scenario(s); ok {
			c.Scenario = s
		}
	}
	return c
}

// Nothing reports whether nothing is changed.
func (c Change) Nothing() bool {
	return len(c.Off) == 0 && c.Slip == 0 && c.Scale == 100 && c.Scenario == ""
}

// Query is the change as an address carries it.
func (c Change) Query() string {
	q := url.Values{}
	if len(c.Off) > 0 {
		off := make([]string, len(c.Off))
		for i, p := range c.Off {
			off[i] = string(p)
		}
		q.Set("off", strings.Join(off, ","))
		q.Set("from", c.From.String())
	}
	if c.Slip > 0 {
		q.Set("slip", strconv.Itoa(c.Slip))
	}
	if c.Scale != 100 {
		q.Set("scale", strconv.Itoa(c.Scale))
	}
	if c.Scenario != "" {
		q.Set("scenario", string(c.Scenario))
	}
	return q.Encode()
}

// Record is the change as a scenario of the register.
func (w World) Scenario(c Change) *record.Scenario {
	s := &record.Scenario{Common: record.Common{Kind: record.KindScenario, ID: "asked", Title: w.changeTitle(c)}, Stacks: c.Scenario}
	for _, p := range c.Off {
		s.Changes = append(s.Changes, record.Change{Withdraw: p, From: c.From.First().Day(), Keep: record.KeepDelivered})
	}
	if c.Slip > 0 {
		s.Changes = append(s.Changes, record.Change{Delay: &record.Delay{}, Months: &c.Slip})
	}
	if c.Scale != 100 {
		by := float64(c.Scale) / 100
		s.Changes = append(s.Changes, record.Change{Scale: &record.Scope{}, By: &by})
	}
	return s
}

func (w World) changeTitle(c Change) string {
	var parts []string
	if c.Scenario != "" {
		parts = append(parts, w.name(record.KindScenario, string(c.Scenario)))
	}
	if len(c.Off) > 0 {
		names := make([]string, len(c.Off))
		for i, p := range c.Off {
			names[i] = w.party(p)
		}
		parts = append(parts, w.Say("without %s from %s", report.Few(names, 3), w.Month(c.From)))
	}
	if c.Slip > 0 {
		parts = append(parts, w.Count(c.Slip, "everything %d month later", "everything %d months later"))
	}
	if c.Scale != 100 {
		parts = append(parts, w.Say("%d %% of what is needed", c.Scale))
	}
	return strings.Join(parts, "; ")
}

// WhatIf shows a change beside things as they are.
type WhatIf struct {
	Lede      string         `json:"finding"`
	Change    Change         `json:"change"`
	Partners  []Partner      `json:"partners"`
	Months    []record.Month `json:"-"`
	Scenarios []Choice       `json:"-"`
	Before    Coverage       `json:"before"`
	After     *Coverage      `json:"after,omitempty"`
	At        int            `json:"-"` // the month that both are read in
	Says      []string       `json:"says,omitempty"`
	Moves     string         `json:"moves,omitempty"`
	Needs     Table          `json:"needs"`
	Instead   Table          `json:"instead"`
	Back      Table          `json:"win_back"`
	Appear    []Item         `json:"findings,omitempty"`
	Fillings  []Filling      `json:"fillings,omitempty"`
	Filled    bool           `json:"-"` // who could fill the holes was asked for
	Ranked    bool           `json:"ranked"`
	Ranking   Table          `json:"ranking"`
	SlipMax   int            `json:"-"`
	Saved     string         `json:"-"` // the scenario of the register that is all of the change
}

// Partner is a switch.
type Partner struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Off    bool    `json:"off"`
	Points float64 `json:"points"` // lost if it alone leaves; where it is ranked
	Text   string  `json:"-"`
	Share  float64 `json:"-"`
	Gives  int     `json:"gives"` // records that the plan uses
}

// WhatIf is made of a comparison, nil where nothing is changed, and of what the
// plan would lose without each party, nil where that is not known yet.
func (w World) WhatIf(c Change, x *whatif.Comparison, ms []whatif.Marginal) WhatIf {
	s := WhatIf{Change: c, SlipMax: slipMax, Ranked: ms != nil}
	if w.Plan == nil {
		s.Lede = w.Say("The register states no need: there is nothing to plan for.")
		return s
	}
	s.At = w.last()
	s.Before = w.coverage("", w.Say("Before"), every)
	s.Partners = w.partners(c, ms)
	for t := w.now(); t < w.Plan.Months; t++ {
		s.Months = append(s.Months, w.month(t))
	}
	s.Scenarios = append(s.Scenarios, Choice{"", w.Say("none"), c.Scenario == ""})
	for _, sc := range w.View.Scenarios() {
		s.Scenarios = append(s.Scenarios, Choice{sc.ID, sc.Name(), sc.ID == string(c.Scenario)})
	}
	if ms != nil {
		s.Ranking = w.tableOf("ranking", report.Ranking(w.View, w.Plan, ms))
	}
	if x == nil {
		s.Lede = w.Say("Nothing is changed: coverage is **%s of 100 points**. Switch a partner off, let deliveries slip, or need more.", report.Points(w.Plan.Points))
		return s
	}
	if alone := (Change{Scale: 100, From: c.From, Scenario: c.Scenario}); c.Query() == alone.Query() {
		s.Saved = string(c.Scenario)
	}
	changed := w
	changed.Plan, changed.Wide = x.After, x.After
	after := changed.coverage("", w.Say("After"), every)
	after.Announced = nil
	s.After = &after
	r := report.OfComparison(w.View, w.Scenario(c), x)
	s.Lede = w.whatIfLede(c, x)
	s.Says, s.Moves = r.Changes, r.Moves
	s.Needs, s.Instead, s.Back = w.deltas(x), w.tableOf("instead", r.Instead), w.tableOf("back", r.Back)
	for _, f := range x.Findings {
		s.Appear = append(s.Appear, w.item(f))
	}
	return s
}

// Filling is a need that loses by a change, and who could fill the hole.
type Filling struct {
	Title string `json:"title"`
	Says  string `json:"says"`
	Notes []Note `json:"notes,omitempty"`
	Ways  Table  `json:"ways"`
}

// Note is a sentence under a word.
type Note struct {
	Word string `json:"word"`
	Says string `json:"says"`
}

// Fill adds who could fill what a change tears open.
func (w World) Fill(s WhatIf, x *whatif.Holes) WhatIf {
	s.Filled = true
	for i, f := range report.OfHoles(w.View, x) {
		one := Filling{Title: f.Title, Says: f.Says, Ways: w.tableOf(fmt.Sprintf("ways-%d", i), f.Ways)}
		add := func(word string, says ...string) {
			for _, sentence := range says {
				if sentence != "" {
					one.Notes = append(one.Notes, Note{word, sentence})
				}
			}
		}
		add(w.Say("Lacks"), f.Lacks...)
		add(w.Say("Already done instead"), f.Instead...)
		add(w.Say("Idle"), f.Idle...)
		add(w.Say("Together"), f.Bundle)
		s.Fillings = append(s.Fillings, one)
	}
	return s
}

// Finding implements Screen.
func (s WhatIf) Finding() string { return s.Lede }

// Tables implements Screen.
func (s WhatIf) Tables() []Table {
	t := Table{ID: "months", Title: "Coverage", Heads: Voice{}.heads("Month", "#Before", "#After")}
	for i, x := range s.Before.Planned {
		after := Cell{Text: "–"}
		if s.After != nil {
			after = number(report.Percent(s.After.Planned[i]), s.After.Planned[i])
		}
		t.Rows = append(t.Rows, []Cell{text((s.Before.Start + record.Month(i)).Text()), number(report.Percent(x), x), after})
	}
	return []Table{t, s.Needs, s.Instead, s.Back, s.Ranking}
}

func (w World) whatIfLede(c Change, x *whatif.Comparison) string {
	title := capital(w.changeTitle(c))
	if c.Scale != 100 || x.Coverage.Needed < 1-1e-6 || x.Coverage.Needed > 1+1e-6 {
		return w.Say("**%s:** %s of 100 points of what is then needed are covered, not %s.", title, report.Points(x.Coverage.Own), report.Points(w.Plan.Points))
	}
	switch {
	case x.Lost < -5e-4:
		return w.Say("**%s:** coverage is %s of 100 points, not %s. **%s points gained.**", title, report.Points(w.Plan.Points-x.Lost), report.Points(w.Plan.Points), report.Points(-x.Lost))
	case x.Lost < 5e-4:
		return w.Say("**%s:** coverage stays at %s of 100 points. The plan can do without.", title, report.Points(w.Plan.Points))
	}
	return w.Say("**%s:** coverage is %s of 100 points, not %s. **%s points lost.**", title, report.Points(w.Plan.Points-x.Lost), report.Points(w.Plan.Points), report.Points(x.Lost))
}

// partners lists the parties that give something that the plan uses, most
// depended on first where that is known, or else by how much they give.
func (w World) partners(c Change, ms []whatif.Marginal) []Partner {
	gives := map[record.PartyID]map[string]bool{}
	for _, m := range w.Plan.Moves {
		if m.Party != "" {
			if gives[m.Party] == nil {
				gives[m.Party] = map[string]bool{}
			}
			gives[m.Party][m.Record] = true
		}
	}
	for _, p := range c.Off {
		if gives[p] == nil {
			gives[p] = map[string]bool{}
		}
	}
	lost, most := map[record.PartyID]float64{}, 1e-9
	for _, m := range ms {
		lost[m.Party] = m.Points
		most = max(most, m.Points)
	}
	var all []Partner
	for id, records := range gives {
		p := Partner{ID: string(id), Name: w.party(id), Off: slices.Contains(c.Off, id), Gives: len(records)}
		if ms != nil {
			p.Points, p.Text, p.Share = lost[id], report.Points(max(lost[id], 0)), max(lost[id], 0)/most
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Partner) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), b.Gives-a.Gives, strings.Compare(a.ID, b.ID))
	})
	return all
}

// deltas lists the needs that fare otherwise, those first that lose most.
func (w World) deltas(x *whatif.Comparison) Table {
	t := Table{ID: "breaks", Heads: w.heads("Need", "First loss", "#Falls to", "Short of", "#Points"), Empty: w.Say("Every need fares as before.")}
	broken := 0
	for _, d := range x.Needs {
		if d.Points < 5e-4 && d.Points > -5e-4 {
			continue
		}
		tone := report.Good
		if d.Points > 0 {
			broken++
			tone = report.Bad
		}
		first, falls, held := w.firstLoss(x, d.ID)
		t.Rows = append(t.Rows, []Cell{link(cmp.Or(d.Title, string(d.ID)), needHref(d.ID)), text(first), text(falls), toned(w.legName(held), toneOf(held)), {Text: report.Change(-d.Points), Tone: tone, Sort: -d.Points}})
	}
	t.Title = w.Count(broken, "%d need breaks", "%d needs break")
	return t
}

// firstLoss is the first month in which a need has less than before, the least
// that it falls to, and what it is then short of.
func (w World) firstLoss(x *whatif.Comparison, id record.NeedID) (first, falls, held string) {
	before, after := needOf(x.Base, id), needOf(x.After, id)
	first, falls = "–", "–"
	if before == nil || after == nil {
		return first, falls, ""
	}
	worst, at := 0.0, -1
	for t := range min(len(before.Months), len(after.Months)) {
		lost := before.Months[t].Covered - after.Months[t].Covered
		if lost > 1e-3 && at < 0 {
			first = w.Month(after.Months[t].Month)
			at = t
		}
		if lost > worst {
			worst = lost
			falls = fmt.Sprintf("%s/%s", units(after.Months[t].Covered), report.Number(after.Months[t].Needed))
			held = leg(after.Months[t])
		}
	}
	return first, falls, held
}

func needOf(p *plan.Plan, id record.NeedID) *plan.Need {
	if i := slices.IndexFunc(p.Needs, func(n plan.Need) bool { return n.ID == id }); i >= 0 {
		return &p.Needs[i]
	}
	return nil
}

// Scenarios lists the scenarios of the register.
func (w World) Scenarios() List {
	var rows []row
	for _, s := range w.View.Scenarios() {
		rows = append(rows, row{cells: []Cell{link(s.Name(), "/what-if?scenario="+url.QueryEscape(s.ID)), number(fmt.Sprint(len(s.Changes)), float64(len(s.Changes))), text(cmp.Or(w.name(record.KindScenario, string(s.Stacks)), "–")), toned(s.Note, report.Quiet), link(w.Say("the record"), recordHref(s.Key()))}})
	}
	l := w.list("scenarios", w.heads("Scenario", "#Changes", "Stands on", "?Note", "Record"), rowsOf(rows), url.Values{})
	l.Table.Empty = w.Say("The register states no scenario.")
	if w.Plan != nil || len(w.View.Needs()) > 0 {
		l.Beside = w.side("", Compared{}).Choices
	}
	l.Lede = w.Count(len(rows), "**%d** scenario is on record. Press it to see what becomes of the plan; any other change is an address that can be shared.", "**%d** scenarios are on record. Press one to see what becomes of the plan; any other change is an address that can be shared.")
	return l
}
