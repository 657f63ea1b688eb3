package account

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"entente/access"
	"entente/desk"
	"entente/record"
)

// Act is one entry of the trail: who did what to whom, and when. There is no way
// to change or remove one.
type Act struct {
	Key   string         `json:"-"` // its place in the trail
	At    time.Time      `json:"at"`
	By    string         `json:"by"` // a person, or local
	Party record.PartyID `json:"party,omitempty"`
	Verb  string         `json:"verb"` // put, issue, revoke, invite, redeem, policy
	What  string         `json:"what"`
	Says  string         `json:"says,omitempty"`
}

// Trail lists up to most acts that the caller may know of, in the order of their
// time, from the first after the key of another.
func (b *Book) Trail(ctx context.Context, who Caller, after string, most int) ([]Act, error) {
	const page = 200
	g, err := b.gate(ctx, who)
	if err != nil {
		return nil, err
	}
	found := []Act{}
	for {
		items, err := b.store.List(ctx, audit, after, page)
		if err != nil {
			return nil, fmt.Errorf("account: read the trail: %w", err)
		}
		for _, item := range items {
			a, err := read[Act](item)
			if err != nil {
				return nil, err
			}
			a.body.Key = item.Key
			if g.may(access.Audit, a.body.Party, a.body.Party == "") == nil {
				found = append(found, a.body)
			}
			if len(found) == most {
				return found, nil
			}
			after = item.Key
		}
		if len(items) < page {
			return found, nil
		}
	}
}

// commit stores changes together with the act that they are.
func (b *Book) commit(ctx context.Context, a Act, changes ...desk.Change) error {
	a.At = b.clock().UTC()
	salt := make([]byte, 4)
	if _, err := io.ReadFull(b.random, salt); err != nil {
		return fmt.Errorf("account: draw a number: %w", err)
	}
	key := a.At.Format("2006-01-02T15:04:05.000000Z") + "-" + hex.EncodeToString(salt)
	return b.put(ctx, append(changes, store(audit, key, 0, a))...)
}

func (b *Book) put(ctx context.Context, changes ...desk.Change) error {
	err := b.store.Put(ctx, changes...)
	switch {
	case errors.Is(err, desk.ErrChanged):
		return fmt.Errorf("account: %w", ErrFormer)
	case err != nil:
		return fmt.Errorf("account: store: %w", err)
	}
	return nil
}

// item is what lies in a drawer, read.
type item[T any] struct {
	key      string
	revision int64
	body     T
}

func store[T any](d desk.Drawer, key string, was int64, body T) desk.Change {
	text, err := json.Marshal(body)
	if err != nil {
		panic("account: " + err.Error())
	}
	return desk.Change{Drawer: d, Key: key, Was: was, Body: text}
}

func read[T any](i desk.Item) (item[T], error) {
	it := item[T]{key: i.Key, revision: i.Revision}
	if err := json.Unmarshal(i.Body, &it.body); err != nil {
		return it, fmt.Errorf("account: %s %s on the desk cannot be read: %w", i.Drawer, i.Key, err)
	}
	return it, nil
}

// find reads one item; the error is a desk.ErrAbsent when there is none.
func find[T any](ctx context.Context, b *Book, d desk.Drawer, key string) (item[T], error) {
	if key == "" || len(d)+len(key) > desk.KeyBytesMax {
		return item[T]{}, desk.ErrAbsent
	}
	i, err := b.store.Get(ctx, d, key)
	if err != nil {
		return item[T]{}, fmt.Errorf("account: read %s %s: %w", d, key, err)
	}
	return read[T](i)
}

func all[T any](ctx context.Context, b *Book, d desk.Drawer) ([]item[T], error) {
	items, err := desk.All(ctx, b.store, d)
	if err != nil {
		return nil, fmt.Errorf("account: read %s: %w", d, err)
	}
	list := make([]item[T], len(items))
	for i := range items {
		if list[i], err = read[T](items[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}
