package server

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// works shares what takes long. Whoever asks for the same waits for the same;
// when nobody waits any more it is broken off; what is done is kept for the next
// who asks, up to keep answers. No more run at once than the gate lets in.
type works[T any] struct {
	gate chan struct{}
	keep int

	mu    sync.Mutex
	jobs  map[string]*job[T]
	order []string // of those that are done, the latest used last
}

type job[T any] struct {
	done    chan struct{}
	value   T
	err     error
	cancel  context.CancelFunc
	waiting int // guarded by works.mu
	says    atomic.Pointer[string]
}

func newWorks[T any](gate chan struct{}, keep int) *works[T] {
	return &works[T]{gate: gate, keep: keep, jobs: map[string]*job[T]{}}
}

// do returns what make returns for a key. Says, which may be nil, is told what is
// being worked on, by those who poll with doing.
func (w *works[T]) do(ctx context.Context, key string, make func(ctx context.Context, says func(string)) (T, error)) (T, error) {
	j := w.join(key, make)
	select {
	case <-j.done:
		w.leave(key, j)
		return j.value, j.err
	case <-ctx.Done():
		w.leave(key, j)
		var none T
		return none, ctx.Err()
	}
}

// doing is what is being worked on for a key, or empty.
func (w *works[T]) doing(key string) string {
	w.mu.Lock()
	j := w.jobs[key]
	w.mu.Unlock()
	if j == nil {
		return ""
	}
	if says := j.says.Load(); says != nil {
		return *says
	}
	return ""
}

// peek is what is done for a key, without beginning or waiting.
func (w *works[T]) peek(key string) (value T, ok bool) {
	w.mu.Lock()
	j := w.jobs[key]
	w.mu.Unlock()
	if j == nil {
		return value, false
	}
	select {
	case <-j.done:
		return j.value, j.err == nil
	default:
		return value, false
	}
}

// forget lets who asks next begin anew.
func (w *works[T]) forget(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.jobs, key)
	w.order = slices.DeleteFunc(w.order, func(k string) bool { return k == key })
}

// join finds the work for a key, or begins it.
func (w *works[T]) join(key string, make func(context.Context, func(string)) (T, error)) *job[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j := w.jobs[key]; j != nil {
		j.waiting++
		w.touch(key)
		return j
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job[T]{done: newDone(), cancel: cancel, waiting: 1}
	w.jobs[key] = j
	go w.run(ctx, key, j, make)
	return j
}

func newDone() chan struct{} { return make(chan struct{}) }

func (w *works[T]) run(ctx context.Context, key string, j *job[T], make func(context.Context, func(string)) (T, error)) {
	defer j.cancel()
	select {
	case w.gate <- struct{}{}:
		j.value, j.err = make(ctx, func(s string) { j.says.Store(&s) })
		<-w.gate
	case <-ctx.Done():
		j.err = ctx.Err()
	}
	w.mu.Lock()
	if j.err != nil {
		if w.jobs[key] == j {
			delete(w.jobs, key)
		}
	} else {
		w.touch(key)
	}
	w.mu.Unlock()
	close(j.done)
}

// touch marks what is done as used last, and forgets what was used longest ago.
// The caller holds mu.
func (w *works[T]) touch(key string) {
	w.order = slices.DeleteFunc(w.order, func(k string) bool { return k == key })
	w.order = append(w.order, key)
	for len(w.order) > w.keep {
		delete(w.jobs, w.order[0])
		w.order = w.order[1:]
	}
}

// leave ends a wait. Work that nobody waits for and that is not done is broken
// off, and forgotten so that who asks next begins it anew.
func (w *works[T]) leave(key string, j *job[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j.waiting--
	select {
	case <-j.done:
	default:
		if j.waiting == 0 {
			j.cancel()
			if w.jobs[key] == j {
				delete(w.jobs, key)
			}
		}
	}
}
