package plan

import (
	"os"
	"testing"
	"time"

	"entente/access"
	"entente/lp/highs"
	"entente/record"
	"entente/register"
)

func TestTallinn(t *testing.T) {
	tree, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || errs != nil {
		t.Skip(err, len(errs), errs[:min(len(errs), 10)])
	}
	v := tree.View(register.At{On: tree.Settings.AsOf.Last(), Reader: access.Keeper})
	s, _ := highs.New(highs.Options{CacheDir: os.TempDir() + "/entente-test"})
	start, _ := record.ParseMonth("2025-01")
	b := time.Now()
	p, err := Make(t.Context(), v, s, Options{Start: start, Months: 24, Rung: record.Committed, Discount: 0.99, Prices: 12, Relax: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(b), p.Objective, p.Bound, p.Points, p.CostEUR, len(p.Moves))
	for _, n := range p.Needs {
		t.Log(n.ID, n.Covered, n.Needed, n.HeldBy, n.FirstMet)
		for _, w := range n.Why {
			t.Log("    ", w)
		}
	}
	for _, m := range p.Prices[:min(len(p.Prices), 15)] {
		t.Log(m.Record, m.Says, m.Dual)
	}
	for _, m := range p.Leftovers {
		t.Log(m)
	}
	for _, m := range p.Omissions {
		t.Log(m)
	}
}
