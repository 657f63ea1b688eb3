package whatif

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// LossTable is what is lost when parties leave, alone and two at a time.
type LossTable struct {
	Singles  []Loss   `json:"singles"`  // dearest first, then by id
	Pairs    []Pair   `json:"pairs"`    // of parties that matter: dearest first; a pair counts once
	Together []Pair   `json:"together"` // of those, the ones that hurt more together than each alone, the worst first
	All      float64  `json:"all"`      // points that are lost if everybody leaves
	Solves   int      `json:"solves"`
	Skipped  Skipped  `json:"skipped"`
	Partial  bool     `json:"partial,omitempty"` // stopped before all was found
	Says     []string `json:"says"`
}

// Loss is what one party's leaving costs.
type Loss struct {
	Party    record.PartyID  `json:"party"`
	Name     string          `json:"name"`
	Points   float64         `json:"points"`
	Least    float64         `json:"least"`              // points that it is proved to cost at least
	Most     float64         `json:"most"`               // and at most: the same where no units are to be sent
	Share    float64         `json:"share"`              // of the base's coverage
	Needs    []record.NeedID `json:"needs"`              // that lose, who loses most first
	Critical bool            `json:"critical,omitempty"` // a tenth or more of what is covered is lost
	Says     string          `json:"says"`
}

// Pair is what two parties' leaving costs.
type Pair struct {
	A           record.PartyID `json:"a"` // A < B
	B           record.PartyID `json:"b"`
	Points      float64        `json:"points"`
	Interaction float64        `json:"interaction"` // Points less what each costs alone: above 0, each now stands in for the other
	Says        string         `json:"says"`
}

// Skipped says for which pairs no plan was made, and why that changes nothing.
type Skipped struct {
	Null   int    `json:"null"`   // one of them gives nothing that the plan could use: the pair costs what the other does
	Apart  int    `json:"apart"`  // they serve needs that share nothing: the pair costs the sum
	Bound  int    `json:"bound"`  // one alone costs all that everybody's leaving would: there is no more to lose
	Nulls  int    `json:"nulls"`  // parties that give nothing that the plan could use
	Listed int    `json:"listed"` // pairs in the table
	Says   string `json:"says"`
}

// criticalShare is the part of what is covered that makes a loss critical.
const criticalShare = 0.1

// Losses withdraws every party alone and, with k = 2, every two that matter. A
// pair's Interaction is above 0 where each stands in for the other when that
// one leaves, and below 0 where both are needed for the same thing, so that the
// second to leave takes less with it. base is the plan of v for the same
// options, or nil.
//
// When the context is done, Losses returns what it has found, with the error.
func Losses(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options, k int, progress func(done, total int)) (*LossTable, error) {
	if k < 1 || k > 2 {
		return nil, fmt.Errorf("whatif: losses of %d parties at a time are not reckoned; ask for 1 or 2", k)
	}
	base, err := based(ctx, v, base, solver, o)
	if err != nil {
		return nil, err
	}
	g, err := newGame(ctx, v, solver, o)
	if err != nil {
		return nil, err
	}
	l := &losing{game: g, base: base, of: map[record.PartyID]*Loss{}}
	err = l.find(ctx, k, progress)
	t := l.table(k)
	t.Partial = err != nil
	return t, err
}

// losing gathers losses board by board.
type losing struct {
	*game
	base  *plan.Plan
	of    map[record.PartyID]*Loss
	lost  map[record.PartyID]*leave
	extra map[[2]record.PartyID]float64 // interactions, in points
	bound int
	all   float64
}

