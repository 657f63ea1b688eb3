// Package entente holds no code: it guards the house. See ARCHITECTURE.md.
package entente

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says what each room may import of ours. Data goes one way, up this
// list and never back down. A new room needs a line here, a package comment
// and a noun that its users say.
var rooms = map[string]string{
	"record":      "",
	"access":      "record",
	"ledger":      "record access",
	"desk":        "",
	"account":     "record access desk",
	"register":    "record access ledger",
	"shared":      "record ledger desk register account",
	"signin":      "access account desk",
	"api":         "record access account desk ledger register shared check sight proposal",
	"proposal":    "record access ledger desk register shared check",
	"check":       "record register",
	"once":        "",
	"sight":       "record register check once",
	"lp":          "",
	"lp/highs":    "lp",
	"lp/simplex":  "lp",
	"lp/lptest":   "lp",
	"plan":        "record register lp",
	"whatif":      "record register check plan lp",
	"jobs":        "desk",
	"exchange":    "record",
	"read":        "record",
	"mcp":         "record register check lp plan whatif report",
	"publish":     "record access register check plan whatif report exchange",
	"report":      "record register check plan whatif",
	"screen":      "record register check plan whatif report",
	"web":         "record access report screen",
	"server":      "record access account desk exchange register ledger shared check once sight lp plan whatif report screen web proposal publish",
	"examples":    "",
	"e2e":         "",
	"cmd/entente": "record access register exchange read publish mcp check lp lp/highs lp/simplex plan whatif report web desk ledger ledger/sqlite ledger/postgres shared proposal account sight jobs jobs/planning jobs/river screen server examples api signin",

	"ledger/sqlite":     "ledger record desk",
	"ledger/ledgertest": "ledger record access",
	"ledger/postgres":   "ledger record desk",
	"ledger/pgtest":     "",
	"desk/desktest":     "desk",
	"jobs/jobstest":     "jobs desk",
	"jobs/planning":     "jobs record access ledger register lp plan whatif",
	"jobs/river":        "jobs",

	// Rooms that only measure.
	"bench":          "record access register check lp lp/highs lp/simplex plan whatif report ledger ledger/sqlite bench/world",
	"bench/world":    "record register plan",
	"bench/worlds":   "record register plan bench/world",
	"bench/textbook": "record register lp plan",
	"bench/load":     "record register ledger ledger/sqlite shared bench/world",
	"bench/race":     "record access register lp lp/highs lp/simplex plan whatif bench/world bench/textbook",
}

// testsToo is what only tests may import beside that: they may read a register,
// and solve with the real solver.
const testsToo = "record access desk desk/desktest ledger ledger/sqlite ledger/ledgertest ledger/pgtest register check lp lp/highs lp/simplex lp/lptest plan bench/world bench/textbook jobs jobs/jobstest ledger/postgres shared account jobs/river"

// drawers are names that say nothing of what is inside.
var drawers = []string{"util", "utils", "common", "helpers", "models", "types", "global", "globals", "misc"}

const module = "entente/"

// source is one Go file of ours.
type source struct {
	path string
	room string // its folder
	test bool
	*ast.File
}

// sources reads every Go file of the tree, whether committed or not, except
// what is installed or generated.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	files(t, func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			return
		}
		all = append(all, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), f})
	})
	return all
}

