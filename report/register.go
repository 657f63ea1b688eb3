package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/check"
	"entente/record"
	"entente/register"
)

// Overview says what a register holds.
type Overview struct {
	Title    string
	Headline string
	Facts    []Fact
	Kinds    Table
	Money    Table // totals at the rung, in euros
	Things   Table // totals at the rung, by resource
}

// OfRegister draws what v holds, with totals at a rung.
func OfRegister(v *register.View, rung record.Rung) Overview {
	r := Overview{Title: cmp.Or(v.Settings().Title, "Register"), Kinds: kindsTable(v)}
	r.Headline = fmt.Sprintf("%s, of %s.", Count(v.Len(), "record", "records"), Count(len(r.Kinds.Rows), "kind", "kinds"))
	r.Facts = []Fact{{"As of", v.At().On.Text()}, {"Seen by", v.At().Reader.String()}, {"Register", v.Head()[:12]}}
	r.Facts = append(r.Facts, releaseFacts(v.Narrowest())...)
	if owner := v.Settings().Owner; owner != "" {
		r.Facts = append([]Fact{{"Kept by", v.Name(record.Key{Kind: record.KindParty, ID: string(owner)})}}, r.Facts...)
	}
	r.Money, r.Things = totals(v, rung)
	return r
}

func kindsTable(v *register.View) Table {
	t := Table{Title: "What is in it", Heads: []Head{{Name: "Kind"}, {Name: "Records", Numeric: true}, {Name: "For example", Brief: true}}, Empty: "Nothing."}
	for _, k := range record.Kinds() {
		rs := v.OfKind(k)
		if len(rs) == 0 {
			continue
		}
		var some []string
		for _, r := range rs[:min(len(rs), 3)] {
			some = append(some, r.Key().ID)
		}
		t.Rows = append(t.Rows, []Cell{Text(string(k)), Text(Number(float64(len(rs)))), Toned(strings.Join(some, ", "), Quiet)})
	}
	return t
}

func totals(v *register.View, rung record.Rung) (money, things Table) {
	money = Table{
		Title: "Money at " + rung.String() + " or above",
		Heads: []Head{{Name: "Party"}, {Name: "At the rung", Numeric: true}, {Name: "Below it", Numeric: true}, {Name: "Pledges", Numeric: true}, {Name: "Original", Brief: true}},
		Empty: "No money is pledged.",
	}
	things = Table{
		Title: "Things and people at " + rung.String() + " or above",
		Heads: []Head{{Name: "Party"}, {Name: "Resource"}, {Name: "At the rung", Numeric: true}, {Name: "Below it", Numeric: true}, {Name: "Pledges", Numeric: true}},
		Note:  "What is part of another pledge is counted in it, once.",
		Empty: "Nothing is pledged.",
	}
	for _, t := range v.Totals(rung) {
		who := Text(v.Name(record.Key{Kind: record.KindParty, ID: string(t.Party)}))
		n := Text(Number(float64(len(t.Pledges))))
		if t.Resource == "" {
			money.Rows = append(money.Rows, []Cell{who, Text(euros(t.Inside)), Toned(euros(t.Beside), Quiet), n, Toned(originals(t.Inside), Quiet)})
			continue
		}
		what := Text(v.Name(record.Key{Kind: record.KindResource, ID: string(t.Resource)}))
		things.Rows = append(things.Rows, []Cell{who, what, Text(Range(t.Inside.Quantity)), Toned(Range(t.Beside.Quantity), Quiet), n})
	}
	return money, things
}

func euros(s register.Sum) string {
	text := "–"
	if !s.Euro.Min.IsZero() || !s.Euro.Max.IsZero() {
		text = Amount(s.Euro)
	}
	if n := len(s.Unrated) + len(s.Uncounted); n > 0 {
		text += fmt.Sprintf(" and %s without rate", Count(n, "pledge", "pledges"))
	}
	return text
}

func originals(s register.Sum) string {
	var all []string
	for _, c := range slices.Sorted(maps.Keys(s.Original)) {
		if c != record.Euro {
			all = append(all, Amount(s.Original[c]))
		}
	}
	return strings.Join(all, ", ")
}

// Sheet is one record with all that concerns it.
type Sheet struct {
	Key      record.Key
	Title    string
	Where    string // file:line
	Facts    []Fact
	Text     string // the record as people keep it
	Refers   Table  // what it refers to
	Referred Table  // what refers to it
	Findings []Item
}

// OfRecord draws r of v, with those of the findings that name it.
func OfRecord(v *register.View, r record.Record, found []check.Finding) Sheet {
	s := Sheet{
		Key:      r.Key(),
		Title:    v.Name(r.Key()),
		Where:    Where(r.Base().Pos),
		Text:     string(record.Format(r)),
		Refers:   Table{Title: "What it refers to", Heads: []Head{{Name: "Field"}, {Name: "Record"}, {Name: "Name"}}, Empty: "Nothing."},
		Referred: Table{Heads: []Head{{Name: "Kind"}, {Name: "Id"}, {Name: "Name"}}},
	}
	s.Facts = sheetFacts(v, r)
	for _, ref := range record.References(r) {
		name := Text(v.Name(ref.Key))
		if _, ok := v.Get(ref.Key); !ok {
			name = Toned("absent", Bad)
		}
		s.Refers.Rows = append(s.Refers.Rows, []Cell{Text(ref.Path), Text(ref.Key.String()), name})
	}
	for _, from := range v.Referring(r.Key()) {
		s.Referred.Rows = append(s.Referred.Rows, []Cell{Text(string(from.Key().Kind)), Text(from.Key().ID), Text(v.Name(from.Key()))})
	}
	s.Referred.Title = "Nothing refers to it"
	if n := len(s.Referred.Rows); n > 0 {
		s.Referred.Title = Count(n, "record refers", "records refer") + " to it"
	}
	for _, f := range found {
		if slices.Contains(f.Records, r.Key()) {
			s.Findings = append(s.Findings, Item{f.Level.String() + " " + f.Rule, stop(f.Says), f.Fix})
		}
	}
	return s
}

func sheetFacts(v *register.View, r record.Record) []Fact {
	facts := []Fact{}
	if by := v.By(r); by != "" {
		facts = append(facts, Fact{"Stated by", v.Name(record.Key{Kind: record.KindParty, ID: string(by)})})
	}
	facts = append(facts, Fact{"Seen by", labelText(v.Label(r))})
	if p, ok := r.(*record.Pledge); ok {
		rung := "none of the ladder's rungs"
		if at := v.Rung(p); at != record.NoRung {
			rung = at.String()
			if since, ok := v.Since(p, at); ok {
				rung += " since " + since.String()
			}
		}
		facts = append(facts, Fact{"Rung", rung})
	}
	return facts
}

// releaseFacts says who may be shown an answer that not everybody may be shown.
func releaseFacts(l record.Label) []Fact {
	switch {
	case l.Public:
		return nil
	case len(l.Parties) == 0:
		return []Fact{{"May be shown to", "nobody else: no one party may see all that it is made from"}}
	}
	return []Fact{{"May be shown to", labelText(l)}}
}

func labelText(l record.Label) string {
	if l.Public {
		return "everybody"
	}
	if len(l.Parties) == 0 {
		return "nobody but who states it"
	}
	names := make([]string, len(l.Parties))
	for i, p := range l.Parties {
		names[i] = string(p)
	}
	return List(names) + ", and their members"
}
