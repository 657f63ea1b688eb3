package web

import (
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"

	"entente/record"
	"entente/report"
)

// drawing collects SVG. Whatever is not a number is escaped on its way in.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.Builder, format, args...) }

func (d *drawing) text(x, y float64, class, s string) {
	d.add(`<text x="%.1f" y="%.1f" class="%s">%s</text>`, x, y, class, html.EscapeString(s))
}

func (d *drawing) svg() template.HTML { return template.HTML(d.String() + "</svg>") }

// How a drawing fills its room.
const (
	whole     = "xMidYMid"
	stretched = "none"
)

// open begins a drawing with its finding as a text alternative.
func open(width, height float64, class, fill, finding string) *drawing {
	return begin(width, height, class, fill, "img", finding)
}

// openLinked begins a drawing that has links in it: it is not one picture but a
// group of things that can be reached.
func openLinked(width, height float64, class, finding string) *drawing {
	return begin(width, height, class, whole, "group", finding)
}

func begin(width, height float64, class, fill, role, finding string) *drawing {
	d := &drawing{}
	d.add(`<svg class="%s" viewBox="0 0 %.0f %.0f" preserveAspectRatio="%s" role="%s" aria-label="%s">`, class, width, height, fill, role, html.EscapeString(finding))
	return d
}

// stairs is the outline of a value by month: stepped, because a month is one
// value, and broken where there is none.
func stairs(values []float64, x func(int) float64, y func(float64) float64) string {
	var path strings.Builder
	pen := false
	for i, v := range values {
		if v < 0 {
			pen = false
			continue
		}
		move := "L"
		if !pen {
			move = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1fH%.1f", move, x(i), y(v), x(i+1))
		pen = true
	}
	return path.String()
}

// coverageChart is the share of all needs that is covered, by month, and what
// equipment alone would suggest. Wide and narrow ones differ in size, not in
// what they say: a style sheet shows the one that fits.
func coverageChart(p report.Plan, narrow bool) template.HTML {
	width, height, class := 760.0, 250.0, "wide"
	if narrow {
		width, height, class = 350.0, 210.0, "narrow"
	}
	const left, right, top, bottom = 50.0, 6.0, 12.0, 24.0
	n := len(p.Coverage)
	x := func(i int) float64 { return left + (width-left-right)*float64(i)/float64(max(n, 1)) }
	y := func(v float64) float64 { return top + (height-top-bottom)*(1-v) }
	d := open(width, height, "coverage "+class, whole, p.Headline)
	d.add(`<defs><pattern id="short-%s" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.4" height="5" class="hatch"/></pattern></defs>`, class)
	for _, v := range []float64{0, 0.25, 0.5, 0.75} {
		d.add(`<path d="M%.1f %.1fH%.1f" class="grid"/>`, left, y(v), width-right)
	}
	for _, v := range []float64{0, 0.5, 1} {
		d.text(left-6, y(v)+4, "end", fmt.Sprintf("%.0f %%", v*100))
	}
	for i, v := range p.Coverage {
		if v >= 0 {
			d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#short-%s)"/>`, x(i), y(1), x(i+1)-x(i), y(v)-y(1), class)
			d.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="covered"/>`, x(i), y(v), x(i+1)-x(i)+0.3, y(0)-y(v))
		}
	}
	d.add(`<path d="%s" class="needline"/>`, stairs(ones(p.Coverage), x, y))
	d.add(`<path d="%s" class="equipmentline"/>`, stairs(p.Equipment, x, y))
	for _, yr := range years(p) {
		d.add(`<path d="M%.1f %.1fV%.1f" class="grid"/>`, x(yr.First), y(1), y(0)+4)
		if narrow && yr.Months < n/8 {
			continue
		}
		d.text(x(yr.First)+3, height-8, "year", yr.Name)
	}
	return d.svg()
}

// ones is the need itself: all of it, where anything is asked.
func ones(s report.Strip) []float64 {
	all := make([]float64, len(s))
	for i, v := range s {
		all[i] = 1
		if v < 0 {
			all[i] = -1
		}
	}
	return all
}

// year is a calendar year inside the months of a plan.
type year struct {
	Name   string
	First  int // index of its first month
	Months int
}

func years(p report.Plan) []year {
	var ys []year
	for i := range p.Coverage {
		name := (p.Start + record.Month(i)).String()[:4]
		if len(ys) == 0 || ys[len(ys)-1].Name != name {
			ys = append(ys, year{Name: name, First: i})
		}
		ys[len(ys)-1].Months++
	}
	return ys
}

// needChart is one need: a lane for each leg, pale where the leg is enough and
// strong where it is short, and under them what is in action against what is
// needed. It is drawn without words, so that it may be stretched to any width.
func needChart(n report.Need) template.HTML {
	const width, height = 480.0, 3*(lane+laneGap) + 26.0
	d := open(width, height, "lanes", stretched, n.Finding())
	step := width / float64(max(len(n.Months), 1))
	d.lanes(n, func(i int) float64 { return step * float64(i) }, height, 26)
	return d.svg()
}

// The lanes of a need: how high, and how far apart.
const lane, laneGap = 5.0, 2.5

// lanes draws the legs of a need from the top, and what is covered of it on a
// base of so much height at the bottom. All marks of a class are one outline.
func (d *drawing) lanes(n report.Need, x func(int) float64, height, base float64) {
	most := 0.0
	for _, m := range n.Months {
		most = max(most, m.Needed)
	}
	y := func(v float64) float64 { return height - base*v/max(most, 1e-9) }
	marks := map[string][]box{}
	for i, m := range n.Months {
		if m.Needed > 0 {
			laneMarks(marks, m, x(i), x(i+1), y)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(marks)) {
		d.add(`<path d="%s" class="%s"/>`, pathOf(marks[class]), class)
	}
}

// box is a bar of a lane.
type box struct{ from, to, top, bottom float64 }

// pathOf draws boxes, each a little over the next. Those that go on from each
// other are drawn as one.
func pathOf(boxes []box) string {
	var path strings.Builder
	for i := 0; i < len(boxes); {
		b, k := boxes[i], i+1
		for k < len(boxes) && boxes[k].from == b.to && boxes[k].top == b.top && boxes[k].bottom == b.bottom {
			b.to = boxes[k].to
			k++
		}
		wide := short(b.to - b.from + 0.2)
		path.WriteString("M" + short(b.from) + " " + short(b.top) + "h" + wide + "V" + short(b.bottom) + "h-" + wide + "z")
		i = k
	}
	return path.String()
}

// short is a length with a decimal at most.
func short(x float64) string { return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") }

func laneMarks(marks map[string][]box, m report.NeedMonth, from, to float64, y func(float64) float64) {
	add := func(class string, top, bottom float64) {
		marks[class] = append(marks[class], box{from, to, top, bottom})
	}
	for k, leg := range []struct {
		class string
		value float64
	}{{"equipment", m.EquipmentLeg}, {"people", m.PeopleLeg}, {"money", m.MoneyLeg}} {
		class := leg.class + " enough"
		if leg.value < m.Needed*(1-1e-5)-1e-6 {
			class = leg.class + " short"
		}
		top := float64(k) * (lane + laneGap)
		add(class, top, top+lane)
	}
	if m.Covered < m.Needed {
		add("missing", y(m.Needed), y(m.Covered))
	}
	add("covered", y(m.Covered), y(0))
}
