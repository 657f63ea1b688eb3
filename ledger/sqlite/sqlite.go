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
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/record"
)

// applicationID is "Entn" in SQLite's header.
const applicationID = 0x456e746e

// schema is every version of the tables, as steps from the one before. A step,
// once released, is never changed.
var schema = []string{
	`CREATE TABLE entries (
		seq      INTEGER PRIMARY KEY,
		at       INTEGER NOT NULL,
		actor    TEXT    NOT NULL,
		batch    TEXT    NOT NULL,
		kind     TEXT    NOT NULL,
		id       TEXT    NOT NULL,
		replaces INTEGER NOT NULL,
		salt     BLOB    NOT NULL,
		sums     BLOB    NOT NULL,
		hashes   BLOB    NOT NULL,
		bytes    BLOB    CHECK (bytes <> x'')
	) STRICT;
	CREATE INDEX entries_by_key ON entries (id, kind);
	CREATE INDEX entries_by_batch ON entries (batch);
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
	path   string
	writer *sql.DB // one connection
	reader *sql.DB
}

var (
	_ ledger.Store   = (*Store)(nil)
	_ ledger.Checker = (*Store)(nil)
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
	if s.writer, err = sql.Open(driverName, dsn(s.path, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.reader, err = sql.Open(driverName, dsn(s.path, "_pragma=query_only(1)")); err != nil {
		return err
	}
	s.reader.SetMaxOpenConns(readersMax)
	s.reader.SetMaxIdleConns(readersMax)
	return s.reader.PingContext(ctx)
}

const readersMax = 8

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
	n, err := size(ctx, s.reader)
	return n, wrap("size", err)
}

func size(ctx context.Context, q querier) (n ledger.Seq, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM entries`).Scan(&n)
	return n, err
}

func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case isBusy(err):
		return fmt.Errorf("sqlite: %s: another process holds the file: %w", doing, err)
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// Entries are inserted in statements of manyRows rows, then one by one: a
// statement costs more than a row.
const (
	columns   = `seq, at, actor, batch, kind, id, replaces, salt, sums, hashes, bytes`
	columnMax = 11
	manyRows  = 32
)

func insert(rows int) string {
	row := "(?" + strings.Repeat(",?", columnMax-1) + ")"
	return `INSERT INTO entries (` + columns + `) VALUES ` + row + strings.Repeat(","+row, rows-1)
}

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, at ledger.Seq, entries []ledger.Entry) error {
	err := s.append(ctx, at, entries)
	if errors.Is(err, ledger.ErrMoved) {
		return err
	}
	return wrap(fmt.Sprintf("append %d entries at %d", len(entries), at), err)
}

