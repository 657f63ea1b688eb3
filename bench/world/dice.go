package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"entente/record"
)

// dice are what a world is drawn with.
type dice struct{ *rand.Rand }

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between draws a whole number from lo to hi.
func (d dice) between(lo, hi int) int { return lo + d.IntN(max(1, hi-lo+1)) }

// tail draws around 1 with a heavy upper tail: most are small, some are huge.
func (d dice) tail(spread float64) float64 { return math.Exp(spread * d.NormFloat64()) }

// share draws a share with two decimals.
func (d dice) share(lo, hi float64) float64 {
	return math.Round((lo+(hi-lo)*d.Float64())*100) / 100
}

// pick draws one of xs.
func pick[T any](d dice, xs []T) T { return xs[d.IntN(len(xs))] }

// some draws one or more of xs, in their order.
func some[T any](d dice, xs []T, most int) []T {
	n := d.between(1, min(most, len(xs)))
	var out []T
	for i, x := range xs {
		if left := len(xs) - i; d.IntN(left) < n-len(out) {
			out = append(out, x)
		}
	}
	return out
}

// likely draws an index, each as likely as its weight.
func (d dice) likely(weights ...float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := d.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// neat keeps two digits of a number, as people write quantities, and at least 1.
func neat(x float64) float64 {
	if x < 1 {
		return 1
	}
	scale := math.Pow(10, math.Floor(math.Log10(x))-1)
	if scale < 1 {
		return math.Round(x)
	}
	return math.Round(x/scale) * scale
}

// number is a quantity, now and then known only as a range.
func (d dice) number(x float64) record.Number {
	if d.chance(0.06) {
		return record.Number{Min: neat(0.7 * x), Max: neat(0.7*x) + neat(0.6*x)}
	}
	return record.Exactly(neat(x))
}

// perEUR are rates around which those of a world move.
var perEUR = map[record.Currency]float64{"USD": 1.08, "GBP": 0.84, "NOK": 11.6}

var currencies = []record.Currency{"USD", "GBP", "NOK"}

// money is so many euros in one currency or another.
func (d dice) money(euros float64) record.Money {
	if d.chance(0.65) {
		return exactly(neat(euros), record.Euro)
	}
	c := pick(d, currencies)
	return exactly(neat(euros*perEUR[c]), c)
}

func exactly(x float64, c record.Currency) record.Money {
	m, err := record.ParseMoney(fmt.Sprintf("%.0f %s", x, c))
	if err != nil {
		panic("world: " + err.Error())
	}
	return m
}

// month is the month t of a world as people write it; negative ones are before
// its start.
func month(t int) record.Day {
	return record.MustDay((Start.First().Month() + record.Month(t)).String())
}

// day is some day of month t.
func (d dice) day(t int) record.Day {
	return record.MustDay(month(t).String() + "-" + fmt.Sprintf("%02d", d.between(1, 28)))
}

// ordinal numbers the records of a kind, with zeros so that they sort.
func ordinal(word string, i int) string {
	return word + "-" + strconv.Itoa(1000000 + i)[2:]
}
