package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"entente/ledger"
)

// testOnce retries batches: at once, at the same time, and after a new start.
func testOnce(t *testing.T, open Open) {
	folder := t.TempDir()
	s, l, stop := start(t, open, folder, Options(1))
	ctx := t.Context()
	grow(t, l, 3)
	batch := func(id string, notes ...string) ledger.Batch {
		b := ledger.Batch{ID: id}
		for i, note := range notes {
			b.Changes = append(b.Changes, Put(t, Place(fmt.Sprintf("%s-%d", id, i), note), 0))
		}
		return b
	}
	one := batch("one", "a", "b")
	want, err := l.Append(ctx, "NOR/test", nil, one)
	if err != nil || want.First != 4 || want.Last != 5 {
		t.Fatal(want, err)
	}
	again := func(when string) {
		t.Helper()
		if got, err := l.Append(ctx, "NOR/test", nil, one); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", when, got, err, want)
		}
		stale := ledger.Head{}
		if got, err := l.Append(ctx, "NOR/test", &stale, one); err != nil || got != want {
			t.Errorf("%s, after an old head: %v, %v, want %v", when, got, err, want)
		}
	}
	again("at once")
	grow(t, l, 8)
	again("after others")
	for what, try := range map[string]struct {
		actor ledger.Actor
		batch ledger.Batch
	}{
		"another record": {"NOR/test", batch("one", "a", "c")},
		"fewer records":  {"NOR/test", batch("one", "a")},
		"more records":   {"NOR/test", batch("one", "a", "b", "c")},
		"another actor":  {"SWE/test", one},
		"a retirement":   {"NOR/test", ledger.Batch{ID: "one", Changes: []ledger.Change{retire(t, Place("one-0", ""), 4), one.Changes[1]}}},
	} {
		_, err := l.Append(ctx, try.actor, nil, try.batch)
		if reuse := (*ledger.ReuseError)(nil); !errors.As(err, &reuse) || reuse.First != 4 || reuse.By != "NOR/test" || !reuse.At.Equal(want.At) {
			t.Errorf("the same id with %s: %v", what, err)
		}
	}

	many := batch("many", "a", "b", "c")
	receipts := make([]ledger.Receipt, 16)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			var err error
			if receipts[i], err = l.Append(ctx, "NOR/test", nil, many); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range receipts {
		if r != receipts[0] || r.Last-r.First != 2 {
			t.Errorf("the same batch at the same time: %v and %v", receipts[0], r)
		}
	}
	if n, _ := l.Size(ctx); n != 8+3 {
		t.Errorf("there are %d entries, want 11", n)
	}
	sound(t, s)
	stop()
	s, l, _ = start(t, open, folder, Options(9))
	again("after a new start")
	sound(t, s)
}

