package whatif

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"entente/access"
	worlds "entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

func quarter(seed uint64) (*register.View, plan.Options) {
	size := worlds.Quarter
	size.Units = 0
	s := worlds.Settings(size)
	v := register.NewTree(s, worlds.Generate(size, seed)...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
	return v, plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Brief: true}
}

// Drawn values of eight parties are as far from the exact ones as their standard
// errors say, in the square mean over many worlds.
func TestStandardError(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("a mean over one or two worlds says nothing")
	}
	t.Parallel()
	off, n, wide := 0.0, 0.0, 0.0
	for seed := range many(5, 100) {
		v, o := quarter(seed)
		exact := valued(t, v, o, Sampling{})
		drawn := valued(t, v, o, Sampling{Seed: seed, Orders: 24, ExactMax: -1})
		if math.Abs(exact.All-drawn.All) > 1e-6*exact.All || math.Abs(exact.None-drawn.None) > 1e-6*exact.All {
			t.Fatalf("world %d: %f to %f, drawn %f to %f", seed, exact.None, exact.All, drawn.None, drawn.All)
		}
		for _, p := range exact.Parties {
			d := drawn.of(p.Party)
			if math.Abs(d.First-p.First) > 1e-6 || math.Abs(d.Last-p.Last) > 1e-6 {
				t.Fatalf("world %d: %+v, drawn %+v", seed, p, d)
			}
			if d.Error > 1e-3*exact.Points {
				off, n = off+(d.Points-p.Points)*(d.Points-p.Points)/d.Error/d.Error, n+1
				wide = max(wide, d.Error/exact.Points)
			}
		}
	}
	t.Logf("%.0f values: in the square mean %.2f standard errors from the exact ones; the largest error is %.3f of all", n, math.Sqrt(off/n), wide)
	if s := math.Sqrt(off / n); s < 0.6 || s > 1.4 || n < 3 {
		t.Errorf("the standard errors are wrong: values are %.2f of them off", s)
	}
}

// The values of a game of known values come out: one that adds up, one of gloves
// in which five of seven have a left one, and one in which four must meet.
func TestSharesOfKnownGames(t *testing.T) {
	const n = 7
	games := map[string]func(in func(int) bool) float64{
		"adds up": func(in func(int) bool) float64 {
			sum := 3.0
			for i := range n {
				if in(i) {
					sum += float64(i)
				}
			}
			return sum
		},
		"gloves": func(in func(int) bool) float64 {
			left, right := 0, 0
			for i := range n {
				if in(i) && i < 5 {
					left++
				} else if in(i) {
					right++
				}
			}
			return float64(min(left, right))
		},
		"four must meet": func(in func(int) bool) float64 {
			if in(0) && in(2) && in(3) && in(6) {
				return 10
			}
			return 0
		},
	}
	for name, worth := range games {
		value := make([]float64, 1<<n)
		for mask := range value {
			value[mask] = worth(func(i int) bool { return mask>>i&1 == 1 })
		}
		exact := shapley(n, value)
		got := drawnShares(n, 3000, value)
		for i := range exact {
			if off := math.Abs(got[i].v - exact[i].v); off > 4*math.Sqrt(got[i].variance)+1e-9 || got[i].variance > 0.01 {
				t.Errorf("%s: player %d is worth %f, drawn %f ± %f", name, i, exact[i].v, got[i].v, math.Sqrt(got[i].variance))
			}
			if name == "adds up" && got[i].variance > 1e-18 {
				t.Errorf("%s: something is left to chance: %g", name, got[i].variance)
			}
		}
	}
}

// drawnShares are the shares in a game of which all is known.
func drawnShares(n, orders int, value []float64) []share {
	e := endsOf(n, value)
	like := make([]share, n)
	return e.with(middles(drawnPairs(n, orders, 5, value, nil), e.prior(), like))
}

func endsOf(n int, value []float64) *ends {
	all := len(value) - 1
	e := &ends{none: value[0], all: value[all]}
	for i := range n {
		e.first, e.lasts = append(e.first, value[1<<i]), append(e.lasts, value[all&^(1<<i)])
	}
	return e
}

