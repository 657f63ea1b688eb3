package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"entente/bench/world"
	"entente/lp"
	"entente/plan"
	"entente/register"
	"entente/whatif"
)

// departures shows what it takes to say what each party's leaving costs.
func departures(ctx context.Context, w io.Writer, o options) error {
	for name := range strings.SplitSeq(o.sizes, ",") {
		size, ok := world.Named(name)
		if !ok {
			return fmt.Errorf("there is no size %q; write S, M, L or Q", name)
		}
		size.Units = 0
		file, err := records(size, o.seed, o.out)
		if err != nil {
			return err
		}
		gap := o.gap
		if gap == 0 {
			gap = 0.001
		}
		r, took, err := job{Do: "departures", Size: size, File: file, Gap: gap, Limit: o.limit, Cores: o.cores, Seed: o.seed, Orders: o.orders}.ask(ctx, true)
		fmt.Fprintf(w, "### %s: %d parties, %d lots, %d needs, %d months\n\n", size.Name, size.Parties, size.Lots, size.Needs, size.Months)
		switch {
		case errors.Is(err, errLate):
			fmt.Fprintf(w, "No answer in %.0f s.\n\n", o.limit.Seconds())
			continue
		case err != nil:
			return err
		}
		stagesTable(w, r.Stages, took)
	}
	return nil
}

// departures makes the base plan, withdraws every party, and samples what each
// is worth.
func (j job) departures(ctx context.Context) (*report, error) {
	c := newClock()
	c.aloud = true
	v, err := view(j.Size, j.File)
	if err != nil {
		return nil, err
	}
	c.lap("load", "")
	solver, err := newSolver()
	if err != nil {
		return nil, err
	}
	o := asked(v.Settings())
	o.Gap = j.Gap
	brief := o
	brief.Brief = true
	base, sweep, err := prepared(ctx, v, solver, brief)
	if err != nil {
		return nil, err
	}
	c.lap("base plan, not explained, and beside it what withdrawals start from", fmt.Sprintf("V %.2f, gap %.2g", base.Objective, base.Gap))
	first, err := sweep.Ranking(ctx)
	if err != nil {
		return nil, err
	}
	c.lap("ranking, with bounds from both sides", "")
	losses, err := sweep.Marginals(ctx, counted("withdrawals"))
	if err != nil {
		return nil, err
	}
	width, most := 0.0, 0.0
	for _, m := range losses {
		width, most = max(width, (m.Most-m.Least)*base.PointValue), max(most, m.V)
	}
	c.lap("every loss, with bounds from both sides", fmt.Sprintf("%d parties; largest loss %.2g of V; bounds at most %.2g of V apart", len(losses), most/base.Objective, width/base.Objective))
	c.note("ranking, with bounds from both sides", likeness(base, first, losses))
	r := &report{Value: base.Objective, Bound: base.Bound, Found: true}
	if j.Orders < 1 {
		r.Stages = c.stages
		return r, nil
	}
	values, err := sweep.Shapley(ctx, whatif.Sampling{Seed: j.Seed, Orders: j.Orders}, counted("orders"))
	if err != nil {
		return nil, err
	}
	worst, dearest := 0.0, 0.0
	for _, p := range values.Parties {
		worst, dearest = max(worst, p.Error), max(dearest, p.Points)
	}
	c.lap("Shapley values", fmt.Sprintf("%d orders, %d coalitions planned; standard error at most %.2g of the largest value", values.Orders, values.Solves, worst/dearest))
	r.Stages = c.stages
	return r, nil
}

// prepared makes the base plan and, at the same time, what withdrawals start from.
func prepared(ctx context.Context, v *register.View, solver lp.Solver, o plan.Options) (base *plan.Plan, sweep *whatif.Sweep, err error) {
	idle, err := plan.Idle(v, o)
	if err != nil {
		return nil, nil, err
	}
	sweep = whatif.NewSweep(v, idle, solver, o)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		base, err = plan.Make(ctx, v, solver, o)
		return err
	})
	g.Go(func() error { return sweep.Prepare(ctx) })
	return base, sweep, g.Wait()
}

// likeness says how near a ranking at first sight comes to the losses.
func likeness(base *plan.Plan, first, losses []whatif.Marginal) string {
	var widths, guesses, exact []float64
	for _, m := range first {
		widths = append(widths, 100*(m.Most-m.Least)*base.PointValue/base.Objective)
		guesses = append(guesses, m.V)
		exact = append(exact, losses[slices.IndexFunc(losses, func(x whatif.Marginal) bool { return x.Party == m.Party })].V)
	}
	slices.Sort(widths)
	return fmt.Sprintf("bounds %.2g %% of V apart in the median, %.2g %% at most; Spearman's correlation with the losses %.2f", widths[len(widths)/2], widths[len(widths)-1], spearman(guesses, exact))
}

// spearman is the rank correlation of two lists, in which hardly any two are alike.
func spearman(a, b []float64) float64 {
	ranks := func(x []float64) []int {
		order, rank := make([]int, len(x)), make([]int, len(x))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
		for r, i := range order {
			rank[i] = r
		}
		return rank
	}
	n, ra, rb, sum := float64(len(a)), ranks(a), ranks(b), 0.0
	for i := range ra {
		d := float64(ra[i] - rb[i])
		sum += d * d
	}
	return 1 - 6*sum/(n*(n*n-1))
}

// counted shows progress, every tenth of the way.
func counted(what string) func(done, total int) {
	shown := 0
	return func(done, total int) {
		if tenth := 10 * done / max(1, total); tenth > shown {
			shown = tenth
			fmt.Fprintf(os.Stderr, "%s: %d of %d\n", what, done, total)
		}
	}
}
