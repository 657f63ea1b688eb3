package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/access"
	"entente/desk"
	"entente/ledger"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// Board keeps the proposals of a register.
type Board struct {
	Register *shared.Register
	Rules    Rules // zero is TwoPersons
}

const drawer desk.Drawer = "proposals"

func (b *Board) rules() Rules {
	if b.Rules == (Rules{}) {
		return TwoPersons
	}
	return b.Rules
}

// Actor is who acts, and what they are to the policies.
type Actor struct {
	Person    Person
	Principal access.Principal
}

// Propose puts a proposal up for review. Put up again under the same id, it is
// the same one. A proposal that it replaces is superseded, if its author or
// somebody who may review it says so.
func (b *Board) Propose(ctx context.Context, who Actor, p Proposal) error {
	if p.State != Open || p.By != who.Person {
		return errors.New("only its author puts up a proposal, and an open one")
	}
	t, _, err := b.Register.Tree(ctx, register.Known{})
	if err != nil {
		return err
	}
	if err := mayPropose(who, p.Edits(t), t); err != nil {
		return err
	}
	puts := []desk.Change{put(p, 0)}
	if p.Replaces != "" {
		old, item, err := b.read(ctx, p.Replaces)
		if err != nil {
			return err
		}
		if old = old.Due(p.At); old.State != Open {
			return &Closed{old.ID, old.State}
		}
		if old.By != who.Person && len(speaksFor(who, Touched(old.Edits(t), t.Settings), t.Policies)) == 0 {
			return ErrNotYours
		}
		old.State, old.Replaced = Superseded, p.ID
		puts = append(puts, put(old, item.Revision))
	}
	err = b.Register.Desk.Put(ctx, puts...)
	if errors.Is(err, desk.ErrChanged) {
		if there, _, readErr := b.read(ctx, p.ID); readErr == nil && same(there, p) {
			return nil
		}
		return fmt.Errorf("proposal %s is there already, or the one it replaces changed meanwhile; look again", p.ID)
	}
	return err
}

// mayPropose asks the policies about every change. To retire what the author may
// not see is to retire nothing.
func mayPropose(who Actor, edits shared.Edits, t *register.Tree) error {
	for _, e := range edits {
		verdict, d := t.Policies.Receive(who.Principal, resource(e.Old, t.Settings), resource(e.New, t.Settings))
		switch {
		case d == access.Absent && e.New == nil:
			return fmt.Errorf("there is no %s to retire; leave it out", e.Key)
		case verdict == access.Refuse:
			return fmt.Errorf("%s cannot be proposed: %s; leave it out, or ask somebody who may", e.Key, d.Because)
		}
	}
	return nil
}

// resource is what policies know of a record, nil for none.
func resource(r record.Record, s record.Settings) *access.Resource {
	if r == nil {
		return nil
	}
	stated := access.Stated(r, s)
	return &stated
}

func put(p Proposal, was int64) desk.Change {
	body, err := json.Marshal(p)
	if err != nil {
		panic("proposal: it is always JSON: " + err.Error())
	}
	return desk.Change{Drawer: drawer, Key: p.ID, Was: was, Body: body}
}

func (b *Board) read(ctx context.Context, id string) (Proposal, desk.Item, error) {
	item, err := b.Register.Desk.Get(ctx, drawer, id)
	if errors.Is(err, desk.ErrAbsent) {
		return Proposal{}, item, ErrAbsent
	}
	if err != nil {
		return Proposal{}, item, err
	}
	p, err := parse(item)
	return p, item, err
}

func parse(item desk.Item) (p Proposal, err error) {
	if err := json.Unmarshal(item.Body, &p); err != nil {
		return p, fmt.Errorf("proposal %s cannot be read: %w", item.Key, err)
	}
	return p, nil
}

// sees tells whether a reader may see a proposal.
func (b *Board) sees(who Actor, t *register.Tree) func(Proposal) bool {
	judge := t.Policies.For(who.Principal)
	return func(p Proposal) bool { return Visible(p, p.Edits(t), t.Settings, judge.Sees, who.Person) }
}

// List is the proposals that somebody may see, as they stand at a moment, the
// newest first.
func (b *Board) List(ctx context.Context, who Actor, t *register.Tree, now time.Time) ([]Proposal, error) {
	items, err := desk.All(ctx, b.Register.Desk, drawer)
	if err != nil {
		return nil, err
	}
	sees := b.sees(who, t)
	var list []Proposal
	for _, item := range items {
		p, err := parse(item)
		if err != nil {
			return nil, err
		}
		if sees(p) {
			list = append(list, p.Due(now))
		}
	}
	slices.SortStableFunc(list, func(a, b Proposal) int { return b.At.Compare(a.At) })
	return list, nil
}

