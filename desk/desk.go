// Package desk keeps what is still in work beside the ledger: proposals, jobs,
// people and their tokens, sessions, saved scenarios.
//
// The ledger keeps for ever what was accepted; a desk keeps what may still
// change or be thrown away. It knows nothing of what lies on it: an Item is
// bytes under a key in a drawer, with the revision it has reached. Whoever
// changes an item names the revision that they read, so that two who change one
// thing at a time never overwrite each other.
package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Drawer is one kind of thing on the desk; each room has its own.
type Drawer string

// Item is a thing in a drawer. Revisions begin at 1 and rise by one.
type Item struct {
	Drawer   Drawer
	Key      string
	Revision int64
	Body     []byte
}

// Change puts a body in the place of an item, or removes it. Was is the
// revision that the caller read; 0 says that there is no such item yet.
type Change struct {
	Drawer Drawer
	Key    string
	Was    int64
	Body   []byte // nil removes the item
}

// Errors of a Store; every other means that the database failed.
var (
	ErrAbsent  = errors.New("desk: there is no such item")
	ErrChanged = errors.New("desk: the item changed meanwhile")
)

// Store is what a database gives a desk. desktest.Run is its contract. Every
// method may be called from many goroutines and processes; what Put has stored,
// every later call sees, and it survives a loss of power.
type Store interface {
	// Get is the item, or ErrAbsent.
	Get(ctx context.Context, d Drawer, key string) (Item, error)

	// List is up to most items of a drawer, in the byte order of their keys,
	// from the first key greater than after.
	List(ctx context.Context, d Drawer, after string, most int) ([]Item, error)

	// Put makes every change or, when one of the items is not at the revision
	// that was named, none, and returns ErrChanged. No two changes may be of
	// one item.
	Put(ctx context.Context, changes ...Change) error

	// Close gives the database back; nothing may be called after it.
	Close() error
}

// Limits of a change.
const (
	KeyBytesMax  = 512
	BodyBytesMax = 64 << 20
)

// Check refuses changes that no store takes. Stores call it.
func Check(changes []Change) error {
	type name struct {
		drawer Drawer
		key    string
	}
	seen := map[name]bool{}
	for _, c := range changes {
		n := name{c.Drawer, c.Key}
		switch {
		case c.Drawer == "" || c.Key == "":
			return fmt.Errorf("desk: put: an item needs a drawer and a key")
		case len(c.Drawer)+len(c.Key) > KeyBytesMax || strings.ContainsRune(c.Key, 0):
			return fmt.Errorf("desk: put %s: the key is longer than %d bytes or has a zero byte", c.Drawer, KeyBytesMax)
		case len(c.Body) > BodyBytesMax:
			return fmt.Errorf("desk: put %s/%s: the body has more than %d bytes", c.Drawer, c.Key, BodyBytesMax)
		case c.Body == nil && c.Was == 0:
			return fmt.Errorf("desk: put %s/%s: what is not there cannot be removed", c.Drawer, c.Key)
		case seen[n]:
			return fmt.Errorf("desk: put %s/%s: changed twice at once", c.Drawer, c.Key)
		}
		seen[n] = true
	}
	return nil
}

// All reads a whole drawer.
func All(ctx context.Context, s Store, d Drawer) ([]Item, error) {
	const page = 500
	var all []Item
	for after := ""; ; {
		items, err := s.List(ctx, d, after, page)
		all = append(all, items...)
		if err != nil || len(items) < page {
			return all, err
		}
		after = items[len(items)-1].Key
	}
}

// Memory is a Store that forgets everything at the end of the program. It is
// the simplest that keeps the contract; a desk over a folder of files uses it.
type Memory struct {
	mu      sync.Mutex
	drawers map[Drawer]map[string]Item
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, d Drawer, key string) (Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	item, ok := m.drawers[d][key]
	if !ok {
		return Item{}, ErrAbsent
	}
	return item.copy(), nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, d Drawer, after string, most int) ([]Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var items []Item
	for key, item := range m.drawers[d] {
		if key > after {
			items = append(items, item.copy())
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return items[:min(most, len(items))], nil
}

// Put implements Store.
func (m *Memory) Put(_ context.Context, changes ...Change) error {
	if err := Check(changes); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range changes {
		if m.drawers[c.Drawer][c.Key].Revision != c.Was {
			return ErrChanged
		}
	}
	for _, c := range changes {
		if c.Body == nil {
			delete(m.drawers[c.Drawer], c.Key)
			continue
		}
		if m.drawers == nil {
			m.drawers = map[Drawer]map[string]Item{}
		}
		if m.drawers[c.Drawer] == nil {
			m.drawers[c.Drawer] = map[string]Item{}
		}
		m.drawers[c.Drawer][c.Key] = Item{c.Drawer, c.Key, c.Was + 1, bytes.Clone(c.Body)}
	}
	return nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }

func (i Item) copy() Item {
	i.Body = bytes.Clone(i.Body)
	return i
}
