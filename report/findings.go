package report

import (
	"fmt"
	"slices"
	"strings"

	"entente/check"
	"entente/record"
)

// Findings is what check found, ready to be drawn.
type Findings struct {
	Headline string
	Groups   []Group // the gravest first
	Hidden   string  // how many below the level asked for, or empty
}

// Group is the findings of one rule at one level.
type Group struct {
	Level string
	Tone  Tone
	Rule  string
	Title string // the rule's own
	Items []Item
}

// Item is one finding.
type Item struct {
	Where string // file:line
	Says  string
	Fix   string
}

// OfFindings draws the findings at level and above, among so many records.
func OfFindings(found []check.Finding, level check.Level, records int) Findings {
	var r Findings
	counts := map[check.Level]int{}
	for _, f := range found {
		counts[f.Level]++
		if f.Level < level {
			continue
		}
		last := len(r.Groups) - 1
		if last < 0 || r.Groups[last].Rule != f.Rule || r.Groups[last].Level != f.Level.String() {
			r.Groups = append(r.Groups, Group{Level: f.Level.String(), Tone: toneOfLevel(f.Level), Rule: f.Rule, Title: ruleTitle(f.Rule)})
			last++
		}
		r.Groups[last].Items = append(r.Groups[last].Items, Item{Where(f.Pos), stop(f.Says), f.Fix})
	}
	r.Headline = findingsHeadline(counts, records)
	var hidden []string
	for l := check.Level(0); l < level; l++ {
		if counts[l] > 0 {
			hidden = append(hidden, levelCount(l, counts[l]))
		}
	}
	if len(hidden) > 0 {
		r.Hidden = List(hidden) + " not shown"
	}
	return r
}

func findingsHeadline(counts map[check.Level]int, records int) string {
	among := Count(records, "record", "records")
	var parts []string
	for _, l := range []check.Level{check.Error, check.Warning, check.Note} {
		if counts[l] > 0 {
			parts = append(parts, levelCount(l, counts[l]))
		}
	}
	if len(parts) == 0 {
		return "Nothing to report in " + among + "."
	}
	return fmt.Sprintf("%s in %s.", List(parts), among)
}

func levelCount(l check.Level, n int) string { return Count(n, l.String(), l.String()+"s") }

func toneOfLevel(l check.Level) Tone {
	switch l {
	case check.Error:
		return Bad
	case check.Warning:
		return Warn
	}
	return Quiet
}

func ruleTitle(id string) string {
	if i := slices.IndexFunc(check.Rules, func(r check.Rule) bool { return r.ID == id }); i >= 0 {
		return check.Rules[i].Title
	}
	return strings.ReplaceAll(id, "-", " ")
}

// Where is a place in a file as editors read it, or empty.
func Where(p record.Pos) string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, max(p.Line, 1))
}
