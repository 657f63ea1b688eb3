package whatif

import (
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// A game says what any set of parties is worth: V of the plan when all others
// give nothing more. Needs that share nothing are boards of their own, whose
// values add up; in most of them few parties have a hand.
type game struct {
	view   *register.View
	all    []record.PartyID // who give anything
	boards []*board
}

// board is a game over needs that share nothing with other needs.
type board struct {
	view      *register.View // with its needs alone
	options   plan.Options
	solver    lp.Solver
	evaluator *plan.Evaluator
	players   []record.PartyID // who can change anything

	mu     sync.Mutex
	known  map[coalition]*answer
	learnt map[coalition]float64 // V, found in another way
	parts  map[string]*section
	asked  int // of the evaluator
}

// section is some needs of a board that share nothing once others have left. Its
// worth depends on few, and so comes up again and again.
type section struct {
	once  sync.Once
	board *board
	err   error
}

// coalition is who of the players of a board stays: one byte each.
type coalition string

const stays, leaves = "1", "0"

func (c coalition) with(i int) coalition    { return c[:i] + stays + c[i+1:] }
func (c coalition) without(i int) coalition { return c[:i] + leaves + c[i+1:] }

func (p *board) everybody() coalition {
	return coalition(strings.Repeat(stays, len(p.players)))
}

func (p *board) nobody() coalition { return coalition(strings.Repeat(leaves, len(p.players))) }

// answer is found once.
type answer struct {
	once  sync.Once
	value *plan.Value
	err   error
}

// newGame finds the boards and their players.
func newGame(ctx context.Context, v *register.View, solver lp.Solver, o plan.Options) (*game, error) {
	g := &game{view: v, all: givers(v)}
	groups := plan.Parts(v, o)
	g.boards = make([]*board, len(groups))
	err := parallel(ctx, len(groups), func(ctx context.Context, i int) error {
		var err error
		g.boards[i], err = newBoard(ctx, only(v, groups[i]), solver, o)
		return err
	})
	return g, err
}

func newBoard(ctx context.Context, v *register.View, solver lp.Solver, o plan.Options) (*board, error) {
	p, err := openBoard(ctx, v, solver, o)
	if err != nil {
		return nil, err
	}
	p.players, err = p.whoMatters(ctx)
	return p, err
}

// openBoard is a board without players.
func openBoard(ctx context.Context, v *register.View, solver lp.Solver, o plan.Options) (*board, error) {
	e, err := plan.NewEvaluator(ctx, v, solver, o)
	return seatless(v, solver, o, e), err
}

func seatless(v *register.View, solver lp.Solver, o plan.Options, e *plan.Evaluator) *board {
	return &board{view: v, options: o, solver: solver, evaluator: e, known: map[coalition]*answer{}, learnt: map[coalition]float64{}, parts: map[string]*section{}}
}

// parallel runs a task for each of n, as many at a time as there are processors.
// It ends with the first error.
func parallel(ctx context.Context, n int, task func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(runtime.GOMAXPROCS(0), runtime.NumCPU())) // a server has more threads than cores, and each that plans takes memory
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return task(ctx, i)
		})
	}
	return g.Wait()
}

// only is v with some of its needs, and of the rest what a plan for them may
// take into account.
func only(v *register.View, needs []record.NeedID) *register.View {
	resources, capabilities := map[record.ResourceID]bool{}, map[record.CapabilityID]bool{}
	for _, id := range needs {
		n, _ := v.Need(id)
		capabilities[n.Capability] = true
		c, _ := v.Capability(n.Capability)
		for r := range c.Stock {
			resources[r] = true
		}
		for r := range c.Monthly {
			resources[r] = true
		}
	}
	return v.Without(func(r record.Record) bool {
		switch r := r.(type) {
		case *record.Need:
			return !slices.Contains(needs, record.NeedID(r.ID))
		case *record.Pledge:
			return r.Resource != "" && !resources[r.Resource] && r.PartOf == "" && !hasParts(v, r.Key())
		case *record.Programme:
			return !resources[r.Trains]
		case *record.Production:
			return !resources[r.Resource]
		case *record.Unit:
			for c := range r.Gives {
				if capabilities[c] {
					return false
				}
			}
			return true
		case *record.Party, *record.Place, *record.Resource, *record.Capability, *record.Fund, *record.Assignment, *record.Rate:
			return false
		}
		return true
	})
}

// whoMatters lists the parties without which a plan is offered less. The others
// change nothing whoever else leaves, for what a party gives is not changed by
// others, but for pledges that count others, and Same looks through those.
func (p *board) whoMatters(ctx context.Context) ([]record.PartyID, error) {
	all := givers(p.view)
	matters := make([]bool, len(all))
	err := parallel(ctx, len(all), func(_ context.Context, i int) error {
		e := withdrawAll(p.view, func(p record.PartyID) bool { return p == all[i] }, p.options)
		matters[i] = len(e.touches()) > 0 && !p.evaluator.Same(e.on(p.view))
		return nil
	})
	var players []record.PartyID
	for i, id := range all {
		if matters[i] {
			players = append(players, id)
		}
	}
	return players, err
}

