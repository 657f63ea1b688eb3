package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	private, public := ledgertest.Key(t, "register.example.org")
	for i := range ledger.Seq(12) {
		c := ledgertest.Put(t, ledgertest.Place(fmt.Sprintf("p%d", i%5), fmt.Sprint("revision ", i)), max(0, i-4))
		if i == 9 {
			if c, err = ledger.Retire(c.Key(), i-4); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint("batch-", i), Changes: []ledger.Change{c}}); err != nil {
			t.Fatal(err)
		}
		if i == 4 || i == 11 {
			if _, err := l.Checkpoint(t.Context(), private); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		t.Fatal("the file does not stand alone after Close")
	}
	return file, public
}

// verify opens a file and verifies it; what cannot be read is found out too.
func verify(t *testing.T, file, public string) ([]ledger.Problem, error) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r, err := ledger.Verify(t.Context(), s, public)
	return r.Problems, err
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

// TestHandEdits changes one byte of every value of every row, as somebody with
// a database program would, and sees the row and the field named.
func TestHandEdits(t *testing.T) {
	file, public := made(t)
	if ps, err := verify(t, file, public); len(ps) > 0 || err != nil {
		t.Fatal(ps, err)
	}
	named := func(what string, seq int64, field string) {
		t.Helper()
		ps, err := verify(t, file, public)
		if err != nil || !slices.ContainsFunc(ps, func(p ledger.Problem) bool { return p.Seq == ledger.Seq(seq) && p.Field == field }) {
			t.Errorf("%s: Verify says %v, %v; want entry %d, %s", what, ps, err, seq, field)
		}
	}
	dice := rand.New(rand.NewPCG(1, 1))
	for _, column := range []string{"at", "actor", "batch", "kind", "id", "replaces", "salt", "sums", "hashes", "bytes"} {
		for seq := int64(1); seq <= 12; seq++ {
			if seq == 10 && column == "bytes" {
				continue // a retirement has none
			}
			was := value(t, file, column, "entries", "seq", seq)
			for _, now := range changed(was, dice) {
				edit(t, file, "UPDATE entries SET "+column+" = ? WHERE seq = ?", now, seq)
				named(fmt.Sprintf("%s of %d from %v to %v", column, seq, was, now), seq, column)
			}
			edit(t, file, "UPDATE entries SET "+column+" = ? WHERE seq = ?", was, seq)
		}
	}
	for _, size := range []int64{5, 12} {
		for _, column := range []string{"note", "sum"} {
			was := value(t, file, column, "checkpoints", "size", size)
			for _, now := range changed(was, dice) {
				edit(t, file, "UPDATE checkpoints SET "+column+" = ? WHERE size = ?", now, size)
				named(fmt.Sprintf("%s of checkpoint %d", column, size), size, "checkpoint")
			}
			edit(t, file, "UPDATE checkpoints SET "+column+" = ? WHERE size = ?", was, size)
		}
		edit(t, file, "UPDATE checkpoints SET size = 7 WHERE size = ?", size)
		named("the size of a checkpoint", 7, "checkpoint")
		edit(t, file, "UPDATE checkpoints SET size = ? WHERE size = 7", size)
	}
	edit(t, file, "UPDATE entries SET bytes = NULL WHERE seq = 3")
	named("a record turned into a retirement", 3, "bytes")
	file, public = made(t)
	edit(t, file, "UPDATE entries SET seq = 4000 WHERE seq = 4")
	named("a number, where it was", 4, "seq")
	named("a number, where it is", 4000, "seq")
	edit(t, file, "UPDATE entries SET seq = 4 WHERE seq = 4000")
	edit(t, file, "DELETE FROM entries WHERE seq = 6")
	named("a deleted entry", 6, "seq")
	file, public = made(t)
	edit(t, file, "DELETE FROM entries WHERE seq = 12")
	named("the newest entry, cut off", 12, "checkpoint")
	file, public = made(t)
	edit(t, file, "UPDATE entries SET hashes = CAST(hashes || x'00' AS BLOB) WHERE seq = 2")
	named("a longer value", 2, "hashes")
}

func value(t *testing.T, file, column, table, key string, at int64) (v any) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT "+column+" FROM "+table+" WHERE "+key+" = ?", at).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// changed are values that differ from v in one byte: the first, the last, some.
func changed(v any, dice *rand.Rand) (all []any) {
	switch v := v.(type) {
	case int64:
		return []any{v ^ 1, v ^ 1<<24}
	case string:
		for _, b := range changed([]byte(v), dice) {
			all = append(all, string(b.([]byte)))
		}
	case []byte:
		for _, i := range []int{0, len(v) - 1, dice.IntN(len(v)), dice.IntN(len(v))} {
			b := bytes.Clone(v)
			b[i] ^= 1 << dice.IntN(5)
			all = append(all, b)
		}
	}
	return all
}

// TestFileEdits flips bytes of the file itself, wherever they are. Either Verify
// finds it out, or every row still says what it said.
func TestFileEdits(t *testing.T) {
	file, public := made(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := dump(t, file)
	dice := rand.New(rand.NewPCG(1, 2))
	found, harmless := 0, 0
	flips := 300
	if os.Getenv("ENTENTE_SOAK") != "" {
		flips = 5000
	}
	for range flips {
		broken := bytes.Clone(whole)
		at := dice.IntN(len(broken))
		broken[at] ^= 1 << dice.IntN(8)
		copied := filepath.Join(t.TempDir(), "broken.db")
		if err := os.WriteFile(copied, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		ps, err := verify(t, copied, public)
		if len(ps) > 0 || err != nil {
			found++
			continue
		}
		if harmless++; dump(t, copied) != want {
			t.Errorf("byte %d is another one, the rows are others, and Verify says nothing", at)
		}
	}
	t.Logf("of %d flipped bytes %d were found, %d changed no row", flips, found, harmless)
	if found < flips/10 {
		t.Error("hardly any flip was found: do they hit the rows?")
	}
}

// dump is a hash of every row.
func dump(t *testing.T, file string) string {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		return err.Error()
	}
	defer s.Close()
	h := sha256.New()
	for e, err := range s.Entries(t.Context(), -1<<60, 1<<60) {
		fmt.Fprintf(h, "%s %x %x %v %v\n", e.Statement(), e.Salt, e.Sums, e.Hashes, err)
	}
	for c, err := range s.Checkpoints(t.Context(), -1<<60, 1<<60) {
		fmt.Fprintln(h, c, err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestRefusesWhatIsNotOurs(t *testing.T) {
	for _, c := range []struct{ name, edit, says string }{
		{"newer", "PRAGMA user_version = 2", "its schema is version 2, and this program knows only up to 1"},
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
