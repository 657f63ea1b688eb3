package screen

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"entente/record"
)

// vocabulary is the distinct words of some texts, prepared to be looked through.
type vocabulary struct {
	known  map[string]int32 // the number of each, while texts are read
	joined string           // all by number, an end of line around each
	starts []int32          // where each begins in joined, and where one more would
	marks  []uint64         // which letters each is written with
	word   []byte           // that is being read
}

// read adds the words of a text to of, by number, as wordsOf takes it apart.
func (v *vocabulary) read(of []int32, text string) []int32 {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		for _, word := range wordsOf(text) {
			of = append(of, v.number([]byte(word)))
		}
		return of
	}
	v.word = v.word[:0]
	for i := range len(text) {
		switch c := text[i]; {
		case 'A' <= c && c <= 'Z':
			v.word = append(v.word, c+'a'-'A')
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			v.word = append(v.word, c)
		case len(v.word) > 0:
			of = append(of, v.number(v.word))
			v.word = v.word[:0]
		}
	}
	if len(v.word) > 0 {
		of = append(of, v.number(v.word))
	}
	return of
}

func (v *vocabulary) number(word []byte) int32 {
	n, ok := v.known[string(word)]
	if !ok {
		n = int32(len(v.known))
		v.known[string(word)] = n
	}
	return n
}

// seal prepares what was read. Nothing is read any more.
func (v *vocabulary) seal() {
	words := make([]string, len(v.known))
	for word, n := range v.known {
		words[n] = word
	}
	v.known, v.word = nil, nil
	v.joined = "\n" + strings.Join(words, "\n") + "\n"
	at := int32(1)
	for _, word := range words {
		v.starts, v.marks = append(v.starts, at), append(v.marks, marksOf(word))
		at += int32(len(word)) + 1
	}
	v.starts = append(v.starts, at)
}

// marksOf is a set of the letters of a word, in which some letters are taken for
// the same.
func marksOf(word string) (set uint64) {
	for i := range len(word) {
		set |= 1 << (word[i] % 64)
	}
	return set
}

func (v *vocabulary) at(n int32) string { return v.joined[v.starts[n] : v.starts[n+1]-1] }

// inside are the words that another stands in, as it is written.
func (v *vocabulary) inside(asked string) (words []int32) {
	for from := 0; ; {
		at := strings.Index(v.joined[from:], asked)
		if at < 0 {
			return words
		}
		at += from
		n, exact := slices.BinarySearch(v.starts, int32(at))
		if !exact {
			n-- // it stands inside the one that begins before
		}
		words = append(words, int32(n))
		from = int(v.starts[n+1]) - 1
	}
}

// fitting is how well the words fit one that is asked for.
type fitting struct {
	of   []uint8 // by the number of a word: as fit, with written
	some []int32 // the words that fit at all
}

const written = 8 // what is asked for stands in the word as it is written

// fitting finds the words that fit. Of two words that are an edit apart, each has
// one letter at most that the other lacks.
func (v *vocabulary) fitting(asked string) fitting {
	f := fitting{of: make([]uint8, len(v.marks))}
	add := func(n int32, how uint8) {
		if f.of[n] == 0 {
			f.some = append(f.some, n)
		}
		f.of[n] |= how
	}
	for _, n := range v.inside(asked) {
		add(n, written|uint8(fit(asked, v.at(n))))
	}
	limit := amiss(asked)
	if limit == 0 {
		return f
	}
	marks := marksOf(asked)
	for n, has := range v.marks {
		if f.of[n] == 0 && bits.OnesCount64(marks&^has) <= limit && fit(asked, v.at(int32(n))) > 0 {
			add(int32(n), 1)
		}
	}
	return f
}

// places are, for each word, in which of some things it is, by their numbers.
type places struct{ starts, of []int32 }

// placesOf turns around which of so many words each thing has.
func placesOf(words, things int, has func(thing int) []int32) places {
	p := places{starts: make([]int32, words+1)}
	last := make([]int32, words)
	each := func(do func(word, thing int32)) {
		for n := range last {
			last[n] = -1
		}
		for thing := range int32(things) {
			for _, word := range has(int(thing)) {
				if last[word] != thing {
					last[word] = thing
					do(word, thing)
				}
			}
		}
	}
	each(func(word, _ int32) { p.starts[word+1]++ })
	for n := range words {
		p.starts[n+1] += p.starts[n]
	}
	p.of = make([]int32, p.starts[words])
	next := slices.Clone(p.starts)
	each(func(word, thing int32) {
		p.of[next[word]] = thing
		next[word]++
	})
	return p
}

// count is in how many places some words are together.
func (p places) count(words []int32) (n int) {
	for _, word := range words {
		n += int(p.starts[word+1] - p.starts[word])
	}
	return n
}

