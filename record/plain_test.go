package record

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// FuzzPlain holds the reader of plain JSON to the reader of all JSON: it makes
// the same node, or none.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, `{"a":1,"b":[true,false,null,"é",-0.5e+7,[]],"c":{"d":{}}}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `[1,]`, `[,1]`, `{"a":01}`, `{"a":-}`, `{"a":1.}`,
		`{"a":1e}`, `{"a":"\n"}`, `{"a": 1}`, `{"a":1}{"b":2}`, `{"a":tru}`, `{"a":1]`, `[1}`, `{1:2}`, `"a`, `{"a":"b\"}`, `{"a":00}`, `{"a":-0}`, ``, `{"a":1} `,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if unreadable(text) != nil {
			return
		}
		got := plain(text)
		if got == nil {
			return
		}
		r := jsonReader{dec: json.NewDecoder(bytes.NewReader(text)), data: text, lines: lineStarts(text), nodes: jsonNodesMax}
		r.dec.UseNumber()
		want, err := r.value(0)
		if err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(yaml.Node{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

// TestPlain sees that what Canonical writes is read as plain, unless it holds
// escapes.
func TestPlain(t *testing.T) {
	place := &Place{Common: Common{Kind: KindPlace, ID: "oslo", Note: "æøå"}, Name: "Oslo", Country: "NOR"}
	if plain(Canonical(place)) == nil {
		t.Error("a record is not plain")
	}
	place.Note = "two\nlines"
	if plain(Canonical(place)) != nil {
		t.Error("an escape is plain")
	}
}
