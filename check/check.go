// Package check reads a register as a planner would and says what is wrong,
// late, missing or doubtful in it.
//
// A rule is a pure function from a View to findings. It sees what its reader
// may see and nothing else, knows no clock (today is the view's day), and never
// stops the line: whatever it finds is a value with a sentence and a remedy.
// The same view always gives the same findings in the same order.
//
// Rules look for contradictions and gaps between facts, not for mistakes in one
// record; those are refused by record.Parse. One cause gives one finding, even
// where it shows in many records.
package check

import (
	"cmp"
	"fmt"
	"slices"

	"entente/record"
	"entente/register"
)

// Level is how much a finding matters.
type Level uint8

// The levels, from worth knowing to wrong.
const (
	Note    Level = iota // worth knowing; nothing need be done
	Warning              // somebody should decide something
	Error                // the register contradicts itself, or a promise cannot be kept
)

var levelNames = []string{"note", "warning", "error"}

// String is the level's name.
func (l Level) String() string { return levelNames[l] }

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, error) {
	i := slices.Index(levelNames, name)
	if i < 0 {
		return 0, fmt.Errorf("%q is not a level; write note, warning or error", name)
	}
	return Level(i), nil
}

// Finding is one thing that a planner should know: which rule found it, in
// which records, what it is in a sentence, and what to do next.
type Finding struct {
	Rule    string
	Level   Level
	Records []record.Key
	Pos     record.Pos // of Records[0]
	Says    string
	Fix     string
}

// Rule is one question asked of a register.
type Rule struct {
	ID    string
	Title string
	run   func(*register.View) []Finding
}

// Rules lists every rule in reading order: what is broken first, then promises,
// forces, money, training and needs, and last the evidence. A new rule needs a
// line here, a file in testdata and a row in docs/checks.md.
var Rules = []Rule{
	{"broken-reference", "A reference points nowhere", brokenReference},
	{"circular", "A record is above itself", circular},
	{"unknown-rung", "A status word means no rung", unknownRung},

	{"over-promised", "More is promised than there is", overPromised},
	{"promise-overdue", "A promise is late", promiseOverdue},
	{"renewal-expired", "A promise was not renewed", renewalExpired},
	{"agreement-ended", "A promise runs under an agreement that does not", agreementEnded},
	{"obligation-overdue", "An obligation or decision is overdue", obligationOverdue},
	{"target-missed", "A target is missed", targetMissed},

	{"double-hatting", "A unit has two tasks at once", doubleHatting},
	{"rotation-broken", "A unit is away too long or again too soon", rotationBroken},

	{"fund-dry", "Something relies on a fund without money", fundDry},
	{"over-ceiling", "A fund is to pay more than it may", overCeiling},

	{"need-unanswered", "A part of a need is promised by nobody", needUnanswered},
	{"kit-without-crews", "Equipment is promised and people are not", kitWithoutCrews},
	{"crews-without-kit", "People are promised and equipment is not", crewsWithoutKit},
	{"training-too-late", "Training ends too late", trainingTooLate},

	{"sources-disagree", "Two sources state one fact differently", sourcesDisagree},
	{"quote-not-found", "A quote is not in its document", quoteNotFound},
	{"text-changed", "A document's text has changed", textChanged},
	{"value-outlier", "A figure cannot be right", valueOutlier},
	{"no-rate", "Money cannot be converted", noRate},
	{"counted-twice", "Two pledges look like one", countedTwice},
	{"text-not-held", "A document's text is not there", textNotHeld},
	{"no-source", "A fact has no source", noSource},
}

// Run asks every rule of v. The findings stand by level, the gravest first,
// then by rule and by records.
func Run(v *register.View) []Finding {
	var all []Finding
	for _, rule := range Rules {
		found := rule.run(v)
		for i := range found {
			found[i].Rule = rule.ID
			if r, ok := v.Get(found[i].Records[0]); ok {
				found[i].Pos = r.Base().Pos
			}
		}
		slices.SortFunc(found, byRecords)
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return int(b.Level) - int(a.Level) })
	return all
}

func byRecords(a, b Finding) int {
	return cmp.Or(slices.CompareFunc(a.Records, b.Records, record.Key.Compare), cmp.Compare(a.Says, b.Says))
}
