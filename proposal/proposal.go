// Package proposal keeps changes of a shared register that somebody proposes and
// others review.
//
// A proposal is a change set with a reason. It names the revision of each record
// that its author had read, and the parties whose records it touches. It enters
// the register when, for each of these parties, enough people who may speak for
// it have approved, none of whom is its author: two people at least stand behind
// every fact. One rejection by somebody who may speak for a party it touches ends
// it; so do its author, a proposal in its place, and its day.
//
// A Proposal is a value and its verbs are pure; a Board keeps proposals on a desk
// and brings the accepted ones into the ledger.
package proposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/access"
	"entente/ledger"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// State is where a proposal stands.
type State string

// The states. Only an open proposal can change.
const (
	Open       State = "open"
	Accepted   State = "accepted"   // its changes are in the register
	Rejected   State = "rejected"   // by somebody who may speak for a party it touches
	Withdrawn  State = "withdrawn"  // by its author
	Superseded State = "superseded" // by another proposal
	Expired    State = "expired"    // its day came first
)

// Proposal is a change set under review.
type Proposal struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Why     string    `json:"why,omitempty"`
	By      Person    `json:"by"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
	Changes []Change  `json:"changes"`
	State   State     `json:"state"`
	Reviews []Review  `json:"reviews,omitempty"`

	Replaces string          `json:"replaces,omitempty"` // the proposal in whose place it stands
	Replaced string          `json:"replaced,omitempty"` // the one that stands in its place
	Receipt  *ledger.Receipt `json:"receipt,omitempty"`  // of an accepted one
}

// Person is somebody who acts: their name, and the party for which they do.
type Person struct {
	Name  string         `json:"name"`
	Party record.PartyID `json:"party,omitempty"`
}

// String is how a ledger names the person.
func (p Person) String() string {
	if p.Party == "" {
		return p.Name
	}
	return p.Name + ", " + string(p.Party)
}

// Change is one record as it is to be. Was is the entry that its author had read.
type Change struct {
	Kind record.Kind     `json:"kind"`
	ID   string          `json:"id"`
	Was  ledger.Seq      `json:"was,omitempty"`
	Put  json.RawMessage `json:"put,omitempty"` // canonical; absent retires the record
}

// Key names the record.
func (c Change) Key() record.Key { return record.Key{Kind: c.Kind, ID: c.ID} }

// record is the record as it is to be, nil where it is to be retired. What a
// Board keeps was checked when it was proposed.
func (c Change) record() record.Record {
	if c.Put == nil {
		return nil
	}
	rs, errs := record.Parse("proposal.json", c.Put)
	if len(errs) > 0 || len(rs) != 1 {
		panic(fmt.Sprintf("proposal: the change of %s cannot be read: %v", c.Key(), errs))
	}
	return rs[0]
}

// Review is one person's word. For are the parties that they spoke for.
type Review struct {
	By      Person           `json:"by"`
	At      time.Time        `json:"at"`
	Approve bool             `json:"approve"`
	Why     string           `json:"why,omitempty"`
	For     []record.PartyID `json:"for"`
}

// Rules say how much review a change needs.
type Rules struct {
	Approvals int           // for each party touched, by people other than the author
	Lasts     time.Duration // how long a proposal stands when it does not say
}

// TwoPersons is the rule where none is given: somebody else must approve, within
// thirty days.
var TwoPersons = Rules{Approvals: 1, Lasts: 30 * 24 * time.Hour}

// Errors of proposals. They are for people: a sentence and a remedy.
var (
	ErrAbsent   = errors.New("there is no such proposal; list the open ones to see which there are")
	ErrNotYours = errors.New("no policy permits it; ask an owner or co-ordinator of a party that it touches")
	ErrOwn      = errors.New("nobody approves their own proposal; ask another person")
)

// Closed reports that a proposal is not open any more.
type Closed struct {
	ID    string
	State State
}

// Error is the sentence and the remedy.
func (c *Closed) Error() string {
	return fmt.Sprintf("proposal %s is %s; make a new one", c.ID, c.State)
}

// Of makes a proposal of edits. The id is the caller's and must be new; zero
// rules are TwoPersons.
func Of(id, title, why string, by Person, at time.Time, edits shared.Edits, rules Rules) (Proposal, error) {
	switch {
	case title == "":
		return Proposal{}, errors.New("a proposal needs a title; say in a line what it changes")
	case by.Name == "":
		return Proposal{}, errors.New("a proposal needs an author; say who proposes it")
	case len(edits) == 0:
		return Proposal{}, errors.New("a proposal must change something; the register says all of this already")
	case len(edits) > changesMax:
		return Proposal{}, fmt.Errorf("a proposal may change %d records, not %d; nobody could review it; split it", changesMax, len(edits))
	}
	if rules == (Rules{}) {
		rules = TwoPersons
	}
	p := Proposal{ID: id, Title: title, Why: why, By: by, At: at.UTC(), Expires: at.Add(rules.Lasts).UTC(), State: Open}
	for _, e := range edits {
		c := Change{Kind: e.Key.Kind, ID: e.Key.ID, Was: e.Was}
		if e.New != nil {
			c.Put = record.Canonical(e.New)
		}
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}

// changesMax bounds what people are asked to review at once.
const changesMax = 5000

// Edits are the changes on top of what a tree says now.
func (p Proposal) Edits(t *register.Tree) shared.Edits {
	there := make(map[record.Key]record.Record, len(p.Changes))
	for _, r := range t.Records {
		there[r.Key()] = r
	}
	var edits shared.Edits
	for _, c := range p.Changes {
		edits = append(edits, shared.Edit{Key: c.Key(), Was: c.Was, Old: there[c.Key()], New: c.record()})
	}
	return edits
}

// Due is p as it is at a moment: an open proposal whose day has come is expired.
func (p Proposal) Due(now time.Time) Proposal {
	if p.State == Open && now.After(p.Expires) {
		p.State = Expired
	}
	return p
}

// Touched are the resources that the edits change, before and after.
func Touched(edits shared.Edits, s record.Settings) []access.Resource {
	var touched []access.Resource
	for _, e := range edits {
		for _, r := range []record.Record{e.Old, e.New} {
			if r != nil {
				touched = append(touched, access.Stated(r, s))
			}
		}
	}
	return touched
}

// parties are those who state the resources.
func parties(of []access.Resource) []record.PartyID {
	var ps []record.PartyID
	for _, r := range of {
		if !slices.Contains(ps, r.By) {
			ps = append(ps, r.By)
		}
	}
	slices.Sort(ps)
	return ps
}

// Visible reports whether a reader may see a proposal: whether they may see all
// that it changes, as it is and as it is to be. Its author wrote what is to be,
// and so need not ask for that.
func Visible(p Proposal, edits shared.Edits, s record.Settings, reads func(access.Resource) bool, who Person) bool {
	author := who.Name != "" && p.By == who
	return !slices.ContainsFunc(edits, func(e shared.Edit) bool {
		was, will := resource(e.Old, s), resource(e.New, s)
		return was != nil && !reads(*was) || will != nil && !author && !reads(*will)
	})
}

// missing lists the parties for which too few people have approved.
func (p Proposal) missing(touched []record.PartyID, rules Rules) []record.PartyID {
	var missing []record.PartyID
	for _, party := range touched {
		approved := map[Person]bool{}
		for _, r := range p.Reviews {
			if r.Approve && r.By != p.By && slices.Contains(r.For, party) {
				approved[r.By] = true
			}
		}
		if len(approved) < rules.Approvals {
			missing = append(missing, party)
		}
	}
	return missing
}

// same reports whether two proposals ask for the same.
func same(a, b Proposal) bool {
	return a.By == b.By && a.Title == b.Title && slices.EqualFunc(a.Changes, b.Changes, func(x, y Change) bool {
		return x.Key() == y.Key() && x.Was == y.Was && bytes.Equal(x.Put, y.Put)
	})
}
