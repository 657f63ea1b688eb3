package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Decimal is an exact decimal number of at most 19 digits. The zero Decimal is 0.
type Decimal struct{ d decimal.Decimal }

// ParseDecimal reads plain digits with an optional sign and fraction. There is
// no exponent and no digit grouping, because both have been misread before.
func ParseDecimal(text string) (Decimal, error) {
	if !plainNumber(text) {
		return Decimal{}, fmt.Errorf("%s is not a plain decimal number", quoted(text))
	}
	d, err := decimal.Parse(text)
	if err != nil || d.Scale() < fraction(text) {
		return Decimal{}, fmt.Errorf("%s has more than 19 digits", quoted(text))
	}
	return Decimal{d}, nil
}

// fraction counts the digits after the point. A decimal of fewer has been
// rounded, which a record must never be in silence.
func fraction(text string) int {
	_, frac, _ := strings.Cut(text, ".")
	return len(frac)
}

// plainNumber reports whether s is -?(0|[1-9][0-9]*)(\.[0-9]+)?.
func plainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	return !point || digits(frac)
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// String keeps the digits as they were written.
func (d Decimal) String() string { return d.d.String() }

// Float is the nearest floating-point number, for the planning model only.
func (d Decimal) Float() float64 { f, _ := d.d.Float64(); return f }

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.d.IsZero() }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return d.d.Sign() }

// MarshalText writes plain digits.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Currency is an ISO 4217 alphabetic code.
type Currency string

// Euro is the currency that plans and totals are counted in.
const Euro Currency = "EUR"

// Money is an exact amount of one currency. The zero Money is no amount at all,
// which is not the same as 0 EUR.
type Money struct {
	amount   Decimal
	currency Currency
}

// ErrMoney is wrapped by the errors of money arithmetic.
var ErrMoney = errors.New("money cannot be reckoned")

// NewMoney is so much of currency c.
func NewMoney(amount Decimal, c Currency) Money { return Money{amount, c} }

// ParseMoney reads "134400000 EUR".
func ParseMoney(text string) (Money, error) {
	number, code, ok := strings.Cut(text, " ")
	if !ok || !plainNumber(number) {
		return Money{}, fmt.Errorf("%s is not an amount of money", quoted(text))
	}
	d, err := ParseDecimal(number)
	if err != nil {
		return Money{}, err
	}
	if !isCurrency(code) {
		return Money{}, fmt.Errorf("%s is not an ISO 4217 currency code", quoted(code))
	}
	return Money{d, Currency(code)}, nil
}

// IsZero reports whether m is no amount at all.
func (m Money) IsZero() bool { return m.currency == "" }

// Amount is the number of units of the currency.
func (m Money) Amount() Decimal { return m.amount }

// Currency is the currency of the amount.
func (m Money) Currency() Currency { return m.currency }

// String is the form that ParseMoney reads.
func (m Money) String() string {
	if m.IsZero() {
		return ""
	}
	return m.amount.String() + " " + string(m.currency)
}

// MarshalText writes the form that ParseMoney reads.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Add sums two amounts of one currency; no amount at all adds nothing.
func (m Money) Add(o Money) (Money, error) {
	switch {
	case m.IsZero():
		return o, nil
	case o.IsZero():
		return m, nil
	case m.currency != o.currency:
		return Money{}, fmt.Errorf("%w: %s and %s are different currencies", ErrMoney, m, o)
	}
	d, err := m.amount.d.Add(o.amount.d)
	if err != nil {
		return Money{}, fmt.Errorf("%w: %s plus %s: %v", ErrMoney, m, o, err)
	}
	return Money{Decimal{d}, m.currency}, nil
}

// InEuro converts m at so many units of its currency for one euro, to the cent,
// halves to even.
func (m Money) InEuro(perEUR Decimal) (Money, error) {
	d, err := m.amount.d.Quo(perEUR.d)
	if err != nil {
		return Money{}, fmt.Errorf("%w: %s at %s for one euro: %v", ErrMoney, m, perEUR, err)
	}
	return Money{Decimal{d.Rescale(2)}, Euro}, nil
}

// Amount is money, or a range of it.
type Amount struct{ Min, Max Money }

// MarshalJSON writes one amount, or {"min": …, "max": …}.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.Min == a.Max {
		return []byte(strconv.Quote(a.Min.String())), nil
	}
	return []byte(`{"min":` + strconv.Quote(a.Min.String()) + `,"max":` + strconv.Quote(a.Max.String()) + `}`), nil
}

// String is the amount for people.
func (a Amount) String() string {
	if a.Min == a.Max {
		return a.Min.String()
	}
	return a.Min.Amount().String() + " to " + a.Max.String()
}

// currencies is ISO 4217's list of current codes, and behind them those that
// records of the last decades still use.
const currencies = `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF
GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
ANG BYR CUC CYP EEK HRK LTL LVL MRO MTL ROL SIT SKK SLL STD TRL VEF ZWL`

var currencySet = func() map[string]bool {
	set := map[string]bool{}
	for _, c := range strings.Fields(currencies) {
		set[c] = true
	}
	return set
}()

func isCurrency(code string) bool { return currencySet[code] }
