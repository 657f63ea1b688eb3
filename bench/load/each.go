package main

import (
	"context"
	"fmt"
	"time"
)

// eachMost is how many different addresses of a route are asked for one by one.
const eachMost = 80

// each asks for the addresses of each route one after the other, twice, and says
// what the server computes for one: the first time it makes the answer, the
// second time it has kept it.
func each(ctx context.Context, p *process, plan []request) error {
	fmt.Printf("\none after the other, ms of the processor for one answer\n%-14s %8s %8s %8s %8s\n", "route", "requests", "made", "kept", "kB")
	var madeAll, keptAll time.Duration
	for _, route := range routes {
		paths := distinct(plan, route.name)
		var took [2]time.Duration
		bytes := 0
		for i := range took {
			before := p.processor()
			for _, path := range paths {
				n, err := size(ctx, p.address+path)
				if err != nil {
					return err
				}
				bytes += n
			}
			took[i] = (p.processor() - before) / time.Duration(max(len(paths), 1))
		}
		madeAll, keptAll = madeAll+took[0]*time.Duration(route.share), keptAll+took[1]*time.Duration(route.share)
		fmt.Printf("%-14s %8d %8s %8s %8d\n", route.name, len(paths), ms(took[0]), ms(took[1]), bytes/2/1000/max(len(paths), 1))
	}
	fmt.Printf("%-14s %8s %8s %8s\n", "the mix", "", ms(madeAll/100), ms(keptAll/100))
	return nil
}

// distinct are the addresses of a route in a plan, in order, none of them twice.
func distinct(plan []request, route string) (paths []string) {
	seen := map[string]bool{}
	for _, q := range plan {
		if q.route == route && !seen[q.path] && len(paths) < eachMost {
			seen[q.path] = true
			paths = append(paths, q.path)
		}
	}
	return paths
}