// mark marks the places of some words in a set.
func (p places) mark(set bitset, words []int32) {
	for _, word := range words {
		for _, thing := range p.of[p.starts[word]:p.starts[word+1]] {
			set[thing/64] |= 1 << (thing % 64)
		}
	}
}

// bitset is a set of numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

// each yields the numbers in order.
func (s bitset) each(yield func(n int)) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			yield(i*64 + bits.TrailingZeros64(word))
		}
	}
}

// index is what the records of a view can be found by.
type index struct {
	vocabulary
	records []record.Record
	texts   []int32 // words, one text of a record after the other
	starts  []int32 // of the texts
	first   []int32 // text of each record: its name, id, parties and tags; then its note and quotations
	names   []int32 // where the name of each ends in its first text
	in      places  // in which records each word is
}

func (w World) index() *index {
	x := &index{vocabulary: vocabulary{known: map[string]int32{}}, records: w.View.Records(), starts: []int32{0}}
	read := func(texts ...string) {
		for _, text := range texts {
			x.texts = x.read(x.texts, text)
		}
	}
	end := func() { x.starts = append(x.starts, int32(len(x.texts))) }
	for _, r := range x.records {
		k, base := r.Key(), r.Base()
		x.first = append(x.first, int32(len(x.starts)-1))
		read(w.View.Name(k))
		x.names = append(x.names, int32(len(x.texts)))
		read(k.ID, string(k.Kind), w.party(w.View.By(r)))
		read(base.Tags...)
		end()
		read(base.Note)
		end()
		for _, s := range base.Sources {
			if s.Quote != "" {
				read(s.Quote)
				end()
			}
		}
	}
	x.first = append(x.first, int32(len(x.starts)-1))
	x.seal()
	x.in = placesOf(len(x.marks), len(x.records), func(r int) []int32 { return x.texts[x.starts[x.first[r]]:x.starts[x.first[r+1]]] })
	return x
}

func (x *index) text(n int32) []int32 { return x.texts[x.starts[n]:x.starts[n+1]] }

// each finds the records that have all the words, in order: a name counts most,
// then the id and the parties, then the note and what is quoted as it is written.
// Only those are looked at that have the rarest of the words.
func (x *index) each(words []string, yield func(r record.Record, score int)) {
	all := make([]fitting, len(words))
	rarest := 0
	for i, word := range words {
		all[i] = x.fitting(word)
		if x.in.count(all[i].some) < x.in.count(all[rarest].some) {
			rarest = i
		}
	}
	have := newBitset(len(x.records))
	x.in.mark(have, all[rarest].some)
	have.each(func(n int) {
		if score := x.score(all, n); score > 0 {
			yield(x.records[n], score)
		}
	})
}

func (x *index) score(words []fitting, n int) int {
	first, next := x.first[n], x.first[n+1]
	if score := 3 * worst(words, x.texts[x.starts[first]:x.names[n]]); score > 0 {
		return score
	}
	if score := worst(words, x.text(first)); score > 0 {
		return score
	}
	if worst(words, x.text(first+1)) > 0 {
		return 1
	}
	for quote := first + 2; quote < next; quote++ {
		if quoted(words, x.text(quote)) {
			return 1
		}
	}
	return 0
}

// worst is how well the one that fits worst of the words asked for fits a text.
func worst(words []fitting, text []int32) int {
	worst := uint8(4)
	for _, w := range words {
		best := uint8(0)
		for _, n := range text {
			best = max(best, w.of[n]&^written)
		}
		if worst = min(worst, best); worst == 0 {
			break
		}
	}
	return int(worst)
}

// quoted reports whether all the words stand in a text as they are written.
func quoted(words []fitting, text []int32) bool {
	for _, w := range words {
		if !slices.ContainsFunc(text, func(n int32) bool { return w.of[n]&written != 0 }) {
			return false
		}
	}
	return true
}

// sayings are texts that are found by what stands in them as it is written.
type sayings struct {
	vocabulary
	in     places
	number int
}

func sayingsOf(texts []string) *sayings {
	s := &sayings{vocabulary: vocabulary{known: map[string]int32{}}, number: len(texts)}
	words := make([][]int32, len(texts))
	for n, text := range texts {
		words[n] = s.read(nil, text)
	}
	s.seal()
	s.in = placesOf(len(s.marks), len(texts), func(n int) []int32 { return words[n] })
	return s
}

// with are the texts that have all the words in them.
func (s *sayings) with(words []string) bitset {
	all := newBitset(s.number)
	for i, word := range words {
		have := newBitset(s.number)
		s.in.mark(have, s.inside(word))
		for k := range all {
			if i == 0 {
				all[k] = have[k]
			}
			all[k] &= have[k]
		}
	}
	return all
}
