// Package world draws registers of invented worlds, for tests and benchmarks.
//
// Generate is a pure function: the same size and seed give the same records,
// byte for byte. Every party, place and figure is invented; parties have codes
// that ISO 3166-1 leaves to its users, so that none is a real nation. What a
// planner must cope with is in every world of more than a few needs: quantities
// with heavy tails, overlapping caveats, several funds for one use, slack and
// tight resources, needs that nobody can meet, partial and later hand-overs,
// schedules, losses, notice, currencies, ceilings, lapsing money and rotation.
package world

import (
	"math/rand/v2"

	"entente/record"
)

// Size says how much there is of everything.
type Size struct {
	Name         string
	Parties      int // nations that give; two receive besides
	Places       int
	Resources    int
	Capabilities int
	Months       int
	Needs        int
	Lots         int // parts of pledges of resources: a schedule of three entries counts three
	Programmes   int
	Productions  int
	Funds        int
	Units        int
	Rotation     bool // units may be sent on tours; otherwise they are where they are
}

// The sizes that benchmarks speak of.
var (
	S       = Size{"S", 20, 6, 40, 14, 24, 40, 600, 12, 8, 8, 24, true}
	M       = Size{"M", 57, 10, 100, 36, 36, 200, 5000, 60, 20, 30, 90, true}
	L       = Size{"L", 57, 10, 100, 36, 60, 2000, 50000, 60, 20, 30, 90, true}
	Quarter = Size{"Q", 8, 3, 12, 5, 12, 10, 150, 4, 3, 4, 6, true}
)

// Named finds a size by its letter.
func Named(name string) (Size, bool) {
	for _, s := range []Size{S, M, L, Quarter} {
		if s.Name == name {
			return s, true
		}
	}
	return Size{}, false
}

// Tiny is a size that a test can check many of: it is drawn too, so that the
// worlds of different seeds differ in shape.
func Tiny(seed uint64) Size {
	r := rand.New(rand.NewPCG(seed, 2))
	return Size{
		Name: "T", Parties: 3, Places: 1 + r.IntN(3), Resources: 2 + r.IntN(4), Capabilities: 1 + r.IntN(2), Months: 3 + r.IntN(4),
		Needs: 2 + r.IntN(2), Lots: 2 + r.IntN(5), Programmes: r.IntN(3), Productions: r.IntN(2), Funds: 1 + r.IntN(3), Units: r.IntN(3), Rotation: r.IntN(2) == 0,
	}
}

// Start is month 0 of every world.
var Start = record.MustDay("2025-01")

// AsOf is the day that worlds are looked at: some months after the start, so
// that not everything that will be said has been said.
var AsOf = record.MustDay("2025-02-15")

// Settings are those of a world of size s.
func Settings(s Size) record.Settings {
	return record.Settings{Title: "An invented world of size " + s.Name, Owner: "ENTENTE", AsOf: AsOf, Start: Start, Months: s.Months}
}

// Generate draws the records of a world.
func Generate(s Size, seed uint64) []record.Record {
	g := &generator{Size: s, dice: dice{rand.New(rand.NewPCG(seed, 1))}, used: map[record.ResourceID][]record.NeedID{}}
	g.parties()
	g.places()
	g.resources()
	g.capabilities()
	g.needs()
	g.pledges()
	g.productions()
	g.programmes()
	g.funds()
	g.units()
	return g.out
}

// generator keeps what later records refer to.
type generator struct {
	Size
	dice
	out []record.Record

	givers     []record.PartyID
	receivers  []record.PartyID
	sites      []record.PlaceID // where needs are
	theatres   []record.PlaceID
	goods      []*record.Resource
	recipes    []*record.Capability
	demands    []*record.Need
	demand     map[record.ResourceID]*demand
	used       map[record.ResourceID][]record.NeedID // by which needs
	purses     []*record.Fund
	elements   []*record.Unit
	agreements []record.AgreementID
}

// demand is how much of a resource all needs together ask for.
type demand struct {
	peak  float64 // in the month of most, for what is kept
	total float64 // over the horizon, for what is used up
}

func (g *generator) add(r record.Record) { g.out = append(g.out, r) }

// common begins a record.
func common(k record.Kind, id string) record.Common { return record.Common{Kind: k, ID: id} }
