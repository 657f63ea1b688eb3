package read

import (
	"regexp"
	"slices"
	"strings"

	"entente/record"
)

// mention is a name in a sentence.
type mention struct {
	span
	said string
	named
	before string // the word before it, articles left out
}

// sentence is one sentence with what was found in it.
type sentence struct {
	span
	text    string
	words   []word
	parties []mention // by place in the text; people and offices stand for their party
	places  []mention
	things  []mention
	days    []dayFound
	money   []cash
	figures []figure
	spoken  bool // in quotation marks, at least in part
	r       *reader
}

// placing are the words after which a name is where something is.
var placing = strings.Fields("in at near to into outside around from inside across throughout towards over above")

// mentions finds the names of a sentence, the longest first at each word.
func (r *reader) mentions(s *sentence) {
	for i := 0; i < len(s.words); {
		e, n := r.g.match(s.words[i:])
		if n == 0 {
			i++
			continue
		}
		first, last := s.words[i], s.words[i+n-1]
		m := mention{span: span{first.from, last.to}, said: s.text[first.from-s.from : last.to-s.from], before: s.wordBefore(i)}
		located := slices.Contains(placing, m.before)
		hasParty := slices.ContainsFunc(e.means, func(n named) bool { return n.sort == party })
		for _, n := range e.means {
			m.named = n
			switch {
			case n.sort == resource:
				s.things = append(s.things, m)
			case n.sort == place && (located || !hasParty):
				s.places = append(s.places, m)
			case n.sort == party && !(located && len(e.means) > 1):
				s.parties = append(s.parties, m)
				if located && n.country != "" && !n.person {
					s.places = append(s.places, m.asPlace())
				}
			}
		}
		i += n
	}
}

// asPlace is the country of a party as a place.
func (m mention) asPlace() mention {
	m.named = named{sort: place, id: slug(m.name), name: m.name, country: m.country}
	return m
}

// wordBefore is the word before the i-th, articles and the like left out.
func (s *sentence) wordBefore(i int) string {
	for i--; i >= 0; i-- {
		switch w := strings.ToLower(s.words[i].text); w {
		case "the", "a", "an", "his", "their", "its":
		default:
			return w
		}
	}
	return ""
}

// match finds the longest name that begins with the first of the words.
func (g *gazetteer) match(words []word) (entry, int) {
	for _, e := range g.byWord[words[0].text] {
		if len(e.words) <= len(words) && slices.EqualFunc(e.words, words[:len(e.words)], func(a string, b word) bool { return a == b.text }) {
			return e, len(e.words)
		}
	}
	return entry{}, 0
}

// offices stand for the party of whom the text speaks most: a text about one
// government calls it the government.
var offices = regexp.MustCompile(`\b[Tt]he (?:prime minister|PM|government|president|chancellor|defence secretary|defence minister|foreign minister|foreign secretary)\b|\bThe (?:prime minister|government)\b`)

// offices adds them as mentions of the home party.
func (r *reader) offices(s *sentence) {
	if r.home() == "" {
		return
	}
	for _, at := range offices.FindAllStringIndex(s.text, -1) {
		sp := span{s.from + at[0], s.from + at[1]}
		rest := strings.TrimSpace(s.text[at[1]:])
		if strings.HasPrefix(rest, "of ") || slices.ContainsFunc(s.parties, func(m mention) bool { return m.from < sp.to && sp.from < m.to }) {
			continue
		}
		id := r.home()
		s.parties = append(s.parties, mention{span: sp, said: s.text[at[0]:at[1]], before: wordBefore(s.text, at[0]),
			named: named{sort: party, id: string(id), name: r.g.names[id], country: id}})
	}
	slices.SortStableFunc(s.parties, func(a, b mention) int { return a.from - b.from })
}

// home is the party whose people the text has named most often so far.
func (r *reader) home() record.PartyID {
	best := record.PartyID("")
	for _, id := range r.order {
		if best == "" || r.people[id] > r.people[best] {
			best = id
		}
	}
	return best
}

