package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/record"
)

// selectEntry reads entries whole; what comes after it chooses which.
const selectEntry = `SELECT e.seq, coalesce(b.at, 0), coalesce(b.actor, ''), coalesce(b.id, ''), e.kind, e.id, e.replaces, e.salt, e.sums, e.hashes, e.bytes
	FROM entries AS e LEFT JOIN batches AS b ON b.first = (SELECT max(first) FROM batches WHERE first <= e.seq) `

// asking are the statements that are asked all the time.
type asking struct {
	page    *sql.Stmt // entries after a number, up to another, so many
	newest  *sql.Stmt // the newest entry of an id and a kind up to a number
	newests *sql.Stmt // the newest entries of a kind up to a number, of many ids
	firsts  *sql.Stmt // the first entries of many batches
	size    *sql.Stmt // how many entries there are
	item    *sql.Stmt // what lies on the desk, by its drawer and key
	items   *sql.Stmt // and in a drawer after a key, so many
}

// prepareAsking prepares them on the connections that read.
func (s *Store) prepareAsking(ctx context.Context) error {
	for _, p := range []struct {
		statement **sql.Stmt
		query     string
	}{
		{&s.ask.page, selectEntry + `WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?`},
		{&s.ask.newest, `SELECT coalesce((SELECT seq FROM entries WHERE id = ? AND kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1), 0)`},
		{&s.ask.newests, `SELECT ask.key, (SELECT seq FROM entries WHERE id = ask.value AND kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1) FROM json_each(?) AS ask`},
		{&s.ask.size, selectSize},
		{&s.ask.item, `SELECT revision, body FROM desk WHERE drawer = ? AND key = ?`},
		{&s.ask.items, `SELECT key, revision, body FROM desk WHERE drawer = ? AND key > ? ORDER BY key LIMIT ?`},
		{&s.ask.firsts, `SELECT ask.key, (SELECT min(first) FROM batches WHERE id = ask.value) FROM json_each(?) AS ask`},
	} {
		var err error
		if *p.statement, err = s.reader.PrepareContext(ctx, p.query); err != nil {
			return err
		}
	}
	return nil
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
	rows, err := s.ask.page.QueryContext(ctx, int64(after), int64(to), min(int64(to-after), pageRows))
	if err != nil {
		return nil, err
	}
	page, err := read(rows)
	if err != nil {
		err = fmt.Errorf("after entry %d: %w", after, err)
	}
	return page, err
}

// read reads entries until their records fill a page.
func read(rows *sql.Rows) ([]ledger.Entry, error) {
	defer rows.Close()
	var page []ledger.Entry
	for bytes := pageBytes; bytes > 0 && rows.Next(); {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		bytes -= len(e.Bytes)
		page = append(page, e)
	}
	return page, rows.Err()
}

// Standing implements ledger.Indexed: the index of keys says which entries, and
// they are read by the page.
func (s *Store) Standing(ctx context.Context, size ledger.Seq) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		seqs, err := s.standing(ctx, size)
		for len(seqs) > 0 && err == nil {
			var page []ledger.Entry
			page, err = s.entriesAt(ctx, seqs[:min(len(seqs), pageRows)])
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			seqs = seqs[len(page):]
		}
		if err != nil {
			yield(ledger.Entry{}, wrap(fmt.Sprintf("what stands at %d", size), err))
		}
	}
}

func (s *Store) standing(ctx context.Context, size ledger.Seq) ([]ledger.Seq, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT max(seq) FROM entries INDEXED BY entries_by_key WHERE seq <= ? GROUP BY id, kind`, int64(size))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var seqs []ledger.Seq
	for rows.Next() {
		var seq ledger.Seq
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	return seqs, rows.Err()
}

// entriesAt reads the first of the entries that have these numbers, as many as
// fill a page.
func (s *Store) entriesAt(ctx context.Context, seqs []ledger.Seq) ([]ledger.Entry, error) {
	asked, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, selectEntry+`WHERE e.seq IN (SELECT value FROM json_each(?)) ORDER BY e.seq`, string(asked))
	if err != nil {
		return nil, err
	}
	page, err := read(rows)
	if err == nil && len(page) == 0 {
		err = fmt.Errorf("entry %d is missing", seqs[0])
	}
	return page, err
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
	if len(keys) == 1 {
		var seq ledger.Seq
		err := s.ask.newest.QueryRowContext(ctx, keys[0].ID, string(keys[0].Kind), int64(size)).Scan(&seq)
		return []ledger.Seq{seq}, wrap(fmt.Sprintf("newest entry of %s", keys[0]), err)
	}
	ids := map[record.Kind][]string{}
	places := map[record.Kind][]int{}
	for i, k := range keys {
		ids[k.Kind], places[k.Kind] = append(ids[k.Kind], k.ID), append(places[k.Kind], i)
	}
	seqs := make([]ledger.Seq, len(keys))
	for kind, ids := range ids {
		found, err := each(ctx, s.ask.newests, ids, string(kind), int64(size))
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
	seqs, err := each(ctx, s.ask.firsts, ids)
	return seqs, wrap(fmt.Sprintf("first entries of %d batches", len(ids)), err)
}

// each asks one question of many texts in one statement, the texts last. The
// answer to each comes with its place.
func each(ctx context.Context, statement *sql.Stmt, texts []string, args ...any) ([]ledger.Seq, error) {
	asked, err := json.Marshal(texts)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, append(args, string(asked))...)
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
