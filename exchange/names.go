package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/biter777/countries"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"entente/record"
)

// idLengthMax leaves room in an id for what an import puts before and behind a
// name of the source.
const idLengthMax = 64

// slug is text as an id may be written: lower-case letters and digits of ASCII,
// one hyphen for everything between. What is too long, or has no such letters,
// ends in a hash, so that two names never become one.
func slug(text string) string {
	plain := strings.ToLower(fold(text))
	var b strings.Builder
	for _, r := range plain {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && b.String()[b.Len()-1] != '-':
			b.WriteByte('-')
		}
	}
	s := strings.TrimRight(b.String(), "-")
	switch {
	case s == "":
		return "x-" + hash(text)
	case len(s) > idLengthMax:
		return strings.TrimRight(s[:idLengthMax-9], "-") + "-" + hash(text)
	}
	return s
}

// hash is eight hexadecimal digits that tell texts apart.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// fold takes the marks off letters: Médecins du Monde is Medecins du Monde.
func fold(text string) string {
	ascii := true
	for i := 0; ascii && i < len(text); i++ {
		ascii = text[i] < 0x80
	}
	if ascii {
		return text
	}
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	s, _, err := transform.String(t, text)
	if err != nil {
		return text
	}
	return unmarked.Replace(s)
}

// unmarked spells letters that have no mark to take off.
var unmarked = strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "O", "æ", "ae", "Æ", "AE", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ı", "i")

// folded is text as names are compared: without marks, letter case, and
// whatever stands between words. Two headers are one when they fold alike.
func folded(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(fold(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' && r != '+' && r != '%' && r != '@'
	}), " ")
}

// partyOf is the party of a name: a nation by its ISO 3166-1 code when the name
// or a code of it is known, and else an organisation under its own name.
func partyOf(name string) (id record.PartyID, nation bool) {
	short := strings.TrimSpace(strings.TrimSuffix(name, ", Government of"))
	if c := country(short); c != countries.Unknown {
		return record.PartyID(c.Alpha3()), true
	}
	return record.PartyID(strings.ToUpper(letterFirst(slug(name)))), false
}

// letterFirst makes a slug begin as a party's id must.
func letterFirst(s string) string {
	if s[0] >= '0' && s[0] <= '9' {
		return "x-" + s
	}
	return s
}

// country knows a country by a name or an ISO code.
func country(name string) countries.CountryCode {
	if c, ok := namedCountries[folded(name)]; ok {
		return c
	}
	c := countries.ByName(fold(name))
	if !c.IsValid() || len(c.Alpha3()) != 3 {
		return countries.Unknown
	}
	if len(name) <= 3 && name != c.Alpha3() && name != c.Alpha2() {
		return countries.Unknown // a code of sports, of vehicles, of an organisation
	}
	return c
}

// namedCountries are names that statistics use and the library does not know, or
// takes for another country.
var namedCountries = map[string]countries.CountryCode{
	"occupied palestinian territory": countries.PSE,
	"palestinian territory occupied": countries.PSE,
	"korea rep":                      countries.KOR,
	"south korea":                    countries.KOR,
	"slovak republic":                countries.SVK,
	"turkiye":                        countries.TUR,
	"czechia":                        countries.CZE,
	"united states of america":       countries.USA,
	"uk":                             countries.GBR,
	"us":                             countries.USA,
	"kosovo":                         countries.XKX,
	"north macedonia":                countries.MKD,
	"viet nam":                       countries.VNM,
	"russia":                         countries.RUS,
	"uae":                            countries.ARE,
}

// checked returns r as record.Parse reads it back, so that it needs no second
// check, or why it is not right.
func checked(r record.Record) (record.Record, record.Errors) {
	return parsed(r.Key(), record.Canonical(r))
}

// parsed reads the JSON of one record.
func parsed(k record.Key, text []byte) (record.Record, record.Errors) {
	rs, errs := record.Parse(k.String()+".json", text)
	if len(errs) > 0 {
		return nil, errs
	}
	rs[0].Base().Pos = record.Pos{}
	return rs[0], nil
}
