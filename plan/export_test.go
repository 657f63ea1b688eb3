package plan

import (
	"context"

	"entente/lp"
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
