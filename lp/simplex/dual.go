package simplex

import (
	"context"
	"math"
)

// ratio is a variable that may enter, and for how long the dual step may go on without it.
type ratio struct {
	v     int32
	alpha float64 // the size of its entry in the row
	d     float64 // the size of its reduced cost
	at    float64 // d/alpha
}

// dual walks along bases whose reduced costs are right to one whose values are, too. Where reduced costs are wrong to begin with, variables
// go to their other bound, or costs are shifted.
func (e *engine) dual(ctx context.Context) end {
	began := e.steps
	return e.walk(ctx, func() {
		e.rightSigns()
		if !e.perturbed && e.steps-began > e.p.rows/5+100 { // perhaps it goes in circles
			e.perturb()
			e.reduced()
		}
		e.measure()
	}, e.descend)
}

// rightSigns gives every reduced cost its sign.
func (e *engine) rightSigns() {
	moved := false
	for j := range int32(e.p.cols + e.p.rows) {
		if e.place[j] != gone || e.at[j] == fixed || e.asleep[j] {
			continue
		}
		d := e.d[j]
		switch {
		case e.at[j] == atZero && math.Abs(d) > dualTol:
		case e.at[j] == atLower && d < -dualTol, e.at[j] == atUpper && d > dualTol:
			if lo, hi := e.p.lo[j], e.p.hi[j]; !math.IsInf(lo, -1) && !math.IsInf(hi, 1) {
				e.rest(j, -e.at[j])
				moved = true
				continue
			}
		default:
			continue
		}
		e.cost[j] -= d
		e.d[j] = 0
		e.moved = true
	}
	if moved {
		e.values()
	}
}

// measure finds which basic variables are beyond their bounds.
func (e *engine) measure() {
	for _, r := range e.badRows {
		e.listed[r] = false
	}
	e.badRows = e.badRows[:0]
	clear(e.bad)
	for r := range int32(e.p.rows) {
		e.judge(r)
	}
}

// judge looks at the variable of a row.
func (e *engine) judge(r int32) {
	by := 0.0
	switch x := e.xb[r]; {
	case x < e.lob[r]-primalTol:
		by = e.lob[r] - x
	case x > e.hib[r]+primalTol:
		by = x - e.hib[r]
	}
	e.bad[r] = by * by
	if by > 0 && !e.listed[r] {
		e.listed[r] = true
		e.badRows = append(e.badRows, r)
	}
}

// worst is the row whose variable is furthest beyond a bound, by the length of its edge.
func (e *engine) worst() int32 {
	most, worst, n := 0.0, int32(gone), 0
	for _, r := range e.badRows {
		bad := e.bad[r]
		if bad == 0 {
			e.listed[r] = false
			continue
		}
		e.badRows[n] = r
		n++
		if bad > most*e.weight[r] {
			most, worst = bad/e.weight[r], r
		}
	}
	e.badRows = e.badRows[:n]
	return worst
}

// descend takes steps until the factors are due, or there is nothing left to do.
func (e *engine) descend(ctx context.Context) end {
	for !e.due() {
		if e.halted(ctx) {
			return stopped
		}
		r := e.worst()
		if r == gone {
			return reached
		}
		delta := e.xb[r] - e.hib[r]
		if e.xb[r] < e.lob[r] {
			delta = e.xb[r] - e.lob[r]
		}
		q := e.partner(r, delta)
		if q == gone {
			if e.f.updates() > 0 {
				return impossible // to be seen with fresh factors
			}
			if e.proved(r) {
				return impossible
			}
			e.bad[r] = 0 // nothing can be made of rounding
			continue
		}
		alpha, other := e.col.at[r], e.alpha.at[q]
		if math.Abs(alpha) < 1e-9 || math.Abs(alpha-other) > 1e-6*(1+math.Abs(alpha)) {
			if e.f.updates() > 0 {
				return lost
			}
			if math.Abs(alpha) < pivotTol {
				e.bad[r] = 0
				continue
			}
		}
		e.step(q, r, alpha, delta < 0)
	}
	return spent
}

