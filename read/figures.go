package read

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"entente/record"
)

// figure is a number of a sentence, with the noun phrase after it.
type figure struct {
	span
	said  string
	value record.Number
	about bool // around, some, nearly
	noun  string
	nounSpan
}

type nounSpan struct{ nounFrom, nounTo int }

// cash is an amount of money of a sentence.
type cash struct {
	span
	said   string
	amount record.Money
	yearly bool
	ranged string // up to, at least
}

var numberWords = map[string]float64{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
	"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}

// vague numbers are ranges as wide as the word.
var vagueWords = map[string]record.Number{"dozens of": {Min: 24, Max: 99}, "hundreds of": {Min: 200, Max: 999}, "thousands of": {Min: 2000, Max: 9999},
	"tens of thousands of": {Min: 20000, Max: 99999}, "a dozen": record.Exactly(12), "thousands": {Min: 2000, Max: 9999}}

const numberText = `(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?`

var (
	moneyPattern = regexp.MustCompile(`(?:(up to|at least|around|about|some|nearly|over|more than) )?(?:(US\$|\$|€|£|USD|EUR|GBP|NOK|SEK|DKK|CHF|PLN|CAD|AUD)\s?(` + numberText + `)\s?(million|billion|bn|trillion|mn|m|k|thousand)?\b|(` + numberText + `)\s?(million|billion|bn|mn|trillion)? ?(euros?|dollars|US dollars|pounds|pounds sterling|kroner|Norwegian kroner|Danish kroner|Swedish kronor|kronor|Swiss francs|zlotys|Canadian dollars|EUR|USD|GBP|NOK|SEK|DKK|CHF|PLN|CAD)\b)( (?:a|per|each) year| annually)?`)
	countPattern = regexp.MustCompile(`(?i)\b(?:(around|about|some|nearly|almost|more than|over|up to|at least|approximately|roughly) )?(tens of thousands of|thousands of|hundreds of|dozens of|a dozen|` + numberText + `|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)\b( (?:hundred|thousand|million))?`)
)

var currencyOf = map[string]record.Currency{"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "euro": "EUR", "euros": "EUR", "dollars": "USD", "us dollars": "USD",
	"pounds": "GBP", "pounds sterling": "GBP", "kroner": "NOK", "norwegian kroner": "NOK", "danish kroner": "DKK", "swedish kronor": "SEK", "kronor": "SEK",
	"swiss francs": "CHF", "zlotys": "PLN", "canadian dollars": "CAD"}

var scaleOf = map[string]string{"": "1", "k": "1000", "thousand": "1000", "hundred": "100", "m": "1000000", "mn": "1000000", "million": "1000000", "bn": "1000000000", "billion": "1000000000", "trillion": "1000000000000"}

// moneyIn finds the amounts of a sentence that begins at from of the body.
func moneyIn(text string, from int) []cash {
	var all []cash
	for _, at := range moneyPattern.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return text[at[2*i]:at[2*i+1]]
		}
		number, scale, unit := part(3)+part(5), part(4)+part(6), part(2)+part(7)
		currency, ok := currencyOf[strings.ToLower(unit)]
		if !ok {
			currency = record.Currency(unit)
		}
		amount, err := scaled(number, scale)
		if err != nil {
			continue
		}
		all = append(all, cash{span: span{from + at[0], from + at[1]}, said: part(0), amount: record.NewMoney(amount, currency), yearly: part(8) != "", ranged: part(1)})
	}
	return all
}

// scaled is an exact product: 1.2 billion has nine zeros, not rounding.
func scaled(number, scale string) (record.Decimal, error) {
	d, err := decimal.Parse(strings.ReplaceAll(number, ",", ""))
	if err != nil {
		return record.Decimal{}, err
	}
	d, err = d.Mul(decimal.MustParse(scaleOf[strings.ToLower(scale)]))
	if err != nil {
		return record.Decimal{}, err
	}
	return record.ParseDecimal(d.Trim(0).String())
}

// figuresIn finds the counted things of a sentence, but not those of taken spans:
// days and money have numbers too.
func figuresIn(text string, from int, taken []span) []figure {
	var all []figure
	for _, at := range countPattern.FindAllStringSubmatchIndex(text, -1) {
		s := span{from + at[0], from + at[1]}
		if overlaps(taken, s) || at[1] < len(text) && (text[at[1]] == '%' || text[at[1]] == '-') || at[0] > 0 && strings.ContainsRune("-$€£", rune(text[at[0]-1])) {
			continue
		}
		word, scale := strings.ToLower(text[at[4]:at[5]]), ""
		if at[6] >= 0 {
			scale = strings.TrimSpace(text[at[6]:at[7]])
		}
		value, ok := numberOf(word, scale)
		if !ok {
			continue
		}
		noun, a, b := nounAfter(text, at[1])
		all = append(all, figure{span: s, said: text[at[0]:at[1]], value: value, about: at[2] >= 0, noun: noun, nounSpan: nounSpan{from + a, from + b}})
	}
	return all
}

func overlaps(taken []span, s span) bool {
	for _, t := range taken {
		if t.from < s.to && s.from < t.to {
			return true
		}
	}
	return false
}

func numberOf(word, scale string) (record.Number, bool) {
	if n, ok := vagueWords[word]; ok {
		return n, true
	}
	factor, _ := strconv.ParseFloat(scaleOf[strings.ToLower(scale)], 64)
	if tens, ones, ok := strings.Cut(word, "-"); ok {
		return record.Exactly((numberWords[tens] + numberWords[ones]) * factor), true
	}
	if n, ok := numberWords[word]; ok {
		return record.Exactly(n * factor), true
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(word, ",", ""), 64)
	return record.Exactly(n * factor), err == nil && n < 1e12
}

// nounAfter is the noun phrase after i: up to five words, until a preposition, a
// verb or a stop.
func nounAfter(text string, i int) (noun string, from, to int) {
	rest := text[i:]
	from = i + len(rest) - len(strings.TrimLeft(rest, " "))
	to = from
	for n := 0; n < 5; n++ {
		end := to
		for end < len(text) && text[end] == ' ' {
			end++
		}
		start := end
		for end < len(text) && !strings.ContainsRune(" ,;:.()?!", rune(text[end])) && !strings.HasPrefix(text[end:], "”") && !strings.HasPrefix(text[end:], "–") {
			end++
		}
		w := strings.ToLower(text[start:end])
		if w == "" || stopWords[w] || start > to && to > from && strings.TrimSpace(text[to:start]) != "" {
			break
		}
		to = end
		if end < len(text) && text[end] != ' ' {
			break
		}
	}
	return text[from:to], from, to
}

// stopWords end a noun phrase.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("to for in on at by from with and or of as into until before after since during next last this that which who will would has have had is are was were be been being worth through under over between among per a an the its their his her our currently now already also when while because if but so than deployed stationed based training standing") {
		m[w] = true
	}
	return m
}()

// percent is a share from digits: 2.5 is 0.025, exactly as it would be written.
func percent(digits string) float64 {
	d, err := decimal.Parse(digits)
	if err != nil {
		return 0
	}
	if d, err = d.Quo(decimal.Hundred); err != nil {
		return 0
	}
	f, _ := d.Float64()
	return f
}
