package register

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/record"
)

// tree is a small register written out.
func tree(t *testing.T, text string) *Tree {
	t.Helper()
	rs, errs := record.Parse("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return NewTree(record.Settings{Owner: "NATO"}, rs...)
}

func on(day string) record.Date { return record.MustDay(day).First() }

const parties = `
{kind: Party, id: GBR, name: United Kingdom, type: nation, terms: {notified: committed}}
---
{kind: Party, id: FIN, name: Finland, type: nation}
---
{kind: Party, id: UKR, name: Ukraine, type: nation}
---
{kind: Party, id: NATO, name: NATO, type: organisation, members: [GBR, {party: FIN, from: 2023-04-04}]}
---
{kind: Party, id: UDCG, name: Contact group, type: group, members: [NATO, UKR]}
---
{kind: Resource, id: gun, name: Gun, leg: equipment, unit: gun}
`

// Membership is resolved by day, directly and through groups.
func TestGroups(t *testing.T) {
	v := tree(t, parties).View(At{On: on("2023-04-03"), Reader: access.Keeper})
	if got := v.GroupsOf("FIN"); len(got) != 0 {
		t.Errorf("the day before, Finland is in %v", got)
	}
	if got := v.GroupsOn("FIN", on("2023-04-04")); !slices.Equal(got, []record.PartyID{"NATO", "UDCG"}) {
		t.Errorf("on the day, Finland is in %v", got)
	}
	if !v.Includes("UDCG", "GBR") || v.Includes("NATO", "UKR") || !v.Includes("GBR", "GBR") {
		t.Error("Includes is wrong")
	}
}

// What a reader may not see is not in the view: not by key, kind, index, head,
// total or reference; and a reference to it reads as absent, not as broken.
func TestHiddenIsAbsent(t *testing.T) {
	tr := tree(t, parties+`---
{kind: Pledge, id: open, by: GBR, resource: gun, quantity: 2, from: 2025-01, status: [{is: committed, on: 2025-01}]}
---
{kind: Pledge, id: allied, by: GBR, resource: gun, quantity: 3, from: 2025-01, status: [{is: committed, on: 2025-01}], release: [NATO]}
---
{kind: Pledge, id: own, by: GBR, resource: gun, quantity: 5, from: 2025-01, part_of: allied, status: [{is: committed, on: 2025-01}], release: []}
---
{kind: Pledge, id: child, by: GBR, resource: gun, quantity: 1, from: 2025-01, part_of: own, status: [{is: committed, on: 2025-01}]}
---
{kind: Pledge, id: lost, by: GBR, resource: gun, quantity: 1, from: 2025-01, part_of: nowhere, status: [{is: committed, on: 2025-01}]}
`)
	for _, c := range []struct {
		reader access.Reader
		day    string
		want   string
	}{
		{access.Keeper, "2025-06", "allied child lost open own"},
		{access.Public, "2025-06", "child lost open"},
		{access.Reader{Party: "GBR"}, "2025-06", "allied child lost open own"},
		{access.Reader{Party: "FIN"}, "2025-06", "allied child lost open"},
		{access.Reader{Party: "FIN"}, "2023-01", "child lost open"}, // not yet an ally
		{access.Reader{Party: "UKR"}, "2025-06", "child lost open"},
	} {
		v := tr.View(At{On: on(c.day), Reader: c.reader})
		var ids []string
		for _, p := range v.Pledges() {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s on %s sees %s, want %s", c.reader, c.day, got, c.want)
		}
		if n := len(v.Referring(record.Key{Kind: record.KindResource, ID: "gun"})); n != len(ids) {
			t.Errorf("%s: the index of the gun has %d records, want %d", c.reader, n, len(ids))
		}
		told := 0 // that lost refers to nothing
		if c.reader.All || c.reader.Party == "GBR" {
			told = 1
		}
		if b := v.Broken(); len(b) != told || told == 1 && b[0].Ref.ID != "nowhere" {
			t.Errorf("%s: broken references %v", c.reader, b)
		}
	}
	// The view of a reader equals the view of a register without the hidden records.
	public := tr.View(At{On: on("2025-06"), Reader: access.Public})
	var seen []record.Record
	for _, r := range tr.Records {
		if r.Base().Release == nil {
			seen = append(seen, r)
		}
	}
	if bare := NewTree(tr.Settings, seen...).View(At{On: on("2025-06"), Reader: access.Public}); bare.Head() != public.Head() {
		t.Error("the hidden records leave a trace in the head")
	}
}

func TestRungs(t *testing.T) {
	tr := tree(t, parties+`---
kind: Pledge
id: guns
by: GBR
resource: gun
quantity: {min: 8, max: 10}
from: 2025-01
status: [{is: announced, on: 2024-05}, {is: notified, on: 2024-08-15}, {is: handed-over, on: 2024-11, quantity: 4}]
`)
	for _, c := range []struct {
		day, rung         string
		committed, handed string
	}{
		{"2024-04-30", "", "0", "0"},
		{"2024-05-01", "announced", "0", "0"},
		{"2024-08-15", "committed", "8 to 10", "0"}, // its own word for committed
		{"2024-11-01", "handed-over", "8 to 10", "4"},
	} {
		v := tr.View(At{On: on(c.day), Reader: access.Keeper})
		p, _ := v.Pledge("guns")
		got := fmt.Sprint(v.Rung(p), ";", v.Reached(p, record.Committed), ";", v.Reached(p, record.HandedOver))
		if want := fmt.Sprint(c.rung, ";", c.committed, ";", c.handed); got != want {
			t.Errorf("on %s: %s, want %s", c.day, got, want)
		}
	}
	v := tr.View(At{On: on("2025"), Reader: access.Keeper})
	p, _ := v.Pledge("guns")
	if day, ok := v.Since(p, record.Pledged); !ok || day.String() != "2024-08-15" {
		t.Errorf("above announced since %v", day)
	}
}

// Totals are at a rung; what is below is beside them, a part is counted once,
// and money keeps its own currency beside the euros of its day.
func TestTotals(t *testing.T) {
	v := tree(t, parties+`---
{kind: Rate, id: gbp-old, currency: GBP, per_eur: 0.8, on: 2024-01-02}
---
{kind: Rate, id: gbp-new, currency: GBP, per_eur: 0.5, on: 2025-01-02}
---
{kind: Pledge, id: all, by: GBR, resource: gun, quantity: 10, from: 2025-01, status: [{is: announced, on: 2024-05}, {is: committed, on: 2024-06, quantity: 6}]}
---
{kind: Pledge, id: part, by: GBR, resource: gun, quantity: 4, from: 2025-01, part_of: all, status: [{is: committed, on: 2024-06}]}
---
{kind: Pledge, id: more, by: GBR, resource: gun, quantity: {min: 1, max: 3}, from: 2025-01, status: [{is: contracted, on: 2024-06}]}
---
{kind: Pledge, id: money-1, by: GBR, amount: 100.10 GBP, from: 2025-01, status: [{is: committed, on: 2024-06}]}
---
{kind: Pledge, id: money-2, by: GBR, amount: {min: 10 GBP, max: 20 GBP}, from: 2025-01, status: [{is: committed, on: 2025-02}]}
---
{kind: Pledge, id: money-3, by: GBR, amount: 7 EUR, from: 2025-01, status: [{is: announced, on: 2024-06}]}
---
{kind: Pledge, id: money-4, by: GBR, amount: 7 SEK, from: 2025-01, status: [{is: committed, on: 2024-06}]}
`).View(At{On: on("2025-06"), Reader: access.Keeper})
	totals := v.Totals(record.Committed)
	if len(totals) != 2 {
		t.Fatalf("%+v", totals)
	}
	money, guns := totals[0], totals[1]
	if guns.Inside.Quantity != (record.Number{Min: 7, Max: 9}) || guns.Beside.Quantity != record.Exactly(4) || !slices.Equal(guns.Children, []record.PledgeID{"part"}) {
		t.Errorf("guns: %+v", guns)
	}
	// 100.10 at 0.8 is 125.125, to the even cent 125.12; 10 to 20 at 0.5 is 20 to 40.
	if got := money.Inside.Euro.String(); got != "145.12 to 165.12 EUR" {
		t.Errorf("euros: %s", got)
	}
	if got := money.Inside.Original["GBP"].String(); got != "110.10 to 120.10 GBP" {
		t.Errorf("pounds: %s", got)
	}
	if got := money.Beside.Euro.String(); got != "7 EUR" || !slices.Equal(money.Inside.Unrated, []record.PledgeID{"money-4"}) {
		t.Errorf("beside: %s, without a rate: %v", got, money.Inside.Unrated)
	}
}

// The rate is the last one known on the day, or else the first one after it.
func TestEuro(t *testing.T) {
	v := tree(t, parties+`---
{kind: Rate, id: a, currency: GBP, per_eur: 0.5, on: 2024-01-02}
---
{kind: Rate, id: b, currency: GBP, per_eur: 0.8, on: 2024-03-01}
`).View(At{On: on("2025-06"), Reader: access.Keeper})
	pounds, err := record.ParseMoney("8 GBP")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2023-01-01": "16.00 EUR", "2024-01-02": "16.00 EUR", "2024-02-29": "16.00 EUR", "2024-03-01": "10.00 EUR", "2030": "10.00 EUR"} {
		if got, rate, ok := v.Euro(pounds, on(day)); !ok || got.String() != want || rate == nil {
			t.Errorf("on %s: %s, want %s", day, got, want)
		}
	}
}

