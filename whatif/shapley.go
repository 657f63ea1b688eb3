package whatif

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Sampling says how values are found where there are too many coalitions to ask
// them all.
type Sampling struct {
	Seed     uint64 `json:"seed"`
	Orders   int    `json:"orders"`    // in which the parties come; 0 is 32
	ExactMax int    `json:"exact_max"` // up to so many parties that depend on each other, all coalitions; 0 is 12, negative is never
}

// Values is what each party's part in the plan is worth: its Shapley value.
type Values struct {
	Parties     []Value `json:"parties"` // dearest first, then by id
	All         float64 `json:"all"`     // V with everybody
	None        float64 `json:"none"`    // V with nobody: what has been handed over, and what no party gives
	Points      float64 `json:"points"`  // the difference, in coverage points: what the values add up to
	Exact       bool    `json:"exact"`
	Orders      int     `json:"orders,omitempty"` // sampled
	Seed        uint64  `json:"seed"`
	Solves      int     `json:"solves"`      // coalitions planned for
	Coalitions  float64 `json:"coalitions"`  // that there are
	Independent int     `json:"independent"` // groups of needs that share nothing
	Says        string  `json:"says"`
}

// Value is the worth of one party.
type Value struct {
	Party  record.PartyID `json:"party"`
	Name   string         `json:"name"`
	V      float64        `json:"v"`
	Points float64        `json:"points"`
	Error  float64        `json:"error,omitempty"` // standard error of Points, where sampled
	First  float64        `json:"first"`           // points that it adds to nobody
	Last   float64        `json:"last"`            // points that are lost if it alone leaves
	Null   bool           `json:"null,omitempty"`  // it gives nothing that the plan could use
	Says   string         `json:"says"`
}

// Shapley values every party that gives anything: the mean of what it adds when
// the parties come one after the other, over all orders in which they can come.
// Withdrawing is as in Marginals: what has been handed over stays. The values
// add up to V with everybody less V with nobody. base is the plan of v for the
// same options, or nil.
//
// When the context is done, Shapley returns what it has with the error: values
// from the orders that were finished. Where all coalitions were to be asked, or no
// order has been finished, there is then nothing.
func Shapley(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options, s Sampling, progress func(done, total int)) (*Values, error) {
	base, err := based(ctx, v, base, solver, o)
	if err != nil {
		return nil, err
	}
	g, err := newGame(ctx, v, solver, o)
	if err != nil {
		return nil, err
	}
	return g.shapley(ctx, base, s.filled(), progress)
}

func (g *game) shapley(ctx context.Context, base *plan.Plan, s Sampling, progress func(done, total int)) (*Values, error) {
	total := 0
	for _, p := range g.boards {
		total += p.work(s)
	}
	var err error
	tally := newTally(g, base)
	step := steps(progress, total)
	for i, p := range g.boards {
		var shares []share
		orders := 0
		if p.exactly(s) {
			shares, err = p.exact(ctx, step)
		} else {
			shares, orders, err = p.sampled(ctx, s, uint64(i), step)
		}
		if shares == nil {
			return nil, err
		}
		if e := tally.add(ctx, p, shares, orders); err == nil {
			err = e
		}
		if err != nil {
			break
		}
	}
	return tally.values(s), err
}

func (s Sampling) filled() Sampling {
	if s.Orders <= 0 {
		s.Orders = 32
	}
	s.Orders += s.Orders % 2 // each order comes with its reverse
	if s.ExactMax == 0 {
		s.ExactMax = 12
	}
	s.ExactMax = min(s.ExactMax, 20)
	return s
}

func (p *board) exactly(s Sampling) bool { return len(p.players) <= max(s.ExactMax, 1) }

// work is how many steps of progress a board takes.
func (p *board) work(s Sampling) int {
	if p.exactly(s) {
		return 1 << len(p.players)
	}
	return s.Orders*(1+len(spans)) + 2*len(p.players)
}

// share is what a player of a board gets: V, and the variance of it.
type share struct{ v, variance float64 }

// exact asks every coalition. Who joins never lowers V; so between two
// coalitions of one worth, one in the other, all are of that worth.
func (p *board) exact(ctx context.Context, step func(int)) ([]share, error) {
	n := len(p.players)
	value := make([]float64, 1<<n)
	ask := func(masks []uint) error {
		return parallel(ctx, len(masks), func(ctx context.Context, i int) (err error) {
			value[masks[i]], err = p.v(ctx, p.of(masks[i]))
			return err
		})
	}
	type span struct{ lo, hi uint } // both are known
	spans := []span{{0, 1<<n - 1}}
	if err := ask(slices.Compact([]uint{0, 1<<n - 1})); err != nil {
		return nil, err
	}
	for len(spans) > 0 {
		var next []span
		var masks []uint
		for _, s := range spans {
			between := s.hi &^ s.lo
			if alike(value[s.lo], value[s.hi]) {
				for sub := between; sub > 0; sub = (sub - 1) & between {
					if m := s.lo | sub; m != s.hi {
						value[m] = value[s.lo]
					}
				}
				step(1 << bits.OnesCount(between))
				continue
			}
			if bits.OnesCount(between) < 2 {
				step(1 << bits.OnesCount(between))
				continue
			}
			i := between & -between
			masks = append(masks, s.hi&^i, s.lo|i)
			next = append(next, span{s.lo, s.hi &^ i}, span{s.lo | i, s.hi})
		}
		if err := ask(masks); err != nil {
			return nil, err
		}
		spans = next
	}
	return shapley(n, value), nil
}

