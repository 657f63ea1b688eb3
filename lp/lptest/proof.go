package lptest

import (
	"fmt"
	"math"

	"entente/lp"
)

// near is the tolerance of comparisons, relative to size.
func near(a, b, size float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(size)) }

// Proves reports why s is not a proven optimum of m, whose integers are taken as held where s has them. It believes nothing: a
// point within all limits and prices that are worth as much prove each other, whatever made them.
func Proves(m *lp.Model, s *lp.Solution) error {
	if s.Status != lp.Optimal || !s.Feasible {
		return fmt.Errorf("status %v, feasible %v", s.Status, s.Feasible)
	}
	if _, err := lp.Check(m, s.X, lp.Tolerance); err != nil {
		return err
	}
	if gain := lp.Objective(m, s.X); !near(gain, s.Objective, gain) || s.Bound < s.Objective {
		return fmt.Errorf("objective %v and bound %v of a point that earns %v", s.Objective, s.Bound, gain)
	}
	if len(s.Price) != m.Rows() || len(s.Reduced) != m.Cols() {
		return fmt.Errorf("%d prices for %d rows, %d for %d columns", len(s.Price), m.Rows(), len(s.Reduced), m.Cols())
	}
	reduced := make([]float64, m.Cols())
	for c := range reduced {
		reduced[c] = m.Gain(lp.Col(c))
	}
	size := 1.0
	for r, price := range s.Price {
		size = max(size, math.Abs(price))
		sum := 0.0
		for _, t := range m.Terms(lp.Row(r)) {
			reduced[t.Col] -= price * t.Coef
			sum += s.X[t.Col] * t.Coef
		}
		lo, hi := m.RowBounds(lp.Row(r))
		if err := earned(price, sum, lo, hi); err != nil {
			return fmt.Errorf("row %d: %w", r, err)
		}
	}
	for c, price := range s.Reduced {
		if !near(price, reduced[c], size) {
			return fmt.Errorf("column %d: reduced gain %v, but at the prices of the rows %v", c, price, reduced[c])
		}
		if m.Integer(lp.Col(c)) {
			continue
		}
		lo, hi := m.ColBounds(lp.Col(c))
		if err := earned(price, s.X[c], lo, hi); err != nil {
			return fmt.Errorf("column %d: %w", c, err)
		}
	}
	return nil
}

// earned reports a price that its limit does not earn: only a binding limit has one, and its sign says which.
func earned(price, v, lo, hi float64) error {
	if price > 1e-6 && !near(v, hi, hi) || price < -1e-6 && !near(v, lo, lo) {
		return fmt.Errorf("price %v at %v between %v and %v", price, v, lo, hi)
	}
	return nil
}

// bruteForce is the optimum of m, or -Inf without one, found by trying: all whole numbers, and for the other columns all vertices.
// All columns must be bounded, and there should be few.
func bruteForce(m *lp.Model) float64 {
	m = m.Clone()
	for c := range m.Cols() {
		lo, hi := m.ColBounds(lp.Col(c))
		if !m.Integer(lp.Col(c)) || lo == hi {
			continue
		}
		best := -lp.Inf
		for v := lo; v <= hi; v++ {
			m.SetColBounds(lp.Col(c), v, v)
			best = max(best, bruteForce(m))
		}
		return best
	}
	return bestVertex(m)
}

// limit is a·x = side.
type limit struct {
	a    []float64
	side float64
}

// bestVertex is the best of the points where as many limits bind as there are columns: if there is a solution, one of them is the
// optimum.
func bestVertex(m *lp.Model) float64 {
	n := m.Cols()
	var fixed, limits []limit
	for c := range n {
		a := make([]float64, n)
		a[c] = 1
		lo, hi := m.ColBounds(lp.Col(c))
		if lo == hi { // binds in any case
			fixed = append(fixed, limit{a, lo})
			continue
		}
		limits = append(limits, limit{a, lo}, limit{a, hi})
	}
	for r := range m.Rows() {
		a := make([]float64, n)
		for _, t := range m.Terms(lp.Row(r)) {
			a[t.Col] = t.Coef
		}
		lo, hi := m.RowBounds(lp.Row(r))
		if lo != -lp.Inf {
			limits = append(limits, limit{a, lo})
		}
		if hi != lp.Inf && hi != lo {
			limits = append(limits, limit{a, hi})
		}
	}
	best := -lp.Inf
	var choose func(from int, chosen []limit)
	choose = func(from int, chosen []limit) {
		if len(chosen) == n {
			if x, ok := meet(chosen); ok {
				if _, err := lp.Check(m, x, 1e-9); err == nil {
					best = max(best, lp.Objective(m, x))
				}
			}
			return
		}
		for i := from; i < len(limits); i++ {
			choose(i+1, append(chosen[:len(chosen):len(chosen)], limits[i]))
		}
	}
	choose(0, fixed)
	return best
}

// meet solves for the point in which as many limits as columns bind, if there is just one.
func meet(limits []limit) (x []float64, ok bool) {
	n := len(limits)
	rows := make([][]float64, n)
	for i, l := range limits {
		rows[i] = append(append([]float64{}, l.a...), l.side)
	}
	for c := range n {
		pivot := c
		for i := c; i < n; i++ {
			if math.Abs(rows[i][c]) > math.Abs(rows[pivot][c]) {
				pivot = i
			}
		}
		if math.Abs(rows[pivot][c]) < 1e-9 {
			return nil, false
		}
		rows[c], rows[pivot] = rows[pivot], rows[c]
		for i := range n {
			if i == c {
				continue
			}
			by := rows[i][c] / rows[c][c]
			for j := c; j <= n; j++ {
				rows[i][j] -= by * rows[c][j]
			}
		}
	}
	x = make([]float64, n)
	for c := range n {
		x[c] = rows[c][n] / rows[c][c]
	}
	return x, true
}
