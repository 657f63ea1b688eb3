package exchange

import (
	"fmt"
	"testing"

	"entente/record"
)

// TestDays reads the ways in which people write days.
func TestDays(t *testing.T) {
	mdy := &column{As: asDay, Order: "mdy", Since: "2022-01-24"}
	dmy := &column{As: asDay, Order: "dmy", Brackets: true}
	for _, c := range []struct {
		col        *column
		said, want string
	}{
		{mdy, "3/1/2022", "2022-03-01"},
		{mdy, "03/16/2023", "2023-03-16"},
		{mdy, "25/12/2022", "2022-12-25"}, // only one of the two can be a month
		{mdy, "1.3.2022", "2022-03-01"},   // with points the day comes first
		{dmy, "3/1/2022", "2022-01-03"},
		{mdy, "2022-03-01T00:00:00Z", "2022-03-01"},
		{mdy, "2022-3", "2022-03"},
		{mdy, "until 3/10/2022", "2022-01-24/2022-03-10"},
		{mdy, "until 6/2023", "2022-01-24/2023-06"},
		{dmy, "until 3/10/2022", "../2022-10-03"},
		{mdy, "not specified, 03/22", "2022-03"},
		{mdy, "unclear, 10/2022", "2022-10"},
		{mdy, "between 3/20/2022 and 7/1/2022", "2022-03-20/2022-07-01"},
		{mdy, "March 2024", "2024-03"},
		{mdy, "13 April 2026", "2026-04-13"},
		{mdy, "Apr 3rd, 2026", "2026-04-03"},
		{mdy, "2023e", "2023"},
		{mdy, "2022-2023", "2022/2023"},
		{mdy, "2018; 2016; 2017", "2016/2018"},
		{dmy, "(2022)", "2022"},
		{mdy, "2024-03~", "2024-03~"},
		{mdy, "until 06/31/2022", ""},
		{mdy, "2/30/2022", ""},
		{mdy, "soon", ""},
		{mdy, "2022-13-01", ""},
		{mdy, "20220301", ""},
	} {
		v := c.col.read(c.said, nil)
		got, _ := v.v.(string)
		if got != c.want || (v.is == bad) != (c.want == "") {
			t.Errorf("%q is %q, not %q", c.said, got, c.want)
		}
		if _, err := record.ParseDay(got); got != "" && err != nil {
			t.Errorf("%q: %v", c.said, err)
		}
	}
}

// TestNumbers reads the ways in which people write numbers, and rounds none.
func TestNumbers(t *testing.T) {
	number := &column{As: asNumber, Brackets: true}
	money := &column{As: asMoney}
	comma := &column{As: asNumber, Decimal: ","}
	billions := &column{As: asDecimal, Shift: 9}
	percent := &column{As: asDecimal, Shift: -2}
	for _, c := range []struct {
		col        *column
		said, want string
	}{
		{number, "35,000,000", "35000000"},
		{number, "35 000 000", "35000000"},
		{number, "35'000'000.50", "35000000.50"},
		{number, "007", "7"},
		{number, "-5", "-5"},
		{number, "\u22125", "-5"},
		{number, "(30)", "30"},
		{number, "10-20", "map[max:20 min:10]"},
		{number, "1,5", ""},   // neither groups of three nor a fraction
		{number, "1.5e9", ""}, // digits may be lost
		{number, "=A1*2", ""},
		{number, "#VALUE!", ""},
		{number, "12 pieces", ""},
		{money, "€1,000", "1000"},
		{money, "1.2 bn", "1200000000"},
		{money, "35 million", "35000000"},
		{comma, "1.234.567,89", "1234567.89"},
		{comma, "0,5", "0.5"},
		{billions, "0.00149570612079685", "1495706.12079685"},
		{billions, "2", "2000000000"},
		{percent, "2.0294680677363757", "0.020294680677363757"},
		{percent, "100", "1.00"},
	} {
		v := c.col.read(c.said, nil)
		got := ""
		if v.v != nil {
			got = fmt.Sprint(v.v)
		}
		if got != c.want || (v.is == bad) != (c.want == "") {
			t.Errorf("%q is %q, not %q (%s)", c.said, got, c.want, v.says)
		}
	}
	if got := times("3200", "0.15"); got != "480.00" {
		t.Errorf("3200 times 0.15 is %s", got)
	}
}

// TestParties tells nations from organisations, and codes from words.
func TestParties(t *testing.T) {
	for name, want := range map[string]string{
		"Norway": "NOR nation", "Czech Republic": "CZE nation", "Czechia*": "CZE nation", "Türkiye": "TUR nation", "Turkey": "TUR nation", "Korea, Rep.": "KOR nation",
		"Slovak Republic": "SVK nation", "Luxembourg, Government of": "LUX nation", "Panamá": "PAN nation", "Kosovo": "XKX nation", "Taiwan": "TWN nation", "UK": "GBR nation", "USA": "USA nation",
		"Médecins du Monde France": "MEDECINS-DU-MONDE-FRANCE organisation", "3rd Army": "X-3RD-ARMY organisation", "OMS": "OMS organisation", "occupied Palestinian territory": "PSE nation",
	} {
		c := &column{As: asParty}
		v := c.read(name, nil)
		if got := fmt.Sprint(v.v) + " " + v.kind; got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
}

// TestSlug gives ids that are right, and two names never one.
func TestSlug(t *testing.T) {
	seen := map[string]string{}
	long := "a very long name of a thing that nobody would ever write but somebody did in the end"
	for _, s := range []string{"M113 armored personnel carrier", "155mm artillery round", "Ærø", "Київ", "Харків", "-", long, long + " 2"} {
		id := slug(s)
		if other := seen[id]; other != "" || len(id) > idLengthMax {
			t.Errorf("%q and %q are both %q", s, other, id)
		}
		seen[id] = s
		if _, errs := parsed(record.Key{Kind: record.KindPlace, ID: id}, marshal(map[string]any{"kind": "Place", "id": id, "name": "x"})); len(errs) > 0 {
			t.Errorf("%q is no id: %v", id, errs)
		}
	}
}
