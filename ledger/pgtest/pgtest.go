// Package pgtest gives tests a PostgreSQL of their own.
//
// DSN names an empty schema in a server that the test binary shares; Start is a
// server for one test, which may be killed and started again. A server lives in
// a temporary folder, listens on loopback only, and goes away with the test
// binary, however that ends. ENTENTE_PG names a database to use in the place of
// the shared server. Without a server to start, tests are skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Env names the variable with the connection string of a database to use.
const Env = "ENTENTE_PG"

// DSN is the connection string of a schema. It is made empty, unless it is there
// already. In a database that ENTENTE_PG names, it is dropped after the test that
// made it.
func DSN(t testing.TB, schema string) string {
	t.Helper()
	dsn, quoted := Shared(t), pgx.Identifier{schema}.Sanitize()
	err := execute(dsn, "CREATE SCHEMA "+quoted)
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) && e.Code == "42P06" { // duplicate_schema
		return within(dsn, schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(Env) != "" {
		t.Cleanup(func() {
			if err := execute(dsn, "DROP SCHEMA "+quoted+" CASCADE"); err != nil {
				t.Log(err) // a test may have killed its server
			}
		})
	}
	return within(dsn, schema)
}

// Shared is the connection string of the database that DSN makes schemas in.
func Shared(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv(Env); dsn != "" {
		return dsn
	}
	s, err := shared()
	skipOrFail(t, err)
	return s.DSN()
}

// within says the schema in a way that PostgreSQL's own programs read too.
func within(dsn, schema string) string {
	switch {
	case !strings.Contains(dsn, "://"):
		return dsn + " options=-csearch_path=" + schema
	case strings.Contains(dsn, "?"):
		return dsn + "&options=-csearch_path%3D" + schema
	}
	return dsn + "?options=-csearch_path%3D" + schema
}

func execute(dsn, query string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, query)
	return err
}

// shared is the server of the test binary, started when it is first needed.
var shared = sync.OnceValues(func() (*Server, error) { return launch("") })

func skipOrFail(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var errAbsent = errors.New("PostgreSQL is not installed: install it (on Debian: apt-get install postgresql), or set " + Env + " to the connection string of an empty database")

// Server is a PostgreSQL in a folder of its own.
type Server struct {
	programs, folder string
	settings         []string
	port             int
	password         string
	as               *syscall.Credential // nil: as whoever runs the test
	remove           func()              // stops the server and removes the folder

	process *exec.Cmd
	ended   chan struct{}
}

// Start makes and starts a server for one test, in a new folder under parent, or
// under the system's folder for temporary files. Everybody must be allowed to
// enter parent: the server may run as another user. Settings are like
// "max_wal_size=32MB".
func Start(t testing.TB, parent string, settings ...string) *Server {
	t.Helper()
	s, err := launch(parent, settings...)
	skipOrFail(t, err)
	t.Cleanup(s.remove)
	return s
}

// DSN is the server's connection string.
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/postgres?sslmode=disable", s.password, s.port)
}

// Kill ends the server as a loss of power would, as far as a process can: with
// no time to write anything more.
func (s *Server) Kill() {
	_ = s.process.Process.Kill() // it may have ended already
	<-s.ended
}

// Ended is closed when the server has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Restart starts a server that has ended. The processes of the one before may
// need a moment to notice that it is gone, and it lets no other in meanwhile.
func (s *Server) Restart() error {
	var err error
	for range 100 {
		if err = s.start(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func launch(parent string, settings ...string) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{programs: programs, settings: settings, password: rand.Text()}
	if s.folder, err = os.MkdirTemp(parent, "entente-postgres-"); err != nil {
		return nil, err
	}
	if err := s.make(); err != nil {
		_ = os.RemoveAll(s.folder)
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	for range 5 { // another process may take the port before the server does
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.start(); err == nil {
			return s, nil
		}
	}
	s.remove()
	return nil, fmt.Errorf("pgtest: %w", err)
}

// find is the folder with the programs of the newest version, as Debian lays
// them out, or of the one in the path.
func find() (string, error) {
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	version := func(folder string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
		return n
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	return "", errAbsent
}

// make writes an empty cluster, and sets a guard.
func (s *Server) make() error {
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		if err := s.other(); err != nil {
			return err
		}
	}
	secret := filepath.Join(s.folder, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o644); err != nil { // its folder is nobody else's
		return err
	}
	initdb := s.command("initdb", "-D", s.Data(), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", initdb, err, out)
	}
	return s.guard()
}

// other chooses whom to run the server as.
func (s *Server) other() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.folder, int(uid), int(gid))
}

// Program is the path of one of PostgreSQL's programs, like pg_dump.
func Program(t testing.TB, name string) string {
	t.Helper()
	folder, err := find()
	skipOrFail(t, err)
	return filepath.Join(folder, name)
}

// Data is the folder in which the server keeps everything.
func (s *Server) Data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.programs, name), args...)
	c.Dir = s.folder
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	return c
}

// guard starts a shell that waits for the end of the test binary, which it sees
// from the end of its input; then it stops the server and removes the folder.
func (s *Server) guard() error {
	const script = `read -r _
pid=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$pid"
tries=0; while [ $tries -lt 100 ] && kill -0 "$pid"; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$1"`
	c := exec.Command("/bin/sh", "-c", script, "sh", s.folder)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.remove = func() {
		in.Close()
		_ = c.Wait() // whatever it says, there is nothing more to do
	}
	return nil
}

// start starts the server and waits until it answers.
func (s *Server) start() error {
	name := filepath.Join(s.folder, "log")
	log, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", s.Data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range append([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	c := s.command("postgres", args...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	s.process, s.ended = c, ended
	for {
		if err = execute(s.DSN(), "SELECT 1"); err == nil {
			return nil
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(name)
			return fmt.Errorf("postgres ended at once: %s", said[max(0, len(said)-2000):])
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
