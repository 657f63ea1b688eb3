package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entente/read"
	"entente/record"
	"entente/register"
	"entente/report"
)

func readCommand(c *console) *cobra.Command {
	j := readJob{c: c}
	cmd := &cobra.Command{
		Use:   "read FILE",
		Short: "Propose records from a document, each with its exact words",
		Long: `Takes a document (text, HTML, PDF, Word) apart: its plain text, the hash of that,
and the records that its sentences seem to state, each with the exact words and
where they stand. Nothing enters a register: -o writes a folder for you to read,
complete and accept. With --register the names that a register knows are found
too, and what it holds already is not proposed again.

Days such as Tuesday or in October need the day of publication: as --published
says, else as the register's own Document of the same text, else as the document
itself says, else as a SOURCE.md beside the file says of it.`,
		Example: `  entente read article.txt --published 2024-12-17
  entente read communique.pdf --register my-register -o proposed
  entente read article.html --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return trouble{fmt.Sprintf("%d documents are named", len(args)), "write " + cmd.CommandPath() + " FILE"}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.published, "published", "", "the `DAY` of publication, as 2024-12-17")
	f.StringVar(&j.publisher, "publisher", "", "`WHO` published it")
	f.StringVar(&j.url, "url", "", "the `ADDRESS` where it is found")
	f.StringVar(&j.id, "id", "", "the `ID` of the Document (default: made from the file's name)")
	f.StringVar(&j.by, "by", "", "the `PARTY` that proposes")
	f.StringVar(&j.register, "register", "", "a `DIR` of records whose names are known")
	f.StringVarP(&j.dir, "output", "o", "", "write the text and the records into a new folder `DIR`")
	format := oneOf(cmd, "format", "how to answer", "text", "json", "yaml")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return j.run(args[0], format.chosen) }
	return cmd
}

type readJob struct {
	c                                                *console
	published, publisher, url, id, by, register, dir string
}

func (j readJob) run(file, format string) error {
	text, err := readText(file)
	if err != nil {
		return err
	}
	o, err := j.options(file, text)
	if err != nil {
		return err
	}
	set := read.Propose(text, o)
	if j.dir != "" {
		if err := writeChangeSet(j.dir, set); err != nil {
			return err
		}
	}
	switch {
	case format == "json":
		return j.c.json(changeSetOf(set))
	case format == "yaml" && set.Document.Published.IsZero():
		return trouble{"nothing is complete: nobody knows when " + file + " was published", "say it with --published"}
	case format == "yaml":
		j.c.line(strings.TrimRight(string(record.Format(set.Complete()...)), "\n"))
		return nil
	}
	j.text(set)
	return nil
}

// readText opens a document for reading its text.
func readText(file string) (read.Text, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > read.BytesMax {
		return read.Text{}, trouble{fmt.Sprintf("%s has %d bytes, more than %d", file, info.Size(), read.BytesMax), "split it"}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return read.Text{}, trouble{file + " cannot be read: " + plain(err), "name a document that you may read"}
	}
	text, err := read.Open(file, data)
	var bad *read.Error
	if errors.As(err, &bad) {
		return text, trouble{bad.Name + ": " + bad.Says, bad.Fix}
	}
	return text, err
}

// options are what the flags, the register and a note beside the file say.
func (j readJob) options(file string, text read.Text) (read.Options, error) {
	o := read.Options{ID: record.DocumentID(j.id), Publisher: j.publisher, URL: j.url, By: record.PartyID(j.by)}
	if j.register != "" {
		tree, errs, err := register.ReadTree(j.register)
		if err != nil {
			return o, trouble{fmt.Sprintf("%s cannot be read: %v", j.register, err), "name a folder of record files"}
		}
		if len(errs) > 0 {
			return o, errs
		}
		o.Known = tree.Records
	}
	if j.published != "" {
		day, err := record.ParseDay(j.published)
		if err != nil {
			return o, trouble{fmt.Sprintf("--published %s is not a day", j.published), "write it as 2024-12-17, 2024-12 or 2024"}
		}
		o.Published = day
		return o, nil
	}
	for _, r := range o.Known {
		if d, ok := r.(*record.Document); ok && d.SHA256 == text.SHA256() {
			o.Published, o.Publisher, o.URL = d.Published, d.Publisher, d.URL
		}
	}
	if o.Published.IsZero() && text.Published.IsZero() {
		if note, err := os.ReadFile(filepath.Join(filepath.Dir(file), "SOURCE.md")); err == nil {
			o.Published = read.PublishedIn(string(note), filepath.Base(file))
		}
	}
	return o, nil
}

// text draws a change set for a person: each claim, its words, its records.
func (j readJob) text(set *read.ChangeSet) {
	c, d := j.c, set.Document
	c.para(fmt.Sprintf("%s: %s", d.ID, report.Count(len(set.Proposals), "claim is proposed", "claims are proposed")), "", report.Strong)
	day := d.Published.String()
	if day == "" {
		day = "not known: days such as Tuesday stay open; say it with --published"
	}
	c.facts([]report.Fact{{Name: "Published", Value: day}, {Name: "SHA-256", Value: d.SHA256}, {Name: "Complete", Value: report.Count(len(set.Complete()), "record", "records")}})
	for _, p := range set.Proposals {
		c.heading(p.Claim)
		for _, q := range p.Quotes {
			c.para(fmt.Sprintf("“%s” (character %d)", q.Exact, q.Start), "  ", report.Quiet)
		}
		for _, t := range p.Days {
			c.para(strings.TrimSpace(t.Said)+" is "+orOpen(t.Day), "  ", report.Plain)
		}
		var keys []string
		for _, r := range p.Records {
			keys = append(keys, r.Key().String())
		}
		c.para("Records: "+strings.Join(keys, ", "), "  ", report.Plain)
		for _, m := range p.Missing {
			c.para(fmt.Sprintf("Missing: %s of %s; %s", m.Field, m.Record, m.Why), "  ", report.Warn)
		}
	}
	if j.dir == "" {
		c.next(step{"entente read FILE -o proposed", "write the text and the records for review"})
		return
	}
	c.next(step{"entente check " + quoted(j.dir), "check what is complete"}, step{"less " + quoted(filepath.Join(j.dir, unfinishedFile)), "complete the others"})
}

func orOpen(d record.Day) string {
	if d.IsZero() {
		return "open"
	}
	return d.String()
}

// changeSetData is a change set for other programs. Quotes are W3C selectors.
type changeSetData struct {
	Document  json.RawMessage   `json:"document"`
	Complete  bool              `json:"complete"` // nothing is missing anywhere
	Support   []json.RawMessage `json:"support"`
	Proposals []proposalData    `json:"proposals"`
}

type proposalData struct {
	Rule     string            `json:"rule"`
	Claim    string            `json:"claim"`
	Quote    string            `json:"quote"`
	Start    int               `json:"start"`
	End      int               `json:"end"`
	Parties  []record.PartyID  `json:"parties"`
	Mentions []record.PartyID  `json:"mentions"`
	Days     []toldData        `json:"days"`
	Places   []record.PlaceID  `json:"places"`
	Figures  []string          `json:"figures"`
	Quotes   []selectorData    `json:"quotes"`
	Records  []json.RawMessage `json:"records"`
	Missing  []missingData     `json:"missing"`
}

type toldData struct {
	Said string     `json:"said"`
	Day  record.Day `json:"day"`
}

type missingData struct {
	Record string `json:"record"`
	Field  string `json:"field"`
	Why    string `json:"why"`
}

func changeSetOf(set *read.ChangeSet) changeSetData {
	d := changeSetData{Document: record.Canonical(set.Document), Complete: !set.Document.Published.IsZero(), Support: canonicals(set.Support), Proposals: []proposalData{}}
	for _, p := range set.Proposals {
		q := p.Quotes[0]
		x := proposalData{Rule: p.Rule, Claim: p.Claim, Quote: q.Exact, Start: q.Start, End: q.End, Parties: orEmpty(p.Parties), Mentions: orEmpty(p.Mentions),
			Days: []toldData{}, Places: orEmpty(p.Places), Figures: orEmpty(p.Figures), Quotes: selectorsOf(p.Quotes), Records: canonicals(p.Records), Missing: []missingData{}}
		for _, t := range p.Days {
			x.Days = append(x.Days, toldData{strings.TrimSpace(t.Said), t.Day})
		}
		for _, m := range p.Missing {
			x.Missing = append(x.Missing, missingData{m.Record.String(), m.Field, m.Why})
			d.Complete = false
		}
		d.Proposals = append(d.Proposals, x)
	}
	return d
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func canonicals(rs []record.Record) []json.RawMessage {
	list := make([]json.RawMessage, len(rs))
	for i, r := range rs {
		list[i] = record.Canonical(r)
	}
	return list
}

const unfinishedFile = "unfinished.yaml.txt"

// writeChangeSet writes a folder that is a register of its own: the text, what is
// complete, and beside it, under a name that no register reads, what a person has
// to complete first.
func writeChangeSet(dir string, set *read.ChangeSet) error {
	if _, err := os.Stat(dir); err == nil {
		return trouble{"-o " + dir + " is there already", "name a folder that is not there yet; what somebody reviewed is never overwritten"}
	}
	files := map[string]string{set.Document.Text: set.Text.Body}
	if complete := set.Complete(); len(complete) > 0 {
		files["proposed.yaml"] = string(record.Format(complete...))
	}
	if text := unfinished(set); text != "" {
		files[unfinishedFile] = text
	}
	parent, name := filepath.Split(filepath.Clean(dir))
	temp, err := os.MkdirTemp(filepath.Join(parent, "."), "."+name+".*")
	if err != nil {
		return trouble{"-o " + dir + " cannot be written: " + plain(err), "name a folder that you may write to"}
	}
	defer os.RemoveAll(temp)
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(temp, name), []byte(text), 0o644))
	}
	if err = errors.Join(err, os.Chmod(temp, 0o755)); err == nil {
		err = os.Rename(temp, dir)
	}
	if err != nil {
		return trouble{"-o " + dir + " cannot be written: " + plain(err), "free some space, or name another folder"}
	}
	return nil
}

// unfinished writes the proposals that miss something, with what that is.
func unfinished(set *read.ChangeSet) string {
	var parts []string
	undated := set.Document.Published.IsZero()
	if undated {
		parts = append(parts, "# Fill in published of the Document, or run again with --published.\n"+string(record.Format(append([]record.Record{set.Document}, set.Support...)...)))
	}
	for _, p := range set.Proposals {
		if len(p.Missing) == 0 && !undated {
			continue
		}
		head := "# " + p.Claim + "\n"
		for _, m := range p.Missing {
			head += fmt.Sprintf("# Fill in %s of %s: %s.\n", m.Field, m.Record, m.Why)
		}
		parts = append(parts, head+string(record.Format(p.Records...)))
	}
	return strings.Join(parts, "---\n")
}
