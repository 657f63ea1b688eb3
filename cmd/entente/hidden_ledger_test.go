package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
	"entente/proposal"
	"entente/record"
	"entente/register"
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

// ofLedgers gives two ledgers to one reader. They differ in what hidden entries
// say, all of it: which records they are of and what these are. How many entries a
// ledger has, and which numbers are whose, is public (docs/access.md); everything
// else that the reader is told is the same.
func ofLedgers(s side, turn uint64, say sayer) {
	s.policies, s.at.Reader.All, s.ledger = nil, false, true
	s.seen = s.visible()
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		panic(err)
	}
	defer os.RemoveAll(s.dir)
	file := filepath.Join(s.dir, "register.db")
	r, public := s.append(file)
	s.proofs(r, public, say)
	s.ofSharedAPI(r, public, turn, say)
	s.ofSharedPages(r, turn, say)
	must(0, r.Close())
	s.ofSharedTools(file, turn, say)
	const each = 4
	for i := range each {
		line := commandsOfTheLedger[(int(turn)*each+i)%len(commandsOfTheLedger)]
		say("entente "+line, s.ran(strings.ReplaceAll(line, "DB", file)))
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// append makes a shared register of the world: each record has an earlier
// revision that is hidden now and then, and on the bare side other things are in
// the place of what the reader may not see. So it is with what is proposed: to
// change something that the reader sees, something that they do not, and both.
func (s side) append(file string) (r *shared.Register, public string) {
	ctx := context.Background()
	r = must(shared.Open(ctx, must(sqlite.Open(ctx, file)), ledgertest.Options(1)))
	must(0, r.SetSettings(ctx, must(json.Marshal(s.settings))))
	dice := rand.New(rand.NewPCG(s.seed, 5))
	n := ledger.Seq(0)
	accept := func(c ledger.Change) ledger.Seq {
		n++
		must(r.Ledger.Append(ctx, "XZZ/registrar", nil, ledger.Batch{ID: fmt.Sprint(n), Changes: []ledger.Change{c}}))
		return n
	}
	put := func(rec record.Record, was ledger.Seq) ledger.Seq { return accept(must(ledger.Put(rec, was))) }
	var hidden, seen record.Record
	for i, rec := range s.records {
		earlier, was := dice.IntN(4) == 0 && !ownersAlone(rec), ledger.Seq(0)
		sees := slices.Contains(s.seen, rec)
		if !sees && s.bare {
			rec = &record.Place{Common: record.Common{Kind: record.KindPlace, ID: fmt.Sprintf("decoy-%03d", i), By: "XZZ", Release: &record.Label{}}, Name: "A decoy"}
		}
		if earlier {
			secret := record.Clone(rec)
			secret.Base().By, secret.Base().Release, secret.Base().Note = "XZZ", &record.Label{}, fmt.Sprint("a secret, bare: ", s.bare)
			was = put(secret, 0)
		}
		was = put(rec, was)
		if dice.IntN(6) == 0 { // taken out for a while
			put(rec, accept(must(ledger.Retire(rec.Key(), was))))
		}
		if sees {
			seen = rec
		} else {
			hidden = rec
		}
	}
	s.propose(r, "open", seen)
	s.propose(r, "closed", hidden)
	s.propose(r, "both", seen, hidden)
	private, public := must2(ledger.GenerateKey(rand.NewChaCha8([32]byte{2}), "register.example.org"))
	must(r.Ledger.Checkpoint(ctx, private))
	return r, public
}

func must2[T, U any](x T, y U, err error) (T, U) {
	if err != nil {
		panic(err)
	}
	return x, y
}

// propose puts a note on records up for review, in the keeper's name.
func (s side) propose(r *shared.Register, id string, rs ...record.Record) {
	if slices.Contains(rs, nil) {
		return // there is nothing hidden, or nothing else
	}
	ctx := context.Background()
	tree, size := must2(r.Tree(ctx, register.Known{}))
	var want []record.Record
	for _, rec := range rs {
		changed := record.Clone(rec)
		changed.Base().Note = "a note on " + id
		want = append(want, changed)
	}
	edits := must(r.Toward(ctx, tree, size, want, false))
	who := proposal.Actor{Person: proposal.Person{Name: "local"}, Principal: access.Principal{Reader: access.Keeper}}
	p := must(proposal.Of(id, "A proposal, "+id, "so that it is there", who.Person, hiddenNow, edits, proposal.TwoPersons))
	must(0, (&proposal.Board{Register: r}).Propose(ctx, who, p))
}

// proofs are of what the reader sees; what no hidden entry may have a part in.
func (s side) proofs(r *shared.Register, public string, say sayer) {
	ctx := context.Background()
	private, _ := must2(ledger.GenerateKey(rand.NewChaCha8([32]byte{2}), "register.example.org"))
	signed := must(r.Ledger.Checkpoint(ctx, private))
	for _, rec := range s.seen {
		say("ledger.Proof", told(must(r.Ledger.Proof(ctx, rec.Key(), signed, public))))
	}
}

// told is a proof without its hashes.
func told(text []byte) string {
	var proof struct {
		Statement, Salt, Checkpoint string
		Path                        []string
	}
	must(0, json.Unmarshal(text, &proof))
	size := strings.Split(proof.Checkpoint, "\n")[1]
	return fmt.Sprintf("%s\nsalt %s, %d hashes, of %s entries", proof.Statement, proof.Salt, len(proof.Path), size)
}
