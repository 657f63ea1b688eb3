package ledgertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
)

func testTiles(t *testing.T, open Open) {
	_, l, _ := start(t, open, t.TempDir(), Options(1))
	Publish(t, l, 600)
	Tiles(t, l, 1, 2, 255, 256, 257, 511, 512, 513, 600)
}

// Publish appends entries, at most a thousand to a batch: revisions of the same
// records, over and over.
func Publish(t testing.TB, l *ledger.Ledger, size ledger.Seq) {
	t.Helper()
	cs := make([]ledger.Change, min(1000, size))
	for i := range cs {
		cs[i] = Put(t, Place(fmt.Sprint("p", i), ""), 0)
	}
	many := ledger.Seq(len(cs))
	for from := ledger.Seq(0); from < size; from += many {
		for i := range cs {
			cs[i] = cs[i].On(max(0, from-many+ledger.Seq(i+1)))
		}
		if _, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(from), Changes: cs}); err != nil {
			t.Fatal(err)
		}
	}
}

// tiles reads hashes from the tiles of a ledger alone.
type tiles struct {
	read func(path string) ([]byte, error)
}

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tiles) ReadTiles(ts []tlog.Tile) (data [][]byte, err error) {
	for _, t := range ts {
		tile, err := r.read(ledger.TilePath(t))
		if err != nil {
			return nil, err
		}
		data = append(data, tile)
	}
	return data, nil
}

// Tiles proves inclusion and consistency at sizes of a ledger, from tiles alone,
// with the reader of the tiles' own module and with another implementation of
// RFC 6962.
func Tiles(t *testing.T, l *ledger.Ledger, sizes ...ledger.Seq) {
	t.Helper()
	ctx := t.Context()
	folder := map[string][]byte{} // as somebody keeps it who looks now and then
	dice := rand.New(rand.NewPCG(1, 6))
	then := ledger.Head{}
	for _, size := range sizes {
		for _, path := range ledger.TilePaths(then.Size, size) {
			tile, err := l.Tile(ctx, path)
			if err != nil {
				t.Fatal(err)
			}
			folder[path] = tile
		}
		now, err := l.HeadAt(ctx, size)
		if err != nil {
			t.Fatal(err)
		}
		hashes := tlog.TileHashReader(tlog.Tree{N: int64(size), Hash: now.Root}, tiles{func(path string) ([]byte, error) {
			if tile := folder[path]; tile != nil {
				return tile, nil
			}
			return nil, fmt.Errorf("nobody wrote %s", path)
		}})
		for range 20 {
			included(t, l, hashes, now, 1+ledger.Seq(dice.IntN(int(size))))
		}
		if then.Size > 0 {
			p, err := tlog.ProveTree(int64(size), int64(then.Size), hashes)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.Follows(then, now, p); err != nil {
				t.Error(err)
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(then.Size), uint64(size), plain(p), then.Root[:], now.Root[:]); err != nil {
				t.Error(err)
			}
		}
		then = now
	}
}

func included(t *testing.T, l *ledger.Ledger, hashes tlog.HashReader, h ledger.Head, seq ledger.Seq) {
	t.Helper()
	p, err := tlog.ProveRecord(int64(h.Size), int64(seq-1), hashes)
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Entry(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.CheckInclusion(e, h, p); err != nil {
		t.Error(err)
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(append(bytes.Clone(e.Salt), e.Statement()...))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(seq-1), uint64(h.Size), leaf, plain(p), h.Root[:]); err != nil {
		t.Error(err)
	}
}

func plain(hashes []tlog.Hash) [][]byte {
	all := make([][]byte, len(hashes))
	for i := range hashes {
		all[i] = hashes[i][:]
	}
	return all
}
