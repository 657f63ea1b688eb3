package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"entente/ledger"
	"entente/record"
	"entente/report"
	"entente/shared"
)

// The commands that prove, and those of witnesses.

func checkpointCommand(c *console) *cobra.Command {
	var db, key, file, since string
	cmd := &cobra.Command{
		Use:   "checkpoint --db FILE",
		Short: "Sign what a shared register holds now",
		Long: `Signs the ledger's head, as a C2SP checkpoint, and keeps it. With --since, a proof
that the ledger only adds to an earlier checkpoint is written beside it, for a
witness who saw that one.`,
		Example: `  entente checkpoint --db entente.db -o monday.txt
  entente checkpoint --db entente.db --since monday.txt -o tuesday.txt`,
		Args: noWords,
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "", dbUsage)
	f.StringVar(&key, "key", "", "the `FILE` of the register's private key (default: the database's name with .key)")
	f.StringVarP(&file, "output", "o", "", "write the checkpoint to this `FILE`")
	f.StringVar(&since, "since", "", "an earlier checkpoint, in a `FILE`; the proof goes to the output's name with .proof")
	cmd.RunE = func(*cobra.Command, []string) error { return runCheckpoint(c, db, key, file, since) }
	return cmd
}

func runCheckpoint(c *console, db, key, file, since string) error {
	if since != "" && file == "" {
		return trouble{"--since writes a proof beside the checkpoint, and no file is named", "add -o FILE"}
	}
	r, err := openRegister(c.ctx, db)
	if err != nil {
		return err
	}
	defer r.Close()
	private, err := registerKey(db, key)
	if err != nil {
		return err
	}
	signed, err := r.Ledger.Checkpoint(c.ctx, private)
	if err != nil {
		return err
	}
	if file == "" {
		c.line(strings.TrimRight(string(signed), "\n"))
		return nil
	}
	if since != "" {
		if err := writeConsistency(c.ctx, r, since, file+".proof", publicOf(db, key)); err != nil {
			return err
		}
	}
	if err := replaceFile(file, signed); err != nil {
		return err
	}
	c.para(file+" is signed.", "", report.Strong)
	c.next(step{"entente cosign " + quoted(file) + " --key witness.key --ledger-key register.key.pub", "what a witness does with it"})
	return nil
}

// registerKey is the private key of the register in a database.
func registerKey(db, key string) (string, error) {
	if key == "" {
		key = keyBase(db) + ".key"
	}
	return readKey("private key", key)
}

// publicOf names the public key that lies beside a private one.
func publicOf(db, key string) string {
	if key == "" {
		key = keyBase(db) + ".key"
	}
	return key + ".pub"
}

func writeConsistency(ctx context.Context, r *shared.Register, since, file, publicKey string) error {
	public, err := readKey("public key", publicKey)
	if err != nil {
		return err
	}
	then, err := openCheckpoint(since, public)
	if err != nil {
		return err
	}
	proof, err := r.Ledger.Extends(ctx, then.Head)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	return replaceFile(file, append(text, '\n'))
}

func openCheckpoint(file, public string) (ledger.Checkpoint, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return ledger.Checkpoint{}, trouble{"the checkpoint cannot be read: " + plain(err), "name a file that entente checkpoint wrote"}
	}
	return ledger.OpenCheckpoint(signed, public)
}

