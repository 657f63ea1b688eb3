package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"
)

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// table prints the results. CPU is of all cores together.
func table(w io.Writer, lines []line) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "World\tProgramme\tRunner\tWall\tCPU\tMemory\tOf ours\tOptimum")
	own := map[string]time.Duration{}
	for _, l := range lines {
		if l.runner == "entente" {
			own[l.world] = l.took.cpu
		}
		memory, value := "", fmt.Sprintf("%.4f", l.value)
		if l.took.memory > 0 {
			memory = fmt.Sprintf("%d MB", l.took.memory>>20)
		}
		if l.note != "" {
			value = l.note
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t%s\n", l.world, l.programme, l.runner, seconds(l.took.wall), seconds(l.took.cpu), memory,
			l.took.cpu.Seconds()/max(own[l.world].Seconds(), 1e-9), value)
	}
	t.Flush()
}

// drawing shows CPU times as bars over a logarithmic scale.
func drawing(lines []line) string {
	const width, left, row, least = 860.0, 430.0, 22.0, 0.01
	most := 1.0
	for _, l := range lines {
		most = max(most, l.took.cpu.Seconds())
	}
	x := func(s float64) float64 {
		return left + (width-left-90)*math.Log(max(s, least)/least)/math.Log(most/least)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12"><title>CPU seconds by runner</title>`, width, row*float64(len(lines)+1))
	for i, l := range lines {
		y := row * float64(i)
		text, end := seconds(l.took.cpu), x(l.took.cpu.Seconds())
		if l.note != "" {
			text += ", " + l.note
		}
		fmt.Fprintf(&b, `<text x="0" y="%g">%s</text><rect x="%g" y="%g" width="%.1f" height="14" fill="%s"/><text x="%.1f" y="%g">%s</text>`,
			y+14, html.EscapeString(l.world+" "+l.programme+": "+l.runner), left, y+3, end-left, map[bool]string{true: "#15616d", false: "#9aa5b1"}[l.runner == "entente"], end+4, y+14, html.EscapeString(text))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
