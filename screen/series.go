package screen

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/report"
)

// Coverage is how much of what is needed is covered, month by month: a share of
// the need of all needs in a group, weighted by priority.
type Coverage struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Start     record.Month `json:"start"`
	Today     int          `json:"-"` // index of the month of the view's day; -1 outside
	Planned   report.Strip `json:"planned"`
	Announced report.Strip `json:"with_announced"`
	Equipment report.Strip `json:"equipment_alone"`
	People    report.Strip `json:"people_alone"`
	Money     report.Strip `json:"money_alone"`
}

// coverage reckons the series of those needs that belong.
func (w World) coverage(id, name string, belongs func(plan.Need) bool) Coverage {
	alone := func(leg func(plan.Legs) float64) func(plan.NeedMonth) float64 {
		return func(m plan.NeedMonth) float64 { return max(min(leg(m.Legs), m.Needed), m.Covered) }
	}
	return Coverage{
		ID: id, Name: name, Start: w.Plan.Start, Today: w.today(),
		Planned:   shares(w.Plan, belongs, func(m plan.NeedMonth) float64 { return m.Covered }),
		Announced: shares(w.Wide, belongs, func(m plan.NeedMonth) float64 { return m.Covered }),
		Equipment: shares(w.Plan, belongs, alone(func(l plan.Legs) float64 { return l.Equipment })),
		People:    shares(w.Plan, belongs, alone(func(l plan.Legs) float64 { return l.People })),
		Money:     shares(w.Plan, belongs, alone(func(l plan.Legs) float64 { return l.Money })),
	}
}

// shares is the weighted share of the needs of p, by month; negative where
// nothing is needed.
func shares(p *plan.Plan, belongs func(plan.Need) bool, of func(plan.NeedMonth) float64) report.Strip {
	s := make(report.Strip, p.Months)
	for t := range s {
		asked, there := 0.0, 0.0
		for _, n := range p.Needs {
			if t < len(n.Months) && belongs(n) {
				asked += n.Weight * n.Months[t].Needed
				there += n.Weight * of(n.Months[t])
			}
		}
		s[t] = -1
		if asked > 1e-9 {
			s[t] = math.Min(math.Max(there/asked, 0), 1)
		}
	}
	return s
}

func every(plan.Need) bool { return true }

// today is the index of the view's day in the plan, or -1.
func (w World) today() int {
	t := int(w.View.At().On.Month() - w.Plan.Start)
	if t < 0 || t >= w.Plan.Months {
		return -1
	}
	return t
}

// now is the month that a screen speaks of first: today's, or else the nearest
// month of the plan.
func (w World) now() int {
	return min(max(int(w.View.At().On.Month()-w.Plan.Start), 0), w.Plan.Months-1)
}

func (w World) month(t int) record.Month { return w.Plan.Start + record.Month(t) }
func (w World) last() int                { return w.Plan.Months - 1 }

// capabilities lists what the needs of the plan ask for, the weightiest first.
func (w World) capabilities() []record.CapabilityID {
	weight := map[record.CapabilityID]float64{}
	var ids []record.CapabilityID
	for _, n := range w.Plan.Needs {
		if weight[n.Capability] == 0 {
			ids = append(ids, n.Capability)
		}
		weight[n.Capability] += n.Weight * n.Needed
	}
	slices.SortStableFunc(ids, func(a, b record.CapabilityID) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	})
	return ids
}

// Legs in the order of the screens, with the words for them.
const (
	legEquipment = "equipment"
	legPeople    = "people"
	legMoney     = "money"
	legForces    = "forces"
)

// short reports whether something is missing in a month.
func short(m plan.NeedMonth) bool { return m.Covered < m.Needed*(1-1e-5)-1e-6 }

// leg is what holds a need back in a month, in the words of the screens: supply
// counts with equipment; people without a resource are forces.
func leg(m plan.NeedMonth) string {
	held, _, _ := strings.Cut(m.HeldBy, ":")
	switch {
	case held == string(record.Supply):
		return legEquipment
	case m.HeldBy == string(record.People):
		return legForces
	}
	return held
}

func toneOf(leg string) report.Tone {
	switch leg {
	case legEquipment, string(record.Supply):
		return report.Equipment
	case legPeople:
		return report.People
	case legMoney:
		return report.Money
	}
	return report.Plain
}

// heldAt counts what holds needs back in a month, the most frequent first.
func (w World) heldAt(t int) (legs []string, count map[string]int, asked int) {
	count = map[string]int{}
	for _, n := range w.Plan.Needs {
		if t >= len(n.Months) || n.Months[t].Needed <= 1e-9 {
			continue
		}
		asked++
		if l := leg(n.Months[t]); short(n.Months[t]) && l != "" {
			if count[l] == 0 {
				legs = append(legs, l)
			}
			count[l]++
		}
	}
	slices.SortFunc(legs, func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	return legs, count, asked
}

// legName is the word for a leg at the head of a sentence or a mark.
func (v Voice) legName(leg string) string {
	switch leg {
	case legEquipment:
		return v.Say("Equipment")
	case string(record.Supply):
		return v.Say("Supply")
	case legPeople:
		return v.Say("People")
	case legMoney:
		return v.Say("Money")
	case legForces:
		return v.Say("Forces")
	}
	return "–"
}
