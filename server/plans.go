package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"entente/plan"
	"entente/record"
	"entente/sight"
)

// Limits of the plans of pages.
const (
	patience    = 4 * time.Second // for the steps that would help
	goOnMax     = 15 * time.Minute
	formersKept = 8
	calm        = 3 * time.Second // before planning anew: first come the pages that have changed
	restTimes   = 3               // as long as planning took, after planning anew
)

// planned are the plans of a page, and the sight that they were made of.
type planned struct {
	of    *sight.Sight
	plan  *plan.Plan // with prices and reasons
	wide  *plan.Plan // brief: if all that is announced came
	tried bool       // the steps that would help are in it
	until moment     // when others took their place
}

// name tells plans apart. The plan of nothing has none.
func (p *planned) name() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s %t", p.plan.Register.Head, p.tried)
}

// settle finds the plans of the page: those of the register as it is looked at,
// if they are there; or else, where that will do and everything they were made
// from may still be seen, those from before, while the new ones are made.
func (a *asking) settle() (err error) {
	if a.settled != nil || len(a.sight.View.Needs()) == 0 {
		return nil
	}
	o, err := a.options()
	if err != nil {
		return err
	}
	full, wide := o, o
	full.Relax = true
	wide.Rung, wide.Brief, wide.Prices = record.Announced, true, 0
	name := a.keyOf("", o)
	if p := a.made(full, wide); p != nil {
		a.settled = a.formers.put(name, p, a.Now())
		return nil
	}
	if a.soon {
		if p := a.formers.get(name); p != nil && p.of.Outlives(a.tree) {
			a.goOn(a.renewing, restTimes, full, wide)
			a.settled = p
			return nil
		}
	}
	p := &planned{of: a.sight}
	if p.plan, p.tried, err = a.best(o, full); err == nil {
		p.wide, err = a.plan(a.sight.View, a.sight.Head(), wide)
	}
	if err == nil {
		a.settled = p
	}
	return err
}

// made are the plans of the register as it is looked at, if they are there.
func (a *asking) made(full, wide plan.Options) *planned {
	p, ok := a.plans.Peek(a.keyOf(a.sight.Head(), full))
	if !ok {
		return nil
	}
	w, ok := a.plans.Peek(a.keyOf(a.sight.Head(), wide))
	if !ok {
		return nil
	}
	return &planned{of: a.sight, plan: p, wide: w, tried: true}
}

// best is the plan of the page, with the steps that would help if they have been
// tried in time. If not, it is the plan without them, and they go on being tried
// for who asks next.
func (a *asking) best(o, full plan.Options) (p *plan.Plan, tried bool, err error) {
	b := *a
	ctx, cancel := context.WithTimeout(a.ctx, patience)
	defer cancel()
	b.ctx = ctx
	a.goOn(a.going, 0, full)
	if p, err = b.plan(a.sight.View, a.sight.Head(), full); err == nil {
		return p, true, nil
	}
	if a.ctx.Err() != nil || ctx.Err() == nil {
		return nil, false, err
	}
	p, err = a.plan(a.sight.View, a.sight.Head(), o)
	return p, false, err
}

// goOn sees to it that plans are finished even if nobody waits for them, as many
// at a time as slot holds. Afterwards it rests for some times as long, so that
// answers have the processors most of the time.
func (a *asking) goOn(slot chan struct{}, rest time.Duration, of ...plan.Options) {
	select {
	case slot <- struct{}{}:
	default:
		return
	}
	b := *a
	go func() {
		defer func() { <-slot }()
		ctx, cancel := context.WithTimeout(context.Background(), goOnMax)
		defer cancel()
		b.ctx = ctx
		if rest > 0 {
			b.rest(ctx, calm)
		}
		began := b.Now()
		for _, o := range of {
			_, _ = b.plan(b.sight.View, b.sight.Head(), o)
		}
		b.rest(ctx, rest*b.Now().Sub(began))
	}()
}

// rest waits, unless the server is about to stop.
func (s *Server) rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-s.ending:
	}
}

// formers are the plans that pages showed last, by reader, day and what was asked.
type formers struct {
	mu sync.Mutex
	of map[string]*planned
}

func (f *formers) get(name string) *planned {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of[name]
}

// put keeps plans in the place of those before, and returns those that are kept:
// where they are the same, always the same ones.
func (f *formers) put(name string, p *planned, now time.Time) *planned {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.of[name]
	if before != nil && before.name() == p.name() && before.of == p.of {
		return before
	}
	if f.of == nil {
		f.of = map[string]*planned{}
	}
	for other := range f.of {
		if len(f.of) < formersKept || f.of[name] != nil {
			break
		}
		delete(f.of, other)
	}
	f.of[name] = p
	if before != nil && before.name() != p.name() {
		before.until.set(now)
	}
	return p
}
