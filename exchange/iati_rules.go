package exchange

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"entente/record"
)

// Breach is a rule of the IATI standard ruleset (version 2.03) that an activity
// does not keep.
type Breach struct {
	Rule     string // its number in the ruleset
	Severity string // error or warning
	Activity string
	Line     int
	Says     string
}

// iatiRules are the rules of the standard ruleset for activities that can be told
// from the file alone; those that ask whether a code is on a list of organisations
// are left out. Each returns what is wrong, or nothing.
var iatiRules = []struct {
	id, severity string
	check        func(a *element, today record.Date) string
}{
	{"1.1.3", "error", func(a *element, _ record.Date) string {
		return when(a.first("iati-identifier").said() == ref(a.first("reporting-org")), "the activity identifier is that of the reporting organisation")
	}},
	{"1.1.21", "warning", identifierBegins},
	{"1.3.1", "warning", func(a *element, _ record.Date) string {
		id := a.first("iati-identifier").said()
		return when(id == "" || strings.TrimSpace(id) != id, "the activity identifier is empty or has spaces around it")
	}},
	{"1.3.13", "warning", func(a *element, _ record.Date) string {
		return when(strings.ContainsAny(a.first("iati-identifier").said(), "/&|?"), "the activity identifier has one of the signs / & | ?")
	}},
	{"1.14.13", "warning", func(a *element, _ record.Date) string {
		return when(strings.ContainsAny(ref(a.first("reporting-org")), "/&|?"), "the reporting organisation's reference has one of the signs / & | ?")
	}},
	{"2.1.2", "error", sectorShares},
	{"2.2.1", "error", func(a *element, _ record.Date) string {
		for _, s := range a.each("sector") {
			if v := s.attr("vocabulary"); (v == "98" || v == "99") && s.first("narrative") == nil {
				return "a sector of the reporter's own vocabulary has no narrative"
			}
		}
		return ""
	}},
	{"3.1.2", "error", func(a *element, _ record.Date) string {
		return when(len(a.each("recipient-country")) > 1 && a.first("recipient-region") == nil && !addTo100(a.each("recipient-country")), "the percentages of recipient countries do not add up to 100")
	}},
	{"4.1.1", "error", func(a *element, _ record.Date) string {
		return when(a.attr("xml:lang") == "" && !all(a, "narrative", "xml:lang"), "neither the activity nor every narrative says its language")
	}},
	{"4.3.1", "error", func(a *element, _ record.Date) string {
		return when(a.path("title", "narrative").said() == "", "the title says nothing")
	}},
	{"6.2.2", "error", func(a *element, _ record.Date) string {
		return when(a.first("sector") == nil && !within(a.each("transaction"), "sector"), "there is no sector, neither of the activity nor of all transactions")
	}},
	{"6.7.2", "error", func(a *element, _ record.Date) string {
		n := 0
		for _, t := range a.each("transaction") {
			if t.first("sector") != nil {
				n++
			}
		}
		return when(a.first("sector") == nil && n > 0 && n < len(a.each("transaction")), "some transactions have a sector and others none")
	}},
	{"6.9.1", "error", organisations},
	{"6.11.1", "error", func(a *element, _ record.Date) string {
		return when(activityDate(a, "1", "2") == record.Forever, "there is neither a planned nor an actual start")
	}},
	{"7.5.3", "error", func(a *element, _ record.Date) string {
		for _, b := range a.each("budget") {
			if from, to := isoOf(b.first("period-start")), isoOf(b.first("period-end")); to-from > 366 {
				return "a budget runs for more than a year"
			}
		}
		return ""
	}},
	{"7.8.1", "error", func(a *element, _ record.Date) string {
		return when(a.attr("default-currency") == "" && !all(a, "value", "currency"), "neither the activity nor every value says its currency")
	}},
	{"8.6.3", "error", periods},
	{"11.1.1", "error", func(a *element, today record.Date) string {
		at := a.attr("last-updated-datetime")
		d, err := record.ParseDay(at[:min(len(at), 10)])
		return when(err == nil && d.First() > today, "it was last updated in the future")
	}},
	{"11.1.2", "error", func(a *element, _ record.Date) string {
		return when(activityDate(a, "1") > activityDate(a, "3") && activityDate(a, "1") != record.Forever, "the planned end is before the planned start")
	}},
	{"11.1.3", "error", func(a *element, _ record.Date) string {
		return when(activityDate(a, "2") > activityDate(a, "4") && activityDate(a, "2") != record.Forever, "the actual end is before the actual start")
	}},
	{"11.1.4", "error", func(a *element, today record.Date) string {
		d := activityDate(a, "2")
		return when(d != record.Forever && d > today, "the actual start is in the future")
	}},
	{"11.1.5", "error", func(a *element, today record.Date) string {
		d := activityDate(a, "4")
		return when(d != record.Forever && d > today, "the actual end is in the future")
	}},
	{"11.2.1", "error", func(a *element, today record.Date) string {
		for _, t := range a.each("transaction") {
			if d := isoOf(t.first("transaction-date")); d != record.Forever && d > today {
				return "a transaction is dated in the future: " + d.String()
			}
		}
		return ""
	}},
	{"12.1.1", "error", shares("recipient-country", "recipient-region")},
	{"12.2.1", "error", shares("capital-spend")},
	{"12.3.1", "error", shares("sector")},
	{"102.1.1", "warning", func(a *element, _ record.Date) string {
		for _, s := range a.each("sector") {
			if v := s.attr("vocabulary"); v == "" || v == "1" {
				return ""
			}
		}
		return when(a.first("sector") != nil, "a sector is named in other vocabularies, and none of the OECD DAC")
	}},
}

