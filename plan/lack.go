package plan

import (
	"context"
	"math"
	"slices"

	"entente/lp"
	"entente/register"
)

// Lack is what a view has less than the first view of an evaluator: where the
// limits of the programme are other, and what they are then.
type Lack struct {
	rows         []lp.Row
	rowLo, rowHi []float64
	cols         []lp.Col
	colLo, colHi []float64
	present      bool // less is there already, which no limit tells
	much         bool // it is quicker to begin anew
}

// None reports whether nothing is lacking that a plan could use.
func (k *Lack) None() bool { return len(k.rows)+len(k.cols) == 0 && !k.present }

// SetRowBounds notes the bounds of a row.
func (k *Lack) SetRowBounds(r lp.Row, lo, hi float64) {
	k.rows, k.rowLo, k.rowHi = append(k.rows, r), append(k.rowLo, lo), append(k.rowHi, hi)
}

// SetColBounds notes the bounds of a column.
func (k *Lack) SetColBounds(c lp.Col, lo, hi float64) {
	k.cols, k.colLo, k.colHi = append(k.cols, c), append(k.colLo, lo), append(k.colHi, hi)
}

// Lack compares v with the first view. It is nil where there is no telling from
// the first view's programme, and for that, see Value.
func (e *Evaluator) Lack(v *register.View) *Lack {
	if e.model == nil {
		return nil
	}
	return e.lacking(e.read(v))
}

func (e *Evaluator) lacking(w *world) *Lack {
	to := w.amounts()
	if !e.knows(to) {
		return nil
	}
	noted := &Lack{}
	changes, ok := e.set(noted, to)
	if !ok {
		return nil
	}
	k := noted.differing(e.first)
	k.much = e.many(changes)
	for _, n := range e.w.needs {
		k.present = k.present || !slices.Equal(to[needName(n)], n.present)
	}
	return k
}

// Suffices reports whether Lacking can evaluate the view by this alone.
func (k *Lack) Suffices() bool { return !k.much && !k.present && len(k.cols) == 0 }

// Lacking evaluates the view of which that is the lack, as Settled does, and to the
// same bit. The lack must suffice.
func (e *Evaluator) Lacking(ctx context.Context, k *Lack) (*Value, error) {
	if !k.Suffices() {
		panic("plan: more is other than limits")
	}
	at := e.first.Clone()
	for i, r := range k.rows {
		at.SetRowBounds(r, k.rowLo[i], k.rowHi[i])
	}
	return e.near(ctx, e.w, at, true)
}

// differing leaves out what is as it was or has been said before, and puts the
// rest in order, so that it is the same each time.
func (k *Lack) differing(from *lp.Model) *Lack {
	d := &Lack{}
	for _, i := range ordered(k.rows) {
		r := k.rows[i]
		if lo, hi := from.RowBounds(r); (lo != k.rowLo[i] || hi != k.rowHi[i]) && !last(d.rows, r) {
			d.SetRowBounds(r, k.rowLo[i], k.rowHi[i])
		}
	}
	for _, i := range ordered(k.cols) {
		c := k.cols[i]
		if lo, hi := from.ColBounds(c); (lo != k.colLo[i] || hi != k.colHi[i]) && !last(d.cols, c) {
			d.SetColBounds(c, k.colLo[i], k.colHi[i])
		}
	}
	return d
}

// last reports whether x is the last of some things.
func last[T comparable](of []T, x T) bool { return len(of) > 0 && of[len(of)-1] == x }

// ordered is the order of some things by size, told by their places.
func ordered[T ~int32](of []T) []int {
	order := make([]int, len(of))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(of[a]) - int(of[b]) })
	return order
}

// Between tells what V is at least and at most where something is lacking, at
// once and without solving. At most: V is concave in the limits, so what is
// lacking costs no less than its price. At least: what is left of the best plan
// can still be done. Only where units are sent, or less is there already, is the
// least nothing.
func (e *Evaluator) Between(k *Lack) (least, most float64) {
	most = e.proved
	if e.best.Price == nil {
		return 0, most + e.given
	}
	for i, r := range k.rows {
		lo, hi := e.first.RowBounds(r)
		if y := e.best.Price[r]; y > 0 {
			most -= y * (hi - k.rowHi[i])
		} else if y < 0 {
			most -= y * (lo - k.rowLo[i])
		}
	}
	if k.present || len(k.cols) > 0 || len(e.model.whole) > 0 {
		return 0, most + e.given
	}
	least = e.stub().rest(k)
	return least + e.given, max(most, least) + e.given
}

// given is what is present already adds to V.
func (w *world) given() float64 {
	sum := 0.0
	for _, n := range w.needs {
		for t, q := range n.quantity {
			sum += w.gain(n, t) * math.Min(q, n.present[t])
		}
	}
	return sum
}
