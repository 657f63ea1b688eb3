// Package web draws reports as pages. It is the only room that knows HTML.
//
// A page is one file that asks nothing of any network and runs no script: it can
// be mailed, archived, opened in ten years and printed. Charts are SVG written
// by Go; each has its finding as a text alternative, and its figures stand in a
// table beside it. Colour never says alone what it says.
package web

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"entente/report"
)

//go:embed plan.html
var planHTML string

//go:embed page.css
var pageCSS string

// rowsShown is how many rows of a long table are printed; the others open.
const rowsShown = 12

var planPage = template.Must(template.New("plan").Funcs(template.FuncMap{
	"css":      func() template.CSS { return template.CSS(pageCSS) },
	"coverage": coverageChart,
	"lanes":    needChart,
	"years":    years,
	"tone":     tone,
	"mark":     legMark,
	"limit":    func(t report.Table) report.Table { return t.Limit(rowsShown, "in the full list") },
	"long":     func(t report.Table) bool { return len(t.Rows) > rowsShown },
	"percent":  report.Percent,
	"count":    report.Count,
}).Parse(planHTML))

// Plan draws a plan as one page that stands alone.
func Plan(w io.Writer, p report.Plan) error {
	if err := planPage.Execute(w, p); err != nil {
		return fmt.Errorf("web: draw the plan: %w", err)
	}
	return nil
}

// tone is the class of a cell.
func tone(t report.Tone) string {
	return [...]string{"", "quiet", "strong", "good", "warn", "bad", "equipment", "people", "money"}[t]
}

// legMark is the shape that goes with a leg's colour.
func legMark(t report.Tone) string {
	switch t {
	case report.Equipment:
		return "■"
	case report.People:
		return "●"
	case report.Money:
		return "◆"
	}
	return ""
}
