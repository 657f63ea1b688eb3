package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/web"
	"entente/whatif"
)

// asked is what a plan is asked for, as flags say it.
type asked struct {
	start     string
	months    int
	rung      string
	discount  float64
	timeLimit time.Duration
	prices    int
	strict    bool
	fair      bool
	whole     bool
	gap       float64
	near      func() bool // the gap was given
}

func (a *asked) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.start, "start", "", "the first `MONTH`, as 2025-01 (default: the settings' start, or the first need's month)")
	f.IntVar(&a.months, "months", 0, "`N`, how many months (default: the settings' months, or 24)")
	f.StringVar(&a.rung, "rung", record.Committed.String(), "the `RUNG` from which a pledge counts")
	f.Float64Var(&a.discount, "discount", 0.99, "the `SHARE` that a month counts of the month before")
	f.DurationVar(&a.timeLimit, "time-limit", 0, "stop the solver after this `TIME`, as 90s (default: no limit)")
	f.IntVar(&a.prices, "prices", 8, "`N`, how many prices to prove by planning again with one more and one less")
	f.BoolVar(&a.strict, "strict", false, "serve priority 1 first, then 2 without taking any from 1, and so on")
	f.BoolVar(&a.fair, "fair", false, "of equally good plans, ask least of the party that gives the largest share of its GDP")
	f.BoolVar(&a.whole, "whole", false, "give what is whole in whole numbers (slower)")
	f.Float64Var(&a.gap, "gap", 0.001, "the `SHARE` of the best possible that a plan with whole numbers may lack, and if it is given one without them too; 0 is exact, and slower")
	a.near = func() bool { return f.Changed("gap") }
	complete(cmd, "rung", rungs)
}

const monthsDefault = 24

// options are what the flags, the settings and the needs say together.
func (a *asked) options(v *register.View, dir string) (o plan.Options, err error) {
	if o.Rung, err = parseRung(a.rung); err != nil {
		return o, err
	}
	if o.Start, err = a.first(v, dir); err != nil {
		return o, err
	}
	o.Months = a.months
	if o.Months == 0 {
		o.Months = v.Settings().Months
	}
	if o.Months == 0 {
		o.Months = monthsDefault
	}
	o.Discount, o.TimeLimit, o.Prices = a.discount, a.timeLimit, a.prices
	o.Strict, o.Fair, o.Whole, o.Gap = a.strict, a.fair, a.whole, a.gap
	if a.near() {
		o.Near = a.gap
	}
	switch {
	case o.Months < 1 || o.Months > 600:
		return o, trouble{fmt.Sprintf("--months %d is no length of a plan", o.Months), "write a number from 1 to 600"}
	case !(o.Discount > 0 && o.Discount <= 1):
		return o, trouble{fmt.Sprintf("--discount %g is no share", o.Discount), "write a number above 0, at most 1"}
	case o.TimeLimit < 0 || o.Prices < 0:
		return o, trouble{"--time-limit and --prices cannot be negative", "leave them out, or write 0 or more"}
	case !(o.Gap >= 0 && o.Gap < 1):
		return o, trouble{fmt.Sprintf("--gap %g is no share", o.Gap), "write a number from 0 to below 1, as 0.001"}
	}
	return o, nil
}

// first is the first month of the plan.
func (a *asked) first(v *register.View, dir string) (record.Month, error) {
	if a.start != "" {
		m, err := record.ParseMonth(a.start)
		if err != nil {
			return 0, trouble{fmt.Sprintf("--start %s is not a month", a.start), "write it as 2025-01"}
		}
		return m, nil
	}
	if s := v.Settings().Start; !s.IsZero() {
		return s.First().Month(), nil
	}
	earliest := record.Forever
	for _, n := range v.Needs() {
		if from := n.From.First(); from != record.Beginning {
			earliest = min(earliest, from)
		}
	}
	if earliest == record.Forever {
		return 0, trouble{fmt.Sprintf("%s has no need that %s may see and that says when it begins", dir, v.At().Reader), "add a record of kind Need, or name the first month with --start"}
	}
	return earliest.Month(), nil
}

// solver is the one solver: the house's own for what is linear, HiGHS for whole
// numbers. What HiGHS compiles is kept for the next time, where the system has a
// place for that.
func solver() (lp.Solver, error) {
	var o highs.Options
	if dir, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(dir, "entente")
		if os.MkdirAll(dir, 0o700) == nil {
			o.CacheDir = dir
		}
	}
	s, err := highs.New(o)
	if err != nil {
		return nil, trouble{"the solver cannot start: " + err.Error(), "run make again, or reinstall"}
	}
	return simplex.New(s), nil
}

