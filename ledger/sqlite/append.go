package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"entente/ledger"
)

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
	if err := insert(ctx, tx, s.entries, entries, entryRow); err != nil {
		return err
	}
	if err := insert(ctx, tx, s.batches, firsts(entries), batchRow); err != nil {
		return err
	}
	return tx.Commit()
}

// entryRow adds the columns of entries.
func entryRow(args []any, e *ledger.Entry) []any {
	return append(args, int64(e.Seq), string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, joined(e.Hashes), nullable(e.Bytes))
}

// batchRow adds the columns of batches, of a batch that begins with e.
func batchRow(args []any, e **ledger.Entry) []any {
	return append(args, int64((*e).Seq), (*e).Batch, string((*e).Actor), (*e).At.UnixMicro())
}

// firsts are the entries that begin a batch. What an entry shares with the one
// before it is not stored again.
func firsts(entries []ledger.Entry) []*ledger.Entry {
	var begin []*ledger.Entry
	for i := range entries {
		e := &entries[i]
		if n := len(begin); n > 0 && e.Batch == begin[n-1].Batch && e.Actor == begin[n-1].Actor && e.At.Equal(begin[n-1].At) {
			continue
		}
		begin = append(begin, e)
	}
	return begin
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

// inserter holds the statements that insert into one table, each so many rows
// at once: a statement costs more than a row.
type inserter []*sql.Stmt

var rowsAtOnce = []int{64, 8, 1}

// prepareInsert prepares them on the connection that writes.
func (s *Store) prepareInsert(ctx context.Context, table, columns string) (inserter, error) {
	row := "(?" + strings.Repeat(",?", strings.Count(columns, ",")) + ")"
	statements := make(inserter, len(rowsAtOnce))
	for i, rows := range rowsAtOnce {
		var err error
		statements[i], err = s.writer.PrepareContext(ctx, `INSERT INTO `+table+` (`+columns+`) VALUES `+row+strings.Repeat(","+row, rows-1))
		if err != nil {
			return nil, err
		}
	}
	return statements, nil
}

// insert inserts every row; add appends the columns of one to the arguments.
func insert[T any](ctx context.Context, tx *sql.Tx, in inserter, rows []T, add func(args []any, row *T) []any) error {
	var args []any
	for i, many := range rowsAtOnce {
		if len(rows) < many {
			continue
		}
		statement := tx.StmtContext(ctx, in[i])
		for ; len(rows) >= many; rows = rows[many:] {
			args = args[:0]
			for j := range rows[:many] {
				args = add(args, &rows[j])
			}
			if _, err := statement.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
	}
	return nil
}
