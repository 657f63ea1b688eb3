// Package river brings workers on any machine word of jobs through River, a queue
// in the PostgreSQL database where the desk is.
//
// The desk decides, River rings: a row of River's says that there is something
// to do, and to which worker it goes decides who looks at the desk next. So what
// a job is, who has it and what it found is the same as without River; what
// River adds is that each word reaches one worker at once, that those who can do
// a kind hear of that kind only, and that a hundred idle workers cost the
// database little. Rows are thrown away by River's own maintenance.
package river

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"entente/jobs"
)

// Post implements jobs.Post.
type Post struct {
	pool   *pgxpool.Pool
	log    *slog.Logger
	sender *river.Client[pgx.Tx]
}

var _ jobs.Post = (*Post)(nil)

// Open opens the post in the database that a connection string names, and makes
// River's tables when there are none. It says on log, if not nil, what goes
// wrong later.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*Post, error) {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("river: open: %w", err)
	}
	p := &Post{pool: pool, log: cmp.Or(log, slog.New(slog.DiscardHandler))}
	if err := p.migrate(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("river: open: make River's tables: %w", err)
	}
	if p.sender, err = river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: p.log}); err != nil {
		pool.Close()
		return nil, fmt.Errorf("river: open: %w", err)
	}
	return p, nil
}

// Close gives the database back. Nobody may be delivering.
func (p *Post) Close() { p.pool.Close() }

// migrationLock names the lock under which tables are made, of the numbers that
// PostgreSQL leaves to its users.
const migrationLock = 0x456e746e_72697672

// migrate makes River's tables, one process at a time. Where they are there
// already it only reads, so that a role that may not make tables can work.
func (p *Post) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riverpgxv5.New(p.pool), &rivermigrate.Config{Logger: p.log})
	if err != nil {
		return err
	}
	if there, err := m.Validate(ctx, nil); err != nil || there.OK {
		return err
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return err
	}
	defer conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// word is a row of River's. Two with the same fields are one for as long as
// nobody has heard of it.
type word struct {
	ID    jobs.ID `json:"id"`
	Turn  int     `json:"turn"`
	Round int     `json:"round"`
	kind  jobs.Kind
}

// Kind implements river.JobArgs.
func (w word) Kind() string { return "entente-" + string(w.kind) }

const queue = "entente"

// unheard are the states of a word that makes another like it superfluous.
var unheard = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}

// Offer implements jobs.Post.
func (p *Post) Offer(ctx context.Context, n jobs.Notice) error {
	_, err := p.sender.Insert(ctx, word{n.ID, n.Turn, n.Round, n.Kind}, &river.InsertOpts{
		Queue:      queue,
		Priority:   1 + int(n.Lane),
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unheard},
	})
	if err != nil {
		return fmt.Errorf("river: offer job %s: %w", n.ID, err)
	}
	return nil
}

// Deliver implements jobs.Post.
func (p *Post) Deliver(ctx context.Context, kinds []jobs.Kind, slots int, next func(context.Context) bool) error {
	workers := river.NewWorkers()
	for _, k := range kinds {
		river.AddWorkerArgs(workers, word{kind: k}, &listener{ctx: ctx, next: next})
	}
	client, err := river.NewClient(riverpgxv5.New(p.pool), &river.Config{
		Logger:              p.log,
		Workers:             workers,
		Queues:              map[string]river.QueueConfig{queue: {MaxWorkers: slots}},
		FetchOnlyKnownKinds: true,
		FetchCooldown:       fetchCooldown,
		JobTimeout:          listenMax,

		// Nothing is lost with a row: what nobody takes is offered again.
		RescueStuckJobsAfter:        listenMax + time.Hour,
		CompletedJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return fmt.Errorf("river: deliver: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("river: deliver: %w", err)
	}
	<-ctx.Done()
	if err := client.Stop(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("river: stop: %w", err)
	}
	return nil
}

const (
	fetchCooldown = 20 * time.Millisecond // between two jobs of one worker
	listenMax     = 24 * time.Hour        // after which the row of a worker that died is thrown away
)

// listener does a job for each word that comes.
type listener struct {
	river.WorkerDefaults[word]
	ctx  context.Context // of those who listen: River's own ends with the row
	next func(context.Context) bool
}

// Work implements river.Worker.
func (l *listener) Work(context.Context, *river.Job[word]) error {
	if l.ctx.Err() != nil {
		return river.JobSnooze(0) // for those who still listen
	}
	l.next(l.ctx)
	return nil
}
