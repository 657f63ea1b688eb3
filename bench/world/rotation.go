package world

import (
	"fmt"
	"math/rand/v2"

	"entente/record"
)

// Rotation draws the records of a world in which there is nothing but units and
// posts: who relieves whom, when? Every unit can fill the posts of two kinds, is
// on tour for four, six or nine months, and then at home for twice as long.
func Rotation(units, posts, months int, seed uint64) []record.Record {
	g := &generator{Size: Size{Name: "R", Parties: 20, Places: 6, Months: months, Units: units, Rotation: true}, dice: dice{rand.New(rand.NewPCG(seed, 4))}}
	g.parties()
	g.places()
	const kinds = 6
	kind := func(i int) record.CapabilityID { return record.CapabilityID(fmt.Sprintf("presence-%d", i%kinds)) }
	for i := range kinds {
		g.add(&record.Capability{Common: common(record.KindCapability, string(kind(i))), Name: fmt.Sprintf("Presence of kind %d", i), Unit: "battalion"})
	}
	for i := range posts {
		n := &record.Need{Common: common(record.KindNeed, ordinal("post", i)), Capability: kind(i), At: pick(g.dice, g.sites), Priority: 1 + g.likely(3, 4, 3, 2, 1)}
		n.From, n.To = month(0), month(months-1)
		if g.chance(0.4) {
			first := g.between(0, months/3)
			n.From, n.To = month(first), month(g.between(first+months/3, months-1))
		}
		n.Quantity = record.Steps{{Quantity: record.Exactly(float64(1 + g.likely(4, 1)))}}
		g.add(n)
	}
	for i := range units {
		tour := []int{4, 6, 9}[g.likely(1, 1, 1)]
		u := &record.Unit{Common: common(record.KindUnit, ordinal("unit", i)), Type: "infantry", Home: "training-ground", Notice: g.between(0, 120)}
		u.By = pick(g.dice, g.givers)
		u.Gives = map[record.CapabilityID]float64{kind(i): 1, kind(i + 1 + g.between(0, kinds-2)): 1}
		u.Rotation = &record.Rotation{Tour: tour, Rest: 2 * tour, Prepare: g.between(0, 2)}
		g.add(u)
	}
	return g.out
}
