package web

import (
	"fmt"
	"html/template"

	"entente/report"
)

// legSVG is the shape that goes with a leg's colour.
func legSVG(t report.Tone) template.HTML {
	shape := ""
	switch t {
	case report.Equipment:
		shape = `<rect x="2" y="2" width="8" height="8" rx="1"/>`
	case report.People:
		shape = `<circle cx="6" cy="6" r="4.5"/>`
	case report.Money:
		shape = `<path d="M6,.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z"/>`
	default:
		return ""
	}
	return template.HTML(`<svg class="g" viewBox="0 0 12 12" aria-hidden="true" fill="currentColor">` + shape + `</svg>`)
}

// icons are drawn with one pen on a square of 16.
var icons = map[string]string{
	"overview":   "M2 13.5h12M3.5 11V8M7 11V3.5M10.5 11V6M13.5 11V9",
	"map":        "M1.8 4l4-1.6 4.4 1.6 4-1.6v9.6l-4 1.6-4.4-1.6-4 1.6zM5.8 2.4v9.6M10.2 4v9.6",
	"plan":       "M2 3.5h6M5 8h7M8 12.5h6",
	"whatif":     "M3 13V9.5A3.5 3.5 0 016.5 6H13M10.5 3.2L13.3 6l-2.8 2.8M3 9V3",
	"scenarios":  "M2.5 4h11M2.5 8h11M2.5 12h11M5 2.5v3M10 6.5v3M7 10.5v3",
	"forces":     "M1.8 4h12.4v8H1.8zM1.8 4l12.4 8M14.2 4L1.8 12",
	"agreements": "M3 2.5h7l3 3v8H3zM5.5 8h5M5.5 10.5h5M10 2.5v3h3",
	"record":     "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
	"brief":      "M4 6V2h8v4M4 11.5H2V6h12v5.5h-2M4.5 9.5h7V14h-7z",
	"findings":   "M8 2.2l6.3 11.3H1.7zM8 6.4v3.4M8 11.6v.1",
	"needs":      "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM8 5a3 3 0 100 6 3 3 0 000-6z",
	"pledges":    "M2.5 5.5l5.5-3 5.5 3v5l-5.5 3-5.5-3zM2.5 5.5L8 8.5l5.5-3M8 8.5v5",
	"training":   "M1.5 6L8 3l6.5 3L8 9zM4 7.3V11c1 1.3 7 1.3 8 0V7.3M14.5 6v4",
	"funds":      "M2 4.5h12v7.5H2zM8 6.3a2 2 0 100 4 2 2 0 000-4zM4 6.5v3.5M12 6.5v3.5",
	"proposals":  "M3 3h10v7H8l-3 3v-3H3zM5.5 5.5h5M5.5 7.5h3",
	"import":     "M8 2v7.5M4.8 6.5L8 9.7l3.2-3.2M2.5 10v3.5h11V10",
	"people":     "M8 2.5a2.6 2.6 0 100 5.2 2.6 2.6 0 000-5.2zM2.8 13.8c.4-5 10-5 10.4 0",
	"search":     "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.5L14 14",
	"clock":      "M8 2a6 6 0 100 12A6 6 0 008 2zM8 4.5V8l2.4 1.6",
	"sun":        "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1",
	"info":       "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM8 7.2v4M8 4.8v.1",
	"check":      "M3 8.5l3.2 3.2L13 4.8",
	"eye":        "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 100 4 2 2 0 000-4z",
	"down":       "M8 3v8M4.5 8L8 11.5 11.5 8",
	"play":       "M4.5 3l8 5-8 5z",
}

// icon is decoration beside a word.
func icon(name string, size int) template.HTML {
	path, ok := icons[name]
	if !ok {
		panic("web: there is no icon " + name)
	}
	return template.HTML(fmt.Sprintf(`<svg width="%d" height="%d" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="%s"/></svg>`, size, size, path))
}
