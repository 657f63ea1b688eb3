package ledgertest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/ledger"
)

// testDump moves a ledger into another store, and back into one of this kind.
func testDump(t *testing.T, open Open) {
	s, l, _ := start(t, open, t.TempDir(), Options(1))
	public := Fill(t, l)
	ctx := t.Context()
	var text bytes.Buffer
	head, err := ledger.Dump(ctx, l, &text)
	if err != nil || head != headAt(t, l, 12) {
		t.Fatal(head, err)
	}
	same := func(what string, moved ledger.Store) {
		t.Helper()
		got, err := ledger.Load(ctx, moved, bytes.NewReader(text.Bytes()))
		if err != nil || got != head {
			t.Fatalf("%s: %v, %v", what, got, err)
		}
		if diff := cmp.Diff(list(t, s.Entries(ctx, 0, 100)), list(t, moved.Entries(ctx, 0, 100))); diff != "" {
			t.Errorf("%s: other entries came out: %s", what, diff)
		}
		if diff := cmp.Diff(list(t, s.Checkpoints(ctx, 0, 100)), list(t, moved.Checkpoints(ctx, 0, 100))); diff != "" {
			t.Errorf("%s: other checkpoints came out: %s", what, diff)
		}
		if r, err := ledger.Verify(ctx, moved, public, head); err != nil || len(r.Problems) > 0 {
			t.Errorf("%s: %v, %v", what, r.Problems, err)
		}
	}
	same("into Memory", &Memory{})
	again := open(t, t.TempDir())
	defer again.Close()
	same("into an empty store", again)
	same("where it is already", again)
	half := open(t, t.TempDir())
	defer half.Close()
	if err := half.Append(ctx, 0, list(t, s.Entries(ctx, 0, 5))); err != nil {
		t.Fatal(err)
	}
	same("where the beginning of it is", half)

	other, fork, _ := start(t, open, t.TempDir(), Options(2))
	grow(t, fork, 3)
	unloaded(t, other, text.String(), "not the first of this dump's 12")
	grow(t, fork, 20)
	unloaded(t, other, text.String(), "not the first of this dump's 12")

	_, many, _ := start(t, open, t.TempDir(), Options(3)) // more than is read at once
	Publish(t, many, 2500)
	text.Reset()
	if head, err = ledger.Dump(ctx, many, &text); err != nil {
		t.Fatal(err)
	}
	if got, err := ledger.Load(ctx, &Memory{}, bytes.NewReader(text.Bytes())); err != nil || got != head {
		t.Errorf("%v, %v, want %v", got, err, head)
	}
}

// unloaded sees a dump refused, and the store left as it was.
func unloaded(t *testing.T, s ledger.Store, text, says string) {
	t.Helper()
	before, _ := s.Size(t.Context())
	_, err := ledger.Load(t.Context(), s, strings.NewReader(text))
	if refusal := (*ledger.Refusal)(nil); !errors.As(err, &refusal) || !strings.Contains(err.Error(), says) {
		t.Errorf("loading says %v, want %s", err, says)
	}
	if after, err := s.Size(t.Context()); after != before || err != nil {
		t.Errorf("a dump that was refused left %d entries, %v", after-before, err)
	}
}

// testBrokenDump changes a dump, everywhere, and sees it refused.
func testBrokenDump(t *testing.T, open Open) {
	_, l, _ := start(t, open, t.TempDir(), Options(1))
	Fill(t, l)
	var buf bytes.Buffer
	if _, err := ledger.Dump(t.Context(), l, &buf); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	lines := strings.SplitAfter(text, "\n")
	if len(lines) != 1+2+12+1 {
		t.Fatalf("the dump has %d lines", len(lines)-1)
	}
	s := open(t, t.TempDir())
	defer s.Close()
	for what, c := range map[string]struct{ text, says string }{
		"nothing":            {"", "line 1 of the dump: it is no"},
		"something else":     {"kind: Place\n", "line 1 of the dump: it is no"},
		"cut off":            {strings.Join(lines[:14], ""), "it ends with 11 entries"},
		"cut off in a line":  {text[:len(text)-20], "line 15 of the dump"},
		"without an entry":   {strings.Join(append(lines[:6:6], lines[7:]...), ""), "entry 4: seq: the entry is missing"},
		"with one twice":     {strings.Join(append(lines[:6:6], lines[5:]...), ""), "seq"},
		"with another":       {strings.Replace(text, "revision 3", "revision X", 1), "and the root"},
		"with another size":  {strings.Replace(text, `"size":12`, `"size":11`, 1), "it ends with 12 entries"},
		"of another time":    {strings.Replace(text, "2025-01-01T00:00:04", "2024-01-01T00:00:04", 1), "at: it is before"},
		"with a wrong chain": {strings.Replace(text, `"replaces":1,`, `"replaces":2,`, 1), "replaces: it says 2"},
		"with a bad record":  {strings.Replace(text, `"name":"Place p0"`, `"nome":"Place p0"`, 1), "line 4 of the dump: the record is not right"},
		"with a bad salt":    {strings.Replace(text, `{"salt":"`, `{"salt":"AAAA`, 1), "the salt has"},
		"with another head":  {strings.Replace(text, `\n5\n`, `\n4\n`, 1), "the checkpoint of this size has another root"},
	} {
		if c.text == text {
			t.Fatalf("%s: nothing was changed", what)
		}
		unloaded(t, s, c.text, c.says)
	}
	accepted := 0
	for at := 0; at < len(text); at += 7 {
		changed := []byte(text)
		changed[at] ^= 1
		if _, err := ledger.Load(t.Context(), &Memory{}, bytes.NewReader(changed)); err == nil {
			accepted++
			if line := strings.Count(text[:at], "\n"); line != 1 && line != 2 { // signatures are not checked without a key
				t.Errorf("accepted with byte %d changed, of line %d: …%s…", at, line+1, changed[max(0, at-20):min(len(changed), at+20)])
			}
		}
	}
	t.Logf("%d changed bytes of signatures were accepted", accepted)
}
