package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"entente/record"
	"entente/screen"
)

// Proofs are given by somebody else, who holds each to the eyes of who asks; the
// zero Proofs are none.
type Proofs struct {
	At        string // where: KIND/ID/proof follows
	PublicKey string // with which they are checked
}

// proofOf is where the proof of a record is, and what it has to say; nil where
// there are none.
func (a *asking) proofOf(r record.Record) *screen.Proof {
	if a.Proofs.PublicKey == "" {
		return nil
	}
	k, sum := r.Key(), sha256.Sum256(record.Canonical(r))
	return &screen.Proof{Href: a.Proofs.At + string(k.Kind) + "/" + url.PathEscape(k.ID) + "/proof", PublicKey: a.Proofs.PublicKey, SHA256: hex.EncodeToString(sum[:])}
}
