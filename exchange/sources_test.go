package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/record"
)

// plainRows reads a file of the real data as a plain reader does.
func plainRows(t testing.TB, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader([]byte(textOf(t, data(t, name))))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func textOf(t testing.TB, f File) string {
	t.Helper()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestNATO reads the workbook; each ally's share of 2024 is that of the table as
// others have unpivoted it.
func TestNATO(t *testing.T) {
	im := by(t, "nato", data(t, "nato-defexp-2024/240617-def-exp-2024-TABLES-en.xlsx"))
	share, product := map[string]float64{}, map[string]float64{}
	for _, r := range im.Records {
		switch r := r.(type) {
		case *record.Target:
			if r.Measure != "defence-spending-share" {
				continue
			}
			for _, a := range r.Actual {
				share[string(r.For)+a.On.String()] = a.Value.Number
			}
		case *record.Party:
			for _, g := range r.GDP {
				product[r.ID+g.Year.String()] = g.Amount.Min.Amount().Float()
			}
		}
	}
	allies := 0
	for _, row := range plainRows(t, "nato-defexp-2024/derived/tables_long.csv")[1:] {
		year := strings.TrimRight(row[3], "e")
		want, _ := strconv.ParseFloat(row[4], 64)
		id, nation := partyOf(strings.TrimRight(row[2], "*"))
		switch {
		case !nation:
		case row[0] == "TABLE3" && row[1] == "Share of real GDP (%)":
			allies++
			if have := share[string(id)+year]; math.Abs(have-want/100) > 1e-12 {
				t.Errorf("share of %s in %s is %v, not %v", id, year, have, want/100)
			}
		case row[0] == "TABLE5" && row[1] == "Current prices and exchange rates":
			if have := product[string(id)+year]; math.Abs(have/1e6-want) > 1e-6*want {
				t.Errorf("product of %s in %s is %v, not %v", id, year, have, want)
			}
		}
	}
	if allies != 31*11 || len(share) != 31*11 {
		t.Errorf("%d figures in the table, %d imported", allies, len(share))
	}
	if clean := by(t, "nato", data(t, "nato-defexp-2024/nato_defense_spending_clean.csv")); clean.Imported != 31 {
		t.Errorf("of the table as others pass it on, %d rows are imported", clean.Imported)
	}
}

// TestGDP reads every figure of the countries, in both layouts.
func TestGDP(t *testing.T) {
	rows := plainRows(t, "gdp-worldbank/gdp.csv")
	im := by(t, "gdp", data(t, "gdp-worldbank/gdp.csv"))
	figures := 0
	have := map[string]string{}
	for _, r := range im.Records {
		if p, ok := r.(*record.Party); ok {
			for _, g := range p.GDP {
				have[p.ID+g.Year.String()] = g.Amount.String()
				figures++
			}
		}
	}
	if figures != im.Imported || im.Rows != len(rows)-1 {
		t.Errorf("%d figures of %d rows imported, %d rows of %d", figures, im.Imported, im.Rows, len(rows)-1)
	}
	for _, row := range rows[1:] {
		if want := row[3] + " USD"; have[row[1]+row[2]] != "" && have[row[1]+row[2]] != want {
			t.Errorf("%s %s is %s, not %s", row[1], row[2], have[row[1]+row[2]], want)
		}
	}
	for _, l := range im.Listed {
		if !strings.Contains(l.Reason, "no ISO 3166-1 code") {
			t.Error(l)
		}
	}
	wide := by(t, "gdp", file("API_NY.csv", "\"Data Source\",\"World Development Indicators\",\n\n\"Last Updated Date\",\"2024-06-28\",\n\n\"Country Name\",\"Country Code\",\"Indicator Name\",\"Indicator Code\",\"2021\",\"2022\",\n\"Norway\",\"NOR\",\"GDP (current US$)\",\"NY.GDP.MKTP.CD\",\"503367771334.12\",\"\",\n\"World\",\"WLD\",\"GDP (current US$)\",\"NY.GDP.MKTP.CD\",\"1\",\"2\",\n"))
	if wide.Imported != 1 || wide.RowsListed() != 1 {
		t.Errorf("of the wide layout %d rows are imported, %d listed", wide.Imported, wide.RowsListed())
	}
}

// TestECB reads the history and the day's rates, and converts at them to the cent.
func TestECB(t *testing.T) {
	text := textOf(t, data(t, "ecb-eurofxref/eurofxref-hist.csv"))
	lines := strings.SplitAfterN(text, "\n", 402)[:401]
	im := by(t, "ecb", file("eurofxref-hist.csv", strings.Join(lines, "")))
	rates := map[string]*record.Rate{}
	for _, r := range im.Records {
		if r, ok := r.(*record.Rate); ok {
			rates[string(r.Currency)+" "+r.On.String()] = r
		}
	}
	said := 0
	head := strings.Split(strings.TrimSpace(lines[0]), ",")
	for _, line := range lines[1:] {
		cells := strings.Split(strings.TrimSpace(line), ",")
		for i, c := range cells {
			if i == 0 || c == "" || c == "N/A" {
				continue
			}
			said++
			if r := rates[head[i]+" "+cells[0]]; r == nil || r.PerEUR.String() != c {
				t.Errorf("%s on %s is %v, not %s", head[i], cells[0], r, c)
			}
		}
	}
	if said != len(rates) || len(im.Listed) != 0 {
		t.Errorf("%d rates, %d imported, listed: %v", said, len(rates), im.Listed)
	}
	hundred, _ := record.ParseMoney("100000.00 USD")
	euro, err := hundred.InEuro(rates["USD 2026-04-13"].PerEUR)
	if err != nil || euro.String() != "85587.13 EUR" { // 100000 / 1.1684
		t.Errorf("%v, %v", euro, err)
	}

	for name, text := range map[string]string{
		"eurofxref.csv":       "Date, USD, JPY, \n13 April 2026, 1.1684, 186.75, \n",
		"eurofxref-daily.xml": `<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube><Cube time='2026-04-13'><Cube currency='USD' rate='1.1684'/><Cube currency='JPY' rate='186.75'/></Cube></Cube></gesmes:Envelope>`,
	} {
		im := by(t, "ecb", file(name, text))
		var got []string
		for _, r := range im.Records {
			if r, ok := r.(*record.Rate); ok {
				got = append(got, r.ID+" "+r.PerEUR.String())
			}
		}
		if diff := cmp.Diff([]string{"ecb-jpy-2026-04-13 186.75", "ecb-usd-2026-04-13 1.1684"}, got); diff != "" {
			t.Errorf("%s: want -, have +:\n%s", name, diff)
		}
	}
}

// TestFTS reads the same flows from CSV with hashtags, without, and as JSON; what
// came in and is not shared is the funding that the service itself states.
func TestFTS(t *testing.T) {
	const incoming = "fts/fts_incoming_funding_pse.csv"
	tagged := by(t, "fts", data(t, incoming))
	lines := strings.SplitAfterN(textOf(t, data(t, incoming)), "\n", 3)
	plain := by(t, "fts", file("t.csv", lines[0]+lines[2]))
	if diff := cmp.Diff(canonical(plain), canonical(tagged)); diff != "" {
		t.Errorf("without hashtags -, with +:\n%s", diff)
	}
	onlyTags := by(t, "fts", file("t.csv", lines[1]+lines[2]))
	if onlyTags.Imported != plain.Imported {
		t.Errorf("by hashtags alone %d rows are imported, by headers %d", onlyTags.Imported, plain.Imported)
	}
	api := data(t, "fts/custom-search-locationid-171-year-2020.json")
	var answer struct {
		Data struct {
			Incoming struct{ FundingTotal, PledgeTotal int64 }
			Flows    []struct{ ID string }
		}
	}
	if err := json.Unmarshal([]byte(textOf(t, api)), &answer); err != nil {
		t.Fatal(err)
	}
	funding, pledged := 0.0, 0.0
	for _, x := range tagged.Totals {
		amount, _ := strconv.ParseFloat(x.Amount, 64)
		switch {
		case x.Party != "" || x.Currency != "USD":
		case x.Tag == "incoming-paid" || x.Tag == "incoming-commitment":
			funding += amount
		case x.Tag == "incoming-pledge":
			pledged += amount
		}
	}
	if in := answer.Data.Incoming; int64(funding) != in.FundingTotal || int64(pledged) != in.PledgeTotal {
		t.Errorf("funding %.0f, pledged %.0f; the service says %+v", funding, pledged, in)
	}
	flows := by(t, "fts", api)
	if flows.Imported != len(answer.Data.Flows) {
		t.Errorf("%d of %d flows are imported", flows.Imported, len(answer.Data.Flows))
	}
	if !slices.ContainsFunc(flows.Listed, func(l Listed) bool { return strings.Contains(l.Reason, "the answer goes on at") }) {
		t.Error("nobody says that there is a second page")
	}
	both := canonical(tagged)
	same := 0
	for k, text := range canonical(flows) {
		if csv, ok := both[k]; ok && strings.HasPrefix(k, "Pledge/") {
			same++
			for _, field := range []string{`"amount":`, `"by":`, `"to":`} {
				if a, b := after(csv, field), after(text, field); a != b {
					t.Errorf("%s: %s %s in the CSV, %s in the JSON", k, field, a, b)
				}
			}
		}
	}
	if same < 100 {
		t.Errorf("only %d flows are in both", same)
	}
	for _, name := range []string{"fts/fts_requirements_funding_pse.csv", "fts/fts_requirements_funding_cluster_pse.csv"} {
		if im := by(t, "fts", data(t, name)); im.Imported == 0 {
			t.Errorf("nothing of %s is imported: %v", name, im.Listed)
		}
	}
}

// after is the JSON text behind a field, up to the next comma.
func after(text, field string) string {
	_, text, _ = strings.Cut(text, field)
	text, _, _ = strings.Cut(text, `,"`)
	return strings.TrimSuffix(text, "}")
}

// TestFTSPages reads two pages together, and asks for the one that is missing.
func TestFTSPages(t *testing.T) {
	page := func(id int, next string) string {
		return fmt.Sprintf(`{"data": {"flows": [{"id": "%d", "amountUSD": 5, "status": "paid", "date": "2020-01-02", "sourceObjects": [{"type": "Organization", "name": "Norway, Government of"}], "destinationObjects": []}]}, "meta": {"nextLink": %s}}`, id, next)
	}
	one := file("page-1.json", page(1, `"https://api.hpc.tools/v1/page-2.json"`))
	two := file("page-2.json", page(2, "null"))
	if im := by(t, "fts", one, two); im.Imported != 2 || len(im.Listed) != 0 {
		t.Errorf("%d imported, listed %v", im.Imported, im.Listed)
	}
	if im := by(t, "fts", one); im.Imported != 1 || len(im.Listed) != 1 {
		t.Errorf("%d imported, listed %v", im.Imported, im.Listed)
	}
}

// TestHXL reads one table from six forms.
func TestHXL(t *testing.T) {
	want := canonical(by(t, "hxl", data(t, "hxl/input-valid.csv")))
	for _, name := range []string{"hxl/input-valid.hxl", "hxl/input-valid.tsv", "hxl/input-valid.ssv", "hxl/input-valid.json", "hxl/input-valid-objects.json"} {
		im := by(t, "hxl", data(t, name))
		if im.Imported != 4 || len(im.Listed) != 0 {
			t.Errorf("%s: %d imported, listed %v", name, im.Imported, im.Listed)
		}
		have := canonical(im)
		for k := range want {
			if have[k] == "" {
				t.Errorf("%s: there is no %s", name, k)
			}
		}
	}
}

const tradeRegister = `Transfers of major weapons: deals with deliveries or orders made for 2020 to 2023

Recipient,Supplier,Year of order,,Number ordered,,Weapon designation,Weapon description,Number delivered,,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,SIPRI TIV of delivered weapons
Ukraine,Germany,2022,,18,,PzH-2000 155mm,self-propelled gun,14,,2022-2023,Second hand,Aid,4.5,81,63
Ukraine,unknown supplier(s),(2022),,(50),,T-72M1,tank,(30),,2022; 2023,Second hand,,1.1,,
`

// TestSIPRI reads the layouts of the register and of the workbook.
func TestSIPRI(t *testing.T) {
	im := by(t, "sipri", file("trade-register.csv", tradeRegister))
	have := canonical(im)
	for k, says := range map[string]string{
		"Pledge/sipri-deu-ukr-pzh-2000-155mm-2022":        `"status":[{"is":"contracted","on":"2022"},{"is":"handed-over","on":"2022/2023","quantity":14}]`,
		"Pledge/sipri-unknown-supplier-s-ukr-t-72m1-2022": `"confidence":"estimated"`,
		"Party/UNKNOWN-SUPPLIER-S":                        `"type":"organisation"`,
	} {
		if !strings.Contains(have[k], says) {
			t.Errorf("%s does not say %s: %s", k, says, have[k])
		}
	}
	milex := by(t, "sipri", workbookOf(t, map[string][][]string{
		"Share of GDP": {{"Military expenditure by country as percentage of gross domestic product"}, {""}, {"Country", "Notes", "2021", "2022"}, {"Africa"}, {"Algeria", "1", "0.056", "..."}, {"Norway", "", "0.017", "0.016"}},
		"Current US$":  {{"Military expenditure by country, in millions of US$"}, {"Country", "Notes", "2021", "2022"}, {"Norway", "", "8293.6", "8388.8"}},
		"Footnotes":    {{"1", "words"}},
	}))
	have = canonical(milex)
	for k, says := range map[string]string{
		"Target/sipri-milex-share-nor": `{"on":"2022","value":0.016}`,
		"Target/sipri-milex-nor":       `{"on":"2021","value":"8293600000 USD"}`,
		"Target/sipri-milex-share-dza": `"actual":[{"on":"2021","value":0.056}]`,
	} {
		if !strings.Contains(have[k], says) {
			t.Errorf("%s does not say %s: %s", k, says, have[k])
		}
	}
}

// TestOver adds to a party what an import says of it, and takes nothing away.
func TestOver(t *testing.T) {
	parse := func(text string) record.Record {
		rs, errs := record.Parse("t.yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return rs[0]
	}
	old := parse("{kind: Party, id: NOR, name: Norge, type: nation, note: ours, gdp: [{year: 2020, amount: 1 USD}, {year: 2021, amount: 2 USD}]}")
	new := parse("{kind: Party, id: NOR, name: Norway, type: nation, gdp: [{year: 2021, amount: 3 USD}, {year: 2022, amount: 4 USD}], sources: [{document: d}]}")
	want := parse("{kind: Party, id: NOR, name: Norge, type: nation, note: ours, sources: [{document: d}], gdp: [{year: 2020, amount: 1 USD}, {year: 2021, amount: 3 USD}, {year: 2022, amount: 4 USD}]}")
	if diff := cmp.Diff(string(record.Canonical(want)), string(record.Canonical(Over(old, new)))); diff != "" {
		t.Errorf("want -, have +:\n%s", diff)
	}
}
