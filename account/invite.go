package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/desk"
)

// invitation lets a person sign in once, to leave a credential.
type invitation struct {
	Person  string    `json:"person"`
	Hash    []byte    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// bootstrapDays is how long the first keeper has to come in.
const bootstrapDays = 7

// Bootstrap is the link of a register's first keeper: a person "keeper", made if
// there is none, and a secret that lets them leave a credential. Asked again
// before they did, it gives a new secret, and the old one is void. Once a keeper
// can sign in it is refused for ever.
func (b *Book) Bootstrap(ctx context.Context) (secret string, err error) {
	everybody, err := b.People(ctx, Local)
	if err != nil {
		return "", err
	}
	first := Person{ID: "keeper", Name: "Keeper", Keeper: true}
	for _, p := range everybody {
		if p.Keeper && len(p.Credentials) > 0 {
			return "", fmt.Errorf("account: bootstrap: %w: a keeper can sign in already; ask them for an invitation", ErrDenied)
		}
		if p.ID == first.ID {
			first = p
		}
	}
	first.Keeper, first.Disabled = true, false
	if err := b.Put(ctx, Local, first); err != nil {
		return "", err
	}
	return b.Invite(ctx, Local, first.ID, bootstrapDays)
}

// Invite is a secret with which a person can leave a credential, once, within so
// many days. Their earlier invitations are void.
func (b *Book) Invite(ctx context.Context, who Caller, person string, days int) (secret string, err error) {
	p, g, err := b.known(ctx, who, person)
	if err != nil {
		return "", err
	}
	if err := g.manages(p); err != nil {
		return "", fmt.Errorf("account: invite %s: %w", person, err)
	}
	if days < 1 || days > 365 {
		return "", errors.New("account: an invitation is for 1 to 365 days")
	}
	changes, err := b.void(ctx, person)
	if err != nil {
		return "", err
	}
	made := invitation{Person: person, Expires: b.clock().UTC().AddDate(0, 0, days)}
	id, secret, hash, err := b.mint(invitationPrefix)
	if err != nil {
		return "", err
	}
	made.Hash = hash
	act := Act{By: who.Person, Party: p.Party, Verb: "invite", What: "person " + person, Says: "until " + made.Expires.Format(time.DateOnly)}
	return secret, b.commit(ctx, act, append(changes, store(invitations, id, 0, made))...)
}

// void removes the invitations of a person.
func (b *Book) void(ctx context.Context, person string) ([]desk.Change, error) {
	items, err := all[invitation](ctx, b, invitations)
	var changes []desk.Change
	for _, i := range items {
		if i.body.Person == person {
			changes = append(changes, desk.Change{Drawer: invitations, Key: i.key, Was: i.revision})
		}
	}
	return changes, err
}

// Invited is the person whom a secret invites.
func (b *Book) Invited(ctx context.Context, secret string) (Person, error) {
	p, _, err := b.invited(ctx, secret)
	return p, err
}

func (b *Book) invited(ctx context.Context, secret string) (p Person, change desk.Change, err error) {
	id, ok := idOf(invitationPrefix, secret)
	i, err := find[invitation](ctx, b, invitations, id)
	if err != nil && !errors.Is(err, desk.ErrAbsent) {
		return p, change, err
	}
	if !fits(secret, i.body.Hash) || !ok || !b.clock().Before(i.body.Expires) {
		return p, change, fmt.Errorf("account: %w: the invitation is not known, was used or has expired; ask for a new one", ErrDenied)
	}
	found, err := find[Person](ctx, b, people, i.body.Person)
	if errors.Is(err, desk.ErrAbsent) || err == nil && found.body.Disabled {
		return p, change, fmt.Errorf("account: %w: the person is disabled; ask who manages the people of your party", ErrDenied)
	}
	found.body.revision = found.revision
	return found.body, desk.Change{Drawer: invitations, Key: id, Was: i.revision}, err
}

// Redeem uses an invitation up, and gives its person a credential. Of two who
// redeem one invitation at a time, one is refused.
func (b *Book) Redeem(ctx context.Context, secret string, c Credential) (Person, error) {
	if c.Kind == "" || c.ID == "" {
		return Person{}, errors.New("account: a credential needs a kind and an id")
	}
	if _, err := b.Bearer(ctx, c.Kind, c.ID); err == nil {
		return Person{}, fmt.Errorf("account: redeem: %w: this %s is somebody's already; use another", ErrDenied, c.Kind)
	} else if !errors.Is(err, ErrAbsent) {
		return Person{}, err
	}
	p, used, err := b.invited(ctx, secret)
	if err != nil {
		return Person{}, err
	}
	c.Added = b.clock().UTC()
	p.Credentials = append(slices.Clone(p.Credentials), c)
	act := Act{By: p.ID, Party: p.Party, Verb: "redeem", What: "person " + p.ID, Says: "leaves " + c.Kind}
	if err := b.commit(ctx, act, used, store(people, p.ID, p.revision, p)); err != nil {
		return Person{}, err
	}
	p.revision++
	return p, nil
}

// Renew puts a credential in the place of one of the same kind and id, such as a
// passkey whose counter went up. It is no act of administration.
func (b *Book) Renew(ctx context.Context, p Person, c Credential) error {
	i := slices.IndexFunc(p.Credentials, func(o Credential) bool { return o.Kind == c.Kind && o.ID == c.ID })
	if i < 0 {
		return fmt.Errorf("account: renew a %s of %s: %w", c.Kind, p.ID, ErrAbsent)
	}
	p.Credentials = slices.Clone(p.Credentials)
	c.Added = p.Credentials[i].Added
	p.Credentials[i] = c
	return b.put(ctx, store(people, p.ID, p.revision, p))
}
