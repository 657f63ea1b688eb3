package register

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
	"entente/record"
)

// TestFromLedger folds a random history at every prefix of it, and compares with
// a fold that is too simple to be wrong: a map that the history is played into.
func TestFromLedger(t *testing.T) {
	for seed := range uint64(5) {
		var store ledger.Store = &ledgertest.Memory{}
		if seed >= 3 { // which finds what stands by an index
			file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			store = file
		}
		l, err := ledger.Open(t.Context(), store, ledgertest.Options(byte(seed)))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		dice := rand.New(rand.NewPCG(seed, 2))
		now := map[record.Key]record.Record{}
		newest := map[record.Key]ledger.Seq{}
		heads := []string{naive(now)} // by size
		moments := []time.Time{{}}
		for step := range 80 {
			r := invented(dice)
			c, err := ledger.Put(r, newest[r.Key()])
			if now[r.Key()] != nil && dice.IntN(3) == 0 {
				c, err = ledger.Retire(r.Key(), newest[r.Key()])
				delete(now, r.Key())
			} else {
				now[r.Key()] = r
			}
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(step), Changes: []ledger.Change{c}})
			if err != nil {
				t.Fatal(err)
			}
			newest[r.Key()] = receipt.Last
			heads, moments = append(heads, naive(now)), append(moments, receipt.At)
		}
		size := ledger.Seq(len(heads) - 1)
		head := func(k Known) string {
			t.Helper()
			tree, err := FromLedger(t.Context(), l, k, record.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			return tree.View(At{Reader: access.Keeper}).Head()
		}
		for n := ledger.Seq(1); n <= size; n++ {
			if head(Known{Size: n}) != heads[n] || head(Known{At: moments[n]}) != heads[n] || head(Known{Size: size, At: moments[n]}) != heads[n] {
				t.Fatalf("seed %d: as known at size %d, the register is not what it was", seed, n)
			}
			if head(Known{At: moments[n].Add(-time.Microsecond)}) != heads[n-1] {
				t.Fatalf("seed %d: entry %d was known before it was accepted", seed, n)
			}
		}
		if head(Known{}) != heads[size] || head(Known{Size: size + 10}) != heads[size] {
			t.Error("the register as known now is not the newest")
		}
	}
}

// invented is a record of a few kinds and ids, with a text or without.
func invented(dice *rand.Rand) record.Record {
	id, note := fmt.Sprintf("r%d", dice.IntN(6)), fmt.Sprintf("note %d", dice.IntN(100))
	if dice.IntN(3) == 0 {
		return &record.Document{Common: record.Common{Kind: record.KindDocument, ID: id, Note: note}, Publisher: "NOR", Published: record.MustDay("2025-01-01"), Text: "paper.txt"}
	}
	return ledgertest.Place(id, note)
}

func naive(rs map[record.Key]record.Record) string {
	var all []record.Record
	for _, r := range rs {
		all = append(all, r)
	}
	return NewTree(record.Settings{}, all...).View(At{Reader: access.Keeper}).Head()
}

func TestFromLedgerSays(t *testing.T) {
	l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	paper := &record.Document{Common: record.Common{Kind: record.KindDocument, ID: "paper"}, Publisher: "NOR", Published: record.MustDay("2025-01-01"), Text: "paper.txt"}
	b := ledger.Batch{ID: "b", Changes: []ledger.Change{ledgertest.Put(t, ledgertest.Place("oslo", ""), 0), ledgertest.Put(t, paper, 0)}}
	if _, err := l.Append(t.Context(), "NOR/test", nil, b); err != nil {
		t.Fatal(err)
	}
	settings := record.Settings{Owner: "NOR", Release: &record.Label{}}
	tree, err := FromLedger(t.Context(), l, Known{}, settings)
	if err != nil {
		t.Fatal(err)
	}
	if n := tree.View(At{Reader: access.Public}).Len(); n != 0 {
		t.Errorf("the public sees %d records that the settings show to nobody", n)
	}
	v := tree.View(At{Reader: access.Keeper})
	if text, ok := v.Text("paper"); !ok || text.Fault != "the ledger keeps no texts" {
		t.Errorf("Text = %v, %v", text, ok)
	}
	if d, _ := v.Document("paper"); d.Pos != (record.Pos{File: "ledger", Line: 2}) {
		t.Errorf("the document is from %v, want entry 2", d.Pos)
	}
}
