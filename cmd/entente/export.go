package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/exchange"
	"entente/plan"
	"entente/publish"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/web"
	"entente/whatif"
)

// htmlFormat is the one format that the pages draw; all others are publish's.
const htmlFormat = "html"

func exportCommand(c *console) *cobra.Command {
	var l lens
	var a asked
	j := exportJob{c: c}
	var names []string
	var list strings.Builder
	for _, f := range publish.Formats {
		names = append(names, f.Name)
		fmt.Fprintf(&list, "  %-9s %s\n", f.Name, f.Title)
	}
	fmt.Fprintf(&list, "  %-9s the plan as one page that needs nothing else", htmlFormat)
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write what a reader may see as a file that others use",
		Long: `Writes a register, as of a day and for a reader, in a form that other people and
programs use. Every file carries who may see it, the day, for whom it was made,
and the head of what it was made from. What a form has no place for is listed on
standard error.

` + list.String(),
		Example: `  entente export my-register --format xlsx -o pledges.xlsx
  entente export my-register --format csv --kind need --as EST
  entente export my-register --format iati --as public -o activities.xml
  entente export my-register --format pdf --without USA -o brief.pdf`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	l.flags(cmd)
	a.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&l.reader, "as", "", "the same as --reader")
	f.StringVar(&j.kind, "kind", "pledge", "the `KIND` of record in a table (csv, parquet)")
	f.StringVar(&j.party, "party", "", "the totals of this `PARTY` alone (prov)")
	f.StringVar(&j.without, "without", "", "say in the brief what the plan would lose if this `PARTY` gave nothing more (pdf, docx)")
	f.StringVarP(&j.file, "output", "o", "", "write to this `FILE`, whole or not at all")
	f.StringVar(&j.label, "label", "", "write who may see it to this `FILE` as well, as a confidentiality label (STANAG 4774)")
	complete(cmd, "as", readers)
	format := oneOf(cmd, "format", "which form", append(names, htmlFormat)...)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return j.run(&l, &a, l.words(args)[0], format.chosen) }
	return cmd
}

type exportJob struct {
	c                                 *console
	kind, party, without, file, label string
}

func (j exportJob) run(l *lens, a *asked, dir, format string) error {
	v, err := l.open(j.c, dir, format)
	if err != nil {
		return err
	}
	o, err := j.options(l, a, dir)
	if err != nil {
		return err
	}
	f, _ := publish.FormatNamed(format)
	if (f.Plans || format == htmlFormat) && len(v.Needs()) > 0 {
		if err = j.plan(v, a, dir, &o); err != nil {
			return err
		}
	}
	var out bytes.Buffer
	var listed []exchange.Listed
	if format == htmlFormat {
		if o.Plan == nil {
			return trouble{fmt.Sprintf("%s has no need that %s may see, and so no plan to draw", dir, v.At().Reader), "export another format, or add a record of kind Need"}
		}
		r := report.OfPlan(v, o.Plan)
		for _, l := range publish.StampOf(v, o).Lines() {
			if l[0] == "Label" || l[0] == "Ledger" { // what the page does not say of itself
				r.Facts = append(r.Facts, report.Fact{Name: l[0], Value: l[1]})
			}
		}
		err = web.Plan(&out, r)
	} else {
		listed, err = f.Write(&out, v, o)
	}
	if err != nil {
		return err
	}
	for _, l := range listed {
		fmt.Fprintln(j.c.err, "not written: "+l.String())
	}
	if j.label != "" {
		label := access.Resource{By: v.Settings().Owner, Label: v.Narrowest()}
		if err := replaceFile(j.label, access.STANAG4774(label, record.DateOf(j.c.now), access.Marking{})); err != nil {
			return err
		}
	}
	if j.file != "" {
		return replaceFile(j.file, out.Bytes())
	}
	_, err = j.c.out.Write(out.Bytes())
	return err
}

func (j exportJob) options(l *lens, a *asked, dir string) (o publish.Options, err error) {
	if o.Rung, err = parseRung(a.rung); err != nil {
		return o, err
	}
	if o.Kind, err = kindNamed(j.kind); err != nil {
		return o, err
	}
	o.Party = record.PartyID(j.party)
	if isDatabase(dir) {
		o.Size, o.Root, err = l.root(j.c, dir)
	}
	return o, err
}

// root is the size and the Merkle root of a shared register's ledger, as it was
// known.
func (l *lens) root(c *console, name string) (size int64, root string, err error) {
	k, err := parseKnown(l.known)
	if err != nil {
		return 0, "", err
	}
	r, err := openRegister(c.ctx, name)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	_, at, err := r.Tree(c.ctx, k)
	if err != nil {
		return 0, "", err
	}
	h, err := r.Ledger.HeadAt(c.ctx, at)
	return int64(h.Size), h.Root.String(), err
}

// plan makes the plan that a brief tells of, and the one without a party.
func (j exportJob) plan(v *register.View, a *asked, dir string, into *publish.Options) error {
	o, err := a.options(v, dir)
	if err != nil {
		return err
	}
	s, err := j.c.solver()
	if err != nil {
		return err
	}
	show := j.c.working("Planning")
	defer show.end()
	o.Progress = show.says
	if into.Plan, err = plan.Make(j.c.ctx, v, s, o); err != nil || j.without == "" {
		return planTrouble(err, o)
	}
	party := record.PartyID(j.without)
	if _, ok := v.Party(party); !ok {
		return trouble{fmt.Sprintf("--without %s is no party that %s may see", party, v.At().Reader), "write a party's id"}
	}
	scenario := whatif.Withdraw(party, record.Day{})
	c, err := whatif.Compare(j.c.ctx, v, scenario, into.Plan, s, o)
	if err != nil {
		return planTrouble(err, o)
	}
	r := report.OfComparison(v, scenario, c)
	into.If = &r
	return nil
}
