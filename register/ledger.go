package register

import (
	"context"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"entente/ledger"
	"entente/record"
)

// Known says as of when the register is to be known: at a size of its ledger, or
// at a moment. With both, it is the earlier; the zero Known is everything that
// is known now.
type Known struct {
	Size ledger.Seq
	At   time.Time
}

// FromLedger is the tree as it was known: every record's newest revision among
// the entries until then, without those that were retired. Each record's
// position is its entry: file "ledger", the line its number. What holds for the
// whole register is not in the ledger, so the settings are an argument; nor are
// the texts of documents, and each says so.
func FromLedger(ctx context.Context, l *ledger.Ledger, k Known, s record.Settings) (*Tree, error) {
	size, err := k.SizeIn(ctx, l)
	if err != nil {
		return nil, err
	}
	latest := map[record.Key]ledger.Entry{}
	for e, err := range l.Entries(ctx, 0, size) {
		if err != nil {
			return nil, err
		}
		if e.Retired() {
			delete(latest, e.Key)
			continue
		}
		latest[e.Key] = ledger.Entry{Seq: e.Seq, Key: e.Key, Bytes: e.Bytes}
	}
	rs, err := records(latest)
	if err != nil {
		return nil, err
	}
	t := NewTree(s, rs...)
	for _, r := range rs {
		if doc, ok := r.(*record.Document); ok && doc.Text != "" {
			t.texts[record.DocumentID(doc.ID)] = Text{Fault: "the ledger keeps no texts"}
		}
	}
	return t, nil
}

// SizeIn is the size that a ledger is to be known at.
func (k Known) SizeIn(ctx context.Context, l *ledger.Ledger) (ledger.Seq, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, err
	}
	if k.Size != 0 {
		size = min(size, k.Size)
	}
	if k.At.IsZero() {
		return size, nil
	}
	then, err := l.SizeAt(ctx, k.At)
	return min(size, then), err
}

// records reads the entries side by side; they come in the order of the ledger.
func records(latest map[record.Key]ledger.Entry) ([]record.Record, error) {
	entries := make([]ledger.Entry, 0, len(latest))
	for _, e := range latest {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b ledger.Entry) int { return int(a.Seq - b.Seq) })
	rs := make([]record.Record, len(entries))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	const share = 64
	for from := 0; from < len(entries); from += share {
		g.Go(func() (err error) {
			for i := from; i < min(from+share, len(entries)); i++ {
				if rs[i], err = entries[i].Record(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return rs, g.Wait()
}
