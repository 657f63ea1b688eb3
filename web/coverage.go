package web

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"entente/record"
	"entente/report"
	"entente/screen"
)

// frame is where a chart over months is drawn.
type frame struct {
	left, right, top, bottom float64 // the edges of the plot
	start                    record.Month
	months                   int
	say                      screen.Voice
}

func (f frame) x(t int) float64 {
	return f.left + (f.right-f.left)*float64(t)/float64(max(f.months, 1))
}

// y is the height of a share.
func (f frame) y(v float64) float64 { return f.top + (f.bottom-f.top)*(1-v) }

// axis draws months under or over a plot: years bold, every quarter a tick.
func (d *drawing) axis(f frame, y, tick float64) {
	step := 3
	if f.months > 48 {
		step = 12
	}
	wide := (f.right - f.left) / float64(max(f.months, 1))
	for t := range f.months {
		m := f.start + record.Month(t)
		if int(m)%12%step != 0 && t != 0 {
			continue
		}
		d.add(`<path d="M%.1f %.1fv%.1f" class="tick"/>`, f.x(t), y, tick)
		switch {
		case int(m)%12 == 0 || t == 0:
			d.text(f.x(t)+3, y+tick+10, "year", m.String()[:4])
		case int(m)%12 == 6 && wide*6 > 40:
			d.text(f.x(t)+3, y+tick+10, "", f.say.MonthName(m))
		}
	}
}

// today draws the day of the view.
func (d *drawing) today(f frame, t int, label string) {
	if t < 0 {
		return
	}
	x := (f.x(t) + f.x(t+1)) / 2
	d.add(`<path d="M%.1f %.1fV%.1f" class="now"/>`, x, f.top-6, f.bottom)
	if label != "" {
		d.text(x-4, f.top-5, "end halo", label)
	}
}

// area fills from the base up to a value by month, in one outline.
func (d *drawing) area(s []float64, f frame, from, to int, class string) {
	var path strings.Builder
	pen := false
	for t := max(from, 0); t < to && t < len(s); t++ {
		if s[t] <= 0 {
			if pen {
				fmt.Fprintf(&path, "V%.1fZ", f.bottom)
			}
			pen = false
			continue
		}
		if !pen {
			fmt.Fprintf(&path, "M%.1f %.1f", f.x(t), f.bottom)
		}
		fmt.Fprintf(&path, "V%.1fH%.1f", f.y(s[t]), f.x(t+1))
		pen = true
	}
	if pen {
		fmt.Fprintf(&path, "V%.1fZ", f.bottom)
	}
	if path.Len() > 0 {
		d.add(`<path d="%s" class="%s"/>`, path.String(), class)
	}
}

// coverageOf draws a series of coverage: what is planned, darker until the
// view's day; hatched what would come on top if all that is announced came; and
// what equipment alone would suggest.
func coverageOf(p *Page, c screen.Coverage, claim, size string) template.HTML {
	width, height, room := 500.0, 290.0, 104.0
	if size == "narrow" {
		width, height, room = 350, 230, 6
	}
	f := frame{46, width - room, 22, height - 24, c.Start, len(c.Planned), p.Voice}
	d := open(width, height, "cov "+size, whole, claim)
	d.add(`<defs><pattern id="ann-%s" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.4" height="4" class="announced"/></pattern></defs>`, size)
	for _, v := range []float64{0, 0.25, 0.5, 0.75} {
		d.add(`<path d="M%.1f %.1fH%.1f" class="grid"/>`, f.left, f.y(v), f.right)
		d.text(f.left-6, f.y(v)+4, "end", fmt.Sprintf("%.0f", v*100))
	}
	d.text(f.left-6, f.y(1)+4, "end", "100"+"\u202f%")
	for t, v := range c.Announced {
		if t < len(c.Planned) && v > c.Planned[t]+0.002 {
			d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#ann-%s)"/>`, f.x(t), f.y(v), f.x(t+1)-f.x(t), f.y(c.Planned[t])-f.y(v), size)
		}
	}
	d.area(c.Planned, f, 0, c.Today+1, "past")
	d.area(c.Planned, f, c.Today+1, len(c.Planned), "firm")
	d.add(`<path d="%s" class="needline"/>`, stairs(ones(c.Planned), f.x, f.y))
	d.add(`<path d="%s" class="equipmentline"/>`, stairs(c.Equipment, f.x, f.y))
	d.add(`<path d="%s" class="planline"/>`, stairs(c.Planned, f.x, f.y))
	d.today(f, c.Today, p.Say("today"))
	d.axis(f, f.bottom, 4)
	if size != "narrow" {
		d.endLabels(p, c, f)
	}
	return d.svg()
}

