package simplex

import (
	"context"
	"math"
	"math/rand/v2"

	"entente/lp"
)

// engine walks from basis to basis. What it works with between two solves stays, so that the next begins where the last one ended.
type engine struct {
	p         *problem
	cost      []float64 // what is minimised: the problem's, unless perturbed or shifted
	head      []int32   // by row: the variable that is basic there
	place     []int32   // by variable: the row where it is basic, or gone
	at        []side    // by variable that is not basic
	x         []float64 // by variable: its value; of a basic one only when told
	d         []float64 // by variable: what the objective rises by per unit of it; 0 where basic
	xb        []float64 // by row: the value of its variable
	lob       []float64 // by row: the bounds of its variable
	hib       []float64
	weight    []float64 // by row: the square of the length of its edge, more or less
	f         *factor
	steps     int
	loaded    bool // there is a basis, and x, place and at say the same as head
	fresh     bool // f has the basis
	perturbed bool // costs have been made to differ
	moved     bool // costs are not those of the problem

	bad     []float64 // by row: the square of how far its variable is beyond a bound
	badRows []int32   // where that may be more than 0
	listed  []bool    // by row

	row, col, tau, shift *vector
	alpha                *vector // of variables
	ratios               []ratio
	flips                []int32
	density              [4]float64 // of the results of solving for each, on average
	sharing              float64    // from how many entries on another core helps; see worthSharing
	reference            []float64  // by variable, of the primal method
	wrong                []int32    // variables with a reduced cost of the wrong sign, perhaps
	inWrong              []bool
	asleep               []bool // by variable: it is left out, at its lower bound, until its reduced cost is asked for
	sleepers             int
	idle                 []bool // by column: it cannot come in, asleep or fixed, and stands behind all others in the rows
	rng                  *rand.Rand
}

// side is where a variable is, if it is not basic.
type side int8

const (
	atLower side = 1
	atUpper side = -1
	atZero  side = 0 // without bounds
	fixed   side = 2
	basic   side = 3
)

const (
	primalTol = 1e-7 // how far a variable may be beyond a bound
	dualTol   = 1e-7 // how far a reduced cost may be on the wrong side
	pivotTol  = 1e-7 // what is too small to divide by
)

const (
	forRow = iota
	forCol
	forTau
	forShift
)

// end is how a walk ended.
type end uint8

const (
	reached    end = iota // an optimum, of the costs that it worked with
	impossible            // nothing is feasible
	endless               // the objective has no end
	stopped               // the context is done
	lost                  // numbers are not good enough
	spent                 // the factors are to be made anew, and no more
)

func newEngine(p *problem) *engine {
	e := &engine{p: p, sharing: worthSharing}
	e.resize()
	return e
}

func (e *engine) resize() {
	p := e.p
	n := p.cols + p.rows
	e.cost = make([]float64, n)
	e.head = grown(e.head, p.rows)
	e.place, e.at = grown(e.place, n), grown(e.at, n)
	e.x, e.d = grown(e.x, n), grown(e.d, n)
	e.xb, e.lob, e.hib = grown(e.xb, p.rows), grown(e.lob, p.rows), grown(e.hib, p.rows)
	e.weight, e.bad, e.listed = grown(e.weight, p.rows), grown(e.bad, p.rows), grown(e.listed, p.rows)
	e.f = newFactor(p.rows)
	e.row, e.col, e.tau, e.shift = newVector(p.rows), newVector(p.rows), newVector(p.rows), newVector(p.rows)
	e.alpha = newVector(n)
	e.reference, e.inWrong = make([]float64, n), make([]bool, n)
	e.asleep, e.idle = grown(e.asleep, n), grown(e.idle, n)
	e.fresh = false
	copy(e.cost, p.cost)
	e.moved = false
}

func grown[T any](s []T, n int) []T {
	return append(make([]T, 0, n), append(s, make([]T, max(0, n-len(s)))...)[:n]...)
}

