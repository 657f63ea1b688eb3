package lptest

import (
	"math"
	"math/rand/v2"

	"entente/lp"
)

// StagedSize says how large a Staged model is to be.
type StagedSize struct{ Periods, Goods, Sources, Sinks int }

// Staged returns a programme of the kind that planning over time gives: sources that can be drawn on once and from some period on,
// stocks that decay, sinks that need several goods at a time, and a budget that is carried over. All zero is feasible, it has an
// optimum, and it is as degenerate as such models are. It has 2·Goods·Periods + Sources + Periods rows.
func Staged(seed uint64, size StagedSize) *lp.Model {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := new(lp.Model)
	stock := make([][]lp.Col, size.Goods)
	balance := make([][][]lp.Term, size.Goods)
	use := make([][][]lp.Term, size.Goods)
	spend := make([][]lp.Term, size.Periods)
	for g := range size.Goods {
		keep := 1 - 0.05*rng.Float64()
		stock[g] = make([]lp.Col, size.Periods)
		balance[g] = make([][]lp.Term, size.Periods)
		use[g] = make([][]lp.Term, size.Periods)
		for t := range size.Periods {
			stock[g][t] = m.AddCol(0, 0, lp.Inf)
			balance[g][t] = []lp.Term{{Col: stock[g][t], Coef: 1}}
			use[g][t] = []lp.Term{{Col: stock[g][t], Coef: -1}}
			if t > 0 {
				balance[g][t] = append(balance[g][t], lp.Term{Col: stock[g][t-1], Coef: -keep})
			}
		}
	}
	for range size.Sources {
		g, from, lead := rng.IntN(size.Goods), rng.IntN(size.Periods), rng.IntN(4)
		price := 0.1 + rng.ExpFloat64()
		var drawn []lp.Term
		for t := from; t < size.Periods; t++ {
			x := m.AddCol(-1e-4*price, 0, lp.Inf)
			drawn = append(drawn, lp.Term{Col: x, Coef: 1})
			spend[t] = append(spend[t], lp.Term{Col: x, Coef: price})
			if t+lead < size.Periods {
				balance[g][t+lead] = append(balance[g][t+lead], lp.Term{Col: x, Coef: -1})
			}
		}
		m.AddRow(-lp.Inf, float64(1+rng.IntN(40)), drawn...)
	}
	for range size.Sinks {
		weight, most := 1+9*rng.Float64(), float64(1+rng.IntN(6))
		from := rng.IntN(size.Periods)
		goods := rng.Perm(size.Goods)[:min(size.Goods, 3+rng.IntN(5))]
		for t := from; t < size.Periods; t++ {
			z := m.AddCol(weight*math.Pow(0.99, float64(t)), 0, most)
			for i, g := range goods {
				use[g][t] = append(use[g][t], lp.Term{Col: z, Coef: float64(1 + (i*7)%12)})
			}
		}
	}
	carry := lp.Col(-1)
	for t := range size.Periods {
		next := m.AddCol(0, 0, lp.Inf)
		terms := append(spend[t], lp.Term{Col: next, Coef: 1})
		if carry >= 0 {
			terms = append(terms, lp.Term{Col: carry, Coef: -0.98})
		}
		income := float64(size.Sources) * (0.1 + 0.4*rng.Float64())
		m.AddRow(income, income, terms...)
		carry = next
	}
	for g := range size.Goods {
		for t := range size.Periods {
			m.AddRow(0, 0, balance[g][t]...)
			m.AddRow(-lp.Inf, 0, use[g][t]...)
		}
	}
	return m
}

// least is the programme that minimises cost·x: the gains of a Model are what is maximised.
func least(costs ...float64) *lp.Model {
	m := new(lp.Model)
	for _, cost := range costs {
		m.AddCol(-cost, 0, lp.Inf)
	}
	return m
}

// most is the programme that maximises gain·x.
func most(gains ...float64) *lp.Model {
	m := new(lp.Model)
	for _, gain := range gains {
		m.AddCol(gain, 0, lp.Inf)
	}
	return m
}

