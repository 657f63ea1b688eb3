// Package ledgertest is the contract of ledger.Store, as a suite of tests that
// every store passes, and a Memory that is too simple to be wrong.
package ledgertest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/record"
)

// Open opens the store that is kept in a folder, and makes it when there is
// none yet. What was stored in a folder is there when it is opened again, and
// folders know nothing of each other.
type Open func(t testing.TB, folder string) ledger.Store

// Run holds a store to the contract.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open Open)
	}{
		{"Empty", testEmpty},
		{"AsGiven", testAsGiven},
		{"Moved", testMoved},
		{"Checkpoints", testCheckpoints},
		{"SameAnswers", testSameAnswers},
		{"Proofs", testProofs},
		{"ProofFile", testProofFile},
		{"Lies", testLies},
		{"Once", testOnce},
		{"Conflicts", testConflicts},
		{"Heads", testHeads},
		{"Time", testTime},
		{"Concurrent", testConcurrent},
		{"TwoWriters", testTwoWriters},
		{"Crash", testCrash},
		{"Stream", testStream},
		{"Standing", testStanding},
		{"Tiles", testTiles},
		{"Dump", testDump},
		{"BrokenDump", testBrokenDump},
		{"Wait", testWait},
		{"Edits", testEdits},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// Options are those of a test: a clock that moves a second with every look, and
// salts that follow from a seed.
func Options(seed byte) ledger.Options {
	var mu sync.Mutex
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	return ledger.Options{
		Clock: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(time.Second)
			return now
		},
		Salts: rand.NewChaCha8([32]byte{seed}),
	}
}

// Place is a small record.
func Place(id, note string) record.Record {
	return &record.Place{Common: record.Common{Kind: record.KindPlace, ID: id, Note: note}, Name: "Place " + id, Country: "NOR"}
}

