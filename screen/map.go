package screen

import (
	"cmp"
	"fmt"
	"slices"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// Map shows who is where in a month, by the areas that the register states.
type Map struct {
	Lede   string         `json:"finding"`
	Month  record.Month   `json:"month"`
	Months []record.Month `json:"-"`
	Today  record.Month   `json:"-"`
	Allies []string       `json:"-"` // parties whose land is tinted
	Units  []Posted       `json:"units"`
	Sites  []Site         `json:"training"`
	Flows  []Flow         `json:"deliveries"`
	Stats  []Stat         `json:"stats"`
	Table  Table          `json:"table"`
	Chosen *UnitPanel     `json:"chosen,omitempty"`
}

// Posted is a unit at a place in a month.
type Posted struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Party   string  `json:"party"`
	Branch  string  `json:"branch"`
	Echelon string  `json:"echelon,omitempty"`
	Place   string  `json:"place"`
	Role    string  `json:"role"`
	Note    string  `json:"-"`
	Lon     float64 `json:"lon"`
	Lat     float64 `json:"lat"`
	There   bool    `json:"there"` // deployed or training there; else planned, on standby or at home
	Twice   bool    `json:"twice,omitempty"`
	Chosen  bool    `json:"-"`
}

// Site is where people are trained in a month.
type Site struct {
	Name  string  `json:"name"`
	Place string  `json:"place"`
	Lon   float64 `json:"lon"`
	Lat   float64 `json:"lat"`
	Seats float64 `json:"seats"`
	Href  string  `json:"href"`
}

// Flow is what is sent to a place in a month.
type Flow struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Says  string  `json:"says"`
	Lon   float64 `json:"lon"` // of where it goes
	Lat   float64 `json:"lat"`
	Party string  `json:"party"`
	Href  string  `json:"href"`
}

// Map is made for a month, with one unit chosen.
func (w World) Map(month record.Month, unit string) Map {
	m := Map{Month: month, Today: w.View.At().On.Month()}
	first, months := m.Today-12, 24
	if w.Plan != nil {
		first, months = w.Plan.Start, w.Plan.Months
	}
	for t := range months {
		m.Months = append(m.Months, first+record.Month(t))
	}
	if m.Month < first || m.Month >= first+record.Month(months) {
		m.Month = min(max(m.Today, first), first+record.Month(months-1))
	}
	for _, p := range w.View.Parties() {
		if p.Type == "nation" && p.ID != "RUS" && p.ID != "BLR" {
			m.Allies = append(m.Allies, p.ID)
		}
	}
	w.post(&m, unit)
	w.sites(&m)
	w.flows(&m)
	m.Table = w.mapTable(m)
	there, standby, twice := 0, 0, 0
	for _, u := range m.Units {
		switch {
		case u.There:
			there++
		default:
			standby++
		}
		if u.Twice {
			twice++
		}
	}
	m.Stats = []Stat{{Name: w.Say("In place"), Value: fmt.Sprint(there)}, {Name: w.Say("On standby"), Value: fmt.Sprint(standby)}, {Name: w.Say("Promised twice"), Value: fmt.Sprint(twice)}, {Name: w.Say("Deliveries"), Value: fmt.Sprint(len(m.Flows))}}
	if twice > 0 {
		m.Stats[2].Tone = report.Bad
	}
	m.Lede = w.Say("In **%s** %d units are in place and %d stand by; %d programmes train and %d deliveries are under way, as planned.", w.Month(m.Month), there, standby, len(m.Sites), len(m.Flows))
	m.Chosen = w.unitPanel(unit)
	return m
}

// Finding implements Screen.
func (m Map) Finding() string { return m.Lede }

// Tables implements Screen.
func (m Map) Tables() []Table { return []Table{m.Table} }

// at is where a place is: its own location, or that of the place it lies in.
func (w World) at(id record.PlaceID) (lon, lat float64, ok bool) {
	for range 8 {
		p, found := w.View.Place(id)
		if !found {
			return 0, 0, false
		}
		if len(p.Location) == 2 {
			return p.Location[0], p.Location[1], true
		}
		id = p.Within
	}
	return 0, 0, false
}

