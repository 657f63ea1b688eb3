package check

import (
	"fmt"

	"entente/record"
	"entente/register"
)

// gap is what some needs of a capability lack.
type gap struct {
	capability      *record.Capability
	missing, spoken []record.ResourceID // promised by nobody; in words only
	needs           []*record.Need
}

// needUnanswered finds open needs for which some part of the recipe is provided
// by nobody (warning), or in words only (note), one finding for each capability
// and gap. People missing for promised kit, and kit for promised people, are
// left to the rules which say just that.
func needUnanswered(v *register.View) []Finding {
	s := supplyOf(v)
	gaps := map[string]*gap{}
	for _, n := range s.open() {
		c, ok := v.Capability(n.Capability)
		if !ok || s.units[n.Capability] {
			continue
		}
		g := gap{capability: c}
		g.missing, g.spoken = s.unanswered(n, c)
		if len(g.missing)+len(g.spoken) == 0 && !ofForcesAlone(c) {
			continue
		}
		key := fmt.Sprint(c.ID, g.missing, g.spoken)
		if gaps[key] == nil {
			gaps[key] = &g
		}
		gaps[key].needs = append(gaps[key].needs, n)
	}
	var found []Finding
	for _, g := range gaps {
		found = append(found, g.finding(s))
	}
	return found
}

func (g *gap) finding(s *supply) Finding {
	f := Finding{Level: Warning, Records: append(keys(g.needs...), g.capability.Key())}
	what := g.capability.Name + " for " + placesOf(s.v, g.needs)
	spoken := fmt.Sprintf("%s %s no higher than announced or pledged", s.ofLegs(g.spoken), verb(len(g.spoken), "is", "are"))
	switch {
	case ofForcesAlone(g.capability):
		f.Says = what + " has no answer: it has no recipe, and no unit gives it"
		f.Fix = "ask for a Unit that gives it, or write stock and monthly of the Capability"
	case len(g.missing) > 0:
		f.Says = fmt.Sprintf("%s has no answer: nobody promises, trains or makes %s", what, s.ofLegs(g.missing))
		if len(g.spoken) > 0 {
			f.Says += "; " + spoken
		}
		f.Fix = "ask for a Pledge, a Production or a Programme of it, or a Unit that gives the capability"
	default:
		f.Level = Note
		f.Says = what + " stands on words only: " + spoken
		f.Fix = "ask the givers to commit it"
	}
	return f
}

// ofForcesAlone reports whether a capability can come from units only.
func ofForcesAlone(c *record.Capability) bool { return len(recipe(c)) == 0 && c.Running == nil }

// unanswered lists what of the recipe is missing, and what is only spoken of.
func (s *supply) unanswered(n *record.Need, c *record.Capability) (none, spoken []record.ResourceID) {
	kit, crews := false, false
	states := map[record.ResourceID]state{}
	for _, r := range recipe(c) {
		states[r] = s.stateOf(n, r)
		kit = kit || s.leg(r) == record.Equipment && len(s.committed(n, r)) > 0
		crews = crews || s.leg(r) == record.People && states[r] == provided
	}
	for _, r := range recipe(c) {
		leg := s.leg(r)
		switch {
		case leg == "" || leg == record.People && kit || leg == record.Equipment && crews:
		case states[r] == missing:
			none = append(none, r)
		case states[r] == announced:
			spoken = append(spoken, r)
		}
	}
	return none, spoken
}

// ofLegs names resources with their legs.
func (s *supply) ofLegs(rs []record.ResourceID) string {
	words := make([]string, len(rs))
	for i, r := range rs {
		words[i] = fmt.Sprintf("%s (%s)", resourceName(s.v, r), s.leg(r))
	}
	return list(words)
}