// endLabels names the lines where they end, no two on top of each other.
func (d *drawing) endLabels(p *Page, c screen.Coverage, f frame) {
	last := len(c.Planned) - 1
	if last < 0 {
		return
	}
	labels := []struct {
		class, says string
		at          float64
	}{{"lab", p.Say("Needed"), 1}, {"eq", p.Say("Equipment alone"), c.Equipment[last]}, {"announcedtext", p.Say("With announced"), c.Announced[last]}, {"lab", p.Say("Planned") + " " + report.Percent(c.Planned[last]), c.Planned[last]}}
	floor := math.Inf(-1)
	for _, l := range labels {
		if l.at < 0 {
			continue
		}
		y := max(f.y(l.at)+4, floor+13)
		d.text(f.right+7, y, l.class, l.says)
		floor = y
	}
}

// spark is a series without words, beside its figure.
func spark(c screen.Coverage) template.HTML {
	f := frame{0, 56, 1, 17, c.Start, len(c.Planned), screen.Voice{}}
	d := &drawing{}
	d.add(`<svg class="spark" width="56" height="18" viewBox="0 0 56 18" aria-hidden="true">`)
	d.area(c.Planned, f, 0, c.Today+1, "sparkpast")
	d.add(`<path d="M0 1H56" class="sparkneed"/><path d="%s" class="sparkline"/>`, stairs(c.Planned, f.x, f.y))
	return d.svg()
}

// balanceChart sets the three legs of each capability side by side: the leftmost
// decides.
func balanceChart(p *Page, b screen.Balance) template.HTML {
	const width, row, left, right = 430.0, 25.0, 132.0, 330.0
	height := 22 + row*float64(len(b.Rows)) + 4
	d := open(width, height, "balance", whole, b.Claim)
	x := func(v float64) float64 { return left + (right-left)*v }
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		class := "grid"
		if v == 1 {
			class = "needline"
		}
		d.add(`<path d="M%.1f 18V%.1f" class="%s"/>`, x(v), height, class)
		label := fmt.Sprintf("%.0f", v*100)
		if v == 1 {
			label = p.Say("need")
		}
		d.text(x(v), 11, "middle", label)
	}
	for i, r := range b.Rows {
		y := 22 + row*(float64(i)+0.5)
		class := "name"
		if i == len(b.Rows)-1 && i > 0 {
			d.add(`<path d="M0 %.1fH%.1f" class="rule"/>`, y-row/2, width)
			class = "name year"
		}
		d.text(0, y+4, class, shorten(r.Name, 22))
		low, high := min(r.Equipment, r.People, r.Money), max(r.Equipment, r.People, r.Money)
		d.add(`<path d="M%.1f %.1fH%.1f" class="span"/>`, x(low), y, x(high))
		for _, m := range []struct {
			tone report.Tone
			at   float64
		}{{report.Money, r.Money}, {report.People, r.People}, {report.Equipment, r.Equipment}} {
			d.legMark(m.tone, x(m.at), y+nudge(m.tone, r))
		}
		d.text(right+16, y+4, "held "+tone(toneOfLeg(r.Short)), legWord(p, r.Short))
	}
	return d.svg()
}

// nudge sets marks apart that would lie on one another.
func nudge(t report.Tone, r screen.Leg3) float64 {
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.045 }
	ep, em, pm := near(r.Equipment, r.People), near(r.Equipment, r.Money), near(r.People, r.Money)
	switch {
	case t == report.Equipment && (ep || em):
		return -5
	case t == report.Money && (em && ep || pm && !em):
		return 5
	case t == report.People && ep && !pm && !em, t == report.Money && em:
		return 5
	case t == report.People && pm && !ep:
		return -5
	}
	return 0
}

func (d *drawing) legMark(t report.Tone, x, y float64) {
	switch t {
	case report.Equipment:
		d.add(`<rect x="%.1f" y="%.1f" width="7" height="7" rx="1" class="equipment dot"/>`, x-3.5, y-3.5)
	case report.People:
		d.add(`<circle cx="%.1f" cy="%.1f" r="4" class="people dot"/>`, x, y)
	case report.Money:
		d.add(`<path d="M%.1f,%.1fl4.8,4.8l-4.8,4.8l-4.8,-4.8z" class="money dot"/>`, x, y-4.8)
	}
}

func toneOfLeg(leg string) report.Tone {
	switch leg {
	case "equipment":
		return report.Equipment
	case "people":
		return report.People
	case "money":
		return report.Money
	}
	return report.Plain
}

func legWord(p *Page, leg string) string {
	switch leg {
	case "":
		return p.Say("Met")
	case "equipment":
		return p.Say("Equipment")
	case "people":
		return p.Say("People")
	case "money":
		return p.Say("Money")
	}
	return p.Say("Together")
}

// shorten cuts a name that has no room, at a letter.
func shorten(s string, most int) string {
	letters := []rune(s)
	if len(letters) <= most {
		return s
	}
	return string(letters[:most-1]) + "…"
}
