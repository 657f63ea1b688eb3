package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// A state has one set of forces, whatever the number of frameworks that it has
// declared them to: NATO, the EU, the UN, a joint force, a neighbour. NATO and
// EU planners call this the single set of forces. To be declared twice is
// usual and legal; to be called twice at once is not possible. So the rule
// tells apart what is declared twice, what may clash, and what must.

// duty is what a unit does: the role of an assignment, or an exercise.
type duty int

const (
	declared duty = iota
	standby
	deployed
	training
	recovering
	exercising
)

var duties = map[record.Role]duty{record.Declared: declared, record.Standby: standby, record.Deployed: deployed,
	record.InTraining: training, record.Recovering: recovering}

var dutyNames = []string{"declared", "on standby", "deployed", "in training", "recovering", "on exercise"}

// clash is what it means that a unit has two duties on one day.
type clash struct {
	level Level
	says  string // of the unit
	fix   string
}

var (
	nothing  *clash
	doubly   = &clash{Warning, "is declared to more than one framework", "agree which framework comes first, or say how much of the unit each may count on (share)"}
	probable = &clash{Warning, "may be called by more than one framework at once, and can answer one", "name another unit for one of them, share the unit, or agree that one may recall it (recallable_by)"}
	absent   = &clash{Error, "is to be ready sooner than it can come back", "name another unit for the standby, lengthen its notice, or agree that it may be recalled (recallable_by)"}
	apart    = &clash{Error, "is deployed in two places at once", "correct the days or places, or say how much of the unit is where (share)"}
	together = &clash{Warning, "is deployed under two agreements at once", "make one of them the task, or say how much of the unit each may count on (share)"}
	resting  = &clash{Warning, "is deployed while it recovers", "correct the days, or name another unit"}
	alone    = &clash{Error, "is promised to one framework alone, and yet has another task", "withdraw one, or agree that the first is not exclusive"}
	parcels  = &clash{Warning, "is shared out more than once: its parts add up to more than the whole", "lower a share, or withdraw one of the tasks"}
)

// clashes says what two duties of one unit on one day mean when they are under
// different agreements. Training and exercises are broken off when a call
// comes, and so clash with nothing unless one of the two tasks is exclusive.
var clashes = [6][6]*clash{
	//           declared  standby   deployed  training recovering exercising
	declared:   {doubly, doubly, doubly, nothing, nothing, nothing},
	standby:    {doubly, probable, probable, nothing, nothing, nothing},
	deployed:   {doubly, probable, apart, nothing, resting, nothing},
	training:   {nothing, nothing, nothing, nothing, nothing, nothing},
	recovering: {nothing, nothing, resting, nothing, nothing, nothing},
	exercising: {nothing, nothing, nothing, nothing, nothing, nothing},
}

// comeBackDays is how long a deployed unit needs, by rule of thumb, to hand
// over, come home and be ready for another task.
const comeBackDays = 30

// task is an assignment or exercise of a unit, with its time.
type task struct {
	rec          record.Record
	duty         duty
	under        record.AgreementID
	at           record.PlaceID
	need         record.NeedID
	first, last  record.Date
	from, to     record.Day
	share        float64
	notice       int // days; negative is not known
	exclusive    bool
	recallableBy record.AgreementID
}

// tasksOf lists what a unit is to do, by day.
func tasksOf(v *register.View, u *record.Unit) []task {
	var ts []task
	for _, r := range v.Referring(u.Key()) {
		switch r := r.(type) {
		case *record.Assignment:
			ts = append(ts, assigned(u, r))
		case *record.Exercise:
			t := task{rec: r, duty: exercising, under: r.Under, at: r.At, first: opens(r.From), last: closes(r.To), from: r.From, to: r.To, share: 1, notice: -1}
			if r.To.IsZero() {
				t.last = r.From.Last() // an exercise of May is over in June
			}
			ts = append(ts, t)
		}
	}
	slices.SortStableFunc(ts, func(a, b task) int {
		return cmp.Or(cmp.Compare(a.first, b.first), a.rec.Key().Compare(b.rec.Key()))
	})
	return ts
}

func assigned(u *record.Unit, a *record.Assignment) task {
	t := task{rec: a, duty: duties[a.Role], under: a.Under, at: a.At, need: a.Need, first: opens(a.From), last: closes(a.To), from: a.From, to: a.To,
		share: 1, notice: -1, exclusive: a.Exclusive, recallableBy: a.RecallableBy}
	if a.Share != nil {
		t.share = *a.Share
	}
	switch {
	case a.Notice != nil:
		t.notice = *a.Notice
	case u.Notice > 0:
		t.notice = u.Notice
	}
	return t
}

