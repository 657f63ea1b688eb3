package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
)

// sizes is up to where every proof of every size is tried.
const sizes = 64

// testProofs makes every proof of every small size, checks it, and sees it
// refused when a byte of it, or of what it speaks of, is another one.
func testProofs(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	grow(t, l, sizes)
	entries := list(t, l.Entries(t.Context(), 0, sizes))
	heads := make([]ledger.Head, sizes+1)
	for n := range heads {
		heads[n] = headAt(t, l, ledger.Seq(n))
	}
	flips := 0
	for _, h := range heads[1:] {
		for _, e := range entries[:h.Size] {
			p, err := l.Includes(t.Context(), e.Seq, h.Size)
			if err == nil {
				err = ledger.CheckInclusion(e, h, p)
			}
			if err != nil {
				t.Fatalf("entry %d in %d: %v", e.Seq, h.Size, err)
			}
			wrong(t, p, &flips, func() error { return ledger.CheckInclusion(e, h, p) })
			refuse(t, ledger.CheckInclusion(e, ledger.Head{Size: h.Size, Root: flipped(h.Root, flips)}, p), "another root")
			if h.Size > 1 {
				refuse(t, ledger.CheckInclusion(entries[int(e.Seq)%int(h.Size)], h, p), "another entry")
				refuse(t, ledger.CheckInclusion(e, h, p[1:]), "a shorter proof")
			}
			refuse(t, ledger.CheckInclusion(e, h, append(slices.Clone(p), h.Root)), "a longer proof")
			e.Salt = slices.Clone(e.Salt)
			e.Salt[flips%ledger.SaltSize] ^= 1
			refuse(t, ledger.CheckInclusion(e, h, p), "another salt")
		}
		for _, then := range heads[:h.Size+1] {
			proveConsistency(t, s, then, h, &flips)
		}
	}
}

func proveConsistency(t *testing.T, s ledger.Store, then, now ledger.Head, flips *int) {
	t.Helper()
	var p ledger.Consistency
	if then.Size > 0 {
		var err error
		p, err = tlog.ProveTree(int64(now.Size), int64(then.Size), tlog.HashReaderFunc(func(x []int64) ([]tlog.Hash, error) { return s.Hashes(t.Context(), x) }))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := ledger.Follows(then, now, p); err != nil {
		t.Fatalf("%d follows %d: %v", now.Size, then.Size, err)
	}
	wrong(t, p, flips, func() error { return ledger.Follows(then, now, p) })
	refuse(t, ledger.Follows(ledger.Head{Size: then.Size, Root: flipped(then.Root, *flips)}, now, p), "another root of then")
	if then.Size > 0 {
		refuse(t, ledger.Follows(then, ledger.Head{Size: now.Size, Root: flipped(now.Root, *flips)}, p), "another root of now")
		refuse(t, ledger.Follows(then, now, append(slices.Clone(p), now.Root)), "a longer proof")
	}
	if then.Size < now.Size {
		refuse(t, ledger.Follows(now, then, p), "a rewound ledger")
	}
}

// wrong changes one byte of each hash of p, another byte each time.
func wrong(t *testing.T, p []tlog.Hash, flips *int, check func() error) {
	t.Helper()
	for i := range p {
		whole := p[i]
		p[i] = flipped(whole, *flips)
		*flips++
		refuse(t, check(), "a changed proof")
		p[i] = whole
	}
}

func flipped(h tlog.Hash, n int) tlog.Hash {
	h[n%len(h)] ^= 1 << (n / len(h) % 8)
	return h
}

func refuse(t *testing.T, err error, what string) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s is accepted", what)
	}
}

