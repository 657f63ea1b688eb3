package ledger

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"iter"
	"math/bits"
	"slices"

	flog "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/tlog"

	"entente/record"
)

// The fields whose problems stand at a size rather than at an entry.
const (
	fieldCheckpoint = "checkpoint" // one that is kept beside the entries
	fieldRoot       = "root"       // one that was seen before
)

// Problem is one thing that is wrong with a ledger. Of a checkpoint or root,
// Seq is the size; otherwise Seq 0 is the store as a whole.
type Problem struct {
	Seq   Seq
	Field string // as docs/ledger.md names it
	Says  string
}

// String is the line that people read.
func (p Problem) String() string {
	switch {
	case p.Field == fieldCheckpoint || p.Field == fieldRoot:
		return fmt.Sprintf("size %d: %s: %s", p.Seq, p.Field, p.Says)
	case p.Seq == 0:
		return p.Field + ": " + p.Says
	}
	return fmt.Sprintf("entry %d: %s: %s", p.Seq, p.Field, p.Says)
}

// Report is the outcome of Verify.
type Report struct {
	Head        Head // as the entries themselves give it; meaningless when one is missing
	Checkpoints int  // kept and looked at
	Problems    []Problem
}

// problemsMax bounds a report: a ledger that is wrong throughout says so once.
const problemsMax = 1000

// Verify walks a whole ledger and says everything that is wrong with it, where.
// It needs no key; with the public key of the ledger it checks the signatures of
// the kept checkpoints too, and known are heads seen before, from elsewhere:
// only they can tell that the newest entries were cut off. An error means that
// the store could not be read to its end.
func Verify(ctx context.Context, s Store, ledgerKey string, known ...Head) (Report, error) {
	w := newWalk()
	kept, err := w.checkpoints(ctx, s, ledgerKey)
	if err != nil {
		return w.report, fmt.Errorf("ledger: verify: %w", err)
	}
	for _, h := range slices.Concat(kept, known) {
		w.heads[h.Size] = tlog.Hash{}
	}
	size, err := s.Size(ctx)
	if err != nil {
		return w.report, fmt.Errorf("ledger: verify: %w", err)
	}
	w.head(0)
	if err := w.entries(s.Entries(ctx, 0, size)); err != nil {
		return w.report, fmt.Errorf("ledger: verify: %w", err)
	}
	if len(w.report.Problems) >= problemsMax {
		w.problem(0, "entries", "there is more; mend these first")
		return w.report, nil
	}
	w.gap(size + 1)
	w.report.Head = w.edge.head()
	w.compare(kept, fieldCheckpoint, "the checkpoint kept for this size")
	w.compare(known, fieldRoot, "the head seen before")
	if c, ok := s.(Checker); ok {
		more, err := c.Check(ctx)
		w.report.Problems = append(w.report.Problems, more...)
		if err != nil {
			return w.report, fmt.Errorf("ledger: verify: %w", err)
		}
	}
	return w.report, nil
}

// walk is what is known of the ledger up to some entry.
type walk struct {
	report  Report
	last    Entry
	edge    edge
	holed   bool // an entry was missing: the tree above is not known any more
	latest  map[record.Key]newest
	batches map[string]bool
	heads   map[Seq]tlog.Hash // the root at each size that is asked for
}

func newWalk() *walk {
	return &walk{latest: map[record.Key]newest{}, batches: map[string]bool{}, heads: map[Seq]tlog.Hash{}}
}

type newest struct {
	seq     Seq
	retired bool
}

func (w *walk) problem(seq Seq, field, says string) {
	w.report.Problems = append(w.report.Problems, Problem{seq, field, says})
}

// gap notes the entries that are missing before next.
func (w *walk) gap(next Seq) {
	want := w.last.Seq + 1
	switch {
	case next == want:
		return
	case next == want+1:
		w.problem(want, "seq", "the entry is missing")
	default:
		w.problem(want, "seq", fmt.Sprintf("the entries %d to %d are missing", want, next-1))
	}
	w.holed = true
}

// entries checks entries by the page: each alone, side by side, then each after
// those before it. It stops after a page with which there are problems enough.
func (w *walk) entries(entries iter.Seq2[Entry, error]) error {
	const pageRows = 1024
	var page []Entry
	check := func() {
		alone := make([]alone, len(page))
		_ = sideBySide(len(page), func(from, to int) error {
			for i := from; i < to; i++ {
				alone[i] = page[i].alone()
			}
			return nil
		})
		for i, e := range page {
			w.entry(e, alone[i])
		}
		page = page[:0]
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if page = append(page, e); len(page) == pageRows {
			if check(); len(w.report.Problems) >= problemsMax {
				return nil
			}
		}
	}
	check()
	return nil
}

// entry adds what an entry shows alone, and checks it after those before it.
func (w *walk) entry(e Entry, alone alone) {
	w.gap(e.Seq)
	w.report.Problems = append(w.report.Problems, alone.problems...)
	w.order(e)
	w.tree(e, alone.leaf)
	w.pass(e)
}

// pass makes e the last entry.
func (w *walk) pass(e Entry) {
	if w.last.Batch != e.Batch {
		w.batches[w.last.Batch] = true
	}
	w.latest[e.Key] = newest{e.Seq, e.Retired()}
	w.last = e
	w.head(e.Seq)
}

// alone is what an entry shows by itself.
type alone struct {
	problems []Problem
	leaf     tlog.Hash // as it was accepted: one edit is named once, and the tree goes on
}

func (a *alone) problem(e *Entry, field, says string) {
	a.problems = append(a.problems, Problem{e.Seq, field, says})
}

