package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entente/desk"
)

// Submit asks for a job, and returns as soon as it is sure to be done. Where it
// is known already, that is all; one that was cancelled is wanted again, one
// that failed is not tried again without Retry.
//
// Errors: *ReuseError, ErrFull, and for a job that cannot be, what is wrong.
func (q *Queue) Submit(ctx context.Context, j Job) (ID, error) {
	if err := j.check(); err != nil {
		return "", err
	}
	id := j.ID()
	err := again(ctx, func() error {
		s, err := q.read(ctx, id)
		switch {
		case errors.Is(err, ErrAbsent):
			if err := q.room(ctx); err != nil {
				return err
			}
			return q.put(ctx, j.sheet(q.now(), true))
		case err != nil:
			return err
		case !bytes.Equal(s.Args, j.Args):
			return &ReuseError{id}
		case s.State == Cancelled:
			stub := s.reopen(q.now())
			s.Asked, s.slip.Part = true, false
			return q.put(ctx, s, stub)
		case s.slip != nil && (s.slip.Cancel || !s.Asked):
			s.Asked, s.slip.Part, s.slip.Cancel = true, false, false
			return q.desk.Put(ctx, s.changes()...)
		case !s.Asked:
			return q.adopt(ctx, s)
		}
		return nil
	})
	return id, wrap("submit "+string(id), err)
}

// adopt makes somebody's own job of what was only a part, and has ended.
func (q *Queue) adopt(ctx context.Context, s *sheet) error {
	old := s.unstub()
	s.Asked = true
	return q.desk.Put(ctx, append(s.changes(), old, s.stub())...)
}

// room reports ErrFull when no more jobs may wait.
func (q *Queue) room(ctx context.Context) error {
	open, err := q.desk.List(ctx, slips, "", q.o.OpenMax)
	if err == nil && len(open) == q.o.OpenMax {
		err = ErrFull
	}
	return err
}

// put puts a sheet back, with what else changes, and sends word of it. Word that
// cannot be sent is no trouble: workers find the job by themselves.
func (q *Queue) put(ctx context.Context, s *sheet, changes ...desk.Change) error {
	if err := q.desk.Put(ctx, append(s.changes(), changes...)...); err != nil {
		return err
	}
	if s.slip != nil && s.slip.ready(q.now()) { // what is due later is offered then
		_ = q.post.Offer(ctx, s.slip.notice())
	}
	q.ring()
	return nil
}

// Retry has a job done again that has failed or was cancelled, as often as a new
// one. Parts of it that were done are kept.
func (q *Queue) Retry(ctx context.Context, id ID) error {
	return wrap("retry "+string(id), again(ctx, func() error {
		s, err := q.read(ctx, id)
		switch {
		case err != nil:
			return err
		case s.State != Failed && s.State != Cancelled:
			return fmt.Errorf("it is %s; only what failed or was cancelled is tried again", s.State)
		}
		return q.put(ctx, s, s.reopen(q.now()))
	}))
}

// Cancel ends a job that has not ended. One that is being worked on ends as soon
// as its worker hears of it. Of its parts, those end that nobody else waits for.
func (q *Queue) Cancel(ctx context.Context, id ID) error {
	var parts []ID
	err := again(ctx, func() error {
		s, err := q.read(ctx, id)
		switch {
		case err != nil:
			return err
		case s.State.Ended():
			parts = nil
			return nil
		case s.State == Running:
			s.slip.Cancel = true
			return q.desk.Put(ctx, s.slipped())
		}
		parts = s.Parts
		return q.end(ctx, s, Cancelled, "", nil)
	})
	for _, part := range parts {
		if err == nil {
			err = q.abandon(ctx, part, id)
		}
	}
	return wrap("cancel "+string(id), err)
}

// abandon ends a part whose whole has ended, unless somebody else wants it.
func (q *Queue) abandon(ctx context.Context, part, whole ID) error {
	unwanted := false
	err := again(ctx, func() error {
		s, err := q.read(ctx, part)
		if errors.Is(err, ErrAbsent) {
			return nil
		}
		if err != nil || s.State.Ended() {
			return err
		}
		s.Of = slices.DeleteFunc(s.Of, func(of ID) bool { return of == whole })
		unwanted = len(s.Of) == 0 && !s.Asked
		return q.desk.Put(ctx, s.changes()...)
	})
	if err != nil || !unwanted {
		return err
	}
	return q.Cancel(ctx, part)
}

