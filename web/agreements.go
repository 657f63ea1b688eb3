package web

import (
	"fmt"
	"html/template"

	"entente/record"
	"entente/screen"
)

// pipelineChart is a line an agreement: what it spent in each stage, in days, and
// how many of its obligations are met.
func pipelineChart(p *Page, s screen.Agreements) template.HTML {
	const left, right, width, row, top = 250.0, 830.0, 960.0, 34.0, 24.0
	height := top + row*float64(len(s.Lines)) + 6
	d := openLinked(width, height, "pipeline", s.LinesClaim)
	x := func(on record.Date) float64 {
		return left + (right-left)*float64(max(on, s.From)-s.From)/float64(max(s.To-s.From, 1))
	}
	for m := s.From.Month() + 1; m <= s.To.Month(); m++ {
		if int(m)%3 != 0 {
			continue
		}
		d.add(`<path d="M%.1f %.1fV%.1f" class="grid"/>`, x(m.First()), top-4, height)
		if int(m)%12 == 0 {
			d.text(x(m.First())+2, top-8, "year", m.String()[:4])
		} else {
			d.text(x(m.First())+2, top-8, "", p.MonthName(m))
		}
	}
	d.text(right+34, top-8, "", p.Say("Obligations met"))
	for i, l := range s.Lines {
		d.stages(p, s, l, x, top+row*float64(i), right+34, width-2)
	}
	return d.svg()
}

// stages draws one line of a pipeline: its name, its stages, its obligations.
func (d *drawing) stages(p *Page, s screen.Agreements, l screen.Pipeline, x func(record.Date) float64, y, boxes, end float64) {
	d.add(`<a href="%s">`, template.HTMLEscapeString(p.Href(l.Href)))
	d.text(0, y+14, "name year", shorten(l.Name, 38))
	d.add(`</a>`)
	d.text(0, y+27, "", shorten(l.Sub, 44))
	for k, st := range l.Stages {
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="11" class="stage s%d"/>`, x(st.From), y+9, max(x(st.To)-x(st.From), 1), stageShade(st.Is))
		if wide := x(st.To) - x(st.From); wide > 34 && k+1 < len(l.Stages) {
			d.text((x(st.From)+x(st.To))/2, y+18, fmt.Sprintf("middle on s%d", stageShade(st.Is)), p.Say("%d d", st.To-st.From))
		} else if wide > 60 {
			d.text(x(st.From)+8, y+18, fmt.Sprintf("on s%d", stageShade(st.Is)), p.Say(st.Is))
		}
	}
	for _, st := range l.Stages {
		if st.From >= s.From {
			d.add(`<circle cx="%.1f" cy="%.1f" r="4.5" class="stop"/>`, x(st.From), y+14.5)
		}
	}
	if l.Of > 0 {
		for k := range min(l.Of, 14) {
			class := "owed"
			if k < l.Met {
				class = "metbox"
			}
			d.add(`<rect x="%.1f" y="%.1f" width="4.5" height="11" class="%s"/>`, boxes+float64(k)*6, y+9, class)
		}
		d.text(end, y+18, "end year", fmt.Sprintf("%d/%d", l.Met, l.Of))
	}
}

// stageShade is how dark a stage is drawn: the further, the darker.
func stageShade(is string) int {
	switch record.AgreementStage(is) {
	case record.Proposed:
		return 0
	case record.Negotiating:
		return 1
	case record.Signed:
		return 2
	case record.InForce:
		return 3
	}
	return 4
}

// paceChart is a line a party: the days from its announcements to its hand-overs.
func paceChart(p *Page, s screen.Agreements) template.HTML {
	const left, right, width, row, top = 170.0, 480.0, 540.0, 20.0, 22.0
	const mark, marksMost = 6.0, 60 // of many pledges, those that can be told apart
	most, median := 1, []int{}
	for _, x := range s.Pace {
		most = max(most, x.Days[len(x.Days)-1])
		median = append(median, x.Median)
	}
	height := top + row*float64(len(s.Pace)) + 4
	d := open(width, height, "pace", whole, s.PaceClaim)
	x := func(days int) float64 { return left + (right-left)*float64(days)/float64(most) }
	step := 100
	for most/step > 6 {
		step *= 2
	}
	for v := 0; v <= most; v += step {
		d.add(`<path d="M%.1f %.1fV%.1f" class="grid"/>`, x(v), top-4, height)
		d.text(x(v), top-9, "middle", fmt.Sprint(v))
	}
	for i, l := range s.Pace {
		y := top + row*(float64(i)+0.5)
		d.text(left-8, y+4, "end name", shorten(l.Party, 26))
		d.add(`<path d="M%.1f %.1fH%.1f" class="span"/>`, x(l.Days[0]), y, x(l.Days[len(l.Days)-1]))
		last := -mark
		for _, days := range l.Days {
			if len(l.Days) > marksMost && x(days)-last < mark {
				continue // it would lie on the one before it
			}
			last = x(days)
			d.add(`<rect x="%.1f" y="%.1f" width="6" height="6" class="pledge"/>`, x(days)-3, y-3)
		}
		d.text(width-2, y+4, "end year", fmt.Sprint(median[i]))
	}
	return d.svg()
}

// funnelChart is a bar a rung: how many pledges have come that far.
func funnelChart(p *Page, s screen.Agreements) template.HTML {
	const left, right, width, row = 120.0, 420.0, 540.0, 24.0
	d := open(width, row*float64(len(s.Funnel))+4, "funnel", whole, s.FunnelClaim)
	for i, f := range s.Funnel {
		y := row * float64(i)
		d.text(left-8, y+16, "end name", f.Rung)
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="16" class="trough"/>`, left, y+4, right-left)
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="16" class="rung"/>`, left, y+4, (right-left)*max(f.Share, 0))
		d.text(right+8, y+16, "year", fmt.Sprintf("%d  %.0f %%", f.Count, max(f.Share, 0)*100))
	}
	return d.svg()
}
