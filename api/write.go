package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"entente/access"
	"entente/ledger"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// Accepted says what became of a change.
type Accepted struct {
	State    string     `json:"state" enum:"accepted,proposed,unchanged" doc:"in the register, put up for review, or there already"`
	First    ledger.Seq `json:"first,omitempty" doc:"the first entry"`
	Last     ledger.Seq `json:"last,omitempty" doc:"the last entry"`
	Proposal string     `json:"proposal,omitempty" doc:"the proposal's id"`
	Because  string     `json:"because,omitempty" doc:"the policy that decided"`
}

type acceptedOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   Accepted
}

// Guards are what a change is made on.
type Guards struct {
	IfMatch     string `header:"If-Match" doc:"the ETag of the revision that you read"`
	IfNoneMatch string `header:"If-None-Match" doc:"* when the record must be new" enum:"*"`
	Key         string `header:"Idempotency-Key" doc:"names this request; sent again under it, it is the same request" maxLength:"100"`
	Why         string `header:"Entente-Reason" doc:"why, if the change has to be proposed" maxLength:"500"`
}

// was is the revision that a change replaces.
func (g Guards) was() (ledger.Seq, error) {
	switch {
	case g.IfNoneMatch == "*":
		return 0, nil
	case g.IfMatch == "":
		return 0, refused(http.StatusPreconditionRequired, "On what?", "the request does not say which revision it changes", "send the record's ETag as If-Match, or If-None-Match: * for a new one")
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(g.IfMatch, "W/"), `"`), 10, 64)
	if err != nil || n < 1 {
		return 0, unfit("If-Match is no ETag of a record", "send the ETag as it was given")
	}
	return ledger.Seq(n), nil
}

func (a *API) putRecord(ctx context.Context, in *struct {
	Name
	Guards
	Body Raw
}) (*acceptedOutput, error) {
	k, err := in.key()
	if err != nil {
		return nil, err
	}
	r, err := parse(in.Body)
	if err != nil {
		return nil, fault(err)
	}
	if r.Key() != k {
		return nil, refused(http.StatusUnprocessableEntity, "Two names", "the record is "+r.Key().String()+", and the address names "+k.String(), "send it to its own address")
	}
	return a.one(ctx, in.Guards, k, r)
}

func (a *API) retireRecord(ctx context.Context, in *struct {
	Name
	Guards
}) (*acceptedOutput, error) {
	k, err := in.key()
	if err != nil {
		return nil, err
	}
	return a.one(ctx, in.Guards, k, nil)
}

// parse reads one record.
func parse(text Raw) (record.Record, error) {
	rs, errs := record.Parse("body", text)
	if len(errs) > 0 {
		return nil, errs
	}
	if len(rs) != 1 {
		return nil, unfit("the body is not one record", "send one JSON object")
	}
	return rs[0], nil
}

// one changes one record, on the revision that the guards name.
func (a *API) one(ctx context.Context, g Guards, k record.Key, will record.Record) (*acceptedOutput, error) {
	was, err := g.was()
	if err != nil {
		return nil, err
	}
	s, err := a.writing(ctx)
	if err != nil {
		return nil, err
	}
	edit := shared.Edit{Key: k, Was: was, New: will}
	if old, ok := s.view.Get(k); ok {
		edit.Old = old
	}
	if edit.Old == nil && will == nil {
		return nil, absent(k.String())
	}
	title := edit.Verb() + " " + k.String()
	return a.change(ctx, s, shared.Edits{edit}, title, g)
}

// writing is the sight of somebody who wants to change something.
func (a *API) writing(ctx context.Context) (*seen, error) {
	if a.Shared == nil {
		return nil, refused(http.StatusConflict, "Only to read", "this register is a folder of files", "change the files, or serve a shared register")
	}
	s, err := a.look(ctx, Moment{})
	return s, fault(err)
}

// Batch is several changes.
type Batch struct {
	Put    []Raw    `json:"put,omitempty" doc:"records as they are to be" maxItems:"5000"`
	Retire []string `json:"retire,omitempty" doc:"records to retire, as Kind/id" maxItems:"5000"`
	Size   int64    `json:"size" doc:"the size of the ledger that it was written on; a record that changed since is a conflict" minimum:"0"`
	Title  string   `json:"title" doc:"what it changes, in a line, if it has to be proposed" minLength:"1" maxLength:"200"`
}

func (a *API) batch(ctx context.Context, in *struct {
	Guards
	Body Batch
}) (*acceptedOutput, error) {
	s, edits, err := a.drafted(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, s, edits, in.Body.Title, in.Guards)
}

// drafted is a batch as its author would have it.
func (a *API) drafted(ctx context.Context, b Batch) (*seen, shared.Edits, error) {
	s, err := a.writing(ctx)
	if err != nil {
		return nil, nil, err
	}
	edits, err := a.edits(ctx, s, b)
	return s, edits, fault(err)
}

