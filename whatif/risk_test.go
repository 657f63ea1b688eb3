package whatif

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// slipping is the example as of May 2025 with a past: of Germany's four earlier
// lots one came in time, the others late, and Norway has none of its own.
func slipping(t testing.TB, late ...int) *register.View {
	t.Helper()
	data := ""
	for i, m := range late {
		due := record.MustDay("2023-02").First().Month()
		data += fmt.Sprintf("---\n{kind: Pledge, id: past-%d, by: DEU, to: UKR, resource: nasams-crew, quantity: 1, from: 2023-01, lead: 1, status: [{is: announced, on: 2022-10}, {is: committed, on: 2022-11}, {is: handed-over, on: %s}]}\n", i, due+record.Month(m))
	}
	v := readView(t, example, "2025-01-01")
	return v.With(parsed(t, "past.yaml", []byte(data[4:]))...)
}

func outlookOf(t testing.TB, v *register.View, draws int) *Outlook {
	t.Helper()
	x, err := Risk(context.Background(), v, nil, solver(), options(24), RiskOptions{Seed: 5, Draws: draws}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Where all came in time all will.
func TestRiskInTime(t *testing.T) {
	x := outlookOf(t, slipping(t, 0, 0, 0), 10)
	if x.Points != (Band{x.Base, x.Base, x.Base}) || x.Open != 2 {
		t.Errorf("got %+v", x)
	}
	for _, n := range x.Needs {
		if !near(n.P10, n.Base) || !near(n.P90, n.Base) || n.Lost != 0 {
			t.Errorf("got %+v", n)
		}
	}
}

func TestRisk(t *testing.T) {
	v := slipping(t, 0, 3, 6, 18)
	x := outlookOf(t, v, 60)
	if x.Points.P10 > x.Points.P50 || x.Points.P50 > x.Points.P90 || x.Points.P90 > x.Base+1e-6 || x.Points.P10 == x.Points.P90 {
		t.Errorf("got %+v of %f", x.Points, x.Base)
	}
	for _, m := range x.Months {
		if m.P10 > m.P50 || m.P50 > m.P90 {
			t.Errorf("got %+v", m)
		}
	}
	if len(x.Delays) != 2 || x.Delays[0].Borrowed || !x.Delays[1].Borrowed || *x.Delays[0].Median != 3 || x.Pooled.Came != 4 {
		t.Errorf("got %+v", x.Delays)
	}
	if len(x.Drivers) != 2 || x.Drivers[0].Rank >= 0 || x.Drivers[0].Slip <= 0 {
		t.Errorf("got %+v", x.Drivers)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := outlookOf(t, v, 60); fmt.Sprintf("%+v", *one) == "" || one.Points != x.Points || one.Mean != x.Mean || fmt.Sprint(one.Months) != fmt.Sprint(x.Months) {
		t.Errorf("with one worker %+v, with more %+v", one.Points, x.Points)
	}
}

// What is overdue counts among what is waited for, and what was first heard of
// when it came does not count.
func TestHistory(t *testing.T) {
	v := readView(t, example, "2025-01-01").With(parsed(t, "past.yaml", []byte(`
{kind: Pledge, id: a, by: DEU, resource: amraam, quantity: 10, schedule: [{on: 2024-01, quantity: 4}, {on: 2024-06, quantity: 6}], lead: 0,
 status: [{is: announced, on: 2023-06}, {is: committed, on: 2023-07}, {is: handed-over, on: 2024-03, quantity: 4}]}
---
{kind: Pledge, id: b, by: DEU, resource: amraam, quantity: 3, from: 2024-02, lead: 0, status: [{is: handed-over, on: 2024-02}]}
---
{kind: Pledge, id: c, by: NOR, resource: amraam, quantity: 3, from: 2024-05, lead: {kyiv: 2}, status: [{is: pledged, on: 2024-01}, {is: handed-over, on: 2024-06}]}
`))...)
	h := historyOf(v)
	if got := fmt.Sprint(h.waits["DEU"], h.waits["NOR"]); got != "[{2 true} {7 false}] [{0 true}]" {
		t.Errorf("got %s", got)
	}
	for _, p := range h.open {
		if want := map[string]int{"a": 7}[p.pledge.ID]; p.waited != want {
			t.Errorf("%s has been waited for %d months, want %d", p.pledge.ID, p.waited, want)
		}
	}
	if len(h.open) != 3 {
		t.Errorf("%d are open", len(h.open))
	}
}

// Of a party of whose hand-overs nothing is recorded, a pledge is known to be
// missing only until something was last heard of it; with one hand-over of the
// party on record, until the view's day.
func TestUnrecordedHandOvers(t *testing.T) {
	promised := `
{kind: Document, id: news, publisher: The News, published: 2024-06-20}
---
{kind: Pledge, id: a, by: NOR, resource: amraam, quantity: 3, from: 2024-02, lead: 0, status: [{is: committed, on: 2024-01}], sources: [{document: news}]}
---
{kind: Pledge, id: b, by: NOR, resource: amraam, quantity: 3, from: 2024-02, lead: 0, status: [{is: committed, on: 2024-01}]}
`
	for came, want := range map[string]string{
		"": "[{4 false}]", // b was last heard of before it was due
		`
---
{kind: Pledge, id: c, by: NOR, resource: amraam, quantity: 1, from: 2024-02, lead: 0, status: [{is: committed, on: 2024-01}, {is: handed-over, on: 2024-03}]}
`: "[{11 false} {11 false} {1 true}]",
	} {
		v := readView(t, example, "2025-01-01").With(parsed(t, "past.yaml", []byte(promised+came))...)
		if got := fmt.Sprint(historyOf(v).waits["NOR"]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRiskCancelled(t *testing.T) {
	v := slipping(t, 0, 3, 6)
	base := made(t, v, options(24))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	x, err := Risk(ctx, v, base, solver(), options(24), RiskOptions{Draws: 1000}, func(done, _ int) {
		if done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, plan.ErrStopped) {
		t.Fatalf("the error is %v", err)
	}
	if x == nil || x.Draws < 5 || x.Draws > 50 {
		t.Errorf("got %+v", x)
	}
}
