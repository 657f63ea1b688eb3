package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"entente/desk"
)

// Desk is the desk that lies in the same file. Closing it does nothing: the
// file is closed with the Store.
func (s *Store) Desk() desk.Store { return onDesk{s} }

// onDesk implements desk.Store. Bodies lie in rows, so that the ledger's one
// writing connection orders what both of them write.
type onDesk struct{ store *Store }

func (d onDesk) Get(ctx context.Context, in desk.Drawer, key string) (desk.Item, error) {
	item := desk.Item{Drawer: in, Key: key}
	err := d.store.ask.item.QueryRowContext(ctx, string(in), key).Scan(&item.Revision, &item.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return desk.Item{}, desk.ErrAbsent
	}
	return item, wrap("desk", err)
}

func (d onDesk) List(ctx context.Context, in desk.Drawer, after string, most int) ([]desk.Item, error) {
	rows, err := d.store.ask.items.QueryContext(ctx, string(in), after, most)
	if err != nil {
		return nil, wrap("desk", err)
	}
	defer rows.Close()
	var items []desk.Item
	for rows.Next() {
		item := desk.Item{Drawer: in}
		if err := rows.Scan(&item.Key, &item.Revision, &item.Body); err != nil {
			return nil, wrap("desk", err)
		}
		items = append(items, item)
	}
	return items, wrap("desk", rows.Err())
}

func (d onDesk) Put(ctx context.Context, changes ...desk.Change) error {
	if err := desk.Check(changes); err != nil {
		return err
	}
	tx, err := d.store.writer.BeginTx(ctx, nil)
	if err != nil {
		return wrap("desk", err)
	}
	defer tx.Rollback()
	for _, c := range changes {
		changed, err := putOne(ctx, tx, c)
		if err != nil {
			return wrap("desk", err)
		}
		if changed != 1 {
			return desk.ErrChanged
		}
	}
	return wrap("desk", tx.Commit())
}

// putOne makes one change, if the item is at the revision it names, and says
// how many rows it changed.
func putOne(ctx context.Context, tx *sql.Tx, c desk.Change) (int64, error) {
	var done sql.Result
	var err error
	switch {
	case c.Body == nil:
		done, err = tx.ExecContext(ctx, `DELETE FROM desk WHERE drawer = ? AND key = ? AND revision = ?`, string(c.Drawer), c.Key, c.Was)
	case c.Was == 0:
		done, err = tx.ExecContext(ctx, `INSERT INTO desk (drawer, key, revision, body) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING`, string(c.Drawer), c.Key, c.Body)
	default:
		done, err = tx.ExecContext(ctx, `UPDATE desk SET revision = revision + 1, body = ? WHERE drawer = ? AND key = ? AND revision = ?`, c.Body, string(c.Drawer), c.Key, c.Was)
	}
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func (d onDesk) Close() error { return nil }
