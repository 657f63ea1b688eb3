package simplex

import (
	"context"
	"math"
)

// primal walks along bases whose values are right to one whose reduced costs are, too.
func (e *engine) primal(ctx context.Context) end {
	for v := range e.reference {
		e.reference[v] = 1
	}
	return e.walk(ctx, e.survey, e.climb)
}

// survey lists the variables whose reduced cost has the wrong sign.
func (e *engine) survey() {
	for _, j := range e.wrong {
		e.inWrong[j] = false
	}
	e.wrong = e.wrong[:0]
	for j := range int32(e.p.cols + e.p.rows) {
		e.watch(j)
	}
}

// amiss is how wrong the reduced cost of a variable is.
func (e *engine) amiss(j int32) float64 {
	if e.place[j] != gone || e.asleep[j] {
		return 0
	}
	d := e.d[j]
	switch e.at[j] {
	case atLower:
		d = -d
	case atZero:
		d = math.Abs(d)
	case fixed:
		return 0
	}
	if d > dualTol {
		return d
	}
	return 0
}

func (e *engine) watch(j int32) {
	if !e.inWrong[j] && e.amiss(j) > 0 {
		e.inWrong[j] = true
		e.wrong = append(e.wrong, j)
	}
}

// promising is the variable with most to gain by, by its reference weight (Forrest and Goldfarb 1992).
func (e *engine) promising() int32 {
	most, best, n := 0.0, int32(gone), 0
	for _, j := range e.wrong {
		d := e.amiss(j)
		if d == 0 {
			e.inWrong[j] = false
			continue
		}
		e.wrong[n] = j
		n++
		if d*d > most*e.reference[j] {
			most, best = d*d/e.reference[j], j
		}
	}
	e.wrong = e.wrong[:n]
	return best
}

// climb takes steps until the factors are due, or there is nothing left to do.
func (e *engine) climb(ctx context.Context) end {
	for !e.due() {
		if e.halted(ctx) {
			return stopped
		}
		q := e.promising()
		if q == gone {
			return reached
		}
		e.column(q)
		up := e.d[q] < 0
		r, by := e.leaving(q, up)
		switch {
		case r == gone && math.IsInf(by, 1):
			return endless
		case r == gone: // to its other bound
			e.shiftAll(q, up, by)
			e.rest(q, -e.at[q])
			e.steps++
			continue
		}
		e.inverseRow(r)
		e.pivotRow()
		alpha, other := e.col.at[r], e.alpha.at[q]
		if math.Abs(alpha-other) > 1e-6*(1+math.Abs(alpha)) {
			if e.f.updates() > 0 {
				return lost
			}
		}
		e.exchange(q, r, up, by, alpha)
	}
	return spent
}

// shiftAll changes the basic variables by what a step of q makes of them.
func (e *engine) shiftAll(q int32, up bool, by float64) {
	if !up {
		by = -by
	}
	if by == 0 {
		return
	}
	for _, i := range e.col.on {
		e.xb[i] -= by * e.col.at[i]
	}
}

// leaving finds which row's variable stops the step of q, and how long the step is: gone where q itself reaches its other bound, or nothing
// ends it. Of those that stop it about as soon it takes the largest entry (Harris 1973).
func (e *engine) leaving(q int32, up bool) (r int32, by float64) {
	limit := math.Inf(1)
	for _, i := range e.col.on {
		a := e.col.at[i]
		if !up {
			a = -a
		}
		switch {
		case a > pivotTol:
			limit = min(limit, (e.xb[i]-e.lob[i]+primalTol)/a)
		case a < -pivotTol:
			limit = min(limit, (e.xb[i]-e.hib[i]-primalTol)/a)
		}
	}
	span := e.p.hi[q] - e.p.lo[q]
	if span <= limit {
		return gone, span
	}
	r, most := int32(gone), 0.0
	for _, i := range e.col.on {
		a := e.col.at[i]
		if !up {
			a = -a
		}
		var at float64
		switch {
		case a > pivotTol:
			at = (e.xb[i] - e.lob[i]) / a
		case a < -pivotTol:
			at = (e.xb[i] - e.hib[i]) / a
		default:
			continue
		}
		if at <= limit && math.Abs(a) > most {
			r, most, by = i, math.Abs(a), at
		}
	}
	return r, max(by, 0)
}

// exchange is a step from basis to basis: variable q comes in, that of row r goes out.
func (e *engine) exchange(q, r int32, up bool, by, alpha float64) {
	e.shiftAll(q, up, by)
	j := e.head[r]
	out := atUpper
	if up == (alpha > 0) {
		out = atLower
	}
	value := e.x[q] + by
	if !up {
		value = e.x[q] - by
	}
	theta := e.d[q] / e.alpha.at[q]
	own := e.reference[q]
	for _, i := range e.alpha.on {
		if e.place[i] != gone || i == q {
			continue
		}
		a := e.alpha.at[i]
		e.d[i] -= theta * a
		k := a / alpha
		e.reference[i] = max(e.reference[i], k*k*own)
		e.watch(i)
	}
	e.reference[j] = max(own/(alpha*alpha), 1)
	e.d[q], e.d[j] = 0, -theta
	e.enter(q, r, value, out)
	e.weight[r] = 1
	e.watch(j)
	e.f.update(r, alpha)
}
