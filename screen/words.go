package screen

import (
	"regexp"
	"strconv"
	"strings"

	"entente/report"
)

// spaced sets thousands apart in a sentence of the planner, from ten thousand on.
func spaced(says string) string {
	return longNumber.ReplaceAllStringFunc(says, func(digits string) string {
		x, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return digits
		}
		return report.Number(x)
	})
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

var longNumber = regexp.MustCompile(`\b\d{5,15}\b`)
