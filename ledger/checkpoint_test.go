package ledger_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
)

// TestWitnessKeys: a key whose base64 holds a plus sign, as most do, signs too.
func TestWitnessKeys(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	register, public, err := ledger.GenerateKey(random, "register.example.org")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.Head{Size: 0, Root: tlog.Hash(sha256.Sum256(nil))}.Sign(register)
	if err != nil {
		t.Fatal(err)
	}
	pluses := 0
	for range 40 {
		private, witnessPublic, err := ledger.GenerateKey(random, "est.example.org")
		if err != nil {
			t.Fatal(err)
		}
		pluses += strings.Count(private, "+") - 4
		cosigned, _, err := ledger.Witness(private, time.Unix(1, 0), public, ledger.Head{}, signed, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.OpenCheckpoint(cosigned, public, witnessPublic); err != nil {
			t.Fatal(err)
		}
	}
	if pluses == 0 {
		t.Error("no key had a plus sign, so nothing was tried")
	}
}
