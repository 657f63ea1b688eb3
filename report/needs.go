package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"entente/record"
	"entente/whatif"
)

// Overall is the coverage of all needs by month, beside what equipment alone
// would suggest.
func (p Plan) Overall() Table {
	return Table{
		Title: "Coverage of all needs by month",
		Note:  stripKey,
		Heads: []Head{{Name: ""}, {Name: p.Coverage.Axis(p.Start)}, {Name: "First", Numeric: true}, {Name: "Best", Numeric: true}, {Name: "Last", Numeric: true}},
		Rows: [][]Cell{
			append([]Cell{Text("equipment alone"), {Strip: p.Equipment, Bar: -1}}, ends(p.Equipment)...),
			append([]Cell{Toned("all three legs", Strong), {Strip: p.Coverage, Bar: -1}}, ends(p.Coverage)...),
		},
	}
}

// ends is the share in the first, the best and the last month that ask for anything.
func ends(s Strip) []Cell {
	first, best, last := -1.0, -1.0, -1.0
	for _, x := range s {
		if x < 0 {
			continue
		}
		if first < 0 {
			first = x
		}
		best, last = max(best, x), x
	}
	return []Cell{Text(Percent(first)), Text(Percent(best)), Text(Percent(last))}
}

// NeedsTable has one line a need: how much is covered, since when all of it is,
// and what holds the rest back.
func (p Plan) NeedsTable() Table {
	t := Table{
		Title: "Needs, the most urgent first",
		Heads: []Head{{Name: "Need"}, {Name: "Where", Brief: true}, {Name: "Prio", Numeric: true, Brief: true}, {Name: "Unit-months", Numeric: true, Brief: true}, {Name: "Covered", Numeric: true},
			{Name: "All there"}, {Name: p.Coverage.Axis(p.Start)}, {Name: "Held by"}},
		Empty: "There is no need.",
	}
	for _, n := range p.Needs {
		t.Rows = append(t.Rows, []Cell{Text(n.Title), Text(n.Where), Text(Number(float64(n.Priority))), Text(n.Months.sum()), Text(Percent(n.Share)),
			n.MetCell(), {Strip: n.Strip, Bar: -1}, Toned(orDash(n.HeldBy), n.Tone)})
	}
	return t
}

// MetCell says since when all that is needed is there, and whether for good.
func (n Need) MetCell() Cell {
	switch {
	case !n.Asks:
		return Toned("not asked", Quiet)
	case n.Met == "":
		return Toned("never", Bad)
	case !n.Steady:
		return Toned(MonthText(n.Met)+", lost", Warn)
	}
	return Toned(MonthText(n.Met), Good)
}

// Months is a need month by month.
type Months []NeedMonth

func (ms Months) sum() string {
	needed := 0.0
	for _, m := range ms {
		needed += m.Needed
	}
	return Number(needed)
}

// Shortest lists the needs that are not met throughout, those first that cost
// most coverage.
func (p Plan) Shortest() []Need {
	var short []Need
	for _, n := range p.Needs {
		if n.Asks && n.Lost >= 5e-4 {
			short = append(short, n)
		}
	}
	slices.SortStableFunc(short, func(a, b Need) int { return cmp.Compare(b.Lost, a.Lost) })
	return short
}

// Finding says in a sentence or two what becomes of the need.
func (n Need) Finding() string {
	if !n.Asks {
		return "Nothing is needed in these months."
	}
	says := fmt.Sprintf("%s, %s.", n.Says, Percent(n.Share))
	switch {
	case n.Steady:
		says += " All that is needed is there from " + MonthText(n.Met) + "."
	case n.Met != "":
		says += " All that is needed is there in " + MonthText(n.Met) + ", but not for good."
	default:
		says += " All that is needed is never there."
	}
	if n.HeldBy != "" {
		says += " What holds it back most is " + n.HeldBy + "."
	}
	if n.Lost >= 5e-4 {
		says += " What is missing costs " + Points(n.Lost) + " points of coverage."
	}
	return says
}

// ByMonth is the need month by month with what each leg alone would allow.
func (n Need) ByMonth() Table {
	t := Table{
		Title: "Month by month, in " + n.Unit,
		Note:  "Equipment, people and money: what each would allow if the other two were unlimited, up to what is needed.",
		Heads: []Head{{Name: "Month"}, {Name: "Needed", Numeric: true}, {Name: "Covered", Numeric: true}, {Name: "Equipment", Numeric: true}, {Name: "People", Numeric: true}, {Name: "Money", Numeric: true}, {Name: "Held by"}},
		Empty: "The plan has no month.",
	}
	for _, m := range n.Months {
		if m.Needed <= 1e-9 {
			continue
		}
		held := Toned(orDash(m.HeldBy), Quiet)
		covered := Text(units(m.Covered))
		if m.short() {
			covered.Tone, held.Tone = Bad, Plain
		}
		t.Rows = append(t.Rows, []Cell{Text(m.Month.Text()), Text(Number(m.Needed)), covered, Text(units(m.EquipmentLeg)), Text(units(m.PeopleLeg)), Text(units(m.MoneyLeg)), held})
	}
	return t
}

// units is a number of them in a column: two decimals are enough, but something
// is never drawn as nothing.
func units(x float64) string {
	if x >= 0.005 {
		x = math.Round(x*100) / 100
	}
	return Number(x)
}

func (m NeedMonth) short() bool { return m.Covered < m.Needed*(1-1e-5)-1e-6 }

// Dearest is the party whose withdrawal would cost most.
func Dearest(ms []whatif.Marginal) record.PartyID {
	return slices.MaxFunc(ms, func(a, b whatif.Marginal) int { return cmp.Compare(a.Points, b.Points) }).Party
}
