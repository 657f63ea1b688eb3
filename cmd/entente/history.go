package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/ledger"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/shared"
)

// The commands that read what a ledger has kept.

// past is what they ask: which register, known when, and how to answer.
type past struct {
	c      *console
	db     string
	known  string
	reader string
	format *formats
}

func (p *past) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.db, "db", "", dbUsage)
	cmd.Flags().StringVar(&p.reader, "reader", "", "look with the eyes of this `PARTY`, or of the public (default: the keeper, who sees all)")
	p.format = oneOf(cmd, "format", "how to answer", "text", "json")
}

// on opens the register, as it was known, for as long as do takes.
func (p *past) on(do func(r *shared.Register, t *register.Tree, size ledger.Seq) error) error {
	k, err := parseKnown(p.known)
	if err != nil {
		return err
	}
	r, err := openRegister(p.c.ctx, p.db)
	if err != nil {
		return err
	}
	defer r.Close()
	t, size, err := r.Tree(p.c.ctx, k)
	if err != nil {
		return err
	}
	return do(r, t, size)
}

// sees tells which entries the reader may see.
func (p *past) sees(r *shared.Register, t *register.Tree) (func(ledger.Entry) bool, error) {
	at, err := (&lens{reader: p.reader}).at(p.c, t)
	if err != nil {
		return nil, err
	}
	v := t.View(at)
	return func(e ledger.Entry) bool {
		may, err := v.MaySeeEntry(p.c.ctx, r.Ledger, e)
		return err == nil && may
	}, nil
}

func entryFacts(e ledger.Entry) []report.Fact {
	return []report.Fact{{Name: "Entry", Value: fmt.Sprint(e.Seq)}, {Name: "Accepted", Value: stampOf(e.At)}, {Name: "By", Value: string(e.Actor)}}
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// keyNamed reads a kind and an id.
func keyNamed(args []string) (record.Key, error) {
	k, err := kindNamed(args[0])
	return record.Key{Kind: k, ID: args[1]}, err
}

// kindAndID wants a kind and an id.
func kindAndID(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return trouble{"a record has a kind and an id", "write " + cmd.CommandPath() + " --db FILE pledge nor-nasams-1"}
	}
	return nil
}

type entryData struct {
	Seq      ledger.Seq          `json:"seq"`
	At       time.Time           `json:"at"`
	Actor    ledger.Actor        `json:"actor"`
	Record   string              `json:"record"`
	Verb     string              `json:"verb"`
	Replaces ledger.Seq          `json:"replaces,omitempty"`
	Fields   []record.Difference `json:"fields,omitempty"`
	Content  json.RawMessage     `json:"content,omitempty"`
}

func entryDataOf(e ledger.Entry) entryData {
	return entryData{Seq: e.Seq, At: e.At, Actor: e.Actor, Record: e.Key.String(), Verb: verbOf(e), Replaces: e.Replaces}
}

func verbOf(e ledger.Entry) string {
	switch {
	case e.Retired():
		return "retire"
	case e.Replaces == 0:
		return "add"
	}
	return "change"
}

func getCommand(c *console) *cobra.Command {
	p := past{c: c}
	cmd := &cobra.Command{
		Use:   "get --db FILE KIND ID",
		Short: "Print a record of a shared register, as it was known",
		Example: `  entente get --db entente.db pledge nor-nasams-1
  entente get --db entente.db pledge nor-nasams-1 --known 2025-03-14`,
		Args: kindAndID,
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&p.known, "known", "", "as it was known at this `SIZE` of the ledger, day or moment (default: now)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		key, err := keyNamed(args)
		if err != nil {
			return err
		}
		k, err := parseKnown(p.known)
		if err != nil {
			return err
		}
		return p.get(key, k)
	}
	return cmd
}

func (p *past) get(key record.Key, k register.Known) error {
	return p.on(func(r *shared.Register, t *register.Tree, size ledger.Seq) error {
		sees, err := p.sees(r, t)
		if err != nil {
			return err
		}
		e, ok, err := r.Ledger.Revision(p.c.ctx, key, size)
		if err != nil {
			return err
		}
		if !ok || e.Retired() || !sees(e) {
			return trouble{fmt.Sprintf("there is no %s", key), fmt.Sprintf("see entente log --db %s", quoted(p.db))}
		}
		if p.format.chosen == "json" {
			d := entryDataOf(e)
			d.Content = e.Bytes
			return p.c.json(d)
		}
		rec, err := e.Record()
		if err != nil {
			return err
		}
		p.c.line("# entry " + fmt.Sprint(e.Seq) + ", accepted " + stampOf(e.At) + ", by " + string(e.Actor))
		p.c.line(strings.TrimRight(string(record.Format(rec)), "\n"))
		return nil
	})
}

