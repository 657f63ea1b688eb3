package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
)

// hiddenSolver is compiled once for all worlds.
var hiddenSolver = sync.OnceValue(func() lp.Solver {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	if err != nil {
		panic(err)
	}
	return simplex.New(s)
})

// remembering is a solver that solves no programme twice. Equal sessions give
// equal bits (package lp), so whoever asks for the same is told the same; if the
// two sides of a world are alike, as they should be, the second costs nothing.
// Asked counts sessions and runs, so that what is not seen can be counted too:
// how much there was to do.
type remembering struct {
	of    lp.Solver
	mu    sync.Mutex
	known map[[sha256.Size]byte]*lp.Solution
	asked int
}

func newRemembering() *remembering {
	return &remembering{of: hiddenSolver(), known: map[[sha256.Size]byte]*lp.Solution{}}
}

func (r *remembering) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// Open implements lp.Solver. The session is opened when something new is asked.
func (r *remembering) Open(ctx context.Context, m *lp.Model) (lp.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	s := &rememberedSession{r: r, model: m.Clone(), rows: m.Rows()}
	s.mark("%v", *m)
	return s, nil
}

// rememberedSession is named by all that was ever asked of it. What has not yet
// been done with the real session waits until it must be.
type rememberedSession struct {
	r       *remembering
	model   *lp.Model
	real    lp.Session
	waiting []func(context.Context) error
	rows    int
	name    [sha256.Size]byte
}

func (s *rememberedSession) mark(format string, args ...any) {
	h := sha256.New()
	h.Write(s.name[:])
	fmt.Fprintf(h, format, args...)
	h.Sum(s.name[:0])
}

func (s *rememberedSession) later(do func(lp.Session) error) error {
	s.waiting = append(s.waiting, func(context.Context) error { return do(s.real) })
	return nil
}

// Solve implements lp.Session.
func (s *rememberedSession) Solve(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	s.mark("solve %v %v %v %v %v", o.Gap, o.Method, o.Start, o.Prices, o.Basis != nil)
	if o.Basis != nil {
		s.mark("%v", *o.Basis)
	}
	var found *lp.Solution
	s.waiting = append(s.waiting, func(ctx context.Context) (err error) {
		found, err = s.real.Solve(ctx, o)
		return err
	})
	s.r.mu.Lock()
	s.r.asked++
	known := s.r.known[s.name]
	s.r.mu.Unlock()
	if known != nil && ctx.Err() == nil {
		return copyOf(known), nil
	}
	if s.real == nil {
		real, err := s.r.of.Open(ctx, s.model)
		if err != nil {
			return nil, err
		}
		s.real = real
	}
	for len(s.waiting) > 0 {
		do := s.waiting[0]
		s.waiting = s.waiting[1:]
		if err := do(ctx); err != nil {
			return nil, err
		}
	}
	if found.Status != lp.TimedOut && found.Status != lp.Cancelled {
		s.r.mu.Lock()
		s.r.known[s.name] = copyOf(found)
		s.r.mu.Unlock()
	}
	return found, nil
}

func copyOf(s *lp.Solution) *lp.Solution {
	c := *s
	c.X, c.Price, c.Reduced = slices.Clone(s.X), slices.Clone(s.Price), slices.Clone(s.Reduced)
	if s.Basis != nil {
		c.Basis = &lp.Basis{Cols: slices.Clone(s.Basis.Cols), Rows: slices.Clone(s.Basis.Rows)}
	}
	return &c
}

// SetRowBounds, SetColBounds, SetGains and AddRow implement lp.Session.
func (s *rememberedSession) SetRowBounds(rows []lp.Row, lo, hi []float64) error {
	s.mark("rows %v %v %v", rows, lo, hi)
	rows, lo, hi = slices.Clone(rows), slices.Clone(lo), slices.Clone(hi)
	return s.later(func(real lp.Session) error { return real.SetRowBounds(rows, lo, hi) })
}

func (s *rememberedSession) SetColBounds(cols []lp.Col, lo, hi []float64) error {
	s.mark("cols %v %v %v", cols, lo, hi)
	cols, lo, hi = slices.Clone(cols), slices.Clone(lo), slices.Clone(hi)
	return s.later(func(real lp.Session) error { return real.SetColBounds(cols, lo, hi) })
}

func (s *rememberedSession) SetGains(cols []lp.Col, gains []float64) error {
	s.mark("gains %v %v", cols, gains)
	cols, gains = slices.Clone(cols), slices.Clone(gains)
	return s.later(func(real lp.Session) error { return real.SetGains(cols, gains) })
}

func (s *rememberedSession) AddRow(lo, hi float64, terms ...lp.Term) (lp.Row, error) {
	s.mark("row %v %v %v", lo, hi, terms)
	terms = slices.Clone(terms)
	s.rows++
	return lp.Row(s.rows - 1), s.later(func(real lp.Session) error {
		_, err := real.AddRow(lo, hi, terms...)
		return err
	})
}

// Close implements lp.Session.
func (s *rememberedSession) Close() error {
	if s.real == nil {
		return nil
	}
	return s.real.Close()
}
