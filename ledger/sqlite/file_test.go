package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
)

// made writes a ledger of 12 entries, with a retirement and two checkpoints,
// into a file that stands alone, and returns the file and the ledger's public
// key.
func made(t *testing.T) (file, public string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), s, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	public = ledgertest.Fill(t, l)
	l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		t.Fatal("the file does not stand alone after Close")
	}
	return file, public
}

func edit(t *testing.T, file, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestHandEdits(t *testing.T) {
	ledgertest.HandEdits(t, open, func(t testing.TB, folder string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(folder, fileName)}).EscapedPath()+"?_pragma=busy_timeout(5000)")
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}

func TestFileEdits(t *testing.T) {
	file, public := made(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	n := 0
	ledgertest.FileEdits(t, whole, ledgertest.Soak(300, 5000), public, func(t testing.TB, content []byte) (ledger.Store, error) {
		n++ // what is broken may leave a log beside it
		copied := filepath.Join(folder, fmt.Sprint(n, ".db"))
		if err := os.WriteFile(copied, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return sqlite.Open(t.Context(), copied)
	})
}

func TestRefusesWhatIsNotOurs(t *testing.T) {
	for _, c := range []struct{ name, edit, says string }{
		{"newer", "PRAGMA user_version = 99", "its schema is version 99, and this program knows only up to "},
		{"foreign", "PRAGMA application_id = 77", "a database of another program"},
		{"no version", "PRAGMA user_version = 0", "not one that entente writes"},
	} {
		file, _ := made(t)
		edit(t, file, c.edit)
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = sqlite.Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	other := filepath.Join(t.TempDir(), "other.db")
	edit(t, other, "CREATE TABLE shopping (what TEXT)")
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{other, text, t.TempDir(), filepath.Join(t.TempDir(), "missing", "x.db")} {
		if s, err := sqlite.Open(t.Context(), file); err == nil {
			s.Close()
			t.Errorf("%s is taken for a ledger", file)
		}
	}
}

// TestPragmas sees that the file is as durable as the package says.
func TestPragmas(t *testing.T) {
	file, _ := made(t)
	if mode := pragma(t, file, "journal_mode"); mode != "wal" {
		t.Errorf("journal_mode = %s", mode)
	}
	if mode := sqlite.Pragma(t, file, "synchronous"); mode != "2" {
		t.Errorf("synchronous of the writer = %s, want 2, which is FULL", mode)
	}
}

func pragma(t *testing.T, file, name string) (v string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA " + name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestLibc sees that the driver runs with the C library that it was generated
// with: with any other it breaks in ways that no compiler finds.
func TestLibc(t *testing.T) {
	list := func(module string) (version, goMod string) {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.GoMod}}", module).Output()
		if err != nil {
			t.Fatal(err)
		}
		version, goMod, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
		return version, goMod
	}
	have, _ := list("modernc.org/libc")
	_, goMod := list("modernc.org/sqlite")
	text, err := os.ReadFile(goMod)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join("..", "..", "go.mod")) // read here, so that a changed go.mod is not answered from the cache
	if err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`(?m)^\s*modernc\.org/libc (v\S+)`)
	want := wanted.FindSubmatch(text)
	written := wanted.FindSubmatch(ours)
	if want == nil || written == nil || string(want[1]) != have || string(written[1]) != have {
		t.Errorf("go.mod has modernc.org/libc %s (built with %s), and modernc.org/sqlite wants %s: set it to that", written, have, want)
	}
}
