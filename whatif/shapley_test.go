package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"entente/access"
	worlds "entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

func valued(t testing.TB, v *register.View, o plan.Options, s Sampling) *Values {
	t.Helper()
	x, err := Shapley(context.Background(), v, nil, solver(), o, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *Values) of(id record.PartyID) Value {
	for _, p := range x.Parties {
		if p.Party == id {
			return p
		}
	}
	return Value{}
}

// Germany's rounds and Norway's fire units are worth nothing without each other
// and everything together: each is worth half.
func TestShapleyExample(t *testing.T) {
	x := valued(t, readView(t, example, "2025-01-01"), options(24), Sampling{})
	if !x.Exact || !near(x.All, 4648.353774) || x.None != 0 || len(x.Parties) != 2 {
		t.Fatalf("got %+v", x)
	}
	for _, p := range x.Parties {
		if !near(p.V, 4648.353774/2) || p.First != 0 || !near(p.Last, x.Points) {
			t.Errorf("got %+v", p)
		}
	}
	if x.Solves != 4 {
		t.Errorf("%d solves of 4", x.Solves)
	}
}

// An evaluator knows the worth of every coalition that Apply and Make know.
func TestEvaluator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evaluated(t, tiny(t), brief(), givingParties, func(id record.PartyID) bool { return rapid.Bool().Draw(t, string(id)) })
	})
}

func TestEvaluatorOnWorlds(t *testing.T) {
	n := 12
	if testing.Short() || raceDetector {
		n = 4
	}
	for seed := range uint64(n) {
		size := worlds.Tiny(seed)
		s := worlds.Settings(size)
		v := register.NewTree(s, worlds.Generate(size, seed)...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper})
		o := plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Brief: true}
		dice := rand.New(rand.NewPCG(seed, 1))
		for range 3 {
			evaluated(t, v, o, givers(v), func(record.PartyID) bool { return dice.IntN(2) == 0 })
		}
	}
}

type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func evaluated(t fataler, v *register.View, o plan.Options, from []record.PartyID, leaves func(record.PartyID) bool) {
	gone := map[record.PartyID]bool{}
	after := v
	for _, id := range from {
		if leaves(id) {
			gone[id] = true
			after = withdraw(after, id, record.Day{}, o).on(after)
		}
	}
	if together := withdrawAll(v, func(id record.PartyID) bool { return gone[id] }, o).on(v); after.Head() != together.Head() {
		t.Fatalf("withdrawing %v together is not withdrawing them in turn", gone)
	}
	want, err := plan.Make(context.Background(), after, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := plan.NewEvaluator(context.Background(), v, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []func(context.Context, *register.View) (*plan.Value, error){e.Value, e.Settled} {
		if got, err := value(context.Background(), after); err != nil || !near(got.V, want.Objective) {
			t.Fatalf("without %v: %+v, %v; Make says %f", gone, got, err, want.Objective)
		}
	}
	g, err := newGame(context.Background(), v, solver(), o)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, b := range g.boards {
		c := b.everybody()
		for i, id := range b.players {
			if gone[id] {
				c = c.without(i)
			}
		}
		part, err := b.v(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		sum += part
	}
	if !near(sum, want.Objective) {
		t.Fatalf("without %v: the boards are worth %f, Make says %f", gone, sum, want.Objective)
	}
}

// The values add up; who adds nothing to anybody gets nothing; none is negative,
// since who joins never lowers V; and drawn orders agree with all of them.
func TestShapley(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := tiny(t)
		o := brief()
		x, err := Shapley(context.Background(), v, nil, solver(), o, Sampling{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := Shapley(context.Background(), v, nil, solver(), o, Sampling{Seed: 7, Orders: 48, ExactMax: -1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []*Values{x, drawn} {
			sum := 0.0
			for _, p := range x.Parties {
				sum += p.V
				if p.V < -1e-4 || p.Null && p.V != 0 {
					t.Fatalf("%+v", p)
				}
			}
			if !near(sum, x.All-x.None) || !near(sum, worth(t, v)-x.None) {
				t.Fatalf("the values add up to %f of %f", sum, x.All-x.None)
			}
		}
		for _, p := range x.Parties {
			if d := drawn.of(p.Party); math.Abs(d.Points-p.Points) > 4*d.Error+1e-6 {
				t.Fatalf("%s: exact %f, drawn %f ± %f", p.Party, p.Points, d.Points, d.Error)
			}
		}
	})
}

// Parties that give the same are worth the same, and of two whose gifts stand
// in for each other each is worth half of what one alone adds.
func TestShapleyTwins(t *testing.T) {
	v := readView(t, example, "2025-01-01")
	p, _ := v.Pledge("deu-amraam-1")
	twin := record.Clone(p).(*record.Pledge)
	twin.ID, twin.By = "swe-amraam-1", "SWE"
	v = v.With(append(parsed(t, "swe.yaml", []byte("kind: Party\nid: SWE\nname: Sweden\ntype: nation\n")), twin)...)
	x := valued(t, v, options(24), Sampling{})
	de, se, no := x.of("DEU"), x.of("SWE"), x.of("NOR")
	if !near(de.V, se.V) || de.V == 0 {
		t.Errorf("%f and %f", de.V, se.V)
	}
	one, both := 4648.353774, x.All // with one's rounds, and with both's
	if !near(de.V, one/6+(both-one)/3) || !near(no.V, one/3+both/3) {
		t.Errorf("Germany %f, Norway %f, of %f and %f", de.V, no.V, one, both)
	}
}

func TestShapleyIsTheSame(t *testing.T) {
	v := readView(t, "testdata/world.yaml", "2025-01-15")
	s := Sampling{Seed: 3, Orders: 8, ExactMax: -1}
	var steps []int
	x, err := Shapley(t.Context(), v, nil, solver(), options(24), s, func(done, total int) { steps = append(steps, done, total) })
	if err != nil {
		t.Fatal(err)
	}
	if again := valued(t, v, options(24), s); fmt.Sprint(*again) != fmt.Sprint(*x) {
		t.Errorf("%v, then %v", x, again)
	}
	if n := len(steps); n == 0 || steps[n-1] != steps[n-2] {
		t.Errorf("progress %v", steps)
	}
}

func TestShapleyCancelled(t *testing.T) {
	v, o := quarter(1)
	base := made(t, v, o)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	x, err := Shapley(ctx, v, base, solver(), o, Sampling{Orders: 40, ExactMax: -1}, func(done, _ int) {
		if done == 2*8+40*len(spans)+6 { // after the coalitions of one and of all but one, and the outline
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, plan.ErrStopped) {
		t.Fatalf("the error is %v", err)
	}
	if x == nil || x.Orders < 4 || x.Orders > 30 {
		t.Fatalf("got %+v", x)
	}
}
