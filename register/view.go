// Package register answers what was true on a day, as one reader may see it.
//
// A Tree is what the files say. A View is the Tree as of a day and for a
// reader: built once, indexed, and never changed. A record that the reader may
// not see is not in the View, and the View is what it would be if the record were
// nowhere: nothing computed from it can tell of it, and a reference to it reads
// exactly like one to a record that does not exist (see Broken).
package register

import (
	"maps"
	"slices"
	"sync"

	"entente/access"
	"entente/record"
)

// At names a view: which day in the world, whose eyes.
type At struct {
	On     record.Date
	Reader access.Reader
}

// View is an immutable, indexed set of records.
type View struct {
	at       At
	settings record.Settings
	policies *access.Policies
	known    map[record.Key]int // how often a key is there, or supposed to be: a reference to it is not broken
	records  []record.Record    // by key
	byKey    map[record.Key]record.Record
	byKind   map[record.Kind][]record.Record
	texts    map[record.DocumentID]Text
	groups   memberships
	refers   map[record.Key][]record.Record // who refers to a key
	broken   []Broken
	rates    map[record.Currency][]*record.Rate // by day
	of       *Tree                              // which it shows, with or without changes
	changed  bool                               // it is not as the tree says
	head     func() string                      // reckoned once
}

// Broken is a reference that points nowhere, as far as the reader can know.
//
// Who sees everything is told of each. Everybody else is told of those that only
// their own party makes: what another party refers to may well be a record that
// they may not see, and they are told nothing of it, whether it exists or not.
type Broken struct {
	Record record.Record
	Ref    record.Ref
}

// NewTree makes a tree of records that did not come from files.
func NewTree(s record.Settings, rs ...record.Record) *Tree {
	rs = slices.Clone(rs)
	slices.SortStableFunc(rs, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return &Tree{Settings: s, Records: rs, texts: map[record.DocumentID]Text{}, sums: &sums{}, line: &line{}}
}

// View shows the tree as of a day, for a reader.
func (t *Tree) View(at At) *View {
	seen, groups := t.sight(at)
	v := &View{at: at, settings: t.Settings, policies: t.Policies, groups: groups, known: make(map[record.Key]int, len(seen)), texts: map[record.DocumentID]Text{}, of: t}
	for _, r := range seen {
		v.known[r.Key()]++
		if text, ok := t.texts[record.DocumentID(r.Key().ID)]; ok && r.Key().Kind == record.KindDocument {
			v.texts[record.DocumentID(r.Key().ID)] = text
		}
	}
	if !at.Reader.All {
		v.supposeOthers(seen)
	}
	v.index(seen)
	return v
}

// supposeOthers takes it that whatever others refer to is somewhere.
func (v *View) supposeOthers(seen []record.Record) {
	for _, r := range seen {
		if v.supposes(r) {
			for _, ref := range record.References(r) {
				v.known[ref.Key]++
			}
		}
	}
}

// supposes reports whether what r refers to is taken to be somewhere.
func (v *View) supposes(r record.Record) bool {
	me := v.at.Reader.Party
	return !v.at.Reader.All && (me == "" || v.By(r) != me)
}

// first and last read an absent day as open.
func first(d record.Day) record.Date {
	if d.IsZero() {
		return record.Beginning
	}
	return d.First()
}

func last(d record.Day) record.Date {
	if d.IsZero() {
		return record.Forever
	}
	return d.Last()
}

// index takes over rs, which are sorted by key.
func (v *View) index(rs []record.Record) {
	v.hold(rs)
	v.byKey = make(map[record.Key]record.Record, len(rs))
	v.byKind = map[record.Kind][]record.Record{}
	v.refers = make(map[record.Key][]record.Record, len(rs))
	for _, r := range rs {
		v.byKey[r.Key()] = r
		v.byKind[r.Key().Kind] = append(v.byKind[r.Key().Kind], r)
	}
	v.rate()
	for _, r := range rs {
		for _, ref := range record.References(r) {
			if to := v.refers[ref.Key]; len(to) == 0 || to[len(to)-1] != r {
				v.refers[ref.Key] = append(to, r)
			}
			if v.known[ref.Key] == 0 {
				v.broken = append(v.broken, Broken{r, ref})
			}
		}
	}
}

// hold takes over the records, and lets their head be reckoned.
func (v *View) hold(rs []record.Record) {
	v.records = rs
	of := v.of
	v.head = sync.OnceValue(func() string { return of.headOf(rs) })
}

// rate puts the rates of each currency in order.
func (v *View) rate() {
	v.rates = map[record.Currency][]*record.Rate{}
	for _, r := range v.byKind[record.KindRate] {
		rate := r.(*record.Rate)
		v.rates[rate.Currency] = append(v.rates[rate.Currency], rate)
	}
	for _, rates := range v.rates {
		slices.SortStableFunc(rates, func(a, b *record.Rate) int { return int(a.On.First() - b.On.First()) })
	}
}

// With returns the view that v would be with rs in it, in the place of records
// of the same key. v is unchanged.
func (v *View) With(rs ...record.Record) *View {
	w := *v
	w.changed = true
	w.known = maps.Clone(v.known)
	all := maps.Clone(v.byKey)
	for _, r := range rs {
		w.known[r.Key()]++
		all[r.Key()] = r
	}
	sorted := slices.SortedFunc(maps.Values(all), func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	w.broken = nil
	w.index(sorted)
	return &w
}

// Without returns the view that v would be without the records that drop
// chooses. References to them read as absent, not as broken. v is unchanged.
func (v *View) Without(drop func(record.Record) bool) *View {
	w := *v
	w.changed = true
	kept := slices.DeleteFunc(slices.Clone(v.records), drop)
	w.broken = nil
	w.index(kept)
	return &w
}

// At says which view v is.
func (v *View) At() At { return v.at }

// Settings is what holds for the whole register.
func (v *View) Settings() record.Settings { return v.settings }

// Records lists every record of the view, by key. The slice is only to be read.
func (v *View) Records() []record.Record { return v.records }

// Len counts the records of the view.
func (v *View) Len() int { return len(v.records) }

// Get finds a record by key.
func (v *View) Get(k record.Key) (record.Record, bool) {
	r, ok := v.byKey[k]
	return r, ok
}

// OfKind lists the records of one kind, by id. The slice is only to be read.
func (v *View) OfKind(k record.Kind) []record.Record { return v.byKind[k] }

// Referring lists the records that refer to k: what is under an agreement, at a
// place, of a resource, by a party.
func (v *View) Referring(k record.Key) []record.Record { return v.refers[k] }

// Broken lists the references that point nowhere, as far as the reader can know.
func (v *View) Broken() []Broken { return v.broken }

// Text is the text of a document in the view; ok is false when the document
// names none.
func (v *View) Text(id record.DocumentID) (text Text, ok bool) {
	if _, seen := v.Document(id); !seen {
		return Text{}, false
	}
	text, ok = v.texts[id]
	return text, ok
}

// Name is the best short name of whatever k names, or k's own id.
func (v *View) Name(k record.Key) string {
	r, ok := v.byKey[k]
	if !ok {
		return k.ID
	}
	switch r := r.(type) {
	case *record.Party:
		return r.Name
	case *record.Place:
		return r.Name
	case *record.Resource:
		return r.Name
	case *record.Capability:
		return r.Name
	}
	return r.Base().Name()
}
