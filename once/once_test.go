package once

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestWorkIsShared(t *testing.T) {
	w := NewShelf[int](Limits{Gate: make(chan struct{}, 2), Number: 2}, nil)
	var made atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			got, err := w.Do(t.Context(), "key", func(context.Context, func(string)) (int, error) {
				made.Add(1)
				time.Sleep(5 * time.Millisecond)
				return 7, nil
			})
			if got != 7 || err != nil {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("it was made %d times", made.Load())
	}
	if got, ok := w.Peek("key"); !ok || got != 7 {
		t.Error("what is done cannot be seen")
	}
}

func TestWorkThatNobodyWaitsForIsBrokenOff(t *testing.T) {
	w := NewShelf[int](Limits{Gate: make(chan struct{}, 1), Number: 2}, nil)
	began, ended := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	_, err := w.Do(ctx, "key", func(ctx context.Context, _ func(string)) (int, error) {
		close(began)
		<-ctx.Done()
		close(ended)
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
	if got, err := w.Do(t.Context(), "key", func(context.Context, func(string)) (int, error) { return 3, nil }); got != 3 || err != nil {
		t.Errorf("asked again it gives %d, %v", got, err)
	}
}

func TestWorkThatFailedIsNotKept(t *testing.T) {
	w := NewShelf[int](Limits{Gate: make(chan struct{}, 1), Number: 2}, nil)
	boom := errors.New("boom")
	if _, err := w.Do(t.Context(), "key", func(context.Context, func(string)) (int, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if got, err := w.Do(t.Context(), "key", func(context.Context, func(string)) (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("asked again it gives %d, %v", got, err)
	}
}

func TestWorkIsForgottenInOrderOfUse(t *testing.T) {
	w := NewShelf[int](Limits{Gate: make(chan struct{}, 1), Number: 2}, nil)
	for _, key := range []string{"a", "b", "a", "c"} {
		if _, err := w.Do(t.Context(), key, func(context.Context, func(string)) (int, error) { return 1, nil }); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, ok := w.Peek(key); ok != want {
			t.Errorf("%s is kept: %t", key, ok)
		}
	}
}

func TestWorkSaysWhatItDoes(t *testing.T) {
	w := NewShelf[int](Limits{Gate: make(chan struct{}, 1), Number: 2}, nil)
	asked := make(chan struct{})
	go func() {
		_, _ = w.Do(context.Background(), "key", func(_ context.Context, says func(string)) (int, error) {
			says("half")
			<-asked
			return 0, nil
		})
	}()
	for range 1000 {
		if w.Doing("key") == "half" {
			close(asked)
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("it says %q", w.Doing("key"))
}

// TestWhatIsKeptIsBoundedInWeight: what is heavy takes the place of much that is
// light, and what is heavier than all that may be kept is given and not kept.
func TestWhatIsKeptIsBoundedInWeight(t *testing.T) {
	w := NewShelf(Limits{Gate: make(chan struct{}, 1), Number: 100, Weight: 10}, func(n int) int64 { return int64(n) })
	ask := func(key string, weight int) {
		t.Helper()
		if got, err := w.Do(t.Context(), key, func(context.Context, func(string)) (int, error) { return weight, nil }); got != weight || err != nil {
			t.Fatal(got, err)
		}
	}
	kept := func(want string) {
		t.Helper()
		got := ""
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			if _, ok := w.Peek(key); ok {
				got += key
			}
		}
		if got != want {
			t.Errorf("it keeps %q, not %q", got, want)
		}
	}
	ask("a", 3)
	ask("b", 3)
	ask("c", 3)
	kept("abc")
	ask("a", 3)
	ask("d", 6)
	kept("ad")
	w.Forget("d")
	ask("b", 7)
	kept("ab")
	ask("e", 11)
	kept("ab")
	ask("e", 10)
	kept("e")
}
