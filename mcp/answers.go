package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/whatif"
)

// Limits of an answer.
const (
	matchesMax  = 50
	findingsMax = 60
	totalsMax   = 200
	needsMax    = 60
)

// About names the view that an answer was made from.
type About struct {
	Register string `json:"register,omitempty"`
	AsOf     string `json:"as_of"`
	Reader   string `json:"reader"`
	Head     string `json:"head"`
	Records  int    `json:"records"`
}

func aboutOf(v *register.View) About {
	return About{v.Settings().Title, v.At().On.String(), v.At().Reader.String(), v.Head(), v.Len()}
}

// SearchIn asks for records.
type SearchIn struct {
	When
	Words string `json:"words" jsonschema:"words that the record must all have, in any letter case"`
	Kind  string `json:"kind,omitempty" jsonschema:"only records of this kind, as Pledge"`
	Limit int    `json:"limit,omitempty" jsonschema:"at most so many; 20 when left out, 50 at most"`
}

// SearchOut lists records, the best matches first.
type SearchOut struct {
	About   About   `json:"about"`
	Matches []Match `json:"matches"`
	More    int     `json:"more"` // that were left out
}

// Match is one record.
type Match struct {
	Record string `json:"record"`
	Name   string `json:"name"`
	By     string `json:"by,omitempty"`
	Note   string `json:"note,omitempty"`
	score  int
}

func (s *Server) search(ctx context.Context, in SearchIn) (out SearchOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	words := strings.Fields(strings.ToLower(in.Words))
	if len(words) == 0 {
		return out, fmt.Errorf("no words are given; name a party, a thing, a place or an agreement")
	}
	kind, ok := record.KindNamed(in.Kind)
	if !ok && in.Kind != "" {
		return out, fmt.Errorf("there is no kind %q; write one of %v", in.Kind, record.Kinds())
	}
	out = SearchOut{About: aboutOf(v), Matches: []Match{}}
	for _, r := range v.Records() {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if in.Kind != "" && r.Key().Kind != kind {
			continue
		}
		if m, ok := matched(v, r, words); ok {
			out.Matches = append(out.Matches, m)
		}
	}
	slices.SortStableFunc(out.Matches, func(a, b Match) int { return b.score - a.score })
	limit := min(cmp.Or(max(in.Limit, 0), 20), matchesMax)
	if n := len(out.Matches); n > limit {
		out.Matches, out.More = out.Matches[:limit], n-limit
	}
	return out, nil
}

// matched scores a record that has every word: most for its id and name, least
// for its other fields.
func matched(v *register.View, r record.Record, words []string) (Match, bool) {
	name := v.Name(r.Key())
	front := strings.ToLower(r.Key().ID + " " + name)
	all := ""
	score := 0
	for _, w := range words {
		switch {
		case strings.Contains(front, w):
			score += 3
		default:
			if all == "" {
				all = strings.ToLower(string(record.Canonical(r)) + namesIn(v, r))
			}
			if !strings.Contains(all, w) {
				return Match{}, false
			}
			score++
		}
	}
	return Match{r.Key().String(), name, string(v.By(r)), short(r.Base().Note, 200), score}, true
}

// namesIn are the names of what a record refers to: Norway for NOR.
func namesIn(v *register.View, r record.Record) string {
	names := ""
	for _, ref := range record.References(r) {
		names += " " + v.Name(ref.Key)
	}
	return names
}

