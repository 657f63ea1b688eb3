package register

import (
	"cmp"
	"maps"
	"slices"

	"entente/record"
)

// Total is what a party has promised of one resource, or of money, at a rung.
// What stands below the rung is beside the total, never inside it.
type Total struct {
	Party    record.PartyID
	Resource record.ResourceID // empty for money
	Inside   Sum
	Beside   Sum
	Pledges  []record.PledgeID // counted in Inside
	Children []record.PledgeID // counted in another pledge, and so not again
}

// Sum is a quantity, or money in euros with the original amounts it came from.
type Sum struct {
	Quantity  record.Number
	Euro      record.Amount
	Original  map[record.Currency]record.Amount
	Unrated   []record.PledgeID // money for which there is no rate
	Uncounted []record.PledgeID // money too large to add
}

// Totals sums the pledges of the view at a rung, by party and resource. A child
// whose parent is in the view is counted in it.
func (v *View) Totals(rung record.Rung) []Total {
	type key struct {
		party    record.PartyID
		resource record.ResourceID
	}
	totals := map[key]*Total{}
	for _, p := range v.Pledges() {
		k := key{p.By, p.Resource}
		t := totals[k]
		if t == nil {
			t = &Total{Party: p.By, Resource: p.Resource}
			totals[k] = t
		}
		if v.counted(p) != nil {
			t.Children = append(t.Children, record.PledgeID(p.ID))
			continue
		}
		v.add(t, p, rung)
	}
	return slices.SortedFunc(func(yield func(Total) bool) {
		for t := range maps.Values(totals) {
			if !yield(*t) {
				return
			}
		}
	}, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Party, b.Party), cmp.Compare(a.Resource, b.Resource))
	})
}

// counted is the pledge of the view that p is counted in, or nil.
func (v *View) counted(p *record.Pledge) *record.Pledge {
	return v.Ancestor(p, func(up *record.Pledge) bool { return up.Resource == p.Resource || up.Amount != nil })
}

func (v *View) add(t *Total, p *record.Pledge, rung record.Rung) {
	id := record.PledgeID(p.ID)
	if p.Amount != nil {
		into := &t.Beside
		if v.Rung(p) >= rung {
			into = &t.Inside
			t.Pledges = append(t.Pledges, id)
		}
		v.addMoney(into, p, id)
		return
	}
	whole, in := Quantity(p), v.Reached(p, rung)
	if in.Max > 0 {
		t.Pledges = append(t.Pledges, id)
	}
	t.Inside.Quantity.Min += in.Min
	t.Inside.Quantity.Max += in.Max
	t.Beside.Quantity.Min += whole.Min - in.Min
	t.Beside.Quantity.Max += whole.Max - in.Max
}

func (v *View) addMoney(s *Sum, p *record.Pledge, id record.PledgeID) {
	if s.Original == nil {
		s.Original = map[record.Currency]record.Amount{}
	}
	c := p.Amount.Min.Currency()
	own, err := plus(s.Original[c], *p.Amount)
	if err != nil {
		s.Uncounted = append(s.Uncounted, id)
		return
	}
	s.Original[c] = own
	eur, _, ok := v.EuroAmount(*p.Amount, Day(p))
	if !ok {
		s.Unrated = append(s.Unrated, id)
		return
	}
	sum, err := plus(s.Euro, eur)
	if err != nil {
		s.Uncounted = append(s.Uncounted, id)
		return
	}
	s.Euro = sum
}

func plus(a, b record.Amount) (record.Amount, error) {
	lo, err := a.Min.Add(b.Min)
	if err != nil {
		return a, err
	}
	hi, err := a.Max.Add(b.Max)
	return record.Amount{Min: lo, Max: hi}, err
}
