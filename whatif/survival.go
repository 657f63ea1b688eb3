package whatif

import (
	"math"
	"slices"
)

// wait is how many months something was waited for: until it came, or, where it
// is still to come, at least so long.
type wait struct {
	months int
	came   bool
}

// curve is the product-limit estimate of Kaplan and Meier (Nonparametric
// estimation from incomplete observations, J. Amer. Statist. Assoc. 53, 1958):
// of what is promised, how much is still to come after so many months. What has
// not come yet is not left out, which would make everybody look punctual, but
// counts among those at risk for as long as it has been waited for.
type curve struct {
	at   []int     // months in which something came, ascending
	left []float64 // still to come after each of them
	came int
	all  int
}

// kaplanMeier estimates a curve. What comes in a month comes before waits end in
// it unanswered.
func kaplanMeier(waits []wait) curve {
	waits = slices.Clone(waits)
	slices.SortFunc(waits, func(a, b wait) int { return a.months - b.months })
	c := curve{all: len(waits)}
	left := 1.0
	for i := 0; i < len(waits); {
		j, came := i, 0
		for ; j < len(waits) && waits[j].months == waits[i].months; j++ {
			if waits[j].came {
				came++
			}
		}
		if came > 0 {
			risk := len(waits) - i
			left *= 1 - float64(came)/float64(risk)
			c.at, c.left = append(c.at, waits[i].months), append(c.left, left)
			c.came += came
		}
		i = j
	}
	return c
}

// after is how much is still to come after so many months. Beyond the last month
// in which anything came the curve says nothing; as is usual it is carried on as
// an exponential through that point (Brown, Hollander and Korwar 1974).
func (c curve) after(months int) float64 {
	k, found := slices.BinarySearch(c.at, months)
	if !found {
		k--
	}
	switch {
	case k < 0:
		return 1
	case k < len(c.at)-1:
		return c.left[k]
	}
	return c.tail(months)
}

func (c curve) tail(months int) float64 {
	last, left := c.at[len(c.at)-1], c.left[len(c.left)-1]
	if left == 0 || months <= last {
		return left
	}
	return math.Pow(left, float64(months)/max(float64(last), 1))
}

// median is the first month after which at most half is still to come; ok is
// false when that is beyond what was seen.
func (c curve) median() (months int, ok bool) {
	for k, left := range c.left {
		if left <= 0.5+1e-12 {
			return c.at[k], true
		}
	}
	return 0, false
}

// draw is how late something comes that has been waited for so many months
// already, for a number u between 0 and 1: the first month after which no more
// than u of what is still to come now is, and at most most. Where nothing ever
// came nothing is known of delays, and nothing is late.
func (c curve) draw(u float64, waited, most int) int {
	if c.came == 0 {
		return 0
	}
	target := u
	if waited > 0 {
		target *= c.after(waited - 1)
	}
	for m := waited; m < most; m++ {
		if c.after(m) <= target {
			return m
		}
	}
	return max(waited, most)
}
