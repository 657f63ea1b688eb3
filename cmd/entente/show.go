package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entente/check"
	"entente/record"
	"entente/register"
	"entente/report"
)

func showCommand(c *console) *cobra.Command {
	var l lens
	var rung string
	cmd := &cobra.Command{
		Use:   "show DIR [KIND [ID]]",
		Short: "Look at a register, a kind of record, or one record",
		Long: `Without a kind: how many records there are, and what every party has promised
at a rung. With a kind: its records with their key facts. With a kind and an id:
the record as it is kept, where it stands, what refers to it, and the findings
about it.`,
		Example: `  entente show my-register
  entente show my-register pledge
  entente show my-register pledge nor-nasams-1`,
		Args:              folder(2, "DIR [KIND [ID]]"),
		ValidArgsFunction: kindsAndIDs,
	}
	l.flags(cmd)
	cmd.Flags().StringVar(&rung, "rung", record.Committed.String(), "the `RUNG` from which a pledge counts in totals")
	complete(cmd, "rung", rungs)
	publish := cmd.Flags().String("publish", "", "the totals that may be published to this `PARTY`, or to the public, over all that you see")
	complete(cmd, "publish", readers)
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		args = l.words(args)
		at, err := parseRung(rung)
		if err != nil {
			return err
		}
		v, err := l.open(c, args[0], format.chosen)
		if err != nil {
			return err
		}
		s := shower{c, v, args[0], format.chosen == "json"}
		if *publish != "" {
			return s.published(&l, *publish, at)
		}
		switch len(args) {
		case 1:
			return s.register(at)
		case 2:
			return s.kind(args[1])
		}
		return s.record(args[1], args[2])
	}
	return cmd
}

func parseRung(name string) (record.Rung, error) {
	r, ok := record.ParseRung(name)
	if !ok {
		return r, trouble{fmt.Sprintf("--rung %s is no rung of the ladder", name), "write one of " + strings.Join(record.Rungs(), ", ")}
	}
	return r, nil
}

type shower struct {
	c    *console
	v    *register.View
	dir  string
	json bool
}

func (s shower) register(rung record.Rung) error {
	if s.json {
		kinds := map[string]int{}
		for _, k := range record.Kinds() {
			if n := len(s.v.OfKind(k)); n > 0 {
				kinds[string(k)] = n
			}
		}
		return s.c.json(registerData{dataOf(s.v), kinds, rung.String(), totalsData(s.v, rung)})
	}
	r := report.OfRegister(s.v, rung)
	s.c.para(r.Title, "", report.Strong)
	s.c.para(r.Headline, "", report.Plain)
	s.c.facts(r.Facts)
	s.c.table(r.Kinds)
	s.c.table(r.Money)
	s.c.table(r.Things)
	s.c.next(step{"entente show " + quoted(s.dir) + " need", "the records of one kind"},
		step{"entente check " + quoted(s.dir), "what contradicts itself, is late or is missing"},
		step{"entente plan " + quoted(s.dir), "what can be covered"})
	return nil
}

// published is an act of whoever sees whole: totals over pledges that their
// readers may not see one by one, where that discloses nothing of one giver.
func (s shower) published(l *lens, to string, rung record.Rung) error {
	tree, err := l.tree(s.c, s.dir)
	if err != nil {
		return err
	}
	at, err := (&lens{asOf: l.asOf, reader: to}).at(s.c, tree)
	if err != nil {
		return err
	}
	seen := tree.View(at)
	rows, err := register.Publish(s.v, seen, rung, register.Disclosure{})
	if err != nil {
		return err
	}
	if s.json {
		return s.c.json(rows)
	}
	s.c.para("For "+at.Reader.String()+", from what "+s.v.At().Reader.String()+" sees", "", report.Strong)
	s.c.table(report.OfPublished(seen, rung, rows))
	return nil
}

type registerData struct {
	Register viewData       `json:"register"`
	Kinds    map[string]int `json:"kinds"`
	Rung     string         `json:"rung"`
	Totals   []totalData    `json:"totals"`
}

// totalData is one party's total of one resource, or of money in euros.
type totalData struct {
	Party    record.PartyID    `json:"party"`
	Resource record.ResourceID `json:"resource,omitempty"`
	Inside   any               `json:"inside"` // number, amount or range
	Beside   any               `json:"beside"`
	Pledges  []record.PledgeID `json:"pledges"`
}

