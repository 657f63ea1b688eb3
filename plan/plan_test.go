package plan

import (
	"os"
	"testing"

	"entente/access"
	"entente/lp/highs"
	"entente/record"
	"entente/register"
)

func TestGolden(t *testing.T) {
	data, _ := os.ReadFile("../record/testdata/example.yaml")
	rs, errs := record.Parse("x.yaml", data)
	if errs != nil {
		t.Fatal(errs)
	}
	v := register.NewTree(record.Settings{}, rs...).View(register.At{On: record.MustDay("2026-01-01").First(), Reader: access.Keeper})
	s, err := highs.New(highs.Options{CacheDir: os.TempDir() + "/entente-test"})
	if err != nil {
		t.Fatal(err)
	}
	start, _ := record.ParseMonth("2025-01")
	p, err := Make(t.Context(), v, s, Options{Start: start, Months: 24, Rung: record.Committed, Discount: 0.99, Prices: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(p.Objective, p.Bound, p.Points, p.CostEUR)
	for _, m := range p.Needs[0].Months {
		t.Log(m.Month, m.Needed, m.Covered)
	}
	for _, m := range p.Moves {
		t.Log(m.Month, m.Verb, m.Record, m.Quantity, m.Unit, m.At, m.For)
	}
	for _, m := range p.Prices {
		t.Log(m)
	}
}
