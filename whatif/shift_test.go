package whatif

import (
	"testing"

	"pgregory.net/rapid"

	"entente/record"
)

func TestShift(t *testing.T) {
	for _, c := range []struct {
		day    string
		months int
		want   string
	}{
		{"2025-03", 3, "2025-06"},
		{"2025-11", 3, "2026-02"},
		{"2025-03", -3, "2024-12"},
		{"2025-03", 0, "2025-03"},
		{"2025-03~", 3, "2025-06~"},
		{"2025-03-14?", 3, "2025-06-14?"},
		{"2025-01-31", 1, "2025-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2025-03-XX", 2, "2025-05-XX"},
		{"2025", 3, "2025-04/2026-03"},
		{"2025~", 3, "2025-04~/2026-03~"},
		{"2025", 24, "2027"},
		{"2025-XX", 1, "2025-02/2026-01"},
		{"2025-XX", 12, "2026-XX"},
		{"202X", 1, "2020-02/2030-01"},
		{"2025-21", 3, "2025-22"},
		{"2025-24", 3, "2026-21"},
		{"2025-21", -3, "2024-24"},
		{"2025-21", 1, "2025-04/2025-06"},
		{"2025-21", 12, "2026-21"},
		{"2025-03/2025-06", 3, "2025-06/2025-09"},
		{"2025/2026", 1, "2025-02/2027-01"},
		{"2025-03/..", 3, "2025-06/.."},
		{"../2025-03", 3, "../2025-06"},
		{"9999-12", 1, "9999-12"},
		{"0001-01-01", -1, "0001-01-01"},
	} {
		if got := shift(record.MustDay(c.day), c.months).String(); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.day, c.months, got, c.want)
		}
	}
	if d := shift(record.Day{}, 3); !d.IsZero() {
		t.Errorf("no day moved to %s", d)
	}
}

// Both ends of a day move by just so many months.
func TestShiftMovesBothEnds(t *testing.T) {
	days := []string{"2025", "2025-XX", "202X", "2025-03", "2025-03~", "2025-22", "2025-24?", "2025-01-31", "2025-02/2026", "2025-11-30/2026-03"}
	rapid.Check(t, func(t *rapid.T) {
		d := record.MustDay(rapid.SampledFrom(days).Draw(t, "day"))
		n := rapid.IntRange(-60, 60).Draw(t, "months")
		m := shift(d, n)
		if got := m.First().Month() - d.First().Month(); int(got) != n {
			t.Fatalf("%s and %d months is %s: its beginning moved by %d", d, n, m, got)
		}
		if got := m.Last().Month() - d.Last().Month(); int(got) != n {
			t.Fatalf("%s and %d months is %s: its end moved by %d", d, n, m, got)
		}
	})
}
