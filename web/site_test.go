package web

import (
	"math"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"entente/report"
	"entente/screen"
)

func TestHrefCarries(t *testing.T) {
	p := &Page{Path: "/plan", Query: url.Values{"need": {"a b"}, "as-of": {"2025-01-31"}}, Carried: url.Values{"as-of": {"2025-01-31"}}}
	for path, want := range map[string]string{
		"/":                         "/?as-of=2025-01-31",
		"/plan?need=x":              "/plan?as-of=2025-01-31&need=x",
		"?try=Fund/f":               "/plan?as-of=2025-01-31&need=a+b&try=Fund%2Ff",
		"?need=":                    "/plan?as-of=2025-01-31",
		"?as-of=2026-01-01":         "/plan?as-of=2026-01-01&need=a+b",
		"/findings#broken":          "/findings?as-of=2025-01-31#broken",
		"/records/Need/x?as-of=#id": "/records/Need/x#id",
	} {
		if got := p.Href(path); got != want {
			t.Errorf("Href(%q) is %q, not %q", path, got, want)
		}
	}
	if got := p.As("csv"); got != "/plan.csv?as-of=2025-01-31&need=a+b" {
		t.Errorf("as CSV it is at %q", got)
	}
	if got := (&Page{Path: "/"}).As("json"); got != "/index.json" {
		t.Errorf("the first page as JSON is at %q", got)
	}
}

func TestRichEscapes(t *testing.T) {
	if got := rich(`**91 %** of <b>all**`); got != "<b>91 %</b> of &lt;b&gt;all<b></b>" {
		t.Errorf("got %s", got)
	}
}

// list is a screen of one table.
type list struct{ screen.Table }

func (list) Finding() string          { return "" }
func (l list) Tables() []screen.Table { return []screen.Table{l.Table} }

func TestCSVIsHarmless(t *testing.T) {
	table := screen.Table{Title: "=1+1", Heads: []report.Head{{Name: "A"}, {Name: "B"}}, Rows: [][]screen.Cell{{{Text: "+2"}, {Text: `a "b", c`, Sub: "d"}}}}
	got, err := CSV(&Page{Screen: list{table}})
	if want := "'=1+1\r\nA,B\r\n'+2,\"a \"\"b\"\", c d\"\r\n"; err != nil || string(got) != want {
		t.Errorf("got %q, want %q, %v", got, want, err)
	}
}

func TestAssetsNameEachOther(t *testing.T) {
	for name, a := range Assets() {
		if !regexp.MustCompile(`-[0-9a-f]{10}\.[a-z0-9]+$`).MatchString(name) {
			t.Errorf("%s has no hash in its name", name)
		}
		if a.Type == "" || len(a.Bytes) == 0 {
			t.Errorf("%s has type %q and %d bytes", name, a.Type, len(a.Bytes))
		}
		if ext := path.Ext(name); ext != ".css" && ext != ".js" || strings.HasPrefix(name, "htmx") {
			continue
		}
		for _, m := range regexp.MustCompile(`url\(([^)#]*)\)|from '([^']*)'`).FindAllStringSubmatch(string(a.Bytes), -1) {
			if to := strings.TrimPrefix(m[1]+m[2], "./"); Assets()[to].Name == "" {
				t.Errorf("%s asks for %s, which is not there", name, to)
			}
		}
	}
}

// TestSiteTokensCanBeRead holds both themes of the site to WCAG 2.2 AA: 4.5 for
// what is read, 3 for what is marked.
func TestSiteTokensCanBeRead(t *testing.T) {
	css := string(mustRead("static/app.css"))
	light := tokensOf(t, css, ":root{")
	dark := tokensOf(t, css, ":root[data-theme=dark]{")
	for theme, tokens := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, ground := range []string{"paper", "surface", "rail", "sunken"} {
			for _, ink := range []string{"ink", "ink-2", "ink-3", "link"} {
				if c := contrast(tokens[ink], tokens[ground]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", theme, ink, ground, c)
				}
			}
		}
		for _, ink := range []string{"E", "T", "F", "bad", "warn", "good", "note", "accent"} {
			if c := contrast(tokens[ink], tokens["surface"]); c < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f", theme, ink, c)
			}
		}
		for _, mark := range []string{"control", "focus", "opf", "f0", "f1", "f2", "f3", "f4", "f5"} {
			if c := contrast(tokens[mark], tokens["surface"]); c < 3 {
				t.Errorf("%s: %s has a contrast of %.2f", theme, mark, c)
			}
		}
		if c := contrast(tokens["on-accent"], tokens["accent"]); c < 4.5 {
			t.Errorf("%s: what stands on the accent has a contrast of %.2f", theme, c)
		}
	}
}

