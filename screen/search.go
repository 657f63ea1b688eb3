package screen

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"entente/record"
)

// Search is what fits some words, the best first.
type Search struct {
	Lede string `json:"finding"`
	Asks string `json:"asks"`
	Hits []Hit  `json:"hits"`
}

// Hit is one thing that was found.
type Hit struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
	Says  string `json:"says,omitempty"`
	Href  string `json:"href"`
	score int
}

const (
	hitsMax = 40
	asksMax = 200
)

// Search looks through everything that the reader may see. Every word asked for
// must be found, as the beginning of a word, inside one, or with a letter or two
// amiss; in quotations and findings as it is written. Screens are what there is beside records.
func (w World) Search(asks string, screens []Hit) Search {
	s := Search{Asks: strings.TrimSpace(asks)}
	if len(s.Asks) > asksMax {
		s.Asks = strings.ToValidUTF8(s.Asks[:asksMax], "")
	}
	words := wordsOf(s.Asks)
	for _, hit := range screens {
		if hit.score = fits(words, hit.Title); hit.score > 0 || len(words) == 0 {
			hit.score++
			s.Hits = append(s.Hits, hit)
		}
	}
	if len(words) > 0 {
		for _, r := range w.View.Records() {
			s.Hits = append(s.Hits, w.hits(r, words)...)
		}
		s.Hits = append(s.Hits, w.foundHits(words)...)
	}
	slices.SortStableFunc(s.Hits, func(a, b Hit) int { return cmp.Compare(b.score, a.score) })
	n := len(s.Hits)
	s.Hits = s.Hits[:min(n, hitsMax)]
	switch {
	case len(words) == 0:
		s.Lede = w.Say("Write what you look for: a need, a pledge, a unit, a party, a word of a note.")
	case n == 0:
		s.Lede = w.Say("Nothing fits **%s**.", strings.ReplaceAll(s.Asks, "*", ""))
	default:
		s.Lede = w.Count(n, "**%d** thing fits.", "**%d** things fit.")
	}
	return s
}

// Finding implements Screen.
func (s Search) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Search) Tables() []Table {
	t := Table{ID: "hits", Title: s.Asks, Heads: Voice{}.heads("Found", "Kind", "Says")}
	for _, h := range s.Hits {
		t.Rows = append(t.Rows, []Cell{link(h.Title, h.Href), text(h.Kind), text(h.Says)})
	}
	return []Table{t}
}

// hits of one record: its name counts most, then its id and its parties, then its note.
func (w World) hits(r record.Record, words []string) []Hit {
	k, base := r.Key(), r.Base()
	name := w.View.Name(k)
	by := w.party(w.View.By(r))
	score := 3*fits(words, name) + 0
	if score == 0 {
		score = fits(words, strings.Join([]string{name, k.ID, string(k.Kind), by, strings.Join(base.Tags, " ")}, " "))
	}
	if score == 0 && (fits(words, base.Note) > 0 || quoted(base, words)) {
		score = 1
	}
	if score == 0 {
		return nil
	}
	hit := Hit{Title: name, Kind: string(k.Kind), Says: by, Href: recordHref(k), score: score}
	switch k.Kind {
	case record.KindNeed:
		hit.Href, hit.score = needHref(record.NeedID(k.ID)), hit.score+3
	case record.KindUnit:
		hit.Href, hit.score = "/forces?unit="+k.ID, hit.score+1
	case record.KindScenario:
		hit.Href = "/what-if?scenario=" + k.ID
	case record.KindDocument, record.KindRate:
		hit.score--
	}
	hit.score = max(hit.score, 1)
	if k.Kind != record.KindParty || w.Plan == nil {
		return []Hit{hit}
	}
	return []Hit{hit, {Title: w.Say("What if: without %s", name), Kind: w.Say("What-if"), Href: "/what-if?off=" + k.ID, score: hit.score - 1}}
}

// quoted reports whether a source of a record is quoted with all the words.
func quoted(base *record.Common, words []string) bool {
	return slices.ContainsFunc(base.Sources, func(s record.Source) bool { return says(words, s.Quote) })
}

// says reports whether a long text has all the words, as they are written.
func says(words []string, text string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// foundHits are the findings that say the words.
func (w World) foundHits(words []string) []Hit {
	var hits []Hit
	for _, f := range w.Found {
		if item := w.item(f); says(words, item.Title+" "+item.Says) {
			hits = append(hits, Hit{Title: item.Title, Kind: w.Say("Finding"), Says: clip(item.Says, 160), Href: findingHref(f), score: 1})
		}
	}
	return hits
}

// fits is how well a text has all the words: 0 not at all, 4 each word for word,
// 3 as beginnings, 2 somewhere inside, 1 with letters amiss.
func fits(words []string, text string) int {
	if len(words) == 0 {
		return 0
	}
	there := wordsOf(text)
	worst := 4
	for _, word := range words {
		best := 0
		for _, t := range there {
			best = max(best, fit(word, t))
		}
		worst = min(worst, best)
	}
	return worst
}

func fit(word, t string) int {
	switch {
	case word == t:
		return 4
	case strings.HasPrefix(t, word):
		return 3
	case len(word) > 2 && strings.Contains(t, word):
		return 2
	}
	limit := 0
	switch n := len(word); {
	case n >= 8:
		limit = 2
	case n >= 4:
		limit = 1
	}
	if limit > 0 && (record.Distance(word, t, limit) <= limit || len(t) > len(word) && record.Distance(word, t[:len(word)], limit) <= limit) {
		return 1
	}
	return 0
}

// wordsOf takes a text apart into words, without case and marks.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