// Status is what there is to say of a job, or ErrAbsent.
func (q *Queue) Status(ctx context.Context, id ID) (Status, error) {
	s, err := q.read(ctx, id)
	if err != nil {
		return Status{}, wrap("status "+string(id), err)
	}
	return s.status(), nil
}

func (s *sheet) status() Status {
	x := Status{
		ID: s.id, Kind: s.Kind, Key: s.Key, For: s.For, State: s.State, Says: s.Says, Done: s.Done, Total: s.Total,
		Turns: s.Turns, Failures: s.Failures, Worker: s.Worker, Queued: s.Queued, Ended: s.Ended, ResultLen: s.Result, Parts: s.Parts,
	}
	if s.slip == nil {
		return x
	}
	x.Done, x.Total, x.Stopping = s.slip.Done, s.slip.Total, s.slip.Cancel
	if s.slip.Says != "" {
		x.Says = s.slip.Says
	}
	return x
}

// Result is what a job has found. It is the caller's. Errors: ErrAbsent,
// ErrUnfinished; of a job that failed, ErrUnfinished with the reason.
func (q *Queue) Result(ctx context.Context, id ID) ([]byte, error) {
	s, err := q.read(ctx, id)
	switch {
	case err != nil:
		return nil, wrap("result "+string(id), err)
	case s.State != Done:
		says := string(s.State)
		if s.Says != "" {
			says += ": " + s.Says
		}
		return nil, fmt.Errorf("%w: job %s is %s", ErrUnfinished, id, says)
	}
	item, err := q.desk.Get(ctx, results, string(id))
	if errors.Is(err, desk.ErrAbsent) {
		err = ErrAbsent // it was thrown away between the two
	}
	return item.Body, wrap("result "+string(id), err)
}

// List is what somebody has asked for: what is open, in the order in which it
// will be taken up, and then what has ended, the newest first, together at most
// most.
func (q *Queue) List(ctx context.Context, most int) ([]Status, error) {
	var ids []ID
	for s, err := range q.open(ctx) {
		if err != nil {
			return nil, wrap("list", err)
		}
		if !s.Part {
			ids = append(ids, s.ID)
		}
	}
	ended, err := desk.All(ctx, q.desk, stubs)
	if err != nil {
		return nil, wrap("list", err)
	}
	for _, item := range slices.Backward(ended) {
		if strings.HasPrefix(item.Key, stubOfAsked) {
			id, _ := ofStub(item.Key)
			ids = append(ids, id)
		}
	}
	list := []Status{}
	for _, id := range ids[:min(most, len(ids))] {
		s, err := q.Status(ctx, id)
		switch {
		case errors.Is(err, ErrAbsent):
			continue // it was thrown away meanwhile
		case err != nil:
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Wait returns when a job has ended, or ctx is done.
func (q *Queue) Wait(ctx context.Context, id ID) (Status, error) {
	return q.Watch(ctx, id, func(Status) {})
}

// Watch is Wait, and tells from time to time how the job stands.
func (q *Queue) Watch(ctx context.Context, id ID, tell func(Status)) (Status, error) {
	for {
		rung := q.listen()
		s, err := q.Status(ctx, id)
		if err == nil {
			tell(s)
		}
		if err != nil || s.State.Ended() {
			return s, err
		}
		if err := pause(ctx, q.o.Look, rung); err != nil {
			return s, err
		}
	}
}

// pause waits for a time, or until something rings.
func pause(ctx context.Context, d time.Duration, rung <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-rung:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// listen is a channel that is closed when there may be something to do.
func (q *Queue) listen() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bell
}

func (q *Queue) ring() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.bell)
	q.bell = make(chan struct{})
}

// wrap names the operation in errors that are not this room's own.
func wrap(doing string, err error) error {
	var reuse *ReuseError
	if err == nil || errors.Is(err, ErrAbsent) || errors.Is(err, ErrFull) || errors.As(err, &reuse) {
		return err
	}
	return fmt.Errorf("jobs: %s: %w", doing, err)
}
