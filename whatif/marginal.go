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

// Marginal is what a party's part is worth: V(all) − V(without it; what was
// handed over stays).
type Marginal struct {
	Party  record.PartyID  `json:"party"`
	Name   string          `json:"name"`
	V      float64         `json:"v"`
	Points float64         `json:"points"` // V in coverage points of the base's need
	Least  float64         `json:"least"`  // points that it is proved to be worth at least
	Most   float64         `json:"most"`   // and at most: the same where no units are to be sent
	Needs  []record.NeedID `json:"needs"`  // which lose, who loses most first
}

// Marginals withdraws every party that gives anything, each alone, and says
// what is lost: the dearest first, then by id. base is the plan of v for the
// same options, or nil to make it. For parties without which a plan is offered
// the same no plan is made. progress, if not nil, is called after each party,
// one call at a time.
//
// When the context is done, or a plan fails, Marginals returns those that were
// finished, with the error.
func Marginals(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options, progress func(done, total int)) ([]Marginal, error) {
	base, err := based(ctx, v, base, solver, o)
	if err != nil {
		return nil, err
	}
	return NewSweep(v, base, solver, o).Marginals(ctx, progress)
}

// Marginals withdraws all parties of the sweep.
func (s *Sweep) Marginals(ctx context.Context, progress func(done, total int)) ([]Marginal, error) {
	parties := givers(s.view)
	step := steps(progress, len(parties))
	var mu sync.Mutex
	found := []Marginal{}
	err := parallel(ctx, len(parties), func(ctx context.Context, i int) error {
		m, err := s.Without(ctx, parties[i])
		if err != nil {
			return err
		}
		mu.Lock()
		found = append(found, m)
		mu.Unlock()
		step(1)
		return nil
	})
	Rank(found)
	return found, err
}

// givers lists the parties in whose name anything is given.
func givers(v *register.View) []record.PartyID {
	set := map[record.PartyID]bool{}
	for _, r := range v.Records() {
		switch r := r.(type) {
		case *record.Pledge, *record.Programme, *record.Production, *record.Unit:
			set[r.Base().By] = true
		case *record.Assignment:
			set[giver(v, r)] = true
		}
	}
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}

func hasParts(v *register.View, k record.Key) bool {
	return slices.ContainsFunc(v.Referring(k), func(r record.Record) bool {
		p, ok := r.(*record.Pledge)
		return ok && string(p.PartOf) == k.ID
	})
}

// leave is what is lost when a party leaves, in V.
type leave struct {
	v, least, most float64
	needs          map[record.NeedID]float64 // what those lose that lose anything
}

// leaves is what a player costs a board. Whoever leaves, nothing is gained: what
// little a search that ends early finds more is nothing.
func (p *board) leaves(ctx context.Context, base *plan.Plan, i int) (*leave, error) {
	all, err := p.settled(ctx, p.everybody())
	if err != nil {
		return nil, err
	}
	left, err := p.settled(ctx, p.everybody().without(i))
	if err != nil {
		return nil, err
	}
	return lost(base, all, left), nil
}

// lost sets V with everybody against V of those who are left.
func lost(base *plan.Plan, all, left *plan.Value) *leave {
	l := &leave{max(0, all.V-left.V), max(0, all.V-left.Bound), max(0, all.Bound-left.V), map[record.NeedID]float64{}}
	for j := range base.Needs {
		n := &base.Needs[j]
		if lost := worthOf(base, n, all) - worthOf(base, n, left); points(base, lost) > noise {
			l.needs[n.ID] = lost
		}
	}
	return l
}

// worthOf is what a need's coverage adds to V.
func worthOf(base *plan.Plan, n *plan.Need, v *plan.Value) float64 {
	sum, worth := 0.0, n.Weight
	for _, covered := range v.Covered[n.ID] {
		sum += worth * covered
		worth *= base.Discount
	}
	return sum
}

// losers lists the needs that lose, who loses most first.
func (l *leave) losers() []record.NeedID {
	ids := slices.SortedFunc(maps.Keys(l.needs), func(a, b record.NeedID) int {
		return cmp.Or(cmp.Compare(l.needs[b], l.needs[a]), cmp.Compare(a, b))
	})
	return append([]record.NeedID{}, ids...)
}
