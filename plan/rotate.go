package plan

import (
	"math"
	"math/rand/v2"
	"slices"

	"entente/lp"
)

// Sending units is the hard part of a plan: whole numbers, and very many of
// them. But for one unit alone, with all others where they are, the best tours
// follow from one walk backwards through the months. So the search takes units
// out, one or some at a time, and puts each back in the best way, until nothing
// gains. It knows what each month of each need still lacks, and what money is
// worth, from the solution without whole numbers; and that solution's value
// bounds how much better any choice could be.

const (
	rotationRounds = 400
	rotationSeed   = 1
)

// rotation is a choice of tours and what it leaves uncovered.
type rotation struct {
	m     *model
	of    [][]int     // tours by force, as indexes into m.choices
	taken [][]int     // by force: the tours chosen
	lack  [][]float64 // by need, month: units still lacking
	gain  [][]float64 // by need, month: what a unit there is worth
	cost  []float64   // by force: V that its money would be worth elsewhere, a month
}

// rotate finds good tours, given the solution without whole numbers.
func (m *model) rotate(relaxed *lp.Solution) [][]int {
	r := m.rotation(relaxed)
	for k := range m.w.forces {
		r.replan(k)
	}
	best, value := r.copy(), r.value()
	dice := rand.New(rand.NewPCG(rotationSeed, uint64(len(m.choices))))
	for range rotationRounds {
		out := dice.Perm(len(m.w.forces))
		out = out[:min(len(out), 2+dice.IntN(4))]
		for _, k := range out {
			r.drop(k)
		}
		for _, k := range out {
			r.replan(k)
		}
		if v := r.value(); v >= value-1e-12 {
			best, value = r.copy(), v
		} else {
			r.restore(best)
		}
	}
	return best
}

// chosen is what rotate finds, choice by choice: 1 for a tour that is made.
func (m *model) chosen(relaxed *lp.Solution) []float64 {
	y := make([]float64, len(m.choices))
	for _, tours := range m.rotate(relaxed) {
		for _, i := range tours {
			y[i] = 1
		}
	}
	return y
}

func (m *model) rotation(relaxed *lp.Solution) *rotation {
	r := &rotation{m: m, of: make([][]int, len(m.w.forces)), taken: make([][]int, len(m.w.forces)), cost: make([]float64, len(m.w.forces))}
	for i, c := range m.choices {
		r.of[c.force] = append(r.of[c.force], i)
	}
	for i, n := range m.w.needs {
		lack, gain := make([]float64, len(n.quantity)), make([]float64, len(n.quantity))
		for t, q := range n.quantity {
			lack[t] = max(0, q-n.present[t]-at(relaxed.X, m.made[i][t]))
			gain[t] = m.w.gain(n, t)
		}
		r.lack, r.gain = append(r.lack, lack), append(r.gain, gain)
	}
	for k, f := range m.w.forces {
		if f.cost > 0 {
			r.cost[k] = m.dearness(f, relaxed)
		}
	}
	return r
}

// dearness is what a month of a force's money is worth at the solver's prices:
// the mean over the months of the cheapest fund that may pay for any of its posts.
func (m *model) dearness(f *force, relaxed *lp.Solution) float64 {
	sum := 0.0
	for t := range m.w.options.Months {
		cheapest := math.Inf(1)
		for k, fd := range m.w.funds {
			for _, p := range f.posts {
				if t <= fd.until && m.w.paysFor(fd, "running", p.need) {
					cheapest = min(cheapest, math.Abs(relaxed.Price[m.potRow[k][t]]))
				}
			}
		}
		if !math.IsInf(cheapest, 1) {
			sum += cheapest
		}
	}
	return sum / float64(m.w.options.Months) * f.cost / million
}

// fill adds a sign times the tour to what is covered.
func (r *rotation) fill(i int, sign float64) {
	c := r.m.choices[i]
	f, p := r.m.ofTour(c)
	for t := c.start; t < min(c.start+f.tour, r.m.w.options.Months); t++ {
		r.lack[p.need][t] -= sign * p.gives
	}
}

func (r *rotation) drop(k int) {
	for _, i := range r.taken[k] {
		r.fill(i, -1)
	}
	r.taken[k] = nil
}

// worth is what a tour would add to what is covered now.
func (r *rotation) worth(i int) float64 {
	c := r.m.choices[i]
	f, p := r.m.ofTour(c)
	sum := 0.0
	for t := c.start; t < min(c.start+f.tour, r.m.w.options.Months); t++ {
		sum += r.gain[p.need][t]*min(p.gives, max(0, r.lack[p.need][t])) - r.cost[c.force]
	}
	return sum
}

// replan gives force k the best tours there are while all others stay.
func (r *rotation) replan(k int) {
	r.drop(k)
	f, months := r.m.w.forces[k], r.m.w.options.Months
	best := make([]float64, months+1) // from month s on
	pick := slices.Repeat([]int{none}, months+1)
	byStart := make([][]int, months)
	for _, i := range r.of[k] {
		byStart[r.m.choices[i].start] = append(byStart[r.m.choices[i].start], i)
	}
	next := func(s int) int { return min(months, s+max(1, f.tour+f.rest+f.prepare)) }
	for s := months - 1; s >= 0; s-- {
		best[s] = best[s+1]
		for _, i := range byStart[s] {
			if v := r.worth(i) + best[next(s)]; v > best[s]+1e-9 {
				best[s], pick[s] = v, i
			}
		}
	}
	for s := 0; s < months; {
		if pick[s] == none {
			s++
			continue
		}
		r.taken[k] = append(r.taken[k], pick[s])
		r.fill(pick[s], 1)
		s = next(s)
	}
}

// value is what is not lost to lacks, up to a constant, less what the money
// would be worth elsewhere.
func (r *rotation) value() float64 {
	sum := 0.0
	for i := range r.lack {
		for t, l := range r.lack[i] {
			sum -= r.gain[i][t] * max(0, l)
		}
	}
	for k, taken := range r.taken {
		sum -= r.cost[k] * float64(len(taken)*r.m.w.forces[k].tour)
	}
	return sum
}

func (r *rotation) copy() [][]int {
	c := make([][]int, len(r.taken))
	for k, taken := range r.taken {
		c[k] = slices.Clone(taken)
	}
	return c
}

func (r *rotation) restore(taken [][]int) {
	for k := range r.taken {
		if !slices.Equal(r.taken[k], taken[k]) {
			r.drop(k)
			for _, i := range taken[k] {
				r.taken[k] = append(r.taken[k], i)
				r.fill(i, 1)
			}
		}
	}
}
