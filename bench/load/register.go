package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"entente/bench/world"
	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// makeRegister writes a register of n records into an SQLite file, unless it is
// there already.
func makeRegister(ctx context.Context, file string, n int) ([]record.Record, error) {
	records := world.Archive(n, 1)
	if _, err := os.Stat(file); err == nil {
		return records, nil
	}
	store, err := sqlite.Open(ctx, file+".part")
	if err != nil {
		return nil, err
	}
	r, err := shared.Open(ctx, store, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		return nil, err
	}
	settings := world.Settings(world.S)
	err = r.SetSettings(ctx, fmt.Appendf(nil, "title: %s\nowner: %s\nas_of: %s\nstart: %s\nmonths: %d\n", settings.Title, settings.Owner, settings.AsOf, settings.Start, settings.Months))
	if err == nil {
		edits := shared.Between(nil, register.NewTree(settings, records...).Records, false)
		_, err = r.Apply(ctx, "bench", "archive", edits, nil)
	}
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("load: make the register: %w", err)
	}
	return records, os.Rename(file+".part", file)
}
