package whatif

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Holes is what a scenario tears open, and who could fill it.
type Holes struct {
	Scenario string   `json:"scenario"`
	Lost     float64  `json:"lost"` // coverage points of the base's need
	Coverage Coverage `json:"coverage"`
	Holes    []Hole   `json:"holes"` // the worst first
	Solves   int      `json:"solves"`
	Says     []string `json:"says"`
}

// Hole is one need that loses.
type Hole struct {
	Need    record.NeedID `json:"need"`
	Title   string        `json:"title"`
	Points  float64       `json:"points"` // coverage points of all needs that it loses
	Lost    float64       `json:"lost"`   // unit-months
	Unit    string        `json:"unit"`
	First   record.Month  `json:"first"` // of the months that lose
	Last    record.Month  `json:"last"`
	Months  []HoleMonth   `json:"months"`
	Short   []Shortage    `json:"short"`   // what it lacks in those months
	Instead []Instead     `json:"instead"` // what others give it in the plan after that they do not before: counted already
	Idle    []Idle        `json:"idle"`    // what others could give it and the plan after has no use for
	Fillers []Filler      `json:"fillers"` // what more could be done: what helps most first
	Bundle  *Bundle       `json:"bundle,omitempty"`
	Tried   int           `json:"tried"` // ways that were tried
	Says    string        `json:"says"`
}

// HoleMonth is what a need loses in a month.
type HoleMonth struct {
	Month record.Month `json:"month"`
	Lost  float64      `json:"lost"` // units
}

// Shortage is what a hole is short of.
type Shortage struct {
	Leg      record.Leg        `json:"leg"`
	Resource record.ResourceID `json:"resource,omitempty"` // empty for money
	Name     string            `json:"name"`
	Quantity float64           `json:"quantity"` // in place at once, or used up over the months; EUR of money
	Unit     string            `json:"unit"`
	First    record.Month      `json:"first"`
	Last     record.Month      `json:"last"`
	EUR      float64           `json:"eur,omitempty"` // at the resource's price, where there is one
	Says     string            `json:"says"`
}

// Instead is what somebody does more of in the plan after.
type Instead struct {
	Party    record.PartyID    `json:"party"`
	Record   string            `json:"record"`
	Resource record.ResourceID `json:"resource,omitempty"`
	More     float64           `json:"more"`
	Unit     string            `json:"unit"`
	Says     string            `json:"says"`
}

// Idle is what is offered and waits for something else.
type Idle struct {
	Party  record.PartyID `json:"party"`
	Record string         `json:"record"`
	Left   float64        `json:"left"`
	Unit   string         `json:"unit"`
	Why    string         `json:"why"`
	Says   string         `json:"says"`
}

// Bundle is several ways taken together, for holes that lack several things.
type Bundle struct {
	Fillers []int   `json:"fillers"` // places in the hole's list, in the order taken
	Points  float64 `json:"points"`  // gained over all needs
	Own     float64 `json:"own"`
	Toll    float64 `json:"toll"`
	EUR     float64 `json:"eur"`
	Says    string  `json:"says"`
}

// smallest is how many coverage points are worth a word.
const smallest = 0.005

// Backfill finds what scenario s tears open and what could fill it. Of every
// need that loses, it finds in which months it lacks what; what others offer
// already; and what others could do more of: commit what is only announced,
// give, make or train more of it, pay, let a fund or a pledge serve the need
// that may not. Each way is planned for by itself, and so is a bundle of them.
// What a way takes from other needs is its toll. base is the plan of v for the
// same options, or nil.
//
// When the context is done, Backfill returns the holes, with what it has tried,
// and the error.
func Backfill(ctx context.Context, v *register.View, base *plan.Plan, s *record.Scenario, solver lp.Solver, o plan.Options) (*Holes, error) {
	o.Brief, o.Prices, o.Relax = false, 0, false
	w, err := apply(v, s, o)
	if err != nil {
		return nil, err
	}
	c, err := Compare(ctx, v, s, base, solver, o)
	if err != nil {
		return nil, err
	}
	f := &filling{view: w.view, options: o, base: c.Base, after: c.After, gone: withdrawn(v, s)}
	h := &Holes{Scenario: s.ID, Lost: c.Lost, Coverage: c.Coverage, Holes: []Hole{}, Says: []string{}}
	var ways [][]way
	for _, d := range c.Needs {
		if d.Points < smallest {
			continue
		}
		if hole := f.hole(d); hole != nil {
			ways = append(ways, f.ways(hole))
			h.Holes = append(h.Holes, *hole)
		}
	}
	err = f.fill(ctx, h, ways, solver)
	h.Solves = f.solves
	h.says(v, s)
	return h, err
}

