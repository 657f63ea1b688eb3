package screen

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// plainSearch looks at every text of every record: slowly, and as it has to be.
func plainSearch(w World, asks string, screens []Hit) (n int, hits []Hit) {
	type scored struct {
		Hit
		score int
	}
	var all []scored
	words := wordsOf(asks)
	if len(words) == 0 {
		return len(screens), screens
	}
	for _, hit := range screens {
		if score := fits(words, hit.Title); score > 0 {
			all = append(all, scored{hit, score + 1})
		}
	}
	inside := func(text string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(strings.ToLower(text), word) })
	}
	for _, r := range w.View.Records() {
		k, base, name := r.Key(), r.Base(), w.View.Name(r.Key())
		score := 3 * fits(words, name)
		if score == 0 {
			score = fits(words, strings.Join([]string{name, k.ID, string(k.Kind), w.party(w.View.By(r)), strings.Join(base.Tags, " ")}, " "))
		}
		if score == 0 && (fits(words, base.Note) > 0 || slices.ContainsFunc(base.Sources, func(s record.Source) bool { return inside(s.Quote) })) {
			score = 1
		}
		if score == 0 {
			continue
		}
		score = standing(r, score)
		all = append(all, scored{w.hit(r), score})
		if k.Kind == record.KindParty && w.Plan != nil {
			all = append(all, scored{w.without(k), score - 1})
		}
	}
	for _, f := range w.Found {
		if item := w.item(f); inside(item.Title + " " + item.Says) {
			all = append(all, scored{w.foundHit(f), 1})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	for _, one := range all[:min(len(all), hitsMax)] {
		hits = append(hits, one.Hit)
	}
	return len(all), hits
}

// asked is what somebody may look for: words of the register, some of them cut
// short, with letters amiss, or none of it at all.
func asked(dice *rand.Rand, words []string) string {
	var all []string
	for range 1 + dice.IntN(3) {
		word := []rune(words[dice.IntN(len(words))])
		switch at := dice.IntN(len(word)); dice.IntN(6) {
		case 0:
			word = word[:at+1]
		case 1:
			word = word[at:]
		case 2:
			word[at] = 'x'
		case 3:
			word = slices.Delete(word, at, at+1)
		}
		all = append(all, string(word))
	}
	return strings.Join(all, []string{" ", "-", ", "}[dice.IntN(3)])
}

// TestSearchFindsWhatALookAtEverythingFinds: in the same order, and as much of it.
func TestSearchFindsWhatALookAtEverythingFinds(t *testing.T) {
	tree, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	dice := rand.New(rand.NewPCG(7, 7))
	screens := []Hit{{Title: "Overview"}, {Title: "What-if"}, {Title: "Pledges"}}
	for _, reader := range []access.Reader{access.Keeper, access.Public} {
		v := tree.View(register.At{On: record.MustDay("2025-06-30").Last(), Reader: reader})
		w := World{Voice: VoiceFor("fr", ""), View: v, Found: check.Run(v), Memo: &Memo{}}
		if reader.All {
			w.Plan = &plan.Plan{}
		}
		var words []string
		for _, r := range v.Records() {
			words = append(words, wordsOf(string(record.Format(r)))...)
		}
		words = append(words, wordsOf(strings.Join(w.foundTexts(), " "))...)
		for range 250 {
			asks := asked(dice, words)
			n, want := plainSearch(w, asks, screens)
			s := w.Search(asks, screens)
			if diff := gocmp.Diff(want, s.Hits); diff != "" {
				t.Fatalf("%q finds something else than a look at everything: %s", asks, diff)
			}
			if lede := w.Count(n, "**%d** thing fits.", "**%d** things fit."); n > 0 && len(wordsOf(asks)) > 0 && s.Lede != lede {
				t.Fatalf("%q finds %s, not %s", asks, s.Lede, lede)
			}
		}
	}
}
