package whatif

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"

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
// them, in the middle of the sum, some are drawn along orders, each with the one of all
// others: what they are worth together says nothing of anybody, and cancels out. What
// remains is counted from what the coalition would be worth by a fit: values that add
// up, something of its size, and a multiple of what it is worth in a game like this
// that is quicker to play. Of each of these the sum is known, or found from many more
// orders; the better the fit, the less is left to chance, and however bad it is, the
// mean is right (Owen 2013, chapter 8, on control variates). For each order all is
// fitted to the others, so that no order judges itself.

// ends are the coalitions of nobody and everybody, and of one more and one less.
type ends struct {
	none, all    float64
	first, lasts []float64 // V of each alone, and of all but each
}

// probe is a coalition that was drawn: of those of its size, with all others.
type probe struct {
	in     []float64 // by player: 1/2 for who is in, −1/2 for the others
	size   int
	weight float64 // of a size in the sum, for all sizes that this one stands for
	half   float64 // half of what it is worth more than all others together
	like   float64 // the same in a game like this; 0 where there is none
}

const (
	cuts = 8 // at how many sizes orders are cut
	more = 8 // times as many orders are played in a game as in the next finer one
)

// sampled draws orders. It returns how many were finished.
//
// Where the game has outlines, the roughest of them is played first, in the most
// orders, and then each finer one and the game itself with the one before as its like.
// All are drawn apart, so that variances add up (several levels, as in Giles 2015).
func (p *board) sampled(ctx context.Context, s Sampling, stream uint64, step func(int)) ([]share, int, error) {
	e, err := p.ends(ctx, step)
	if err != nil {
		return nil, 0, err
	}
	n := len(p.players)
	if n <= 3 {
		step(s.Orders * (1 + len(spans)))
		return upright(e.extremes()), s.Orders, nil // all coalitions have been asked
	}
	outlines, err := p.outlines(ctx)
	if err != nil {
		return nil, 0, err
	}
	step(s.Orders * (len(spans) - len(outlines)))
	games := append([]played{p}, outlines...)
	prior, mid, drawn, times := e.prior(), make([]share, n), 0, 1
	for range outlines {
		times *= more
	}
	for k := len(games) - 1; k >= 0; k, times = k-1, times/more {
		r := round{game: games[k], seed: s.Seed, stream: stream<<32 | uint64(k)<<24, apart: k == 0 && !p.evaluator.Strides()}
		if k+1 < len(games) {
			r.like = games[k+1]
		}
		var done [][]probe
		done, err = p.orders(ctx, s.Orders*times, r, each(times, func() { step(1) }))
		if len(done) == 0 || err != nil && k > 0 {
			return nil, 0, cmp.Or(err, errors.New("whatif: no orders were drawn"))
		}
		mid, drawn, prior = middles(done, prior, mid), 2*len(done), make([]float64, n)
	}
	shares := e.extremes()
	for i, x := range mid {
		shares[i].v, shares[i].variance = shares[i].v+x.v, x.variance
	}
	return upright(shares), drawn, err
}

// each calls step every so many times that it is called.
func each(times int, step func()) func() {
	var called atomic.Int64
	return func() {
		if called.Add(1)%int64(times) == 0 {
			step()
		}
	}
}

// round is how a game is played: from what dice, and beside what game like it.
type round struct {
	game, like   played
	apart        bool // each size is cut from an order of its own
	seed, stream uint64
}

// orders draws orders in pairs, one the reverse of the other, and has coalitions
// valued along them. With an error it returns those that were finished.
func (p *board) orders(ctx context.Context, n int, r round, step func()) ([][]probe, error) {
	pairs := make([][]probe, n/2)
	sides := make([]struct{ mine, like [2][]float64 }, len(pairs))
	err := parallel(ctx, n, func(ctx context.Context, i int) (err error) {
		probes, ask := p.drawn(rand.New(rand.NewPCG(r.seed, r.stream|uint64(i/2))), i%2 == 1, r.apart)
		if i%2 == 0 {
			pairs[i/2] = probes
		}
		side := &sides[i/2]
		if r.like != nil {
			if side.like[i%2], err = r.like.along(ctx, ask); err != nil {
				return err
			}
		}
		side.mine[i%2], err = r.game.along(ctx, ask)
		step()
		return err
	})
	var done [][]probe
	for k, side := range sides {
		n := len(pairs[k])
		if n == 0 || len(side.mine[0]) != n || len(side.mine[1]) != n {
			continue // it was broken off
		}
		for j := range pairs[k] {
			pairs[k][j].half = (side.mine[0][n-1-j] - side.mine[1][j]) / 2
			if r.like != nil {
				pairs[k][j].like = (side.like[0][n-1-j] - side.like[1][j]) / 2
			}
		}
		done = append(done, pairs[k])
	}
	return done, err
}

