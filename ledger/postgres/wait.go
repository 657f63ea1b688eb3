package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"entente/ledger"
)

// pollEvery is how often Wait looks although nothing was heard: a notification
// may be lost together with a connection.
const pollEvery = time.Second

// Wait implements ledger.Waker. The first call opens a connection that listens
// for all of them.
func (s *Store) Wait(ctx context.Context, after ledger.Seq) error {
	s.listen.Do(func() { s.listening.Go(s.hear) })
	for {
		rung := s.bell.next() // before looking, so that nothing is missed in between
		n, err := s.Size(ctx)
		if err != nil || n > after {
			return err
		}
		select {
		case <-rung:
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return s.wrap(fmt.Sprintf("wait for more than %d entries", after), ctx.Err())
		}
	}
}

// channel is what appending notifies: one for each ledger of the database.
func (s *Store) channel() string { return fmt.Sprintf("entente_%d", s.table) }

// hear rings the bell at every notification until the store is closed. A
// connection that broke is never used again; a fresh one comes in its place.
func (s *Store) hear() {
	for s.open.Err() == nil {
		_ = s.hearOn(s.open) // whoever waits looks every second, and sees what is wrong
		select {
		case <-time.After(pollEvery):
		case <-s.open.Done():
		}
	}
}

func (s *Store) hearOn(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN `+s.channel()); err != nil {
		return err
	}
	for {
		s.bell.ring()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// bell tells everybody who waits that something may have happened.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // closed at the next ring
}

// next is closed when the bell rings next.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}
