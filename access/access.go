// Package access decides who may see and do what. Every decision is pure: it
// depends on its arguments alone, so the whole policy is tested as one table.
//
// A Reader is who asks: a party, and the roles that a person holds in it. The
// answer is given by policies kept as text (Policies), the default ones in
// policies/default.cedar; a register may add its own. CanSee says the same as
// the default policies do of seeing, and nothing is decided twice: a Judge
// remembers one decision for each distinct label.
//
// By convention a record is always visible to the party that states it, and an
// empty label shows it to nobody else.
package access

import (
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

// Reader is who asks. The zero Reader is the public.
type Reader struct {
	Party record.PartyID // for whom; empty for the public
	All   bool           // the keeper of the register, who sees every record
	Roles Roles          // what they may do beyond reading
}

// Keeper is the reader who sees every record, as whoever holds the files does.
var Keeper = Reader{All: true}

// Public is the reader who sees only what is released to everybody.
var Public = Reader{}

// String names the reader for people.
func (r Reader) String() string {
	switch {
	case r.All:
		return "keeper"
	case r.Party == "":
		return "public"
	}
	return string(r.Party)
}

// Key tells any two readers apart, as String does not: policies may show the
// people of one party different records, by their roles.
func (r Reader) Key() string { return fmt.Sprintf("%s %t %d", r.Party, r.All, r.Roles) }

// Roles is a set of roles. The empty set only reads.
type Roles uint8

// The roles, each held within a party.
const (
	Owner       Roles = 1 << iota // of a party's records: writes, reviews, manages its people
	Coordinator                   // proposes to every party, reviews for their own
	Auditor                       // reads who did what, and witnesses the ledger
)

var roleNames = []string{"owner", "co-ordinator", "auditor"}

// Names lists the roles of the set, in the order in which they are defined.
func (rs Roles) Names() []string {
	names := []string{}
	for i, name := range roleNames {
		if rs&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String is the names joined; a set of none is a reader.
func (rs Roles) String() string {
	if rs == 0 {
		return "reader"
	}
	return strings.Join(rs.Names(), ", ")
}

// ParseRoles is the inverse of Names; "reader" names the empty set.
func ParseRoles(names ...string) (Roles, error) {
	var rs Roles
	for _, name := range names {
		i := slices.Index(roleNames, name)
		if i < 0 && name != "reader" {
			return 0, fmt.Errorf("%q is not a role; write reader, %s", name, strings.Join(roleNames, ", "))
		}
		if i >= 0 {
			rs |= 1 << i
		}
	}
	return rs, nil
}

// MarshalText and UnmarshalText keep roles in words.
func (rs Roles) MarshalText() ([]byte, error) { return []byte(strings.Join(rs.Names(), " ")), nil }

// UnmarshalText is the inverse of MarshalText.
func (rs *Roles) UnmarshalText(text []byte) (err error) {
	*rs, err = ParseRoles(strings.Fields(string(text))...)
	return err
}

// CanSee reports whether r may see a record stated by a party and labelled l.
// Groups are the organisations and groups that r's party belongs to on the day
// asked for; a label that names one of them includes r. The default policies
// say the same of the action See.
func CanSee(r Reader, by record.PartyID, l record.Label, groups []record.PartyID) bool {
	switch {
	case r.All || l.Public:
		return true
	case r.Party == "":
		return false
	case r.Party == by:
		return true
	}
	for _, p := range l.Parties {
		if p == r.Party || slices.Contains(groups, p) {
			return true
		}
	}
	return false
}
