package report

import (
	"math"
	"strconv"
	"strings"

	"entente/record"
)

// thin is the space between thousands; lines do not break there.
const thin = "\u202f"

// Number is a quantity for people. Whole numbers are kept as they are; others
// are rounded to three digits, and to whole numbers from a hundred on.
func Number(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case math.Abs(x-math.Round(x)) <= 1e-6*max(1, math.Abs(x)) || math.Abs(x) >= 99.95:
		return grouped(math.Round(x))
	}
	return signed(trimmed(strconv.FormatFloat(x, 'f', decimals(x), 64)))
}

// decimals is how many of them leave three digits.
func decimals(x float64) int {
	magnitude := int(math.Floor(math.Log10(math.Abs(x))))
	return min(max(2-magnitude, 0), 6)
}

func trimmed(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// signed writes a real minus sign.
func signed(s string) string { return strings.Replace(s, "-", "−", 1) }

func grouped(x float64) string {
	s := strconv.FormatFloat(math.Abs(x), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + thin + s[i:]
	}
	if x < 0 && s != "0" {
		return "−" + s
	}
	return s
}

// spaced sets thousands apart in the numbers of a sentence, from ten thousand
// on. What is part of a longer word, as of an id, is left as it is.
func spaced(says string) string {
	var out strings.Builder
	from := 0 // of what is not written yet
	for at := 0; at < len(says); {
		n := strings.IndexAny(says[at:], "\t\n\f\r ")
		if n < 0 {
			n = len(says) - at
		}
		if word := says[at : at+n]; n >= 5 {
			if with := spacedWord(word); with != word {
				out.WriteString(says[from:at])
				out.WriteString(with)
				from = at + n
			}
		}
		at += n + 1
	}
	if from == 0 {
		return says
	}
	out.WriteString(says[from:])
	return out.String()
}

func spacedWord(word string) string {
	head := strings.TrimLeft(word, "(~+")
	digits := strings.TrimRight(head, ".,;:)")
	if len(digits) < 5 || strings.Trim(digits, "0123456789") != "" {
		return word
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return word
	}
	return word[:len(word)-len(head)] + grouped(x) + head[len(digits):]
}

// allSpaced does so for each.
func allSpaced(says []string) []string {
	out := make([]string, len(says))
	for i, s := range says {
		out[i] = spaced(s)
	}
	return out
}

// Euro is an amount of euros: EUR 18 000, EUR 1.2 M, EUR 3.4 bn.
func Euro(x float64) string {
	switch a := math.Abs(x); {
	case a >= 999.5e6:
		return "EUR " + Number(rounded(x/1e9)) + " bn"
	case a >= 999.5e3:
		return "EUR " + Number(rounded(x/1e6)) + " M"
	}
	return "EUR " + grouped(math.Round(x))
}

// rounded keeps three digits.
func rounded(x float64) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// Amount is money with its currency, or a range of it.
func Amount(a record.Amount) string {
	lo, hi := a.Min.Amount().Float(), a.Max.Amount().Float()
	text := magnitude(lo)
	if a.Min != a.Max {
		text += " to " + magnitude(hi)
	}
	return string(a.Min.Currency()) + " " + text
}

func magnitude(x float64) string { return strings.TrimPrefix(Euro(x), "EUR ") }

// Cash is money with its currency.
func Cash(m record.Money) string {
	if m.IsZero() {
		return "–"
	}
	return Amount(record.Amount{Min: m, Max: m})
}

// Range is a quantity that may be a range.
func Range(n record.Number) string {
	if n.Min == n.Max {
		return Number(n.Min)
	}
	return Number(n.Min) + " to " + Number(n.Max)
}

// Points is coverage points with one decimal, or two digits where that would
// say nothing.
func Points(x float64) string {
	switch a := math.Abs(x); {
	case a < 5e-4:
		return "0"
	case a < 0.095:
		return signed(strconv.FormatFloat(x, 'f', 3, 64))
	case a < 0.95:
		return signed(strconv.FormatFloat(x, 'f', 2, 64))
	}
	return signed(strconv.FormatFloat(x, 'f', 1, 64))
}

// Score is coverage points as a headline says them: whole, but never rounded to
// nothing or to all.
func Score(x float64) string {
	if x > 1e-6 && x < 0.5 || x >= 99.5 && x < 100-1e-6 {
		return Points(math.Min(x, 99.9))
	}
	return strconv.FormatFloat(math.Abs(x), 'f', 0, 64)
}

// Change is a difference of points with its sign.
func Change(x float64) string {
	switch p := Points(x); {
	case p == "0":
		return "±0"
	case x > 0:
		return "+" + p
	default:
		return p
	}
}

// Percent is a share for people: whole, but never rounded to nothing or to all.
func Percent(share float64) string {
	if share < 0 {
		return "–"
	}
	p := math.Round(share * 100)
	if p == 100 && share < 1-1e-6 {
		p = 99
	}
	if p == 0 && share > 1e-6 {
		p = 1
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + thin + "%"
}

// Count is a number of things.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(float64(n)) + " " + many
}

// List joins words for people: A, B and C.
func List(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// Few is List of at most n words, and how many are left out.
func Few(words []string, n int) string {
	if len(words) <= n {
		return List(words)
	}
	return strings.Join(words[:n], ", ") + " and " + Count(len(words)-n, "other", "others")
}

// MonthText is an ISO month for people, or a dash.
func MonthText(iso string) string {
	m, err := record.ParseMonth(iso)
	if err != nil {
		return orDash(iso)
	}
	return m.Text()
}

// Span is the time from one day to another, either of which may be open.
func Span(from, to record.Day) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "–"
	case to.IsZero():
		return "from " + from.String()
	case from.IsZero():
		return "until " + to.String()
	}
	return from.String() + " to " + to.String()
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// stop ends a sentence once.
func stop(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// sentences puts them one after the other.
func sentences(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, stop(capital(p)))
		}
	}
	return strings.Join(out, " ")
}
