package web

import (
	"bytes"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"entente/record"
	"entente/report"
	"entente/screen"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Page is a screen in its surroundings: whose eyes, which day, which plan.
type Page struct {
	screen.Voice
	Screen   screen.Screen
	Template string      // which of pages/ draws the screen
	Current  string      // where the reader is, in the rail
	Title    string      // of the window
	Heading  string      // the one h1
	Register string      // whose register
	Marking  string      // who may see what is on the page
	Reader   string      // whose eyes
	Readers  []string    // whose eyes the reader may borrow
	AsOf     record.Date // the day
	Plan     string      // which plan
	Path     string      // of this page
	Query    url.Values  // of this page
	Carried  url.Values  // what every link carries
	Live     bool        // the register may change while the page is open
	Gate     Gate        // whether people sign in here
	People   bool        // the page of people is there for this reader
	Import   bool        // and the page of imports
	Once     string      // a number for the forms of this page; sent twice, a form is the same one
	Decides  bool        // findings are decided about here

	carried *string // Carried, as a query; made when it is first asked for
}

// Gate is the way in or out that a page shows.
type Gate string

// The gates; the zero Gate is none, as on a machine that nobody else can reach.
const (
	In  Gate = "in"
	Out Gate = "out"
)

// Href leads to a path of the site, and carries the day, the plan and the reader.
// A path that begins with ? is this page, asked otherwise.
func (p *Page) Href(path string) string {
	if path != "" && plainInPath.only(path) && !strings.HasPrefix(path, "//") {
		return path + p.plainQuery()
	}
	base, query, _ := strings.Cut(path, "?")
	base, fragment, _ := strings.Cut(base, "#")
	if i := strings.IndexByte(query, '#'); i >= 0 {
		query, fragment = query[:i], query[i+1:]
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	if base == "" {
		base = p.Path
		for name, of := range p.Query {
			if _, given := values[name]; !given {
				values[name] = of
			}
		}
	}
	for name, of := range p.Carried {
		if _, given := values[name]; !given {
			values[name] = of
		}
	}
	for name, of := range values {
		if len(of) == 0 || of[0] == "" {
			delete(values, name)
		}
	}
	u := url.URL{Path: base, RawQuery: values.Encode(), Fragment: fragment}
	return u.String()
}

// plainQuery is what a link carries that asks for nothing itself.
func (p *Page) plainQuery() string {
	if p.carried == nil {
		values := url.Values{}
		for name, of := range p.Carried {
			if len(of) > 0 && of[0] != "" {
				values[name] = of
			}
		}
		text := values.Encode()
		if text != "" {
			text = "?" + text
		}
		p.carried = &text
	}
	return *p.carried
}

// As is this page in another form: json or csv.
func (p *Page) As(form string) string {
	path := p.Path
	if path == "/" {
		path = "/index"
	}
	u := url.URL{Path: path + "." + form, RawQuery: p.Query.Encode()}
	return u.String()
}

// Keep lists what a form has to send along beside its own fields.
func (p *Page) Keep(own ...string) []report.Fact {
	var facts []report.Fact
	for _, name := range slices.Sorted(maps.Keys(p.Carried)) {
		if value := p.Carried.Get(name); value != "" && !slices.Contains(own, name) {
			facts = append(facts, report.Fact{Name: name, Value: value})
		}
	}
	return facts
}

// English marks what is said in English on a page in another language.
func (p *Page) English() template.HTMLAttr {
	if p.Lang() == "en" {
		return ""
	}
	return `lang="en"`
}

// part is a piece of a page with the page around it.
type part struct {
	*Page
	D any
}

// Part draws a piece of the page.
func (p *Page) Part(name string, data any) (template.HTML, error) {
	var out strings.Builder
	if err := pages.ExecuteTemplate(&out, name, part{p, data}); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil
}

// Body draws the screen.
func (p *Page) Body() (template.HTML, error) { return p.Part(p.Template, p.Screen) }

// pages draw each other through Part, so that each piece knows the page it is on.
var pages = template.Must(template.New("site").Funcs(template.FuncMap{
	"asset":   asset,
	"rich":    rich,
	"reading": readingOf,
	"tone":    tone,
	"mark":    legSVG,
	"icon":    icon,
	"percent": report.Percent,
	"points":  report.Change,

	"coverageChart": coverageOf,
	"spark":         spark,
	"balanceChart":  balanceChart,
	"lanes":         lanesOf,
	"needSteps":     needSteps,
	"axis":          axisOf,
	"few":           few,
	"most":          most,
	"first":         first,
	"beyond":        func(r screen.RuleHits) int { return r.Count - len(first(r.Items)) },
	"more":          func(t screen.Table) int { return len(t.Rows) + t.More - len(few(t).Rows) },
	"symbol":        symbolOf,
	"promises":      promisesChart,
	"lane":          laneOf,
	"pipeline":      pipelineChart,
	"pace":          paceChart,
	"funnel":        funnelChart,
	"change":        changeChart,
	"ranking":       rankingChart,
	"map":           mapOf,
}).ParseFS(pageFiles, "pages/*.html"))

// HTML draws a page whole, or not at all.
func HTML(p *Page) ([]byte, error) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "page.html", part{p, p.Screen}); err != nil {
		return nil, fmt.Errorf("web: draw %s: %w", p.Template, err)
	}
	return out.Bytes(), nil
}

// JSON writes the values of a page for other programs.
func JSON(p *Page) ([]byte, error) {
	data, err := json.MarshalIndent(struct {
		Register string        `json:"register"`
		AsOf     string        `json:"as_of"`
		Reader   string        `json:"reader"`
		Plan     string        `json:"plan"`
		Marking  string        `json:"marking"`
		Screen   screen.Screen `json:"screen"`
	}{p.Register, p.AsOf.String(), p.Reader, p.Plan, p.Marking, p.Screen}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("web: write %s as JSON: %w", p.Template, err)
	}
	return append(data, '\n'), nil
}

// CSV writes the tables of a page, one after the other, each under its title.
func CSV(p *Page) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for i, t := range p.Screen.Tables() {
		if i > 0 {
			w.Flush()
			_, _ = io.WriteString(&out, "\r\n")
		}
		_ = w.Write([]string{harmless(t.Title)})
		row := make([]string, len(t.Heads))
		for k, h := range t.Heads {
			row[k] = h.Name
		}
		_ = w.Write(row)
		for _, cells := range t.Rows {
			row := make([]string, len(cells))
			for k, c := range cells {
				row[k] = harmless(strings.TrimSpace(c.Text + " " + c.Sub))
			}
			_ = w.Write(row)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// rowsFolded is how many rows of a table that opens are on the page; the CSV has all.
const rowsFolded = 25

func few(t screen.Table) screen.Table {
	t.Rows, t.More = t.Rows[:min(len(t.Rows), rowsFolded)], 0
	return t
}

func most(t screen.Table) screen.Table {
	t.Rows = t.Rows[:min(len(t.Rows), screen.RowsMost)]
	return t
}

func first(items []screen.Item) []screen.Item { return items[:min(len(items), screen.ItemsFirst)] }

// cellAttributes are how a cell is set, and the head that it stands under where a
// narrow page puts each cell on a line of its own.
func cellAttributes(h report.Head, c screen.Cell) template.HTMLAttr {
	var classes []string
	if h.Numeric {
		classes = append(classes, "n")
	}
	if h.Brief {
		classes = append(classes, "brief")
	}
	if someDay.MatchString(c.Text) {
		classes = append(classes, "nw")
	}
	if name := tone(c.Tone); name != "" {
		classes = append(classes, name)
	}
	attributes := ""
	if len(classes) > 0 {
		attributes = ` class="` + strings.Join(classes, " ") + `"`
	}
	if h.Name != "" {
		attributes += ` data-l="` + template.HTMLEscapeString(h.Name) + `"`
	}
	return template.HTMLAttr(attributes)
}

// someDay is a day, a month or a minute, which is not broken at its hyphens.
var someDay = regexp.MustCompile(`^\d{4}-\d\d(-\d\d)?[~?%]?( \d\d:\d\d)?$`)

// harmless keeps spreadsheets from taking a text for a formula.
func harmless(s string) string {
	s = strings.ReplaceAll(s, "**", "")
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// rich stresses what stands between two pairs of stars.
func rich(s string) template.HTML {
	var out strings.Builder
	for i, piece := range strings.Split(template.HTMLEscapeString(s), "**") {
		if i%2 == 1 {
			out.WriteString("<b>" + piece + "</b>")
			continue
		}
		out.WriteString(piece)
	}
	return template.HTML(out.String())
}