func (s *Store) append(ctx context.Context, at ledger.Seq, entries []ledger.Entry) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	have, err := size(ctx, tx)
	if err != nil {
		return err
	}
	if have != at {
		return ledger.ErrMoved
	}
	for _, rows := range []int{manyRows, 1} {
		if len(entries) < rows {
			continue
		}
		if entries, err = insertAll(ctx, tx, entries, rows); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insertAll inserts as many entries as fill whole statements, and returns the
// rest.
func insertAll(ctx context.Context, tx *sql.Tx, entries []ledger.Entry, rows int) ([]ledger.Entry, error) {
	stmt, err := tx.PrepareContext(ctx, insert(rows))
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	args := make([]any, 0, rows*columnMax)
	for ; len(entries) >= rows; entries = entries[rows:] {
		args = args[:0]
		for _, e := range entries[:rows] {
			args = append(args, int64(e.Seq), e.At.UnixMicro(), string(e.Actor), e.Batch, string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, joined(e.Hashes), nullable(e.Bytes))
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func joined(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, tlog.HashSize*len(hashes))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// Pages of reading: no statement stays open while the consumer thinks, so that
// nobody who reads slowly keeps the log of the file from being folded in.
const (
	pageRows  = 512
	pageBytes = 4 << 20
)

// Entries implements ledger.Store.
func (s *Store) Entries(ctx context.Context, after, to ledger.Seq) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for after < to {
			page, err := s.page(ctx, after, to)
			if err != nil {
				yield(ledger.Entry{}, wrap(fmt.Sprintf("entries after %d", after), err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

func (s *Store) page(ctx context.Context, after, to ledger.Seq) ([]ledger.Entry, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+columns+` FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`, int64(after), int64(to), pageRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []ledger.Entry
	for read := 0; read < pageBytes && rows.Next(); {
		e, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("after entry %d: %w", after, err)
		}
		after, read = e.Seq, read+len(e.Bytes)
		page = append(page, e)
	}
	return page, rows.Err()
}

func scan(rows *sql.Rows) (ledger.Entry, error) {
	var e ledger.Entry
	var at int64
	var hashes sql.RawBytes
	var body []byte
	err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Batch, &e.Key.Kind, &e.Key.ID, &e.Replaces, &e.Salt, &e.Sums, &hashes, &body)
	if err != nil {
		return e, err
	}
	e.At, e.Bytes, e.Hashes = time.UnixMicro(at).UTC(), body, split(hashes)
	return e, nil
}

// split is the inverse of joined. Of bytes that nobody joined it makes nothing,
// and Verify says that the hashes are not there.
func split(b []byte) []tlog.Hash {
	if len(b)%tlog.HashSize != 0 {
		return nil
	}
	hashes := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range hashes {
		hashes[i] = tlog.Hash(b[i*tlog.HashSize:])
	}
	return hashes
}

// Latest implements ledger.Store.
func (s *Store) Latest(ctx context.Context, keys []record.Key, size ledger.Seq) ([]ledger.Seq, error) {
	ids := map[record.Kind][]string{}
	places := map[record.Kind][]int{}
	for i, k := range keys {
		ids[k.Kind], places[k.Kind] = append(ids[k.Kind], k.ID), append(places[k.Kind], i)
	}
	seqs := make([]ledger.Seq, len(keys))
	for kind, ids := range ids {
		found, err := s.each(ctx, `SELECT ask.key, (SELECT max(seq) FROM entries WHERE id = ask.value AND kind = ? AND seq <= ?) FROM json_each(?) AS ask`, ids, string(kind), int64(size))
		if err != nil {
			return nil, wrap(fmt.Sprintf("newest entries of %d records", len(keys)), err)
		}
		for i, seq := range found {
			seqs[places[kind][i]] = seq
		}
	}
	return seqs, nil
}

// Batches implements ledger.Store.
func (s *Store) Batches(ctx context.Context, ids []string) ([]ledger.Seq, error) {
	seqs, err := s.each(ctx, `SELECT ask.key, (SELECT min(seq) FROM entries WHERE batch = ask.value) FROM json_each(?) AS ask`, ids)
	return seqs, wrap(fmt.Sprintf("first entries of %d batches", len(ids)), err)
}

// each asks one question of many texts in one statement, the texts last. The
// answer to each comes with its place.
func (s *Store) each(ctx context.Context, query string, texts []string, args ...any) ([]ledger.Seq, error) {
	asked, err := json.Marshal(texts)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, query, append(args, string(asked))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seqs := make([]ledger.Seq, len(texts))
	for rows.Next() {
		var place int
		var n sql.NullInt64
		if err := rows.Scan(&place, &n); err != nil {
			return nil, err
		}
		seqs[place] = ledger.Seq(n.Int64)
	}
	return seqs, rows.Err()
}

// Hashes implements ledger.Store.
func (s *Store) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	hashes, err := s.hashes(ctx, indexes)
	return hashes, wrap(fmt.Sprintf("read %d hashes", len(indexes)), err)
}

func (s *Store) hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	seqs := make([]ledger.Seq, len(indexes))
	for i, x := range indexes {
		seqs[i], _ = ledger.HashPlace(x)
	}
	text, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT (SELECT hashes FROM entries WHERE seq = ask.value) FROM json_each(?) AS ask ORDER BY ask.key`, string(text))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]tlog.Hash, 0, len(indexes))
	for rows.Next() {
		var raw sql.RawBytes
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		seq, place := ledger.HashPlace(indexes[len(found)])
		if len(raw) < (place+1)*tlog.HashSize {
			return nil, fmt.Errorf("entry %d has no hash %d", seq, place)
		}
		found = append(found, tlog.Hash(raw[place*tlog.HashSize:]))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(found) != len(indexes) {
		return nil, fmt.Errorf("only %d came", len(found))
	}
	return found, nil
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
// them.
func (s *Store) Check(ctx context.Context) ([]ledger.Problem, error) {
	rows, err := s.reader.QueryContext(ctx, `PRAGMA integrity_check`)
	if err != nil {
		return nil, wrap("check the file", err)
	}
	defer rows.Close()
	var problems []ledger.Problem
	for rows.Next() {
		var says string
		if err := rows.Scan(&says); err != nil {
			return problems, wrap("check the file", err)
		}
		if says != "ok" {
			problems = append(problems, ledger.Problem{Field: "file", Says: says})
		}
	}
	return problems, wrap("check the file", rows.Err())
}
