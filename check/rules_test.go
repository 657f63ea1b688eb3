package check

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"entente/access"
	"entente/record"
	"entente/register"
)

var update = flag.Bool("update", false, "write the findings into testdata")

// TestRules reads testdata: one file for each rule, with its cases. A case
// begins with base.yaml, adds the file's with.yaml and then its own records; a
// later record takes the place of an earlier one of its key. A case hit-… finds
// something by the rule, a case miss-… nothing, and the section want says what.
func TestRules(t *testing.T) {
	base := parseFile(t, "base.yaml", readFile(t, "testdata/base.yaml"))
	for _, rule := range Rules {
		t.Run(rule.ID, func(t *testing.T) {
			file := filepath.Join("testdata", rule.ID+".txt")
			a := txtar.Parse(readFile(t, file))
			at := parseAt(t, string(a.Comment))
			var got strings.Builder
			hits, misses := 0, 0
			for _, f := range a.Files {
				if !isCase(f.Name) {
					continue
				}
				var mine []Finding
				for _, x := range Run(caseTree(t, base, a, f).View(at)) {
					if x.Rule == rule.ID {
						mine = append(mine, x)
					}
				}
				switch hit := strings.HasPrefix(f.Name, "hit"); {
				case hit && len(mine) == 0:
					t.Errorf("%s: nothing is found", f.Name)
				case hit:
					hits++
				case len(mine) > 0:
					t.Errorf("%s: found\n%s", f.Name, written(mine))
				default:
					misses++
				}
				fmt.Fprintf(&got, "%s:\n%s", f.Name, written(mine))
			}
			if hits == 0 || misses == 0 {
				t.Errorf("%s has %d hits and %d near misses; write one of each at least", file, hits, misses)
			}
			compare(t, file, a, got.String())
		})
	}
}

// TestEveryCaseHasItsRule keeps testdata free of files that no rule reads.
func TestEveryCaseHasItsRule(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		id := strings.TrimSuffix(filepath.Base(f), ".txt")
		if !slices.ContainsFunc(Rules, func(r Rule) bool { return r.ID == id }) {
			t.Errorf("%s belongs to no rule", f)
		}
	}
}

func isCase(name string) bool { return strings.HasSuffix(name, ".yaml") && name != "with.yaml" }

// caseTree writes the records and texts of one case to a folder, as people
// would, and reads it.
func caseTree(t *testing.T, base []record.Record, a *txtar.Archive, c txtar.File) *register.Tree {
	t.Helper()
	dir := t.TempDir()
	rs := slices.Clone(base)
	for _, f := range a.Files {
		switch {
		case f.Name == "with.yaml":
			rs = merged(rs, parseFile(t, f.Name, f.Data))
		case !strings.HasSuffix(f.Name, ".yaml") && f.Name != "want":
			writeFile(t, filepath.Join(dir, f.Name), f.Data)
		}
	}
	rs = merged(rs, parseFile(t, c.Name, c.Data))
	var b bytes.Buffer
	for _, r := range rs {
		b.WriteString("---\n")
		b.Write(record.Format(r))
	}
	writeFile(t, filepath.Join(dir, "records.yaml"), b.Bytes())
	tree, errs, err := register.ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Fatal(c.Name, err, errs)
	}
	return tree
}

func merged(rs, more []record.Record) []record.Record {
	for _, r := range more {
		rs = append(slices.DeleteFunc(rs, func(o record.Record) bool { return o.Key() == r.Key() }), r)
	}
	return rs
}

// parseAt reads the lines of a comment that say which view is meant: on: DAY
// and, if not the keeper's, reader: PARTY.
func parseAt(t *testing.T, comment string) register.At {
	t.Helper()
	at := register.At{Reader: access.Keeper}
	for line := range strings.Lines(comment) {
		switch word, value, _ := strings.Cut(strings.TrimSpace(line), ": "); word {
		case "on":
			at.On = record.MustDay(value).First()
		case "reader":
			at.Reader = access.Reader{Party: record.PartyID(value)}
		}
	}
	return at
}

// written is how findings stand in testdata.
func written(fs []Finding) string {
	if len(fs) == 0 {
		return "  nothing\n"
	}
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "  %s", f.Level)
		for _, k := range f.Records {
			fmt.Fprintf(&b, " %s", k)
		}
		fmt.Fprintf(&b, "\n    %s\n    fix: %s\n", f.Says, f.Fix)
	}
	return b.String()
}

func compare(t *testing.T, file string, a *txtar.Archive, got string) {
	t.Helper()
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		i = len(a.Files)
		a.Files = append(a.Files, txtar.File{Name: "want"})
	}
	if want := string(a.Files[i].Data); want != got {
		if *update {
			a.Files[i].Data = []byte(got)
			writeFile(t, file, txtar.Format(a))
			return
		}
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func parseFile(t testing.TB, name string, data []byte) []record.Record {
	t.Helper()
	rs, errs := record.Parse(name, data)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rs
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
