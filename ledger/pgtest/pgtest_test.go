package pgtest_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"entente/ledger/pgtest"
)

// TestSchema sees that schemas know nothing of each other, and that one that is
// there stays as it is.
func TestSchema(t *testing.T) {
	ask := func(dsn, query string) (n int, err error) {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		err = conn.QueryRow(t.Context(), query).Scan(&n)
		return n, err
	}
	one := pgtest.DSN(t, "one")
	conn, err := pgx.Connect(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE TABLE x AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	if n, err := ask(pgtest.DSN(t, "one"), "SELECT n FROM x"); n != 7 || err != nil {
		t.Errorf("the schema made before has %d, %v, want 7", n, err)
	}
	if _, err := ask(pgtest.DSN(t, "two"), "SELECT n FROM x"); err == nil {
		t.Error("one schema sees the tables of another")
	}
}

// TestKill sees a server survive its own death, and leave nothing behind.
func TestKill(t *testing.T) {
	parent, err := os.MkdirTemp("", "entente-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	if err := os.Chmod(parent, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Run("Server", func(t *testing.T) {
		s := pgtest.Start(t, parent)
		t.Setenv(pgtest.Env, s.DSN())
		dsn := pgtest.DSN(t, "kept")
		s.Kill()
		if _, err := pgx.Connect(t.Context(), dsn); err == nil {
			t.Error("a server that was killed answers")
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		var schema string
		if err := conn.QueryRow(t.Context(), "SELECT current_schema").Scan(&schema); schema != "kept" {
			t.Errorf("after a new start the schema is %q, %v", schema, err)
		}
	})
	if left, err := os.ReadDir(parent); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
