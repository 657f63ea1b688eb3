package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrNoTile reports a path that names no tile of the ledger as it is.
var ErrNoTile = errors.New("there is no such tile")

// Tiles are 256 hashes wide, and so many levels of the tree high; a level of
// tiles above this holds more than any ledger can.
const (
	tileHeight   = 8
	tileLevelMax = 7
)

// Tile is the tile of a path, by c2sp.org/tlog-tiles: tile/<L>/<N>, or
// tile/<L>/<N>.p/<W> for its first W hashes. Its bytes never change. Tiles hold
// hashes alone, so all of them may be public; bundles of entries are not served,
// since entries may not be. Where there is no such tile, the error is ErrNoTile.
func (l *Ledger) Tile(ctx context.Context, path string) ([]byte, error) {
	t, ok := parseTile(path)
	if !ok {
		return nil, fmt.Errorf("ledger: %s: %w", path, ErrNoTile)
	}
	size, err := l.Size(ctx)
	if err != nil {
		return nil, err
	}
	if there := int64(size) >> (tileHeight * t.L); int64(t.W) > there || t.N > (there-int64(t.W))>>tileHeight {
		return nil, fmt.Errorf("ledger: %s of %d entries: %w", path, size, ErrNoTile)
	}
	data, err := tlog.ReadTileData(t, reader(ctx, l.store))
	if err != nil {
		return nil, fmt.Errorf("ledger: read %s: %w", path, err)
	}
	return data, nil
}

// parseTile reads a path. The module's paths have the height after tile/, where
// tlog-tiles knows no other than 8.
func parseTile(path string) (t tlog.Tile, ok bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return t, false
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", tileHeight, rest))
	return t, err == nil && 0 <= t.L && t.L <= tileLevelMax
}

// TilePath is the path of a tile of height 8 by c2sp.org/tlog-tiles.
func TilePath(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

// TilePaths are those of the tiles that a ledger of size now has, and had not
// when its size was then: what whoever keeps tiles in a folder has to write.
func TilePaths(then, now Seq) []string {
	var paths []string
	for _, t := range tlog.NewTiles(tileHeight, int64(then), int64(now)) {
		paths = append(paths, TilePath(t))
	}
	return paths
}
