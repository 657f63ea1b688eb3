// Package sqlite keeps a ledger in one SQLite file.
//
// The file is in WAL mode with synchronous=FULL, so what was answered is on the
// disk. One connection writes; reading has connections of its own and never
// waits for it. Several processes of one machine may open the file. A network
// file system must not hold it: SQLite's WAL needs shared memory.
//
// The tables are as docs/ledger.md says. The application id says that the file
// is ours, the user version which schema it has; a file of a newer schema, or of
// another program, is refused and left as it is.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"entente/ledger"
)

// applicationID is "Entn" in SQLite's header.
const applicationID = 0x456e746e

// schema is every version of the tables, as steps from the one before. A step,
// once released, is never changed.
var schema = []string{
	`CREATE TABLE entries (
		seq      INTEGER PRIMARY KEY,
		kind     TEXT    NOT NULL,
		id       TEXT    NOT NULL,
		replaces INTEGER NOT NULL,
		salt     BLOB    NOT NULL,
		sums     BLOB    NOT NULL,
		hashes   BLOB    NOT NULL,
		bytes    BLOB    CHECK (bytes <> x'')
	) STRICT;
	CREATE INDEX entries_by_key ON entries (id, kind);
	CREATE TABLE batches (
		first INTEGER PRIMARY KEY,
		id    TEXT    NOT NULL,
		actor TEXT    NOT NULL,
		at    INTEGER NOT NULL
	) STRICT;
	CREATE INDEX batches_by_id ON batches (id);
	CREATE TABLE checkpoints (
		size INTEGER PRIMARY KEY,
		note BLOB    NOT NULL,
		sum  INTEGER NOT NULL
	) STRICT;`,
	`CREATE TABLE desk (
		drawer   TEXT    NOT NULL,
		key      TEXT    NOT NULL,
		revision INTEGER NOT NULL,
		body     BLOB    NOT NULL,
		PRIMARY KEY (drawer, key)
	) STRICT;`,
}

// Store implements ledger.Store.
type Store struct {
	path             string
	writer           *sql.DB // one connection
	entries, batches inserter
	reader           *sql.DB
	ask              asking
}

var (
	_ ledger.Store   = (*Store)(nil)
	_ ledger.Checker = (*Store)(nil)
	_ ledger.Indexed = (*Store)(nil)
)

