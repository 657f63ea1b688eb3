package ledger

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"entente/record"
)

// TestStatementIsCanonical asks an implementation of RFC 8785 for a second
// opinion, over names that a ledger would refuse too.
func TestStatementIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Entry{
			Seq:      Seq(rapid.Int64Range(1, 1<<50).Draw(t, "seq")),
			At:       time.UnixMicro(rapid.Int64Range(-1e15, 1e16).Draw(t, "at")),
			Actor:    Actor(rapid.String().Draw(t, "actor")),
			Batch:    rapid.String().Draw(t, "batch"),
			Key:      record.Key{Kind: "Place", ID: rapid.String().Draw(t, "id")},
			Replaces: Seq(rapid.Int64Range(0, 1<<50).Draw(t, "replaces")),
		}
		if rapid.Bool().Draw(t, "there") {
			e.Bytes = []byte(`{"id":"oslo","kind":"Place","name":"Oslo"}`)
		}
		want, err := jcs.Transform(e.Statement())
		if err != nil || !bytes.Equal(want, e.Statement()) {
			t.Fatalf("%s\nis not canonical: %s, %v", e.Statement(), want, err)
		}
	})
}

func statement(t *testing.T) []byte {
	t.Helper()
	r := &record.Place{Common: record.Common{Kind: record.KindPlace, ID: "oslo"}, Name: "Oslo", Country: "NOR"}
	e := Entry{Seq: 7, At: time.Date(2025, 1, 2, 3, 4, 5, 6000, time.UTC), Actor: "NOR/ann", Batch: "b", Key: r.Key(), Bytes: record.Canonical(r), Replaces: 2}
	return e.Statement()
}

func TestParseStatement(t *testing.T) {
	text := statement(t)
	const want = `{"actor":"NOR/ann","at":"2025-01-02T03:04:05.000006Z","batch":"b","id":"oslo","kind":"Place","record":{"country":"NOR","id":"oslo","kind":"Place","name":"Oslo"},"replaces":2,"seq":7}`
	if string(text) != want {
		t.Fatalf("the statement is\n%s, want\n%s", text, want)
	}
	e, err := ParseStatement(text)
	if err != nil || !bytes.Equal(e.Statement(), text) {
		t.Fatal(e, err)
	}
	for _, change := range [][2]string{
		{`"seq":7`, `"seq":0`},
		{`"seq":7`, `"seq":7 `},
		{`"seq":7`, `"seq":7,"seq":7`},
		{`"seq":7`, `"seq":7,"x":1`},
		{`"replaces":2`, `"replaces":7`},
		{`"replaces":2`, `"replaces":-1`},
		{`"replaces":2`, `"replaces":2,"retired":true`},
		{`,"replaces":2`, ``},
		{`000006Z`, `000006+00:00`},
		{`000006Z`, `00006Z`},
		{`NOR/ann`, ` NOR/ann`},
		{`NOR/ann`, ``},
		{`"b"`, `"\u0062"`},
		{`"b"`, `"a\nb"`},
		{`"id":"oslo","kind":"Place","record"`, `"id":"rome","kind":"Place","record"`},
		{`"kind":"Place","record"`, `"kind":"Unit","record"`},
		{`"name":"Oslo"`, `"nome":"Oslo"`},
		{`{"country":"NOR",`, `{ "country":"NOR",`},
		{`"record":{"country":"NOR","id":"oslo","kind":"Place","name":"Oslo"}`, `"record":null`},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Fatalf("%s is not in the statement", change[0])
		}
		if _, err := ParseStatement([]byte(changed)); err == nil {
			t.Errorf("accepted with %s", change[1])
		}
	}
}

