package ledgertest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/ledger"
	"entente/record"
)

// testStanding asks what stands at every size, and plays the entries into a map.
func testStanding(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	Fill(t, l)
	stated := map[record.Key]ledger.Entry{}
	for size := range ledger.Seq(13) {
		if size > 0 {
			e, err := l.Entry(t.Context(), size)
			if err != nil {
				t.Fatal(err)
			}
			if stated[e.Key] = e; e.Retired() {
				delete(stated, e.Key)
			}
		}
		want := slices.SortedFunc(maps.Values(stated), func(a, b ledger.Entry) int { return int(a.Seq - b.Seq) })
		if diff := cmp.Diff(want, list(t, l.Standing(t.Context(), size))); diff != "" {
			t.Errorf("at %d stands what was not stated, or the other way: %s", size, diff)
		}
	}

	// More than a store reads at once, and a consumer who calls it and leaves.
	var many []ledger.Change
	for i := range 1500 {
		many = append(many, Put(t, Place(fmt.Sprintf("many-%d", i), ""), 0))
	}
	if _, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: "many", Changes: many}); err != nil {
		t.Fatal(err)
	}
	if n := len(list(t, l.Standing(t.Context(), 12+1500))); n != 4+1500 {
		t.Errorf("%d records stand, want %d", n, 4+1500)
	}
	for e, err := range l.Standing(t.Context(), 12+1500) {
		if err != nil {
			t.Fatal(err)
		}
		if again, err := l.Entry(t.Context(), e.Seq); err != nil || again.Batch != e.Batch {
			t.Fatal(again, err)
		}
		if e.Seq > 700 {
			break
		}
	}
	sound(t, s)
}
