package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"entente/desk"
)

// Worker is who does jobs.
type Worker struct {
	Name   string // for people; unique among those who share a desk
	Slots  int    // how many jobs at a time; 0 is one
	Duties []Duty
	Log    *slog.Logger // nil: says nothing
}

// Duty is a kind of work and who does it.
type Duty struct {
	Kind Kind
	Do   Handler
}

// Handler does a job. When ctx is done it returns soon, with any error. An error
// ends the turn badly, and the job is tried again unless it is Permanent.
type Handler func(ctx context.Context, t *Task) (Outcome, error)

// Outcome is what a handler has found, or the parts that it needs first. The job
// is taken up again when those have ended, and Task.Parts names them.
type Outcome struct {
	Result []byte
	Parts  []Job // they are done in the eyes of the job that asks for them
}

// Permanent marks an error that would be the same the next time.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Task is a job in work.
type Task struct {
	ID    ID
	Job   Job
	Parts []ID // done, in the order in which the handler asked for them; nil at first
	hold  *hold
	queue *Queue
}

// Progress says how far the job is: done of total. What it is at, Says says.
func (t *Task) Progress(done, total int) {
	t.hold.tell(func(s *slip) { s.Done, s.Total = done, total })
}

// Says says what the job is at.
func (t *Task) Says(what string) { t.hold.tell(func(s *slip) { s.Says = what }) }

// Result is what another job has found: one of Parts, or one that the arguments
// name.
func (t *Task) Result(ctx context.Context, id ID) ([]byte, error) { return t.queue.Result(ctx, id) }

// Work does jobs until ctx is done. Then it stops what it is doing, hands it
// back, and returns nil; its error is for a worker that cannot begin.
func (q *Queue) Work(ctx context.Context, w Worker) error {
	if w.Name == "" || len(w.Duties) == 0 {
		return errors.New("jobs: a worker needs a name and a duty")
	}
	w.Slots = max(w.Slots, 1)
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	kinds := make([]Kind, len(w.Duties))
	for i, d := range w.Duties {
		kinds[i] = d.Kind
	}
	x := &work{q, w, kinds}
	var beside sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	beside.Go(func() { x.every(ctx, tidyEvery, "throw away what is old", q.tidy) })
	if _, looks := q.post.(looking); !looks {
		beside.Go(func() { x.every(ctx, remindEvery*q.o.Look, "offer what nobody takes", x.remind) })
	}
	err := q.post.Deliver(ctx, kinds, w.Slots, x.next)
	stop()
	beside.Wait()
	return err
}

const (
	tidyEvery   = time.Minute
	remindEvery = 4 // looks
)

type work struct {
	*Queue
	Worker
	kinds []Kind
}

// every does something from time to time until ctx is done.
func (w *work) every(ctx context.Context, d time.Duration, what string, do func(context.Context) error) {
	for pause(ctx, d, nil) == nil {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("could not "+what, "error", err)
		}
	}
}

// next does the most urgent job that can be taken, if there is one.
func (w *work) next(ctx context.Context) bool {
	h, err := w.first(ctx)
	if err != nil && ctx.Err() == nil {
		w.Log.Warn("could not look for jobs", "error", err)
	}
	if h == nil {
		return false
	}
	w.do(ctx, h)
	return true
}

// first takes the first job that can be taken.
func (w *work) first(ctx context.Context) (*hold, error) {
	for s, err := range w.open(ctx) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(w.kinds, s.Kind) || !s.ready(w.now()) {
			continue
		}
		if h, err := w.take(ctx, s.ID, w.Name); h != nil || err != nil {
			return h, err
		}
	}
	return nil, nil
}

// do does a job and says on the desk how it ended.
func (w *work) do(ctx context.Context, h *hold) {
	began := w.now()
	log := w.Log.With("job", h.sheet.id, "kind", h.sheet.Kind, "turn", h.sheet.Turns)
	doing, stop := context.WithCancelCause(ctx)
	var beat sync.WaitGroup
	beat.Go(func() { h.keep(doing, stop, log) })
	out, err := w.call(doing, h)
	cause := context.Cause(doing)
	stop(errEnded)
	beat.Wait()
	state, err := h.settle(context.WithoutCancel(ctx), out, err, cause)
	took := w.now().Sub(began).Round(time.Millisecond)
	if err != nil {
		log.Warn("job left", "state", state, "took", took, "error", err)
		return
	}
	log.Info("job left", "state", state, "took", took)
}

