package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"entente/bench/world"
	"entente/plan"
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
	base, err := plan.Make(ctx, v, solver, brief)
	if err != nil {
		return nil, err
	}
	c.lap("base plan, not explained", fmt.Sprintf("V %.2f, gap %.2g", base.Objective, base.Gap))
	losses, err := whatif.Marginals(ctx, v, base, solver, o, counted("withdrawals"))
	if err != nil {
		return nil, err
	}
	width, most := 0.0, 0.0
	for _, m := range losses {
		width, most = max(width, (m.Most-m.Least)*base.PointValue), max(most, m.V)
	}
	c.lap("every loss, with bounds from both sides", fmt.Sprintf("%d parties; largest loss %.2g of V; bounds at most %.2g of V apart", len(losses), most/base.Objective, width/base.Objective))
	values, err := whatif.Shapley(ctx, v, base, solver, o, whatif.Sampling{Seed: j.Seed, Orders: j.Orders}, counted("orders"))
	if err != nil {
		return nil, err
	}
	worst, dearest := 0.0, 0.0
	for _, p := range values.Parties {
		worst, dearest = max(worst, p.Error), max(dearest, p.Points)
	}
	c.lap("Shapley values", fmt.Sprintf("%d orders, %d coalitions planned; standard error at most %.2g of the largest value", values.Orders, values.Solves, worst/dearest))
	return &report{Stages: c.stages, Value: base.Objective, Bound: base.Bound, Found: true}, nil
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
