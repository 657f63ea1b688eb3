package screen

import (
	"net/url"
	"slices"

	"entente/check"
	"entente/report"
)

// Findings is all that check found, by rule.
type Findings struct {
	Lede   string     `json:"finding"`
	Level  string     `json:"level"`
	Levels []Choice   `json:"-"`
	Rules  []RuleHits `json:"rules"`

	Accepted []Item `json:"accepted,omitempty"` // as risks; not among the open ones
}

// RuleHits is what one rule found.
type RuleHits struct {
	ID    string      `json:"id"`
	Title string      `json:"title"`
	Level string      `json:"level"`
	Tone  report.Tone `json:"-"`
	Items []Item      `json:"items"`
	Count int         `json:"-"` // of all, made or not
}

// ItemsFirst is how many findings of one rule are on a page.
const ItemsFirst = 20

// Findings shows those at a level and above; warnings where none is asked for.
func (w World) Findings(q url.Values) Findings {
	level, err := check.ParseLevel(q.Get("level"))
	if err != nil {
		level = check.Warning
	}
	s := Findings{Level: level.String()}
	for _, l := range []check.Level{check.Error, check.Warning, check.Note} {
		s.Levels = append(s.Levels, Choice{l.String(), w.Say([]string{"All", "Warnings", "Errors"}[l]), l == level})
	}
	accepted := w.accepted()
	errors, warnings := 0, 0
	for n, f := range w.Found {
		switch {
		case accepted(n):
		case f.Level == check.Error:
			errors++
		case f.Level == check.Warning:
			warnings++
		}
		if f.Level < level {
			continue
		}
		if accepted(n) {
			item := w.decided(w.item(f), f)
			item.Title = w.View.Name(f.Records[0])
			s.Accepted = append(s.Accepted, item)
			continue
		}
		i := slices.IndexFunc(s.Rules, func(r RuleHits) bool { return r.ID == f.Rule })
		if i < 0 {
			i = len(s.Rules)
			item := w.item(f)
			s.Rules = append(s.Rules, RuleHits{ID: f.Rule, Title: item.Title, Level: item.Level, Tone: item.Tone})
		}
		if s.Rules[i].Count++; w.OnePage && s.Rules[i].Count > ItemsFirst {
			continue
		}
		item := w.decided(w.item(f), f)
		if len(f.Records) > 0 {
			item.Title = w.View.Name(f.Records[0])
		}
		s.Rules[i].Items = append(s.Rules[i].Items, item)
	}
	s.Lede = w.Say("**%d** errors and **%d** warnings in %s. A finding never stops anything: it says what to do.", errors, warnings, w.Count(w.View.Len(), "%d record", "%d records"))
	if len(s.Accepted) > 0 {
		s.Lede += " " + w.Count(len(s.Accepted), "%d more is accepted as a risk.", "%d more are accepted as risks.")
	}
	return s
}

// Finding implements Screen.
func (s Findings) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Findings) Tables() []Table {
	t := Table{ID: "findings", Title: "Findings", Heads: Voice{}.heads("Rule", "Level", "Record", "Says", "Remedy")}
	for _, r := range s.Rules {
		for _, i := range r.Items {
			t.Rows = append(t.Rows, []Cell{text(r.ID), text(i.Level), link(i.Title, i.Href), text(i.Says), text(i.Fix)})
		}
	}
	return []Table{t}
}