// planTrouble says what to do about a plan that could not be made.
func planTrouble(err error, o plan.Options) error {
	var known trouble
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, plan.ErrStopped):
		return trouble{fmt.Sprintf("there was no plan within %s", o.TimeLimit), "give a longer --time-limit, or fewer --months"}
	case errors.Is(err, lp.ErrMemory):
		return trouble{"the solver ran out of memory", "ask for fewer --months, or close other programs"}
	}
	var unfit *whatif.Error
	if errors.As(err, &unfit) {
		return err
	}
	return trouble{"no plan could be made: " + err.Error(), "run entente check first; if it finds nothing, this is a mistake of entente"}
}

func planCommand(c *console) *cobra.Command {
	var l lens
	var a asked
	var w changes
	j := planJob{c: c}
	cmd := &cobra.Command{
		Use:   "plan DIR",
		Short: "Make the one best plan, and say what holds back the rest",
		Long: `Makes the plan that covers most of what is needed, month by month: a unit counts
only when its equipment, its trained people and its money are there together.
Says per need what holds it back and why it is not met earlier, and what one more
of each scarce thing would be worth.

--why tells all about one need, --uses all about one pledge, production,
programme, fund or unit, and --against what differs from an earlier plan.`,
		Example: `  entente plan my-register
  entente plan my-register --relax
  entente plan my-register --why kyiv-air-defence
  entente plan my-register --uses nor-nasams-1
  entente plan my-register --without USA@2026-01 --months 36
  entente plan my-register --format json -o monday.json
  entente plan my-register --against monday.json
  entente plan my-register --format html -o plan.html`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	a.flags(cmd)
	l.flags(cmd)
	w.flags(cmd, "plan as if")
	f := cmd.Flags()
	f.BoolVar(&j.relax, "relax", false, "also find what would help most, and what would help each need that is short")
	f.StringVar(&j.why, "why", "", "all about this `NEED` alone, and why it is not met earlier (text, json)")
	f.StringVar(&j.uses, "uses", "", "all that is made of this `RECORD`, as nor-nasams-1 or Pledge/nor-nasams-1 (text, json)")
	f.StringVar(&j.against, "against", "", "what differs from the plan in this `FILE`, written with --format json (text, json)")
	f.BoolVar(&j.all, "all", false, "every row of every table (text)")
	f.StringVarP(&j.file, "output", "o", "", "write to this `FILE`, whole or not at all")
	complete(cmd, "why", ids(record.KindNeed))
	complete(cmd, "uses", usable)
	format := oneOf(cmd, "format", "how to answer", "text", "json", "csv", "html")
	table := oneOf(cmd, "table", "which table to write as csv", "needs", "prices", "moves", "help")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		args = l.words(args)
		j.dir, j.format, j.table = args[0], format.chosen, table.chosen
		if err := j.fits(cmd.Flags().Changed("table")); err != nil {
			return err
		}
		return j.run(cmd.Context(), l, a, w)
	}
	return cmd
}

type planJob struct {
	c       *console
	dir     string
	format  string
	table   string
	why     string
	uses    string
	against string
	file    string
	relax   bool
	all     bool
}

// fits refuses flags that do not go together.
func (j planJob) fits(table bool) error {
	var views []string
	for _, f := range []struct{ flag, value string }{{"--why", j.why}, {"--uses", j.uses}, {"--against", j.against}} {
		if f.value != "" {
			views = append(views, f.flag)
		}
	}
	switch {
	case len(views) > 1:
		return trouble{report.List(views) + " ask for different answers", "write one of them"}
	case len(views) == 1 && j.format != "text" && j.format != "json":
		return trouble{views[0] + " has no answer as " + j.format, "write --format text or --format json"}
	case table && j.format != "csv":
		return trouble{"--table chooses what is written as csv", "add --format csv, or leave it out"}
	}
	return nil
}

// run reads, plans and answers.
func (j planJob) run(ctx context.Context, l lens, a asked, w changes) error {
	v, err := l.open(j.c, j.dir, j.format)
	if err != nil {
		return err
	}
	o, err := a.options(v, j.dir)
	if err != nil {
		return err
	}
	use, err := j.subject(v)
	if err != nil {
		return err
	}
	var then *plan.Plan
	if j.against != "" {
		if then, err = readPlan(j.against); err != nil {
			return err
		}
	}
	scenarios, err := w.scenarios(v)
	if err != nil {
		return err
	}
	for _, s := range scenarios {
		if v, err = whatif.Apply(v, s, o); err != nil {
			return planTrouble(err, o)
		}
	}
	o.Relax = j.relax || j.why != "" || j.table == "help"
	if j.uses != "" {
		o.Prices = pricesAll // so that the record's own is among them
	}
	s, err := j.c.solver()
	if err != nil {
		return err
	}
	show := j.c.working("Planning")
	o.Progress = show.says
	p, err := plan.Make(ctx, v, s, o)
	show.end()
	if err != nil {
		return planTrouble(err, o)
	}
	return j.answer(planned{v, p, then, use, o.Relax})
}

