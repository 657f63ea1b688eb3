package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"entente/access"
	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/screen"
	"entente/whatif"
)

// answer is what one function said, as text.
type answer struct{ name, said string }

// plansEvery is one world of so many that is planned for; with ENTENTE_SOAK=1 all
// are.
const plansEvery = 4

// answers asks all that can be asked of a view. What takes long is asked in turn.
func answers(v *register.View, seed uint64) (all []answer) {
	say := func(name string, values ...any) {
		var out bytes.Buffer
		for _, x := range values {
			if err, ok := x.(error); ok {
				x = err.Error()
			}
			e := json.NewEncoder(&out)
			e.SetIndent("", " ")
			if err := e.Encode(x); err != nil {
				panic(name + ": " + err.Error())
			}
		}
		all = append(all, answer{name, out.String()})
	}
	ofRegister(v, say)
	found := check.Run(v)
	say("check.Run", found)
	for level := check.Note; level <= check.Error; level++ {
		say("report.OfFindings", report.OfFindings(found, level, v.Len()))
	}
	for _, r := range v.Records() {
		say("report.OfRecord", report.OfRecord(v, r, found))
	}
	ofScreens(v, found, say)
	if hiddenSoak {
		ofPlans(v, seed, say)
	} else if seed%plansEvery == 0 {
		ofPlans(v, seed/plansEvery, say)
	}
	return all
}

// ofScreens draws the pages that need no plan, and searches.
func ofScreens(v *register.View, found []check.Finding, say sayer) {
	w := screen.World{Voice: screen.VoiceFor("en", ""), View: v, Found: found}
	none := url.Values{}
	screens := []screen.Screen{w.Needs(none), w.Pledges(none), w.Training(none), w.Funds(none), w.Kinds(), w.Scenarios(), w.Findings(none), w.Agreements(), w.Forces("")}
	for _, word := range []string{"pledge", "XAA", "RING", "the ring", "paper 1", "secret", "place-00001", "ledge-0000"} {
		screens = append(screens, w.Search(word, nil))
	}
	for _, k := range record.Kinds() {
		screens = append(screens, w.OfKind(k, none))
	}
	for _, r := range v.Records() {
		if s, ok := w.Record(r.Key()); ok {
			screens = append(screens, s)
		}
	}
	for _, s := range screens {
		say(fmt.Sprintf("%T", s), s.Finding(), s.Tables())
	}
}

type sayer func(name string, values ...any)

// ofRegister asks the view itself.
func ofRegister(v *register.View, say sayer) {
	say("Head", v.Head(), v.Len(), v.Narrowest())
	for _, r := range v.Records() {
		text, held := v.Text(record.DocumentID(r.Key().ID))
		say("record", string(record.Canonical(r)), v.By(r), v.Label(r), v.Name(r.Key()), keysOf(v.Referring(r.Key())), text, held)
		for _, a := range access.Actions {
			say("May", v.May(a, r))
		}
	}
	for _, b := range v.Broken() {
		say("Broken", b.Record.Key(), b.Ref)
	}
	for _, p := range append(v.Parties(), &record.Party{Common: record.Common{ID: "RING"}}) {
		say("GroupsOf", p.ID, v.GroupsOf(record.PartyID(p.ID)), v.Includes("ALLIANCE", record.PartyID(p.ID)))
	}
	for _, name := range record.Rungs() {
		rung, _ := record.ParseRung(name)
		say("Totals", v.Totals(rung))
		say("report.OfRegister", report.OfRegister(v, rung))
	}
	for _, k := range record.Kinds() {
		say("report.OfKind", report.OfKind(v, k))
	}
}