// drawn is an order cut at some sizes, one of each range of sizes up to the half: the
// probes by rising size, and the coalitions that are to be asked, the largest first. In
// reverse those are what the others are of each. Each is part of the one before, so
// that it can be reached on a walk; or else, where that is no quicker, each comes from
// an order of its own, which tells more.
func (p *board) drawn(dice *rand.Rand, reverse, apart bool) (probes []probe, ask []coalition) {
	n := len(p.players)
	order := dice.Perm(n)
	ranges := min(n/2-1, cuts)
	for j := range ranges {
		if apart {
			order = dice.Perm(n)
		}
		lo, hi := 2+j*(n/2-1)/ranges, 2+(j+1)*(n/2-1)/ranges
		x := newProbe(order, lo+dice.IntN(hi-lo))
		x.weight *= float64(hi - lo)
		c := p.nobody()
		for i, in := range x.in {
			if in > 0 != reverse {
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

// newProbe is the coalition of the first k of an order.
func newProbe(order []int, k int) probe {
	n := len(order)
	x := probe{in: slices.Repeat([]float64{-0.5}, n), size: k, weight: float64(n) / float64(k*(n-k))}
	if 2*k != n {
		x.weight *= 2 // the others are of another size
	}
	for _, i := range order[:k] {
		x.in[i] = 0.5
	}
	return x
}

// along is what coalitions are worth: one after the other on a walk, or each by itself.
func (p *board) along(ctx context.Context, ask []coalition) ([]float64, error) {
	var walk *plan.Walk
	if p.evaluator.Strides() {
		var err error
		if walk, err = p.evaluator.Walk(ctx, nil); err != nil {
			return nil, err
		}
		defer walk.End()
	}
	found := make([]float64, len(ask))
	for k, c := range ask {
		var err error
		if found[k], err = p.step(ctx, walk, c); err != nil {
			return nil, err
		}
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

// prior is what values might be that add up: between what a player adds first and last.
func (e *ends) prior() []float64 {
	prior, sum := make([]float64, len(e.first)), 0.0
	for i := range prior {
		prior[i] = (e.first[i] - e.none + e.all - e.lasts[i]) / 2
		sum += prior[i]
	}
	for i := range prior {
		prior[i] += (e.all - e.none - sum) / float64(len(prior))
	}
	return prior
}

// extremes is the part of the sum that is known: of sizes 0, 1, n−1 and n.
func (e *ends) extremes() []share {
	n := len(e.first)
	shares := make([]share, n)
	first, lasts := 0.0, 0.0
	for i := range shares {
		first, lasts = first+e.first[i]/float64(n), lasts+e.lasts[i]/float64(n)
	}
	for i := range shares {
		shares[i].v = (e.all - e.none) / float64(n)
		if n > 1 {
			shares[i].v += (e.first[i] - first) / float64(n-1)
		}
		if n > 2 {
			shares[i].v -= (e.lasts[i] - lasts) / float64(n-1)
		}
	}
	return shares
}

// middles are the middle parts of the sums that orders tell, and the variances of
// them; like has those of the game that is like it.
func middles(pairs [][]probe, prior []float64, like []share) []share {
	fits := newFit(prior)
	for _, probes := range pairs {
		fits.add(probes, 1)
	}
	orders, times := float64(len(pairs)), 0.0
	mid, told := make([]share, len(prior)), make([][]float64, len(pairs))
	for k, probes := range pairs {
		fits.add(probes, -1)
		by := fits.solve()
		fits.add(probes, 1)
		told[k] = middle(probes, by, like)
		times += by[len(by)-1] / orders
		for i, v := range told[k] {
			mid[i].v += v / orders
		}
	}
	for _, values := range told {
		for i, v := range values {
			mid[i].variance += (v - mid[i].v) * (v - mid[i].v) / orders / max(orders-1, 1)
		}
	}
	for i := range mid {
		mid[i].variance += times * times * like[i].variance
	}
	return mid
}

// middle is the middle part of the sum that one order tells, counted from a fit.
func middle(probes []probe, by []float64, like []share) []float64 {
	n := len(like)
	mean, sum := 0.0, make([]float64, n)
	for _, a := range by[:n] {
		mean += a / float64(n)
	}
	for i := range sum {
		sum[i] = (by[i]-mean)*float64(n-3)/float64(n-1) + by[len(by)-1]*like[i].v
	}
	for k := range probes {
		x := &probes[k]
		rest, out := x.half-dot(by, x.seen()), 0.5-float64(x.size)/float64(n)
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
