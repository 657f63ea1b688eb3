package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"entente/bench/world"
	"entente/lp"
	"entente/lp/highs"
)

// result is what one runner made of one world.
type result struct {
	world, programme, runner string
	taken
	stages       map[string]time.Duration
	found        bool
	value, bound float64
	within       float64 // how far from the optimum its own tolerance lets it end
	ours         bool
	prices       int    // proved by ours
	note         string // why there is no value, or what is to be said of it
}

// gap is how far a result is from what it proves to be the best possible.
func (r result) gap() float64 { return max(0, r.bound-r.value) / max(math.Abs(r.bound), 1e-9) }

// pricesToProve is how many an explained plan does, where it is small enough.
const pricesToProve = 8

// peersLotsMax is the size up to which a world is stated for others: beyond it
// the textbook's programme has millions of columns.
const peersLotsMax = 10_000

// plans races on worlds without units, so that there is one optimum that all
// must find.
func plans(ctx context.Context, w io.Writer, o options) error {
	var all []result
	for name := range strings.SplitSeq(o.sizes, ",") {
		size, ok := world.Named(name)
		if !ok {
			return fmt.Errorf("there is no size %q; write S, M, L or Q", name)
		}
		size.Units = 0
		within := o
		if within.gap == 0 {
			if within.gap = 0.001; size.Name == world.L.Name {
				within.gap = 0.01
			}
		}
		rs, err := onWorld(ctx, w, size, within, pricesToProve, func(as string, prices int) []peer {
			if as == cheapest {
				return pricingPeers(prices)
			}
			return linearPeers()
		})
		if err != nil {
			return err
		}
		all = append(all, rs...)
	}
	if err := draw(o, "plans.svg", bars("From a file to the optimum, and for Entente to the explained plan: seconds on the clock", all)); err != nil {
		return err
	}
	return agree(all)
}

// whole is what ours does, and no peer.
const whole = "records to explained plan"

// onWorld runs everybody on one world, and prints the table. Who the peers are on
// one statement may depend on how many prices ours proved.
func onWorld(ctx context.Context, w io.Writer, size world.Size, o options, prices int, peers func(as string, prices int) []peer) ([]result, error) {
	file, err := records(size, o.seed, o.out)
	if err != nil {
		return nil, err
	}
	j := job{Do: "plan", Size: size, File: file, Gap: o.gap, Limit: o.limit, Cores: o.cores, Prices: prices}
	rs := []result{told(size, quickest(func() result { return own(ctx, j, whole, "Entente") }))}
	fmt.Fprintf(w, "### %s: %d parties, %d lots, %d needs, %d units, %d months\n\n", size.Name, size.Parties, size.Lots, size.Needs, size.Units, size.Months)
	if size.Lots > peersLotsMax {
		fmt.Fprintf(w, "No programme for others: it would have millions of columns.\n\n")
		table(w, rs)
		return rs, nil
	}
	for as := range strings.SplitSeq(o.statements, ",") {
		programme, err := state(w, size, as, o, file)
		if err != nil {
			return nil, err
		}
		name := as
		if as == cheapest {
			name = fmt.Sprintf("%s, %d prices proved", as, rs[0].prices)
		}
		for _, p := range peers(as, rs[0].prices) {
			r := quickest(func() result { return p.run(ctx, programme, o) })
			r.programme = name
			rs = append(rs, told(size, r))
		}
		if j.Do, j.As = "embedded", as; as != cheapest {
			rs = append(rs, told(size, quickest(func() result { return own(ctx, j, as, "HiGHS "+highs.Version+" in WebAssembly") })))
		}
	}
	for i := range rs {
		rs[i].world = size.Name
	}
	table(w, rs)
	return rs, nil
}

// quickest is the best of three runs of whoever takes less than a second or two,
// which other work on the machine could double; longer ones are run once.
func quickest(run func() result) result {
	best := run()
	for range 2 {
		if !best.found || best.wall > 2*time.Second {
			break
		}
		if again := run(); again.found && again.wall < best.wall {
			best = again
		}
	}
	return best
}

// told shows on the way how far a race is.
func told(size world.Size, r result) result {
	fmt.Fprintf(os.Stderr, "%s %s: %s, %s\n", size.Name, r.programme, r.runner, seconds(r.wall))
	return r
}

// state writes one programme of a world for others to read.
func state(w io.Writer, size world.Size, as string, o options, file string) (string, error) {
	if !slices.Contains([]string{"textbook", "itemised", cheapest, "plan", "full"}, as) {
		return "", fmt.Errorf("there is no statement %q; write textbook, itemised, cheapest, plan or full", as)
	}
	v, err := view(size, file)
	if err != nil {
		return "", err
	}
	began := time.Now()
	m := statement(as, v)
	built := time.Since(began)
	programme := filepath.Join(o.out, fmt.Sprintf("%s-%s.mps", size.Name, as))
	f, err := os.Create(programme)
	if err != nil {
		return "", fmt.Errorf("write programme: %w", err)
	}
	defer f.Close()
	if err := lp.WriteMPS(f, m); err != nil {
		return "", fmt.Errorf("write programme: %w", err)
	}
	fmt.Fprintf(w, "Programme %s: %d rows, %d columns, %d whole, %d terms; built from a view in %s, which peers are not charged for.\n\n",
		as, m.Rows(), m.Cols(), m.Integers(), m.NonZeros(), seconds(built))
	return programme, f.Close()
}

// own runs a job of the house's.
func own(ctx context.Context, j job, programme, runner string) result {
	r := result{programme: programme, runner: runner, ours: j.Do == "plan", within: near, stages: map[string]time.Duration{}}
	got, took, err := j.ask(ctx, false)
	r.taken = took
	switch {
	case errors.Is(err, errLate):
		r.note = fmt.Sprintf("no answer in %.0f s", j.Limit.Seconds())
		return r
	case err != nil:
		r.note = err.Error()
		return r
	}
	r.found, r.value, r.bound, r.note, r.prices = got.Found, got.Value, got.Bound, got.Note, got.Prices
	if r.found && !r.ours {
		r.note = ""
	}
	for _, s := range got.Stages {
		r.stages[s.Name] = s.Wall
	}
	return r
}

// priced reports whether a result has the costs of the plan taken off.
func priced(r result) bool { return strings.HasPrefix(r.programme, cheapest) }

// agree is an error where somebody's plan is worth more than somebody else has
// proved that any can be. An optimum is both; so two of them must be the same.
// With a price on money a programme's optimum is a little below V.
func agree(rs []result) error {
	for _, a := range rs {
		for _, b := range rs {
			if !a.found || !b.found || a.world != b.world || priced(a) || priced(b) {
				continue
			}
			slack := max(a.within, b.within) * max(1, math.Abs(a.value), math.Abs(b.bound))
			if a.value > b.bound+slack {
				return fmt.Errorf("%s: %s finds %.6f %s, and %s proves at most %.6f %s", a.world, a.runner, a.value, a.programme, b.runner, b.bound, b.programme)
			}
		}
	}
	return nil
}