func TestStageAndPlaces(t *testing.T) {
	v := tree(t, parties+`---
{kind: Agreement, id: pact, type: treaty, parties: [GBR], status: [{is: proposed, on: 2024-01}, {is: signed, on: 2024-06}, {is: ended, on: 2026-01}]}
---
{kind: Place, id: a, name: A, within: b}
---
{kind: Place, id: b, name: B, within: c}
---
{kind: Place, id: c, name: C, within: a}
`).View(At{On: on("2025-06"), Reader: access.Keeper})
	pact, _ := v.Agreement("pact")
	if stage, since := v.Stage(pact); stage != record.Signed || since.String() != "2024-06" {
		t.Errorf("the pact is %s since %s", stage, since)
	}
	if !v.Within("a", "c") || v.Within("a", "elsewhere") { // a circle of places ends
		t.Error("Within is wrong")
	}
}

// With and Without make new views and leave the old one as it was.
func TestWithAndWithout(t *testing.T) {
	v := tree(t, parties).View(At{On: on("2025-06"), Reader: access.Keeper})
	head := v.Head()
	gun := record.Clone(v.Resources()[0]).(*record.Resource)
	gun.Name = "Howitzer"
	w := v.With(gun)
	if got, _ := w.Resource("gun"); got.Name != "Howitzer" || w.Len() != v.Len() {
		t.Error("With did not replace")
	}
	u := v.Without(func(r record.Record) bool { return r.Key().Kind == record.KindResource })
	if _, ok := u.Resource("gun"); ok || u.Len() != v.Len()-1 {
		t.Error("Without did not drop")
	}
	if v.Head() != head || w.Head() == head || u.Head() == head {
		t.Error("the view has changed")
	}
}
