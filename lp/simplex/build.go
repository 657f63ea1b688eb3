package simplex

import "math"

// builder takes a basis apart into triangles. Most columns of a basis can be settled one after the other without changing any other, because
// they, or their rows, have a single entry left. What remains, the kernel, is eliminated by Markowitz's rule.
type builder struct {
	vars     []int32 // by structural column of the basis: which variable
	done     []bool  // by the same
	colCount []int32 // entries in rows that are not settled
	rowCount []int32 // by row, entries in columns that are not done
	settled  []bool  // by row
	first    []int32 // by row: where the columns with an entry in it are listed
	list     []int32
	columns  []int32 // with a single entry, to look at
	rows     []int32
	head     []int32 // by row: the variable settled there
	kernel   kernel
}

// least is the least pivot that is accepted.
const least = 1e-9

// build factors the basis of the variables in head and puts each at the row in which it was settled. Variables that are combinations of
// others are replaced by logicals; build returns what was replaced.
func (f *factor) build(p *problem, head []int32) (replaced []int32) {
	b := &f.builds
	f.start(p.rows, len(head))
	b.start(p, head)
	for _, v := range head {
		if r := v - int32(p.cols); r >= 0 {
			f.settle(r, v, 1, nil, nil)
		}
	}
	b.count(p)
	f.peel(p)
	f.eliminate(p)
	for c, v := range b.vars {
		if !b.done[c] {
			replaced = append(replaced, v)
		}
	}
	for r := range int32(p.rows) {
		if !b.settled[r] {
			f.settle(r, r+int32(p.cols), 1, nil, nil)
		}
	}
	copy(head, b.head)
	f.finish()
	return replaced
}

func (f *factor) start(rows, n int) {
	for _, t := range []*triangle{&f.lower, &f.upper} {
		t.order, t.from, t.to, t.index, t.value = t.order[:0], t.from[:0], t.to[:0], t.index[:0], t.value[:0]
		if len(t.step) != rows {
			t.step = make([]int32, rows)
		}
	}
	f.upper.pivot = f.upper.pivot[:0]
	if len(f.trail.marked) != rows {
		f.trail.marked, f.beside.marked = make([]bool, rows), make([]bool, rows)
	}
}