// ofPlans plans, and asks what would be if.
func ofPlans(v *register.View, turn uint64, say sayer) {
	ctx := context.Background()
	o := plan.Options{Start: v.Settings().Start.First().Month(), Months: v.Settings().Months, Rung: record.Committed, Discount: 0.99, Brief: turn%16 != 0, Relax: turn%32 == 0, Prices: 2}
	base, err := plan.Make(ctx, v, hiddenSolver(), o)
	say("plan.Make", base, err)
	if err != nil {
		return
	}
	say("plan.Check", plan.Check(v, base))
	if !o.Brief {
		say("report.OfPlan", report.OfPlan(v, base))
		for _, n := range base.Needs {
			why, ok := report.OfNeed(v, base, n.ID)
			say("report.OfNeed", why, ok)
		}
		for _, p := range v.Pledges() {
			say("report.OfUse", report.OfUse(v, base, p.Key()))
		}
	}
	var fit []*record.Scenario
	for _, s := range scenariosFor(v) {
		changed, err := whatif.Apply(v, s, o)
		say("whatif.Apply "+s.ID, err)
		if err == nil {
			say("whatif.Apply "+s.ID, changed.Head(), check.Run(changed), changed.GroupsOf("XAA"))
			fit = append(fit, s)
		}
	}
	if len(fit) > 0 {
		ofScenario(v, base, fit, o, turn, say)
	}
	ofParties(v, base, o, turn, say)
}

// scenariosFor are those of the view, and some that name what may be hidden.
func scenariosFor(v *register.View) []*record.Scenario {
	var extra []*record.Scenario
	for _, r := range parsed(`
{kind: Scenario, id: guess-party, changes: [{withdraw: XAB}]}
---
{kind: Scenario, id: guess-pledge, changes: [{delay: {pledges: [pledge-00002]}, months: 3}]}
---
{kind: Scenario, id: guess-stack, on: leaves, changes: [{scale: {needs: [need-00001]}, by: 0.5}]}
---
{kind: Scenario, id: guess-text, changes: [{add: {kind: Document, id: paper-1, publisher: Nobody, published: 2025, text: paper-1.txt}}]}
---
{kind: Scenario, id: guess-reference, changes: [{add: {kind: Place, id: new, name: New, within: place-00000}}]}
---
{kind: Scenario, id: guess-change, changes: [{change: {kind: Need, id: need-00000, set: {priority: 5}}}]}
---
{kind: Scenario, id: guess-group, changes: [{add: {kind: Party, id: NEWS, name: News, type: group, members: [CLUB, XAA]}}]}
`) {
		extra = append(extra, r.(*record.Scenario))
	}
	return append(slices.Clone(v.Scenarios()), extra...)
}

func ofScenario(v *register.View, base *plan.Plan, fit []*record.Scenario, o plan.Options, turn uint64, say sayer) {
	ctx, s := context.Background(), fit[turn%uint64(len(fit))]
	switch turn % 3 {
	case 0:
		c, err := whatif.Compare(ctx, v, s, base, hiddenSolver(), o)
		say("whatif.Compare", c, err)
		if err == nil {
			say("report.OfComparison", report.OfComparison(v, s, c))
		}
	case 1:
		holes, err := whatif.Backfill(ctx, v, base, s, hiddenSolver(), o)
		say("whatif.Backfill", holes, err)
		if err == nil {
			say("report.OfHoles", report.OfHoles(v, holes))
		}
	case 2:
		core, err := whatif.Core(ctx, v, fit, hiddenSolver(), o)
		say("whatif.Core", core, err)
		if err == nil {
			futures, promises := report.OfCore(v, core)
			say("report.OfCore", futures, promises)
		}
	}
}

func ofParties(v *register.View, base *plan.Plan, o plan.Options, turn uint64, say sayer) {
	ctx, none := context.Background(), func(int, int) {}
	switch turn % 4 {
	case 0:
		ms, err := whatif.Marginals(ctx, v, base, hiddenSolver(), o, none)
		say("whatif.Marginals", ms, err)
		say("report.Ranking", report.Ranking(v, base, ms))
	case 1:
		values, err := whatif.Shapley(ctx, v, base, hiddenSolver(), o, whatif.Sampling{Seed: turn, Orders: 2, ExactMax: 3}, none)
		say("whatif.Shapley", values, err)
		if err == nil {
			say("report.Shares", report.Shares(values))
		}
	case 2:
		losses, err := whatif.Losses(ctx, v, base, hiddenSolver(), o, 2, none)
		say("whatif.Losses", losses, err)
		if err == nil {
			say("report.Losses", report.Losses(v, losses))
		}
	case 3:
		risk, err := whatif.Risk(ctx, v, base, hiddenSolver(), o, whatif.RiskOptions{Seed: turn, Draws: 2}, none)
		say("whatif.Risk", risk, err)
		if err == nil {
			needs, drivers, delays := report.OfRisk(v, risk)
			say("report.OfRisk", needs, drivers, delays)
		}
	}
}
