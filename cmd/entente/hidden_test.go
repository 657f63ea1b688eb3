package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"entente/access"
	"entente/api"
	"entente/bench/world"
	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// The worlds that are drawn: 40, and 10,000 with ENTENTE_SOAK=1, or as many as
// ENTENTE_WORLDS says. ENTENTE_WORLD=17 draws the one of that seed and asks it
// everything.
func worldsAsked() (from, to uint64) {
	number := func(name string, otherwise uint64) uint64 {
		n, err := strconv.ParseUint(os.Getenv(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	const none = 1 << 63
	if one := number("ENTENTE_WORLD", none); one != none {
		return one, one + 1
	}
	switch {
	case os.Getenv("ENTENTE_SOAK") != "":
		return 0, number("ENTENTE_WORLDS", 10_000)
	case testing.Short():
		return 0, number("ENTENTE_WORLDS", 10)
	}
	return 0, number("ENTENTE_WORLDS", 40)
}

// askers is the one list of those who ask, each in one world of so many: what
// takes long is asked less often, and then some of it in turn.
var askers = []struct {
	name  string
	every uint64
	ask   func(s side, turn uint64, say sayer)
}{
	{"the view", 1, ofRegister},
	{"checks", 2, ofChecks},
	{"screens", 6, ofScreens},
	{"documents", 12, ofDocuments},
	{"plans", 8, ofPlans},
	{"pages", 4, ofPages},
	{"pages with a plan", 8, ofPlannedPages},
	{"the API", 4, ofAPI},
	{"a model's tools", 6, ofTools},
	{"a model's tools that plan", 8, ofPlanningTools},
	{"commands", 4, ofCommands},
	{"ledgers", 16, ofLedgers},
}

// side is one of the two registers that a reader is given: one with all records,
// and one without those that they may not see.
type side struct {
	aWorld
	bare   bool
	tree   *register.Tree
	view   *register.View
	solver *remembering
	dir    string // for files, the same for both
	ledger bool   // it is a shared register
}

// on is the side on another day, on which other groups may see other records.
func (s side) on(day record.Date) side {
	if s.at.On = day; s.bare {
		s.seen = s.visible()
	}
	s.tree = s.aWorld.tree(s.written())
	s.view = s.tree.View(s.at)
	return s
}

// written are the records of this side.
func (s side) written() []record.Record {
	if s.bare {
		return s.seen
	}
	return s.records
}

// answer is what one question was answered with, as text. Where only that both
// sides say the same of it is known, said is a sum of it.
type answer struct{ name, said string }

// sayer keeps an answer: of which function, page or command, and what was said.
type sayer func(name string, values ...any)

// TestHiddenIsAbsent holds every function that answers, every page, every tool,
// every operation of the API and every command that takes a reader to the law:
// what a reader is told of a register is what they would be told of it without
// the records that they may not see.
func TestHiddenIsAbsent(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "entente-test"))
	all := newTally()
	from, to := worldsAsked()
	for ; from < to; from += 500 { // in parts, so that a long run shows how far it is
		end := min(from+500, to)
		t.Run(fmt.Sprintf("worlds-%d-to-%d", from, end-1), func(t *testing.T) {
			var g errgroup.Group
			g.SetLimit(runtime.GOMAXPROCS(0))
			dir := t.TempDir()
			for seed := from; seed < end; seed++ {
				g.Go(func() error {
					holdsIn(t, seed, filepath.Join(dir, fmt.Sprint(seed)), all)
					return nil
				})
			}
			_ = g.Wait()
			t.Log(all.line())
		})
	}
	t.Log("\n" + all.table())
	if all.hidden*10 < all.records {
		t.Error("too little is hidden to prove anything")
	}
	absent := regexp.MustCompile(`need-99|decoy-000`) // are asked for because they are not there
	for _, c := range all.counts {
		if c.trouble == c.answers && c.answers > 50 && !absent.MatchString(c.name) {
			t.Errorf("%s never answers", c.name)
		}
	}
}

// holdsIn holds one world to the law.
func holdsIn(t *testing.T, seed uint64, dir string, all *tally) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("seed %d: panic: %v\n%s", seed, p, debug.Stack())
		}
	}()
	w := drawWorld(seed)
	solver := newRemembering()
	var sides [2]side
	for i, rs := range [][]record.Record{w.records, w.seen} {
		tree := w.tree(rs)
		sides[i] = side{w, i == 1, tree, tree.View(w.at), solver, dir, false}
	}
	if diff := cmp.Diff(keysOf(w.seen), keysOf(sides[0].view.Records())); diff != "" {
		t.Errorf("seed %d: %s sees what they should not, or not what they should (-should +does)\n%s", seed, w.at.Reader, diff)
		return
	}
	one := os.Getenv("ENTENTE_WORLD") != ""
	for _, a := range askers {
		if seed%a.every != 0 && !one {
			continue
		}
		var told [2][]answer
		for i, s := range sides {
			a.ask(s, seed/a.every, func(name string, values ...any) {
				told[i] = append(told[i], answer{name, said(name, values)})
			})
		}
		all.add(seed, told[0], w.learnsNothing(t, told[0], told[1]))
	}
	all.world(w)
}

