// Package report turns answers into what can be drawn: sentences, tables,
// strips and series, in the words and numbers that people read.
//
// Every title is a function of the figures under it, so that it cannot say
// something else than they do. A report holds no mark-up, no colour and no
// width: a terminal, a page and a printout draw the same values. Tone says what
// a colour may repeat, never what only a colour would say.
package report

import (
	"math"
	"slices"
	"strings"

	"entente/record"
)

// Tone is what a drawing may stress. The words say it too.
type Tone uint8

// The tones.
const (
	Plain  Tone = iota
	Quiet       // of less weight than its neighbours
	Strong      // of more
	Good
	Warn
	Bad
	Equipment
	People
	Money
)

// ToneOf is the tone of a leg; supply has that of equipment.
func ToneOf(l record.Leg) Tone {
	switch l {
	case record.Equipment, record.Supply:
		return Equipment
	case record.People:
		return People
	case record.Funding:
		return Money
	}
	return Plain
}

// Table is rows under heads, with a title that states what they show.
type Table struct {
	Title string
	Note  string // how to read it
	Heads []Head
	Rows  [][]Cell
	Empty string // what to say when there is no row
}

// Head is the head of a column.
type Head struct {
	Name    string
	Numeric bool // aligned to the right, never broken over lines
	Brief   bool // may be left out where there is little room
}

// Cell is one value, ready to be read.
type Cell struct {
	Text  string
	Tone  Tone
	Strip Strip   // drawn in the place of Text
	Bar   float64 // 0 to 1, drawn beside Text; negative draws none
}

// Text is a cell that only says something.
func Text(s string) Cell { return Cell{Text: s, Bar: -1} }

// Toned is a cell that says something with weight.
func Toned(s string, t Tone) Cell { return Cell{Text: s, Tone: t, Bar: -1} }

// Limit keeps the first n rows, and says in the note how many there are beside.
func (t Table) Limit(n int, more string) Table {
	if len(t.Rows) <= n {
		return t
	}
	rest := Count(len(t.Rows)-n, "more row", "more rows")
	t.Rows = t.Rows[:n:n]
	t.Note = sentences(t.Note, rest+" "+more)
	return t
}

// Fact is a name and a value: the small print.
type Fact struct{ Name, Value string }

// Strip is a share by month, 0 to 1; negative where nothing is asked.
type Strip []float64

const (
	stripMax = 36
	blocks   = "▁▂▃▄▅▆▇"
	stripKey = "One mark a month: · none, ▁ to ▇ a part, █ all that is needed, a blank where nothing is."
)

// String draws the strip with one character a month, or, beyond three years,
// one for as many months as make it fit.
func (s Strip) String() string {
	var b strings.Builder
	for part := range slices.Chunk(s, s.step()) {
		b.WriteRune(mark(mean(part)))
	}
	return b.String()
}

func (s Strip) step() int { return max(1, (len(s)+stripMax-1)/stripMax) }

func mean(shares []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range shares {
		if x >= 0 {
			sum += x
			n++
		}
	}
	if n == 0 {
		return -1
	}
	return sum / float64(n)
}

func mark(share float64) rune {
	levels := []rune(blocks)
	switch {
	case share < 0:
		return ' '
	case share < 0.005:
		return '·'
	case share > 1-1e-6:
		return '█'
	}
	return levels[min(int(share*float64(len(levels))), len(levels)-1)]
}

// Axis is what stands over a strip: the years, each over its first month shown.
func (s Strip) Axis(start record.Month) string {
	step := s.step()
	line := []rune(strings.Repeat(" ", (len(s)+step-1)/step))
	free := 0
	for i := range line {
		m := start + record.Month(i*step)
		isYear := i == 0 || int(m)/12 != int(m-record.Month(step))/12
		label := []rune(m.String()[:4])
		if isYear && i >= free && i+len(label) <= len(line) {
			copy(line[i:], label)
			free = i + len(label) + 1
		}
	}
	return strings.TrimRight(string(line), " ")
}

// share is a part of a whole for a strip.
func share(part, whole float64) float64 {
	if whole <= 1e-9 {
		return -1
	}
	return math.Min(math.Max(part/whole, 0), 1)
}
