package lp

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteMPS writes m in free MPS, which every solver reads. Since MPS knows no sense that all readers agree on, it states the minimum
// of the negated gains: a reader's objective is the negated one. Column 3 is called C3, row 4 R4, the objective COST.
func WriteMPS(w io.Writer, m *Model) error {
	b := bufio.NewWriter(w)
	b.WriteString("NAME lp FREE\nROWS\n N COST\n") // CLP guesses the format where it is not said
	for r := range m.Rows() {
		fmt.Fprintf(b, " %c R%d\n", mpsKind(m.rowLo[r], m.rowHi[r]), r)
	}
	mpsColumns(b, m)
	mpsSides(b, m)
	mpsBounds(b, m)
	b.WriteString("ENDATA\n")
	return b.Flush()
}

// mpsKind is a row's letter. A row of kind G with an upper limit has that in RANGES.
func mpsKind(lo, hi float64) byte {
	switch {
	case lo == hi:
		return 'E'
	case lo == -Inf && hi == Inf:
		return 'N'
	case lo == -Inf:
		return 'L'
	}
	return 'G'
}

func mpsColumns(b *bufio.Writer, m *Model) {
	type entry struct {
		row  int
		coef float64
	}
	columns := make([][]entry, m.Cols())
	for r := range m.Rows() {
		for _, t := range m.Terms(Row(r)) {
			columns[t.Col] = append(columns[t.Col], entry{r, t.Coef})
		}
	}
	b.WriteString("COLUMNS\n")
	whole := false
	mark := func(on bool) {
		if on != whole {
			whole = on
			fmt.Fprintf(b, " M 'MARKER' %s\n", map[bool]string{true: "'INTORG'", false: "'INTEND'"}[on])
		}
	}
	for c, entries := range columns {
		mark(m.Integer(Col(c)))
		if m.gain[c] != 0 || len(entries) == 0 { // a column that is nowhere would not exist
			fmt.Fprintf(b, " C%d COST %s\n", c, mpsNumber(0-m.gain[c]))
		}
		for _, e := range entries {
			fmt.Fprintf(b, " C%d R%d %s\n", c, e.row, mpsNumber(e.coef))
		}
	}
	mark(false)
}

func mpsSides(b *bufio.Writer, m *Model) {
	b.WriteString("RHS\n")
	for r := range m.Rows() {
		lo, hi := m.rowLo[r], m.rowHi[r]
		side := lo
		if lo == -Inf {
			side = hi
		}
		if side != 0 && !math.IsInf(side, 0) {
			fmt.Fprintf(b, " S R%d %s\n", r, mpsNumber(side))
		}
	}
	header := "RANGES\n" // not where there are none: CLP stumbles over an empty section
	for r := range m.Rows() {
		if lo, hi := m.rowLo[r], m.rowHi[r]; lo != hi && lo != -Inf && hi != Inf {
			fmt.Fprintf(b, "%s S R%d %s\n", header, r, mpsNumber(hi-lo))
			header = ""
		}
	}
}

func mpsBounds(b *bufio.Writer, m *Model) {
	b.WriteString("BOUNDS\n")
	for c := range m.Cols() {
		lo, hi := m.colLo[c], m.colHi[c]
		switch {
		case lo == hi:
			fmt.Fprintf(b, " FX B C%d %s\n", c, mpsNumber(lo))
			continue
		case lo == -Inf && hi == Inf:
			fmt.Fprintf(b, " FR B C%d\n", c)
			continue
		case lo == -Inf:
			fmt.Fprintf(b, " MI B C%d\n", c)
		case lo != 0 || m.Integer(Col(c)):
			fmt.Fprintf(b, " LO B C%d %s\n", c, mpsNumber(lo))
		}
		switch {
		case hi != Inf:
			fmt.Fprintf(b, " UP B C%d %s\n", c, mpsNumber(hi))
		case m.Integer(Col(c)): // some readers would take 1 for its upper bound
			fmt.Fprintf(b, " PL B C%d\n", c)
		}
	}
}

func mpsNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
