package register

import (
	"context"
	"iter"
	"maps"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"entente/ledger"
	"entente/record"
)

// Known says as of when the register is to be known: at a size of its ledger, or
// at a moment. With both, it is the earlier; the zero Known is everything that
// is known now.
type Known struct {
	Size ledger.Seq
	At   time.Time
}

// FromLedger is the tree as it was known: every record's newest revision among
// the entries until then, without those that were retired. Each record's
// position is its entry: file "ledger", the line its number. What holds for the
// whole register is not in the ledger, so the settings are an argument; nor are
// the texts of documents, and each says so.
func FromLedger(ctx context.Context, l *ledger.Ledger, k Known, s record.Settings) (*Tree, error) {
	size, err := k.SizeIn(ctx, l)
	if err != nil {
		return nil, err
	}
	rs, err := records(l.Standing(ctx, size))
	if err != nil {
		return nil, err
	}
	t := NewTree(s, rs...)
	t.withoutTexts(rs)
	return t, nil
}

// Advance is the tree t, which is known at the size from, as it is known at the
// size to: what FromLedger would read there, in the time that the entries between
// them take. What they do not touch is shared with t, which stays as it is.
func (t *Tree) Advance(ctx context.Context, l *ledger.Ledger, from, to ledger.Seq) (*Tree, error) {
	latest := map[record.Key]ledger.Entry{}
	for e, err := range l.Entries(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		latest[e.Key] = e
	}
	rs, err := records(func(yield func(ledger.Entry, error) bool) {
		for _, e := range latest {
			if !e.Retired() && !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rs, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	next := *t
	next.Records = merged(t.Records, rs, func(k record.Key) bool { _, touched := latest[k]; return touched })
	next.sums = t.sums.carried(next.Records)
	next.step++
	next.texts = maps.Clone(t.texts)
	for k := range latest {
		if k.Kind == record.KindDocument {
			delete(next.texts, record.DocumentID(k.ID))
		}
	}
	next.withoutTexts(rs)
	return &next, nil
}

// merged puts fresh among what is kept of old, all by key.
func merged(old, fresh []record.Record, touched func(record.Key) bool) []record.Record {
	all := make([]record.Record, 0, len(old)+len(fresh))
	for _, r := range old {
		k := r.Key()
		if touched(k) {
			continue
		}
		for len(fresh) > 0 && fresh[0].Key().Compare(k) < 0 {
			all, fresh = append(all, fresh[0]), fresh[1:]
		}
		all = append(all, r)
	}
	return append(all, fresh...)
}

// withoutTexts says of the documents among rs that their texts are not held.
func (t *Tree) withoutTexts(rs []record.Record) {
	for _, r := range rs {
		if doc, ok := r.(*record.Document); ok && doc.Text != "" {
			t.texts[record.DocumentID(doc.ID)] = Text{Fault: "the ledger keeps no texts"}
		}
	}
}

// SizeIn is the size that a ledger is to be known at.
func (k Known) SizeIn(ctx context.Context, l *ledger.Ledger) (ledger.Seq, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, err
	}
	if k.Size != 0 {
		size = min(size, k.Size)
	}
	if k.At.IsZero() {
		return size, nil
	}
	then, err := l.SizeAt(ctx, k.At)
	return min(size, then), err
}

// records reads the records of entries, side by side while more come, in their
// order.
func records(entries iter.Seq2[ledger.Entry, error]) ([]record.Record, error) {
	const share = 256
	var g errgroup.Group
	g.SetLimit(2 * runtime.GOMAXPROCS(0)) // with some waiting, none is idle
	var parts [][]record.Record
	read := func(part []ledger.Entry) {
		rs := make([]record.Record, len(part))
		parts = append(parts, rs)
		g.Go(func() (err error) {
			for i, e := range part {
				if rs[i], err = e.Record(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var part []ledger.Entry
	for e, err := range entries {
		if err != nil {
			_ = g.Wait() // the first error is the one to tell
			return nil, err
		}
		if part = append(part, e); len(part) == share {
			read(part)
			part = make([]ledger.Entry, 0, share)
		}
	}
	read(part)
	err := g.Wait()
	return slices.Concat(parts...), err
}
