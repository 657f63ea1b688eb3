package whatif

import (
	"fmt"
	"math"
	"slices"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// numberMax is the largest quantity that a record may have.
const numberMax = 1 << 53

// delay moves what is still to come.
func delay(v *register.View, d *record.Delay, by *int) (*edit, *Error) {
	for _, err := range []*Error{
		known(v, record.KindPledge, d.Pledges...), known(v, record.KindParty, d.Party),
		known(v, record.KindResource, d.Resource), known(v, record.KindProgramme, d.Programme),
	} {
		if err != nil {
			return nil, err
		}
	}
	months := 0
	if by != nil {
		months = *by
	}
	e, n := &edit{}, counts{}
	for _, p := range v.Pledges() {
		if months == 0 || !takesPledge(d, p) {
			continue
		}
		if late := delayed(v, p, months); late != nil {
			e.put = append(e.put, late)
			n.pledges++
		}
	}
	for _, p := range v.Programmes() {
		if months == 0 || !takesProgramme(d, p) {
			continue
		}
		late := record.Clone(p).(*record.Programme)
		late.From, late.To = shift(p.From, months), shift(p.To, months)
		e.put = append(e.put, late)
		n.programmes++
	}
	e.says = delayText(v, d, months, n)
	return e, nil
}

// takesPledge reports whether a delay means pledge p: named ones if it names
// any, else those of its party and resource. An empty delay means every pledge
// of a resource.
func takesPledge(d *record.Delay, p *record.Pledge) bool {
	names := len(d.Pledges) > 0 || d.Programme != ""
	if !names && d.Party == "" && d.Resource == "" {
		return p.Resource != ""
	}
	return (!names || slices.Contains(d.Pledges, record.PledgeID(p.ID))) &&
		(d.Party == "" || p.By == d.Party) && (d.Resource == "" || p.Resource == d.Resource)
}

// takesProgramme is the same for a programme; an empty delay means none.
func takesProgramme(d *record.Delay, p *record.Programme) bool {
	if len(d.Pledges) > 0 || d.Programme != "" {
		return d.Programme == record.ProgrammeID(p.ID) &&
			(d.Party == "" || p.By == d.Party) && (d.Resource == "" || p.Trains == d.Resource)
	}
	return (d.Party != "" || d.Resource != "") &&
		(d.Party == "" || p.By == d.Party) && (d.Resource == "" || p.Trains == d.Resource)
}

// delayed is p with what is not handed over yet coming later, or nil when
// everything is.
func delayed(v *register.View, p *record.Pledge, months int) *record.Pledge {
	var late []part
	moved := false
	for _, x := range partsOf(v, p) {
		late = append(late, part{on: x.on, there: x.there})
		if !x.rest.none() {
			late = append(late, part{on: shift(x.on, months), rest: x.rest})
			moved = true
		}
	}
	if !moved {
		return nil
	}
	c := relotted(p, late)
	c.Until = shift(p.Until, months)
	return c
}

// scale multiplies what is needed.
func scale(v *register.View, s *record.Scope, by *float64) (*edit, *Error) {
	for _, err := range []*Error{
		known(v, record.KindNeed, s.Needs...), known(v, record.KindPlace, s.Places...),
		known(v, record.KindCapability, s.Capabilities...), known(v, record.KindParty, s.Parties...),
	} {
		if err != nil {
			return nil, err
		}
	}
	factor := 1.0
	if by != nil {
		factor = *by
	}
	e := &edit{}
	var names []string
	for _, n := range v.Needs() {
		if !covers(v, s, n) {
			continue
		}
		names = append(names, n.Name())
		if factor == 1 {
			continue
		}
		c := record.Clone(n).(*record.Need)
		for i := range c.Quantity {
			q := &c.Quantity[i].Quantity
			*q = record.Number{Min: q.Min * factor, Max: q.Max * factor}
			if math.IsNaN(q.Max) || q.Max > numberMax {
				return nil, &Error{Says: fmt.Sprintf("%s would be more than can be counted", n.Key()), Fix: "multiply by less"}
			}
		}
		e.put = append(e.put, c)
	}
	e.says = scaleText(names, factor)
	return e, nil
}

// lose takes a share of what has arrived of a resource before a day.
func lose(v *register.View, l *record.Loss, on record.Day, o plan.Options) (*edit, *Error) {
	if err := known(v, record.KindResource, l.Resource); err != nil {
		return nil, err
	}
	if err := known(v, record.KindPlace, l.At); err != nil {
		return nil, err
	}
	month := o.Start
	if !on.IsZero() && on.First() != record.Beginning {
		month = on.First().Month()
	}
	e, total := &edit{}, some{}
	for _, p := range v.Pledges() {
		if p.Resource != l.Resource {
			continue
		}
		share, lead := exposed(v, p, l, o)
		c, gone := bereft(v, p, share, func(d record.Date) bool { return max(o.Start, d.Month())+record.Month(lead) < month })
		if gone.none() {
			continue
		}
		e.replace(p.Key(), c, c != nil)
		if v.Ancestor(p, func(up *record.Pledge) bool { return sameThing(p, up) }) == nil {
			total = total.plus(gone) // a part is counted in its whole
		}
	}
	e.devices = e.touches() // nobody pledged less: a check of what they promise would mislead
	e.says = loseText(v, l, month, len(e.devices), total.number)
	return e, nil
}

// exposed is the share of what has arrived from p that a loss takes, and the
// months that it takes to arrive. Of a loss at a place, p bears a part like
// that place's part in all that p may serve, counted by what is needed.
func exposed(v *register.View, p *record.Pledge, l *record.Loss, o plan.Options) (share float64, lead int) {
	there, all, lead := 0.0, 0.0, -1
	for _, n := range v.Needs() {
		if !serves(v, p, n) {
			continue
		}
		q := unitMonths(n, o) * per(v, n, p.Resource)
		all += q
		if l.At != "" && !v.Within(n.At, l.At) {
			continue
		}
		there += q
		if m := leadTo(p, n.At); lead < 0 || m < lead {
			lead = m
		}
	}
	if all == 0 {
		return 0, 0
	}
	return l.Share * there / all, max(lead, 0)
}

func leadTo(p *record.Pledge, at record.PlaceID) int {
	if p.Lead == nil {
		return 1
	}
	if p.Lead.At == nil {
		return p.Lead.Months
	}
	if m, ok := p.Lead.At[at]; ok {
		return m
	}
	return 1
}

// bereft is p without a share of what has been handed over and of the lots
// that had arrived, and what that is; nil when nothing is left of it.
func bereft(v *register.View, p *record.Pledge, share float64, arrived func(record.Date) bool) (*record.Pledge, some) {
	parts := partsOf(v, p)
	gone, before := some{}, sum(lotsOf(p))
	for i := range parts {
		x := &parts[i]
		gone = gone.plus(x.there.times(share))
		x.there = x.there.times(1 - share)
		if !x.rest.none() && arrived(x.on.First()) {
			gone = gone.plus(x.rest.times(share))
			x.rest = x.rest.times(1 - share)
		}
	}
	c := relotted(p, parts)
	if c == nil || gone.none() {
		return nil, gone
	}
	for i, s := range c.Status {
		if s.Quantity == nil {
			continue
		}
		left := 1 - share
		if v.RungOf(p.By, s) < record.HandedOver && before.number.Max > 0 {
			left = 1 - gone.number.Max/before.number.Max
		}
		q := some{number: *s.Quantity}.times(left).number
		c.Status[i].Quantity = &q
	}
	return c, gone
}
