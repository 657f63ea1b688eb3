package register

import (
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"sync"
	"sync/atomic"

	"entente/record"
)

// Head is a hash of everything in the view: two views with one head say the same.
// It is the hash of the hashes of its records' canonical texts, by key.
func (v *View) Head() string { return v.head() }

type sum = [sha256.Size]byte

func sumOf(r record.Record) sum { return sha256.Sum256(record.Canonical(r)) }

// sums are the hashes of a tree's records, made when a head is first asked for
// and carried on to the trees that go on from it: a record is hashed once.
type sums struct {
	making sync.Mutex
	made   atomic.Pointer[summed]
}

// summed are records by key, and the hash of each.
type summed struct {
	records []record.Record
	sums    []sum
}

// of are the sums of rs, the records of the tree, made side by side.
func (s *sums) of(rs []record.Record) *summed {
	s.making.Lock()
	defer s.making.Unlock()
	if made := s.made.Load(); made != nil {
		return made
	}
	all := make([]sum, len(rs))
	var g sync.WaitGroup
	share := len(rs)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(rs); from += share {
		g.Go(func() {
			for i := from; i < min(from+share, len(rs)); i++ {
				all[i] = sumOf(rs[i])
			}
		})
	}
	g.Wait()
	made := &summed{rs, all}
	s.made.Store(made)
	return made
}

// carried are the sums of the records of a next tree, as far as they are made.
func (s *sums) carried(next []record.Record) *sums {
	fresh := &sums{}
	if s == nil {
		return fresh
	}
	if made := s.made.Load(); made != nil {
		fresh.made.Store(&summed{next, made.pick(next)})
	}
	return fresh
}

// pick are the sums of records by key: those that are known, and of the others
// new ones.
func (known *summed) pick(rs []record.Record) []sum {
	all, i := make([]sum, len(rs)), 0
	for n, r := range rs {
		for i < len(known.records) && known.records[i] != r && known.records[i].Key().Compare(r.Key()) <= 0 {
			i++
		}
		if i < len(known.records) && known.records[i] == r {
			all[n] = known.sums[i]
		} else {
			all[n] = sumOf(r)
		}
	}
	return all
}

// headOf is the head of records, most of which are records of the tree.
func (t *Tree) headOf(rs []record.Record) string {
	known := t.sums
	if known == nil {
		known = &sums{}
	}
	h := sha256.New()
	for _, one := range known.of(t.Records).pick(rs) {
		h.Write(one[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
