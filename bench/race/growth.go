package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"entente/bench/world"
)

// lotsPerNeed is what M and L have.
const lotsPerNeed = 25

// grown is M with another number of lots: needs grow with them, and all else, the
// places, resources, parties, funds and months, stays. So everything that is
// there meets more and more that is like it.
func grown(lots int) world.Size {
	size := world.M
	size.Name, size.Lots, size.Needs, size.Units = fmt.Sprintf("M%d", lots), lots, max(1, lots/lotsPerNeed), 0
	return size
}

// point is what one size took.
type point struct {
	lots int
	result
}

// growth shows how time grows with the number of lots. The same is done at every
// size: no prices are proved, as they are not on large registers.
func growth(ctx context.Context, w io.Writer, o options) error {
	if o.gap == 0 {
		o.gap = 0.01
	}
	var points []point
	for text := range strings.SplitSeq(o.lots, ",") {
		lots, err := strconv.Atoi(text)
		if err != nil || lots < 1 {
			return fmt.Errorf("%q is no number of lots", text)
		}
		size := grown(lots)
		file, err := records(size, o.seed, o.out)
		if err != nil {
			return err
		}
		r := own(ctx, job{Do: "plan", Size: size, File: file, Gap: o.gap, Limit: o.limit, Cores: o.cores}, whole, "Entente")
		points = append(points, point{lots, r})
		if !r.found {
			break // what is larger takes longer
		}
	}
	growthTable(w, points)
	wall, cpu := slope(points, func(r result) time.Duration { return r.wall }), slope(points, func(r result) time.Duration { return r.cpu })
	fmt.Fprintf(w, "Slope of time against lots, both as logarithms: %.2f on the clock, %.2f of the processor.\n\n", wall, cpu)
	return draw(o, "growth.svg", curve(points, wall))
}

// slope is that of the straight line nearest to the points, in logarithms: the
// power of the number of lots with which time grows.
func slope(points []point, of func(result) time.Duration) float64 {
	var n, sx, sy, sxx, sxy float64
	for _, p := range points {
		if p.found {
			x, y := math.Log(float64(p.lots)), math.Log(of(p.result).Seconds())
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
		}
	}
	if n < 2 {
		return math.NaN()
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
