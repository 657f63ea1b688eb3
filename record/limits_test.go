package record

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func place(note string) string { return "kind: Place\nid: a\nname: A\n" + note }

// Input that would hurt is refused, in a sentence.
func TestLimits(t *testing.T) {
	laughs := "tags: [" + strings.Repeat("x, ", 10) + "]\n"
	var bomb strings.Builder
	bomb.WriteString("a: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'i'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"no laughs", "x.yaml", place(laughs), ""},
		{"a billion laughs in fields that are none", "x.yaml", place(bomb.String()), `x.yaml:4:1: Place/a/a: there is no field "a" here`},
		{"a billion laughs in a list", "x.yaml", place("tags: &t [" + strings.Repeat("x,", 200) + "]\nsources: &s [" + strings.Repeat("{document: a, quote: q},", 50) + "]\nrelease: [" + strings.Repeat("*s,", 500) + "]\n"), "a single value is expected here, not a list"},
		{"many values by one alias", "x.yaml", place("title: &x x\ntags: [" + strings.Repeat("*x,", valuesMax) + "]\n"), fmt.Sprintf("x.yaml:4:8: Place/a/tags/%d: the record holds more than %d values; split it", valuesMax-6, valuesMax)},
		{"much text by one alias", "x.yaml", place("title: &x " + strings.Repeat("x", 1000) + "\ntags: [" + strings.Repeat("*x,", 100) + "]\n"), "x.yaml:4:8: Place/a/tags/64: the record holds more than 65536 bytes of text"},
		{"an alias within itself, again and again", "x.yaml", "kind: Scenario\nid: a\nchanges: &x [{add: &y {kind: Scenario, id: b, changes: *x}}]\n", "the value is nested too deeply"},
		{"itself as a record", "x.yaml", "&x\nkind: Scenario\nid: a\nchanges: [{add: *x}]\n", "the value is nested too deeply"},
		{"a text too long", "x.yaml", place("note: " + strings.Repeat("x", textMax)), "x.yaml:4:7: Place/a/note: the record holds more than 65536 bytes of text; long texts belong into a file that a Document names"},
		{"a text just not too long", "x.yaml", place("note: " + strings.Repeat("x", textMax-10)), ""},
		{"a document too long", "x.yaml", place("# " + strings.Repeat("x", documentBytesMax)), "x.yaml:1:1: the document has "},
		{"long comments in two documents", "x.yaml", place("# "+strings.Repeat("x", documentBytesMax-100)) + "\n---\n" + place("# "+strings.Repeat("x", documentBytesMax-100)), ""},
		{"deep lists", "x.yaml", place("tags: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), "x.yaml:4:8: Place/a/tags/0: a single value is expected here, not a list"},
		{"lists too deep for the library", "x.yaml", place("tags: " + strings.Repeat("[", 20000)), "x.yaml:4:1: the text is not YAML: exceeded max depth of 10000"},
		{"deep JSON", "x.json", `{"kind": "Place", "tags": ` + strings.Repeat("[", 100000), "x.json:1:61: the text is not JSON: values are nested too deeply"},
		{"JSON of many values", "x.json", `{"kind": "Place", "id": "a", "name": "A", "tags": ["a"` + strings.Repeat(`,"a"`, jsonNodesMax) + `]}`, "one record has more than 10000 values"},
		{"NUL", "x.yaml", place("note: a\x00b"), "x.yaml:4:8: the file contains a NUL byte; save it as plain UTF-8 text"},
		{"not UTF-8", "x.yaml", place("note: caf\xe9"), "x.yaml:4:10: the file is not valid UTF-8; save it as UTF-8"},
		{"not UTF-8 in JSON", "x.json", "{\"kind\": \"Pl\xc3\"}", "x.json:1:13: the file is not valid UTF-8; save it as UTF-8"},
		{"UTF-16", "x.yaml", "\xFF\xFEk\x00i\x00", "x.yaml:1:1: the file is UTF-16; save it as UTF-8"},
		{"UTF-16 the other way", "x.json", "\xFE\xFF\x00k\x00i", "x.json:1:1: the file is UTF-16; save it as UTF-8"},
		{"a byte order mark", "x.yaml", "\uFEFF" + place(""), ""},
		{"a byte order mark in JSON", "x.json", "\uFEFF" + `{"kind": "Place", "id": "a", "name": "A"}`, ""},
		{"line ends of Windows", "x.yaml", strings.ReplaceAll("# c\n---\n"+place("tags: [a,\n b]\n---\n")+place("contry: UKR\n"), "\n", "\r\n"), `x.yaml:12:1: Place/a/contry: there is no field "contry" here; did you mean country?`},
		{"line ends of Windows, nothing wrong", "x.yaml", strings.ReplaceAll(place("note: |\n  a\n  b\n"), "\n", "\r\n"), ""},
		{"a file of nothing", "x.yaml", "", ""},
		{"JSON of nothing", "x.json", " \n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			rs, errs := Parse(c.file, []byte(c.text))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			switch {
			case c.want == "" && len(errs) > 0:
				t.Error(errs)
			case c.want != "" && !strings.Contains(errs.Error(), c.want):
				t.Errorf("%d records, errors\n%s\nwant %s", len(rs), errs, c.want)
			}
		})
	}
}

