package postgres_test

import (
	"testing"

	"entente/ledger/ledgertest"
	"entente/ledger/pgtest"
)

func TestKill(t *testing.T) {
	t.Setenv(pgtest.Env, pgtest.Shared(t)) // for the process that is killed
	ledgertest.Kill(t, open)
}

// TestOutage kills the server, and starts it again, while 64 writers append.
func TestOutage(t *testing.T) {
	server := pgtest.Start(t, "")
	t.Setenv(pgtest.Env, server.DSN())
	ledgertest.Outage(t, open, func() {
		server.Kill()
		if err := server.Restart(); err != nil {
			t.Error(err)
		}
	})
}

// TestFull fills the disk of the server, by its log or by its tables. When the
// log finds no space the server ends; it is started again when there is some.
func TestFull(t *testing.T) {
	for _, c := range []struct {
		name               string
		megabytes, ballast int
		settings           []string
	}{
		{"Log", 160, 40, nil},
		{"Tables", 100, 24, []string{"max_wal_size=32MB", "min_wal_size=32MB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "Log" && ledgertest.Soak(0, 1) == 0 {
				t.Skip("set ENTENTE_SOAK=1")
			}
			folder, free := ledgertest.SmallDisk(t, c.megabytes, c.ballast)
			server := pgtest.Start(t, folder, c.settings...)
			t.Setenv(pgtest.Env, server.DSN())
			ledgertest.Full(t, open, t.TempDir(), func() {
				free()
				select {
				case <-server.Ended():
					if err := server.Restart(); err != nil {
						t.Error(err)
					}
				default:
				}
			})
		})
	}
}
