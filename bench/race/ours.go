package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"entente/plan"
)

// plan goes the whole way from a file of records to an explained plan.
func (j job) plan(ctx context.Context) (*report, error) {
	c := newClock()
	v, err := view(j.Size, j.File)
	if err != nil {
		return nil, err
	}
	c.lap("load", "")
	solver, err := newSolver()
	if err != nil {
		return nil, err
	}
	o := asked(v.Settings())
	o.Gap, o.Near, o.Prices = j.Gap, j.Gap, j.Prices
	stage, mu := "build", sync.Mutex{}
	o.Progress = func(doing string) {
		if strings.HasPrefix(doing, "what one leg alone") {
			return // worked out beside
		}
		mu.Lock()
		defer mu.Unlock()
		c.lap(stage, "")
		switch doing {
		case "the plan that covers most", "what could be reached at most", "which whole numbers are best":
			stage = "solve"
		default:
			stage = "explain"
		}
	}
	p, err := plan.Make(ctx, v, solver, o)
	if err != nil {
		return nil, err
	}
	c.lap(stage, "")
	proved := 0
	for _, price := range p.Prices {
		if price.Proved {
			proved++
		}
	}
	r := &report{Stages: c.stages, Value: p.Objective, Bound: p.Bound, Found: true, Prices: proved}
	if len(p.Prices) > 0 {
		r.Note = fmt.Sprintf("%d prices, %d proved", len(p.Prices), proved)
	}
	return r, nil
}
