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

// numberMax bounds what is believed to be a quantity: beyond it, floating point
// no longer counts single units.
const numberMax = 1 << 53

// parseNumber reads a plain decimal number: no exponent, no leading zero, no
// digit grouping, no octal.
func parseNumber(text string) (float64, error) {
	if !plainNumber(text, true) {
		return 0, fmt.Errorf("%s is not a plain number", quoted(text))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > numberMax {
		return 0, fmt.Errorf("%s is too large", quoted(text))
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
