package web

import (
	"fmt"
	"html/template"
	"strings"
	"sync"

	"entente/screen"
)

// sprites are APP-6 symbols, taken apart: a frame with a branch, present and
// planned, and the echelon over it.
type sprites struct {
	Branches map[string][2]string `json:"branches"`
	Echelons map[string]string    `json:"echelons"`
}

var app6 = sync.OnceValue(func() sprites { return readJSON[sprites]("dist/app6.json") })

// symbol is the inner drawing of a unit's symbol, in the coordinates of APP-6:
// its frame lies between 25,50 and 175,150.
func symbol(branch, echelon string, there bool) string {
	all := app6()
	drawn, ok := all.Branches[branch]
	if !ok {
		drawn = all.Branches["other"]
		for name, d := range all.Branches {
			if len(name) > 4 && strings.Contains(branch, name) {
				drawn = d
			}
		}
	}
	i := 1
	if there {
		i = 0
	}
	if over := all.Echelons[echelon]; over != "" {
		return drawn[i] + `<g class="echelon">` + over + `</g>`
	}
	return drawn[i]
}

// symbolOf is a unit's symbol beside its name.
func symbolOf(branch, echelon string) template.HTML {
	return template.HTML(`<svg class="app6" viewBox="15 5 170 155" aria-hidden="true">` + symbol(branch, echelon, true) + `</svg>`)
}

// promisesChart sets promises against units, month by month: what is above the
// line of units is promised twice.
func promisesChart(p *Page, f screen.Forces) template.HTML {
	const height = 74.0
	most := 1
	for _, n := range f.Carried {
		most = max(most, n)
	}
	fr := frame{0, laneWidth, 14, 52, f.Start, f.Months, p.Voice}
	d := open(laneWidth, height, "lanes", whole, p.Say("Promises and the units that carry them, by month"))
	share := func(n int) float64 { return float64(n) / float64(most) }
	for t := range f.Carried {
		wide := fr.x(t+1) - fr.x(t) + 0.2
		if f.Carried[t] > f.Bearing[t] {
			d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="over"/>`, fr.x(t), fr.y(share(f.Carried[t])), wide, fr.y(share(f.Bearing[t]))-fr.y(share(f.Carried[t])))
		}
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="past"/>`, fr.x(t), fr.y(share(f.Bearing[t])), wide, fr.bottom-fr.y(share(f.Bearing[t])))
	}
	d.text(2, 11, "", fmt.Sprint(most))
	d.axis(fr, 54, 3)
	d.today(fr, f.Today, "")
	return d.svg()
}

// laneOf is one unit over time: a bar for each promise, in the colour and under
// the name of its framework, boxed where they overlap.
func laneOf(p *Page, f screen.Forces, l screen.Lane) template.HTML {
	const height = 34.0
	var says []string
	for _, b := range l.Bars {
		says = append(says, b.Under+" "+b.Role)
	}
	d := open(laneWidth, height, "lanes", whole, l.Name+": "+strings.Join(says, "; "))
	fr := frame{0, laneWidth, 0, height, f.Start, f.Months, p.Voice}
	two := false
	for _, b := range l.Bars {
		two = two || b.Track == 1
	}
	for i, b := range l.Bars {
		y, high := 6.0, 22.0
		if two {
			y, high = 2+float64(b.Track)*16, 14
		}
		class := "there"
		if b.Role != "deployed" {
			class = "planned"
		}
		wide := max(fr.x(b.To)-fr.x(b.From)-1, 1)
		d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" class="bar f%d %s"/>`, fr.x(b.From)+0.5, y, wide, high, b.Frame, class)
		for _, other := range l.Bars {
			if other.Track == b.Track && other.From > b.From && other.From < b.To {
				wide = min(wide, fr.x(other.From)-fr.x(b.From)-1)
			}
		}
		if letters := int(wide / 6.1); letters >= 4 {
			d.add(`<clipPath id="b-%s-%d"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/></clipPath>`, l.ID, i, fr.x(b.From), y, wide, high)
			d.add(`<g clip-path="url(#b-%s-%d)">`, l.ID, i)
			d.text(fr.x(b.From)+4, y+high/2+3.5, "barname f"+fmt.Sprint(b.Frame)+" "+class, shorten(b.Under, letters))
			d.add(`</g>`)
		}
	}
	for _, s := range l.Twice {
		class := "boxed"
		if s.Declared {
			class = "boxed declared"
		}
		d.add(`<rect x="%.1f" y="1" width="%.1f" height="%.1f" class="%s"/>`, fr.x(s.From)+0.5, fr.x(s.To)-fr.x(s.From)-1, height-2, class)
	}
	d.today(fr, f.Today, "")
	return d.svg()
}
