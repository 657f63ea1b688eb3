package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/lp"
	"entente/lp/highs"
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
}

func (a *asked) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.start, "start", "", "the first `MONTH`, as 2025-01 (default: the settings' start, or the first need's month)")
	f.IntVar(&a.months, "months", 0, "`N`, how many months (default: the settings' months, or 24)")
	f.StringVar(&a.rung, "rung", record.Committed.String(), "the `RUNG` from which a pledge counts")
	f.Float64Var(&a.discount, "discount", 0.99, "the `SHARE` that a month counts of the month before")
	f.DurationVar(&a.timeLimit, "time-limit", 0, "stop the solver after this `TIME`, as 90s (default: no limit)")
	f.IntVar(&a.prices, "prices", 10, "`N`, how many prices to prove by planning again with one more and one less")
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
	switch {
	case o.Months < 1 || o.Months > 600:
		return o, trouble{fmt.Sprintf("--months %d is no length of a plan", o.Months), "write a number from 1 to 600"}
	case !(o.Discount > 0 && o.Discount <= 1):
		return o, trouble{fmt.Sprintf("--discount %g is no share", o.Discount), "write a number above 0, at most 1"}
	case o.TimeLimit < 0 || o.Prices < 0:
		return o, trouble{"--time-limit and --prices cannot be negative", "leave them out, or write 0 or more"}
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

// solver is the one solver. What it compiles is kept for the next time, where
// the system has a place for that.
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
	return s, nil
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
	var file, need string
	var whole bool
	cmd := &cobra.Command{
		Use:   "plan DIR",
		Short: "Make the one best plan, and say what holds back the rest",
		Long: `Makes the plan that covers most of what is needed, month by month: a unit counts
only when its equipment, its trained people and its money are there together.
Says per need what holds it back and why it is not met earlier, and what one more
of each scarce thing would be worth.`,
		Example: `  entente plan my-register
  entente plan my-register --need kyiv-air-defence
  entente plan my-register --without USA@2026-01 --months 36
  entente plan my-register --format html -o plan.html`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	a.flags(cmd)
	l.flags(cmd)
	w.flags(cmd, "plan as if")
	cmd.Flags().StringVar(&need, "need", "", "say all about this need alone, by its `ID` (text)")
	complete(cmd, "need", ids(record.KindNeed))
	cmd.Flags().BoolVar(&whole, "all", false, "every row of every table (text)")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this `FILE`, whole or not at all")
	format := oneOf(cmd, "format", "how to answer", "text", "json", "csv", "html")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		job := planJob{c, args[0], format.chosen, need, whole}
		v, p, err := job.make(cmd.Context(), l, a, w)
		if err != nil {
			return err
		}
		return job.answer(v, p, file)
	}
	return cmd
}

type planJob struct {
	c      *console
	dir    string
	format string
	need   string
	all    bool
}

// make reads, changes and plans.
func (j planJob) make(ctx context.Context, l lens, a asked, w changes) (*register.View, *plan.Plan, error) {
	v, err := l.open(j.c, j.dir, j.format)
	if err != nil {
		return nil, nil, err
	}
	o, err := a.options(v, j.dir)
	if err != nil {
		return nil, nil, err
	}
	if _, ok := v.Need(record.NeedID(j.need)); j.need != "" && !ok {
		return nil, nil, trouble{fmt.Sprintf("there is no need %q", j.need), "see entente show " + quoted(j.dir) + " need"}
	}
	scenarios, err := w.scenarios(v)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range scenarios {
		if v, err = whatif.Apply(v, s, o); err != nil {
			return nil, nil, planTrouble(err, o)
		}
	}
	s, err := solver()
	if err != nil {
		return nil, nil, err
	}
	_, end := j.c.working("Planning")
	p, err := plan.Make(ctx, v, s, o)
	end()
	return v, p, planTrouble(err, o)
}

// answer writes the plan to a file or to the terminal.
func (j planJob) answer(v *register.View, p *plan.Plan, file string) error {
	if file == "" {
		return j.write(j.c, v, p)
	}
	var text bytes.Buffer
	page := newConsole(&text, j.c.err, j.c.now)
	if err := errors.Join(j.write(page, v, p), page.flush()); err != nil {
		return err
	}
	if err := replaceFile(file, text.Bytes()); err != nil {
		return err
	}
	r := report.OfPlan(v, p)
	j.c.para(r.Headline, "", report.Strong)
	j.c.line("Written to " + file + ".")
	j.c.next(step{"entente whatif " + quoted(j.dir) + " --parties", "who the plan cannot do without"})
	return nil
}