// worth is the value of a coalition, found when it is first asked for.
func (p *board) worth(ctx context.Context, c coalition) (*plan.Value, error) {
	return p.ask(c, func(v *register.View) (*plan.Value, error) {
		if !p.evaluator.Quick() {
			if groups := plan.Parts(v, p.options); len(groups) > 1 {
				return p.sum(ctx, c, groups)
			}
		}
		p.count()
		return p.evaluator.Value(ctx, v)
	})
}

// settled is worth, for comparing need by need: to be asked for before worth.
func (p *board) settled(ctx context.Context, c coalition) (*plan.Value, error) {
	return p.ask(c, func(v *register.View) (*plan.Value, error) {
		p.count()
		return p.evaluator.Settled(ctx, v)
	})
}

func (p *board) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
}

func (p *board) ask(c coalition, value func(*register.View) (*plan.Value, error)) (*plan.Value, error) {
	p.mu.Lock()
	a, ok := p.known[c]
	if !ok {
		a = &answer{}
		p.known[c] = a
	}
	p.mu.Unlock()
	a.once.Do(func() { a.value, a.err = value(p.only(c)) })
	return a.value, a.err
}

// only is the board's view when of its players only c stays.
func (p *board) only(c coalition) *register.View {
	gone := map[record.PartyID]bool{}
	for i, id := range p.players {
		gone[id] = c[i:i+1] == leaves
	}
	return withdrawAll(p.view, func(id record.PartyID) bool { return gone[id] }, p.options).on(p.view)
}

// learn keeps what a coalition is worth that was found in another way.
func (p *board) learn(c coalition, v float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learnt[c] = v
}

// knows is what a coalition is worth, if that has been learnt.
func (p *board) knows(c coalition) (v float64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok = p.learnt[c]
	return v, ok
}

// sum adds up groups of needs that share nothing while only c stays.
func (p *board) sum(ctx context.Context, c coalition, groups [][]record.NeedID) (*plan.Value, error) {
	sum := &plan.Value{Covered: map[record.NeedID][]float64{}}
	for _, needs := range groups {
		b, err := p.section(ctx, needs)
		if err != nil {
			return nil, err
		}
		mine := b.everybody()
		for i, id := range b.players {
			if k := slices.Index(p.players, id); k >= 0 && c[k:k+1] == leaves {
				mine = mine.without(i)
			}
		}
		w, err := b.worth(ctx, mine)
		if err != nil {
			return nil, err
		}
		sum.V += w.V
		maps.Copy(sum.Covered, w.Covered)
	}
	return sum, nil
}

func (p *board) section(ctx context.Context, needs []record.NeedID) (*board, error) {
	key := fmt.Sprint(needs)
	p.mu.Lock()
	s, ok := p.parts[key]
	if !ok {
		s = &section{}
		p.parts[key] = s
	}
	p.mu.Unlock()
	s.once.Do(func() { s.board, s.err = newBoard(ctx, only(p.view, needs), p.solver, p.options) })
	return s.board, s.err
}

// v is V of a coalition.
func (p *board) v(ctx context.Context, c coalition) (float64, error) {
	if v, ok := p.knows(c); ok {
		return v, nil
	}
	w, err := p.worth(ctx, c)
	if err != nil {
		return 0, err
	}
	return w.V, nil
}

// solves counts what was planned for.
func (g *game) solves() int {
	n := 0
	for _, p := range g.boards {
		n += p.solves()
	}
	return n
}

func (p *board) solves() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.asked
	for _, s := range p.parts {
		if s.board != nil {
			n += s.board.solves()
		}
	}
	return n
}

// alike reports whether two values differ by less than what solving leaves
// open.
func alike(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// based makes a base plan where none is given.
func based(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options) (*plan.Plan, error) {
	if base != nil {
		return base, nil
	}
	o.Brief, o.Prices, o.Relax = true, 0, false
	return plan.Make(ctx, v, solver, o)
}

// steps calls progress, if there is one, one call at a time.
func steps(progress func(done, total int), total int) func(n int) {
	var mu sync.Mutex
	done := 0
	return func(n int) {
		mu.Lock()
		defer mu.Unlock()
		done += n
		if progress != nil {
			progress(done, total)
		}
	}
}

func pointsText(x float64) string {
	if math.Abs(x) < 0.005 {
		return "0 points"
	}
	if text := fmt.Sprintf("%.2f", x); text != "1.00" {
		return strings.TrimSuffix(strings.TrimSuffix(text, "0"), ".0") + " points"
	}
	return "1 point"
}
