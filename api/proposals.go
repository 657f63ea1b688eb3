package api

import (
	"context"
	"net/http"

	"entente/proposal"
	"entente/record"
)

type proposalsOutput struct {
	Body struct {
		Proposals []proposal.Proposal `json:"proposals"`
	}
}

func (a *API) proposals(ctx context.Context, in *struct {
	State string `query:"state" doc:"only those in this state" enum:"open,accepted,rejected,withdrawn,superseded,expired"`
}) (*proposalsOutput, error) {
	out := &proposalsOutput{}
	out.Body.Proposals = []proposal.Proposal{}
	if a.Shared == nil {
		return out, nil
	}
	s, err := a.look(ctx, Moment{})
	if err != nil {
		return nil, fault(err)
	}
	list, err := a.board.List(ctx, s.actor(), s.tree, a.Now())
	if err != nil {
		return nil, fault(err)
	}
	for _, p := range list {
		if in.State == "" || string(p.State) == in.State {
			out.Body.Proposals = append(out.Body.Proposals, p)
		}
	}
	return out, nil
}

// Weighed is a proposal with what it would do, as its reader would see it.
type Weighed struct {
	Proposal proposal.Proposal `json:"proposal"`
	Edits    []Edit            `json:"edits"`
	Raised   []Finding         `json:"raised" doc:"findings that there would be"`
	Cleared  []Finding         `json:"cleared" doc:"findings that there would be no more"`
	Missing  []string          `json:"missing" doc:"the parties for which somebody must still approve"`
}

// Edit is one record as it is to be changed.
type Edit struct {
	Record string       `json:"record" doc:"Kind/id"`
	Verb   string       `json:"verb" enum:"add,change,retire"`
	Fields []Difference `json:"fields"`
}

// Difference is one field of a change.
type Difference struct {
	Path string `json:"path" doc:"a JSON pointer; empty for the whole record"`
	Old  any    `json:"old,omitempty"`
	New  any    `json:"new,omitempty"`
}

type weighedOutput struct{ Body Weighed }

func (a *API) proposal(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"200"`
}) (*weighedOutput, error) {
	s, p, err := a.seen(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	edits := p.Edits(s.tree)
	e := proposal.EffectsOf(s.view, edits)
	out := Weighed{Proposal: p, Edits: []Edit{}, Raised: findingsOf(e.Raised), Cleared: findingsOf(e.Cleared), Missing: []string{}}
	for _, edit := range edits {
		fields := []Difference{}
		for _, d := range edit.Fields() {
			fields = append(fields, differenceOf(d))
		}
		out.Edits = append(out.Edits, Edit{edit.Key.String(), edit.Verb(), fields})
	}
	if p.State == proposal.Open {
		for _, party := range a.board.Missing(p, s.tree) {
			out.Missing = append(out.Missing, string(party))
		}
	}
	return &weighedOutput{out}, nil
}

func differenceOf(d record.Difference) Difference {
	out := Difference{Path: d.Path}
	if d.Old != nil {
		out.Old = d.Old
	}
	if d.New != nil {
		out.New = d.New
	}
	return out
}

// seen is a proposal that the caller may see.
func (a *API) seen(ctx context.Context, id string) (*seen, proposal.Proposal, error) {
	if a.Shared == nil {
		return nil, proposal.Proposal{}, absent("the proposal")
	}
	s, err := a.look(ctx, Moment{})
	if err != nil {
		return nil, proposal.Proposal{}, fault(err)
	}
	p, err := a.board.Get(ctx, s.actor(), s.tree, id, a.Now())
	return s, p, fault(err)
}

func (a *API) propose(ctx context.Context, in *struct {
	Guards
	Body Batch
}) (*acceptedOutput, error) {
	s, edits, err := a.drafted(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.received(s, edits); err != nil {
		return nil, err
	}
	if err := unbroken(s, edits); err != nil {
		return nil, err
	}
	out, err := a.proposed(ctx, s, edits, in.Body.Title, in.Guards, "")
	if out != nil {
		out.Status = http.StatusCreated
	}
	return out, err
}

type proposalOutput struct{ Body proposal.Proposal }

func (a *API) review(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Approve bool   `json:"approve" doc:"approve it, or reject it"`
		Why     string `json:"why,omitempty" maxLength:"2000"`
	}
}) (*proposalOutput, error) {
	s, _, err := a.seen(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.board.Review(ctx, s.actor(), in.ID, in.Body.Approve, in.Body.Why, a.Now())
	return &proposalOutput{p}, fault(err)
}

func (a *API) withdraw(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"200"`
}) (*proposalOutput, error) {
	s, _, err := a.seen(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.board.Withdraw(ctx, s.actor(), in.ID, a.Now())
	return &proposalOutput{p}, fault(err)
}
