package whatif

import (
	"slices"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// covers reports whether every list of s names the need: an empty scope covers
// all needs. A place covers what lies in it, a party what is for its members.
func covers(v *register.View, s *record.Scope, n *record.Need) bool {
	return (len(s.Needs) == 0 || slices.Contains(s.Needs, record.NeedID(n.ID))) &&
		(len(s.Places) == 0 || slices.ContainsFunc(s.Places, func(p record.PlaceID) bool { return v.Within(n.At, p) })) &&
		(len(s.Capabilities) == 0 || slices.Contains(s.Capabilities, n.Capability)) &&
		(len(s.Parties) == 0 || n.For != "" && slices.ContainsFunc(s.Parties, func(p record.PartyID) bool { return v.Includes(p, n.For) }))
}

// excludes reports whether any list of s names the need.
func excludes(v *register.View, s *record.Scope, n *record.Need) bool {
	for _, one := range []record.Scope{{Needs: s.Needs}, {Places: s.Places}, {Capabilities: s.Capabilities}, {Parties: s.Parties}} {
		empty := len(one.Needs)+len(one.Places)+len(one.Capabilities)+len(one.Parties) == 0
		if !empty && covers(v, &one, n) {
			return true
		}
	}
	return false
}

// serves reports whether a pledge of a resource may serve the need.
func serves(v *register.View, p *record.Pledge, n *record.Need) bool {
	return per(v, n, p.Resource) > 0 &&
		(p.To == "" || n.For != "" && v.Includes(p.To, n.For)) && admits(v, p.Only, p.Not, n)
}

// admits reports whether caveats let something serve the need.
func admits(v *register.View, only, not *record.Scope, n *record.Need) bool {
	return (only == nil || covers(v, only, n)) && (not == nil || !excludes(v, not, n))
}

// per is how much of a resource one unit of the need takes.
func per(v *register.View, n *record.Need, r record.ResourceID) float64 {
	c, ok := v.Capability(n.Capability)
	if !ok {
		return 0
	}
	return max(c.Stock[r], c.Monthly[r])
}

// unitMonths is what a need asks for over the horizon.
func unitMonths(n *record.Need, o plan.Options) float64 {
	total := 0.0
	for t := range o.Months {
		m := o.Start + record.Month(t)
		if m < n.From.First().Month() || m > n.To.Last().Month() {
			continue
		}
		q := 0.0
		for _, s := range n.Quantity {
			if s.From.IsZero() || s.From.First().Month() <= m {
				q = s.Quantity.Max
			}
		}
		total += q
	}
	return total
}
