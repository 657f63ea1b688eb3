package plan

import "entente/register"

// Idle is the plan in which nothing is done: it says what is needed, what that is
// worth and what is there already, and needs no solver. Its Status says that
// nobody has looked for a better one.
func Idle(v *register.View, o Options) (*Plan, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	m := build(read(v, o), allLegs, nil)
	p := m.plan(&optimum{x: make([]float64, m.lp.Cols())})
	p.Status, p.Bound, p.Gap = "idle", p.Objective, 0
	return p, nil
}
