package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"entente/desk"
)

// hold is a job while a worker has it.
type hold struct {
	q     *Queue
	sheet *sheet // as it was taken
	turn  int

	mu    sync.Mutex
	slip  slip // what is to be said
	fresh bool // and has not been said yet
}

// Why a job is stopped.
var (
	errEnded     = errors.New("jobs: the handler has returned")
	errCancelled = errors.New("jobs: the job was cancelled")
	errLost      = errors.New("jobs: the lease ran out, and the job is somebody else's")
)

// take makes a job this worker's. It is nil where somebody else was first, or
// where the job is over.
func (q *Queue) take(ctx context.Context, id ID, worker string) (*hold, error) {
	s, err := q.read(ctx, id)
	if errors.Is(err, ErrAbsent) || err == nil && (s.slip == nil || !s.slip.ready(q.now())) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.slip.Worker != "" {
		s.Failures++
		s.Says = fmt.Sprintf("its worker %s died or lost touch", s.slip.Worker)
	}
	switch {
	case s.slip.Cancel:
		err = q.end(ctx, s, Cancelled, "", nil)
	case s.Failures >= q.o.AttemptsMax:
		err = q.end(ctx, s, Failed, givenUp(s), nil)
	default:
		return q.hold(ctx, s, worker)
	}
	if errors.Is(err, desk.ErrChanged) {
		err = nil
	}
	return nil, err
}

