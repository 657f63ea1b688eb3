package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"entente/desk"
)

// Desk is the desk that lies in the same schema. Closing it does nothing: the
// connections are closed with the Store.
func (s *Store) Desk() desk.Store { return onDesk{s} }

// onDesk implements desk.Store.
type onDesk struct{ store *Store }

func (d onDesk) Get(ctx context.Context, in desk.Drawer, key string) (desk.Item, error) {
	item := desk.Item{Drawer: in, Key: key}
	err := d.store.pool.QueryRow(ctx, `SELECT revision, body FROM desk WHERE drawer = $1 AND key = $2`, string(in), []byte(key)).Scan(&item.Revision, &item.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return desk.Item{}, desk.ErrAbsent
	}
	return item, d.store.wrap(fmt.Sprintf("desk: get %s/%s", in, key), err)
}

func (d onDesk) List(ctx context.Context, in desk.Drawer, after string, most int) ([]desk.Item, error) {
	rows, err := d.store.pool.Query(ctx, `SELECT key, revision, body FROM desk WHERE drawer = $1 AND key > $2 ORDER BY key LIMIT $3`, string(in), []byte(after), most)
	if err != nil {
		return nil, d.store.wrap("desk: list "+string(in), err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Item, error) {
		item := desk.Item{Drawer: in}
		var key []byte
		err := row.Scan(&key, &item.Revision, &item.Body)
		item.Key = string(key)
		return item, err
	})
	return items, d.store.wrap("desk: list "+string(in), err)
}

func (d onDesk) Put(ctx context.Context, changes ...desk.Change) error {
	if err := desk.Check(changes); err != nil {
		return err
	}
	changes = slices.Clone(changes)
	slices.SortFunc(changes, byName) // everybody locks in one order, so that nobody waits in a circle
	err := pgx.BeginFunc(ctx, d.store.pool, func(tx pgx.Tx) error {
		for _, c := range changes {
			if err := putOne(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, desk.ErrChanged) {
		return desk.ErrChanged
	}
	return d.store.wrap("desk: put", err)
}

func byName(a, b desk.Change) int {
	if c := strings.Compare(string(a.Drawer), string(b.Drawer)); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}

// putOne makes one change, or says ErrChanged when the item is not at the
// revision that it names.
func putOne(ctx context.Context, tx pgx.Tx, c desk.Change) error {
	query, args := `UPDATE desk SET revision = revision + 1, body = $4 WHERE drawer = $1 AND key = $2 AND revision = $3`, []any{string(c.Drawer), []byte(c.Key), c.Was, c.Body}
	switch {
	case c.Body == nil:
		query, args = `DELETE FROM desk WHERE drawer = $1 AND key = $2 AND revision = $3`, args[:3]
	case c.Was == 0:
		query, args = `INSERT INTO desk (drawer, key, revision, body) VALUES ($1, $2, 1, $3) ON CONFLICT DO NOTHING`, []any{args[0], args[1], c.Body}
	}
	done, err := tx.Exec(ctx, query, args...)
	if err == nil && done.RowsAffected() != 1 {
		err = desk.ErrChanged
	}
	return err
}

func (d onDesk) Close() error { return nil }
