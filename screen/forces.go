package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/check"
	"entente/record"
	"entente/register"
	"entente/report"
)

// Forces shows each unit over time with what it is promised to: there is one set
// of forces.
type Forces struct {
	Lede    string       `json:"finding"`
	Start   record.Month `json:"start"`
	Months  int          `json:"months"`
	Today   int          `json:"-"`
	Frames  []string     `json:"frames"` // frameworks by colour, the last for all others
	Units   []Lane       `json:"units"`
	Carried []int        `json:"promises_by_month"`
	Bearing []int        `json:"units_promised_by_month"`
	Chosen  *UnitPanel   `json:"chosen,omitempty"`
	Idle    Table        `json:"without_promise"`
}

// Lane is one unit over time.
type Lane struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Sub     string `json:"sub"`
	Branch  string `json:"branch"`
	Echelon string `json:"echelon"`
	Bars    []Bar  `json:"bars"`
	Twice   []Span `json:"overlaps,omitempty"`
	Says    string `json:"says"`
	Bad     bool   `json:"-"`
}

// Bar is one assignment.
type Bar struct {
	From   int    `json:"from"` // months from the start; the bar ends before To
	To     int    `json:"to"`
	Frame  int    `json:"-"`
	Under  string `json:"under"`
	Role   string `json:"role"`
	Track  int    `json:"-"` // 0 above, 1 below
	Record string `json:"record"`
}

// Span is the months in which a unit is promised twice.
type Span struct {
	From, To int
	Declared bool
}

// UnitPanel is all about one unit.
type UnitPanel struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Sub      string `json:"sub"`
	Href     string `json:"-"`
	Claim    string `json:"claim"`
	Promises Table  `json:"promises"`
	Findings []Item `json:"findings"`
	Ways     []Item `json:"ways_out"`
}

const framesMax = 5

// Forces is made with one unit chosen, or the first that is promised twice.
func (w World) Forces(unit string) Forces {
	start, months, today := w.View.At().On.Month()-17, 36, 17
	if w.Plan != nil {
		start, months, today = w.Plan.Start, w.Plan.Months, w.today()
	}
	f := remembered(w.Memo, fmt.Sprintf("forces %s %d %d", w.Lang(), start, months), func() Forces { return w.forces(start, months, today) })
	if unit == "" && len(f.Units) > 0 {
		unit = f.Units[0].ID
	}
	f.Chosen = w.unitPanel(unit)
	return f
}

// forces is the same for whatever unit is chosen.
func (w World) forces(start record.Month, months, today int) Forces {
	f := Forces{Start: start, Months: months, Today: today}
	colour := w.frames(&f)
	f.Carried, f.Bearing = make([]int, f.Months), make([]int, f.Months)
	var idle []*record.Unit
	for _, u := range w.View.Units() {
		l := w.lane(u, f, colour)
		if len(l.Bars) == 0 {
			idle = append(idle, u)
			continue
		}
		for t := range f.Months {
			n := 0
			for _, b := range l.Bars {
				if b.From <= t && t < b.To {
					n++
				}
			}
			f.Carried[t] += n
			f.Bearing[t] += min(n, 1)
		}
		f.Units = append(f.Units, l)
	}
	slices.SortStableFunc(f.Units, func(a, b Lane) int { return rank(a) - rank(b) })
	f.Idle = w.idle(idle)
	f.Lede = w.forcesLede(f)
	return f
}

func rank(l Lane) int {
	switch {
	case l.Bad:
		return 0
	case len(l.Twice) > 0:
		return 1
	}
	return 2
}

// unitsShown is how many units are drawn; the CSV has all.
const unitsShown = 80

// Drawn are the units that are drawn: those first that are promised twice.
func (f Forces) Drawn() []Lane { return f.Units[:min(len(f.Units), unitsShown)] }

// Finding implements Screen.
func (f Forces) Finding() string { return f.Lede }

