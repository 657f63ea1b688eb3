package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/record"
)

const iatiData = "../../shared/data/iati/"

func iatiFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(iatiData + name)
	if err != nil {
		t.Skip("the published files of the standard are not here")
	}
	return data
}

func fileOf(name string, data []byte) File {
	return File{Name: name, Size: int64(len(data)), ReaderAt: bytes.NewReader(data)}
}

func importOf(t *testing.T, name string, data []byte) *Import {
	t.Helper()
	im, err := readIATI(context.Background(), []File{fileOf(name, data)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func exportOf(t *testing.T, rs []record.Record, asOf string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := writeIATI(&b, rs, Options{Stamp: Stamp{Title: "A test", Owner: "ENTENTE", Label: record.Label{Public: true}, AsOf: record.MustDay(asOf).Last()}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flows counts and sums the transactions of a file by activity, type and
// currency, reading the XML by itself.
func flows(t *testing.T, data []byte) map[string]string {
	t.Helper()
	count, sum, acts := map[string]int{}, map[string]*big.Rat{}, 0
	err := eachElement(context.Background(), fileOf("x", data), "iati-activity", func(*element) error { return nil }, func(a *element) error {
		acts++
		for _, x := range a.each("transaction") {
			k := fmt.Sprint(a.first("iati-identifier").text, " ", x.first("transaction-type").attr("code"), " ", x.first("value").attr("currency"), a.attr("default-currency"))
			v, _ := new(big.Rat).SetString(x.first("value").text)
			if sum[k] == nil {
				sum[k] = new(big.Rat)
			}
			sum[k].Add(sum[k], v)
			count[k]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"activities": fmt.Sprint(acts)}
	for k := range maps.Keys(count) {
		all[k] = fmt.Sprint(count[k], " × ", decimal(sum[k]))
	}
	return all
}

// TestIATIRoundTrip: what was read is written so that reading it again gives the
// same records, and every transaction is there with its sum.
func TestIATIRoundTrip(t *testing.T) {
	for _, name := range []string{"activity-standard-example-annotated-2.03.xml", "foodsecurity_input_dportal.xml"} {
		data := iatiFile(t, name)
		first := importOf(t, name, data)
		out := exportOf(t, first.Records, "2022-12-31")
		second := importOf(t, name, out)
		if diff := cmp.Diff(canonicals(first.Records), canonicals(second.Records)); diff != "" {
			t.Errorf("%s does not come back:\n%s", name, diff)
		}
		if diff := cmp.Diff(flows(t, data), flows(t, out)); diff != "" {
			t.Errorf("%s loses money:\n%s", name, diff)
		}
		if first.Rows != first.Imported+wholes(first.Listed) {
			t.Errorf("%s: %d rows, %d imported, %d listed", name, first.Rows, first.Imported, wholes(first.Listed))
		}
		for _, l := range second.Listed {
			t.Errorf("%s: what is written is not read again: %s", name, l)
		}
		validate(t, name, out)
	}
}

func canonicals(rs []record.Record) []string {
	var all []string
	for _, r := range rs {
		all = append(all, string(record.Canonical(r)))
	}
	return all
}

func wholes(ls []Listed) int {
	n := 0
	for _, l := range ls {
		if l.Whole {
			n++
		}
	}
	return n
}

// validate holds XML to the published schema, where xmllint is installed.
func validate(t *testing.T, name string, data []byte) {
	t.Helper()
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("xmllint is not installed: the schema is not asked")
		return
	}
	file := filepath.Join(t.TempDir(), "out.xml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(lint, "--nonet", "--noout", "--schema", iatiData+"iati-activities-schema.xsd", file).CombinedOutput(); err != nil {
		t.Errorf("%s: %s", name, out)
	}
}

// TestIATICompanion compares with the table that a publisher's own tool made of
// the same file: each of its rows is a sum of our transactions.
func TestIATICompanion(t *testing.T) {
	im := importOf(t, "foodsecurity", iatiFile(t, "foodsecurity_input_dportal.xml"))
	rows, err := csv.NewReader(bytes.NewReader(iatiFile(t, "foodsecurity_transactions.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	acts := 0
	for _, r := range im.Records {
		if _, ok := r.(*record.Agreement); ok {
			acts++
		}
	}
	if acts != 7 || im.Rows-acts-16-3 != 63 {
		t.Errorf("%d activities and %d transactions, want 7 and 63", acts, im.Rows-acts-16-3)
	}
	for _, row := range rows[2:] {
		month, act, kind := row[0], row[9], map[string][]string{"commitments": {"2"}, "spending": {"3", "4"}}[row[8]]
		n := 0
		for _, r := range im.Records {
			p, ok := r.(*record.Pledge)
			if ok && p.Under == record.AgreementID(slug("iati "+act)) && strings.HasPrefix(p.From.String(), month) && slices.Contains(kind, strings.TrimPrefix(p.Tags[0], "iati-type-")) {
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s %s of %s is in no record", month, row[8], act)
		}
	}
}

// TestIATIOwn writes a register of our own: valid by the schema and the ruleset,
// with nothing in the future.
func TestIATIOwn(t *testing.T) {
	rs, errs := record.Parse("own.yaml", []byte(ownRegister))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	out := exportOf(t, rs, "2025-02-01")
	found, err := CheckIATI(context.Background(), fileOf("own", out), record.MustDay("2025-02-01").First())
	if err != nil || len(found) > 0 {
		t.Errorf("%v %v\n%s", err, found, out)
	}
	got := flows(t, out)
	want := map[string]string{"activities": "1", "ENTENTE-NOR-ukraine-support 2 EUR": "1 × 12000000", "ENTENTE-NOR-ukraine-support 12 EUR": "1 × 12000000", "ENTENTE-NOR-ukraine-support 3 EUR": "1 × 500"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := bytes.Count(out, []byte("<planned-disbursement")); n != 1 {
		t.Errorf("%d planned disbursements, want 1", n)
	}
	if _, err := os.Stat(iatiData + "iati-activities-schema.xsd"); err == nil {
		validate(t, "own", out)
	}
}

const ownRegister = `
{kind: Party, id: NOR, name: Norway, type: nation}
---
{kind: Party, id: UKR, name: Ukraine, type: nation}
---
{kind: Agreement, id: ukraine-support, type: framework, title: Support to Ukraine, parties: [NOR, UKR], status: [{is: in-force, on: 2024-06}]}
---
{kind: Pledge, id: nor-money-1, by: NOR, to: UKR, under: ukraine-support, amount: 12000000 EUR, from: 2025-06, status: [{is: announced, on: 2024-11}, {is: committed, on: 2024-12}, {is: handed-over, on: 2025-06}]}
---
{kind: Pledge, id: nor-money-2, by: NOR, to: UKR, under: ukraine-support, amount: 500 EUR, from: 2025-01, status: [{is: handed-over, on: 2025-01-15}]}
`

// TestIATIRelease: the next release of a file says another value of the same
// transaction; it is a revision of the same record, and no other record changes.
func TestIATIRelease(t *testing.T) {
	data := iatiFile(t, "activity-standard-example-annotated-2.03.xml")
	old := importOf(t, "old", data)
	now := importOf(t, "new", bytes.Replace(data, []byte(`value-date="2012-01-01">1000<`), []byte(`value-date="2012-01-01">1250<`), 1))
	changed := 0
	for i, r := range old.Records {
		if r.Key() != now.Records[i].Key() {
			t.Fatalf("%s became %s", r.Key(), now.Records[i].Key())
		}
		if !bytes.Equal(record.Canonical(r), record.Canonical(now.Records[i])) {
			changed++
			if p := now.Records[i].(*record.Pledge); p.Amount.Min.String() != "1250 EUR" {
				t.Errorf("%s is %s", p.Key(), p.Amount)
			}
		}
	}
	if changed != 1 {
		t.Errorf("%d records changed, want 1", changed)
	}
}

// TestIATIRules: each rule has a near miss, in a file that keeps them all.
func TestIATIRules(t *testing.T) {
	const good = `<iati-activities version="2.03"><iati-activity xml:lang="en" default-currency="EUR" last-updated-datetime="2024-01-01T00:00:00Z"><iati-identifier>AA-BB-1</iati-identifier><reporting-org ref="AA-BB" type="10"><narrative>B</narrative></reporting-org><title><narrative>T</narrative></title><activity-date iso-date="2023-01-01" type="1"/><activity-date iso-date="2023-01-02" type="2"/><activity-date iso-date="2023-12-01" type="3"/><activity-date iso-date="2023-12-02" type="4"/><recipient-country code="UA" percentage="40"/><recipient-country code="MD" percentage="60"/><sector code="15210" percentage="100"/><budget><period-start iso-date="2023-01-01"/><period-end iso-date="2023-12-31"/><value value-date="2023-01-01">5</value></budget><transaction><transaction-type code="2"/><transaction-date iso-date="2023-02-01"/><value value-date="2023-02-01">5</value><provider-org ref="AA-BB"/></transaction></iati-activity></iati-activities>`
	broken := map[string][2]string{
		"1.1.3": {">AA-BB-1<", ">AA-BB<"}, "1.1.21": {">AA-BB-1<", ">CC-BB-1<"}, "1.3.1": {">AA-BB-1<", "><"}, "1.3.13": {">AA-BB-1<", ">AA-BB-1/2<"}, "1.14.13": {`ref="AA-BB" type`, `ref="AA|BB" type`},
		"2.1.2": {`percentage="100"/>`, `percentage="60"/><sector code="1" percentage="30"/>`}, "2.2.1": {`percentage="100"/>`, `percentage="100"/><sector vocabulary="99" code="1"/>`},
		"3.1.2": {`percentage="60"`, `percentage="61"`}, "4.1.1": {` xml:lang="en"`, ``}, "4.3.1": {"<narrative>T</narrative>", ""}, "6.2.2": {`<sector code="15210" percentage="100"/>`, ``},
		"6.7.2":  {`<sector code="15210" percentage="100"/>`, `<transaction><sector code="15210"/></transaction>`},
		"6.9.1":  {`<provider-org ref="AA-BB"/>`, `<provider-org/>`},
		"6.11.1": {`<activity-date iso-date="2023-01-01" type="1"/><activity-date iso-date="2023-01-02" type="2"/>`, ``}, "7.5.3": {`<period-end iso-date="2023-12-31"`, `<period-end iso-date="2024-12-31"`},
		"7.8.1": {` default-currency="EUR"`, ``}, "8.6.3": {`<period-end iso-date="2023-12-31"`, `<period-end iso-date="2022-12-31"`}, "11.1.1": {"2024-01-01T", "2099-01-01T"},
		"11.1.2": {`"2023-12-01"`, `"2022-12-01"`}, "11.1.3": {`"2023-12-02"`, `"2022-12-02"`}, "11.1.4": {`"2023-01-02"`, `"2099-01-02"`}, "11.1.5": {`"2023-12-02"`, `"2099-12-02"`},
		"11.2.1": {`<transaction-date iso-date="2023-02-01"`, `<transaction-date iso-date="2099-02-01"`}, "12.1.1": {`percentage="60"`, `percentage="160"`},
		"12.2.1": {`<transaction>`, `<capital-spend percentage="101"/><transaction>`}, "12.3.1": {`percentage="100"/>`, `percentage="-1"/>`}, "102.1.1": {`<sector code`, `<sector vocabulary="2" code`},
	}
	check := func(text string) string {
		found, err := CheckIATI(context.Background(), fileOf("x", []byte(text)), record.MustDay("2024-06-01").First())
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, b := range found {
			ids = append(ids, b.Rule)
		}
		return strings.Join(ids, " ")
	}
	if got := check(good); got != "" {
		t.Errorf("the good file breaks %s", got)
	}
	for _, rule := range iatiRules {
		edit, ok := broken[rule.id]
		if !ok {
			t.Errorf("rule %s has no test", rule.id)
			continue
		}
		if bad := strings.Replace(good, edit[0], edit[1], 1); bad == good || !slices.Contains(strings.Fields(check(bad)), rule.id) {
			t.Errorf("rule %s is not found broken, but: %s", rule.id, check(bad))
		}
	}
}

// TestIATIHostile: each of these has a clear answer, soon.
func TestIATIHostile(t *testing.T) {
	for name, text := range map[string]string{
		"an external entity": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><iati-activities version="2.03"><iati-activity><iati-identifier>&e;</iati-identifier></iati-activity></iati-activities>`,
		"a billion laughs":   `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><iati-activities version="2.03"><iati-activity>&b;</iati-activity></iati-activities>`,
		"deep nesting":       `<iati-activities version="2.03"><iati-activity>` + strings.Repeat("<a>", 100_000),
		"an old version":     `<iati-activities version="1.05"><iati-activity/></iati-activities>`,
		"another document":   `<html/>`,
		"nothing":            ``,
		"an encoding":        `<?xml version="1.0" encoding="klingon"?><iati-activities/>`,
	} {
		if _, err := readIATI(context.Background(), []File{fileOf(name, []byte(text))}, Options{}); err == nil || !isSaid(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzIATI(f *testing.F) {
	f.Add([]byte(`<iati-activities version="2.03"><iati-activity default-currency="EUR"><iati-identifier>A-1</iati-identifier><reporting-org ref="A"/><transaction><transaction-type code="3"/><transaction-date iso-date="2023-02-01"/><value>05.0</value></transaction><location><point><pos>1 2</pos></point></location></iati-activity></iati-activities>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := readIATI(context.Background(), []File{fileOf("x.xml", data)}, Options{})
		if err != nil {
			return
		}
		if im.Rows != im.Imported+wholes(im.Listed) {
			t.Errorf("%d rows, %d imported, %d listed", im.Rows, im.Imported, wholes(im.Listed))
		}
	})
}

// TestIATIListed: what makes no record is listed with its reason, and the rest is
// read all the same.
func TestIATIListed(t *testing.T) {
	const text = `<iati-activities version="2.02"><iati-activity default-currency="EUR"><iati-identifier>A-1</iati-identifier><reporting-org ref="A"><narrative>A</narrative></reporting-org>
<transaction><transaction-type code="2"/><transaction-date iso-date="2023-02-01"/><value>-5</value></transaction>
<transaction><transaction-type code="77"/><transaction-date iso-date="2023-02-01"/><value>5</value></transaction>
<transaction><transaction-type code="3"/><transaction-date iso-date="soon"/><value>5</value></transaction>
<transaction><transaction-type code="3"/><transaction-date iso-date="2023-02-01"/><value currency="ABC">5</value></transaction>
<transaction><transaction-type code="1"/><transaction-date iso-date="2023-02-01"/><value>+007.50</value></transaction>
<contact-info><email>a@example.org</email></contact-info></iati-activity>
<iati-activity><title><narrative>Nobody's</narrative></title></iati-activity></iati-activities>`
	im := importOf(t, "listed", []byte(text))
	var why []string
	for _, l := range im.Listed {
		why = append(why, l.Column+l.Reason)
	}
	for _, want := range []string{"takes back", "type \"77\"", "no day", "not an amount", "no iati-identifier", "/contact-info/email"} {
		if !strings.Contains(strings.Join(why, "\n"), want) {
			t.Errorf("nothing is listed as %q: %q", want, why)
		}
	}
	if im.Rows != 7 || im.Imported != 2 || wholes(im.Listed) != 5 {
		t.Errorf("%d rows, %d imported, %d listed", im.Rows, im.Imported, wholes(im.Listed))
	}
	got := strings.Join(of(im.Records, record.KindPledge), "")
	if !strings.Contains(got, `"amount":"7.50 EUR","by":"IATI-UNNAMED"`) || !strings.Contains(got, `"to":"A"`) {
		t.Error(got)
	}
}