func TestFileTooLarge(t *testing.T) {
	_, errs := Parse("x.yaml", make([]byte, FileBytesMax+1))
	if want := "x.yaml:1:1: the file has 67108865 bytes, more than 67108864; split it"; errs.Error() != want {
		t.Error(errs)
	}
}

// However many errors there are, those shown are few, and no broken record gets
// through after the last of them.
func TestManyErrors(t *testing.T) {
	rs, errs := Parse("x.yaml", []byte(strings.Repeat(place("contry: UKR\n---\n"), errorsMax+50)+place("")))
	if len(rs) != 1 || len(errs) != errorsMax+1 {
		t.Fatalf("%d records and %d errors, want 1 and %d", len(rs), len(errs), errorsMax+1)
	}
	if last := errs[errorsMax].Error(); last != "x.yaml:1004:1: there are more than 200 errors in this file; mend those above first" {
		t.Error(last)
	}
	if _, errs := Parse("x.yaml", []byte(strings.Repeat(place("contry: UKR\n---\n"), errorsMax))); len(errs) != errorsMax {
		t.Errorf("%d errors, want %d and no more", len(errs), errorsMax)
	}
}

// No document takes long, however it is made. The YAML library has been slow on
// each of these shapes, or might be.
func TestBoundedTime(t *testing.T) {
	if raceDetector {
		t.Skip("time says nothing under the race detector")
	}
	rep := func(s string) string { return strings.Repeat(s, (documentBytesMax-2000)/len(s)) }
	var selves, stairs strings.Builder
	for i := 0; selves.Len() < documentBytesMax-2000; i++ {
		fmt.Fprintf(&selves, "&x%d [*x%d],", i, i)
	}
	for i := 0; stairs.Len() < documentBytesMax-2000; i++ {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"deep lists":               "tags: " + rep("["),
		"deep lists, closed":       "tags: [" + rep(strings.Repeat("[", 900)+strings.Repeat("]", 900)+",") + "]",
		"deep, then many":          "tags: " + strings.Repeat("[", 9000) + rep("a,")[:documentBytesMax-20000],
		"questions":                rep("? "),
		"questions on lines":       rep("? a\n"),
		"questions in braces":      "tags: {" + rep("? a,") + "}",
		"hyphens":                  rep("- "),
		"keys without values":      "tags: {" + rep("a,") + "}",
		"keys":                     rep("a: b\n"),
		"comments":                 rep("# x\n") + "kind: Place",
		"comments between":         "tags:\n" + rep("  # x\n  - b # y\n\n"),
		"a long comment":           "kind: Place #" + rep("x"),
		"values":                   "tags: [" + rep("a,") + "]",
		"anchors":                  "tags: [" + rep("&a a,") + "]",
		"aliases":                  "tags: [&a a," + rep("*a ,") + "]",
		"aliases of themselves":    "tags: &x [" + rep("*x ,") + "]",
		"many self-references":     "tags: [" + selves.String() + "]",
		"records within itself":    "&x\nkind: Scenario\nid: a\nchanges: [" + rep("{add: *x},") + "]",
		"a huge indentation":       rep(" ") + "a: 1",
		"stairs":                   stairs.String(),
		"stairs in one line":       rep("- - - -\n"),
		"tags":                     "tags: [" + rep("!a b,") + "]",
		"escapes":                  `note: "` + rep(`\x41`) + `"`,
		"broken lines in quotes":   `note: "` + rep("b\n ") + `"`,
		"broken lines":             "note: b" + rep("\n b"),
		"blank lines":              "note: b" + rep("\n") + " c",
		"blank lines in a literal": "note: |\n" + rep("\n") + " b",
		"folds":                    "note: >\n" + rep(" b\n\n  c\n"),
		"digits":                   "note: " + rep("1"),
		"digits and lines":         "note: " + rep("1_"),
		"a long moment":            "note: 2001-01-01" + rep(" ") + "1",
		"percents":                 rep("%"),
		"carriage returns":         rep("\r"),
		"other line ends":          "note: a" + rep("\u2028") + "b",
		"unknown fields":           rep("abcdefgh: b\n"),
		"long unknown field":       rep("a") + ": b",
	} {
		if !strings.HasPrefix(text, "kind") && !strings.HasPrefix(text, "&x") {
			text = "kind: Place\nid: a\n" + text
		}
		if len(text) > documentBytesMax {
			t.Fatalf("%s: %d bytes", name, len(text))
		}
		start := time.Now()
		rs, errs := Parse("x.yaml", []byte(text))
		took := time.Since(start)
		t.Logf("%-26s %5d ms, %d records, %d errors", name, took.Milliseconds(), len(rs), len(errs))
		if took > 10*time.Second { // a second is meant; machines that test are slow and busy
			t.Errorf("%s takes %s", name, took)
		}
	}
}
