package report

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSpacedIsWhatAnExpressionFinds: words that are long numbers, in brackets or
// at the end of a sentence.
func TestSpacedIsWhatAnExpressionFinds(t *testing.T) {
	words, dice := regexp.MustCompile(`\S*\d{5,}\S*`), rand.New(rand.NewPCG(2, 2))
	for range 20_000 {
		var says strings.Builder
		for range dice.IntN(7) {
			says.WriteString([]string{"12345", "1", "given-41575", " ", "\n", "é", "99999999999", "a", ".", ",", "(~", "+", ")"}[dice.IntN(13)])
		}
		want := words.ReplaceAllStringFunc(says.String(), func(word string) string {
			head := strings.TrimLeft(word, "(~+")
			digits := strings.TrimRight(head, ".,;:)")
			x, err := strconv.ParseFloat(digits, 64)
			if len(digits) < 5 || strings.Trim(digits, "0123456789") != "" || err != nil {
				return word
			}
			return word[:len(word)-len(head)] + grouped(x) + head[len(digits):]
		})
		if got := spaced(says.String()); got != want {
			t.Fatalf("%q becomes %q, not %q", says.String(), got, want)
		}
	}
}
