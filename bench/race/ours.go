package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"entente/access"
	"entente/lp"
	"entente/lp/highs"
	"entente/plan"
	"entente/record"
	"entente/register"
)

const embedded = highs.Version

func asked(s record.Settings) plan.Options {
	return plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Prices: 8}
}

func registerOf(s record.Settings, text []byte) (*register.View, error) {
	rs, errs := record.Parse("world.yaml", text)
	if len(errs) > 0 {
		return nil, fmt.Errorf("read the world: %w", errs[0])
	}
	return register.NewTree(s, rs...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper}), nil
}

// result is what the house's own run gives.
type result struct {
	took  taken
	value float64
}

var solver = func() lp.Solver {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-race")})
	if err != nil {
		panic(err)
	}
	return s
}()

// ours goes the whole way from text to an explained plan, and says how long each
// part of it took. The solver's module is compiled before, as it is from the
// second run on.
func ours(ctx context.Context, w io.Writer, s record.Settings, text []byte) (result, error) {
	if _, err := lp.Solve(ctx, solver, &lp.Model{}, lp.Options{}); err != nil {
		return result{}, err
	}
	type mark struct {
		what string
		at   time.Time
	}
	began, cpu := time.Now(), processTime()
	marks := []mark{{"load", began}}
	v, err := registerOf(s, text)
	if err != nil {
		return result{}, err
	}
	marks = append(marks, mark{"build", time.Now()})
	o := asked(s)
	o.Progress = func(doing string) { // legs alone are solved beside, and their marks fall where they fall
		what := "explain"
		switch doing {
		case "the plan that covers most", "what could be reached at most", "which whole numbers are best":
			what = "solve"
		}
		marks = append(marks, mark{what, time.Now()})
	}
	p, err := plan.Make(ctx, v, solver, o)
	if err != nil {
		return result{}, err
	}
	end := time.Now()
	parts := map[string]time.Duration{}
	for i, m := range marks {
		next := end
		if i+1 < len(marks) {
			next = marks[i+1].at
		}
		parts[m.what] += next.Sub(m.at)
	}
	fmt.Fprintf(w, "%s: load %s, build %s, solve %s, explain %s; %d records, gap %.2g\n", s.Title,
		seconds(parts["load"]), seconds(parts["build"]), seconds(parts["solve"]), seconds(parts["explain"]), v.Len(), p.Gap)
	return result{taken{end.Sub(began), processTime() - cpu, 0}, p.Objective}, nil
}

// inside solves a programme with the embedded solver, as a peer would.
func inside(ctx context.Context, m *lp.Model, limit time.Duration) (taken, float64, string) {
	began, cpu := time.Now(), processTime()
	s, err := lp.Solve(ctx, solver, m, lp.Options{TimeLimit: limit})
	took := taken{time.Since(began), processTime() - cpu, 0}
	switch {
	case err != nil:
		return took, 0, err.Error()
	case s.Status != lp.Optimal:
		return took, 0, s.Status.String()
	}
	return took, s.Objective, ""
}
