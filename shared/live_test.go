package shared_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/record"
	"entente/register"
)

// TestLive: after every change, and at every past size, a live register says what
// a fresh look says, texts included.
func TestLive(t *testing.T) {
	r := open(t)
	live := r.Live()
	const document = `
kind: Document
id: letter
title: A letter
publisher: Ministry
published: 2025-03-14
text: letter.txt
`
	for i := range 5 {
		want := parse(t, strings.Replace(parties, "Norway", fmt.Sprint("Norway ", i), 1)+"---"+document+fmt.Sprintf("note: version %d\n", i))
		want = want.WithTexts(func(*record.Document) (register.Text, bool) {
			return register.TextOf(fmt.Appendf(nil, "six guns, said %d times", i)), true
		})
		apply(t, r, want, false)
		if i == 3 {
			if err := r.SetSettings(ctx, []byte("title: Third")); err != nil {
				t.Fatal(err)
			}
		}
		fresh, size := tree(t, r, register.Known{})
		got, gotSize, err := live.Tree(ctx, register.Known{})
		if err != nil || gotSize != size || head(got) != head(fresh) || got.Settings.Title != fresh.Settings.Title {
			t.Fatalf("after %d changes it says something else: %v", i, err)
		}
		a, _ := fresh.Text("letter")
		if b, ok := got.Text("letter"); !ok || a != b || a.Body == "" {
			t.Errorf("after %d changes the text is %q, want %q", i, b.Body, a.Body)
		}
		if again, _, _ := live.Tree(ctx, register.Known{}); again != got {
			t.Error("nothing changed, and it made another tree")
		}
	}
	_, size := tree(t, r, register.Known{})
	for n := size; n >= 1; n-- {
		fresh, _ := tree(t, r, register.Known{Size: n})
		got, gotSize, err := live.Tree(ctx, register.Known{Size: n})
		if err != nil || gotSize != n || head(got) != head(fresh) {
			t.Errorf("at %d entries it says something else: %v", n, err)
		}
	}
}

func TestChanged(t *testing.T) {
	r := open(t)
	live := r.Live()
	listening, stop := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- live.Listen(listening) }()

	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	if err := live.Changed(soon, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing changed: %v", err)
	}
	cancel()
	heard := make(chan error)
	for range 3 {
		go func() { heard <- live.Changed(ctx, 0) }()
	}
	apply(t, r, parse(t, parties), false)
	for range 3 {
		if err := <-heard; err != nil {
			t.Error(err)
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// TestManyLookAtOnce: whoever asks after something was accepted sees it, however
// many ask at once, and nobody waits for somebody who has left.
func TestManyLookAtOnce(t *testing.T) {
	r := open(t)
	live := r.Live()
	gone, leave := context.WithCancel(t.Context())
	leave()
	for n := range 20 {
		apply(t, r, parse(t, fmt.Sprintf("kind: Place\nid: place-%d\nname: Place\n", n)), false)
		want, err := r.Ledger.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				ctx := t.Context()
				if i%3 == 0 {
					ctx = gone
				}
				tree, size, err := live.Tree(ctx, register.Known{})
				switch {
				case i%3 == 0: // whatever they get
				case err != nil:
					t.Error(err)
				case size < want || len(tree.Records) < n+1:
					t.Errorf("after %d entries it is looked at as it was after %d", want, size)
				}
			})
		}
		all.Wait()
	}
}
