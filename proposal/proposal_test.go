package proposal_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// The register of these tests: Norway's pledge of six guns is seen by Estonia,
// its own party and nobody else; Latvia only reads.
const before = `
kind: Party
id: NOR
name: Norway
type: nation
---
kind: Party
id: EST
name: Estonia
type: nation
---
kind: Party
id: LVA
name: Latvia
type: nation
---
kind: Resource
id: howitzer
name: Howitzer
leg: equipment
unit: piece
---
kind: Document
id: letter
title: A letter
publisher: Ministry
published: 2025-03-14
---
kind: Pledge
id: nor-guns
by: NOR
release: [EST]
resource: howitzer
quantity: 6
from: 2025-05
status: [{is: announced, on: 2025-03-14}]
sources: [{document: letter}]
`

var (
	ctx   = context.Background()
	today = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

	kari  = person("Kari", "NOR", access.Owner)
	ola   = person("Ola", "NOR", access.Owner)
	mari  = person("Mari", "EST", access.Coordinator)
	juri  = person("Jüri", "EST", access.Owner)
	janis = person("Jānis", "LVA", access.Owner)
)

func person(name string, party record.PartyID, roles access.Roles) proposal.Actor {
	return proposal.Actor{Person: proposal.Person{Name: name, Party: party},
		Principal: access.Principal{Reader: access.Reader{Party: party, Roles: roles}}}
}

