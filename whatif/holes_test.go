package whatif

import (
	"context"
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
	"entente/register"
)

func holesOf(t testing.TB, v *register.View, s *record.Scenario, o plan.Options) *Holes {
	t.Helper()
	h, err := Backfill(context.Background(), v, nil, s, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Sweden has announced the rounds that Germany takes away: committed, they are
// all that is lost.
func TestBackfillCommit(t *testing.T) {
	h := holesOf(t, twins(t, "announced"), Withdraw("DEU", record.Day{}), options(24))
	if len(h.Holes) != 1 || !near(h.Holes[0].Points, h.Lost) || !near(h.Holes[0].Lost, 20) {
		t.Fatalf("got %+v", h)
	}
	x := h.Holes[0]
	if len(x.Short) != 1 || x.Short[0].Resource != "amraam" || !near(x.Short[0].Quantity, 240) {
		t.Errorf("short of %+v", x.Short)
	}
	if len(x.Fillers) != 1 || x.Tried != 1 {
		t.Fatalf("got %+v", x.Fillers)
	}
	f := x.Fillers[0]
	if f.Kind != FillCommit || f.Party != "SWE" || f.Quantity != 240 || f.Priced || f.Arrives.String() != "2025-03" || !near(f.Points, h.Lost) || !near(f.Own, h.Lost) || f.Toll != 0 {
		t.Errorf("got %+v", f)
	}
	if want := "If Sweden commits Swedish rounds, 240 × AMRAAM round (announced so far) from Feb 2025, there from Mar 2025"; !strings.HasPrefix(f.Says, want) {
		t.Errorf("says %q", f.Says)
	}
}

// What Sweden promises already does for some of what is lost, and more of it for
// the rest.
func TestBackfillGive(t *testing.T) {
	v := twins(t, "committed")
	r, _ := v.Resource("amraam")
	priced := record.Clone(r).(*record.Resource)
	price := parsed(t, "price.yaml", []byte("kind: Resource\nid: x\nname: x\nleg: supply\nunit: x\nprice: 1000000 EUR\n"))[0].(*record.Resource).Price
	priced.Price = price
	v = v.With(priced)
	h := holesOf(t, v, Withdraw("DEU", record.Day{}), options(24))
	if len(h.Holes) != 1 || len(h.Holes[0].Fillers) == 0 {
		t.Fatalf("got %+v", h)
	}
	f := h.Holes[0].Fillers[0]
	if f.Kind != FillGive || f.Party != "SWE" || !f.Priced || !near(f.EUR, 1e6*f.Quantity) || f.Own < 0.9*h.Lost {
		t.Errorf("got %+v of %f", f, h.Lost)
	}
}

// Nobody else gives what nobody else gives.
func TestBackfillNobody(t *testing.T) {
	h := holesOf(t, readView(t, example, "2025-01-01"), Withdraw("DEU", record.Day{}), options(24))
	if len(h.Holes) != 1 || len(h.Holes[0].Fillers) != 0 || !strings.Contains(h.Holes[0].Says, "Nobody else") {
		t.Errorf("got %+v", h)
	}
	none := holesOf(t, readView(t, example, "2025-01-01"), scenario(t, "changes: [{scale: {}, by: 1}]"), options(24))
	if len(none.Holes) != 0 || len(none.Says) != 1 {
		t.Errorf("got %+v", none)
	}
}

// A fund of others that may not pay for the need, and has money left, could.
func TestBackfillWiden(t *testing.T) {
	v := readView(t, example, "2025-01-01").With(parsed(t, "more.yaml", []byte(`
kind: Party
id: SWE
name: Sweden
type: nation
---
kind: Fund
id: swedish-fund
title: Swedish fund
manager: SWE
uses: [delivery]
---
kind: Pledge
id: swe-money
by: SWE
into: swedish-fund
amount: 50000000 EUR
from: 2025-01
status: [{is: committed, on: 2024-12}]
`))...)
	h := holesOf(t, v, scenario(t, "changes: [{change: {kind: Pledge, id: nor-money-1, set: {amount: 1000000 EUR}}}]"), options(24))
	if len(h.Holes) != 1 {
		t.Fatalf("got %+v", h)
	}
	for _, f := range h.Holes[0].Fillers {
		if f.Kind == FillWiden && f.Party == "SWE" && f.Own > 0.9*h.Lost && f.EUR > 0 {
			return
		}
	}
	t.Errorf("got %+v", h.Holes[0].Fillers)
}

func TestBackfillStops(t *testing.T) {
	v := twins(t, "announced")
	base := made(t, v, options(24))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backfill(ctx, v, base, Withdraw("DEU", record.Day{}), solver(), options(24)); err == nil {
		t.Error("no error")
	}
}
