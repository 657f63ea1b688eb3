package whatif

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Sweep withdraws the parties of one view one at a time, in any order and as
// many at once as the caller likes: what Without answers depends on the party
// alone. Marginals is a whole sweep in one process; several processes can share
// one, each with a Sweep of its own, and Rank what they found together.
type Sweep struct {
	view   *register.View
	base   *plan.Plan
	solver lp.Solver
	o      plan.Options

	mu     sync.Mutex
	boards []*board // without players, and settled; made when they are first asked for
}

// NewSweep prepares a sweep. base is a plan of v for the same options, be it the
// idle one: only what is needed and what that is worth is read from it.
func NewSweep(v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options) *Sweep {
	return &Sweep{view: v, base: base, solver: solver, o: o}
}

// Givers lists the parties in whose name anything is given: those that a sweep
// withdraws.
func Givers(v *register.View) []record.PartyID { return givers(v) }

// Without is what party p's part is worth.
func (s *Sweep) Without(ctx context.Context, p record.PartyID) (Marginal, error) {
	m := Marginal{Party: p, Name: nameOf(s.view, p), Needs: []record.NeedID{}}
	boards, err := s.prepared(ctx)
	if err != nil {
		return m, err
	}
	l := &leave{needs: map[record.NeedID]float64{}}
	for _, b := range boards {
		if err := l.add(b.without(ctx, s.base, p)); err != nil {
			return m, err
		}
	}
	m.Points, m.Least, m.Most = unnoisy(points(s.base, l.v)), unnoisy(points(s.base, l.least)), unnoisy(points(s.base, l.most))
	if m.Points > 0 {
		m.V, m.Needs = l.v, l.losers()
	}
	return m, nil
}

// prepared makes the boards once, whoever asks first. What a cancel has kept from
// being made, the next to ask makes.
func (s *Sweep) prepared(ctx context.Context) ([]*board, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.boards != nil {
		return s.boards, nil
	}
	groups := plan.Parts(s.view, s.o)
	boards := make([]*board, len(groups))
	err := parallel(ctx, len(groups), func(ctx context.Context, i int) error {
		b, err := openBoard(ctx, only(s.view, groups[i]), s.solver, s.o)
		if err == nil {
			_, err = b.settled(ctx, b.everybody())
		}
		boards[i] = b
		return err
	})
	if err == nil {
		s.boards = boards
	}
	return boards, err
}

// without is what a party costs a board. Who else matters to the board need not be
// known for that, and would take longer to find out.
func (p *board) without(ctx context.Context, base *plan.Plan, id record.PartyID) (*leave, error) {
	e := withdrawAll(p.view, func(p record.PartyID) bool { return p == id }, p.options)
	if len(e.touches()) == 0 || p.evaluator.Same(e.on(p.view)) {
		return nil, nil
	}
	all := p.known[p.everybody()]
	alone := &board{view: p.view, options: p.options, solver: p.solver, evaluator: p.evaluator, players: []record.PartyID{id}, known: map[coalition]*answer{stays: all}}
	return alone.leaves(ctx, base, 0)
}

// add adds what the party costs another board; nil is nothing.
func (l *leave) add(m *leave, err error) error {
	if m == nil || err != nil {
		return err
	}
	l.v, l.least, l.most = l.v+m.v, l.least+m.least, l.most+m.most
	maps.Copy(l.needs, m.needs)
	return nil
}

// Rank puts the dearest first, then by id.
func Rank(ms []Marginal) {
	slices.SortFunc(ms, func(a, b Marginal) int {
		return cmp.Or(cmp.Compare(b.V, a.V), cmp.Compare(a.Party, b.Party))
	})
}