// meets reports whether two tasks, a beginning no later than b, share a day.
// When a ends and b begins in the same month or year, one may hand over to the
// other, and nothing is said.
func (a *task) meets(b *task) bool {
	if b.first > a.last {
		return false
	}
	handsOver := !a.to.IsZero() && a.to.First() <= b.from.Last() && a.first < b.first && a.last < b.last
	return !handsOver
}

// clashesWith decides what two tasks mean that share a day; nil is nothing.
func (a *task) clashesWith(v *register.View, u *record.Unit, b *task) *clash {
	if a.share+b.share <= 1+1e-9 {
		return nothing
	}
	same := a.under == b.under && a.under != "" || a.need == b.need && a.need != ""
	c := clashes[a.duty][b.duty]
	switch {
	case c == apart && (a.at == "" || b.at == "" || near(v, a.at, b.at)):
		c = together
	case c == probable && (a.awayFrom(v, u, b) || b.awayFrom(v, u, a)):
		c = absent
	}
	switch {
	case same && c != apart && c != resting:
		return nothing // two stages, or two papers, of one task
	case c == apart || c == resting:
		return c
	case a.exclusive || b.exclusive:
		c = alone
	}
	if c != nothing && (a.recallableBy != "" && a.recallableBy == b.under || b.recallableBy != "" && b.recallableBy == a.under) {
		return &clash{Note, "has two tasks at once, which is allowed: one framework may recall it from the other", "nothing, as long as both know of the recall"}
	}
	if c == doubly && complement(v, a.under, b.under) {
		return &clash{Note, "is declared under two agreements that complement each other", "nothing, as long as both count on the same task"}
	}
	return c
}

// awayFrom reports whether a is deployed too far away to be ready for standby b
// in time. A place or a notice that is not known proves nothing.
func (a *task) awayFrom(v *register.View, u *record.Unit, b *task) bool {
	return a.duty == deployed && b.duty == standby && b.notice >= 0 && b.notice < comeBackDays &&
		a.at != "" && !near(v, a.at, b.at) && !near(v, a.at, u.Home)
}

// near reports whether two places are or may be the same.
func near(v *register.View, a, b record.PlaceID) bool {
	return a == b || a != "" && b != "" && (v.Within(a, b) || v.Within(b, a))
}

func complement(v *register.View, a, b record.AgreementID) bool {
	x, ok := v.Agreement(a)
	y, ok2 := v.Agreement(b)
	return ok && ok2 && (slices.Contains(x.Complements, b) || slices.Contains(y.Complements, a))
}

// collision is a clash with the tasks that are in it and the time they share.
type collision struct {
	clash *clash
	tasks []task
	from  record.Date
	to    record.Date
}

// pairsMax bounds the pairs of tasks that are compared in one unit: whoever has
// more has other troubles.
const pairsMax = 100_000

// doubleHatting finds units with two tasks at once, one finding for each unit
// and kind of clash. What is over is left alone unless it cannot have been so.
func doubleHatting(v *register.View) []Finding {
	var found []Finding
	for _, u := range v.Units() {
		ts := tasksOf(v, u)
		if len(ts) < 2 {
			continue
		}
		cs := collisions(v, u, ts)
		if len(cs) == 0 {
			cs = overshared(v, ts)
		}
		for _, c := range cs {
			found = append(found, c.finding(v, u))
		}
	}
	return found
}

func collisions(v *register.View, u *record.Unit, ts []task) []*collision {
	var cs []*collision
	pairs := 0
	for i := range ts {
		for j := i + 1; j < len(ts) && ts[j].first <= ts[i].last; j++ {
			if pairs++; pairs > pairsMax {
				return cs
			}
			a, b := &ts[i], &ts[j]
			if !a.meets(b) {
				continue
			}
			c := a.clashesWith(v, u, b)
			if c == nothing || min(a.last, b.last) < v.At().On && c.level < Error {
				continue
			}
			cs = merge(cs, &collision{c, []task{*a, *b}, b.first, min(a.last, b.last)})
		}
	}
	return cs
}

// merge adds a clash to the one of the same kind, if there is one.
func merge(cs []*collision, next *collision) []*collision {
	for _, c := range cs {
		if *c.clash != *next.clash {
			continue
		}
		for _, t := range next.tasks {
			if !slices.ContainsFunc(c.tasks, func(s task) bool { return s.rec == t.rec }) {
				c.tasks = append(c.tasks, t)
			}
		}
		c.from, c.to = min(c.from, next.from), max(c.to, next.to)
		return cs
	}
	return append(cs, next)
}

