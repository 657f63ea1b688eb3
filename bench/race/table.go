package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1:
		return fmt.Sprintf("%.3f s", s)
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}

// markdown prints a table that reads well as it is, too.
func markdown(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for k, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(w, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(w, "|")
		if k == 0 {
			for _, width := range widths {
				fmt.Fprintf(w, "|%s", strings.Repeat("-", width+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
	fmt.Fprintln(w)
}

var stageNames = []string{"load", "build", "solve", "explain"}

// table prints results, with what each took as a multiple of what ours did, which
// is the first.
func table(w io.Writer, rs []result) {
	rows := [][]string{{"Runner", "Programme", "load", "build", "solve", "explain", "on the clock", "of ours", "CPU", "of ours", "memory", "V", "proved to"}}
	for _, r := range rs {
		row := []string{r.runner, r.programme}
		for _, name := range stageNames {
			row = append(row, known(r.stages[name], seconds(r.stages[name])))
		}
		row = append(row, known(r.wall, seconds(r.wall)), times(r.wall, rs[0].wall, rs[0].found), known(r.cpu, seconds(r.cpu)), times(r.cpu, rs[0].cpu, rs[0].found),
			known(time.Duration(r.memory), fmt.Sprintf("%d MB", r.memory>>20)))
		switch {
		case !r.found:
			row = append(row, r.note, "")
		case r.within > near:
			row = append(row, fmt.Sprintf("%.4f", r.value), "its own tolerance")
		default:
			proved := fmt.Sprintf("%.2g %%", 100*r.gap())
			if r.note != "" {
				proved += ", " + r.note
			}
			row = append(row, fmt.Sprintf("%.4f", r.value), proved)
		}
		rows = append(rows, row)
	}
	markdown(w, rows)
}

func known(d time.Duration, text string) string {
	if d == 0 {
		return ""
	}
	return text
}

func times(d, ours time.Duration, found bool) string {
	if d == 0 || !found {
		return ""
	}
	return fmt.Sprintf("%.2f", d.Seconds()/ours.Seconds())
}

func growthTable(w io.Writer, points []point) {
	rows := [][]string{{"lots", "needs", "load", "build", "solve", "explain", "on the clock", "CPU", "memory", "V", "gap"}}
	for _, p := range points {
		row := []string{fmt.Sprint(p.lots), fmt.Sprint(grown(p.lots).Needs)}
		for _, name := range stageNames {
			row = append(row, known(p.stages[name], seconds(p.stages[name])))
		}
		row = append(row, seconds(p.wall), seconds(p.cpu), fmt.Sprintf("%d MB", p.memory>>20))
		if p.found {
			row = append(row, fmt.Sprintf("%.2f", p.value), fmt.Sprintf("%.2g %%", 100*p.gap()))
		} else {
			row = append(row, p.note, "")
		}
		rows = append(rows, row)
	}
	markdown(w, rows)
}

func stagesTable(w io.Writer, stages []stage, whole taken) {
	rows := [][]string{{"Stage", "on the clock", "CPU", "found"}}
	for _, s := range stages {
		rows = append(rows, []string{s.Name, seconds(s.Wall), seconds(s.CPU), s.Note})
	}
	rows = append(rows, []string{"the whole process", seconds(whole.wall), seconds(whole.cpu), fmt.Sprintf("%d MB at most", whole.memory>>20)})
	markdown(w, rows)
}
