package highs

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"entente/lp"

	"github.com/tetratelabs/wazero/api"
)

// infinite is what HiGHS takes for infinite.
const infinite = 1e20

// session is an instance with a model in it, and the same model in its caller's terms, against which every solution is checked.
type session struct {
	in    *instance
	model *lp.Model
	// hasBasis says that HiGHS ended its last run with a basis, which it keeps through every change.
	hasBasis bool
	// gainsChanged, since the last run: its basis is then no start for the dual simplex but one for the primal.
	gainsChanged bool
}

// load passes m to a fresh instance.
func load(in *instance, m *lp.Model) (*session, error) {
	defer in.freeScratch()
	s := &session{in: in, model: m.Clone()}
	m = s.model
	cols, rows := m.Cols(), m.Rows()
	for c := range cols {
		if err := checkGain(m.Gain(lp.Col(c))); err != nil {
			return nil, err
		}
	}
	const maximise, byRow = -1, 2
	starts, index, value := s.terms()
	integrality := uint64(0)
	if m.Integers() > 0 {
		integrality = in.ints(cols, func(c int) int32 { return oneIf(m.Integer(lp.Col(c))) })
	}
	in.setBool("output_flag", false)
	if !in.try("Highs_passModel", uint64(cols), uint64(rows), uint64(m.NonZeros()), 0, byRow, 1, api.EncodeI32(maximise), 0,
		in.floats(cols, func(c int) float64 { return m.Gain(lp.Col(c)) }),
		in.floats(cols, func(c int) float64 { lo, _ := m.ColBounds(lp.Col(c)); return lo }),
		in.floats(cols, func(c int) float64 { _, hi := m.ColBounds(lp.Col(c)); return hi }),
		in.floats(rows, func(r int) float64 { lo, _ := m.RowBounds(lp.Row(r)); return lo }),
		in.floats(rows, func(r int) float64 { _, hi := m.RowBounds(lp.Row(r)); return hi }),
		starts, index, value, 0, 0, 0, integrality) {
		return nil, fmt.Errorf("%w: refused by HiGHS", lp.ErrModel)
	}
	return s, in.err
}

// terms puts the model's terms into scratch memory, row after row.
func (s *session) terms() (starts, index, value uint64) {
	m, in := s.model, s.in
	n := m.NonZeros()
	all := make([]lp.Term, 0, n)
	ends := make([]int32, m.Rows()+1)
	for r := range m.Rows() {
		all = append(all, m.Terms(lp.Row(r))...)
		ends[r+1] = int32(len(all))
	}
	return in.ints(len(ends), func(i int) int32 { return ends[i] }),
		in.ints(n, func(i int) int32 { return int32(all[i].Col) }),
		in.floats(n, func(i int) float64 { return all[i].Coef })
}

