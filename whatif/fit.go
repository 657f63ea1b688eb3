package whatif

import "math"

// fit finds what coalitions are worth as nearly as can be (least squares): as values
// that add up, leaning to the values given where there is little to go by (ridge
// regression); as something of their size; and as a multiple of what they are worth in
// a game like it, leaning to once.
type fit struct {
	prior  []float64 // of the coefficients: the players', then those of shape
	probes float64
	square [][]float64
	side   []float64
}

// shape is what there is to go by beside who is in: two odd powers of the size, and
// the game that is like it.
const shape, like = 3, 2

const (
	lean     = 16   // how many probes the lean of values is worth
	likeLean = 0.01 // of all there is to see in a game like it, how much the lean to it is worth
)

func newFit(prior []float64) *fit {
	n := len(prior) + shape
	f := &fit{prior: make([]float64, n), square: make([][]float64, n), side: make([]float64, n)}
	copy(f.prior, prior)
	f.prior[len(prior)+like] = 1
	for i := range f.square {
		f.square[i] = make([]float64, n)
	}
	return f
}

// seen is what a probe is told by.
func (x *probe) seen() []float64 {
	n := float64(len(x.in))
	off := float64(x.size)/n - 0.5
	return append(append(make([]float64, 0, len(x.in)+shape), x.in...), off, off*off*off, x.like)
}

// add takes probes in, or with −1 out again.
func (f *fit) add(probes []probe, sign float64) {
	for k := range probes {
		seen := probes[k].seen()
		rest := probes[k].half - dot(f.prior, seen)
		f.probes += sign
		for i, a := range seen {
			f.side[i] += sign * a * rest
			for j, b := range seen[:i+1] {
				f.square[i][j] += sign * a * b
			}
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// leaning is how much a coefficient leans.
func (f *fit) leaning(i int) float64 {
	players := len(f.prior) - shape
	switch {
	case i < players:
		return lean * 0.25
	case i == players+like:
		return likeLean*f.square[i][i]/max(f.probes, 1) + math.SmallestNonzeroFloat32
	}
	return 1e-6
}

// solve finds the coefficients, by Cholesky's decomposition.
func (f *fit) solve() []float64 {
	n := len(f.prior)
	if f.probes == 0 {
		return f.prior
	}
	l := make([][]float64, n)
	x := make([]float64, n)
	for i := range n {
		l[i] = make([]float64, i+1)
		for j := range i + 1 {
			sum := f.square[i][j] - dot(l[i][:j], l[j][:j])
			if i == j {
				l[i][i] = math.Sqrt(sum + f.leaning(i))
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
		x[i] = (f.side[i] - dot(l[i][:i], x[:i])) / l[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= l[k][i] * x[k]
		}
		x[i] /= l[i][i]
	}
	for i := range x {
		x[i] += f.prior[i]
	}
	return x
}