// CheckIATI asks every rule of each activity of a file, as of a day.
func CheckIATI(ctx context.Context, f File, today record.Date) ([]Breach, error) {
	var found []Breach
	err := eachElement(ctx, f, "iati-activity", func(*element) error { return nil }, func(a *element) error {
		for _, rule := range iatiRules {
			if says := rule.check(a, today); says != "" {
				found = append(found, Breach{rule.id, rule.severity, a.first("iati-identifier").said(), a.line, says})
			}
		}
		return nil
	})
	return found, err
}

func when(wrong bool, says string) string {
	if wrong {
		return says
	}
	return ""
}

func ref(e *element) string {
	if e == nil {
		return ""
	}
	return e.attr("ref")
}

func identifierBegins(a *element, _ record.Date) string {
	id := a.first("iati-identifier").said()
	prefixes := []string{ref(a.first("reporting-org"))}
	for _, o := range a.each("other-identifier") {
		if o.attr("type") == "B1" {
			prefixes = append(prefixes, o.attr("ref"))
		}
	}
	for _, p := range prefixes {
		if p != "" && strings.HasPrefix(id, p+"-") {
			return ""
		}
	}
	return "the activity identifier does not begin with the organisation's and a hyphen"
}

// isoOf is the day of an element, or Forever.
func isoOf(e *element) record.Date {
	if e == nil {
		return record.Forever
	}
	text := e.attr("iso-date")
	d, err := record.ParseDay(text[:min(len(text), 10)])
	if err != nil {
		return record.Forever
	}
	return d.First()
}

func activityDate(a *element, types ...string) record.Date {
	for _, d := range a.each("activity-date") {
		for _, t := range types {
			if d.attr("type") == t {
				return isoOf(d)
			}
		}
	}
	return record.Forever
}

// sectorShares holds for each vocabulary by itself; one without is OECD DAC.
func sectorShares(a *element, _ record.Date) string {
	by := map[string][]*element{}
	for _, s := range a.each("sector") {
		v := s.attr("vocabulary")
		if v == "" {
			v = "1"
		}
		by[v] = append(by[v], s)
	}
	for v, list := range by {
		if len(list) > 1 && !addTo100(list) {
			return fmt.Sprintf("the percentages of the sectors of vocabulary %s do not add up to 100", v)
		}
	}
	return ""
}

// addTo100 reports whether percentages add up to 100, exactly.
func addTo100(list []*element) bool {
	sum := new(big.Rat)
	for _, e := range list {
		if x, ok := new(big.Rat).SetString(e.attr("percentage")); ok {
			sum.Add(sum, x)
		}
	}
	return sum.Cmp(big.NewRat(100, 1)) == 0
}

var percentage = regexp.MustCompile(`^(?:100(?:\.0*)?|\d{1,2}(?:\.\d*)?)$`)

func shares(names ...string) func(*element, record.Date) string {
	return func(a *element, _ record.Date) string {
		for _, n := range names {
			for _, e := range a.each(n) {
				if p := e.attr("percentage"); p != "" && !percentage.MatchString(p) {
					return "the percentage " + p + " is not between 0 and 100"
				}
			}
		}
		return ""
	}
}

// all reports whether every element of a name below e has an attribute.
func all(e *element, name, attr string) bool {
	for _, k := range e.kids {
		if k.name == name && k.attr(attr) == "" || !all(k, name, attr) {
			return false
		}
	}
	return true
}

func within(list []*element, name string) bool {
	for _, e := range list {
		if e.first(name) == nil {
			return false
		}
	}
	return len(list) > 0
}

func organisations(a *element, _ record.Date) string {
	for _, list := range [][]*element{a.each("transaction"), a.each("planned-disbursement")} {
		for _, t := range list {
			for _, name := range []string{"provider-org", "receiver-org"} {
				if o := t.first(name); o != nil && o.attr("ref") == "" && o.first("narrative") == nil {
					return "a " + name + " has neither a reference nor a name"
				}
			}
		}
	}
	return ""
}

func periods(a *element, _ record.Date) string {
	for _, name := range []string{"budget", "planned-disbursement"} {
		for _, b := range a.each(name) {
			if from, to := isoOf(b.first("period-start")), isoOf(b.first("period-end")); from > to {
				return "a " + name + " ends before it begins"
			}
		}
	}
	return ""
}
