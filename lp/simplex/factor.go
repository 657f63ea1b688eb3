package simplex

// factor is a basis as a product of triangles: lower times upper, brought up to date by Forrest and Tomlin's method (1972). A variable that is
// basic belongs to the row in which its column was settled; so the basis is told by a variable for each row.
type factor struct {
	lower, lowerT triangle // by columns and by rows
	upper, upperT triangle // these share order, step and pivot
	room          []int32  // by step of upperT: how many entries may still be appended to it
	etas          etas

	trail  trail
	beside trail // of a solve that goes on at the same time
	builds builder
	spike  packed // of the column that came in last, halfway through
	edge   packed // of the row that was asked for last, halfway through
	fill   int    // entries of upper and etas right after building
}

// etas are the row operations that keep upper triangular, one for each update.
type etas struct {
	row   []int32
	start []int32
	index []int32
	value []float64
}

func newFactor(rows int) *factor {
	return &factor{trail: trail{marked: make([]bool, rows)}, beside: trail{marked: make([]bool, rows)}}
}

func (f *factor) updates() int { return len(f.etas.row) }

// bulky reports whether so much has been added by updates that building anew pays.
func (f *factor) bulky() bool {
	return len(f.upper.index)+len(f.etas.index) > 3*f.fill+len(f.upper.step)
}

// ftran solves B·x = v in place. With keep, an update with this column can follow. Without, it may go on beside another solve, on a trail of its own.
func (f *factor) ftran(v *vector, keep, dense bool, tr *trail) {
	f.lower.solve(v, false, dense, tr)
	f.etas.forward(v)
	if keep {
		f.spike.pack(v)
	}
	f.upper.solve(v, true, dense, tr)
}

// btran solves Bᵀ·y = v in place. With keep, an update of the row that v is the unit vector of can follow.
func (f *factor) btran(v *vector, keep, dense bool) {
	f.upperT.solve(v, false, dense, &f.trail)
	if keep {
		f.edge.pack(v)
	}
	f.etas.backward(v)
	f.lowerT.solve(v, true, dense, &f.trail)
}

func (e *etas) forward(v *vector) {
	at := v.at
	for i, r := range e.row {
		from, to := e.start[i], e.start[i+1]
		index := e.index[from:to]
		value := e.value[from:to][:len(index)]
		old := at[r]
		x := old
		for k, j := range index {
			x += at[j] * value[k]
		}
		if x == old {
			continue
		}
		if old == 0 {
			v.on = append(v.on, r)
		}
		if x == 0 {
			x = 1e-100 // is on already
		}
		at[r] = x
	}
}

func (e *etas) backward(v *vector) {
	at := v.at
	for i := len(e.row) - 1; i >= 0; i-- {
		x := at[e.row[i]]
		if x == 0 {
			continue
		}
		for k := e.start[i]; k < e.start[i+1]; k++ {
			j := e.index[k]
			old := at[j]
			y := old + x*e.value[k]
			if old == 0 {
				v.on = append(v.on, j)
			}
			if y == 0 {
				y = 1e-100
			}
			at[j] = y
		}
	}
}

// update replaces the column of row r by the one that ftran kept, whose entry there is alpha in the end.
func (f *factor) update(r int32, alpha float64) {
	u, ut := &f.upper, &f.upperT
	old := u.step[r]
	pivot := u.pivot[old]
	f.dropRow(r, old)
	f.dropCol(r, old)
	u.order[old] = gone
	fresh := int32(len(u.order))
	u.order, u.pivot = append(u.order, r), append(u.pivot, pivot*alpha)
	u.step[r] = fresh
	u.from = append(u.from, int32(len(u.index)))
	for k, i := range f.spike.index {
		if i != r {
			u.index, u.value = append(u.index, i), append(u.value, f.spike.value[k])
			f.putRow(i, r, f.spike.value[k])
		}
	}
	u.to = append(u.to, int32(len(u.index)))
	ut.from, ut.to = append(ut.from, int32(len(ut.index))), append(ut.to, int32(len(ut.index)))
	f.room = append(f.room, 0)
	ut.order, ut.pivot = u.order, u.pivot
	for k, i := range f.edge.index {
		if i != r {
			f.etas.index, f.etas.value = append(f.etas.index, i), append(f.etas.value, f.edge.value[k]*pivot)
		}
	}
	f.etas.row, f.etas.start = append(f.etas.row, r), append(f.etas.start, int32(len(f.etas.index)))
}

// dropRow takes the entries of row r out of the columns of upper.
func (f *factor) dropRow(r, old int32) {
	u, ut := &f.upper, &f.upperT
	for k := ut.from[old]; k < ut.to[old]; k++ {
		s := u.step[ut.index[k]]
		u.to[s]--
		last := u.to[s]
		for e := u.from[s]; e < last; e++ {
			if u.index[e] == r {
				u.index[e], u.value[e] = u.index[last], u.value[last]
				break
			}
		}
	}
	ut.to[old] = ut.from[old]
}

// dropCol takes the entries of the column of row r out of the rows of upper.
func (f *factor) dropCol(r, old int32) {
	u, ut := &f.upper, &f.upperT
	for k := u.from[old]; k < u.to[old]; k++ {
		s := u.step[u.index[k]]
		ut.to[s]--
		f.room[s]++
		last := ut.to[s]
		for e := ut.from[s]; e < last; e++ {
			if ut.index[e] == r {
				ut.index[e], ut.value[e] = ut.index[last], ut.value[last]
				break
			}
		}
	}
	u.to[old] = u.from[old]
}

// putRow adds an entry of the column of row col to the row i of upper.
func (f *factor) putRow(i, col int32, x float64) {
	ut := &f.upperT
	s := ut.step[i]
	if f.room[s] == 0 {
		from, to := ut.from[s], ut.to[s]
		n := to - from
		ut.from[s] = int32(len(ut.index))
		ut.index = append(ut.index, ut.index[from:to]...)
		ut.value = append(ut.value, ut.value[from:to]...)
		ut.to[s] = int32(len(ut.index))
		f.room[s] = n + 4
		for range f.room[s] {
			ut.index, ut.value = append(ut.index, 0), append(ut.value, 0)
		}
	}
	ut.index[ut.to[s]], ut.value[ut.to[s]] = col, x
	ut.to[s]++
	f.room[s]--
}
