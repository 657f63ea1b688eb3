package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"entente/access"
	"entente/check"
	"entente/lp"
	"entente/lp/highs"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/whatif"
)

// worldsAsked is how many worlds are drawn: 200, and 10,000 with ENTENTE_SOAK=1.
func worldsAsked() uint64 {
	if os.Getenv("ENTENTE_SOAK") != "" {
		return 10_000
	}
	if testing.Short() {
		return 20
	}
	return 200
}

var hiddenSolver = sync.OnceValue(func() lp.Solver {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	if err != nil {
		panic(err)
	}
	return s
})

// TestHiddenIsAbsentInEveryAnswer holds every function that answers to the law:
// what a reader is told of a register is what they would be told of it without
// the records that they may not see.
func TestHiddenIsAbsentInEveryAnswer(t *testing.T) {
	var counts struct {
		sync.Mutex
		worlds, records, hidden, answers int
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for seed := range worldsAsked() {
		g.Go(func() error {
			w := drawWorld(seed)
			with, without := w.tree(w.records).View(w.at), w.tree(w.seen).View(w.at)
			if diff := cmp.Diff(keysOf(w.seen), keysOf(with.Records())); diff != "" {
				t.Errorf("seed %d: %s sees what they should not, or not what they should (-should +does)\n%s", seed, w.at.Reader, diff)
				return nil
			}
			told, bare := answers(with, seed), answers(without, seed)
			for i := range told {
				if told[i] != bare[i] {
					t.Errorf("seed %d: %s learns from %s of what they may not see (-without +with)\n%s", seed, w.at.Reader, told[i].name, cmp.Diff(bare[i].said, told[i].said))
				}
			}
			counts.Lock()
			defer counts.Unlock()
			counts.worlds++
			counts.records += len(w.records)
			counts.hidden += len(w.records) - len(w.seen)
			counts.answers += len(told)
			return nil
		})
	}
	_ = g.Wait()
	t.Logf("%d worlds of %d records, %d of them hidden: %d answers compared", counts.worlds, counts.records, counts.hidden, counts.answers)
	if counts.hidden*10 < counts.records {
		t.Error("too little is hidden to prove anything")
	}
}

func keysOf(rs []record.Record) []string {
	var ks []string
	for _, r := range rs {
		ks = append(ks, r.Key().String())
	}
	slices.Sort(ks)
	return ks
}

// answer is what one function said, as text.
type answer struct{ name, said string }

// answers asks all that can be asked of a view. What takes long is asked in turn,
// by seed.
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
	ofPlans(v, seed, say)
	return all
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
func ofPlans(v *register.View, seed uint64, say sayer) {
	ctx := context.Background()
	o := plan.Options{Start: v.Settings().Start.First().Month(), Months: v.Settings().Months, Rung: record.Committed, Discount: 0.99, Brief: seed%4 != 0, Relax: seed%8 == 0, Prices: 2}
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
		ofScenario(v, base, fit, o, seed, say)
	}
	ofParties(v, base, o, seed, say)
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

func ofScenario(v *register.View, base *plan.Plan, fit []*record.Scenario, o plan.Options, seed uint64, say sayer) {
	ctx, s := context.Background(), fit[seed%uint64(len(fit))]
	switch seed % 3 {
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

func ofParties(v *register.View, base *plan.Plan, o plan.Options, seed uint64, say sayer) {
	ctx, none := context.Background(), func(int, int) {}
	switch seed % 4 {
	case 0:
		ms, err := whatif.Marginals(ctx, v, base, hiddenSolver(), o, none)
		say("whatif.Marginals", ms, err)
		say("report.Ranking", report.Ranking(v, base, ms))
	case 1:
		values, err := whatif.Shapley(ctx, v, base, hiddenSolver(), o, whatif.Sampling{Seed: seed, Orders: 2, ExactMax: 3}, none)
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
		risk, err := whatif.Risk(ctx, v, base, hiddenSolver(), o, whatif.RiskOptions{Seed: seed, Draws: 2}, none)
		say("whatif.Risk", risk, err)
		if err == nil {
			needs, drivers, delays := report.OfRisk(v, risk)
			say("report.OfRisk", needs, drivers, delays)
		}
	}
}

// commandsOfReaders are command lines that look with a reader's eyes; DIR is the
// register. A new command that takes --reader needs a line here.
var commandsOfReaders = []string{
	"show DIR", "show DIR --format json", "show DIR --rung handed-over",
	"show DIR pledge", "show DIR need --format json", "show DIR party", "show DIR document",
	"show DIR pledge pledge-00000", "show DIR pledge pledge-00000 --format json", "show DIR party RING", "show DIR place place-00000", "show DIR scenario late",
	"show DIR document paper-1 --format json", "show DIR need need-99",
	"check DIR --level note", "check DIR --level note --format json", "check DIR --level note --format sarif",
	"plan DIR --prices 0", "plan DIR --prices 0 --format json", "plan DIR --prices 1 --format csv", "plan DIR --prices 1 --format html",
	"plan DIR --why need-00000 --prices 0", "plan DIR --uses pledge-00000 --prices 0", "plan DIR --prices 0 --scenario leaves",
	"whatif DIR --without XAA", "whatif DIR --without XAB --format json", "whatif DIR --scenario late", "whatif DIR --scenario adds --format json",
	"whatif DIR --parties", "whatif DIR --shapley --format json", "whatif DIR --pairs", "whatif DIR --core", "whatif DIR --risk --draws 2",
	"whatif DIR --without XAA --backfill",
}

// TestHiddenIsAbsentInEveryCommand holds the commands to the same law, on folders
// of one file a record, so that to hide a record is to remove its file.
func TestHiddenIsAbsentInEveryCommand(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "entente-test"))
	worlds, runs, each := worldsAsked()/10, 0, 8
	for seed := range worlds {
		w := drawWorld(seed)
		w.at.Reader.Roles = 0 // --reader names a party and no person of it
		w.seen = w.visible()
		dir := filepath.Join(t.TempDir(), "register")
		w.write(t, dir, w.records)
		var lines [][]string
		for i := range each {
			line := strings.ReplaceAll(commandsOfReaders[(int(seed)*each+i)%len(commandsOfReaders)], "DIR", dir)
			lines = append(lines, append(strings.Fields(line), "--reader", w.at.Reader.String()))
		}
		with := ran(lines)
		for _, r := range w.records {
			if !slices.Contains(w.seen, r) {
				if err := os.Remove(filepath.Join(dir, fileOf(r))); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i, without := range ran(lines) {
			runs++
			if with[i] != without {
				t.Errorf("seed %d: entente %s (-without +with)\n%s", seed, strings.Join(lines[i], " "), cmp.Diff(without, with[i]))
			}
		}
	}
	t.Logf("%d worlds, %d command lines run with and without", worlds, runs)
}

func fileOf(r record.Record) string {
	return strings.ToLower(string(r.Key().Kind)) + "-" + r.Key().ID + ".yaml"
}

// write makes a folder of the world with some of its records.
func (w aWorld) write(t *testing.T, dir string, rs []record.Record) {
	t.Helper()
	files := map[string]string{}
	s, err := json.Marshal(w.settings)
	if err != nil {
		t.Fatal(err)
	}
	files[record.SettingsFile] = string(s)
	for _, r := range rs {
		files[fileOf(r)] = string(record.Format(r))
	}
	for name, text := range w.texts {
		files[name] = text
	}
	for _, f := range w.policies {
		files[f.Name] = f.Text
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// ran runs command lines, and gives what each wrote and how it ended.
func ran(lines [][]string) []string {
	var all []string
	for _, args := range lines {
		var out, errOut bytes.Buffer
		code := run(args, &out, &errOut, time.Date(2025, 2, 15, 12, 0, 0, 0, time.UTC))
		all = append(all, fmt.Sprintf("%s%sexit %d\n", out.String(), errOut.String(), code))
	}
	return all
}
