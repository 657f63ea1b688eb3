package sqlite_test

import (
	"testing"

	"entente/ledger/ledgertest"
)

func TestKill(t *testing.T) { ledgertest.Kill(t, open) }

func TestFull(t *testing.T) {
	folder, free := ledgertest.SmallDisk(t, 8, 2)
	ledgertest.Full(t, open, folder, free)
}
