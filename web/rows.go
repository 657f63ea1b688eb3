package web

import (
	"fmt"
	"html/template"
	"strings"
	"sync"

	"entente/report"
	"entente/screen"
)

// Rows draws the rows of a table, as html/template would draw them; for the cells
// of a long list that takes it most of the time of a page.
func (p *Page) Rows(heads []report.Head, rows [][]screen.Cell) template.HTML {
	var out strings.Builder
	for _, cells := range rows {
		out.WriteString("<tr>")
		for i, c := range cells {
			out.WriteString("<td")
			out.WriteString(string(cellAttributes(heads[i], c)))
			out.WriteByte('>')
			p.cell(&out, c)
			out.WriteString("</td>")
		}
		out.WriteString("</tr>\n")
	}
	return template.HTML(out.String())
}

func (p *Page) cell(out *strings.Builder, c screen.Cell) {
	switch mark := legSVG(c.Tone); {
	case mark != "":
		out.WriteString(`<span class="leg">`)
		out.WriteString(string(mark))
		out.WriteByte(' ')
		escape(out, c.Text)
		out.WriteString("</span>")
	case c.Href != "":
		p.link(out, "", c.Href, c.Text)
	default:
		escape(out, p.Figure(c.Text))
	}
	if c.Sub != "" {
		out.WriteString(` <span class="delta">`)
		escape(out, p.Figure(c.Sub))
		out.WriteString("</span>")
	}
}

// link leads to a path of the site.
func (p *Page) link(out *strings.Builder, class, path, text string) {
	out.WriteString("<a")
	if class != "" {
		out.WriteString(` class="` + class + `"`)
	}
	out.WriteString(` href="`)
	escapeHref(out, p.Href(path))
	out.WriteString(`">`)
	escape(out, text)
	out.WriteString("</a>")
}

// escape writes a text into a page, or into an attribute between quotation marks,
// as html/template does.
func escape(out *strings.Builder, s string) {
	from := 0
	for i := range len(s) {
		with := ""
		switch s[i] {
		case 0:
			with = "\uFFFD"
		case '"':
			with = "&#34;"
		case '&':
			with = "&amp;"
		case '\'':
			with = "&#39;"
		case '+':
			with = "&#43;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		default:
			continue
		}
		out.WriteString(s[from:i])
		out.WriteString(with)
		from = i + 1
	}
	out.WriteString(s[from:])
}

// escapeHref writes an address into an attribute. Where there is more in it than
// the plain letters of a path of the site, html/template has the last word.
func escapeHref(out *strings.Builder, href string) {
	if strings.HasPrefix(href, "/") && plainInHref.only(href) {
		escape(out, href)
		return
	}
	var drawn strings.Builder
	if err := hrefAlone().Execute(&drawn, href); err != nil {
		panic(fmt.Sprintf("web: the address %q: %v", href, err))
	}
	out.WriteString(strings.TrimSuffix(strings.TrimPrefix(drawn.String(), `<a href="`), `">`))
}

var hrefAlone = sync.OnceValue(func() *template.Template { return template.Must(template.New("href").Parse(`<a href="{{.}}">`)) })

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

// What stands in a path, and in an address with its query, as it is written.
var (
	plainInPath = lettersOf("/" + unreserved)
	plainInHref = lettersOf("/?=&+#" + unreserved)
)

// letters is a set of them.
type letters [256]bool

func lettersOf(s string) *letters {
	var all letters
	for i := range len(s) {
		all[s[i]] = true
	}
	return &all
}

// only reports whether nothing but letters of the set is in s.
func (l *letters) only(s string) bool {
	for i := range len(s) {
		if !l[s[i]] {
			return false
		}
	}
	return true
}
