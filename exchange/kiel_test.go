package exchange

import (
	"bytes"
	"encoding/csv"
	"io"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"entente/record"
)

const (
	kielRows    = "kiel-ust-r14-2023/World Wide Aid.csv"
	kielWebsite = "kiel-ust-website-r29/"
)

// data is a file of the real data beside the project.
func data(t testing.TB, name string) File {
	t.Helper()
	f, err := os.Open("../../shared/data/" + name)
	if err != nil {
		t.Skipf("the sources' own data is not beside the project: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return File{name, st.Size(), f}
}

// by reads files as a built-in format.
func by(t testing.TB, format string, files ...File) *Import {
	t.Helper()
	f, ok := FormatNamed(format)
	if !ok {
		t.Fatalf("there is no format %s", format)
	}
	im, err := f.Read(t.Context(), files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if im.Imported+im.RowsListed() != im.Rows {
		t.Errorf("%d rows are not %d imported and %d listed", im.Rows, im.Imported, im.RowsListed())
	}
	for _, l := range im.Listed {
		if l.Reason == "" {
			t.Errorf("listed without a reason: %+v", l)
		}
	}
	return im
}

// kielTable is the real table as a plain reader sees it.
func kielTable(t testing.TB) [][]string {
	t.Helper()
	f := data(t, kielRows)
	text, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sumsOf adds up the euros of the table by donor and type, without any of the
// code that is tested but the names of donors.
func sumsOf(rows [][]string) map[string]string {
	sums := map[string]*big.Rat{}
	for _, r := range rows[1:] {
		x, ok := new(big.Rat).SetString(strings.ReplaceAll(r[15], ",", ""))
		if !ok {
			continue
		}
		for _, k := range []string{donors[r[1]] + " " + strings.ToLower(r[3]), " " + strings.ToLower(r[3])} {
			if sums[k] == nil {
				sums[k] = new(big.Rat)
			}
			sums[k].Add(sums[k], x)
		}
	}
	all := map[string]string{}
	for k, x := range sums {
		all[k] = x.FloatString(0)
	}
	return all
}

// donors are the parties of the real table, written down once more.
var donors = map[string]string{"United States": "USA", "Germany": "DEU", "United Kingdom": "GBR", "Canada": "CAN", "Netherlands": "NLD", "Czech Republic": "CZE", "France": "FRA", "Belgium": "BEL",
	"Estonia": "EST", "Norway": "NOR", "Lithuania": "LTU", "Denmark": "DNK", "Sweden": "SWE", "Finland": "FIN", "Spain": "ESP", "Latvia": "LVA", "Poland": "POL", "Japan": "JPN", "Italy": "ITA",
	"Luxembourg": "LUX", "Portugal": "PRT", "Austria": "AUT", "Slovenia": "SVN", "Australia": "AUS", "Slovakia": "SVK", "EU (Commission and Council)": "EU", "Greece": "GRC", "Iceland": "ISL",
	"New Zealand": "NZL", "Switzerland": "CHE", "Turkey": "TUR", "Croatia": "HRV", "Hungary": "HUN", "Ireland": "IRL", "Romania": "ROU", "South Korea": "KOR", "Taiwan": "TWN", "Bulgaria": "BGR",
	"Cyprus": "CYP", "European Peace Facility": "EPF", "India": "IND", "Malta": "MLT", "European Investment Bank": "EIB", "China": "CHN"}

func totalsOf(im *Import) map[string]string {
	all := map[string]string{}
	for _, x := range im.Totals {
		if x.Currency == record.Euro {
			all[string(x.Party)+" "+x.Tag] = x.Amount
		}
	}
	return all
}

// TestKiel reads the real row table. Its totals by donor and type are those of an
// independent sum; all together they are the 237.9 bn that the Institute
// published for release 14.
func TestKiel(t *testing.T) {
	im := by(t, "kiel", data(t, kielRows))
	want := sumsOf(kielTable(t))
	if diff := cmp.Diff(want, totalsOf(im)); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
	types := []string{want[" financial"], want[" humanitarian"], want[" military"]}
	if diff := cmp.Diff([]string{"126653883313", "16341085852", "94889246959"}, types); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
	if im.Rows != 2280 || im.Imported != 2279 {
		t.Errorf("%d rows, %d imported", im.Rows, im.Imported)
	}
}

// TestKielRecords looks at single rows of the real table.
func TestKielRecords(t *testing.T) {
	im := by(t, "kiel", data(t, kielRows))
	have := map[string]string{}
	for _, r := range im.Records {
		have[r.Base().ID] = string(record.Canonical(r))
	}
	for _, want := range []struct{ id, says, why string }{
		{"kiel-auh1", `"amount":"21311575 EUR"`, "the worth in euros is the amount"},
		{"kiel-auh1", `"values":[{"amount":"35000000 AUD","basis":"official"}]`, "what the source gives stands beside it, in its own currency"},
		{"kiel-auh1", `"at":"AUH1","document":"kiel-ust"`, "the activity is named"},
		{"kiel-auh2-ton-of-coal", `"part_of":"kiel-auh2"`, "a thing is part of the package that it came with"},
		{"kiel-auh2-ton-of-coal", `"values":[{"amount":"23030000 USD","basis":"market"}]`, "what units and price make is an estimate of its own"},
		{"kiel-auh2-ton-of-coal", `No. of Units Delivered (in-kind military aid): undisclosed`, "undisclosed is not zero"},
		{"kiel-ukf2-2", `"amount":"582370481 EUR"`, "one number of two gifts makes two pledges"},
		{"kiel-dem1-2", `"from":"2022-01-24/2023-02-24"`, "until a day is a span from the tracker's first"},
		{"kiel-esm7", `Announcement Date: until 06/31/2022`, "a day that is none is kept in words"},
		{"kiel-esm7", `"from":"2022-01-24/.."`, "what has no day is visible as that"},
		{"kiel-cam11-delivered", `"part_of":"kiel-cam11","sources"`, "what was delivered is a part, and not counted twice"},
		{"EPF", `"type":"organisation"`, "a fund of states is no nation"},
		{"TUR", `"type":"nation"`, ""},
	} {
		if !strings.Contains(have[want.id], want.says) {
			t.Errorf("%s: %s does not say %s:\n%s", want.why, want.id, want.says, have[want.id])
		}
	}
}

// TestKielAgain gives the same records for the same file, and changed records
// under the same ids for the next.
func TestKielAgain(t *testing.T) {
	rows := some(kielTable(t))
	first := by(t, "kiel", csvFile(t, rows, ','))
	if diff := cmp.Diff(canonical(first), canonical(by(t, "kiel", csvFile(t, rows, ',')))); diff != "" {
		t.Errorf("the same file gives two answers:\n%s", diff)
	}
	rows[1][15] = "21,311,576"
	was, now := canonical(first), canonical(by(t, "kiel", csvFile(t, rows, ',')))
	for k, text := range was {
		if (now[k] != text) != (k == "Pledge/kiel-auh1") {
			t.Errorf("%s:\nwas %s\nnow %s", k, text, now[k])
		}
	}
	if len(was) != len(now) {
		t.Errorf("%d records became %d", len(was), len(now))
	}
}

func canonical(im *Import) map[string]string {
	all := map[string]string{}
	for _, r := range im.Records {
		all[r.Key().String()] = string(record.Canonical(r))
	}
	return all
}

func csvFile(t testing.TB, rows [][]string, comma rune) File {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return file("t.csv", b.String())
}

// laterNames are the columns of later releases.
var laterNames = map[string]string{"ID": "activity_id", "Countries": "donor", "Announcement Date": "announcement_date", "Type of Aid General": "aid_type_general", "Type of Aid Specific": "aid_type_specific",
	"Explanation": "explanation", "Original Currency": "reporting_currency", "Monetary Value as Given by Source": "source_reported_value", "Items": "item", "Type of Item": "item_type", "No. of Units": "item_numb",
	"No. of Units Delivered (in-kind military aid)": "item_numb_deliv", "Unit Price in USD": "item_price_USD", "Total ": "tot_sub_activity_value", "Converted Value in EUR": "tot_sub_activity_value_EUR",
	"Total monetary value delivered in EUR": "tot_value_deliv_EUR", "Total_value_dummy (1 is first row in the package)": "total_value_dummy", "Earmarked year": "earmarked_year"}

// some is a part of a table, for what would take long with all of it.
func some(rows [][]string) [][]string { return slices.Concat(rows[:300], rows[590:700]) }

// TestKielVariants reads the real table as other releases, programs and people
// would have written it. The totals and the rows stay the same.
func TestKielVariants(t *testing.T) {
	rows := some(kielTable(t))
	want := sumsOf(rows)
	imported := by(t, "kiel", csvFile(t, rows, ',')).Imported
	head := func(change func(string) string) [][]string {
		other := slices.Clone(rows)
		other[0] = slices.Clone(rows[0])
		for i, h := range other[0] {
			other[0][i] = change(h)
		}
		return other
	}
	each := func(change func([]string) []string) [][]string {
		var other [][]string
		for _, r := range rows {
			other = append(other, change(slices.Clone(r)))
		}
		return other
	}
	text := func(f File) string {
		b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	plain := text(csvFile(t, rows, ','))
	utf16, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	latin := encoding.ReplaceUnsupported(charmap.ISO8859_1.NewEncoder())
	latin1, err := latin.String(strings.NewReplacer("’", "'", "“", `""`, "”", `""`).Replace(plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]File{
		"later names":          csvFile(t, head(func(h string) string { return either(laterNames[h], h) }), ','),
		"upper case":           csvFile(t, head(strings.ToUpper), ','),
		"lower case":           csvFile(t, head(strings.ToLower), ','),
		"columns reversed":     csvFile(t, each(func(r []string) []string { slices.Reverse(r[:38]); return r }), ','),
		"semicolons":           csvFile(t, rows, ';'),
		"tabs":                 csvFile(t, rows, '\t'),
		"UTF-16":               file("t.csv", utf16),
		"Latin-1":              file("t.csv", latin1),
		"byte order mark":      file("t.csv", "\xEF\xBB\xBF"+plain),
		"carriage returns":     file("t.csv", strings.ReplaceAll(plain, "\n", "\r\n")),
		"trailing blanks":      csvFile(t, each(func(r []string) []string { r[0] += "  "; r[1] += "\u00a0"; r[3] = " " + r[3] + " "; return r }), ','),
		"headers twice, blank": csvFile(t, each(func(r []string) []string { return append(r, r[1], r[3], "") }), ','),
		"words above":          file("t.csv", "Ukraine Support Tracker,,\n,,\n"+plain),
		"a sheet among others": workbookOf(t, map[string][][]string{"ReadMe": {{"What this is"}, {"a workbook"}}, "Bilateral Assistance, MAIN DATA": rows, "Figure 1": {{"Country", "bn"}, {"USA", "1"}}}),
	} {
		t.Run(name, func(t *testing.T) {
			im := by(t, "kiel", f)
			if diff := cmp.Diff(want, totalsOf(im)); diff != "" {
				t.Errorf("want -, have +:\n%s", diff)
			}
			if im.Imported != imported {
				t.Errorf("%d rows, %d imported: %v", im.Rows, im.Imported, im.Listed[:min(5, len(im.Listed))])
			}
		})
	}
}

// either is a, or else b.
func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// workbookOf writes sheets by a library that the reader does not use.
func workbookOf(t testing.TB, sheets map[string][][]string) File {
	t.Helper()
	x := excelize.NewFile()
	for name, rows := range sheets {
		name = strings.ReplaceAll(name, ",", " ")
		if _, err := x.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		w, err := x.NewStreamWriter(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			cells := make([]any, len(r))
			for j, c := range r {
				cells[j] = c
			}
			if err := w.SetRow("A"+strconv.Itoa(i+1), cells); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	return File{"t.xlsx", int64(b.Len()), bytes.NewReader(b.Bytes())}
}

// TestKielTotalsRow lists a row of totals, and counts it in none.
func TestKielTotalsRow(t *testing.T) {
	rows := some(kielTable(t))
	want := sumsOf(rows)
	sum := make([]string, len(rows[0]))
	sum[0], sum[15] = "Total", "237,884,216,124"
	im := by(t, "kiel", csvFile(t, append(rows, sum), ','))
	if diff := cmp.Diff(want, totalsOf(im)); diff != "" || im.RowsListed() != 1 {
		t.Errorf("%d listed; want -, have +:\n%s", im.RowsListed(), diff)
	}
}

// website reads the series behind the website's charts, with one file changed.
func website(t testing.TB, change func(name, text string) string) *Import {
	var files []File
	for _, name := range []string{"data_explorer.csv", "total_allocations.csv", "weapons.csv", "procurement_trends.csv", "eu_aid_shares.csv", "release_info.csv"} {
		f := data(t, kielWebsite+name)
		text, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file(name, change(name, string(text))))
	}
	return by(t, "kiel", files...)
}

func unchanged(_, text string) string { return text }

// TestKielWebsite adds the donors up to the total in every month. What is to be
// allocated may be below zero.
func TestKielWebsite(t *testing.T) {
	im := website(t, unchanged)
	for _, l := range im.Listed {
		if strings.Contains(l.Reason, "apart") || strings.Contains(l.Reason, "is not a number") {
			t.Error(l)
		}
	}
	totals := totalsOf(im)
	if diff := cmp.Diff([]string{"172992996000", "159684195000", "25722310000"}, []string{totals[" military"], totals[" financial"], totals[" humanitarian"]}); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
}

// TestKielWebsiteOff reports what does not add up, and imports it all the same.
func TestKielWebsiteOff(t *testing.T) {
	for name, change := range map[string]func(name, text string) string{
		"military allocations 2022-03": func(name, text string) string {
			return strings.Replace(text, `2022,3,5.065387,1.99095,`, `2022,3,5.065387,1.99195,`, 1)
		},
		"total of a donor and month AUS 2022-03": func(name, text string) string {
			return strings.Replace(text, `"AUS",2022,3,0.142911,`, `"AUS",2022,3,0.152911,`, 1)
		},
		"number of weapons AUS Howitzers": func(name, text string) string {
			return strings.Replace(text, "M777 howitzer (6)", "M777 howitzer (600000000000000)", 1)
		},
	} {
		im := website(t, change)
		if !slices.ContainsFunc(im.Listed, func(l Listed) bool {
			return strings.Contains(l.Reason, "apart") && strings.Contains(name, l.Column) && strings.Contains(l.Reason, strings.TrimPrefix(name, l.Column+" "))
		}) {
			t.Errorf("%s is not reported", name)
		}
	}
}
