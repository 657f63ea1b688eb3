// Package account keeps who may come in: people, the party they belong to and
// their roles in it, what they prove themselves with, and a trail of who changed
// any of it.
//
//	book := account.Open(store, clock, random)      over a desk; Local is who holds the files
//	book.Put(ctx, who, person)                      a person, new or changed
//	book.Disable(ctx, who, id)                      keeps them out, and all their tokens
//	book.Person(ctx, who, id), book.People(ctx, who)
//	book.Issue(ctx, who, account.Token{…}) secret   ent_<id>_<43 characters>, shown once
//	book.Revoke(ctx, who, id), book.Tokens(ctx, who, person)
//	book.Enter(ctx, secret) Caller                  who a token speaks for
//	book.Bootstrap(ctx) secret                      the first keeper's link
//	book.Invite(ctx, who, person, days) secret      anybody else's, inv_<id>_<43 characters>
//	book.Invited(ctx, secret), book.Redeem(ctx, secret, credential)
//	book.Bearer(ctx, kind, id)                      whose passkey or subject this is
//	book.Policies(ctx), book.SetPolicy(ctx, who, name, text)
//	book.Trail(ctx, who, after, most)               what was done
//
// Nothing that lets somebody in is kept, only its SHA-256: a secret has 256
// random bits, so there is nothing to guess and no slow hash is needed. Every
// change is stored together with its act in the trail, both or neither. What a
// caller may not know of answers like what is not there.
package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
	"unicode"

	"entente/access"
	"entente/desk"
	"entente/record"
)

// The drawers of the desk.
const (
	people      desk.Drawer = "people"
	tokens      desk.Drawer = "tokens"
	invitations desk.Drawer = "invitations"
	policies    desk.Drawer = "policies"
	audit       desk.Drawer = "audit"
)

// Errors that callers tell apart; each comes with what to do.
var (
	ErrAbsent = errors.New("there is none that you may know of")
	ErrDenied = errors.New("you may not do this")
	ErrFormer = errors.New("somebody changed it meanwhile; read it again, and then decide")
)

// Book is the book of accounts. It may be used from many goroutines.
type Book struct {
	store  desk.Store
	clock  func() time.Time
	random io.Reader
}

// Open is the book that lies on a desk. The clock and the source of secrets are
// arguments; random must be fit for secrets.
func Open(store desk.Store, clock func() time.Time, random io.Reader) *Book {
	return &Book{store, clock, random}
}

// Person is somebody who may sign in.
type Person struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Party       record.PartyID `json:"party,omitempty"`
	Roles       access.Roles   `json:"roles,omitempty"`
	Keeper      bool           `json:"keeper,omitempty"` // sees and does everything
	Disabled    bool           `json:"disabled,omitempty"`
	Credentials []Credential   `json:"credentials,omitempty"`
	Created     time.Time      `json:"created"`

	revision int64
}

// Credential is one way in which a person proves who they are. What Data means is
// known to who signs people in.
type Credential struct {
	Kind  string          `json:"kind"` // passkey, oidc
	ID    string          `json:"id"`   // unique within its kind: a credential's id, an issuer and subject
	Data  json.RawMessage `json:"data,omitempty"`
	Added time.Time       `json:"added"`
}

// Caller is who acts: a person as they came in, with what that way in allows.
type Caller struct {
	Person string
	access.Reader
}

// Local is who holds the files: a command on the machine where they lie.
var Local = Caller{Person: "local", Reader: access.Keeper}

// Caller is the person with all they may do.
func (p Person) Caller() Caller {
	return Caller{p.ID, access.Reader{Party: p.Party, All: p.Keeper, Roles: p.Roles}}
}

// Revision says which state of the person this is; 0 is one that is new.
func (p Person) Revision() int64 { return p.revision }

var personID = regexp.MustCompile(`^[a-z0-9][a-z0-9.@_-]{0,99}$`)

// fault says in a sentence with its remedy what is wrong with p, or "".
func (p Person) fault() string {
	switch {
	case !personID.MatchString(p.ID) || p.ID == Local.Person:
		return fmt.Sprintf("%q is not a person's id; write lower-case letters, digits and . @ _ -, beginning with a letter or digit, at most 100, and not %s", p.ID, Local.Person)
	case p.Name == "" || len(p.Name) > 200 || slices.ContainsFunc([]rune(p.Name), unicode.IsControl):
		return fmt.Sprintf("%s has no name that people can read; give one of at most 200 bytes", p.ID)
	case p.Party == "" && !p.Keeper:
		return fmt.Sprintf("%s belongs to no party; name one, or make them a keeper", p.ID)
	case p.Party == "" && p.Roles != 0:
		return fmt.Sprintf("%s has roles and no party to hold them in; name one", p.ID)
	}
	return ""
}

