package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
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
	return simplex.New(s)
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
			told := answers(with, seed)
			w.learnsNothing(t, told, answers(without, seed))
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

// learnsNothing holds what the reader is told with hidden records to what they
// are told without.
func (w aWorld) learnsNothing(t *testing.T, told, bare []answer) {
	for i := range min(len(told), len(bare)) {
		if told[i] != bare[i] { // what follows may be other questions
			t.Errorf("seed %d: %s learns from %s of what they may not see (-without +with)\n%s", w.seed, w.at.Reader, told[i].name, cmp.Diff(bare[i].said, told[i].said))
			return
		}
	}
	if len(told) != len(bare) {
		t.Errorf("seed %d: %s gets %d answers, and %d without what they may not see", w.seed, w.at.Reader, len(told), len(bare))
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

// TestEveryCommandWithEyesIsHeldToTheLaw finds commands that nobody thought of.
func TestEveryCommandWithEyesIsHeldToTheLaw(t *testing.T) {
	otherwise := map[string]string{
		"as-of": "names the root of the whole ledger, which is public",
		"jobs":  "asks for what plan and whatif answer, with their functions; who holds the database sees every job",
		"mcp":   "answers through the functions that TestHiddenIsAbsentInEveryAnswer asks",
	}
	held := map[string]bool{}
	for _, line := range append(commandsOfReaders, commandsOfTheLedger...) {
		held[strings.Fields(line)[0]] = true
	}
	for _, cmd := range rootCommand(newConsole(t.Context(), io.Discard, io.Discard, time.Time{})).Commands() {
		if cmd.Flags().Lookup("reader") != nil && !held[cmd.Name()] && otherwise[cmd.Name()] == "" {
			t.Errorf("entente %s takes --reader, and no line of commandsOfReaders or commandsOfTheLedger holds it to the law", cmd.Name())
		}
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
