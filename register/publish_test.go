package register

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"entente/access"
	"entente/record"
)

const receivers = `
{kind: Party, id: UKR, name: Ukraine, type: nation}
---
{kind: Party, id: MDA, name: Moldova, type: nation}
---
{kind: Party, id: GEO, name: Georgia, type: nation}
---
{kind: Party, id: SECRET, name: A secret receiver, type: group, by: AAA, release: []}
---
{kind: Resource, id: gun, name: Gun, leg: equipment, unit: gun}
---
{kind: Resource, id: spy, name: Spy, leg: people, unit: person, by: AAA, release: []}
---
{kind: Rate, id: usd, currency: USD, per_eur: 2, on: 2024-01}
`

// gift is one pledge: who gives how much to whom, and whether the public sees it.
func gift(i int, by, to, what string, open bool) string {
	release := "[]"
	if open {
		release = "[public]"
	}
	return fmt.Sprintf("---\n{kind: Pledge, id: p%d, by: %s, to: %s, %s, from: 2025-01, release: %s, status: [{is: committed, on: 2025-01}]}\n", i, by, to, what, release)
}

func guns(n int) string { return fmt.Sprintf("resource: gun, quantity: %d", n) }

// published is what the public is told, in short: receiver, total, or a cross.
func published(t interface{ Fatal(...any) }, tr *Tree) []Publication {
	at := At{On: on("2025-06"), Reader: access.Keeper}
	rows, err := Publish(tr.View(at), tr.View(At{On: at.On}), record.Committed, Disclosure{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func short(rows []Publication) string {
	var lines []string
	for _, row := range rows {
		words := []string{string(row.Resource) + ":"}
		for _, c := range append(row.Cells, row.All) {
			switch {
			case c.Suppressed:
				words = append(words, string(c.To)+"=x")
			case row.Resource == "":
				words = append(words, fmt.Sprintf("%s=%s", c.To, c.Euro))
			default:
				words = append(words, fmt.Sprintf("%s=%g", c.To, c.Quantity.Max))
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "; ")
}

func TestPublish(t *testing.T) {
	for _, c := range []struct {
		name  string
		gifts []string
		want  string
	}{
		{"three give about the same", []string{gift(1, "AAA", "UKR", guns(3), false), gift(2, "BBB", "UKR", guns(4), false), gift(3, "CCC", "UKR", guns(5), false)}, "gun: UKR=12 =12"},
		{"two give", []string{gift(1, "AAA", "UKR", guns(3), false), gift(2, "BBB", "UKR", guns(4), false)}, "gun: UKR=x =x"},
		{"one gives nearly all", []string{gift(1, "AAA", "UKR", guns(90), false), gift(2, "BBB", "UKR", guns(4), false), gift(3, "CCC", "UKR", guns(5), false)}, "gun: UKR=x =x"},
		{"one gives, and everybody sees it", []string{gift(1, "AAA", "UKR", guns(90), true)}, "gun: UKR=90 =90"},
		{"what is seen hides nothing", []string{gift(1, "AAA", "UKR", guns(3), false), gift(2, "BBB", "UKR", guns(4), true), gift(3, "CCC", "UKR", guns(5), true)}, "gun: UKR=x =x"},
		{"one giver in three parts is one", []string{gift(1, "AAA", "UKR", guns(3), false), gift(2, "AAA", "UKR", guns(4), false), gift(3, "AAA", "UKR", guns(5), false)}, "gun: UKR=x =x"},
		{"the small one takes the next with it", []string{
			gift(1, "AAA", "UKR", guns(50), false), gift(2, "BBB", "UKR", guns(60), false), gift(3, "CCC", "UKR", guns(70), false),
			gift(4, "AAA", "MDA", guns(3), false),
			gift(5, "AAA", "GEO", guns(5), false), gift(6, "BBB", "GEO", guns(6), false), gift(7, "CCC", "GEO", guns(7), false),
		}, "gun: GEO=x MDA=x UKR=180 =201"},
		{"nobody is told of a hidden receiver or resource", []string{
			gift(1, "AAA", "SECRET", guns(3), false), gift(2, "BBB", "SECRET", guns(4), false), gift(3, "CCC", "SECRET", guns(5), false),
			gift(4, "AAA", "UKR", "resource: spy, quantity: 2", false),
		}, "gun: =12 =12"},
		{"money is money at its rate", []string{
			gift(1, "AAA", "UKR", `amount: "10 USD"`, false), gift(2, "BBB", "UKR", `amount: "4 EUR"`, false), gift(3, "CCC", "UKR", `amount: "5 EUR"`, false),
		}, ": UKR=14.00 EUR =14.00 EUR"},
	} {
		if got := short(published(t, tree(t, receivers+strings.Join(c.gifts, "")))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPublishSaysWhatItCannotAdd(t *testing.T) {
	v := tree(t, receivers+gift(1, "AAA", "UKR", `amount: "10 GBP"`, false)).View(At{On: on("2025-06"), Reader: access.Keeper})
	_, err := Publish(v, v, record.Committed, Disclosure{})
	if want := "register: publish: Pledge/p1 is in GBP, for which there is no rate; add a Rate"; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestNothingIsRecovered is an attacker's attempt: adds and subtracts what is
// published of a row in every way, takes away what everybody sees, and looks
// whether what is left is a sum of hidden gifts that could not have been
// published itself.
func TestNothingIsRecovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type given struct {
			by, to string
			n      int
			open   bool
		}
		var all []given
		text := receivers
		for i := range rapid.IntRange(1, 14).Draw(t, "gifts") {
			g := given{
				rapid.SampledFrom([]string{"AAA", "BBB", "CCC", "DDD", "EEE"}).Draw(t, "by"), rapid.SampledFrom([]string{"UKR", "MDA", "GEO"}).Draw(t, "to"),
				rapid.IntRange(1, 30).Draw(t, "n"), rapid.IntRange(0, 3).Draw(t, "open") == 0,
			}
			all = append(all, g)
			text += gift(i, g.by, g.to, guns(g.n), g.open)
		}
		rs, errs := record.Parse("gifts.yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		row := published(t, NewTree(record.Settings{}, rs...))[0]
		cells := append(row.Cells, row.All)
		for combination := range pow(3, len(cells)) {
			factor := map[string]int{} // by receiver
			for i, rest := 0, combination; i < len(cells); i, rest = i+1, rest/3 {
				f := rest%3 - 1
				switch {
				case f == 0:
				case cells[i].Suppressed:
					factor = nil
				case i == len(cells)-1:
					for _, to := range []string{"UKR", "MDA", "GEO"} {
						factor[to] += f
					}
				default:
					factor[string(cells[i].To)] += f
				}
				if factor == nil {
					break
				}
			}
			if factor == nil {
				continue
			}
			left, sum, most, plain := map[string]int{}, 0, 0, true
			for _, g := range all {
				if f := factor[g.to]; !g.open && f != 0 {
					plain = plain && f == 1
					left[g.by] += g.n
					sum += g.n
					most = max(most, left[g.by])
				}
			}
			if plain && len(left) > 0 && (len(left) < 3 || float64(most) > 0.85*float64(sum)) {
				t.Fatalf("from %s, of %v: a sum of %v can be had", short([]Publication{row}), all, left)
			}
		}
	})
}

func pow(a, n int) int {
	p := 1
	for range n {
		p *= a
	}
	return p
}