// testProofFile changes every byte of a proof file.
func testProofFile(t *testing.T, open Open) {
	_, l, _ := start(t, open, t.TempDir(), Options(1))
	grow(t, l, 21)
	ctx := t.Context()
	private, public := Key(t, "register.example.org")
	witness, witnessPublic := Key(t, "witness.example.net")
	signed, err := l.Checkpoint(ctx, private)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	signed, _, err = ledger.Witness(witness, at, public, ledger.Head{}, signed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(ctx, signed, public, witnessPublic); err != nil {
		t.Fatal(err)
	}
	grow(t, l, 30)
	file, err := l.Proof(ctx, Place("place-7", "").Key(), signed, public)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.VerifyProof(file, public, witnessPublic)
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Entry(ctx, 9)
	if err != nil {
		t.Fatal(err)
	}
	if got.Entry.Seq != 9 || !bytes.Equal(got.Entry.Statement(), e.Statement()) || got.Checkpoint.Size != 21 {
		t.Errorf("proven is entry %d under %d: %s", got.Entry.Seq, got.Checkpoint.Size, got.Entry.Statement())
	}
	if c := got.Checkpoint.Cosigned; len(c) != 1 || c[0] != (ledger.Cosign{Witness: "witness.example.net", At: at}) {
		t.Errorf("cosigned = %v", c)
	}
	for i := range file {
		for _, bit := range []byte{1, 4, 32, 128} {
			changed := bytes.Clone(file)
			changed[i] ^= bit
			if _, err := ledger.VerifyProof(changed, public, witnessPublic); err == nil {
				t.Fatalf("accepted with byte %d changed to %q: …%s…", i, changed[i], changed[max(0, i-20):min(len(changed), i+20)])
			}
		}
	}
	_, other := Key(t, "register.example.com")
	if _, err := ledger.VerifyProof(file, other); err == nil {
		t.Error("accepted with another ledger's key")
	}
	if _, err := ledger.VerifyProof(file, public, other); err == nil {
		t.Error("accepted without the word of a witness that was asked for")
	}
	if _, err := ledger.VerifyProof(file, public); err != nil {
		t.Error("refused because of a witness that nobody asked for:", err)
	}
	if kept := list(t, l.Checkpoints(ctx, 0, 100)); len(kept) != 1 || !bytes.Equal(kept[0].Note, signed) {
		t.Errorf("kept %d checkpoints, want the cosigned one", len(kept))
	}
}

// rewound is a store that shows only the first size entries.
type rewound struct {
	ledger.Store
	size ledger.Seq
}

func (r rewound) Size(context.Context) (ledger.Seq, error) { return r.size, nil }
func (r rewound) Entries(ctx context.Context, after, to ledger.Seq) iter.Seq2[ledger.Entry, error] {
	return r.Store.Entries(ctx, after, min(to, r.size))
}

// testLies shows ledgers that are not what they signed to a witness, to whoever
// has an old head, and to Verify.
func testLies(t *testing.T, open Open) {
	ctx := t.Context()
	private, public := Key(t, "register.example.org")
	witness, witnessPublic := Key(t, "witness.example.net")
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	grow(t, l, 10)
	signed10, err := l.Checkpoint(ctx, private)
	if err != nil {
		t.Fatal(err)
	}
	ten := headAt(t, l, 10)
	_, seen, err := ledger.Witness(witness, time.Unix(1, 0), public, ledger.Head{}, signed10, nil)
	if err != nil || seen != ten {
		t.Fatalf("the witness saw %v, %v", seen, err)
	}
	grow(t, l, 25)
	p, err := l.Extends(ctx, ten)
	if err != nil {
		t.Fatal(err)
	}
	signed25, err := l.Checkpoint(ctx, private)
	if err != nil {
		t.Fatal(err)
	}
	cosigned, seen, err := ledger.Witness(witness, time.Unix(2, 0), public, seen, signed25, p)
	if err != nil || seen.Size != 25 {
		t.Fatalf("the witness saw %v, %v", seen, err)
	}
	if _, err := ledger.OpenCheckpoint(cosigned, public, witnessPublic); err != nil {
		t.Error(err)
	}

	found := func(err error, says string) {
		t.Helper()
		broken := (*ledger.Broken)(nil)
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %s", err, says)
		}
	}
	t.Run("Rewound", func(t *testing.T) {
		_, _, err := ledger.Witness(witness, time.Unix(3, 0), public, seen, signed10, nil)
		found(err, "rewound")
		short, err := ledger.Open(ctx, rewound{s, 20}, Options(1))
		if err != nil {
			t.Fatal(err)
		}
		defer short.Close()
		_, err = short.Extends(ctx, seen)
		found(err, "rewound")
		report, err := ledger.Verify(ctx, rewound{s, 20}, public)
		if err != nil || len(report.Problems) != 1 || report.Problems[0].Seq != 25 || report.Problems[0].Field != "checkpoint" {
			t.Errorf("Verify = %v, %v; want the checkpoint of 25", report.Problems, err)
		}
		report, err = ledger.Verify(ctx, rewound{s, 24}, public, seen)
		if err != nil || len(report.Problems) != 2 || report.Problems[1].Field != "root" {
			t.Errorf("Verify = %v, %v; want the head seen before too", report.Problems, err)
		}
	})
	t.Run("Forked", func(t *testing.T) {
		other, fork, _ := start(t, open, t.TempDir(), Options(2)) // other salts: another ledger
		grow(t, fork, 40)
		proof, err := fork.Extends(ctx, seen)
		found(err, "forked")
		forged, err := fork.Checkpoint(ctx, private)
		if err != nil {
			t.Fatal(err)
		}
		_, still, err := ledger.Witness(witness, time.Unix(3, 0), public, seen, forged, proof)
		found(err, "forked")
		if still != seen {
			t.Error("the witness changed its memory")
		}
		found(fork.Keep(ctx, signed25, public), "forked")
		report, err := ledger.Verify(ctx, other, public, seen)
		if err != nil || len(report.Problems) != 1 || report.Problems[0].Seq != 25 {
			t.Errorf("Verify = %v, %v; want the head of 25", report.Problems, err)
		}
	})
	report, err := ledger.Verify(ctx, s, public, ten, seen)
	if err != nil || len(report.Problems) > 0 || report.Checkpoints != 2 || report.Head != seen {
		t.Errorf("Verify of the true one = %+v, %v", report, err)
	}
	_, otherPublic := Key(t, "register.example.com")
	report, err = ledger.Verify(ctx, s, otherPublic)
	if err != nil || len(report.Problems) != 2 {
		t.Errorf("Verify with another key = %v, %v; want both checkpoints", report.Problems, err)
	}
}