// Put is ledger.Put of what cannot be refused.
func Put(t testing.TB, r record.Record, replaces ledger.Seq) ledger.Change {
	t.Helper()
	c, err := ledger.Put(r, replaces)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func retire(t testing.TB, r record.Record, replaces ledger.Seq) ledger.Change {
	t.Helper()
	c, err := ledger.Retire(r.Key(), replaces)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Key is the same key pair for the same name.
func Key(t testing.TB, name string) (private, public string) {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	private, public, err := note.GenerateKey(strings.NewReader(string(seed)), name)
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// start opens a store and a ledger in it for the time of a test.
func start(t testing.TB, open Open, folder string, o ledger.Options) (ledger.Store, *ledger.Ledger, func()) {
	t.Helper()
	s := open(t, folder)
	l, err := ledger.Open(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		l.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, l, stop
}

// grow appends entries until the ledger has size of them: new places, and every
// third a new revision of an earlier one.
func grow(t testing.TB, l *ledger.Ledger, size ledger.Seq) {
	t.Helper()
	n, err := l.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for ; n < size; n++ {
		r := Place(fmt.Sprintf("place-%d", n), "")
		var replaces ledger.Seq
		if n%3 == 2 {
			r = Place(fmt.Sprintf("place-%d", n-1), "again")
			newest, err := l.Newest(t.Context(), []record.Key{r.Key()}, n)
			if err != nil {
				t.Fatal(err)
			}
			replaces = newest[0]
		}
		b := ledger.Batch{ID: fmt.Sprintf("batch-%06d", n), Changes: []ledger.Change{Put(t, r, replaces)}}
		if _, err := l.Append(t.Context(), "NOR/test", nil, b); err != nil {
			t.Fatal(err)
		}
	}
}

func list[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for x, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	return all
}

func headAt(t testing.TB, l *ledger.Ledger, n ledger.Seq) ledger.Head {
	t.Helper()
	h, err := l.HeadAt(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sound(t testing.TB, s ledger.Store) ledger.Report {
	t.Helper()
	r, err := ledger.Verify(t.Context(), s, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("Verify: %s", p)
	}
	return r
}

func testEmpty(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(0))
	ctx := t.Context()
	if h, err := l.Head(ctx); h.Size != 0 || err != nil || h.Root.String() != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
		t.Errorf("Head = %v, %v; want that of no entries", h, err)
	}
	if es := list(t, s.Entries(ctx, 0, 100)); len(es) > 0 {
		t.Errorf("there are %d entries", len(es))
	}
	seqs, err := s.Latest(ctx, []record.Key{Place("a", "").Key(), Place("b", "").Key()}, 5)
	if err != nil || !cmp.Equal(seqs, []ledger.Seq{0, 0}) {
		t.Errorf("Latest = %v, %v", seqs, err)
	}
	if seqs, err := s.Batches(ctx, []string{"a"}); err != nil || !cmp.Equal(seqs, []ledger.Seq{0}) {
		t.Errorf("Batches = %v, %v", seqs, err)
	}
	for range s.Checkpoints(ctx, 0, 100) {
		t.Error("there is a checkpoint")
	}
	if _, err := s.Hashes(ctx, []int64{0}); err == nil {
		t.Error("there is a hash")
	}
	if hs, err := s.Hashes(ctx, nil); err != nil || len(hs) > 0 {
		t.Errorf("no hashes = %v, %v", hs, err)
	}
	sound(t, s)
}

// odd is entries that a store must give back as they are.
func odd(first ledger.Seq) []ledger.Entry {
	at := time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	e := ledger.Entry{Seq: first, At: at, Actor: `a "b" \ ü 日本 '; --`, Batch: "%_ batch", Key: record.Key{Kind: "Place", ID: "x"}, Bytes: []byte("{\"a\":\"\\u0000 é\"}"), Salt: []byte{0, 255}, Sums: []byte{1}}
	e.Hashes = append(e.Hashes, [32]byte{1, 2})
	f := e
	f.Seq, f.At, f.Key.ID, f.Bytes, f.Replaces = first+1, at.AddDate(200, 0, 0), "y", nil, first
	f.Hashes = append(f.Hashes[:1:1], [32]byte{3})
	g := e
	g.Seq, g.Bytes, g.Key, g.Hashes = first+2, []byte("{}"), record.Key{Kind: "Unit", ID: "y"}, f.Hashes[1:]
	return []ledger.Entry{e, f, g}
}

func testAsGiven(t *testing.T, open Open) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	want := odd(1)
	if err := s.Append(ctx, 0, want); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, folder)
	defer s.Close()
	if diff := cmp.Diff(want, list(t, s.Entries(ctx, 0, 3))); diff != "" {
		t.Error("the entries are not as they were given", diff)
	}
	if got := list(t, s.Entries(ctx, 1, 2)); len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("entries after 1 up to 2 = %v", got)
	}
	hs, err := s.Hashes(ctx, []int64{3, 0, 2, 1})
	if wantHashes := []tlog.Hash{{3}, {1, 2}, {3}, {1, 2}}; err != nil || !cmp.Equal(hs, wantHashes) {
		t.Errorf("Hashes = %v, %v, want %v", hs, err, wantHashes)
	}
	seqs, err := s.Latest(ctx, []record.Key{{Kind: "Unit", ID: "y"}, {Kind: "Place", ID: "y"}, {Kind: "Place", ID: "Y"}, {Kind: "Place", ID: "x\x00"}, {Kind: "Place", ID: "x\xff"}}, 3)
	if err != nil || !cmp.Equal(seqs, []ledger.Seq{3, 2, 0, 0, 0}) {
		t.Errorf("Latest = %v, %v", seqs, err)
	}
	seqs, err = s.Batches(ctx, []string{"", "%_ batch", "%_ batch\x00", "\xff"})
	if err != nil || !cmp.Equal(seqs, []ledger.Seq{0, 1, 0, 0}) {
		t.Errorf("Batches = %v, %v", seqs, err)
	}
}

func testMoved(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	defer s.Close()
	ctx := t.Context()
	for _, at := range []ledger.Seq{1, 7} {
		if err := s.Append(ctx, at, odd(at+1)); !errors.Is(err, ledger.ErrMoved) {
			t.Errorf("Append at %d of an empty store = %v, want ErrMoved", at, err)
		}
	}
	if err := s.Append(ctx, 0, odd(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, 0, odd(1)); !errors.Is(err, ledger.ErrMoved) {
		t.Errorf("Append at 0 again = %v, want ErrMoved", err)
	}
	if n, err := s.Size(ctx); n != 3 || err != nil {
		t.Errorf("Size = %d, %v, want 3", n, err)
	}
}

func testCheckpoints(t *testing.T, open Open) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	for _, c := range []ledger.Kept{{Size: 5, Note: []byte("five")}, {Size: 0, Note: []byte("none")}, {Size: 9, Note: []byte("nine"), Sum: 1<<32 - 1}, {Size: 5, Note: []byte("five\xff"), Sum: 5}} {
		if err := s.PutCheckpoint(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, folder)
	defer s.Close()
	want := []ledger.Kept{{Size: 9, Note: []byte("nine"), Sum: 1<<32 - 1}, {Size: 5, Note: []byte("five\xff"), Sum: 5}, {Size: 0, Note: []byte("none")}}
	if diff := cmp.Diff(want, list(t, s.Checkpoints(ctx, 0, 9))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1:2], list(t, s.Checkpoints(ctx, 1, 8))); diff != "" {
		t.Error(diff)
	}
}

// testSameAnswers asks a random history of the store and of Memory.
func testSameAnswers(t *testing.T, open Open) {
	for seed := range uint64(4) {
		got := history(t, open(t, t.TempDir()), seed)
		want := history(t, &Memory{}, seed)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: the store does not answer as Memory does: %s", seed, diff)
		}
	}
}

