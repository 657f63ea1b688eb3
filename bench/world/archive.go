package world

import (
	"fmt"
	"math/rand/v2"

	"entente/record"
)

// Archive is a world of size S with all that a register keeps beside what is
// planned with: documents that state it, promises that were handed over, units
// and what they were assigned to, up to n records in all. Every fourth document,
// promise and unit is for some parties alone, and the places are points, so that
// readers see different registers and maps are drawn.
func Archive(n int, seed uint64) []record.Record {
	g := &generator{Size: S, dice: dice{rand.New(rand.NewPCG(seed, 3))}, out: Generate(S, seed)}
	for _, r := range g.out {
		switch r := r.(type) {
		case *record.Party:
			if r.Type == "nation" {
				g.givers = append(g.givers, record.PartyID(r.ID))
			}
		case *record.Place:
			g.sites = append(g.sites, record.PlaceID(r.ID))
		case *record.Agreement:
			g.agreements = append(g.agreements, record.AgreementID(r.ID))
		}
	}
	left := n - len(g.out)
	g.past(left)
	return g.out
}

// kept is a record of the archive: whose it is, where it is written, who sees it.
func (g *generator) kept(k record.Kind, id, title string, written record.DocumentID) record.Common {
	c := common(k, id)
	c.Title, c.By = title, pick(g.dice, g.givers)
	c.Release = &record.Label{Public: true}
	if g.chance(0.25) {
		c.Release = &record.Label{Parties: some(g.dice, g.givers, 4)}
	}
	if written != "" {
		c.Sources = []record.Source{{Document: written, At: fmt.Sprintf("page %d", g.between(1, 40))}}
	}
	return c
}

// past adds n records: of ten, three documents, five promises, a unit and what
// it was assigned to.
func (g *generator) past(n int) {
	var goods []*record.Resource
	for i := range min(60, n) {
		r := &record.Resource{Common: common(record.KindResource, ordinal("stores", i)), Name: fmt.Sprintf("Stores of class %d", i), Leg: record.Equipment, Unit: "piece"}
		goods = append(goods, r)
		g.add(r)
	}
	var document record.DocumentID
	var unit *record.Unit
	for i := range n - len(goods) {
		switch i % 10 {
		case 0, 3, 6:
			d := &record.Document{Common: g.kept(record.KindDocument, ordinal("paper", i), fmt.Sprintf("Statement %d on deliveries", i), ""), Publisher: "A ministry", Published: g.day(g.between(-30, 0))}
			document = record.DocumentID(d.ID)
			g.add(d)
		case 8:
			unit = &record.Unit{Common: g.kept(record.KindUnit, ordinal("formation", i), fmt.Sprintf("Formation %d", i), document), Type: "infantry", Echelon: "battalion", Home: pick(g.dice, g.sites)}
			g.add(unit)
		case 9:
			a := &record.Assignment{Common: g.kept(record.KindAssignment, ordinal("tour", i), "", document), Unit: record.UnitID(unit.ID), Under: pick(g.dice, g.agreements), Role: record.Deployed, At: pick(g.dice, g.sites)}
			first := g.between(-30, -2)
			a.From, a.To = month(first), month(first+g.between(2, 8))
			g.add(a)
		default:
			q := record.Exactly(float64(g.between(1, 5000)))
			first := g.between(-30, -4)
			g.add(&record.Pledge{Common: g.kept(record.KindPledge, ordinal("given", i), fmt.Sprintf("Consignment %d", i), document), Resource: record.ResourceID(pick(g.dice, goods).ID), Quantity: &q, From: month(first),
				Status: []record.RungStatus{{Is: "committed", On: g.day(first - 3)}, {Is: "handed-over", On: g.day(first)}}})
		}
	}
}