// files visits every file that people wrote.
func files(t *testing.T, visit func(name string)) {
	t.Helper()
	skipped := []string{"node_modules", "dist", "bin", "out", ".git"}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.Type().IsRegular():
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArrows(t *testing.T) {
	for _, f := range sources(t) {
		if f.room == "." {
			continue
		}
		allowed, listed := rooms[f.room]
		if !listed {
			t.Errorf("%s: the room %s is not in the table of arch_test.go; add it there, or put the file into a room that is", f.path, f.room)
			continue
		}
		may := strings.Fields(allowed)
		if f.test {
			may = append(may, strings.Fields(testsToo)...)
		}
		for _, imp := range f.Imports {
			to, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if room, ours := strings.CutPrefix(to, module); ours && room != f.room && !slices.Contains(may, room) {
				t.Errorf("%s imports %s, which the table of arch_test.go forbids: data goes from %s upwards only", f.path, room, room)
			}
		}
	}
}

// TestPureRooms keeps the clock, randomness and the outer world out of the
// rooms that only reckon.
func TestPureRooms(t *testing.T) {
	forbidden := map[string]string{
		"record":  "os net net/http os/exec database/sql",
		"access":  "os io net/http time os/exec",
		"check":   "os io net/http os/exec html/template",
		"lp":      "os net/http os/exec",
		"plan":    "os io net/http os/exec html/template",
		"whatif":  "os io net/http os/exec html/template",
		"read":    "os net net/http os/exec html/template",
		"publish": "os net net/http os/exec html/template",
		"mcp":     "os net net/http os/exec html/template",
		"report":  "os io net/http time os/exec html/template text/template",
	}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		for _, imp := range f.Imports {
			to, _ := strconv.Unquote(imp.Path.Value)
			if slices.Contains(strings.Fields(forbidden[f.room]), to) {
				t.Errorf("%s imports %s: %s takes values and returns values; the rim of the house does the rest", f.path, to, f.room)
			}
		}
		if dice := globalDice(f.File); dice != "" {
			t.Errorf("%s calls rand.%s, which gives two answers to one question: take a seed, and make a source of it", f.path, dice)
		}
		if !slices.Contains([]string{"cmd/entente", "lp/highs"}, f.room) && !strings.HasPrefix(f.room, "bench") && !strings.HasSuffix(f.room, "test") && calls(f.File, "time", "Now") {
			t.Errorf("%s reads the clock: the day is an argument, and only cmd/entente knows today", f.path)
		}
	}
}

func calls(f *ast.File, pkg, name string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
				found = true
			}
		}
		return !found
	})
	return found
}

// globalDice names a function of math/rand that draws from what nobody seeded.
func globalDice(f *ast.File) string {
	if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return strings.HasPrefix(i.Path.Value, `"math/rand`) }) {
		return ""
	}
	found := ""
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "rand" && ast.IsExported(s.Sel.Name) && !strings.HasPrefix(s.Sel.Name, "New") && !slices.Contains([]string{"Rand", "Source", "PCG", "ChaCha8", "Zipf"}, s.Sel.Name) {
				found = s.Sel.Name
			}
		}
		return found == ""
	})
	return found
}

func TestRoomsHaveComments(t *testing.T) {
	said, seen := map[string]bool{}, map[string]bool{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		seen[f.room] = true
		if f.Doc != nil {
			said[f.room] = true
		}
		if slices.Contains(drawers, f.Name.Name) {
			t.Errorf("%s: a package called %s says nothing of what is in it", f.path, f.Name.Name)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function; lists are written out, nothing registers itself", f.path)
			}
		}
	}
	for _, room := range slices.Sorted(maps.Keys(seen)) {
		if !said[room] {
			t.Errorf("%s has no package comment; it is the room's specification", room)
		}
	}
}

// mentioned finds what looks like a file or folder of ours in a text.
var mentioned = regexp.MustCompile("(?:\\]\\(|`)([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?)[)`]")

func TestDocsNameWhatExists(t *testing.T) {
	for _, doc := range []string{"README.md", "ARCHITECTURE.md", "changelog/README.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range mentioned.FindAllStringSubmatch(string(text), -1) {
			name := m[1]
			if !strings.Contains(name, "/") && !slices.Contains([]string{".md", ".go", ".yaml"}, path.Ext(name)) {
				continue // a word of code, not a file
			}
			if generated(name) || exists(name) || exists(path.Join(path.Dir(doc), name)) {
				continue
			}
			t.Errorf("%s mentions %s, which is not there", doc, name)
		}
	}
}

// generated names what a build makes.
func generated(name string) bool { return strings.HasPrefix(name, "bin/") }

func exists(name string) bool {
	_, err := os.Stat(filepath.FromSlash(strings.TrimSuffix(name, "/")))
	return err == nil
}

// TestNoMachinePaths keeps the paths of somebody's machine out of what others
// read.
func TestNoMachinePaths(t *testing.T) {
	machine := regexp.MustCompile(`(^|[^A-Za-z0-9_.~-])/(` + strings.Join([]string{"work", "root", "home/[a-z]+", "Users"}, "|") + `)/`)
	files(t, func(name string) {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Error(err)
			return
		}
		if strings.Contains(string(text[:min(len(text), 8000)]), "\x00") {
			return
		}
		for i, line := range strings.Split(string(text), "\n") {
			if machine.MatchString(line) {
				t.Errorf("%s:%d names a path of one machine: %s", name, i+1, strings.TrimSpace(line[:min(len(line), 120)]))
			}
		}
	})
}
