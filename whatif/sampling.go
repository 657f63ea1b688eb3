package whatif

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"entente/plan"
)

// A player's value is a sum over the sizes k of coalitions, of how much more those
// of that size are worth that it is in than all of them on average:
//
//	value(p) = (V(all) − V(none))/n + Σₖ n/(k(n−k)) · E[(1(p in S) − k/n) · V(S)],  S drawn among those of size k
//
// so that every coalition says something of every player (Castro, Gómez and Tejada
// 2009 draw orders, in which most say something of one; the sum is that of Lundberg
// and Lee 2017). Of the smallest and the largest coalitions all are asked. Between
// them some are drawn along orders, each with the one of all others: what they are
// worth together says nothing of anybody, and cancels out. What remains is counted
// from what the coalition would be worth if values merely added up. Values that
// merely add up are known; the nearer they come the less is left to chance, and
// however far they are off, the mean is right (Owen 2013, chapter 8, on control
// variates). For each order they are fitted to the others, so that no order judges
// itself.

// ends are the coalitions of nobody and everybody, and of one more and one less.
type ends struct {
	none, all    float64
	first, lasts []float64 // V of each alone, and of all but each
	bottom       float64   // V of nobody, in the game itself
}

// less is what another game is off by.
func (e *ends) less(o *ends) *ends {
	d := &ends{none: e.none - o.none, all: e.all - o.all, bottom: e.bottom}
	for i := range e.first {
		d.first, d.lasts = append(d.first, e.first[i]-o.first[i]), append(d.lasts, e.lasts[i]-o.lasts[i])
	}
	return d
}

// probe is a coalition that was drawn: of those of its size, with all others.
type probe struct {
	in     []float64 // by player: 1/2 for who is in, −1/2 for the others
	size   int
	weight float64 // of a size in the sum, for all sizes that this one stands for
	half   float64 // half of what it is worth more than all others together
}

// sampled draws orders. It returns how many were finished.
//
// Where there is an outline of the game, which is played many times as quickly,
// values are those of the outline, found from many orders, and those of what it is
// off by, found from few: a game too, of which little is left to chance. The first
// are drawn apart from the others, so that variances add up.
func (p *board) sampled(ctx context.Context, s Sampling, stream uint64, step func(int)) ([]share, int, error) {
	e, err := p.ends(ctx, step)
	if err != nil {
		return nil, 0, err
	}
	if len(p.players) <= 3 {
		step(s.Orders * (1 + outlined)) // all coalitions have been asked
		return upright(e.shares(make([][]probe, 1))), s.Orders, nil
	}
	outline, err := p.outline(ctx)
	if err != nil {
		return nil, 0, err
	}
	rough := make([]share, len(p.players))
	if outline == nil {
		step(s.Orders * outlined)
	} else {
		like, err := outline.ends(ctx)
		if err != nil {
			return nil, 0, err
		}
		many, err := p.orders(ctx, s.Orders*outlined, source{s.Seed, stream<<32 | 1<<31}, outline.along, func() { step(1) })
		if err != nil {
			return nil, 0, err
		}
		rough, e = like.shares(many), e.less(like)
	}
	done, err := p.orders(ctx, s.Orders, source{s.Seed, stream << 32}, func(ctx context.Context, ask []coalition) ([]float64, error) {
		found, err := p.along(ctx, ask, e.bottom)
		if err != nil || outline == nil {
			return found, err
		}
		like, err := outline.along(ctx, ask)
		for k := range like {
			found[k] -= like[k]
		}
		return found, err
	}, func() { step(1) })
	if len(done) == 0 {
		return nil, 0, cmp.Or(err, errors.New("whatif: no orders were drawn"))
	}
	shares := e.shares(done)
	for i, x := range rough {
		shares[i].v, shares[i].variance = shares[i].v+x.v, shares[i].variance+x.variance
	}
	return upright(shares), 2 * len(done), err
}

// outlined is how many orders the outline is played in for each of the game.
const outlined = 8

// source is what orders are drawn from.
type source struct{ seed, stream uint64 }

// orders draws orders in pairs, one the reverse of the other, and has coalitions
// valued along them. With an error it returns those that were finished.
func (p *board) orders(ctx context.Context, n int, from source, value func(context.Context, []coalition) ([]float64, error), step func()) ([][]probe, error) {
	pairs := make([][]probe, n/2)
	sides := make([][2][]float64, len(pairs))
	err := parallel(ctx, n, func(ctx context.Context, i int) (err error) {
		probes, ask := p.drawn(rand.New(rand.NewPCG(from.seed, from.stream|uint64(i/2))), i%2 == 1)
		sides[i/2][i%2], err = value(ctx, ask)
		if i%2 == 0 {
			pairs[i/2] = probes
		}
		step()
		return err
	})
	var done [][]probe
	for k, side := range sides {
		n := len(pairs[k])
		if n == 0 || len(side[0]) != n || len(side[1]) != n {
			continue // it was broken off
		}
		for j := range pairs[k] {
			pairs[k][j].half = (side[0][n-1-j] - side[1][j]) / 2
		}
		done = append(done, pairs[k])
	}
	return done, err
}

