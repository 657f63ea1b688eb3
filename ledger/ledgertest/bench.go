package ledgertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/ledger"
)

const (
	benchWriters   = 64
	benchBatchRows = 10_000
)

// benchNote makes a record's canonical form as long as they are on average.
var benchNote = fmt.Sprintf("%0400d", 7)

// Insert is the bare work beside which a ledger is measured: to store rows, in
// one transaction, in tables of the same form and as durably.
type Insert func(b *testing.B, rows []ledger.Entry)

// BenchAppend is 64 writers who append one revision each, as fast as they are
// answered, beside 64 writers whose rows are inserted bare, one transaction for
// whatever has come in.
func BenchAppend(b *testing.B, s ledger.Store, bare Insert) {
	l := benchLedger(b, s)
	cs := BenchChanges(b, b.N)
	b.ResetTimer()
	took := writers(len(cs), func(i int) {
		if _, err := l.Append(context.Background(), "NOR/bench", nil, ledger.Batch{ID: batchID(i), Changes: cs[i : i+1]}); err != nil {
			b.Error(err)
		}
	})
	b.StopTimer()
	rows := list(b, l.Entries(b.Context(), 0, ledger.Seq(b.N)))
	report(b, "appends/s", took, grouped(rows, func(rows []ledger.Entry) { bare(b, rows) }))
}

// BenchImport is a bulk import in batches of 10,000 revisions that are checked
// already, beside the same rows inserted bare in the same transactions.
func BenchImport(b *testing.B, s ledger.Store, bare Insert) {
	l := benchLedger(b, s)
	cs := BenchChanges(b, b.N)
	b.ResetTimer()
	took := parts(cs, func(i int, part []ledger.Change) {
		if _, err := l.Append(context.Background(), "NOR/bench", nil, ledger.Batch{ID: batchID(i), Changes: part}); err != nil {
			b.Fatal(err)
		}
	})
	b.StopTimer()
	rows := list(b, l.Entries(b.Context(), 0, ledger.Seq(b.N)))
	report(b, "rows/s", took, parts(rows, func(_ int, part []ledger.Entry) { bare(b, part) }))
}

func benchLedger(b *testing.B, s ledger.Store) *ledger.Ledger {
	b.Helper()
	l, err := ledger.Open(b.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	return l
}

// BenchChanges are new places, checked and ready to be appended.
func BenchChanges(b *testing.B, n int) []ledger.Change {
	b.Helper()
	cs := make([]ledger.Change, n)
	for i := range cs {
		cs[i] = Put(b, Place(fmt.Sprintf("place-%08d", i), benchNote), 0)
	}
	return cs
}

// batchID is like a UUIDv7: in the order of time, and as long.
func batchID(i int) string { return fmt.Sprintf("%012x-7000-8000-000000000000", i) }

// report says how many were done in a second, and how much of the speed of the
// bare work that is.
func report(b *testing.B, unit string, took, bare time.Duration) {
	b.ReportMetric(float64(b.N)/took.Seconds(), unit)
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/took.Seconds(), "ratio")
}

// writers has 64 goroutines take n turns between them.
func writers(n int, turn func(i int)) time.Duration {
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range benchWriters {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				turn(i)
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func parts[T any](all []T, turn func(i int, part []T)) time.Duration {
	start := time.Now()
	for i := 0; i < len(all); i += benchBatchRows {
		turn(i, all[i:min(i+benchBatchRows, len(all))])
	}
	return time.Since(start)
}

// grouped stores rows for 64 writers who each wait for theirs.
func grouped(rows []ledger.Entry, insert func([]ledger.Entry)) time.Duration {
	type waiting struct {
		row  ledger.Entry
		done chan struct{}
	}
	queue := make(chan waiting, benchWriters)
	defer close(queue)
	go func() {
		for w := range queue {
			rows, done := []ledger.Entry{w.row}, []chan struct{}{w.done}
			for more := true; more && len(queue) > 0; {
				if w, more = <-queue; more {
					rows, done = append(rows, w.row), append(done, w.done)
				}
			}
			insert(rows)
			for _, d := range done {
				close(d)
			}
		}
	}()
	return writers(len(rows), func(i int) {
		w := waiting{rows[i], make(chan struct{})}
		queue <- w
		<-w.done
	})
}
