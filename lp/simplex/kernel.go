package simplex

import "math"

// kernel is what no single entry gets hold of: its columns with their values, its rows with the columns that they have entries in. Both are
// kept by how many entries they have, so that a pivot that changes little is found at once (Markowitz 1957, as Suhl and Suhl 1990 look for it).
type kernel struct {
	cols    []int32     // by place in the kernel: the column of the builder
	rows    []int32     // by place: the row
	placeOf []int32     // by row: its place
	index   [][]int32   // by column: rows by their place
	value   [][]float64 // by column
	most    []float64   // by column: the largest of its values, or 0 where that is to be found
	in      [][]int32   // by row: columns
	upper   []packed    // by column: what is settled of it
	byCol   counted
	byRow   counted
	factor  []float64 // by row: what the pivot's column takes from it
	hit     []bool    // by row
}

// counted keeps things by a count, in lists that are quick to change.
type counted struct {
	first      []int32 // by count
	next, prev []int32
	count      []int32
}

func (l *counted) reset(n int, most int) {
	l.first = zeroed(l.first, most+2)
	for i := range l.first {
		l.first[i] = gone
	}
	l.next, l.prev, l.count = zeroed(l.next, n), zeroed(l.prev, n), zeroed(l.count, n)
}

func (l *counted) put(i int32, count int) {
	l.count[i] = int32(count)
	l.prev[i], l.next[i] = gone, l.first[count]
	if n := l.next[i]; n != gone {
		l.prev[n] = i
	}
	l.first[count] = i
}

func (l *counted) take(i int32) {
	n, p := l.next[i], l.prev[i]
	if p == gone {
		l.first[l.count[i]] = n
	} else {
		l.next[p] = n
	}
	if n != gone {
		l.prev[n] = p
	}
	l.count[i] = gone
}

func (l *counted) move(i int32, count int) {
	if int(l.count[i]) != count {
		l.take(i)
		l.put(i, count)
	}
}

const (
	threshold  = 0.1 // of the largest of its column, which a pivot must reach to keep errors from growing
	candidates = 4   // rows or columns with a possible pivot that are looked at
)

// eliminate settles the kernel.
func (f *factor) eliminate(p *problem) {
	k := &f.builds.kernel
	if k.gather(p, &f.builds) == 0 {
		return
	}
	var l packed
	for {
		row, col := k.choose()
		if row == gone {
			return
		}
		pivot := k.pivot(row, col, &l)
		f.settle(k.rows[row], f.builds.vars[k.cols[col]], pivot, &l, &k.upper[col])
		f.builds.done[k.cols[col]] = true
	}
}

// gather copies what is left, and says how many columns that are.
func (k *kernel) gather(p *problem, b *builder) int {
	k.cols, k.rows = k.cols[:0], k.rows[:0]
	for c := range b.vars {
		if !b.done[c] {
			k.cols = append(k.cols, int32(c))
		}
	}
	n := len(k.cols)
	if n == 0 {
		return 0
	}
	k.placeOf = zeroed(k.placeOf, p.rows)
	for r := range int32(p.rows) {
		if !b.settled[r] {
			k.placeOf[r] = int32(len(k.rows))
			k.rows = append(k.rows, r)
		}
	}
	m := len(k.rows)
	k.index, k.value, k.in = emptied(k.index, n), emptied(k.value, n), emptied(k.in, m)
	k.most, k.factor, k.hit = zeroed(k.most, n), zeroed(k.factor, m), zeroed(k.hit, m)
	for len(k.upper) < n {
		k.upper = append(k.upper, packed{})
	}
	k.byCol.reset(n, m)
	k.byRow.reset(m, n)
	for c := range int32(n) {
		u := &k.upper[c]
		u.index, u.value = u.index[:0], u.value[:0]
		index, value := p.byCol.of(b.vars[k.cols[c]])
		for e, r := range index {
			if b.settled[r] {
				u.index, u.value = append(u.index, r), append(u.value, value[e])
				continue
			}
			r = k.placeOf[r]
			k.index[c], k.value[c] = append(k.index[c], r), append(k.value[c], value[e])
			k.in[r] = append(k.in[r], c)
		}
		k.byCol.put(c, len(k.index[c]))
	}
	for r := range int32(m) {
		k.byRow.put(r, len(k.in[r]))
	}
	return n
}

