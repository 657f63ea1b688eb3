package read

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

// Options are what a text cannot say by itself.
type Options struct {
	ID        record.DocumentID // of the document; made from its name when empty
	Published record.Day        // as told; a text's own data come second
	Publisher string
	URL       string
	By        record.PartyID  // who proposes
	Known     []record.Record // what a register holds: its names are found, and nothing of it is proposed again
}

// Proposal is what one or more sentences seem to state.
type Proposal struct {
	Rule     string // which rule read it
	Claim    string // in a sentence of our own
	Quotes   []Anchor
	Parties  []record.PartyID // of whom the claim is
	Mentions []record.PartyID // whom the sentences name beside
	Days     []Told
	Places   []record.PlaceID
	Figures  []string // quantities and money as they are said
	Records  []record.Record
	Missing  []Missing // what a person must add before the records can be accepted
	key      string
}

// Told is a day as the text says it and as it is understood, if it is.
type Told struct {
	Said string
	Day  record.Day
}

// Missing is a field that the text does not tell.
type Missing struct {
	Record record.Key
	Field  string
	Why    string
}

// ChangeSet is all that a document proposes: the document itself, the parties
// and places that its claims need and the register does not have, and the claims.
type ChangeSet struct {
	Document  *record.Document
	Text      Text
	Support   []record.Record // parties and places, complete
	Proposals []Proposal
}

