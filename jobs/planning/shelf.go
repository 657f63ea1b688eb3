package planning

import (
	"slices"
	"sync"
)

// shelf keeps the last few things that took long to make. What several ask for
// at a time is made once; what could not be made is not kept.
type shelf[V any] struct {
	mu   sync.Mutex
	kept []*kept[V] // the latest last
}

type kept[V any] struct {
	name  string
	mu    sync.Mutex // held by whoever makes it
	made  bool
	value V
}

// shelfMax is enough for a worker that goes back and forth between two registers,
// or two readers of one.
const shelfMax = 2

func (s *shelf[V]) get(name string, make func() (V, error)) (V, error) {
	k := s.place(name)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made {
		return k.value, nil
	}
	value, err := make()
	if err == nil {
		k.value, k.made = value, true
	}
	return value, err
}

func (s *shelf[V]) place(name string) *kept[V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(k *kept[V]) bool { return k.name == name })
	k := &kept[V]{name: name}
	if i >= 0 {
		k = s.kept[i]
		s.kept = slices.Delete(s.kept, i, i+1)
	}
	s.kept = append(s.kept, k)
	if len(s.kept) > shelfMax {
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	return k
}
