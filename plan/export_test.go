package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// MakeBroadly plans as a large register is planned, whatever the size: with caveats
// heeded month by month where it says so.
func MakeBroadly(ctx context.Context, v *register.View, s lp.Solver, o Options, heeded bool) (*Plan, error) {
	b := breadth{}
	if heeded {
		b.eased = 1 << 40
	}
	return makeIn(ctx, v, s, o, b)
}

// MakeNear plans as a register is planned that is large enough for the quick way only where it
// comes as near as was asked for, whatever the size.
func MakeNear(ctx context.Context, v *register.View, s lp.Solver, o Options) (*Plan, error) {
	return makeIn(ctx, v, s, o, breadth{broad: math.MaxInt, eased: math.MaxInt})
}

// Remains says what is wrong with what is left of the best plan where something is
// lacking: it is to keep to every limit.
func (e *Evaluator) Remains(k *Lack) error {
	at := e.first.Clone()
	for i, r := range k.rows {
		at.SetRowBounds(r, k.rowLo[i], k.rowHi[i])
	}
	_, err := lp.Check(at, e.stub().cut(k), lp.Tolerance)
	return err
}

// Cuttable reports whether the evaluator tells what is left, and not only that it
// is no less than nothing.
func (e *Evaluator) Cuttable(k *Lack) bool {
	return k != nil && !k.present && len(k.cols) == 0 && len(e.model.whole) == 0
}

// Possible states a view with and without what can make no difference.
func Possible(v *register.View, o Options) (all, left *lp.Model) {
	w := read(v, o)
	return &build(w, allLegs, free).lp, &build(w.possible(), allLegs, free).lp
}

// AnyBound is what a tariff of prices drawn at random proves of a world, for what
// needs take and for money, down to where every euro is worth nothing.
func AnyBound(v *register.View, o Options, r *rand.Rand) float64 {
	w := read(v, o)
	f := w.tariff(w.purses())
	for i, n := range w.needs {
		for _, k := range f.takes[i] {
			for t := range k.price {
				k.price[t] = w.gain(n, t) / k.per * r.ExpFloat64() / 3
			}
		}
	}
	dearest := r.ExpFloat64() * w.thrift()(nil, 0) * 100
	for _, cash := range f.cash {
		f.short = true
		for t := range cash {
			cash[t] = dearest * r.Float64()
		}
		slices.SortFunc(cash, func(a, b float64) int { return cmp.Compare(b, a) })
	}
	return f.bound()
}

// Eased says how many stocks a world has, and how many when its caveats are eased, and what is wrong
// with how they are.
func Eased(v *register.View, o Options, s lp.Solver, slack float64) (stocks, left int, err error) {
	w := read(v, o)
	everything := func(record.ResourceID) bool { return true }
	first, err := w.pattern(context.Background(), s, w.pool(1, everything, w.heedless), w.reach(), nil)
	if err != nil {
		return 0, 0, err
	}
	serves := first.easing(w).eased(slack)
	p := w.pool(1, everything, serves)
	for s, st := range w.stocks {
		if u := p.stocks[p.to[s]]; u.place != st.place || u.resource != st.resource || !covers(u.needs, st.needs) {
			err = fmt.Errorf("stock %d serves %v there, and %v here", s, u.needs, st.needs)
		}
	}
	return len(w.stocks), len(p.stocks), err
}