// pricesAll is more prices than a register has whose prices can be proved.
const pricesAll = 1 << 20

// subject finds what --why and --uses name.
func (j planJob) subject(v *register.View) (record.Key, error) {
	switch {
	case j.why != "":
		k := record.Key{Kind: record.KindNeed, ID: strings.TrimPrefix(j.why, "Need/")}
		if _, ok := v.Get(k); !ok {
			return k, trouble{fmt.Sprintf("there is no need %q", k.ID), "see entente show " + quoted(j.dir) + " need"}
		}
		return k, nil
	case j.uses != "":
		return usedRecord(v, j.uses, j.dir)
	}
	return record.Key{}, nil
}

// usableKinds are the kinds of record that give something.
var usableKinds = []record.Kind{record.KindPledge, record.KindProduction, record.KindProgramme, record.KindFund, record.KindUnit}

// usedRecord finds a record that gives something, by its id with or without its
// kind.
func usedRecord(v *register.View, name, dir string) (record.Key, error) {
	kind, id, full := strings.Cut(name, "/")
	if !full {
		id = name
	}
	var found, other []string
	var key record.Key
	for _, k := range record.Kinds() {
		if full && !strings.EqualFold(string(k), kind) {
			continue
		}
		if r, ok := v.Get(record.Key{Kind: k, ID: id}); ok {
			if slices.Contains(usableKinds, k) {
				key, found = r.Key(), append(found, r.Key().String())
			} else {
				other = append(other, r.Key().String())
			}
		}
	}
	switch {
	case len(found) == 1:
		return key, nil
	case len(found) > 1:
		return key, trouble{fmt.Sprintf("--uses %s may be %s", name, strings.Join(found, " or ")), "write its kind as well"}
	case slices.Contains(other, "Need/"+id):
		return key, trouble{fmt.Sprintf("--uses %s: a need takes and does not give", name), "write --why " + id}
	case len(other) > 0:
		return key, trouble{fmt.Sprintf("--uses %s: %s gives nothing that a plan could use", name, other[0]), "name a pledge, a production, a programme, a fund or a unit"}
	}
	return key, trouble{fmt.Sprintf("--uses %s: there is no such pledge, production, programme, fund or unit", name), "see entente show " + quoted(dir) + " pledge"}
}

// usable proposes what --uses may name.
func usable(dir, typed string) []cobra.Completion {
	var found []cobra.Completion
	for _, k := range usableKinds {
		found = append(found, ids(k)(dir, typed)...)
	}
	return found
}

// planned is a plan with what it is to be seen with.
type planned struct {
	v     *register.View
	p     *plan.Plan
	then  *plan.Plan // --against
	about record.Key // --why, --uses
	relax bool
}

// answer writes to a file or to the terminal.
func (j planJob) answer(a planned) error {
	if j.file == "" {
		return j.write(j.c, a)
	}
	var text bytes.Buffer
	page := newConsole(j.c.ctx, &text, j.c.err, j.c.now)
	if err := errors.Join(j.write(page, a), page.flush()); err != nil {
		return err
	}
	if err := replaceFile(j.file, text.Bytes()); err != nil {
		return err
	}
	r := report.OfPlan(a.v, a.p)
	j.c.para(r.Headline, "", report.Strong)
	j.c.line("Written to " + j.file + ".")
	next := []step{{"entente whatif " + quoted(j.dir) + " --parties", "who the plan cannot do without"}}
	if j.format == "json" && j.why+j.uses+j.against == "" {
		next = append(next, step{"entente plan " + quoted(j.dir) + " --against " + quoted(j.file), "later: what moved since, and why"})
	}
	j.c.next(next...)
	return nil
}

func (j planJob) write(c *console, a planned) error {
	switch {
	case j.why != "":
		return c.why(j, a)
	case j.uses != "":
		return c.uses(j, a)
	case j.against != "":
		return c.against(j, a)
	}
	switch j.format {
	case "json":
		return c.json(a.p)
	case "csv":
		return c.csv(j.table, a.p)
	case "html":
		return web.Plan(c.out, report.OfPlan(a.v, a.p))
	}
	c.plan(report.OfPlan(a.v, a.p), j, a)
	return nil
}
