package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/exchange"
	"entente/ledger"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/shared"
)

func importCommand(c *console) *cobra.Command {
	j := importJob{c: c}
	var show, schema bool
	cmd := &cobra.Command{
		Use:   "import FORMAT FILE...",
		Short: "Take other people's tables in, and say what is lost",
		Long: `Reads tables (CSV, XLSX, JSON, XML) of a known source into a shared register or a
folder. Every row is imported or listed with its row, column, value and the
reason. The same input again changes nothing; the next release of a source
revises the records of the one before. Without words it lists the formats.`,
		Example: `  entente import
  entente import kiel "World Wide Aid.csv" --db entente.db
  entente import ecb eurofxref-hist.csv -o my-register --dry-run
  entente import --mapping my-table.yaml table.xlsx --db entente.db`,
		ValidArgsFunction: importWords,
	}
	f := cmd.Flags()
	f.StringVar(&j.db, "db", "", dbUsage+"; made when it is not there")
	f.StringVarP(&j.dir, "output", "o", "", "instead: a `DIR` of records")
	f.StringVar(&j.mapping, "mapping", "", "read by a mapping of your own: a YAML `FILE`, instead of a format")
	f.StringVar(&j.published, "published", "", "the `DAY` on which the source was published")
	f.StringVar(&j.actor, "actor", access.Keeper.String(), "in whose `NAME` it is accepted")
	f.BoolVar(&j.dry, "dry-run", false, "only say what would change")
	f.BoolVar(&j.preview, "preview", false, "only show the first records of each kind")
	f.BoolVar(&show, "show", false, "print the mapping of a format, to begin another from")
	f.BoolVar(&schema, "schema", false, "print the JSON Schema of a mapping")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		j.json = format.chosen == "json"
		switch {
		case schema:
			c.line(strings.TrimRight(string(exchange.MappingSchema), "\n"))
			return nil
		case len(args) == 0 && j.mapping == "":
			c.formats()
			return nil
		case show:
			return j.show(args[0])
		}
		return j.run(args)
	}
	return cmd
}

func importWords(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return formatNames(), cobra.ShellCompDirectiveNoFileComp
}

// formatNames lists the formats that can be read.
func formatNames() []string {
	var names []string
	for _, f := range exchange.Formats() {
		if f.Read != nil {
			names = append(names, f.Name)
		}
	}
	return names
}

func (c *console) formats() {
	t := report.Table{Title: "Formats that are read", Heads: []report.Head{{Name: "Format"}, {Name: "What it is"}}}
	for _, f := range exchange.Formats() {
		if f.Read != nil {
			t.Rows = append(t.Rows, []report.Cell{report.Text(f.Name), report.Text(f.Title)})
		}
	}
	c.table(t)
	c.next(step{"entente import FORMAT FILE --db entente.db", "take a file in"}, step{"entente import --show kiel", "how a mapping is written"})
}

// importJob is one run of the command.
type importJob struct {
	c                       *console
	db, dir, mapping, actor string
	published               string
	dry, preview, json      bool
	files                   []string
}

func (j importJob) show(format string) error {
	text, ok := exchange.BuiltMapping(format)
	if !ok {
		return trouble{fmt.Sprintf("%q is not read by a mapping", format), "write one of the formats that entente import lists first"}
	}
	j.c.line(strings.TrimRight(string(text), "\n"))
	return nil
}

func (j importJob) run(args []string) error {
	format, names, err := j.format(args)
	if err != nil {
		return err
	}
	if (j.db == "") == (j.dir == "") && !j.preview {
		return trouble{"it is not said where the records go", "write either --db FILE or -o DIR"}
	}
	options := exchange.Options{}
	if j.published != "" {
		if options.Published, err = record.ParseDay(j.published); err != nil {
			return trouble{"--published: " + err.Error(), "write it as 2025-03-14"}
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100) // an import keeps most of what it makes
	}
	j.files = names
	files, err := openFiles(names)
	defer closeFiles(files)
	if err != nil {
		return err
	}
	im, err := format.Read(j.c.ctx, files, options)
	if err != nil {
		return err
	}
	switch {
	case j.preview:
		return j.first(im)
	case j.db != "":
		return j.intoLedger(im)
	}
	return j.intoFolder(im)
}

// format is the one that is named, or that a mapping makes; the other words are
// files.
func (j importJob) format(args []string) (exchange.Format, []string, error) {
	if j.mapping != "" {
		if len(args) == 0 {
			return exchange.Format{}, nil, trouble{"no file is named", "write entente import --mapping " + quoted(j.mapping) + " FILE"}
		}
		text, err := os.ReadFile(j.mapping)
		if err != nil {
			return exchange.Format{}, nil, trouble{"the mapping cannot be read: " + plain(err), "name a YAML file"}
		}
		m, err := exchange.ParseMapping(j.mapping, text)
		if err != nil {
			return exchange.Format{}, nil, err
		}
		return exchange.Format{Name: m.Format, Title: m.Title, Read: m.Read}, args, nil
	}
	f, ok := exchange.FormatNamed(args[0])
	switch {
	case !ok || f.Read == nil:
		return f, nil, trouble{fmt.Sprintf("%q is no format that is read", args[0]), "write one of " + strings.Join(formatNames(), ", ") + ", or --mapping FILE"}
	case len(args) == 1:
		return f, nil, trouble{"no file is named", "write entente import " + args[0] + " FILE"}
	}
	return f, args[1:], nil
}

