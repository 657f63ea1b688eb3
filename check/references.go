package check

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// suggestionsMax bounds the search for the id that was meant: whoever has more
// broken references than this has lost a file, not mistyped a name.
const suggestionsMax = 20

// brokenReference finds references that point nowhere, as far as the reader can
// know, one finding for each thing that is missing.
func brokenReference(v *register.View) []Finding {
	missing := map[record.Key][]register.Broken{}
	for _, b := range v.Broken() {
		missing[b.Ref.Key] = append(missing[b.Ref.Key], b)
	}
	forWhom := ""
	if r := v.At().Reader; !r.All {
		forWhom = " that " + r.String() + " may see"
	}
	var found []Finding
	for i, k := range slices.SortedFunc(maps.Keys(missing), record.Key.Compare) {
		fix := fmt.Sprintf("add the %s, or correct the reference", k.Kind)
		if i < suggestionsMax {
			if near := nearest(v, k); near != "" {
				fix = fmt.Sprintf("did you mean %s? Otherwise %s", near, fix)
			}
		}
		refs := missing[k]
		var from []record.Key
		var where []string
		for _, b := range refs {
			if !slices.Contains(from[max(0, len(from)-1):], b.Record.Key()) {
				from = append(from, b.Record.Key())
			}
			where = append(where, b.Record.Key().String()+" ("+b.Ref.Path+")")
		}
		found = append(found, Finding{Level: Error, Records: from, Fix: fix,
			Says: fmt.Sprintf("there is no %s %s%s, but %s to it", k.Kind, k.ID, forWhom, list(where)+verb(len(where), " refers", " refer"))})
	}
	return found
}

// nearest is the id in the view that k was most likely meant to be, or "".
func nearest(v *register.View, k record.Key) string {
	best, limit := "", 1+len(k.ID)/5
	letters := lettersOf(k.ID)
	for _, r := range v.OfKind(k.Kind) {
		id := r.Key().ID
		// One edit changes at most two of the letters that occur.
		if bits.OnesCount64(letters^lettersOf(id)) > 2*limit {
			continue
		}
		if d := record.Distance(k.ID, id, limit); d < limit || d == limit && best == "" {
			best, limit = id, d
		}
	}
	return best
}

func lettersOf(id string) (set uint64) {
	for i := range len(id) {
		set |= 1 << (id[i] & 63)
	}
	return set
}

// unknownRung finds status words that are neither a rung nor the giver's term
// for one, one finding for each party and word. The terms of a party that is
// not in the view are not known to the reader, and so nothing is said of them.
func unknownRung(v *register.View) []Finding {
	type word struct {
		by record.PartyID
		is string
	}
	used := map[word][]record.Key{}
	for _, p := range v.Pledges() {
		if _, ok := v.Party(p.By); !ok {
			continue
		}
		for _, s := range p.Status {
			w := word{p.By, s.Is}
			if v.RungOf(p.By, s) == record.NoRung && !slices.Contains(used[w][max(0, len(used[w])-1):], p.Key()) {
				used[w] = append(used[w], p.Key())
			}
		}
	}
	var found []Finding
	for w, ks := range used {
		found = append(found, Finding{Level: Error, Records: ks,
			Says: fmt.Sprintf("%q is neither a rung nor a word of %s for one; %s at it: %s", w.is, partyName(v, w.by), count(len(ks), "pledge stands", "pledges stand"), names(v, ks)),
			Fix:  fmt.Sprintf("write one of %s, or say in terms of Party %s which rung it means", strings.Join(record.Rungs(), ", "), w.by)})
	}
	return found
}

// circular finds records that contain, or stack on, themselves.
func circular(v *register.View) []Finding {
	found := cycles(v, record.KindPlace, "lies within", func(r record.Record) string { return string(r.(*record.Place).Within) })
	found = append(found, cycles(v, record.KindPledge, "is part of", func(r record.Record) string { return string(r.(*record.Pledge).PartOf) })...)
	return append(found, cycles(v, record.KindScenario, "stacks on", func(r record.Record) string { return string(r.(*record.Scenario).Stacks) })...)
}

// cycles follows each record of a kind upwards, and no step twice.
func cycles(v *register.View, kind record.Kind, relation string, up func(record.Record) string) []Finding {
	var found []Finding
	walk := map[record.Key]int{} // which walk came by first
	for i, start := range v.OfKind(kind) {
		var path []record.Key
		r, ok := start, true
		for ok && walk[r.Key()] == 0 {
			walk[r.Key()] = i + 1
			path = append(path, r.Key())
			r, ok = v.Get(record.Key{Kind: kind, ID: up(r)})
		}
		if !ok || walk[r.Key()] != i+1 {
			continue
		}
		loop := path[slices.Index(path, r.Key()):]
		words := make([]string, 0, len(loop)+1)
		for _, k := range loop {
			words = append(words, name(v, k))
		}
		if len(words) > 6 {
			words = append(words[:5:5], "…")
		}
		words = append(words, name(v, loop[0]))
		found = append(found, Finding{Level: Error, Records: loop,
			Says: fmt.Sprintf("a %s is above itself: %s", strings.ToLower(string(kind)), strings.Join(words, " "+relation+" ")),
			Fix:  "correct or remove one of the links"})
	}
	return found
}
