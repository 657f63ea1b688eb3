package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head names a state of a ledger: how many entries, and the root that commits
// to each of them.
type Head struct {
	Size Seq
	Root tlog.Hash
}

// Checkpoint is a signed head: a C2SP checkpoint (c2sp.org/tlog-checkpoint),
// whose origin is the name of the key that signed it.
type Checkpoint struct {
	Head
	Origin      string
	Note        []byte   // as signed, with every signature
	Cosigned    []Cosign // by the witnesses whose keys were given
	signedText  string
	signedLines []note.Signature
}

// Cosign is one witness's word: it saw this head, and none that contradicts it.
type Cosign struct {
	Witness string
	At      time.Time
}

// GenerateKey makes a key pair of the given name, for a ledger or a witness.
// The private key is a line of text to keep secret; the public one is a line to
// publish (c2sp.org/signed-note).
func GenerateKey(random io.Reader, name string) (private, public string, err error) {
	private, public, err = note.GenerateKey(random, name)
	if err != nil || strings.ContainsAny(name, "+ \t\r\n") || name == "" {
		return "", "", &Refusal{"a key cannot be made for the name " + fmt.Sprintf("%q", name), "write a name without spaces or plus signs, like a web address: register.example.org"}
	}
	return private, public, nil
}

// Sign signs a head.
func (h Head) Sign(privateKey string) ([]byte, error) {
	s, err := note.NewSigner(privateKey)
	if err != nil {
		return nil, &Refusal{"the private key cannot be read", "give the line that GenerateKey made"}
	}
	text := flog.Checkpoint{Origin: s.Name(), Size: uint64(h.Size), Hash: h.Root[:]}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, s)
	if err != nil {
		return nil, fmt.Errorf("ledger: sign: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint checks a checkpoint's signature by the ledger's key, and the
// cosignatures of all the witnesses whose keys are given: each must be there
// and right. Signatures by others are passed over.
func OpenCheckpoint(signed []byte, publicKey string, witnessKeys ...string) (Checkpoint, error) {
	v, err := note.NewVerifier(publicKey)
	if err != nil {
		return Checkpoint{}, &Refusal{"the ledger's public key cannot be read", "give the line that was published"}
	}
	known := make([]note.Verifier, len(witnessKeys))
	for i, k := range witnessKeys {
		if known[i], err = fnote.NewVerifierForCosignatureV1(k); err != nil {
			return Checkpoint{}, &Refusal{fmt.Sprintf("the public key of witness %d cannot be read", i+1), "give the line that was published"}
		}
	}
	cp, rest, n, err := flog.ParseCheckpoint(signed, v.Name(), v, known...)
	switch {
	case err != nil:
		return Checkpoint{}, fmt.Errorf("ledger: the checkpoint is not signed by %s: %w", v.Name(), err)
	case len(rest) > 0 || len(cp.Hash) != tlog.HashSize || cp.Size > 1<<61:
		return Checkpoint{}, errors.New("ledger: the checkpoint says more or less than an origin, a size and a root")
	}
	c := Checkpoint{Origin: cp.Origin, Note: signed, signedText: n.Text, signedLines: append(n.Sigs, n.UnverifiedSigs...)}
	c.Size, c.Root = Seq(cp.Size), tlog.Hash(cp.Hash)
	if string(flog.Checkpoint{Origin: c.Origin, Size: cp.Size, Hash: cp.Hash}.Marshal()) != n.Text {
		return Checkpoint{}, errors.New("ledger: the checkpoint is not written as checkpoints are")
	}
	for _, s := range c.signedLines { // base64 has more than one way to write a byte; we take one
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("ledger: the signature of %s is not written as signatures are", s.Name)
		}
	}
	for _, s := range n.Sigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			continue
		}
		at, err := fnote.CoSigV1Timestamp(s)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("ledger: the cosignature of %s has no time: %w", s.Name, err)
		}
		c.Cosigned = append(c.Cosigned, Cosign{Witness: s.Name, At: at.UTC()})
	}
	if len(c.Cosigned) < len(witnessKeys) {
		return Checkpoint{}, fmt.Errorf("ledger: %d of %d witnesses cosigned the checkpoint", len(c.Cosigned), len(witnessKeys))
	}
	return c, nil
}

// Consistency proves that the tree of one size is the beginning of a later one.
type Consistency = tlog.TreeProof

// Follows checks that the head next only adds to the head prev, by p. A head
// without entries is followed by every head.
func Follows(prev, next Head, p Consistency) error {
	switch {
	case next.Size < prev.Size:
		return &Broken{prev, next, fmt.Sprintf("rewound: it had %d entries and now shows %d", prev.Size, next.Size)}
	case prev.Size == 0 && prev.Root != emptyRoot:
		return &Broken{prev, next, "forked: the root of no entries is not what it was"}
	case prev.Size == 0 && len(p) == 0:
		return nil
	case prev.Size > 0 && tlog.CheckTree(p, int64(next.Size), next.Root, int64(prev.Size), prev.Root) == nil:
		return nil
	}
	return &Broken{prev, next, fmt.Sprintf("forked: its first %d entries are not those of then", prev.Size)}
}