// of is the coalition of the players whose bits are set.
func (p *board) of(mask uint) coalition {
	c := p.nobody()
	for i := range p.players {
		if mask>>i&1 == 1 {
			c = c.with(i)
		}
	}
	return c
}

// shapley weighs what each player adds to each coalition of others by the share
// of orders in which exactly those have come before.
func shapley(n int, value []float64) []share {
	weight := make([]float64, n) // by how many have come: k! (n-1-k)! / n!
	for k := range weight {
		weight[k] = 1 / float64(n)
		for j := range k {
			weight[k] *= float64(j+1) / float64(n-1-j)
		}
	}
	shares := make([]share, n)
	for mask := range uint(len(value)) {
		for i := range n {
			if mask>>i&1 == 0 {
				shares[i].v += weight[bits.OnesCount(mask)] * (value[mask|1<<i] - value[mask])
			}
		}
	}
	return shares
}

// tally adds up the shares of boards.
type tally struct {
	g     *game
	base  *plan.Plan
	of    map[record.PartyID]*Value
	total Values
}

func newTally(g *game, base *plan.Plan) *tally {
	t := &tally{g: g, base: base, of: map[record.PartyID]*Value{}}
	t.total.Exact, t.total.Independent = true, len(g.boards)
	for _, id := range g.all {
		t.of[id] = &Value{Party: id, Name: nameOf(g.view, id), Null: true}
	}
	return t
}

// add takes in a board. Variances add up, since boards are drawn for apart.
func (t *tally) add(ctx context.Context, p *board, shares []share, orders int) error {
	if orders > 0 {
		t.total.Exact, t.total.Orders = false, orders
	}
	all, none := p.everybody(), p.nobody()
	a, err1 := p.v(ctx, all)
	n, err2 := p.v(ctx, none)
	t.total.All, t.total.None = t.total.All+a, t.total.None+n
	t.total.Coalitions += math.Exp2(float64(len(p.players)))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	for i, id := range p.players {
		x := t.of[id]
		x.V, x.Null = x.V+shares[i].v, false
		x.Error = math.Sqrt(x.Error*x.Error + shares[i].variance/t.base.PointValue/t.base.PointValue)
	}
	firsts, lasts := make([]float64, len(p.players)), make([]float64, len(p.players))
	err := parallel(ctx, len(p.players), func(ctx context.Context, i int) error {
		first, err1 := p.v(ctx, none.with(i))
		last, err2 := p.v(ctx, all.without(i))
		firsts[i], lasts[i] = first-n, a-last
		return errors.Join(err1, err2)
	})
	if err != nil {
		return err
	}
	for i, id := range p.players {
		t.of[id].First += points(t.base, firsts[i])
		t.of[id].Last += points(t.base, lasts[i])
	}
	return nil
}

func (t *tally) values(s Sampling) *Values {
	out := t.total
	out.Seed, out.Solves, out.Parties = s.Seed, t.g.solves(), []Value{}
	out.Points = points(t.base, out.All-out.None)
	nulls := 0
	for _, id := range t.g.all {
		x := t.of[id]
		x.Points, x.First, x.Last = points(t.base, x.V), unnoisy(x.First), unnoisy(x.Last)
		x.Says = x.says(out.Points)
		if x.Null {
			nulls++
		}
		out.Parties = append(out.Parties, *x)
	}
	slices.SortStableFunc(out.Parties, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.V, a.V), cmp.Compare(a.Party, b.Party))
	})
	how := "over all orders in which they could come"
	if !out.Exact {
		how = fmt.Sprintf("over %d orders drawn with seed %d", out.Orders, out.Seed)
	}
	out.Says = fmt.Sprintf("What the parties give adds %s to the plan, shared among %d of them %s; %d give nothing that it could use. %d coalitions were planned for.",
		pointsText(out.Points), len(out.Parties)-nulls, how, nulls, out.Solves)
	return &out
}

// unnoisy takes off what solving leaves open, in coverage points.
func unnoisy(x float64) float64 {
	if math.Abs(x) < noise {
		return 0
	}
	return x
}

func (x *Value) says(all float64) string {
	if x.Null {
		return x.Name + " gives nothing more that the plan could use."
	}
	of := ""
	if all > 0 {
		of = fmt.Sprintf(", %.0f %% of what all give", 100*x.Points/all)
		if x.Points < all/200 {
			of = ", less than 1 % of what all give"
		}
	}
	if x.Error > 0 {
		of = fmt.Sprintf(" (± %.2f)%s", x.Error, of)
	}
	return fmt.Sprintf("%s is worth %s%s: %s if it came first, %s are lost if it alone leaves.", x.Name, pointsText(x.Points), of, pointsText(x.First), pointsText(x.Last))
}
