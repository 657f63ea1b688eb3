package sqlite_test

import (
	"path/filepath"
	"testing"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
)

// fileName is one that a data source name must not misread.
const fileName = "entente ledger?%20.db"

// open opens the ledger in a folder.
func open(t testing.TB, folder string) ledger.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(folder, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { ledgertest.Run(t, open) }
