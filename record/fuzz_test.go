package record

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func FuzzParseYAML(f *testing.F) {
	addCases(f, ".yaml")
	for _, s := range []string{"", "---", "a: &x [*x]", "&x\nkind: Scenario\nid: a\nchanges: [{add: *x}]", "kind: Place\nid: a\nname: |\n  a\n\n  b\n", "%TAG ! x\n---\n", "? [a]\n: b", "kind: *a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { parsesWell(t, "x.yaml", data) })
}

func FuzzParseJSON(f *testing.F) {
	addCases(f, ".json")
	for _, r := range readExample(f) {
		f.Add(Canonical(r))
	}
	for _, s := range []string{"", "[", "[]", "[[]]", "{}", `{"kind":"Place"}[`, "{\"kind\":\"\\ud800\"}", "null", "1 2", "]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { parsesWell(t, "x.json", data) })
}

// addCases makes every input of testdata a seed.
func addCases(f *testing.F, ext string) {
	data, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	if ext == ".yaml" {
		for _, c := range documents(data) {
			f.Add(c.text)
		}
	}
	names, _ := filepath.Glob("testdata/errors/*.txt")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(data), "\n## ")[1:] {
			heading, body, _ := strings.Cut(part, "\n")
			if strings.HasPrefix(heading, "base ") == (ext == ".yaml") || strings.HasPrefix(heading, "file x"+ext) {
				f.Add([]byte(body))
			}
		}
	}
}

// parsesWell is the law of Parse: junk is refused in whole sentences, in bounded
// time, and what is accepted reads back as the same.
func parsesWell(t *testing.T, file string, data []byte) {
	start := time.Now()
	rs, errs := Parse(file, data)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	for i, e := range errs {
		if e.File != file || e.Line < 1 || e.Column < 1 || e.Says == "" || e.Fix == "" {
			t.Errorf("half an error: %#v", e)
		}
		if lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + bytes.Count(data, []byte("\u2028")) + bytes.Count(data, []byte("\u2029")) + bytes.Count(data, []byte("\u0085")) + 1; e.Line > lines {
			t.Errorf("line %d of %d: %s", e.Line, lines, e)
		}
		if strings.ContainsAny(e.Error(), "\n\r\x00") {
			t.Errorf("an error on two lines: %q", e.Error())
		}
		if i > 0 && (e.Line < errs[i-1].Line || e.Line == errs[i-1].Line && e.Column < errs[i-1].Column) {
			t.Errorf("errors out of order: %s", errs)
		}
	}
	for _, r := range rs {
		if r.Base().Pos.Line < 1 || New(r.Key().Kind) == nil {
			t.Errorf("half a record: %#v", r)
		}
		References(r)
		readsBack(t, "yaml", Format(r), r)
		readsBack(t, "json", Canonical(r), r)
	}
	if len(rs) > 1 {
		readsBack(t, "yaml", Format(rs...), rs...)
	}
}
