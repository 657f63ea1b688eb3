package plan

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"entente/lp"
	"entente/record"
)

// What needs are to have by a pattern may not be there for them in the whole world: a
// caveat forbids it that the pattern has eased, or who was served before has taken it.
// Once it is settled what each need is to have, resources have nothing to do with each other: who
// gives what to whom is found for each apart, with every caveat, by a small programme. What cannot be
// given after all, the need is not to have of the others either.

// apartAhead is how many resources are looked at while it is not known yet what the first of them
// cannot give, for any number of cores; apartWork how much work is done at most before it is seen how near a plan is by
// then, as rows times terms; and apartRounds how often.
const (
	apartAhead  = 4
	apartWork   = 6.5e9
	apartRounds = 2
)

// strand is the smaller world of one resource.
type strand struct {
	*coarse
	resource record.ResourceID
	lacks    float64
	x        []float64
	done     chan struct{} // closed when that is known
}

// apart finds for each resource that is lacking who gives what to whom, and lowers aims
// to what can be given: where most is lacking for the least work, as far as work may go.
func (p *pattern) apart(ctx context.Context, w *world, solver lp.Solver, aims []aim, lacks map[record.ResourceID]float64, known *guide) error {
	strands := p.strands(w, lacks)
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, a := range strands {
		g.Go(func() error {
			defer close(a.done)
			before := strands[:max(0, k-apartAhead+1)]
			for _, b := range before {
				<-b.done
			}
			return a.solve(within, solver, w.left(aims, before))
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	left := w.left(aims, strands)
	for k, a := range aims {
		aims[k].first = left[a.need][a.month]
	}
	for _, a := range strands {
		known.order = append(known.order, a.resource)
		known.of[a.resource] = &pattern{coarse: a.coarse, x: a.x, tariff: p.tariff}
	}
	return nil
}

// left is what needs are to have, by need and month, of what can be given of some resources.
func (w *world) left(aims []aim, strands []*strand) [][]float64 {
	left := make([][]float64, len(w.needs))
	for i := range left {
		left[i] = make([]float64, w.options.Months)
	}
	for _, a := range aims {
		left[a.need][a.month] = a.first
	}
	for _, a := range strands {
		for i, cols := range a.made {
			for t, z := range cols {
				if z != none && a.x != nil {
					left[i][t] = min(left[i][t], max(0, a.x[z]))
				}
			}
		}
	}
	return left
}

// strands states the programmes that are worth their work, those first that lack most.
func (p *pattern) strands(w *world, lacks map[record.ResourceID]float64) []*strand {
	var strands []*strand
	for r, v := range lacks {
		strands = append(strands, &strand{resource: r, lacks: v, done: make(chan struct{}), coarse: &coarse{pooled: w.pool(1, func(k record.ResourceID) bool { return k == r }, w.heeding)}})
	}
	slices.SortFunc(strands, func(a, b *strand) int { return cmp.Compare(a.resource, b.resource) })
	thrift := w.thrift()
	euro := func(funds []int, t int) float64 { return thrift(funds, t) + p.tariff.cheapest(funds, t) }
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, a := range strands {
		g.Go(func() error {
			a.coarse = a.pooled.coarse(p.reach, w.purses(), euro, nil)
			return nil
		})
	}
	g.Wait() // that cannot fail
	slices.SortStableFunc(strands, func(a, b *strand) int { return cmp.Compare(b.lacks/b.work(), a.lacks/a.work()) })
	work := 0.0
	strands = slices.DeleteFunc(strands, func(a *strand) bool {
		work += a.work()
		return work > apartWork
	})
	slices.SortStableFunc(strands, func(a, b *strand) int { return cmp.Compare(b.lacks, a.lacks) })
	return strands
}

// work is about how much its programme takes to solve.
func (a *strand) work() float64 { return float64(a.lp.Rows()) * float64(a.lp.NonZeros()) }

// solve finds how much of what needs are to have can be given of the resource, and how.
func (a *strand) solve(ctx context.Context, solver lp.Solver, left [][]float64) error {
	for i, cols := range a.made {
		for t, z := range cols {
			if z != none {
				a.lp.SetColBounds(z, 0, left[i][t])
			}
		}
	}
	s, err := solved(lp.Solve(ctx, solver, &a.lp, lp.Options{TimeLimit: a.options.TimeLimit, Method: lp.Simplex, Later: a.later}))
	if err == nil {
		a.x = s.X
	}
	return err
}
