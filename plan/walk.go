package plan

import (
	"context"
	"fmt"

	"entente/lp"
	"entente/register"
)

// A Walk finds what views are worth one after the other, each from the solution of
// the one before: the less the next differs from it, the sooner it is there. What
// it answers depends on where it began and where it has been, so that two walks
// that take the same way say the same to the last bit. It belongs to one goroutine.
type Walk struct {
	e       *Evaluator
	session lp.Session
	lack    *Lack // of where it is
	basis   *lp.Basis
	begun   bool // the session is where the walk is
}

// Walks reports whether walks are possible: there is a shortcut, and nothing comes
// in whole numbers.
func (e *Evaluator) Walks() bool { return e.model != nil && len(e.model.whole) == 0 }

// Strides reports whether a walk is the quicker way to a view that lacks much. Where
// the programme is large, what is left is sooner planned for anew.
func (e *Evaluator) Strides() bool { return e.Walks() && e.first.Rows() <= stridesRowsMax }

const stridesRowsMax = 12_000

// Walk begins at the first view, or where another walk is now.
func (e *Evaluator) Walk(ctx context.Context, from *Walk) (*Walk, error) {
	session, err := e.solver.Open(ctx, e.first)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	w := &Walk{e: e, session: session, lack: &Lack{}, basis: e.best.Basis}
	if from != nil {
		w.basis = from.basis
	}
	return w, nil
}

// To is what v is worth. Where the programme of the first view cannot say that, the
// walk stays where it is, and a new one says it.
func (w *Walk) To(ctx context.Context, v *register.View) (float64, error) {
	at := w.e.read(v)
	lack := w.e.lacking(at)
	if lack == nil {
		value, err := w.e.Value(ctx, v)
		if err != nil {
			return 0, err
		}
		return value.V, nil
	}
	s, err := w.solve(ctx, lack)
	if err != nil {
		return 0, err
	}
	return w.e.model.value(at, &optimum{x: s.X, bound: s.Bound}).V, nil
}

// solve goes to where something is lacking.
func (w *Walk) solve(ctx context.Context, lack *Lack) (*lp.Solution, error) {
	if err := w.turn(lack); err != nil {
		return nil, err
	}
	o := w.e.model.limit()
	o.Method, o.Later = lp.Simplex, nil
	if !w.begun {
		o.Basis = w.basis
	}
	s, err := solved(w.session.Solve(ctx, o))
	if err == nil {
		w.basis, w.begun = s.Basis, true
	}
	return s, err
}

// turn gives back what was lacking, and takes what is lacking now.
func (w *Walk) turn(to *Lack) error {
	back := &Lack{}
	for _, r := range w.lack.rows {
		lo, hi := w.e.first.RowBounds(r)
		back.SetRowBounds(r, lo, hi)
	}
	for _, c := range w.lack.cols {
		lo, hi := w.e.first.ColBounds(c)
		back.SetColBounds(c, lo, hi)
	}
	for _, k := range []*Lack{back, to} {
		if err := w.session.SetRowBounds(k.rows, k.rowLo, k.rowHi); err != nil {
			return fmt.Errorf("plan: limit what there is: %w", err)
		}
		if err := w.session.SetColBounds(k.cols, k.colLo, k.colHi); err != nil {
			return fmt.Errorf("plan: limit what there is: %w", err)
		}
	}
	w.lack = to
	return nil
}

// End frees what the walk holds. Another may still begin where it is.
func (w *Walk) End() error { return w.session.Close() }