func proofCommand(c *console) *cobra.Command {
	var db, key, file string
	cmd := &cobra.Command{
		Use:   "proof --db FILE KIND ID -o FILE",
		Short: "Prove to a stranger what the register says of a record",
		Long: `Signs a checkpoint, and writes a file that shows with it, offline and with the
register's public key alone, that the register said this then. The file discloses
this record whole, and nothing of any other.`,
		Example: `  entente proof --db entente.db pledge nor-nasams-1 -o proof.json
  entente verify proof.json --key entente.key.pub`,
		Args: kindAndID,
	}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.Flags().StringVar(&key, "key", "", "the `FILE` of the register's private key (default: the database's name with .key)")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write the proof to this `FILE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		k, err := keyNamed(args)
		if err != nil {
			return err
		}
		return runProof(c, db, key, file, k)
	}
	return cmd
}

func runProof(c *console, db, key, file string, k record.Key) error {
	r, err := openRegister(c.ctx, db)
	if err != nil {
		return err
	}
	defer r.Close()
	private, err := registerKey(db, key)
	if err != nil {
		return err
	}
	public, err := readKey("public key", publicOf(db, key))
	if err != nil {
		return err
	}
	signed, err := r.Ledger.Checkpoint(c.ctx, private)
	if err != nil {
		return err
	}
	text, err := r.Ledger.Proof(c.ctx, k, signed, public)
	if err != nil {
		return err
	}
	if file == "" {
		c.line(strings.TrimRight(string(text), "\n"))
		return nil
	}
	if err := replaceFile(file, text); err != nil {
		return err
	}
	c.para(fmt.Sprintf("%s proves what the register says of %s.", file, k), "", report.Strong)
	c.facts([]report.Fact{{Name: "Public key", Value: public}})
	c.next(step{"entente verify " + quoted(file) + " --key " + quoted(publicOf(db, key)), "what a stranger does with it"})
	return nil
}

func verifyCommand(c *console) *cobra.Command {
	var db, key, head string
	var witnesses []string
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a whole ledger, or one proof, and say exactly what is wrong",
		Long: `With --db: walks every entry, hash and checkpoint of a ledger and names each that
is not as it was accepted. Only a checkpoint from elsewhere (--seen) can tell that
the newest entries were cut off.

With a FILE: checks a proof, offline, with the register's public key.

Exit code: 0 when all is right, 1 when something is wrong, 2 when it cannot be
checked.`,
		Example: `  entente verify --db entente.db --seen monday.txt
  entente verify proof.json --key entente.key.pub`,
		Args: cobra.MaximumNArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "", dbUsage)
	f.StringVar(&key, "key", "", "the register's public key, or a `FILE` with it (default with --db: the file beside the private key, if it is there)")
	f.StringVar(&head, "seen", "", "a checkpoint seen before, in a `FILE`")
	f.StringArrayVar(&witnesses, "witness-key", nil, "the public key of a `WITNESS` who must have cosigned; may be repeated")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 1 && db != "":
			return trouble{"a proof and a ledger are checked one after the other", "leave out --db or " + args[0]}
		case len(args) == 1:
			return verifyFile(c, args[0], key, witnesses, format.chosen == "json")
		}
		return verifyLedger(c, db, key, head, format.chosen == "json")
	}
	return cmd
}

func verifyFile(c *console, file, key string, witnesses []string, asJSON bool) error {
	if key == "" {
		return trouble{"a proof is checked with the register's public key", "add --key FILE"}
	}
	public, err := readKey("public key", key)
	if err != nil {
		return err
	}
	keys := make([]string, len(witnesses))
	for i, w := range witnesses {
		if keys[i], err = readKey("witness's public key", w); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return trouble{"the proof cannot be read: " + plain(err), "name a file that entente proof wrote"}
	}
	proven, err := ledger.VerifyProof(text, public, keys...)
	if err != nil {
		c.para("This proves nothing: "+strings.TrimPrefix(err.Error(), "ledger: ")+".", "", report.Bad)
		return errFindings
	}
	e := proven.Entry
	if asJSON {
		d := entryDataOf(e)
		d.Content = e.Bytes
		return c.json(d)
	}
	c.para(fmt.Sprintf("Proven: %s said this of %s as its entry %d of %d.", proven.Checkpoint.Origin, e.Key, e.Seq, proven.Checkpoint.Size), "", report.Good)
	c.facts(entryFacts(e))
	for _, w := range proven.Checkpoint.Cosigned {
		c.facts([]report.Fact{{Name: "Witnessed by", Value: w.Witness}, {Name: "On", Value: stampOf(w.At)}})
	}
	c.blank()
	if e.Retired() {
		c.para("It retired the record.", "", report.Plain)
		return nil
	}
	rec, err := e.Record()
	if err != nil {
		return err
	}
	c.line(strings.TrimRight(string(record.Format(rec)), "\n"))
	return nil
}

func verifyLedger(c *console, db, key, seen string, asJSON bool) error {
	s, err := openStore(c.ctx, db, false)
	if err != nil {
		return err
	}
	defer s.Close()
	public := ""
	if key == "" {
		if _, err := os.Stat(publicOf(db, "")); err == nil {
			key = publicOf(db, "")
		}
	}
	if key != "" {
		if public, err = readKey("public key", key); err != nil {
			return err
		}
	}
	var heads []ledger.Head
	if seen != "" {
		if public == "" {
			return trouble{"a checkpoint is read with the register's public key", "add --key FILE"}
		}
		cp, err := openCheckpoint(seen, public)
		if err != nil {
			return err
		}
		heads = append(heads, cp.Head)
	}
	progress := c.working("Verifying " + spoken(db))
	found, err := ledger.Verify(c.ctx, s, public, heads...)
	progress.end()
	if err != nil {
		return err
	}
	return c.verified(db, found, public != "", asJSON)
}

func (c *console) verified(db string, found ledger.Report, signatures, asJSON bool) error {
	var err error
	if len(found.Problems) > 0 {
		err = errFindings
	}
	if asJSON {
		problems := make([]string, len(found.Problems))
		for i, p := range found.Problems {
			problems[i] = p.String()
		}
		return errors.Join(c.json(struct {
			Size        ledger.Seq `json:"size"`
			Root        string     `json:"root"`
			Checkpoints int        `json:"checkpoints"`
			Problems    []string   `json:"problems"`
		}{found.Head.Size, found.Head.Root.String(), found.Checkpoints, problems}), err)
	}
	if err != nil {
		c.para(fmt.Sprintf("%s is not as it was accepted: %s.", spoken(db), report.Count(len(found.Problems), "problem", "problems")), "", report.Bad)
		for _, p := range found.Problems {
			c.para("  "+p.String(), "    ", report.Plain)
		}
		return err
	}
	says := "their signatures were not checked, for want of the public key"
	if signatures {
		says = "their signatures are right"
	}
	c.para(fmt.Sprintf("%s is as it was accepted: %s.", spoken(db), report.Count(int(found.Head.Size), "entry", "entries")), "", report.Good)
	c.facts([]report.Fact{{Name: "Root", Value: found.Head.Root.String()}, {Name: "Checkpoints", Value: fmt.Sprintf("%d kept; %s", found.Checkpoints, says)}})
	return nil
}

func cosignCommand(c *console) *cobra.Command {
	var j cosignJob
	cmd := &cobra.Command{
		Use:   "cosign CHECKPOINT",
		Short: "As a witness, sign a checkpoint after seeing that nothing was rewritten",
		Long: `Adds a witness's cosignature to a checkpoint, once it is sure that it only adds to
the one seen before. What was seen is remembered in a file; without an earlier
one, this is a first look. A ledger that was forked or rewound is refused: keep
both checkpoints, they are the evidence.`,
		Example: `  entente cosign tuesday.txt --key est.key --ledger-key entente.key.pub --seen est.seen --proof tuesday.txt.proof -o tuesday-est.txt`,
		Args:    cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&j.key, "key", "", "the `FILE` of the witness's private key")
	f.StringVar(&j.ledgerKey, "ledger-key", "", "the register's public key, or a `FILE` with it")
	f.StringVar(&j.seen, "seen", "", "the `FILE` in which this witness remembers the checkpoint it saw last")
	f.StringVar(&j.proof, "proof", "", "the `FILE` with the proof that this checkpoint only adds to that one")
	f.StringVarP(&j.file, "output", "o", "", "write the cosigned checkpoint to this `FILE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if j.key == "" || j.ledgerKey == "" || j.seen == "" || j.file == "" {
			return trouble{"a witness needs its key, the register's, a memory and a place to write to", "give --key, --ledger-key, --seen and -o"}
		}
		return j.run(c, args[0])
	}
	return cmd
}