func historyCommand(c *console) *cobra.Command {
	p := past{c: c}
	cmd := &cobra.Command{
		Use:     "history --db FILE KIND ID",
		Short:   "Say who changed what in a record, and when",
		Example: "  entente history --db entente.db pledge nor-nasams-1",
		Args:    kindAndID,
	}
	p.flags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		key, err := keyNamed(args)
		if err != nil {
			return err
		}
		return p.on(func(r *shared.Register, t *register.Tree, size ledger.Seq) error { return p.history(r, t, size, key) })
	}
	return cmd
}

func (p *past) history(r *shared.Register, t *register.Tree, size ledger.Seq, key record.Key) error {
	sees, err := p.sees(r, t)
	if err != nil {
		return err
	}
	var entries []ledger.Entry // the oldest first
	for e, err := range r.Ledger.History(p.c.ctx, key, size) {
		if err != nil {
			return err
		}
		if sees(e) {
			entries = append(entries, e)
		}
	}
	slices.Reverse(entries)
	if len(entries) == 0 {
		return trouble{fmt.Sprintf("there is no %s", key), fmt.Sprintf("see entente log --db %s", quoted(p.db))}
	}
	list, err := revisions(entries)
	if err != nil {
		return err
	}
	if p.format.chosen == "json" {
		return p.c.json(list)
	}
	p.c.para(fmt.Sprintf("%s has %s", key, report.Count(len(list), "revision", "revisions")), "", report.Strong)
	for _, d := range list {
		p.c.blank()
		p.c.line(p.c.tint(fmt.Sprintf("#%d", d.Seq), report.Strong) + "  " + stampOf(d.At) + "  " + string(d.Actor) + "  " + d.Verb)
		if d.Verb == "change" {
			for _, f := range d.Fields {
				p.c.para("    "+strings.TrimPrefix(f.Path, "/")+": "+shortValue(f.Old)+" → "+shortValue(f.New), "      ", report.Plain)
			}
		}
	}
	p.c.next(step{fmt.Sprintf("entente proof --db %s %s %s -o proof.json", quoted(p.db), strings.ToLower(string(key.Kind)), key.ID), "prove it to a stranger"})
	return nil
}

// revisions says of each entry what it changed in the one before it.
func revisions(entries []ledger.Entry) ([]entryData, error) {
	var list []entryData
	var before record.Record
	for _, e := range entries {
		var now record.Record
		if !e.Retired() {
			var err error
			if now, err = e.Record(); err != nil {
				return nil, err
			}
		}
		d := entryDataOf(e)
		d.Fields = record.Differences(before, now)
		list, before = append(list, d), now
	}
	return list, nil
}

func logCommand(c *console) *cobra.Command {
	p := past{c: c}
	var last int
	cmd := &cobra.Command{
		Use:     "log --db FILE",
		Short:   "Say what was accepted, by whom and when, the newest first",
		Example: "  entente log --db entente.db --last 100",
		Args:    noWords,
	}
	p.flags(cmd)
	cmd.Flags().IntVar(&last, "last", 20, "this `N` newest entries")
	cmd.RunE = func(*cobra.Command, []string) error {
		if last < 1 || last > logMax {
			return trouble{fmt.Sprintf("--last %d is no number of entries", last), fmt.Sprintf("write a number from 1 to %d", logMax)}
		}
		return p.on(func(r *shared.Register, t *register.Tree, size ledger.Seq) error { return p.log(r, t, size, last) })
	}
	return cmd
}

const logMax = 100_000

