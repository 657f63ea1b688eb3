package postgres_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/pgtest"
	"entente/ledger/postgres"
)

// administer runs statements as the owner of the tables.
func administer(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// filled is the connection string of a ledger of 12 entries, and its public key.
func filled(t *testing.T) (dsn, public string) {
	t.Helper()
	dsn = schema(t)
	s, l := begin(t, dsn)
	defer s.Close()
	defer l.Close()
	return dsn, ledgertest.Fill(t, l)
}

func begin(t *testing.T, dsn string) (*postgres.Store, *ledger.Ledger) {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), s, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	return s, l
}

func schema(t *testing.T) string { return dsn(t, t.TempDir()) }

// TestRefuses opens what is no ledger, or would not keep what it answers.
func TestRefuses(t *testing.T) {
	server := pgtest.Start(t, "")
	t.Setenv(pgtest.Env, server.DSN())
	in := func(database string) string {
		return strings.Replace(server.DSN(), "/postgres?", "/"+database+"?", 1)
	}
	administer(t, server.DSN(), "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
	newer, _ := filled(t)
	administer(t, newer, "INSERT INTO entente_schema (version_id, is_applied) VALUES (99, true)")
	foreign := schema(t)
	administer(t, foreign, "CREATE TABLE entries (what text)")
	for _, c := range []struct{ name, dsn, says string }{
		{"newer", newer, "its schema is version 99, and this program knows only up to 1; use the newer entente"},
		{"foreign", foreign, "name a schema of its own"},
		{"careless", schema(t) + "&synchronous_commit=off", "would lose what it answered"},
		{"not Unicode", in("ascii"), "make one with ENCODING 'UTF8'"},
		{"no database", in("nowhere"), "create the database first"},
		{"no schema", server.DSN() + "&options=-csearch_path%3Dnowhere", "there is no such schema; create it first"},
		{"no password", strings.Replace(server.DSN(), "//postgres:", "//postgres:wrong", 1), "mend the user or the password"},
		{"no server", "postgres://postgres:secret@127.0.0.1:1/postgres", "connection refused"},
		{"no sense", "postgres://postgres:secret@127.0.0.1:port/postgres", "cannot parse"},
	} {
		s, err := postgres.Open(t.Context(), c.dsn)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	administer(t, server.DSN(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
	time.Sleep(200 * time.Millisecond) // for the server to read it
	if _, err := postgres.Open(t.Context(), schema(t)); err == nil || !strings.Contains(err.Error(), "fsync = off") {
		t.Errorf("a server without fsync: %v", err)
	}
}

// TestOpenAtOnce has many processes find no tables at the same time.
func TestOpenAtOnce(t *testing.T) {
	dsn := schema(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := postgres.Open(t.Context(), dsn)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

// TestRoles grants what docs/ledger.md lists, and sees that it is enough, and
// that nobody but the owner can change an entry.
func TestRoles(t *testing.T) {
	server := pgtest.Start(t, "")
	t.Setenv(pgtest.Env, server.DSN())
	owner, public := filled(t)
	administer(t, owner, "CREATE ROLE writer LOGIN PASSWORD 'w'", "CREATE ROLE reader LOGIN PASSWORD 'r'")
	administer(t, owner, "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO writer, reader', current_schema); END $$")
	administer(t, owner, documented(t, "GRANT")...)
	as := func(name, password string) string {
		_, after, _ := strings.Cut(owner, "@")
		return fmt.Sprintf("postgres://%s:%s@%s", name, password, after)
	}
	s, l := begin(t, as("writer", "w"))
	defer s.Close()
	defer l.Close()
	private, _ := ledgertest.Key(t, "register.example.org")
	if _, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: "more", Changes: []ledger.Change{ledgertest.Put(t, ledgertest.Place("more", ""), 0)}}); err != nil {
		t.Error(err)
	}
	if _, err := l.Checkpoint(t.Context(), private); err != nil {
		t.Error(err)
	}
	if err := s.Desk().Put(t.Context()); err != nil {
		t.Error(err)
	}
	reading, l2 := begin(t, as("reader", "r"))
	defer reading.Close()
	defer l2.Close()
	if r, err := ledger.Verify(t.Context(), reading, public); err != nil || len(r.Problems) > 0 || r.Head.Size != 13 || r.Checkpoints != 3 {
		t.Errorf("the reader sees %+v, %v", r, err)
	}
	if err := reading.PutCheckpoint(t.Context(), ledger.Kept{Size: 1}); err == nil || !strings.Contains(err.Error(), "grant the role what docs/ledger.md lists") {
		t.Errorf("the reader wrote: %v", err)
	}
	for _, role := range []string{as("writer", "w"), as("reader", "r")} {
		conn, err := pgx.Connect(t.Context(), role)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		for _, edit := range []string{"UPDATE entries SET actor = 'x'", "DELETE FROM entries", "TRUNCATE entries"} {
			if _, err := conn.Exec(t.Context(), edit); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v", edit, err)
			}
		}
	}
}

// documented are the statements of docs/ledger.md that begin with a word.
func documented(t *testing.T, word string) (statements []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, word+" ") {
			statements = append(statements, line)
		}
	}
	if len(statements) == 0 {
		t.Fatalf("docs/ledger.md says no %s", word)
	}
	return statements
}

// TestDocumented sees that docs/ledger.md shows the tables as they are made.
func TestDocumented(t *testing.T) {
	step, err := os.ReadFile("schema/00001_ledger.sql")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(step), "-- +goose Up\n")
	if tables == "" || !strings.Contains(string(page), "```sql\n"+strings.ReplaceAll(tables, "\t", "  ")+"```\n") {
		t.Error("docs/ledger.md does not show the tables of schema/00001_ledger.sql")
	}
}

