package whatif

import (
	"context"

	"entente/plan"
	"entente/register"
)

// played is a game whose coalitions can be valued one after the other, each part of
// the one before.
type played interface {
	along(ctx context.Context, ask []coalition) ([]float64, error)
}

// outline is the outline of a board's game; see plan.Outline.
type outline struct{ of *plan.Outline }

// spans is into how many spans of months outlines take a game, the finest first.
var spans = []int{8, 1}

// outlines are those that the game has.
func (p *board) outlines(ctx context.Context) ([]played, error) {
	without := make([]*register.View, len(p.players))
	for i, id := range p.players {
		without[i] = p.leaving(id).on(p.view)
	}
	found := make([]*plan.Outline, len(spans))
	err := parallel(ctx, len(spans), func(ctx context.Context, i int) (err error) {
		found[i], err = p.evaluator.Outline(ctx, p.view, without, spans[i])
		return err
	})
	var games []played
	for _, o := range found {
		if o != nil {
			games = append(games, &outline{o})
		}
	}
	return games, err
}

func (o *outline) along(ctx context.Context, ask []coalition) ([]float64, error) {
	walk, err := o.of.Walk(ctx)
	if err != nil {
		return nil, err
	}
	defer walk.End()
	found := make([]float64, len(ask))
	for k, c := range ask {
		if found[k], err = walk.To(ctx, func(i int) bool { return c[i:i+1] == stays }); err != nil {
			return nil, err
		}
	}
	return found, nil
}
