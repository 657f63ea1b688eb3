package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/record"
)

// Diff is what changed from one plan to another, and because of what.
type Diff struct {
	Points  float64  `json:"coverage"` // points gained, or lost if below 0
	CostEUR float64  `json:"cost_eur"` // euros more, or less if below 0
	Changed []Change `json:"changed"`  // records that are not what they were
	Needs   []Shift  `json:"needs"`    // needs that are covered otherwise, most first
	Moves   []Shift  `json:"moves"`    // what is done otherwise, by record
	Says    []string `json:"says"`
}

// Change is a record that differs between the registers of two plans.
type Change struct {
	Record string `json:"record"`
	How    string `json:"how"` // added, removed or changed
}

// Shift is something that the two plans do to a different extent.
type Shift struct {
	Record  string   `json:"record"`         // Kind/id
	Verb    string   `json:"verb,omitempty"` // for a move
	Before  float64  `json:"before"`         // unit-months for a need, the quantity over all months for a move
	After   float64  `json:"after"`
	Months  int      `json:"months"`  // in how many months it differs
	Because []string `json:"because"` // changed records that bear on it, nearest first
}

// Compare says what moved from plan a to plan b. Every shift names the changed
// records that it follows from: its own record if that has changed, or else
// those that give or need the same resource, or else all of them.
func Compare(a, b *Plan) *Diff {
	d := &Diff{Points: settle(b.Points - a.Points), CostEUR: settle(b.CostEUR - a.CostEUR), Changed: changes(a, b)}
	near := neighbours(a, b)
	for _, id := range ids(a.Needs, b.Needs) {
		d.needShift(a, b, id, near)
	}
	d.moveShifts(a, b, near)
	bySize := func(x, y Shift) int {
		return cmp.Or(cmp.Compare(math.Abs(y.After-y.Before), math.Abs(x.After-x.Before)), cmp.Compare(x.Record, y.Record), cmp.Compare(x.Verb, y.Verb))
	}
	slices.SortFunc(d.Needs, bySize)
	slices.SortFunc(d.Moves, bySize)
	d.say(a, b)
	return d
}

func changes(a, b *Plan) []Change {
	var cs []Change
	for k, h := range a.Register.Inputs {
		switch now, ok := b.Register.Inputs[k]; {
		case !ok:
			cs = append(cs, Change{k, "removed"})
		case now != h:
			cs = append(cs, Change{k, "changed"})
		}
	}
	for k := range b.Register.Inputs {
		if _, ok := a.Register.Inputs[k]; !ok {
			cs = append(cs, Change{k, "added"})
		}
	}
	slices.SortFunc(cs, func(x, y Change) int { return cmp.Compare(x.Record, y.Record) })
	return cs
}