// solveFor solves with the basis or its transpose, and learns how dense results are.
func (e *engine) solveFor(v *vector, what int, transposed, keep bool) {
	dense := e.density[what] > 0.1
	switch {
	case transposed:
		e.f.btran(v, keep, dense)
	case what == forTau:
		e.f.ftran(v, keep, dense, &e.f.beside)
	default:
		e.f.ftran(v, keep, dense, &e.f.trail)
	}
	e.density[what] = 0.95*e.density[what] + 0.05*float64(len(v.on))/float64(len(v.at))
}

// rest is where a variable rests that is not basic: as near to where it was as its bounds allow.
func (e *engine) rest(v int32, near side) {
	lo, hi := e.p.lo[v], e.p.hi[v]
	switch {
	case lo == hi:
		e.at[v], e.x[v] = fixed, lo
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		e.at[v], e.x[v] = atZero, 0
	case math.IsInf(lo, -1) || near == atUpper && !math.IsInf(hi, 1):
		e.at[v], e.x[v] = atUpper, hi
	default:
		e.at[v], e.x[v] = atLower, lo
	}
}

// slack is the basis to begin with where there is none: that of the logicals.
func (e *engine) slack() {
	p := e.p
	for v := range e.place {
		e.place[v] = gone
	}
	for r := range p.rows {
		e.head[r] = int32(p.cols + r)
	}
	for r, v := range e.head {
		e.place[v], e.at[v] = int32(r), basic
	}
	for v := range int32(p.cols + p.rows) {
		if e.place[v] == gone {
			e.rest(v, atLower)
		}
	}
	e.weigh()
	e.loaded, e.fresh = true, false
}

func (e *engine) weigh() {
	for r := range e.weight {
		e.weight[r] = 1
	}
}

// load takes a basis from outside.
func (e *engine) load(b *lp.Basis) {
	p := e.p
	n := 0
	e.weigh()
	take := func(v int32, s lp.Standing) {
		if s == lp.Basic {
			e.head[n], e.place[v], e.at[v] = v, int32(n), basic
			if n < len(b.Lengths) && b.Lengths[n] > 0 {
				e.weight[n] = b.Lengths[n]
			}
			n++
			return
		}
		e.place[v] = gone
		near := atLower
		if s == lp.AtUpper {
			near = atUpper
		}
		e.rest(v, near)
	}
	for c := range p.cols {
		take(int32(c), b.Cols[c])
	}
	for r := range p.rows {
		s := lp.Basic
		if r < len(b.Rows) {
			s = turned(b.Rows[r])
		}
		take(int32(p.cols+r), s)
	}
	e.loaded, e.fresh = true, false
}

// turned is the standing of a row told as that of its logical, which has its sign, and the other way around.
func turned(s lp.Standing) lp.Standing {
	switch s {
	case lp.AtLower:
		return lp.AtUpper
	case lp.AtUpper:
		return lp.AtLower
	}
	return s
}

// basis tells the basis to the outside.
func (e *engine) basis() *lp.Basis {
	p := e.p
	standing := func(v int) lp.Standing {
		switch {
		case e.place[v] != gone:
			return lp.Basic
		case e.at[v] == atUpper:
			return lp.AtUpper
		case e.at[v] == atZero:
			return lp.AtZero
		}
		return lp.AtLower
	}
	b := &lp.Basis{Cols: make([]lp.Standing, p.cols), Rows: make([]lp.Standing, p.rows), Lengths: make([]float64, 0, p.rows)}
	for c := range b.Cols {
		b.Cols[c] = standing(c)
	}
	for r := range b.Rows {
		b.Rows[r] = turned(standing(p.cols + r))
	}
	for _, r := range e.place {
		if r != gone {
			b.Lengths = append(b.Lengths, e.weight[r])
		}
	}
	return b
}

// rebuild factors the basis anew, and from it finds all values and reduced costs.
func (e *engine) rebuild() {
	e.alpha.clear()
	byVar := e.alpha.at // free between steps; a weight goes with its variable
	for r, v := range e.head {
		byVar[v] = e.weight[r]
	}
	old := append([]int32(nil), e.head...)
	replaced := e.f.build(e.p, e.head)
	for r, v := range e.head {
		e.weight[r] = byVar[v]
		if e.weight[r] == 0 {
			e.weight[r] = 1
		}
		e.place[v], e.at[v] = int32(r), basic
	}
	for _, v := range old {
		byVar[v] = 0
	}
	for _, v := range replaced {
		e.place[v] = gone
		e.rest(v, atLower)
	}
	e.fresh = true
	e.values()
	e.reduced()
}

