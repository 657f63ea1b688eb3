package whatif

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"entente/access"
	"entente/plan"
	"entente/record"
	"entente/register"
)

var update = flag.Bool("update", false, "write the golden files anew")

func options(months int) plan.Options {
	start, _ := record.ParseMonth("2025-01")
	return plan.Options{Start: start, Months: months, Rung: record.Committed, Discount: 0.99}
}

func parsed(t testing.TB, name string, data []byte) []record.Record {
	t.Helper()
	rs, errs := record.Parse(name, data)
	if errs != nil {
		t.Fatal(errs)
	}
	return rs
}

func viewOf(on string, rs ...record.Record) *register.View {
	return register.NewTree(record.Settings{}, rs...).View(register.At{On: record.MustDay(on).First(), Reader: access.Keeper})
}

func readView(t testing.TB, file, on string) *register.View {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return viewOf(on, parsed(t, file, data)...)
}

func scenario(t testing.TB, text string) *record.Scenario {
	t.Helper()
	return parsed(t, "scenario.yaml", []byte("kind: Scenario\nid: test\n"+text))[0].(*record.Scenario)
}

// Each file in testdata/apply is a sentence, a scenario of the world in
// testdata/world.yaml as of 15 January 2025, and what becomes of it.
func TestApply(t *testing.T) {
	files, _ := filepath.Glob("testdata/apply/*.txt")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil || len(a.Files) == 0 {
				t.Fatal(err, "no scenario")
			}
			base := readView(t, "testdata/world.yaml", "2025-01-15")
			got := applied(base, scenario(t, string(a.Files[0].Data)))
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "after", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 || string(a.Files[1].Data) != got {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// applied says what a scenario changes, and shows every record that is
// different, or the error.
func applied(base *register.View, s *record.Scenario) string {
	head := base.Head()
	w, err := apply(base, s, options(24))
	if base.Head() != head {
		panic("the base was changed")
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var out strings.Builder
	for _, s := range w.says {
		out.WriteString(s + "\n")
	}
	for _, r := range base.Records() {
		if _, ok := w.view.Get(r.Key()); !ok {
			out.WriteString("\ngone: " + r.Key().String() + "\n")
		}
	}
	for _, r := range w.view.Records() {
		if was, ok := base.Get(r.Key()); !ok || !bytes.Equal(record.Canonical(was), record.Canonical(r)) {
			out.WriteString("\n")
			out.Write(record.Format(r))
		}
	}
	return out.String()
}

// What Apply makes of records is what a record file could say.
func TestApplyMakesRecords(t *testing.T) {
	files, _ := filepath.Glob("testdata/apply/*.txt")
	for _, file := range files {
		a, _ := txtar.ParseFile(file)
		v, err := Apply(readView(t, "testdata/world.yaml", "2025-01-15"), scenario(t, string(a.Files[0].Data)), options(24))
		if err != nil {
			continue
		}
		if _, errs := record.Parse("after.yaml", record.Format(v.Records()...)); errs != nil {
			t.Errorf("%s: %v", file, errs)
		}
		for _, b := range v.Broken() {
			if b.Ref.ID != "nothing-there" {
				t.Errorf("%s: %v points nowhere", file, b.Ref)
			}
		}
	}
}

// A scenario that stands on another is the two, one after the other.
func TestApplyStacks(t *testing.T) {
	base := readView(t, "testdata/world.yaml", "2025-01-15")
	upper, _ := base.Scenario("harder-winter")
	lower, _ := base.Scenario("hard-winter")
	stacked, err := Apply(base, upper, options(24))
	if err != nil {
		t.Fatal(err)
	}
	one, err := Apply(base, lower, options(24))
	if err != nil {
		t.Fatal(err)
	}
	alone := record.Clone(upper).(*record.Scenario)
	alone.Stacks = ""
	two, err := Apply(one, alone, options(24))
	if err != nil {
		t.Fatal(err)
	}
	if stacked.Head() != two.Head() {
		t.Error("the stacked scenario differs from the two in sequence")
	}
}

func TestApplyChangesNothing(t *testing.T) {
	base := readView(t, "testdata/world.yaml", "2025-01-15")
	for _, text := range []string{
		"changes: [{scale: {}, by: 1}]",
		"changes: [{delay: {}, months: 0}]",
		"changes: [{delay: {pledges: [usa-given]}, months: 5}]",
		"changes: [{withdraw: UKR}]",
		"changes: [{lose: {resource: jet, share: 0}, on: 2026-01}]",
		"changes: [{change: {kind: Pledge, id: usa-jets, set: {quantity: 12}}}]",
	} {
		after, err := Apply(base, scenario(t, text), options(24))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if after.Head() != base.Head() {
			t.Errorf("%s changes the view", text)
		}
	}
	after, err := Apply(base, &record.Scenario{}, options(24))
	if err != nil || after.Head() != base.Head() {
		t.Error("the empty scenario changes the view", err)
	}
}

func TestApplyErrorsAreTyped(t *testing.T) {
	base := readView(t, "testdata/world.yaml", "2025-01-15")
	_, err := Apply(base, scenario(t, "changes: [{withdraw: DEU}, {withdraw: XXX}]"), options(24))
	var e *Error
	if !errors.As(err, &e) || e.Scenario != "test" || e.Change != 2 {
		t.Errorf("got %#v", err)
	}
}

// Memberships that a scenario adds count.
func TestApplyParties(t *testing.T) {
	base := readView(t, "testdata/world.yaml", "2025-01-15")
	after, err := Apply(base, scenario(t, "changes: [{change: {kind: Party, id: NATO, set: {members: [DEU, UKR]}}}, {scale: {parties: [NATO]}, by: 3}]"), options(24))
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := after.Need("kharkiv-fighters"); n.Quantity[0].Quantity.Max != 15 {
		t.Error("the need of the new member is not NATO's")
	}
	if after.Includes("NATO", "USA") || !base.Includes("NATO", "USA") || base.Includes("NATO", "UKR") {
		t.Error("memberships are wrong")
	}
}

// The scenarios that we ship can be applied, and leave a register behind.
func TestApplyExamples(t *testing.T) {
	dirs, _ := filepath.Glob("../examples/*/") // with the slash, folders alone
	for _, dir := range dirs {
		tree, errs, err := register.ReadTree(dir)
		if err != nil || errs != nil {
			t.Fatal(dir, err, errs)
		}
		v := tree.View(register.At{On: tree.Settings.AsOf.Last(), Reader: access.Keeper})
		for _, s := range v.Scenarios() {
			after, err := Apply(v, s, options(24))
			if err != nil {
				t.Errorf("%s: %v", dir, err)
				continue
			}
			if _, errs := record.Parse("after.yaml", record.Format(after.Records()...)); errs != nil {
				t.Errorf("%s: %s: %v", dir, s.ID, errs)
			}
		}
	}
}
