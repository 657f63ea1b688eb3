package register

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/record"
)

// anyRecord is one of few, so that later ones take the place of earlier ones and
// refer to what is there, to what is not, and to what a reader may not see.
func anyRecord(dice *rand.Rand) string {
	pick := func(words ...string) string { return words[dice.IntN(len(words))] }
	id := func(kind string) string { return fmt.Sprintf("%s-%d", kind, dice.IntN(4)) }
	label := pick("release: [public]", "release: []", "release: [SWE]", "release: [NORDIC]")
	by := pick("NOR", "SWE", "EST")
	switch dice.IntN(60) {
	case 0:
		return fmt.Sprintf("{kind: Party, id: %s, name: Somebody, type: nation, %s}", by, label)
	case 1:
		return fmt.Sprintf("{kind: Party, id: NORDIC, name: Nordic, type: group, members: [{party: %s}], %s}", by, label)
	}
	switch dice.IntN(5) {
	case 0:
		return fmt.Sprintf("{kind: Resource, id: %s, name: Thing %d, leg: equipment, unit: piece, by: %s, %s}", id("thing"), dice.IntN(9), by, label)
	case 1:
		return fmt.Sprintf("{kind: Document, id: %s, title: Paper, publisher: Press, published: 2025-01-01, text: paper.txt, by: %s, %s}", id("paper"), by, label)
	case 2:
		return fmt.Sprintf("{kind: Rate, id: rate-%d, currency: %s, per_eur: %d.5, on: 2025-0%d-01, by: %s, %s}", dice.IntN(4), pick("USD", "SEK"), 1+dice.IntN(9), 1+dice.IntN(9), by, label)
	case 3:
		return fmt.Sprintf("{kind: Place, id: %s, name: Place, within: %s, by: %s, %s}", id("place"), id("place"), by, label)
	}
	return fmt.Sprintf("{kind: Pledge, id: %s, by: %s, to: %s, resource: %s, quantity: 6, from: 2025-01, status: [{is: committed}], part_of: %s, sources: [{document: %s}, {document: %s}], %s}", id("pledge"), by, pick("NOR", "FIN"), id("thing"), id("pledge"), id("paper"), id("paper"), label)
}

// next is a tree that goes on from another by a few changes.
func next(t *testing.T, dice *rand.Rand, old *Tree) *Tree {
	t.Helper()
	records := slices.Clone(old.Records)
	for range 1 + dice.IntN(4) {
		if len(records) > 0 && dice.IntN(4) == 0 {
			records = slices.Delete(records, 0, 1)
			continue
		}
		text := anyRecord(dice)
		rs, errs := record.Parse("test.yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(text, errs)
		}
		records = slices.DeleteFunc(records, func(r record.Record) bool { return r.Key() == rs[0].Key() })
		records = append(records, rs[0])
		if strings.Contains(text, "pledge-3") && dice.IntN(2) == 0 {
			slices.Reverse(records)
		}
	}
	slices.SortFunc(records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	now := *old
	now.Records, now.step, now.sums, now.texts = records, old.step+1, old.sums.carried(records), map[record.DocumentID]Text{}
	for _, r := range records {
		if doc, ok := r.(*record.Document); ok && dice.IntN(2) == 0 {
			now.texts[record.DocumentID(doc.ID)] = TextOf([]byte(fmt.Sprint(dice.IntN(3))))
		}
	}
	return &now
}

// TestRenew: what is made from the view before is what would be made anew, for
// every reader, however long it goes on.
func TestRenew(t *testing.T) {
	readers := []access.Reader{access.Keeper, access.Public, {Party: "SWE"}, {Party: "NOR"}}
	renewed := 0
	for seed := range uint64(12) {
		dice := rand.New(rand.NewPCG(seed, 5))
		tree := NewTree(record.Settings{Owner: "NOR"})
		views := map[access.Reader]*View{}
		for range 60 {
			tree = next(t, dice, tree)
			for _, reader := range readers {
				at := At{On: record.MustDay("2025-06-30").Last(), Reader: reader}
				want := tree.View(at)
				if views[reader] == nil {
					views[reader] = want
					continue
				}
				before := *views[reader]
				shown := slices.Clone(before.records)
				got := tree.Renew(views[reader])
				same(t, got, want)
				if !reflect.DeepEqual(shown, views[reader].records) || before.Head() != views[reader].Head() {
					t.Fatal("the view before has changed")
				}
				if got.of == tree && reflect.ValueOf(got.groups).Pointer() == reflect.ValueOf(before.groups).Pointer() {
					renewed++
				}
				views[reader] = got
			}
		}
	}
	if renewed < 1000 {
		t.Errorf("only %d views were made from those before", renewed)
	}
}

// same compares views by all that they answer from.
func same(t *testing.T, got, want *View) {
	t.Helper()
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"at", got.at, want.at}, {"records", got.records, want.records}, {"byKey", got.byKey, want.byKey}, {"byKind", got.byKind, want.byKind},
		{"known", got.known, want.known}, {"texts", got.texts, want.texts}, {"groups", got.groups, want.groups}, {"refers", got.refers, want.refers},
		{"broken", append([]Broken{}, got.broken...), append([]Broken{}, want.broken...)}, {"rates", got.rates, want.rates}, {"head", got.Head(), want.Head()}, {"of", got.of == want.of, true},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Fatalf("%s is\n%v\nnot\n%v", c.what, c.got, c.want)
		}
	}
}

// TestRenewOfWhatDoesNotGoOn: a view of another tree, or one that was changed, is
// made anew.
func TestRenewOfWhatDoesNotGoOn(t *testing.T) {
	dice := rand.New(rand.NewPCG(9, 9))
	a, b := next(t, dice, NewTree(record.Settings{})), next(t, dice, NewTree(record.Settings{}))
	at := At{Reader: access.Keeper}
	same(t, b.Renew(a.View(at)), b.View(at))
	after := next(t, dice, a)
	same(t, after.Renew(a.View(at).Without(func(record.Record) bool { return true })), after.View(at))
}
