package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"entente/check"
	"entente/record"
	"entente/report"
)

func checkCommand(c *console) *cobra.Command {
	var l lens
	var level, format *formats
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "Say what contradicts itself, is late, missing or doubtful",
		Long: `Reads the records of a folder, as of a day and with the eyes of a reader, and
says what a planner should know: contradictions, broken promises, gaps, doubtful
evidence, each with a remedy.

Exit code: 0 when nothing stands at or above --level, 1 when something does, 2
when the folder cannot be used.`,
		Example: `  entente check my-register
  entente check my-register --level note --as-of 2025-06-30
  entente check my-register --format sarif > findings.sarif`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	l.flags(cmd)
	level = oneOf(cmd, "level", "the least level to report", "warning", "note", "error")
	format = oneOf(cmd, "format", "how to answer", "text", "json", "sarif")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		args = l.words(args)
		return runCheck(c, l, args[0], level.chosen, format.chosen)
	}
	return cmd
}

func runCheck(c *console, l lens, dir, level, format string) error {
	least, err := check.ParseLevel(level)
	if err != nil {
		return trouble{err.Error(), "see entente check --help"}
	}
	v, err := l.open(c, dir, format)
	var bad record.Errors
	if errors.As(err, &bad) && format == "sarif" {
		return errors.Join(c.json(sarifOfErrors(bad)), err)
	}
	if err != nil {
		return err
	}
	all := check.Run(v)
	var found []check.Finding
	for _, f := range all {
		if f.Level >= least {
			found = append(found, f)
		}
	}
	switch format {
	case "json":
		err = c.json(checkData{dataOf(v), level, countLevels(all), findingsData(found)})
	case "sarif":
		err = c.json(sarifOf(found))
	default:
		c.findings(report.OfFindings(all, least, v.Len()), dir, len(found))
	}
	if err == nil && len(found) > 0 {
		err = errFindings
	}
	return err
}

type checkData struct {
	Register viewData       `json:"register"`
	Level    string         `json:"level"`
	Counts   map[string]int `json:"counts"` // of every level, shown or not
	Findings []findingData  `json:"findings"`
}

func countLevels(found []check.Finding) map[string]int {
	counts := map[string]int{}
	for _, l := range []check.Level{check.Note, check.Warning, check.Error} {
		counts[l.String()] = 0
	}
	for _, f := range found {
		counts[f.Level.String()]++
	}
	return counts
}

func (c *console) findings(r report.Findings, dir string, shown int) {
	c.para(r.Headline, "", report.Strong)
	for _, g := range r.Groups {
		c.blank()
		c.line(c.tint(g.Level, g.Tone) + "  " + c.tint(g.Title, report.Strong) + c.tint(fmt.Sprintf("  %s, %d", g.Rule, len(g.Items)), report.Quiet))
		for _, i := range g.Items {
			c.item(i)
		}
	}
	var next []step
	if r.Hidden != "" {
		next = append(next, step{"entente check " + quoted(dir) + " --level note", r.Hidden})
	}
	if shown == 0 {
		next = append(next, step{"entente plan " + quoted(dir), "what can be covered, and what holds back the rest"})
	} else {
		next = append(next, step{"entente show " + quoted(dir) + " KIND ID", "a record, and all that concerns it"},
			step{"entente plan " + quoted(dir), "what can be covered all the same"})
	}
	c.next(next...)
}

// item writes one finding: where, what, and the remedy.
func (c *console) item(i report.Item) {
	where := ""
	if i.Where != "" {
		where = i.Where + ": "
	}
	c.para("  "+where+i.Says, "    ", report.Plain)
	if i.Fix != "" {
		c.para("    → "+i.Fix, "      ", report.Quiet)
	}
}