func totalsData(v *register.View, rung record.Rung) []totalData {
	list := []totalData{}
	for _, t := range v.Totals(rung) {
		d := totalData{t.Party, t.Resource, t.Inside.Quantity, t.Beside.Quantity, t.Pledges}
		if t.Resource == "" {
			d.Inside, d.Beside = t.Inside.Euro, t.Beside.Euro
		}
		if d.Pledges == nil {
			d.Pledges = []record.PledgeID{}
		}
		list = append(list, d)
	}
	return list
}

func (s shower) kind(name string) error {
	k, err := kindNamed(name)
	if err != nil {
		return err
	}
	rs := s.v.OfKind(k)
	if s.json {
		list := make([]json.RawMessage, len(rs))
		for i, r := range rs {
			list[i] = record.Canonical(r)
		}
		return s.c.json(list)
	}
	s.c.table(report.OfKind(s.v, k))
	if len(rs) > 0 {
		s.c.next(step{fmt.Sprintf("entente show %s %s %s", quoted(s.dir), strings.ToLower(string(k)), rs[0].Key().ID), "one of them, and all that concerns it"})
	} else {
		s.c.next(step{"entente schema " + strings.ToLower(string(k)), "how to write one"})
	}
	return nil
}

func kindNamed(name string) (record.Kind, error) {
	if k, ok := record.KindNamed(name); ok {
		return k, nil
	}
	if k, ok := record.KindNamed(strings.TrimSuffix(name, "s")); ok {
		return k, nil
	}
	if k, ok := record.KindNamed(strings.TrimSuffix(name, "ies") + "y"); ok {
		return k, nil
	}
	return "", trouble{fmt.Sprintf("there is no kind %q", name), "write one of " + strings.Join(kindWords("", ""), ", ")}
}

func (s shower) record(kind, id string) error {
	k, err := kindNamed(kind)
	if err != nil {
		return err
	}
	r, ok := s.v.Get(record.Key{Kind: k, ID: id})
	if !ok {
		return trouble{fmt.Sprintf("there is no %s %q that %s may see", k, id, s.v.At().Reader), s.nearest(k, id)}
	}
	found := slices.DeleteFunc(check.Run(s.v), func(f check.Finding) bool { return !slices.Contains(f.Records, r.Key()) })
	sheet := report.OfRecord(s.v, r, found)
	if s.json {
		return s.c.json(recordData{record.Canonical(r), r.Base().Pos.File, r.Base().Pos.Line, refersData(r), referredData(s.v, r), findingsData(found)})
	}
	s.sheet(sheet)
	return nil
}

// nearest says what to write in the place of an id that is not there.
func (s shower) nearest(k record.Kind, id string) string {
	list := fmt.Sprintf("see entente show %s %s", quoted(s.dir), strings.ToLower(string(k)))
	for _, r := range s.v.OfKind(k) {
		if strings.EqualFold(r.Key().ID, id) || strings.HasPrefix(r.Key().ID, id) {
			return "did you mean " + r.Key().ID + "? Otherwise " + list
		}
	}
	return list
}

type recordData struct {
	Record   json.RawMessage `json:"record"`
	File     string          `json:"file,omitempty"`
	Line     int             `json:"line,omitempty"`
	Refers   []refData       `json:"refers"`
	Referred []string        `json:"referred"`
	Findings []findingData   `json:"findings"`
}

type refData struct {
	Path   string `json:"path"`
	Record string `json:"record"`
}

func refersData(r record.Record) []refData {
	list := []refData{}
	for _, ref := range record.References(r) {
		list = append(list, refData{ref.Path, ref.Key.String()})
	}
	return list
}

func referredData(v *register.View, r record.Record) []string {
	list := []string{}
	for _, from := range v.Referring(r.Key()) {
		list = append(list, from.Key().String())
	}
	return list
}

func (s shower) sheet(r report.Sheet) {
	s.c.para(r.Key.String(), "", report.Strong)
	s.c.facts(append([]report.Fact{{Name: "At", Value: r.Where}}, r.Facts...))
	s.c.blank()
	for l := range strings.SplitSeq(strings.TrimRight(r.Text, "\n"), "\n") {
		s.c.line("  " + l)
	}
	s.c.table(r.Refers)
	s.c.table(r.Referred)
	if len(r.Findings) == 0 {
		s.c.heading("Check finds nothing about it")
	} else {
		s.c.heading(report.Count(len(r.Findings), "finding", "findings") + " about it")
		for _, i := range r.Findings {
			s.c.item(i)
		}
	}
	s.c.next(step{"entente plan " + quoted(s.dir), "what the plan makes of it"})
}
