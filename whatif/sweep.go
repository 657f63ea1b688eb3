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
	alone  []map[record.PartyID]*parting
}

// parting is a party's leaving a board: what that takes away, and what is left.
type parting struct {
	once  sync.Once
	none  bool       // it makes no difference
	lack  *plan.Lack // nil where that cannot be told so
	asked bool       // what is left is known
	v     float64
}

// NewSweep prepares a sweep. base is a plan of v for the same options, be it the
// idle one: only what is needed and what that is worth is read from it.
func NewSweep(v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options) *Sweep {
	return &Sweep{view: v, base: base, solver: solver, o: o}
}

// Givers lists the parties in whose name anything is given: those that a sweep
// withdraws.
func Givers(v *register.View) []record.PartyID { return givers(v) }

// Prepare does once what every answer of the sweep stands on: it solves for the
// view as it is, and finds what each party would take with it. It does not need
// the base plan to be there, and what a cancel has kept from being done, the next
// to ask does.
func (s *Sweep) Prepare(ctx context.Context) error {
	boards, err := s.prepared(ctx)
	if err != nil {
		return err
	}
	parties := givers(s.view)
	return parallel(ctx, len(parties), func(_ context.Context, i int) error {
		for k := range boards {
			s.parting(k, parties[i])
		}
		return nil
	})
}

// Ranking says between what bounds each party's part lies, the dearest first, at
// once: no plan is made without anybody. Points is a guess between the bounds that
// leans to the lower one, and Needs is empty. docs/whatif.md says what the bounds
// stand on.
func (s *Sweep) Ranking(ctx context.Context) ([]Marginal, error) {
	boards, err := s.prepared(ctx)
	if err != nil {
		return nil, err
	}
	parties := givers(s.view)
	found := make([]Marginal, len(parties))
	err = parallel(ctx, len(parties), func(_ context.Context, i int) error {
		least, most := 0.0, 0.0
		for k, b := range boards {
			l, m := b.between(s.parting(k, parties[i]))
			least, most = least+l, most+m
		}
		found[i] = s.ranked(parties[i], least, most)
		return nil
	})
	Rank(found)
	return found, err
}

// ranked is a party between two bounds, in V.
func (s *Sweep) ranked(id record.PartyID, least, most float64) Marginal {
	m := Marginal{Party: id, Name: nameOf(s.view, id), Needs: []record.NeedID{}}
	m.Least, m.Most = unnoisy(points(s.base, least)), unnoisy(points(s.base, most))
	if most > 0 {
		m.V = 2 * least * most / (least + most)
	}
	m.Points = unnoisy(points(s.base, m.V))
	return m
}

// between is what a party costs a board at least and at most.
func (p *board) between(left *parting) (least, most float64) {
	if left.none {
		return 0, 0
	}
	all := p.known[p.everybody()].value
	if left.lack == nil {
		return 0, all.Bound
	}
	lo, hi := p.evaluator.Between(left.lack)
	return max(0, all.V-hi), max(0, all.Bound-lo)
}

// Without is what party p's part is worth.
func (s *Sweep) Without(ctx context.Context, p record.PartyID) (Marginal, error) {
	m := Marginal{Party: p, Name: nameOf(s.view, p), Needs: []record.NeedID{}}
	boards, err := s.prepared(ctx)
	if err != nil {
		return m, err
	}
	l := &leave{needs: map[record.NeedID]float64{}}
	for k, b := range boards {
		out := s.parting(k, p)
		if out.none {
			continue
		}
		left, err := b.without(ctx, p, out.lack)
		if err != nil {
			return m, err
		}
		s.learn(out, left.V)
		l.add(lost(s.base, b.known[b.everybody()].value, left))
	}
	m.Points, m.Least, m.Most = unnoisy(points(s.base, l.v)), unnoisy(points(s.base, l.least)), unnoisy(points(s.base, l.most))
	if m.Points > 0 {
		m.V, m.Needs = l.v, l.losers()
	}
	return m, nil
}

// prepared makes the boards once, whoever asks first.
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
		s.boards, s.alone = boards, make([]map[record.PartyID]*parting, len(boards))
		for i := range s.alone {
			s.alone[i] = map[record.PartyID]*parting{}
		}
	}
	return boards, err
}

// parting finds once what a party takes with it from a board.
func (s *Sweep) parting(board int, id record.PartyID) *parting {
	s.mu.Lock()
	left := s.alone[board][id]
	if left == nil {
		left = &parting{}
		s.alone[board][id] = left
	}
	s.mu.Unlock()
	left.once.Do(func() {
		b := s.boards[board]
		e := b.leaving(id)
		if len(e.touches()) > 0 {
			left.lack = b.evaluator.Lack(e.on(b.view))
		}
		left.none = len(e.touches()) == 0 || left.lack != nil && left.lack.None()
	})
	return left
}

// leaving is what withdrawing a party changes.
func (p *board) leaving(id record.PartyID) *edit {
	return withdrawAll(p.view, func(p record.PartyID) bool { return p == id }, p.options)
}

// without is what is left of a board when a party leaves that takes so much with
// it. Who else matters to the board need not be known for that, and would take
// longer to find out.
func (p *board) without(ctx context.Context, id record.PartyID, lack *plan.Lack) (*plan.Value, error) {
	p.count()
	if lack != nil && lack.Suffices() {
		return p.evaluator.Lacking(ctx, lack)
	}
	return p.evaluator.Settled(ctx, p.leaving(id).on(p.view))
}

func (s *Sweep) learn(left *parting, v float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left.asked, left.v = true, v
}

// add adds what the party costs another board.
func (l *leave) add(m *leave) {
	l.v, l.least, l.most = l.v+m.v, l.least+m.least, l.most+m.most
	maps.Copy(l.needs, m.needs)
}

// Shapley values the parties as the function of that name does, and does not ask
// again what the sweep has found.
func (s *Sweep) Shapley(ctx context.Context, how Sampling, progress func(done, total int)) (*Values, error) {
	boards, err := s.prepared(ctx)
	if err != nil {
		return nil, err
	}
	g := &game{view: s.view, all: givers(s.view)}
	for k, b := range boards {
		seated := seatless(b.view, b.solver, b.options, b.evaluator)
		if seated.players, err = seated.whoMatters(ctx); err != nil {
			return nil, err
		}
		seated.learn(seated.everybody(), b.known[b.everybody()].value.V)
		s.mu.Lock()
		for i, id := range seated.players {
			if left := s.alone[k][id]; left != nil && left.asked {
				seated.learnt[seated.everybody().without(i)] = left.v
			}
		}
		s.mu.Unlock()
		g.boards = append(g.boards, seated)
	}
	return g.shapley(ctx, s.base, how.filled(), progress)
}

// Rank puts the dearest first, then by id.
func Rank(ms []Marginal) {
	slices.SortFunc(ms, func(a, b Marginal) int {
		return cmp.Or(cmp.Compare(b.V, a.V), cmp.Compare(a.Party, b.Party))
	})
}
