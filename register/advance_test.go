package register

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/record"
)

// exact compares trees by what they hold, records by their every byte.
var exact = cmp.Options{
	cmp.AllowUnexported(Tree{}, record.Day{}),
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(Tree{}, "sums", "line", "step"),
	cmp.Comparer(func(a, b record.Record) bool {
		return a.Base().Pos == b.Base().Pos && bytes.Equal(record.Canonical(a), record.Canonical(b))
	}),
}

// TestAdvance goes from every size of a random history to every later one, and
// compares with what is read there afresh.
func TestAdvance(t *testing.T) {
	l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dice := rand.New(rand.NewPCG(1, 5))
	newest, there := map[record.Key]ledger.Seq{}, map[record.Key]bool{}
	const size = 40
	for step := range size {
		r := invented(dice)
		retire := there[r.Key()] && dice.IntN(3) == 0
		there[r.Key()] = !retire
		c, err := ledger.Put(r, newest[r.Key()])
		if retire {
			c, err = ledger.Retire(r.Key(), newest[r.Key()])
		}
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(step), Changes: []ledger.Change{c}})
		if err != nil {
			t.Fatal(err)
		}
		newest[r.Key()] = receipt.Last
	}
	trees := []*Tree{NewTree(record.Settings{Owner: "NOR"})}
	for n := ledger.Seq(1); n <= size; n++ {
		tree, err := FromLedger(t.Context(), l, Known{Size: n}, record.Settings{Owner: "NOR"})
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	head := func(t *Tree) string { return t.View(At{Reader: access.Keeper}).Head() }
	heads := make([]string, len(trees))
	for i, tree := range trees {
		heads[i] = head(NewTree(tree.Settings, tree.Records...))
		if i%2 == 0 {
			head(tree) // of these, the hashes are carried on
		}
	}
	for from, old := range trees {
		for to := from; to < len(trees); to++ {
			got, err := old.Advance(t.Context(), l, ledger.Seq(from), ledger.Seq(to))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(trees[to], got, exact); diff != "" {
				t.Fatalf("from %d to %d: %s", from, to, diff)
			}
			if head(got) != heads[to] {
				t.Fatalf("from %d to %d: it has another head than the same records read afresh", from, to)
			}
		}
	}
}
