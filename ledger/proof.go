package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"entente/record"
)

// Inclusion proves that an entry is a leaf of a tree.
type Inclusion = tlog.RecordProof

// Includes proves that entry seq is among the first size.
func (l *Ledger) Includes(ctx context.Context, seq, size Seq) (Inclusion, error) {
	if seq < 1 || seq > size {
		return nil, &Refusal{fmt.Sprintf("entry %d is not among the first %d", seq, size), "name an entry and a size that are there"}
	}
	p, err := tlog.ProveRecord(int64(size), int64(seq-1), reader(ctx, l.store))
	if err != nil {
		return nil, fmt.Errorf("ledger: prove entry %d in %d: %w", seq, size, err)
	}
	return p, nil
}

// CheckInclusion checks that e, as its fields and salt say it, is in the tree
// of h. Its stored hashes are not believed.
func CheckInclusion(e Entry, h Head, p Inclusion) error {
	if e.Seq < 1 || e.Seq > h.Size || len(e.Salt) != SaltSize {
		return errors.New("ledger: the proof does not fit the head")
	}
	if err := tlog.CheckRecord(p, int64(h.Size), h.Root, int64(e.Seq-1), e.Leaf()); err != nil {
		return fmt.Errorf("ledger: entry %d is not in the ledger of %d entries whose root is %s: %w", e.Seq, h.Size, h.Root, err)
	}
	return nil
}

// proofForm says what a proof file is, and by which version of docs/ledger.md.
const proofForm = "entente record proof 1"

// proofFile is the form of a proof file. The statement is a string, so that
// every reader of JSON gets the very bytes that were hashed.
type proofFile struct {
	Form       string      `json:"form"`
	Statement  string      `json:"statement"`
	Salt       []byte      `json:"salt"`
	Path       []tlog.Hash `json:"path"`
	Checkpoint string      `json:"checkpoint"`
}

func (f proofFile) bytes() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		panic("ledger: a proof is always JSON: " + err.Error())
	}
	return b.Bytes()
}

// Proof makes the proof file of a record's newest entry under a signed
// checkpoint of this ledger: what a stranger needs, beside the ledger's public
// key, to see offline that the ledger said so then. The file discloses the
// entry whole, and nothing of any other.
func (l *Ledger) Proof(ctx context.Context, k record.Key, signed []byte, ledgerKey string) ([]byte, error) {
	c, err := OpenCheckpoint(signed, ledgerKey)
	if err != nil {
		return nil, err
	}
	e, ok, err := l.Revision(ctx, k, c.Size)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &Refusal{fmt.Sprintf("there is no %s among the first %d entries", k, c.Size), "name a record that is there, or sign a newer checkpoint"}
	}
	p, err := l.Includes(ctx, e.Seq, c.Size)
	if err != nil {
		return nil, err
	}
	if err := CheckInclusion(e, c.Head, p); err != nil {
		return nil, err
	}
	return proofFile{proofForm, string(e.Statement()), e.Salt, append([]tlog.Hash{}, p...), string(signed)}.bytes(), nil
}

// Proven is what a proof file proves: the ledger of that origin said this, as
// its entry of that number, no later than it signed the checkpoint.
type Proven struct {
	Entry      Entry // without sums and hashes
	Checkpoint Checkpoint
}

// VerifyProof checks a proof file with the ledger's public key, and with those
// of the witnesses who must have cosigned it, if any are given. It needs neither
// the ledger nor a network.
// A file with one byte changed is refused, wherever it is, except in signatures
// by keys that were not given.
func VerifyProof(file []byte, ledgerKey string, witnessKeys ...string) (Proven, error) {
	var f proofFile
	if err := json.Unmarshal(file, &f); err != nil {
		return Proven{}, fmt.Errorf("ledger: the proof is not JSON: %w", err)
	}
	if f.Form != proofForm {
		return Proven{}, fmt.Errorf("ledger: the proof is not of the form %q", proofForm)
	}
	if !bytes.Equal(f.bytes(), file) {
		return Proven{}, errors.New("ledger: the proof is not written as proofs are; it was changed after it was made")
	}
	c, err := OpenCheckpoint([]byte(f.Checkpoint), ledgerKey, witnessKeys...)
	if err != nil {
		return Proven{}, err
	}
	e, err := ParseStatement([]byte(f.Statement))
	if err != nil {
		return Proven{}, err
	}
	e.Salt = f.Salt
	if err := CheckInclusion(e, c.Head, f.Path); err != nil {
		return Proven{}, err
	}
	return Proven{e, c}, nil
}

// Checkpoints yields the checkpoints that are kept, of sizes from to to, the
// largest first.
func (l *Ledger) Checkpoints(ctx context.Context, from, to Seq) iter.Seq2[Kept, error] {
	return l.store.Checkpoints(ctx, from, to)
}