// emptied is n empty slices, with the room that they had.
func emptied[T any](s [][]T, n int) [][]T {
	for len(s) < n {
		s = append(s, nil)
	}
	s = s[:n]
	for i := range s {
		s[i] = s[i][:0]
	}
	return s
}

// choose finds a pivot that makes few entries: gone where none is left.
func (k *kernel) choose() (row, col int32) {
	row, col = gone, gone
	best, seen := math.Inf(1), 0
	better := func(r, c int32, merit float64) {
		if merit < best {
			row, col, best = r, c, merit
		}
	}
	most := max(len(k.byCol.first), len(k.byRow.first))
	for count := 1; count < most; count++ {
		floor := float64((count - 1) * (count - 1))
		if best <= floor {
			return row, col
		}
		if count < len(k.byCol.first) {
			for c := k.byCol.first[count]; c != gone; c = k.byCol.next[c] {
				least := max(least, threshold*k.largest(c))
				for e, r := range k.index[c] {
					if math.Abs(k.value[c][e]) >= least {
						better(r, c, float64(count-1)*float64(k.byRow.count[r]-1))
					}
				}
				if seen++; best < math.Inf(1) && (seen >= candidates || best <= floor) {
					return row, col
				}
			}
		}
		if count < len(k.byRow.first) {
			for r := k.byRow.first[count]; r != gone; r = k.byRow.next[r] {
				for _, c := range k.in[r] {
					merit := float64(count-1) * float64(k.byCol.count[c]-1)
					if merit >= best {
						continue
					}
					if x := math.Abs(k.value[c][k.find(c, r)]); x >= max(least, threshold*k.largest(c)) {
						better(r, c, merit)
					}
				}
				if seen++; best < math.Inf(1) && (seen >= candidates || best <= floor) {
					return row, col
				}
			}
		}
	}
	return row, col
}

func (k *kernel) largest(c int32) float64 {
	if k.most[c] == 0 {
		for _, x := range k.value[c] {
			k.most[c] = max(k.most[c], math.Abs(x))
		}
	}
	return k.most[c]
}

// find is where column c has row r.
func (k *kernel) find(c, r int32) int {
	for e, i := range k.index[c] {
		if i == r {
			return e
		}
	}
	panic("simplex: row without its entry")
}

// pivot eliminates a row and a column, and puts into l what the column takes from the rows that are left.
func (k *kernel) pivot(row, col int32, l *packed) float64 {
	l.index, l.value = l.index[:0], l.value[:0]
	pivot := k.value[col][k.find(col, row)]
	k.byCol.take(col)
	k.byRow.take(row)
	for e, r := range k.index[col] {
		if r == row {
			continue
		}
		k.factor[r] = k.value[col][e] / pivot
		l.index, l.value = append(l.index, r), append(l.value, k.factor[r])
		k.in[r] = without(k.in[r], col)
	}
	for _, c := range k.in[row] {
		if c != col {
			k.reduce(c, row, l)
		}
	}
	for e, r := range l.index {
		k.factor[r] = 0
		k.byRow.move(r, len(k.in[r]))
		l.index[e] = k.rows[r]
	}
	return pivot
}

// reduce takes the pivot's column out of column c, as often as c has of the pivot's row.
func (k *kernel) reduce(c, row int32, l *packed) {
	index, value := k.index[c], k.value[c]
	at, last := k.find(c, row), len(index)-1
	times := value[at]
	index[at], value[at] = index[last], value[last]
	index, value = index[:last], value[:last]
	u := &k.upper[c]
	u.index, u.value = append(u.index, k.rows[row]), append(u.value, times)
	for e := 0; e < len(index); e++ {
		r := index[e]
		x := k.factor[r]
		if x == 0 {
			continue
		}
		k.hit[r] = true
		value[e] -= times * x
		if math.Abs(value[e]) < tiny {
			last := len(index) - 1
			index[e], value[e] = index[last], value[last]
			index, value = index[:last], value[:last]
			k.in[r] = without(k.in[r], c)
			e--
		}
	}
	for _, r := range l.index {
		if k.hit[r] {
			k.hit[r] = false
			continue
		}
		index, value = append(index, r), append(value, -times*k.factor[r])
		k.in[r] = append(k.in[r], c)
	}
	k.index[c], k.value[c], k.most[c] = index, value, 0
	k.byCol.move(c, len(index))
}

func without(s []int32, x int32) []int32 {
	for i, y := range s {
		if y == x {
			s[i] = s[len(s)-1]
			return s[:len(s)-1]
		}
	}
	panic("simplex: column without its row")
}
