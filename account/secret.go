package account

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// A secret reads PREFIX_ID_REST: the id finds what is kept of it, and the rest,
// 32 random bytes in base64url, is known to its holder alone.
const (
	tokenPrefix      = "ent"
	invitationPrefix = "inv"
	idBytes          = 6
	restBytes        = 32
	restLength       = 43
)

// mint draws a new secret, and says what to keep of it.
func (b *Book) mint(prefix string) (id, secret string, hash []byte, err error) {
	drawn := make([]byte, idBytes+restBytes)
	if _, err := io.ReadFull(b.random, drawn); err != nil {
		return "", "", nil, fmt.Errorf("account: draw a secret: %w", err)
	}
	id = hex.EncodeToString(drawn[:idBytes])
	secret = prefix + "_" + id + "_" + base64.RawURLEncoding.EncodeToString(drawn[idBytes:])
	return id, secret, hashed(secret), nil
}

// idOf is the id in a secret; ok is false for what is none.
func idOf(prefix, secret string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(secret, prefix+"_")
	id, rest, cut := strings.Cut(rest, "_")
	return id, ok && cut && len(id) == 2*idBytes && len(rest) == restLength
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// fits compares in a time that does not depend on where they differ. No hash at
// all takes as long, and never fits.
func fits(secret string, hash []byte) bool {
	if len(hash) != sha256.Size {
		hash = make([]byte, sha256.Size)
	}
	return subtle.ConstantTimeCompare(hashed(secret), hash) == 1
}
