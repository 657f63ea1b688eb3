package exchange

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"entente/record"
)

var update = flag.Bool("update", false, "write golden files")

// file is a table in memory.
func file(name, text string) File {
	return File{name, int64(len(text)), strings.NewReader(text)}
}

func mapping(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := ParseMapping("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t testing.TB, m *Mapping, files ...File) *Import {
	t.Helper()
	im, err := m.Read(t.Context(), files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// TestBuiltMappings holds the mappings that come with the program to the schema
// that editors use, and the list of them to the folder.
func TestBuiltMappings(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(MappingSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mapping.json", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("mapping.json")
	names, err := filepath.Glob("mappings/*.yaml")
	if err != nil || len(names) != len(builtIn) {
		t.Errorf("%d mappings in the folder, %d in the list; %v", len(names), len(builtIn), err)
	}
	for _, name := range builtIn {
		text, ok := BuiltMapping(name)
		if !ok {
			t.Fatalf("there is no mapping %s", name)
		}
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		inst, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(inst); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if f, ok := FormatNamed(name); !ok || f.Title == "" {
			t.Errorf("%s is no format with a title", name)
		}
	}
}

// TestMappingErrors reads broken mappings; what is said of each stands beside it.
func TestMappingErrors(t *testing.T) {
	const golden = "testdata/mapping-errors.txt"
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, part := range strings.Split(string(text), "=== ") {
		if i == 0 {
			out.WriteString(part)
			continue
		}
		given, _, _ := strings.Cut(part, "--- says\n")
		_, body, _ := strings.Cut(given, "\n")
		says := "nothing\n"
		if _, err := ParseMapping("m.yaml", []byte(body)); err != nil {
			says = err.Error() + "\n"
		}
		out.WriteString("=== " + given + "--- says\n" + says)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(text), out.String()); diff != "" && !*update {
		t.Errorf("want -, have +:\n%s", diff)
	}
}

const gifts = `
format: gifts
tables:
  - missing: ["."]
    columns:
      giver: {names: [Giver, "#org+funder"], as: party, need: true}
      sum: {names: [Sum, "#value"], as: money, currency: "{currency}"}
      currency: {names: [Currency], default: EUR}
      what: {names: [What]}
      count: {names: [Count], as: number, unknown: [undisclosed]}
      day: {names: [Day], as: day}
      code: {names: [Code]}
    skip:
      - {column: giver, like: "^total", reason: a total of other rows}
    rows:
      - {kind: Party, id: "{giver}", shared: true, fields: {name: "{giver.name}", type: "{giver.type}"}}
      - {kind: Pledge, id: "gift-{code.slug|none}", unique: true, when: [sum], keep: "", fields: {by: "{giver}", amount: "{sum}", from: "{day|2022/..}", status: [{is: committed, on: "{day?}"}], values: [{basis: official, amount: "{sum}"}]}}
`

func TestMapping(t *testing.T) {
	im := read(t, mapping(t, gifts), file("gifts.csv", strings.Join([]string{
		"some words above",
		"Code,GIVER,sum ,Currency,What,Count,Day,Colour",
		"a1,Norway,\"1,500.50\",NOK,a boat,undisclosed,2024-03-05,red",
		"a1,Estonia,2000,.,.,3,March 2024,",
		"a2,Germany,many,EUR,,,,",
		"",
		"Total,total,3500,,,,,",
	}, "\n")))
	var got []string
	for _, r := range im.Records {
		got = append(got, string(record.Canonical(r)))
	}
	want := []string{
		`{"id":"EST","kind":"Party","name":"Estonia","type":"nation"}`,
		`{"id":"NOR","kind":"Party","name":"Norway","type":"nation"}`,
		`{"amount":"1500.50 NOK","by":"NOR","from":"2024-03-05","id":"gift-a1","kind":"Pledge","note":"What: a boat; Count: undisclosed; Colour: red","status":[{"is":"committed","on":"2024-03-05"}],"values":[{"amount":"1500.50 NOK","basis":"official"}]}`,
		`{"amount":"2000 EUR","by":"EST","from":"2024-03","id":"gift-a1-2","kind":"Pledge","note":"Count: 3","status":[{"is":"committed","on":"2024-03"}],"values":[{"amount":"2000 EUR","basis":"official"}]}`,
	}
	slices.Sort(got)
	slices.Sort(want)
	// Germany's party was said before its sum could not be read.
	got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, `"DEU"`) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
	var listed []string
	for _, l := range im.Listed {
		listed = append(listed, l.String())
	}
	if diff := cmp.Diff([]string{
		`gifts.csv:5: "a2 | Germany | many | EUR" no record can be made of it: sum: "many" is not a number; mend the row in the source, or the mapping`,
		`gifts.csv:7: "Total | total | 3500" a total of other rows`,
	}, listed); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
	if im.Rows != 4 || im.Imported != 2 || im.RowsListed() != 2 {
		t.Errorf("%d rows, %d imported, %d listed", im.Rows, im.Imported, im.RowsListed())
	}
}

// TestNothingIsLost makes tables of any text, and looks for every cell in the
// records or in the list.
func TestNothingIsLost(t *testing.T) {
	m := mapping(t, gifts)
	for _, kept := range []string{gifts, strings.ReplaceAll(gifts, `keep: "", `, "")} {
		m = mapping(t, kept)
		rapid.Check(t, func(t *rapid.T) {
			words := rapid.SampledFrom([]string{"", ".", " ", "Norway", "EU", "12", "1,000", "-5", "1e9", "(3)", "undisclosed", "NOK", "XXX", "2024-03-05", "31/02/2024", "total", "héllo wörld", "a;b", `q"q`, "x\ny"})
			row := rapid.SliceOfN(words, 8, 9)
			var b strings.Builder
			b.WriteString("Code,Giver,Sum,Currency,What,Count,Day,Colour\n")
			rows := rapid.SliceOfN(row, 0, 6).Draw(t, "rows")
			for _, r := range rows {
				for i, c := range r {
					if i > 0 {
						b.WriteByte(',')
					}
					b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
				}
				b.WriteByte('\n')
			}
			text := b.String()
			im, err := m.Read(t.Context(), []File{{"t.csv", int64(len(text)), strings.NewReader(text)}}, Options{})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			found := foundIn(im)
			said := 0
			for _, r := range rows {
				if !allBlank(r) && slices.ContainsFunc(r, func(c string) bool { return !blank(c) && c != "." }) {
					said++
				}
				for _, c := range r {
					// A name of words may be in an id, where it has hyphens.
					if c = trim(c); c != "" && c != "." && !strings.Contains(found, strings.Join(strings.Fields(c), " ")) && !strings.Contains(found, digitsOf(c)) && !strings.Contains(found, strings.ReplaceAll(folded(c), " ", "-")) {
						t.Fatalf("%q is lost\n%s\n%s", c, text, found)
					}
				}
			}
			if im.Imported+im.RowsListed() != im.Rows || im.Rows < said {
				t.Fatalf("%d rows, %d imported, %d listed, %d said something", im.Rows, im.Imported, im.RowsListed(), said)
			}
		})
	}
}

// digitsOf is a number as a record writes it.
func digitsOf(c string) string {
	if c == "1,000" {
		return "1000"
	}
	return c
}

// foundIn is all that an import says, as text.
func foundIn(im *Import) string {
	var b strings.Builder
	for _, r := range im.Records {
		b.Write(record.Canonical(r))
	}
	for _, l := range im.Listed {
		b.WriteString(" " + l.Value + " " + l.Reason)
	}
	return strings.NewReplacer(`\n`, " ", `\"`, `"`).Replace(b.String())
}

// TestHashtags reads by the row of hashtags what the headers do not tell.
func TestHashtags(t *testing.T) {
	im := read(t, mapping(t, gifts), file("t.csv", "Donante,Valor\n#org +name +funder,#value+usd\nNorway,7\n"))
	if im.Imported != 1 || im.Totals[0].Amount != "7" {
		t.Errorf("%+v", im)
	}
}

// TestManyOfOneID numbers rows that ask for one id, however many there are.
func TestManyOfOneID(t *testing.T) {
	const n = 20_000
	im := read(t, mapping(t, gifts), file("t.csv", "Giver,Sum\n"+strings.Repeat("Norway,1\n", n)))
	if im.Imported != n || im.Totals[0].Amount != "20000" {
		t.Errorf("%d imported, %+v", im.Imported, im.Totals)
	}
}

// TestNoTable says what is missing, and what there is.
func TestNoTable(t *testing.T) {
	_, err := mapping(t, gifts).Read(t.Context(), []File{file("t.csv", "Donor,Amount,Why\nNorway,7,so\n")}, Options{})
	want := "t.csv: no table has the columns that gifts needs; missing: giver (Giver, #org+funder); there are: Donor, Amount, Why; name another format, or add what the columns are called now to a mapping of your own (entente import --mapping FILE)"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func FuzzMapping(f *testing.F) {
	for _, name := range builtIn {
		text, _ := BuiltMapping(name)
		f.Add(text, []byte("ID,Countries,Type of Aid General\nA1,Norway,Military\n"))
	}
	f.Add([]byte(gifts), []byte("Giver,Sum\nNorway,7\n"))
	f.Fuzz(func(t *testing.T, text, table []byte) {
		m, err := ParseMapping("m.yaml", text)
		if err != nil {
			return
		}
		im, err := m.Read(t.Context(), []File{{"t.csv", int64(len(table)), bytes.NewReader(table)}}, Options{})
		if err == nil && im.Imported+im.RowsListed() != im.Rows {
			t.Errorf("%d rows, %d imported, %d listed", im.Rows, im.Imported, im.RowsListed())
		}
	})
}
