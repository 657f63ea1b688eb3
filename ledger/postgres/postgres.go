// Package postgres keeps a ledger, and the desk beside it, in a PostgreSQL
// database.
//
// The tables, and what a role needs to be granted, are as docs/ledger.md says;
// a ledger is a schema of the database, so one database may hold many. Whatever
// was answered is on the server's disk: a server or role that is set to answer
// before that is refused. Any number of processes may write; they take turns by
// an advisory lock, and one that was slower is told ledger.ErrMoved.
package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"entente/ledger"
)

// Store implements ledger.Store.
type Store struct {
	pool  *pgxpool.Pool
	name  string // for messages
	table int64  // the table of entries, by PostgreSQL's own number; it names the lock and the channel

	open      context.Context // until Close
	close     context.CancelFunc
	listen    sync.Once
	listening sync.WaitGroup
	bell      bell
}

var (
	_ ledger.Store   = (*Store)(nil)
	_ ledger.Checker = (*Store)(nil)
	_ ledger.Indexed = (*Store)(nil)
	_ ledger.Waker   = (*Store)(nil)
)

// session is how a connection is set, and why.
var session = map[string]string{
	"default_transaction_isolation":       "read committed", // after waiting for its turn, a writer sees what was written meanwhile
	"enable_seqscan":                      "off",            // every question has an index, also while the statistics are old
	"idle_in_transaction_session_timeout": "60s",            // a writer whose machine is gone gives its turn back
	"tcp_keepalives_idle":                 "30",             // in seconds; the server notices that the machine is gone
}

// Open opens the ledger that a connection string names (a URL, or words like
// host=… dbname=…), and makes its tables when there are none.
func Open(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err) // it leaves the password out
	}
	for name, value := range session {
		config.ConnConfig.RuntimeParams[name] = value
	}
	config.AfterConnect = inspect
	c := config.ConnConfig
	s := &Store{name: fmt.Sprintf("%s at %s:%d", c.Database, c.Host, c.Port)}
	s.open, s.close = context.WithCancel(context.Background())
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, s.wrap("open", err)
	}
	if err := s.migrate(ctx); err != nil {
		_ = s.Close()
		return nil, s.wrap("open", err)
	}
	return s, nil
}

// inspect refuses a connection on which an answer would not mean that what was
// answered is on the disk, or text is not what was given.
func inspect(ctx context.Context, conn *pgx.Conn) error {
	var encoding, fsync, commit string
	err := conn.QueryRow(ctx, `SELECT current_setting('server_encoding'), current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&encoding, &fsync, &commit)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("the database is encoded in %s; make one with ENCODING 'UTF8'", encoding)
	case fsync != "on":
		return errors.New("the server has fsync = off and would lose what it answered; set it to on in postgresql.conf")
	case commit == "off":
		return errors.New("the session has synchronous_commit = off and would lose what it answered; ALTER ROLE or ALTER DATABASE … SET synchronous_commit = on")
	}
	return nil
}

// steps are every version of the tables, each as the step from the one before.
//
//go:embed schema/*.sql
var steps embed.FS

// versionTable is where goose notes which steps were taken.
const versionTable = "entente_schema"

// migrate brings the tables up to date. Where they are already, it only reads,
// so a role that may not make tables can open a ledger.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(steps, "schema")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, folder, goose.WithTableName(versionTable), goose.WithSessionLocker(turn{}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	have, err := s.version(ctx)
	if err != nil {
		return err
	}
	switch last := p.ListSources()[len(p.ListSources())-1].Version; {
	case have > last:
		return fmt.Errorf("its schema is version %d, and this program knows only up to %d; use the newer entente that wrote it", have, last)
	case have < last:
		if _, err := p.Up(ctx); err != nil {
			return err
		}
	}
	return s.pool.QueryRow(ctx, `SELECT 'entries'::regclass::oid::bigint`).Scan(&s.table)
}

// turn lets one process after the other migrate. goose's own locker looks only
// every few seconds whether it is its turn.
type turn struct{}

func (turn) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lock.DefaultLockID)
	return err
}

func (turn) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, lock.DefaultLockID)
	return err
}

// version is the newest step that was taken; 0 is none.
func (s *Store) version(ctx context.Context) (n int64, err error) {
	var there, somewhere bool
	err = s.pool.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL, current_schema IS NOT NULL`, versionTable).Scan(&there, &somewhere)
	if err == nil && !somewhere {
		err = errors.New("there is no such schema; create it first, or name another in search_path")
	}
	if err != nil || !there {
		return 0, err
	}
	err = s.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&n)
	return n, err
}

