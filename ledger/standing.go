package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"entente/record"
)

// Indexed is a store that finds what stands without reading every entry.
// Ledger.Standing asks it.
type Indexed interface {
	// Standing yields, of each record, its newest entry among the first size, in
	// the order of the numbers, retirements too. The consumer may call the store
	// meanwhile. After an error there is nothing more.
	Standing(ctx context.Context, size Seq) iter.Seq2[Entry, error]
}

// Standing yields the entries that say what the records were as of a size, in
// order: of each record its newest, unless that retired it.
func (l *Ledger) Standing(ctx context.Context, size Seq) iter.Seq2[Entry, error] {
	entries := l.newest(ctx, size)
	if s, ok := l.store.(Indexed); ok {
		entries = s.Standing(ctx, size)
	}
	return func(yield func(Entry, error) bool) {
		for e, err := range entries {
			switch {
			case err != nil:
				yield(Entry{}, fmt.Errorf("ledger: read what stands at %d: %w", size, err))
				return
			case !e.Retired() && !yield(e, nil):
				return
			}
		}
	}
}

// newest is Indexed.Standing of a store that is not: it keeps what is newest
// while it reads everything.
func (l *Ledger) newest(ctx context.Context, size Seq) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		latest := map[record.Key]Entry{}
		for e, err := range l.Entries(ctx, 0, size) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			latest[e.Key] = e
		}
		all := make([]Entry, 0, len(latest))
		for _, e := range latest {
			all = append(all, e)
		}
		slices.SortFunc(all, func(a, b Entry) int { return int(a.Seq - b.Seq) })
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}
