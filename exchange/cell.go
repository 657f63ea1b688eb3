package exchange

import (
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"entente/record"
)

// value is what a cell says, read as its column's kind.
type value struct {
	is     state
	text   string // as it stands, trimmed
	v      any    // as a record takes it: a string, a number, a range
	digits string // of a number or money: exact decimal, in its unit
	says   string // where is is bad: why
	name   string // of a party: its name; of a link: its host
	kind   string // of a party: nation or organisation
	rough  bool   // the source marks it as an estimate
	partly bool   // more stands in the cell than the value says
}

type state uint8

const (
	unread  state = iota
	silent        // nothing is said
	unknown       // the source says that it does not know
	bad           // it cannot be read
	good
)

// read is the value of a cell in column c. Money is given its currency later.
func (c *column) read(cell string, missing []string) value {
	val := value{text: trim(cell)}
	switch {
	case val.text == "" || among(val.text, missing) || among(val.text, c.Missing):
		if c.Default == "" {
			val.is = silent
			return val
		}
		val.text = c.Default
	case among(val.text, c.Unknown):
		val.is = unknown
		return val
	}
	said, known := c.meaning(val.text)
	if known && said == "" {
		val.is = silent
		return val
	}
	val.is = good
	if c.List != "" {
		val.list(said, c)
		return val
	}
	val.as(said, c)
	return val
}

// meaning is what a text means by the column's code list, or the text itself.
func (c *column) meaning(text string) (said string, known bool) {
	if len(c.Codes) == 0 && c.Else == "" {
		return text, false
	}
	if code, ok := c.Codes[folded(text)]; ok {
		return code, true
	}
	if c.Else != "" && text != c.Default {
		return c.Else, true
	}
	return text, false
}

// list reads each part of a cell. One that cannot be read spoils the whole.
func (v *value) list(said string, c *column) {
	var all []any
	for _, part := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(c.List, r) }) {
		one := value{is: good, text: trim(part)}
		if one.text == "" {
			continue
		}
		if one.as(one.text, c); one.is != good {
			v.fail(one.says)
			return
		}
		all = append(all, one.v)
	}
	v.v = all
}

// as reads a text as its column's kind.
func (val *value) as(said string, c *column) {
	switch c.As {
	case asParty:
		val.party(said)
	case asCode:
		val.code(said)
	case asDay:
		val.day(said, c)
	case asNumber, asDecimal, asMoney:
		val.number(said, c)
		if val.is == good && c.Negative != "" && strings.HasPrefix(val.digits, "-") {
			val.is, val.says = unknown, c.Negative
		}
	case asURL:
		val.link(said)
	default:
		val.v = said
	}
}

// beyond reports whether a figure is more than any of its column can be.
func (v *value) beyond(c *column) bool {
	if c == nil || c.most == nil || v.digits == "" {
		return false
	}
	x, ok := new(big.Rat).SetString(v.digits)
	return ok && x.Cmp(c.most) > 0
}

func among(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, s) })
}

func (v *value) fail(says string) { v.is, v.says, v.v = bad, says, nil }

// party is a code list's id, or the party of a name.
func (v *value) party(said string) {
	said = strings.TrimRight(said, "*†‡ ") // signs of footnotes
	id, nation := partyOf(said)
	v.name, v.kind = v.text, "organisation"
	if nation {
		v.kind = "nation"
		v.name = country(strings.TrimSuffix(said, ", Government of")).String()
	}
	v.v = string(id)
}

// code is a nation by its ISO 3166-1 code alone; names that look like codes, and
// the codes of others, are none.
func (v *value) code(said string) {
	c := country(said)
	if c.Alpha3() != strings.ToUpper(said) && c.Alpha2() != strings.ToUpper(said) {
		v.fail("is no ISO 3166-1 code of a country")
		return
	}
	v.v, v.kind, v.name = c.Alpha3(), "nation", c.String()
}

var link = regexp.MustCompile(`https?://[^\s<>"|]+`)

// link takes the one address out of a cell.
func (v *value) link(said string) {
	found := link.FindAllString(said, -1)
	if len(found) == 0 {
		v.fail("is no web address")
		return
	}
	u, err := url.Parse(strings.TrimRight(found[0], ".,;)"))
	if err != nil || u.Host == "" {
		v.fail("is no proper web address")
		return
	}
	if len(found) > 1 || found[0] != said {
		v.partly = true
	}
	v.v, v.name = u.String(), strings.TrimPrefix(u.Hostname(), "www.")
}

// whole reports whether an attribute says all that its cell says. What says only
// part of it does not use the cell up.
func (v *value) whole(attr string) bool {
	switch attr {
	case "":
		return !v.partly
	case "text", "code":
		return true
	case "slug":
		return slug(v.text) == strings.ReplaceAll(folded(v.text), " ", "-")
	}
	return false
}

