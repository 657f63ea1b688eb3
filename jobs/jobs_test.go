package jobs_test

import (
	"path/filepath"
	"testing"

	"entente/desk"
	"entente/jobs/jobstest"
	"entente/ledger/sqlite"
)

func TestMemory(t *testing.T) {
	jobstest.Run(t, func(*testing.T) jobstest.Office { return jobstest.Office{Desk: &desk.Memory{}} })
}

func TestSQLite(t *testing.T) {
	jobstest.Run(t, func(t *testing.T) jobstest.Office {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "register.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return jobstest.Office{Desk: s.Desk()}
	})
}
