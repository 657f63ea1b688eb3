package whatif

import "math"

// fit finds values that add up to what coalitions are worth, as nearly as can be
// (least squares), leaning to where a player lies between what it adds first and
// last where there is little to go by (ridge regression).
type fit struct {
	prior  []float64
	square [][]float64
	side   []float64
}

// lean is how many probes the lean is worth.
const lean = 4

func newFit(e *ends) *fit {
	n := len(e.first)
	f := &fit{prior: make([]float64, n), square: make([][]float64, n), side: make([]float64, n)}
	sum := 0.0
	for i := range f.prior {
		f.square[i] = make([]float64, n)
		f.square[i][i] = lean * 0.25
		f.prior[i] = (e.first[i] - e.none + e.all - e.lasts[i]) / 2
		sum += f.prior[i]
	}
	for i := range f.prior {
		f.prior[i] += (e.all - e.none - sum) / float64(n)
	}
	return f
}

// add takes probes in, or with −1 out again.
func (f *fit) add(probes []probe, sign float64) {
	for _, x := range probes {
		rest := x.half
		for i, a := range f.prior {
			rest -= a * x.in[i]
		}
		for i, in := range x.in {
			f.side[i] += sign * in * rest
			for j, with := range x.in[:i+1] {
				f.square[i][j] += sign * in * with
			}
		}
	}
}

// solve finds the values, by Cholesky's decomposition.
func (f *fit) solve() []float64 {
	n := len(f.prior)
	l := make([][]float64, n)
	x := make([]float64, n)
	for i := range n {
		l[i] = make([]float64, i+1)
		for j := range i + 1 {
			sum := f.square[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(sum)
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
		x[i] = f.side[i]
		for k := range i {
			x[i] -= l[i][k] * x[k]
		}
		x[i] /= l[i][i]
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
