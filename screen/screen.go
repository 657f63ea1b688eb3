// Package screen says what each screen shows: its finding as a sentence, its
// figures as series, tables and lanes, and where each figure leads.
//
// It stands between report, which turns one answer into words, and web, which
// knows HTML: a screen is a value that puts several answers side by side. Every
// title is a function of the figures under it. Whoever makes a screen gives it
// a view, and so whatever a reader may not see is in no screen of theirs; the
// JSON and the CSV of a page are this value, nothing more.
//
// A Href is a path within the site and its own query. What every link carries
// beside that, the day, the plan and the reader, is added where pages are drawn.
package screen

import (
	"net/url"
	"slices"
	"strings"

	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// Screen is what a page shows.
type Screen interface {
	// Finding is the sentence that the page is about; **so** is stressed.
	Finding() string
	// Tables are the figures of the page, for those who reckon on.
	Tables() []Table
}

// World is what screens are made from: a view, what check found in it, and the
// plans that were made for it.
type World struct {
	Voice
	View  *register.View
	Found []check.Finding
	Plan  *plan.Plan // with prices and reasons; nil where the register has no need to plan for
	Tried bool       // the steps that would help have been tried
	// Decided are words on findings, by FindingKey.
	Decided map[string]Decision
	Memo    *Memo      // of the view; nil reckons everything anew
	OnePage bool       // of a list only the rows of the page are made; otherwise all
	Wide    *plan.Plan // brief: what there would be if all that is announced came; nil where there is no Plan
}

// Table is rows under heads, with a title that states what they show.
type Table struct {
	ID    string        `json:"id"`
	Title string        `json:"title"`
	Note  string        `json:"note,omitempty"`
	Empty string        `json:"empty,omitempty"`
	Heads []report.Head `json:"heads"`
	Rows  [][]Cell      `json:"rows"`
	More  int           `json:"-"` // rows that were not made, for they are on no page
}

// RowsMost is how many rows of a table that is no list are on a page: a page has
// an end.
const RowsMost = 150

// on are the numbers of the findings that name a record.
func (w World) on(k record.Key) (all []int) {
	if w.Memo != nil {
		return remembered(w.Memo, "on", w.named)[k]
	}
	for n, f := range w.Found {
		if slices.Contains(f.Records, k) {
			all = append(all, n)
		}
	}
	return all
}

func (w World) named() map[record.Key][]int {
	named := map[record.Key][]int{}
	for n, f := range w.Found {
		for _, k := range f.Records {
			if all := named[k]; len(all) == 0 || all[len(all)-1] != n {
				named[k] = append(all, n)
			}
		}
	}
	return named
}

// onPage is how many of n rows are made.
func (w World) onPage(n int) int {
	if w.OnePage {
		return min(n, RowsMost)
	}
	return n
}

// Cell is one value, ready to be read.
type Cell struct {
	Text  string       `json:"text"`
	Sub   string       `json:"sub,omitempty"`
	Href  string       `json:"href,omitempty"`
	Tone  report.Tone  `json:"-"`
	Bar   float64      `json:"-"` // 0 to 1, drawn beside Text; 0 draws none
	Strip report.Strip `json:"strip,omitempty"`
	Sort  float64      `json:"-"` // what a column of numbers is ordered by
}

func text(s string) Cell                  { return Cell{Text: s} }
func toned(s string, t report.Tone) Cell  { return Cell{Text: s, Tone: t} }
func link(s, href string) Cell            { return Cell{Text: s, Href: href} }
func number(s string, of float64) Cell    { return Cell{Text: s, Sort: of} }
func (t Table) with(rows ...[]Cell) Table { t.Rows = append(t.Rows, rows...); return t }
func recordHref(k record.Key) string {
	return "/records/" + string(k.Kind) + "/" + url.PathEscape(k.ID)
}
func needHref(id record.NeedID) string { return "/plan?need=" + url.QueryEscape(string(id)) }
func (w World) name(k record.Kind, id string) string {
	if id == "" {
		return ""
	}
	return w.View.Name(record.Key{Kind: k, ID: id})
}
func (w World) party(id record.PartyID) string { return w.name(record.KindParty, string(id)) }
func (w World) place(id record.PlaceID) string { return w.name(record.KindPlace, string(id)) }

// heads makes heads of names; # before a name marks a column of numbers, and
// ? one that may be left out where there is little room.
func (v Voice) heads(names ...string) []report.Head {
	hs := make([]report.Head, len(names))
	for i, name := range names {
		name, numeric := strings.CutPrefix(name, "#")
		name, brief := strings.CutPrefix(name, "?")
		hs[i] = report.Head{Name: v.Say(name), Numeric: numeric, Brief: brief}
	}
	return hs
}

// refer leads from a Kind/id to the page of what it names: to the plan for a
// need, to the record for everything else; "" where the view has no such record.
func (w World) refer(key string) string {
	kind, id, ok := strings.Cut(key, "/")
	k := record.Key{Kind: record.Kind(kind), ID: id}
	if _, seen := w.View.Get(k); !ok || !seen {
		return ""
	}
	return recordHref(k)
}

// tableOf takes over a table of a report. A cell that names a record leads to it.
func (w World) tableOf(id string, t report.Table) Table {
	out := Table{ID: id, Title: t.Title, Note: t.Note, Empty: t.Empty, Heads: t.Heads}
	out.More = len(t.Rows) - w.onPage(len(t.Rows))
	for _, row := range t.Rows[:w.onPage(len(t.Rows))] {
		cells := make([]Cell, len(row))
		for i, c := range row {
			cells[i] = Cell{Text: c.Text, Tone: c.Tone, Bar: max(c.Bar, 0), Strip: c.Strip, Href: w.refer(c.Text)}
			if cells[i].Href != "" {
				_, name, _ := strings.Cut(c.Text, "/")
				cells[i].Text = name
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// Stat is one figure of a strip.
type Stat struct {
	Name  string      `json:"name"`
	Value string      `json:"value"`
	Sub   string      `json:"sub,omitempty"`
	Tone  report.Tone `json:"-"`
}

// Item is one thing in a list, with what it leads to.
type Item struct {
	When  string      `json:"when,omitempty"`
	Title string      `json:"title"`
	Says  string      `json:"says,omitempty"`
	Fix   string      `json:"fix,omitempty"`
	Href  string      `json:"href,omitempty"`
	Level string      `json:"level,omitempty"`
	Word  string      `json:"decision,omitempty"` // what somebody decided about it
	Page  string      `json:"-"`                  // where that is decided
	Tone  report.Tone `json:"-"`
}
