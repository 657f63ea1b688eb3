package plan_test

import (
	"math"
	"testing"

	"entente/bench/textbook"
	"entente/lp"
	"entente/plan"
	"entente/register"
)

// naive is the textbook's model, solved.
type naive struct{ *textbook.Model }

func newNaive(v *register.View, o plan.Options) *naive { return &naive{textbook.New(v, o)} }

// solve finds the highest V, and the least that V can cost in euros, which is
// known only so far: slack is how much more it may be.
func (n *naive) solve(t testing.TB) (value, euros, slack float64) {
	t.Helper()
	session, err := peer().Open(t.Context(), &n.LP)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	first := optimal(t, session)
	value = first.Objective
	var best []lp.Term
	cols, gains := make([]lp.Col, n.LP.Cols()), make([]float64, n.LP.Cols())
	for c := range cols {
		cols[c] = lp.Col(c)
		if gain := n.LP.Gain(lp.Col(c)); gain != 0 {
			best = append(best, lp.Term{Col: lp.Col(c), Coef: gain})
		}
	}
	for _, s := range n.Spent {
		gains[s.Col] = -1
	}
	// The row lets V slip by less than the solver can tell, so that the cost
	// found is a little too low; the row's price says by how much.
	slip := 1e-7 * max(1, value)
	row, err := session.AddRow(value-slip, lp.Inf, best...)
	if err != nil {
		t.Fatal(err)
	}
	if err := session.SetGains(cols, gains); err != nil {
		t.Fatal(err)
	}
	second := optimal(t, session)
	slack = 20
	if second.Price != nil {
		slack += 2 * slip * math.Abs(second.Price[row]) * textbook.Unit
	}
	return value, -second.Objective * textbook.Unit, slack
}

func optimal(t testing.TB, session lp.Session) *lp.Solution {
	t.Helper()
	s, err := session.Solve(t.Context(), lp.Options{Prices: true})
	if err != nil || s.Status != lp.Optimal {
		t.Fatal(s, err)
	}
	return s
}