func openFiles(names []string) ([]exchange.File, error) {
	var files []exchange.File
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return files, trouble{"the file cannot be read: " + plain(err), "check its name"}
		}
		st, err := f.Stat()
		if err == nil && !st.Mode().IsRegular() {
			err = errors.New("it is no plain file")
		}
		files = append(files, exchange.File{Name: filepath.ToSlash(name), ReaderAt: f})
		if err != nil {
			return files, trouble{name + " cannot be read: " + plain(err), "name a file"}
		}
		files[len(files)-1].Size = st.Size()
	}
	return files, nil
}

func closeFiles(files []exchange.File) {
	for _, f := range files {
		f.ReaderAt.(*os.File).Close()
	}
}

// over lays the import over what is there.
func over(have []record.Record, im *exchange.Import) {
	there := make(map[record.Key]record.Record, len(have))
	for _, r := range have {
		there[r.Key()] = r
	}
	for i, r := range im.Records {
		if old := there[r.Key()]; old != nil {
			im.Records[i] = exchange.Over(old, r)
		}
	}
}

// intoLedger accepts what is new of an import.
func (j importJob) intoLedger(im *exchange.Import) error {
	ctx := j.c.ctx
	_, err := os.Stat(j.db)
	fresh := !isPostgres(j.db) && errors.Is(err, fs.ErrNotExist)
	if fresh && j.dry {
		return j.answer(im, wouldAdd(im), ledger.Receipt{}, fresh)
	}
	s, err := openStore(ctx, j.db, true)
	if err != nil {
		return err
	}
	r, err := registerIn(ctx, s)
	if err != nil {
		return err
	}
	defer r.Close()
	have, size, err := r.Tree(ctx, register.Known{})
	if err != nil {
		return err
	}
	over(have.Records, im)
	edits, err := r.Toward(ctx, have, size, im.Records, false)
	if err != nil {
		return err
	}
	if err := noneBroken(j.c, have, edits); err != nil {
		return err
	}
	var receipt ledger.Receipt
	if !j.dry && len(edits) > 0 {
		if receipt, err = r.Apply(ctx, ledger.Actor(j.actor), newBatchID(), edits, nil); err != nil {
			return err
		}
	}
	return j.answer(im, edits, receipt, fresh)
}

// wouldAdd is what an import adds to a register that is not there yet.
func wouldAdd(im *exchange.Import) shared.Edits {
	edits := make(shared.Edits, len(im.Records))
	for i, r := range im.Records {
		edits[i] = shared.Edit{Key: r.Key(), New: r}
	}
	return edits
}

// intoFolder writes the import into files of its own, one for each kind. Records
// that another file of the folder states stay as they are there.
func (j importJob) intoFolder(im *exchange.Import) error {
	have, err := recordsIn(j.dir)
	if err != nil {
		return err
	}
	over(have, im)
	there := map[record.Key]record.Record{}
	for _, r := range have {
		there[r.Key()] = r
	}
	files := importFiles{}
	var edits shared.Edits
	for _, r := range im.Records {
		old := there[r.Key()]
		delete(there, r.Key())
		same := old != nil && bytes.Equal(record.Canonical(old), record.Canonical(r))
		elsewhere := old != nil && filepath.Base(old.Base().Pos.File) != importFile(im.Format, r)
		switch {
		case elsewhere && !same:
			im.Listed = append(im.Listed, exchange.Listed{Reason: fmt.Sprintf("%s stands in %s, and stays as it is there", r.Key(), old.Base().Pos.File), Fix: "take it out there to have it imported"})
		case !elsewhere && !same:
			edits = append(edits, shared.Edit{Key: r.Key(), Old: old, New: r})
		}
		if !elsewhere {
			files.add(im.Format, r)
		}
	}
	for _, r := range there { // what earlier imports said, and this one does not name, stays
		if filepath.Base(r.Base().Pos.File) == importFile(im.Format, r) {
			files.add(im.Format, r)
		}
	}
	if !j.dry && len(edits) > 0 {
		if err := files.write(j.dir); err != nil {
			return err
		}
	}
	return j.answer(im, edits, ledger.Receipt{}, false)
}

// recordsIn reads a folder that may be empty, or not there.
func recordsIn(dir string) ([]record.Record, error) {
	if there, err := os.ReadDir(dir); err != nil || len(there) == 0 {
		return nil, nil
	}
	tree, errs, err := register.ReadTree(dir)
	switch {
	case err != nil:
		return nil, trouble{dir + " cannot be read: " + plain(err), "name a folder of records that you may read"}
	case len(errs) > 0:
		return nil, errs
	}
	return tree.Records, nil
}

// importFiles are the records of each file.
type importFiles map[string][]record.Record

