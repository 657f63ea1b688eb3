package web

import (
	"html/template"

	"entente/record"
	"entente/report"
	"entente/screen"
)

// laneWidth is the width of the lanes of a need and of the months over them.
const laneWidth = 440.0

// axisOf is the row of months over the lanes.
func axisOf(p *Page, s screen.Plan) template.HTML {
	d := &drawing{}
	d.add(`<svg class="lanes" viewBox="0 0 %.0f 30" aria-hidden="true">`, laneWidth)
	f := frame{0, laneWidth, 14, 30, s.Start, s.Months, p.Voice}
	d.axis(f, 14, 2)
	if s.Today >= 0 {
		d.text((f.x(s.Today)+f.x(s.Today+1))/2, 9, "middle", p.Say("today"))
	}
	return d.svg()
}

// lanesOf is one need over time: a lane for each leg, pale where the leg is
// enough; under them what is covered against what is needed; a flag where all is
// there for good, and a dashed line where it is first lost.
func lanesOf(s screen.Plan, n screen.NeedRow) template.HTML {
	const height = 44.0
	d := open(laneWidth, height, "lanes", whole, n.Finding())
	f := frame{0, laneWidth, 0, height, s.Start, s.Months, screen.Voice{}}
	for t := range s.Months {
		if m := s.Start + record.Month(t); int(m)%12 == 0 {
			d.add(`<path d="M%.1f 0V%.0f" class="grid"/>`, f.x(t), height)
		}
	}
	d.lanes(n.Need, f.x, height, 18)
	if n.Lost >= 0 {
		d.add(`<path d="M%.1f 0V%.0f" class="lost"/>`, f.x(n.Lost), height)
	}
	if n.Full >= 0 {
		d.add(`<path d="M%.1f 0V%.0fM%.1f .5h7l-2 3 2 3h-7z" class="flag"/>`, f.x(n.Full)+0.5, height, f.x(n.Full)+0.5)
	}
	d.today(f, s.Today, "")
	return d.svg()
}

// needSteps draws what each leg alone would allow of a need, in steps, against
// what is needed and what is covered; dashed what a step that was tried makes of it.
func needSteps(p *Page, n *screen.NeedPanel) template.HTML {
	const width, height = 340.0, 176.0
	months := n.Months
	most := 0.0
	for _, m := range months {
		most = max(most, m.Needed)
	}
	most = max(most*1.1, 1e-9)
	f := frame{34, width - 4, 12, height - 22, n.Start, len(months), p.Voice}
	d := open(width, height, "steps", whole, n.Need.Finding())
	for _, v := range []float64{0, 0.5, 1} {
		at := v * most / 1.1
		d.add(`<path d="M%.1f %.1fH%.1f" class="grid"/>`, f.left, f.y(at/most), f.right)
		d.text(f.left-5, f.y(at/most)+4, "end", report.Number(float64(int(at*100))/100))
	}
	of := func(value func(report.NeedMonth) float64) []float64 {
		s := make([]float64, len(months))
		for i, m := range months {
			s[i] = value(m) / most
			if m.Needed <= 1e-9 {
				s[i] = -1
			}
		}
		return s
	}
	covered := of(func(m report.NeedMonth) float64 { return m.Covered })
	d.area(covered, f, 0, len(covered), "past")
	for _, l := range []struct {
		class string
		value func(report.NeedMonth) float64
	}{{"moneyline", func(m report.NeedMonth) float64 { return m.MoneyLeg }}, {"peopleline", func(m report.NeedMonth) float64 { return m.PeopleLeg }},
		{"eqline", func(m report.NeedMonth) float64 { return m.EquipmentLeg }}, {"needline", func(m report.NeedMonth) float64 { return m.Needed }}} {
		d.add(`<path d="%s" class="%s"/>`, stairs(of(l.value), f.x, f.y), l.class)
	}
	if n.Tried != nil {
		s := make([]float64, len(n.Tried.Covered))
		for i, v := range n.Tried.Covered {
			s[i] = v / most
		}
		d.add(`<path d="%s" class="tried"/>`, stairs(s, f.x, f.y))
	}
	d.today(f, n.Today, "")
	d.axis(f, f.bottom, 4)
	return d.svg()
}
