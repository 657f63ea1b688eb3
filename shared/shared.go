// Package shared is the register that many people write: a ledger, and beside it
// on the desk what the ledger does not keep.
//
// The ledger holds the records. The settings that hold for the whole register
// and the texts of documents are no records; they lie on the desk, the settings
// with the size of the ledger from which they held, so that what was answered at
// a size can be answered again. Whatever is written goes through Edits: the
// difference between what is there and what is wanted, which can be read before
// it is accepted.
package shared

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"entente/account"
	"entente/desk"
	"entente/ledger"
	"entente/record"
	"entente/register"
)

// Store is a database that holds both.
type Store interface {
	ledger.Store
	Desk() desk.Store
}

// Register is an open shared register. It is safe for many goroutines.
type Register struct {
	Ledger *ledger.Ledger
	Desk   desk.Store
	Store  Store
}

// Open opens the register in a store, which Close closes.
func Open(ctx context.Context, s Store, o ledger.Options) (*Register, error) {
	l, err := ledger.Open(ctx, s, o)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &Register{l, s.Desk(), s}, nil
}

// Close ends what is being appended and gives the store back.
func (r *Register) Close() error {
	r.Ledger.Close()
	return r.Store.Close()
}

// Tree is the register as it was known, and the size of its ledger then.
func (r *Register) Tree(ctx context.Context, k register.Known) (*register.Tree, ledger.Seq, error) {
	size, err := k.SizeIn(ctx, r.Ledger)
	if err != nil {
		return nil, 0, err
	}
	t, err := r.treeAt(ctx, size)
	return t, size, err
}

func (r *Register) treeAt(ctx context.Context, size ledger.Seq) (*register.Tree, error) {
	settings, err := r.Settings(ctx, size)
	if err != nil || size == 0 { // 0 entries, which a register.Known cannot say
		return register.NewTree(settings), err
	}
	t, err := register.FromLedger(ctx, r.Ledger, register.Known{Size: size}, settings)
	if err != nil {
		return nil, err
	}
	if t.Policies, err = account.Policies(ctx, r.Desk); err != nil {
		return nil, err
	}
	texts, err := r.texts(ctx)
	if err != nil {
		return nil, err
	}
	return t.WithTexts(texts), nil
}

// Drawers of the desk that are this room's.
const (
	settingsDrawer desk.Drawer = "settings"
	textsDrawer    desk.Drawer = "texts"
)

// Settings are those that held when the ledger had a size.
func (r *Register) Settings(ctx context.Context, size ledger.Seq) (record.Settings, error) {
	text, err := r.SettingsText(ctx, size)
	if err != nil || text == nil {
		return record.Settings{}, err
	}
	s, errs := record.ParseSettings(record.SettingsFile, text)
	if len(errs) > 0 {
		return s, fmt.Errorf("shared: the settings that are kept cannot be read: %w", errs)
	}
	return s, nil
}

// SettingsText is the file that said so, or nil where there was none.
func (r *Register) SettingsText(ctx context.Context, size ledger.Seq) ([]byte, error) {
	kept, err := desk.All(ctx, r.Desk, settingsDrawer)
	if err != nil {
		return nil, fmt.Errorf("shared: settings: %w", err)
	}
	var text []byte
	for _, item := range kept {
		from, err := strconv.ParseInt(item.Key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("shared: settings of %q: %w", item.Key, err)
		}
		if ledger.Seq(from) <= size {
			text = item.Body
		}
	}
	return text, nil
}

// SetSettings lets a settings file hold from the ledger's present size on.
func (r *Register) SetSettings(ctx context.Context, text []byte) error {
	if _, errs := record.ParseSettings(record.SettingsFile, text); len(errs) > 0 {
		return errs
	}
	size, err := r.Ledger.Size(ctx)
	if err != nil {
		return err
	}
	switch first, err := r.SettingsText(ctx, size); {
	case err != nil:
		return err
	case first == nil:
		size = 0 // the first settings hold from the beginning
	}
	return r.place(ctx, settingsDrawer, fmt.Sprintf("%019d", size), text)
}

// place puts a body where it belongs, whatever was there.
func (r *Register) place(ctx context.Context, d desk.Drawer, key string, body []byte) error {
	for {
		was, err := r.Desk.Get(ctx, d, key)
		if err != nil && !errors.Is(err, desk.ErrAbsent) {
			return fmt.Errorf("shared: %s: %w", d, err)
		}
		if err == nil && string(was.Body) == string(body) {
			return nil
		}
		err = r.Desk.Put(ctx, desk.Change{Drawer: d, Key: key, Was: was.Revision, Body: body})
		if !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

// texts reads every text that is held, under the name of textKey.
func (r *Register) texts(ctx context.Context) (func(*record.Document) (register.Text, bool), error) {
	kept, err := desk.All(ctx, r.Desk, textsDrawer)
	if err != nil {
		return nil, fmt.Errorf("shared: texts: %w", err)
	}
	texts := make(map[string]register.Text, len(kept))
	for _, item := range kept {
		texts[item.Key] = register.TextOf(item.Body)
	}
	return func(d *record.Document) (register.Text, bool) {
		t, ok := texts[textKey(d)]
		return t, ok
	}, nil
}

// textKey names a document's text by its hash, so that what was quoted then is
// what is read now; without a hash only the document names it.
func textKey(d *record.Document) string {
	if d.SHA256 != "" {
		return d.SHA256
	}
	return "of " + d.ID
}
