package lp_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"entente/lp"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRowsAreCanonical(t *testing.T) {
	m := new(lp.Model)
	for range 4 {
		m.AddCol(0, 0, 1)
	}
	terms := []lp.Term{{Col: 3, Coef: 1}, {Col: 0, Coef: 2}, {Col: 2, Coef: 5}, {Col: 3, Coef: 4}, {Col: 2, Coef: -5}, {Col: 1, Coef: 0}}
	r := m.AddRow(0, 1, terms...)
	m.AddRow(0, 1)
	if diff := cmp.Diff([]lp.Term{{Col: 0, Coef: 2}, {Col: 3, Coef: 5}}, m.Terms(r)); diff != "" {
		t.Error(diff)
	}
	if len(m.Terms(1)) != 0 || m.NonZeros() != 2 || m.Rows() != 2 || m.Cols() != 4 {
		t.Errorf("%d rows, %d columns, %d terms", m.Rows(), m.Cols(), m.NonZeros())
	}
	if terms[0].Col != 3 {
		t.Error("the caller's terms were sorted")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := new(lp.Model)
	m.AddCol(1, 0, 1)
	m.SetInteger(0)
	m.AddRow(0, 1, lp.Term{Col: 0, Coef: 1})
	c := m.Clone()
	c.SetGain(0, 9)
	c.SetColBounds(0, 3, 4)
	c.SetRowBounds(0, 5, 6)
	c.AddCol(1, 0, 1)
	c.SetInteger(1)
	c.AddRow(0, 1, lp.Term{Col: 1, Coef: 1})
	lo, hi := m.ColBounds(0)
	rowLo, rowHi := m.RowBounds(0)
	if m.Gain(0) != 1 || lo != 0 || hi != 1 || rowLo != 0 || rowHi != 1 || m.Cols() != 1 || m.Rows() != 1 || m.Integers() != 1 {
		t.Error("a change of the clone changed the model")
	}
	if c.Integers() != 2 || !c.Integer(1) || c.Terms(1)[0].Col != 1 {
		t.Error("the clone did not change")
	}
}

func TestNoProgrammePanics(t *testing.T) {
	nan := math.NaN()
	for name, do := range map[string]func(m *lp.Model){
		"gain NaN":           func(m *lp.Model) { m.AddCol(nan, 0, 1) },
		"gain infinite":      func(m *lp.Model) { m.SetGain(0, lp.Inf) },
		"bound NaN":          func(m *lp.Model) { m.AddCol(1, nan, 1) },
		"lower bound +Inf":   func(m *lp.Model) { m.SetColBounds(0, lp.Inf, lp.Inf) },
		"upper bound -Inf":   func(m *lp.Model) { m.AddRow(-lp.Inf, -lp.Inf) },
		"coefficient NaN":    func(m *lp.Model) { m.AddRow(0, 1, lp.Term{Col: 0, Coef: nan}) },
		"coefficient -Inf":   func(m *lp.Model) { m.AddRow(0, 1, lp.Term{Col: 0, Coef: -lp.Inf}) },
		"column not there":   func(m *lp.Model) { m.AddRow(0, 1, lp.Term{Col: 1, Coef: 1}) },
		"column below zero":  func(m *lp.Model) { m.SetInteger(-1) },
		"row not there":      func(m *lp.Model) { m.SetRowBounds(0, 0, 1) },
		"sum beyond numbers": func(m *lp.Model) { m.AddRow(0, 1, lp.Term{Col: 0, Coef: 1e308}, lp.Term{Col: 0, Coef: 1e308}) },
	} {
		t.Run(name, func(t *testing.T) {
			m := new(lp.Model)
			m.AddCol(1, 0, 1)
			before := m.Clone()
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, lp.ErrModel) {
					t.Errorf("panic with %v", err)
				}
				if !cmp.Equal(before, m, cmp.AllowUnexported(lp.Model{})) {
					t.Error("the model changed")
				}
			}()
			do(m)
		})
	}
}

func TestCheck(t *testing.T) {
	m := new(lp.Model)
	m.AddCol(1, 0, 10)
	m.AddCol(1, 0, 10)
	m.SetInteger(1)
	m.AddRow(-lp.Inf, 100, lp.Term{Col: 0, Coef: 10}, lp.Term{Col: 1, Coef: 20})
	for _, point := range []struct {
		x     []float64
		worst float64
		says  string
	}{
		{[]float64{4, 3}, 0, ""},
		{[]float64{4 + 1e-7, 3}, 1e-8, ""},
		{[]float64{-0.5, 3}, 0.5, "lp: column 0 is violated by 0.5"},
		{[]float64{0, 3.25}, 0.25, "lp: wholeness of column 1 is violated by 0.25"},
		{[]float64{10, 2}, 0.4, "lp: row 0 is violated by 0.4"},
		{[]float64{math.NaN(), 2}, lp.Inf, "lp: column 0 is violated by +Inf"},
		{[]float64{1}, lp.Inf, "lp: 1 values for 2 columns"},
	} {
		worst, err := lp.Check(m, point.x, lp.Tolerance)
		says := ""
		if err != nil {
			says = err.Error()
		}
		if says != point.says || !(worst == point.worst || math.Abs(worst-point.worst) < 1e-12) {
			t.Errorf("%v: %v, %q; want %v, %q", point.x, worst, says, point.worst, point.says)
		}
	}
}