// Close closes every connection.
func (s *Store) Close() error {
	s.close()
	s.listening.Wait()
	s.pool.Close()
	return nil
}

// remedies are for errors that people can mend, by PostgreSQL's code.
var remedies = map[string]string{
	"25006": "this server only reads: name the primary",
	"28P01": "mend the user or the password in the connection string",
	"3D000": "create the database first",
	"42501": "grant the role what docs/ledger.md lists",
	"42P07": "another program has a table of that name here: name a schema of its own with search_path=… in the connection string",
	"53100": "the server's disk is full: free some space and try again",
	"53300": "the server takes no more connections: raise max_connections, or lower pool_max_conns in the connection string",
}

func (s *Store) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	e := (*pgconn.PgError)(nil)
	if errors.As(err, &e) && remedies[e.Code] != "" {
		return fmt.Errorf("postgres: %s: %s: %w; %s", s.name, doing, err, remedies[e.Code])
	}
	return fmt.Errorf("postgres: %s: %s: %w", s.name, doing, err)
}

// Check implements ledger.Checker: what could make the tables answer otherwise
// than with their rows, and what the server itself knows to be broken.
func (s *Store) Check(ctx context.Context) ([]ledger.Problem, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT format('the table %s has a trigger %s', tgrelid::regclass, tgname) FROM pg_trigger
		WHERE tgrelid IN ('entries'::regclass, 'checkpoints'::regclass) AND NOT tgisinternal
		UNION ALL
		SELECT format('the table %s has a rule %s', ev_class::regclass, rulename) FROM pg_rewrite
		WHERE ev_class IN ('entries'::regclass, 'checkpoints'::regclass)
		UNION ALL
		SELECT format('the index %s is not valid', indexrelid::regclass) FROM pg_index
		WHERE indrelid IN ('entries'::regclass, 'checkpoints'::regclass) AND NOT (indisvalid AND indisready)
		UNION ALL
		SELECT format('the entry %s is numbered below 1', seq) FROM (SELECT seq FROM entries WHERE seq < 1 LIMIT 10) AS below
		UNION ALL
		SELECT format('%s pages were read whose checksum was wrong', checksum_failures) FROM pg_stat_database
		WHERE datname = current_database() AND checksum_failures > 0`)
	if err != nil {
		return nil, s.wrap("check the tables", err)
	}
	says, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, s.wrap("check the tables", err)
	}
	broken, err := s.indexes(ctx)
	var problems []ledger.Problem
	for _, says := range append(says, broken...) {
		problems = append(problems, ledger.Problem{Field: "tables", Says: says})
	}
	return problems, s.wrap("check the indexes", err)
}

// indexes has PostgreSQL's extension amcheck compare each index with its table,
// where the extension is installed and the role may use it.
func (s *Store) indexes(ctx context.Context) (broken []string, err error) {
	var check string
	err = s.pool.QueryRow(ctx, `
		WITH amcheck AS MATERIALIZED (
			SELECT format('%I.bt_index_check', nspname) AS name FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'amcheck')
		SELECT name FROM amcheck WHERE has_function_privilege(name || '(regclass, boolean)', 'execute')`).Scan(&check)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid IN ('entries'::regclass, 'checkpoints'::regclass) ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		_, err := s.pool.Exec(ctx, `SELECT `+check+`($1::text::regclass, true)`, name)
		e := (*pgconn.PgError)(nil)
		switch {
		case errors.As(err, &e):
			broken = append(broken, cmp.Or(e.Message, e.Code))
		case err != nil:
			return broken, err
		}
	}
	return broken, nil
}
