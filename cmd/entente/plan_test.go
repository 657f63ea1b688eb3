package main

import (
	"testing"

	"github.com/spf13/cobra"

	"entente/record"
	"entente/register"
)

// A plan without whole numbers is exact unless a gap is given, whatever the gap is.
func TestGapGiven(t *testing.T) {
	v := register.NewTree(record.Settings{AsOf: record.MustDay("2025-01-15")}).View(register.At{})
	for _, c := range []struct {
		args      []string
		gap, near float64
	}{
		{nil, 0.001, 0},
		{[]string{"--gap", "0.001"}, 0.001, 0.001},
		{[]string{"--gap", "0.02"}, 0.02, 0.02},
		{[]string{"--gap", "0"}, 0, 0},
	} {
		a, cmd := &asked{}, &cobra.Command{}
		a.flags(cmd)
		if err := cmd.ParseFlags(append(c.args, "--start", "2025-01")); err != nil {
			t.Fatal(err)
		}
		if o, err := a.options(v, "."); err != nil || o.Gap != c.gap || o.Near != c.near {
			t.Errorf("%v: gap %g, near %g, %v; want %g and %g", c.args, o.Gap, o.Near, err, c.gap, c.near)
		}
	}
}
