package record

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is one thing wrong with an input: where, what, and what to do.
type Error struct {
	Pos
	Path string // the field, from the record down: Pledge/nor-nasams-1/quantity
	Says string // a sentence
	Fix  string // the remedy
}

// Error is the one line that people and editors read.
func (e Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where += fmt.Sprintf(":%d:%d", e.Line, max(e.Column, 1))
	}
	if e.Path != "" {
		where += ": " + e.Path
	}
	return where + ": " + e.Says + "; " + e.Fix
}

// Errors is everything wrong with an input, in the order of the input.
type Errors []Error

// Error joins the lines.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// quoted shows foreign text in a message: short, and on one line.
func quoted(s string) string {
	const shown = 60
	if len(s) > shown {
		cut := shown
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		return strconv.Quote(s[:cut] + "…")
	}
	return strconv.Quote(s)
}

// nearest is the word of words that s was most likely meant to be, or "".
func nearest(s string, words []string) string {
	if len(s) > 40 {
		return "" // nobody meant a word
	}
	best, distance := "", 1+len(s)/4
	for _, w := range words {
		if d := Distance(s, w, distance); d < distance || d == distance && best == "" {
			best, distance = w, d
		}
	}
	return best
}

// Distance is how many letters must be added, dropped or changed to make a of b
// (Levenshtein's), or something above limit as soon as it must be.
func Distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
