package ledger

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"entente/record"
)

// group is what one commit will store, while it is being decided and then as it
// was.
type group struct {
	l        *Ledger
	requests []*request
	base     *edge  // what it stands on; nil when that is not known
	over     *group // base is what this one will leave, once it is stored; nil when base is stored
	now      time.Time
	after    edge // as it will be once the entries are stored
	entries  []Entry
	latest   map[record.Key]Seq // the newest entry of what the group touches
	batches  map[string]Seq     // the first entry of the batches that the group names
	err      error              // why nothing could be decided
}

// decide answers every request in turn, each on top of those before it. The
// error of the group is ErrMoved when the base is seen to be old.
func (l *Ledger) decide(ctx context.Context, base *edge, over *group, requests []*request) *group {
	g := &group{l: l, requests: requests, base: base, over: over}
	if base == nil {
		return g
	}
	l.deciding.Lock()
	defer l.deciding.Unlock()
	g.after, g.now = *base, l.opts.Clock().UTC().Truncate(time.Microsecond)
	if g.now.Before(base.at) {
		g.now = base.at // the clock went back; the ledger's time does not
	}
	g.err = g.fill(ctx)
	g.over = nil // it was needed for reading alone
	return g
}

func (g *group) fill(ctx context.Context) error {
	if err := g.look(ctx); err != nil {
		return err
	}
	for _, r := range g.requests {
		r.receipt, r.err = Receipt{}, nil
		if err := g.answer(ctx, r); err != nil {
			return err
		}
	}
	return g.seal()
}

// decided reports whether another group can stand on g.
func (g *group) decided() bool { return g != nil && g.base != nil && g.err == nil }

// stored is how many entries are surely in the store.
func (g *group) stored() Seq {
	if g.over != nil {
		return g.over.base.size
	}
	return g.base.size
}

// look finds what is known of the keys and ids that the requests name, or
// returns ErrMoved.
func (g *group) look(ctx context.Context) error {
	var keys []record.Key
	ids := make([]string, len(g.requests))
	for i, r := range g.requests {
		ids[i] = r.batch.ID
		for _, c := range r.batch.Changes {
			keys = append(keys, c.key)
		}
	}
	firsts, err := g.l.store.Batches(ctx, ids)
	if err != nil {
		return err
	}
	seqs, err := g.l.store.Latest(ctx, keys, g.stored())
	if err != nil {
		return err
	}
	g.entries = make([]Entry, 0, len(keys))
	g.batches = make(map[string]Seq, len(ids))
	g.latest = make(map[record.Key]Seq, len(keys))
	for i, id := range ids {
		g.batches[id] = firsts[i]
	}
	for i, k := range keys {
		g.latest[k] = seqs[i]
	}
	g.overlay()
	for _, first := range g.batches {
		if first > g.base.size {
			return ErrMoved // another process wrote it since
		}
	}
	return nil
}

// overlay adds what the group before will have stored.
func (g *group) overlay() {
	if g.over == nil {
		return
	}
	for id := range g.batches {
		if first := g.over.batches[id]; first != 0 {
			g.batches[id] = first
		}
	}
	for k := range g.latest {
		if seq := g.over.latest[k]; seq != 0 {
			g.latest[k] = seq
		}
	}
}

// answer accepts r's batch into the group, or says why not. Its error is for a
// store that cannot be read.
func (g *group) answer(ctx context.Context, r *request) error {
	if err := r.ctx.Err(); err != nil {
		r.err = fmt.Errorf("ledger: append %s: %w", r.batch.ID, err)
		return nil
	}
	if first := g.batches[r.batch.ID]; first != 0 {
		return g.repeat(ctx, r, first)
	}
	if r.head != nil && (r.head.Size != g.size() || r.head.Root != g.head().Root) {
		r.err = &HeadError{Want: *r.head, Have: g.head()}
		return nil
	}
	if err := g.conflicts(ctx, r); err != nil || r.err != nil {
		return err
	}
	g.accept(r)
	return nil
}

// size is that of the ledger with what the group has accepted so far.
func (g *group) size() Seq { return g.base.size + Seq(len(g.entries)) }

// head needs the hashes of what is accepted, so it seals that first.
func (g *group) head() Head {
	if err := g.seal(); err != nil {
		return Head{Size: g.size()} // seal fails again at the end, and for all
	}
	return g.after.head()
}

