package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entente/desk"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
)

// TestBackup backs up a ledger while four writers append, and restores it: what
// was acknowledged before is there, and every batch is whole.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(folder, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := ledger.Open(t.Context(), s, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	public := ledgertest.Fill(t, l)
	if err := s.Desk().Put(t.Context(), desk.Change{Drawer: "settings", Key: "0", Body: []byte("text")}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 4)
	for w := range cap(ended) {
		go func() { ended <- busy(ctx, l, w) }()
	}
	for i := range 5 {
		before, err := l.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		backup, back := filepath.Join(folder, fmt.Sprint("backup ", i)), filepath.Join(folder, fmt.Sprint("back ", i))
		if r, err := sqlite.Backup(t.Context(), s, backup); err != nil || r.Head.Size < before.Size || r.Checkpoints != 2 {
			t.Fatal(r, err)
		}
		if r, err := sqlite.Restore(t.Context(), backup, back); err != nil || r.Head.Size < before.Size {
			t.Fatal(r, err)
		}
		whole(t, back, public, before)
	}
	stop()
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

// busy appends batches of three until ctx ends.
func busy(ctx context.Context, l *ledger.Ledger, w int) error {
	for i := 0; ctx.Err() == nil; i++ {
		b := ledger.Batch{ID: fmt.Sprintf("w%d-%d", w, i)}
		for j := range 3 {
			c, err := ledger.Put(ledgertest.Place(fmt.Sprintf("w%d-%d-%d", w, i, j), ""), 0)
			if err != nil {
				return err
			}
			b.Changes = append(b.Changes, c)
		}
		if _, err := l.Append(context.Background(), "NOR/test", nil, b); err != nil {
			return err
		}
	}
	return nil
}

func whole(t *testing.T, file, public string, before ledger.Head) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := ledger.Verify(t.Context(), s, public, before)
	if err != nil || len(r.Problems) > 0 {
		t.Error(r.Problems, err)
	}
	if (r.Head.Size-12)%3 != 0 {
		t.Errorf("there are %d entries, and a batch by half", r.Head.Size)
	}
	if item, err := s.Desk().Get(t.Context(), "settings", "0"); err != nil || string(item.Body) != "text" {
		t.Error(item, err)
	}
}

func TestBackupRefuses(t *testing.T) {
	file, _ := made(t)
	folder := filepath.Dir(file)
	refused := func(what, from, to, says string) {
		t.Helper()
		was, _ := os.ReadFile(to)
		if _, err := sqlite.Restore(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", what, err, says)
		}
		if is, _ := os.ReadFile(to); string(is) != string(was) {
			t.Errorf("%s: the target was changed", what)
		}
	}
	free := filepath.Join(folder, "new.db")
	taken, _ := made(t)
	refused("over another", file, taken, "there is something")
	refused("over itself", file, file, "there is something")
	refused("over a folder", file, folder, "there is something")
	refused("into no folder", file, filepath.Join(folder, "missing", "x.db"), "no such file")
	refused("from nothing", filepath.Join(folder, "nothing.db"), free, "no such file")
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("from a text", text, free, "not a database")
	edit(t, file, "UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE seq = 1) WHERE seq = 2")
	refused("from an edited one", file, free, "entry 2: bytes")
	if _, err := os.Stat(free); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was left behind", err)
	}
	if _, err := sqlite.Restore(t.Context(), taken, free); err != nil {
		t.Error("into a new file:", err)
	}
	for _, side := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Stat(free + side); err == nil {
			t.Errorf("the restored file does not stand alone: there is %s", side)
		}
	}
}
