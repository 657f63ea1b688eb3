// Package desktest is the contract of every desk.Store.
package desktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/desk"
)

// Run holds stores to the contract. Open gives a store with nothing on it.
func Run(t *testing.T, open func(t *testing.T) desk.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, desk.Store)
	}{
		{"what is put is there", puts},
		{"a change names the revision it read", revisions},
		{"all changes or none", wholly},
		{"a drawer lists its keys in byte order, page by page", lists},
		{"what no store takes", refuses},
		{"of writers at one time, each loses or is counted", races},
		{"bodies of any bytes", bodies},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

var ctx = context.Background()

func put(t *testing.T, s desk.Store, changes ...desk.Change) {
	t.Helper()
	if err := s.Put(ctx, changes...); err != nil {
		t.Fatal(err)
	}
}

func puts(t *testing.T, s desk.Store) {
	put(t, s, desk.Change{Drawer: "notes", Key: "a", Body: []byte("one")})
	put(t, s, desk.Change{Drawer: "notes", Key: "a", Was: 1, Body: []byte("two")})
	got, err := s.Get(ctx, "notes", "a")
	if want := (desk.Item{Drawer: "notes", Key: "a", Revision: 2, Body: []byte("two")}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	put(t, s, desk.Change{Drawer: "notes", Key: "a", Was: 2})
	for _, key := range []string{"a", "never"} {
		if _, err := s.Get(ctx, "notes", key); !errors.Is(err, desk.ErrAbsent) {
			t.Errorf("%s: got %v, want ErrAbsent", key, err)
		}
	}
	put(t, s, desk.Change{Drawer: "notes", Key: "a", Body: []byte("again")})
	if got, _ := s.Get(ctx, "notes", "a"); got.Revision != 1 {
		t.Errorf("after it was removed, an item begins at revision %d, want 1", got.Revision)
	}
	if _, err := s.Get(ctx, "other", "a"); !errors.Is(err, desk.ErrAbsent) {
		t.Errorf("another drawer has the key too: %v", err)
	}
}

func revisions(t *testing.T, s desk.Store) {
	put(t, s, desk.Change{Drawer: "d", Key: "k", Body: []byte("1")})
	for name, c := range map[string]desk.Change{
		"new where there is one": {Drawer: "d", Key: "k", Body: []byte("x")},
		"of a later revision":    {Drawer: "d", Key: "k", Was: 2, Body: []byte("x")},
		"removed at another one": {Drawer: "d", Key: "k", Was: 7},
		"of what is not there":   {Drawer: "d", Key: "none", Was: 1, Body: []byte("x")},
		"removed and not there":  {Drawer: "d", Key: "none", Was: 1},
	} {
		if err := s.Put(ctx, c); !errors.Is(err, desk.ErrChanged) {
			t.Errorf("%s: got %v, want ErrChanged", name, err)
		}
	}
	if got, err := s.Get(ctx, "d", "k"); err != nil || string(got.Body) != "1" || got.Revision != 1 {
		t.Errorf("a refused change changed it: %v, %v", got, err)
	}
}

func wholly(t *testing.T, s desk.Store) {
	put(t, s, desk.Change{Drawer: "d", Key: "k", Body: []byte("1")})
	err := s.Put(ctx,
		desk.Change{Drawer: "d", Key: "a", Body: []byte("new")},
		desk.Change{Drawer: "d", Key: "k", Was: 1},
		desk.Change{Drawer: "d", Key: "z", Was: 3, Body: []byte("late")})
	if !errors.Is(err, desk.ErrChanged) {
		t.Fatalf("got %v, want ErrChanged", err)
	}
	if all, err := desk.All(ctx, s, "d"); err != nil || len(all) != 1 || string(all[0].Body) != "1" {
		t.Errorf("some of the changes were made: %v, %v", all, err)
	}
}

func lists(t *testing.T, s desk.Store) {
	keys := []string{"A", "B", "a", "a b", "a/b", "aa", "b", "é", "中"} // in byte order
	for i := range keys {
		put(t, s, desk.Change{Drawer: "d", Key: keys[len(keys)-1-i], Body: []byte("x")}, desk.Change{Drawer: "e", Key: strconv.Itoa(i), Body: []byte("y")})
	}
	var got []string
	for after := ""; ; {
		items, err := s.List(ctx, "d", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) == 0 {
			break
		}
		for _, i := range items {
			got = append(got, i.Key)
		}
		after = items[len(items)-1].Key
	}
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Error(diff)
	}
}

func refuses(t *testing.T, s desk.Store) {
	for name, changes := range map[string][]desk.Change{
		"no drawer":         {{Key: "k", Body: []byte("x")}},
		"no key":            {{Drawer: "d", Body: []byte("x")}},
		"a long key":        {{Drawer: "d", Key: strings.Repeat("k", desk.KeyBytesMax), Body: []byte("x")}},
		"a zero byte":       {{Drawer: "d", Key: "a\x00b", Body: []byte("x")}},
		"nothing removed":   {{Drawer: "d", Key: "k"}},
		"one item twice":    {{Drawer: "d", Key: "k", Body: []byte("x")}, {Drawer: "d", Key: "k", Body: []byte("y")}},
		"a very large body": {{Drawer: "d", Key: "k", Body: make([]byte, desk.BodyBytesMax+1)}},
	} {
		if err := s.Put(ctx, changes...); err == nil || errors.Is(err, desk.ErrChanged) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if err := s.Put(ctx); err != nil {
		t.Errorf("no change at all: %v", err)
	}
}

// races counts to a hundred with ten hands: whoever loses reads again.
func races(t *testing.T, s desk.Store) {
	put(t, s, desk.Change{Drawer: "d", Key: "count", Body: []byte("0")})
	var hands sync.WaitGroup
	for range 10 {
		hands.Go(func() {
			for range 10 {
				if err := increase(s); err != nil {
					t.Error(err)
				}
			}
		})
	}
	hands.Wait()
	got, err := s.Get(ctx, "d", "count")
	if err != nil || string(got.Body) != "100" || got.Revision != 101 {
		t.Errorf("counted to %s in revision %d, %v; want 100 in revision 101", got.Body, got.Revision, err)
	}
}

func increase(s desk.Store) error {
	for {
		item, err := s.Get(ctx, "d", "count")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(item.Body))
		if err != nil {
			return err
		}
		err = s.Put(ctx, desk.Change{Drawer: "d", Key: "count", Was: item.Revision, Body: fmt.Append(nil, n+1)})
		if !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

func bodies(t *testing.T, s desk.Store) {
	for i, body := range [][]byte{{}, {0}, {0xff, 0, '\''}, bytes.Repeat([]byte{7}, 1<<20)} {
		key := strconv.Itoa(i)
		put(t, s, desk.Change{Drawer: "d", Key: key, Body: body})
		got, err := s.Get(ctx, "d", key)
		if err != nil || !bytes.Equal(got.Body, body) {
			t.Errorf("body %d: got %d bytes, %v; want %d", i, len(got.Body), err, len(body))
		}
		if len(body) > 0 {
			body[0]++
			if again, _ := s.Get(ctx, "d", key); !bytes.Equal(again.Body, got.Body) {
				t.Errorf("body %d changed with the caller's bytes", i)
			}
		}
	}
}
