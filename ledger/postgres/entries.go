package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
	"entente/record"
)

// Size is the number of entries.
func (s *Store) Size(ctx context.Context) (n ledger.Seq, err error) {
	err = s.pool.QueryRow(ctx, sizeQuery).Scan(&n)
	return n, s.wrap("size", err)
}

const sizeQuery = `SELECT coalesce(max(seq), 0) FROM entries`

// columns are those of entries, in the order in which values and scan have
// them.
var columns = []string{"seq", "at", "actor", "batch", "kind", "id", "replaces", "salt", "sums", "hashes", "bytes"}

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, at ledger.Seq, entries []ledger.Entry) error {
	err := s.append(ctx, at, entries)
	e := (*pgconn.PgError)(nil)
	if errors.Is(err, ledger.ErrMoved) || errors.As(err, &e) && e.Code == "23505" { // unique_violation
		return ledger.ErrMoved
	}
	return s.wrap(fmt.Sprintf("append %d entries at %d", len(entries), at), err)
}

// append waits for its turn, which lasts until the end of the transaction. The
// one notification of a commit says only that there is more.
func (s *Store) append(ctx context.Context, at ledger.Seq, entries []ledger.Entry) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // which closes it when a transaction was left open
	var begin pgx.Batch
	begin.Queue(`BEGIN`)
	begin.Queue(`SELECT pg_advisory_xact_lock($1)`, s.table)
	size := ledger.Seq(0)
	begin.Queue(sizeQuery).QueryRow(func(row pgx.Row) error { return row.Scan(&size) })
	if err := conn.SendBatch(ctx, &begin).Close(); err != nil {
		return err
	}
	if size != at {
		_, err := conn.Exec(ctx, `ROLLBACK`)
		return errors.Join(ledger.ErrMoved, err)
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"entries"}, columns, rows(entries)); err != nil {
		return err
	}
	var commit pgx.Batch
	commit.Queue(`SELECT pg_notify($1, '')`, s.channel())
	commit.Queue(`COMMIT`)
	return conn.SendBatch(ctx, &commit).Close()
}

// rows hands entries to COPY.
func rows(entries []ledger.Entry) pgx.CopyFromSource {
	values := make([]any, len(columns))
	return pgx.CopyFromFunc(func() ([]any, error) {
		if len(entries) == 0 {
			return nil, nil
		}
		e := &entries[0]
		entries = entries[1:]
		values = append(values[:0], int64(e.Seq), e.At.UnixMicro(), string(e.Actor), e.Batch, string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, joined(e.Hashes), e.Bytes)
		return values, nil
	})
}

func joined(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, tlog.HashSize*len(hashes))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// Pages of reading: no query stays open while the consumer thinks, so that
// nobody who reads slowly keeps a connection from others.
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
				yield(ledger.Entry{}, s.wrap(fmt.Sprintf("entries after %d", after), err))
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

var selectEntries = `SELECT ` + strings.Join(columns, ", ") + ` FROM entries `

func (s *Store) page(ctx context.Context, after, to ledger.Seq) ([]ledger.Entry, error) {
	return s.read(ctx, selectEntries+`WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`, int64(after), int64(to), pageRows)
}

// read reads entries until they fill a page.
func (s *Store) read(ctx context.Context, query string, args ...any) ([]ledger.Entry, error) {
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []ledger.Entry
	for read := 0; read < pageBytes && rows.Next(); {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		read += len(e.Bytes)
		page = append(page, e)
	}
	rows.Close()
	return page, rows.Err()
}

// Standing implements ledger.Indexed: the index of keys says which entries, and
// they are read by the page.
func (s *Store) Standing(ctx context.Context, size ledger.Seq) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		seqs, err := s.standing(ctx, size)
		for len(seqs) > 0 && err == nil {
			var page []ledger.Entry
			page, err = s.read(ctx, selectEntries+`WHERE seq = ANY($1) ORDER BY seq`, seqs[:min(len(seqs), pageRows)])
			if err == nil && len(page) == 0 {
				err = fmt.Errorf("entry %d is missing", seqs[0])
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			seqs = seqs[len(page):]
		}
		if err != nil {
			yield(ledger.Entry{}, s.wrap(fmt.Sprintf("what stands at %d", size), err))
		}
	}
}