// drawn is an order cut at some sizes, one of each range of sizes: the probes by
// rising size, and the coalitions that are to be asked, the largest first. In
// reverse those are what the others are of each.
func (p *board) drawn(dice *rand.Rand, reverse bool) (probes []probe, ask []coalition) {
	n := len(p.players)
	order := dice.Perm(n)
	ranges := min((n+1)/2, n-3)
	for j := range ranges {
		lo, hi := 2+j*(n-3)/ranges, 2+(j+1)*(n-3)/ranges
		k := lo + dice.IntN(hi-lo)
		x := probe{in: make([]float64, n), size: k, weight: float64((hi-lo)*n) / float64(k*(n-k))}
		c := p.nobody()
		for at, i := range order {
			x.in[i] = -0.5
			if at < k {
				x.in[i] = 0.5
			}
			if (at < k) != reverse {
				c = c.with(i)
			}
		}
		probes, ask = append(probes, x), append(ask, c)
	}
	if !reverse {
		slices.Reverse(ask)
	}
	return probes, ask
}

// along is what coalitions are worth, of which each is part of the one before.
func (p *board) along(ctx context.Context, ask []coalition, none float64) ([]float64, error) {
	found := make([]float64, 0, len(ask))
	var walk *plan.Walk
	if p.evaluator.Walks() && len(ask) > 0 {
		var err error
		if walk, err = p.evaluator.Walk(ctx, nil); err != nil {
			return nil, err
		}
		defer walk.End()
	}
	for k, c := range ask {
		if k > 0 && alike(found[k-1], none) {
			found = append(found, none) // who leaves never raises V
			continue
		}
		v, err := p.step(ctx, walk, c)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, nil
}

// step is what a coalition is worth, found on a walk if there is one.
func (p *board) step(ctx context.Context, walk *plan.Walk, c coalition) (float64, error) {
	if walk == nil {
		return p.v(ctx, c)
	}
	p.count()
	return walk.To(ctx, p.only(c))
}

// ends asks for the coalitions that are asked in any case. Those of nobody and one
// are small enough to be planned for by themselves, those of all but one a step from
// that of all.
func (p *board) ends(ctx context.Context, step func(int)) (*ends, error) {
	n := len(p.players)
	e := &ends{first: make([]float64, n), lasts: make([]float64, n)}
	var err error
	if e.all, err = p.v(ctx, p.everybody()); err != nil {
		return nil, err
	}
	if e.none, err = p.v(ctx, p.nobody()); err != nil {
		return nil, err
	}
	e.bottom = e.none
	err = parallel(ctx, 2*n, func(ctx context.Context, i int) (err error) {
		if i < n {
			e.lasts[i], err = p.beside(ctx, p.everybody().without(i))
		} else {
			e.first[i-n], err = p.v(ctx, p.nobody().with(i-n))
		}
		step(1)
		return err
	})
	return e, err
}

// beside is what a coalition is worth that is one step from that of all.
func (p *board) beside(ctx context.Context, c coalition) (float64, error) {
	if _, known := p.knows(c); known || !p.evaluator.Walks() {
		return p.v(ctx, c)
	}
	walk, err := p.evaluator.Walk(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer walk.End()
	v, err := p.step(ctx, walk, c)
	if err == nil {
		p.learn(c, v)
	}
	return v, err
}

// shares are the values that orders tell, and the variances of them.
func (e *ends) shares(pairs [][]probe) []share {
	n, orders := len(e.first), float64(len(pairs))
	fits := newFit(e)
	for _, probes := range pairs {
		fits.add(probes, 1)
	}
	mean, square := make([]float64, n), make([]float64, n)
	told := make([][]float64, len(pairs))
	for k, probes := range pairs {
		fits.add(probes, -1)
		told[k] = middle(probes, fits.solve())
		fits.add(probes, 1)
		for i, v := range told[k] {
			mean[i] += v / orders
		}
	}
	for _, values := range told {
		for i, v := range values {
			square[i] += (v - mean[i]) * (v - mean[i])
		}
	}
	shares := make([]share, n)
	for i, v := range e.extremes() {
		shares[i] = share{v + mean[i], square[i] / orders / max(orders-1, 1)}
	}
	return shares
}

// extremes is the part of the sum that is known: of sizes 0, 1, n−1 and n.
func (e *ends) extremes() []float64 {
	n := len(e.first)
	sum := make([]float64, n)
	first, lasts := 0.0, 0.0
	for i := range sum {
		first, lasts = first+e.first[i]/float64(n), lasts+e.lasts[i]/float64(n)
	}
	for i := range sum {
		sum[i] = (e.all - e.none) / float64(n)
		if n > 1 {
			sum[i] += (e.first[i] - first) / float64(n-1)
		}
		if n > 2 {
			sum[i] -= (e.lasts[i] - lasts) / float64(n-1)
		}
	}
	return sum
}

// middle is the part of the sum that one order tells, counted from values that
// add up.
func middle(probes []probe, additive []float64) []float64 {
	n := len(additive)
	mean, sum := 0.0, make([]float64, n)
	for _, a := range additive {
		mean += a / float64(n)
	}
	if n > 3 {
		for i, a := range additive {
			sum[i] = (a - mean) * float64(n-3) / float64(n-1)
		}
	}
	for _, x := range probes {
		rest := x.half
		for i, a := range additive {
			rest -= a * x.in[i]
		}
		out := 0.5 - float64(x.size)/float64(n)
		for i := range sum {
			sum[i] += x.weight * (x.in[i] + out) * rest
		}
	}
	return sum
}

// upright takes back what chance alone can have brought about: nobody is worth
// less than nothing. It is the nearest such point with the same sum, so it is no
// further from the truth than before.
func upright(shares []share) []share {
	for {
		below, above := 0.0, 0.0
		for _, x := range shares {
			if x.v < 0 {
				below -= x.v
			} else if x.v > 0 {
				above++
			}
		}
		if below <= 0 || above == 0 {
			return shares
		}
		for i, x := range shares {
			if x.v < 0 {
				shares[i].v = 0
			} else if x.v > 0 {
				shares[i].v -= below / above
			}
		}
	}
}