// Put stores a person: one that was read, changed, or a new one. Whoever does so
// manages the people of the party that they leave and of the one that they join;
// only a keeper makes keepers. Credentials are not changed by it.
func (b *Book) Put(ctx context.Context, who Caller, p Person) error {
	if says := p.fault(); says != "" {
		return errors.New("account: " + says)
	}
	was, err := find[Person](ctx, b, people, p.ID)
	switch {
	case err != nil && !errors.Is(err, desk.ErrAbsent):
		return err
	case err == nil && p.revision == 0: // ids are shared names: that one is taken is all that is told
		return fmt.Errorf("account: the id %s is taken; choose another", p.ID)
	case was.revision != p.revision:
		return fmt.Errorf("account: put %s: %w", p.ID, ErrFormer)
	}
	g, err := b.gate(ctx, who)
	if err != nil {
		return err
	}
	sides := []Person{p}
	if was.revision > 0 {
		sides = append(sides, was.body)
	}
	for _, side := range sides {
		if err := g.manages(side); err != nil {
			return fmt.Errorf("account: put %s: %w", p.ID, err)
		}
	}
	p.Credentials, p.Created = was.body.Credentials, was.body.Created
	if was.revision == 0 {
		p.Created = b.clock().UTC()
	}
	return b.commit(ctx, Act{By: who.Person, Party: p.Party, Verb: "put", What: "person " + p.ID, Says: differs(was.body, p)},
		store(people, p.ID, was.revision, p))
}

// differs says what of a person changes.
func differs(was, p Person) string {
	if was.ID == "" {
		return fmt.Sprintf("%s of %s: %s", p.Name, p.where(), p.Roles)
	}
	return fmt.Sprintf("%s of %s: %s, %s → %s of %s: %s, %s", was.Name, was.where(), was.Roles, was.state(), p.Name, p.where(), p.Roles, p.state())
}

func (p Person) where() string {
	if p.Keeper {
		return "the keepers"
	}
	return string(p.Party)
}

func (p Person) state() string {
	if p.Disabled {
		return "disabled"
	}
	return "enabled"
}

// Disable keeps a person out; their tokens and credentials are kept, and of no use.
func (b *Book) Disable(ctx context.Context, who Caller, id string) error {
	p, err := b.Person(ctx, who, id)
	if err != nil {
		return err
	}
	p.Disabled = true
	return b.Put(ctx, who, p)
}

// Person finds a person that the caller may know of: themselves, and those of
// whose party they manage or audit the people.
func (b *Book) Person(ctx context.Context, who Caller, id string) (Person, error) {
	p, _, err := b.known(ctx, who, id)
	return p, err
}

// known is Person, with the gate that it passed.
func (b *Book) known(ctx context.Context, who Caller, id string) (Person, gate, error) {
	g, err := b.gate(ctx, who)
	if err != nil {
		return Person{}, g, err
	}
	found, err := find[Person](ctx, b, people, id)
	if errors.Is(err, desk.ErrAbsent) || err == nil && !g.knows(found.body) {
		return Person{}, g, fmt.Errorf("account: person %s: %w", id, ErrAbsent)
	}
	found.body.revision = found.revision
	return found.body, g, err
}

// People lists everybody whom the caller may know of, by id.
func (b *Book) People(ctx context.Context, who Caller) ([]Person, error) {
	g, err := b.gate(ctx, who)
	if err != nil {
		return nil, err
	}
	items, err := all[Person](ctx, b, people)
	list := []Person{}
	for _, i := range items {
		if g.knows(i.body) {
			i.body.revision = i.revision
			list = append(list, i.body)
		}
	}
	return list, err
}

// Bearer is the person who has a credential, as they come in with it.
func (b *Book) Bearer(ctx context.Context, kind, id string) (Person, error) {
	everybody, err := b.People(ctx, Local)
	if err != nil {
		return Person{}, err
	}
	for _, p := range everybody {
		if !p.Disabled && slices.ContainsFunc(p.Credentials, func(c Credential) bool { return c.Kind == kind && c.ID == id }) {
			return p, nil
		}
	}
	return Person{}, fmt.Errorf("account: %s: %w", kind, ErrAbsent)
}

// gate answers what one caller may do.
type gate struct {
	who      Caller
	policies *access.Policies
}

func (b *Book) gate(ctx context.Context, who Caller) (gate, error) {
	p, err := b.Policies(ctx)
	return gate{who, p}, err
}

// may is nil when the caller may do a to what concerns a party. What concerns a
// keeper only keepers do.
func (g gate) may(a access.Action, party record.PartyID, keeper bool) error {
	if keeper && !g.who.All {
		return fmt.Errorf("%w: only a keeper may", ErrDenied)
	}
	if d := g.policies.Decide(access.Principal{Reader: g.who.Reader}, a, access.Resource{By: party}); !d.Allowed {
		return fmt.Errorf("%w: %s; ask an owner of %s, or a keeper", ErrDenied, d.Because, party)
	}
	return nil
}

// manages is nil when the caller may change p.
func (g gate) manages(p Person) error { return g.may(access.Administer, p.Party, p.Keeper) }

// knows reports whether the caller may know of p.
func (g gate) knows(p Person) bool {
	return g.who.Person == p.ID || g.manages(p) == nil || g.may(access.Audit, p.Party, p.Keeper) == nil
}