// entry reads an entry that is stored or about to be.
func (g *group) entry(ctx context.Context, seq Seq) (Entry, error) {
	if i := seq - g.base.size - 1; i >= 0 {
		return g.entries[i], nil
	}
	if i := seq - g.stored() - 1; i >= 0 {
		return g.over.entries[i], nil
	}
	return readEntry(ctx, g.l.store, seq)
}

// repeat answers a batch whose id is taken: with the receipt of then if it says
// the same, otherwise with a ReuseError.
func (g *group) repeat(ctx context.Context, r *request, first Seq) error {
	last := first - 1
	same := true
	for i, c := range r.batch.Changes {
		if last = first + Seq(i); last > g.size() {
			same = false
			break
		}
		e, err := g.entry(ctx, last)
		if err != nil {
			return err
		}
		same = same && e.Batch == r.batch.ID && e.Actor == r.actor && c.is(e)
		if !same {
			break
		}
	}
	if same && last < g.size() { // the batch of then must end here too
		next, err := g.entry(ctx, last+1)
		if err != nil {
			return err
		}
		same = next.Batch != r.batch.ID
	}
	then, err := g.entry(ctx, first)
	if err != nil {
		return err
	}
	if !same {
		r.err = &ReuseError{Batch: r.batch.ID, First: first, By: then.Actor, At: then.At}
		return nil
	}
	r.receipt = Receipt{First: first, Last: last, At: then.At}
	return nil
}

// conflicts compares the revision that each change was made on with the newest.
func (g *group) conflicts(ctx context.Context, r *request) error {
	var found []Conflict
	for _, c := range r.batch.Changes {
		have := g.latest[c.key]
		if have == c.replaces && c.bytes != nil {
			continue
		}
		conflict := Conflict{Key: c.key, Want: c.replaces, Have: have}
		if have != 0 {
			e, err := g.entry(ctx, have)
			if err != nil {
				return err
			}
			if have == c.replaces && !e.Retired() {
				continue
			}
			conflict.By, conflict.At, conflict.Retired = e.Actor, e.At, e.Retired()
		}
		found = append(found, conflict)
	}
	if found != nil {
		r.err = &ConflictError{found}
	}
	return nil
}

// accept adds r's changes to the group, unhashed.
func (g *group) accept(r *request) {
	first := g.size() + 1
	for _, c := range r.batch.Changes {
		seq := g.size() + 1
		g.entries = append(g.entries, Entry{Seq: seq, At: g.now, Actor: r.actor, Batch: r.batch.ID, Key: c.key, Bytes: c.bytes, Replaces: c.replaces})
		g.latest[c.key] = seq
	}
	g.batches[r.batch.ID] = first
	r.receipt = Receipt{First: first, Last: g.size(), At: g.now}
}

// seal salts and hashes the entries that are not hashed yet.
func (g *group) seal() error {
	fresh := g.entries[g.after.size-g.base.size:]
	if len(fresh) == 0 {
		return nil
	}
	salts := make([]byte, SaltSize*len(fresh))
	if _, err := io.ReadFull(g.l.opts.Salts, salts); err != nil {
		return fmt.Errorf("read salts: %w", err)
	}
	for i := range fresh {
		fresh[i].Salt = salts[i*SaltSize : (i+1)*SaltSize : (i+1)*SaltSize]
	}
	leaves(fresh)
	for i := range fresh {
		e := &fresh[i]
		e.Hashes = g.after.push(e.Hashes)
	}
	g.after.at = g.now
	return nil
}

// leaves fills in the sums and the leaf hash of every entry.
func leaves(es []Entry) {
	_ = sideBySide(len(es), func(from, to int) error { // no part fails
		var buf []byte
		for i := from; i < to; i++ {
			es[i].Sums = es[i].sums()
			buf = es[i].appendLeaf(buf[:0])
			es[i].Hashes = append(es[i].Hashes, leafHash(buf))
		}
		return nil
	})
}

// sideBySide has all processors work on the parts of n things, and waits.
func sideBySide(n int, work func(from, to int) error) error {
	const part = 128 // fewer are done before another goroutine has begun
	if n <= part {
		return work(0, n)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += part {
		g.Go(func() error { return work(from, min(from+part, n)) })
	}
	return g.Wait()
}

// is reports whether e is what c became.
func (c Change) is(e Entry) bool {
	return e.Key == c.key && e.Replaces == c.replaces && e.Retired() == (c.bytes == nil) && bytes.Equal(e.Bytes, c.bytes)
}
