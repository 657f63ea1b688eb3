package plan

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"entente/lp"
)

// A search finds whole numbers that together are the best, or as near to it as
// is asked for. It works in one session, on the programme without them, and
// changes nothing in it but the bounds of what comes whole and, by cuts, what
// whole tours cannot do anyway: so each step starts where the last one ended.
type search struct {
	m       *model
	session lp.Session
	o       lp.Options // of every solve but the first
	lo, hi  []float64  // of m.whole: what is left to choose
	relaxed *lp.Solution
	best    *lp.Solution // nil before any is found
	bound   float64      // no choice is better
	gap     float64      // near enough, as a share
	nodes   int          // how many steps it may still take
	renewed int          // as many again each time that it finds something better; 0 is never
}

// cutRounds is how often cuts are sought; each time there are fewer.
const cutRounds = 8

// newSearch solves the programme without whole numbers, which bounds what any
// choice can reach. at is what the session holds, and gets the same cuts.
func (m *model) newSearch(ctx context.Context, session lp.Session, at *lp.Model, o lp.Options) (*search, error) {
	s := &search{m: m, session: session, o: m.limit(), gap: max(m.w.options.Gap, noise), nodes: m.patience()}
	s.renewed = s.nodes
	for _, c := range m.whole {
		lo, hi := at.ColBounds(c)
		s.lo, s.hi = append(s.lo, lo), append(s.hi, hi)
	}
	var err error
	if s.relaxed, err = solved(session.Solve(ctx, o)); err != nil {
		return nil, err
	}
	for range cutRounds {
		n, err := s.cut(at)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if s.relaxed, err = solved(session.Solve(ctx, s.o)); err != nil {
			return nil, err
		}
	}
	s.bound = s.relaxed.Objective
	return s, nil
}

// patience is how many steps without a better choice a search is worth, by size:
// a second or some on most registers.
func (m *model) patience() int { return min(max(600_000/(1+m.lp.Rows()), 12), 300) }

// find begins with a choice that may be given, or the one that rotate finds, and
// improves on it until it is near enough, or the steps are used up.
func (s *search) find(ctx context.Context, given []float64) (*lp.Solution, error) {
	s.m.w.options.doing("which whole numbers are best")
	steps := []func() error{
		func() error { return s.try(ctx, given) },
		func() error { return s.try(ctx, s.m.rounded(s.relaxed)) },
		func() error { return s.dive(ctx, s.lo, s.hi) },
		func() error { return s.branch(ctx) },
	}
	for i, step := range steps {
		if i == 0 && given == nil || s.near() {
			continue
		}
		err := step()
		if err != nil && s.best != nil && errors.Is(err, ErrStopped) && ctx.Err() == nil {
			s.best.Status = lp.TimedOut // what was found by then stands
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if s.best == nil { // all else costs money that is not there
		if err := s.try(ctx, s.lo); err != nil {
			return nil, err
		}
	}
	s.best.Bound = max(s.bound, s.best.Objective)
	return s.best, nil
}

// rounded is the choice of tours that rotate finds, and of everything else as
// much as is whole.
func (m *model) rounded(relaxed *lp.Solution) []float64 {
	y := make([]float64, len(m.whole))
	for i, c := range m.whole {
		y[i] = math.Floor(relaxed.X[c] + noise)
	}
	copy(y, m.chosen(relaxed))
	return y
}

// near reports whether the best choice is near enough to the bound.
func (s *search) near() bool {
	return s.best != nil && s.bound-s.best.Objective <= s.gap*math.Abs(s.bound)
}

// try holds whole numbers as they are in y, as far as they are not barred, and
// keeps what that gives if it is the best so far.
func (s *search) try(ctx context.Context, y []float64) error {
	y = slices.Clone(y)
	for i := range y {
		y[i] = min(max(y[i], s.lo[i]), s.hi[i])
	}
	found, err := s.within(ctx, y, y)
	if found != nil {
		s.keep(found)
	}
	return err
}

// within solves with whole numbers between bounds. It is nil where nothing is
// possible between them: tours may cost money that is not there.
func (s *search) within(ctx context.Context, lo, hi []float64) (*lp.Solution, error) {
	if err := s.session.SetColBounds(s.m.whole, lo, hi); err != nil {
		return nil, fmt.Errorf("plan: try whole numbers: %w", err)
	}
	found, err := s.session.Solve(ctx, s.o)
	if err == nil && found.Status == lp.Infeasible {
		return nil, nil
	}
	return solved(found, err)
}

// keep takes a solution in whole numbers, and leaves out of what is to be chosen
// from what could only be worse: at the prices without whole numbers, one more
// or less of it would cost more than is still to be gained.
func (s *search) keep(found *lp.Solution) {
	if s.best != nil && found.Objective <= s.best.Objective {
		return
	}
	if s.best == nil || found.Objective-s.best.Objective > s.gap/10*math.Abs(found.Objective) {
		s.nodes = max(s.nodes, s.renewed)
	}
	s.best = found
	room := s.relaxed.Objective - found.Objective
	for i, c := range s.m.whole {
		switch d := s.relaxed.Reduced[c]; {
		case d < -room-priced:
			s.hi[i] = s.lo[i]
		case d > room+priced:
			s.lo[i] = s.hi[i]
		}
	}
}

// beaten reports whether what is worth v at most is not worth looking at.
func (s *search) beaten(v float64) bool {
	return s.best != nil && v <= s.best.Objective+noise*math.Abs(s.best.Objective)
}

// part of a whole number that is none.
func part(x float64) float64 {
	if r := math.Round(x); math.Abs(x-r) < 1e-6 {
		return 0
	}
	return x - math.Floor(x)
}

// dive rounds, between bounds, what is nearest to whole, solves again, and so on
// until everything is whole, or nothing better can come of it.
func (s *search) dive(ctx context.Context, lo, hi []float64) error {
	lo, hi = slices.Clone(lo), slices.Clone(hi)
	share := diveShare
	if s.nodes < 10*diveShare {
		share = diveShare / 3 // in fewer steps, which are dear
	}
	for s.nodes > 0 {
		s.nodes--
		found, err := s.within(ctx, lo, hi)
		if err != nil || found == nil || s.beaten(found.Objective) {
			return err
		}
		broken := s.broken(found.X)
		if len(broken) == 0 {
			s.keep(found)
			return nil
		}
		for _, i := range broken[:1+len(broken)/share] {
			q := math.Round(found.X[s.m.whole[i]])
			lo[i], hi[i] = q, q
		}
	}
	return nil
}

// diveShare is the share of what is not whole that is rounded in one step.
const diveShare = 8

// broken lists what is not whole in a solution, what is nearest to it first.
func (s *search) broken(x []float64) []int {
	var broken []int
	away := func(i int) float64 { v := x[s.m.whole[i]]; return math.Abs(v - math.Round(v)) }
	for i, c := range s.m.whole {
		if part(x[c]) > 0 {
			broken = append(broken, i)
		}
	}
	slices.SortStableFunc(broken, func(i, j int) int { return cmp.Compare(away(i), away(j)) })
	return broken
}

// node is a part of the choices: those of its parent in which of one thing there
// is at most so much, or at least. None in it is better than its bound.
type node struct {
	parent *node
	choice int
	least  bool
	much   float64
	bound  float64
}

// frontier holds the parts still to be looked at, the most promising first.
type frontier []*node

func (f frontier) Len() int           { return len(f) }
func (f frontier) Less(i, j int) bool { return f[i].bound > f[j].bound }
func (f frontier) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)        { *f = append(*f, x.(*node)) }
func (f *frontier) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}

