package report

import (
	"strings"
	"testing"

	"entente/access"
	"entente/record"
	"entente/register"
)

func TestPublishedTotalsAreToldOrNot(t *testing.T) {
	euros, err := record.ParseMoney("1500000 EUR")
	if err != nil {
		t.Fatal(err)
	}
	v := register.NewTree(record.Settings{}, &record.Party{Common: record.Common{Kind: record.KindParty, ID: "UKR"}, Name: "Ukraine", Type: "nation"}).View(register.At{Reader: access.Public})
	got := OfPublished(v, record.Committed, []register.Publication{
		{Cells: []register.PublishedCell{{To: "UKR", Suppressed: true}, {Euro: record.Amount{Min: euros, Max: euros}}}, All: register.PublishedCell{Suppressed: true}},
		{Resource: "gun", Cells: []register.PublishedCell{{To: "UKR", Quantity: record.Number{Min: 2, Max: 3}}}, All: register.PublishedCell{Quantity: record.Number{Min: 2, Max: 3}}},
	})
	var lines []string
	for _, row := range got.Rows {
		var words []string
		for _, c := range row {
			words = append(words, c.Text)
		}
		lines = append(lines, strings.Join(words, " | "))
	}
	want := `money | Ukraine | not told
money | others | ` + Amount(record.Amount{Min: euros, Max: euros}) + `
money | all | not told
gun | Ukraine | ` + Range(record.Number{Min: 2, Max: 3}) + `
gun | all | ` + Range(record.Number{Min: 2, Max: 3})
	if strings.Join(lines, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), want)
	}
}
