package whatif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// counts says how many records of each kind a change touches.
type counts struct{ pledges, programmes, productions, funds, units, assignments int }

// text is the counts in words: 12 pledges, 2 programmes and 1 unit.
func (n counts) text() string {
	var words []string
	for _, w := range []struct {
		n    int
		name string
	}{{n.pledges, "pledge"}, {n.programmes, "programme"}, {n.productions, "production"}, {n.funds, "fund"}, {n.units, "unit"}, {n.assignments, "assignment"}} {
		switch w.n {
		case 0:
		case 1:
			words = append(words, "1 "+w.name)
		default:
			words = append(words, fmt.Sprintf("%d %ss", w.n, w.name))
		}
	}
	return joined(words)
}

func (n counts) sum() int {
	return n.pledges + n.programmes + n.productions + n.funds + n.units + n.assignments
}

func joined(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// shown shortens a long list of names.
func shown(names []string) string {
	const most = 5
	if len(names) > most+1 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(names)-most))
	}
	return joined(names)
}

// sentence says what ends and what stays.
func (x *ending) sentence(begin string) string {
	var text string
	switch n := x.n.sum(); n {
	case 0:
		text = begin + ": nothing in the register ends with it."
	case 1:
		text = begin + ": " + x.n.text() + " ends."
	default:
		text = begin + ": " + x.n.text() + " end."
	}
	var stays []string
	for _, r := range slices.Sorted(maps.Keys(x.stays)) {
		if q := x.stays[r]; r != "" && !q.none() {
			stays = append(stays, number(q.number)+" × "+x.v.Name(record.Key{Kind: record.KindResource, ID: string(r)}))
		}
	}
	if !x.stays[""].none() {
		stays = append(stays, "the money paid in")
	}
	if len(stays) > 0 {
		text += " What has been handed over stays: " + shown(stays) + "."
	}
	return text
}

func delayText(v *register.View, d *record.Delay, months int, n counts) string {
	text := "What is still to come"
	if d.Resource != "" {
		text += " of " + v.Name(record.Key{Kind: record.KindResource, ID: string(d.Resource)})
	}
	if d.Party != "" {
		text += " from " + v.Name(record.Key{Kind: record.KindParty, ID: string(d.Party)})
	}
	var names []string
	for _, id := range d.Pledges {
		names = append(names, v.Name(record.Key{Kind: record.KindPledge, ID: string(id)}))
	}
	if d.Programme != "" {
		names = append(names, v.Name(record.Key{Kind: record.KindProgramme, ID: string(d.Programme)}))
	}
	if len(names) > 0 {
		text += " under " + shown(names)
	}
	later := fmt.Sprintf("%d months", months)
	if months == 1 {
		later = "1 month"
	}
	text += " comes " + later + " later: "
	if n.sum() == 0 {
		return text + "nothing changes."
	}
	return text + n.text() + "."
}

func scaleText(names []string, by float64) string {
	switch len(names) {
	case 0:
		return "No need is multiplied by " + figure(by) + ": none fits."
	case 1:
		return "1 need is multiplied by " + figure(by) + ": " + names[0] + "."
	}
	return fmt.Sprintf("%d needs are multiplied by %s: %s.", len(names), figure(by), shown(names))
}

func loseText(v *register.View, l *record.Loss, month record.Month, pledges int, gone record.Number) string {
	text := figure(100*l.Share) + " % of " + v.Name(record.Key{Kind: record.KindResource, ID: string(l.Resource)})
	if l.At != "" {
		text += " at " + v.Name(record.Key{Kind: record.KindPlace, ID: string(l.At)})
	}
	text += " is lost in " + monthText(month) + ": "
	if pledges == 0 {
		return text + "nothing could have arrived by then."
	}
	return text + number(gone) + " of what could have arrived by then, from " + counts{pledges: pledges}.text() +
		". The plan counts this as never given, which is an approximation: the months before the loss are short of it too."
}

// changedText names the fields in which two versions of a record differ.
func changedText(before, after record.Record) string {
	was, is := fieldsOf(before), fieldsOf(after)
	var names []string
	for _, k := range slices.Sorted(maps.Keys(is)) {
		if !bytes.Equal(was[k], is[k]) {
			names = append(names, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(was)) {
		if _, ok := is[k]; !ok {
			names = append(names, k+" (taken away)")
		}
	}
	if len(names) == 0 {
		return before.Key().String() + " is as it was."
	}
	return before.Key().String() + " is changed: " + joined(names) + "."
}

func fieldsOf(r record.Record) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record.Canonical(r), &fields); err != nil {
		panic("whatif: a record is always JSON: " + err.Error())
	}
	return fields
}

func number(n record.Number) string {
	return record.Number{Min: rounded(n.Min), Max: rounded(n.Max)}.String()
}

func figure(x float64) string { return record.Exactly(rounded(x)).String() }

// rounded keeps three digits after the point: more are noise in a sentence.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }
