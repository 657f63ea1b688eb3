package web

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"entente/record"
	"entente/report"
)

// sample is a page's worth of everything, with a title that means harm.
func sample() report.Plan {
	start := record.MustDay("2025-11").First().Month()
	cells := []report.Cell{report.Text("<b>bold</b>"), report.Toned("1 200", report.Bad)}
	table := report.Table{Title: "A table", Note: "A note.", Heads: []report.Head{{Name: "What"}, {Name: "How much", Numeric: true}}}
	for range rowsShown + 3 {
		table.Rows = append(table.Rows, cells)
	}
	n := report.Need{ID: "n", Title: `<script>alert("1")</script>`, Where: "Kyiv", Unit: "unit", Priority: 1, Says: "1 of 4", Share: 0.25, Asks: true,
		Leg: "people", HeldBy: "people: Crew", Tone: report.People, Lost: 2, Why: []string{"Because <of> this."}, Helps: []string{"60 seats <more>: +0.9 points"}, Feeds: table}
	for i := range 4 {
		n.Months = append(n.Months, report.NeedMonth{Month: start + record.Month(i), Needed: float64(i), Covered: float64(i) / 2, EquipmentLeg: float64(i), PeopleLeg: float64(i) / 2, MoneyLeg: float64(i)})
	}
	return report.Plan{Title: "Sample & co", Headline: "Coverage 25 of 100 points.", More: []string{"More."}, Facts: []report.Fact{{Name: "As of", Value: "2025"}},
		Start: start, Coverage: report.Strip{-1, 0.5, 0.5, 1}, Equipment: report.Strip{-1, 1, 1, 1}, Needs: []report.Need{n},
		Prices: table, Help: report.Table{Title: "What would help most", Heads: table.Heads, Rows: table.Rows[:1]}, Doings: table, Leftovers: report.Table{Title: "Nothing left", Empty: "Everything is used."}, Funds: table, Omissions: table}
}

func draw(t *testing.T, p report.Plan) string {
	t.Helper()
	var page strings.Builder
	if err := Plan(&page, p); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestPageStandsAlone(t *testing.T) {
	page := draw(t, sample())
	if found := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\bsrc=|\bhref=|@import|url\(["']?(https?:|//|data:)|https?://|\son[a-z]+="`).FindString(page); found != "" {
		t.Errorf("the page asks for something or runs something: %s", found)
	}
	for _, want := range []string{
		`<html lang="en">`, `<title>Coverage 25 of 100 points.</title>`, `<h1>Coverage 25 of 100 points.</h1>`, "Sample &amp; co", "&lt;script&gt;", "Because &lt;of&gt; this.", "60 seats &lt;more&gt;", "<h2>What would help most</h2>",
		"prefers-color-scheme: dark", "@media print", "size: A4", "<summary>All 15 rows</summary>", "3 more rows in the full list.", "Everything is used.", "● people: Crew",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(page, "<h1"); n != 1 {
		t.Errorf("the page has %d first headings", n)
	}
}

var svg = regexp.MustCompile(`(?s)<svg.*?</svg>`)

func TestChartsAreWellFormedAndSayWhatTheyShow(t *testing.T) {
	drawings := svg.FindAllString(draw(t, sample()), -1)
	if len(drawings) != 3 {
		t.Fatalf("got %d drawings, want two of the coverage and one of the need", len(drawings))
	}
	for _, d := range drawings {
		if !strings.Contains(d, `role="img" aria-label="`) {
			t.Errorf("a chart has no text alternative: %.80s", d)
		}
		if strings.Contains(d, "NaN") || strings.Contains(d, "Inf") {
			t.Errorf("a chart holds what is no number: %s", d)
		}
		for dec := xml.NewDecoder(strings.NewReader(d)); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, d)
			}
		}
	}
}

// TestLanesAreStrongWhereALegIsShort looks at the one need of the sample: people
// are short in three of its four months, in the first of which nothing is asked.
func TestLanesAreStrongWhereALegIsShort(t *testing.T) {
	lanes := string(needChart(sample().Needs[0]))
	box := regexp.MustCompile(`viewBox="0 0 (\d+)`).FindStringSubmatch(lanes)
	if box == nil {
		t.Fatal(lanes)
	}
	month, _ := strconv.ParseFloat(box[1], 64)
	month /= 4
	for class, want := range map[string]int{"people short": 3, "people enough": 0, "equipment enough": 3, "equipment short": 0, "money enough": 3, "covered": 3, "missing": 3} {
		wide := 0.0
		if m := regexp.MustCompile(`<path d="([^"]*)" class="` + class + `"`).FindStringSubmatch(lanes); m != nil {
			for _, bar := range regexp.MustCompile(`h(\d[\d.]*)`).FindAllStringSubmatch(m[1], -1) {
				w, err := strconv.ParseFloat(bar[1], 64)
				if err != nil {
					t.Fatal(err)
				}
				wide += w
			}
		}
		if got := int(math.Round(wide / month)); got != want {
			t.Errorf("class %s is drawn over %d months, want %d", class, got, want)
		}
	}
}

func TestYears(t *testing.T) {
	ys := years(sample())
	if len(ys) != 2 || ys[0] != (year{"2025", 0, 2}) || ys[1] != (year{"2026", 2, 2}) {
		t.Errorf("got %v", ys)
	}
}

func TestEmptyPlansAreDrawnToo(t *testing.T) {
	page := draw(t, report.Plan{Headline: "Nothing is needed in these months."})
	if strings.Contains(page, "NaN") || !strings.Contains(page, "</html>") {
		t.Error("the page of an empty plan is broken")
	}
	n := sample().Needs[0]
	n.Months = nil
	if got := string(needChart(n)); strings.Contains(got, "<path") {
		t.Errorf("a need without months is drawn as %s", got)
	}
}

// contrast is the ratio of WCAG 2.2, between two colours of six digits.
func contrast(a, b string) float64 {
	luminance := func(hex string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n := strings.Index("0123456789abcdef", hex[1+2*i:2+2*i])*16 + strings.Index("0123456789abcdef", hex[2+2*i:3+2*i])
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

var token = regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{3,6});`)

// TestTokensCanBeRead holds both themes to WCAG 2.2 AA: 4.5 for what is read.
func TestTokensCanBeRead(t *testing.T) {
	themes := strings.SplitN(pageCSS, "@media (prefers-color-scheme: dark)", 2)
	for i, css := range []string{themes[0], strings.SplitN(themes[1], "* {", 2)[0]} {
		tokens := map[string]string{}
		for _, m := range token.FindAllStringSubmatch(css, -1) {
			if len(m[2]) == 4 {
				m[2] = "#" + strings.Repeat(m[2][1:2], 2) + strings.Repeat(m[2][2:3], 2) + strings.Repeat(m[2][3:4], 2)
			}
			tokens[m[1]] = m[2]
		}
		for _, ink := range []string{"ink", "ink-2", "ink-3", "equipment", "people", "money", "bad", "warn", "good"} {
			for _, ground := range []string{"paper", "surface"} {
				if c := contrast(tokens[ink], tokens[ground]); c < 4.5 {
					t.Errorf("theme %d: %s on %s has a contrast of %.1f", i, ink, ground, c)
				}
			}
		}
		if c := contrast(tokens["area"], tokens["surface"]); c < 3 {
			t.Errorf("theme %d: areas have a contrast of %.1f", i, c)
		}
	}
}
