package access

import (
	"slices"

	"entente/record"
)

// Party is a party as labels know it, on the day asked for.
type Party struct {
	ID     record.PartyID
	Group  bool             // it has members, or may have
	Within []record.PartyID // the organisations and groups that it belongs to, directly or through another
}

// Narrowest is the label of what is derived from inputs: it shows the answer to
// those who may see every one of them, and to nobody else. Only parties are
// named; what is derived from nothing is public.
//
// A group is named only where every input is released to it or to a group that
// it belongs to, so that who joins it later may see all inputs too: that a group
// states an input itself does not show it to its members, and no label can name
// the one without the others.
func Narrowest(parties []Party, inputs ...Resource) record.Label {
	inputs = distinct(inputs)
	if len(inputs) == 0 {
		return record.Label{Public: true}
	}
	named := map[record.PartyID]bool{}
	for _, p := range parties {
		named[p.ID] = !slices.ContainsFunc(inputs, func(r Resource) bool {
			if p.Group {
				r.By = ""
			}
			return !CanSee(Reader{Party: p.ID}, r.By, r.Label, p.Within)
		})
	}
	label := record.Label{}
	for _, p := range parties {
		if named[p.ID] && !slices.ContainsFunc(p.Within, func(g record.PartyID) bool { return named[g] }) {
			label.Parties = append(label.Parties, p.ID)
		}
	}
	slices.Sort(label.Parties)
	return label
}

// distinct is what is left of inputs without those that are public, and each once.
func distinct(inputs []Resource) []Resource {
	seen := map[question]bool{}
	var left []Resource
	for _, r := range inputs {
		q := question{See, r.By, key(r.Label)}
		if !r.Label.Public && !seen[q] {
			seen[q] = true
			left = append(left, r)
		}
	}
	return left
}