type cosignJob struct{ key, ledgerKey, seen, proof, file string }

func (j cosignJob) run(c *console, name string) error {
	private, err := readKey("witness's private key", j.key)
	if err != nil {
		return err
	}
	public, err := readKey("register's public key", j.ledgerKey)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(name)
	if err != nil {
		return trouble{"the checkpoint cannot be read: " + plain(err), "name a file that entente checkpoint wrote"}
	}
	var prev ledger.Head
	if _, err := os.Stat(j.seen); err == nil {
		cp, err := openCheckpoint(j.seen, public)
		if err != nil {
			return err
		}
		prev = cp.Head
	}
	var proof ledger.Consistency
	if j.proof != "" {
		text, err := os.ReadFile(j.proof)
		if err != nil {
			return trouble{"the proof cannot be read: " + plain(err), "name the file beside the checkpoint"}
		}
		if err := json.Unmarshal(text, &proof); err != nil {
			return trouble{"the proof cannot be read: " + err.Error(), "name the file beside the checkpoint"}
		}
	}
	cosigned, _, err := ledger.Witness(private, c.now, public, prev, signed, proof)
	if err != nil {
		return err
	}
	// What was seen is remembered before anybody is told.
	if err := errors.Join(replaceFile(j.seen, signed), replaceFile(j.file, cosigned)); err != nil {
		return err
	}
	c.para(j.file+" is cosigned.", "", report.Strong)
	c.next(step{"entente witness keep --db FILE " + quoted(j.file) + " --witness-key KEY", "what the keeper of the register does with it"})
	return nil
}

