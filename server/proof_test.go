package server

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"entente/record"
	"entente/register"
)

func TestRecordsOfALedgerLeadToTheirProof(t *testing.T) {
	c := config(t, Still{tree(t)})
	if page := get(t, New(c).Handler(), "NLD", "/records/Pledge/nld-kestrel").Body.String(); strings.Contains(page, `id="proof"`) {
		t.Error("a register without a key leads to proofs")
	}
	c.Proofs = Proofs{"/api/v1/records/", "example+00000000+AAAA"}
	h := New(c).Handler()
	r, _ := tree(t).View(register.At{On: record.MustDay("2025-01-31").Last(), Reader: c.Who(as("NLD"))}).Get(record.Key{Kind: record.KindPledge, ID: "nld-kestrel"})
	sum := sha256.Sum256(record.Canonical(r))
	page := get(t, h, "NLD", "/records/Pledge/nld-kestrel?see-as=NLD").Body.String()
	for _, want := range []string{`data-proof="/api/v1/records/Pledge/nld-kestrel/proof?see-as=NLD"`, `data-key="example&#43;00000000&#43;AAAA"`, `data-sha256="` + hex.EncodeToString(sum[:]) + `"`, "entente verify proof.json --key"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if hidden := get(t, h, "DNK", "/records/Pledge/nld-kestrel"); hidden.Code != 404 || strings.Contains(hidden.Body.String(), hex.EncodeToString(sum[:])) {
		t.Errorf("the hash of a hidden record is told: %d", hidden.Code)
	}
}
