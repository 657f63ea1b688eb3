package web

import (
	"html/template"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"entente/report"
	"entente/screen"
)

// plainly draws rows with html/template: slowly, and as they have to be.
var plainly = template.Must(template.New("rows").Funcs(template.FuncMap{"cell": cellAttributes, "mark": legSVG}).Parse(`{{$heads := .Heads}}{{range .Rows}}<tr>{{range $i, $c := .}}{{$h := index $heads $i}}<td{{cell $h $c}}>{{with mark $c.Tone}}<span class="leg">{{.}} {{$c.Text}}</span>{{else}}{{if $c.Href}}<a href="{{$.Page.Href $c.Href}}">{{$c.Text}}</a>{{else}}{{$.Page.Figure $c.Text}}{{end}}{{end}}{{with $c.Sub}} <span class="delta">{{$.Page.Figure .}}</span>{{end}}</td>{{end}}</tr>
{{end}}`))

// anyText is a text of letters that mean something somewhere.
func anyText(dice *rand.Rand) string {
	letters := []rune("ab 09+&<>\"'%=?#/:;,()[]{}\\`|^~*!$@._-–é\u202f\u2028\x00\x07\n\uFFFD😀")
	var out strings.Builder
	for range dice.IntN(9) {
		out.WriteRune(letters[dice.IntN(len(letters))])
	}
	if dice.IntN(9) == 0 {
		out.WriteByte(0xfe) // no UTF-8
	}
	return out.String()
}

// TestRowsAreWhatATemplateDraws: whatever stands in the cells.
func TestRowsAreWhatATemplateDraws(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		p := &Page{Voice: screen.VoiceFor([]string{"en", "fr"}[dice.IntN(2)], ""), Path: "/list", Query: url.Values{"q": {anyText(dice)}}, Carried: url.Values{"as-of": {anyText(dice)}, "lang": {""}}}
		heads := []report.Head{{Name: anyText(dice), Numeric: dice.IntN(2) == 0, Brief: dice.IntN(2) == 0}, {}}
		var rows [][]screen.Cell
		for range 3 {
			var cells []screen.Cell
			for range heads {
				c := screen.Cell{Text: anyText(dice), Sub: anyText(dice), Tone: report.Tone(dice.IntN(int(report.Money) + 1))}
				switch dice.IntN(4) {
				case 0:
					c.Href = "/records/" + anyText(dice)
				case 1:
					c.Href = "?" + anyText(dice)
				case 2:
					c.Href = anyText(dice)
				}
				cells = append(cells, c)
			}
			rows = append(rows, cells)
		}
		var want strings.Builder
		if err := plainly.Execute(&want, map[string]any{"Page": p, "Heads": heads, "Rows": rows}); err != nil {
			t.Fatal(err)
		}
		if got := string(p.Rows(heads, rows)); got != want.String() {
			t.Fatalf("%+v\ngive  %q\nnot   %q", rows, got, want.String())
		}
	}
}

// TestPlainLinks: a path is carried on like any other, if it needs no second look.
func TestPlainLinks(t *testing.T) {
	for _, carried := range []url.Values{nil, {"as-of": {"2025-01-31"}}, {"see-as": {"A&B+c"}, "lang": {""}, "plan": {"committed"}}} {
		for _, path := range []string{"/", "/records/Need/x", "/records/Need/a~b_c-d.e", "records/x", "/records//x/../y"} {
			p := &Page{Path: "/here", Query: url.Values{"n": {"1"}}, Carried: carried}
			if got, want := p.Href(path), (&Page{Path: "/here", Query: p.Query, Carried: carried}).Href(path+"?"); got != want {
				t.Errorf("Href(%q) is %q, not %q", path, got, want)
			}
		}
	}
}
