package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entente/record"
	"entente/register"
	"entente/screen"
	"entente/shared"
)

// Ledger is a shared register, whose past is kept. Whoever serves it has to run
// its Listen.
type Ledger struct{ *shared.Live }

// Tree implements Register. Of a day before the ledger's first entry nothing was
// known; that day is looked at with what is known now, as a folder's is.
func (l Ledger) Tree(ctx context.Context, known record.Date) (*register.Tree, error) {
	k := register.Known{}
	if known != 0 {
		var err error
		if k, err = register.ParseKnown(known.String()); err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
		size, err := k.SizeIn(ctx, l.Register.Ledger)
		if err != nil {
			return nil, err
		}
		if size == 0 {
			k = register.Known{}
		}
	}
	t, _, err := l.Live.Tree(ctx, k)
	return t, err
}

// History implements Register.
func (l Ledger) History(ctx context.Context, v *register.View, k record.Key) ([]screen.Revision, error) {
	size, err := l.Register.Ledger.Size(ctx)
	if err != nil {
		return nil, err
	}
	var list []screen.Revision
	for e, err := range l.Register.Ledger.History(ctx, k, size) {
		if err != nil {
			return nil, err
		}
		may, err := v.MaySeeEntry(ctx, l.Register.Ledger, e)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		says := "changed"
		switch {
		case e.Retired():
			says = "retired"
		case e.Replaces == 0:
			says = "first stated"
		}
		list = append(list, screen.Revision{Seq: int64(e.Seq), When: e.At.UTC().Format(time.DateOnly), By: string(e.Actor), Says: says, Current: len(list) == 0})
	}
	return list, nil
}

// Changed implements Register.
func (l Ledger) Changed(ctx context.Context, seen *register.Tree) error {
	for {
		now, size, err := l.Live.Tree(ctx, register.Known{})
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		if now != seen || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := l.Live.Changed(ctx, size); err != nil {
			return err
		}
	}
}
