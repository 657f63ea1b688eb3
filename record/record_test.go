package record

import (
	"bytes"
	"os"
	"testing"
)

func readExample(t testing.TB) []Record {
	data, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rs, errs := Parse("example.yaml", data)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rs
}

func TestExampleOfTheFormat(t *testing.T) {
	rs := readExample(t)
	if len(rs) != 17 {
		t.Errorf("got %d records, want 17", len(rs))
	}
	for _, r := range rs {
		again, errs := Parse("x.yaml", Format(r))
		if len(errs) > 0 || len(again) != 1 {
			t.Fatalf("%s does not read back: %v\n%s", r.Key(), errs, Format(r))
		}
		if !bytes.Equal(Canonical(r), Canonical(again[0])) {
			t.Errorf("%s changed:\n%s\n%s", r.Key(), Canonical(r), Canonical(again[0]))
		}
	}
}