// Open opens the ledger in a file, and makes it when there is no file or an
// empty one.
func Open(ctx context.Context, file string) (*Store, error) {
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", file, err)
	}
	s := &Store{path: file}
	if err := s.open(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("sqlite: open %s: %w", file, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if err := s.inspect(ctx); err != nil {
		return err
	}
	if s.writer, err = sql.Open(driverName, dsn(s.path, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&"+writerCache+"&_txlock=immediate")); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.entries, err = s.prepareInsert(ctx, "entries", "seq, kind, id, replaces, salt, sums, hashes, bytes"); err != nil {
		return err
	}
	if s.batches, err = s.prepareInsert(ctx, "batches", "first, id, actor, at"); err != nil {
		return err
	}
	if s.reader, err = sql.Open(driverName, dsn(s.path, "_pragma=query_only(1)")); err != nil {
		return err
	}
	s.reader.SetMaxOpenConns(readersMax)
	s.reader.SetMaxIdleConns(readersMax)
	return s.prepareAsking(ctx)
}

const readersMax = 8

// writerCache is 64 MB for the pages that writing touches. With SQLite's 2 MB,
// an import in another order than that of the keys waits for the index.
const writerCache = "_pragma=cache_size(-65536)"

// dsn is a data source name whose path may hold any character.
func dsn(file, options string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?_pragma=busy_timeout(5000)&" + options
}

// inspect refuses a file that is not ours before anything is written to it.
func (s *Store) inspect(ctx context.Context) error {
	info, err := os.Stat(s.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := sql.Open(driverName, dsn(s.path, "_pragma=query_only(1)"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = version(ctx, db)
	return err
}

// querier is a *sql.DB or *sql.Tx.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version is the schema of a file that is ours; 0 has none yet.
func version(ctx context.Context, db querier) (int, error) {
	var id, version, tables int
	err := db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case id != applicationID && (id != 0 || version != 0 || tables != 0):
		return 0, errors.New("it is a database of another program; name a file that entente made, or a new one")
	case version > len(schema):
		return 0, fmt.Errorf("its schema is version %d, and this program knows only up to %d; use the newer entente that wrote it", version, len(schema))
	case version < 0 || version == 0 && tables != 0:
		return 0, fmt.Errorf("its schema version %d is not one that entente writes; restore a backup", version)
	}
	return version, nil
}

// migrate brings the schema up to date, in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	if have, err := version(ctx, s.writer); err != nil || have == len(schema) {
		return err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	have, err := version(ctx, tx) // another process may have been faster
	if err != nil {
		return err
	}
	for _, step := range schema[have:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(schema))); err != nil {
		return err
	}
	return tx.Commit()
}

// Close closes the file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Size is the number of entries.
func (s *Store) Size(ctx context.Context) (ledger.Seq, error) {
	var n ledger.Seq
	err := s.ask.size.QueryRowContext(ctx).Scan(&n)
	return n, wrap("size", err)
}

const selectSize = `SELECT coalesce(max(seq), 0) FROM entries`

func size(ctx context.Context, q querier) (n ledger.Seq, err error) {
	err = q.QueryRowContext(ctx, selectSize).Scan(&n)
	return n, err
}

func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case isBusy(err):
		return fmt.Errorf("sqlite: %s: another process holds the file: %w", doing, err)
	case isFull(err):
		return fmt.Errorf("sqlite: %s: %w; free some space and try again", doing, err)
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// PutCheckpoint implements ledger.Store.
func (s *Store) PutCheckpoint(ctx context.Context, c ledger.Kept) error {
	_, err := s.writer.ExecContext(ctx, `INSERT INTO checkpoints (size, note, sum) VALUES (?, ?, ?) ON CONFLICT (size) DO UPDATE SET note = excluded.note, sum = excluded.sum`, int64(c.Size), c.Note, int64(c.Sum))
	return wrap(fmt.Sprintf("keep checkpoint %d", c.Size), err)
}

// Checkpoints implements ledger.Store.
func (s *Store) Checkpoints(ctx context.Context, from, to ledger.Seq) iter.Seq2[ledger.Kept, error] {
	return func(yield func(ledger.Kept, error) bool) {
		for from <= to {
			var c ledger.Kept
			err := s.reader.QueryRowContext(ctx, `SELECT size, note, sum FROM checkpoints WHERE size BETWEEN ? AND ? ORDER BY size DESC LIMIT 1`, int64(from), int64(to)).Scan(&c.Size, &c.Note, &c.Sum)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return
			case err != nil:
				yield(ledger.Kept{}, wrap(fmt.Sprintf("checkpoints up to %d", to), err))
				return
			}
			if !yield(c, nil) {
				return
			}
			to = c.Size - 1
		}
	}
}

// Check implements ledger.Checker: pages, indexes and types, as SQLite sees
// them, and batches that begin at no entry.
func (s *Store) Check(ctx context.Context) ([]ledger.Problem, error) {
	problems, err := s.check(ctx, `PRAGMA integrity_check`, func(rows *sql.Rows) (p ledger.Problem, err error) {
		p.Field = "file"
		return p, rows.Scan(&p.Says)
	})
	problems = slices.DeleteFunc(problems, func(p ledger.Problem) bool { return p.Says == "ok" })
	if err != nil {
		return problems, err
	}
	strays, err := s.check(ctx, `SELECT first FROM batches WHERE first NOT IN (SELECT seq FROM entries) LIMIT 1000`, func(rows *sql.Rows) (p ledger.Problem, err error) {
		p.Field, p.Says = "batch", "a batch begins here, and there is no such entry"
		return p, rows.Scan(&p.Seq)
	})
	return append(problems, strays...), err
}

func (s *Store) check(ctx context.Context, query string, read func(*sql.Rows) (ledger.Problem, error)) ([]ledger.Problem, error) {
	rows, err := s.reader.QueryContext(ctx, query)
	if err != nil {
		return nil, wrap("check the file", err)
	}
	defer rows.Close()
	var problems []ledger.Problem
	for rows.Next() {
		p, err := read(rows)
		if err != nil {
			return problems, wrap("check the file", err)
		}
		problems = append(problems, p)
	}
	return problems, wrap("check the file", rows.Err())
}
