package register

import (
	"maps"
	"slices"

	"entente/access"
	"entente/record"
)

// Renew is t.View(v.At()), made from v: where t goes on from the tree of v, in the
// time that the changes take. Where who belongs to what may have changed, it is
// made anew.
func (t *Tree) Renew(v *View) *View {
	if v.changed || !t.Follows(v.of) {
		return t.View(v.at)
	}
	gone, come := map[record.Key]record.Record{}, map[record.Key]record.Record{}
	judge := t.Policies.For(v.principal())
	for was, is := range differing(v.of.Records, t.Records) {
		if isParty(was) || isParty(is) {
			return t.View(v.at)
		}
		if was != nil && v.byKey[was.Key()] == was {
			gone[was.Key()] = was
		}
		if is != nil && judge.Sees(access.Stated(is, t.Settings)) {
			come[is.Key()] = is
		}
	}
	w := *v
	w.of = t
	w.renew(gone, come)
	w.reread()
	return &w
}

// renew takes some records out and puts others in.
func (v *View) renew(gone, come map[record.Key]record.Record) {
	touched := func(k record.Key) bool { return gone[k] != nil || come[k] != nil }
	fresh := byKeys(come)
	v.hold(merged(v.records, fresh, touched))
	v.byKey, v.byKind = maps.Clone(v.byKey), maps.Clone(v.byKind)
	kinds := map[record.Kind][]record.Record{}
	for k := range gone {
		delete(v.byKey, k)
		kinds[k.Kind] = nil
	}
	for _, r := range fresh {
		v.byKey[r.Key()] = r
		kinds[r.Key().Kind] = append(kinds[r.Key().Kind], r)
	}
	for kind, rs := range kinds {
		if v.byKind[kind] = merged(v.byKind[kind], rs, touched); len(v.byKind[kind]) == 0 {
			delete(v.byKind, kind)
		}
	}
	if _, ok := kinds[record.KindRate]; ok {
		v.rate()
	}
	v.refer(gone, come, touched)
}

// refer reckons anew who refers to what, and which references point nowhere: of
// the records that have changed, and of those that refer to what was not known and
// is, or the other way round.
func (v *View) refer(gone, come map[record.Key]record.Record, touched func(record.Key) bool) {
	before := v.known
	v.known, v.refers = maps.Clone(v.known), maps.Clone(v.refers)
	turned := map[record.Key]bool{} // keys that may be known or not, other than before
	know := func(k record.Key, by int) {
		turned[k] = true
		if v.known[k] += by; v.known[k] == 0 {
			delete(v.known, k)
		}
	}
	from := map[record.Key][]record.Record{} // who refers to what now
	count := func(rs map[record.Key]record.Record, by int) {
		for _, r := range byKeys(rs) {
			know(r.Key(), by)
			for _, ref := range record.References(r) {
				if v.supposes(r) {
					know(ref.Key, by)
				}
				to := from[ref.Key]
				if by > 0 && (len(to) == 0 || to[len(to)-1] != r) {
					to = append(to, r)
				}
				from[ref.Key] = to
			}
		}
	}
	count(gone, -1)
	count(come, +1)
	for k, rs := range from {
		if v.refers[k] = merged(v.refers[k], rs, touched); len(v.refers[k]) == 0 {
			delete(v.refers, k)
		}
	}
	again := maps.Clone(come)
	for k := range turned {
		if (before[k] > 0) != (v.known[k] > 0) {
			for _, r := range v.refers[k] {
				again[r.Key()] = r
			}
		}
	}
	v.mend(again, touched)
}

// mend looks again at the references of some records.
func (v *View) mend(again map[record.Key]record.Record, touched func(record.Key) bool) {
	broken := slices.DeleteFunc(slices.Clone(v.broken), func(b Broken) bool {
		return touched(b.Record.Key()) || again[b.Record.Key()] != nil
	})
	for _, r := range byKeys(again) {
		for _, ref := range record.References(r) {
			if v.known[ref.Key] == 0 {
				broken = append(broken, Broken{r, ref})
			}
		}
	}
	slices.SortStableFunc(broken, func(a, b Broken) int { return a.Record.Key().Compare(b.Record.Key()) })
	v.broken = broken
}

// reread finds the texts of the documents in the view.
func (v *View) reread() {
	v.texts = map[record.DocumentID]Text{}
	for id, text := range v.of.texts {
		if _, ok := v.Document(id); ok {
			v.texts[id] = text
		}
	}
}

func byKeys(rs map[record.Key]record.Record) []record.Record {
	return slices.SortedFunc(maps.Values(rs), func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
}