// importFile is where a folder keeps a record of an import.
func importFile(format string, r record.Record) string {
	return "import-" + format + "-" + strings.ToLower(string(r.Key().Kind)) + ".yaml"
}

func (f importFiles) add(format string, r record.Record) {
	name := importFile(format, r)
	f[name] = append(f[name], r)
}

func (f importFiles) write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return trouble{"the folder cannot be made: " + plain(err), "name a folder that you may write to"}
	}
	for name, rs := range f {
		slices.SortFunc(rs, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
		if err := replaceFile(filepath.Join(dir, name), record.Format(rs...)); err != nil {
			return err
		}
	}
	return nil
}

// first shows some records of each kind, as they would be written.
func (j importJob) first(im *exchange.Import) error {
	const shown = 3
	count := map[record.Kind]int{}
	var rs []record.Record
	for _, r := range im.Records {
		if count[r.Key().Kind]++; count[r.Key().Kind] <= shown {
			rs = append(rs, r)
		}
	}
	j.c.line(strings.TrimRight(string(record.Format(rs...)), "\n"))
	return nil
}

// importData is the answer for other programs. Rows are imported or listed;
// losses has one entry for each listed row, and for each cell that is not in a
// record as it stood.
type importData struct {
	Format   string            `json:"format"`
	Files    []string          `json:"files"`
	Rows     int               `json:"rows"`
	Imported int               `json:"imported"`
	Listed   int               `json:"listed"`
	Cells    int               `json:"cells"`
	Records  int               `json:"records"`
	Changed  int               `json:"changed"`
	Added    int               `json:"added"`
	Revised  int               `json:"revised"`
	Written  bool              `json:"written"`
	Created  bool              `json:"created,omitempty"` // the register was made by this import
	Size     ledger.Seq        `json:"size,omitempty"`
	Types    []exchange.Total  `json:"types"`
	Totals   []exchange.Total  `json:"totals"`
	Losses   []exchange.Listed `json:"losses"`
}

// data is what became of an import.
func (j importJob) data(im *exchange.Import, edits shared.Edits, receipt ledger.Receipt, fresh bool) importData {
	added, changed, _ := edits.Counts()
	d := importData{Format: im.Format, Files: j.files, Rows: im.Rows, Imported: im.Imported, Listed: im.RowsListed(), Cells: im.Cells,
		Records: len(im.Records), Changed: added + changed, Added: added, Revised: changed, Written: !j.dry, Created: fresh && !j.dry, Size: receipt.Last, Types: []exchange.Total{}, Totals: []exchange.Total{}, Losses: append([]exchange.Listed{}, im.Listed...)}
	for _, t := range im.Totals {
		if t.Party == "" {
			d.Types = append(d.Types, t)
		} else {
			d.Totals = append(d.Totals, t)
		}
	}
	return d
}

func (j importJob) answer(im *exchange.Import, edits shared.Edits, receipt ledger.Receipt, fresh bool) error {
	d := j.data(im, edits, receipt, fresh)
	if j.json {
		return j.c.json(d)
	}
	j.text(d)
	return nil
}

// lossesShown is how many losses are shown one by one.
const lossesShown = 20

func (j importJob) text(d importData) {
	c := j.c
	for i, l := range d.Losses {
		if i == lossesShown {
			c.para(fmt.Sprintf("… and %d more; --format json lists all", len(d.Losses)-i), "", report.Quiet)
			break
		}
		c.para(l.String(), "  ", report.Plain)
	}
	if len(d.Losses) > 0 {
		c.blank()
	}
	if len(d.Types) > 0 {
		t := report.Table{Title: "What the pledges of money add up to", Heads: []report.Head{{Name: "Type"}, {Name: "Amount", Numeric: true}, {Name: ""}, {Name: "Pledges", Numeric: true}}}
		for _, x := range d.Types {
			t.Rows = append(t.Rows, []report.Cell{report.Text(x.Tag), report.Text(x.Amount), report.Text(string(x.Currency)), report.Text(fmt.Sprint(x.Pledges))})
		}
		c.table(t)
		c.blank()
	}
	where := j.db + j.dir
	c.para(fmt.Sprintf("%s: %d imported into %s, %d listed above.", report.Count(d.Rows, "row", "rows"), d.Imported, report.Count(d.Records, "record", "records"), d.Listed), "", report.Strong)
	switch says := fmt.Sprintf("%d added, %d revised", d.Added, d.Revised); {
	case d.Changed == 0:
		c.para(where+" says all of it already; nothing changed.", "", report.Plain)
	case !d.Written:
		c.para("Would be written to "+where+": "+says+". Nothing was written.", "", report.Plain)
	default:
		if d.Created {
			c.para(where+" was not there and is a new register.", "", report.Plain)
		}
		c.para("Written to "+where+": "+says+".", "", report.Plain)
	}
	if j.db != "" {
		c.next(step{"entente check --db " + quoted(j.db), "what contradicts itself, or cannot be"})
	} else {
		c.next(step{"entente check " + quoted(j.dir), "what contradicts itself, or cannot be"})
	}
}
