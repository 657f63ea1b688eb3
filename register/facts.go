package register

import (
	"slices"
	"sort"

	"entente/record"
)

// GroupsOf lists the organisations and groups that p belongs to on the view's
// day, directly or through another group.
func (v *View) GroupsOf(p record.PartyID) []record.PartyID { return v.GroupsOn(p, v.at.On) }

// GroupsOn is GroupsOf on another day.
func (v *View) GroupsOn(p record.PartyID, on record.Date) []record.PartyID {
	return v.groups.of(p, on)
}

// Includes reports whether p is whole or belongs to it on the view's day.
func (v *View) Includes(whole, p record.PartyID) bool {
	return whole == p || slices.Contains(v.GroupsOf(p), whole)
}

// Within reports whether a place is the other or lies in it.
func (v *View) Within(place, other record.PlaceID) bool {
	for range 32 { // a cycle of places is a mistake, not a hang
		if place == other {
			return true
		}
		p, ok := v.Place(place)
		if !ok || p.Within == "" {
			return false
		}
		place = p.Within
	}
	return false
}

// RungOf is the rung that a status means: one of the ladder, or the giver's own
// term for one. The zero rung means that the term is not known.
func (v *View) RungOf(by record.PartyID, s record.RungStatus) record.Rung {
	if r, ok := record.ParseRung(s.Is); ok {
		return r
	}
	if p, ok := v.Party(by); ok {
		r, _ := record.ParseRung(p.Terms[s.Is])
		return r
	}
	return record.NoRung
}

// Rung is the highest rung that p has reached by the view's day. A status
// without a day has been reached.
func (v *View) Rung(p *record.Pledge) record.Rung {
	top := record.NoRung
	for _, s := range p.Status {
		if s.On.IsZero() || s.On.First() <= v.at.On {
			top = max(top, v.RungOf(p.By, s))
		}
	}
	return top
}

// Since is the day on which p first reached rung or a higher one, by the view's
// day; ok is false when it has not, or nobody wrote the day down.
func (v *View) Since(p *record.Pledge, rung record.Rung) (day record.Day, ok bool) {
	for _, s := range p.Status {
		if !s.On.IsZero() && s.On.First() <= v.at.On && v.RungOf(p.By, s) >= rung && (!ok || s.On.First() < day.First()) {
			day, ok = s.On, true
		}
	}
	return day, ok
}

// Quantity is how much p promises in all: its quantity, or else the sum of its
// schedule.
func Quantity(p *record.Pledge) record.Number {
	if p.Quantity != nil {
		return *p.Quantity
	}
	sum := record.Number{}
	for _, l := range p.Schedule {
		if l.Quantity != nil {
			sum.Min += l.Quantity.Min
			sum.Max += l.Quantity.Max
		}
	}
	return sum
}

// Reached is how much of p stands at rung or higher on the view's day.
func (v *View) Reached(p *record.Pledge, rung record.Rung) record.Number {
	whole, most := Quantity(p), record.Number{}
	for _, s := range p.Status {
		if !s.On.IsZero() && s.On.First() > v.at.On || v.RungOf(p.By, s) < rung {
			continue
		}
		if s.Quantity == nil {
			return whole
		}
		most.Min, most.Max = max(most.Min, s.Quantity.Min), max(most.Max, s.Quantity.Max)
	}
	return record.Number{Min: min(most.Min, whole.Min), Max: min(most.Max, whole.Max)}
}

// Ancestor is the nearest pledge above p in the view that fits, or nil: p is
// counted in it.
func (v *View) Ancestor(p *record.Pledge, fits func(*record.Pledge) bool) *record.Pledge {
	for range 32 { // a cycle of parts is a mistake, not a hang
		up, ok := v.Pledge(p.PartOf)
		if !ok || up == p {
			return nil
		}
		if fits(up) {
			return up
		}
		p = up
	}
	return nil
}

// Stage is the last stage that an agreement has reached by the view's day, and
// since when; empty when it is not yet even proposed.
func (v *View) Stage(a *record.Agreement) (stage record.AgreementStage, since record.Day) {
	day := record.Beginning
	for _, s := range a.Status {
		if on := first(s.On); on <= v.at.On && on >= day {
			stage, since, day = s.Is, s.On, on
		}
	}
	return stage, since
}

// Euro converts m at the rate of a day: the last rate known by then, or else
// the first one after it. The rate is nil for euros; ok is false when the view
// has no rate for the currency at all.
func (v *View) Euro(m record.Money, on record.Date) (eur record.Money, rate *record.Rate, ok bool) {
	if m.IsZero() || m.Currency() == record.Euro {
		return m, nil, true
	}
	rates := v.rates[m.Currency()]
	if len(rates) == 0 {
		return record.Money{}, nil, false
	}
	after := sort.Search(len(rates), func(i int) bool { return rates[i].On.First() > on })
	rate = rates[max(after-1, 0)]
	eur, err := m.InEuro(rate.PerEUR)
	return eur, rate, err == nil
}

// EuroAmount is Euro for a range.
func (v *View) EuroAmount(a record.Amount, on record.Date) (eur record.Amount, rate *record.Rate, ok bool) {
	lo, rate, ok := v.Euro(a.Min, on)
	hi, _, ok2 := v.Euro(a.Max, on)
	return record.Amount{Min: lo, Max: hi}, rate, ok && ok2
}

// Day is the day that the money or value of a pledge is converted at: the day
// of its first status, or else of its availability.
func Day(p *record.Pledge) record.Date {
	for _, s := range p.Status {
		if !s.On.IsZero() {
			return s.On.First()
		}
	}
	if !p.From.IsZero() {
		return p.From.First()
	}
	return p.Schedule[0].On.First()
}

// TermEnd is the last day of a commitment that may be open.
func TermEnd(to record.Day) record.Date { return last(to) }
