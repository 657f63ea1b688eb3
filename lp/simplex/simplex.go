// Package simplex solves linear programmes by the simplex method of two kinds: the dual one, which keeps reduced costs right and mends values, and the
// primal one, which keeps values right and mends reduced costs. It is made for programmes of planning over time: very sparse, very
// degenerate, with a start that costs nothing, and solved again and again after small changes.
//
// A cold start is the basis of the logicals, with what earns at its upper bound: reduced costs are right, and the dual method brings the values
// after. Costs that had to be shifted or were made to differ on the way are put right at the end, and the primal method takes the last steps. After new
// limits the dual method goes on from the last basis, after new gains the primal one. Values and reduced costs may be off by 1e-7; steps are
// counted and never timed, so equal sessions walk alike.
//
// What it cannot do, whole numbers, or numbers that are too bad for it, it leaves to another solver.
package simplex

import (
	"context"

	"entente/lp"
)

// Solver is an lp.Solver.
type Solver struct{ other lp.Solver }

var _ lp.Solver = (*Solver)(nil)

// New returns a solver that turns to other for whole numbers, and where it has no answer of its own.
func New(other lp.Solver) *Solver { return &Solver{other} }

// Open implements lp.Solver.
func (s *Solver) Open(ctx context.Context, m *lp.Model) (lp.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := compile(m)
	return &session{solver: s, model: m.Clone(), p: p, e: newEngine(p)}, nil
}
