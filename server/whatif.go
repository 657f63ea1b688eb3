package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"entente/screen"
	"entente/whatif"
)

// rankingPath is where the ranking of partners is streamed from; it takes longer
// than a page may.
const rankingPath = whatIfPath + "/ranking"

const whatIfPath = "/what-if"

// changed shows a change beside things as they are.
func (a *asking) changed() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil || w.Plan == nil {
		return w.WhatIf(screen.Change{}, nil, nil), err
	}
	c := w.ChangeOf(a.query)
	var ms []whatif.Marginal
	if a.query.Get("rank") != "" {
		if ms, err = a.ranking(w); err != nil {
			return nil, err
		}
	} else if key, err := a.rankingKey(); err == nil {
		ms, _ = a.ranks.Peek(key)
	}
	if c.Nothing() {
		return w.WhatIf(c, nil, ms), nil
	}
	x, err := a.comparison(w, c)
	if err != nil {
		return nil, err
	}
	shown := w.WhatIf(c, x, ms)
	if a.query.Get("fill") == "" {
		return shown, nil
	}
	holes, err := a.filling(w, c)
	if err != nil {
		return nil, err
	}
	return w.Fill(shown, holes), nil
}

// filling finds who could fill what a change tears open.
func (a *asking) filling(w screen.World, c screen.Change) (*whatif.Holes, error) {
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	o.Prices = 0
	return away(a, a.fills, "fill "+a.keyOf(a.sight.Head(), o)+" "+c.Query(), func(ctx context.Context, says func(string)) (*whatif.Holes, error) {
		o.Progress = says
		return whatif.Backfill(ctx, w.View, w.Plan, w.Scenario(c), a.Solver, o)
	})
}

// comparison plans for a change, once for all who ask for it.
func (a *asking) comparison(w screen.World, c screen.Change) (*whatif.Comparison, error) {
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	o.Prices = 0
	return away(a, a.changes, a.keyOf(a.sight.Head(), o)+" "+c.Query(), func(ctx context.Context, says func(string)) (*whatif.Comparison, error) {
		o.Progress = says
		return whatif.Compare(ctx, w.View, w.Scenario(c), w.Plan, a.Solver, o)
	})
}

func (a *asking) rankingKey() (string, error) {
	o, err := a.options()
	return "rank " + a.keyOf(a.sight.Head(), o), err
}

// ranking plans without each party in turn.
func (a *asking) ranking(w screen.World) ([]whatif.Marginal, error) {
	key, err := a.rankingKey()
	if err != nil {
		return nil, err
	}
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	o.Prices = 0
	return away(a, a.ranks, key, func(ctx context.Context, says func(string)) ([]whatif.Marginal, error) {
		return whatif.Marginals(ctx, w.View, w.Plan, a.Solver, o, func(done, total int) {
			says(fmt.Sprintf("%d / %d", done, total))
		})
	})
}

// changeStream plans for a change and tells how far it is; when it ends, the page
// of the change is there at once. Whoever closes it breaks the planning off, if
// nobody else waits for it.
func (s *Server) changeStream(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, func(a *asking, world screen.World) (string, func() error, func(string) string) {
		c := world.ChangeOf(a.query)
		o, _ := a.options()
		o.Prices = 0
		return a.keyOf(a.sight.Head(), o) + " " + c.Query(), func() error {
			if c.Nothing() {
				return nil
			}
			_, err := a.comparison(world, c)
			return err
		}, s.changes.Doing
	})
}

func (s *Server) rankingStream(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, func(a *asking, world screen.World) (string, func() error, func(string) string) {
		key, _ := a.rankingKey()
		return key, func() error {
			_, err := a.ranking(world)
			return err
		}, s.ranks.Doing
	})
}

// tellEvery is how often a stream says what is being worked on.
const tellEvery = 150 * time.Millisecond

// stream does what work is asked for, and tells how far it is until it is done.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, of func(*asking, screen.World) (key string, work func() error, doing func(string) string)) {
	a, err := s.ask(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	world, err := a.world(true)
	if err != nil || world.Plan == nil {
		s.fail(w, r, err)
		return
	}
	key, work, doing := of(a, world)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	done := make(chan error, 1)
	go func() { done <- work() }()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for last := ""; ; {
		select {
		case err := <-done:
			if err != nil {
				f := faultOf(err)
				tell(w, "failed", map[string]string{"says": f.Says, "fix": f.Fix})
				return
			}
			tell(w, "done", map[string]string{})
			return
		case <-tick.C:
			if says := doing(key); says != last {
				last = says
				tell(w, "doing", map[string]string{"says": says})
			}
		}
	}
}

func tell(w http.ResponseWriter, event string, data map[string]string) {
	text, err := json.Marshal(data)
	if err != nil {
		panic("server: an event that is no JSON: " + err.Error())
	}
	_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, text)
	_ = http.NewResponseController(w).Flush()
}
