package screen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"entente/check"
	"entente/record"
)

// said are the sentences of the rooms that speak to readers: what stands between
// quotes in a call of Say, Count or heads, in Go or in a page.
func said(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, room := range []string{".", "../web", "../server"} {
		files, err := filepath.Glob(room + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				saidInGo(t, name, keys)
			}
		}
	}
	pages, err := filepath.Glob("../web/pages/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatal("there are no pages", err)
	}
	for _, name := range pages {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.Say ("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(string(text), -1) {
			key, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			keys[key] = true
		}
	}
	return keys
}

func saidInGo(t *testing.T, name string, keys map[string]bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "report" {
				return true // English, as it was written
			}
			switch f.Sel.Name {
			case "Say":
				addKey(keys, n.Args[0])
			case "Count":
				addKey(keys, n.Args[len(n.Args)-2])
				addKey(keys, n.Args[len(n.Args)-1])
			case "heads":
				for _, a := range n.Args {
					addKey(keys, a)
				}
			case "list":
				for _, a := range n.Args[4:] {
					addKey(keys, a)
				}
			}
		case *ast.CompositeLit:
			saidInLiteral(n, keys)
		}
		return true
	})
}

// saidInLiteral adds the titles of faults and the names of screens, which are
// said where they are shown.
func saidInLiteral(n *ast.CompositeLit, keys map[string]bool) {
	if typ, ok := n.Type.(*ast.Ident); ok && typ.Name == "fault" && len(n.Elts) == 4 {
		addKey(keys, n.Elts[1])
	}
	if array, ok := n.Type.(*ast.ArrayType); ok {
		if typ, ok := array.Elt.(*ast.Ident); ok && typ.Name == "look" {
			for _, e := range n.Elts {
				look := e.(*ast.CompositeLit)
				addKey(keys, look.Elts[3])
				addKey(keys, look.Elts[4])
			}
		}
	}
}

func addKey(keys map[string]bool, e ast.Expr) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	key, _ := strconv.Unquote(lit.Value)
	if _, label, ok := strings.Cut(key, "|"); ok {
		key = label
	}
	key = strings.TrimLeft(key, "#?")
	if key != "" {
		keys[key] = true
	}
}

// dynamic are the words that are said by a name that is looked up.
var dynamic = []string{"All", "Warnings", "Errors", "open", "accepted", "rejected", "withdrawn", "superseded", "expired", "add", "change", "retire", "first stated", "changed", "retired", "error", "warning", "note", "public", "keeper", "1.5",
	"proposed", "negotiating", "signed", "in-force", "suspended", "ended", "declared", "standby", "deployed", "training", "recovering"}

// fields adds the names of the fields that the page of a record lists.
func fields(of reflect.Type, keys map[string]bool) {
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		switch {
		case of.Field(i).Anonymous:
			fields(of.Field(i).Type, keys)
		case name != "" && name != "-" && !slices.Contains(shownElsewhere, name):
			keys[fieldName(name)] = true
		}
	}
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	keys := said(t)
	for _, word := range dynamic {
		keys[word] = true
	}
	for _, rung := range record.Rungs() {
		keys[rung] = true
	}
	for _, rule := range check.Rules {
		keys[rule.Title] = true
	}
	for _, k := range record.Kinds() {
		fields(reflect.TypeOf(record.New(k)).Elem(), keys)
	}
	for m := range record.Month(12) {
		name, _, _ := strings.Cut(m.Text(), " ")
		keys[name] = true
	}
	if len(keys) < 300 {
		t.Fatalf("only %d sentences were found: the search is broken", len(keys))
	}
	verb := regexp.MustCompile(`%(?:\[\d\])?[sd%]`)
	for _, lang := range Languages()[1:] {
		says := Catalogue(lang)
		for key := range keys {
			if says[key] == "" {
				t.Errorf("locales/%s.json does not say %q", lang, key)
			}
		}
		for key, means := range says {
			if !keys[key] {
				t.Errorf("locales/%s.json says %q, which nobody says", lang, key)
			}
			if a, b := verb.FindAllString(key, -1), verb.FindAllString(means, -1); len(a) != len(b) {
				t.Errorf("locales/%s.json: %q holds %v, and %q %v", lang, key, a, means, b)
			}
			if strings.Count(key, "**") != strings.Count(means, "**") {
				t.Errorf("locales/%s.json: %q is stressed otherwise", lang, key)
			}
		}
	}
}

func TestVoices(t *testing.T) {
	if !slices.Equal(Languages(), []string{"en", "fr"}) {
		t.Errorf("spoken are %v", Languages())
	}
	for _, c := range []struct{ lang, accept, want string }{
		{"", "", "en"}, {"fr", "", "fr"}, {"", "fr-CA,fr;q=0.9,en;q=0.8", "fr"}, {"", "et,en;q=0.5", "en"}, {"xx", "nonsense;;", "en"},
	} {
		if got := VoiceFor(c.lang, c.accept).Lang(); got != c.want {
			t.Errorf("VoiceFor(%q, %q) speaks %s, not %s", c.lang, c.accept, got, c.want)
		}
	}
	fr := VoiceFor("fr", "")
	for key, want := range map[string]string{fr.Say("today"): "aujourd’hui", fr.Date(record.MustDay("2026-02-03").First()): "3 févr. 2026", fr.Count(0, "%d day", "%d days"): "0 jour", fr.Count(2, "%d day", "%d days"): "2 jours"} {
		if key != want {
			t.Errorf("got %q, want %q", key, want)
		}
	}
	for text, want := range map[string]string{"85.3": "85,3", "−0.65": "−0,65", "5.48/8": "5,48/8", "12\u202f345.5": "12\u202f345,5", "1.2 × F-16": "1.2 × F-16", "2026-05": "2026-05", "v1.2": "v1.2"} {
		if got := fr.Figure(text); got != want {
			t.Errorf("the figure %q is written %q, not %q", text, got, want)
		}
	}
	if got := fr.Say("Covered in %s", "3.5"); !strings.Contains(got, "3,5") {
		t.Errorf("in a sentence a figure is written %q", got)
	}
	if got := (Voice{}).Say("Covered in %s", "May 2026"); got != "Covered in May 2026" {
		t.Errorf("English says %q", got)
	}
}