func tokensOf(t *testing.T, css, from string) map[string]string {
	t.Helper()
	_, block, ok := strings.Cut(css, from)
	if !ok {
		t.Fatalf("there is no %s", from)
	}
	block, _, _ = strings.Cut(block, "}")
	tokens := map[string]string{}
	for _, m := range regexp.MustCompile(`--([A-Za-z0-9-]+):(#[0-9a-f]{3,6})\b`).FindAllStringSubmatch(block, -1) {
		if len(m[2]) == 4 {
			m[2] = "#" + strings.Repeat(m[2][1:2], 2) + strings.Repeat(m[2][2:3], 2) + strings.Repeat(m[2][3:4], 2)
		}
		tokens[m[1]] = m[2]
	}
	return tokens
}

// TestLandIsWhoseItIs finds towns on the map as it is drawn: Crimea in Ukraine,
// Pristina in Kosovo.
func TestLandIsWhoseItIs(t *testing.T) {
	b := land()
	for town, at := range map[string]struct {
		lon, lat float64
		a3       string
	}{
		"Simferopol": {34.1, 44.95, "UKR"}, "Yevpatoria": {33.6, 45.3, "UKR"}, "Kyiv": {30.5, 50.45, "UKR"}, "Pristina": {21.1, 42.6, "XKX"}, "Tallinn": {25.0, 59.2, "EST"}, "Kaliningrad": {21.3, 54.6, "RUS"},
	} {
		x, y := b.point(at.lon, at.lat)
		var found []string
		for _, l := range b.Lands {
			if within(l.D, x, y) {
				found = append(found, l.A3)
			}
		}
		if len(found) != 1 || found[0] != at.a3 {
			t.Errorf("%s lies in %v, not in %s", town, found, at.a3)
		}
	}
}

// within casts a ray through the outlines of a path of whole numbers: M, L, H, V
// and Z, as d3-geo writes them.
func within(d string, x, y float64) bool {
	inside := false
	for ring := range strings.SplitSeq(strings.Trim(d, "MZ"), "M") {
		var xs, ys []float64
		for point := range strings.SplitSeq(strings.TrimSuffix(ring, "Z"), "L") {
			a, b, _ := strings.Cut(point, ",")
			px, _ := strconv.ParseFloat(a, 64)
			py, _ := strconv.ParseFloat(b, 64)
			xs, ys = append(xs, px), append(ys, py)
		}
		for i, k := 0, len(xs)-1; i < len(xs); k, i = i, i+1 {
			if (ys[i] > y) != (ys[k] > y) && x < (xs[k]-xs[i])*(y-ys[i])/(ys[k]-ys[i])+xs[i] {
				inside = !inside
			}
		}
	}
	return inside
}

// TestProjectionKeepsAreas: a square degree is as large on the map as it is on
// the ground, in the north as in the south.
func TestProjectionKeepsAreas(t *testing.T) {
	b := land()
	area := func(lon, lat float64) float64 {
		const e = 0.05
		x0, y0 := b.point(lon, lat)
		x1, y1 := b.point(lon+e, lat)
		x2, y2 := b.point(lon, lat+e)
		return math.Abs((x1-x0)*(y2-y0)-(x2-x0)*(y1-y0)) / math.Cos(lat*math.Pi/180)
	}
	middle := area(17, 57.5)
	for _, at := range [][2]float64{{-5, 45}, {35, 48}, {25, 69}} {
		if ratio := area(at[0], at[1]) / middle; math.Abs(ratio-1) > 0.01 {
			t.Errorf("at %v areas are %.3f of what they are in the middle", at, ratio)
		}
	}
}

func TestSymbols(t *testing.T) {
	for _, branch := range []string{"mechanised", "air defence", "light infantry", "never heard of"} {
		if got := symbol(branch, "brigade", true); !strings.Contains(got, "<path") {
			t.Errorf("%s is drawn as %q", branch, got)
		}
	}
	if symbol("fighter", "", true) == symbol("fighter", "", false) {
		t.Error("what is there and what is planned look alike")
	}
}
