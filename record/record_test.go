package record

import (
	"errors"
	"io/fs"
	"path/filepath"

	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
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

// The worlds that are shipped obey the format and its schema.
func TestExamples(t *testing.T) {
	schema := compiled(t, FileSchema())
	schemas := map[Kind]*jsonschema.Schema{}
	for _, k := range Kinds() {
		schemas[k] = compiled(t, Schema(k))
	}
	if Schema("Weather") != nil {
		t.Error("a schema of no kind")
	}
	try := func(name string, data []byte) {
		if filepath.Base(name) == SettingsFile {
			if _, errs := ParseSettings(name, data); len(errs) > 0 {
				t.Error(errs)
			}
			return
		}
		rs, errs := Parse(name, data)
		if len(errs) > 0 {
			t.Error(errs)
		}
		for _, r := range rs {
			if err := schemaSays(schemas[r.Key().Kind], "x.json", string(Canonical(r))); err != nil {
				t.Errorf("%s: %s: %v", name, r.Key(), err)
			}
		}
		if err := schemaSays(schema, name, string(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, root := range []string{"testdata/example.yaml", "../examples"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(name); err != nil || d.IsDir() || ext != ".yaml" && ext != ".json" {
				return err
			}
			data, err := os.ReadFile(name)
			try(name, data)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}