// Broken reports a ledger that does not keep what it once signed.
type Broken struct {
	Then, Now Head
	Says      string
}

// Error is the sentence and the remedy.
func (b *Broken) Error() string {
	return "ledger: " + b.Says + "; keep both checkpoints, they are the evidence"
}

// Witness is what a witness does: it adds its cosignature (c2sp.org/
// tlog-cosignature) to a checkpoint that the ledger's key signed, after it has
// seen that it only adds to the one seen before. The zero prev is a first look.
// The witness must remember the head that Witness returns, before it publishes
// the cosigned note. A ledger that forked or was rewound gives *Broken.
func Witness(privateKey string, now time.Time, ledgerKey string, prev Head, signed []byte, p Consistency) (cosigned []byte, seen Head, err error) {
	c, err := OpenCheckpoint(signed, ledgerKey)
	if err != nil {
		return nil, prev, err
	}
	if prev == (Head{}) {
		prev.Root = emptyRoot
	}
	if err := Follows(prev, c.Head, p); err != nil {
		return nil, prev, err
	}
	s, err := newCosigner(privateKey, now)
	if err != nil {
		return nil, prev, err
	}
	cosigned, err = note.Sign(&note.Note{Text: c.signedText, Sigs: c.signedLines}, s)
	if err != nil {
		return nil, prev, fmt.Errorf("ledger: cosign: %w", err)
	}
	return cosigned, c.Head, nil
}

// cosigner signs as a witness at a given time. (The library's own signer reads
// the clock.)
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
	now  time.Time
}

func newCosigner(privateKey string, now time.Time) (*cosigner, error) {
	refused := &Refusal{"the witness's private key cannot be read", "give the line that GenerateKey made"}
	s, err := note.NewSigner(privateKey) // checks the form and the key's hash
	if err != nil {
		return nil, refused
	}
	parts := strings.SplitN(privateKey, "+", 5) // PRIVATE+KEY+name+hash+key: base64 has pluses of its own
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, refused
	}
	key := ed25519.NewKeyFromSeed(raw[1:])
	// Four is the algorithm "Ed25519 cosignature/v1" of c2sp.org/signed-note.
	id := sha256.Sum256(append([]byte(s.Name()+"\n\x04"), key.Public().(ed25519.PublicKey)...))
	return &cosigner{s.Name(), binary.BigEndian.Uint32(id[:]), key, now}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Sign(text []byte) ([]byte, error) {
	at := uint64(c.now.Unix())
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(c.key, message)...), nil
}

// Checkpoint signs the ledger's head, keeps the checkpoint and returns it.
func (l *Ledger) Checkpoint(ctx context.Context, privateKey string) ([]byte, error) {
	h, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	signed, err := h.Sign(privateKey)
	if err != nil {
		return nil, err
	}
	return signed, l.keep(ctx, h.Size, signed)
}

// Keep keeps a checkpoint of this ledger with more signatures, such as a
// witness's, in the place of the one of that size. It refuses one that is not
// signed by the ledger's key, or not of this ledger.
func (l *Ledger) Keep(ctx context.Context, signed []byte, ledgerKey string, witnessKeys ...string) error {
	c, err := OpenCheckpoint(signed, ledgerKey, witnessKeys...)
	if err != nil {
		return err
	}
	if _, err := l.Extends(ctx, c.Head); err != nil {
		return err
	}
	return l.keep(ctx, c.Size, signed)
}

func (l *Ledger) keep(ctx context.Context, size Seq, signed []byte) error {
	err := l.store.PutCheckpoint(ctx, Kept{Size: size, Note: signed, Sum: crc32.Checksum(signed, castagnoli)})
	if err != nil {
		return fmt.Errorf("ledger: keep the checkpoint of %d entries: %w", size, err)
	}
	return nil
}

// Extends proves that the ledger, as it is now, only adds to an earlier head of
// it. A ledger that forked or was rewound gives *Broken. It checks the proof
// that it gives, so a store that lies is found out.
func (l *Ledger) Extends(ctx context.Context, earlier Head) (Consistency, error) {
	now, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	var p Consistency
	if 0 < earlier.Size && earlier.Size <= now.Size {
		if p, err = tlog.ProveTree(int64(now.Size), int64(earlier.Size), reader(ctx, l.store)); err != nil {
			return nil, fmt.Errorf("ledger: prove %d in %d: %w", earlier.Size, now.Size, err)
		}
	}
	return p, Follows(earlier, now, p)
}
