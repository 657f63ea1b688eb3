package screen

import (
	"strings"
	"testing"

	"entente/record"
)

// TestDiffsAreSaidForPeople holds what a proposal changes to words without JSON.
func TestDiffsAreSaidForPeople(t *testing.T) {
	w := sample(t)
	parse := func(text string) record.Record {
		rs, errs := record.Parse("a.yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return rs[0]
	}
	one := parse("{kind: Party, id: EST, name: Estonia, type: nation}")
	for name, c := range map[string]struct {
		old, new record.Record
		want     string
	}{
		"added":   {nil, one, "id||EST;kind||Party;name||Estonia;type||nation"},
		"retired": {one, nil, "id|EST|;kind|Party|;name|Estonia|;type|nation|"},
		"changed": {one, parse("{kind: Party, id: EST, name: Eesti, type: nation}"), "name|Estonia|Eesti"},
	} {
		var rows []string
		for _, row := range w.DiffOf(one.Key(), "add", record.Differences(c.old, c.new)).Table.Rows {
			rows = append(rows, row[0].Text+"|"+row[1].Text+"|"+row[2].Text)
		}
		if got := strings.Join(rows, ";"); got != c.want {
			t.Errorf("what is %s says %s", name, got)
		}
	}
	if got := fieldPath("/status/0/is"); got != "status 1 is" {
		t.Errorf("a path says %q", got)
	}
}
