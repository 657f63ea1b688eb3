package ledgertest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/record"
)

// Memory is the dumb version of a ledger.Store: it keeps everything in two
// slices and looks through all of it for every answer.
type Memory struct {
	mu          sync.Mutex
	entries     []ledger.Entry
	checkpoints []ledger.Kept // by size
}

var _ ledger.Store = (*Memory)(nil)

// Size implements ledger.Store.
func (m *Memory) Size(context.Context) (ledger.Seq, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return ledger.Seq(len(m.entries)), nil
}

// Append implements ledger.Store.
func (m *Memory) Append(_ context.Context, at ledger.Seq, entries []ledger.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at != ledger.Seq(len(m.entries)) {
		return ledger.ErrMoved
	}
	m.entries = append(m.entries, entries...)
	return nil
}

// Entries implements ledger.Store.
func (m *Memory) Entries(_ context.Context, after, to ledger.Seq) iter.Seq2[ledger.Entry, error] {
	m.mu.Lock()
	all := m.entries
	m.mu.Unlock()
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range all {
			if e.Seq > after && e.Seq <= to && !yield(e, nil) {
				return
			}
		}
	}
}

// Latest implements ledger.Store.
func (m *Memory) Latest(_ context.Context, keys []record.Key, size ledger.Seq) ([]ledger.Seq, error) {
	return m.find(len(keys), func(i int, e ledger.Entry, _ ledger.Seq) bool { return e.Key == keys[i] && e.Seq <= size })
}

// Batches implements ledger.Store.
func (m *Memory) Batches(_ context.Context, ids []string) ([]ledger.Seq, error) {
	return m.find(len(ids), func(i int, e ledger.Entry, found ledger.Seq) bool { return e.Batch == ids[i] && found == 0 })
}

// find is, for each of n questions, the last entry that answers it better than
// the one found before.
func (m *Memory) find(n int, better func(i int, e ledger.Entry, found ledger.Seq) bool) ([]ledger.Seq, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := make([]ledger.Seq, n)
	for i := range found {
		for _, e := range m.entries {
			if better(i, e, found[i]) {
				found[i] = e.Seq
			}
		}
	}
	return found, nil
}

// Hashes implements ledger.Store.
func (m *Memory) Hashes(_ context.Context, indexes []int64) ([]tlog.Hash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all, found []tlog.Hash
	for _, e := range m.entries {
		all = append(all, e.Hashes...)
	}
	for _, x := range indexes {
		if x >= int64(len(all)) {
			return nil, fmt.Errorf("there is no hash %d", x)
		}
		found = append(found, all[x])
	}
	return found, nil
}

// PutCheckpoint implements ledger.Store.
func (m *Memory) PutCheckpoint(_ context.Context, c ledger.Kept) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, there := slices.BinarySearchFunc(m.checkpoints, c.Size, func(k ledger.Kept, size ledger.Seq) int { return int(k.Size - size) })
	if there {
		m.checkpoints[i] = c
	} else {
		m.checkpoints = slices.Insert(m.checkpoints, i, c)
	}
	return nil
}

// Checkpoints implements ledger.Store.
func (m *Memory) Checkpoints(_ context.Context, from, to ledger.Seq) iter.Seq2[ledger.Kept, error] {
	m.mu.Lock()
	all := slices.Clone(m.checkpoints)
	m.mu.Unlock()
	return func(yield func(ledger.Kept, error) bool) {
		for _, c := range slices.Backward(all) {
			if from <= c.Size && c.Size <= to && !yield(c, nil) {
				return
			}
		}
	}
}

// Close implements ledger.Store; what Memory holds stays.
func (m *Memory) Close() error { return nil }
