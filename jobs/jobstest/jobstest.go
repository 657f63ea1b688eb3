// Package jobstest is the contract of every way of delivering jobs.
package jobstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/desk"
	"entente/jobs"
)

// Office is a desk with nothing on it, and a way of sending word to those who
// share it; nil is none.
type Office struct {
	Desk desk.Store
	Post jobs.Post
}

// Run holds offices to the contract.
func Run(t *testing.T, open func(t *testing.T) Office) {
	for _, c := range []struct {
		name string
		test func(*bench)
	}{
		{"a key is one job and done once", once},
		{"workers share what there is to do", shared},
		{"what fails is tried again, and not for ever", retried},
		{"what waits is cancelled at once, what runs soon", cancelled},
		{"a worker that stops hands back", handedBack},
		{"a worker that dies is replaced, and what it says later is not heard", takenOver},
		{"what kills its workers is given up", poison},
		{"parts are joined in order, whoever did them", parted},
		{"a part is not done twice", partsShared},
		{"a part that fails fails the whole; the rest is kept for a retry", partsRetried},
		{"who cancels the whole cancels the parts that nobody else wants", partsCancelled},
		{"what is urgent is taken first", urgent},
		{"one sees how far a job is, and what has been asked for", seen},
		{"what no queue takes", refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{T: t, office: open(t), lease: lease}
			c.test(b)
		})
	}
}

// Times of the contract.
const (
	lease   = 15 * time.Second // nobody loses it because the machine is busy
	death   = 3 * time.Second  // where somebody is to lose it
	look    = 20 * time.Millisecond
	backoff = 10 * time.Millisecond
	patient = 60 * time.Second
)

// openMax is how many jobs may wait.
const openMax = 100

// bench is one office, and those who work there.
type bench struct {
	*testing.T
	office Office
	lease  time.Duration
	names  atomic.Int32
}

// queue opens a queue as another process would.
func (b *bench) queue() *jobs.Queue { return b.queueOn(b.office.Desk) }

func (b *bench) queueOn(d desk.Store) *jobs.Queue {
	b.Helper()
	q, err := jobs.Open(d, b.office.Post, jobs.Options{Clock: time.Now, Lease: b.lease, Look: look, Backoff: backoff, OpenMax: openMax})
	b.must(err)
	return q
}

// work has a worker do jobs until stop is called, or the test ends; stop waits.
func (b *bench) work(d desk.Store, slots int, duties ...jobs.Duty) (stop func()) {
	b.Helper()
	q := b.queueOn(d)
	w := jobs.Worker{Name: fmt.Sprintf("worker-%d", b.names.Add(1)), Slots: slots, Duties: duties}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := q.Work(ctx, w); err != nil {
			b.Error(err)
		}
	}()
	stop = func() { cancel(); <-ended }
	b.Cleanup(stop)
	return stop
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) submit(q *jobs.Queue, j jobs.Job) jobs.ID {
	b.Helper()
	id, err := q.Submit(b.Context(), j)
	b.must(err)
	return id
}

// ended waits for a job to end in a state.
func (b *bench) ended(q *jobs.Queue, id jobs.ID, want jobs.State) jobs.Status {
	b.Helper()
	ctx, stop := context.WithTimeout(b.Context(), patient)
	defer stop()
	s, err := q.Wait(ctx, id)
	if err != nil || s.State != want {
		b.Fatalf("the job is %s (%s), %v; want %s", s.State, s.Says, err, want)
	}
	return s
}

// until waits for something to be so.
func (b *bench) until(what string, so func() bool) {
	b.Helper()
	for end := time.Now().Add(patient); !so(); time.Sleep(look / 4) {
		if time.Now().After(end) {
			b.Fatal("it never came to be that " + what)
		}
	}
}

func (b *bench) result(q *jobs.Queue, id jobs.ID, want string) {
	b.Helper()
	got, err := q.Result(b.Context(), id)
	if err != nil || string(got) != want {
		b.Fatalf("the result is %q, %v; want %q", got, err, want)
	}
}

// job is one of a kind that its key names whole.
func job(kind jobs.Kind, key string) jobs.Job {
	args, _ := json.Marshal(key)
	return jobs.Job{Kind: kind, Key: key, Args: args}
}

// tally counts how often each key was begun.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (c *tally) add(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[key]++
	return c.of[key]
}

func (c *tally) get(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[key]
}

// echo answers with the key.
func (c *tally) echo(kind jobs.Kind) jobs.Duty {
	return jobs.Duty{Kind: kind, Do: func(_ context.Context, t *jobs.Task) (jobs.Outcome, error) {
		c.add(t.Job.Key)
		return jobs.Outcome{Result: []byte("found " + t.Job.Key)}, nil
	}}
}

// wait lets a handler wait.
func wait(ctx context.Context, let <-chan struct{}) error {
	select {
	case <-let:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errNoLuck = errors.New("no luck")

// cut is a desk that one process can be cut off from, as if it had died.
type cut struct {
	desk.Store
	off atomic.Bool
}

var errCut = errors.New("the line is dead")

func (c *cut) Get(ctx context.Context, d desk.Drawer, key string) (desk.Item, error) {
	if c.off.Load() {
		return desk.Item{}, errCut
	}
	return c.Store.Get(ctx, d, key)
}

func (c *cut) List(ctx context.Context, d desk.Drawer, after string, most int) ([]desk.Item, error) {
	if c.off.Load() {
		return nil, errCut
	}
	return c.Store.List(ctx, d, after, most)
}

func (c *cut) Put(ctx context.Context, changes ...desk.Change) error {
	if c.off.Load() {
		return errCut
	}
	return c.Store.Put(ctx, changes...)
}