// attribute is what a record asks of a value.
func (v *value) attribute(attr string) (any, bool) {
	text, _ := v.v.(string)
	switch attr {
	case "":
		return v.v, true
	case "text":
		return v.text, true
	case "slug":
		if text == "" {
			text = v.text
		}
		return slug(text), true
	case "name", "host":
		return v.name, v.name != ""
	case "type":
		return v.kind, v.kind != ""
	case "id":
		return slug(v.name + "-" + hash(text)), true
	case "code":
		return strings.ToUpper(text), text != ""
	case "year":
		return text[:min(4, len(text))], len(text) >= 4
	case "last":
		d, err := record.ParseDay(text)
		return d.Last().String(), err == nil && d.Last() != record.Forever
	case "confidence":
		return string(record.Estimated), v.rough
	}
	return nil, false
}

var (
	plainNumber = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	grouped     = regexp.MustCompile(`^-?\d{1,3}(G\d{3})+(\.\d+)?$`)
	ranged      = regexp.MustCompile(`^(\S+) ?(?:-|–|to) ?(\d\S*)$`)
	scaled      = regexp.MustCompile(`(?i)^(.*\d) ?(k|thousand|m|mn|mio|million|millions|bn|billion|billions|trillion)$`)
)

var scales = map[string]int{"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "millions": 6, "bn": 9, "billion": 9, "billions": 9, "trillion": 12}

// number reads digits, with groups, a range, or brackets where the column says
// that they mark an estimate. Nothing is rounded.
func (v *value) number(said string, c *column) {
	if inner, ok := strings.CutPrefix(said, "("); ok && c.Brackets && strings.HasSuffix(inner, ")") {
		said, v.rough = strings.TrimSuffix(inner, ")"), true
	}
	if c.sum != nil {
		v.total(said, c)
		return
	}
	if m := ranged.FindStringSubmatch(said); m != nil && c.As == asNumber {
		lo, says1 := c.digits(m[1])
		hi, says2 := c.digits(m[2])
		if says1 == "" && says2 == "" {
			v.v, v.digits, v.rough = map[string]any{"min": number(lo), "max": number(hi)}, lo, true
			return
		}
	}
	digits, says := c.digits(said)
	if says != "" {
		v.fail(says)
		return
	}
	v.v, v.digits = number(digits), digits
}

// total adds up the numbers that a pattern finds in a text.
func (v *value) total(said string, c *column) {
	sum := new(big.Rat)
	found := c.sum.FindAllStringSubmatch(said, -1)
	for _, m := range found {
		digits, says := c.digits(m[len(m)-1])
		if says != "" {
			v.fail(says)
			return
		}
		x, _ := new(big.Rat).SetString(digits)
		sum.Add(sum, x)
	}
	if len(found) == 0 {
		v.is = silent
		return
	}
	v.digits = decimal(sum)
	v.v = number(v.digits)
}

// digits is the exact decimal that a text means, in its unit.
func (c *column) digits(said string) (digits, says string) {
	shift := c.Shift
	if m := scaled.FindStringSubmatch(said); m != nil && c.As == asMoney {
		said = m[1]
		shift += scales[strings.ToLower(m[2])]
	}
	said = strings.TrimSpace(strings.Trim(said, "$€£¥"))
	said = strings.TrimPrefix(strings.Replace(said, "\u2212", "-", 1), "+")
	groups := ", '\u00a0\u202f\u2019"
	if c.Decimal == "," {
		groups = ". '\u00a0\u202f\u2019"
		said = strings.ReplaceAll(said, ",", "\x00")
	}
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(groups, r) {
			return 'G'
		}
		return r
	}, said)
	plain = strings.ReplaceAll(plain, "\x00", ".")
	if grouped.MatchString(plain) {
		plain = strings.ReplaceAll(plain, "G", "")
	}
	switch {
	case strings.HasPrefix(said, "="):
		return "", "is a formula, and its result is not in the file"
	case strings.HasPrefix(said, "#"):
		return "", "is the mark of a failed formula"
	case plainNumber.MatchString(plain):
		return shifted(plain, shift), ""
	}
	if _, err := strconv.ParseFloat(plain, 64); err == nil && strings.ContainsAny(plain, "eE") {
		return "", "has an exponent, so some of its digits may be lost"
	}
	return "", "is not a number"
}

