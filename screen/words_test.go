package screen

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"entente/report"
)

// TestSpacedIsWhatAnExpressionFinds: numbers of five digits and more that stand
// alone.
func TestSpacedIsWhatAnExpressionFinds(t *testing.T) {
	long, dice := regexp.MustCompile(`\b\d{5,15}\b`), rand.New(rand.NewPCG(2, 2))
	changed := 0
	for range 20_000 {
		var says strings.Builder
		for range dice.IntN(6) {
			says.WriteString([]string{"12345", "1", "given-41575", " ", "_", "é", "99999999999", "a", ".", "0000", "\u202f", "(", "1234567890123456"}[dice.IntN(13)])
		}
		want := long.ReplaceAllStringFunc(says.String(), func(digits string) string {
			x, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				return digits
			}
			return report.Number(x)
		})
		if got := spaced(says.String()); got != want {
			t.Fatalf("%q becomes %q, not %q", says.String(), got, want)
		}
		if want != says.String() {
			changed++
		}
	}
	if changed < 1000 {
		t.Errorf("only %d sentences had a long number", changed)
	}
}
