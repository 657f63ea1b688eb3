package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entente/ledger"
	"entente/ledger/postgres"
	"entente/record"
	"entente/report"
	"entente/shared"
)

func initCommand(c *console) *cobra.Command {
	var db, origin, key, settings string
	cmd := &cobra.Command{
		Use:   "init --db FILE",
		Short: "Begin a register that many people write",
		Long: `Makes a shared register: a ledger that keeps every revision for ever and proves
it. A pair of keys is made with it. The private one signs checkpoints and stays
with whoever keeps the register; the public one is for everybody.`,
		Example: `  entente init --db entente.db
  entente init --db entente.db --origin register.example.org --settings my-register/entente.yaml
  entente init --db postgres://entente@db.example.org/entente --key entente.key`,
		Args: noWords,
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "", dbUsage)
	f.StringVar(&origin, "origin", "", "the `NAME` under which the ledger signs, like a web address (default: the database's name)")
	f.StringVar(&key, "key", "", "write the private key to this `FILE` (default: the database's name with .key)")
	f.StringVar(&settings, "settings", "", "what holds for the whole register: a `FILE` as "+record.SettingsFile)
	cmd.RunE = func(*cobra.Command, []string) error { return runInit(c, db, origin, key, settings) }
	return cmd
}

// noWords refuses words after a command that has flags only.
func noWords(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return trouble{fmt.Sprintf("%q is one word too many", args[0]), "see " + cmd.CommandPath() + " --help"}
	}
	return nil
}

func runInit(c *console, db, origin, key, settings string) error {
	if db == "" {
		return trouble{"no register is named", "write entente init --db entente.db"}
	}
	base := keyBase(db)
	if key == "" {
		key = base + ".key"
	}
	if origin == "" {
		origin = strings.ReplaceAll(filepath.Base(base), " ", "-")
	}
	if err := vacant(c.ctx, db, key); err != nil {
		return err
	}
	private, public, err := ledger.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	var text []byte
	if settings != "" {
		if text, err = os.ReadFile(settings); err != nil {
			return trouble{"the settings cannot be read: " + plain(err), "name a file as " + record.SettingsFile}
		}
	}
	if err := found(c.ctx, db, text); err != nil {
		return err
	}
	if err := writeKeys(key, private, public); err != nil {
		return err
	}
	c.para(spoken(db)+" is a register of its own, with nothing in it yet.", "", report.Strong)
	c.facts([]report.Fact{{Name: "Signs as", Value: origin}, {Name: "Private key", Value: key + " (keep it secret, and a copy elsewhere)"}, {Name: "Public key", Value: public}})
	c.next(step{"entente apply --db " + quoted(db) + " -f DIR", "put a folder of records into it"},
		step{"entente checkpoint --db " + quoted(db), "sign what it holds"})
	return nil
}

// keyBase is the name of the files that lie beside a database.
func keyBase(db string) string {
	if isPostgres(db) {
		name := db[strings.LastIndex(db, "/")+1:]
		name, _, _ = strings.Cut(name, "?")
		return name
	}
	return strings.TrimSuffix(db, filepath.Ext(db))
}

// vacant refuses to begin a register where there is one, or a key.
func vacant(ctx context.Context, db, key string) error {
	for _, name := range []string{key, key + ".pub"} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return trouble{name + " is there already", "a key is never written over; name another with --key"}
		}
	}
	if _, err := os.Stat(db); !isPostgres(db) && err == nil {
		return trouble{db + " is there already", "name a new file; a register is never written over"}
	}
	if !isPostgres(db) {
		return nil
	}
	switch there, err := postgres.There(ctx, db); {
	case err != nil:
		return trouble{"the database cannot be opened: " + err.Error(), "check its address, and that the role may connect and create tables"}
	case there:
		return trouble{"there is a register in this database already", "name an empty database, or another schema by its search_path"}
	}
	return nil
}

// found makes the database, with its settings.
func found(ctx context.Context, db string, settings []byte) error {
	s, err := openStore(ctx, db, true)
	if err != nil {
		return err
	}
	r, err := registerIn(ctx, s)
	if err != nil {
		return err
	}
	defer r.Close()
	return setSettings(ctx, r, settings)
}

func setSettings(ctx context.Context, r *shared.Register, text []byte) error {
	if text == nil {
		return nil
	}
	return r.SetSettings(ctx, text)
}

// writeKeys writes a pair of keys, the private one for its owner alone.
func writeKeys(name, private, public string) error {
	for _, k := range []struct {
		name, text string
		mode       fs.FileMode
	}{{name, private, 0o600}, {name + ".pub", public, 0o644}} {
		f, err := os.OpenFile(k.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, k.mode)
		if err == nil {
			_, err = f.WriteString(k.text + "\n")
			err = errors.Join(err, f.Sync(), f.Close())
		}
		if err != nil {
			return trouble{"the key cannot be written: " + plain(err), "name a new file in a folder that you may write to"}
		}
	}
	return nil
}

// readKey reads a key: a file that holds it, or the line itself.
func readKey(what, given string) (string, error) {
	if strings.Contains(given, "+") && !strings.ContainsAny(given, `/\`) || strings.HasPrefix(given, "PRIVATE+KEY+") {
		if _, err := os.Stat(given); err != nil {
			return strings.TrimSpace(given), nil
		}
	}
	text, err := os.ReadFile(given)
	if err != nil {
		return "", trouble{"the " + what + " cannot be read: " + plain(err), "name the file that holds it"}
	}
	return strings.TrimSpace(string(text)), nil
}
