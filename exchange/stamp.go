package exchange

import (
	"fmt"
	"strings"

	"entente/record"
)

// Stamp is what every export carries, so that a paper that has left the house
// still says what it was made from and who may read it.
type Stamp struct {
	Title  string         `json:"title,omitempty"`
	Owner  record.PartyID `json:"owner,omitempty"`
	Label  record.Label   `json:"label"`  // who may see everything in it
	AsOf   record.Date    `json:"-"`      // the day of the register
	Reader string         `json:"reader"` // for whom it was made
	Head   string         `json:"head"`   // hash of every record that it was made from
	Size   int64          `json:"ledger_size,omitempty"`
	Root   string         `json:"ledger_root,omitempty"` // of the ledger of that size
}

// Releasable is the label in words.
func (s Stamp) Releasable() string {
	switch {
	case s.Label.Public:
		return "Releasable to everybody"
	case len(s.Label.Parties) == 0:
		return "Releasable to nobody but who states it"
	}
	names := make([]string, len(s.Label.Parties))
	for i, p := range s.Label.Parties {
		names[i] = string(p)
	}
	return "Releasable to " + strings.Join(names, ", ")
}

// Lines are the stamp for people, a name and a value each.
func (s Stamp) Lines() [][2]string {
	lines := [][2]string{{"Register", s.Title}, {"Label", s.Releasable()}, {"As of", s.AsOf.String()}, {"Made for", s.Reader}, {"Head", s.Head}}
	if s.Size > 0 {
		lines = append(lines, [2]string{"Ledger", fmt.Sprintf("%d entries, root %s", s.Size, s.Root)})
	}
	return lines
}

// String is the stamp on one line.
func (s Stamp) String() string {
	var parts []string
	for _, l := range s.Lines() {
		if l[1] != "" {
			parts = append(parts, l[0]+": "+l[1])
		}
	}
	return strings.Join(parts, "; ")
}
