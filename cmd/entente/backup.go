package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/report"
)

func backupCommand(c *console) *cobra.Command {
	var db, file string
	var dump bool
	cmd := &cobra.Command{
		Use:   "backup --db FILE -o FILE",
		Short: "Copy a shared register while it is in use, and verify the copy",
		Long: `Of an SQLite register: copies the whole file, what lies beside the ledger
included. Of PostgreSQL, or with --dump: writes the ledger as lines of text, which
any entente restores into any database; what lies beside the ledger (people,
proposals, jobs, texts) is then not in it, and pg_dump is its backup.`,
		Example: `  entente backup --db entente.db -o monday.db
  entente backup --db postgres://entente@db.example.org/entente -o monday.dump`,
		Args: noWords,
	}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.Flags().StringVarP(&file, "output", "o", "", "the new `FILE`")
	cmd.Flags().BoolVar(&dump, "dump", false, "write the ledger alone, as lines of text")
	cmd.RunE = func(*cobra.Command, []string) error {
		if file == "" {
			return trouble{"no file is named to copy to", "add -o FILE"}
		}
		s, err := openStore(c.ctx, db, false)
		if err != nil {
			return err
		}
		defer s.Close()
		if lite, ok := s.(*sqlite.Store); ok && !dump {
			found, err := sqlite.Backup(c.ctx, lite, file)
			return c.copied(file, found, err)
		}
		head, err := dumpTo(c.ctx, s, file)
		return c.copied(file, ledger.Report{Head: head}, err)
	}
	return cmd
}

// copied says what became of a copy.
func (c *console) copied(file string, found ledger.Report, err error) error {
	if err != nil {
		return asTrouble(err)
	}
	if len(found.Problems) > 0 {
		return c.verified(file, found, false, false)
	}
	c.para(fmt.Sprintf("%s holds %s, and was verified.", file, report.Count(int(found.Head.Size), "entry", "entries")), "", report.Strong)
	c.facts([]report.Fact{{Name: "Root", Value: found.Head.Root.String()}})
	return nil
}

// dumpTo writes a dump into a new file, whole or not at all.
func dumpTo(ctx context.Context, s ledger.Store, file string) (ledger.Head, error) {
	if _, err := os.Stat(file); err == nil {
		return ledger.Head{}, trouble{file + " is there already", "name a new file"}
	}
	l, err := ledger.Open(ctx, s, ledgerOptions())
	if err != nil {
		return ledger.Head{}, err
	}
	defer l.Close()
	f, err := os.CreateTemp(filepath.Dir(file), ".entente-dump-*")
	if err != nil {
		return ledger.Head{}, trouble{"nothing can be written there: " + plain(err), "name a file in a folder that you may write to"}
	}
	defer os.Remove(f.Name())
	head, err := ledger.Dump(ctx, l, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return head, err
	}
	return head, os.Rename(f.Name(), file)
}

func restoreCommand(c *console) *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "restore --db FILE BACKUP",
		Short: "Make a shared register from a backup, once it is verified",
		Long: `Into a new SQLite file, from a copy or from a dump; into an empty PostgreSQL
database, from a dump. A restore that was cut off goes on where it was. Nothing
that is there is written over.`,
		Example: `  entente restore --db entente.db monday.db
  entente restore --db postgres://entente@db.example.org/entente monday.dump`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return runRestore(c, db, args[0]) }
	return cmd
}

func runRestore(c *console, db, backup string) error {
	if _, err := os.Stat(backup); err != nil {
		return trouble{"the backup cannot be read: " + plain(err), "name a file that entente backup wrote"}
	}
	if isDatabase(backup) {
		if isPostgres(db) {
			return trouble{backup + " is an SQLite register, and PostgreSQL takes dumps", "write a dump of it first: entente backup --db " + quoted(backup) + " --dump -o FILE"}
		}
		found, err := sqlite.Restore(c.ctx, backup, db)
		return c.copied(spoken(db), found, err)
	}
	f, err := os.Open(backup)
	if err != nil {
		return trouble{"the backup cannot be read: " + plain(err), "name a file that entente backup wrote"}
	}
	defer f.Close()
	s, err := openStore(c.ctx, db, true)
	if err != nil {
		return err
	}
	defer s.Close()
	head, err := ledger.Load(c.ctx, s, f)
	return c.copied(spoken(db), ledger.Report{Head: head}, err)
}
