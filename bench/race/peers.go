package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// near is how far an optimum may be off, as a share: what a solver calls optimal.
const near = 1e-6

// peer is another solver, run as a process of its own on a programme in a file.
// The programme is the least of what is negated, as lp.WriteMPS states it.
type peer struct {
	name    string
	command func(file string, o options) []string
	begins  *regexp.Regexp // what it says when it has read the file; nil where it says all at the end
	value   *regexp.Regexp // and what it found
	bound   *regexp.Regexp // and proved, where that is another; an optimum is its own bound
	within  float64        // how far from the optimum its own tolerance lets it end
	missing string         // how to get it
}

var (
	//go:embed highs.py
	highsScript string
	//go:embed ortools.py
	ortoolsScript string
	//go:embed prices.py
	pricesScript string

	begins  = regexp.MustCompile(`(?m)^solve$`)
	optimum = regexp.MustCompile(`(?m)^optimum (\S+)`)
	bound   = regexp.MustCompile(`(?m)^bound (\S+)`)
)

const (
	getPython = "make peers, and name that Python with -python"
	getDebian = "make peers"
)

func script(text string, args ...string) func(string, options) []string {
	return func(file string, o options) []string {
		return append([]string{o.python, "-c", text, file, fmt.Sprint(o.limit.Seconds()), fmt.Sprint(o.gap)}, args...)
	}
}

// linearPeers find the optimum of a programme without whole numbers.
func linearPeers() []peer {
	return []peer{
		{"CLP, dual simplex", func(file string, o options) []string {
			return []string{"clp", file, "-seconds", fmt.Sprint(int(o.limit.Seconds())), "-dualsimplex", "-quit"}
		}, regexp.MustCompile(`(?m)^Model was imported`), regexp.MustCompile(`(?m)^Optimal objective (\S+) `), nil, near, getDebian},
		{"HiGHS native, as it comes", script(highsScript, "choose"), begins, optimum, nil, near, getPython},
		{"HiGHS native, interior point", script(highsScript, "ipm"), begins, optimum, nil, near, getPython},
		{"GLOP", script(ortoolsScript, "GLOP"), begins, optimum, nil, near, getPython},
		{"PDLP", script(ortoolsScript, "PDLP"), begins, optimum, nil, 1e-3, getPython},
		{"GLPK", func(file string, o options) []string {
			return []string{"glpsol", "--freemps", file, "--tmlim", fmt.Sprint(int(o.limit.Seconds())), "-o", "/dev/stdout"}
		}, regexp.MustCompile(`(?m)^GLPK Simplex Optimizer`), regexp.MustCompile(`(?m)^Status:\s+OPTIMAL\nObjective:\s+COST = (\S+) `), nil, near, getDebian},
	}
}

// pricingPeers find a plan that is cheap as well, and then prove so many prices,
// by solving again: what an explained plan is asked for, but for its reasons.
func pricingPeers(prices int) []peer {
	if prices == 0 {
		return linearPeers()[:2]
	}
	return []peer{
		{"CLP, dual simplex", script(pricesScript, "clp", fmt.Sprint(prices)), begins, optimum, nil, near, getPython},
		{"HiGHS native, as it comes", script(pricesScript, "highs", fmt.Sprint(prices)), begins, optimum, nil, near, getPython},
	}
}

// integerPeers find whole numbers, and a bound on all there are.
func integerPeers() []peer {
	return []peer{
		{"HiGHS native", script(highsScript, "choose"), begins, optimum, bound, near, getPython},
		{"HiGHS native, interior point at the root", script(highsScript, "ipm"), begins, optimum, bound, near, getPython},
		{"CBC", func(file string, o options) []string {
			return []string{"cbc", file, "-timeMode", "elapsed", "-seconds", fmt.Sprint(int(o.limit.Seconds())), "-ratio", fmt.Sprint(o.gap), "-solve", "-quit"}
		}, nil, regexp.MustCompile(`(?m)^Objective value:\s+(\S+)`), regexp.MustCompile(`(?m)^Lower bound:\s+(\S+)`), near, getDebian},
	}
}

// run measures a peer.
func (p peer) run(ctx context.Context, file string, o options) result {
	r := result{runner: p.name, within: p.within}
	// Some are slow to notice that their time is up.
	out, took, err := process(ctx, p.command(file, o), o.limit*3/2+20*time.Second, p.begins, false)
	r.taken = took
	if took.loaded > 0 {
		r.stages = map[string]time.Duration{"load": took.loaded, "solve": took.wall - took.loaded}
	}
	value, found := read(p.value, out)
	switch {
	case errors.Is(err, errAbsent):
		r.note = "not here: " + p.missing
	case found:
		r.found, r.value, r.bound = true, value, value
		if p.bound != nil {
			if r.bound, found = read(p.bound, out); !found {
				r.bound = r.value // ended with a proof, and says no bound beside it
			}
		}
	case took.wall >= o.limit || errors.Is(err, errLate):
		r.note = fmt.Sprintf("no answer in %.0f s", o.limit.Seconds())
	case err != nil:
		r.note = err.Error()
	default:
		r.note = "no optimum"
	}
	return r
}

func read(form *regexp.Regexp, out string) (float64, bool) {
	found := form.FindStringSubmatch(out)
	if found == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(found[1]), 64)
	return 0 - v, err == nil
}

// versions says which peers there are.
func versions(o options) []string {
	var found []string
	for _, p := range []struct {
		name    string
		command []string
		version *regexp.Regexp
	}{
		{"CLP", []string{"clp", "-quit"}, regexp.MustCompile(`LP version (\S+?),`)},
		{"CBC", []string{"cbc", "-quit"}, regexp.MustCompile(`Version: (\S+)`)},
		{"GLPK", []string{"glpsol", "--version"}, regexp.MustCompile(`GLPK LP/MIP Solver (\S+)`)},
		{"highspy", []string{o.python, "-m", "pip", "show", "highspy"}, regexp.MustCompile(`(?m)^Version: (\S+)`)},
		{"OR-tools", []string{o.python, "-m", "pip", "show", "ortools"}, regexp.MustCompile(`(?m)^Version: (\S+)`)},
	} {
		out, err := exec.Command(p.command[0], p.command[1:]...).Output()
		if v := p.version.FindSubmatch(out); err == nil && v != nil {
			found = append(found, p.name+" "+string(v[1]))
		}
	}
	return found
}