// Tables implements Screen.
func (f Forces) Tables() []Table {
	t := Table{ID: "forces", Title: "Forces", Heads: Voice{}.heads("Unit", "What", "Under", "Role", "From", "To", "Overlap")}
	for _, u := range f.Units {
		for _, b := range u.Bars {
			t.Rows = append(t.Rows, []Cell{text(u.Name), text(u.Sub), text(b.Under), text(b.Role), text((f.Start + record.Month(b.From)).String()), text((f.Start + record.Month(b.To-1)).String()), text(u.Says)})
		}
	}
	return []Table{t, f.Idle}
}

// frames gives the frameworks that call most often a colour each.
func (w World) frames(f *Forces) func(record.AgreementID) int {
	count := map[record.AgreementID]int{}
	var ids []record.AgreementID
	for _, a := range w.View.Assignments() {
		if count[a.Under] == 0 {
			ids = append(ids, a.Under)
		}
		count[a.Under]++
	}
	slices.SortStableFunc(ids, func(a, b record.AgreementID) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	ids = ids[:min(len(ids), framesMax)]
	for _, id := range ids {
		f.Frames = append(f.Frames, w.name(record.KindAgreement, string(id)))
	}
	f.Frames = append(f.Frames, w.Say("Others"))
	return func(id record.AgreementID) int {
		if i := slices.Index(ids, id); i >= 0 {
			return i
		}
		return framesMax
	}
}

// assignments are what a unit is promised to, the earliest first.
func (w World) assignments(u *record.Unit) []*record.Assignment {
	if w.Memo != nil {
		return remembered(w.Memo, "assignments", w.assigned)[u.ID]
	}
	return w.assignedTo(u)
}

func (w World) assigned() map[string][]*record.Assignment {
	of := map[string][]*record.Assignment{}
	for _, u := range w.View.Units() {
		of[u.ID] = w.assignedTo(u)
	}
	return of
}

func (w World) assignedTo(u *record.Unit) []*record.Assignment {
	var all []*record.Assignment
	for _, r := range w.View.Referring(u.Key()) {
		if a, ok := r.(*record.Assignment); ok && string(a.Unit) == u.ID {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b *record.Assignment) int { return int(a.From.First() - b.From.First()) })
	return all
}

func (w World) lane(u *record.Unit, f Forces, colour func(record.AgreementID) int) Lane {
	l := Lane{ID: u.ID, Name: u.Name(), Sub: w.unitSub(u), Branch: u.Type, Echelon: u.Echelon, Says: w.Say("clear")}
	free := [2]int{}
	var as []*record.Assignment
	for _, a := range w.assignments(u) {
		from := max(int(a.From.First().Month()-f.Start), 0)
		to := f.Months
		if end := register.TermEnd(a.To); end != record.Forever {
			to = min(int(end.Month()-f.Start)+1, f.Months)
		}
		if to <= 0 || from >= f.Months || to <= from {
			continue
		}
		track := 0
		if free[0] > from {
			track = 1
		}
		free[track] = max(free[track], to)
		l.Bars = append(l.Bars, Bar{from, to, colour(a.Under), w.name(record.KindAgreement, string(a.Under)), string(a.Role), track, a.ID})
		as = append(as, a)
	}
	twice := 0
	for i := range as {
		for k := range i {
			if s, ok := w.twice(as[k], as[i], l.Bars[k], l.Bars[i]); ok {
				l.Twice = append(l.Twice, s)
				if !s.Declared {
					l.Bad = true
				}
				twice = max(twice, s.To-s.From)
			}
		}
	}
	if twice > 0 {
		l.Says = w.Count(twice, "%d month twice", "%d months twice")
	}
	return l
}

// twice tells when two assignments ask for more of a unit than there is; it is
// declared where check has nothing against it.
func (w World) twice(a, b *record.Assignment, x, y Bar) (Span, bool) {
	s := Span{From: max(x.From, y.From), To: min(x.To, y.To), Declared: true}
	part := func(a *record.Assignment) float64 {
		if a.Share != nil {
			return *a.Share
		}
		return 1
	}
	if s.From >= s.To || part(a)+part(b) <= 1+1e-9 || a.Under == b.Under {
		return s, false
	}
	for _, n := range w.on(a.Key()) {
		if f := w.Found[n]; f.Level >= check.Warning && slices.Contains(f.Records, b.Key()) {
			s.Declared = false
		}
	}
	return s, true
}

func (w World) unitSub(u *record.Unit) string {
	parts := []string{w.party(u.By)}
	if u.Strength != nil {
		parts = append(parts, report.Range(*u.Strength))
	}
	if u.Notice > 0 {
		parts = append(parts, w.Count(u.Notice, "%d day", "%d days"))
	}
	return strings.Join(parts, ", ")
}

func (w World) idle(units []*record.Unit) Table {
	t := Table{ID: "idle", Title: w.Count(len(units), "%d unit without a promise in these months", "%d units without a promise in these months"), Heads: w.heads("Unit", "By", "Type", "Echelon"), Empty: w.Say("Every unit is promised to something.")}
	for _, u := range units {
		t.Rows = append(t.Rows, []Cell{link(u.Name(), recordHref(u.Key())), text(w.party(u.By)), text(u.Type), text(cmp.Or(u.Echelon, "–"))})
	}
	return t
}

func (w World) forcesLede(f Forces) string {
	if len(f.Units) == 0 {
		return w.Say("No unit is promised to anything in these months.")
	}
	t := min(max(f.Today, 0), f.Months-1)
	bad, declared := 0, 0
	for _, u := range f.Units {
		switch {
		case u.Bad:
			bad++
		case len(u.Twice) > 0:
			declared++
		}
	}
	says := w.Say("**%d** units carry the promises of %d frameworks or more. In %s they carry **%d promises with %d units**.", len(f.Units), len(f.Frames)-1, w.Month(f.Start+record.Month(t)), f.Carried[t], f.Bearing[t])
	return says + " " + w.Say("Promised twice: **%d** against what is declared, %d as declared.", bad, declared)
}

func (w World) unitPanel(id string) *UnitPanel {
	u, ok := w.View.Unit(record.UnitID(id))
	if !ok {
		return nil
	}
	p := &UnitPanel{ID: id, Name: u.Name(), Sub: strings.Trim(w.unitSub(u)+", "+u.Type+" "+u.Echelon, ", "), Href: recordHref(u.Key())}
	p.Promises = Table{ID: "promises", Title: w.Say("Promises"), Heads: w.heads("Under", "Role", "From", "To"), Empty: w.Say("It is promised to nothing.")}
	as := w.assignments(u)
	for _, a := range as {
		p.Promises.Rows = append(p.Promises.Rows, []Cell{link(w.name(record.KindAgreement, string(a.Under)), recordHref(a.Key())), text(w.Say(string(a.Role))), text(a.From.String()), text(cmp.Or(a.To.String(), w.Say("open")))})
	}
	found := w.on(u.Key())
	for _, a := range as {
		found = slices.Concat(found, w.on(a.Key()))
	}
	slices.Sort(found)
	for _, n := range slices.Compact(found) {
		i := w.item(w.Found[n])
		i.Href = findingHref(w.Found[n])
		p.Findings = append(p.Findings, i)
	}
	p.Claim = w.Count(len(as), "It has **%d** promise.", "It has **%d** promises.")
	if len(p.Findings) > 0 {
		p.Claim = p.Findings[0].Title + ". " + capital(p.Findings[0].Fix) + "."
		p.Ways = w.waysOut(u)
	}
	return p
}

// waysOut lists units of like size that are promised to nothing on the view's day.
func (w World) waysOut(u *record.Unit) []Item {
	var ways []Item
	day := w.View.At().On
	for _, other := range w.View.Units() {
		if other.ID == u.ID || other.Echelon != u.Echelon || other.Confidence == record.Disputed || len(ways) == 5 {
			continue
		}
		busy := slices.ContainsFunc(w.assignments(other), func(a *record.Assignment) bool {
			return register.TermEnd(a.To) >= day
		})
		if !busy {
			ways = append(ways, Item{Title: other.Name(), Says: w.Say("%s, %s: promised to nothing from this day on", w.party(other.By), fmt.Sprint(other.Type)), Href: "/forces?unit=" + other.ID})
		}
	}
	return ways
}