// row adds a row with a coefficient for each column in turn.
func row(m *lp.Model, lo float64, coefs []float64, hi float64) lp.Row {
	var terms []lp.Term
	for c, coef := range coefs {
		terms = append(terms, lp.Term{Col: lp.Col(c), Coef: coef})
	}
	return m.AddRow(lo, hi, terms...)
}

func whole(m *lp.Model) *lp.Model {
	for c := range m.Cols() {
		m.SetInteger(lp.Col(c))
	}
	return m
}

// transport is Dantzig's: two plants, three markets, cases to be shipped at 90 dollars per thousand miles.
func transport() *lp.Model {
	miles := [2][3]float64{{2.5, 1.7, 1.8}, {2.5, 1.8, 1.4}}
	m := new(lp.Model)
	for _, from := range miles {
		for _, thousand := range from {
			m.AddCol(-90*thousand/1000, 0, lp.Inf)
		}
	}
	for plant, most := range []float64{350, 600} {
		c := lp.Col(3 * plant)
		m.AddRow(-lp.Inf, most, lp.Term{Col: c, Coef: 1}, lp.Term{Col: c + 1, Coef: 1}, lp.Term{Col: c + 2, Coef: 1})
	}
	for market, least := range []float64{325, 300, 275} {
		c := lp.Col(market)
		m.AddRow(least, lp.Inf, lp.Term{Col: c, Coef: 1}, lp.Term{Col: c + 3, Coef: 1})
	}
	return m
}

// knapsack takes things of some weight and worth, each at most once, up to a weight.
func knapsack(most float64, weights, worths []float64) *lp.Model {
	m := new(lp.Model)
	for _, worth := range worths {
		m.AddCol(worth, 0, 1)
	}
	row(m, -lp.Inf, weights, most)
	return whole(m)
}

// marketSplit asks for a half of the columns that splits each of rows sums in two equal parts. There is hardly ever one, and no
// method known sees that before it has tried nearly all: with 5 rows and 40 columns, no solver is done in seconds. If slack, a part
// may be too large or too small, and that is to be kept small.
func marketSplit(rows int, slack bool) *lp.Model {
	rng := rand.New(rand.NewPCG(7, 7))
	m := new(lp.Model)
	n := 10 * (rows - 1)
	for range n {
		m.SetInteger(m.AddCol(0, 0, 1))
	}
	for range rows {
		var terms []lp.Term
		sum := 0
		for c := range n {
			size := rng.IntN(100)
			sum += size
			terms = append(terms, lp.Term{Col: lp.Col(c), Coef: float64(size)})
		}
		if slack {
			terms = append(terms, lp.Term{Col: m.AddCol(-1, 0, lp.Inf), Coef: 1}, lp.Term{Col: m.AddCol(-1, 0, lp.Inf), Coef: -1})
		}
		half := float64(sum / 2)
		m.AddRow(half, half, terms...)
	}
	return m
}

// random is a small programme of small whole numbers, so that what is feasible is so by a wide margin. All columns are bounded,
// hence it has an optimum or no solution; the first integers of them are whole.
func random(rng *rand.Rand, cols, integers, rows int) *lp.Model {
	m := new(lp.Model)
	for c := range cols {
		lo := float64(rng.IntN(4) - 2)
		m.AddCol(float64(rng.IntN(15)-5), lo, lo+float64(rng.IntN(4)))
		if c < integers {
			m.SetInteger(lp.Col(c))
		}
	}
	for range rows {
		coefs := make([]float64, cols)
		for c := range coefs {
			coefs[c] = float64(max(0, rng.IntN(12)-2) - 3)
		}
		side := float64(rng.IntN(15) - 4)
		switch rng.IntN(6) {
		case 0:
			row(m, side, coefs, lp.Inf)
		case 1:
			row(m, side-5, coefs, side)
		case 2:
			row(m, side, coefs, side)
		default:
			row(m, -lp.Inf, coefs, side)
		}
	}
	return m
}