// branch divides the choices until what is left cannot be better than the best
// by more than the gap, or its steps are used up: from the most promising part
// downwards, each time with more of what is wanted most.
func (s *search) branch(ctx context.Context) error {
	open := &frontier{{choice: none, bound: s.bound}}
	for open.Len() > 0 && !s.near() && s.nodes > 0 {
		at := heap.Pop(open).(*node)
		for at != nil && s.nodes > 0 {
			down, up, err := s.divide(ctx, at)
			if err != nil {
				return err
			}
			if at = up; down != nil {
				heap.Push(open, down)
			}
		}
		if at != nil {
			heap.Push(open, at)
		}
		s.settleBound(*open)
	}
	return nil
}

// settleBound is the most that any part still open, or the best, can be worth.
func (s *search) settleBound(open frontier) {
	bound := math.Inf(-1)
	if s.best != nil {
		bound = s.best.Objective
	}
	for _, n := range open {
		bound = max(bound, n.bound)
	}
	s.bound = min(s.bound, bound)
}

// divide solves a part, and gives the two that it falls into, or none where
// nothing in it can be better.
func (s *search) divide(ctx context.Context, n *node) (down, up *node, err error) {
	if s.beaten(n.bound) {
		return nil, nil, nil
	}
	s.nodes--
	lo, hi := slices.Clone(s.lo), slices.Clone(s.hi)
	for at := n; at.choice != none; at = at.parent {
		if at.least {
			lo[at.choice] = max(lo[at.choice], at.much)
		} else {
			hi[at.choice] = min(hi[at.choice], at.much)
		}
	}
	found, err := s.within(ctx, lo, hi)
	if err != nil || found == nil || s.beaten(found.Objective) {
		return nil, nil, err
	}
	i := s.wish(found.X)
	if i == none {
		s.keep(found)
		return nil, nil, nil
	}
	much := math.Floor(found.X[s.m.whole[i]])
	return &node{n, i, false, much, found.Objective}, &node{n, i, true, much + 1, found.Objective}, nil
}

// wish is what a solution wants most of all that it wants in part.
func (s *search) wish(x []float64) int {
	most, wish := 0.0, none
	for i, c := range s.m.whole {
		if p := part(x[c]); p > most {
			most, wish = p, i
		}
	}
	return wish
}
