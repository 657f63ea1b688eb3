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
}

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
	for _, f := range w.Found {
		if f.Level < level {
			continue
		}
		item, open := w.decided(w.item(f), f)
		if !open {
			item.Title = w.View.Name(f.Records[0])
			s.Accepted = append(s.Accepted, item)
			continue
		}
		i := slices.IndexFunc(s.Rules, func(r RuleHits) bool { return r.ID == f.Rule })
		if i < 0 {
			i = len(s.Rules)
			s.Rules = append(s.Rules, RuleHits{ID: f.Rule, Title: item.Title, Level: item.Level, Tone: item.Tone})
		}
		if len(f.Records) > 0 {
			item.Title = w.View.Name(f.Records[0])
		}
		s.Rules[i].Items = append(s.Rules[i].Items, item)
	}
	open := w
	if len(w.Decided) > 0 {
		open.Found = slices.DeleteFunc(slices.Clone(w.Found), func(f check.Finding) bool { return w.Decided[FindingKey(f)].State == RiskAccepted })
	}
	errors, warnings := open.levels()
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
