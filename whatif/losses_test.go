package whatif

import (
	"context"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"entente/plan"
	"entente/record"
	"entente/register"
)

func lossesOf(t testing.TB, v *register.View, o plan.Options) *LossTable {
	t.Helper()
	l, err := Losses(context.Background(), v, nil, solver(), o, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// twins is the example with Sweden promising what Germany does.
func twins(t testing.TB, rung string) *register.View {
	t.Helper()
	v := readView(t, example, "2025-01-01")
	p, _ := v.Pledge("deu-amraam-1")
	twin := record.Clone(p).(*record.Pledge)
	twin.ID, twin.By, twin.Title = "swe-amraam-1", "SWE", "Swedish rounds"
	twin.Status = []record.RungStatus{{Is: rung, On: record.MustDay("2024-12")}}
	return v.With(append(parsed(t, "swe.yaml", []byte("kind: Party\nid: SWE\nname: Sweden\ntype: nation\n")), twin)...)
}

// Germany and Norway are both needed for everything: together they cost no more
// than each.
func TestLossesExample(t *testing.T) {
	l := lossesOf(t, readView(t, example, "2025-01-01"), options(24))
	if len(l.Singles) != 2 || !l.Singles[0].Critical || !near(l.Singles[0].Share, 1) || len(l.Pairs) != 1 || len(l.Together) != 0 {
		t.Fatalf("got %+v", l)
	}
	p := l.Pairs[0]
	if p.A != "DEU" || p.B != "NOR" || !near(p.Points, l.All) || !near(p.Interaction, -l.All) {
		t.Errorf("got %+v of %f", p, l.All)
	}
	if l.Skipped.Bound != 1 {
		t.Errorf("skipped %+v", l.Skipped)
	}
}

// Each of two who give the same can do some of what the other does.
func TestLossesTwins(t *testing.T) {
	l := lossesOf(t, twins(t, "committed"), options(24))
	if len(l.Together) != 1 || l.Together[0].A != "DEU" || l.Together[0].B != "SWE" {
		t.Fatalf("got %+v", l.Together)
	}
	if x := l.Together[0]; !near(x.Points, l.All) || x.Interaction <= 0 || !near(x.Interaction, x.Points-2*l.Singles[1].Points) {
		t.Errorf("got %+v", x)
	}
}

// Losses are what Marginals and a plan without both say, every pair once.
func TestLosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := tiny(t)
		base, err := plan.Make(context.Background(), v, solver(), brief())
		if err != nil {
			t.Fatal(err)
		}
		l, err := Losses(context.Background(), v, base, solver(), brief(), 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		ms, err := Marginals(context.Background(), v, base, solver(), brief(), nil)
		if err != nil {
			t.Fatal(err)
		}
		alone := map[record.PartyID]float64{}
		for _, m := range ms {
			alone[m.Party] = m.Points
		}
		for _, x := range l.Singles {
			if math.Abs(x.Points-alone[x.Party]) > 2*noise {
				t.Fatalf("%s costs %f, its marginal is %f", x.Party, x.Points, alone[x.Party])
			}
		}
		seen := map[[2]record.PartyID]bool{}
		for _, p := range l.Pairs {
			after := v
			for _, id := range []record.PartyID{p.B, p.A} {
				after = withdraw(after, id, record.Day{}, brief()).on(after)
			}
			if want := points(base, base.Objective-worth(t, after)); math.Abs(p.Points-want) > 3*noise {
				t.Fatalf("%s and %s cost %f, want %f", p.A, p.B, p.Points, want)
			}
			if p.A >= p.B || seen[[2]record.PartyID{p.A, p.B}] {
				t.Fatalf("%s and %s", p.A, p.B)
			}
			seen[[2]record.PartyID{p.A, p.B}] = true
		}
	})
}

func TestLossesStop(t *testing.T) {
	v := readView(t, "testdata/world.yaml", "2025-01-15")
	if _, err := Losses(t.Context(), v, nil, solver(), options(24), 3, nil); err == nil {
		t.Error("three at a time are reckoned")
	}
	base := made(t, v, options(24))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, err := Losses(ctx, v, base, solver(), options(24), 2, func(done, _ int) { cancel() })
	if !errors.Is(err, context.Canceled) && !errors.Is(err, plan.ErrStopped) {
		t.Fatalf("the error is %v", err)
	}
	if l == nil || !l.Partial {
		t.Errorf("got %+v", l)
	}
}
