package river_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"entente/jobs/jobstest"
	"entente/jobs/river"
	"entente/ledger/pgtest"
	"entente/ledger/postgres"
)

func TestRiver(t *testing.T) {
	jobstest.Run(t, func(t *testing.T) jobstest.Office {
		dsn := pgtest.DSN(t, fmt.Sprintf("jobs_%x", sha256.Sum256([]byte(t.Name())))[:30])
		s, err := postgres.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		p, err := river.Open(t.Context(), dsn, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return jobstest.Office{Desk: s.Desk(), Post: p}
	})
}
