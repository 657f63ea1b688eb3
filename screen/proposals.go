package screen

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"entente/check"
	"entente/record"
	"entente/report"
)

// ProposalLine is a proposal in a list.
type ProposalLine struct {
	ID, Title, By, At, State string
	Changes, Reviews         int
}

// Proposals lists changes that are up for review.
func (w World) Proposals(lines []ProposalLine, kept bool, q url.Values) List {
	var rows []row
	open := 0
	for _, p := range lines {
		if p.State == "open" {
			open++
		}
		rows = append(rows, row{cells: []Cell{link(p.Title, "/proposals/"+url.PathEscape(p.ID)), text(p.By), text(p.At), number(fmt.Sprint(p.Changes), float64(p.Changes)), number(fmt.Sprint(p.Reviews), float64(p.Reviews)), text(w.Say(p.State))}, facets: []string{w.Say(p.State)}})
	}
	l := w.list("proposals", w.heads("Proposal", "By", "On", "#Changes", "#Reviews", "State"), rowsOf(rows), q, "state|State")
	l.Lede = w.Say("**%d** of %d proposals are open. A proposal enters the register when each party that it touches has approved it.", open, len(lines))
	if len(lines) == 0 {
		l.Table.Empty = w.Say("Nobody has proposed anything yet.")
	}
	if !kept {
		l.Lede = w.Say("This register is a folder of files: changes are made in the files, and reviewed where they are kept.")
		l.Table.Empty = w.Say("Nothing.")
	}
	return l
}

// Proposal is a change set under review, with what it would do.
type Proposal struct {
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Lede    string     `json:"finding"`
	Why     string     `json:"why,omitempty"`
	State   string     `json:"state"`
	Open    bool       `json:"-"`
	Mine    bool       `json:"-"` // by whoever looks, who may not review it
	Missing []string   `json:"missing,omitempty"`
	Diffs   []Diff     `json:"changes"`
	Effect  string     `json:"effect"`
	Raised  []Item     `json:"raised,omitempty"`
	Cleared []Item     `json:"cleared,omitempty"`
	Reviews []Revision `json:"reviews,omitempty"`
}

// Diff is one record as it would be changed.
type Diff struct {
	Record string `json:"record"`
	Name   string `json:"name"`
	Verb   string `json:"verb"`
	Href   string `json:"-"`
	Table  Table  `json:"fields"`
}

// Finding implements Screen.
func (p Proposal) Finding() string { return p.Lede }

// Tables implements Screen.
func (p Proposal) Tables() []Table {
	var all []Table
	for _, d := range p.Diffs {
		all = append(all, d.Table)
	}
	return all
}

// DiffOf shows the fields of a change, as they were and as they would be.
func (w World) DiffOf(k record.Key, verb string, fields []record.Difference) Diff {
	d := Diff{Record: k.String(), Name: w.View.Name(k), Verb: capital(w.Say(verb)), Href: w.refer(k.String())}
	d.Table = Table{ID: "diff", Title: d.Verb + " " + d.Record, Heads: w.heads("Field", "As it is", "As proposed"), Empty: w.Say("Nothing.")}
	for _, f := range spread(fields) {
		d.Table.Rows = append(d.Table.Rows, []Cell{text(fieldPath(f.Path)), toned(clip(unquoted(f.Old), 400), report.Quiet), text(clip(unquoted(f.New), 400))})
	}
	return d
}

// spread takes a record that is added or retired whole apart into its fields.
func spread(fields []record.Difference) []record.Difference {
	if len(fields) != 1 || fields[0].Path != "" {
		return fields
	}
	was, is := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_, _ = json.Unmarshal(fields[0].Old, &was), json.Unmarshal(fields[0].New, &is) // what is none has no fields
	var all []record.Difference
	for _, values := range []map[string]json.RawMessage{was, is} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			all = append(all, record.Difference{Path: "/" + name, Old: was[name], New: is[name]})
		}
	}
	return all
}

// fieldPath is where a field stands, for people, who count from one.
func fieldPath(path string) string {
	steps := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, step := range steps {
		if n, err := strconv.Atoi(step); err == nil {
			steps[i] = strconv.Itoa(n + 1)
		}
	}
	return strings.Join(steps, " ")
}

// unquoted is a value of JSON; a text is said without quote marks.
func unquoted(value json.RawMessage) string {
	var said string
	if json.Unmarshal(value, &said) == nil {
		return said
	}
	return string(value)
}

// ItemsOf are findings as lists show them.
func (w World) ItemsOf(found []check.Finding) []Item {
	var items []Item
	for _, f := range found {
		items = append(items, w.item(f))
	}
	return items
}

// EffectOf says what becomes of the plan.
func (w World) EffectOf(before, after float64) string {
	switch by := after - before; {
	case by > 5e-4:
		return w.Say("Coverage would rise from %s to **%s** of 100 points.", report.Points(before), report.Points(after))
	case by < -5e-4:
		return w.Say("Coverage would fall from %s to **%s** of 100 points.", report.Points(before), report.Points(after))
	}
	return w.Say("Coverage would stay at %s of 100 points.", report.Points(before))
}
