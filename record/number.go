package record

import (
	"fmt"
	"math"
	"strconv"
)

// Number is a quantity, or a range of it when the truth is not known better.
// What is not known at all is left out of the record: absent is not zero.
type Number struct{ Min, Max float64 }

// Exactly is the number n.
func Exactly(n float64) Number { return Number{n, n} }

// MarshalJSON writes one number, or {"min": …, "max": …}.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.Min == n.Max {
		return []byte(formatNumber(n.Min)), nil
	}
	return []byte(`{"min":` + formatNumber(n.Min) + `,"max":` + formatNumber(n.Max) + `}`), nil
}

// String is the number for people.
func (n Number) String() string {
	if n.Min == n.Max {
		return formatNumber(n.Min)
	}
	return formatNumber(n.Min) + " to " + formatNumber(n.Max)
}

// What is believed to be a quantity: above numberMax floating point no longer
// counts single units, and below numberMin JSON would need an exponent.
const (
	numberMax = 1<<53 - 1
	numberMin = 1e-6
)

// parseNumber reads a plain decimal number: no exponent, no leading zero, no
// digit grouping, no octal.
func parseNumber(text string) (float64, error) {
	if !plainNumber(text) {
		return 0, fmt.Errorf("%s is not a plain number", quoted(text))
	}
	f, err := strconv.ParseFloat(text, 64)
	size := math.Abs(f)
	switch {
	case err != nil || size > numberMax:
		return 0, fmt.Errorf("%s is too large to be counted in ones", quoted(text))
	case size > 0 && size < numberMin:
		return 0, fmt.Errorf("%s is too small: below one millionth", quoted(text))
	}
	return f + 0, nil // + 0 turns -0 into 0, which RFC 8785 writes alike
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Measure is a plain number or an amount of money, whichever its target counts.
type Measure struct {
	Number float64
	Money  Money
}

// MarshalJSON writes a number, or money as text.
func (m Measure) MarshalJSON() ([]byte, error) {
	if m.Money.IsZero() {
		return []byte(formatNumber(m.Number)), nil
	}
	return []byte(strconv.Quote(m.Money.String())), nil
}

// String is the measure for people.
func (m Measure) String() string {
	if m.Money.IsZero() {
		return formatNumber(m.Number)
	}
	return m.Money.String()
}
