package simplex

// vector is a sparse vector that is quick to write into: all its values, and where those that may not be zero are. An index stands in on
// once at most.
type vector struct {
	at []float64
	on []int32
}

func newVector(n int) *vector { return &vector{at: make([]float64, n), on: make([]int32, 0, 64)} }

func (v *vector) clear() {
	if len(v.on) > len(v.at)/4 {
		clear(v.at)
	} else {
		for _, i := range v.on {
			v.at[i] = 0
		}
	}
	v.on = v.on[:0]
}

// set puts x at i, where nothing is yet.
func (v *vector) set(i int32, x float64) {
	v.at[i] = x
	v.on = append(v.on, i)
}

// sparseness is the share of a vector below which looking for what is not zero is quicker than going through everything.
const sparseness = 0.08

// packed is a sparse vector to be kept.
type packed struct {
	index []int32
	value []float64
}

// pack keeps what v is now.
func (p *packed) pack(v *vector) {
	p.index, p.value = p.index[:0], p.value[:0]
	for _, i := range v.on {
		if x := v.at[i]; x != 0 {
			p.index, p.value = append(p.index, i), append(p.value, x)
		}
	}
}
