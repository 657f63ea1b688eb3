package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/record"
	"entente/report"
)

// Agreements shows how agreements come along, what they oblige to, how fast
// promises become deliveries, and where they stop.
type Agreements struct {
	Lede        string      `json:"finding"`
	From        record.Date `json:"from"`
	To          record.Date `json:"to"`
	Lines       []Pipeline  `json:"pipeline"`
	LinesClaim  string      `json:"pipeline_claim"`
	Pace        []Pace      `json:"pace"`
	PaceClaim   string      `json:"pace_claim"`
	Funnel      []Rungs     `json:"funnel"`
	FunnelClaim string      `json:"funnel_claim"`
	Quiet       Table       `json:"quiet"`
	Obligations Table       `json:"obligations"`
	Decisions   Table       `json:"decisions"`
	All         Table       `json:"agreements"`
}

// Pipeline is one agreement, stage by stage.
type Pipeline struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Sub    string      `json:"sub"`
	Href   string      `json:"-"`
	Stages []StageSpan `json:"stages"`
	Met    int         `json:"met"`
	Of     int         `json:"of"`
	Now    string      `json:"now"`
}

// StageSpan is the time that an agreement spent in a stage.
type StageSpan struct {
	Is   string      `json:"is"`
	From record.Date `json:"from"`
	To   record.Date `json:"to"`
}

// Pace is the days from a party's announcements to its hand-overs.
type Pace struct {
	Party  string `json:"party"`
	Days   []int  `json:"days"`
	Median int    `json:"median"`
}

// Rungs is how many pledges have come to a rung.
type Rungs struct {
	Rung  string  `json:"rung"`
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

// The agreements screen is as long as a reader can take in.
const (
	linesShown = 18
	linesDays  = 30 * 31
	quietDays  = 180
)

// Agreements is made for the view's day.
func (w World) Agreements() Agreements {
	day := w.View.At().On
	s := Agreements{From: day - linesDays, To: day}
	inForce, met, of := 0, 0, 0
	s.Obligations = Table{ID: "obligations", Heads: w.heads("Agreement", "What", "By", "Due", "State"), Empty: w.Say("No obligation is on record.")}
	s.All = Table{ID: "all", Heads: w.heads("Agreement", "?Type", "Stage", "Since", "#Parties"), Empty: w.Say("No agreement is on record.")}
	for _, a := range w.View.Agreements() {
		stage, since := w.View.Stage(a)
		if stage == record.InForce {
			inForce++
		}
		s.All.Rows = append(s.All.Rows, []Cell{link(a.Name(), recordHref(a.Key())), text(a.Type), text(cmp.Or(w.Say(string(stage)), w.Say("not yet"))), text(cmp.Or(since.String(), "–")), number(fmt.Sprint(len(a.Parties)), float64(len(a.Parties)))})
		for _, o := range a.Obligations {
			of++
			state := w.obligationState(o.Met, o.Due)
			if state.Tone == report.Good {
				met++
			}
			s.Obligations.Rows = append(s.Obligations.Rows, []Cell{link(a.Name(), recordHref(a.Key())), text(o.What), text(cmp.Or(w.party(o.By), w.Say("nobody named"))), text(cmp.Or(o.Due.String(), "–")), state})
		}
		if l := w.pipeline(a, s.From); len(l.Stages) > 0 {
			s.Lines = append(s.Lines, l)
		}
	}
	slices.SortStableFunc(s.Lines, func(a, b Pipeline) int { return int(last(b) - last(a)) })
	shown := min(len(s.Lines), linesShown)
	s.LinesClaim = w.Say("%d of %d agreements are in force; %d changed stage in the last 30 months", inForce, len(s.All.Rows), len(s.Lines))
	s.Lines = s.Lines[:shown]
	s.All.Title = w.Count(len(s.All.Rows), "%d agreement", "%d agreements")
	s.Obligations.Title = w.Say("%d of %d obligations are met", met, of)
	s.Pace, s.PaceClaim = w.paces()
	s.Funnel, s.FunnelClaim = w.funnel()
	s.Quiet, s.Decisions = w.quiet(), w.decisions()
	s.Lede = w.Say("**%d** agreements, %d in force. **%d of %d** obligations are met.", len(s.All.Rows), inForce, met, of)
	if days, n := w.pace(); n > 0 {
		s.Lede += " " + w.Say("Half of the promises that came took longer than **%d days** from their announcement.", days)
	}
	return s
}

// Finding implements Screen.
func (s Agreements) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Agreements) Tables() []Table {
	pace := Table{ID: "pace", Title: s.PaceClaim, Heads: Voice{}.heads("Party", "#Pledges", "#Median days")}
	for _, p := range s.Pace {
		pace.Rows = append(pace.Rows, []Cell{text(p.Party), number(fmt.Sprint(len(p.Days)), float64(len(p.Days))), number(fmt.Sprint(p.Median), float64(p.Median))})
	}
	return []Table{s.All, s.Obligations, s.Decisions, s.FunnelTable(), pace, s.Quiet}
}

// FunnelTable is the funnel in figures.
func (s Agreements) FunnelTable() Table {
	t := Table{ID: "funnel", Title: s.FunnelClaim, Heads: Voice{}.heads("Rung", "#Pledges", "#Share")}
	for _, f := range s.Funnel {
		t.Rows = append(t.Rows, []Cell{text(f.Rung), number(fmt.Sprint(f.Count), float64(f.Count)), number(report.Percent(f.Share), f.Share)})
	}
	return t
}

func (w World) obligationState(met, due record.Day) Cell {
	day := w.View.At().On
	switch {
	case !met.IsZero() && met.First() <= day:
		return toned(w.Say("met %s", met.String()), report.Good)
	case !due.IsZero() && due.Last() < day:
		return toned(w.Say("overdue"), report.Bad)
	}
	return text(w.Say("open"))
}

