package record

import "slices"

// Rung is how far a pledge has come on the ladder from words to service.
type Rung uint8

// The ladder. The zero Rung is below it: nothing is promised.
const (
	NoRung Rung = iota
	Announced
	Pledged
	Committed
	Allocated
	Funded
	Contracted
	Ready
	InTransit
	HandedOver
	InService
)

var rungNames = []string{"", "announced", "pledged", "committed", "allocated", "funded", "contracted", "ready", "in-transit", "handed-over", "in-service"}

// Rungs lists the ladder from the ground up.
func Rungs() []string { return slices.Clone(rungNames[1:]) }

// ParseRung reads the name of a rung; a party's own term is not one.
func ParseRung(name string) (Rung, bool) {
	i := slices.Index(rungNames, name)
	return Rung(max(i, 0)), i > 0
}

// String is the name of the rung.
func (r Rung) String() string { return rungNames[r] }
