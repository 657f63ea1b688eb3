package lp

import (
	"cmp"
	"math"
	"slices"
)

// Inf is the bound that does not bind; its negative serves below.
var Inf = math.Inf(1)

// Col names a column (a quantity to be chosen) of one Model. Columns are counted from 0 in the order they were added.
type Col int32

// Row names a row (a limit on a weighted sum of columns) of one Model, counted likewise.
type Row int32

// Term is one column's part in a row.
type Term struct {
	Col  Col
	Coef float64
}

// Model is the programme: maximise gain·x subject to lo <= x <= hi for every column and lo <= a·x <= hi for every row, with some
// columns whole numbers. Its zero value is the empty programme, whose optimum is 0.
//
// A Model is data. It is not safe for concurrent change, but any number of goroutines may read it.
// Its methods panic on what no valid programme can contain, because only a mistake in the caller can put it there: NaN anywhere, an
// infinite gain or coefficient, a lower bound of +Inf, an upper bound of -Inf, a column or row that was never added.
// A lower bound above its upper bound is no such mistake: the programme then is infeasible, and the solver says so.
type Model struct {
	gain         []float64
	colLo, colHi []float64
	integer      []bool // nil until the first SetInteger
	integers     int
	rowLo, rowHi []float64
	ends         []int // terms[ends[r-1]:ends[r]] are row r's
	terms        []Term
}

// AddCol adds a column that earns gain per unit and lies between lo and hi.
func (m *Model) AddCol(gain, lo, hi float64) Col {
	if m.Cols() == math.MaxInt32 {
		panic("lp: more than 2^31-1 columns")
	}
	must(checkGain(gain))
	must(checkBounds(lo, hi))
	m.gain = append(m.gain, gain)
	m.colLo, m.colHi = append(m.colLo, lo), append(m.colHi, hi)
	if m.integer != nil {
		m.integer = append(m.integer, false)
	}
	return Col(m.Cols() - 1)
}

// AddRow adds the limit lo <= sum of terms <= hi. Terms may come in any order and name a column twice, in which case they are
// summed; terms that are or sum to zero vanish. It keeps no hold on the slice.
func (m *Model) AddRow(lo, hi float64, terms ...Term) Row {
	if m.Rows() == math.MaxInt32 {
		panic("lp: more than 2^31-1 rows")
	}
	must(CheckRow(m, lo, hi, terms))
	m.terms = appendCanonical(m.terms, terms)
	m.ends = append(m.ends, len(m.terms))
	m.rowLo, m.rowHi = append(m.rowLo, lo), append(m.rowHi, hi)
	return Row(m.Rows() - 1)
}

// SetInteger makes c a whole number.
func (m *Model) SetInteger(c Col) {
	must(m.checkCol(c))
	if m.integer == nil {
		m.integer = make([]bool, m.Cols(), cap(m.gain))
	}
	if !m.integer[c] {
		m.integer[c] = true
		m.integers++
	}
}

// SetGain replaces what c earns per unit.
func (m *Model) SetGain(c Col, gain float64) {
	must(m.checkCol(c))
	must(checkGain(gain))
	m.gain[c] = gain
}

// SetColBounds replaces the bounds of c.
func (m *Model) SetColBounds(c Col, lo, hi float64) {
	must(m.checkCol(c))
	must(checkBounds(lo, hi))
	m.colLo[c], m.colHi[c] = lo, hi
}

// SetRowBounds replaces the bounds of r.
func (m *Model) SetRowBounds(r Row, lo, hi float64) {
	must(m.checkRow(r))
	must(checkBounds(lo, hi))
	m.rowLo[r], m.rowHi[r] = lo, hi
}

// Cols counts the columns.
func (m *Model) Cols() int { return len(m.gain) }

// Rows counts the rows.
func (m *Model) Rows() int { return len(m.ends) }

// NonZeros counts the terms of all rows.
func (m *Model) NonZeros() int { return len(m.terms) }

// Integers counts the columns that must be whole numbers.
func (m *Model) Integers() int { return m.integers }

// Gain is what c earns per unit.
func (m *Model) Gain(c Col) float64 { return m.gain[c] }

// ColBounds are the least and the most that c may be.
func (m *Model) ColBounds(c Col) (lo, hi float64) { return m.colLo[c], m.colHi[c] }

// Integer reports whether c must be a whole number.
func (m *Model) Integer(c Col) bool { return m.integer != nil && m.integer[c] }

// RowBounds are the least and the most that the sum of r may be.
func (m *Model) RowBounds(r Row) (lo, hi float64) { return m.rowLo[r], m.rowHi[r] }

// Terms are the terms of r, by rising column, none of them zero. The slice is the model's own and only to be read.
func (m *Model) Terms(r Row) []Term {
	from := 0
	if r > 0 {
		from = m.ends[r-1]
	}
	return m.terms[from:m.ends[r]:m.ends[r]]
}

// Clone returns a model that shares nothing with m.
func (m *Model) Clone() *Model {
	return &Model{
		gain:  slices.Clone(m.gain),
		colLo: slices.Clone(m.colLo), colHi: slices.Clone(m.colHi),
		integer: slices.Clone(m.integer), integers: m.integers,
		rowLo: slices.Clone(m.rowLo), rowHi: slices.Clone(m.rowHi),
		ends: slices.Clone(m.ends), terms: slices.Clone(m.terms),
	}
}

// Canonical returns terms as a model keeps them: by rising column, duplicates summed in the order given, zeros dropped. Equal rows are
// equal data, however they were written, and so solve alike.
func Canonical(terms []Term) []Term { return appendCanonical(nil, terms) }

func appendCanonical(to, terms []Term) []Term {
	from := len(to)
	to = append(to, terms...)
	row := to[from:]
	if !slices.IsSortedFunc(row, byCol) {
		slices.SortStableFunc(row, byCol)
	}
	n := 0
	for i := 0; i < len(row); {
		sum := row[i]
		for i++; i < len(row) && row[i].Col == sum.Col; i++ {
			sum.Coef += row[i].Coef
		}
		if sum.Coef != 0 {
			row[n] = sum
			n++
		}
	}
	return to[:from+n]
}

func byCol(a, b Term) int { return cmp.Compare(a.Col, b.Col) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