func last(p Pipeline) record.Date { return p.Stages[len(p.Stages)-1].From }

// pipeline is the stages of an agreement that were reached since a day, where
// one was.
func (w World) pipeline(a *record.Agreement, from record.Date) Pipeline {
	day := w.View.At().On
	p := Pipeline{ID: a.ID, Name: a.Name(), Href: recordHref(a.Key()), Of: len(a.Obligations), Sub: a.Type + ", " + w.Count(len(a.Parties), "%d party", "%d parties")}
	recent := false
	var known []record.AgreementStatus
	for _, s := range a.Status {
		if !s.On.IsZero() && s.On.First() <= day && s.On.First() != record.Beginning {
			known = append(known, s)
		}
	}
	slices.SortStableFunc(known, func(a, b record.AgreementStatus) int { return int(a.On.First() - b.On.First()) })
	for i, s := range known {
		end := day
		if i+1 < len(known) {
			end = known[i+1].On.First()
		}
		recent = recent || s.On.First() >= from
		if end > from {
			p.Stages = append(p.Stages, StageSpan{string(s.Is), s.On.First(), end})
		}
	}
	for _, o := range a.Obligations {
		if !o.Met.IsZero() && o.Met.First() <= day {
			p.Met++
		}
	}
	stage, _ := w.View.Stage(a)
	p.Now = string(stage)
	if !recent {
		p.Stages = nil
	}
	return p
}

// paces are the parties that handed something over, the slowest last.
func (w World) paces() ([]Pace, string) {
	of := map[record.PartyID]*Pace{}
	var all []*Pace
	pledges := w.pledged()
	for i, p := range pledges.all {
		if days := int(pledges.took[i]); days > 0 {
			if of[p.By] == nil {
				of[p.By] = &Pace{Party: w.party(p.By)}
				all = append(all, of[p.By])
			}
			of[p.By].Days = append(of[p.By].Days, days)
		}
	}
	paces := make([]Pace, len(all))
	for i, p := range all {
		slices.Sort(p.Days)
		p.Median = p.Days[len(p.Days)/2]
		paces[i] = *p
	}
	slices.SortStableFunc(paces, func(a, b Pace) int { return cmp.Or(a.Median-b.Median, strings.Compare(a.Party, b.Party)) })
	days, n := w.pace()
	if n == 0 {
		return paces, w.Say("No pledge tells both when it was announced and when it was handed over")
	}
	return paces, w.Say("Half of the hand-overs took more than %d days", days)
}

// funnel counts the pledges that have come to each rung or further.
func (w World) funnel() ([]Rungs, string) {
	all := w.pledged()
	var steps []Rungs
	for _, name := range record.Rungs() {
		at, _ := record.ParseRung(name)
		s := Rungs{Rung: w.Rung(name)}
		for _, rung := range all.rung {
			if rung >= at {
				s.Count++
			}
		}
		s.Share = share(float64(s.Count), float64(len(all.all)))
		steps = append(steps, s)
	}
	over := steps[record.HandedOver-1]
	return steps, w.Say("Of %d pledges %d are committed and %d handed over", len(all.all), steps[record.Committed-1].Count, over.Count)
}

// quiet lists what was announced and has not moved since, the longest first.
func (w World) quiet() Table {
	type still struct {
		n    int // of the pledge
		days int
	}
	var all []still
	pledges, day := w.pledged(), w.View.At().On
	for n, rung := range pledges.rung {
		if rung == record.NoRung || rung >= record.Committed {
			continue
		}
		if since, ok := w.View.Since(pledges.all[n], rung); ok && since.First() != record.Beginning {
			all = append(all, still{n, int(day - since.First())})
		}
	}
	slices.SortStableFunc(all, func(a, b still) int { return cmp.Compare(b.days, a.days) })
	t := Table{ID: "quiet", Heads: w.heads("Pledge", "By", "Rung", "#Days"), Empty: w.Say("Nothing that was announced has stood still.")}
	for _, s := range all[:w.onPage(len(all))] {
		p := pledges.all[s.n]
		cell := number(report.Number(float64(s.days)), float64(s.days))
		if s.days > quietDays {
			cell.Tone = report.Bad
		}
		t.Rows = append(t.Rows, []Cell{link(p.Name(), recordHref(p.Key())), text(w.party(p.By)), text(w.Rung(pledges.rung[s.n].String())), cell})
	}
	t.More = len(all) - len(t.Rows)
	t.Title = w.Count(len(all), "%d pledge is announced and not yet committed", "%d pledges are announced and not yet committed")
	return t
}

// decisions lists what meetings decided.
func (w World) decisions() Table {
	t := Table{ID: "decisions", Heads: w.heads("Meeting", "On", "Decision", "By", "Due", "State"), Empty: w.Say("No decision is on record.")}
	done := 0
	ms := slices.Clone(w.View.Meetings())
	slices.SortStableFunc(ms, func(a, b *record.Meeting) int { return int(b.On.First() - a.On.First()) })
	for _, m := range ms {
		for _, d := range m.Decisions {
			state := w.obligationState(d.Done, d.Due)
			if state.Tone == report.Good {
				done++
			}
			t.Rows = append(t.Rows, []Cell{link(m.Name(), recordHref(m.Key())), text(m.On.String()), text(d.What), text(cmp.Or(w.party(d.Owner), w.Say("nobody named"))), text(cmp.Or(d.Due.String(), "–")), state})
		}
	}
	t.Title = w.Say("%d of %d decisions are done", done, len(t.Rows))
	return t
}
