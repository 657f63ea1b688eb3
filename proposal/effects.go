package proposal

import (
	"fmt"
	"slices"

	"entente/check"
	"entente/register"
	"entente/shared"
)

// Effects are what would be otherwise if edits were accepted, as a view's reader
// would see it.
type Effects struct {
	Before, After   *register.View
	Raised, Cleared []check.Finding
}

// EffectsOf checks the register without and with the edits. What the plan would
// be is the planner's to say, from Before and After.
func EffectsOf(v *register.View, edits shared.Edits) Effects {
	e := Effects{Before: v, After: edits.View(v)}
	before, after := check.Run(e.Before), check.Run(e.After)
	e.Raised, e.Cleared = without(after, before), without(before, after)
	return e
}

// without lists the findings that are not among others. A finding is told by
// what it says of which records; where it stands may move.
func without(found, others []check.Finding) []check.Finding {
	there := map[string]bool{}
	for _, f := range others {
		there[told(f)] = true
	}
	return slices.DeleteFunc(slices.Clone(found), func(f check.Finding) bool { return there[told(f)] })
}

func told(f check.Finding) string { return fmt.Sprint(f.Rule, f.Level, f.Records, f.Says) }
