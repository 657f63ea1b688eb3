// Package sight is what a reader sees of a register on a day: the view, and what
// check finds in it. It is made once for all who look.
//
// A sight is of one tree, one day and one reader, and is shared by nobody else.
// Whoever can do with what was seen a moment ago asks Sooner: while a sight of a
// changed register is being made they get the one before it, unless something in
// that must not be seen any more.
package sight

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"entente/check"
	"entente/once"
	"entente/record"
	"entente/register"
)

// Sight is a view with what check finds in it.
type Sight struct {
	ID   uint64 // no two have the same
	Tree *register.Tree
	View *register.View

	left  atomic.Pointer[register.Tree] // the latest that Outlives answered yes for
	found func() []check.Finding
	named func() map[record.Key][]check.Finding
}

// Of makes a sight that is not shared.
func Of(t *register.Tree, at register.At) *Sight {
	s := &Sight{Tree: t, View: t.View(at)}
	s.found = sync.OnceValue(func() []check.Finding { return check.Run(s.View) })
	s.named = sync.OnceValue(func() map[record.Key][]check.Finding {
		named := map[record.Key][]check.Finding{}
		for _, f := range s.found() {
			for i, k := range f.Records {
				if i == 0 || k != f.Records[i-1] {
					named[k] = append(named[k], f)
				}
			}
		}
		return named
	})
	return s
}

// Outlives reports whether everything in the sight may still be seen in t.
func (s *Sight) Outlives(t *register.Tree) bool {
	if s.left.Load() == t {
		return true
	}
	if !t.Leaves(s.View) {
		return false
	}
	s.left.Store(t)
	return true
}

// Head is the view's.
func (s *Sight) Head() string { return s.View.Head() }

// Found is what check finds. The slice is only to be read.
func (s *Sight) Found() []check.Finding { return s.found() }

// On is what check finds of a record.
func (s *Sight) On(k record.Key) []check.Finding { return s.named()[k] }

// Sights keeps the latest. It is safe for many goroutines.
type Sights struct {
	kept *once.Shelf[*Sight]
	made atomic.Uint64

	mu     sync.Mutex
	latest map[string]*Sight // by day and reader
}

// New keeps up to a number of sights, and makes as many at once as gate holds.
func New(number int, gate chan struct{}) *Sights {
	return &Sights{kept: once.NewShelf[*Sight](once.Limits{Gate: gate, Number: number}, nil), latest: map[string]*Sight{}}
}

// Look is the sight of a tree.
func (s *Sights) Look(ctx context.Context, t *register.Tree, at register.At) (*Sight, error) {
	return s.kept.Do(ctx, keyOf(t, at), func(context.Context, func(string)) (*Sight, error) {
		one := Of(t, at)
		one.ID = s.made.Add(1)
		one.Head()
		one.Found()
		s.succeed(one)
		return one, nil
	})
}

// Sooner is the sight of a tree or, while that is being made, the one before it,
// if everything in that may still be seen.
func (s *Sights) Sooner(ctx context.Context, t *register.Tree, at register.At) (*Sight, error) {
	if one, ok := s.kept.Peek(keyOf(t, at)); ok {
		return one, nil
	}
	s.mu.Lock()
	before := s.latest[nameOf(at)]
	s.mu.Unlock()
	if before == nil || !before.Outlives(t) {
		return s.Look(ctx, t, at)
	}
	go func() { _, _ = s.Look(context.WithoutCancel(ctx), t, at) }()
	return before, nil
}

// succeed takes the place of the sight before, which is not kept any longer.
func (s *Sights) succeed(one *Sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := nameOf(one.View.At())
	before := s.latest[name]
	switch {
	case before != nil && before.Tree.Follows(one.Tree):
		return // it is of the past
	case before != nil && one.Tree.Follows(before.Tree):
		s.kept.Forget(keyOf(before.Tree, before.View.At()))
	}
	for other := range s.latest {
		if len(s.latest) < s.kept.Number {
			break
		}
		delete(s.latest, other)
	}
	s.latest[name] = one
}

func keyOf(t *register.Tree, at register.At) string { return fmt.Sprintf("%p %s", t, nameOf(at)) }

func nameOf(at register.At) string { return fmt.Sprintf("%d %s", at.On, at.Reader.Key()) }