func (p *past) log(r *shared.Register, t *register.Tree, size ledger.Seq, last int) error {
	sees, err := p.sees(r, t)
	if err != nil {
		return err
	}
	list := []entryData{}
	for e, err := range r.Ledger.Entries(p.c.ctx, max(0, size-ledger.Seq(last)), size) {
		if err != nil {
			return err
		}
		if sees(e) {
			list = append(list, entryDataOf(e))
		}
	}
	slices.Reverse(list)
	if p.format.chosen == "json" {
		return p.c.json(list)
	}
	h, err := r.Ledger.HeadAt(p.c.ctx, size)
	if err != nil {
		return err
	}
	p.c.para(fmt.Sprintf("%s, root %s", report.Count(int(size), "entry", "entries"), h.Root), "", report.Strong)
	table := report.Table{Heads: []report.Head{{Name: "Entry", Numeric: true}, {Name: "Accepted"}, {Name: "By"}, {Name: "What"}, {Name: "Record"}}, Empty: "Nothing was accepted yet."}
	for _, d := range list {
		table.Rows = append(table.Rows, []report.Cell{report.Text(fmt.Sprint(d.Seq)), report.Text(stampOf(d.At)), report.Text(string(d.Actor)), report.Text(d.Verb), report.Text(d.Record)})
	}
	p.c.table(table)
	return nil
}

func diffCommand(c *console) *cobra.Command {
	p := past{c: c}
	var from, to string
	cmd := &cobra.Command{
		Use:   "diff --db FILE --from WHEN [--to WHEN]",
		Short: "Say what differs between two states of a shared register",
		Long: `A state is a size of the ledger (#1200), a day, of which the end is meant, or a
moment (2025-03-14T09:30:00Z).`,
		Example: `  entente diff --db entente.db --from 2025-03-01 --to 2025-03-31
  entente diff --db entente.db --from '#1200'`,
		Args: noWords,
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&from, "from", "", "the earlier `STATE`")
	cmd.Flags().StringVar(&to, "to", "now", "the later `STATE`")
	cmd.RunE = func(*cobra.Command, []string) error {
		if from == "" {
			return trouble{"no state is named to compare with", "write --from 2025-03-01 or --from '#1200'"}
		}
		return p.diff(from, to)
	}
	return cmd
}

func (p *past) diff(from, to string) error {
	k, err := parseKnown(from)
	if err != nil {
		return err
	}
	p.known = to
	return p.on(func(r *shared.Register, now *register.Tree, _ ledger.Seq) error {
		then, _, err := r.Tree(p.c.ctx, k)
		if err != nil {
			return err
		}
		at, err := (&lens{reader: p.reader}).at(p.c, now)
		if err != nil {
			return err
		}
		edits := shared.Between(then.View(at).Records(), now.View(at).Records(), true)
		if p.format.chosen == "json" {
			return p.c.json(editsData(edits))
		}
		added, changed, retired := edits.Counts()
		p.c.edits(edits)
		p.c.para(fmt.Sprintf("From %s to %s: %s added, %d changed, %d retired.", from, to, report.Count(added, "record", "records"), changed, retired), "", report.Strong)
		return nil
	})
}

func asOfCommand(c *console) *cobra.Command {
	p := past{c: c}
	cmd := &cobra.Command{
		Use:   "as-of --db FILE WHEN",
		Short: "Say which state a shared register had at a moment",
		Long: `Names the state: how many entries the ledger had, the root that commits to all of
them, and what the register held. With --known, every other command answers from
that state what it answered then.`,
		Example: "  entente as-of --db entente.db 2025-03-14",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return trouble{"one day, moment or size is wanted", "write entente as-of --db FILE 2025-03-14"}
			}
			return nil
		},
	}
	p.flags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p.known = args[0]
		return p.on(func(r *shared.Register, t *register.Tree, size ledger.Seq) error { return p.asOf(r, t, size) })
	}
	return cmd
}

func (p *past) asOf(r *shared.Register, t *register.Tree, size ledger.Seq) error {
	h, err := r.Ledger.HeadAt(p.c.ctx, size)
	if err != nil {
		return err
	}
	at, err := (&lens{reader: p.reader}).at(p.c, t)
	if err != nil {
		return err
	}
	v := t.View(at)
	if p.format.chosen == "json" {
		return p.c.json(struct {
			Size     ledger.Seq `json:"size"`
			Root     string     `json:"root"`
			Register viewData   `json:"register"`
		}{size, h.Root.String(), dataOf(v)})
	}
	p.c.para(fmt.Sprintf("As known at %s, the ledger had %s and the register %s.", p.known, report.Count(int(size), "entry", "entries"), report.Count(v.Len(), "record", "records")), "", report.Strong)
	p.c.facts([]report.Fact{{Name: "Root", Value: h.Root.String()}, {Name: "Head of the view", Value: v.Head()}})
	p.c.next(step{fmt.Sprintf("entente plan --db %s --known '#%d'", quoted(p.db), size), "the plan that was made of it"})
	return nil
}
