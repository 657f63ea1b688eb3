package register

import (
	"testing"

	"entente/access"
	"entente/record"
)

func TestChanged(t *testing.T) {
	rs, errs := record.Parse("world.yaml", []byte(`
{kind: Party, id: NOR, name: Norway, type: nation}
---
{kind: Party, id: SWE, name: Sweden, type: nation}
---
{kind: Party, id: NB8, name: NB8, type: group, members: [NOR]}
---
{kind: Place, id: bodo, name: Bodo, country: NOR}
---
{kind: Place, id: kiruna, name: Kiruna, country: SWE}
`))
	if errs != nil {
		t.Fatal(errs)
	}
	v := NewTree(record.Settings{}, rs...).View(At{On: record.MustDay("2025-01-01").First(), Reader: access.Keeper})
	head := v.Head()
	nb8, _ := v.Party("NB8")
	wider := record.Clone(nb8).(*record.Party)
	wider.Members = []record.Member{{Party: "SWE"}}
	oslo := &record.Place{Common: record.Common{Kind: record.KindPlace, ID: "oslo"}, Name: "Oslo"}
	isKiruna := func(r record.Record) bool { return r.Key().ID == "kiruna" }

	after := v.Changed([]record.Record{oslo, wider}, map[record.Key]bool{{Kind: record.KindPlace, ID: "kiruna"}: true})
	if want := v.With(wider, oslo).Without(isKiruna); after.Head() != want.Head() || after.Len() != want.Len() {
		t.Error("Changed is not With and Without")
	}
	if !after.Includes("NB8", "SWE") || after.Includes("NB8", "NOR") {
		t.Error("the memberships are those of before")
	}
	if v.Head() != head || !v.Includes("NB8", "NOR") || v.Includes("NB8", "SWE") {
		t.Error("the view itself was changed")
	}
	if v.Changed(nil, nil).Head() != head {
		t.Error("no change changes the view")
	}
	both := v.Changed([]record.Record{oslo}, map[record.Key]bool{oslo.Key(): true})
	if _, ok := both.Get(oslo.Key()); !ok {
		t.Error("what is both put and dropped is dropped")
	}
	gone := v.Without(isKiruna)
	back, _ := v.Get(record.Key{Kind: record.KindPlace, ID: "kiruna"})
	if gone.Changed([]record.Record{back}, nil).Head() != head {
		t.Error("what was dropped does not come back")
	}
}
