package register

import (
	"fmt"
	"testing"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/record"
)

// TestLeaves: a view may go on being shown until something of it must not be seen
// any more.
func TestLeaves(t *testing.T) {
	const seen, hidden = "release: [public]", "release: []"
	resource := func(id, more string) string {
		return fmt.Sprintf("{kind: Resource, id: %s, name: A thing, leg: equipment, unit: piece, by: NOR, %s}\n", id, more)
	}
	const party = "{kind: Party, id: NOR, name: Norway, type: nation, release: [public]}\n"
	begin := party + "---\n" + resource("open", seen) + "---\n" + resource("shut", hidden)
	for _, c := range []struct {
		says, put, retire string
		want              bool
	}{
		{"one more is stated", resource("more", seen), "", true},
		{"one more is stated that the reader may not see", resource("more", hidden), "", true},
		{"one reads otherwise", resource("open", seen+", note: worn"), "", true},
		{"one is hidden", resource("open", hidden), "", false},
		{"one is retired", "", "open", false},
		{"a hidden one is retired", "", "shut", true},
		{"a hidden one reads otherwise", resource("shut", hidden+", note: worn"), "", true},
		{"a party changes, and with it perhaps who belongs to what", "{kind: Party, id: NOR, name: Noreg, type: nation, release: [public]}", "", false},
		{"a party comes in", "{kind: Party, id: SWE, name: Sweden, type: nation, release: [public]}", "", false},
	} {
		l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]ledger.Seq{}
		accept := func(text, retire string) ledger.Seq {
			t.Helper()
			var changes []ledger.Change
			rs, errs := record.Parse("test.yaml", []byte(text))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			for _, r := range rs {
				change, err := ledger.Put(r, at[r.Key().ID])
				if err != nil {
					t.Fatal(err)
				}
				changes = append(changes, change)
			}
			if retire != "" {
				change, err := ledger.Retire(record.Key{Kind: record.KindResource, ID: retire}, at[retire])
				if err != nil {
					t.Fatal(err)
				}
				changes = append(changes, change)
			}
			receipt, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(c.says, len(at)), Changes: changes})
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range rs {
				at[r.Key().ID] = receipt.First + ledger.Seq(i)
			}
			return receipt.Last
		}
		from := accept(begin, "")
		before, err := FromLedger(t.Context(), l, Known{}, record.Settings{Owner: "NOR"})
		if err != nil {
			t.Fatal(err)
		}
		after, err := before.Advance(t.Context(), l, from, accept(c.put, c.retire))
		if err != nil {
			t.Fatal(err)
		}
		v := before.View(At{Reader: access.Public})
		if v.Len() != 2 {
			t.Fatalf("the public sees %d records", v.Len())
		}
		if got := after.Leaves(v); got != c.want {
			t.Errorf("%s: the view may be shown: %t", c.says, got)
		}
		if !before.Leaves(v) || before.Leaves(after.View(At{Reader: access.Public})) {
			t.Error("only what goes on from a tree leaves its views as they are")
		}
		afresh, err := FromLedger(t.Context(), l, Known{}, record.Settings{Owner: "NOR"})
		if err != nil || afresh.Leaves(v) {
			t.Errorf("a tree that was read afresh, perhaps under other policies, leaves nothing: %v", err)
		}
		l.Close()
	}
}
