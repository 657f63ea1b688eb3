package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

func benchStore(b *testing.B) ledger.Store {
	b.Helper()
	s := open(b, b.TempDir())
	b.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkAppend(b *testing.B) { ledgertest.BenchAppend(b, benchStore(b), bare(b)) }
func BenchmarkImport(b *testing.B) { ledgertest.BenchImport(b, benchStore(b), bare(b)) }

// bare copies into the tables of an empty ledger: COPY, and nothing else.
func bare(b *testing.B) ledgertest.Insert {
	folder := b.TempDir()
	name := dsn(b, folder)
	if err := open(b, folder).Close(); err != nil {
		b.Fatal(err)
	}
	conn, err := pgx.Connect(b.Context(), name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(b.Context()) })
	columns := []string{"seq", "at", "actor", "batch", "kind", "id", "replaces", "salt", "sums", "hashes", "bytes"}
	return func(b *testing.B, rows []ledger.Entry) {
		_, err := conn.CopyFrom(b.Context(), pgx.Identifier{"entries"}, columns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			e := rows[i]
			hashes := make([]byte, 0, 64)
			for _, h := range e.Hashes {
				hashes = append(hashes, h[:]...)
			}
			return []any{int64(e.Seq), e.At.UnixMicro(), string(e.Actor), e.Batch, string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, hashes, e.Bytes}, nil
		}))
		if err != nil {
			b.Fatal(err)
		}
	}
}
