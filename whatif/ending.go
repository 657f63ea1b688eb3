package whatif

import (
	"maps"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// withdraw ends what a party gives. Whether the party itself is in the view
// does not matter.
func withdraw(v *register.View, party record.PartyID, from record.Day, o plan.Options) *edit {
	x := leaving(v, func(p record.PartyID) bool { return p == party }, from, o)
	x.block(party)
	x.edit.says = x.sentence(nameOf(v, party) + " gives nothing more from " + monthText(x.month))
	return &x.edit
}

// withdrawAll is what withdrawing several parties from the start does, one
// after the other.
func withdrawAll(v *register.View, gone func(record.PartyID) bool, o plan.Options) *edit {
	return &leaving(v, gone, record.Day{}, o).edit
}

// leaving ends what some parties give, whose units may still be free.
func leaving(v *register.View, gone func(record.PartyID) bool, from record.Day, o plan.Options) *ending {
	x := newEnding(v, from, o, func(p *record.Pledge) bool { return gone(p.By) })
	for _, p := range v.Pledges() {
		if gone(p.By) {
			x.pledge(p)
		}
	}
	for _, p := range v.Programmes() {
		if gone(p.By) {
			x.programme(p)
		}
	}
	for _, p := range v.Productions() {
		if gone(p.By) {
			x.production(p)
		}
	}
	for _, a := range v.Assignments() {
		if gone(giver(v, a)) {
			x.assignment(a)
		}
	}
	for _, u := range v.Units() {
		if gone(u.By) {
			x.unit(u)
		}
	}
	x.parents()
	return x
}

func nameOf(v *register.View, p record.PartyID) string {
	return v.Name(record.Key{Kind: record.KindParty, ID: string(p)})
}

// giver is whose unit an assignment sends.
func giver(v *register.View, a *record.Assignment) record.PartyID {
	if u, ok := v.Unit(a.Unit); ok {
		return u.By
	}
	return a.By
}

// end ends an agreement, and what is promised under it.
func end(v *register.View, id record.AgreementID, on record.Day, o plan.Options) (*edit, *Error) {
	a, ok := v.Agreement(id)
	if !ok {
		return nil, known(v, record.KindAgreement, id)
	}
	x := newEnding(v, on, o, func(p *record.Pledge) bool { return p.Under == id })
	for _, r := range v.Referring(a.Key()) {
		switch r := r.(type) {
		case *record.Pledge:
			if r.Under == id {
				x.pledge(r)
			}
		case *record.Programme:
			x.programme(r)
		case *record.Fund:
			x.fund(r)
		case *record.Assignment:
			if r.Under == id {
				x.assignment(r)
			}
		}
	}
	x.parents()
	x.edit.put = append(x.edit.put, ended(a, on, x.month))
	x.edit.says = x.sentence(a.Name() + " ends in " + monthText(x.month))
	return &x.edit, nil
}

// ended is an agreement whose last stage is its end.
func ended(a *record.Agreement, on record.Day, month record.Month) *record.Agreement {
	if on.IsZero() {
		on = monthDay(month)
	}
	c := record.Clone(a).(*record.Agreement)
	c.Status = slices.DeleteFunc(c.Status, func(s record.AgreementStatus) bool {
		return !s.On.IsZero() && s.On.First() >= on.First()
	})
	c.Status = append(c.Status, record.AgreementStatus{Is: record.Ended, On: on})
	return c
}

// ending is an edit that lets commitments end in a month: nothing is given in
// it or later, save what has been handed over.
type ending struct {
	edit
	v        *register.View
	month    record.Month
	whole    bool                      // the plan begins no earlier: all that is not handed over is gone
	ends     func(*record.Pledge) bool // whether a pledge ends of itself
	n        counts
	stays    map[record.ResourceID]some // handed over; money under the empty id
	lost     map[record.PledgeID]some   // by pledges that do not end, of which parts do
	grounded []*record.Unit             // units that stay home from the month on
}

func newEnding(v *register.View, from record.Day, o plan.Options, ends func(*record.Pledge) bool) *ending {
	x := &ending{v: v, month: o.Start, ends: ends, stays: map[record.ResourceID]some{}, lost: map[record.PledgeID]some{}}
	if !from.IsZero() && from.First() != record.Beginning {
		x.month = from.First().Month()
	}
	x.whole = x.month <= o.Start
	return x
}

// late reports whether a day is in the month of the ending or after it.
func (x *ending) late(d record.Date) bool { return d.Month() >= x.month }

// open reports whether a term that may be open lasts into that month.
func (x *ending) open(to record.Day) bool { return x.late(register.TermEnd(to)) }

// last is the month before, as a day.
func (x *ending) last() record.Day { return monthDay(x.month - 1) }

func (x *ending) pledge(p *record.Pledge) {
	parts := partsOf(x.v, p)
	gone, left := some{}, false
	until := x.month - 1
	counted := x.v.Ancestor(p, func(up *record.Pledge) bool { return sameThing(p, up) && x.ends(up) }) != nil
	for i := range parts {
		part := &parts[i]
		if !counted {
			x.stays[p.Resource] = x.stays[p.Resource].plus(part.there)
		}
		if !part.there.none() {
			until = max(until, part.on.First().Month())
		}
		if !part.rest.none() && (x.whole || x.late(part.on.First())) {
			gone, part.rest = gone.plus(part.rest), some{}
		}
		left = left || !part.rest.none()
	}
	cut := left && p.Amount == nil && x.open(p.Until)
	if gone.none() && !cut {
		return
	}
	x.n.pledges++
	x.loseFromParents(p, gone)
	c := relotted(p, parts)
	if cut {
		c.Until = monthDay(until)
	}
	x.replace(p.Key(), c, c != nil)
}

// loseFromParents notes what pledges that go on lose with their part p.
func (x *ending) loseFromParents(p *record.Pledge, gone some) {
	same := func(up *record.Pledge) bool { return sameThing(p, up) }
	seen := map[*record.Pledge]bool{p: true}
	for up := x.v.Ancestor(p, same); up != nil && !seen[up]; up = x.v.Ancestor(up, same) {
		seen[up] = true
		if !x.ends(up) {
			id := record.PledgeID(up.ID)
			x.lost[id] = x.lost[id].plus(gone)
		}
	}
}

// parents takes from pledges that go on what ends of their parts: the last
// lots first, and nothing of what has been handed over.
func (x *ending) parents() {
	for _, id := range slices.Sorted(maps.Keys(x.lost)) {
		gone := x.lost[id]
		if gone.none() {
			continue
		}
		p, _ := x.v.Pledge(id)
		parts := partsOf(x.v, p)
		for i := len(parts) - 1; i >= 0; i-- {
			taken := parts[i].rest.upTo(gone)
			parts[i].rest, gone = parts[i].rest.less(taken), gone.less(taken)
		}
		c := relotted(p, parts)
		x.replace(p.Key(), c, c != nil)
	}
}

func (x *ending) programme(p *record.Programme) {
	if !x.open(p.To) {
		return
	}
	x.n.programmes++
	c := record.Clone(p).(*record.Programme)
	c.To = x.last()
	x.replace(p.Key(), c, !x.late(p.From.First()))
}

func (x *ending) production(p *record.Production) {
	if !x.open(p.To) {
		return
	}
	x.n.productions++
	c := record.Clone(p).(*record.Production)
	c.To = x.last()
	begun := !x.whole && (p.From.IsZero() || !x.late(p.From.First()))
	x.replace(p.Key(), c, begun)
}

func (x *ending) assignment(a *record.Assignment) {
	if !x.open(a.To) {
		return
	}
	x.n.assignments++
	c := record.Clone(a).(*record.Assignment)
	c.To = x.last()
	x.replace(a.Key(), c, !x.late(a.From.First()))
}

// fund lets a fund pay no more. It stays, so that what is paid into it lapses
// where everybody can see it.
func (x *ending) fund(f *record.Fund) {
	if !x.open(f.Expires) {
		return
	}
	x.n.funds++
	c := record.Clone(f).(*record.Fund)
	c.Expires = x.last()
	x.replace(f.Key(), c, true)
}

func (x *ending) unit(u *record.Unit) {
	x.n.units++
	if x.whole {
		x.replace(u.Key(), nil, false)
		return
	}
	x.grounded = append(x.grounded, u)
}

// block keeps the grounded units from tours in or after the month: each gets
// an exclusive assignment at home, under an agreement that says why.
func (x *ending) block(party record.PartyID) {
	if len(x.grounded) == 0 {
		return
	}
	id := free(x.v, record.KindAgreement, "withdrawal-"+strings.ToLower(string(party)))
	x.put = append(x.put, &record.Agreement{
		Common:  record.Common{Kind: record.KindAgreement, ID: id, Title: "Withdrawal of " + string(party), By: party},
		Type:    "withdrawal",
		Parties: []record.PartyID{party},
		Status:  []record.AgreementStatus{{Is: record.InForce, On: monthDay(x.month)}},
	})
	x.devices = append(x.devices, record.Key{Kind: record.KindAgreement, ID: id})
	for _, u := range x.grounded {
		home := free(x.v, record.KindAssignment, "withdrawn-"+u.ID)
		x.devices = append(x.devices, record.Key{Kind: record.KindAssignment, ID: home})
		x.put = append(x.put, &record.Assignment{
			Common:    record.Common{Kind: record.KindAssignment, ID: home, By: party},
			Unit:      record.UnitID(u.ID),
			Under:     record.AgreementID(id),
			Role:      record.Recovering,
			From:      monthDay(x.month),
			Exclusive: true,
		})
	}
}

// free is an id of a kind that the view does not have yet.
func free(v *register.View, k record.Kind, id string) string {
	id = id[:min(len(id), 90)]
	for {
		if _, taken := v.Get(record.Key{Kind: k, ID: id}); !taken {
			return id
		}
		id += "-x"
	}
}