// values finds the values of the basic variables from those of the others.
func (e *engine) values() {
	p, v := e.p, e.shift
	v.clear()
	for j := range int32(p.cols + p.rows) {
		if e.place[j] == gone && e.x[j] != 0 {
			e.addColumn(v, j, -e.x[j])
		}
	}
	e.f.ftran(v, false, len(v.on)*10 > p.rows, &e.f.trail)
	clear(e.xb)
	for _, r := range v.on {
		e.xb[r] = v.at[r]
	}
	v.clear()
	for r, j := range e.head {
		e.lob[r], e.hib[r] = p.lo[j], p.hi[j]
	}
}

// addColumn adds the column of a variable, times x.
func (e *engine) addColumn(v *vector, j int32, x float64) {
	add := func(r int32, y float64) {
		if v.at[r] == 0 {
			v.on = append(v.on, r)
			v.at[r] = y
		} else if v.at[r] += y; v.at[r] == 0 {
			v.at[r] = 1e-100
		}
	}
	if int(j) >= e.p.cols {
		add(j-int32(e.p.cols), x)
		return
	}
	index, value := e.p.byCol.of(j)
	for k, r := range index {
		add(r, x*value[k])
	}
}

// reduced finds the reduced costs of all variables.
func (e *engine) reduced() {
	p := e.p
	y := e.prices()
	for j := range int32(p.cols) {
		if e.place[j] != gone || e.idle[j] {
			e.d[j] = 0
			continue
		}
		d := e.cost[j]
		index, value := p.byCol.of(j)
		for k, r := range index {
			d -= y.at[r] * value[k]
		}
		e.d[j] = d
	}
	for r := range p.rows {
		j := p.cols + r
		e.d[j] = e.cost[j] - y.at[r]
		if e.place[j] != gone {
			e.d[j] = 0
		}
	}
	y.clear()
}

// prices solves for the price of each row, into a vector that is to be cleared.
func (e *engine) prices() *vector {
	y := e.shift
	y.clear()
	for r, j := range e.head {
		if c := e.cost[j]; c != 0 {
			y.set(int32(r), c)
		}
	}
	e.f.btran(y, false, len(y.on)*10 > e.p.rows)
	return y
}

// lull leaves columns out for now, if they rest at their lower bounds.
func (e *engine) lull(later []lp.Col) {
	for _, c := range later {
		if e.place[c] == gone && e.at[c] == atLower && !e.asleep[c] {
			e.asleep[c] = true
			e.sleepers++
		}
	}
}

// setAside puts columns that cannot come in behind all others in the rows, if there are enough of them to be worth it, and takes back those that
// can. Rows are then worked out without them.
func (e *engine) setAside() {
	idle := func(c int) bool { return e.place[c] == gone && (e.asleep[c] || e.at[c] == fixed) }
	more, back := 0, false
	for c := range e.p.cols {
		switch is := idle(c); {
		case is && !e.idle[c]:
			more++
		case !is && e.idle[c]:
			back = true
		}
	}
	if !back && more*worthMoving <= e.p.cols {
		return
	}
	for c := range e.p.cols {
		e.idle[c] = idle(c)
	}
	e.p.leave(e.idle)
}

// worthMoving is the number of columns for each that cannot come in up to which it is worth to set them aside.
const worthMoving = 20

// rouse finds the reduced costs of columns that were left out, and takes in those that have something to gain, or all. It reports whether there
// were any.
func (e *engine) rouse(all bool) bool {
	if e.sleepers == 0 {
		return false
	}
	n := e.sleepers
	y := e.prices()
	for j := range int32(e.p.cols) {
		if !e.asleep[j] {
			continue
		}
		d := e.cost[j]
		index, value := e.p.byCol.of(j)
		for k, r := range index {
			d -= y.at[r] * value[k]
		}
		e.d[j] = d
		// New bounds or a basis from outside may have put it elsewhere than at its lower bound.
		if all || e.at[j] != fixed && (e.at[j] != atLower || d < -dualTol) {
			e.asleep[j] = false
			e.sleepers--
		}
	}
	y.clear()
	if e.sleepers == n {
		return false
	}
	e.setAside()
	return true
}

