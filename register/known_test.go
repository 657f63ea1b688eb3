package register_test

import (
	"testing"
	"time"

	"entente/register"
)

func TestParseKnown(t *testing.T) {
	at := func(text string) register.Known {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return register.Known{At: when}
	}
	for text, want := range map[string]register.Known{
		"":                     {},
		"now":                  {},
		"#1200":                {Size: 1200},
		"12000":                {Size: 12000},
		"2025":                 at("2025-12-31T23:59:59.999999Z"),
		"2025-02":              at("2025-02-28T23:59:59.999999Z"),
		"2025-03-14":           at("2025-03-14T23:59:59.999999Z"),
		"2025-03-14T09:30:00Z": at("2025-03-14T09:30:00Z"),
	} {
		if got, err := register.ParseKnown(text); err != nil || got.Size != want.Size || !got.At.Equal(want.At) {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"#", "#0", "-5", "0", "tomorrow", "2025-13", "#99999999999999999999"} {
		if got, err := register.ParseKnown(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
