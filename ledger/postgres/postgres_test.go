package postgres_test

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of HandEdits

	"entente/desk"
	"entente/desk/desktest"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/pgtest"
	"entente/ledger/postgres"
)

// open opens the ledger in the schema that stands for a folder.
func open(t testing.TB, folder string) ledger.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn(t, folder))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dsn(t testing.TB, folder string) string {
	t.Helper()
	return pgtest.DSN(t, fmt.Sprintf("t%x", sha256.Sum256([]byte(folder)))[:20])
}

func TestStore(t *testing.T) { ledgertest.Run(t, open) }

func TestHandEdits(t *testing.T) {
	ledgertest.HandEdits(t, open, func(t testing.TB, folder string) *sql.DB {
		db, err := sql.Open("pgx", dsn(t, folder)+"&synchronous_commit=off") // the hand is in a hurry
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}

func TestDesk(t *testing.T) {
	desktest.Run(t, func(t *testing.T) desk.Store {
		s := open(t, t.TempDir())
		t.Cleanup(func() { s.Close() })
		return s.(*postgres.Store).Desk()
	})
}
