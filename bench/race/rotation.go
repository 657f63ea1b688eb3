package main

import (
	"context"
	"io"

	"entente/bench/world"
)

// posts is the name of the world in which there is nothing but units and posts.
const posts = "R"

// rotation races on that world.
func rotation(ctx context.Context, w io.Writer, o options) error {
	if o.gap == 0 {
		o.gap = 0.005
	}
	size := world.Size{Name: posts, Parties: 20, Needs: 27, Units: 90, Months: 36}
	rs, err := onWorld(ctx, w, size, o, 0, func(string, int) []peer { return integerPeers() })
	if err != nil {
		return err
	}
	if err := draw(o, "rotation.svg", bars("90 units, 27 posts, 36 months: seconds on the clock, and what was proved then", rs)); err != nil {
		return err
	}
	return agree(rs)
}