// said writes what was answered as text.
func said(name string, values []any) string {
	var out bytes.Buffer
	for _, x := range values {
		switch v := x.(type) {
		case error:
			out.WriteString(v.Error() + "\n")
			continue
		case string:
			out.WriteString(v + "\n")
			continue
		case []byte:
			out.Write(append(v, '\n'))
			continue
		}
		if err := json.NewEncoder(&out).Encode(x); err != nil {
			panic(name + ": " + err.Error())
		}
	}
	return out.String()
}

// learnsNothing holds what the reader is told with hidden records to what they
// are told without, and counts where they are not the same.
func (w aWorld) learnsNothing(t *testing.T, told, bare []answer) (differ int) {
	for i := range min(len(told), len(bare)) {
		if told[i] != bare[i] { // what follows may be other questions
			t.Errorf("seed %d: %s learns from %s of what they may not see (-without +with); ENTENTE_WORLD=%d draws this world alone\n%s", w.seed, w.at.Reader, told[i].name, w.seed, cmp.Diff(readable(bare[i].said), readable(told[i].said)))
			return 1
		}
	}
	if len(told) != len(bare) {
		t.Errorf("seed %d: %s gets %d answers, and %d without what they may not see", w.seed, w.at.Reader, len(told), len(bare))
		return 1
	}
	return 0
}

// readable breaks JSON into lines, so that a difference can be seen.
func readable(text string) string {
	return strings.NewReplacer(`,"`, ",\n\"", "},{", "},\n{", "><", ">\n<").Replace(text)
}

// tally counts what was asked.
type tally struct {
	mu                               sync.Mutex
	worlds, records, hidden, answers int
	differ                           int
	counts                           map[string]*count
	began                            time.Time
}

type count struct {
	name    string
	answers int
	trouble int // that could not be answered, and said why
	in      map[uint64]bool
}

func newTally() *tally { return &tally{counts: map[string]*count{}, began: time.Now()} }

func (a *tally) world(w aWorld) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.worlds++
	a.records += len(w.records)
	a.hidden += len(w.records) - len(w.seen)
}

func (a *tally) add(seed uint64, told []answer, differ int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.differ += differ
	a.answers += len(told)
	for _, x := range told {
		c := a.counts[x.name]
		if c == nil {
			c = &count{name: x.name, in: map[uint64]bool{}}
			a.counts[x.name] = c
		}
		c.in[seed] = true
		c.answers++
		if strings.HasSuffix(x.said, fmt.Sprintf("exit %d\n\n", exitUnusable)) {
			c.trouble++
		}
	}
}

func (a *tally) line() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("%d worlds of %d records, %d of them hidden: %d answers compared, %d differences", a.worlds, a.records, a.hidden, a.answers, a.differ)
}

