package check

import (
	"fmt"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// The words of findings. A name stands in a sentence only when its record is in
// the view: what is hidden is not named, not even by its id.

// name is what people call the record that k names.
func name(v *register.View, k record.Key) string {
	if _, ok := v.Get(k); !ok {
		return "(not shown)"
	}
	return v.Name(k)
}

func partyName(v *register.View, id record.PartyID) string {
	if id == "" {
		return "an unnamed party"
	}
	return name(v, record.Key{Kind: record.KindParty, ID: string(id)})
}

func placeName(v *register.View, id record.PlaceID) string {
	return name(v, record.Key{Kind: record.KindPlace, ID: string(id)})
}

func resourceName(v *register.View, id record.ResourceID) string {
	return name(v, record.Key{Kind: record.KindResource, ID: string(id)})
}

func agreementName(v *register.View, id record.AgreementID) string {
	return name(v, record.Key{Kind: record.KindAgreement, ID: string(id)})
}

// names calls records by name, the first few of them.
func names(v *register.View, keys []record.Key) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = name(v, k)
	}
	return list(words)
}

const namedMax = 4

// list joins words for people, and counts those beyond the first few.
func list(words []string) string {
	if n := len(words); n > namedMax+1 {
		words = append(slices.Clone(words[:namedMax]), fmt.Sprintf("%d more", n-namedMax))
	}
	switch n := len(words); n {
	case 0:
		return "none"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// count is "1 pledge" or "3 pledges".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(fmt.Sprint(n)) + " " + many
}

// verb is the form of a verb that goes with n things.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// things is how much of a resource: 2 × NASAMS fire unit.
func things(v *register.View, n record.Number, r record.ResourceID) string {
	return number(n) + " × " + resourceName(v, r)
}

// possessive is Norway's, United States'.
func possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "'"
	}
	return name + "'s"
}

// promise is a pledge in words: Norway's 2 × NASAMS fire unit for Ukraine.
func promise(v *register.View, p *record.Pledge) string {
	what := ""
	switch {
	case p.Amount != nil:
		what = amount(*p.Amount)
	default:
		what = things(v, register.Quantity(p), p.Resource)
	}
	s := possessive(partyName(v, p.By)) + " " + what
	if _, ok := v.Party(p.To); ok {
		s += " for " + partyName(v, p.To)
	}
	return s
}

func number(n record.Number) string {
	if n.Min == n.Max {
		return figure(n.Min)
	}
	return figure(n.Min) + " to " + figure(n.Max)
}

// figure is a number with its thousands set apart.
func figure(f float64) string {
	s := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", f), "0"), ".")
	return grouped(s)
}

func amount(a record.Amount) string {
	if a.Min == a.Max {
		return money(a.Min)
	}
	return grouped(a.Min.Amount().String()) + " to " + money(a.Max)
}

func money(m record.Money) string {
	return grouped(m.Amount().String()) + " " + string(m.Currency())
}

// euros is an amount that was reckoned, and so is told no more exactly than it
// is known.
func euros(f float64) string {
	switch {
	case f >= 1e12:
		return figureShort(f/1e12) + " trillion EUR"
	case f >= 1e9:
		return figureShort(f/1e9) + " billion EUR"
	case f >= 1e6:
		return figureShort(f/1e6) + " million EUR"
	}
	return figureShort(f) + " EUR"
}

func figureShort(f float64) string {
	return grouped(strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), "."))
}

// grouped sets thousands apart: 1234567.5 is 1,234,567.5.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, frac, point := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + frac
	}
	return sign + whole
}

// opens and closes are the ends of a time; an absent day is open.
func opens(d record.Day) record.Date {
	if d.IsZero() {
		return record.Beginning
	}
	return d.First()
}

func closes(d record.Day) record.Date { return register.TermEnd(d) }

// over reports whether a day that was set has passed by the view's day: the
// whole of it, for who writes a month means its end at the latest.
func over(v *register.View, d record.Day) bool { return !d.IsZero() && d.Last() < v.At().On }

// reached reports whether a day that was set has begun by the view's day.
func reached(v *register.View, d record.Day) bool { return !d.IsZero() && d.First() <= v.At().On }

// dated is a day in words with its preposition, no more exact than it was
// written: on 1 July 2025, in July 2025, in 2025.
func dated(d record.Day) string {
	first, last := d.First(), d.Last()
	switch {
	case first == record.Beginning || last == record.Forever:
		return "in " + d.String()
	case first == last:
		return "on " + first.Text()
	case first == first.Month().First() && last == first.Month().Last():
		return "in " + strings.TrimPrefix(first.Text(), "1 ")
	}
	return "in " + d.String()
}

// said reports whether p has been made by the view's day. The register as of an
// earlier day may hold it already; nobody knew of it then. A status word that
// means no rung says something all the same.
func said(v *register.View, p *record.Pledge) bool {
	return v.Rung(p) > record.NoRung || unreadable(v, p)
}

// unreadable reports whether a rung of p is not known; of such a pledge nobody
// can say how far it has come.
func unreadable(v *register.View, p *record.Pledge) bool {
	return slices.ContainsFunc(p.Status, func(s record.RungStatus) bool { return v.RungOf(p.By, s) == record.NoRung })
}

// disputed reports whether a better source says otherwise than r: it is kept
// to be shown, and nobody is held to it.
func disputed(r record.Record) bool { return r.Base().Confidence == record.Disputed }

// since is how long ago a day was, for people.
func since(v *register.View, d record.Date) string {
	return span(int(v.At().On) - int(d))
}

const daysPerMonth = 30.4375

// span is a number of days in the unit that people would use.
func span(days int) string {
	switch {
	case days < 61:
		return count(days, "day", "days")
	case days < 1096:
		return count(monthsIn(days), "month", "months")
	}
	return count(days*4/1461, "year", "years")
}

// monthsIn rounds days to months.
func monthsIn(days int) int {
	if days < 0 {
		return -monthsIn(-days)
	}
	return int(float64(days)/daysPerMonth + 0.5)
}

// later is d and so many months; the last day of a month becomes the last of another.
func later(d record.Date, months int) record.Date {
	if d == record.Beginning || d == record.Forever || months == 0 {
		return d
	}
	m := d.Month()
	if d == m.Last() {
		return (m + record.Month(months)).Last()
	}
	day := d - m.First()
	m += record.Month(months)
	return min(m.First()+day, m.Last())
}

// keys names records.
func keys[R record.Record](rs ...R) []record.Key {
	ks := make([]record.Key, len(rs))
	for i, r := range rs {
		ks[i] = r.Key()
	}
	return ks
}
