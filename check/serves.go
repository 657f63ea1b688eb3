package check

import (
	"slices"

	"entente/record"
	"entente/register"
)

// supply answers who may serve a need, by the same law as the planner: the
// recipient is the need's party or includes it, every list of only names the
// need, and no list of not does.
type supply struct {
	v           *register.View
	pledges     map[parcel][]*record.Pledge
	productions map[record.ResourceID][]*record.Production
	programmes  map[record.ResourceID][]*record.Programme
	needs       map[record.ResourceID][]*record.Need // that use the resource
	units       map[record.CapabilityID]bool         // that some unit gives
	groups      map[record.PartyID][]record.PartyID
}

// parcel is what is given to whom.
type parcel struct {
	resource record.ResourceID
	to       record.PartyID
}

func supplyOf(v *register.View) *supply {
	s := &supply{v: v, pledges: map[parcel][]*record.Pledge{}, productions: map[record.ResourceID][]*record.Production{},
		programmes: map[record.ResourceID][]*record.Programme{}, needs: map[record.ResourceID][]*record.Need{},
		units: map[record.CapabilityID]bool{}, groups: map[record.PartyID][]record.PartyID{}}
	for _, p := range v.Pledges() {
		if p.Resource != "" && said(v, p) {
			k := parcel{p.Resource, p.To}
			s.pledges[k] = append(s.pledges[k], p)
		}
	}
	for _, p := range v.Productions() {
		s.productions[p.Resource] = append(s.productions[p.Resource], p)
	}
	for _, p := range v.Programmes() {
		s.programmes[p.Trains] = append(s.programmes[p.Trains], p)
	}
	for _, n := range s.open() {
		if c, ok := v.Capability(n.Capability); ok {
			for _, r := range recipe(c) {
				s.needs[r] = append(s.needs[r], n)
			}
		}
	}
	for _, u := range v.Units() {
		for c, n := range u.Gives {
			s.units[c] = s.units[c] || n > 0
		}
	}
	return s
}

// open lists the needs that are not over.
func (s *supply) open() []*record.Need {
	return slices.DeleteFunc(s.v.Needs(), func(n *record.Need) bool { return over(s.v, n.To) })
}

// recipe lists what a capability takes, in order.
func recipe(c *record.Capability) []record.ResourceID {
	var rs []record.ResourceID
	for r, n := range c.Stock {
		if n > 0 {
			rs = append(rs, r)
		}
	}
	for r, n := range c.Monthly {
		if n > 0 {
			rs = append(rs, r)
		}
	}
	slices.Sort(rs)
	return rs
}

// leg is the leg of a resource, if the view has it.
func (s *supply) leg(r record.ResourceID) record.Leg {
	if res, ok := s.v.Resource(r); ok {
		return res.Leg
	}
	return ""
}

// pledged lists the pledges of r that may serve n.
func (s *supply) pledged(n *record.Need, r record.ResourceID) []*record.Pledge {
	var found []*record.Pledge
	for _, to := range s.recipients(n.For) {
		for _, p := range s.pledges[parcel{r, to}] {
			if s.admitted(n, p.Only, p.Not) {
				found = append(found, p)
			}
		}
	}
	return found
}

// recipients lists to whom a thing may be given so that it may serve a need of
// party p: to nobody in particular, to p, or to a group that p belongs to.
func (s *supply) recipients(p record.PartyID) []record.PartyID {
	if p == "" {
		return []record.PartyID{""}
	}
	to, ok := s.groups[p]
	if !ok {
		to = append([]record.PartyID{"", p}, s.v.GroupsOf(p)...)
		s.groups[p] = to
	}
	return to
}

// trained lists the programmes that may train r for n.
func (s *supply) trained(n *record.Need, r record.ResourceID) []*record.Programme {
	var found []*record.Programme
	for _, p := range s.programmes[r] {
		if s.admitted(n, p.Only, p.Not) {
			found = append(found, p)
		}
	}
	return found
}

// sold reports whether somebody can still make r for n.
func (s *supply) sold(n *record.Need, r record.ResourceID) bool {
	return slices.ContainsFunc(s.productions[r], func(p *record.Production) bool {
		return !over(s.v, p.To) && s.admitted(n, p.Only, p.Not)
	})
}

func (s *supply) admitted(n *record.Need, only, not *record.Scope) bool {
	return (only == nil || s.namedByAll(n, only)) && (not == nil || !s.namedByAny(n, not))
}

func (s *supply) namedByAll(n *record.Need, sc *record.Scope) bool {
	return (len(sc.Needs) == 0 || slices.Contains(sc.Needs, record.NeedID(n.ID))) &&
		(len(sc.Places) == 0 || s.inOneOf(n.At, sc.Places)) &&
		(len(sc.Capabilities) == 0 || slices.Contains(sc.Capabilities, n.Capability)) &&
		(len(sc.Parties) == 0 || s.ofOneOf(n.For, sc.Parties))
}

func (s *supply) namedByAny(n *record.Need, sc *record.Scope) bool {
	return slices.Contains(sc.Needs, record.NeedID(n.ID)) || s.inOneOf(n.At, sc.Places) ||
		slices.Contains(sc.Capabilities, n.Capability) || s.ofOneOf(n.For, sc.Parties)
}

func (s *supply) inOneOf(at record.PlaceID, places []record.PlaceID) bool {
	return slices.ContainsFunc(places, func(p record.PlaceID) bool { return s.v.Within(at, p) })
}

func (s *supply) ofOneOf(p record.PartyID, parties []record.PartyID) bool {
	return p != "" && slices.ContainsFunc(s.recipients(p)[1:], func(g record.PartyID) bool { return slices.Contains(parties, g) })
}

// state is how far a resource is provided for.
type state uint8

const (
	missing   state = iota // nobody has said anything
	announced              // in words only
	provided               // committed, trained or made
)

// stateOf says how far r is provided for n.
func (s *supply) stateOf(n *record.Need, r record.ResourceID) state {
	if len(s.trained(n, r)) > 0 || s.sold(n, r) {
		return provided
	}
	st := missing
	for _, p := range s.pledged(n, r) {
		if s.v.Rung(p) >= record.Committed {
			return provided
		}
		st = announced
	}
	return st
}

// committed lists the pledges of r that may serve n and are more than words.
func (s *supply) committed(n *record.Need, r record.ResourceID) []*record.Pledge {
	return slices.DeleteFunc(s.pledged(n, r), func(p *record.Pledge) bool { return s.v.Rung(p) < record.Committed })
}