func (q *Queue) hold(ctx context.Context, s *sheet, worker string) (*hold, error) {
	s.State, s.Worker = Running, worker
	s.Turns++
	s.slip.Turn, s.slip.Worker, s.slip.Due = s.Turns, worker, q.now().Add(q.o.Lease)
	switch err := q.desk.Put(ctx, s.changes()...); {
	case errors.Is(err, desk.ErrChanged):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &hold{q: q, sheet: s, turn: s.Turns, slip: *s.slip}, nil
}

func givenUp(s *sheet) string {
	return fmt.Sprintf("given up after %d attempts: %s", s.Failures, s.Says)
}

func (h *hold) tell(say func(*slip)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	say(&h.slip)
	h.fresh = true
}

// beatsPerLease is how often a worker looks at the slip of a job that it has: to
// hear that it is cancelled, and to say how far it is.
const beatsPerLease = 15

// keep renews the lease until ctx is done, and stops the job when it is to be
// stopped.
func (h *hold) keep(ctx context.Context, stop context.CancelCauseFunc, log *slog.Logger) {
	held := h.q.now()
	for pause(ctx, h.q.o.Lease/beatsPerLease, nil) == nil {
		err := h.beat(ctx, &held)
		switch {
		case errors.Is(err, errCancelled), errors.Is(err, errLost):
			stop(err)
			return
		case err != nil && ctx.Err() == nil:
			log.Warn("could not renew the lease", "error", err)
			if h.q.now().Sub(held) > h.q.o.Lease {
				stop(errLost)
				return
			}
		}
	}
}

// beat looks at the slip, and says on it what there is to say.
func (h *hold) beat(ctx context.Context, held *time.Time) error {
	s, err := h.mine(ctx)
	if err != nil {
		return err
	}
	if s.slip.Cancel {
		return errCancelled
	}
	h.mu.Lock()
	said, fresh := h.slip, h.fresh
	h.fresh = false
	h.mu.Unlock()
	now := h.q.now()
	if !fresh && now.Sub(*held) < h.q.o.Lease/3 {
		return nil
	}
	s.slip.Done, s.slip.Total, s.slip.Says, s.slip.Due = said.Done, said.Total, said.Says, now.Add(h.q.o.Lease)
	err = h.q.desk.Put(ctx, s.slipped())
	if err == nil {
		*held = now
	}
	return err
}

// mine is the job's sheet while this worker has it; errLost when it has not.
func (h *hold) mine(ctx context.Context) (*sheet, error) {
	s, err := h.q.read(ctx, h.sheet.id)
	if errors.Is(err, ErrAbsent) || err == nil && (s.slip == nil || s.slip.Turn != h.turn || s.State != Running) {
		return nil, errLost
	}
	return s, err
}

// settle says on the desk how a turn ended. cause is why the handler was told to
// stop, if it was. A desk that cannot be reached is tried until the lease is
// over; what is not said by then, the next worker finds out.
func (h *hold) settle(ctx context.Context, out Outcome, failure, cause error) (State, error) {
	if errors.Is(cause, errLost) {
		return "", errLost
	}
	ctx, stop := context.WithTimeout(ctx, h.q.o.Lease)
	defer stop()
	for wait := h.q.o.Lease / 100; ; wait *= 2 {
		state, err := h.leave(ctx, out, failure, cause)
		if err == nil {
			return state, failure
		}
		if errors.Is(err, errLost) || !errors.Is(err, desk.ErrChanged) && pause(ctx, wait, nil) != nil {
			return "", err
		}
	}
}

// leave puts the job back as the turn has left it.
func (h *hold) leave(ctx context.Context, out Outcome, failure, cause error) (State, error) {
	s, err := h.mine(ctx)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	s.slip.Done, s.slip.Total, s.slip.Says = h.slip.Done, h.slip.Total, h.slip.Says
	h.mu.Unlock()
	if failure == nil {
		failure = out.check(s)
	}
	var forGood permanent
	switch {
	case failure == nil && len(out.Parts) == 0:
		err = h.q.end(ctx, s, Done, "", out.Result)
	case s.slip.Cancel:
		err = h.q.end(ctx, s, Cancelled, "", nil)
	case failure == nil:
		err = h.q.divide(ctx, s, out.Parts)
	case cause != nil: // this worker is to stop, or the job is wanted again: it is as good as new
		s.await(h.q.now())
		err = h.q.put(ctx, s)
	case errors.As(failure, &forGood):
		err = h.q.end(ctx, s, Failed, failure.Error(), nil)
	default:
		err = h.q.failed(ctx, s, failure)
	}
	return s.State, err
}

// failed has a job tried again later, or gives it up.
func (q *Queue) failed(ctx context.Context, s *sheet, failure error) error {
	s.Failures++
	s.Says = failure.Error()
	if s.Failures >= q.o.AttemptsMax {
		return q.end(ctx, s, Failed, givenUp(s), nil)
	}
	s.await(q.now().Add(q.o.Backoff << (s.Failures - 1)))
	return q.put(ctx, s)
}

// check refuses what a job cannot end with.
func (o Outcome) check(s *sheet) error {
	switch {
	case len(o.Result) > ResultBytesMax:
		return Permanent(fmt.Errorf("its result has %d bytes, more than %d: ask for less at a time", len(o.Result), ResultBytesMax))
	case len(o.Parts) > PartsMax:
		return Permanent(fmt.Errorf("it asks for %d parts, more than %d", len(o.Parts), PartsMax))
	}
	seen := map[ID]bool{s.id: true}
	for _, p := range o.Parts {
		p.For = s.For
		if err := p.check(); err != nil {
			return Permanent(err)
		}
		if seen[p.ID()] {
			return Permanent(fmt.Errorf("it asks for the part %s %s twice, or for itself", p.Kind, p.Key))
		}
		seen[p.ID()] = true
	}
	return nil
}

// end ends a job, and tells those who wait for it.
func (q *Queue) end(ctx context.Context, s *sheet, state State, says string, result []byte) error {
	whole, ready, err := q.tellWhole(ctx, s.Of)
	if err != nil {
		return err
	}
	s.State, s.Says, s.Ended, s.Of = state, says, q.now(), nil
	s.Done, s.Total = s.slip.Done, s.slip.Total
	if state == Done {
		s.Done, s.Result = s.Total, len(result)
		whole = append(whole, desk.Change{Drawer: results, Key: string(s.id), Body: append([]byte{}, result...)})
	}
	s.slip = nil
	if err := q.put(ctx, s, append(whole, s.stub())...); err != nil {
		return err
	}
	for _, n := range ready {
		_ = q.post.Offer(ctx, n) // workers find it by themselves
	}
	return nil
}