// overshared finds a day on which parts of a unit, each small enough to go with
// each other one, together exceed it.
func overshared(v *register.View, ts []task) []*collision {
	for i := range ts {
		sum, with := 0.0, []task(nil)
		for j := range i + 1 {
			if ts[j].duty <= deployed && ts[j].last >= ts[i].first {
				sum += ts[j].share
				with = append(with, ts[j])
			}
		}
		if sum > 1+1e-9 && len(with) > 2 && ts[i].last >= v.At().On {
			return []*collision{{parcels, with, ts[i].first, ts[i].last}}
		}
	}
	return nil
}

func (c *collision) finding(v *register.View, u *record.Unit) Finding {
	records := make([]record.Key, len(c.tasks))
	words := make([]string, len(c.tasks))
	for i, t := range c.tasks {
		records[i], words[i] = t.rec.Key(), t.words(v)
	}
	return Finding{Level: c.clash.level, Records: append(records, u.Key()), Fix: c.clash.fix,
		Says: fmt.Sprintf("%s (%s) %s, %s: %s", v.Name(u.Key()), partyName(v, u.By), c.clash.says, stretch(c.from, c.to), list(words))}
}

// words tells a task: on standby under JEF at 10 days' notice (2024-10 to open).
func (t *task) words(v *register.View) string {
	var b strings.Builder
	b.WriteString(dutyNames[t.duty])
	if t.duty == exercising {
		b.WriteString(" " + v.Name(t.rec.Key()))
	}
	if _, ok := v.Place(t.at); ok {
		b.WriteString(" at " + placeName(v, t.at))
	}
	if t.under != "" {
		b.WriteString(" under " + agreementName(v, t.under))
	}
	if t.duty == standby && t.notice >= 0 {
		b.WriteString(" at " + count(t.notice, "day's", "days'") + " notice")
	}
	if t.share < 1 {
		b.WriteString(" with " + figure(100*t.share) + " % of it")
	}
	if t.exclusive {
		b.WriteString(" exclusively")
	}
	b.WriteString(" (" + stretch(t.first, t.last) + ")")
	return b.String()
}

// stretch is a time in words.
func stretch(from, to record.Date) string {
	switch {
	case from == record.Beginning:
		return "until " + to.Text()
	case to == record.Forever:
		return "from " + from.Text() + " with no end"
	case from == to:
		return "on " + from.Text()
	}
	return "from " + from.Text() + " to " + to.Text()
}

// rotationBroken finds units that are away too long or again too soon, one
// finding for each unit. A tour that is over cannot be mended and is left alone.
func rotationBroken(v *register.View) []Finding {
	var found []Finding
	for _, u := range v.Units() {
		if u.Rotation == nil {
			continue
		}
		var tours []task
		for _, t := range tasksOf(v, u) {
			if t.duty == deployed {
				tours = append(tours, t)
			}
		}
		records, words := breaches(v, u.Rotation, tours)
		if len(words) == 0 {
			continue
		}
		found = append(found, Finding{Level: Warning, Records: append(records, u.Key()),
			Says: fmt.Sprintf("%s (%s) %s", v.Name(u.Key()), partyName(v, u.By), list(words)),
			Fix:  "shorten or move a tour, or let another unit take it"})
	}
	return found
}

func breaches(v *register.View, r *record.Rotation, tours []task) (records []record.Key, words []string) {
	breach := func(says string, of ...*task) {
		words = append(words, says)
		for _, t := range of {
			if !slices.Contains(records, t.rec.Key()) {
				records = append(records, t.rec.Key())
			}
		}
	}
	home := r.Rest + r.Prepare
	for i := range tours {
		t := &tours[i]
		end := t.last
		if end == record.Forever {
			end = max(t.first, v.At().On) // so long it has been, and no end is set
		}
		if long := monthsIn(int(end) - int(t.first) + 1); t.last >= v.At().On && t.first != record.Beginning && long > r.Tour {
			breach(fmt.Sprintf("is deployed for %s from %s, though its tour is %d", count(long, "month", "months"), t.first.Text(), r.Tour), t)
		}
		if i == 0 {
			continue
		}
		before := &tours[i-1]
		gap := monthsIn(int(t.first) - int(before.last) - 1)
		if t.last >= v.At().On && !before.meets(t) && before.share+t.share > 1 && gap < home {
			breach(fmt.Sprintf("is deployed again on %s, %s after its last tour, though it rests and prepares for %d", t.first.Text(), count(max(gap, 0), "month", "months"), home), before, t)
		}
	}
	return records, words
}
