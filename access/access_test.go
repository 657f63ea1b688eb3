package access

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"entente/record"
)

var update = flag.Bool("update", false, "rewrite the golden table")

// The whole policy as one table: every kind of reader by every kind of label.
func TestCanSee(t *testing.T) {
	readers := []struct {
		name   string
		reader Reader
		groups []record.PartyID
	}{
		{"keeper", Keeper, nil},
		{"public", Public, nil},
		{"EST, who states it", Reader{Party: "EST"}, []record.PartyID{"NATO"}},
		{"GBR, in NATO", Reader{Party: "GBR"}, []record.PartyID{"NATO"}},
		{"UKR, in no group", Reader{Party: "UKR"}, nil},
		{"NATO itself", Reader{Party: "NATO"}, nil},
	}
	labels := []struct {
		name  string
		label record.Label
	}{
		{"[public]", record.Label{Public: true}},
		{"[]", record.Label{}},
		{"[NATO]", record.Label{Parties: []record.PartyID{"NATO"}}},
		{"[NATO, UKR]", record.Label{Parties: []record.PartyID{"NATO", "UKR"}}},
		{"[GBR]", record.Label{Parties: []record.PartyID{"GBR"}}},
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-20s", "stated by EST")
	for _, l := range labels {
		fmt.Fprintf(&out, "%-13s", l.name)
	}
	for _, r := range readers {
		fmt.Fprintf(&out, "\n%-20s", r.name)
		for _, l := range labels {
			word := "hidden"
			if CanSee(r.reader, "EST", l.label, r.groups) {
				word = "sees"
			}
			fmt.Fprintf(&out, "%-13s", word)
		}
	}
	got := out.String() + "\n"
	const golden = "testdata/cansee.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the policy is\n%s\nand was\n%s", got, want)
	}
}

// Without a party there is nobody to be the one that states a record.
func TestNobodyIsNotTheStater(t *testing.T) {
	if CanSee(Public, "", record.Label{}, nil) {
		t.Error("the public sees a record without a stater and with an empty label")
	}
}