func FuzzParseStatement(f *testing.F) {
	f.Add([]byte(`{"actor":"a","at":"2025-01-02T03:04:05.000006Z","batch":"b","id":"oslo","kind":"Place","replaces":2,"retired":true,"seq":7}`))
	f.Add([]byte(`{"actor":"a","at":"2025-01-02T03:04:05.000006Z","batch":"b","id":"oslo","kind":"Place","record":{"country":"NOR","id":"oslo","kind":"Place","name":"Oslo"},"replaces":2,"seq":7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := ParseStatement(text); err == nil && !bytes.Equal(e.Statement(), text) {
			t.Errorf("%s comes back as %s", text, e.Statement())
		}
	})
}

// TestEdge compares the edge with tlog, which keeps every hash.
func TestEdge(t *testing.T) {
	var all []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (hs []tlog.Hash, err error) {
		for _, x := range indexes {
			hs = append(hs, all[x])
		}
		return hs, nil
	})
	var e edge
	for n := range int64(300) {
		root, err := tlog.TreeHash(n, reader)
		if err != nil || e.head() != (Head{Seq(n), root}) {
			t.Fatalf("the head at %d is %v, want %v, %v", n, e.head(), root, err)
		}
		leaf := leafHash([]byte{byte(n), byte(n >> 8)})
		want, err := tlog.StoredHashesForRecordHash(n, leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		got := e.push([]tlog.Hash{leaf})
		if len(got) != len(want) {
			t.Fatalf("entry %d has %d hashes, want %d", n+1, len(got), len(want))
		}
		for i := range got {
			if seq, place := HashPlace(int64(len(all))); got[i] != want[i] || seq != Seq(n+1) || place != i {
				t.Fatalf("hash %d of entry %d is wrong, or placed at %d, %d", i, n+1, seq, place)
			}
			all = append(all, got[i])
		}
	}
}

func TestPutRefuses(t *testing.T) {
	place := func() *record.Place {
		return &record.Place{Common: record.Common{Kind: record.KindPlace, ID: "oslo"}, Name: "Oslo", Country: "NOR"}
	}
	if c, err := Put(place(), 0); err != nil || c.Key() != place().Key() {
		t.Fatal(c, err)
	}
	for what, spoil := range map[string]func(*record.Place){
		"no name":      func(p *record.Place) { p.Name = "" },
		"a bad id":     func(p *record.Place) { p.ID = "Oslo!" },
		"another kind": func(p *record.Place) { p.Kind = "Palace" },
	} {
		p := place()
		spoil(p)
		if _, err := Put(p, 0); err == nil {
			t.Errorf("a record with %s is accepted", what)
		}
	}
	good := string(record.Canonical(place()))
	for _, bad := range []string{"", "null", "[]", good + good, good + "\n", " " + good, "[" + good + "]", strings.Replace(good, `"Oslo"`, `"\u004fslo"`, 1)} {
		if _, err := Restore([]byte(bad), 0); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := Put(place(), -1); err == nil {
		t.Error("an entry below 0 is accepted")
	}
	for _, k := range []record.Key{{}, {Kind: "Palace", ID: "oslo"}, {Kind: "place", ID: "oslo"}, {Kind: "Place"}} {
		if _, err := Retire(k, 1); err == nil {
			t.Errorf("%s is retired", k)
		}
	}
	if _, err := Retire(place().Key(), 0); err == nil {
		t.Error("a record is retired, and no entry is named")
	}
}

func TestKeys(t *testing.T) {
	private, public, err := GenerateKey(rand.Reader, "register.example.org")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Head{5, tlog.Hash{1}}.Sign(private)
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenCheckpoint(signed, public)
	if err != nil || c.Head != (Head{5, tlog.Hash{1}}) || c.Origin != "register.example.org" {
		t.Fatal(c, err)
	}
	for i := range signed {
		changed := bytes.Clone(signed)
		changed[i] ^= 1
		if _, err := OpenCheckpoint(changed, public); err == nil {
			t.Fatalf("accepted with byte %d changed", i)
		}
	}
	for _, name := range []string{"", "two words", "a+b"} {
		if _, _, err := GenerateKey(rand.Reader, name); err == nil {
			t.Errorf("a key is made for %q", name)
		}
	}
	if _, err := (Head{}).Sign("PRIVATE+KEY+x"); err == nil {
		t.Error("half a key signs")
	}
	if _, err := Open(t.Context(), nil, Options{}); err == nil {
		t.Error("a ledger opens without clock and salts")
	}
}
