package simplex

import "math"

// triangle is a triangular matrix, up to the order of its rows, as steps that each settle one row of a vector and take it out of others.
type triangle struct {
	order []int32   // by step: the row it settles, or gone
	step  []int32   // by row
	from  []int32   // by step: its entries are from here
	to    []int32   // to here
	index []int32   // by entry: the row that it changes
	value []float64 // by entry
	pivot []float64 // by step; nil where all are 1
}

const gone = -1

// tiny is what arithmetic leaves of nothing.
const tiny = 1e-14

// trail is where a search through a triangle has been.
type trail struct {
	marked []bool
	list   []int32
	rows   []int32
	next   []int32
}

// solve divides v by the triangle, whose steps are taken in their order or, backwards, in the opposite one. dense says that the result is
// likely to have entries nearly everywhere.
func (t *triangle) solve(v *vector, backwards, dense bool, tr *trail) {
	if dense || float64(len(v.on)) > sparseness*float64(len(v.at)) || !t.reach(v, tr) {
		t.sweep(v, backwards)
		return
	}
	at := v.at
	v.on = v.on[:0]
	for i := len(tr.list) - 1; i >= 0; i-- {
		r := tr.list[i]
		tr.marked[r] = false
		x := at[r]
		if x == 0 {
			continue
		}
		if math.Abs(x) < tiny {
			at[r] = 0
			continue
		}
		v.on = append(v.on, r)
		t.settle(at, r, x, t.step[r])
	}
}

func (t *triangle) settle(at []float64, r int32, x float64, s int32) {
	if t.pivot != nil {
		x /= t.pivot[s]
		at[r] = x
	}
	from, to := t.from[s], t.to[s]
	index := t.index[from:to]
	value := t.value[from:to][:len(index)]
	for k, i := range index {
		at[i] -= x * value[k]
	}
}

// sweep takes every step.
func (t *triangle) sweep(v *vector, backwards bool) {
	at, n := v.at, len(t.order)
	on := v.on[:0]
	for s := range n {
		if backwards {
			s = n - 1 - s
		}
		r := t.order[s]
		if r == gone {
			continue
		}
		x := at[r]
		if x == 0 {
			continue
		}
		if math.Abs(x) < tiny {
			at[r] = 0
			continue
		}
		on = append(on, r)
		t.settle(at, r, x, int32(s))
	}
	v.on = on
}

// reach lists the rows that a solution can have entries in, each before those that change it (Gilbert and Peierls 1988). It gives up, and
// reports so, where they turn out to be many.
func (t *triangle) reach(v *vector, tr *trail) bool {
	tr.list = tr.list[:0]
	limit := int(2 * sparseness * float64(len(v.at)))
	for _, r := range v.on {
		if tr.marked[r] || v.at[r] == 0 {
			continue
		}
		rows, next := tr.rows[:0], tr.next[:0]
		tr.marked[r] = true
		at := t.from[t.step[r]]
		for {
			end := t.to[t.step[r]]
			down := false
			for at < end {
				i := t.index[at]
				at++
				if !tr.marked[i] {
					tr.marked[i] = true
					rows, next = append(rows, r), append(next, at)
					r, at = i, t.from[t.step[i]]
					down = true
					break
				}
			}
			if down {
				continue
			}
			tr.list = append(tr.list, r)
			n := len(rows) - 1
			if n < 0 {
				break
			}
			r, at = rows[n], next[n]
			rows, next = rows[:n], next[:n]
		}
		tr.rows, tr.next = rows, next
		if len(tr.list) > limit {
			for _, r := range tr.list {
				tr.marked[r] = false
			}
			return false
		}
	}
	return true
}