func (j planJob) write(c *console, v *register.View, p *plan.Plan) error {
	switch j.format {
	case "json":
		return c.json(p)
	case "csv":
		return c.csv(p)
	case "html":
		return web.Plan(c.out, report.OfPlan(v, p))
	}
	r := report.OfPlan(v, p)
	if j.need != "" {
		return c.need(r, j.need, j.dir)
	}
	c.plan(r, j)
	return nil
}

// csv writes one row for each need and month.
func (c *console) csv(p *plan.Plan) error {
	w := csv.NewWriter(c.out)
	_ = w.Write(strings.Split("need,title,capability,unit,place,for,priority,month,needed,covered,present,equipment,people,money,held_by", ","))
	for _, n := range p.Needs {
		for _, m := range n.Months {
			_ = w.Write([]string{string(n.ID), n.Title, string(n.Capability), n.Unit, string(n.At), string(n.For), strconv.Itoa(n.Priority), m.Month.String(),
				plainNumber(m.Needed), plainNumber(m.Covered), plainNumber(m.Present),
				plainNumber(m.Legs.Equipment), plainNumber(m.Legs.People), plainNumber(m.Legs.Money), m.HeldBy})
		}
	}
	w.Flush()
	return w.Error()
}

func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Rows that a text shows of each table unless asked for all.
const (
	rowsShown = 12
	whysShown = 5
)

// plan writes the whole plan as text, the finding first.
func (c *console) plan(r report.Plan, j planJob) {
	limit := func(t report.Table) report.Table {
		if j.all {
			return t
		}
		return t.Limit(rowsShown, "with --all")
	}
	c.para(r.Title, "", report.Quiet)
	c.para(r.Headline, "", report.Strong)
	for _, s := range r.More {
		c.para(s, "", report.Plain)
	}
	c.table(r.Overall())
	c.table(r.NeedsTable())
	c.whys(r, j)
	c.table(limit(r.Prices))
	c.table(limit(r.Doings))
	c.table(limit(r.Leftovers))
	c.table(r.Funds)
	if len(r.Omissions.Rows) > 0 {
		c.table(limit(r.Omissions))
	}
	c.blank()
	c.facts(r.Facts)
	dir := quoted(j.dir)
	steps := []step{{"entente whatif " + dir + " --parties", "who the plan cannot do without"}}
	if short := r.Shortest(); len(short) > 0 {
		steps = append(steps, step{"entente plan " + dir + " --need " + short[0].ID, "one need, month by month"})
	}
	c.next(append(steps, step{"entente plan " + dir + " --format html -o plan.html", "a page to print and share"})...)
}

// whys says for the needs that are most short why they are not met earlier.
func (c *console) whys(r report.Plan, j planJob) {
	short := r.Shortest()
	if len(short) == 0 {
		return
	}
	c.heading("Why not earlier?")
	shown := len(short)
	if !j.all {
		shown = min(shown, whysShown)
	}
	for i, n := range short[:shown] {
		if i > 0 {
			c.blank()
		}
		c.line(c.tint(n.Title, n.Tone) + c.tint("  "+n.ID, report.Quiet))
		for _, w := range n.Why {
			c.para("  "+w, "  ", report.Plain)
		}
	}
	if rest := len(short) - shown; rest > 0 {
		c.line(c.tint(report.Count(rest, "more need is", "more needs are")+" short, with --all", report.Quiet))
	}
}

// need writes all about one need.
func (c *console) need(r report.Plan, id, dir string) error {
	for _, n := range r.Needs {
		if n.ID != id {
			continue
		}
		c.para(n.Title+", "+n.Where, "", report.Strong)
		c.para(n.Finding(), "", report.Plain)
		c.table(n.ByMonth())
		if len(n.Why) > 0 {
			c.heading("Why not earlier?")
			for _, w := range n.Why {
				c.para("  "+w, "  ", report.Plain)
			}
		}
		c.table(n.Feeds)
		c.next(step{"entente show " + quoted(dir) + " need " + id, "the record, and what refers to it"})
		return nil
	}
	return trouble{fmt.Sprintf("the plan has no need %q", id), "see entente show " + quoted(dir) + " need"}
}