func (s *Store) standing(ctx context.Context, size ledger.Seq) ([]int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT max(seq) AS newest FROM entries WHERE seq <= $1 GROUP BY id, kind ORDER BY newest`, int64(size))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func scan(row pgx.Row) (ledger.Entry, error) {
	var seq, at, replaces int64
	var actor, batch, kind, id string
	var salt, sums, hashes, body []byte
	err := row.Scan(&seq, &at, &actor, &batch, &kind, &id, &replaces, &salt, &sums, &hashes, &body)
	return ledger.Entry{
		Seq: ledger.Seq(seq), At: time.UnixMicro(at).UTC(), Actor: ledger.Actor(actor), Batch: batch,
		Key: record.Key{Kind: record.Kind(kind), ID: id}, Bytes: body, Replaces: ledger.Seq(replaces),
		Salt: salt, Sums: sums, Hashes: split(hashes),
	}, err
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
	kinds, ids := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		kinds[i], ids[i] = text(string(k.Kind)), text(k.ID)
	}
	seqs, err := each[ledger.Seq](ctx, s, `
		SELECT coalesce((SELECT max(seq) FROM entries WHERE id = ask.id AND kind = ask.kind AND seq <= $3), 0)
		FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS ask (id, kind, place) ORDER BY place`, len(keys), ids, kinds, int64(size))
	return seqs, s.wrap(fmt.Sprintf("newest entries of %d records", len(keys)), err)
}

// Batches implements ledger.Store.
func (s *Store) Batches(ctx context.Context, ids []string) ([]ledger.Seq, error) {
	asked := make([]string, len(ids))
	for i, id := range ids {
		asked[i] = text(id)
	}
	seqs, err := each[ledger.Seq](ctx, s, `
		SELECT coalesce((SELECT min(seq) FROM entries WHERE batch = ask.id), 0)
		FROM unnest($1::text[]) WITH ORDINALITY AS ask (id, place) ORDER BY place`, len(ids), asked)
	return seqs, s.wrap(fmt.Sprintf("first entries of %d batches", len(ids)), err)
}

// text is s where PostgreSQL can hold it. What it cannot is in no row, and nor is
// the empty text.
func text(s string) string {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return ""
	}
	return s
}

// each asks one question of n things in one query, which answers in their order.
func each[T any](ctx context.Context, s *Store, query string, n int, args ...any) ([]T, error) {
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	answers, err := pgx.AppendRows(make([]T, 0, n), rows, pgx.RowTo[T])
	if err == nil && len(answers) != n {
		err = fmt.Errorf("%d of %d answers came", len(answers), n)
	}
	return answers, err
}

// Hashes implements ledger.Store.
func (s *Store) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	hashes, err := s.hashes(ctx, indexes)
	return hashes, s.wrap(fmt.Sprintf("read %d hashes", len(indexes)), err)
}

func (s *Store) hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	seqs := make([]int64, len(indexes))
	for i, x := range indexes {
		seq, _ := ledger.HashPlace(x)
		seqs[i] = int64(seq)
	}
	joined, err := each[[]byte](ctx, s, `
		SELECT (SELECT hashes FROM entries WHERE seq = ask.seq)
		FROM unnest($1::bigint[]) WITH ORDINALITY AS ask (seq, place) ORDER BY place`, len(seqs), seqs)
	if err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, b := range joined {
		seq, place := ledger.HashPlace(indexes[i])
		if len(b) < (place+1)*tlog.HashSize {
			return nil, fmt.Errorf("entry %d has no hash %d", seq, place)
		}
		hashes[i] = tlog.Hash(b[place*tlog.HashSize:])
	}
	return hashes, nil
}

// PutCheckpoint implements ledger.Store.
func (s *Store) PutCheckpoint(ctx context.Context, c ledger.Kept) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO checkpoints (size, note, sum) VALUES ($1, $2, $3) ON CONFLICT (size) DO UPDATE SET note = excluded.note, sum = excluded.sum`, int64(c.Size), c.Note, int64(c.Sum))
	return s.wrap(fmt.Sprintf("keep checkpoint %d", c.Size), err)
}

// Checkpoints implements ledger.Store.
func (s *Store) Checkpoints(ctx context.Context, from, to ledger.Seq) iter.Seq2[ledger.Kept, error] {
	return func(yield func(ledger.Kept, error) bool) {
		for from <= to {
			var c ledger.Kept
			err := s.pool.QueryRow(ctx, `SELECT size, note, sum FROM checkpoints WHERE size BETWEEN $1 AND $2 ORDER BY size DESC LIMIT 1`, int64(from), int64(to)).Scan(&c.Size, &c.Note, &c.Sum)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				return
			case err != nil:
				yield(ledger.Kept{}, s.wrap(fmt.Sprintf("checkpoints up to %d", to), err))
				return
			}
			if !yield(c, nil) {
				return
			}
			to = c.Size - 1
		}
	}
}