// shifted moves the decimal point of plain digits so many places to the right,
// and writes them as a record does.
func shifted(digits string, places int) string {
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	whole, frac, _ := strings.Cut(digits, ".")
	for ; places > 0; places-- {
		next := byte('0')
		if frac != "" {
			next, frac = frac[0], frac[1:]
		}
		whole += string(next)
	}
	for ; places < 0; places++ {
		if whole == "" {
			whole = "0"
		}
		whole, frac = whole[:len(whole)-1], whole[len(whole)-1:]+frac
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}

// times is the exact product of two decimals.
func times(a, b string) string {
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	_, fa, _ := strings.Cut(a, ".")
	_, fb, _ := strings.Cut(b, ".")
	return x.Mul(x, y).FloatString(len(fa) + len(fb))
}

var (
	isoDay    = regexp.MustCompile(`^(\d{4})-(\d\d?)(?:-(\d\d?))?(?:[T ].*)?$`)
	slashDay  = regexp.MustCompile(`^(\d\d?)[/.](\d\d?)[/.](\d{4}|\d\d)$`)
	slashes   = regexp.MustCompile(`^(\d\d?)[/.](\d{4}|\d\d)$`)
	monthName = regexp.MustCompile(`^(?:(\d\d?)(?:st|nd|rd|th)? )?([A-Za-z]{3,9})\.?(?: (\d\d?)(?:st|nd|rd|th)?)?,? (\d{4})$`)
	yearOnly  = regexp.MustCompile(`^((?:19|20)\d\d)[a-z]?$`)
	yearSpan  = regexp.MustCompile(`^((?:19|20)\d\d) ?[-–/] ?((?:19|20)\d\d)$`)
	year      = regexp.MustCompile(`(?:19|20)\d\d`)
	yearList  = regexp.MustCompile(`^(?:19|20)\d\d(?: ?[;,] ?(?:19|20)\d\d)+$`)
	untilDay  = regexp.MustCompile(`(?i)^(?:until|till|by|before|up to) (.*)$`)
	between   = regexp.MustCompile(`(?i)^(?:between )?(.+?) (?:and|to|-|–) (.+)$`)
	unclear   = regexp.MustCompile(`(?i)^(?:unclear|not specified|unspecified|unknown|approximately|approx\.?|around|circa|ca\.?)[,:]? (.*)$`)
)

// day reads the ways in which people write a day, and keeps the precision.
func (v *value) day(said string, c *column) {
	if inner, ok := strings.CutPrefix(said, "("); ok && c.Brackets && strings.HasSuffix(inner, ")") {
		said, v.rough = strings.TrimSuffix(inner, ")"), true
	}
	text, ok := c.edtf(strings.Join(strings.Fields(said), " "))
	if m := yearOnly.FindStringSubmatch(said); m != nil && m[1] != said {
		v.rough = true // 2024e
	}
	if ok {
		if d, err := record.ParseDay(text); err == nil {
			v.v = d.String()
			return
		}
	}
	v.fail("is no day of the calendar that can be understood")
}

func (c *column) edtf(said string) (string, bool) {
	if m := unclear.FindStringSubmatch(said); m != nil {
		return c.edtf(m[1])
	}
	if m := untilDay.FindStringSubmatch(said); m != nil {
		to, ok := c.edtf(m[1])
		if c.Since == "" {
			return "../" + to, ok
		}
		return c.Since + "/" + to, ok
	}
	if d, ok := c.oneDay(said); ok {
		return d, true
	}
	if yearList.MatchString(said) {
		years := year.FindAllString(said, -1)
		return slices.Min(years) + "/" + slices.Max(years), true
	}
	if m := yearSpan.FindStringSubmatch(said); m != nil {
		return m[1] + "/" + m[2], true
	}
	if m := between.FindStringSubmatch(said); m != nil {
		from, ok1 := c.oneDay(m[1])
		to, ok2 := c.oneDay(m[2])
		return from + "/" + to, ok1 && ok2
	}
	if _, err := record.ParseDay(said); err == nil {
		return said, true
	}
	return "", false
}

// oneDay is a day, month or year that is no interval.
func (c *column) oneDay(said string) (string, bool) {
	if m := isoDay.FindStringSubmatch(said); m != nil {
		if m[3] == "" {
			return fmt.Sprintf("%s-%02s", m[1], m[2]), true
		}
		return fmt.Sprintf("%s-%02s-%02s", m[1], m[2], m[3]), true
	}
	if m := slashDay.FindStringSubmatch(said); m != nil {
		day, month := m[1], m[2]
		if c.Order != "dmy" && !strings.Contains(said, ".") {
			day, month = month, day
		}
		if n, _ := strconv.Atoi(month); n > 12 {
			day, month = month, day // only one of the two can be a month
		}
		return fmt.Sprintf("%s-%02s-%02s", century(m[3]), month, day), true
	}
	if m := slashes.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("%s-%02s", century(m[2]), m[1]), true
	}
	if m := yearOnly.FindStringSubmatch(said); m != nil {
		return m[1], true
	}
	if m := monthName.FindStringSubmatch(said); m != nil && len(m[2]) >= 3 {
		t, err := time.Parse("Jan", strings.ToUpper(m[2][:1])+strings.ToLower(m[2][1:3]))
		if err != nil {
			return "", false
		}
		if day := m[1] + m[3]; day != "" {
			return fmt.Sprintf("%s-%02d-%02s", m[4], t.Month(), day), true
		}
		return fmt.Sprintf("%s-%02d", m[4], t.Month()), true
	}
	return "", false
}

func century(year string) string {
	if len(year) == 2 {
		return "20" + year
	}
	return year
}
