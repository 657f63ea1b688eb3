package shared

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"entente/ledger"
	"entente/record"
	"entente/register"
)

// Edit is one record that is to be other than it is.
type Edit struct {
	Key      record.Key
	Was      ledger.Seq    // the record's newest entry, which the edit replaces; 0 for none
	Old, New record.Record // nil where there is none
}

// Verb says what the edit does: add, change or retire.
func (e Edit) Verb() string {
	switch {
	case e.Old == nil:
		return "add"
	case e.New == nil:
		return "retire"
	}
	return "change"
}

// Fields are the fields that a changed record writes differently; of one that
// is added or retired, its whole.
func (e Edit) Fields() []record.Difference { return record.Differences(e.Old, e.New) }

// Edits are by key, and no two of one record.
type Edits []Edit

// Between lists what differs between what is and what is wanted, without the
// entries that the edits would replace. Records that want does not name stay,
// unless prune asks for their retirement.
func Between(have, want []record.Record, prune bool) Edits {
	there := make(map[record.Key]record.Record, len(have))
	for _, old := range have {
		there[old.Key()] = old
	}
	var edits Edits
	for _, new := range want {
		old := there[new.Key()]
		delete(there, new.Key())
		if old == nil || !bytes.Equal(record.Canonical(old), record.Canonical(new)) {
			edits = append(edits, Edit{Key: new.Key(), Old: old, New: new})
		}
	}
	if prune {
		for key, old := range there {
			edits = append(edits, Edit{Key: key, Old: old})
		}
	}
	slices.SortFunc(edits, func(a, b Edit) int { return a.Key.Compare(b.Key) })
	return edits
}

// Toward lists what has to change for the register, which says have at a size,
// to say what want says, as Between does. What a reader is shown may stand for
// have; then nothing that they may not see is written over (*TakenError).
func (r *Register) Toward(ctx context.Context, have *register.Tree, size ledger.Seq, want []record.Record, prune bool) (Edits, error) {
	edits := Between(have.Records, want, prune)
	keys := make([]record.Key, len(edits))
	for i, e := range edits {
		keys[i] = e.Key
	}
	newest, err := r.Ledger.Newest(ctx, keys, size)
	if err != nil {
		return nil, err
	}
	for i := range newest {
		edits[i].Was = newest[i]
		if err := r.vacant(ctx, edits[i]); err != nil {
			return nil, err
		}
	}
	return edits, nil
}

// TakenError reports a record that is to be added under an id that another record
// has, one which have does not hold: its reader may not see it.
type TakenError struct{ Key record.Key }

// Error is the sentence and the remedy.
func (e *TakenError) Error() string {
	return e.Key.String() + " cannot be stated under this id; choose another id"
}

// vacant refuses an addition in the place of a record that stands.
func (r *Register) vacant(ctx context.Context, e Edit) error {
	if e.Old != nil || e.Was == 0 {
		return nil
	}
	there, err := r.Ledger.Entry(ctx, e.Was)
	if err == nil && !there.Retired() {
		return &TakenError{e.Key}
	}
	return err
}

// Changes are the edits as a ledger takes them, made side by side: each is
// written and read back.
func (es Edits) Changes() ([]ledger.Change, error) {
	changes := make([]ledger.Change, len(es))
	const share = 64
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(es); from += share {
		g.Go(func() (err error) {
			for i, e := range es[from:min(from+share, len(es))] {
				if e.New == nil {
					changes[from+i], err = ledger.Retire(e.Key, e.Was)
				} else {
					changes[from+i], err = ledger.Put(e.New, e.Was)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return changes, g.Wait()
}

// View is v as it would be after the edits.
func (es Edits) View(v *register.View) *register.View {
	var put []record.Record
	drop := map[record.Key]bool{}
	for _, e := range es {
		if e.New == nil {
			drop[e.Key] = true
			continue
		}
		put = append(put, e.New)
	}
	return v.Changed(put, drop)
}

// Counts says how many records are added, changed and retired.
func (es Edits) Counts() (added, changed, retired int) {
	for _, e := range es {
		switch e.Verb() {
		case "add":
			added++
		case "change":
			changed++
		default:
			retired++
		}
	}
	return added, changed, retired
}

// Apply accepts the edits in a's name, together with the texts that want holds
// for documents among them, and returns the last receipt. The id makes a retry
// safe. Edits of more than ledger.BatchRowsMax records are accepted in several
// batches: when one is refused, those before it stand, and the edits that are
// left can be asked for again.
func (r *Register) Apply(ctx context.Context, a ledger.Actor, id string, es Edits, texts func(record.DocumentID) (register.Text, bool)) (ledger.Receipt, error) {
	if err := r.keepTexts(ctx, es, texts); err != nil {
		return ledger.Receipt{}, err
	}
	changes, err := es.Changes()
	if err != nil {
		return ledger.Receipt{}, err
	}
	var receipt ledger.Receipt
	part := 0
	for some := range slices.Chunk(changes, ledger.BatchRowsMax) {
		batch := ledger.Batch{ID: id, Changes: some}
		if part++; part > 1 {
			batch.ID = fmt.Sprintf("%s part %d", id, part)
		}
		if receipt, err = r.Ledger.Append(ctx, a, nil, batch); err != nil {
			return receipt, err
		}
	}
	return receipt, nil
}

func (r *Register) keepTexts(ctx context.Context, es Edits, texts func(record.DocumentID) (register.Text, bool)) error {
	for _, e := range es {
		doc, ok := e.New.(*record.Document)
		if !ok || doc.Text == "" || texts == nil {
			continue
		}
		if text, held := texts(record.DocumentID(doc.ID)); held && text.Fault == "" {
			if err := r.place(ctx, textsDrawer, textKey(doc), []byte(text.Body)); err != nil {
				return fmt.Errorf("shared: the text of %s: %w", e.Key, err)
			}
		}
	}
	return nil
}
