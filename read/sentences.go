package read

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// span is a part of the body, in bytes.
type span struct{ from, to int }

// abbreviations do not end a sentence.
var abbreviations = strings.Fields("Mr. Mrs. Ms. Dr. Lt. Gen. Col. Maj. Capt. Adm. Sen. Rep. Gov. Prof. St. No. Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Sep. Oct. Nov. Dec. approx. ca. c. e.g. i.e. vs. U.S. U.K. U.N. a.m. p.m. Art.")

var sentenceEnd = regexp.MustCompile(`[.!?…]["'”’»)\]]*\s+|\n+`)

// sentences cuts a text where sentences end: at a full stop before a capital
// letter or an opening quote mark, and at every line break.
func sentences(body string) []span {
	var all []span
	from := 0
	cut := func(to int) {
		s := span{from, to}
		for s.from < s.to && isSpace(body[s.from]) {
			s.from++
		}
		for s.to > s.from && isSpace(body[s.to-1]) {
			s.to--
		}
		if s.to > s.from {
			all = append(all, s)
		}
		from = to
	}
	for _, m := range sentenceEnd.FindAllStringIndex(body, -1) {
		if body[m[0]] == '\n' || strings.Contains(body[m[0]:m[1]], "\n") || ends(body[:m[0]+1], body[m[1]:]) {
			cut(m[1])
		}
	}
	cut(len(body))
	return all
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// ends reports whether a sentence ends between the two texts.
func ends(before, after string) bool {
	last := before[strings.LastIndexAny(before, " \n(“")+1:]
	if slices.Contains(abbreviations, last) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(after)
	return !unicode.IsLower(r)
}

// word is one word of a text, in bytes.
type word struct {
	span
	text string
}

var wordPattern = regexp.MustCompile(`(?:\p{Lu}\.){2,}|\p{L}[\p{L}\p{N}]*|\p{N}+`)

// wordsOf cuts a text into words; from is where it begins in the body. A full
// stop is a part of a word only in initials: U.S.
func wordsOf(text string, from int) []word {
	var all []word
	for _, m := range wordPattern.FindAllStringIndex(text, -1) {
		all = append(all, word{span{from + m[0], from + m[1]}, text[m[0]:m[1]]})
	}
	return all
}

// folded takes the accents off letters, and straightens quote marks and dashes.
func folded(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteRune(straight(r))
		}
	}
	return b.String()
}

// straight is the plain form of a quote mark or a dash.
func straight(r rune) rune {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '″':
		return '"'
	case '‘', '’', '‚', '‛', '‹', '›', '′', '`', '´':
		return '\''
	case '–', '—', '‑', '−':
		return '-'
	}
	return r
}
