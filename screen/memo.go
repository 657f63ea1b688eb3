package screen

import (
	"fmt"
	"slices"
	"sync"

	"entente/plan"
	"entente/record"
	"entente/report"
)

// Memo keeps what the screens of one view reckon from all of it, so that it is
// reckoned once for all of them. A Memo is of one view; it is safe for many
// goroutines.
type Memo struct{ of sync.Map }

// remembered is what make returns, made once for a key. Without a memo it is made.
func remembered[T any](m *Memo, key any, make func() T) T {
	if m == nil {
		return make()
	}
	f, ok := m.of.Load(key)
	if !ok {
		f, _ = m.of.LoadOrStore(key, sync.OnceValue(func() any { return make() }))
	}
	return f.(func() any)().(T)
}

// has reports whether something was asked for.
func (m *Memo) has(key any) bool {
	_, ok := m.of.Load(key)
	return ok
}

// Ready reckons what many screens ask for and what takes longest.
func (w World) Ready() {
	w.OnePage = true
	w.words()
	w.sayings()
	w.on(record.Key{})
	w.Pledges(nil)
	if w.Plan != nil {
		w.ofPlan()
	}
}

// Prepare reckons what was asked for in this language of the world before, whose
// view this one follows, and will be asked for of this one.
func (w World) Prepare(before World) {
	w.OnePage = true
	lang := w.Lang()
	for key, reckon := range map[string]func(){
		"words":            func() { w.words() },
		"findings " + lang: func() { w.sayings() },
		"levels":           func() { w.levels() },
		"on":               func() { w.on(record.Key{}) },
		"pace":             func() { w.pace() },
		"lately " + lang:   func() { w.latest() },
		"assignments":      func() { w.assignments(&record.Unit{}) },
		"pledges " + lang:  func() { w.followPledges(before) },
	} {
		if before.Memo.has(key) {
			reckon()
		}
	}
	before.Memo.of.Range(func(key, _ any) bool { // the plans that pages showed go on being shown
		if k, ok := key.(planned); ok {
			w.Plan = k.plan
			w.ofPlan()
		}
		return true
	})
}

// followPledges makes the list of pledges, and takes over what of the list before
// cannot have changed.
func (w World) followPledges(before World) {
	w.Pledges(nil)
	all, old := w.View.OfKind(record.KindPledge), before.View.OfKind(record.KindPledge)
	for _, k := range record.Kinds() {
		if k != record.KindPledge && !beside[k] && !slices.Equal(w.View.OfKind(k), before.View.OfKind(k)) {
			return // its names, prices or rates may stand in any row
		}
	}
	was := make([]int32, len(all))
	i := 0
	for n, r := range all {
		for i < len(old) && old[i] != r && old[i].Key().Compare(r.Key()) <= 0 {
			i++
		}
		if was[n] = -1; i < len(old) && old[i] == r {
			was[n] = int32(i)
		}
	}
	w.pledgesAtFirst().follow(before.pledgesAtFirst().rows, was)
}

// beside are the kinds of which nothing stands in the row of a pledge.
var beside = map[record.Kind]bool{record.KindDocument: true, record.KindNeed: true, record.KindUnit: true, record.KindAssignment: true, record.KindMeeting: true, record.KindIncident: true, record.KindScenario: true}

// totals are what each party has promised at a rung, of money and of things.
func (w World) totals(at record.Rung) []Table {
	return remembered(w.Memo, fmt.Sprint("totals ", at, w.OnePage), func() []Table {
		sums := report.OfRegister(w.View, at)
		return []Table{w.tableOf("money", sums.Money), w.tableOf("things", sums.Things)}
	})
}

// planned is the key of what is reckoned from a plan.
type planned struct{ plan *plan.Plan }

// reported is what reports say of a plan: of the tables of all that is in it, as
// many rows as are made.
type reported struct {
	needs []report.Need
	more  []string
	full  []Table
}

func (w World) ofPlan() reported {
	if !w.OnePage {
		return w.reported()
	}
	return remembered(w.Memo, planned{w.Plan}, w.reported)
}

func (w World) reported() reported {
	p := report.OfPlan(w.View, w.Plan)
	all := reported{needs: p.Needs, more: p.More}
	for i, t := range []report.Table{p.Prices, p.Help, p.Doings, p.Leftovers, p.Funds, p.Omissions} {
		all.full = append(all.full, w.tableOf([...]string{"prices", "help", "moves", "leftovers", "money", "omissions"}[i], t))
	}
	return all
}
