package sqlite_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

// TestTiles proves from the tiles of 70,000 entries, which are of three levels,
// and asks for many that are there and many that are not.
func TestTiles(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	l, err := ledger.Open(t.Context(), s, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ledgertest.Publish(t, l, 70_000)
	ledgertest.Tiles(t, l, 1000, 65_535, 65_536, 65_537, 70_000)
	for path, hashes := range map[string]int{
		"tile/0/000":                      256,
		"tile/0/000.p/1":                  1,
		"tile/0/272.p/255":                255,
		"tile/0/273.p/112":                112, // 273·256 + 112 = 70,000
		"tile/1/000":                      256,
		"tile/1/001.p/17":                 17,
		"tile/2/000.p/1":                  1,
		"tile/0/273":                      0,
		"tile/0/273.p/113":                0,
		"tile/0/274.p/1":                  0,
		"tile/1/001.p/18":                 0,
		"tile/2/000.p/2":                  0,
		"tile/3/000.p/1":                  0,
		"tile/8/000.p/1":                  0,
		"tile/63/000.p/1":                 0,
		"tile/288230376151711744/000.p/1": 0,
		"tile/0/x999/x999/x999/x999/x999/x999/999":     0,
		"tile/0/x009/x223/x372/x036/x854/x775/807.p/1": 0,
		"tile/0/x000/000":  0,
		"tile/0/0":         0,
		"tile/00/000":      0,
		"tile/0/000.p/0":   0,
		"tile/0/000.p/256": 0,
		"tile/-1/000":      0,
		"tile/data/000":    0,
		"tile/entries/000": 0,
		"tile/8/0/000":     0,
		"tile/0/000/":      0,
		"/tile/0/000":      0,
		"tile/0/../0/000":  0,
		"":                 0,
	} {
		tile, err := l.Tile(t.Context(), path)
		if len(tile) != hashes*tlog.HashSize || (hashes == 0) != errors.Is(err, ledger.ErrNoTile) {
			t.Errorf("%s has %d bytes, %v; want %d hashes", path, len(tile), err, hashes)
		}
	}
}