// with adds the middle to what is known.
func (e *ends) with(mid []share) []share {
	shares := e.extremes()
	for i, x := range mid {
		shares[i].v, shares[i].variance = shares[i].v+x.v, x.variance
	}
	return shares
}

// drawnPairs are orders drawn in a game of which all is known, beside one like it.
func drawnPairs(n, orders int, seed uint64, value, like []float64) [][]probe {
	p := &board{players: make([]record.PartyID, n)}
	all := 1<<n - 1
	var pairs [][]probe
	for k := range orders {
		probes, _ := p.drawn(rand.New(rand.NewPCG(seed, uint64(k))), false, k%2 == 0)
		for j := range probes {
			mask := 0
			for i, in := range probes[j].in {
				if in > 0 {
					mask |= 1 << i
				}
			}
			probes[j].half = (value[mask] - value[all&^mask]) / 2
			if like != nil {
				probes[j].like = (like[mask] - like[all&^mask]) / 2
			}
		}
		pairs = append(pairs, probes)
	}
	return pairs
}

// Values told by two levels are off by as much as their standard errors say, over many
// games of nine: what is worth least of some sums that rise with who comes, as where
// several things are needed at once, and beside it a game that is like it but larger.
// A game that is like it takes most of the error away.
func TestLevels(t *testing.T) {
	const n, games, orders = 9, 150, 30
	off, mine, alone := 0.0, 0.0, 0.0
	for seed := range uint64(games) {
		dice := rand.New(rand.NewPCG(seed, 8))
		value, like := scarce(n, dice)
		exact := shapley(n, value)
		e := endsOf(n, value)
		rough := middles(drawnPairs(n, 16*orders, 2*seed, like, nil), e.prior(), make([]share, n))
		got := e.with(middles(drawnPairs(n, orders, 2*seed+1, value, like), make([]float64, n), rough))
		without := middles(drawnPairs(n, orders, 2*seed+1, value, nil), e.prior(), make([]share, n))
		for i := range exact {
			off += (got[i].v - exact[i].v) * (got[i].v - exact[i].v) / got[i].variance / n / games
			mine, alone = mine+got[i].variance, alone+without[i].variance
		}
	}
	t.Logf("in the square mean %.2f standard errors off; with a game like it the error is %.2f of that without", math.Sqrt(off), math.Sqrt(mine/alone))
	if s := math.Sqrt(off); s < 0.85 || s > 1.25 {
		t.Errorf("the standard errors are wrong: values are %.2f of them off", s)
	}
	if mine > alone/4 {
		t.Errorf("a game like it helps little: variance %g, and without %g", mine, alone)
	}
}

// scarce is a game in which of several things what there is least of counts, and one
// like it.
func scarce(n int, dice *rand.Rand) (value, like []float64) {
	const things = 4
	value, like = make([]float64, 1<<n), make([]float64, 1<<n)
	for range 3 { // needs
		var gives [things][]float64
		for r := range gives {
			for range n {
				gives[r] = append(gives[r], dice.ExpFloat64()*float64(dice.IntN(2)))
			}
		}
		for mask := range value {
			least, rough := math.Inf(1), math.Inf(1)
			for r := range gives {
				sum := 0.2
				for i, q := range gives[r] {
					sum += q * float64(mask>>i&1)
				}
				least = min(least, sum)
				rough = min(rough, 1.2*sum+0.1*float64(r))
			}
			value[mask] += min(least, 3)
			like[mask] += min(rough, 3.4)
		}
	}
	return value, like
}

// However many processors there are, the values are the same to the last bit.
func TestShapleyOnAnyProcessors(t *testing.T) {
	v, o := quarter(3)
	s := Sampling{Seed: 9, Orders: 12, ExactMax: -1}
	before := runtime.GOMAXPROCS(1)
	one := fmt.Sprint(*valued(t, v, o, s))
	runtime.GOMAXPROCS(4)
	four := fmt.Sprint(*valued(t, v, o, s))
	runtime.GOMAXPROCS(before)
	if one != four {
		t.Errorf("%s\nand then %s", one, four)
	}
}
