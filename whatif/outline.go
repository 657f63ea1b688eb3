package whatif

import (
	"context"

	"entente/plan"
	"entente/register"
)

// outline is the outline of a board's game; see plan.Outline.
type outline struct {
	board *board
	of    *plan.Outline
}

// outline is nil where the game has none.
func (p *board) outline(ctx context.Context) (*outline, error) {
	without := make([]*register.View, len(p.players))
	for i, id := range p.players {
		without[i] = p.leaving(id).on(p.view)
	}
	o, err := p.evaluator.Outline(ctx, p.view, without)
	if o == nil || err != nil {
		return nil, err
	}
	return &outline{p, o}, nil
}

// along values coalitions one after the other, each part of the one before.
func (o *outline) along(ctx context.Context, ask []coalition) ([]float64, error) {
	walk, err := o.of.Walk(ctx)
	return o.values(ctx, walk, err, ask)
}

func (o *outline) values(ctx context.Context, walk *plan.OutlineWalk, err error, ask []coalition) ([]float64, error) {
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

// ends values the coalitions of nobody, one, all but one, and all.
func (o *outline) ends(ctx context.Context) (*ends, error) {
	p := o.board
	high, low := []coalition{p.everybody()}, []coalition{p.nobody()}
	for i := range p.players {
		high, low = append(high, p.everybody().without(i)), append(low, p.nobody().with(i))
	}
	most, err := o.along(ctx, high)
	if err != nil {
		return nil, err
	}
	walk, err := o.of.Climb(ctx)
	least, err := o.values(ctx, walk, err, low)
	if err != nil {
		return nil, err
	}
	return &ends{all: most[0], lasts: most[1:], none: least[0], first: least[1:]}, nil
}