// call calls the handler. What panics has ended badly, and the worker goes on.
func (w *work) call(ctx context.Context, h *hold) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error("handler panicked", "job", h.sheet.id, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a mistake in the program: %v", p)
		}
	}()
	s := h.sheet
	if unfinished, err := h.q.join(ctx, s); err != nil || unfinished != nil {
		return Outcome{Parts: unfinished}, err
	}
	i := slices.IndexFunc(w.Duties, func(d Duty) bool { return d.Kind == s.Kind })
	return w.Duties[i].Do(ctx, &Task{ID: s.id, Job: s.job(), Parts: s.Parts, hold: h, queue: h.q})
}

// looking is the post of a queue that has none: workers look at the desk.
type looking struct{ q *Queue }

// Offer implements Post: those in this process need not wait for their next look.
func (l looking) Offer(context.Context, Notice) error {
	l.q.ring()
	return nil
}

// Deliver implements Post.
func (l looking) Deliver(ctx context.Context, _ []Kind, slots int, next func(context.Context) bool) error {
	var all sync.WaitGroup
	for range slots {
		all.Go(func() {
			for ctx.Err() == nil {
				rung := l.q.listen()
				if !next(ctx) {
					_ = pause(ctx, l.q.o.Look, rung) // when it ends early, so does the loop
				}
			}
		})
	}
	all.Wait()
	return nil
}

// remind offers again what this worker could do and nobody has taken: what was
// offered may be lost, of a worker that died there was no word, and what is tried
// again later is not offered before. The first are enough: when they are taken,
// others are the first.
func (w *work) remind(ctx context.Context) error {
	const most = 100
	offered := 0
	for s, err := range w.open(ctx) {
		if err != nil || offered == most {
			return err
		}
		now := w.now()
		if !slices.Contains(w.kinds, s.Kind) || !s.ready(now) {
			continue
		}
		n := s.notice()
		n.Round = round(now.Sub(s.Due))
		if err := w.post.Offer(ctx, n); err != nil {
			return err
		}
		offered++
	}
	return nil
}

// round rises ever more slowly, so that little is offered in vain where much
// waits: at 5 s, 10 s, 20 s and so on.
func round(late time.Duration) int {
	n := 0
	for wait := 5 * time.Second; late >= wait; wait *= 2 {
		n++
	}
	return n
}

// tidy throws away what has ended too long ago, or is too much.
func (q *Queue) tidy(ctx context.Context) error {
	ended, err := desk.All(ctx, q.desk, stubs)
	if err != nil {
		return err
	}
	slices.SortStableFunc(ended, func(a, b desk.Item) int {
		_, at := ofStub(a.Key)
		_, bt := ofStub(b.Key)
		return at.Compare(bt)
	})
	for i, item := range ended {
		id, at := ofStub(item.Key)
		if q.now().Sub(at) < q.o.KeptFor && len(ended)-i <= q.o.KeptMax {
			break
		}
		if err := q.discard(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// discard throws away a job that has ended, with what it found.
func (q *Queue) discard(ctx context.Context, id ID) error {
	s, err := q.read(ctx, id)
	if errors.Is(err, ErrAbsent) || err == nil && !s.State.Ended() {
		return nil
	}
	if err != nil {
		return err
	}
	changes := []desk.Change{{Drawer: cards, Key: string(id), Was: s.was.card}, s.unstub()}
	if s.State == Done {
		changes = append(changes, desk.Change{Drawer: results, Key: string(id), Was: 1})
	}
	if err := q.desk.Put(ctx, changes...); !errors.Is(err, desk.ErrChanged) {
		return err
	}
	return nil // somebody wants it again, or another worker was first
}