// alone compares each field with its sum and with what a ledger writes. Of an
// entry of which a field was edited, the leaf is the stored one.
func (e *Entry) alone() (a alone) {
	a.leaf = e.Leaf()
	vouched := len(e.Hashes) > 0 && a.leaf == e.Hashes[0]
	differ := a.sums(e, vouched)
	if len(e.Salt) != SaltSize {
		a.problem(e, "salt", fmt.Sprintf("it has %d bytes, not %d", len(e.Salt), SaltSize))
	}
	if field, says := e.fault(); field != "" {
		a.problem(e, field, says)
	}
	if !vouched && !differ && len(e.Hashes) > 0 {
		a.problem(e, "hashes", "the leaf is not the hash of the entry: it was edited, or a field and its sum were")
	}
	if differ && len(e.Hashes) > 0 {
		a.leaf = e.Hashes[0]
	}
	return a
}

// sums names the fields that are not what was accepted. Where the leaf vouches
// for the fields, it is the sums that are wrong.
func (a *alone) sums(e *Entry, vouched bool) (differ bool) {
	sums := e.sums()
	switch {
	case bytes.Equal(e.Sums, sums):
		return false
	case len(e.Sums) != len(sums):
		a.problem(e, "sums", fmt.Sprintf("they have %d bytes, not %d", len(e.Sums), len(sums)))
		return true
	case vouched:
		a.problem(e, "sums", "they are not those of the fields, which the leaf vouches for")
		return true
	}
	for i, field := range fields {
		if !bytes.Equal(e.Sums[4*i:4*i+4], sums[4*i:4*i+4]) {
			a.problem(e, field, "it is not what was accepted: its sum differs")
		}
	}
	return true
}

// order checks e against the entries before it.
func (w *walk) order(e Entry) {
	if e.At.Before(w.last.At) {
		w.problem(e.Seq, "at", "it is before the entry before it")
	}
	if e.Batch == w.last.Batch && (e.Actor != w.last.Actor || !e.At.Equal(w.last.At)) {
		w.problem(e.Seq, "batch", "it differs in actor or time from the entry before it, of the same batch")
	}
	if w.batches[e.Batch] && e.Batch != w.last.Batch {
		w.problem(e.Seq, "batch", "the batch was over, and comes again")
	}
	have := w.latest[e.Key]
	if have.seq != e.Replaces && !w.holed {
		w.problem(e.Seq, "replaces", fmt.Sprintf("it says %d, and the newest entry of %s before it is %d", e.Replaces, e.Key, have.seq))
	}
	if have.retired && e.Retired() {
		w.problem(e.Seq, "bytes", e.Key.String()+" is retired twice")
	}
}

// tree checks the stored hashes above a leaf.
func (w *walk) tree(e Entry, leaf tlog.Hash) {
	want := 1 + bits.TrailingZeros64(uint64(e.Seq))
	if len(e.Hashes) != want {
		w.problem(e.Seq, "hashes", fmt.Sprintf("there are %d, not %d", len(e.Hashes), want))
	}
	if w.holed { // go on counting; the roots mean nothing
		w.edge.size = e.Seq - 1
	}
	for i, h := range w.edge.push([]tlog.Hash{leaf}) {
		if i > 0 && i < len(e.Hashes) && h != e.Hashes[i] && !w.holed {
			w.problem(e.Seq, "hashes", fmt.Sprintf("the root of the %d entries that end here is wrong (hash %d)", 1<<i, i))
		}
	}
}

// head remembers the root at a size that somebody asks for.
func (w *walk) head(size Seq) {
	if _, asked := w.heads[size]; asked && !w.holed {
		w.heads[size] = w.edge.head().Root
	}
}

// compare holds heads that were signed or seen against the entries.
func (w *walk) compare(heads []Head, field, what string) {
	for _, h := range heads {
		switch {
		case h.Size > w.last.Seq:
			w.problem(h.Size, field, fmt.Sprintf("%s has %d entries, and the ledger %d: it was rewound", what, h.Size, w.last.Seq))
		case w.heads[h.Size] == tlog.Hash{}: // beyond a hole, which is named already
		case w.heads[h.Size] != h.Root:
			w.problem(h.Size, field, what+" has another root: the entries up to here are not those of then")
		}
	}
}

// checkpoints reads what is kept, and checks what can be checked of it alone.
func (w *walk) checkpoints(ctx context.Context, s Store, ledgerKey string) ([]Head, error) {
	var heads []Head
	for k, err := range s.Checkpoints(ctx, 0, 1<<61) {
		if err != nil {
			return nil, err
		}
		w.report.Checkpoints++
		h, fault := k.head(ledgerKey)
		if fault != "" {
			w.problem(k.Size, fieldCheckpoint, fault)
			continue
		}
		heads = append(heads, h)
	}
	return heads, nil
}

// head is what the checkpoint says, or what is wrong with it.
func (k Kept) head(ledgerKey string) (h Head, fault string) {
	if crc32.Checksum(k.Note, castagnoli) != k.Sum {
		return h, "the note or its sum was edited: they do not fit"
	}
	var cp flog.Checkpoint
	if _, err := cp.Unmarshal(k.Note); err != nil || len(cp.Hash) != tlog.HashSize {
		return h, "it cannot be read"
	}
	if Seq(cp.Size) != k.Size {
		return h, fmt.Sprintf("it is of size %d", cp.Size)
	}
	if ledgerKey != "" {
		if _, err := OpenCheckpoint(k.Note, ledgerKey); err != nil {
			return h, err.Error()
		}
	}
	return Head{k.Size, tlog.Hash(cp.Hash)}, ""
}
