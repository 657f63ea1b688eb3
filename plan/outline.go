package plan

import (
	"context"
	"fmt"
	"math"
	"slices"

	"entente/lp"
	"entente/register"
)

// coarse is a world in which so many months are taken together: what is there and
// what is covered are means over them, and what arrives or comes in within them is
// there for the part of them that is left. It is like the world, and not a bound on
// it.
func (w *world) coarse(span int) *world {
	c := *w
	c.span = span
	c.options.Months = (w.options.Months + span - 1) / span
	c.options.Discount = math.Pow(w.options.Discount, float64(span))
	c.needs, c.stocks, c.lots, c.makers, c.courses, c.funds = nil, nil, nil, nil, nil, nil
	for _, n := range w.needs {
		c.needs = append(c.needs, n.coarse(w.options.Discount, c.options.Months, span))
	}
	for _, s := range w.stocks {
		x := *s
		x.keeps = math.Pow(s.keeps, float64(span))
		c.stocks = append(c.stocks, &x)
	}
	c.poolLots(w.lots)
	middle := float64(span-1) / 2 // of what goes on all the time, half comes later
	for _, k := range w.makers {
		x := *k
		x.lanes, x.perMonth = w.coarseLanes(k.lanes, middle, span), k.perMonth*float64(span)
		x.first, x.last = k.first/span, k.last/span
		c.makers = append(c.makers, &x)
	}
	for _, k := range w.courses {
		x := *k
		x.lanes, x.seats = w.coarseLanes(k.lanes, middle, span), k.seats*float64(span)
		x.first, x.last = k.first/span, k.last/span
		c.courses = append(c.courses, &x)
	}
	for _, f := range w.funds {
		c.funds = append(c.funds, f.coarse(c.options.Months, span))
	}
	return &c
}

// poolLots makes one of all lots that go the same ways and arrive in the same span.
// What arrives within a span is two: so much as it is there for the part of the span
// that is left arrives with it, and the rest with the next. What delivery costs may
// differ, as long as all cost something or none does.
func (w *world) poolLots(lots []*lot) {
	at := map[string]*lot{}
	for _, l := range lots {
		lead := 0.0
		for _, lane := range l.lanes {
			lead += float64(lane.lead) / float64(len(l.lanes))
		}
		arrives := (float64(l.first) + lead) / float64(w.span)
		into, late := int(arrives), arrives-math.Floor(arrives)
		w.poolLot(at, l, into, l.quantity*(1-late))
		w.poolLot(at, l, into+1, l.quantity*late)
	}
}

// poolLot adds some of a lot to those that arrive in a span.
func (w *world) poolLot(at map[string]*lot, l *lot, span int, quantity float64) {
	if quantity <= 0 || span >= w.options.Months {
		return
	}
	x := *l
	x.first, x.last, x.quantity, x.handed = span, w.options.Months-1, quantity, false
	x.lanes = slices.Clone(l.lanes)
	for i := range x.lanes {
		x.lanes[i].lead = 0
	}
	name := w.lotName(&x)
	if like, ok := at[name]; ok {
		like.quantity += quantity
		like.cost += (l.cost - like.cost) * quantity / like.quantity
		return
	}
	at[name] = &x
	w.lots = append(w.lots, &x)
}

// coarseLanes are lanes for what leaves so far into a span of months.
func (w *world) coarseLanes(lanes []lane, into float64, span int) []lane {
	var all []lane
	for _, l := range lanes {
		arrives := (into + float64(l.lead)) / float64(span)
		l.lead = int(arrives)
		l.late = arrives - math.Floor(arrives)
		all = append(all, l)
	}
	return all
}

func (n *need) coarse(discount float64, months, span int) *need {
	x := *n
	x.running *= float64(span)
	x.weight = 0
	for j := range span {
		x.weight += n.weight * math.Pow(discount, float64(j))
	}
	x.quantity, x.present = make([]float64, months), make([]float64, months)
	for t, q := range n.quantity {
		x.quantity[t/span] += q / float64(span)
		x.present[t/span] += n.present[t] / float64(span)
	}
	return &x
}

func (f *fund) coarse(months, span int) *fund {
	x := *f
	x.income, x.lots = make([]float64, months), nil
	for t, q := range f.income {
		late := float64(t%span) / float64(span)
		x.income[t/span] += q * (1 - late)
		if t/span+1 < months {
			x.income[t/span+1] += q * late
		}
	}
	if f.until >= 0 {
		x.until = f.until / span
	}
	return &x
}

// loosestRough is loosest with so many months taken together.
func loosestRough(v *register.View, o Options, span int) *model {
	w := read(parted(v), o).coarse(span)
	defer w.alone()()
	return build(w, allLegs, free)
}

// An Outline is a game like the one that an Evaluator plays, and many times as
// quick: several months are taken together, lots that are much alike are one, and
// what parties take with them adds up. Its values are no bounds on anything, but rise
// and fall with the true ones, so that little of these is left to be found. It is safe
// for concurrent use.
type Outline struct {
	e       *Evaluator
	players []*Lack // what each takes with it; nil is nothing
}

// Outline prepares the outline of a game in about so many spans of months: of the
// first view, and without each of the players alone. It is nil where there is none.
func (e *Evaluator) Outline(ctx context.Context, v *register.View, without []*register.View, spans int) (*Outline, error) {
	span := (e.options.Months + spans - 1) / spans
	if e.model == nil || len(e.model.whole) > 0 || span < 2 {
		return nil, nil
	}
	rough, err := newEvaluator(ctx, v, e.solver, e.options, span)
	if err != nil {
		return nil, err
	}
	o := &Outline{e: rough}
	for _, u := range without {
		o.players = append(o.players, rough.Lack(u))
	}
	return o, nil
}

// Walk begins with everybody.
func (o *Outline) Walk(ctx context.Context) (*OutlineWalk, error) {
	w, err := o.e.Walk(ctx, nil)
	return &OutlineWalk{o, w}, err
}

// OutlineWalk is as Walk.
type OutlineWalk struct {
	o    *Outline
	walk *Walk
}

// To is what those are worth that stay.
func (w *OutlineWalk) To(ctx context.Context, stays func(player int) bool) (float64, error) {
	first, taken := w.o.e.first, map[lp.Row]float64{}
	for i, k := range w.o.players {
		if k == nil || stays(i) {
			continue
		}
		for j, r := range k.rows {
			_, hi := first.RowBounds(r)
			taken[r] += max(0, hi-k.rowHi[j])
		}
	}
	lack := &Lack{}
	for r, q := range taken {
		lo, hi := first.RowBounds(r)
		left := max(0, hi-q)
		if lo == hi {
			lo = left
		}
		lack.SetRowBounds(r, lo, left)
	}
	s, err := w.walk.solve(ctx, lack.differing(first))
	if err != nil {
		return 0, fmt.Errorf("plan: outline: %w", err)
	}
	return s.Objective, nil
}

// End frees what the walk holds.
func (w *OutlineWalk) End() error { return w.walk.End() }
