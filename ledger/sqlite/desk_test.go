package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"entente/desk"
	"entente/desk/desktest"
	"entente/ledger/sqlite"
)

func TestDesk(t *testing.T) {
	desktest.Run(t, func(t *testing.T) desk.Store {
		s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "register.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s.Desk()
	})
}