// edited is a store one of whose entries was changed by hand.
type edited struct {
	ledger.Store
	seq  ledger.Seq
	edit func(*ledger.Entry) bool // false drops the entry
}

func (s edited) Entries(ctx context.Context, after, to ledger.Seq) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range s.Store.Entries(ctx, after, to) {
			if e.Seq == s.seq && !s.edit(&e) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// testEdits changes each field of entries as an intruder would, and sees it
// named.
func testEdits(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	grow(t, l, 30)
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)/2] ^= 1
		return b
	}
	edits := map[string]func(*ledger.Entry){
		"at":       func(e *ledger.Entry) { e.At = e.At.Add(time.Microsecond) },
		"actor":    func(e *ledger.Entry) { e.Actor = "SWE/test" },
		"batch":    func(e *ledger.Entry) { e.Batch += "x" },
		"kind":     func(e *ledger.Entry) { e.Key.Kind = "Unit" },
		"id":       func(e *ledger.Entry) { e.Key.ID = "nowhere" },
		"bytes":    func(e *ledger.Entry) { e.Bytes = flip(e.Bytes) },
		"replaces": func(e *ledger.Entry) { e.Replaces++ },
		"salt":     func(e *ledger.Entry) { e.Salt = flip(e.Salt) },
		"sums":     func(e *ledger.Entry) { e.Sums = flip(e.Sums) },
		"hashes":   func(e *ledger.Entry) { e.Hashes = slices.Clone(e.Hashes); e.Hashes[len(e.Hashes)-1][31] ^= 1 },
		"retired":  func(e *ledger.Entry) { e.Bytes = nil },
	}
	for field, edit := range edits {
		for seq := ledger.Seq(1); seq <= 30; seq++ {
			report, err := ledger.Verify(t.Context(), edited{s, seq, func(e *ledger.Entry) bool { edit(e); return true }}, "")
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(field, "retired", "bytes", 1)
			if !slices.ContainsFunc(report.Problems, func(p ledger.Problem) bool { return p.Seq == seq && p.Field == want }) {
				t.Errorf("%s of entry %d was edited, and Verify says %v", field, seq, report.Problems)
			}
			for _, p := range report.Problems {
				if p.Seq != seq && p.Field != "replaces" { // who edits a key breaks the chain of two records
					t.Errorf("%s of entry %d was edited, and Verify blames %s", field, seq, p)
				}
			}
		}
	}
	report, err := ledger.Verify(t.Context(), edited{s, 17, func(*ledger.Entry) bool { return false }}, "")
	if err != nil || len(report.Problems) != 1 || report.Problems[0].String() != "entry 17: seq: the entry is missing" {
		t.Errorf("entry 17 is missing, and Verify says %v, %v", report.Problems, err)
	}
	if _, err := l.Entry(t.Context(), 31); err == nil {
		t.Error("an entry beyond the end can be read")
	}
	if err := readAll(t, l, 0, 31); err == nil || !strings.Contains(err.Error(), "entry 31 is missing") {
		t.Errorf("entries beyond the end: %v", err)
	}
}

func readAll(t *testing.T, l *ledger.Ledger, after, to ledger.Seq) error {
	for _, err := range l.Entries(t.Context(), after, to) {
		if err != nil {
			return err
		}
	}
	return nil
}
