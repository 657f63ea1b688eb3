package shared_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/record"
	"entente/register"
	"entente/shared"
)

var ctx = context.Background()

// open is a register in a new file, whose clock moves a minute at each look.
func open(t *testing.T) *shared.Register {
	t.Helper()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	r, err := shared.Open(ctx, s, ledger.Options{
		Clock: func() time.Time { now = now.Add(time.Minute); return now },
		Salts: rand.NewChaCha8([32]byte{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func tree(t *testing.T, r *shared.Register, k register.Known) (*register.Tree, ledger.Seq) {
	t.Helper()
	have, size, err := r.Tree(ctx, k)
	if err != nil {
		t.Fatal(err)
	}
	return have, size
}

// apply brings the register to what want says, and returns the edits.
func apply(t *testing.T, r *shared.Register, want *register.Tree, prune bool) shared.Edits {
	t.Helper()
	have, size := tree(t, r, register.Known{})
	edits, err := r.Toward(ctx, have, size, want.Records, prune)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(ctx, "keeper", fmt.Sprintf("batch-%d", size), edits, want.Text); err != nil {
		t.Fatal(err)
	}
	return edits
}

func head(t *register.Tree) string {
	return t.View(register.At{On: record.Forever, Reader: access.Keeper}).Head()
}

func parse(t *testing.T, text string) *register.Tree {
	t.Helper()
	rs, errs := record.Parse("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return register.NewTree(record.Settings{}, rs...)
}

// TestAFolderAndItsRegisterSayTheSame puts the example into a register and reads
// it back: records, texts and all.
func TestAFolderAndItsRegisterSayTheSame(t *testing.T) {
	want, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	r := open(t)
	edits := apply(t, r, want, false)
	if added, changed, retired := edits.Counts(); added != len(want.Records) || changed+retired != 0 {
		t.Errorf("added %d, changed %d, retired %d of %d", added, changed, retired, len(want.Records))
	}
	got, size := tree(t, r, register.Known{})
	if head(got) != head(want) || int(size) != len(want.Records) {
		t.Errorf("after %d entries the register says something else than the folder", size)
	}
	texts := 0
	for _, rec := range want.Records {
		doc, ok := rec.(*record.Document)
		if !ok || doc.Text == "" {
			continue
		}
		texts++
		a, _ := want.Text(record.DocumentID(doc.ID))
		if b, ok := got.Text(record.DocumentID(doc.ID)); !ok || a != b {
			t.Errorf("the text of %s is not what the folder holds: %v", doc.ID, b.Fault)
		}
	}
	if texts == 0 {
		t.Error("the example holds no text, so nothing was compared")
	}
	if again := apply(t, r, want, true); len(again) != 0 {
		t.Errorf("applied again, %d records change", len(again))
	}
}

const parties = `
kind: Party
id: NOR
name: Norway
type: nation
---
kind: Party
id: EST
name: Estonia
type: nation
`

func TestEdits(t *testing.T) {
	r := open(t)
	apply(t, r, parse(t, parties), false)
	renamed := parse(t, strings.Replace(strings.Split(parties, "---")[0], "Norway", "Kingdom of Norway", 1))

	if edits := apply(t, r, renamed, false); len(edits) != 1 || edits[0].Verb() != "change" || edits[0].Was != 2 {
		t.Errorf("without prune, what is not named stays: got %v", edits)
	}
	edits := apply(t, r, renamed, true)
	if len(edits) != 1 || edits[0].Verb() != "retire" || edits[0].Key.ID != "EST" {
		t.Errorf("with prune it is retired: got %v", edits)
	}
	if edits := apply(t, r, parse(t, parties), false); len(edits) != 2 || edits[0].Verb() != "add" || edits[0].Was != 4 {
		t.Errorf("what was retired is added on top of its retirement: got %v", edits)
	}
	var says []string
	for _, size := range []ledger.Seq{1, 2, 3, 4, 6} {
		at, _ := tree(t, r, register.Known{Size: size})
		line := fmt.Sprint(size, ":")
		for _, rec := range at.Records {
			line += " " + rec.(*record.Party).Name
		}
		says = append(says, line)
	}
	want := []string{"1: Estonia", "2: Estonia Norway", "3: Estonia Kingdom of Norway", "4: Kingdom of Norway", "6: Estonia Norway"}
	if diff := cmp.Diff(want, says); diff != "" {
		t.Error(diff)
	}
}

// TestSettings: what held at a size still holds for it.
func TestSettings(t *testing.T) {
	r := open(t)
	apply(t, r, parse(t, parties), false)
	for i, title := range []string{"first", "second", "third"} {
		if err := r.SetSettings(ctx, []byte("title: "+title)); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			apply(t, r, parse(t, strings.Replace(parties, "Norway", "Noreg", 1)), false)
		}
	}
	for size, want := range map[ledger.Seq]string{1: "first", 2: "second", 3: "third"} {
		if at, _ := tree(t, r, register.Known{Size: size}); at.Settings.Title != want {
			t.Errorf("at %d entries the title is %q, want %q", size, at.Settings.Title, want)
		}
	}
	if err := r.SetSettings(ctx, []byte("titel: wrong")); err == nil {
		t.Error("settings that cannot be read were taken")
	}
	if at, size := tree(t, r, register.Known{At: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}); size != 0 || len(at.Records) != 0 {
		t.Errorf("before the first entry the register has %d records", len(at.Records))
	}
}

// TestTaken: what a reader is not shown is never written over.
func TestTaken(t *testing.T) {
	r := open(t)
	apply(t, r, parse(t, parties), false)
	_, size := tree(t, r, register.Known{})
	half := parse(t, strings.Split(parties, "---")[0])
	_, err := r.Toward(ctx, half, size, parse(t, parties).Records, false)
	var taken *shared.TakenError
	if !errors.As(err, &taken) || taken.Key.ID != "EST" {
		t.Errorf("got %v, want that Party/EST is taken", err)
	}
}
