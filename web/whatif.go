package web

import (
	"fmt"
	"html/template"

	"entente/record"
	"entente/report"
	"entente/screen"
)

// changeChart is coverage before or after a change; hatched what is lost. Its
// parts are named by id, of which a page has one.
func changeChart(p *Page, s screen.WhatIf, after bool, id string) template.HTML {
	const width, height = 440.0, 210.0
	c, says := s.Before, s.Before.Name
	if after && s.After != nil {
		c, says = *s.After, s.After.Name
	}
	f := frame{38, width - 44, 16, height - 24, c.Start, len(c.Planned), p.Voice}
	d := open(width, height, "cov change", whole, fmt.Sprintf("%s: %s", says, report.Percent(c.Planned[s.At])))
	d.add(`<defs><pattern id="%s" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.4" height="4" class="hatchbad"/></pattern></defs>`, id)
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		class := "grid"
		if v == 1 {
			class = "needline"
		}
		d.add(`<path d="M%.1f %.1fH%.1f" class="%s"/>`, f.left, f.y(v), f.right, class)
		d.text(f.left-6, f.y(v)+4, "end", fmt.Sprintf("%.0f", v*100))
	}
	d.area(c.Planned, f, 0, c.Today+1, "past")
	d.area(c.Planned, f, c.Today+1, len(c.Planned), "firm")
	if after && s.After != nil {
		for t, v := range s.Before.Planned {
			if v > c.Planned[t]+1e-6 && c.Planned[t] >= 0 {
				d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#%s)"/>`, f.x(t), f.y(v), f.x(t+1)-f.x(t)+0.2, f.y(c.Planned[t])-f.y(v), id)
			}
		}
		d.add(`<path d="%s" class="beforeline"/>`, stairs(s.Before.Planned, f.x, f.y))
	}
	d.add(`<path d="%s" class="planline"/>`, stairs(c.Planned, f.x, f.y))
	d.text(f.right+5, f.y(max(c.Planned[s.At], 0))+4, "lab", report.Percent(c.Planned[s.At]))
	d.today(f, c.Today, "")
	d.axis(f, f.bottom, 4)
	return d.svg()
}

// reading is one figure of a chart, read in a month.
type reading struct {
	Share string
	Month record.Month
}

func readingOf(c screen.Coverage, at int) reading {
	return reading{report.Percent(c.Planned[at]), c.Start + record.Month(at)}
}

// rankingChart is a bar a partner: what is lost if it alone leaves.
func rankingChart(p *Page, s screen.WhatIf) template.HTML {
	const left, right, width, row = 190.0, 420.0, 480.0, 22.0
	var shown []screen.Partner
	for _, x := range s.Partners {
		if x.Share > 0 && len(shown) < 16 {
			shown = append(shown, x)
		}
	}
	d := open(width, row*float64(len(shown))+6, "ranking", whole, s.Ranking.Title)
	for i, x := range shown {
		y := row * float64(i)
		name, bar := "end name", "rung"
		if x.Off {
			name, bar = "end name off", "lostbar"
		}
		d.text(left-8, y+15, name, shorten(x.Name, 30))
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="12" class="%s"/>`, left, y+5, max((right-left)*x.Share, 1), bar)
		d.text(left+(right-left)*x.Share+6, y+15, "year", x.Text)
	}
	return d.svg()
}
