package ledger_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

var update = flag.Bool("update", false, "write the example of docs/ledger.md")

const page = "../docs/ledger.md"

var example = regexp.MustCompile("(?s)The public key is `([^`]*)`.*?```json\n(.*?)```")

// TestPage verifies the example of the page, as its reader would.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		key, file := exampleProof(t)
		at := example.FindSubmatchIndex(text)
		text = []byte(string(text[:at[2]]) + key + string(text[at[3]:at[4]]) + file + string(text[at[5]:]))
		if err := os.WriteFile(page, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := example.FindSubmatch(text)
	if found == nil {
		t.Fatal("the page has no example")
	}
	proven, err := ledger.VerifyProof(found[2], string(found[1]))
	if err != nil || proven.Entry.Seq != 3 || proven.Checkpoint.Size != 5 {
		t.Errorf("the example of the page proves entry %d of %d: %v", proven.Entry.Seq, proven.Checkpoint.Size, err)
	}
	if key, file := exampleProof(t); key != string(found[1]) || file != string(found[2]) {
		t.Error("the example is not what the code makes; run go test ./ledger -run TestPage -update")
	}
	schema, err := os.ReadFile("sqlite/sqlite.go")
	if err != nil {
		t.Fatal(err)
	}
	tables := regexp.MustCompile("(?s)```sql\n(.*?)\n```").FindSubmatch(text)
	if tables == nil || !strings.Contains(oneLine(schema), "`"+oneLine(tables[1])+"`") {
		t.Error("the tables of the page are not those of the code")
	}
}

// oneLine makes all white space single spaces.
func oneLine(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }

// exampleProof is the third of five places.
func exampleProof(t *testing.T) (key, file string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b := ledger.Batch{ID: "example"}
	for _, id := range []string{"bodo", "kiruna", "oslo", "tallinn", "riga"} {
		b.Changes = append(b.Changes, ledgertest.Put(t, ledgertest.Place(id, ""), 0))
	}
	if _, err := l.Append(t.Context(), "NOR/registrar", nil, b); err != nil {
		t.Fatal(err)
	}
	private, public := ledgertest.Key(t, "register.example.org")
	signed, err := l.Checkpoint(t.Context(), private)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := l.Proof(t.Context(), b.Changes[2].Key(), signed, public)
	if err != nil {
		t.Fatal(err)
	}
	return public, string(proof)
}
