package record_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/record"
)

func TestLabelsAreReadAsTheyAreWritten(t *testing.T) {
	for _, l := range []record.Label{{}, {Public: true}, {Parties: []record.PartyID{"NATO", "UKR"}}} {
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var again record.Label
		if err := json.Unmarshal(text, &again); err != nil || !cmp.Equal(l, again) {
			t.Errorf("%v is written %s and read as %v, %v", l, text, again, err)
		}
	}
	for _, text := range []string{`["public","UKR"]`, `"public"`, `[1]`} {
		if err := json.Unmarshal([]byte(text), new(record.Label)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
