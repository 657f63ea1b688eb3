package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/ledger"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/shared"
)

func applyCommand(c *console) *cobra.Command {
	j := applyJob{c: c}
	cmd := &cobra.Command{
		Use:   "apply --db FILE -f DIR",
		Short: "Bring a shared register to what a folder of records says",
		Long: `Says record by record and field by field what differs, then accepts it all
together. What the folder does not name stays, unless --prune asks for its
retirement. Applied again, nothing changes. A folder's ` + record.SettingsFile + ` becomes the
register's settings.`,
		Example: `  entente apply --db entente.db -f my-register --dry-run
  entente apply --db entente.db -f my-register --actor "A. Tamm, EST"`,
		Args: noWords,
	}
	f := cmd.Flags()
	f.StringVar(&j.db, "db", "", dbUsage)
	f.StringVarP(&j.dir, "file", "f", "", "the `DIR` of records, or one file of them")
	f.StringVar(&j.actor, "actor", access.Keeper.String(), "in whose `NAME` it is accepted")
	f.BoolVar(&j.dry, "dry-run", false, "only say what would change")
	f.BoolVar(&j.prune, "prune", false, "retire every record that the folder does not name")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		j.json = format.chosen == "json"
		if j.dir == "" {
			return trouble{"no folder of records is named", "write entente apply --db FILE -f DIR"}
		}
		return j.run()
	}
	return cmd
}

type applyJob struct {
	c          *console
	db, dir    string
	actor      string
	dry, prune bool
	json       bool
}

func (j applyJob) run() error {
	want, err := new(lens).tree(j.c, j.dir)
	if err != nil {
		return err
	}
	r, err := openRegister(j.c.ctx, j.db)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx := j.c.ctx
	have, size, err := r.Tree(ctx, register.Known{})
	if err != nil {
		return err
	}
	edits, err := r.Toward(ctx, have, size, want.Records, j.prune)
	if err != nil {
		return err
	}
	settings, err := j.settings(ctx, r, size)
	if err != nil {
		return err
	}
	if err := noneBroken(j.c, have, edits); err != nil {
		return err
	}
	var receipt ledger.Receipt
	if !j.dry {
		if receipt, err = r.Apply(ctx, ledger.Actor(j.actor), newBatchID(), edits, want.Text); err != nil {
			return err
		}
		if err := setSettings(ctx, r, settings); err != nil {
			return err
		}
	}
	return j.answer(edits, settings != nil, receipt)
}

// settings is the folder's settings file, where it says something new.
func (j applyJob) settings(ctx context.Context, r *shared.Register, size ledger.Seq) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(j.dir, record.SettingsFile))
	if err != nil {
		return nil, nil // a register needs none
	}
	there, err := r.SettingsText(ctx, size)
	if err != nil || string(there) == string(text) {
		return nil, err
	}
	return text, nil
}

// noneBroken refuses edits after which a record would refer to nothing.
func noneBroken(c *console, have *register.Tree, edits shared.Edits) error {
	v := have.View(register.At{On: record.DateOf(c.now), Reader: access.Keeper})
	var errs record.Errors
	changed := map[record.Key]bool{}
	for _, e := range edits {
		changed[e.Key] = true
	}
	for _, b := range edits.View(v).Broken() {
		if changed[b.Record.Key()] || changed[b.Ref.Key] {
			errs = append(errs, record.Error{Pos: b.Record.Base().Pos, Path: b.Record.Key().String() + b.Ref.Path,
				Says: fmt.Sprintf("there is no %s", b.Ref.Key), Fix: "add it to what is applied, or correct the reference"})
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

type editData struct {
	Verb   string              `json:"verb"`
	Record string              `json:"record"`
	Was    ledger.Seq          `json:"was,omitempty"`
	Fields []record.Difference `json:"fields,omitempty"`
}

func editsData(edits shared.Edits) []editData {
	list := make([]editData, len(edits))
	for i, e := range edits {
		list[i] = editData{Verb: e.Verb(), Record: e.Key.String(), Was: e.Was}
		if e.Verb() == "change" {
			list[i].Fields = e.Fields()
		}
	}
	return list
}

func (j applyJob) answer(edits shared.Edits, settings bool, receipt ledger.Receipt) error {
	added, changed, retired := edits.Counts()
	if j.json {
		return j.c.json(struct {
			Added    int        `json:"added"`
			Changed  int        `json:"changed"`
			Retired  int        `json:"retired"`
			Settings bool       `json:"settings"`
			Applied  bool       `json:"applied"`
			Size     ledger.Seq `json:"size,omitempty"`
			Edits    []editData `json:"edits"`
		}{added, changed, retired, settings, !j.dry, receipt.Last, editsData(edits)})
	}
	j.c.edits(edits)
	says := fmt.Sprintf("%s added, %d changed, %d retired", report.Count(added, "record", "records"), changed, retired)
	if settings {
		says += ", the settings changed"
	}
	switch {
	case len(edits) == 0 && !settings:
		j.c.para(spoken(j.db)+" says all that "+j.dir+" says already; nothing changed.", "", report.Strong)
	case j.dry:
		j.c.para("Would be accepted: "+says+". Nothing was written.", "", report.Strong)
		j.c.next(step{fmt.Sprintf("entente apply --db %s -f %s", quoted(j.db), quoted(j.dir)), "accept it"})
	default:
		j.c.para("Accepted: "+says+".", "", report.Strong)
		if len(edits) > 0 {
			j.c.facts([]report.Fact{{Name: "Ledger", Value: report.Count(int(receipt.Last), "entry", "entries")}, {Name: "At", Value: receipt.At.UTC().Format("2006-01-02 15:04:05 UTC")}, {Name: "By", Value: j.actor}})
		}
		j.c.next(step{"entente check --db " + quoted(j.db), "what contradicts itself now"}, step{"entente log --db " + quoted(j.db), "who changed what"})
	}
	return nil
}

// editsShown is how many records are shown one by one.
const editsShown = 40

// edits says record by record and field by field what is to change.
func (c *console) edits(edits shared.Edits) {
	signs := map[string]string{"add": "+", "change": "~", "retire": "-"}
	for i, e := range edits {
		if i == editsShown {
			c.para(fmt.Sprintf("… and %s more; --format json lists all", report.Count(len(edits)-i, "record", "records")), "", report.Quiet)
			break
		}
		tone := map[string]report.Tone{"add": report.Good, "change": report.Warn, "retire": report.Bad}[e.Verb()]
		c.line(c.tint(signs[e.Verb()]+" "+e.Key.String(), tone))
		if e.Verb() != "change" {
			continue
		}
		for _, f := range e.Fields() {
			c.para("    "+strings.TrimPrefix(f.Path, "/")+": "+shortValue(f.Old)+" → "+shortValue(f.New), "      ", report.Plain)
		}
	}
	if len(edits) > 0 {
		c.blank()
	}
}

// shortValue is a value of a record for people.
func shortValue(raw json.RawMessage) string {
	if raw == nil {
		return "nothing"
	}
	text := []rune(string(raw))
	var s string
	if json.Unmarshal(raw, &s) == nil {
		text = []rune(s)
	}
	const most = 80
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	return string(text)
}
