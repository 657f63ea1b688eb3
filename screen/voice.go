package screen

import (
	"embed"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"entente/record"
)

// The catalogues: for each language but English a file of what the English
// sentences mean in it. A third language is a file.
//
//go:embed locales/*.json
var locales embed.FS

// Voice says sentences in one language. The zero Voice speaks English. What a
// record says, and what check and plan find, is said as it was written.
type Voice struct {
	tag     language.Tag
	printer *message.Printer
	plain   map[string]string // what sentences mean that hold nothing
}

// Say is the sentence in the language of v. The key is the English sentence,
// with verbs as of fmt for what it holds.
func (v Voice) Say(key string, args ...any) string {
	if v.printer == nil {
		v = voices()[0]
	}
	if len(args) == 0 && !strings.Contains(key, "%") {
		if says, ok := v.plain[key]; ok {
			return says
		}
		return key
	}
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = v.Figure(s)
		}
	}
	return v.printer.Sprintf(key, args...)
}

// Figure is a text as the language writes figures: 5.48/8 is 5,48/8 where the
// catalogue says 1,5 for 1.5. What is no figure stays as it is.
func (v Voice) Figure(s string) string {
	if v.printer == nil || v.tag == language.English || !figure.MatchString(s) {
		return s
	}
	return strings.ReplaceAll(s, ".", strings.Trim(v.printer.Sprintf("1.5"), "15"))
}

var figure = regexp.MustCompile(`^[~+−-]*\d[\d\x{202f}\x{a0}]*(?:\.\d+)?(?:/\d[\d\x{202f}\x{a0}]*(?:\.\d+)?)?(?:[\x{202f}\x{a0}]?%)?$`)

// Count is Say with one or many, by the number of things.
func (v Voice) Count(n int, one, many string) string {
	if n == 1 || n == 0 && v.tag == language.French {
		return v.Say(one, n)
	}
	return v.Say(many, n)
}

// Lang is the language as pages name it.
func (v Voice) Lang() string {
	if v.printer == nil {
		return "en"
	}
	return v.tag.String()
}

// Month is a month for people.
func (v Voice) Month(m record.Month) string {
	name, year, _ := strings.Cut(m.Text(), " ")
	return v.Say(name) + " " + year
}

// Rung is the name of a rung.
func (v Voice) Rung(name string) string { return v.Say(name) }

// MonthName is a month without its year.
func (v Voice) MonthName(m record.Month) string {
	name, _, _ := strings.Cut(m.Text(), " ")
	return v.Say(name)
}

// Date is a day for people.
func (v Voice) Date(d record.Date) string {
	iso := d.String()
	m, err := record.ParseMonth(iso[:min(7, len(iso))])
	if err != nil || len(iso) != len("2006-01-02") {
		return iso
	}
	return strings.TrimPrefix(iso[8:], "0") + " " + v.Month(m)
}

// voices reads the catalogues, English first.
var voices = sync.OnceValue(func() []Voice {
	all := catalog.NewBuilder(catalog.Fallback(language.English))
	tags := []language.Tag{language.English}
	files, _ := locales.ReadDir("locales")
	for _, f := range files {
		tag := language.MustParse(strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
		tags = append(tags, tag)
		for key, says := range Catalogue(tag.String()) {
			if err := all.SetString(tag, key, says); err != nil {
				panic("screen: " + f.Name() + ": " + err.Error())
			}
		}
	}
	vs := make([]Voice, len(tags))
	for i, tag := range tags {
		vs[i] = Voice{tag, message.NewPrinter(tag, message.Catalog(all)), map[string]string{}}
		for key := range Catalogue(tag.String()) {
			if !strings.Contains(key, "%") {
				vs[i].plain[key] = vs[i].printer.Sprintf(key)
			}
		}
	}
	return vs
})

// Catalogue is what the sentences mean in a language, by the English sentence.
func Catalogue(lang string) map[string]string {
	says := map[string]string{}
	data, err := locales.ReadFile("locales/" + lang + ".json")
	if err != nil {
		return says
	}
	if err := json.Unmarshal(data, &says); err != nil {
		panic("screen: locales/" + lang + ".json: " + err.Error())
	}
	return says
}

// Languages lists what can be spoken, English first.
func Languages() []string {
	var names []string
	for _, v := range voices() {
		names = append(names, v.Lang())
	}
	return names
}

// VoiceFor is the voice for a language, or for what a browser says that its
// reader accepts; English where neither is known.
func VoiceFor(lang, accept string) Voice {
	vs := voices()
	if i := slices.IndexFunc(vs, func(v Voice) bool { return v.Lang() == lang }); i >= 0 {
		return vs[i]
	}
	tags := make([]language.Tag, len(vs))
	for i, v := range vs {
		tags[i] = v.tag
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return vs[0]
	}
	_, i, _ := language.NewMatcher(tags).Match(wanted...)
	return vs[i]
}
