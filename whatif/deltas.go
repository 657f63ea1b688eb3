package whatif

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/check"
	"entente/plan"
	"entente/record"
)

// needDeltas sets the needs of two plans side by side.
func needDeltas(base, after *plan.Plan) []NeedDelta {
	deltas := []NeedDelta{}
	index := map[record.NeedID]int{}
	for i := range base.Needs {
		n := &base.Needs[i]
		index[n.ID] = len(deltas)
		deltas = append(deltas, NeedDelta{ID: n.ID, Title: n.Title, Before: n.Covered, FirstMetBefore: n.FirstMet, HeldByBefore: n.HeldBy, Points: points(base, value(n, base.Discount))})
	}
	for i := range after.Needs {
		n := &after.Needs[i]
		at, both := index[n.ID]
		if !both {
			at = len(deltas)
			deltas = append(deltas, NeedDelta{ID: n.ID, Title: n.Title})
		}
		d := &deltas[at]
		d.After, d.FirstMetAfter, d.HeldByAfter = n.Covered, n.FirstMet, n.HeldBy
		d.Points -= points(base, value(n, after.Discount))
	}
	for i := range deltas {
		if d := &deltas[i]; math.Abs(d.Points) < noise {
			d.Points = 0
		}
	}
	slices.SortStableFunc(deltas, func(a, b NeedDelta) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.ID, b.ID))
	})
	return deltas
}

// noise is what two solves of one programme may differ by, in coverage points.
const noise = 1e-5

// value is what a need's coverage adds to V.
func value(n *plan.Need, discount float64) float64 {
	sum, worth := 0.0, n.Weight
	for _, m := range n.Months {
		sum += worth * m.Covered
		worth *= discount
	}
	return sum
}

// moveKey tells moves apart but for their quantity.
func moveKey(m *plan.Move) string {
	return fmt.Sprint(m.Verb, "|", m.Month, "|", m.Until, "|", m.Arrives, "|", m.Record, "|", m.At, "|", m.Need, "|", m.Class, "|", m.Use, "|", m.For)
}

// moveDeltas lists the moves of each plan that the other does not make, or not
// with the same quantity.
func moveDeltas(base, after []plan.Move) Moves {
	quantities := func(ms []plan.Move) map[string]float64 {
		sums := make(map[string]float64, len(ms))
		for i := range ms {
			sums[moveKey(&ms[i])] += ms[i].Quantity
		}
		return sums
	}
	was, is := quantities(base), quantities(after)
	only := func(ms []plan.Move, here, there map[string]float64) []plan.Move {
		kept := []plan.Move{}
		for i := range ms {
			k := moveKey(&ms[i])
			a, b := here[k], there[k]
			if math.Abs(a-b) > 1e-6*max(1, math.Abs(a), math.Abs(b)) {
				kept = append(kept, ms[i])
			}
		}
		return kept
	}
	return Moves{Gone: only(base, was, is), New: only(after, is, was)}
}

// findingDeltas lists the findings that appear and that clear. What is found of
// devices is of no interest to anybody.
func findingDeltas(before, after []check.Finding, devices map[record.Key]bool) (appear, clear []check.Finding) {
	count := func(fs []check.Finding) map[string]int {
		n := map[string]int{}
		for _, f := range fs {
			n[findingKey(f)]++
		}
		return n
	}
	was, is := count(before), count(after)
	only := func(fs []check.Finding, other map[string]int) []check.Finding {
		kept := []check.Finding{}
		for _, f := range fs {
			if k := findingKey(f); other[k] > 0 {
				other[k]--
			} else if !slices.ContainsFunc(f.Records, func(k record.Key) bool { return devices[k] }) {
				kept = append(kept, f)
			}
		}
		return kept
	}
	return only(after, was), only(before, is)
}

// findingKey tells findings apart by rule, level and records. Their wording is
// left out: it counts days, and says what is found again in other figures.
func findingKey(f check.Finding) string {
	keys := make([]string, len(f.Records))
	for i, k := range f.Records {
		keys[i] = k.String()
	}
	return fmt.Sprint(f.Rule, "|", f.Level, "|", strings.Join(keys, " "))
}
