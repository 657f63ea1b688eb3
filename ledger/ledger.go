// Package ledger keeps every revision of a record that was ever accepted, in
// order and for ever, and proves it.
//
// An Entry is one accepted revision, or the retirement of a record. Entries are
// numbered from 1 and only appended; the number of entries names a state of the
// ledger, so what was known then can always be asked again. The entries are the
// leaves of a Merkle tree (RFC 6962): a signed Checkpoint commits to all of
// them, a short proof shows that one is among them, another that a later tree
// only adds to an earlier one. A leaf is the hash of a random salt and of the
// entry's Statement, so whoever holds hashes alone can guess no record.
//
// Laws, which Verify checks and ledgertest.Run holds every Store to:
//
//   - A batch is accepted whole or not at all, and once: the same batch under
//     the same id gives the same receipt, another batch under it is refused.
//   - Each entry replaces the newest entry of its record, or it is the first
//     of it; whoever changes a record names the revision that they read.
//   - Times never go back, whatever the clock does.
//   - What a receipt names is on the disk.
//
// The clock and the source of salts are arguments of Open. Who may write and
// who may see is decided elsewhere, before Append and after reading.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"entente/record"
)

// Options are what a ledger cannot know by itself. Both are needed.
type Options struct {
	Clock func() time.Time
	Salts io.Reader // of bytes that nobody can foretell
}

// Ledger accepts batches into a Store. It is safe for many goroutines: those
// who append at one time share one commit.
type Ledger struct {
	store Store
	opts  Options
	queue chan *request
	ended chan struct{}

	closing sync.RWMutex // held for reading by whoever puts into queue
	closed  bool

	edge *edge // the committer's alone; nil when it must be read again
}

// Limits of a commit and of a batch.
const (
	groupRowsMax   = 10_000
	BatchRowsMax   = 100_000
	commitAttempts = 100
)

// Open returns the ledger kept in s, which stays the caller's to close, after
// the ledger is closed.
func Open(ctx context.Context, s Store, o Options) (*Ledger, error) {
	if o.Clock == nil || o.Salts == nil {
		return nil, errors.New("ledger: open: a clock and a source of salts are needed")
	}
	l := &Ledger{store: s, opts: o, queue: make(chan *request, 1024), ended: make(chan struct{})}
	e, err := readEdge(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("ledger: open: %w", err)
	}
	l.edge = e
	go l.run()
	return l, nil
}

// Close answers what was appended before and accepts nothing more.
func (l *Ledger) Close() {
	l.closing.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.closing.Unlock()
	<-l.ended
}

// Batch is changes that are accepted together or not at all. The id is the
// caller's, and makes a retry safe: nothing is ever accepted twice under it.
// A time-ordered id (UUIDv7) keeps the store's index small and fast.
type Batch struct {
	ID      string
	Changes []Change
}

// Receipt says where a batch stands: entries First to Last, accepted at At.
type Receipt struct {
	First, Last Seq
	At          time.Time
}

// Append accepts b in a's name and returns when it is on the disk. With a head,
// b is accepted only as the first after it; nil asks for no particular head.
//
// Errors: *Refusal for what can never be accepted, *ConflictError for records
// that changed meanwhile, *HeadError for a head that is not the ledger's,
// *ReuseError for an id that another batch has, ErrClosed; all others mean that
// the store failed or ctx ended, and that the batch may or may not have been
// accepted: append it again under the same id.
func (l *Ledger) Append(ctx context.Context, a Actor, head *Head, b Batch) (Receipt, error) {
	if err := b.check(a); err != nil {
		return Receipt{}, err
	}
	r := &request{ctx: ctx, actor: a, head: head, batch: b, done: make(chan struct{})}
	if err := l.enqueue(ctx, r); err != nil {
		return Receipt{}, err
	}
	select {
	case <-r.done:
		return r.receipt, r.err
	case <-ctx.Done():
		return Receipt{}, fmt.Errorf("ledger: append %s: %w", b.ID, ctx.Err())
	}
}

func (l *Ledger) enqueue(ctx context.Context, r *request) error {
	l.closing.RLock()
	defer l.closing.RUnlock()
	if l.closed {
		return ErrClosed
	}
	select {
	case l.queue <- r:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("ledger: append %s: %w", r.batch.ID, ctx.Err())
	}
}

// check refuses what no ledger would accept.
func (b Batch) check(a Actor) error {
	switch {
	case !isName(string(a)):
		return &Refusal{"the actor has no proper name", nameFix}
	case !isName(b.ID):
		return &Refusal{"the batch has no proper id", nameFix}
	case len(b.Changes) == 0:
		return &Refusal{"the batch changes nothing", "append only what changes something"}
	case len(b.Changes) > BatchRowsMax:
		return &Refusal{fmt.Sprintf("the batch has %d changes, more than %d", len(b.Changes), BatchRowsMax), "split it"}
	}
	seen := make(map[record.Key]bool, len(b.Changes))
	for _, c := range b.Changes {
		if c.key == (record.Key{}) {
			return &Refusal{"a change is empty", "make changes with Put, Restore or Retire"}
		}
		if seen[c.key] {
			return &Refusal{"the batch changes " + c.key.String() + " twice", "let one change say all, or append two batches"}
		}
		seen[c.key] = true
	}
	return nil
}

// request is one Append on its way; the committer fills the answer, then
// closes done.
type request struct {
	ctx     context.Context
	actor   Actor
	head    *Head
	batch   Batch
	done    chan struct{}
	receipt Receipt
	err     error
}

// run is the committer: it alone writes. Whatever came in during a commit goes
// into the next one together.
func (l *Ledger) run() {
	defer close(l.ended)
	for r := range l.queue {
		runtime.Gosched() // whoever was just answered may have more to say
		group := l.waiting(r)
		if err := l.commit(group); err != nil {
			l.edge = nil
			for _, r := range group {
				r.receipt, r.err = Receipt{}, fmt.Errorf("ledger: append %s: %w", r.batch.ID, err)
			}
		}
		for _, r := range group {
			close(r.done)
		}
	}
}

// waiting is r and those that wait behind it, as far as one commit should hold.
func (l *Ledger) waiting(r *request) []*request {
	group, rows := []*request{r}, len(r.batch.Changes)
	for rows < groupRowsMax {
		select {
		case next, open := <-l.queue:
			if !open {
				return group
			}
			group, rows = append(group, next), rows+len(next.batch.Changes)
		default:
			return group
		}
	}
	return group
}

// settle stores what the group accepted. Where it accepted nothing, its answers
// hold only if nothing was added meanwhile by another process.
func (l *Ledger) settle(ctx context.Context, g *group) error {
	if len(g.entries) > 0 {
		if err := l.store.Append(ctx, l.edge.size, g.entries); err != nil {
			return err
		}
		l.edge = &g.after
		return nil
	}
	size, err := l.store.Size(ctx)
	if err == nil && size != l.edge.size {
		err = ErrMoved
	}
	return err
}

// commit decides every request of the group and stores what was accepted. An
// error means that no request has an answer. The work is not bound to the
// context of any one of them.
func (l *Ledger) commit(group []*request) error {
	ctx := context.Background()
	for range commitAttempts {
		if l.edge == nil {
			e, err := readEdge(ctx, l.store)
			if err != nil {
				return err
			}
			l.edge = e
		}
		g, err := l.decide(ctx, group)
		if err == nil {
			err = l.settle(ctx, g)
		}
		if !errors.Is(err, ErrMoved) {
			return err
		}
		l.edge = nil // another process was first: decide again, on top of what it wrote
	}
	return fmt.Errorf("other writers were faster %d times", commitAttempts)
}
