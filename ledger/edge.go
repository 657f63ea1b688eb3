package ledger

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of the tree: all that appending needs to know.
type edge struct {
	size  Seq
	at    time.Time     // of the last entry
	peaks [62]tlog.Hash // by level: the root of the whole subtree that ends there, where size has that bit
}

// push appends the leaf that stands alone in hashes, and returns it with the
// roots of the subtrees that it completes: exactly tlog.StoredHashes.
func (e *edge) push(hashes []tlog.Hash) []tlog.Hash {
	h, level := hashes[0], 0
	for n := e.size; n&1 != 0; n >>= 1 {
		h = tlog.NodeHash(e.peaks[level], h)
		hashes = append(hashes, h)
		level++
	}
	e.peaks[level] = h
	e.size++
	return hashes
}

// head is the size and root, exactly tlog.TreeHash.
func (e *edge) head() Head {
	if e.size == 0 {
		return Head{Root: emptyRoot}
	}
	level := bits.TrailingZeros64(uint64(e.size))
	root := e.peaks[level]
	for level++; level < bits.Len64(uint64(e.size)); level++ {
		if e.size&(1<<level) != 0 {
			root = tlog.NodeHash(e.peaks[level], root)
		}
	}
	return Head{Size: e.size, Root: root}
}

// emptyRoot is the root of a ledger without entries: the hash of nothing.
var emptyRoot = func() tlog.Hash {
	h, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic("ledger: the empty tree has a hash: " + err.Error())
	}
	return h
}()

// readEdge reads the edge of a store as it is now.
func readEdge(ctx context.Context, s Store) (*edge, error) {
	size, err := s.Size(ctx)
	if err != nil || size == 0 {
		return &edge{}, err
	}
	e := edge{size: size}
	var levels []int
	var indexes []int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size&(1<<level) != 0 {
			levels = append(levels, level)
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(size>>level)-1))
		}
	}
	hashes, err := s.Hashes(ctx, indexes)
	if err != nil {
		return nil, err
	}
	if len(hashes) != len(indexes) {
		return nil, fmt.Errorf("the store gave %d of %d hashes", len(hashes), len(indexes))
	}
	for i, level := range levels {
		e.peaks[level] = hashes[i]
	}
	last, err := readEntry(ctx, s, size)
	e.at = last.At
	return &e, err
}

// reader reads the hashes of a store for tlog.
func reader(ctx context.Context, s Store) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return s.Hashes(ctx, indexes) })
}

// HashPlace says with which entry tlog's stored hash of an index was written,
// and as the how manieth of that entry's hashes.
func HashPlace(index int64) (seq Seq, place int) {
	level, n := tlog.SplitStoredHashIndex(index)
	return Seq((n + 1) << level), level
}
