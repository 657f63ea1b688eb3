// Package record is the vocabulary of Entente: the kinds of fact that allies
// exchange, their ids, days, money, numbers, sources and labels, and their one
// text form (YAML or JSON, see docs/format.md).
//
// Parse is strict: what it returns needs no second check, except for what only
// a whole register can tell (does a reference point anywhere, is a quote in its
// document). Parse reports every error of its input, not the first one. Format
// is the inverse of Parse, and Canonical (RFC 8785) is the form that is hashed.
//
// A record is a pointer to one of the structs of this package, treated as
// immutable once parsed; whoever wants a changed record clones it first.
// The package does no I/O and knows neither clock nor register.
package record

import "strings"

// Kind says which kind of fact a record states.
type Kind string

// The kinds, in the order in which a register is best read.
const (
	KindParty      Kind = "Party"
	KindPlace      Kind = "Place"
	KindDocument   Kind = "Document"
	KindAgreement  Kind = "Agreement"
	KindResource   Kind = "Resource"
	KindCapability Kind = "Capability"
	KindNeed       Kind = "Need"
	KindPledge     Kind = "Pledge"
	KindProduction Kind = "Production"
	KindProgramme  Kind = "Programme"
	KindFund       Kind = "Fund"
	KindUnit       Kind = "Unit"
	KindAssignment Kind = "Assignment"
	KindExercise   Kind = "Exercise"
	KindIncident   Kind = "Incident"
	KindMeeting    Kind = "Meeting"
	KindTarget     Kind = "Target"
	KindRate       Kind = "Rate"
	KindScenario   Kind = "Scenario"
)

// kinds is the one list of kinds. A new kind needs a line here, a struct in
// kinds.go, a row in docs/format.md and a sample in the tests.
var kinds = []struct {
	kind Kind
	make func() Record
}{
	{KindParty, func() Record { return new(Party) }},
	{KindPlace, func() Record { return new(Place) }},
	{KindDocument, func() Record { return new(Document) }},
	{KindAgreement, func() Record { return new(Agreement) }},
	{KindResource, func() Record { return new(Resource) }},
	{KindCapability, func() Record { return new(Capability) }},
	{KindNeed, func() Record { return new(Need) }},
	{KindPledge, func() Record { return new(Pledge) }},
	{KindProduction, func() Record { return new(Production) }},
	{KindProgramme, func() Record { return new(Programme) }},
	{KindFund, func() Record { return new(Fund) }},
	{KindUnit, func() Record { return new(Unit) }},
	{KindAssignment, func() Record { return new(Assignment) }},
	{KindExercise, func() Record { return new(Exercise) }},
	{KindIncident, func() Record { return new(Incident) }},
	{KindMeeting, func() Record { return new(Meeting) }},
	{KindTarget, func() Record { return new(Target) }},
	{KindRate, func() Record { return new(Rate) }},
	{KindScenario, func() Record { return new(Scenario) }},
}

// Kinds lists every kind in reading order.
func Kinds() []Kind {
	ks := make([]Kind, len(kinds))
	for i, k := range kinds {
		ks[i] = k.kind
	}
	return ks
}

func (Kind) values() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.kind)
	}
	return names
}

// New returns an empty record of kind k, or nil when there is no such kind.
func New(k Kind) Record {
	for _, e := range kinds {
		if e.kind == k {
			return e.make()
		}
	}
	return nil
}

// KindNamed finds a kind by name, whatever its letter case: "pledge" is Pledge.
func KindNamed(name string) (Kind, bool) {
	for _, e := range kinds {
		if strings.EqualFold(string(e.kind), name) {
			return e.kind, true
		}
	}
	return "", false
}

// Key names one record in a register: ids are unique within their kind.
type Key struct {
	Kind Kind
	ID   string
}

// String is the form that people read and type: Pledge/nor-nasams-1.
func (k Key) String() string { return string(k.Kind) + "/" + k.ID }

// Compare orders keys by kind, in reading order, then by id.
func (k Key) Compare(o Key) int {
	if k.Kind != o.Kind {
		return k.Kind.order() - o.Kind.order()
	}
	return strings.Compare(k.ID, o.ID)
}

func (k Kind) order() int {
	for i, e := range kinds {
		if e.kind == k {
			return i
		}
	}
	return len(kinds)
}

// Pos is where a record or a field stands in its file; the zero Pos is nowhere,
// as for a record that a scenario adds.
type Pos struct {
	File         string
	Line, Column int
}

// Record is one stated fact: a pointer to one of the kinds of this package.
type Record interface {
	// Base returns the fields that every kind shares.
	Base() *Common
	// Key names the record in its register.
	Key() Key
}

// Common holds the fields that every record may have.
type Common struct {
	Kind       Kind       `json:"kind" need:"true" doc:"which kind of fact this is"`
	ID         string     `json:"id" need:"true" doc:"unique within its kind: an ISO 3166-1 alpha-3 code or an upper-case name for a Party, a lower-case slug for all others"`
	Title      string     `json:"title,omitempty" doc:"a short name for people"`
	Note       string     `json:"note,omitempty" doc:"what a reader should know"`
	Tags       []string   `json:"tags,omitempty" doc:"free words for finding; fact:NAME marks records that state the same fact"`
	By         PartyID    `json:"by,omitempty" doc:"the party that states the fact and may change it; for what is given, the giver"`
	Sources    []Source   `json:"sources,omitempty" doc:"where it is written"`
	Release    *Label     `json:"release,omitempty" doc:"who may see it: [public], or parties (with their members); an empty list shows it to its by alone"`
	Confidence Confidence `json:"confidence,omitempty" doc:"how sure the fact is; stated when left out"`

	// Pos is where the record was read; it is not part of the fact.
	Pos Pos `json:"-"`
}

// Base returns c itself, so that every kind is a Record by embedding Common.
func (c *Common) Base() *Common { return c }

// Key names the record in its register.
func (c *Common) Key() Key { return Key{c.Kind, c.ID} }

// Name is the best short name for people: the title, or else the id.
func (c *Common) Name() string {
	if c.Title != "" {
		return c.Title
	}
	return c.ID
}

// Source is evidence: a document, and the exact words in it.
type Source struct {
	Document DocumentID `json:"document" need:"true" doc:"the Document that says so"`
	Quote    string     `json:"quote,omitempty" doc:"exact words of the document"`
	At       string     `json:"at,omitempty" doc:"where in the document, for example page 3"`
}

// Confidence is how sure a fact is.
type Confidence string

// The degrees of confidence. The empty one reads as Stated.
const (
	Stated    Confidence = "stated"
	Reported  Confidence = "reported"
	Estimated Confidence = "estimated"
	Disputed  Confidence = "disputed"
)

func (Confidence) values() []string {
	return []string{string(Stated), string(Reported), string(Estimated), string(Disputed)}
}

// Label says who may see a record. The zero Label shows it to nobody but the
// party it is by.
type Label struct {
	Public  bool
	Parties []PartyID
}

// public is the word in a release list that means everybody.
const public = "public"