// partner chooses what comes in for the variable of row r, and finds its column. Where there is much to solve, the weights are prepared on another
// core meanwhile.
func (e *engine) partner(r int32, delta float64) (q int32) {
	e.inverseRow(r)
	prepare := func() { e.solveFor(e.copyRow(), forTau, false, false) }
	choose := func() {
		e.pivotRow()
		if q = e.entering(delta); q != gone {
			e.column(q)
		}
	}
	if e.density[forTau]*float64(e.p.rows) < e.sharing {
		if choose(); q != gone {
			prepare()
		}
		return q
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		prepare()
	}()
	choose()
	<-done
	return q
}

// worthSharing is how many entries a result has for which another core is worth waking. How many cores there are plays no part in it, so that
// equal sessions walk alike everywhere.
const worthSharing = 2000

// copyRow makes of tau what the row of the inverse is.
func (e *engine) copyRow() *vector {
	e.tau.clear()
	for _, i := range e.row.on {
		if x := e.row.at[i]; x != 0 {
			e.tau.set(i, x)
		}
	}
	return e.tau
}

// column finds what a variable makes of the basic ones.
func (e *engine) column(q int32) {
	e.col.clear()
	e.addColumn(e.col, q, 1)
	e.solveFor(e.col, forCol, false, true)
}

// step is one from basis to basis: variable q comes in, that of row r goes out.
func (e *engine) step(q, r int32, alpha float64, below bool) {
	e.edges(r, alpha)
	e.flip()
	j := e.head[r]
	bound, out := e.hib[r], atUpper
	if below {
		bound, out = e.lob[r], atLower
	}
	theta := e.d[q] / e.alpha.at[q]
	if below != (theta < 0) && theta != 0 { // d has the wrong sign by a little
		e.cost[q] -= e.d[q]
		e.d[q], theta = 0, 0
		e.moved = true
	}
	e.turn(theta, q)
	e.d[q], e.d[j] = 0, -theta
	by := (e.xb[r] - bound) / alpha
	if by != 0 {
		for _, i := range e.col.on {
			if x := e.col.at[i]; x != 0 {
				e.xb[i] -= by * x
				e.judge(i)
			}
		}
	}
	e.enter(q, r, e.x[q]+by, out)
	e.judge(r)
	e.f.update(r, alpha)
}

// turn changes the reduced costs, and shifts the costs of variables that would come out with the wrong sign.
func (e *engine) turn(theta float64, q int32) {
	if theta == 0 {
		return
	}
	for _, j := range e.alpha.on {
		at := e.at[j]
		if at == basic || j == q {
			continue
		}
		d := e.d[j] - theta*e.alpha.at[j]
		switch at {
		case atLower:
			if d < 0 {
				if d < -1e-9 {
					e.cost[j] -= d
					e.moved = true
					d = 0
				}
			}
		case atUpper:
			if d > 0 {
				if d > 1e-9 {
					e.cost[j] -= d
					e.moved = true
					d = 0
				}
			}
		}
		e.d[j] = d
	}
}

// edges brings the weights up to date (Forrest and Goldfarb 1992), once partner has prepared them.
func (e *engine) edges(r int32, alpha float64) {
	own, tau := 0.0, e.tau
	for _, i := range e.row.on {
		own += e.row.at[i] * e.row.at[i]
	}
	for _, i := range e.col.on {
		a := e.col.at[i]
		if a == 0 || i == r {
			continue
		}
		k := a / alpha
		e.weight[i] = max(e.weight[i]+k*(k*own-2*tau.at[i]), 1e-4, k*k)
	}
	e.weight[r] = max(own/(alpha*alpha), 1e-4)
}

// flip brings the variables that the step passes to their other bound.
func (e *engine) flip() {
	if len(e.flips) == 0 {
		return
	}
	v := e.shift
	v.clear()
	for _, j := range e.flips {
		was := e.x[j]
		e.rest(j, -e.at[j])
		e.addColumn(v, j, e.x[j]-was)
	}
	e.solveFor(v, forShift, false, false)
	for _, i := range v.on {
		if x := v.at[i]; x != 0 {
			e.xb[i] -= x
			e.judge(i)
		}
	}
	v.clear()
}

