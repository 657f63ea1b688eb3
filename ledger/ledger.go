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

	edge *edge // of what is stored; whoever holds idle may look; nil when it must be read again
	idle chan struct{}

	deciding sync.Mutex // a clock and a source of salts are asked by one at a time
	ahead    int        // aheadRows
}

// Limits of a commit and of a batch, and from how many rows on a commit is
// decided while the one before it is stored: of fewer, more will come to share
// it.
const (
	groupRowsMax   = 10_000
	aheadRows      = 1_000
	BatchRowsMax   = 100_000
	commitAttempts = 100
)

// Open returns the ledger kept in s, which stays the caller's to close, after
// the ledger is closed.
func Open(ctx context.Context, s Store, o Options) (*Ledger, error) {
	if o.Clock == nil || o.Salts == nil {
		return nil, errors.New("ledger: open: a clock and a source of salts are needed")
	}
	l := &Ledger{store: s, opts: o, queue: make(chan *request, 1024), ended: make(chan struct{}), idle: make(chan struct{}, 1), ahead: aheadRows}
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

// run decides what is to be committed, and in which order. Whatever came in
// during a commit goes into the next one together.
func (l *Ledger) run() {
	decided := make(chan *group)
	defer close(decided)
	go l.write(decided)
	l.idle <- struct{}{}
	var last *group
	for {
		stored := l.idle
		if last == nil {
			stored = nil
		}
		select {
		case r, open := <-l.queue:
			if !open {
				return
			}
			last = l.next(r, last)
			decided <- last
		case <-stored: // nobody has to stand on last any more, and it may be large
			l.idle <- struct{}{}
			last = nil
		}
	}
}

// next is the group that begins with r, after last, which may not be stored yet.
// When next returns, it is.
func (l *Ledger) next(r *request, last *group) *group {
	requests := l.waiting([]*request{r})
	if last.decided() && rows(requests) >= l.ahead {
		g := l.decide(context.Background(), &last.after, last, requests)
		<-l.idle
		return g
	}
	<-l.idle
	runtime.Gosched() // whoever was just answered may have more to say
	return l.decide(context.Background(), l.edge, nil, l.waiting(requests))
}

// write stores the groups, one after the other, and answers their requests.
func (l *Ledger) write(decided <-chan *group) {
	defer close(l.ended)
	for g := range decided {
		if err := l.commit(g); err != nil {
			l.edge = nil
			for _, r := range g.requests {
				r.receipt, r.err = Receipt{}, fmt.Errorf("ledger: append %s: %w", r.batch.ID, err)
			}
		}
		for _, r := range g.requests {
			close(r.done)
		}
		l.idle <- struct{}{}
	}
}

// waiting adds to requests those that wait, as far as one commit should hold.
func (l *Ledger) waiting(requests []*request) []*request {
	for n := rows(requests); n < groupRowsMax; {
		select {
		case r, open := <-l.queue:
			if !open {
				return requests
			}
			requests, n = append(requests, r), n+len(r.batch.Changes)
		default:
			return requests
		}
	}
	return requests
}

func rows(requests []*request) (n int) {
	for _, r := range requests {
		n += len(r.batch.Changes)
	}
	return n
}

// commit stores what the group accepted, deciding it again when what it was
// decided on is not what is stored. An error means that no request has an
// answer. The work is not bound to the context of any one of them.
func (l *Ledger) commit(g *group) (err error) {
	ctx := context.Background()
	for range commitAttempts {
		if err = l.settle(ctx, g); !errors.Is(err, ErrMoved) {
			return err
		}
		if l.edge, err = readEdge(ctx, l.store); err != nil {
			return err
		}
		g = l.decide(ctx, l.edge, nil, g.requests)
	}
	return fmt.Errorf("other writers were faster %d times", commitAttempts)
}

// settle stores the entries of the group. Where it accepted nothing, its answers
// hold only if nothing was added meanwhile by another process.
func (l *Ledger) settle(ctx context.Context, g *group) error {
	switch {
	case g.base == nil || g.base != l.edge:
		return ErrMoved
	case g.err != nil:
		return g.err
	case len(g.entries) > 0:
		err := l.store.Append(ctx, g.base.size, g.entries)
		if err == nil {
			l.edge = &g.after
		}
		return err
	}
	size, err := l.store.Size(ctx)
	if err == nil && size != g.base.size {
		return ErrMoved
	}
	l.edge = &g.after
	return err
}