func ids(as, bs []Need) []record.NeedID {
	set := map[record.NeedID]bool{}
	for _, n := range slices.Concat(as, bs) {
		set[n.ID] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func (p *Plan) need(id record.NeedID) *Need {
	i := slices.IndexFunc(p.Needs, func(n Need) bool { return n.ID == id })
	if i < 0 {
		return &Need{ID: id}
	}
	return &p.Needs[i]
}

// neighbours lists, for each record, those that stand in one of the plans for
// the same resource or need.
func neighbours(a, b *Plan) map[string]map[string]bool {
	groups := map[string][]string{}
	for _, p := range []*Plan{a, b} {
		for _, n := range p.Needs {
			need := "Need/" + string(n.ID)
			groups[need] = append(groups[need], need, "Capability/"+string(n.Capability))
			for _, f := range n.FedBy {
				groups[need] = append(groups[need], f.Record)
				groups["r:"+string(f.Resource)] = append(groups["r:"+string(f.Resource)], f.Record, need, "Resource/"+string(f.Resource))
			}
		}
		for _, pr := range p.Prices {
			groups["r:"+pr.Resource] = append(groups["r:"+pr.Resource], pr.Record)
		}
	}
	near := map[string]map[string]bool{}
	for _, members := range groups {
		for _, m := range members {
			if near[m] == nil {
				near[m] = map[string]bool{}
			}
			for _, o := range members {
				near[m][o] = true
			}
		}
	}
	return near
}

func (d *Diff) because(key string, near map[string]map[string]bool) []string {
	var own, close, all []string
	for _, c := range d.Changed {
		switch {
		case c.Record == key:
			own = append(own, c.Record)
		case near[key][c.Record]:
			close = append(close, c.Record)
		}
		all = append(all, c.Record)
	}
	switch {
	case len(own) > 0:
		return own
	case len(close) > 0:
		return close
	}
	return all
}

func (d *Diff) needShift(a, b *Plan, id record.NeedID, near map[string]map[string]bool) {
	x, y := a.need(id), b.need(id)
	byMonth := map[record.Month]float64{}
	for _, m := range x.Months {
		byMonth[m.Month] = m.Covered
	}
	differ := 0
	for _, m := range y.Months {
		if math.Abs(m.Covered-byMonth[m.Month]) > 1e-5 {
			differ++
		}
		delete(byMonth, m.Month)
	}
	for _, covered := range byMonth {
		if covered > 1e-5 {
			differ++
		}
	}
	if differ > 0 {
		key := "Need/" + string(id)
		d.Needs = append(d.Needs, Shift{Record: key, Before: x.Covered, After: y.Covered, Months: differ, Because: d.because(key, near)})
	}
}

func (d *Diff) moveShifts(a, b *Plan, near map[string]map[string]bool) {
	type key struct{ record, verb string }
	type cell struct {
		key
		month record.Month
		at    record.PlaceID
		need  record.NeedID
		of    string
	}
	shifts, cells := map[key]*Shift{}, map[cell]float64{} // what b does more than a
	add := func(p *Plan, sign float64) {
		for _, m := range p.Moves {
			k := key{m.Record, m.Verb}
			if shifts[k] == nil {
				shifts[k] = &Shift{Record: k.record, Verb: k.verb}
			}
			cells[cell{k, m.Month, m.At, m.Need, m.For}] += sign * m.Quantity
			if sign < 0 {
				shifts[k].Before += m.Quantity
			} else {
				shifts[k].After += m.Quantity
			}
		}
	}
	add(a, -1)
	add(b, 1)
	months := map[key]map[record.Month]bool{}
	for c, more := range cells {
		if s := shifts[c.key]; math.Abs(more) > 1e-5*max(1, s.Before, s.After) {
			if months[c.key] == nil {
				months[c.key] = map[record.Month]bool{}
			}
			months[c.key][c.month] = true
		}
	}
	for k, in := range months {
		s := shifts[k]
		s.Before, s.After, s.Months = settle(s.Before), settle(s.After), len(in)
		s.Because = d.because(k.record, near)
		d.Moves = append(d.Moves, *s)
	}
}

// say puts the difference into sentences.
func (d *Diff) say(a, b *Plan) {
	if len(d.Changed) == 0 && len(d.Needs) == 0 && len(d.Moves) == 0 {
		d.Says = append(d.Says, "Nothing differs: the same records give the same plan.")
		return
	}
	if a.Start != b.Start || a.Months != b.Months || a.Rung != b.Rung || a.Discount != b.Discount || a.Strict != b.Strict || a.Fair != b.Fair || a.Whole != b.Whole {
		d.Says = append(d.Says, "The two plans were asked for differently: start, months, rung, discount, or what is to be strict, fair or whole are not the same.")
	}
	d.Says = append(d.Says, fmt.Sprintf("Coverage goes from %s to %s points.", figure(a.Points), figure(b.Points)))
	for _, s := range d.Needs[:min(len(d.Needs), 5)] {
		verb := "gains"
		if s.After < s.Before {
			verb = "loses"
		}
		n := b.need(record.NeedID(strings.TrimPrefix(s.Record, "Need/")))
		if n.Title == "" {
			n = a.need(n.ID)
		}
		why := ""
		if len(s.Because) > 0 {
			why = ", because of " + list(s.Because)
		}
		if settle(s.After-s.Before) == 0 {
			d.Says = append(d.Says, fmt.Sprintf("%s is covered as much, in other months%s.", n.Title, why))
			continue
		}
		d.Says = append(d.Says, fmt.Sprintf("%s %s %s %s-months%s.", n.Title, verb, figure(math.Abs(s.After-s.Before)), n.Unit, why))
	}
}