// TestCheck tampers with what stands around the rows.
func TestCheck(t *testing.T) {
	server := pgtest.Start(t, "")
	t.Setenv(pgtest.Env, server.DSN())
	administer(t, server.DSN(), "CREATE EXTENSION amcheck")
	for _, c := range []struct {
		says       string
		statements []string
	}{
		{"the table entries has a trigger forge", []string{
			"CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
			"CREATE TRIGGER forge BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION forge()"}},
		{"the table checkpoints has a rule forge", []string{"CREATE RULE forge AS ON INSERT TO checkpoints DO INSTEAD NOTHING"}},
		{"the entry -7 is numbered below 1", []string{
			"ALTER TABLE entries DROP CONSTRAINT entries_seq_check",
			"INSERT INTO entries SELECT -7, at, actor, batch, kind, id, replaces, salt, sums, hashes, bytes FROM entries WHERE seq = 3"}},
		{`lacks matching index tuple within index "entries_by_key"`, []string{
			"UPDATE pg_index SET indisready = false WHERE indexrelid = 'entries_by_key'::regclass",
			"CREATE TABLE kept AS TABLE entries", "TRUNCATE entries",
			"UPDATE pg_index SET indisready = false WHERE indexrelid = 'entries_by_key'::regclass",
			"INSERT INTO entries TABLE kept",
			"UPDATE pg_index SET indisready = true WHERE indexrelid = 'entries_by_key'::regclass"}},
	} {
		dsn, public := filled(t)
		s, l := begin(t, dsn)
		administer(t, dsn, c.statements...)
		r, err := ledger.Verify(t.Context(), s, public)
		if err != nil || !slices.ContainsFunc(r.Problems, func(p ledger.Problem) bool {
			return p.Seq == 0 && p.Field == "tables" && strings.Contains(p.Says, c.says)
		}) {
			t.Errorf("Verify says %v, %v; want %q", r.Problems, err, c.says)
		}
		l.Close()
		s.Close()
	}
}

// TestWaitAgain cuts the connection that listens, and still hears.
func TestWaitAgain(t *testing.T) {
	dsn := schema(t)
	s, l := begin(t, dsn)
	defer s.Close()
	defer l.Close()
	writer, there := begin(t, dsn)
	defer writer.Close()
	defer there.Close()
	for n := range ledger.Seq(2) {
		heard := make(chan error, 1)
		go func() {
			_, err := l.Wait(t.Context(), n)
			heard <- err
		}()
		time.Sleep(100 * time.Millisecond)
		administer(t, dsn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN entente_%' AND pid <> pg_backend_pid()")
		if _, err := there.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint(n), Changes: []ledger.Change{ledgertest.Put(t, ledgertest.Place(fmt.Sprint("p", n), ""), 0)}}); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-heard:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("an entry was appended ten seconds ago, and nobody heard")
		}
	}
}

// TestDump takes a ledger out with pg_dump and brings it back with psql.
func TestDump(t *testing.T) {
	dsn, public := filled(t)
	before := head(t, dsn, public)
	dump, err := exec.Command(pgtest.Program(t, "pg_dump"), "--dbname", dsn, "--schema", strings.TrimSpace(ask(t, dsn, "SELECT current_schema"))).Output()
	if err != nil {
		t.Fatal(err)
	}
	administer(t, dsn, "DO $$ BEGIN EXECUTE format('DROP SCHEMA %I CASCADE', current_schema); END $$")
	psql := exec.Command(pgtest.Program(t, "psql"), "--dbname", dsn, "--set", "ON_ERROR_STOP=1", "--quiet", "--output", os.DevNull)
	psql.Stdin = bytes.NewReader(dump)
	if out, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if after := head(t, dsn, public); after != before {
		t.Errorf("the ledger was at %v, and came back at %v", before, after)
	}
}

// TestFileEdits flips bits of the file in which the server keeps the entries.
func TestFileEdits(t *testing.T) {
	server := pgtest.Start(t, "")
	t.Setenv(pgtest.Env, server.DSN())
	dsn, public := filled(t)
	file := filepath.Join(server.Data(), ask(t, dsn, "SELECT pg_relation_filepath('entries')"))
	administer(t, dsn, "CHECKPOINT") // so that starting again mends nothing
	server.Kill()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ledgertest.FileEdits(t, whole, ledgertest.Soak(5, 200), public, func(t testing.TB, content []byte) (ledger.Store, error) {
		server.Kill()
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		return postgres.Open(t.Context(), dsn)
	})
}

func ask(t *testing.T, dsn, query string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// head verifies a ledger and is its head.
func head(t *testing.T, dsn, public string) ledger.Head {
	t.Helper()
	s, l := begin(t, dsn)
	defer s.Close()
	defer l.Close()
	r, err := ledger.Verify(t.Context(), s, public)
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(r.Problems, err)
	}
	return r.Head
}

// TestThere: whoever only looks makes no tables.
func TestThere(t *testing.T) {
	name := dsn(t, t.TempDir())
	for range 2 {
		if there, err := postgres.There(t.Context(), name); err != nil || there {
			t.Fatalf("in an empty schema: %v, %v", there, err)
		}
	}
	s, err := postgres.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if there, err := postgres.There(t.Context(), name); err != nil || !there {
		t.Errorf("after it was opened: %v, %v", there, err)
	}
}
