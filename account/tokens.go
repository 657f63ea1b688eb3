package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entente/access"
	"entente/desk"
)

// Token lets a program in, in the name of a person. It may do what both it and
// the person may.
type Token struct {
	ID      string       `json:"id"`
	Person  string       `json:"person"`
	Name    string       `json:"name"` // what it is for
	Roles   access.Roles `json:"roles,omitempty"`
	Keeper  bool         `json:"keeper,omitempty"`
	Hash    []byte       `json:"hash"`
	Created time.Time    `json:"created"`
	Expires time.Time    `json:"expires,omitzero"` // never, when zero
	Used    time.Time    `json:"used,omitzero"`    // last, to within usedEvery
	Revoked time.Time    `json:"revoked,omitzero"`
}

// usedEvery is how often the last use of a token is written down.
const usedEvery = time.Hour

// Issue makes a token as want says, and returns its secret, which is shown this
// once. People issue their own, with no more than they came in with; who manages
// the people of a party issues any of theirs.
func (b *Book) Issue(ctx context.Context, who Caller, want Token) (secret string, t Token, err error) {
	p, g, err := b.known(ctx, who, want.Person)
	if err != nil {
		return "", t, err
	}
	manages := g.manages(p) == nil
	switch {
	case want.Name == "" || len(want.Name) > 200:
		return "", t, errors.New("account: a token needs a name of at most 200 bytes that says what it is for")
	case !want.Expires.IsZero() && !want.Expires.After(b.clock()):
		return "", t, errors.New("account: the token would have expired before it is issued; name a later day")
	case want.Roles&^p.Roles != 0 || want.Keeper && !p.Keeper:
		return "", t, fmt.Errorf("account: a token of %s: %w: they do not have these roles themselves", p.ID, ErrDenied)
	case !manages && who.Person != p.ID:
		return "", t, fmt.Errorf("account: a token of %s: %w", p.ID, ErrDenied)
	case !manages && (want.Roles&^who.Roles != 0 || want.Keeper && !who.All):
		return "", t, fmt.Errorf("account: a token of %s: %w: you came in with fewer roles", p.ID, ErrDenied)
	}
	t = Token{Person: p.ID, Name: want.Name, Roles: want.Roles, Keeper: want.Keeper, Created: b.clock().UTC(), Expires: want.Expires}
	if t.ID, secret, t.Hash, err = b.mint(tokenPrefix); err != nil {
		return "", t, err
	}
	act := Act{By: who.Person, Party: p.Party, Verb: "issue", What: "token " + t.ID, Says: fmt.Sprintf("for %s: %s, %s", p.ID, t.Name, t.Roles)}
	return secret, t, b.commit(ctx, act, store(tokens, t.ID, 0, t))
}

// Tokens lists the tokens of a person, by id.
func (b *Book) Tokens(ctx context.Context, who Caller, person string) ([]Token, error) {
	if _, err := b.Person(ctx, who, person); err != nil {
		return nil, err
	}
	items, err := all[Token](ctx, b, tokens)
	list := []Token{}
	for _, i := range items {
		if i.body.Person == person {
			list = append(list, i.body)
		}
	}
	return list, err
}

// Revoke ends a token at once and for good.
func (b *Book) Revoke(ctx context.Context, who Caller, id string) error {
	t, err := find[Token](ctx, b, tokens, id)
	if err != nil && !errors.Is(err, desk.ErrAbsent) {
		return err
	}
	p, g, err := b.known(ctx, who, t.body.Person)
	switch {
	case errors.Is(err, ErrAbsent):
		return fmt.Errorf("account: token %s: %w", id, ErrAbsent)
	case err != nil || !t.body.Revoked.IsZero():
		return err
	case who.Person != p.ID:
		if err := g.manages(p); err != nil {
			return fmt.Errorf("account: revoke token %s: %w", id, err)
		}
	}
	t.body.Revoked = b.clock().UTC()
	return b.commit(ctx, Act{By: who.Person, Party: p.Party, Verb: "revoke", What: "token " + id, Says: fmt.Sprintf("of %s: %s", p.ID, t.body.Name)},
		store(tokens, id, t.revision, t.body))
}

// Enter is who a token speaks for. Whoever does not hold its secret learns
// nothing, not even whether there is such a token.
func (b *Book) Enter(ctx context.Context, secret string) (Caller, error) {
	id, ok := idOf(tokenPrefix, secret)
	t, err := find[Token](ctx, b, tokens, id)
	if err != nil && !errors.Is(err, desk.ErrAbsent) {
		return Caller{}, err
	}
	if !fits(secret, t.body.Hash) || !ok {
		return Caller{}, fmt.Errorf("account: enter: %w: the token is not known; ask for a new one", ErrDenied)
	}
	now := b.clock().UTC()
	p, err := find[Person](ctx, b, people, t.body.Person)
	switch {
	case err != nil && !errors.Is(err, desk.ErrAbsent):
		return Caller{}, err
	case !t.body.Revoked.IsZero():
		return Caller{}, fmt.Errorf("account: enter: %w: the token was revoked; ask for a new one", ErrDenied)
	case !t.body.Expires.IsZero() && !now.Before(t.body.Expires):
		return Caller{}, fmt.Errorf("account: enter: %w: the token has expired; ask for a new one", ErrDenied)
	case err != nil || p.body.Disabled:
		return Caller{}, fmt.Errorf("account: enter: %w: the person is disabled; ask who manages the people of your party", ErrDenied)
	}
	if now.Sub(t.body.Used) >= usedEvery {
		t.body.Used = now
		if err := b.put(ctx, store(tokens, id, t.revision, t.body)); err != nil && !errors.Is(err, ErrFormer) {
			return Caller{}, err // another entry wrote it down
		}
	}
	caller := p.body.Caller()
	caller.Roles &= t.body.Roles
	caller.All = caller.All && t.body.Keeper
	return caller, nil
}
