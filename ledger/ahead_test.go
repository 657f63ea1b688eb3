package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

var errDisk = errors.New("the disk is full")

// fickle is a store that takes its time, and now and then fails, before or after
// it has stored.
type fickle struct {
	ledger.Store
	mu   sync.Mutex
	dice *rand.Rand
}

func (f *fickle) Append(ctx context.Context, at ledger.Seq, es []ledger.Entry) error {
	f.mu.Lock()
	fate, pause := f.dice.IntN(10), f.dice.IntN(300)
	f.mu.Unlock()
	time.Sleep(time.Duration(pause) * time.Microsecond)
	if fate == 0 {
		return errDisk
	}
	err := f.Store.Append(ctx, at, es)
	if err == nil && fate == 1 {
		return errDisk
	}
	return err
}

// TestAhead decides every group while the one before it is stored, by a store
// that fails and by two ledgers at a time. Writers count on shared records, and
// repeat what failed under its id: in the end every count was stored once.
func TestAhead(t *testing.T) {
	const writers, turns, records = 8, 25, 3
	s := &fickle{Store: &ledgertest.Memory{}, dice: rand.New(rand.NewPCG(1, 4))}
	var ledgers []*ledger.Ledger
	for i := range byte(2) {
		l, err := ledger.Open(t.Context(), s, ledgertest.Options(i))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ledger.Ahead(l, 1)
		ledgers = append(ledgers, l)
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for turn := range turns {
				r := ledgertest.Place(fmt.Sprint("counter", turn%records), fmt.Sprint(w))
				countOnce(t, ledgers[w%len(ledgers)], ledger.Batch{ID: fmt.Sprintf("w%d-%d", w, turn), Changes: []ledger.Change{ledgertest.Put(t, r, 0)}})
			}
		})
	}
	wg.Wait()
	report, err := ledger.Verify(t.Context(), s, "")
	if err != nil || len(report.Problems) > 0 || report.Head.Size != writers*turns {
		t.Errorf("%d counts came to %d entries: %v, %v", writers*turns, report.Head.Size, report.Problems, err)
	}
}

// countOnce appends b until it is there, on whatever its record is then.
func countOnce(t *testing.T, l *ledger.Ledger, b ledger.Batch) {
	for {
		r, err := l.Append(t.Context(), "NOR/test", nil, b)
		conflict := (*ledger.ConflictError)(nil)
		switch {
		case err == nil:
			if e, err := l.Entry(t.Context(), r.First); err != nil || e.Batch != b.ID {
				t.Errorf("the receipt of %s names entry %d, of %s, %v", b.ID, r.First, e.Batch, err)
			}
			return
		case errors.As(err, &conflict):
			b.Changes[0] = b.Changes[0].On(conflict.Conflicts[0].Have)
		case errors.Is(err, errDisk): // it may be stored or not: the same again, and the id tells
		default:
			t.Error(err)
			return
		}
	}
}