// entering chooses what comes in for a variable that is beyond its bound by delta: the step goes on past variables that can go to their other
// bound, as long as the objective still gains (Fourer 1994; Maros 2003), and among those that are about as soon it takes the
// largest entry (Harris 1973).
func (e *engine) entering(delta float64) int32 {
	e.ratios, e.flips = e.ratios[:0], e.flips[:0]
	sign := 1.0
	if delta < 0 {
		sign = -1
	}
	limit := math.Inf(1) // where what cannot go to another bound ends the step
	for _, j := range e.alpha.on {
		at := e.at[j]
		if at >= fixed {
			continue
		}
		a := sign * e.alpha.at[j]
		d := e.d[j]
		switch at {
		case atUpper:
			a, d = -a, -d
		case atZero:
			a, d = math.Abs(a), 0
		}
		if a <= 1e-9 {
			continue
		}
		if d = max(d, 0); d > limit*a {
			continue
		}
		if math.IsInf(e.p.hi[j]-e.p.lo[j], 1) {
			limit = min(limit, (d+1e-9)/a)
		}
		e.ratios = append(e.ratios, ratio{j, a, d, d / a})
	}
	return e.pass(math.Abs(delta))
}

// pass goes through the ratios from the smallest on.
func (e *engine) pass(slope float64) int32 {
	rs := e.ratios
	best, from := int32(gone), 0
	bestAlpha := 0.0
	kept := 0
	for from < len(rs) {
		to := e.group(from)
		alpha, v, drop := 0.0, int32(gone), 0.0
		for _, r := range rs[from:to] {
			drop += r.alpha * (e.p.hi[r.v] - e.p.lo[r.v])
			if r.alpha > alpha {
				alpha, v = r.alpha, r.v
			}
		}
		if best == gone || alpha >= 0.1*bestAlpha && alpha > pivotTol || alpha > bestAlpha {
			best, bestAlpha, kept = v, alpha, from
		}
		slope -= drop
		if slope < 0 || math.IsInf(drop, 1) || math.IsNaN(drop) {
			break
		}
		from = to
	}
	for _, r := range rs[:kept] {
		e.flips = append(e.flips, r.v)
	}
	if bestAlpha < 1e-9 {
		return gone
	}
	return best
}

// group brings those of the ratios from an index on that are the smallest, give or take the tolerance, to the front and says where they end.
func (e *engine) group(from int) int {
	rs := e.ratios
	limit := math.Inf(1)
	for i := from; i < len(rs); i++ {
		limit = min(limit, (rs[i].d+1e-9)/rs[i].alpha)
	}
	to := from
	for i := from; i < len(rs); i++ {
		if rs[i].at <= limit {
			rs[i], rs[to] = rs[to], rs[i]
			to++
		}
	}
	return to
}

// proved reports whether the row says that nothing is feasible: whatever the variables that are not basic are within their bounds, the basic one
// stays beyond its own.
func (e *engine) proved(r int32) bool {
	lo, hi := e.lob[r], e.hib[r]
	least, most, size := 0.0, 0.0, 1.0
	for _, j := range e.alpha.on {
		if e.place[j] != gone {
			continue
		}
		a := -e.alpha.at[j]
		if math.Abs(a) < tiny {
			continue
		}
		l, h := a*e.p.lo[j], a*e.p.hi[j]
		if a < 0 {
			l, h = h, l
		}
		least, most = least+l, most+h
		size = max(size, math.Abs(a*e.x[j]))
	}
	for _, i := range e.row.on { // what is fixed and set aside
		for k := e.p.awake[i]; k < e.p.byRow.start[i+1]; k++ {
			if j := e.p.byRow.index[k]; e.at[j] == fixed {
				x := -e.row.at[i] * e.p.byRow.value[k] * e.x[j]
				least, most, size = least+x, most+x, max(size, math.Abs(x))
			}
		}
	}
	return least > hi+1e-9*size || most < lo-1e-9*size
}

// perturb makes costs differ that are alike, so that of many steps that are worth the same one is clearly the best.
func (e *engine) perturb() {
	most := 0.0
	for _, c := range e.cost[:e.p.cols] {
		most = max(most, math.Abs(c))
	}
	if most > 100 {
		most = math.Sqrt(math.Sqrt(most))
	}
	base := 5e-7 * max(most, 1)
	for j := range e.p.cols {
		if e.place[j] != gone || e.at[j] == fixed || e.asleep[j] {
			continue
		}
		by := (math.Abs(e.cost[j]) + 1) * base * (1 + e.rng.Float64())
		switch e.at[j] {
		case atLower:
			e.cost[j] += by
		case atUpper:
			e.cost[j] -= by
		}
	}
	e.moved, e.perturbed = true, true
}