// withdrawn lists who leaves in a scenario.
func withdrawn(v *register.View, s *record.Scenario) map[record.PartyID]bool {
	gone := map[record.PartyID]bool{}
	chain, err := stack(v, s)
	if err != nil {
		return gone
	}
	for _, s := range chain {
		for _, c := range s.Changes {
			if c.Withdraw != "" {
				gone[c.Withdraw] = true
			}
		}
	}
	return gone
}

// filling is the state of one Backfill.
type filling struct {
	view        *register.View // after
	options     plan.Options
	base, after *plan.Plan
	gone        map[record.PartyID]bool
	ensemble    *ensemble
	was         *plan.Value // of the view after
	solves      int
}

func needOf(p *plan.Plan, id record.NeedID) *plan.Need {
	for i := range p.Needs {
		if p.Needs[i].ID == id {
			return &p.Needs[i]
		}
	}
	return nil
}

// hole says when a need loses, and what it lacks then. A need that is gone
// itself is no hole.
func (f *filling) hole(d NeedDelta) *Hole {
	before, after := needOf(f.base, d.ID), needOf(f.after, d.ID)
	if before == nil || after == nil {
		return nil
	}
	h := &Hole{Need: d.ID, Title: d.Title, Points: d.Points, Unit: after.Unit, Months: []HoleMonth{}, Short: []Shortage{}, Instead: []Instead{}, Idle: []Idle{}, Fillers: []Filler{}}
	for t := range after.Months {
		lost := min(before.Months[t].Covered, after.Months[t].Needed) - after.Months[t].Covered
		if lost <= 1e-4 {
			continue
		}
		if len(h.Months) == 0 {
			h.First = after.Months[t].Month
		}
		h.Last, h.Lost = after.Months[t].Month, h.Lost+lost
		h.Months = append(h.Months, HoleMonth{after.Months[t].Month, rounded(lost)})
	}
	if len(h.Months) == 0 {
		return nil
	}
	f.shortages(h, before, after)
	f.instead(h, before, after)
	f.idle(h, after)
	return h
}

// shortages sums up what held the need back in the months that lose: of what is
// kept in place the most that was lacking at once, of what is used up the sum.
func (f *filling) shortages(h *Hole, before, after *plan.Need) {
	c, _ := f.view.Capability(after.Capability)
	at := map[record.ResourceID]int{}
	for _, m := range h.Months {
		for _, hold := range after.Months[int(m.Month-f.after.Start)].Holds {
			k, ok := at[hold.Resource]
			if !ok {
				k = len(h.Short)
				at[hold.Resource] = k
				h.Short = append(h.Short, Shortage{Leg: hold.Leg, Resource: hold.Resource, First: m.Month})
			}
			x := &h.Short[k]
			x.Last = m.Month
			switch {
			case hold.Resource == "" && hold.Leg == record.People:
				x.Quantity, x.Says = max(x.Quantity, m.Lost), hold.Says
			case hold.Resource == "":
				x.Quantity += m.Lost * f.euros(c.Running)
			case c.Stock[hold.Resource] > 0:
				x.Quantity = max(x.Quantity, m.Lost*c.Stock[hold.Resource])
			default:
				x.Quantity += m.Lost * c.Monthly[hold.Resource]
			}
		}
	}
	for i := range h.Short {
		x := &h.Short[i]
		x.Quantity = rounded(x.Quantity)
		when := x.First.Text()
		if x.Last != x.First {
			when += " to " + x.Last.Text()
		}
		switch {
		case x.Resource == "" && x.Leg == record.People:
			x.Name, x.Unit = "forces", after.Unit
			x.Says = fmt.Sprintf("%s × %s, %s (%s)", about(x.Quantity), after.Unit, when, x.Says)
			continue
		case x.Resource == "":
			x.Name, x.Unit, x.EUR = "money", "EUR", x.Quantity
			x.Says = fmt.Sprintf("%s for running it, %s", eurosText(x.Quantity), when)
			continue
		}
		r, _ := f.view.Resource(x.Resource)
		x.Name, x.Unit, x.EUR = r.Name, r.Unit, x.Quantity*f.euros(r.Price)
		x.Says = fmt.Sprintf("%s × %s, %s", about(x.Quantity), r.Name, when)
		if x.EUR > 0 {
			x.Says += ", worth " + eurosText(x.EUR)
		}
	}
	slices.SortStableFunc(h.Short, func(a, b Shortage) int { return cmp.Compare(a.First, b.First) })
}

func (f *filling) euros(m *record.Money) float64 {
	if m == nil {
		return 0
	}
	eur, _, ok := f.view.Euro(*m, f.options.Start.First())
	if !ok {
		return 0
	}
	return eur.Amount().Float()
}

