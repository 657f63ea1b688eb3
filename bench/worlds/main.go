// Command worlds writes the records of an invented world into a folder, one
// file a kind, so that entente can be tried and measured on it.
//
//	go run ./bench/worlds -size S -seed 1 -o /tmp/world
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"entente/bench/world"
	"entente/record"
)

func main() {
	size := flag.String("size", "S", "S, M, L, or Q for a quarter of S")
	seed := flag.Uint64("seed", 1, "what the world is drawn from; the same seed gives the same world")
	dir := flag.String("o", "", "folder to write into; it must not hold records yet")
	flag.Parse()
	if err := run(*size, *seed, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "worlds:", err)
		os.Exit(1)
	}
}

func run(name string, seed uint64, dir string) error {
	size, ok := world.Named(name)
	switch {
	case !ok:
		return fmt.Errorf("there is no size %q; write S, M, L or Q", name)
	case dir == "":
		return fmt.Errorf("no folder is given; write -o DIR")
	}
	if _, err := os.Stat(filepath.Join(dir, record.SettingsFile)); err == nil {
		return fmt.Errorf("%s holds a register already; name another folder", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	files := map[string][]byte{record.SettingsFile: settings(world.Settings(size), seed)}
	byKind := map[record.Kind][]record.Record{}
	for _, r := range world.Generate(size, seed) {
		byKind[r.Key().Kind] = append(byKind[r.Key().Kind], r)
	}
	for kind, rs := range byKind {
		files[strings.ToLower(string(kind))+".yaml"] = record.Format(rs...)
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// settings is the file that says what holds for the whole tree.
func settings(s record.Settings, seed uint64) []byte {
	return fmt.Appendf(nil, "title: %s, seed %d\nowner: %s\nas_of: %s\nstart: %s\nmonths: %d\n", s.Title, seed, s.Owner, s.AsOf, s.Start, s.Months)
}
