package screen

import (
	"regexp"
	"strconv"
	"strings"

	"entente/report"
)

// spaced sets thousands apart in a sentence of the planner, from ten thousand on.
func spaced(says string) string {
	if !hasLongNumber(says) {
		return says
	}
	return longNumber.ReplaceAllStringFunc(says, func(digits string) string {
		x, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return digits
		}
		return report.Number(x)
	})
}

// hasLongNumber reports whether there may be a long number: a quicker look than
// that of an expression.
func hasLongNumber(says string) bool {
	digits := 0
	for i := range len(says) {
		if says[i] < '0' || says[i] > '9' {
			digits = 0
		} else if digits++; digits == 5 {
			return true
		}
	}
	return false
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

var longNumber = regexp.MustCompile(`\b\d{5,15}\b`)
