package register

import (
	"maps"
	"slices"

	"entente/record"
)

// Changed returns the view that v would be with put in the place of records of
// the same key, and without drop, in one pass. As with Without, references to
// what is dropped read as absent; where a party is put, its memberships count
// too. A key that is both put and dropped is put. v is unchanged.
func (v *View) Changed(put []record.Record, drop map[record.Key]bool) *View {
	w := *v
	w.changed = true
	w.known = maps.Clone(v.known)
	w.groups = regrouped(v.groups, put)
	fresh := make(map[record.Key]record.Record, len(put))
	for _, r := range put {
		w.known[r.Key()]++
		fresh[r.Key()] = r
	}
	all := slices.Collect(maps.Values(fresh))
	for _, r := range v.records {
		if _, replaced := fresh[r.Key()]; !replaced && !drop[r.Key()] {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	w.broken = nil
	w.index(all)
	return &w
}

// regrouped is groups with the memberships that the parties among put state,
// instead of those that they stated before.
func regrouped(groups memberships, put []record.Record) memberships {
	cloned := false
	for _, r := range put {
		p, ok := r.(*record.Party)
		if !ok {
			continue
		}
		if !cloned {
			groups, cloned = maps.Clone(groups), true
		}
		for member, of := range groups {
			groups[member] = slices.DeleteFunc(slices.Clone(of), func(m membership) bool { return m.of == record.PartyID(p.ID) })
		}
		groups.join(p)
	}
	return groups
}
