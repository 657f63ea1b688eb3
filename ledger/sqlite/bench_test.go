package sqlite_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
)

const (
	benchWriters   = 64
	benchBatchRows = 10_000
)

// note makes a record's canonical form as long as they are on average.
var benchNote = fmt.Sprintf("%0400d", 7)

func benchLedger(b *testing.B) *ledger.Ledger {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := ledger.Open(b.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close(); s.Close() })
	return l
}

// changes are new places, checked and ready to be appended.
func changes(b *testing.B, n int) []ledger.Change {
	b.Helper()
	cs := make([]ledger.Change, n)
	for i := range cs {
		cs[i] = ledgertest.Put(b, ledgertest.Place(fmt.Sprintf("place-%08d", i), benchNote), 0)
	}
	return cs
}

// rate is operations a second.
func rate(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

// BenchmarkAppend is 64 writers who append one revision each, as fast as they
// are answered, beside 64 writers whose rows a bare loop inserts, one
// transaction for whatever has come in, into tables of the same form.
func BenchmarkAppend(b *testing.B) {
	l := benchLedger(b)
	cs := changes(b, b.N)
	var next atomic.Int64
	took := writers(b, func() bool {
		i := int(next.Add(1)) - 1
		if i >= len(cs) {
			return false
		}
		_, err := l.Append(context.Background(), "NOR/bench", nil, ledger.Batch{ID: batchID(i), Changes: cs[i : i+1]})
		if err != nil {
			b.Error(err)
		}
		return err == nil
	})
	b.StopTimer()
	entries := stored(b, l)
	bare := bareDB(b)
	bareTook := bareGroups(b, bare, entries)
	b.ReportMetric(rate(b.N, took), "appends/s")
	b.ReportMetric(rate(b.N, bareTook), "bare/s")
	b.ReportMetric(bareTook.Seconds()/took.Seconds(), "ratio")
}

// BenchmarkImport is a bulk import in batches of 10,000 revisions that are
// checked already, beside a bare loop that inserts the same rows in the same
// transactions.
func BenchmarkImport(b *testing.B) {
	l := benchLedger(b)
	cs := changes(b, b.N)
	b.ResetTimer()
	start := time.Now()
	for i := 0; i < len(cs); i += benchBatchRows {
		if _, err := l.Append(context.Background(), "NOR/bench", nil, ledger.Batch{ID: batchID(i), Changes: cs[i:min(i+benchBatchRows, len(cs))]}); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	b.StopTimer()
	entries := stored(b, l)
	bare := bareDB(b)
	start = time.Now()
	for i := 0; i < len(entries); i += benchBatchRows {
		bareInsert(b, bare, entries[i:min(i+benchBatchRows, len(entries))])
	}
	bareTook := time.Since(start)
	b.ReportMetric(rate(b.N, took), "rows/s")
	b.ReportMetric(rate(b.N, bareTook), "bare/s")
	b.ReportMetric(bareTook.Seconds()/took.Seconds(), "ratio")
}

// BenchmarkCheck is what Put costs before: reading a record back from its
// canonical form.
func BenchmarkCheck(b *testing.B) {
	r := ledgertest.Place("place", benchNote)
	for b.Loop() {
		ledgertest.Put(b, r, 0)
	}
}

// BenchmarkVerify is the walk through a ledger of 20,000 entries.
func BenchmarkVerify(b *testing.B) {
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := ledger.Open(b.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const size = 20_000
	if _, err := l.Append(b.Context(), "NOR/bench", nil, ledger.Batch{ID: "all", Changes: changes(b, size)}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, err := ledger.Verify(b.Context(), s, ""); err != nil || len(r.Problems) > 0 {
			b.Fatal(r.Problems, err)
		}
	}
	b.ReportMetric(rate(size*b.N, b.Elapsed()), "entries/s")
}

// batchID is like a UUIDv7: in the order of time, and as long.
func batchID(i int) string { return fmt.Sprintf("%012x-7000-8000-000000000000", i) }

func writers(b *testing.B, turn func() bool) time.Duration {
	b.ResetTimer()
	start := time.Now()
	var wg sync.WaitGroup
	for range benchWriters {
		wg.Go(func() {
			for turn() {
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func stored(b *testing.B, l *ledger.Ledger) []ledger.Entry {
	b.Helper()
	var es []ledger.Entry
	for e, err := range l.Entries(b.Context(), 0, ledger.Seq(b.N)) {
		if err != nil {
			b.Fatal(err)
		}
		es = append(es, e)
	}
	return es
}

// bareDB is an empty database with the tables and indexes of a ledger, and its
// durability.
func bareDB(b *testing.B) *sql.DB {
	b.Helper()
	file := filepath.Join(b.TempDir(), "bare.db")
	s, err := sqlite.Open(b.Context(), file)
	if err != nil {
		b.Fatal(err)
	}
	s.Close()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	return db
}

// bareInsert is the bare loop: one transaction, one prepared statement, one
// execution a row.
func bareInsert(b *testing.B, db *sql.DB, es []ledger.Entry) {
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback()
	stmt, err := tx.Prepare(`INSERT INTO entries (seq, at, actor, batch, kind, id, replaces, salt, sums, hashes, bytes) VALUES (?,?,?,?,?,?,?,?,?,?,?)`)
	if err != nil {
		b.Fatal(err)
	}
	defer stmt.Close()
	for _, e := range es {
		hashes := make([]byte, 0, 64)
		for _, h := range e.Hashes {
			hashes = append(hashes, h[:]...)
		}
		if _, err := stmt.Exec(int64(e.Seq), e.At.UnixMicro(), string(e.Actor), e.Batch, string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, hashes, e.Bytes); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// bareGroups inserts for 64 writers who each wait for their row to be durable.
func bareGroups(b *testing.B, db *sql.DB, es []ledger.Entry) time.Duration {
	type row struct {
		e    ledger.Entry
		done chan struct{}
	}
	queue := make(chan row, benchWriters)
	go func() {
		for first := range queue {
			group := []row{first}
			for more := true; more; {
				select {
				case r, open := <-queue:
					if more = open; open {
						group = append(group, r)
					}
				default:
					more = false
				}
			}
			rows := make([]ledger.Entry, len(group))
			for i, r := range group {
				rows[i] = r.e
			}
			bareInsert(b, db, rows)
			for _, r := range group {
				close(r.done)
			}
		}
	}()
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range benchWriters {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(es) {
					return
				}
				r := row{es[i], make(chan struct{})}
				queue <- r
				<-r.done
			}
		})
	}
	wg.Wait()
	close(queue)
	return time.Since(start)
}
