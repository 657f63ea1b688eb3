package read

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Anchor is where words stand in a text, as the W3C Web Annotation Data Model
// writes it (section 4.2.4, Text Quote Selector, and 4.2.5, Text Position
// Selector): the exact words with some before and after them, and their first
// and last position counted in characters of the text, whose hash is beside.
type Anchor struct {
	Exact  string
	Prefix string
	Suffix string
	Start  int // characters before it
	End    int
	Byte   int // bytes before it
}

const contextRunes = 32

// anchor is that of the bytes from to to.
func anchor(body string, from, to int) Anchor {
	start := utf8.RuneCountInString(body[:from])
	a := Anchor{Exact: body[from:to], Start: start, End: start + utf8.RuneCountInString(body[from:to]), Byte: from}
	before, after := from, to
	for range contextRunes {
		_, n := utf8.DecodeLastRuneInString(body[:before])
		before -= n
		_, n = utf8.DecodeRuneInString(body[after:])
		after += n
	}
	a.Prefix, a.Suffix = body[before:from], body[to:after]
	return a
}

// Find anchors every place where a text says the quote, white space, quote marks
// and dashes folded; Exact is what the text really has there.
func Find(t Text, quote string) []Anchor {
	body, at := foldSpaces(t.Body)
	want, _ := foldSpaces(quote)
	want = strings.TrimSpace(want)
	if want == "" {
		return nil
	}
	var found []Anchor
	for from := 0; ; {
		i := strings.Index(body[from:], want)
		if i < 0 {
			return found
		}
		from += i
		found = append(found, anchor(t.Body, at[from], at[from+len(want)]))
		from += len(want)
	}
}

// foldSpaces makes each run of white space one space, and every quote mark and
// dash plain. At tells where each byte of the result stood; one more for the end.
func foldSpaces(text string) (folded string, at []int) {
	var b strings.Builder
	at = make([]int, 0, len(text)+1)
	space := false
	for i, r := range text {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			if !space {
				b.WriteByte(' ')
				at = append(at, i)
			}
			space = true
			continue
		}
		space = false
		n := b.Len()
		b.WriteRune(straight(r))
		for range b.Len() - n {
			at = append(at, i)
		}
	}
	return b.String(), append(at, len(text))
}