// edits are a batch's changes on the revisions that its author had read. What
// changes nothing is left out.
func (a *API) edits(ctx context.Context, s *seen, b Batch) (shared.Edits, error) {
	var want []record.Record
	for _, text := range b.Put {
		r, err := parse(text)
		if err != nil {
			return nil, err
		}
		want = append(want, r)
	}
	visible := register.NewTree(s.tree.Settings, s.view.Records()...)
	edits, err := a.Shared.Toward(ctx, visible, min(ledger.Seq(b.Size), s.size), want, false)
	if err != nil {
		return nil, err
	}
	for _, name := range b.Retire {
		kind, id, _ := strings.Cut(name, "/")
		old, err := s.found(Name{kind, id})
		if err != nil {
			return nil, err
		}
		was, err := a.Shared.Ledger.Newest(ctx, []record.Key{old.Key()}, min(ledger.Seq(b.Size), s.size))
		if err != nil {
			return nil, err
		}
		edits = append(edits, shared.Edit{Key: old.Key(), Was: was[0], Old: old})
	}
	return edits, nil
}

// change accepts the edits if the caller may write all of them, proposes them if
// they may only propose one of them, and otherwise refuses.
func (a *API) change(ctx context.Context, s *seen, edits shared.Edits, title string, g Guards) (*acceptedOutput, error) {
	if len(edits) == 0 {
		return &acceptedOutput{Status: http.StatusOK, Body: Accepted{State: "unchanged"}}, nil
	}
	verdict, because, err := a.received(s, edits)
	if err != nil {
		return nil, err
	}
	if err := unbroken(s, edits); err != nil {
		return nil, err
	}
	if verdict == access.Proposal {
		return a.proposed(ctx, s, edits, title, g, because)
	}
	id := a.NewID()
	if g.Key != "" {
		id = fmt.Sprintf("api %s %s", s.caller.Person, g.Key)
	}
	receipt, err := a.Shared.Apply(ctx, ledger.Actor(s.person().String()), id, edits, nil)
	if err != nil {
		return nil, s.conflicted(err)
	}
	return &acceptedOutput{Status: http.StatusOK, ETag: etag(fmt.Sprint(receipt.Last)), Body: Accepted{State: "accepted", First: receipt.First, Last: receipt.Last, Because: because}}, nil
}

// conflicted is what the caller is told of a conflict. Of a record that they may
// not see it tells neither who nor when; that its id is taken cannot be hidden.
func (s *seen) conflicted(err error) error {
	var conflict *ledger.ConflictError
	if !errors.As(err, &conflict) {
		return fault(err)
	}
	for _, c := range conflict.Conflicts {
		if _, seen := s.view.Get(c.Key); !seen && !c.Retired {
			return refused(http.StatusConflict, "The id cannot be used", c.Key.String()+" cannot be stated under this id", "choose another id")
		}
	}
	return fault(err)
}

// received asks the policies about all of the edits: the least that is allowed of
// any of them is allowed of all.
func (a *API) received(s *seen, edits shared.Edits) (verdict access.Verdict, because string, err error) {
	verdict = access.Accept
	for _, e := range edits {
		v, d := s.tree.Policies.Receive(s.principal, resource(e.Old, s), resource(e.New, s))
		switch {
		case d == access.Absent:
			return v, "", absent(e.Key.String())
		case v == access.Refuse:
			return v, "", refused(http.StatusForbidden, "Not allowed", e.Key.String()+" cannot be changed by you: "+d.Because, "ask an owner of the party that states it")
		case v < verdict:
			verdict = v
		}
		because = d.Because
	}
	return verdict, because, nil
}

func resource(r record.Record, s *seen) *access.Resource {
	if r == nil {
		return nil
	}
	stated := access.Stated(r, s.tree.Settings)
	return &stated
}

// unbroken refuses edits after which a record would refer to nothing that the
// caller can see.
func unbroken(s *seen, edits shared.Edits) error {
	after := edits.View(s.view)
	for _, e := range edits {
		if e.New == nil {
			continue
		}
		for _, ref := range record.References(e.New) {
			if _, ok := after.Get(ref.Key); !ok {
				return refused(http.StatusUnprocessableEntity, "It refers to nothing", fmt.Sprintf("%s: there is no %s", e.Key.String()+ref.Path, ref.Key), "state that record first, or in the same batch")
			}
		}
	}
	return nil
}

func (a *API) proposed(ctx context.Context, s *seen, edits shared.Edits, title string, g Guards, because string) (*acceptedOutput, error) {
	id := a.NewID()
	if g.Key != "" {
		id = "api " + s.caller.Person + " " + g.Key
	}
	p, err := proposal.Of(id, title, g.Why, s.person(), a.Now(), edits, proposal.Rules{})
	if err != nil {
		return nil, sentence(err)
	}
	if err := a.board.Propose(ctx, s.actor(), p); err != nil {
		return nil, sentence(err)
	}
	return &acceptedOutput{Status: http.StatusAccepted, Body: Accepted{State: "proposed", Proposal: id, Because: because}}, nil
}

// sentence is bad input that a proposal names with its remedy.
func sentence(err error) error {
	if known := fault(err); known != nil {
		if p, ok := known.(*Problem); ok {
			return p
		}
	}
	says, fix, ok := strings.Cut(err.Error(), "; ")
	if !ok {
		return fault(err)
	}
	return refused(http.StatusUnprocessableEntity, "This cannot be proposed", says, fix)
}
