package screen

import (
	"strconv"
	"strings"

	"entente/report"
)

// spaced sets thousands apart in a sentence of the planner, from ten thousand on.
// What is part of a longer word, as of an id with letters in it, is left as it is.
func spaced(says string) string {
	var out strings.Builder
	from := 0 // of what is not written yet
	for at := 0; at < len(says); {
		end := at
		for end < len(says) && '0' <= says[end] && says[end] <= '9' {
			end++
		}
		if n := end - at; n >= 5 && n <= 15 && !inWord(says, at-1) && !inWord(says, end) {
			if x, err := strconv.ParseFloat(says[at:end], 64); err == nil {
				out.WriteString(says[from:at])
				out.WriteString(report.Number(x))
				from = end
			}
		}
		at = max(end, at+1)
	}
	if from == 0 {
		return says
	}
	out.WriteString(says[from:])
	return out.String()
}

// inWord reports whether the letter at a place is one of a word or number.
func inWord(s string, at int) bool {
	if at < 0 || at >= len(s) {
		return false
	}
	c := s[at]
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
