package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"entente/ledger"
)

// noLedger is the answer where a register is a folder of files.
func noLedger() error {
	return refused(http.StatusNotFound, "No ledger", "this register is a folder of files, and keeps no past", "serve a shared register")
}

type noteOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// newest is the newest checkpoint that is kept.
func (a *API) newest(ctx context.Context) (ledger.Kept, error) {
	if a.Shared == nil {
		return ledger.Kept{}, noLedger()
	}
	size, err := a.Shared.Ledger.Size(ctx)
	if err != nil {
		return ledger.Kept{}, fault(err)
	}
	for kept, err := range a.Shared.Ledger.Checkpoints(ctx, 0, size) {
		return kept, fault(err)
	}
	return ledger.Kept{}, refused(http.StatusNotFound, "Not signed yet", "the ledger has no checkpoint yet", "ask whoever keeps the register to sign one, with entente checkpoint")
}

func (a *API) checkpoint(ctx context.Context, _ *struct{}) (*noteOutput, error) {
	kept, err := a.newest(ctx)
	if err != nil {
		return nil, err
	}
	return &noteOutput{"text/plain; charset=utf-8", kept.Note}, nil
}

func (a *API) proof(ctx context.Context, in *struct {
	Moment
	Name
}) (*noteOutput, error) {
	kept, err := a.newest(ctx)
	if err != nil {
		return nil, err
	}
	in.Moment.Known = ""
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	k, err := in.key()
	if err != nil {
		return nil, err
	}
	e, ok, err := a.Shared.Ledger.Revision(ctx, k, kept.Size)
	if err != nil {
		return nil, fault(err)
	}
	if !ok || !a.may(ctx, s)(e) {
		return nil, absent(k.String())
	}
	text, err := a.Shared.Ledger.Proof(ctx, k, kept.Note, a.PublicKey)
	if err != nil {
		return nil, fault(err)
	}
	return &noteOutput{"application/json", text}, nil
}

// News is that the register changed. It says nothing of what changed in it.
type News struct {
	Size ledger.Seq `json:"size" doc:"entries of the ledger now"`
}

// events tells that the ledger has grown. Last-Event-ID is the size that the
// client knows of, so that nothing is missed.
func (a *API) events(api huma.API) {
	op := operation(http.MethodGet, "/events", "News of the ledger, as they come", http.StatusOK)
	sse.Register(api, op, map[string]any{"grown": News{}}, func(ctx context.Context, in *struct {
		Last int64 `header:"Last-Event-ID" doc:"the last event that came" minimum:"0"`
	}, send sse.Sender) {
		after := ledger.Seq(in.Last)
		for a.Changed != nil && ctx.Err() == nil {
			if err := a.Changed(ctx, after); err != nil {
				return
			}
			size, err := a.Shared.Ledger.Size(ctx)
			if err != nil {
				return
			}
			if size > after {
				after = size
				if send(sse.Message{ID: int(size), Data: News{size}, Retry: int(2 * time.Second / time.Millisecond)}) != nil {
					return
				}
			}
		}
	})
}
