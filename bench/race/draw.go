package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
)

func draw(o options, name, svg string) error {
	if err := os.WriteFile(filepath.Join(o.out, name), []byte(svg), 0o644); err != nil {
		return fmt.Errorf("write drawing: %w", err)
	}
	return nil
}

// Colours: ours, theirs, and what gave no answer.
const (
	ourColour   = "#15616d"
	theirColour = "#9aa5b1"
	noColour    = "#e3e7eb"
	inkColour   = "#1f2933"
	gridColour  = "#d5dae0"
)

// canvas is a drawing in the making.
type canvas struct{ strings.Builder }

func newCanvas(width, height float64, title string) *canvas {
	c := new(canvas)
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="sans-serif" font-size="12" fill="%s"><title>%s</title>`,
		width, height, width, height, inkColour, html.EscapeString(title))
	fmt.Fprintf(c, `<rect width="%g" height="%g" fill="#ffffff"/>`, width, height)
	c.text(12, 22, "start", "bold", title)
	return c
}

func (c *canvas) text(x, y float64, anchor, weight, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" font-weight="%s">%s</text>`, x, y, anchor, weight, html.EscapeString(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64, colour, dashes string) {
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="%s"/>`, x1, y1, x2, y2, colour, dashes)
}

func (c *canvas) done() string { return c.String() + "</svg>\n" }

// scale is a logarithmic axis between two powers of ten.
type scale struct{ least, most, from, to float64 }

func newScale(values []float64, from, to float64) scale {
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v > 0 {
			least, most = min(least, v), max(most, v)
		}
	}
	s := scale{math.Pow(10, math.Floor(math.Log10(least))), math.Pow(10, math.Ceil(math.Log10(most))), from, to}
	if s.most <= s.least || math.IsInf(least, 1) {
		s.least, s.most = 0.1, 10
	}
	return s
}

func (s scale) at(v float64) float64 {
	return s.from + (s.to-s.from)*math.Log(max(v, s.least)/s.least)/math.Log(s.most/s.least)
}

func (s scale) ticks() []float64 {
	var ticks []float64
	for v := s.least; v <= s.most*1.001; v *= 10 {
		ticks = append(ticks, v)
	}
	return ticks
}

// bars shows what everybody took on the clock.
func bars(title string, rs []result) string {
	const width, left, right, row, top = 980.0, 330.0, 190.0, 22.0, 56.0
	var walls []float64
	height, before := top+12, ""
	for _, r := range rs {
		walls = append(walls, r.wall.Seconds())
		if height += row; r.world+r.programme != before {
			height += row
		}
		before = r.world + r.programme
	}
	c, x := newCanvas(width, height, title), newScale(walls, left, width-right)
	for _, t := range x.ticks() {
		c.line(x.at(t), top-8, x.at(t), height-8, gridColour, "")
		c.text(x.at(t), top-14, "middle", "normal", fmt.Sprintf("%g s", t))
	}
	y, before := top, ""
	for _, r := range rs {
		if r.world+r.programme != before {
			c.text(12, y+15, "start", "bold", r.world+": "+r.programme)
			y, before = y+row, r.world+r.programme
		}
		c.bar(x, y, r, rs)
		y += row
	}
	return c.done()
}

func (c *canvas) bar(x scale, y float64, r result, rs []result) {
	c.text(x.from-8, y+14, "end", "normal", r.runner)
	if r.wall == 0 {
		c.text(x.from+4, y+14, "start", "normal", r.note)
		return
	}
	colour, text := theirColour, seconds(r.wall)
	for _, o := range rs {
		if o.ours && o.found && o.world == r.world && !r.ours && r.found {
			text += fmt.Sprintf(", %.2g times ours", r.wall.Seconds()/o.wall.Seconds())
		}
	}
	switch {
	case !r.found:
		colour, text = noColour, r.note
	case r.ours:
		colour = ourColour
	}
	if r.found && r.gap() > near {
		text += fmt.Sprintf(", to %.2g %%", 100*r.gap())
	}
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="15" fill="%s"/>`, x.from, y+2, x.at(r.wall.Seconds())-x.from, colour)
	c.text(x.at(r.wall.Seconds())+5, y+14, "start", "normal", text)
}

// curve shows time against lots.
func curve(points []point, power float64) string {
	const width, height, left, right, top, bottom = 720.0, 480.0, 70.0, 30.0, 50.0, 60.0
	var lots, times []float64
	for _, p := range points {
		if p.found {
			lots, times = append(lots, float64(p.lots)), append(times, p.wall.Seconds(), p.cpu.Seconds())
		}
	}
	c := newCanvas(width, height, "From records to an explained plan: time against lots")
	x, y := newScale(lots, left, width-right), newScale(times, height-bottom, top)
	for _, t := range x.ticks() {
		c.line(x.at(t), top, x.at(t), height-bottom, gridColour, "")
		c.text(x.at(t), height-bottom+18, "middle", "normal", fmt.Sprintf("%g", t))
	}
	for _, t := range y.ticks() {
		c.line(left, y.at(t), width-right, y.at(t), gridColour, "")
		c.text(left-8, y.at(t)+4, "end", "normal", fmt.Sprintf("%g s", t))
	}
	c.text((left+width-right)/2, height-bottom+38, "middle", "normal", "lots")
	if len(lots) > 1 {
		c.fit(x, y, points, power)
	}
	for _, p := range points {
		if p.found {
			fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="4.5" fill="none" stroke="%s" stroke-width="1.5"/>`, x.at(float64(p.lots)), y.at(p.cpu.Seconds()), theirColour)
			fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s"/>`, x.at(float64(p.lots)), y.at(p.wall.Seconds()), ourColour)
		}
	}
	c.text(left+12, top+18, "start", "normal", fmt.Sprintf("Filled: on the clock, slope %.2f. Hollow: of the processor. Dashed: slope 1.", power))
	return c.done()
}

// fit draws the fitted line through the mean of the points, and one of slope 1.
func (c *canvas) fit(x, y scale, points []point, power float64) {
	n, sx, sy, least, most := 0.0, 0.0, 0.0, math.Inf(1), 0.0
	for _, p := range points {
		if p.found {
			lots := float64(p.lots)
			n, sx, sy = n+1, sx+math.Log(lots), sy+math.Log(p.wall.Seconds())
			least, most = min(least, lots), max(most, lots)
		}
	}
	for _, l := range []struct {
		power          float64
		colour, dashes string
	}{{1, theirColour, "5 4"}, {power, ourColour, ""}} {
		at := func(lots float64) float64 { return y.at(math.Exp(sy/n + l.power*(math.Log(lots)-sx/n))) }
		c.line(x.at(least), at(least), x.at(most), at(most), l.colour, l.dashes)
	}
}