// count notes the people of a sentence.
func (r *reader) count(s *sentence) {
	for _, m := range s.parties {
		id := record.PartyID(m.id)
		if m.person {
			if r.people[id] == 0 {
				r.order = append(r.order, id)
			}
			r.people[id]++
			r.person = id
		}
		if m.country == "" {
			r.group = id
		}
	}
}

// oblique are the words after which a name is no subject.
var oblique = strings.Fields("with to of by in from for on against under between into near at over via through and")

// subject is the party that does what the verb at position at of the body says:
// the nearest before it that no preposition governs; or else none.
func (s *sentence) subject(at int) (mention, bool) {
	for i := len(s.parties) - 1; i >= 0; i-- {
		m := s.parties[i]
		if m.from >= at || slices.Contains(oblique, m.before) && m.before != "and" {
			continue
		}
		if possessive.MatchString(s.text[m.to-s.from:]) && !government.MatchString(s.text[m.to-s.from:]) {
			continue
		}
		return m, true
	}
	return mention{}, false
}

// Of what is a party's, only its government acts for it.
var (
	possessive = regexp.MustCompile(`^['’‘]s?\b`)
	government = regexp.MustCompile(`^['’‘]s? (?:\p{Ll}+ )?(?:prime minister|president|chancellor|government|ministers?|ministry|parliament|army|armed forces|navy|air force|cabinet)\b`)
)

// joined lists m and the parties that commas and "and" join to it.
func (s *sentence) joined(m mention) []mention {
	i := slices.Index(s.parties, m)
	from, to := i, i
	for from > 0 && joining.MatchString(s.text[s.parties[from-1].to-s.from:s.parties[from].from-s.from]) {
		from--
	}
	for to+1 < len(s.parties) && joining.MatchString(s.text[s.parties[to].to-s.from:s.parties[to+1].from-s.from]) {
		to++
	}
	return s.parties[from : to+1]
}

var joining = regexp.MustCompile(`^(?:,? and (?:the )?|, (?:the )?|-|–| & )$`)

// partyAfter is the first party that begins after at and follows one of words.
func (s *sentence) partyAfter(at int, words ...string) (mention, bool) {
	for _, m := range s.parties {
		if m.from >= at && slices.Contains(words, m.before) {
			return m, true
		}
	}
	return mention{}, false
}

// adjective is the party named last within reach before at: British troops.
func (s *sentence) adjective(at, reach int) (mention, bool) {
	for i := len(s.parties) - 1; i >= 0; i-- {
		if m := s.parties[i]; m.to <= at && at-m.to <= reach {
			return m, true
		}
	}
	return mention{}, false
}

// placeAfter is the first place between two positions, or else the last before.
func (s *sentence) placeAfter(from, to int) (mention, bool) {
	for _, m := range s.places {
		if m.from >= from && m.from < to {
			return m, true
		}
	}
	return mention{}, false
}

// dayNear is the first day after at, or else the last before it.
func (s *sentence) dayNear(at int) (near dayFound, ok bool) {
	for _, d := range s.days {
		near, ok = d, true
		if d.from >= at {
			break
		}
	}
	return near, ok
}

var denial = regexp.MustCompile(`(?i)\b(?:not|never|no|nor|neither|without|refus\w+|reject\w+|declin\w+|den(?:y|ied|ies)|ruled out|fail\w* to|cannot|cancel\w*)\b|n['’]t\b`)

// denied reports whether the words just before at deny what follows.
func (s *sentence) denied(at int) bool {
	before := s.text[:at-s.from]
	fields := strings.Fields(before)
	near := strings.Join(fields[max(0, len(fields)-5):], " ")
	if i := strings.LastIndexAny(near, ";:"); i >= 0 {
		near = near[i:]
	}
	return denial.MatchString(near)
}

var hearsay = regexp.MustCompile(`(?i)\b(?:reportedly|allegedly|alleged|claimed|claims|according to|suggested|rumou?red|unconfirmed|is said to|are said to)\b`)

// confidence is reported where the sentence itself says that it is hearsay.
func (s *sentence) confidence() record.Confidence {
	if hearsay.MatchString(s.text) {
		return record.Reported
	}
	return ""
}