func (w World) post(m *Map, chosen string) {
	first, last := m.Month.First(), m.Month.Last()
	for _, u := range w.View.Units() {
		var active []*record.Assignment
		for _, a := range w.assignments(u) {
			if a.From.First() <= last && register.TermEnd(a.To) >= first {
				active = append(active, a)
			}
		}
		if len(active) == 0 {
			continue
		}
		slices.SortStableFunc(active, func(a, b *record.Assignment) int { return presence(b) - presence(a) })
		a := active[0]
		place := cmp.Or(a.At, u.Home)
		lon, lat, ok := w.at(place)
		if !ok {
			continue
		}
		p := Posted{ID: u.ID, Name: u.Name(), Party: string(u.By), Branch: u.Type, Echelon: u.Echelon, Place: w.place(place), Role: w.Say(string(a.Role)), Lon: lon, Lat: lat, There: presence(a) >= 2, Chosen: u.ID == chosen}
		if u.Notice > 0 && !p.There {
			p.Note = fmt.Sprintf("%d d", u.Notice)
		}
		for i := range active {
			for k := range i {
				x := Bar{From: 0, To: 1}
				if s, twice := w.twice(active[k], active[i], x, x); twice && !s.Declared {
					p.Twice = true
				}
			}
		}
		m.Units = append(m.Units, p)
	}
}

// presence orders the roles by how much a unit is where the assignment says.
func presence(a *record.Assignment) int {
	switch a.Role {
	case record.Deployed:
		return 3
	case record.InTraining:
		return 2
	case record.Standby:
		return 1
	}
	return 0
}

func (w World) sites(m *Map) {
	for _, r := range w.View.OfKind(record.KindProgramme) {
		p := r.(*record.Programme)
		lon, lat, ok := w.at(p.At)
		if ok && p.From.First() <= m.Month.Last() && register.TermEnd(p.To) >= m.Month.First() {
			m.Sites = append(m.Sites, Site{p.Name(), w.place(p.At), lon, lat, p.Seats.Max, recordHref(p.Key())})
		}
	}
}

// flows gathers what is shipped in a month by who sends it where.
func (w World) flows(m *Map) {
	if w.Plan == nil {
		return
	}
	type way struct {
		party record.PartyID
		at    record.PlaceID
	}
	found := map[way]int{}
	for _, move := range w.Plan.Moves {
		if move.Verb != plan.Ship || move.Month != m.Month || move.Handed && move.Month == w.Plan.Start || move.Party == "" {
			continue
		}
		lon, lat, ok := w.at(move.At)
		if !ok {
			continue
		}
		k := way{move.Party, move.At}
		says := report.Number(move.Quantity) + " × " + w.name(record.KindResource, string(move.Resource))
		if i, seen := found[k]; seen {
			m.Flows[i].Says += ", " + says
			continue
		}
		found[k] = len(m.Flows)
		kind, id, _ := cutKey(move.Record)
		m.Flows = append(m.Flows, Flow{From: w.party(move.Party), To: w.place(move.At), Says: says, Lon: lon, Lat: lat, Party: string(move.Party), Href: recordHref(record.Key{Kind: kind, ID: id})})
	}
}

func cutKey(key string) (record.Kind, string, bool) {
	for i := range key {
		if key[i] == '/' {
			return record.Kind(key[:i]), key[i+1:], true
		}
	}
	return "", key, false
}

// mapTable says in words what the map draws.
func (w World) mapTable(m Map) Table {
	t := Table{ID: "where", Title: w.Say("Who is where in %s", w.Month(m.Month)), Heads: w.heads("Who", "What", "Where"), Empty: w.Say("Nothing is on the map in this month.")}
	for _, u := range m.Units {
		c := Cell{Text: u.Name, Href: "?unit=" + u.ID}
		role := text(u.Role)
		if u.Twice {
			role = Cell{Text: u.Role, Sub: w.Say("promised twice"), Tone: report.Bad}
		}
		t.Rows = append(t.Rows, []Cell{c, role, text(u.Place)})
	}
	for _, s := range m.Sites {
		t.Rows = append(t.Rows, []Cell{link(s.Name, s.Href), text(w.Say("%s seats a month", report.Number(s.Seats))), text(s.Place)})
	}
	for _, f := range m.Flows {
		t.Rows = append(t.Rows, []Cell{link(f.From, f.Href), text(f.Says), text(f.To)})
	}
	return t
}
