package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/record"
)

func TestDifferences(t *testing.T) {
	const valid = `
kind: Pledge
id: nor-guns
by: NOR
title: Guns
status: [{is: announced, on: 2025-03-14}]
resource: howitzer
quantity: 6
from: 2025-05-01
sources: [{document: letter, quote: six guns}]
`
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"a number", "quantity: 6", "quantity: 8", `/quantity 6 -> 8`},
		{"the precision of a day", "2025-05-01", "2025-05", `/from "2025-05-01" -> "2025-05"`},
		{"a field more", "from: 2025-05-01", "from: 2025-05-01\nlead: 2", `/lead  -> 2`},
		{"a field less", "title: Guns", "", `/title "Guns" -> `},
		{"an element more", "on: 2025-03-14}", "on: 2025-03-14}, {is: committed, on: 2025-04}", `/status/1  -> {"is":"committed","on":"2025-04"}`},
		{"within an element", "announced", "committed", `/status/0/is "announced" -> "committed"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range record.Differences(one(t, valid), one(t, strings.Replace(valid, c.old, c.new, 1))) {
				got = append(got, fmt.Sprintf("%s %s -> %s", d.Path, d.Old, d.New))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
	whole := record.Differences(nil, one(t, valid))
	if len(whole) != 1 || whole[0].Path != "" || whole[0].Old != nil || string(whole[0].New) != string(record.Canonical(one(t, valid))) {
		t.Errorf("a new record is one difference, its whole: got %v", whole)
	}
}

func one(t *testing.T, text string) record.Record {
	t.Helper()
	rs, errs := record.Parse("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rs[0]
}
