package server

import (
	"context"
	"fmt"
	"net/http"

	"entente/plan"
	"entente/record"
	"entente/screen"
	"entente/whatif"
)

const (
	scenariosPath = "/scenarios"
	comparePath   = scenariosPath + "/compare"
)

// pair reads which two scenarios are set side by side. One that is not there, or
// hidden, is things as they are.
func (a *asking) pair(w screen.World) [2]screen.Change {
	var cs [2]screen.Change
	for i, field := range []string{"one", "two"} {
		cs[i] = w.ChangeOf(map[string][]string{"scenario": {a.query.Get(field)}})
	}
	return cs
}

// compared sets two scenarios side by side.
func (a *asking) compared() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil || w.Plan == nil {
		return w.Compare(screen.Compared{}, screen.Compared{}, nil), err
	}
	cs := a.pair(w)
	rank := a.query.Get("rank") != "" && cs[0].Scenario != cs[1].Scenario
	var sides [2]screen.Compared
	for i, c := range cs {
		if sides[i], err = a.side(w, c, rank); err != nil {
			return nil, err
		}
	}
	var now []whatif.Marginal
	if rank {
		if now, err = a.ranking(w); err != nil {
			return nil, err
		}
	}
	return w.Compare(sides[0], sides[1], now), nil
}

// side plans for one of the two.
func (a *asking) side(w screen.World, c screen.Change, rank bool) (s screen.Compared, err error) {
	s.Scenario = c.Scenario
	if !c.Nothing() {
		if s.X, err = a.comparison(w, c); err != nil {
			return s, err
		}
	}
	if rank {
		s.Losses, err = a.rankingIn(w, c, s.X)
	}
	return s, err
}

// rankingIn plans without each party in turn, where a scenario has come true.
func (a *asking) rankingIn(w screen.World, c screen.Change, x *whatif.Comparison) ([]whatif.Marginal, error) {
	if x == nil {
		return a.ranking(w)
	}
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	o.Prices = 0
	v, err := whatif.Apply(w.View, w.Scenario(c), o)
	if err != nil {
		return nil, err
	}
	return away(a, a.ranks, a.rankingInKey(o, c), func(ctx context.Context, says func(string)) ([]whatif.Marginal, error) {
		return whatif.Marginals(ctx, v, x.After, a.Solver, o, func(done, total int) {
			says(fmt.Sprintf("%s: %d / %d", w.View.Name(record.Key{Kind: record.KindScenario, ID: string(c.Scenario)}), done, total))
		})
	})
}

func (a *asking) rankingInKey(o plan.Options, c screen.Change) string {
	return "rank " + a.keyOf(a.sight.Head(), o) + " " + c.Query()
}

// compareStream does what the page of two scenarios needs, and tells how far it is.
func (s *Server) compareStream(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, func(a *asking, world screen.World) (string, func() error, func(string) string) {
		work := func() error {
			_, err := a.compared()
			return err
		}
		return "", work, func(string) string { return a.comparing(world) }
	})
}

// comparing is what is being worked on for the two.
func (a *asking) comparing(w screen.World) string {
	o, err := a.options()
	if err != nil {
		return ""
	}
	o.Prices = 0
	key, _ := a.rankingKey()
	says := a.ranks.Doing(key)
	for _, c := range a.pair(w) {
		for _, one := range []string{a.changes.Doing(a.keyOf(a.sight.Head(), o) + " " + c.Query()), a.ranks.Doing(a.rankingInKey(o, c))} {
			if one != "" {
				says = one
			}
		}
	}
	return says
}
