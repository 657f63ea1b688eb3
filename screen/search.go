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
		found := remembered(w.Memo, "words", w.index)
		found.each(words, func(r record.Record, score int) { s.Hits = append(s.Hits, w.hits(r, score)...) })
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

// index is every distinct word of the view, and which of them each record has.
type index struct {
	words   []string
	records []worded
}

// worded is a record, with the words of its name, of its id, parties and tags, of
// its note, and of each quotation in its sources.
type worded struct {
	record.Record
	name, all, note []int32
	quotes          [][]int32
}

func (w World) index() *index {
	x, known := &index{}, map[string]int32{}
	words := func(text string) (of []int32) {
		for _, word := range wordsOf(text) {
			n, ok := known[word]
			if !ok {
				n = int32(len(x.words))
				word = strings.Clone(word)
				x.words, known[word] = append(x.words, word), n
			}
			of = append(of, n)
		}
		return of
	}
	for _, r := range w.View.Records() {
		k, base, name := r.Key(), r.Base(), w.View.Name(r.Key())
		all := strings.Join([]string{name, k.ID, string(k.Kind), w.party(w.View.By(r)), strings.Join(base.Tags, " ")}, " ")
		one := worded{Record: r, name: words(name), all: words(all), note: words(base.Note)}
		for _, s := range base.Sources {
			if s.Quote != "" {
				one.quotes = append(one.quotes, words(s.Quote))
			}
		}
		x.records = append(x.records, one)
	}
	return x
}

// each finds the records that have all the words: a name counts most, then the id
// and the parties, then the note and what is quoted as it is written.
func (x *index) each(words []string, yield func(r record.Record, score int)) {
	fitting := x.table(words, fit)
	written := x.table(words, within)
	for _, r := range x.records {
		score := 3 * fitting.worst(r.name)
		if score == 0 {
			score = fitting.worst(r.all)
		}
		if score == 0 && (fitting.worst(r.note) > 0 || slices.ContainsFunc(r.quotes, func(q []int32) bool { return written.worst(q) > 0 })) {
			score = 1
		}
		if score > 0 {
			yield(r.Record, score)
		}
	}
}

// fittings are how well each word that is asked for fits each that there is.
type fittings [][]uint8

func (x *index) table(words []string, fit func(word, there string) int) fittings {
	t := make(fittings, len(words))
	for i, word := range words {
		t[i] = make([]uint8, len(x.words))
		for n, there := range x.words {
			t[i][n] = uint8(fit(word, there))
		}
	}
	return t
}

// worst is how well the one that fits worst of the words asked for fits a text.
func (t fittings) worst(text []int32) int {
	worst := uint8(4)
	for _, of := range t {
		best := uint8(0)
		for _, n := range text {
			best = max(best, of[n])
		}
		if worst = min(worst, best); worst == 0 {
			break
		}
	}
	return int(worst)
}

// hits of a record that was found.
func (w World) hits(r record.Record, score int) []Hit {
	k := r.Key()
	name, by := w.View.Name(k), w.party(w.View.By(r))
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

// foundHits are the findings that say the words as they are written.
func (w World) foundHits(words []string) []Hit {
	texts := remembered(w.Memo, "findings "+w.Lang(), w.foundTexts)
	var hits []Hit
	for n, f := range w.Found {
		if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(texts[n], word) }) {
			continue
		}
		item := w.item(f)
		hits = append(hits, Hit{Title: item.Title, Kind: w.Say("Finding"), Says: clip(item.Says, 160), Href: findingHref(f), score: 1})
	}
	return hits
}

// foundTexts are the words of each finding, without case.
func (w World) foundTexts() []string {
	texts := make([]string, len(w.Found))
	for n, f := range w.Found {
		item := w.item(f)
		texts[n] = strings.ToLower(item.Title + " " + item.Says)
	}
	return texts
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

func within(word, t string) int { return min(strings.Count(t, word), 1) }

// wordsOf takes a text apart into words, without case and marks.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
