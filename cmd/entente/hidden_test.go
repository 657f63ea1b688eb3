package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
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
	"entente/bench/world"
	"entente/check"
	"entente/lp"
	"entente/lp/highs"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/screen"
	"entente/whatif"
)

var hiddenSoak = os.Getenv("ENTENTE_SOAK") != ""

// worldsAsked is how many worlds are drawn: 200, and 10,000 with ENTENTE_SOAK=1.
func worldsAsked() uint64 {
	if hiddenSoak {
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

// byThousands runs a test for each world, a thousand to a part, so that a long
// run can be had in pieces.
func byThousands(t *testing.T, worlds uint64, part func(t *testing.T, from, to uint64)) {
	const most = 1000
	for from := uint64(0); from < worlds; from += most {
		t.Run(fmt.Sprintf("from-%d", from), func(t *testing.T) { part(t, from, min(from+most, worlds)) })
	}
}

// TestHiddenIsAbsentInEveryAnswer holds every function that answers to the law:
// what a reader is told of a register is what they would be told of it without
// the records that they may not see.
func TestHiddenIsAbsentInEveryAnswer(t *testing.T) { byThousands(t, worldsAsked(), inEveryAnswer) }

func inEveryAnswer(t *testing.T, from, to uint64) {
	var counts struct {
		sync.Mutex
		worlds, records, hidden, answers int
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for seed := from; seed < to; seed++ {
		g.Go(func() error {
			w := drawWorld(seed)
			with, without := w.tree(w.records).View(w.at), w.tree(w.seen).View(w.at)
			if diff := cmp.Diff(keysOf(w.seen), keysOf(with.Records())); diff != "" {
				t.Errorf("seed %d: %s sees what they should not, or not what they should (-should +does)\n%s", seed, w.at.Reader, diff)
				return nil
			}
			told, bare := answers(with, seed), answers(without, seed)
			for i := range min(len(told), len(bare)) {
				if told[i] != bare[i] { // what follows may be other questions
					t.Errorf("seed %d: %s learns from %s of what they may not see (-without +with)\n%s", seed, w.at.Reader, told[i].name, cmp.Diff(bare[i].said, told[i].said))
					break
				}
			}
			if len(told) != len(bare) {
				t.Errorf("seed %d: %s gets %d answers, and %d without what they may not see", seed, w.at.Reader, len(told), len(bare))
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

// TestPlansAreReleasedToWhoSeesTheirInputs holds the label of what is derived to
// its law: whoever it shows a plan to may see every record that it is made from.
func TestPlansAreReleasedToWhoSeesTheirInputs(t *testing.T) {
	shown := 0
	for seed := range worldsAsked() / 4 {
		w := drawWorld(seed)
		v := w.tree(w.records).View(w.at)
		p, err := plan.Make(t.Context(), v, hiddenSolver(), plan.Options{Start: world.Start.First().Month(), Months: 3, Rung: record.Committed, Discount: 0.99, Brief: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, party := range append(v.Parties(), &record.Party{}) {
			reader, groups := access.Reader{Party: record.PartyID(party.ID)}, v.GroupsOf(record.PartyID(party.ID))
			if !access.CanSee(reader, "", p.Register.Release, groups) {
				continue
			}
			shown++
			for _, r := range v.Records() {
				if !access.CanSee(reader, v.By(r), v.Label(r), groups) {
					t.Errorf("seed %d: %s may be shown a plan that is released to %v, and not %s", seed, reader, p.Register.Release, r.Key())
				}
			}
		}
	}
	if shown == 0 {
		t.Error("no plan may be shown to anybody")
	}
}

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
	"export DIR --format csv", "export DIR --format csv --kind party", "export DIR --format json", "export DIR --format iati", "export DIR --format geojson",
	"export DIR --format ical", "export DIR --format kml", "export DIR --format prov", "export DIR --format xlsx", "export DIR --format parquet", "export DIR --format pdf --prices 0",
}

// TestHiddenIsAbsentInEveryCommand holds the commands to the same law, on folders
// of one file a record, so that to hide a record is to remove its file.
func TestHiddenIsAbsentInEveryCommand(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "entente-test"))
	if hiddenSoak {
		byThousands(t, worldsAsked(), func(t *testing.T, from, to uint64) { inEveryCommand(t, from, to, 2) })
		return
	}
	inEveryCommand(t, 0, worldsAsked()/10, 8)
}

// inEveryCommand runs so many command lines in each world, all of them in turn.
func inEveryCommand(t *testing.T, from, to uint64, each int) {
	runs, well := 0, 0
	for seed := from; seed < to; seed++ {
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
			well += answered(without)
			if with[i] != without {
				t.Errorf("seed %d: entente %s (-without +with)\n%s", seed, strings.Join(lines[i], " "), cmp.Diff(without, with[i]))
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d worlds, %d command lines run with and without, %d of them answered", to-from, runs, well)
	if well*3 < runs {
		t.Error("too few commands answer to prove anything")
	}
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

// answered is 1 for a command that did not end in trouble.
func answered(said string) int {
	if strings.HasSuffix(said, fmt.Sprintf("exit %d\n", exitUnusable)) {
		return 0
	}
	return 1
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
