package main

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"entente/ledger/pgtest"
)

// TestConversationsWithPostgres runs the scripts of testdata/postgres against a
// server of the test's own; DB is a register's address.
func TestConversationsWithPostgres(t *testing.T) {
	dsn := pgtest.DSN(t, "conversation")
	cache := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("COLUMNS", "100")
			e.Setenv("DB", dsn)
			return nil
		},
	})
}

func TestNoPasswordIsSaid(t *testing.T) {
	const name = "postgres://kari:secret@db.example.org/entente"
	for _, said := range []string{spoken(name), quoted(name)} {
		if strings.Contains(said, "secret") || !strings.Contains(said, "db.example.org") {
			t.Errorf("said: %s", said)
		}
	}
	if got := spoken("my-register"); got != "my-register" {
		t.Errorf("a folder is said as %s", got)
	}
}
