package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"entente/ledger"
	"entente/ledger/postgres"
	"entente/ledger/sqlite"
	"entente/register"
	"entente/shared"
)

// A shared register is named where a folder of records is: by its file, or by
// the address of its PostgreSQL database.

const dbUsage = "the shared register: an SQLite `FILE`, or postgres://user@host/database"

// isDatabase reports whether a word names a shared register rather than a folder.
func isDatabase(name string) bool {
	if isPostgres(name) || strings.EqualFold(filepath.Ext(name), ".db") {
		return true
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	_, err = f.Read(head)
	return err == nil && string(head) == magic
}

func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// openStore opens the database of a name. Where create is false, there has to be
// one.
func openStore(ctx context.Context, name string, create bool) (shared.Store, error) {
	if name == "" {
		return nil, trouble{"no shared register is named", "write --db FILE or --db postgres://…"}
	}
	if isPostgres(name) {
		return openPostgres(ctx, name, create)
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, trouble{"there is no register " + name, "check its name, or make one with entente init --db " + quoted(name)}
	}
	s, err := sqlite.Open(ctx, name)
	if err != nil {
		return nil, trouble{name + " cannot be opened: " + plain(err), "name a register that entente made and that you may write to"}
	}
	return s, nil
}

// openPostgres opens the register in a PostgreSQL database. Its errors leave the
// password out.
func openPostgres(ctx context.Context, name string, create bool) (shared.Store, error) {
	there, err := postgres.There(ctx, name)
	if err == nil && !there && !create {
		return nil, trouble{"there is no register in this database", "check its address and its search_path, or make one with entente init --db"}
	}
	var s *postgres.Store
	if err == nil {
		s, err = postgres.Open(ctx, name)
	}
	if err != nil {
		return nil, trouble{"the database cannot be opened: " + err.Error(), "check its address, and that the role may connect and create tables"}
	}
	return s, nil
}

// openRegister opens a shared register that is there.
func openRegister(ctx context.Context, name string) (*shared.Register, error) {
	s, err := openStore(ctx, name, false)
	if err != nil {
		return nil, err
	}
	return registerIn(ctx, s)
}

func registerIn(ctx context.Context, s shared.Store) (*shared.Register, error) {
	return shared.Open(ctx, s, ledgerOptions())
}

func ledgerOptions() ledger.Options { return ledger.Options{Clock: time.Now, Salts: rand.Reader} }

// newBatchID names a batch; it is ordered by time, which keeps indexes small.
func newBatchID() string { return uuid.Must(uuid.NewV7()).String() }

// parseKnown reads a state of a ledger.
func parseKnown(text string) (register.Known, error) {
	k, err := register.ParseKnown(text)
	if err != nil {
		return k, trouble{err.Error(), register.KnownFix}
	}
	return k, nil
}
