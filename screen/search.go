package screen

import (
	"slices"
	"strings"
	"unicode"

	"entente/check"
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
	words, found := wordsOf(s.Asks), ranking{}
	for _, hit := range screens {
		if score := fits(words, hit.Title); score > 0 || len(words) == 0 {
			found.add(score+1, func() Hit { return hit })
		}
	}
	if len(words) > 0 {
		w.find(words, &found)
	}
	n := found.n
	s.Hits = found.best()
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

// find looks through records and findings.
func (w World) find(words []string, found *ranking) {
	w.words().each(words, func(r record.Record, score int) {
		score = standing(r, score)
		found.add(score, func() Hit { return w.hit(r) })
		if k := r.Key(); k.Kind == record.KindParty && w.Plan != nil {
			found.add(score-1, func() Hit { return w.without(k) })
		}
	})
	w.sayings().with(words).each(func(n int) { found.add(1, func() Hit { return w.foundHit(w.Found[n]) }) })
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

// words are what records are found by.
func (w World) words() *index { return remembered(w.Memo, "words", w.index) }

// sayings are what findings are found by.
func (w World) sayings() *sayings {
	return remembered(w.Memo, "findings "+w.Lang(), func() *sayings { return sayingsOf(w.foundTexts()) })
}

// standing is how high a record stands among what was found, which of it has a score.
func standing(r record.Record, score int) int {
	switch r.Key().Kind {
	case record.KindNeed:
		score += 3
	case record.KindUnit:
		score++
	case record.KindDocument, record.KindRate:
		score--
	}
	return max(score, 1)
}

// hit is a record that was found.
func (w World) hit(r record.Record) Hit {
	k := r.Key()
	hit := Hit{Title: w.View.Name(k), Kind: string(k.Kind), Says: w.party(w.View.By(r)), Href: recordHref(k)}
	switch k.Kind {
	case record.KindNeed:
		hit.Href = needHref(record.NeedID(k.ID))
	case record.KindUnit:
		hit.Href = "/forces?unit=" + k.ID
	case record.KindScenario:
		hit.Href = "/what-if?scenario=" + k.ID
	}
	return hit
}

// without asks what if a party were not there.
func (w World) without(party record.Key) Hit {
	return Hit{Title: w.Say("What if: without %s", w.View.Name(party)), Kind: w.Say("What-if"), Href: "/what-if?off=" + party.ID}
}

func (w World) foundHit(f check.Finding) Hit {
	item := w.item(f)
	return Hit{Title: item.Title, Kind: w.Say("Finding"), Says: clip(item.Says, 160), Href: findingHref(f)}
}

// foundTexts are what each finding says.
func (w World) foundTexts() []string {
	texts := make([]string, len(w.Found))
	for n, f := range w.Found {
		item := w.item(f)
		texts[n] = item.Title + " " + item.Says
	}
	return texts
}

// ranking is what was found, by score and in the order in which it was found. Of
// each score no more is kept than can be shown.
type ranking struct {
	n  int
	of [3*4 + 3 + 1][]func() Hit
}

func (r *ranking) add(score int, hit func() Hit) {
	r.n++
	if len(r.of[score]) < hitsMax {
		r.of[score] = append(r.of[score], hit)
	}
}

// best are the first hits.
func (r *ranking) best() (hits []Hit) {
	for _, same := range slices.Backward(r.of[:]) {
		for _, hit := range same[:min(len(same), hitsMax-len(hits))] {
			hits = append(hits, hit())
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
	limit := amiss(word)
	if limit > 0 && (record.Distance(word, t, limit) <= limit || len(t) > len(word) && record.Distance(word, t[:len(word)], limit) <= limit) {
		return 1
	}
	return 0
}

// amiss is how many letters of a word may be.
func amiss(word string) int {
	switch n := len(word); {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// wordsOf takes a text apart into words, without case and marks.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