func oneIf(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// SetRowBounds implements lp.Session.
func (s *session) SetRowBounds(rows []lp.Row, lo, hi []float64) error {
	if err := lp.CheckRowBounds(s.model, rows, lo, hi); err != nil {
		return err
	}
	if err := s.change("Highs_changeRowsBoundsBySet", len(rows), func(i int) int32 { return int32(rows[i]) }, lo, hi); err != nil {
		return err
	}
	for i, r := range rows {
		s.model.SetRowBounds(r, lo[i], hi[i])
	}
	return nil
}

// SetColBounds implements lp.Session.
func (s *session) SetColBounds(cols []lp.Col, lo, hi []float64) error {
	if err := lp.CheckColBounds(s.model, cols, lo, hi); err != nil {
		return err
	}
	if err := s.change("Highs_changeColsBoundsBySet", len(cols), func(i int) int32 { return int32(cols[i]) }, lo, hi); err != nil {
		return err
	}
	for i, c := range cols {
		s.model.SetColBounds(c, lo[i], hi[i])
	}
	return nil
}

// SetGains implements lp.Session.
func (s *session) SetGains(cols []lp.Col, gains []float64) error {
	if err := lp.CheckGains(s.model, cols, gains); err != nil {
		return err
	}
	for _, gain := range gains {
		if err := checkGain(gain); err != nil {
			return err
		}
	}
	if err := s.change("Highs_changeColsCostBySet", len(cols), func(i int) int32 { return int32(cols[i]) }, gains); err != nil {
		return err
	}
	for i, c := range cols {
		s.model.SetGain(c, gains[i])
	}
	s.gainsChanged = true
	return nil
}

// AddRow implements lp.Session.
func (s *session) AddRow(lo, hi float64, terms ...lp.Term) (lp.Row, error) {
	if err := lp.CheckRow(s.model, lo, hi, terms); err != nil {
		return 0, err
	}
	row := lp.Canonical(terms)
	defer s.in.freeScratch()
	if !s.in.try("Highs_addRow", api.EncodeF64(lo), api.EncodeF64(hi), uint64(len(row)),
		s.in.ints(len(row), func(i int) int32 { return int32(row[i].Col) }),
		s.in.floats(len(row), func(i int) float64 { return row[i].Coef })) {
		return 0, fmt.Errorf("%w: row refused by HiGHS", lp.ErrModel)
	}
	if s.in.err != nil {
		return 0, s.in.err
	}
	return s.model.AddRow(lo, hi, terms...), nil
}

// Close implements lp.Session.
func (s *session) Close() error { return s.in.close() }

// change passes a set of indices and the arrays of values that go with it.
func (s *session) change(name string, n int, index func(i int) int32, values ...[]float64) error {
	if n == 0 || s.in.err != nil {
		return s.in.err
	}
	defer s.in.freeScratch()
	args := []uint64{uint64(n), s.in.ints(n, index)}
	for _, v := range values {
		args = append(args, s.in.floats(n, func(i int) float64 { return v[i] }))
	}
	if !s.in.try(name, args...) {
		return fmt.Errorf("%w: change refused by HiGHS", lp.ErrModel)
	}
	return s.in.err
}

func checkGain(gain float64) error {
	if !(math.Abs(gain) < infinite) {
		return fmt.Errorf("%w: gain %v", lp.ErrModel, gain)
	}
	return nil
}

// Solve implements lp.Session.
func (s *session) Solve(ctx context.Context, o lp.Options) (*lp.Solution, error) {
	if s.in.err != nil {
		return nil, s.in.err
	}
	if err := lp.CheckOptions(s.model, o); err != nil {
		return nil, err
	}
	if s.crossed() {
		return &lp.Solution{Status: lp.Infeasible, Bound: -lp.Inf}, nil
	}
	ctx, cancel := deadline(ctx, o.TimeLimit)
	defer cancel()
	if ctx.Err() != nil {
		return &lp.Solution{Status: lp.Stopped(ctx), Bound: lp.Inf}, nil
	}
	stop := new(atomic.Bool) // of this run alone: a late signal for it must not reach the next
	s.in.host.stop.Store(stop)
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()
	defer s.in.freeScratch()

	var solution *lp.Solution
	var err error
	switch {
	case s.model.Cols() == 0:
		return s.nothing(), nil
	case s.model.Integers() > 0:
		solution, err = s.integer(ctx, o)
	default:
		solution, err = s.linear(ctx, o)
	}
	s.gainsChanged = false
	if s.in.err != nil {
		return nil, s.in.err
	}
	return solution, err
}

// nothing solves a programme without columns, which HiGHS leaves open: all its rows sum to zero.
func (s *session) nothing() *lp.Solution {
	if _, err := lp.Check(s.model, nil, lp.Tolerance); err != nil {
		return &lp.Solution{Status: lp.Infeasible, Bound: -lp.Inf}
	}
	return &lp.Solution{Status: lp.Optimal, Feasible: true, X: []float64{}, Price: make([]float64, s.model.Rows()), Reduced: []float64{}}
}

// crossed reports whether a lower bound is above its upper bound, which HiGHS would not call infeasible but refuse.
func (s *session) crossed() bool {
	for c := range s.model.Cols() {
		if lo, hi := s.model.ColBounds(lp.Col(c)); lo > hi {
			return true
		}
	}
	for r := range s.model.Rows() {
		if lo, hi := s.model.RowBounds(lp.Row(r)); lo > hi {
			return true
		}
	}
	return false
}
