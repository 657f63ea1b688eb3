package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
)

// What differs between two plans is told by what changed between their records.
func TestCompare(t *testing.T) {
	s, example := year(24), records(t, "../record/testdata/example.yaml")
	before := made(t, view(s, example...), defaults(s))

	if d := plan.Compare(before, before); len(d.Changed)+len(d.Needs)+len(d.Moves) > 0 || d.Points != 0 || !strings.Contains(d.Says[0], "Nothing differs") {
		t.Errorf("a plan differs from itself: %+v", d)
	}

	more := slices.Clone(example)
	for i, r := range more {
		if r.Key().ID == "deu-amraam-1" {
			pledge := record.Clone(r).(*record.Pledge)
			pledge.Quantity = &record.Number{Min: 252, Max: 252}
			more[i] = pledge
		}
	}
	after := made(t, view(s, more...), defaults(s))

	// A plan that was written down and read again is the same plan.
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var read plan.Plan
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	d := plan.Compare(&read, after)
	if len(d.Changed) != 1 || d.Changed[0] != (plan.Change{Record: "Pledge/deu-amraam-1", How: "changed"}) {
		t.Errorf("changed: %+v", d.Changed)
	}
	// Twelve rounds more are one unit for one month more.
	if len(d.Needs) != 1 || apart(d.Needs[0].After-d.Needs[0].Before, 1) > 1e-6 || !slices.Equal(d.Needs[0].Because, []string{"Pledge/deu-amraam-1"}) {
		t.Errorf("needs: %+v", d.Needs)
	}
	ships := slices.IndexFunc(d.Moves, func(s plan.Shift) bool { return s.Verb == plan.Ship })
	if ships < 0 || d.Moves[ships].Record != "Pledge/deu-amraam-1" || d.Moves[ships].After-d.Moves[ships].Before != 12 || d.Moves[ships].Months != 1 {
		t.Errorf("moves: %+v", d.Moves)
	}
	if !(d.Points > 0) || !strings.Contains(strings.Join(d.Says, " "), "because of Pledge/deu-amraam-1") {
		t.Errorf("says: %v", d.Says)
	}
}
