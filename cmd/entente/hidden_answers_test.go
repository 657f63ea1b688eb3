package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"slices"

	"entente/access"
	"entente/check"
	"entente/lp"
	"entente/plan"
	"entente/publish"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/screen"
	"entente/whatif"
)

// ofChecks asks what is wrong, and draws every record with it.
func ofChecks(s side, _ uint64, say sayer) {
	v, found := s.view, check.Run(s.view)
	say("check.Run", found)
	for level := check.Note; level <= check.Error; level++ {
		say("report.OfFindings", report.OfFindings(found, level, v.Len()))
	}
	for _, r := range v.Records() {
		say("report.OfRecord", report.OfRecord(v, r, found))
	}
}

// ofScreens draws the pages that need no plan, and searches.
func ofScreens(s side, _ uint64, say sayer) {
	v := s.view
	w := screen.World{Voice: screen.VoiceFor("en", ""), View: v, Found: check.Run(v)}
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

// ofDocuments writes the view in every form that leaves the house, one kind of
// record in turn, and publishes totals of it.
func ofDocuments(s side, turn uint64, say sayer) {
	kinds := record.Kinds()
	for _, f := range publish.Formats {
		var out bytes.Buffer
		listed, err := f.Write(&out, s.view, publish.Options{Kind: kinds[turn%uint64(len(kinds))], Rung: record.Committed})
		say("publish "+f.Name, out.Bytes(), listed, err)
	}
	say("publish.StampOf", publish.StampOf(s.view, publish.Options{}))
	for _, seen := range []*register.View{s.view, s.tree.View(register.At{On: s.at.On, Reader: access.Public})} {
		if seen.At().Reader == access.Public && len(s.policies) > 0 {
			continue // by a register's own policies the public may see more than a reader
		}
		rows, err := register.Publish(s.view, seen, record.Committed, register.Disclosure{})
		say("register.Publish", rows, err)
		say("report.OfPublished", report.OfPublished(s.view, record.Committed, rows))
	}
}

// ofRegister asks the view itself.
func ofRegister(s side, turn uint64, say sayer) {
	v := s.view
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
	for _, name := range some(record.Rungs(), turn, 2) {
		rung, _ := record.ParseRung(name)
		say("Totals", v.Totals(rung))
		say("report.OfRegister", report.OfRegister(v, rung))
	}
	for _, k := range some(record.Kinds(), turn, 5) {
		say("report.OfKind", report.OfKind(v, k))
	}
}

// optionsOf are options of a plan of a view, as few people would ask for.
func optionsOf(v *register.View) plan.Options {
	return plan.Options{Start: v.Settings().Start.First().Month(), Months: v.Settings().Months, Rung: record.Committed, Discount: 0.99, Prices: 1}
}

// ofPlans plans, and asks what would be if. How often the solver was asked is an
// answer too: it is what takes the time.
func ofPlans(s side, turn uint64, say sayer) {
	ctx, v, solver, before := context.Background(), s.view, s.solver, s.solver.count()
	o := optionsOf(v)
	o.Brief, o.Relax = turn%4 != 0, turn%16 == 0
	defer func() { say("asked of the solver", s.solver.count()-before) }()
	base, err := plan.Make(ctx, v, solver, o)
	say("plan.Make", base, err)
	if err != nil {
		return
	}
	say("plan.Check", plan.Check(v, base))
	say("plan.Parts", plan.Parts(v, o))
	idle, err := plan.Idle(v, o)
	say("plan.Idle", idle, err)
	if err == nil {
		diff := plan.Compare(idle, base)
		say("plan.Compare", diff)
		say("report.OfDiff", report.OfDiff(v, idle, base, diff))
	}
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
		say("whatif.Apply", s.ID, err)
		if err == nil {
			say("whatif.Apply", s.ID, changed.Head(), check.Run(changed), changed.GroupsOf("XAA"))
			fit = append(fit, s)
		}
	}
	if len(fit) > 0 {
		ofScenario(v, solver, base, fit, o, turn, say)
	}
	ofParties(v, solver, base, o, turn, say)
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

func ofScenario(v *register.View, solver lp.Solver, base *plan.Plan, fit []*record.Scenario, o plan.Options, turn uint64, say sayer) {
	ctx, s := context.Background(), fit[turn%uint64(len(fit))]
	switch turn % 3 {
	case 0:
		c, err := whatif.Compare(ctx, v, s, base, solver, o)
		say("whatif.Compare", c, err)
		if err == nil {
			say("report.OfComparison", report.OfComparison(v, s, c))
		}
	case 1:
		holes, err := whatif.Backfill(ctx, v, base, s, solver, o)
		say("whatif.Backfill", holes, err)
		if err == nil {
			say("report.OfHoles", report.OfHoles(v, holes))
		}
	case 2:
		core, err := whatif.Core(ctx, v, fit, solver, o)
		say("whatif.Core", core, err)
		if err == nil {
			futures, promises := report.OfCore(v, core)
			say("report.OfCore", futures, promises)
		}
	}
}

func ofParties(v *register.View, solver lp.Solver, base *plan.Plan, o plan.Options, turn uint64, say sayer) {
	ctx, none := context.Background(), func(int, int) {}
	switch turn % 4 {
	case 0:
		ms, err := whatif.Marginals(ctx, v, base, solver, o, none)
		say("whatif.Marginals", ms, err)
		say("report.Ranking", report.Ranking(v, base, ms))
	case 1:
		values, err := whatif.Shapley(ctx, v, base, solver, o, whatif.Sampling{Seed: turn, Orders: 2, ExactMax: 3}, none)
		say("whatif.Shapley", values, err)
		if err == nil {
			say("report.Shares", report.Shares(values))
		}
	case 2:
		losses, err := whatif.Losses(ctx, v, base, solver, o, 2, none)
		say("whatif.Losses", losses, err)
		if err == nil {
			say("report.Losses", report.Losses(v, losses))
		}
	case 3:
		risk, err := whatif.Risk(ctx, v, base, solver, o, whatif.RiskOptions{Seed: turn, Draws: 2}, none)
		say("whatif.Risk", risk, err)
		if err == nil {
			needs, drivers, delays := report.OfRisk(v, risk)
			say("report.OfRisk", needs, drivers, delays)
		}
	}
}
