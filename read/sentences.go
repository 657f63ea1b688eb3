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
// letter or an opening quote mark, and at a line break, unless the line is only
// wrapped there.
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
		switch breaks := strings.Count(body[m[0]:m[1]], "\n"); {
		case body[m[0]] == '\n' && breaks == 1 && wrapped(body[:m[0]], body[m[1]:]):
			continue
		case breaks > 0:
			cut(m[1])
			continue
		}
		if ends(body[:m[0]+1], body[m[1]:]) {
			cut(m[1])
		}
	}
	cut(len(body))
	return all
}

// Lengths of a line that somebody wrapped by hand or by program.
const wrapMin, wrapMax = 50, 100

// wrapped reports whether a sentence goes on over a line break: the line ends in
// no stop, and the next begins small, or the line is as long as wrapped lines are.
func wrapped(before, after string) bool {
	line := strings.TrimRight(before[strings.LastIndexByte(before, '\n')+1:], " \r")
	last, _ := utf8.DecodeLastRuneInString(line)
	next, _ := utf8.DecodeRuneInString(after)
	if line == "" || strings.ContainsRune(".!?:;…”\"", last) {
		return false
	}
	n := utf8.RuneCountInString(line)
	return unicode.IsLower(next) || n >= wrapMin && n <= wrapMax && unicode.IsLetter(next)
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
