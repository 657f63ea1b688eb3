package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"entente/access"
	"entente/bench/world"
	"entente/record"
	"entente/register"
)

// aWorld is an invented register with random labels, a reader of it, and what of
// it that reader may see.
type aWorld struct {
	seed     uint64
	settings record.Settings
	records  []record.Record
	texts    map[string]string // of documents, by file
	policies []access.File
	at       register.At
	seen     []record.Record
}

// drawWorld invents one: a tiny world that a plan can be made of, and in it, at
// random, who states what and who may see it, groups that hide who belongs to
// them, documents with quotes, scenarios, parts of pledges, references that point
// nowhere, and policies of the register's own.
func drawWorld(seed uint64) aWorld {
	size := world.Tiny(seed)
	d := worldDice{rand.New(rand.NewPCG(seed, 4)), nil, size.Parties + 2}
	w := aWorld{seed: seed, settings: world.Settings(size), texts: map[string]string{}}
	w.records = append(world.Generate(size, seed), parsed(d.extras(w.texts))...)
	for _, r := range w.records {
		d.keys = append(d.keys, r.Key())
	}
	for _, r := range w.records {
		d.mark(r)
	}
	if d.IntN(3) == 0 {
		l := d.label()
		w.settings.Release = &l
	}
	if d.IntN(4) == 0 {
		w.policies = d.policies()
	}
	w.at = register.At{On: world.AsOf.Last(), Reader: d.reader(len(w.policies) > 0)}
	w.seen = w.visible()
	return w
}

func parsed(text string) []record.Record {
	rs, errs := record.Parse("world.yaml", []byte(text))
	if len(errs) > 0 {
		panic(errs.Error() + "\n" + text)
	}
	return rs
}

type worldDice struct {
	*rand.Rand
	keys    []record.Key
	nations int
}

func (d worldDice) nation() record.PartyID {
	return record.PartyID([]byte{'X', 'A', byte('A' + d.IntN(d.nations))})
}

func (d worldDice) party() record.PartyID {
	if d.IntN(2) == 0 {
		return d.nation()
	}
	return []record.PartyID{"ALLIANCE", "LEAGUE", "FRIENDS", "CLUB", "RING", "ENTENTE"}[d.IntN(6)]
}

// label is one of few, so that what is joined by references often is not seen by
// one reader.
func (d worldDice) label() record.Label {
	switch d.IntN(5) {
	case 0:
		return record.Label{Public: true}
	case 1:
		return record.Label{}
	case 2:
		return record.Label{Parties: []record.PartyID{d.nation()}}
	case 3:
		return record.Label{Parties: []record.PartyID{d.party()}}
	}
	a, b := d.party(), d.nation()
	if a == b {
		b = "ENTENTE"
	}
	return record.Label{Parties: []record.PartyID{a, b}}
}

func (d worldDice) reader(ownPolicies bool) access.Reader {
	r := access.Reader{Party: d.party(), Roles: access.Roles(d.IntN(8))}
	switch d.IntN(8) {
	case 0:
		return access.Public
	case 1:
		r.Party = "ZZZ" // of whom nobody has heard
	case 2:
		r.All = ownPolicies // from whom only they can hide anything
	}
	return r
}

// ownersAlone reports whether a record is always the owner's word: by is the day
// of a target, and so it cannot name a party.
func ownersAlone(r record.Record) bool { return r.Key().Kind == record.KindTarget }

// mark gives r a label and whoever states it, some sources, and perhaps a
// reference that points nowhere, or to what others may not see.
func (d worldDice) mark(r record.Record) {
	b := r.Base()
	if d.IntN(2) == 0 {
		l := d.label()
		b.Release = &l
	}
	if !ownersAlone(r) && b.By == "" && d.IntN(3) == 0 {
		b.By = d.party()
	}
	if d.IntN(4) == 0 {
		b.Sources = append(b.Sources, record.Source{Document: record.DocumentID(fmt.Sprintf("paper-%d", d.IntN(4))), Quote: []string{"two fire units", "three fire units"}[d.IntN(2)]})
	}
	switch r := r.(type) {
	case *record.Pledge:
		if d.IntN(4) == 0 {
			r.PartOf = record.PledgeID(d.id(record.KindPledge, r.ID))
		}
		if d.IntN(4) == 0 {
			r.Under = record.AgreementID(d.id(record.KindAgreement, ""))
		}
	case *record.Place:
		if d.IntN(6) == 0 {
			r.Within = record.PlaceID(d.id(record.KindPlace, r.ID))
		}
	case *record.Need:
		if d.IntN(6) == 0 {
			r.Under = record.AgreementID(d.id(record.KindAgreement, ""))
		}
	}
}

// id is of some other record of a kind, or of none.
func (d worldDice) id(k record.Kind, not string) string {
	var ids []string
	for _, key := range d.keys {
		if key.Kind == k && key.ID != not {
			ids = append(ids, key.ID)
		}
	}
	if len(ids) == 0 || d.IntN(4) == 0 {
		return fmt.Sprintf("nowhere-%d", d.IntN(3))
	}
	return ids[d.IntN(len(ids))]
}

