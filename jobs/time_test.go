package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"entente/desk"
	"entente/jobs"
)

// These run on a clock that only moves while everybody waits, with the times
// that are meant for real use.

// hours is a desk, a queue on it, and workers that go home when stop is called.
type hours struct {
	*testing.T
	desk  desk.Store
	queue *jobs.Queue
}

func open(t *testing.T, d desk.Store, o jobs.Options) hours {
	t.Helper()
	o.Clock = time.Now
	q, err := jobs.Open(d, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return hours{t, d, q}
}

func (h hours) work(name string, do jobs.Handler) (stop func()) {
	h.Helper()
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan error)
	go func() {
		ended <- h.queue.Work(ctx, jobs.Worker{Name: name, Duties: []jobs.Duty{{Kind: "work", Do: do}}})
	}()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			h.Error(err)
		}
	}
}

func (h hours) submit(key string) jobs.ID {
	h.Helper()
	id, err := h.queue.Submit(h.Context(), jobs.Job{Kind: "work", Key: key})
	if err != nil {
		h.Fatal(err)
	}
	return id
}

func (h hours) ended(id jobs.ID, want jobs.State) jobs.Status {
	h.Helper()
	ctx, stop := context.WithTimeout(h.Context(), 24*time.Hour)
	defer stop()
	s, err := h.queue.Wait(ctx, id)
	if err != nil || s.State != want {
		h.Fatalf("it is %s: %s, %v; want %s", s.State, s.Says, err, want)
	}
	return s
}

func TestLongJobsKeepTheirLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, &desk.Memory{}, jobs.Options{})
		do := func(ctx context.Context, _ *jobs.Task) (jobs.Outcome, error) {
			time.Sleep(3 * time.Hour)
			return jobs.Outcome{}, ctx.Err()
		}
		defer h.work("a", do)()
		defer h.work("b", do)()
		if s := h.ended(h.submit("long"), jobs.Done); s.Turns != 1 {
			t.Errorf("it was taken %d times", s.Turns)
		}
	})
}

func TestAttemptsComeLaterEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, &desk.Memory{}, jobs.Options{AttemptsMax: 5})
		var began []time.Duration
		start := time.Now()
		defer h.work("a", func(context.Context, *jobs.Task) (jobs.Outcome, error) {
			began = append(began, time.Since(start).Round(time.Second))
			return jobs.Outcome{}, errors.New("no luck")
		})()
		h.ended(h.submit("x"), jobs.Failed)
		if want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}; !slices.Equal(began, want) {
			t.Errorf("tried at %v; want %v", began, want)
		}
	})
}

// broken is a desk that cannot be reached for a while.
type broken struct {
	desk.Store
	off atomic.Bool
}

var errBroken = errors.New("no route to host")

func (b *broken) Get(ctx context.Context, d desk.Drawer, key string) (desk.Item, error) {
	if b.off.Load() {
		return desk.Item{}, errBroken
	}
	return b.Store.Get(ctx, d, key)
}

func (b *broken) List(ctx context.Context, d desk.Drawer, after string, most int) ([]desk.Item, error) {
	if b.off.Load() {
		return nil, errBroken
	}
	return b.Store.List(ctx, d, after, most)
}

func (b *broken) Put(ctx context.Context, changes ...desk.Change) error {
	if b.off.Load() {
		return errBroken
	}
	return b.Store.Put(ctx, changes...)
}

func TestOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		off   time.Duration
		turns int
	}{
		{"shorter than a lease", 10 * time.Second, 1},
		{"longer than a lease", 40 * time.Second, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := &broken{Store: &desk.Memory{}}
				h := open(t, line, jobs.Options{})
				var stopped error
				defer h.work("a", func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
					select {
					case <-ctx.Done():
						stopped = context.Cause(ctx)
						return jobs.Outcome{}, ctx.Err()
					case <-time.After(30 * time.Second):
						return jobs.Outcome{Result: []byte("found")}, nil
					}
				})()
				id := h.submit("x")
				time.Sleep(2 * time.Second)
				line.off.Store(true)
				time.Sleep(c.off)
				line.off.Store(false)
				if s := h.ended(id, jobs.Done); s.Turns != c.turns || (stopped != nil) != (c.turns > 1) {
					t.Errorf("it took %d turns, and was stopped because %v", s.Turns, stopped)
				}
			})
		})
	}
}

func TestTheDeadAreReplacedAfterOneLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &broken{Store: &desk.Memory{}}
		dead, alive := open(t, line, jobs.Options{}), open(t, line.Store, jobs.Options{})
		id := alive.submit("x")
		stop := dead.work("dead", func(ctx context.Context, _ *jobs.Task) (jobs.Outcome, error) {
			<-ctx.Done()
			return jobs.Outcome{}, ctx.Err()
		})
		time.Sleep(time.Minute)
		line.off.Store(true)
		died := time.Now()
		var began time.Duration
		defer alive.work("alive", func(context.Context, *jobs.Task) (jobs.Outcome, error) {
			began = time.Since(died)
			return jobs.Outcome{}, nil
		})()
		alive.ended(id, jobs.Done)
		if began > 16*time.Second {
			t.Errorf("replaced after %v", began)
		}
		stop()
	})
}

func TestWhatIsOldIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk.Memory{}
		h := open(t, d, jobs.Options{KeptFor: 24 * time.Hour, KeptMax: 3})
		defer h.work("a", func(context.Context, *jobs.Task) (jobs.Outcome, error) {
			return jobs.Outcome{Result: []byte("found")}, nil
		})()
		var ids []jobs.ID
		for i := range 5 {
			id := h.submit(fmt.Sprint(i))
			h.ended(id, jobs.Done)
			ids = append(ids, id)
			time.Sleep(time.Second)
		}
		kept := func() (n int) {
			for _, id := range ids {
				_, err := h.queue.Result(t.Context(), id)
				if err == nil {
					n++
				} else if !errors.Is(err, jobs.ErrAbsent) {
					t.Error(err)
				}
			}
			return n
		}
		time.Sleep(2 * time.Minute)
		if n := kept(); n != 3 {
			t.Errorf("of 5 results %d are kept; want the last 3", n)
		}
		if _, err := h.queue.Result(t.Context(), ids[4]); err != nil {
			t.Errorf("the last: %v", err)
		}
		h.ended(h.submit("0"), jobs.Done) // forgotten, and so new
		time.Sleep(25 * time.Hour)
		if n := kept(); n != 0 {
			t.Errorf("after a day %d results are kept", n)
		}
		for _, drawer := range []desk.Drawer{"jobs", "jobs-open", "jobs-ended", "jobs-results"} {
			if left, err := desk.All(t.Context(), d, drawer); err != nil || len(left) > 0 {
				t.Errorf("in %s %d are left, %v", drawer, len(left), err)
			}
		}
	})
}
