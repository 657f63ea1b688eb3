package ledger

import (
	"context"
	"errors"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"entente/record"
)

// ErrMoved reports that entries were added since the caller looked.
var ErrMoved = errors.New("the ledger has moved on")

// ErrClosed reports that the ledger accepts nothing more.
var ErrClosed = errors.New("ledger: closed")

// Store is what a database gives a ledger. ledgertest.Run is its contract.
// Every method may be called from many goroutines, and Append from many
// processes; what Append has stored, every later call sees. An error that is
// not named here means that the database failed.
type Store interface {
	// Size is the number of entries.
	Size(ctx context.Context) (Seq, error)

	// Append stores entries after the first at entries, all or none, and
	// returns when they would survive a loss of power. It stores them as they
	// are. If the size is not at, it stores nothing and returns ErrMoved.
	Append(ctx context.Context, at Seq, entries []Entry) error

	// Entries yields the entries after, but not including, after, up to and
	// including to, as they are stored and in order. A missing entry is passed
	// over. The consumer may call the store meanwhile. After an error there is
	// nothing more.
	Entries(ctx context.Context, after, to Seq) iter.Seq2[Entry, error]

	// Latest is, for each key, its newest entry among the first size, or 0.
	Latest(ctx context.Context, keys []record.Key, size Seq) ([]Seq, error)

	// Batches is, for each id, the first entry of that batch, or 0.
	Batches(ctx context.Context, ids []string) ([]Seq, error)

	// Hashes reads stored hashes by tlog's index; HashPlace tells where each
	// was written. An index beyond the end, or one whose entry is missing, is
	// an error.
	Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)

	// PutCheckpoint keeps a checkpoint, durably, in the place of one of the
	// same size.
	PutCheckpoint(ctx context.Context, c Kept) error

	// Checkpoints yields the checkpoints of sizes from, up to and including
	// to, the largest first. The consumer may call the store meanwhile.
	Checkpoints(ctx context.Context, from, to Seq) iter.Seq2[Kept, error]

	// Close gives the database back; nothing may be called after it.
	Close() error
}

// Kept is a signed checkpoint as a store keeps it.
type Kept struct {
	Size Seq
	Note []byte
	Sum  uint32 // CRC-32C of the note, so that Verify can name an edit without a key
}

// Checker is what a store can say of its own health, beyond its entries: pages,
// indexes. Verify asks it.
type Checker interface {
	Check(ctx context.Context) ([]Problem, error)
}

// Waker is a store that hears of new entries sooner than asking again and again
// would. Ledger.Wait uses it.
type Waker interface {
	// Wait returns when there are more than after entries. An error means that
	// ctx ended, or that the database failed.
	Wait(ctx context.Context, after Seq) error
}
