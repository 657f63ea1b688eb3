package read

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"entente/record"
)

var update = flag.Bool("update", false, "write what the rules propose into testdata")

// line is a proposal in one line.
func line(p Proposal) string {
	var parts []string
	for _, d := range p.Days {
		parts = append(parts, fmt.Sprintf("%s=%s", strings.TrimSpace(d.Said), d.Day))
	}
	for _, m := range p.Missing {
		parts = append(parts, "?"+m.Field)
	}
	var keys []string
	for _, r := range p.Records {
		keys = append(keys, r.Key().String())
	}
	return strings.TrimSpace(fmt.Sprintf("  %s %v %v %v %s", p.Rule, p.Parties, p.Places, keys, strings.Join(parts, " ")))
}

// TestSentences is a hit and a near miss for every rule, about parties and days
// of all sorts.
func TestSentences(t *testing.T) {
	const file = "testdata/sentences.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		lines := strings.Split(block, "\n")
		says := lines[0]
		if strings.HasPrefix(says, "#") {
			out.WriteString(says + "\n")
			says = lines[1]
		}
		c := Propose(Text{Name: "a.txt", Body: says + "\n"}, Options{Published: record.MustDay("2025-03-12")})
		out.WriteString(says + "\n")
		for _, p := range c.Proposals {
			out.WriteString("  " + line(p) + "\n")
		}
		out.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.TrimSpace(out.String())+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, want := strings.TrimSpace(out.String()), strings.TrimSpace(string(text)); got != want {
		g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range g {
			if i >= len(w) || g[i] != w[i] {
				t.Fatalf("%s:%d: got\n%s\nrun with -update and read the difference", file, i+1, g[i])
			}
		}
	}
}

// TestArticle holds the rules to the claims that people found in a real article:
// each is proposed, of the right parties, on the right days.
func TestArticle(t *testing.T) {
	want := map[string]struct {
		rule    string
		parties string
		day     string
	}{
		"c1": {"agreement", "EU GBR", ""}, "c2": {"troops", "EST GBR", "2024-12-17"}, "c3": {"exercise", "GBR NOR USA", "2024-12"},
		"c4": {"agreement", "DEU GBR", "2024-10"}, "c5": {"agreement", "EST GBR", "2024-10"}, "c6": {"troops", "GBR NATO", ""},
		"c7": {"meeting", "JEF", "2024-12-16/2024-12-17"}, "c8": {"support", "PRK RUS", "2024-12-17"}, "c9": {"withdrawal", "NATO USA", "2024-12-17"},
		"c10": {"incident", "RUS UKR", "2024-12-17"}, "c11": {"review", "GBR", ""}, "c12": {"troops", "GBR NOR", "2024-12-17"},
	}
	const data = "../../shared/data/"
	article, err := os.ReadFile(data + "article/000_08bb0fe31333d6af.txt")
	if err != nil {
		t.Skip("the article is not here: it may not be copied into this project")
	}
	f, err := os.Open(data + "facts/article_claims.csv")
	if err != nil {
		t.Skip("the list of claims is not here")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text, err := Open("article.txt", article)
	if err != nil {
		t.Fatal(err)
	}
	c := Propose(text, Options{Published: record.MustDay("2024-12-17")})
	for _, row := range rows[1:] {
		w, quote := want[row[0]], Find(text, row[2])
		if len(quote) == 0 {
			t.Errorf("%s: the quote is not in the text", row[0])
			continue
		}
		if !slices.ContainsFunc(c.Proposals, func(p Proposal) bool {
			got := slices.Sorted(slices.Values(p.Parties))
			return p.Rule == w.rule && strings.Join(strs(got), " ") == w.parties && saysDay(p, w.day) && slices.ContainsFunc(p.Quotes, func(q Anchor) bool { return overlap(q, quote[0]) })
		}) {
			t.Errorf("%s is not proposed: want %v near %q", row[0], w, row[2])
		}
	}
	whole(t, c)
}

// TestWrapped: a sentence that a mail program broke over lines is still one; a
// heading is no part of the sentence under it.
func TestWrapped(t *testing.T) {
	const body = "A NOTE FROM OSLO\nOn 9 May 2025, in the presence of many guests, France and Poland signed a treaty of\nfriendship. Around 2,000 Canadian troops, of whom one half are young, are stationed in\nLatvia.\n"
	c := Propose(Text{Name: "a.txt", Body: body}, Options{Published: record.MustDay("2025-06-01")})
	var got []string
	for _, p := range c.Proposals {
		got = append(got, fmt.Sprint(p.Rule, p.Parties, strings.HasPrefix(p.Quotes[0].Exact, "On 9 May") || strings.HasPrefix(p.Quotes[0].Exact, "Around")))
	}
	if want := "agreement[FRA POL] true troops[CAN LVA] true"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	whole(t, c)
}

func strs[T ~string](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

func saysDay(p Proposal, day string) bool {
	if day == "" {
		return true
	}
	return slices.ContainsFunc(p.Days, func(d Told) bool { return d.Day.String() == day })
}

func overlap(a, b Anchor) bool { return a.Start < b.End && b.Start < a.End }

// whole checks the laws of a change set: quotes are the words between their
// offsets, and what is complete is right and refers to nothing that is not there.
func whole(t interface {
	Errorf(string, ...any)
}, c *ChangeSet) {
	runes := []rune(c.Text.Body)
	for _, p := range c.Proposals {
		for _, q := range p.Quotes {
			if got := string(runes[q.Start:q.End]); got != q.Exact || c.Text.Body[q.Byte:q.Byte+len(q.Exact)] != q.Exact {
				t.Errorf("the quote of %s is %q, the text between its offsets %q", p.Rule, q.Exact, got)
			}
		}
	}
	all := c.Complete()
	rs, errs := record.Parse("proposed.yaml", record.Format(all...))
	if len(errs) > 0 || len(rs) != len(all) {
		t.Errorf("what is complete is not right: %v\n%s", errs, record.Format(all...))
	}
	have := map[record.Key]bool{}
	for _, r := range rs {
		if have[r.Key()] {
			t.Errorf("%s is proposed twice", r.Key())
		}
		have[r.Key()] = true
	}
	for _, r := range rs {
		for _, ref := range record.References(r) {
			if !have[ref.Key] {
				t.Errorf("%s refers to %s, which is not proposed", r.Key(), ref.Key)
			}
		}
	}
}

// TestAnyText mixes sentences and pieces of them: whatever is read, the laws hold.
func TestAnyText(t *testing.T) {
	text, err := os.ReadFile("testdata/sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(text) + " “ ” ‘ ’ … – \u00a0 U.S. \n\n don't £3bn €4m 12,000 1e9 2025-13 Ādaži 北")
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 60).Draw(t, "words"), " ")
		o := Options{}
		if rapid.Bool().Draw(t, "published") {
			o.Published = record.MustDay("2025-03-12")
		} else {
			o.Published = record.MustDay("2024/..")
		}
		a, b := Propose(Text{Name: "a.txt", Body: body}, o), Propose(Text{Name: "a.txt", Body: body}, o)
		whole(t, a)
		if string(record.Format(a.Complete()...)) != string(record.Format(b.Complete()...)) {
			t.Fatal("the same text gives two answers")
		}
	})
}