func (b *builder) start(p *problem, head []int32) {
	b.vars = b.vars[:0]
	for _, v := range head {
		if int(v) < p.cols {
			b.vars = append(b.vars, v)
		}
	}
	b.done, b.colCount = zeroed(b.done, len(b.vars)), zeroed(b.colCount, len(b.vars))
	b.settled, b.rowCount = zeroed(b.settled, p.rows), zeroed(b.rowCount, p.rows)
	b.first, b.head = zeroed(b.first, p.rows+1), zeroed(b.head, p.rows)
	b.columns, b.rows = b.columns[:0], b.rows[:0]
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// settle makes variable v the one of row r: a step of both triangles.
func (f *factor) settle(r, v int32, pivot float64, l, u *packed) {
	b := &f.builds
	step := int32(len(f.upper.order))
	for _, part := range []struct {
		t *triangle
		p *packed
	}{{&f.lower, l}, {&f.upper, u}} {
		t := part.t
		t.order, t.from = append(t.order, r), append(t.from, int32(len(t.index)))
		if part.p != nil {
			t.index, t.value = append(t.index, part.p.index...), append(t.value, part.p.value...)
		}
		t.to = append(t.to, int32(len(t.index)))
		t.step[r] = step
	}
	f.upper.pivot = append(f.upper.pivot, pivot)
	b.settled[r], b.head[r] = true, v
}

// count counts what is not settled once the logicals are.
func (b *builder) count(p *problem) {
	for c, v := range b.vars {
		index, _ := p.byCol.of(v)
		for _, r := range index {
			if !b.settled[r] {
				b.colCount[c]++
				b.first[r+1]++
				b.rowCount[r]++
			}
		}
		if b.colCount[c] == 1 {
			b.columns = append(b.columns, int32(c))
		}
	}
	for r := range p.rows {
		b.first[r+1] += b.first[r]
		if b.rowCount[r] == 1 && !b.settled[r] {
			b.rows = append(b.rows, int32(r))
		}
	}
	b.list = zeroed(b.list, int(b.first[p.rows]))
	for c := len(b.vars) - 1; c >= 0; c-- {
		index, _ := p.byCol.of(b.vars[c])
		for _, r := range index {
			if !b.settled[r] {
				b.first[r+1]--
				b.list[b.first[r+1]] = int32(c)
			}
		}
	}
}

// inRow lists the columns that have had an entry in row r.
func (b *builder) inRow(r int32) []int32 {
	to := int32(len(b.list))
	if int(r)+2 < len(b.first) {
		to = b.first[r+2]
	}
	return b.list[b.first[r+1]:to]
}

// peel settles what has a single entry left.
func (f *factor) peel(p *problem) {
	b := &f.builds
	var l, u packed
	for len(b.columns)+len(b.rows) > 0 {
		if n := len(b.columns); n > 0 {
			c := b.columns[n-1]
			b.columns = b.columns[:n-1]
			if !b.done[c] && b.colCount[c] == 1 {
				f.peelCol(p, c, &u)
			}
			continue
		}
		n := len(b.rows)
		r := b.rows[n-1]
		b.rows = b.rows[:n-1]
		if !b.settled[r] && b.rowCount[r] == 1 {
			f.peelRow(p, r, &l, &u)
		}
	}
}

func (f *factor) peelCol(p *problem, c int32, u *packed) {
	b := &f.builds
	u.index, u.value = u.index[:0], u.value[:0]
	row, pivot := int32(gone), 0.0
	index, value := p.byCol.of(b.vars[c])
	for k, r := range index {
		if b.settled[r] {
			u.index, u.value = append(u.index, r), append(u.value, value[k])
		} else {
			row, pivot = r, value[k]
		}
	}
	if math.Abs(pivot) < least {
		b.colCount[c] = 0 // of no use
		return
	}
	f.settle(row, b.vars[c], pivot, nil, u)
	b.done[c] = true
	for _, other := range b.inRow(row) {
		if b.done[other] {
			continue
		}
		if b.colCount[other]--; b.colCount[other] == 1 {
			b.columns = append(b.columns, other)
		}
	}
}

func (f *factor) peelRow(p *problem, r int32, l, u *packed) {
	b := &f.builds
	for _, c := range b.inRow(r) {
		if b.done[c] {
			continue
		}
		l.index, l.value, u.index, u.value = l.index[:0], l.value[:0], u.index[:0], u.value[:0]
		pivot, most := 0.0, 0.0
		index, value := p.byCol.of(b.vars[c])
		for k, i := range index {
			switch {
			case i == r:
				pivot = value[k]
			case b.settled[i]:
				u.index, u.value = append(u.index, i), append(u.value, value[k])
			default:
				l.index, l.value = append(l.index, i), append(l.value, value[k])
				most = max(most, math.Abs(value[k]))
			}
		}
		if math.Abs(pivot) < max(least, 1e-4*most) {
			return // left to the kernel, which may find a better one
		}
		for k, i := range l.index {
			l.value[k] /= pivot
			if b.rowCount[i]--; b.rowCount[i] == 1 {
				b.rows = append(b.rows, i)
			}
		}
		f.settle(r, b.vars[c], pivot, l, u)
		b.done[c] = true
		return
	}
}

// finish makes the other directions of the triangles, and begins a new list of updates.
func (f *factor) finish() {
	f.lower.other(&f.lowerT, nil, 0)
	f.room = f.upper.other(&f.upperT, f.room[:0], 4)
	f.lowerT.order, f.lowerT.step = f.lower.order, f.lower.step
	f.upperT.order, f.upperT.step, f.upperT.pivot = f.upper.order, f.upper.step, f.upper.pivot
	f.etas.row, f.etas.index, f.etas.value = f.etas.row[:0], f.etas.index[:0], f.etas.value[:0]
	f.etas.start = append(f.etas.start[:0], 0)
	f.fill = len(f.upper.index)
}

// other writes t by its other direction, with room to append to each step.
func (t *triangle) other(to *triangle, room []int32, more int32) []int32 {
	n := len(t.order)
	to.from, to.to = zeroed(to.from, n), zeroed(to.to, n)
	for _, i := range t.index {
		to.to[t.step[i]]++
	}
	at := int32(0)
	for s := range n {
		count := to.to[s]
		to.from[s], to.to[s] = at, at
		at += count + more
		if more > 0 {
			room = append(room, more)
		}
	}
	to.index, to.value = zeroed(to.index, int(at)), zeroed(to.value, int(at))
	for s, r := range t.order {
		for k := t.from[s]; k < t.to[s]; k++ {
			o := t.step[t.index[k]]
			e := to.to[o]
			to.index[e], to.value[e] = r, t.value[k]
			to.to[o]++
		}
	}
	return room
}
