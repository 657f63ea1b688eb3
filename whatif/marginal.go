package whatif

import (
	"cmp"
	"context"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

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
	Needs  []record.NeedID `json:"needs"`  // which lose, who loses most first
}

// Marginals withdraws every party that gives anything, each alone, and says
// what is lost: the dearest first, then by id. base is the plan of v for the
// same options, or nil to make it. Parties of which the base uses nothing are
// worth nothing, and no plan is made for them. progress, if not nil, is called
// after each party, one call at a time.
//
// When the context is done, or a plan fails, Marginals returns those that were
// finished, with the error.
func Marginals(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options, progress func(done, total int)) ([]Marginal, error) {
	o.Brief, o.Prices = true, 0
	if base == nil {
		var err error
		if base, err = plan.Make(ctx, v, solver, o); err != nil {
			return nil, err
		}
	}
	parties := givers(v)
	use := usedBy(v, base)
	var mu sync.Mutex
	found := []Marginal{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range parties {
		g.Go(func() error {
			m, err := marginal(ctx, v, p, base, use, solver, o)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found = append(found, m)
			if progress != nil {
				progress(len(found), len(parties))
			}
			return nil
		})
	}
	err := g.Wait()
	slices.SortFunc(found, func(a, b Marginal) int {
		return cmp.Or(cmp.Compare(b.V, a.V), cmp.Compare(a.Party, b.Party))
	})
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

func marginal(ctx context.Context, v *register.View, p record.PartyID, base *plan.Plan, use func(record.Key) bool, solver lp.Solver, o plan.Options) (Marginal, error) {
	m := Marginal{Party: p, Name: v.Name(record.Key{Kind: record.KindParty, ID: string(p)}), Needs: []record.NeedID{}}
	e := withdraw(v, p, record.Day{}, o)
	if !slices.ContainsFunc(e.touches(), use) {
		return m, ctx.Err()
	}
	after, err := plan.Make(ctx, e.on(v), solver, o)
	if err != nil {
		return m, err
	}
	m.V = base.Objective - after.Objective
	m.Points = points(base, m.V)
	if math.Abs(m.Points) < noise {
		m.V, m.Points = 0, 0
	}
	for _, d := range needDeltas(base, after) {
		if m.V > 0 && d.Points > 0 {
			m.Needs = append(m.Needs, d.ID)
		}
	}
	return m, nil
}

// usedBy reports of a key whether base may fare otherwise without what is still
// to come of the record. A plan stays as good as it was without what it does
// not use; what is no move of its own, or is counted with another record,
// counts as used.
func usedBy(v *register.View, base *plan.Plan) func(record.Key) bool {
	moved := map[string]bool{}
	for _, m := range base.Moves {
		moved[m.Record] = true
	}
	return func(k record.Key) bool {
		r, _ := v.Get(k)
		switch r := r.(type) {
		case *record.Pledge:
			return moved[k.String()] || r.PartOf != "" || hasParts(v, k) ||
				r.Into != "" && moved[record.Key{Kind: record.KindFund, ID: string(r.Into)}.String()]
		case *record.Programme, *record.Production:
			return moved[k.String()]
		}
		return true
	}
}

func hasParts(v *register.View, k record.Key) bool {
	return slices.ContainsFunc(v.Referring(k), func(r record.Record) bool {
		p, ok := r.(*record.Pledge)
		return ok && string(p.PartOf) == k.ID
	})
}