// table says what was asked how often.
func (a *tally) table() string {
	names := make([]string, 0, len(a.counts))
	for name := range a.counts {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "%-60s %8s %9s %9s\n", "asked", "worlds", "answers", "refused")
	for _, name := range names {
		c := a.counts[name]
		fmt.Fprintf(&b, "%-60s %8d %9d %9d\n", name, len(c.in), c.answers, c.trouble)
	}
	return b.String() + a.line()
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
	from, to := worldsAsked()
	for seed := from; seed < to; seed += 10 {
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

// ofCommands runs command lines on a folder of one file a record, so that to hide a
// record is to remove its file. Two of them in each world, all of them in turn.
func ofCommands(s side, turn uint64, say sayer) {
	s.at.Reader.Roles = 0 // --reader names a party and no person of it
	if s.at.Reader.All {
		s.at.Reader = access.Keeper
	}
	s.seen = s.visible()
	s.write()
	defer os.RemoveAll(s.dir)
	const each = 3
	for i := range each {
		line := commandsOfReaders[(int(turn)*each+i)%len(commandsOfReaders)]
		say("entente "+line, s.ran(strings.ReplaceAll(line, "DIR", s.dir)))
	}
}

// ran runs a command line in the reader's eyes, and gives what it wrote and how
// it ended.
func (s side) ran(line string) string {
	var out, errOut bytes.Buffer
	c := newConsole(context.Background(), &out, &errOut, hiddenNow)
	c.solver = func() (lp.Solver, error) { return s.solver, nil }
	code := c.run(append(strings.Fields(line), "--reader", s.at.Reader.String()), &out)
	return fmt.Sprintf("%s%sexit %d\n", out.String(), errOut.String(), code)
}

var hiddenNow = time.Date(2025, 2, 15, 12, 0, 0, 0, time.UTC)

// TestEveryCommandWithEyesIsHeldToTheLaw finds commands that nobody thought of.
func TestEveryCommandWithEyesIsHeldToTheLaw(t *testing.T) {
	otherwise := map[string]string{
		"as-of": "names the root of the whole ledger, which is public",
		"jobs":  "asks for what plan and whatif answer, with their functions; who holds the database sees every job",
		"mcp":   "answers through its tools, which ofTools asks",
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

// TestEveryAnswerIsHeldToTheLaw finds pages, operations of the API and tools that
// nobody thought of.
func TestEveryAnswerIsHeldToTheLaw(t *testing.T) {
	held := map[string]bool{}
	for _, q := range slices.Concat(pagesOf, plannedPages, []question{{route: "GET /findings/{id}"}, recordPage(record.Key{Kind: record.KindAgreement}), recordPage(record.Key{Kind: record.KindPledge})}) {
		held[q.route] = true
	}
	routes := routesOf(t, "../../server")
	if len(routes) < 40 {
		t.Errorf("only %d routes are found in server", len(routes))
	}
	for _, route := range routes {
		if !held[route] {
			t.Errorf("%s is answered, and no line of pagesOf or plannedPages holds it to the law", route)
		}
	}
	asked := map[string]bool{}
	for _, q := range operations {
		method, path, _ := strings.Cut(q.route, " ")
		asked[strings.ToLower(method)+" "+api.Prefix+path] = true
	}
	var document struct {
		Paths map[string]map[string]any
	}
	must(0, json.Unmarshal(must(api.Document()), &document))
	for path, methods := range document.Paths {
		for method := range methods {
			if !asked[method+" "+path] {
				t.Errorf("the API answers %s %s, and no line of operations holds it to the law", method, path)
			}
		}
	}
	called := map[string]bool{}
	for _, q := range slices.Concat(tools, planningTools) {
		called[q.tool] = true
	}
	for _, tool := range toolsOf(t) {
		if !called[tool] {
			t.Errorf("a language model may call %s, and no line of tools or planningTools holds it to the law", tool)
		}
	}
}

// routesOf reads from the source of a package which routes it answers: what is
// written first in the entries of its lists, with its constants put in.
func routesOf(t *testing.T, dir string) (routes []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	constants := map[string]ast.Expr{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.ValueSpec); ok && len(c.Values) == 1 {
				constants[c.Names[0].Name] = c.Values[0]
			}
			return true
		})
	}
	lists := map[string]string{"looks": "GET ", "routes": "", "peopleRoutes": ""}
	for _, f := range parsed {
		for _, d := range f.Decls {
			list, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			method, ok := lists[list.Name.Name]
			if !ok {
				continue
			}
			ast.Inspect(list, func(n ast.Node) bool {
				entry, ok := n.(*ast.CompositeLit)
				if !ok || len(entry.Elts) < 2 {
					return true
				}
				if path := textOf(entry.Elts[0], constants); strings.Contains(path, "/") {
					if path == "/" && method != "" {
						path = "/{$}"
					}
					routes = append(routes, method+path)
				}
				return true
			})
		}
	}
	return routes
}

// textOf is a text that is put together of literals and constants.
func textOf(e ast.Expr, constants map[string]ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return textOf(constants[e.Name], constants)
	case *ast.BinaryExpr:
		return textOf(e.X, constants) + textOf(e.Y, constants)
	}
	return ""
}

func fileOf(r record.Record) string {
	return strings.ToLower(string(r.Key().Kind)) + "-" + r.Key().ID + ".yaml"
}

// write makes a folder of the side.
func (s side) write() {
	files := map[string]string{}
	settings, err := json.Marshal(s.settings)
	if err != nil {
		panic(err)
	}
	files[record.SettingsFile] = string(settings)
	for _, r := range s.written() {
		files[fileOf(r)] = string(record.Format(r))
	}
	for name, text := range s.texts {
		files[name] = text
	}
	for _, f := range s.policies {
		files[f.Name] = f.Text
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		panic(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
}
