package sight

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"entente/access"
	"entente/check"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/record"
	"entente/register"
)

const first = `
{kind: Party, id: NOR, name: Norway, type: nation, release: [public]}
---
{kind: Resource, id: gun, name: Gun, leg: equipment, unit: piece, by: NOR, release: [public]}
---
{kind: Pledge, id: six-guns, by: NOR, resource: gun, quantity: 6, from: 2025-01, status: [{is: commited}], release: [public]}
`

// history is a ledger, and the tree of what it says now.
type history struct {
	t      *testing.T
	ledger *ledger.Ledger
	size   ledger.Seq
	tree   *register.Tree
	at     map[record.Key]ledger.Seq
}

func begin(t *testing.T) *history {
	t.Helper()
	l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	h := &history{t: t, ledger: l, at: map[record.Key]ledger.Seq{}}
	h.state(first)
	if h.tree, err = register.FromLedger(t.Context(), l, register.Known{}, record.Settings{Owner: "NOR"}); err != nil {
		t.Fatal(err)
	}
	return h
}

// state accepts records, and carries the tree on.
func (h *history) state(text string) *register.Tree {
	h.t.Helper()
	rs, errs := record.Parse("test.yaml", []byte(text))
	if len(errs) > 0 {
		h.t.Fatal(errs)
	}
	var changes []ledger.Change
	for i, r := range rs {
		c, err := ledger.Put(r, h.at[r.Key()])
		if err != nil {
			h.t.Fatal(err)
		}
		h.at[r.Key()] = h.size + ledger.Seq(i) + 1
		changes = append(changes, c)
	}
	from := h.size
	receipt, err := h.ledger.Append(h.t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(from), Changes: changes})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.size = receipt.Last; h.tree != nil {
		if h.tree, err = h.tree.Advance(h.t.Context(), h.ledger, from, h.size); err != nil {
			h.t.Fatal(err)
		}
	}
	return h.tree
}

// everybody are two days and three readers.
func everybody() (all []register.At) {
	for _, day := range []string{"2025-01-01", "2025-06-01"} {
		for _, who := range []access.Reader{access.Keeper, access.Public, {Party: "NOR"}} {
			all = append(all, register.At{On: record.MustDay(day).First(), Reader: who})
		}
	}
	return all
}

// TestSightsAreWhatIsThere: whoever looks gets what they would get alone, and
// nobody gets another's.
func TestSightsAreWhatIsThere(t *testing.T) {
	h, s := begin(t), New(4, make(chan struct{}, 2))
	for i, text := range []string{"", `{kind: Pledge, id: two-guns, by: NOR, resource: gun, quantity: 2, from: 2025-02, status: [{is: committed}], release: []}`, `{kind: Resource, id: gun, name: Howitzer, leg: equipment, unit: piece, by: NOR, release: []}`} {
		if text != "" {
			h.state(text)
		}
		var all sync.WaitGroup
		for range 3 {
			for _, at := range everybody() {
				all.Go(func() {
					got, err := s.Look(t.Context(), h.tree, at)
					if err != nil {
						t.Error(err)
						return
					}
					alone := h.tree.View(at)
					if got.Head() != alone.Head() || got.View.At() != at || !slices.EqualFunc(got.Found(), check.Run(alone), func(a, b check.Finding) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
						t.Errorf("after %d changes %v sees what is not there", i, at)
					}
					for _, f := range got.Found() {
						if on := got.On(f.Records[0]); !slices.ContainsFunc(on, func(o check.Finding) bool { return o.Says == f.Says }) {
							t.Errorf("%s is not found on its record", f.Says)
						}
					}
				})
			}
		}
		all.Wait()
	}
}

// TestSooner: while a sight is being made there is the one before it; but not if
// it shows what must not be seen any more.
func TestSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{}, 1)
		h, s := begin(t), New(4, gate)
		at := register.At{Reader: access.Public}
		sooner := func(now *register.Tree) (got *Sight, waited bool) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				got, _ = s.Sooner(t.Context(), now, at)
			}()
			synctest.Wait() // until it is there, or waits
			select {
			case <-done:
				return got, false
			default:
			}
			<-gate
			<-done
			return got, true
		}
		old, _ := sooner(h.tree)
		if again, _ := sooner(h.tree); again != old || old.View.Len() != 3 {
			t.Fatal("nothing changed, and there is another sight")
		}
		gate <- struct{}{} // nothing can be made
		more := h.state(`{kind: Pledge, id: two-guns, by: NOR, resource: gun, quantity: 2, from: 2025-02, status: [{is: committed}], release: [public]}`)
		if got, waited := sooner(more); waited || got != old {
			t.Error("something was added, and the sight before it is not shown")
		}
		<-gate
		synctest.Wait()
		got, waited := sooner(more)
		if waited || got.View.Len() != 4 {
			t.Error("the sight of what was added is not there as soon as it is made")
		}
		gate <- struct{}{}
		less := h.state(`{kind: Pledge, id: two-guns, by: NOR, resource: gun, quantity: 2, from: 2025-02, status: [{is: committed}], release: []}`)
		if got, waited := sooner(less); !waited || got.View.Len() != 3 {
			t.Errorf("a record was hidden, and for a moment it is shown: waited %t, sees %d", waited, got.View.Len())
		}
	})
}

// TestFindingsOfAMomentAgo: while check looks at what has changed, records that
// have not keep their findings; those that have wait for theirs.
func TestFindingsOfAMomentAgo(t *testing.T) {
	h, s, at := begin(t), New(4, make(chan struct{}, 2)), register.At{Reader: access.Keeper}
	guns := record.Key{Kind: record.KindPledge, ID: "six-guns"}
	says := func(one *Sight, k record.Key) (all []string) {
		for _, f := range one.On(k) {
			all = append(all, f.Rule)
		}
		return all
	}
	ready := func(tree *register.Tree) *Sight {
		one, err := s.Look(t.Context(), tree, at)
		if err != nil {
			t.Fatal(err)
		}
		for !one.ready.Load() {
			time.Sleep(time.Millisecond)
		}
		return one
	}
	old := ready(h.tree)
	if !slices.Contains(says(old, guns), "unknown-rung") {
		t.Fatalf("of a misspelt status it is found: %v", says(old, guns))
	}
	s.slot <- struct{}{} // none is made ready
	more, err := s.Look(t.Context(), h.state(`{kind: Pledge, id: two-guns, by: NOR, resource: gun, quantity: 2, from: 2025-02, status: [{is: comitted}], release: [public]}`), at)
	if err != nil {
		t.Fatal(err)
	}
	if &more.On(guns)[0] != &old.On(guns)[0] {
		t.Error("a record that has not changed waits for its findings")
	}
	two := record.Key{Kind: record.KindPledge, ID: "two-guns"}
	if !slices.Contains(says(more, two), "unknown-rung") {
		t.Errorf("of what was added it is found: %v", says(more, two))
	}
	if len(more.On(guns)) > 0 && &more.On(guns)[0] == &old.On(guns)[0] {
		t.Error("what was found before is still told when it is known what is found now")
	}
	less, err := s.Look(t.Context(), h.state(`{kind: Pledge, id: six-guns, by: NOR, resource: gun, quantity: 6, from: 2025-01, status: [{is: committed}], release: [public]}`), at)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(says(less, guns), "unknown-rung") {
		t.Error("a record that was mended has the finding that it had")
	}
	<-s.slot
}
