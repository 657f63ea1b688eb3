package ledger

import (
	"context"
	"fmt"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/record"
)

// Size is the number of entries now.
func (l *Ledger) Size(ctx context.Context) (Seq, error) {
	n, err := l.store.Size(ctx)
	if err != nil {
		return 0, fmt.Errorf("ledger: size: %w", err)
	}
	return n, nil
}

// pollEvery is how often Wait asks a store that is no Waker.
const pollEvery = 100 * time.Millisecond

// Wait returns the size as soon as it is more than after, whichever process
// appended. Who has many waiting should wait once for all of them. The error of
// a ctx that ended is among the error's causes.
func (l *Ledger) Wait(ctx context.Context, after Seq) (Seq, error) {
	for {
		n, err := l.Size(ctx)
		if err != nil || n > after {
			return n, err
		}
		if w, ok := l.store.(Waker); ok {
			err = w.Wait(ctx, after)
		} else {
			err = pause(ctx, pollEvery)
		}
		if err != nil {
			return n, fmt.Errorf("ledger: wait for more than %d entries: %w", after, err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Head is the head now.
func (l *Ledger) Head(ctx context.Context) (Head, error) {
	n, err := l.Size(ctx)
	if err != nil {
		return Head{}, err
	}
	return l.HeadAt(ctx, n)
}

// HeadAt is the head that the ledger had when its size was n.
func (l *Ledger) HeadAt(ctx context.Context, n Seq) (Head, error) {
	return headAt(ctx, l.store, n)
}

// ReadHead is the head of a store in which no ledger need be open.
func ReadHead(ctx context.Context, s Store) (Head, error) {
	n, err := s.Size(ctx)
	if err != nil {
		return Head{}, fmt.Errorf("ledger: size: %w", err)
	}
	return headAt(ctx, s, n)
}

func headAt(ctx context.Context, s Store, n Seq) (Head, error) {
	root, err := tlog.TreeHash(int64(n), reader(ctx, s))
	if err != nil {
		return Head{}, fmt.Errorf("ledger: head at %d: %w", n, err)
	}
	return Head{n, root}, nil
}

// Entries yields the entries after, but not including, after, up to and
// including to: a cursor moves by remembering the last number it has seen. It
// ends early only with an error, and a missing entry is one.
func (l *Ledger) Entries(ctx context.Context, after, to Seq) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		next := after + 1
		for e, err := range l.store.Entries(ctx, after, to) {
			if err == nil && e.Seq != next {
				err = fmt.Errorf("entry %d is missing", next)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("ledger: read entries %d to %d: %w", after+1, to, err))
				return
			}
			if !yield(e, nil) {
				return
			}
			next++
		}
		if next <= to {
			yield(Entry{}, fmt.Errorf("ledger: read entries %d to %d: entry %d is missing", after+1, to, next))
		}
	}
}

// Entry reads one entry.
func (l *Ledger) Entry(ctx context.Context, seq Seq) (Entry, error) {
	e, err := readEntry(ctx, l.store, seq)
	if err != nil {
		return Entry{}, fmt.Errorf("ledger: %w", err)
	}
	return e, nil
}

func readEntry(ctx context.Context, s Store, seq Seq) (Entry, error) {
	for e, err := range s.Entries(ctx, seq-1, seq) {
		if err != nil {
			return Entry{}, fmt.Errorf("read entry %d: %w", seq, err)
		}
		return e, nil
	}
	return Entry{}, fmt.Errorf("entry %d is missing", seq)
}

// Revision is the newest entry of a record as of a size; ok is false when there
// was none. The entry may be its retirement.
func (l *Ledger) Revision(ctx context.Context, k record.Key, size Seq) (e Entry, ok bool, err error) {
	seqs, err := l.store.Latest(ctx, []record.Key{k}, size)
	if err != nil {
		return Entry{}, false, fmt.Errorf("ledger: revision of %s at %d: %w", k, size, err)
	}
	if seqs[0] == 0 {
		return Entry{}, false, nil
	}
	e, err = l.Entry(ctx, seqs[0])
	return e, err == nil, err
}

// Newest is the newest entry of each record as of a size, or 0: what a change
// to it has to name.
func (l *Ledger) Newest(ctx context.Context, keys []record.Key, size Seq) ([]Seq, error) {
	seqs, err := l.store.Latest(ctx, keys, size)
	if err != nil {
		return nil, fmt.Errorf("ledger: newest entries at %d: %w", size, err)
	}
	return seqs, nil
}

// History yields the entries of a record as of a size, the newest first.
func (l *Ledger) History(ctx context.Context, k record.Key, size Seq) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		e, ok, err := l.Revision(ctx, k, size)
		for ; ok && err == nil; e, err = l.Entry(ctx, e.Replaces) {
			if !yield(e, nil) || e.Replaces == 0 {
				return
			}
			if e.Replaces >= e.Seq {
				err = fmt.Errorf("ledger: entry %d replaces entry %d", e.Seq, e.Replaces)
				break
			}
		}
		if err != nil {
			yield(Entry{}, err)
		}
	}
}

// SizeAt is the size that the ledger had at a moment: how many entries were
// accepted then or before.
func (l *Ledger) SizeAt(ctx context.Context, t time.Time) (Seq, error) {
	below, size := Seq(0), Seq(0) // entries up to below are not after t; those from size+1 on are
	size, err := l.Size(ctx)
	for err == nil && below < size {
		var e Entry
		middle := below + (size-below+1)/2
		if e, err = l.Entry(ctx, middle); e.At.After(t) {
			size = middle - 1
		} else {
			below = middle
		}
	}
	return below, err
}
