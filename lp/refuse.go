package lp

import (
	"fmt"
	"math"
)

// The checks below are what every Session refuses, so that no solver has to think of it again. All errors are ErrModel.

// CheckOptions reports options that make no sense for m.
func CheckOptions(m *Model, o Options) error {
	switch {
	case o.TimeLimit < 0 || !(o.Gap >= 0):
		return fmt.Errorf("%w: time limit %v, gap %v", ErrModel, o.TimeLimit, o.Gap)
	case o.Start != nil && len(o.Start) != m.Cols():
		return fmt.Errorf("%w: start with %d values for %d columns", ErrModel, len(o.Start), m.Cols())
	}
	for _, c := range o.Later {
		if err := m.checkCol(c); err != nil {
			return err
		}
	}
	if o.Basis != nil {
		return checkBasis(m, o.Basis)
	}
	return nil
}

// checkBasis asks for as many basic columns and rows as there are rows. Whether they are a basis is for the solver to find out.
func checkBasis(m *Model, b *Basis) error {
	if len(b.Cols) != m.Cols() || len(b.Rows) > m.Rows() {
		return fmt.Errorf("%w: basis of %d columns and %d rows for %d and %d", ErrModel, len(b.Cols), len(b.Rows), m.Cols(), m.Rows())
	}
	basic := m.Rows() - len(b.Rows)
	for _, part := range [][]Standing{b.Cols, b.Rows} {
		for _, standing := range part {
			if standing > NonBasic {
				return fmt.Errorf("%w: standing %d in basis", ErrModel, standing)
			}
			if standing == Basic {
				basic++
			}
		}
	}
	if basic != m.Rows() {
		return fmt.Errorf("%w: %d basic columns and rows for %d rows", ErrModel, basic, m.Rows())
	}
	return nil
}

// CheckRowBounds reports what Session.SetRowBounds has to refuse.
func CheckRowBounds(m *Model, rows []Row, lo, hi []float64) error {
	if err := checkSet(rows, m.Rows(), len(lo), len(hi)); err != nil {
		return err
	}
	return checkAllBounds(lo, hi)
}

// CheckColBounds reports what Session.SetColBounds has to refuse.
func CheckColBounds(m *Model, cols []Col, lo, hi []float64) error {
	if err := checkSet(cols, m.Cols(), len(lo), len(hi)); err != nil {
		return err
	}
	return checkAllBounds(lo, hi)
}

// CheckGains reports what Session.SetGains has to refuse.
func CheckGains(m *Model, cols []Col, gains []float64) error {
	if err := checkSet(cols, m.Cols(), len(gains)); err != nil {
		return err
	}
	for _, gain := range gains {
		if err := checkGain(gain); err != nil {
			return err
		}
	}
	return nil
}

// CheckRow reports what Session.AddRow has to refuse and Model.AddRow panics on.
func CheckRow(m *Model, lo, hi float64, terms []Term) error {
	if err := checkBounds(lo, hi); err != nil {
		return err
	}
	size := 0.0
	for _, t := range terms {
		if err := m.checkCol(t.Col); err != nil {
			return err
		}
		size += math.Abs(t.Coef)
	}
	if math.IsNaN(size) || math.IsInf(size, 0) { // as is the sum of any duplicates, then or before long
		return fmt.Errorf("%w: coefficients NaN or infinite", ErrModel)
	}
	return nil
}

// checkSet asks for indices that are there and named once, with as many values each.
func checkSet[I ~int32](set []I, of int, values ...int) error {
	for _, n := range values {
		if n != len(set) {
			return fmt.Errorf("%w: %d values for %d indices", ErrModel, n, len(set))
		}
	}
	named := make(map[I]bool, len(set))
	for _, i := range set {
		if i < 0 || int(i) >= of || named[i] {
			return fmt.Errorf("%w: index %d named twice, or not among %d", ErrModel, i, of)
		}
		named[i] = true
	}
	return nil
}

func checkAllBounds(lo, hi []float64) error {
	for i := range lo {
		if err := checkBounds(lo[i], hi[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkBounds(lo, hi float64) error {
	if math.IsNaN(lo) || math.IsNaN(hi) || lo == Inf || hi == -Inf {
		return fmt.Errorf("%w: bounds %v and %v", ErrModel, lo, hi)
	}
	return nil
}

func checkGain(gain float64) error {
	if math.IsNaN(gain) || math.IsInf(gain, 0) {
		return fmt.Errorf("%w: gain %v", ErrModel, gain)
	}
	return nil
}

func (m *Model) checkCol(c Col) error {
	if c < 0 || int(c) >= m.Cols() {
		return fmt.Errorf("%w: no column %d among %d", ErrModel, c, m.Cols())
	}
	return nil
}

func (m *Model) checkRow(r Row) error {
	if r < 0 || int(r) >= m.Rows() {
		return fmt.Errorf("%w: no row %d among %d", ErrModel, r, m.Rows())
	}
	return nil
}
