// Package sight is what a reader sees of a register on a day: the view, and what
// check finds in it. It is made once for all who look.
//
// A sight is of one tree, one day and one reader, and is shared by nobody else. Of
// a register that has changed a little the view is there at once, made from the
// one before it; what check finds takes longer. Whoever can do with what was seen
// a moment ago asks Sooner: while the sight of a changed register is being made
// ready they get the one before it, unless something in that must not be seen any
// more.
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

	before atomic.Pointer[Sight] // the one that was ready last, until it is known what check finds
	ready  atomic.Bool
	found  func() []check.Finding
	named  func() map[record.Key][]check.Finding
	keep   sync.Once
	kept   any

	asking sync.Mutex
	lives  [2]outlived // what Outlives was asked last
}

// outlived is whether everything may still be seen in a tree.
type outlived struct {
	in  *register.Tree
	yes bool
}

// Of makes a sight that is not shared.
func Of(t *register.Tree, at register.At) *Sight { return of(t, t.View(at)) }

func of(t *register.Tree, v *register.View) *Sight {
	s := &Sight{Tree: t, View: v}
	s.found = sync.OnceValue(func() []check.Finding {
		defer s.before.Store(nil)
		return check.Run(s.View)
	})
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
	if t == s.Tree {
		return true
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	for _, said := range s.lives {
		if said.in == t {
			return said.yes
		}
	}
	s.lives[1] = s.lives[0]
	s.lives[0] = outlived{t, t.Leaves(s.View)}
	return s.lives[0].yes
}

// Head is the view's.
func (s *Sight) Head() string { return s.View.Head() }

// Found is what check finds. The slice is only to be read.
func (s *Sight) Found() []check.Finding { return s.found() }

// On is what check finds of a record. While check looks at what has changed
// elsewhere, it is what check found of the record before.
func (s *Sight) On(k record.Key) []check.Finding {
	if before := s.before.Load(); before != nil && before.Outlives(s.Tree) {
		was, _ := before.View.Get(k)
		if is, ok := s.View.Get(k); ok && is == was {
			return before.named()[k]
		}
	}
	return s.named()[k]
}

// Kept is what whoever draws the sight keeps with it, made once.
func (s *Sight) Kept(make func() any) any {
	s.keep.Do(func() { s.kept = make() })
	return s.kept
}

// Sights keeps the latest. It is safe for many goroutines.
type Sights struct {
	// Prepare, which may be nil, is given each sight that is to take the place of
	// another, with that other, to reckon what all who look will ask for. It is set
	// before anybody looks.
	Prepare func(one, before *Sight)

	kept *once.Shelf[*Sight]
	made atomic.Uint64
	slot chan struct{} // sights are made ready one after the other

	mu    sync.Mutex
	names map[string]*line // by day and reader
}

// line is the sights of one day and reader.
type line struct {
	newest    *Sight // that was made, of the newest tree
	latest    *Sight // that is ready
	preparing bool
}

// New keeps up to a number of sights, and makes as many at once as gate holds.
func New(number int, gate chan struct{}) *Sights {
	return &Sights{kept: once.NewShelf[*Sight](once.Limits{Gate: gate, Number: number}, nil), slot: make(chan struct{}, 1), names: map[string]*line{}}
}

// Look is the sight of a tree.
func (s *Sights) Look(ctx context.Context, t *register.Tree, at register.At) (*Sight, error) {
	return s.kept.Do(ctx, keyOf(t, at), func(context.Context, func(string)) (*Sight, error) {
		before, ready := s.before(at)
		one := (*Sight)(nil)
		if before != nil && t.Follows(before.Tree) {
			one = of(t, t.Renew(before.View))
		} else {
			one = Of(t, at)
		}
		one.ID = s.made.Add(1)
		if ready != nil && t.Follows(ready.Tree) {
			one.before.Store(ready)
		}
		s.succeed(one)
		return one, nil
	})
}

// Sooner is the sight of a tree or, while that is being made ready, the one before
// it, if everything in that may still be seen.
func (s *Sights) Sooner(ctx context.Context, t *register.Tree, at register.At) (*Sight, error) {
	one, made := s.kept.Peek(keyOf(t, at))
	if made && one.ready.Load() {
		return one, nil
	}
	_, before := s.before(at)
	if before == nil || !before.Outlives(t) {
		return s.Look(ctx, t, at)
	}
	if !made {
		go func() { _, _ = s.Look(context.WithoutCancel(ctx), t, at) }()
	}
	return before, nil
}

// before are the sight that was made last, and the one that was ready last.
func (s *Sights) before(at register.At) (newest, latest *Sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.names[nameOf(at)]; l != nil {
		return l.newest, l.latest
	}
	return nil, nil
}

// succeed takes the place of the sight that was made before, and sees to it that
// it is made ready.
func (s *Sights) succeed(one *Sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := nameOf(one.View.At())
	l := s.names[name]
	switch {
	case l == nil:
		for other := range s.names {
			if len(s.names) < s.kept.Number {
				break
			}
			delete(s.names, other)
		}
		l = &line{}
		s.names[name] = l
	case l.newest.Tree.Follows(one.Tree):
		return // it is of the past
	case one.Tree.Follows(l.newest.Tree):
		s.kept.Forget(keyOf(l.newest.Tree, l.newest.View.At()))
	}
	l.newest = one
	if !l.preparing {
		l.preparing = true
		go s.prepare(l)
	}
}

// prepare makes the newest sight ready, until there is none that is newer.
func (s *Sights) prepare(l *line) {
	s.slot <- struct{}{}
	defer func() { <-s.slot }()
	for {
		s.mu.Lock()
		one, before := l.newest, l.latest
		if one == before {
			l.preparing = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		one.Head()
		one.Found()
		if s.Prepare != nil && before != nil {
			s.Prepare(one, before)
		}
		s.mu.Lock()
		l.latest = one
		s.mu.Unlock()
		one.ready.Store(true)
	}
}

func keyOf(t *register.Tree, at register.At) string { return fmt.Sprintf("%p %s", t, nameOf(at)) }

func nameOf(at register.At) string { return fmt.Sprintf("%d %s", at.On, at.Reader.Key()) }
