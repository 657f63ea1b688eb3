package lp

import (
	"fmt"
	"math"
	"slices"
)

// Objective is the gain of x, summed in the order of the columns.
func Objective(m *Model, x []float64) float64 {
	sum := 0.0
	for c, gain := range m.gain {
		sum += gain * x[c]
	}
	return sum
}

// Check returns how far x strays from the worst-kept limit of m, relative to the size of the numbers in that limit where they are
// larger than 1, and an error that names the limit if that is more than tol. A point of the wrong length or with NaN in it strays
// infinitely far.
func Check(m *Model, x []float64, tol float64) (worst float64, err error) {
	if len(x) != m.Cols() {
		return Inf, fmt.Errorf("lp: %d values for %d columns", len(x), m.Cols())
	}
	seen := func(by float64, what string, i int) {
		if math.IsNaN(by) {
			by = Inf
		}
		if by > tol && by > worst {
			err = fmt.Errorf("lp: %s %d is violated by %g", what, i, by)
		}
		worst = max(worst, by)
	}
	for c, v := range x {
		seen(astray(v, m.colLo[c], m.colHi[c], 1), "column", c)
		if m.Integer(Col(c)) {
			seen(math.Abs(v-math.Round(v)), "wholeness of column", c)
		}
	}
	for r := range m.ends {
		sum, size := 0.0, 1.0
		for _, t := range m.Terms(Row(r)) {
			part := t.Coef * x[t.Col]
			sum += part
			size = max(size, math.Abs(part))
		}
		seen(astray(sum, m.rowLo[r], m.rowHi[r], size), "row", r)
	}
	return worst, err
}

// astray is how far v lies outside of lo and hi, relative to size and to the bound.
func astray(v, lo, hi, size float64) float64 {
	switch {
	case v < lo:
		return (lo - v) / max(size, math.Abs(lo))
	case v > hi:
		return (v - hi) / max(size, math.Abs(hi))
	case math.IsNaN(v):
		return v
	}
	return 0
}

// Bound is a bound on the objective of every solution of m, by weak duality: whatever the prices, no solution earns more than all
// limits are worth at them. Good prices give a tight bound, bad ones a loose one, +Inf at worst; no prices give a wrong one.
// So the prices of an unfinished run tell how much may still be missing, and those of one model bound its neighbours.
// A column without an upper bound is taken to reach no further than its rows allow: else the least rounding in a price would make the
// bound infinite. Along a long chain of rows that is far too wide, so what such a column is worth counts only where it is more than what
// rounding leaves of the sum that made it.
func Bound(m *Model, price []float64) float64 {
	if len(price) != m.Rows() {
		return Inf
	}
	bound := 0.0
	reduced, size := slices.Clone(m.gain), make([]float64, m.Cols())
	for c, g := range m.gain {
		size[c] = math.Abs(g)
	}
	for r, p := range price {
		bound += worth(p, m.rowLo[r], m.rowHi[r])
		for _, t := range m.Terms(Row(r)) {
			reduced[t.Col] -= p * t.Coef
			size[t.Col] = max(size[t.Col], math.Abs(p*t.Coef))
		}
	}
	lo, hi := implied(m)
	for c, d := range reduced {
		if m.colHi[c] == Inf && math.Abs(d) <= rounding*size[c] {
			continue
		}
		bound += worth(d, lo[c], hi[c])
	}
	if math.IsNaN(bound) { // limits that contradict each other infinitely
		return Inf
	}
	return bound
}

// rounding is what a sum of some ten terms may be off by, as a share of the largest.
const rounding = 1e-14

// worth is the most that v in [lo, hi] earns at a price.
func worth(price, lo, hi float64) float64 {
	switch {
	case price > 0:
		return price * hi
	case price < 0:
		return price * lo
	case price == 0:
		return 0
	}
	return Inf
}

// implied returns the bounds of m's columns, the infinite ones replaced by what follows from rows and other bounds where that is
// finite. Each pass may let the next find more, as along a chain of rows that each carry over to the next.
func implied(m *Model) (lo, hi []float64) {
	lo, hi = slices.Clone(m.colLo), slices.Clone(m.colHi)
	for found := true; found; {
		found = false
		for r := range m.ends {
			terms := m.Terms(Row(r))
			up := implies(terms, 1, m.rowHi[r], lo, hi)
			down := implies(terms, -1, -m.rowLo[r], lo, hi)
			found = found || up || down
		}
	}
	return lo, hi
}

// implies narrows infinite bounds by sign·terms <= side, and reports whether it did.
func implies(terms []Term, sign, side float64, lo, hi []float64) (found bool) {
	if side == Inf {
		return false
	}
	endless, least := 0, 0.0 // what the terms sum to at least, the endless ones left out
	for _, t := range terms {
		if v := leastOf(t, sign, lo, hi); v == -Inf {
			endless++
		} else {
			least += v
		}
	}
	if endless > 1 {
		return false
	}
	for _, t := range terms {
		own := leastOf(t, sign, lo, hi)
		rest := least - own
		if own == -Inf {
			rest = least
		} else if endless == 1 {
			continue
		}
		coef := sign * t.Coef
		if math.Abs(coef) < 1e-6 { // by which rounding in the rest would be multiplied
			continue
		}
		reach := (side - rest) / coef
		switch {
		case coef > 0 && hi[t.Col] == Inf && !math.IsInf(reach, 0):
			hi[t.Col], found = reach, true
		case coef < 0 && lo[t.Col] == -Inf && !math.IsInf(reach, 0):
			lo[t.Col], found = reach, true
		}
	}
	return found
}

// leastOf is the least that a term contributes.
func leastOf(t Term, sign float64, lo, hi []float64) float64 {
	coef := sign * t.Coef
	if coef > 0 {
		return coef * lo[t.Col]
	}
	return coef * hi[t.Col]
}
