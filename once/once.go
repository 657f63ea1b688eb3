// Package once makes what takes long once for all who ask for it, and keeps it
// for who asks next.
//
// Whoever asks for the same waits for the same; when nobody waits any more it is
// broken off. What is kept is bounded, in number and in weight, and forgotten in
// the order in which it was last used.
package once

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
)

// Limits of what is kept.
type Limits struct {
	Gate   chan struct{} // as many are made at once as it holds; others wait
	Number int           // how many are kept
	Weight int64         // and how much they may weigh together; 0 weighs nothing
}

// Shelf keeps values by key. It is safe for many goroutines.
type Shelf[T any] struct {
	Limits
	weigh func(T) int64

	mu     sync.Mutex
	jobs   map[string]*job[T]
	order  *list.List // of the keys of what is done, the latest used first
	weight int64
}

type job[T any] struct {
	key     string
	done    chan struct{}
	value   T
	err     error
	cancel  context.CancelFunc
	says    atomic.Pointer[string]
	waiting int           // guarded by Shelf.mu, as is what follows
	place   *list.Element // in the order, when done
	weight  int64
}

// NewShelf makes an empty one. Weigh may be nil where weight has no limit.
func NewShelf[T any](l Limits, weigh func(T) int64) *Shelf[T] {
	if weigh == nil {
		weigh = func(T) int64 { return 0 }
	}
	return &Shelf[T]{Limits: l, weigh: weigh, jobs: map[string]*job[T]{}, order: list.New()}
}

// Do returns what make returns for a key. Says is told what is being worked on,
// for those who ask Doing.
func (s *Shelf[T]) Do(ctx context.Context, key string, make func(ctx context.Context, says func(string)) (T, error)) (T, error) {
	j := s.join(key, make)
	defer s.leave(j)
	select {
	case <-j.done:
		return j.value, j.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Doing is what is being worked on for a key, or empty.
func (s *Shelf[T]) Doing(key string) string {
	if j := s.find(key); j != nil {
		if says := j.says.Load(); says != nil {
			return *says
		}
	}
	return ""
}

// Peek is what is done for a key, without beginning or waiting.
func (s *Shelf[T]) Peek(key string) (value T, ok bool) {
	if j := s.find(key); j != nil && j.isDone() {
		return j.value, j.err == nil
	}
	return value, false
}

// Forget lets who asks next begin anew.
func (s *Shelf[T]) Forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.jobs[key]; j != nil {
		s.remove(j)
	}
}

func (s *Shelf[T]) find(key string) *job[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.jobs[key]
}

func (j *job[T]) isDone() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// join finds the work for a key, or begins it.
func (s *Shelf[T]) join(key string, make func(context.Context, func(string)) (T, error)) *job[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.jobs[key]; j != nil {
		j.waiting++
		if j.place != nil {
			s.order.MoveToFront(j.place)
		}
		return j
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job[T]{key: key, done: newDone(), cancel: cancel, waiting: 1}
	s.jobs[key] = j
	go s.run(ctx, j, make)
	return j
}

func newDone() chan struct{} { return make(chan struct{}) }

func (s *Shelf[T]) run(ctx context.Context, j *job[T], make func(context.Context, func(string)) (T, error)) {
	defer j.cancel()
	select {
	case s.Gate <- struct{}{}:
		j.value, j.err = make(ctx, func(text string) { j.says.Store(&text) })
		<-s.Gate
	case <-ctx.Done():
		j.err = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	close(j.done)
	if s.jobs[j.key] != j { // it was forgotten meanwhile
		return
	}
	if j.err != nil {
		s.remove(j)
		return
	}
	s.keep(j)
}

// keep puts what is done in its place, and forgets what was used longest ago;
// what is too heavy by itself takes the place of nothing. The caller holds mu.
func (s *Shelf[T]) keep(j *job[T]) {
	j.weight = s.weigh(j.value)
	if s.Weight > 0 && j.weight > s.Weight {
		s.remove(j)
		return
	}
	j.place = s.order.PushFront(j)
	s.weight += j.weight
	for s.order.Len() > s.Number || s.Weight > 0 && s.weight > s.Weight {
		s.remove(s.order.Back().Value.(*job[T]))
	}
}

// remove forgets a job. The caller holds mu.
func (s *Shelf[T]) remove(j *job[T]) {
	delete(s.jobs, j.key)
	if j.place != nil {
		s.order.Remove(j.place)
		s.weight -= j.weight
		j.place = nil
	}
}

// leave ends a wait. Work that nobody waits for and that is not done is broken
// off, and forgotten so that who asks next begins it anew.
func (s *Shelf[T]) leave(j *job[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j.waiting--
	if j.waiting > 0 || j.isDone() {
		return
	}
	j.cancel()
	if s.jobs[j.key] == j {
		s.remove(j)
	}
}
