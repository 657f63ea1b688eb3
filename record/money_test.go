package record

import (
	"errors"
	"strings"
	"testing"
)

func TestMoneyIsExact(t *testing.T) {
	for _, text := range []string{
		"0 EUR", "1 EUR", "0.10 EUR", "1.50 NOK", "-3.25 USD", "134400000 EUR",
		"9999999999999999999 JPY", "999999999999999999.9 JPY", "0.1234567890123456789 XDR", "-9999999999999999999 KRW",
	} {
		m, err := ParseMoney(text)
		if err != nil || m.String() != text {
			t.Errorf("%s reads as %s, %v", text, m, err)
		}
	}
	sum := Money{}
	for range 10 {
		var err error
		if sum, err = sum.Add(mustMoney("0.10 EUR")); err != nil {
			t.Fatal(err)
		}
	}
	if sum.String() != "1.00 EUR" {
		t.Errorf("ten times 0.10 EUR is %s", sum)
	}
}

func TestNoMoney(t *testing.T) {
	for _, text := range []string{
		"", "EUR", "1", "1EUR", "1 eur", "1 EU", "1 EURO", "1 EUX", " 1 EUR", "1  EUR", "1 EUR ", "1\tEUR", "EUR 1", "€1", "1 €",
		"+1 EUR", "--1 EUR", "01 EUR", "00 EUR", ".5 EUR", "5. EUR", "1.2.3 EUR", "1e3 EUR", "1_000 EUR", "1,000 EUR", "1 000 EUR", "0x1 EUR", "NaN EUR", "Inf EUR", "１ EUR",
		"10000000000000000000 EUR", "99999999999999999999 EUR", "1.0000000000000000000 EUR", "0.01234567890123456789 EUR", strings.Repeat("1", 100) + " EUR",
	} {
		if m, err := ParseMoney(text); err == nil {
			t.Errorf("%q reads as %s, want an error", text, m)
		}
	}
}

func TestMoneyIsNeverRoundedInSilence(t *testing.T) {
	big := mustMoney("9999999999999999999 EUR")
	if sum, err := big.Add(mustMoney("1 EUR")); !errors.Is(err, ErrMoney) {
		t.Errorf("an overflow is %s, %v", sum, err)
	}
	if sum, err := big.Add(mustMoney("0.5 EUR")); err == nil {
		t.Errorf("9999999999999999999 and a half is %s", sum)
	}
	if sum, err := mustMoney("1 EUR").Add(mustMoney("1 USD")); !errors.Is(err, ErrMoney) {
		t.Errorf("two currencies add up to %s, %v", sum, err)
	}
	if sum, err := (Money{}).Add(mustMoney("1 USD")); err != nil || sum != mustMoney("1 USD") {
		t.Errorf("nothing and 1 USD is %s, %v", sum, err)
	}
}

func TestInEuro(t *testing.T) {
	rate := func(text string) Decimal {
		d, err := ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct{ money, per, want string }{
		{"100 USD", "1.25", "80.00 EUR"},
		{"1 NOK", "11.795", "0.08 EUR"},
		{"0.25 USD", "10", "0.02 EUR"}, // halves to even
		{"0.35 USD", "10", "0.04 EUR"},
		{"0 USD", "1.1", "0.00 EUR"},
	} {
		if got, err := mustMoney(c.money).InEuro(rate(c.per)); err != nil || got.String() != c.want {
			t.Errorf("%s at %s is %s, %v; want %s", c.money, c.per, got, err, c.want)
		}
	}
	if m, err := mustMoney("1 USD").InEuro(Decimal{}); !errors.Is(err, ErrMoney) {
		t.Errorf("a rate of 0 gives %s, %v", m, err)
	}
}

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"0 EUR", "-0 EUR", "-0.00 EUR", "134400000 EUR", "1.50 NOK", "0.1234567890123456789 XDR", "12345678901234567890 EUR", "1.0000000000000000000 EUR", "1e3 EUR"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMoney(text)
		if err != nil {
			if !m.IsZero() {
				t.Fatal("an error, and money")
			}
			return
		}
		if want := strings.TrimPrefix(text, "-"); m.String() != text && (m.Amount().Sign() != 0 || m.String() != want) {
			t.Fatalf("%q reads as %s", text, m)
		}
		if again, err := ParseMoney(m.String()); err != nil || again != m {
			t.Fatalf("%q reads as %s, and that as %s, %v", text, m, again, err)
		}
		if sum, err := m.Add(mustMoney("1 EUR")); err == nil && sum.Amount().d.Cmp(m.Amount().d) <= 0 {
			t.Fatalf("%s and 1 EUR is %s", m, sum)
		}
	})
}