// inverseRow finds a row of the basis's inverse.
func (e *engine) inverseRow(r int32) {
	e.row.clear()
	e.row.set(r, 1)
	e.solveFor(e.row, forRow, true, true)
}

// pivotRow is what the row of the inverse makes of all variables that are not basic.
func (e *engine) pivotRow() {
	p, a := e.p, e.alpha
	a.clear()
	entries := 0
	for _, i := range e.row.on {
		entries += int(p.awake[i] - p.byRow.start[i])
	}
	if float64(entries) > crowded*float64(len(a.at)) {
		e.crowdedRow()
		return
	}
	at, on := a.at, a.on
	for _, i := range e.row.on {
		y := e.row.at[i]
		if j := int32(p.cols) + i; e.place[j] == gone {
			at[j] = y
			on = append(on, j)
		}
		from, to := p.byRow.start[i], p.awake[i]
		index := p.byRow.index[from:to]
		value := p.byRow.value[from:to][:len(index)]
		for k, j := range index {
			old := at[j]
			if old == 0 {
				on = append(on, j)
			}
			x := old + y*value[k]
			if x == 0 {
				x = 1e-100
			}
			at[j] = x
		}
	}
	a.on = on
}

// crowded is the share of all variables from which on a row is worked out without looking where it has entries; they are listed afterwards, in
// the order of memory.
const crowded = 0.1

func (e *engine) crowdedRow() {
	p, at := e.p, e.alpha.at
	for _, i := range e.row.on {
		y := e.row.at[i]
		at[p.cols+int(i)] = y
		from, to := p.byRow.start[i], p.awake[i]
		index := p.byRow.index[from:to]
		value := p.byRow.value[from:to][:len(index)]
		for k, j := range index {
			at[j] += y * value[k]
		}
	}
	on := e.alpha.on
	for j, x := range at {
		switch {
		case x == 0:
		case e.at[j] == basic:
			at[j] = 0
		default:
			on = append(on, int32(j))
		}
	}
	e.alpha.on = on
}

// enter makes variable q basic at row r, and lets what was there rest at a side.
func (e *engine) enter(q, r int32, value float64, out side) {
	j := e.head[r]
	e.place[j] = gone
	e.rest(j, out)
	e.head[r], e.place[q], e.at[q] = q, r, basic
	e.xb[r], e.lob[r], e.hib[r] = value, e.p.lo[q], e.p.hi[q]
	e.steps++
}

// updatesMax is after how many updates a basis is factored anew.
func (e *engine) updatesMax() int { return min(50+e.p.rows/50, 600) }

// due reports whether the factors are to be made anew.
func (e *engine) due() bool { return e.f.updates() >= e.updatesMax() || e.f.bulky() }

// walk takes steps until there is nothing left to do, or they lead nowhere. Each stretch begins with fresh factors and a look around, and ends
// when the factors are due; how it ended counts only where none of it rests on updates.
func (e *engine) walk(ctx context.Context, look func(), stretch func(context.Context) end) end {
	for losses := 0; ; {
		if !e.fresh || e.f.updates() > 0 {
			e.rebuild()
		}
		look()
		switch got := stretch(ctx); got {
		case reached, impossible, endless:
			if e.f.updates() == 0 {
				return got
			}
		case lost:
			if losses++; losses > lossesMax {
				return lost
			}
		case stopped:
			return stopped
		}
		if ctx.Err() != nil {
			return stopped
		}
		if e.circling() {
			return lost
		}
	}
}

// lossesMax is how often a walk may lose its way.
const lossesMax = 20

// haltEvery is the number of steps between two looks at the context.
const haltEvery = 32

// circling reports whether a walk has taken so many steps that it must be going in circles.
func (e *engine) circling() bool { return e.steps > 1000+50*(e.p.rows+e.p.cols) }

func (e *engine) halted(ctx context.Context) bool { return e.steps%haltEvery == 0 && ctx.Err() != nil }
