package record

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write what Parse says into testdata/errors; read the diff")

// A file of testdata/errors holds valid records, and what is said when one
// thing in them is broken:
//
//	## base NAME            a valid record, kept for the cases that follow
//	## NAME: SENTENCE       the base with lines taken out (-) and put in (+) there
//	## file FILE: SENTENCE  a file of its own
//
// A case ends with what is said of it: lines that begin with = are refused by
// the schema too, those that begin with ! by Parse alone; "ok" is a near miss,
// and "ok, not by schema" one that only the schema refuses.
type errorCase struct {
	heading string
	file    string
	lines   []string // as written, without the heading and the answer
	input   string
	want    []string
}

func readCases(t *testing.T, name string) (preface string, cases []errorCase) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	bases := map[string]string{}
	parts := strings.Split("\n"+string(data), "\n## ")
	for _, part := range parts[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		c := errorCase{heading: heading, file: "x.yaml"}
		for line := range strings.Lines(body) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "= ") || strings.HasPrefix(line, "! ") || strings.HasPrefix(line, "ok") {
				c.want = append(c.want, line)
			} else {
				c.lines = append(c.lines, line)
			}
		}
		for len(c.lines) > 0 && c.lines[len(c.lines)-1] == "" {
			c.lines = c.lines[:len(c.lines)-1]
		}
		what, _, _ := strings.Cut(heading, ":")
		switch base, isBase := strings.CutPrefix(what, "base "); {
		case isBase:
			c.input = strings.Join(c.lines, "\n") + "\n"
			bases[base] = c.input
		case strings.HasPrefix(what, "file "):
			c.file = strings.TrimPrefix(what, "file ")
			c.input = strings.Join(c.lines, "\n") + "\n"
		case bases[what] == "":
			t.Fatalf("%s: no base %q", name, what)
		default:
			c.input = edited(t, heading, bases[what], c.lines)
		}
		cases = append(cases, c)
	}
	return strings.TrimPrefix(parts[0], "\n"), cases
}

// edited takes the lines marked - out of text, and puts those marked + in where
// the last one stood, or at the end.
func edited(t *testing.T, heading, text string, edits []string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	at := len(lines)
	for _, e := range edits {
		switch {
		case strings.HasPrefix(e, "- "):
			if at = slices.Index(lines, e[2:]+"\n"); at < 0 {
				t.Fatalf("%s: no line %q", heading, e[2:])
			}
			lines = slices.Delete(lines, at, at+1)
		case strings.HasPrefix(e, "+ "):
			lines = slices.Insert(lines, at, e[2:]+"\n")
			at++
		default:
			t.Fatalf("%s: %q is no edit", heading, e)
		}
	}
	return strings.Join(lines, "")
}

func TestErrors(t *testing.T) {
	names, _ := filepath.Glob("testdata/errors/*.txt")
	if len(names) == 0 {
		t.Fatal("no testdata/errors")
	}
	schema := compiled(t, FileSchema())
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			preface, cases := readCases(t, name)
			out := preface
			for _, c := range cases {
				rs, errs := Parse(c.file, []byte(c.input))
				got := answer(rs, errs, schemaSays(schema, c.file, c.input))
				out += "\n## " + c.heading + "\n" + strings.Join(slices.Concat(c.lines, got), "\n") + "\n"
				if !*update && !slices.Equal(got, c.want) {
					t.Errorf("%s\n%s\ngot  %s\nwant %s", c.heading, c.input, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
				}
			}
			if *update {
				if err := os.WriteFile(name, []byte(strings.TrimPrefix(out, "\n")), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func answer(rs []Record, errs Errors, schemaError error) []string {
	var got []string
	mark := "! "
	if schemaError != nil {
		mark = "= "
	}
	for _, e := range errs {
		got = append(got, mark+e.Error())
	}
	switch {
	case len(errs) > 0:
	case len(rs) == 0:
		got = []string{"ok, no record"}
	case schemaError != nil:
		got = []string{"ok, not by schema"}
	default:
		got = []string{"ok"}
	}
	return got
}

func compiled(t testing.TB, text []byte) *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// schemaSays holds each document of a file against the schema, as an editor
// would.
func schemaSays(s *jsonschema.Schema, file, text string) error {
	if strings.HasSuffix(file, ".json") {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
		v, err := plainValue(&n, 0)
		if err == nil && v != nil {
			err = s.Validate(v)
		}
		if err != nil {
			return err
		}
	}
}

func plainValue(n *yaml.Node, depth int) (any, error) {
	if depth > 50 {
		return nil, fmt.Errorf("too deep")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return plainValue(n.Content[0], depth+1)
	case yaml.AliasNode:
		return plainValue(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, err := plainValue(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i].Value
			if _, twice := m[k]; twice {
				return nil, fmt.Errorf("%s twice", k)
			}
			v, err := plainValue(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			m[k] = v
		}
		return m, nil
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return nil, fmt.Errorf("tag %s", n.Tag)
	}
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return n.Value == "true", nil
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
	}
	return n.Value, nil
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"kyiv", "kyiv", 0}, {"kiev", "kyiv", 2}, {"", "abc", 3}, {"launcher", "luncher", 1}} {
		if got := Distance(c.a, c.b, 9); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.a, c.b, 1); got <= 1 && c.want > 1 {
			t.Errorf("Distance(%q, %q) is within 1", c.a, c.b)
		}
	}
}
