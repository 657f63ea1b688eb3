package web

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"sync"

	"entente/report"
	"entente/screen"
)

// basemap is land in an equal-area projection, and how a point is placed on it.
type basemap struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Lands  []struct {
		A3   string  `json:"a3"`
		Name string  `json:"name"`
		D    string  `json:"d"`
		X    float64 `json:"x"`
		Y    float64 `json:"y"`
	} `json:"lands"`
	Border     string `json:"border"`
	Grid       string `json:"grid"`
	Projection struct {
		Lon   float64 `json:"lon"`
		Lat   float64 `json:"lat"`
		Scale float64 `json:"scale"`
		X     float64 `json:"x"`
		Y     float64 `json:"y"`
	} `json:"projection"`
}

var land = sync.OnceValue(func() basemap { return readJSON[basemap]("dist/map.json") })

// point places longitude and latitude on the map: Lambert azimuthal, equal area.
func (b basemap) point(lon, lat float64) (x, y float64) {
	const rad = math.Pi / 180
	l, f, f0 := (lon-b.Projection.Lon)*rad, lat*rad, b.Projection.Lat*rad
	k := math.Sqrt(2 / (1 + math.Sin(f0)*math.Sin(f) + math.Cos(f0)*math.Cos(f)*math.Cos(l)))
	return b.Projection.X + b.Projection.Scale*k*math.Cos(f)*math.Sin(l),
		b.Projection.Y - b.Projection.Scale*k*(math.Cos(f0)*math.Sin(f)-math.Sin(f0)*math.Cos(f)*math.Cos(l))
}

// centre is where the name of a party's land stands.
func (b basemap) centre(party string) (x, y float64, ok bool) {
	for _, l := range b.Lands {
		if l.A3 == party {
			return l.X, l.Y, true
		}
	}
	return 0, 0, false
}

// drawnMost is how many of each a map can carry; the list beside it says more.
const drawnMost = 120

// mapOf draws who is where: areas, never positions.
func mapOf(p *Page, m screen.Map) template.HTML {
	b := land()
	d := openLinked(b.Width, b.Height, "map", m.Table.Title)
	d.add(`<path d="%s" class="graticule"/>`, b.Grid)
	for _, l := range b.Lands {
		class := "land"
		switch {
		case l.A3 == "UKR":
			class = "land ukr"
		case slices.Contains(m.Allies, l.A3):
			class = "land ally"
		}
		d.add(`<path d="%s" class="%s" data-a3="%s"/>`, l.D, class, l.A3)
	}
	d.add(`<path d="%s" class="border"/>`, b.Border)
	d.add(`<g class="names" data-layer="names">`)
	for _, l := range b.Lands {
		if (l.A3 == "UKR" || slices.Contains(m.Allies, l.A3)) && l.X > 20 && l.X < b.Width-60 && l.Y > 20 && l.Y < b.Height-20 {
			d.text(l.X, l.Y, "middle place", l.Name)
		}
	}
	d.add(`</g>`)
	d.flows(p, b, m)
	d.sites(p, b, m)
	d.units(p, b, m)
	return d.svg()
}

func (d *drawing) flows(p *Page, b basemap, m screen.Map) {
	d.add(`<g data-layer="flow">`)
	for _, f := range m.Flows[:min(len(m.Flows), drawnMost)] {
		x, y := b.point(f.Lon, f.Lat)
		fx, fy, ok := b.centre(f.Party)
		if !ok || math.Hypot(x-fx, y-fy) < 12 {
			d.add(`<a href="%s"><path d="M%.0f %.0fl6 6l-6 6l-6-6z" class="arrival"><title>%s</title></path></a>`, template.HTMLEscapeString(p.Href(f.Href)), x, y-6, template.HTMLEscapeString(f.From+" → "+f.To+": "+f.Says))
			continue
		}
		d.add(`<a href="%s"><path d="M%.0f %.0fQ%.0f %.0f %.0f %.0f" class="flow"><title>%s</title></path></a>`, template.HTMLEscapeString(p.Href(f.Href)), fx, fy, (fx+x)/2+(y-fy)/8, (fy+y)/2-(x-fx)/8, x, y,
			template.HTMLEscapeString(f.From+" → "+f.To+": "+f.Says))
		d.add(`<path d="M%.0f %.0fl5 5l-5 5l-5-5z" class="arrival"/>`, x, y-5)
	}
	d.add(`</g>`)
}

func (d *drawing) sites(p *Page, b basemap, m screen.Map) {
	d.add(`<g data-layer="sites">`)
	for _, s := range m.Sites[:min(len(m.Sites), drawnMost)] {
		x, y := b.point(s.Lon, s.Lat)
		d.add(`<a href="%s"><circle cx="%.0f" cy="%.0f" r="%.1f" class="site"><title>%s</title></circle></a>`, template.HTMLEscapeString(p.Href(s.Href)), x, y, 3+math.Sqrt(s.Seats)/6,
			template.HTMLEscapeString(fmt.Sprintf("%s, %s: %s", s.Name, s.Place, report.Number(s.Seats))))
	}
	d.add(`</g>`)
}

// units draws the symbols. Those that would lie on one another step aside, on a
// leader line.
func (d *drawing) units(p *Page, b basemap, m screen.Map) {
	type spot struct{ x, y float64 }
	var taken []spot
	free := func(s spot) bool {
		return !slices.ContainsFunc(taken, func(t spot) bool { return math.Abs(s.x-t.x) < 44 && math.Abs(s.y-t.y) < 42 })
	}
	d.add(`<g data-layer="units">`)
	for _, u := range m.Units[:min(len(m.Units), drawnMost)] {
		x, y := b.point(u.Lon, u.Lat)
		if x < 10 || x > b.Width-10 || y < 10 || y > b.Height-10 {
			continue
		}
		at := spot{x, y}
		for ring := 1; !free(at) && ring < 9; ring++ {
			for k := range 8 {
				if s := (spot{x + 46*float64(ring)*math.Cos(float64(k)*math.Pi/4), y + 44*float64(ring)*math.Sin(float64(k)*math.Pi/4)}); s.x > 24 && s.x < b.Width-24 && s.y > 24 && s.y < b.Height-40 && free(s) {
					at = s
					break
				}
			}
		}
		taken = append(taken, at)
		if at.x != x || at.y != y {
			d.add(`<path d="M%.0f %.0fL%.0f %.0f" class="leader"/>`, x, y, at.x, at.y)
		}
		d.unit(p, u, at.x, at.y)
	}
	d.add(`</g>`)
}

func (d *drawing) unit(p *Page, u screen.Posted, x, y float64) {
	class := "unit"
	if u.Chosen {
		class += " chosen"
	}
	shown := strings.TrimSpace(u.Party + " " + u.Note)
	says := shown + ": " + u.Name + ", " + u.Role + ", " + u.Place
	d.add(`<a href="%s" class="%s" data-unit="%s" aria-label="%s"><title>%s</title>`, template.HTMLEscapeString(p.Href("?unit="+u.ID)), class, u.ID, template.HTMLEscapeString(says), template.HTMLEscapeString(says))
	if u.Twice {
		d.add(`<rect x="%.0f" y="%.0f" width="46" height="36" rx="4" class="boxed"/>`, x-23, y-18)
	}
	d.add(`<svg x="%.1f" y="%.1f" width="38" height="34.6" viewBox="15 5 170 155">%s</svg>`, x-19, y-20, symbol(u.Branch, u.Echelon, u.There))
	d.text(x, y+24, "middle halo unitname", shown)
	d.add(`</a>`)
}
