package plan

import (
	"math"
	"strconv"
	"strings"
)

func list(names []string) string {
	if len(names) > 3 {
		names = append(names[:3:3], "others")
	}
	text := ""
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += n
	}
	return text
}

func counted(n float64, unit string) string { return figure(n) + " " + plural(unit, n) }

func months(n int) string { return counted(float64(n), "month") }

// plural writes a unit for a number of them. Units are written in the singular
// in records; what does not take an s keeps its form.
func plural(unit string, n float64) string {
	if n == 1 || unit == "" {
		return unit
	}
	head, rest := unit, ""
	for _, stop := range []string{" in ", " of ", " a ", " per "} {
		if k := strings.Index(unit, stop); k > 0 && k < len(head) {
			head, rest = unit[:k], unit[k:]
		}
	}
	switch last := head[len(head)-1]; {
	case head == "person":
		return "people" + rest
	case last == 's' || head == "personnel" || head == "aircraft":
		return unit
	case last == 'y' && len(head) > 1 && !strings.ContainsRune("aeiou", rune(head[len(head)-2])):
		return head[:len(head)-1] + "ies" + rest
	}
	return head + "s" + rest
}

// figure writes a number for a sentence, with three significant digits.
func figure(x float64) string {
	if x == 0 {
		return "0"
	}
	if a := math.Abs(x); a >= 1000 {
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	}
	if a := math.Abs(x); a < 0.001 {
		return "less than 0.001"
	}
	s, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return strconv.FormatFloat(s, 'f', -1, 64)
}

// Plural writes a unit of a record for a number of them.
func Plural(unit string, n float64) string { return plural(unit, n) }