func short(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// GetIn names a record.
type GetIn struct {
	When
	Record string `json:"record" jsonschema:"its key, as Pledge/nor-nasams-1"`
}

// GetOut is a record with all that concerns it.
type GetOut struct {
	About    About          `json:"about"`
	Record   map[string]any `json:"record"`
	Where    string         `json:"where,omitempty"`
	Facts    []string       `json:"facts"`    // what its words mean on the day
	Referred []string       `json:"referred"` // what refers to it
	Findings []Finding      `json:"findings"`
}

func (s *Server) get(ctx context.Context, in GetIn) (out GetOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	r, err := recordNamed(v, in.Record)
	if err != nil {
		return out, err
	}
	found := slices.DeleteFunc(check.Run(v), func(f check.Finding) bool { return !slices.Contains(f.Records, r.Key()) })
	sheet := report.OfRecord(v, r, found)
	out = GetOut{About: aboutOf(v), Where: sheet.Where, Facts: []string{}, Referred: []string{}, Findings: findings(found)}
	if err := json.Unmarshal(record.Canonical(r), &out.Record); err != nil {
		panic("mcp: a record is always JSON: " + err.Error())
	}
	for _, f := range sheet.Facts {
		out.Facts = append(out.Facts, f.Name+": "+f.Value)
	}
	for _, o := range v.Referring(r.Key()) {
		if len(out.Referred) < matchesMax {
			out.Referred = append(out.Referred, o.Key().String())
		}
	}
	return out, nil
}

// recordNamed finds a record by its key. Hidden is answered like absent.
func recordNamed(v *register.View, name string) (record.Record, error) {
	kind, id, _ := strings.Cut(name, "/")
	k, ok := record.KindNamed(kind)
	if !ok {
		return nil, fmt.Errorf("%q is no key of a record; write its kind and id, as Pledge/nor-nasams-1", name)
	}
	r, ok := v.Get(record.Key{Kind: k, ID: id})
	if !ok {
		return nil, fmt.Errorf("there is no %s %q that %s may see; search for it first", k, id, v.At().Reader)
	}
	return r, nil
}

// Finding is something that a planner should know.
type Finding struct {
	Rule    string   `json:"rule"`
	Level   string   `json:"level"`
	Records []string `json:"records"`
	Says    string   `json:"says"`
	Fix     string   `json:"fix"`
}

func findings(found []check.Finding) []Finding {
	list := []Finding{}
	for _, f := range found {
		x := Finding{Rule: f.Rule, Level: f.Level.String(), Says: f.Says, Fix: f.Fix, Records: []string{}}
		for _, k := range f.Records[:min(len(f.Records), matchesMax)] {
			x.Records = append(x.Records, k.String())
		}
		list = append(list, x)
	}
	return list
}

// AsOfIn asks for the register at a time.
type AsOfIn struct {
	When
	Rung  string `json:"rung,omitempty" jsonschema:"the rung from which a pledge counts, as committed (the default) or handed-over"`
	Party string `json:"party,omitempty" jsonschema:"only the totals of this party"`
}

// AsOfOut is what the register holds.
type AsOfOut struct {
	About  About          `json:"about"`
	Kinds  map[string]int `json:"kinds"`
	Rung   string         `json:"rung"`
	Totals []Total        `json:"totals"`
	More   int            `json:"more"`
}

// Total is what a party has promised, at the rung and below it.
type Total struct {
	Party    string   `json:"party"`
	Resource string   `json:"resource"` // or money, in euros
	Inside   string   `json:"inside"`
	Beside   string   `json:"beside"`
	Pledges  []string `json:"pledges"`
}

func (s *Server) asOf(ctx context.Context, in AsOfIn) (out AsOfOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	rung, ok := record.ParseRung(cmp.Or(in.Rung, record.Committed.String()))
	if !ok {
		return out, fmt.Errorf("%q is no rung of the ladder; write one of %s", in.Rung, strings.Join(record.Rungs(), ", "))
	}
	out = AsOfOut{About: aboutOf(v), Kinds: map[string]int{}, Rung: rung.String(), Totals: []Total{}}
	for _, k := range record.Kinds() {
		if n := len(v.OfKind(k)); n > 0 {
			out.Kinds[string(k)] = n
		}
	}
	for _, t := range v.Totals(rung) {
		if in.Party != "" && string(t.Party) != in.Party {
			continue
		}
		x := Total{string(t.Party), cmp.Or(string(t.Resource), "money"), t.Inside.Quantity.String(), t.Beside.Quantity.String(), []string{}}
		if t.Resource == "" {
			x.Inside, x.Beside = t.Inside.Euro.String(), t.Beside.Euro.String()
		}
		for _, p := range t.Pledges[:min(len(t.Pledges), matchesMax)] {
			x.Pledges = append(x.Pledges, string(p))
		}
		out.Totals = append(out.Totals, x)
	}
	if n := len(out.Totals); n > totalsMax {
		out.Totals, out.More = out.Totals[:totalsMax], n-totalsMax
	}
	return out, nil
}

// CheckIn asks for findings.
type CheckIn struct {
	When
	Level string `json:"level,omitempty" jsonschema:"the least that matters: note, warning (the default) or error"`
	Rule  string `json:"rule,omitempty" jsonschema:"only findings of this rule"`
}

// CheckOut lists findings, the gravest first.
type CheckOut struct {
	About    About     `json:"about"`
	Findings []Finding `json:"findings"`
	More     int       `json:"more"`
}

func (s *Server) check(ctx context.Context, in CheckIn) (out CheckOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	level, err := check.ParseLevel(cmp.Or(in.Level, check.Warning.String()))
	if err != nil {
		return out, err
	}
	found := slices.DeleteFunc(check.Run(v), func(f check.Finding) bool { return f.Level < level || in.Rule != "" && f.Rule != in.Rule })
	out = CheckOut{About: aboutOf(v), Findings: findings(found[:min(len(found), findingsMax)]), More: max(0, len(found)-findingsMax)}
	return out, nil
}

// PlanIn asks for the plan.
type PlanIn struct {
	When
	Need string `json:"need,omitempty" jsonschema:"all about this need alone, by its id"`
}

// PlanOut is the plan in words and figures.
type PlanOut struct {
	About    About    `json:"about"`
	Headline string   `json:"headline"`
	More     []string `json:"more"`
	Points   float64  `json:"coverage_points"` // of 100
	Needs    []Need   `json:"needs"`
	Prices   []string `json:"one_more"` // what one more would be worth
	Omitted  int      `json:"omitted"`  // needs left out
}

// Need is what becomes of one need.
type Need struct {
	Need    string   `json:"need"`
	Title   string   `json:"title"`
	Says    string   `json:"says"`
	HeldBy  string   `json:"held_by,omitempty"`
	Met     string   `json:"first_met"`
	Why     []string `json:"why,omitempty"`
	ByMonth []string `json:"by_month,omitempty"`
}

func (s *Server) plan(ctx context.Context, in PlanIn) (out PlanOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	p, err := s.made(ctx, v)
	if err != nil {
		return out, err
	}
	r := report.OfPlan(v, p)
	out = PlanOut{About: aboutOf(v), Headline: r.Headline, More: append([]string{}, r.More...), Points: p.Points, Needs: []Need{}, Prices: []string{}}
	for _, n := range r.Needs {
		if in.Need != "" && n.ID != in.Need {
			continue
		}
		x := Need{Need: n.ID, Title: n.Title, Says: n.Says, HeldBy: n.HeldBy, Met: cmp.Or(n.Met, "never")}
		if in.Need != "" {
			x.Why, x.ByMonth = n.Why, months(p, n.ID)
		}
		if len(out.Needs) < needsMax {
			out.Needs = append(out.Needs, x)
		} else {
			out.Omitted++
		}
	}
	if in.Need != "" && len(out.Needs) == 0 {
		return out, fmt.Errorf("the plan has no need %q; search for needs first", in.Need)
	}
	for _, row := range r.Prices.Rows[:min(len(r.Prices.Rows), 12)] {
		out.Prices = append(out.Prices, fmt.Sprintf("one more: %s of %s: %s points", row[0].Text, row[1].Text, row[3].Text))
	}
	return out, nil
}

func months(p *plan.Plan, id string) []string {
	var all []string
	for _, n := range p.Needs {
		if string(n.ID) != id {
			continue
		}
		for _, m := range n.Months {
			all = append(all, fmt.Sprintf("%s: %s of %s; held by %s", m.Month, report.Number(m.Covered), report.Number(m.Needed), cmp.Or(m.HeldBy, "nothing")))
		}
	}
	return all
}

// made plans, one plan at a time.
func (s *Server) made(ctx context.Context, v *register.View) (*plan.Plan, error) {
	o, done, err := s.turn(ctx, v)
	if err != nil {
		return nil, err
	}
	defer done()
	return plan.Make(ctx, v, s.solver, o)
}

// turn waits for its turn to plan.
func (s *Server) turn(ctx context.Context, v *register.View) (o plan.Options, done func(), err error) {
	if len(v.Needs()) == 0 {
		return o, nil, fmt.Errorf("there is no need that %s may see; nothing can be planned", v.At().Reader)
	}
	if o, err = s.source.Options(v); err != nil {
		return o, nil, err
	}
	select {
	case s.busy <- struct{}{}:
		return o, func() { <-s.busy }, nil
	case <-ctx.Done():
		return o, nil, ctx.Err()
	}
}

// WhatIfIn changes the world.
type WhatIfIn struct {
	When
	Scenario string `json:"scenario,omitempty" jsonschema:"the id of a Scenario of the register; or else withdraw"`
	Withdraw string `json:"withdraw,omitempty" jsonschema:"a party that gives nothing more"`
	From     string `json:"from,omitempty" jsonschema:"with withdraw: since when, as 2026-01"`
}

// WhatIfOut is what would change.
type WhatIfOut struct {
	About    About    `json:"about"`
	Title    string   `json:"title"`
	Headline string   `json:"headline"`
	Changes  []string `json:"changes"`
	Lost     float64  `json:"points_lost"`
	Needs    []string `json:"needs"`
	Instead  []string `json:"instead"` // what gives more than before
	Appear   []string `json:"findings_that_appear"`
}

func (s *Server) whatIf(ctx context.Context, in WhatIfIn) (out WhatIfOut, err error) {
	v, err := s.source.View(ctx, in.When)
	if err != nil {
		return out, err
	}
	scenario, err := scenarioOf(v, in)
	if err != nil {
		return out, err
	}
	o, done, err := s.turn(ctx, v)
	if err != nil {
		return out, err
	}
	defer done()
	base, err := plan.Make(ctx, v, s.solver, o)
	if err != nil {
		return out, err
	}
	c, err := whatif.Compare(ctx, v, scenario, base, s.solver, o)
	if err != nil {
		return out, err
	}
	r := report.OfComparison(v, scenario, c)
	out = WhatIfOut{About: aboutOf(v), Title: r.Title, Headline: r.Headline, Changes: append([]string{}, r.Changes...), Lost: c.Lost, Needs: rows(r.Needs), Instead: rows(r.Instead), Appear: []string{}}
	for _, i := range r.Appear[:min(len(r.Appear), findingsMax)] {
		out.Appear = append(out.Appear, i.Says)
	}
	return out, nil
}

func scenarioOf(v *register.View, in WhatIfIn) (*record.Scenario, error) {
	switch {
	case in.Scenario != "" && in.Withdraw != "" || in.Scenario == "" && in.Withdraw == "":
		return nil, fmt.Errorf("one change is needed; name a scenario, or a party that withdraws")
	case in.Scenario != "":
		r, err := recordNamed(v, "Scenario/"+in.Scenario)
		if err != nil {
			return nil, err
		}
		return r.(*record.Scenario), nil
	}
	if _, ok := v.Party(record.PartyID(in.Withdraw)); !ok {
		return nil, fmt.Errorf("there is no party %q that %s may see; search for parties first", in.Withdraw, v.At().Reader)
	}
	from := record.Day{}
	if in.From != "" {
		d, err := record.ParseDay(in.From)
		if err != nil {
			return nil, fmt.Errorf("%w; write it as 2026-01", err)
		}
		from = d
	}
	return whatif.Withdraw(record.PartyID(in.Withdraw), from), nil
}

// rows writes a table as lines.
func rows(t report.Table) []string {
	list := []string{}
	for _, row := range t.Rows[:min(len(t.Rows), needsMax)] {
		var cells []string
		for i, c := range row {
			if c.Text != "" {
				cells = append(cells, t.Heads[i].Name+": "+c.Text)
			}
		}
		list = append(list, strings.Join(cells, "; "))
	}
	return list
}
