//go:build unix

package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	mrand "math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
	"entente/record"
	"entente/register"
)

// A million revisions of 150,000 records: each is stated, then revised six times
// over, the last time not all of them.
const (
	revisions  = 1_000_000
	places     = 150_000
	importRows = 10_000 // a batch
)

// BenchmarkLedger measures the ledger in SQLite, beside the bare database: `go
// test ./bench -run ^$ -bench Ledger`.
func BenchmarkLedger(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program sets it
	b.Run("Append", func(b *testing.B) {
		ledgertest.BenchAppend(b, openStore(b, filepath.Join(b.TempDir(), "ledger.db")), bare(b))
	})
	file := filepath.Join(b.TempDir(), "million.db")
	b.Run("Import", func(b *testing.B) { benchImport(b, file) })
	if _, err := os.Stat(file); err != nil {
		return // Import was not asked for
	}
	b.Run("ColdStart", func(b *testing.B) { benchColdStart(b, file) })
	b.Run("AsOf", func(b *testing.B) { benchAsOf(b, file) })
}

func openStore(b *testing.B, file string) ledger.Store {
	b.Helper()
	s, err := sqlite.Open(b.Context(), file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func openLedger(b *testing.B, s ledger.Store) *ledger.Ledger {
	b.Helper()
	l, err := ledger.Open(b.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	return l
}

// benchImport imports a million revisions in batches of 10,000, two on the way
// at a time, into an empty file, and then inserts the same rows bare, one
// prepared statement a row, in transactions of as many.
func benchImport(b *testing.B, file string) {
	cs := ledgertest.BenchChanges(b, places)
	var took, bareTook, cpu, bareCPU time.Duration
	for b.Loop() {
		b.StopTimer()
		if err := os.RemoveAll(file); err != nil {
			b.Fatal(err)
		}
		s, err := sqlite.Open(b.Context(), file)
		if err != nil {
			b.Fatal(err)
		}
		l, err := ledger.Open(b.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		busy := processor()
		took += importAll(b, l, cs)
		cpu += processor() - busy
		b.StopTimer()
		insert := bare(b)
		var rows []ledger.Entry
		for e, err := range l.Entries(b.Context(), 0, revisions) {
			if err != nil {
				b.Fatal(err)
			}
			if rows = append(rows, e); len(rows) == importRows {
				start, busy := time.Now(), processor()
				insert(b, rows)
				bareTook, bareCPU = bareTook+time.Since(start), bareCPU+processor()-busy
				rows = rows[:0]
			}
		}
		l.Close()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	n := float64(revisions * b.N)
	b.ReportMetric(n/took.Seconds(), "rows/s")
	b.ReportMetric(n/bareTook.Seconds(), "bare/s")
	b.ReportMetric(bareTook.Seconds()/took.Seconds(), "ratio")
	b.ReportMetric(cpu.Seconds()*1e6/n, "cpu-µs/row") // of both cores, which others do not slow down
	b.ReportMetric(bareCPU.Seconds()*1e6/n, "bare-cpu-µs/row")
}

// processor is the time that this process has computed.
func processor() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic("bench: the process knows its own time: " + err.Error())
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// importAll appends rounds of revisions of the same records, each on the one
// before.
func importAll(b *testing.B, l *ledger.Ledger, cs []ledger.Change) time.Duration {
	start := time.Now()
	newest := make([]ledger.Seq, len(cs))
	for left := revisions; left > 0; left -= len(cs) {
		var g errgroup.Group
		g.SetLimit(2)
		for from := 0; from < min(left, len(cs)); from += importRows {
			batch := ledger.Batch{ID: fmt.Sprintf("%012x-7000-8000-000000000000", revisions-left+from), Changes: make([]ledger.Change, importRows)}
			for i := range batch.Changes {
				batch.Changes[i] = cs[from+i].On(newest[from+i])
			}
			g.Go(func() error {
				r, err := l.Append(context.Background(), "NOR/bench", nil, batch)
				for i := range batch.Changes {
					newest[from+i] = r.First + ledger.Seq(i)
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// bare inserts rows into an empty file with the tables, indexes and durability
// of a ledger: one transaction a call, one execution of a statement a row.
func bare(b *testing.B) ledgertest.Insert {
	file := filepath.Join(b.TempDir(), "bare.db")
	openStore(b, file).Close()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	return func(b *testing.B, rows []ledger.Entry) {
		if err := bareInsert(db, rows); err != nil {
			b.Fatal(err)
		}
	}
}

func bareInsert(db *sql.DB, rows []ledger.Entry) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	entry, err := tx.Prepare(`INSERT INTO entries (seq, kind, id, replaces, salt, sums, hashes, bytes) VALUES (?,?,?,?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer entry.Close()
	batch, err := tx.Prepare(`INSERT INTO batches (first, id, actor, at) VALUES (?,?,?,?)`)
	if err != nil {
		return err
	}
	defer batch.Close()
	before := ""
	for _, e := range rows {
		hashes := make([]byte, 0, 64)
		for _, h := range e.Hashes {
			hashes = append(hashes, h[:]...)
		}
		if _, err := entry.Exec(int64(e.Seq), string(e.Key.Kind), e.Key.ID, int64(e.Replaces), e.Salt, e.Sums, hashes, e.Bytes); err != nil {
			return err
		}
		if e.Batch != before {
			if _, err := batch.Exec(int64(e.Seq), e.Batch, string(e.Actor), e.At.UnixMicro()); err != nil {
				return err
			}
		}
		before = e.Batch
	}
	return tx.Commit()
}

// benchColdStart starts a process that opens the ledger of a million revisions,
// reads the register from it and answers a question of it.
func benchColdStart(b *testing.B, file string) {
	var took, cpu time.Duration
	for b.Loop() {
		begin := time.Now()
		cmd := exec.Command(os.Args[0], "-test.run=^TestLedgerColdStart$", "-test.v")
		cmd.Env = append(os.Environ(), "ENTENTE_BENCH_LEDGER="+file, "GOGC=400") // as the program sets it
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		took, cpu = took+time.Since(begin), cpu+cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
		b.Logf("%s", out)
	}
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/first-answer")
	b.ReportMetric(took.Seconds()/float64(b.N), "s/first-answer")
}

// TestLedgerColdStart is the process that BenchmarkLedger measures.
func TestLedgerColdStart(t *testing.T) {
	file := os.Getenv("ENTENTE_BENCH_LEDGER")
	if file == "" {
		t.Skip("run by BenchmarkLedger")
	}
	start := time.Now()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tree, err := register.FromLedger(t.Context(), l, register.Known{}, record.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	read := time.Since(start)
	v := tree.View(register.At{Reader: access.Keeper})
	if n := len(v.Places()); n != places {
		t.Fatalf("%d places", n)
	}
	t.Logf("%d records: read %v, view %v", v.Len(), read, time.Since(start)-read)
}

// benchAsOf reads records as they were at random sizes, while 64 writers append
// 10,000 revisions every second.
func benchAsOf(b *testing.B, file string) {
	l := openLedger(b, openStore(b, file))
	ctx, stop := context.WithCancel(b.Context())
	start := time.Now()
	written := revise(ctx, b, l)
	dice := mrand.New(mrand.NewPCG(1, 1))
	var took []time.Duration
	for b.Loop() {
		for range 5_000 {
			k := record.Key{Kind: record.KindPlace, ID: fmt.Sprintf("place-%08d", dice.IntN(places))}
			size := places + ledger.Seq(dice.IntN(revisions-places))
			begin := time.Now()
			e, ok, err := l.Revision(ctx, k, size)
			if err != nil || !ok || e.Key != k {
				b.Fatal(k, size, e.Seq, ok, err)
			}
			took = append(took, time.Since(begin))
			time.Sleep(time.Millisecond)
		}
	}
	lasted := time.Since(start)
	stop()
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(float64(written())/lasted.Seconds(), "writes/s")
	b.Logf("%d reads; the slowest took %.1f ms", len(took), at(1))
}

// revise has 64 writers revise records of their own until ctx ends, 10,000 times
// a second together. It returns how often they did, when all have ended.
func revise(ctx context.Context, b *testing.B, l *ledger.Ledger) (written func() int64) {
	const perSecond, writers, own = 10_000, 64, 32
	cs := ledgertest.BenchChanges(b, writers*own)
	keys := make([]record.Key, len(cs))
	for i, c := range cs {
		keys[i] = c.Key()
	}
	newest, err := l.Newest(ctx, keys, 1<<60)
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for w := range writers {
		wg.Go(func() {
			for turn := 0; ctx.Err() == nil; turn++ {
				time.Sleep(time.Until(start.Add(time.Duration(turn) * time.Second * writers / perSecond)))
				i := w*own + turn%own
				r, err := l.Append(context.Background(), "NOR/bench", nil, ledger.Batch{ID: fmt.Sprintf("%x-%d-%d", start.UnixMicro(), w, turn), Changes: []ledger.Change{cs[i].On(newest[i])}})
				if err != nil {
					b.Error(err)
					return
				}
				newest[i] = r.Last
				n.Add(1)
			}
		})
	}
	return func() int64 { wg.Wait(); return n.Load() }
}
