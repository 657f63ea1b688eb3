package simplex

import (
	"math"

	"entente/lp"
)

// problem is a model as the method reads it: minimise cost·x where a·x + s = 0, row by row, and lo <= (x, s) <= hi. The s are the logicals:
// variable cols+r is that of row r, so that the logicals alone are a basis. Columns and rows are scaled by powers of two, which costs
// no accuracy.
type problem struct {
	cols, rows int
	byCol      sparse
	byRow      sparse
	awake      []int32   // by row: where the entries end of columns that are not left out; see leave
	cost       []float64 // of columns, then of logicals, which have none
	lo, hi     []float64 // likewise
	colScale   []float64 // a column's value in the model is its value here times this
	rowScale   []float64 // a row's activity here is that in the model times this
}

// sparse holds the vectors of one direction of a matrix.
type sparse struct {
	start []int32
	index []int32
	value []float64
}

func (s *sparse) of(i int32) ([]int32, []float64) {
	from, to := s.start[i], s.start[i+1]
	return s.index[from:to:to], s.value[from:to:to]
}

// across is the same matrix by the other direction, which has n vectors.
func (s *sparse) across(n int) sparse {
	t := sparse{make([]int32, n+1), make([]int32, len(s.index)), make([]float64, len(s.value))}
	for _, i := range s.index {
		t.start[i+1]++
	}
	for i := range n {
		t.start[i+1] += t.start[i]
	}
	next := append([]int32(nil), t.start...)
	for j := range int32(len(s.start) - 1) {
		index, value := s.of(j)
		for k, i := range index {
			t.index[next[i]], t.value[next[i]] = j, value[k]
			next[i]++
		}
	}
	return t
}

// compile reads a model.
func compile(m *lp.Model) *problem {
	p := &problem{cols: m.Cols(), rows: m.Rows()}
	p.byRow = sparse{make([]int32, 1, p.rows+1), make([]int32, 0, m.NonZeros()), make([]float64, 0, m.NonZeros())}
	for r := range p.rows {
		for _, t := range m.Terms(lp.Row(r)) {
			p.byRow.index = append(p.byRow.index, int32(t.Col))
			p.byRow.value = append(p.byRow.value, t.Coef)
		}
		p.byRow.start = append(p.byRow.start, int32(len(p.byRow.index)))
	}
	p.scale()
	p.byCol = p.byRow.across(p.cols)
	p.leave(nil)
	p.cost = make([]float64, p.cols+p.rows)
	p.lo, p.hi = make([]float64, p.cols+p.rows), make([]float64, p.cols+p.rows)
	for c := range p.cols {
		p.readGain(m, lp.Col(c))
		p.readCol(m, lp.Col(c))
	}
	for r := range p.rows {
		p.readRow(m, lp.Row(r))
	}
	return p
}

func (p *problem) readGain(m *lp.Model, c lp.Col) { p.cost[c] = -m.Gain(c) * p.colScale[c] }

func (p *problem) readCol(m *lp.Model, c lp.Col) {
	lo, hi := m.ColBounds(c)
	p.lo[c], p.hi[c] = lo/p.colScale[c], hi/p.colScale[c]
}

func (p *problem) readRow(m *lp.Model, r lp.Row) {
	lo, hi := m.RowBounds(r)
	v := p.cols + int(r)
	p.lo[v], p.hi[v] = -hi*p.rowScale[r], -lo*p.rowScale[r]
}

// spread is the ratio of coefficients from which on they are scaled. Below it the caller's units are better than any that could be found: which
// of two variables is further beyond its bounds is then told in terms that mean something.
const spread = 1e7

// scalePasses is how often rows and columns are brought towards each other. After two hardly anything changes.
const scalePasses = 2

// scale brings the coefficients near 1 where they are far apart: rows and columns in turn are divided by the geometric mean of their least and
// largest.
func (p *problem) scale() {
	p.rowScale, p.colScale = ones(p.rows), ones(p.cols)
	lo, hi := math.Inf(1), 0.0
	for _, v := range p.byRow.value {
		lo, hi = min(lo, math.Abs(v)), max(hi, math.Abs(v))
	}
	if hi < spread*lo && hi < spread && lo > 1/spread {
		return
	}
	least, most := make([]float64, p.cols), make([]float64, p.cols)
	for range scalePasses {
		for r := range int32(p.rows) {
			lo, hi := math.Inf(1), 0.0
			index, value := p.byRow.of(r)
			for k, c := range index {
				v := math.Abs(value[k]) * p.colScale[c]
				lo, hi = min(lo, v), max(hi, v)
			}
			p.rowScale[r] = powerOfTwo(lo * hi)
		}
		for c := range least {
			least[c], most[c] = math.Inf(1), 0
		}
		for r := range int32(p.rows) {
			index, value := p.byRow.of(r)
			for k, c := range index {
				v := math.Abs(value[k]) * p.rowScale[r]
				least[c], most[c] = min(least[c], v), max(most[c], v)
			}
		}
		for c := range p.colScale {
			p.colScale[c] = powerOfTwo(least[c] * most[c])
		}
	}
	for r := range int32(p.rows) {
		index, value := p.byRow.of(r)
		for k, c := range index {
			value[k] *= p.rowScale[r] * p.colScale[c]
		}
	}
}

func ones(n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// leave puts the columns that are left out behind the others in every row.
func (p *problem) leave(out []bool) {
	p.awake = zeroed(p.awake, p.rows)
	for r := range int32(p.rows) {
		index, value := p.byRow.of(r)
		n := 0
		for k, c := range index {
			if out == nil || !out[c] {
				index[n], index[k] = index[k], index[n]
				value[n], value[k] = value[k], value[n]
				n++
			}
		}
		p.awake[r] = p.byRow.start[r] + int32(n)
	}
}

// powerOfTwo is the power of two nearest to one over the root of x, or 1 where there is none.
func powerOfTwo(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	return math.Exp2(math.Round(-math.Log2(x) / 2))
}

// addRow appends the row that m has at the end.
func (p *problem) addRow(m *lp.Model) {
	r := lp.Row(p.rows)
	lo, hi := math.Inf(1), 0.0
	for _, t := range m.Terms(r) {
		v := math.Abs(t.Coef) * p.colScale[t.Col]
		lo, hi = min(lo, v), max(hi, v)
	}
	scale := powerOfTwo(lo * hi)
	for _, t := range m.Terms(r) {
		p.byRow.index = append(p.byRow.index, int32(t.Col))
		p.byRow.value = append(p.byRow.value, t.Coef*scale*p.colScale[t.Col])
	}
	p.byRow.start = append(p.byRow.start, int32(len(p.byRow.index)))
	p.rows++
	p.rowScale = append(p.rowScale, scale)
	p.cost, p.lo, p.hi = append(p.cost, 0), append(p.lo, 0), append(p.hi, 0)
	p.awake = append(p.awake, p.byRow.start[r+1])
	p.readRow(m, r)
	p.byCol = p.byRow.across(p.cols)
}
