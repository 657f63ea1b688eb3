package whatif

import (
	"testing"

	"entente/record"
)

// TestLess: what is left is a range again, and the lower ends add up.
func TestLess(t *testing.T) {
	for _, c := range []struct{ whole, part, want record.Number }{
		{record.Number{Min: 10, Max: 20}, record.Number{Min: 4, Max: 8}, record.Number{Min: 6, Max: 12}},
		{record.Number{Min: 10, Max: 20}, record.Number{Min: 2, Max: 15}, record.Number{Min: 8, Max: 8}},
		{record.Number{Min: 5, Max: 5}, record.Number{Min: 5, Max: 5}, record.Number{}},
	} {
		rest := some{number: c.whole}.less(some{number: c.part})
		if rest.number != c.want {
			t.Errorf("%v without %v is %v, want %v", c.whole, c.part, rest.number, c.want)
		}
	}
	euros := func(lo, hi string) some {
		a, err := record.ParseMoney(lo + " EUR")
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.ParseMoney(hi + " EUR")
		if err != nil {
			t.Fatal(err)
		}
		return some{amount: record.Amount{Min: a, Max: b}}
	}
	if rest := euros("10", "20").less(euros("2", "15")); rest.amount != euros("8", "8").amount {
		t.Errorf("of 10 to 20 euros, without 2 to 15, is left %v", rest.amount)
	}
}
