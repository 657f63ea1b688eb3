package main

import (
	"encoding/gob"
	"fmt"
	"os"
	"slices"
	"time"
)

// part is one part in a thousand of sorted times.
func part(sorted []time.Duration, thousandths int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*thousandths/1000, len(sorted)-1)]
}

// times are those of a route, or of all, sorted.
func (r *result) times(route string) []time.Duration {
	var all []time.Duration
	for i, q := range r.plan {
		if route == "" || q.route == route {
			all = append(all, r.took[i])
		}
	}
	slices.Sort(all)
	return all
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

// print reports a run.
func (r *result) print(name string) {
	fmt.Printf("\n%s, ms from when it should have been asked for\n%-14s %8s %8s %8s %8s %8s\n", name, "route", "requests", "p50", "p90", "p99", "max")
	line := func(name, route string) {
		t := r.times(route)
		fmt.Printf("%-14s %8d %8s %8s %8s %8s\n", name, len(t), ms(part(t, 500)), ms(part(t, 900)), ms(part(t, 990)), ms(part(t, 1000)))
	}
	for _, one := range routes {
		line(one.name, one.name)
	}
	line("all", "")
	fmt.Printf("failed %d; batches written %d; events told %d to %d streams\n", r.failed.Load(), r.batches, r.events.Load(), r.open.Load())
	r.firsts.Range(func(says, _ any) bool { fmt.Println(" ", says); return true })
	if r.rate > 0 {
		r.printSeconds()
	}
	fmt.Printf("computed: server %.1f s, generator %.1f s, in %.0f s on the clock; load %s\n", r.server.Seconds(), r.own.Seconds(), r.length.Seconds(), loadOf())
	fmt.Printf("memory of the server every %s, MB:", r.every)
	for _, mb := range r.resident {
		fmt.Printf(" %.0f", mb)
	}
	fmt.Printf("; in the second half %+.1f MB a minute\n", r.slope())
}

// printSeconds reports each second by itself.
func (r *result) printSeconds() {
	for from := 0; from < len(r.took); from += r.rate {
		t := slices.Clone(r.took[from:min(len(r.took), from+r.rate)])
		slices.Sort(t)
		fmt.Printf("  second %3d %8s %8s %8s %8s\n", from/r.rate+1, ms(part(t, 500)), ms(part(t, 900)), ms(part(t, 990)), ms(part(t, 1000)))
	}
}

// slope is by how much memory grew in the second half, by least squares.
func (r *result) slope() float64 {
	half := r.resident[len(r.resident)/2:]
	var x, y, xx, xy float64
	n := float64(len(half))
	for i, mb := range half {
		at := float64(i) * r.every.Minutes()
		x, y, xx, xy = x+at, y+mb, xx+at*at, xy+at*mb
	}
	if n*xx == x*x {
		return 0
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// compare puts the two side by side.
func compare(ours, theirs *result) {
	a, b := ours.times(""), theirs.times("")
	fmt.Printf("\nof bare: p50 %.1f, p99 %.1f times as long; server computed %.1f times as much\n",
		float64(part(a, 500))/float64(part(b, 500)), float64(part(a, 990))/float64(part(b, 990)), float64(ours.server)/float64(max(theirs.server, 1)))
}

// save writes down what was answered, for the bare server.
func (r *result) save(file string) error {
	all := map[string]*answer{}
	r.answers.Range(func(path, a any) bool { all[path.(string)] = a.(*answer); return true })
	r.answers.Clear()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return gob.NewEncoder(f).Encode(all)
}
