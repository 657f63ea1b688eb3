package simplex

import (
	"math"
	"math/rand/v2"
	"testing"

	"entente/lp"
	"entente/lp/lptest"
)

// A basis that is changed column by column solves as one that is built anew: B·x = v and Bᵀ·y = v, by multiplying out.
func TestFactor(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		p := compile(lptest.Staged(seed, lptest.StagedSize{Periods: 8, Goods: 6, Sources: 30, Sinks: 8}))
		e := newEngine(p)
		e.load(&lp.Basis{Cols: make([]lp.Standing, p.cols)})
		e.rebuild()
		for i := range 120 {
			q := int32(rng.IntN(p.cols + p.rows))
			if e.place[q] != gone {
				continue
			}
			e.column(q)
			r, most := int32(gone), 0.3
			for _, i := range e.col.on {
				if x := math.Abs(e.col.at[i]); x > most && rng.IntN(3) > 0 {
					r, most = i, x
				}
			}
			if r == gone {
				continue
			}
			e.inverseRow(r)
			e.pivotRow()
			alpha := e.col.at[r]
			e.enter(q, r, 0, atLower)
			e.f.update(r, alpha)
			if by := astray(e, rng); by > 1e-8 {
				t.Fatalf("seed %d, change %d: off by %g after %d updates", seed, i, by, e.f.updates())
			}
			if i%40 == 39 {
				e.rebuild()
				if by := astray(e, rng); by > 1e-10 {
					t.Fatalf("seed %d, change %d: off by %g when built anew", seed, i, by)
				}
			}
		}
	}
}

// astray is how far solutions for a few vectors are from solving.
func astray(e *engine, rng *rand.Rand) float64 {
	p, worst := e.p, 0.0
	for _, n := range []int{1, 1, 5, p.rows} {
		want := make([]float64, p.rows)
		v, w := newVector(p.rows), newVector(p.rows)
		for range n {
			if r := int32(rng.IntN(p.rows)); want[r] == 0 {
				want[r] = rng.Float64() - 0.5
				v.set(r, want[r])
				w.set(r, want[r])
			}
		}
		e.f.ftran(v, false, n > 5, &e.f.trail)
		e.f.btran(w, false, n > 5)
		got := newVector(p.rows)
		size := 1.0
		for r, j := range e.head {
			e.addColumn(got, j, v.at[r])
			size = max(size, math.Abs(v.at[r]), math.Abs(w.at[r]))
		}
		for r, j := range e.head {
			worst = max(worst, math.Abs(got.at[r]-want[r])/size)
			sum := 0.0
			if int(j) >= p.cols {
				sum = w.at[int(j)-p.cols]
			} else {
				index, value := p.byCol.of(j)
				for k, i := range index {
					sum += value[k] * w.at[i]
				}
			}
			worst = max(worst, math.Abs(sum-want[r])/size)
		}
	}
	return worst
}
