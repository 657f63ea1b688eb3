package register

import (
	"context"
	"slices"

	"entente/access"
	"entente/ledger"
	"entente/record"
)

// sight is what a reader may see of a tree: the records, and who belongs to what
// as far as they can know.
//
// A label that names a group shows a record to its members, and who they are is
// said by records too. Only those count that the reader may see: a party record
// that is hidden from them makes them no member of anything. So the choice is the
// largest one that bears itself out, and taking every hidden record away changes
// nothing of it, whatever the policies say.
func (t *Tree) sight(at At) (seen []record.Record, groups memberships) {
	stated := make([]access.Resource, len(t.Records))
	var parties []int
	for i, r := range t.Records {
		stated[i] = access.Stated(r, t.Settings)
		if _, ok := r.(*record.Party); ok {
			parties = append(parties, i)
		}
	}
	var judge *access.Judge
	for before := -1; before != len(parties); {
		before = len(parties)
		groups = memberships{}
		for _, i := range parties {
			groups.join(t.Records[i].(*record.Party))
		}
		judge = t.Policies.For(access.Principal{Reader: at.Reader, Groups: groups.of(at.Reader.Party, at.On)})
		parties = slices.DeleteFunc(parties, func(i int) bool { return !judge.Sees(stated[i]) })
	}
	seen = make([]record.Record, 0, len(t.Records))
	for i, r := range t.Records {
		if _, party := r.(*record.Party); party {
			if _, ok := slices.BinarySearch(parties, i); !ok {
				continue
			}
		} else if !judge.Sees(stated[i]) {
			continue
		}
		seen = append(seen, r)
	}
	return seen, groups
}

// memberships are the organisations and groups that parties belong to.
type memberships map[record.PartyID][]membership

type membership struct {
	of       record.PartyID
	from, to record.Date
}

// join makes the members of p its members.
func (ms memberships) join(p *record.Party) {
	for _, m := range p.Members {
		ms[m.Party] = append(ms[m.Party], membership{record.PartyID(p.ID), first(m.From), last(m.To)})
	}
}

// of lists what p belongs to on a day, directly or through another group.
func (ms memberships) of(p record.PartyID, on record.Date) []record.PartyID {
	var found []record.PartyID
	add := func(member record.PartyID) {
		for _, m := range ms[member] {
			if m.from <= on && on <= m.to && m.of != p && !slices.Contains(found, m.of) {
				found = append(found, m.of)
			}
		}
	}
	add(p)
	for i := 0; i < len(found); i++ {
		add(found[i])
	}
	return found
}

// principal is the view's reader, with the groups of the view's day.
func (v *View) principal() access.Principal {
	return access.Principal{Reader: v.at.Reader, Groups: v.GroupsOf(v.at.Reader.Party)}
}

// May answers whether the view's reader may do a to r, and why. Whether r is in
// the view makes no difference: it may be an earlier revision of a record, or one
// that somebody proposes.
func (v *View) May(a access.Action, r record.Record) access.Decision {
	return v.policies.Decide(v.principal(), a, access.Stated(r, v.settings))
}

// MaySee is May of seeing.
func (v *View) MaySee(r record.Record) bool {
	return v.policies.For(v.principal()).Sees(access.Stated(r, v.settings))
}

// MaySeeEntry is MaySee for an entry of a ledger: for the record that it states
// or, where it retires one, the record that it retires.
func (v *View) MaySeeEntry(ctx context.Context, l *ledger.Ledger, e ledger.Entry) (bool, error) {
	if e.Retired() {
		var err error
		if e, err = l.Entry(ctx, e.Replaces); err != nil {
			return false, err
		}
	}
	r, err := e.Record()
	return err == nil && v.MaySee(r), err
}

// By is the party that states r: its own word, or the register's owner.
func (v *View) By(r record.Record) record.PartyID { return access.Stated(r, v.settings).By }

// Label is who may see r: its own word, or the register's.
func (v *View) Label(r record.Record) record.Label { return access.Stated(r, v.settings).Label }

// LabelOf is who may see what is derived from rs: those who may see each of them.
func (v *View) LabelOf(rs ...record.Record) record.Label {
	inputs := make([]access.Resource, len(rs))
	for i, r := range rs {
		inputs[i] = access.Stated(r, v.settings)
	}
	var parties []access.Party
	for _, p := range v.Parties() {
		id := record.PartyID(p.ID)
		parties = append(parties, access.Party{ID: id, Group: p.Type != "nation" || len(p.Members) > 0, Within: v.GroupsOf(id)})
	}
	return access.Narrowest(parties, inputs...)
}

// Narrowest is who may see what is derived from the whole view, as plans and
// reports are: those who may see every record of it.
func (v *View) Narrowest() record.Label { return v.LabelOf(v.records...) }