func (l *losing) find(ctx context.Context, k int, progress func(done, total int)) error {
	total := 0
	for _, b := range l.boards {
		n := len(b.players)
		total += n + (k-1)*n*(n-1)/2
	}
	step := steps(progress, total)
	l.extra, l.lost = map[[2]record.PartyID]float64{}, map[record.PartyID]*leave{}
	for _, id := range l.game.all {
		l.of[id] = &Loss{Party: id, Name: nameOf(l.view, id), Needs: []record.NeedID{}}
		l.lost[id] = &leave{needs: map[record.NeedID]float64{}}
	}
	for _, b := range l.boards {
		if err := l.singles(ctx, b, step); err != nil {
			return err
		}
		if k == 2 {
			if err := l.pairs(ctx, b, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// singles withdraws each player of a board.
func (l *losing) singles(ctx context.Context, b *board, step func(int)) error {
	all, err := b.settled(ctx, b.everybody())
	if err != nil {
		return err
	}
	none, err := b.v(ctx, b.nobody())
	if err != nil {
		return err
	}
	l.all += points(l.base, all.V-none)
	left := make([]*leave, len(b.players))
	err = parallel(ctx, len(b.players), func(ctx context.Context, i int) (err error) {
		left[i], err = b.leaves(ctx, l.base, i)
		step(1)
		return err
	})
	for i, id := range b.players {
		if left[i] == nil {
			continue
		}
		sum := l.lost[id]
		sum.v, sum.least, sum.most = sum.v+left[i].v, sum.least+left[i].least, sum.most+left[i].most
		maps.Copy(sum.needs, left[i].needs)
	}
	return err
}

// pairs withdraws each two players of a board. V without two lies between V
// without one and V without anybody.
func (l *losing) pairs(ctx context.Context, b *board, step func(int)) error {
	alone := make([]float64, len(b.players))
	for i := range alone {
		left, err := b.leaves(ctx, l.base, i) // known by now
		if err != nil {
			return err
		}
		alone[i] = left.v
	}
	all, err := b.v(ctx, b.everybody())
	if err != nil {
		return err
	}
	none, err := b.v(ctx, b.nobody())
	if err != nil {
		return err
	}
	type two struct {
		i, j int
		lost float64
		ok   bool
	}
	var pairs []two
	for i := range b.players {
		for j := range i {
			most := max(alone[i], alone[j])
			if bound := alike(all-most, none); bound {
				l.bound++
				pairs = append(pairs, two{j, i, most, true})
				step(1)
				continue
			}
			pairs = append(pairs, two{j, i, 0, false})
		}
	}
	err = parallel(ctx, len(pairs), func(ctx context.Context, k int) error {
		p := &pairs[k]
		if p.ok {
			return nil
		}
		v, err := b.v(ctx, b.everybody().without(p.i).without(p.j))
		if err != nil {
			return err
		}
		p.lost, p.ok = all-v, true
		step(1)
		return nil
	})
	for _, p := range pairs {
		if p.ok {
			l.extra[[2]record.PartyID{b.players[p.i], b.players[p.j]}] += points(l.base, p.lost-alone[p.i]-alone[p.j])
		}
	}
	return err
}

func (l *losing) table(k int) *LossTable {
	t := &LossTable{Singles: []Loss{}, Pairs: []Pair{}, Together: []Pair{}, All: unnoisy(l.all), Solves: l.solves(), Says: []string{}}
	matters := map[record.PartyID]bool{}
	for _, b := range l.boards {
		for _, id := range b.players {
			matters[id] = true
		}
	}
	var who []record.PartyID
	for _, id := range l.game.all {
		x := l.of[id]
		if x == nil {
			continue
		}
		lost := l.lost[id]
		x.Points, x.Least, x.Most = unnoisy(points(l.base, lost.v)), unnoisy(points(l.base, lost.least)), unnoisy(points(l.base, lost.most))
		x.Needs = lost.losers()
		if l.base.Points > 0 {
			x.Share = x.Points / l.base.Points
		}
		x.Critical = x.Share >= criticalShare
		x.Says = x.says(matters[id])
		t.Singles = append(t.Singles, *x)
		if matters[id] {
			who = append(who, id)
		}
	}
	slices.SortStableFunc(t.Singles, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Party, b.Party))
	})
	if k == 2 {
		l.pairUp(t, who)
	}
	t.Says = l.says(t, k)
	return t
}

// pairUp lists every two parties that matter. Where they meet on no board, the
// pair costs the sum.
func (l *losing) pairUp(t *LossTable, who []record.PartyID) {
	slices.Sort(who)
	for j, b := range who {
		for _, a := range who[:j] {
			extra, met := l.extra[[2]record.PartyID{a, b}]
			if !met {
				if extra, met = l.extra[[2]record.PartyID{b, a}]; !met {
					t.Skipped.Apart++
				}
			}
			p := Pair{A: a, B: b, Interaction: unnoisy(extra), Points: unnoisy(l.of[a].Points + l.of[b].Points + extra)}
			p.Says = p.says(l)
			t.Pairs = append(t.Pairs, p)
		}
	}
	worst := func(by func(Pair) float64) func(a, b Pair) int {
		return func(a, b Pair) int {
			return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
		}
	}
	slices.SortStableFunc(t.Pairs, worst(func(p Pair) float64 { return p.Points }))
	for _, p := range t.Pairs {
		if p.Interaction > 0.005 {
			t.Together = append(t.Together, p)
		}
	}
	slices.SortStableFunc(t.Together, worst(func(p Pair) float64 { return p.Interaction }))
	n, all := len(who), len(l.game.all)
	t.Skipped.Nulls, t.Skipped.Listed, t.Skipped.Bound = all-n, len(t.Pairs), l.bound
	t.Skipped.Null = all*(all-1)/2 - len(t.Pairs)
	t.Skipped.Says = fmt.Sprintf("%d of %d pairs are listed. The others have a party that gives nothing that the plan could use, and cost what the other party costs. Of those listed, %d serve needs that share nothing and cost the sum; %d times one alone already cost all there was to lose.",
		len(t.Pairs), all*(all-1)/2, t.Skipped.Apart, l.bound)
}

func (x *Loss) says(matters bool) string {
	switch {
	case !matters:
		return x.Name + " gives nothing more that the plan could use."
	case x.Points == 0:
		return "Without " + x.Name + " nothing is lost: others can do its part."
	}
	needs := make([]string, len(x.Needs))
	for i, n := range x.Needs {
		needs[i] = string(n)
	}
	text := fmt.Sprintf("Without %s %s are lost, %.1f %% of what is covered", x.Name, pointsText(x.Points), 100*x.Share)
	if len(needs) > 0 {
		text += ": " + shown(needs)
	}
	return text + "."
}

func (p *Pair) says(l *losing) string {
	a, b := l.of[p.A].Name, l.of[p.B].Name
	text := fmt.Sprintf("Without %s and %s %s are lost", a, b, pointsText(p.Points))
	switch {
	case p.Interaction > 0.005:
		return text + fmt.Sprintf(", %s more than each alone adds up to: each stands in for the other.", pointsText(p.Interaction))
	case p.Interaction < -0.005:
		return text + fmt.Sprintf(", %s less than each alone adds up to: both are needed for the same.", pointsText(math.Abs(p.Interaction)))
	}
	return text + ", what each alone adds up to."
}

// says is the top of the table.
func (l *losing) says(t *LossTable, k int) []string {
	const top = 5
	says := []string{}
	var critical []string
	for _, x := range t.Singles {
		if x.Critical {
			critical = append(critical, fmt.Sprintf("%s (%.1f)", x.Name, x.Points))
		}
	}
	if len(critical) > 0 {
		says = append(says, fmt.Sprintf("Critical, a tenth or more of what is covered: %s.", joined(critical)))
	} else {
		says = append(says, "Nobody is critical: no party's leaving costs a tenth of what is covered.")
	}
	if k < 2 {
		return says
	}
	for _, p := range t.Together[:min(top, len(t.Together))] {
		says = append(says, p.Says)
	}
	if len(t.Together) == 0 {
		says = append(says, "No two parties hurt more together than each alone.")
	}
	return append(says, t.Skipped.Says)
}
