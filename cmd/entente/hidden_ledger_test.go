package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
	"entente/record"
	"entente/shared"
)

// commandsOfTheLedger are command lines that look at a shared register with a
// reader's eyes. A new one that takes --reader needs a line here.
var commandsOfTheLedger = []string{
	"show DB", "show --db DB pledge --format json", "show DB --known #40 --format json", "show DB place place-00000", "show DB party RING",
	"check --db DB --level note --format json", "check DB --known #30 --level note",
	"plan DB --prices 0 --format json", "whatif DB --without XAA --format json",
	"get --db DB pledge pledge-00000", "get --db DB place place-00000 --format json", "get --db DB party RING --known #60", "get --db DB place decoy-000",
	"history --db DB pledge pledge-00000", "history --db DB place place-00000 --format json", "history --db DB document paper-1 --format json", "history --db DB party CLUB",
	"log --db DB --last 1000 --format json", "log --db DB --last 7 --format json",
	"diff --db DB --from #20 --to #60 --format json", "diff --db DB --from #50",
}

// TestHiddenSaysNothingInALedger gives two ledgers to one reader. They differ in
// what hidden entries say, all of it: which records they are of and what these
// are. How many entries a ledger has, and which numbers are whose, is public
// (docs/access.md); everything else that the reader is told is the same.
func TestHiddenSaysNothingInALedger(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "entente-test"))
	worlds, asked, well, proofs := worldsAsked()/20, 0, 0, 0
	for seed := range worlds {
		w := drawWorld(seed)
		w.policies, w.at.Reader.Roles, w.at.Reader.All = nil, 0, false
		w.seen = w.visible()
		file := filepath.Join(t.TempDir(), "register.db")
		var lines [][]string
		for i := range 10 {
			line := strings.ReplaceAll(commandsOfTheLedger[(int(seed)*10+i)%len(commandsOfTheLedger)], "DB", file)
			lines = append(lines, append(strings.Fields(line), "--reader", w.at.Reader.String()))
		}
		var told [2][]string
		var shown [2][][]byte
		for side := range 2 {
			shown[side] = w.append(t, file, side == 1)
			told[side] = ran(lines)
			for _, name := range []string{file, file + "-wal", file + "-shm"} {
				if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
		}
		for i := range lines {
			well += answered(told[0][i])
			if asked++; told[0][i] != told[1][i] {
				t.Errorf("seed %d: entente %s\n%s", seed, strings.Join(lines[i], " "), cmp.Diff(told[0][i], told[1][i]))
			}
		}
		for i := range shown[0] {
			if proofs++; !bytes.Equal(shown[0][i], shown[1][i]) {
				t.Errorf("seed %d: a proof tells\n%s", seed, cmp.Diff(string(shown[0][i]), string(shown[1][i])))
			}
		}
	}
	t.Logf("%d worlds, %d command lines, %d of them answered, %d proofs", worlds, asked, well, proofs)
	if well*3 < asked {
		t.Error("too few commands answer to prove anything")
	}
}

// append makes a shared register of the world: each record has an earlier
// revision that is hidden now and then, and other things are in the place of what
// the reader may not see when decoy is asked for. What it returns of every record
// that the reader may see is a proof, without its hashes.
func (w aWorld) append(t *testing.T, file string, decoy bool) (shown [][]byte) {
	t.Helper()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(ctx, s, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	settings, _ := json.Marshal(w.settings)
	if err := r.SetSettings(ctx, settings); err != nil {
		t.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(w.seed, 5))
	n := ledger.Seq(0)
	accept := func(c ledger.Change) ledger.Seq {
		n++
		if _, err := r.Ledger.Append(ctx, "XZZ/registrar", nil, ledger.Batch{ID: fmt.Sprint(n), Changes: []ledger.Change{c}}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	put := func(rec record.Record, was ledger.Seq) ledger.Seq {
		c, err := ledger.Put(rec, was)
		if err != nil {
			t.Fatal(err)
		}
		return accept(c)
	}
	for i, rec := range w.records {
		earlier, was := dice.IntN(4) == 0 && !ownersAlone(rec), ledger.Seq(0)
		if !slices.Contains(w.seen, rec) && decoy {
			rec = &record.Place{Common: record.Common{Kind: record.KindPlace, ID: fmt.Sprintf("decoy-%03d", i), By: "XZZ", Release: &record.Label{}}, Name: "A decoy"}
		}
		if earlier {
			secret := record.Clone(rec)
			secret.Base().By, secret.Base().Release, secret.Base().Note = "XZZ", &record.Label{}, fmt.Sprint("a secret, decoy: ", decoy)
			was = put(secret, 0)
		}
		was = put(rec, was)
		if dice.IntN(6) == 0 { // taken out for a while
			c, err := ledger.Retire(rec.Key(), was)
			if err != nil {
				t.Fatal(err)
			}
			put(rec, accept(c))
		}
	}
	return w.proofs(t, r)
}

// proofs are of what the reader sees; what no hidden entry may have a part in.
func (w aWorld) proofs(t *testing.T, r *shared.Register) (shown [][]byte) {
	t.Helper()
	private, public, err := ledger.GenerateKey(rand.NewChaCha8([32]byte{2}), "register.example.org")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := r.Ledger.Checkpoint(t.Context(), private)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range w.seen {
		text, err := r.Ledger.Proof(t.Context(), rec.Key(), signed, public)
		if err != nil {
			t.Fatal(err)
		}
		var proof struct {
			Statement, Salt, Checkpoint string
			Path                        []string
		}
		if err := json.Unmarshal(text, &proof); err != nil {
			t.Fatal(err)
		}
		size := strings.Split(proof.Checkpoint, "\n")[1]
		shown = append(shown, fmt.Appendf(nil, "%s\nsalt %s, %d hashes, of %s entries", proof.Statement, proof.Salt, len(proof.Path), size))
	}
	return shown
}