func witnessCommand(c *console) *cobra.Command {
	return group("witness", "Make a witness's keys, and keep what witnesses have cosigned", witnessKeyCommand(c), witnessKeepCommand(c))
}

func witnessKeyCommand(c *console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "key NAME",
		Short:   "Make a pair of keys for a witness",
		Example: "  entente witness key est.example.org -o est.key",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVarP(&file, "output", "o", "witness.key", "write the private key to this `FILE`, the public one beside it")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		private, public, err := ledger.GenerateKey(rand.Reader, args[0])
		if err != nil {
			return err
		}
		if err := writeKeys(file, private, public); err != nil {
			return err
		}
		c.facts([]report.Fact{{Name: "Private key", Value: file + " (keep it secret)"}, {Name: "Public key", Value: public}})
		return nil
	}
	return cmd
}

func witnessKeepCommand(c *console) *cobra.Command {
	var db, key string
	var witnesses []string
	cmd := &cobra.Command{
		Use:     "keep --db FILE CHECKPOINT",
		Short:   "Keep a cosigned checkpoint with the ledger",
		Example: "  entente witness keep --db entente.db tuesday-est.txt --witness-key est.key.pub",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.Flags().StringVar(&key, "key", "", "the register's public key, or a `FILE` with it (default: the file beside the private key)")
	cmd.Flags().StringArrayVar(&witnesses, "witness-key", nil, "the public key of a `WITNESS` who must have cosigned; may be repeated")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if key == "" {
			key = publicOf(db, "")
		}
		public, err := readKey("register's public key", key)
		if err != nil {
			return err
		}
		for i, w := range witnesses {
			if witnesses[i], err = readKey("witness's public key", w); err != nil {
				return err
			}
		}
		signed, err := os.ReadFile(args[0])
		if err != nil {
			return trouble{"the checkpoint cannot be read: " + plain(err), "name a file that entente cosign wrote"}
		}
		r, err := openRegister(c.ctx, db)
		if err != nil {
			return err
		}
		defer r.Close()
		if err := r.Ledger.Keep(c.ctx, signed, public, witnesses...); err != nil {
			return err
		}
		c.para(args[0]+" is kept, with "+report.Count(len(witnesses), "witness's", "witnesses'")+" word.", "", report.Strong)
		return nil
	}
	return cmd
}