func parse(t *testing.T, text string) []record.Record {
	t.Helper()
	rs, errs := record.Parse("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rs
}

// board is a register that says before, and the proposals to it.
func board(t *testing.T) *proposal.Board {
	t.Helper()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(ctx, s, ledger.Options{Clock: func() time.Time { return today }, Salts: rand.NewChaCha8([32]byte{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	b := &proposal.Board{Register: r}
	if _, err := r.Apply(ctx, "keeper", "first", edits(t, b, "", ""), nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func tree(t *testing.T, b *proposal.Board) (*register.Tree, ledger.Seq) {
	t.Helper()
	have, size, err := b.Register.Tree(ctx, register.Known{})
	if err != nil {
		t.Fatal(err)
	}
	return have, size
}

// edits bring the register to before with old replaced by new.
func edits(t *testing.T, b *proposal.Board, old, new string) shared.Edits {
	t.Helper()
	have, size := tree(t, b)
	es, err := b.Register.Toward(ctx, have, size, parse(t, strings.Replace(before, old, new, 1)), true)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

// propose puts up that Norway gives eight guns instead of six.
func propose(t *testing.T, b *proposal.Board, id string, by proposal.Actor) proposal.Proposal {
	t.Helper()
	p, err := proposal.Of(id, "Eight guns", "said in the Riigikogu", by.Person, today, edits(t, b, "quantity: 6", "quantity: 8"), proposal.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Propose(ctx, by, p); err != nil {
		t.Fatal(err)
	}
	return p
}

func quantity(t *testing.T, b *proposal.Board) float64 {
	t.Helper()
	have, _ := tree(t, b)
	for _, r := range have.Records {
		if p, ok := r.(*record.Pledge); ok {
			return p.Quantity.Min
		}
	}
	return 0
}

// TestFromProposalToRecord: Estonia knows better, and Norway agrees.
func TestFromProposalToRecord(t *testing.T) {
	b := board(t)
	p := propose(t, b, "p1", mari)
	if got := quantity(t, b); got != 6 {
		t.Fatalf("what is only proposed is in the register: %v guns", got)
	}
	have, _ := tree(t, b)
	if missing := b.Missing(p, have); !slices.Equal(missing, []record.PartyID{"NOR"}) {
		t.Errorf("approval is missing for %v, want NOR", missing)
	}
	p, err := b.Review(ctx, kari, "p1", true, "", today)
	if err != nil || p.State != proposal.Accepted {
		t.Fatalf("approved by its party: %v, %v", p.State, err)
	}
	if got := quantity(t, b); got != 8 {
		t.Errorf("after approval there are %v guns, want 8", got)
	}
	e, _, err := b.Register.Ledger.Revision(ctx, record.Key{Kind: record.KindPledge, ID: "nor-guns"}, p.Receipt.Last)
	if err != nil || e.Actor != "Mari, EST" || e.Batch != "proposal p1" {
		t.Errorf("the ledger says %q in batch %q, %v", e.Actor, e.Batch, err)
	}
}

// TestWhoDecides: from one open proposal by Mari of Estonia, about Norway's
// pledge, unless the case says otherwise.
func TestWhoDecides(t *testing.T) {
	for _, c := range []struct {
		name    string
		by, who proposal.Actor
		approve bool
		later   time.Duration
		state   proposal.State
		err     error
	}{
		{"the party's owner approves", mari, kari, true, 0, proposal.Accepted, nil},
		{"the party's owner rejects", mari, kari, false, 0, proposal.Rejected, nil},
		{"nobody approves their own", kari, kari, true, 0, proposal.Open, proposal.ErrOwn},
		{"a second person of the same party does", kari, ola, true, 0, proposal.Accepted, nil},
		{"another party has no say", mari, juri, true, 0, proposal.Open, proposal.ErrNotYours},
		{"who may not see it finds nothing", mari, janis, true, 0, "", proposal.ErrAbsent},
		{"the keeper may", mari, proposal.Actor{Person: proposal.Person{Name: "keeper"}, Principal: access.Principal{Reader: access.Keeper}}, true, 0, proposal.Accepted, nil},
		{"after its day nobody can", mari, kari, true, 31 * 24 * time.Hour, proposal.Expired, &proposal.Closed{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := board(t)
			propose(t, b, "p1", c.by)
			now := today.Add(c.later)
			_, err := b.Review(ctx, c.who, "p1", c.approve, "", now)
			var closed *proposal.Closed
			if !errors.Is(err, c.err) && !(errors.As(c.err, &closed) && errors.As(err, &closed)) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			have, _ := tree(t, b)
			p, err := b.Get(ctx, c.who, have, "p1", now)
			if c.state == "" {
				if !errors.Is(err, proposal.ErrAbsent) {
					t.Errorf("it can be read: %v", err)
				}
				return
			}
			if err != nil || p.State != c.state {
				t.Errorf("it is %s, %v; want %s", p.State, err, c.state)
			}
			if want := map[bool]float64{true: 8, false: 6}[c.state == proposal.Accepted]; quantity(t, b) != want {
				t.Errorf("there are %v guns, want %v", quantity(t, b), want)
			}
		})
	}
}

// TestMeanwhile: what was read has changed before the last word was said.
func TestMeanwhile(t *testing.T) {
	b := board(t)
	propose(t, b, "p1", mari)
	if _, err := b.Register.Apply(ctx, "Ola, NOR", "second", edits(t, b, "quantity: 6", "quantity: 7"), nil); err != nil {
		t.Fatal(err)
	}
	p, err := b.Review(ctx, kari, "p1", true, "", today)
	var conflict *ledger.ConflictError
	if !errors.As(err, &conflict) || conflict.Conflicts[0].By != "Ola, NOR" || p.State != proposal.Open {
		t.Fatalf("got %v, %v; want the conflict with Ola's change", p.State, err)
	}

	again := propose(t, b, "p2", mari)
	again.ID, again.Replaces = "p3", "p1"
	if err := b.Propose(ctx, mari, again); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Review(ctx, kari, "p1", true, "", today); err == nil || !strings.Contains(err.Error(), "p1 is superseded; make a new one") {
		t.Errorf("a superseded proposal was reviewed: %v", err)
	}
	if p, err := b.Review(ctx, kari, "p3", true, "", today); err != nil || p.State != proposal.Accepted {
		t.Errorf("the one in its place: %v, %v", p.State, err)
	}
	if _, err := b.Review(ctx, kari, "p2", true, "", today); !errors.As(err, &conflict) {
		t.Errorf("a second proposal of the same: %v, want a conflict", err)
	}
}

func TestWithdraw(t *testing.T) {
	b := board(t)
	propose(t, b, "p1", mari)
	if _, err := b.Withdraw(ctx, juri, "p1", today); !errors.Is(err, proposal.ErrNotYours) {
		t.Errorf("somebody else withdrew it: %v", err)
	}
	if p, err := b.Withdraw(ctx, mari, "p1", today); err != nil || p.State != proposal.Withdrawn {
		t.Errorf("got %v, %v", p.State, err)
	}
}

// TestProposing: what may be put up, and by whom.
func TestProposing(t *testing.T) {
	b := board(t)
	p := propose(t, b, "p1", mari)
	if err := b.Propose(ctx, mari, p); err != nil {
		t.Errorf("put up again, it is the same: %v", err)
	}
	p.Title = "Something else"
	if err := b.Propose(ctx, mari, p); err == nil {
		t.Error("another proposal took its id")
	}
	p, err := proposal.Of("p4", "Eight guns", "", janis.Person, today, edits(t, b, "quantity: 6", "quantity: 8"), proposal.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Propose(ctx, janis, p); err == nil || !strings.Contains(err.Error(), "there is no such record") {
		t.Errorf("Latvia proposed a change of what it may not see: %v", err)
	}
	have, _ := tree(t, b)
	for name, who := range map[string]proposal.Actor{"p1": mari, "": janis} {
		list, err := b.List(ctx, who, have, today)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range list {
			got += p.ID
		}
		if got != name {
			t.Errorf("%s sees the proposals %q, want %q", who.Person, got, name)
		}
	}
}

func TestEffects(t *testing.T) {
	b := board(t)
	have, _ := tree(t, b)
	v := have.View(register.At{On: record.DateOf(today), Reader: access.Keeper})
	es := edits(t, b, "from: 2025-05", "from: 2027-05")
	e := proposal.EffectsOf(v, es)
	if len(e.Cleared) == 0 || e.Cleared[0].Records[0].ID != "nor-guns" {
		t.Errorf("a later month clears %v, want what is said of the overdue pledge", e.Cleared)
	}
	back := proposal.EffectsOf(e.After, shared.Edits{{Key: es[0].Key, Old: es[0].New, New: es[0].Old}})
	if diff := cmp.Diff(e.Cleared, back.Raised); diff != "" {
		t.Errorf("undone, what was cleared is raised: %s", diff)
	}
}