// testConflicts lets two people change the same records.
func testConflicts(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	ctx := t.Context()
	a, b := Place("a", ""), Place("b", "")
	number := 0
	try := func(actor ledger.Actor, cs ...ledger.Change) (ledger.Receipt, error) {
		number++
		return l.Append(ctx, actor, nil, ledger.Batch{ID: fmt.Sprint("n", number), Changes: cs})
	}
	must := func(actor ledger.Actor, cs ...ledger.Change) ledger.Receipt {
		t.Helper()
		r, err := try(actor, cs...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	conflict := func(want []ledger.Conflict, actor ledger.Actor, cs ...ledger.Change) {
		t.Helper()
		before, _ := l.Head(ctx)
		_, err := try(actor, cs...)
		e := (*ledger.ConflictError)(nil)
		if !errors.As(err, &e) {
			t.Fatalf("got %v, want a conflict", err)
		}
		if diff := cmp.Diff(want, e.Conflicts); diff != "" {
			t.Error(diff)
		}
		if after, _ := l.Head(ctx); after != before {
			t.Error("a batch in conflict left something behind")
		}
	}
	first := must("NOR/ann", Put(t, a, 0), Put(t, b, 0))
	conflict([]ledger.Conflict{{Key: a.Key(), Have: 1, By: "NOR/ann", At: first.At}}, "SWE/bo", Put(t, a, 0), Put(t, Place("c", ""), 0))
	second := must("SWE/bo", Put(t, Place("a", "two"), 1))
	conflict([]ledger.Conflict{{Key: a.Key(), Want: 1, Have: 3, By: "SWE/bo", At: second.At}}, "NOR/ann", Put(t, b, 2), Put(t, a, 1))
	conflict([]ledger.Conflict{{Key: Place("d", "").Key(), Want: 3}}, "NOR/ann", Put(t, Place("d", ""), 3))
	conflict([]ledger.Conflict{{Key: a.Key(), Want: 2, Have: 3, By: "SWE/bo", At: second.At}}, "NOR/ann", retire(t, a, 2))
	third := must("NOR/ann", retire(t, a, 3))
	conflict([]ledger.Conflict{{Key: a.Key(), Want: 4, Have: 4, By: "NOR/ann", At: third.At, Retired: true}}, "NOR/ann", retire(t, a, 4))
	conflict([]ledger.Conflict{{Key: a.Key(), Have: 4, By: "NOR/ann", At: third.At, Retired: true}}, "NOR/ann", Put(t, a, 0))
	fourth := must("NOR/ann", Put(t, a, 4))
	conflict([]ledger.Conflict{
		{Key: a.Key(), Have: 5, By: "NOR/ann", At: fourth.At},
		{Key: b.Key(), Want: 1, Have: 2, By: "NOR/ann", At: first.At},
	}, "NOR/ann", Put(t, a, 0), Put(t, b, 1))

	for what, b := range map[string]ledger.Batch{
		"no id":        {Changes: []ledger.Change{Put(t, b, 2)}},
		"no change":    {ID: "x"},
		"a zero":       {ID: "x", Changes: make([]ledger.Change, 1)},
		"a record two": {ID: "x", Changes: []ledger.Change{Put(t, b, 2), retire(t, b, 2)}},
		"a long id":    {ID: strings.Repeat("x", 201), Changes: []ledger.Change{Put(t, b, 2)}},
		"two lines":    {ID: "x\ny", Changes: []ledger.Change{Put(t, b, 2)}},
	} {
		if _, err := l.Append(ctx, "NOR/ann", nil, b); !errors.As(err, new(*ledger.Refusal)) {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	history := list(t, l.History(ctx, a.Key(), 100))
	if len(history) != 4 || history[0].Seq != 5 || !history[1].Retired() || history[3].Seq != 1 {
		t.Errorf("the history of a has %d entries", len(history))
	}
	if e, ok, err := l.Revision(ctx, a.Key(), 3); err != nil || !ok || e.Seq != 3 {
		t.Errorf("a at 3 is entry %d, %v, %v", e.Seq, ok, err)
	}
	if _, ok, err := l.Revision(ctx, Place("nobody", "").Key(), 3); ok || err != nil {
		t.Error("there is what nobody put there", err)
	}
	sound(t, s)
}

// testHeads appends only after what the caller has seen.
func testHeads(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	ctx := t.Context()
	for n := range ledger.Seq(20) {
		h, err := l.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		b := ledger.Batch{ID: fmt.Sprint("b", n), Changes: []ledger.Change{Put(t, Place(fmt.Sprint("p", n), ""), 0)}}
		for _, not := range []ledger.Head{{Size: h.Size + 1, Root: h.Root}, {Size: h.Size, Root: flipped(h.Root, int(n))}} {
			_, err := l.Append(ctx, "NOR/test", &not, b)
			if e := (*ledger.HeadError)(nil); !errors.As(err, &e) || e.Have != h {
				t.Fatalf("at %v, expecting %v: %v", h, not, err)
			}
		}
		if _, err := l.Append(ctx, "NOR/test", &h, b); err != nil {
			t.Fatal(err)
		}
	}
	head, _ := l.Head(ctx)
	var wg sync.WaitGroup
	won := make(chan int, 16)
	for i := range 16 { // of many who saw the same head, one is next
		wg.Go(func() {
			_, err := l.Append(ctx, "NOR/test", &head, ledger.Batch{ID: fmt.Sprint("race", i), Changes: []ledger.Change{Put(t, Place(fmt.Sprint("race", i), ""), 0)}})
			if err == nil {
				won <- i
			} else if !errors.As(err, new(*ledger.HeadError)) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d were next after the same head", len(won))
	}
	sound(t, s)
}

// testTime lets the clock go back, and asks what was known when.
func testTime(t *testing.T, open Open) {
	noon := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	times := []time.Time{noon, noon.Add(time.Hour + 1), noon.Add(-time.Hour), noon.Add(2 * time.Hour), noon.Add(2 * time.Hour)}
	at := make(chan time.Time, len(times))
	for _, t := range times {
		at <- t
	}
	o := Options(1)
	o.Clock = func() time.Time { return (<-at).In(time.FixedZone("CET", 3600)) }
	folder := t.TempDir()
	_, l, stop := start(t, open, folder, o)
	ctx := t.Context()
	grow(t, l, 2)
	stop()
	s, l, _ := start(t, open, folder, o)
	grow(t, l, 5)
	for i, e := range list(t, l.Entries(ctx, 0, 5)) {
		want := []time.Duration{0, 1, 1, 2, 2}[i] * time.Hour
		if e.At != noon.Add(want) {
			t.Errorf("entry %d is of %v, want noon and %v", e.Seq, e.At, want)
		}
	}
	for _, c := range []struct {
		after time.Duration
		want  ledger.Seq
	}{{-1, 0}, {0, 1}, {1, 1}, {time.Hour - 1, 1}, {time.Hour, 3}, {2*time.Hour - 1, 3}, {2 * time.Hour, 5}, {1e6 * time.Hour, 5}} {
		if n, err := l.SizeAt(ctx, noon.Add(c.after)); n != c.want || err != nil {
			t.Errorf("%v after noon there were %d entries, %v, want %d", c.after, n, err, c.want)
		}
	}
	sound(t, s)
}

// testConcurrent lets many people count on shared records: every one of them
// reads, adds one, and tries again when somebody was faster.
func testConcurrent(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	count(t, 12, 10, func(int) *ledger.Ledger { return l })
	sound(t, s)
}

// testTwoWriters does the same with two ledgers in one folder, as two processes.
func testTwoWriters(t *testing.T, open Open) {
	folder := t.TempDir()
	s, one, _ := start(t, open, folder, Options(1))
	_, two, _ := start(t, open, folder, Options(2))
	count(t, 8, 10, func(i int) *ledger.Ledger { return []*ledger.Ledger{one, two}[i%2] })
	sound(t, s)
}

// count has writers add turns to three counters, and adds up.
func count(t *testing.T, writers, turns int, at func(writer int) *ledger.Ledger) {
	ctx := t.Context()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for turn := range turns {
				for try := 0; ; try++ {
					err := addOne(ctx, at(w), fmt.Sprintf("w%d-%d-%d", w, turn, try), Place(fmt.Sprint("counter", turn%3), "").Key().ID)
					if err == nil {
						break
					}
					if !errors.As(err, new(*ledger.ConflictError)) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for i := range 3 {
		e, _, err := at(0).Revision(ctx, Place(fmt.Sprint("counter", i), "").Key(), 1<<40)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Record()
		if err != nil {
			t.Fatal(err)
		}
		var n int
		_, err = fmt.Sscan(r.Base().Note, &n)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if size, _ := at(0).Size(ctx); total != writers*turns || size != ledger.Seq(total) {
		t.Errorf("%d additions of one came to %d, in %d entries", writers*turns, total, size)
	}
}

func addOne(ctx context.Context, l *ledger.Ledger, batch, id string) error {
	e, ok, err := l.Revision(ctx, Place(id, "").Key(), 1<<40)
	if err != nil {
		return err
	}
	n := 0
	if ok {
		r, err := e.Record()
		if err != nil {
			return err
		}
		if _, err := fmt.Sscan(r.Base().Note, &n); err != nil {
			return err
		}
	}
	c, err := ledger.Put(Place(id, fmt.Sprint(n+1)), e.Seq)
	if err != nil {
		return err
	}
	_, err = l.Append(ctx, "NOR/test", nil, ledger.Batch{ID: batch, Changes: []ledger.Change{c}})
	return err
}

// testCrash loses commits, answers, and whole processes.
func testCrash(t *testing.T, open Open) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	f := &failing{Store: s}
	l, err := ledger.Open(ctx, f, Options(1))
	if err != nil {
		t.Fatal(err)
	}
	grow(t, l, 5)
	three := ledger.Batch{ID: "three", Changes: []ledger.Change{Put(t, Place("x", ""), 0), Put(t, Place("y", ""), 0), Put(t, Place("z", ""), 0)}}
	lost := errors.New("the disk is full")
	f.before = lost
	if _, err := l.Append(ctx, "NOR/test", nil, three); !errors.Is(err, lost) {
		t.Fatal(err)
	}
	if n, _ := l.Size(ctx); n != 5 {
		t.Fatalf("a failed commit left %d entries", n)
	}
	f.before, f.after = nil, errors.New("the answer was lost")
	if _, err := l.Append(ctx, "NOR/test", nil, three); !errors.Is(err, f.after) {
		t.Fatal(err)
	}
	f.after = nil
	if r, err := l.Append(ctx, "NOR/test", nil, three); err != nil || r.First != 6 || r.Last != 8 {
		t.Fatalf("the retry of a batch that had been stored: %v, %v", r, err)
	}

	// The process ends in the middle of everything.
	var mu sync.Mutex
	acknowledged := map[string]ledger.Receipt{}
	var wg sync.WaitGroup
	enough := make(chan bool)
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("w%d-%d", w, i)
				r, err := l.Append(ctx, "NOR/test", nil, ledger.Batch{ID: id, Changes: []ledger.Change{Put(t, Place(id+"-a", ""), 0), Put(t, Place(id+"-b", ""), 0)}})
				if err != nil {
					return
				}
				mu.Lock()
				acknowledged[id] = r
				if len(acknowledged) == 40 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	go l.Close()
	if err := s.Close(); err != nil { // under the feet of the committer
		t.Error(err)
	}
	l.Close()
	wg.Wait()
	s, l, _ = start(t, open, folder, Options(2))
	sound(t, s)
	for id, r := range acknowledged {
		for seq := r.First; seq <= r.Last; seq++ {
			if e, err := l.Entry(ctx, seq); err != nil || e.Batch != id || !e.At.Equal(r.At) {
				t.Errorf("entry %d of batch %s was acknowledged, and is %s, %v", seq, id, e.Batch, err)
			}
		}
	}
	halves := map[string]int{}
	for _, e := range list(t, s.Entries(ctx, 8, 1<<40)) {
		halves[e.Batch]++
	}
	for id, n := range halves {
		if n != 2 {
			t.Errorf("batch %s has %d of 2 entries", id, n)
		}
	}
	l.Close()
	if _, err := l.Append(ctx, "NOR/test", nil, ledger.Batch{ID: "late", Changes: three.Changes}); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("appending to a closed ledger: %v", err)
	}
}

// testStream follows a ledger by a cursor while others write, and calls the
// ledger in between.
func testStream(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	ctx := t.Context()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				b := ledger.Batch{ID: fmt.Sprintf("w%d-%d", w, i)}
				for j := range 1 + i%5 {
					b.Changes = append(b.Changes, Put(t, Place(fmt.Sprintf("w%d-%d-%d", w, i, j), ""), 0))
				}
				if _, err := l.Append(ctx, "NOR/test", nil, b); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const all = 4 * 50 * 3
	cursor, deadline := ledger.Seq(0), time.After(time.Minute)
	for cursor < all {
		select {
		case <-deadline:
			t.Fatalf("after a minute the cursor is at %d", cursor)
		default:
		}
		size, err := l.Size(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range l.Entries(ctx, cursor, size) {
			if err != nil {
				t.Fatal(err)
			}
			if cursor++; e.Seq != cursor {
				t.Fatalf("entry %d came in the place of %d", e.Seq, cursor)
			}
			if e.Seq%100 == 0 {
				if again, err := l.Entry(ctx, e.Seq); err != nil || again.Batch != e.Batch {
					t.Fatal(again, err)
				}
				break // and go on from the cursor
			}
		}
	}
	wg.Wait()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Append(gone, "NOR/test", nil, ledger.Batch{ID: "gone", Changes: []ledger.Change{Put(t, Place("gone", ""), 0)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("appending with a context that has ended: %v", err)
	}
	sound(t, s)
}

// testWait waits for what another process appends.
func testWait(t *testing.T, open Open) {
	folder := t.TempDir()
	_, here, _ := start(t, open, folder, Options(1))
	_, there, _ := start(t, open, folder, Options(2))
	if n, err := here.Wait(t.Context(), -1); n != 0 || err != nil {
		t.Errorf("waiting for what is there already: %d, %v", n, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if n, err := here.Wait(short, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for what never comes: %d, %v", n, err)
	}
	for size := ledger.Seq(1); size <= 5; size++ {
		heard := make(chan ledger.Seq, 2)
		var wg sync.WaitGroup
		for range cap(heard) {
			wg.Go(func() {
				n, err := here.Wait(t.Context(), size-1)
				if err != nil {
					t.Error(err)
				}
				heard <- n
			})
		}
		grow(t, there, size)
		wg.Wait()
		for range cap(heard) {
			if n := <-heard; n != size {
				t.Errorf("heard of %d entries, and there are %d", n, size)
			}
		}
	}
}