// TestBoundHolds: no feasible point earns more than the bound, whatever the prices. In whole numbers, so that sums are exact.
func TestBoundHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Map(rapid.IntRange(-9, 9), func(n int) float64 { return float64(n) })
		m := new(lp.Model)
		var x []float64
		for range rapid.IntRange(0, 4).Draw(t, "cols") {
			v := number.Draw(t, "x")
			x = append(x, v)
			m.AddCol(number.Draw(t, "gain"), v-roomy(t), v+roomy(t))
		}
		var price []float64
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			var terms []lp.Term
			sum := 0.0
			for c := range x {
				coef := number.Draw(t, "coef")
				terms = append(terms, lp.Term{Col: lp.Col(c), Coef: coef})
				sum += coef * x[c]
			}
			m.AddRow(sum-roomy(t), sum+roomy(t), terms...)
			price = append(price, number.Draw(t, "price"))
		}
		if bound, gain := lp.Bound(m, price), lp.Objective(m, x); bound < gain-1e-9 {
			t.Fatalf("a point earns %v, above the bound %v", gain, bound)
		}
	})
}

// What is carried over for sixty months by two who share it is at most what came; that the rows say so of each of them
// only by doubling every month is no reason for a bound to be loose.
func TestBoundAlongAChain(t *testing.T) {
	m, price, best := new(lp.Model), make([]float64, 60), 0.0
	for k := len(price) - 1; k >= 0; k-- {
		price[k] = 0.1
		if k < len(price)-1 {
			price[k] += price[k+1]
		}
		best += price[k]
	}
	var before []lp.Term
	for range price {
		now := []lp.Term{{Col: m.AddCol(0.1, 0, lp.Inf), Coef: 1}, {Col: m.AddCol(0.1, 0, lp.Inf), Coef: 1}}
		comes := lp.Term{Col: m.AddCol(0, 0, 1), Coef: -1}
		m.AddRow(0, 0, append(append(before, comes), now...)...)
		before = nil
		for _, c := range now {
			before = append(before, lp.Term{Col: c.Col, Coef: -1})
		}
	}
	if bound := lp.Bound(m, price); math.Abs(bound-best) > 1e-9 {
		t.Errorf("the bound is %v, and the best earns %v", bound, best)
	}
}

func roomy(t *rapid.T) float64 {
	return rapid.SampledFrom([]float64{0, 1, 3, lp.Inf}).Draw(t, "room")
}

func TestGap(t *testing.T) {
	for _, s := range []struct {
		lp.Solution
		gap float64
	}{
		{lp.Solution{Feasible: true, Objective: 100, Bound: 110}, 0.1},
		{lp.Solution{Feasible: true, Objective: -100, Bound: -90}, 0.1},
		{lp.Solution{Feasible: true, Objective: 100, Bound: 100}, 0},
		{lp.Solution{Feasible: true, Objective: 100, Bound: lp.Inf}, lp.Inf},
		{lp.Solution{Bound: 100}, lp.Inf},
	} {
		if got := s.Gap(); math.Abs(got-s.gap) > 1e-12 {
			t.Errorf("%+v: %v, want %v", s.Solution, got, s.gap)
		}
	}
}

func TestWriteMPS(t *testing.T) {
	m := new(lp.Model)
	m.AddCol(3, 0, lp.Inf)
	m.AddCol(-0.5, -2, 4)
	m.AddCol(0, 0, lp.Inf)
	m.AddCol(1, -lp.Inf, lp.Inf)
	m.AddCol(1, 7, 7)
	m.AddCol(1, -lp.Inf, 3)
	m.SetInteger(1)
	m.SetInteger(2)
	m.AddRow(-lp.Inf, 8, lp.Term{Col: 0, Coef: 1}, lp.Term{Col: 1, Coef: 2})
	m.AddRow(2, 6, lp.Term{Col: 0, Coef: 1.25}, lp.Term{Col: 3, Coef: -1})
	m.AddRow(5, 5, lp.Term{Col: 4, Coef: 1}, lp.Term{Col: 5, Coef: 1})
	m.AddRow(0, lp.Inf, lp.Term{Col: 3, Coef: 1})
	m.AddRow(-lp.Inf, lp.Inf)
	const want = `NAME lp FREE
ROWS
 N COST
 L R0
 G R1
 E R2
 G R3
 N R4
COLUMNS
 C0 COST -3
 C0 R0 1
 C0 R1 1.25
 M 'MARKER' 'INTORG'
 C1 COST 0.5
 C1 R0 2
 C2 COST 0
 M 'MARKER' 'INTEND'
 C3 COST -1
 C3 R1 -1
 C3 R3 1
 C4 COST -1
 C4 R2 1
 C5 COST -1
 C5 R2 1
RHS
 S R0 8
 S R1 2
 S R2 5
RANGES
 S R1 4
BOUNDS
 LO B C1 -2
 UP B C1 4
 LO B C2 0
 PL B C2
 FR B C3
 FX B C4 7
 MI B C5
 UP B C5 3
ENDATA
`
	var got bytes.Buffer
	if err := lp.WriteMPS(&got, m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

// failing is a solver that cannot open.
type failing struct{ err error }

func (f failing) Open(ctx context.Context, _ *lp.Model) (lp.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, f.err
}

func TestSolveTellsAnswersFromErrors(t *testing.T) {
	broken := errors.New("broken")
	if _, err := lp.Solve(context.Background(), failing{broken}, new(lp.Model), lp.Options{}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	if s, err := lp.Solve(ctx, failing{broken}, new(lp.Model), lp.Options{}); err != nil || s.Status != lp.TimedOut || s.Bound != lp.Inf {
		t.Errorf("%+v, %v", s, err)
	}
}
