// Package access decides who may see what. Every decision is pure: it depends
// on its arguments alone, so the whole policy can be tested as one table.
//
// By convention a record is always visible to the party that states it, and an
// empty label shows it to nobody else.
package access

import (
	"slices"

	"entente/record"
)

// Reader is who asks. The zero Reader is the public.
type Reader struct {
	Party record.PartyID // for whom; empty for the public
	All   bool           // the keeper of the register, who sees every record
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

// CanSee reports whether r may see a record stated by a party and labelled l.
// Groups are the organisations and groups that r's party belongs to on the day
// asked for; a label that names one of them includes r.
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