// extras are records of the kinds that invented worlds have not.
func (d worldDice) extras(texts map[string]string) string {
	n := func() any { return d.nation() }
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, "---\n"+format+"\n", args...) }
	a, c := d.nation(), d.nation()
	for c == a {
		c = d.nation()
	}
	add("{kind: Party, id: CLUB, name: The club, type: group, members: [%s, RING]}", a)
	add("{kind: Party, id: RING, name: The ring, type: group, members: [%s]}", c)
	for i := range 3 {
		add("{kind: Document, id: paper-%d, publisher: A ministry, published: 2024-12, text: paper-%d.txt}", i, i)
		texts[fmt.Sprintf("paper-%d.txt", i)] = "We give two fire units next spring."
	}
	add("{kind: Incident, id: raid, on: 2025-01-10, what: A raid, actors: [%s, %s], affects: [{needs: [need-00000], scale: 1.5}]}", a, c)
	add("{kind: Meeting, id: summit, on: 2025-01-20, participants: [%s, %s], decisions: [{id: a, what: Decide, owner: %s, due: 2025-02-01}]}", a, c, n())
	add("{kind: Exercise, id: drill, lead: %s, from: 2025-03, participants: [%s]}", a, c)
	add("{kind: Target, id: share, for: %s, measure: delivered-share, at_least: 0.5, by: 2025-12}", n())
	add("{kind: Scenario, id: leaves, changes: [{withdraw: %s}]}", n())
	add("{kind: Scenario, id: late, on: leaves, changes: [{delay: {party: %s}, months: 2}]}", n())
	add("{kind: Scenario, id: more, changes: [{scale: {places: [place-00000]}, by: 1.5}]}")
	add("{kind: Scenario, id: less, changes: [{change: {kind: Pledge, id: pledge-00000, set: {note: changed}}}, {end: agreement-00000, on: 2025-02}]}")
	add("{kind: Scenario, id: adds, changes: [{add: {kind: Pledge, id: extra, by: %s, resource: resource-00000, quantity: 3, from: 2025-01, part_of: pledge-00001, under: agreement-00001, status: [{is: committed, on: 2025-01}]}}]}", n())
	return b.String()
}

// policies are a register's own, that permit and forbid without much sense.
func (d worldDice) policies() []access.File {
	party := func() any { return d.party() }
	all := []string{
		fmt.Sprintf(`permit (principal in Party::"%s", action == Action::"see", resource) when { resource has by && resource.by == Party::"%s" };`, party(), party()),
		fmt.Sprintf(`forbid (principal in Party::"%s", action == Action::"see", resource) when { resource.released.contains(Party::"%s") };`, party(), party()),
		fmt.Sprintf(`forbid (principal, action == Action::"see", resource) when { resource has by && resource.by == Party::"%s" } unless { principal in Party::"%s" };`, party(), party()),
		`permit (principal, action == Action::"see", resource) when { principal.roles.contains("auditor") };`,
		fmt.Sprintf(`forbid (principal, action == Action::"see", resource) when { !(principal in Party::"%s") && resource.released.isEmpty() && !resource.public };`, party()),
	}
	var text strings.Builder
	for i, p := range all {
		if d.IntN(2) == 0 {
			fmt.Fprintf(&text, "@id(\"drawn-%d\") @says(\"it was drawn\")\n%s\n", i, p)
		}
	}
	return []access.File{{Name: "drawn.cedar", Text: text.String()}}
}

func (w aWorld) parsedPolicies() *access.Policies {
	if len(w.policies) == 0 {
		return nil
	}
	p, err := access.Parse(w.policies...)
	if err != nil {
		panic(err)
	}
	return p
}

// visible says again what a view holds, in the simplest way: it asks the policies
// of each record, and leaves out party records until what is left bears out that
// they may be seen.
func (w aWorld) visible() []record.Record {
	policies := w.parsedPolicies()
	left := slices.Clone(w.records)
	for {
		groups := circle(left, w.at.Reader.Party, w.at.On)
		sees := func(r record.Record) bool {
			return policies.Decide(access.Principal{Reader: w.at.Reader, Groups: groups}, access.See, access.Stated(r, w.settings)).Allowed
		}
		was := len(left)
		left = slices.DeleteFunc(left, func(r record.Record) bool { return r.Key().Kind == record.KindParty && !sees(r) })
		if len(left) == was {
			return slices.DeleteFunc(left, func(r record.Record) bool { return !sees(r) })
		}
	}
}

// circle is what a party belongs to on a day: all that can be reached from it.
func circle(rs []record.Record, of record.PartyID, on record.Date) []record.PartyID {
	reached := []record.PartyID{of}
	for i := 0; i < len(reached); i++ {
		for _, r := range rs {
			g, ok := r.(*record.Party)
			if !ok || slices.Contains(reached, record.PartyID(g.ID)) {
				continue
			}
			for _, m := range g.Members {
				if m.Party == reached[i] && (m.From.IsZero() || m.From.First() <= on) && (m.To.IsZero() || m.To.Last() >= on) {
					reached = append(reached, record.PartyID(g.ID))
					break
				}
			}
		}
	}
	return reached[1:]
}

// tree is the register of these records.
func (w aWorld) tree(rs []record.Record) *register.Tree {
	t := register.NewTree(w.settings, rs...)
	t.Policies = w.parsedPolicies()
	return t.WithTexts(func(doc *record.Document) (register.Text, bool) {
		text, ok := w.texts[doc.Text]
		return register.TextOf([]byte(text)), ok
	})
}