// history lives through a random history and writes down every answer.
func history(t *testing.T, s ledger.Store, seed uint64) (answers []string) {
	ctx := t.Context()
	l, err := ledger.Open(ctx, s, Options(byte(seed)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer l.Close()
	say := func(what ...any) { answers = append(answers, fmt.Sprint(what...)) }
	dice := rand.New(rand.NewPCG(seed, 1))
	place := func() record.Record {
		return Place(fmt.Sprintf("p%d", dice.IntN(8)), fmt.Sprintf("note %d", dice.IntN(1000)))
	}
	var batches []ledger.Batch
	for step := range 60 {
		b := ledger.Batch{ID: fmt.Sprintf("b%d", step)}
		used := map[record.Key]bool{}
		for range 1 + dice.IntN(3) {
			r := place()
			if used[r.Key()] {
				continue
			}
			used[r.Key()] = true
			newest, err := l.Newest(ctx, []record.Key{r.Key()}, 1<<40)
			if err != nil {
				t.Fatal(err)
			}
			switch have := max(0, newest[0]-ledger.Seq(dice.IntN(8)/7)); {
			case have > 0 && dice.IntN(4) == 0:
				b.Changes = append(b.Changes, retire(t, r, have))
			default:
				b.Changes = append(b.Changes, Put(t, r, have))
			}
		}
		if step > 0 && dice.IntN(6) == 0 {
			b = batches[dice.IntN(step)]
		}
		batches = append(batches, b)
		receipt, err := l.Append(ctx, "NOR/dice", nil, b)
		say(step, receipt, err)
		h, err := l.Head(ctx)
		say(h, err)
	}
	size, _ := l.Size(ctx)
	for n := range size + 1 {
		say(headAt(t, l, n))
		k := place().Key()
		for e := range l.History(ctx, k, n) {
			say(k, string(e.Statement()))
		}
		first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		at, err := l.SizeAt(ctx, first.Add(time.Duration(dice.IntN(70*10))*100*time.Millisecond))
		say(at, err)
	}
	for _, e := range list(t, l.Entries(ctx, 0, size)) {
		say(fmt.Sprintf("%s %x %x %v", e.Statement(), e.Salt, e.Sums, e.Hashes))
	}
	sound(t, s)
	return answers
}

// failing is a store whose Append fails before or after it has stored.
type failing struct {
	ledger.Store
	before, after error
}

func (f *failing) Append(ctx context.Context, at ledger.Seq, es []ledger.Entry) error {
	if f.before != nil {
		return f.before
	}
	if err := f.Store.Append(ctx, at, es); err != nil {
		return err
	}
	return f.after
}