// instead compares what feeds the need in both plans.
func (f *filling) instead(h *Hole, before, after *plan.Need) {
	was := map[string]float64{}
	for _, x := range before.FedBy {
		was[x.Record+" "+string(x.Resource)] += x.Quantity
	}
	for _, x := range after.FedBy {
		more := x.Quantity - was[x.Record+" "+string(x.Resource)]
		if more <= 1e-3*max(1, x.Quantity) || f.gone[x.Party] {
			continue
		}
		i := Instead{Party: x.Party, Record: x.Record, Resource: x.Resource, More: rounded(more), Unit: x.Unit}
		i.Says = fmt.Sprintf("%s gives %s more from %s", nameOf(f.view, x.Party), f.thing(x.Resource, more), nameOfText(f.view, x.Record))
		h.Instead = append(h.Instead, i)
	}
}

// thing is a quantity of a resource, or of money.
func (f *filling) thing(r record.ResourceID, q float64) string {
	if r == "" {
		return eurosText(q)
	}
	return about(q) + " × " + f.view.Name(record.Key{Kind: record.KindResource, ID: string(r)})
}

// about is a number that one can say.
func about(q float64) string {
	switch a := math.Abs(q); {
	case a >= 100:
		return figure(math.Round(q))
	case a >= 10:
		return figure(math.Round(q*10) / 10)
	}
	return figure(math.Round(q*100) / 100)
}

// idle lists what others offer that the need could take, and that waits for
// something else.
func (f *filling) idle(h *Hole, after *plan.Need) {
	n, _ := f.view.Need(h.Need)
	for _, x := range f.after.Leftovers {
		if f.gone[x.Party] || !f.couldServe(x.Record, n) || x.Resource == "EUR" && !lacksMoney(h) {
			continue
		}
		i := Idle{Party: x.Party, Record: x.Record, Left: x.Left, Unit: x.Unit, Why: x.Why}
		i.Says = fmt.Sprintf("%s: %s left of %s; %s", nameOf(f.view, x.Party), quantityText(x.Left, x.Unit), nameOfText(f.view, x.Record), x.Why)
		h.Idle = append(h.Idle, i)
	}
}

func lacksMoney(h *Hole) bool {
	return slices.ContainsFunc(h.Short, func(x Shortage) bool { return x.Leg == record.Funding })
}

// couldServe reports whether a record of a plan may serve a need.
func (f *filling) couldServe(key string, n *record.Need) bool {
	switch r := f.record(key).(type) {
	case *record.Pledge:
		return serves(f.view, r, n)
	case *record.Production:
		return per(f.view, n, r.Resource) > 0 && admits(f.view, r.Only, r.Not, n)
	case *record.Programme:
		return per(f.view, n, r.Trains) > 0 && admits(f.view, r.Only, r.Not, n)
	case *record.Fund:
		return r.For == nil || covers(f.view, r.For, n)
	}
	return false
}

func (f *filling) record(key string) record.Record {
	for _, k := range []record.Kind{record.KindPledge, record.KindProduction, record.KindProgramme, record.KindFund, record.KindUnit} {
		if head := string(k) + "/"; len(key) > len(head) && key[:len(head)] == head {
			r, _ := f.view.Get(record.Key{Kind: k, ID: key[len(head):]})
			return r
		}
	}
	return nil
}

// says is the story in a few sentences.
func (h *Holes) says(v *register.View, s *record.Scenario) {
	title := cmp.Or(s.Title, s.ID)
	if len(h.Holes) == 0 {
		h.Says = append(h.Says, fmt.Sprintf("%s: no need loses anything that is worth a word.", title))
		return
	}
	h.Says = append(h.Says, fmt.Sprintf("%s: %d needs lose. %s", title, len(h.Holes), h.Coverage.Says))
	for i := range h.Holes {
		x := &h.Holes[i]
		when := x.First.Text()
		if x.Last != x.First {
			when += " to " + x.Last.Text()
		}
		var short []string
		for _, s := range x.Short {
			short = append(short, s.Says)
		}
		x.Says = fmt.Sprintf("%s loses %s: %s months of one %s, %s", x.Title, pointsText(x.Points), about(x.Lost), x.Unit, when)
		if len(short) > 0 {
			x.Says += ". It lacks " + joined(short)
		}
		x.Says += ". "
		switch {
		case x.Bundle != nil && len(x.Bundle.Fillers) > 1:
			x.Says += x.Bundle.Says
		case len(x.Fillers) > 0 && x.Fillers[0].Own >= smallest:
			x.Says += x.Fillers[0].Says
		case x.Tried == 0:
			x.Says += "Nobody else in the register gives, makes or trains any of it, and nothing of it is announced."
		default:
			x.Says += fmt.Sprintf("None of %d ways that were tried helps.", x.Tried)
		}
		h.Says = append(h.Says, x.Says)
	}
}