// Get is one proposal; one that may not be seen reads as absent.
func (b *Board) Get(ctx context.Context, who Actor, t *register.Tree, id string, now time.Time) (Proposal, error) {
	p, _, err := b.read(ctx, id)
	if err == nil && !b.sees(who, t)(p) {
		err = ErrAbsent
	}
	if err != nil {
		return Proposal{}, err
	}
	return p.Due(now), nil
}

// speaksFor lists the parties among the touched for whom somebody may review all
// that is touched.
func speaksFor(who Actor, touched []access.Resource, policies *access.Policies) []record.PartyID {
	var may []record.PartyID
	for _, party := range parties(touched) {
		all := true
		for _, r := range touched {
			all = all && (r.By != party || policies.Decide(who.Principal, access.Review, r).Allowed)
		}
		if all {
			may = append(may, party)
		}
	}
	return may
}

// Missing lists the parties for which an open proposal still needs approval.
func (b *Board) Missing(p Proposal, t *register.Tree) []record.PartyID {
	return p.missing(parties(Touched(p.Edits(t), t.Settings)), b.rules())
}

// Review gives somebody's word on a proposal. With the last word that it needed,
// its changes are accepted in the ledger, in its author's name; where a record
// changed meanwhile they are not, the proposal stays open, and the error is the
// ledger's *ConflictError. Said again, a word changes nothing.
func (b *Board) Review(ctx context.Context, who Actor, id string, approve bool, why string, now time.Time) (Proposal, error) {
	t, _, err := b.Register.Tree(ctx, register.Known{})
	if err != nil {
		return Proposal{}, err
	}
	for {
		p, item, err := b.read(ctx, id)
		if err == nil && !b.sees(who, t)(p) {
			err = ErrAbsent
		}
		if err != nil {
			return p, err
		}
		if p, err = b.reviewed(p.Due(now), t, who, approve, why, now); err != nil {
			return p, err
		}
		if p.State == Open && len(b.Missing(p, t)) == 0 {
			if p, err = b.accept(ctx, p, t); err != nil {
				return p, err
			}
		}
		if err = b.Register.Desk.Put(ctx, put(p, item.Revision)); !errors.Is(err, desk.ErrChanged) {
			return p, err
		}
	}
}

// reviewed is p with one word more.
func (b *Board) reviewed(p Proposal, t *register.Tree, who Actor, approve bool, why string, now time.Time) (Proposal, error) {
	if p.State != Open {
		return p, &Closed{p.ID, p.State}
	}
	if approve && p.By == who.Person {
		return p, ErrOwn
	}
	speaks := speaksFor(who, Touched(p.Edits(t), t.Settings), t.Policies)
	if len(speaks) == 0 {
		return p, ErrNotYours
	}
	p.Reviews = slices.DeleteFunc(slices.Clone(p.Reviews), func(r Review) bool { return r.By == who.Person })
	p.Reviews = append(p.Reviews, Review{who.Person, now.UTC(), approve, why, speaks})
	if !approve {
		p.State = Rejected
	}
	return p, nil
}

// accept brings the changes into the ledger. The batch is named by the proposal,
// so that they are never accepted twice.
func (b *Board) accept(ctx context.Context, p Proposal, t *register.Tree) (Proposal, error) {
	changes, err := p.Edits(t).Changes()
	if err != nil {
		return p, err
	}
	receipt, err := b.Register.Ledger.Append(ctx, ledger.Actor(p.By.String()), nil, ledger.Batch{ID: "proposal " + p.ID, Changes: changes})
	if err != nil {
		return p, err
	}
	p.State, p.Receipt = Accepted, &receipt
	return p, nil
}

// Withdraw ends a proposal in its author's name.
func (b *Board) Withdraw(ctx context.Context, who Actor, id string, now time.Time) (Proposal, error) {
	for {
		p, item, err := b.read(ctx, id)
		if err == nil && p.By != who.Person {
			err = ErrNotYours
		}
		if err != nil {
			return p, err
		}
		if p = p.Due(now); p.State != Open {
			return p, &Closed{p.ID, p.State}
		}
		p.State = Withdrawn
		if err = b.Register.Desk.Put(ctx, put(p, item.Revision)); !errors.Is(err, desk.ErrChanged) {
			return p, err
		}
	}
}
