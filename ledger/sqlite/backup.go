package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"entente/ledger"
)

// Backup writes a copy of everything that s holds into a new file, while others
// read and write, and verifies the copy before the file gets its name. The
// report is that of the copy. The file stands alone.
func Backup(ctx context.Context, s *Store, file string) (ledger.Report, error) {
	known, err := ledger.ReadHead(ctx, s)
	if err != nil {
		return ledger.Report{}, err
	}
	report, err := copyTo(ctx, s.path, file, known)
	if err != nil {
		err = fmt.Errorf("sqlite: back up %s: %w", s.path, err)
	}
	return report, err
}

// Restore makes file from a backup, after it has verified what it will hold. It
// refuses to write where there is something already. The backup is only read,
// and may be any file of this package, even one that is in use.
func Restore(ctx context.Context, backup, file string) (ledger.Report, error) {
	report, err := copyTo(ctx, backup, file)
	if err != nil {
		err = fmt.Errorf("sqlite: restore %s: %w", backup, err)
	}
	return report, err
}

// copyTo copies one file into another by way of a temporary one beside it.
func copyTo(ctx context.Context, from, to string, known ...ledger.Head) (ledger.Report, error) {
	if info, err := os.Stat(to); err == nil && (info.IsDir() || info.Size() > 0) {
		return ledger.Report{}, &ledger.Refusal{Says: fmt.Sprintf("there is something at %s already", to), Fix: "name a new file, or move that one away first"}
	}
	if _, err := os.Stat(from); err != nil {
		return ledger.Report{}, err
	}
	if err := (&Store{path: from}).inspect(ctx); err != nil {
		return ledger.Report{}, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(to), ".entente-copy-")
	if err != nil {
		return ledger.Report{}, err
	}
	defer os.RemoveAll(folder)
	copied := filepath.Join(folder, "copy.db")
	if err := execOn(ctx, dsn(from, "mode=ro"), `VACUUM INTO ?`, copied); err != nil {
		return ledger.Report{}, err
	}
	report, err := verifyFile(ctx, copied, known)
	if err != nil {
		return report, err
	}
	if err := errors.Join(execOn(ctx, dsn(copied, ""), `PRAGMA journal_mode = DELETE`), sync(copied)); err != nil {
		return report, err
	}
	if err := os.Rename(copied, to); err != nil {
		return report, err
	}
	return report, sync(filepath.Dir(to))
}

// execOn runs one statement on a connection of its own.
func execOn(ctx context.Context, source, statement string, args ...any) error {
	db, err := sql.Open(driverName, source)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement, args...)
	return errors.Join(err, db.Close())
}

func verifyFile(ctx context.Context, file string, known []ledger.Head) (ledger.Report, error) {
	s, err := Open(ctx, file)
	if err != nil {
		return ledger.Report{}, err
	}
	report, err := ledger.Verify(ctx, s, "", known...)
	if err == nil && len(report.Problems) > 0 {
		err = fmt.Errorf("the copy does not verify, and is not kept: %s (of %d problems); verify what was to be copied", report.Problems[0], len(report.Problems))
	}
	return report, errors.Join(err, s.Close())
}

// sync brings a file, or the names in a folder, to the disk.
func sync(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