// Complete lists every record that could be accepted as it stands: the document,
// the parties and places, and the records of the proposals that miss nothing. As
// long as nobody knows when the document was published, nothing is complete.
func (c *ChangeSet) Complete() []record.Record {
	if c.Document.Published.IsZero() {
		return nil
	}
	rs := append([]record.Record{c.Document}, c.Support...)
	for _, p := range c.Proposals {
		if len(p.Missing) == 0 {
			rs = append(rs, p.Records...)
		}
	}
	slices.SortStableFunc(rs, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return rs
}

// reader walks through a text and keeps in mind of whom it speaks.
type reader struct {
	o        Options
	body     string
	doc      record.DocumentID
	cal      calendar
	g        *gazetteer
	people   map[record.PartyID]int
	order    []record.PartyID
	person   record.PartyID // who was named last
	group    record.PartyID // which organisation was named last
	agreed   *Proposal      // the agreement of which the text spoke last
	taken    map[record.Key]bool
	found    []*Proposal
	extra    map[record.Key]record.Record
	speaking bool
}

// Propose reads a text sentence by sentence and asks every rule of each.
func Propose(t Text, o Options) *ChangeSet {
	o.Published = orDay(o.Published, t.Published)
	doc := document(t, o)
	r := &reader{o: o, body: t.Body, doc: record.DocumentID(doc.ID), cal: calendar{published: o.Published}, g: newGazetteer(o.Known),
		people: map[record.PartyID]int{}, taken: map[record.Key]bool{}, extra: map[record.Key]record.Record{}}
	for _, sp := range sentences(t.Body) {
		s := r.sentence(sp)
		for _, rule := range rules {
			rule.read(s)
		}
	}
	c := &ChangeSet{Document: doc, Text: t}
	for _, p := range r.found {
		r.finish(p)
		c.Proposals = append(c.Proposals, *p)
	}
	for _, rec := range r.extra {
		c.Support = append(c.Support, rec)
	}
	slices.SortFunc(c.Support, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return c
}

func orDay(a, b record.Day) record.Day {
	if a.IsZero() {
		return b
	}
	return a
}

// document is the record of the text itself. A Document needs a publisher and a
// day; what is not known is said in words that nobody takes for the truth.
func document(t Text, o Options) *record.Document {
	d := &record.Document{Common: record.Common{Kind: record.KindDocument, ID: string(o.ID), Title: t.Title, By: o.By},
		Publisher: cmp.Or(o.Publisher, t.Publisher, "not known"), Published: o.Published, URL: o.URL, SHA256: t.SHA256()}
	stem, _, _ := strings.Cut(t.Name, ".")
	d.ID = cmp.Or(d.ID, slug(stem), "document")
	d.Text = d.ID + ".txt"
	return d
}

func (r *reader) sentence(sp span) *sentence {
	// Where a line is wrapped, rules see a space; offsets stay those of the body.
	s := &sentence{span: sp, text: strings.ReplaceAll(r.body[sp.from:sp.to], "\n", " "), r: r}
	s.words = wordsOf(s.text, sp.from)
	s.spoken = r.direct(s)
	r.mentions(s)
	r.count(s)
	r.offices(s)
	s.days = days(s.text, sp.from, r.cal)
	for i, d := range s.days {
		if s.spoken && spokenDay(d.said) {
			s.days[i].day = record.Day{}
		}
	}
	s.money = moneyIn(s.text, sp.from)
	var taken []span
	for _, d := range s.days {
		taken = append(taken, d.span)
	}
	for _, m := range s.money {
		taken = append(taken, m.span)
	}
	s.figures = figuresIn(s.text, sp.from, taken)
	return s
}

// direct reports whether a sentence is said by somebody: quotation marks are open
// where it begins or within it. A new paragraph opens them again.
func (r *reader) direct(s *sentence) bool {
	if s.from == 0 || r.body[s.from-1] == '\n' {
		r.speaking = false
	}
	open := r.speaking || strings.ContainsAny(s.text, "“")
	if i, j := strings.LastIndex(s.text, "“"), strings.LastIndex(s.text, "”"); i >= 0 || j >= 0 {
		r.speaking = i > j
	}
	return open
}

// spokenDay reports whether a day is told from the day of speaking.
func spokenDay(said string) bool {
	return slices.Contains([]string{"today", "tomorrow", "yesterday"}, said)
}

// propose adds a proposal from s, or, when one with its key is there already, the
// quote to that.
func (s *sentence) propose(p Proposal) *Proposal {
	a := anchor(s.r.body, s.from, s.to)
	for _, old := range s.r.found {
		if old.key == p.key {
			if !slices.ContainsFunc(old.Quotes, func(q Anchor) bool { return q.Byte == a.Byte }) {
				old.Quotes = append(old.Quotes, a)
			}
			for _, id := range s.ids() {
				old.Mentions = appendNew(old.Mentions, id)
			}
			return old
		}
	}
	p.Quotes, p.Mentions = []Anchor{a}, s.ids()
	s.r.found = append(s.r.found, &p)
	return &p
}

// ids lists the parties of a sentence, each once.
func (s *sentence) ids() []record.PartyID {
	var ids []record.PartyID
	for _, m := range s.parties {
		ids = appendNew(ids, record.PartyID(m.id))
	}
	return ids
}

func appendNew[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

// common are the shared fields of a proposed record, with an id that nothing has.
func (s *sentence) common(k record.Kind, title string, words ...string) record.Common {
	base := slug(strings.Join(words, " "))
	key := record.Key{Kind: k, ID: base}
	for n := 2; s.r.taken[key] || s.r.g.known[key]; n++ {
		key.ID = fmt.Sprintf("%s-%d", base, n)
	}
	s.r.taken[key] = true
	return record.Common{Kind: k, ID: key.ID, Title: title, By: s.r.o.By, Confidence: s.confidence()}
}

// finish gives a proposal its sources, and the register what its records refer
// to and the gazetteer knows.
func (r *reader) finish(p *Proposal) {
	p.Mentions = slices.DeleteFunc(p.Mentions, func(id record.PartyID) bool { return slices.Contains(p.Parties, id) })
	for _, rec := range p.Records {
		b := rec.Base()
		for _, q := range p.Quotes {
			b.Sources = append(b.Sources, record.Source{Document: r.doc, Quote: q.Exact, At: fmt.Sprintf("character %d", q.Start)})
		}
		for _, ref := range record.References(rec) {
			if ref.Key.Kind == record.KindParty && !r.g.known[ref.Key] {
				r.extra[ref.Key] = r.party(record.PartyID(ref.Key.ID))
			}
		}
	}
}

func (r *reader) party(id record.PartyID) *record.Party {
	p := &record.Party{Common: record.Common{Kind: record.KindParty, ID: string(id)}, Name: cmp.Or(r.g.names[id], string(id)), Type: "nation"}
	if strings.Contains(organisations, "\n"+string(id)+" ") {
		p.Type = "organisation"
	}
	return p
}

// at makes sure of a place, and of the country that it is in.
func (s *sentence) at(m mention) record.PlaceID {
	key := record.Key{Kind: record.KindPlace, ID: m.id}
	if !s.r.g.known[key] {
		s.r.extra[key] = &record.Place{Common: record.Common{Kind: record.KindPlace, ID: m.id}, Name: m.name, Country: m.country, Coarse: true}
		if c := (record.Key{Kind: record.KindParty, ID: string(m.country)}); m.country != "" && !s.r.g.known[c] {
			s.r.extra[c] = s.r.party(m.country)
		}
	}
	return record.PlaceID(m.id)
}

// told lists the days of a sentence for a proposal.
func told(ds ...dayFound) []Told {
	var all []Told
	for _, d := range ds {
		all = append(all, Told{d.said, d.day})
	}
	return all
}
