package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/whatif"
)

// changes are scenarios as flags name them.
type changes struct {
	named   []string // --scenario
	without []string // --without
}

func (w *changes) flags(cmd *cobra.Command, verb string) {
	cmd.Flags().StringArrayVar(&w.named, "scenario", nil, verb+" this scenario, by its `ID`, came true; may be repeated")
	cmd.Flags().StringArrayVar(&w.without, "without", nil, verb+" `PARTY` gave nothing more, PARTY@2026-01 from that month on; PARTY,PARTY both; may be repeated")
	complete(cmd, "scenario", ids(record.KindScenario))
	complete(cmd, "without", partyLists)
}

// first is the first change as it is typed.
func (w *changes) first() string {
	switch {
	case len(w.named) > 0:
		return " --scenario " + quoted(w.named[0])
	case len(w.without) > 0:
		return " --without " + quoted(w.without[0])
	}
	return ""
}

// scenarios finds and makes them, in the order of the flags.
func (w *changes) scenarios(v *register.View) ([]*record.Scenario, error) {
	var all []*record.Scenario
	for _, id := range w.named {
		s, ok := v.Scenario(record.ScenarioID(id))
		if !ok {
			return nil, trouble{fmt.Sprintf("--scenario %s is not in the register", id), scenarioFix(v)}
		}
		all = append(all, s)
	}
	for _, text := range w.without {
		s, err := withdrawal(v, text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func scenarioFix(v *register.View) string {
	var ids []string
	for _, s := range v.Scenarios() {
		ids = append(ids, s.ID)
	}
	if len(ids) == 0 {
		return "add a record of kind Scenario, or use --without PARTY"
	}
	return "write one of " + strings.Join(ids, ", ")
}

// withdrawal reads PARTY, PARTY@MONTH, or several set apart by commas, as one
// scenario.
func withdrawal(v *register.View, text string) (*record.Scenario, error) {
	var whole *record.Scenario
	var names []string
	for part := range strings.SplitSeq(text, ",") {
		id, month, dated := strings.Cut(part, "@")
		p, ok := v.Party(record.PartyID(id))
		if !ok {
			return nil, trouble{fmt.Sprintf("--without %s: there is no party %q", text, id), "write a party's id, as in USA or USA@2026-01"}
		}
		var from record.Day
		name := p.Name
		if dated {
			m, err := record.ParseMonth(month)
			if err != nil {
				return nil, trouble{fmt.Sprintf("--without %s: %q is not a month", text, month), "write it as USA@2026-01"}
			}
			from = record.MustDay(m.String())
			name += " from " + m.Text()
		}
		names = append(names, name)
		s := whatif.Withdraw(record.PartyID(id), from)
		if whole == nil {
			whole = s
			continue
		}
		whole.ID += "-" + strings.TrimPrefix(s.ID, "without-")
		whole.Changes = append(whole.Changes, s.Changes...)
	}
	whole.Title = "Without " + report.List(names)
	return whole, nil
}

func whatifCommand(c *console) *cobra.Command {
	var l lens
	var a asked
	var w changes
	j := whatifJob{c: c}
	cmd := &cobra.Command{
		Use:   "whatif DIR",
		Short: "Compare the plan with what it would be if something changed",
		Long: `Plans twice, once as things are and once after a change, and says what is lost,
what breaks, and what would have to be done instead. Every --scenario and every
--without is compared on its own; PARTY,PARTY withdraws both at once.

Without a change, it asks for all parties: --parties what the plan would lose
without each, --pairs without each two, --shapley what each part is worth where
all are shared out fairly. --risk lets what is promised slip as it has done, and
--core finds what is right to do whichever scenario comes true.

^C ends a long search, and what was found by then is shown.`,
		Example: `  entente whatif my-register --parties
  entente whatif my-register --parties --bounds
  entente whatif my-register --without USA --without USA,GBR
  entente whatif my-register --without USA@2026-01 --backfill
  entente whatif my-register --risk --draws 500
  entente whatif my-register --scenario late-deliveries --format json`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	a.flags(cmd)
	l.flags(cmd)
	w.flags(cmd, "as if")
	f := cmd.Flags()
	f.BoolVar(&j.parties, "parties", false, "every party in turn: what the plan would lose without it")
	f.BoolVar(&j.bounds, "bounds", false, "with --parties: at once, and only between what bounds each party's loss lies")
	f.BoolVar(&j.pairs, "pairs", false, "every party, and every two that matter: what would be lost without both")
	f.BoolVar(&j.shapley, "shapley", false, "what each party's part is worth, shared out over all orders in which they could come")
	f.BoolVar(&j.backfill, "backfill", false, "with --without or --scenario: who could fill what it tears open")
	f.BoolVar(&j.risk, "risk", false, "how coverage fares if what is promised slips as it has done")
	f.IntVar(&j.draws, "draws", 200, "`N`, how many futures --risk draws")
	f.Uint64Var(&j.seed, "seed", 1, "`N` from which --risk and --shapley draw: the same again gives the same answer")
	f.BoolVar(&j.core, "core", false, "what is right to do whichever --scenario comes true (default: every scenario of the register that can be applied)")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		args = l.words(args)
		j.dir, j.format = args[0], format.chosen
		if err := j.fits(w, cmd.Flags().Changed); err != nil {
			return err
		}
		return j.run(cmd.Context(), l, a, w)
	}
	return cmd
}

type whatifJob struct {
	c        *console
	dir      string
	format   string
	parties  bool
	bounds   bool
	pairs    bool
	shapley  bool
	backfill bool
	risk     bool
	core     bool
	draws    int
	seed     uint64
}

// fits refuses what cannot be asked, or not together.
func (j whatifJob) fits(w changes, given func(flag string) bool) error {
	changed := len(w.named)+len(w.without) > 0
	switch {
	case j.backfill && !changed:
		return trouble{"--backfill fills what a change tears open", "add --without PARTY or --scenario ID"}
	case j.bounds && !j.parties:
		return trouble{"--bounds is for --parties", "add --parties, or leave it out"}
	case given("draws") && !j.risk:
		return trouble{"--draws is for --risk", "add --risk, or leave it out"}
	case j.draws < 1 || j.draws > drawsMax:
		return trouble{fmt.Sprintf("--draws %d is no number of futures", j.draws), fmt.Sprintf("write a number from 1 to %d", drawsMax)}
	case given("seed") && !j.risk && !j.shapley:
		return trouble{"--seed is for --risk and --shapley", "add one of them, or leave it out"}
	case !changed && !j.parties && !j.pairs && !j.shapley && !j.risk && !j.core:
		return trouble{"nothing is to change", "add --without PARTY, --scenario ID, or --parties"}
	}
	return nil
}

const drawsMax = 100000

// run reads, plans as things are, and then asks one question after the other.
func (j whatifJob) run(ctx context.Context, l lens, a asked, w changes) error {
	v, err := l.open(j.c, j.dir, j.format)
	if err != nil {
		return err
	}
	o, err := a.options(v, j.dir)
	if err != nil {
		return err
	}
	scenarios, err := w.scenarios(v)
	if err != nil {
		return err
	}
	s, err := j.c.solver()
	if err != nil {
		return err
	}
	show := j.c.working("Planning as things are")
	o.Progress = show.says
	base, err := plan.Make(ctx, v, s, o)
	show.end()
	o.Progress = nil
	if err != nil {
		return planTrouble(err, o)
	}
	asking := &asking{j, ctx, v, base, s, o, whatifData{Register: dataOf(v), Comparisons: []comparisonData{}}, w.first(), false}
	for _, ask := range []func([]*record.Scenario) error{asking.compare, asking.backfill, asking.marginals, asking.losses, asking.values, asking.outlook, asking.core} {
		err := ask(scenarios)
		switch {
		case ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled) || errors.Is(err, plan.ErrStopped)):
			return asking.broken()
		case err != nil:
			return planTrouble(err, o)
		}
	}
	if j.format == "json" {
		return j.c.json(asking.answer)
	}
	j.c.next(asking.next()...)
	return nil
}

// asking is a plan as things are, and what is asked about it.
type asking struct {
	whatifJob
	ctx    context.Context
	v      *register.View
	base   *plan.Plan
	solver lp.Solver
	o      plan.Options
	answer whatifData
	change string // the first change, as flags
	spoken bool   // something has been written as text
}

// errBroken ends a search that was broken off after something was found.
var errBroken = errors.New("interrupted")

// broken ends with what has been found.
func (q *asking) broken() error {
	if q.format == "json" {
		q.answer.Partial = true
		if err := q.c.json(q.answer); err != nil {
			return err
		}
	} else if q.spoken {
		q.c.blank()
		q.c.para("Interrupted: this is what was found by then.", "", report.Warn)
	}
	if q.format == "json" || q.spoken {
		return errBroken
	}
	return context.Canceled
}

// text reports whether to write text, and sets it apart from what is written.
func (q *asking) text() bool {
	if q.format != "text" {
		return false
	}
	if q.spoken {
		q.c.blank()
	}
	q.spoken = true
	return true
}

func (q *asking) compare(scenarios []*record.Scenario) error {
	if q.whatifJob.core {
		return nil
	}
	for i, sc := range scenarios {
		show := q.c.working(fmt.Sprintf("Planning for change %d of %d", i+1, len(scenarios)))
		cmp, err := whatif.Compare(q.ctx, q.v, sc, q.base, q.solver, q.o)
		show.end()
		if err != nil {
			return err
		}
		q.answer.add(cmp)
		if q.text() {
			q.c.comparison(report.OfComparison(q.v, sc, cmp), false)
		}
	}
	return nil
}

func (q *asking) backfill(scenarios []*record.Scenario) error {
	if !q.whatifJob.backfill {
		return nil
	}
	for _, sc := range scenarios {
		show := q.c.working("Trying who could fill what " + sc.Name() + " tears open")
		x, err := whatif.Backfill(q.ctx, q.v, q.base, sc, q.solver, q.o)
		show.end()
		if x == nil {
			return err
		}
		q.answer.Backfill = append(q.answer.Backfill, x)
		if q.text() {
			all := slices.DeleteFunc(slices.Clone(x.Says), func(s string) bool { // what is said with its need is not said twice
				return slices.ContainsFunc(x.Holes, func(h whatif.Hole) bool { return h.Says == s })
			})
			q.c.holes(sc.Name(), all, report.OfHoles(q.v, x))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *asking) marginals([]*record.Scenario) error {
	if !q.parties {
		return nil
	}
	show := q.c.working("Finding what each party brings")
	sweep := whatif.NewSweep(q.v, q.base, q.solver, q.o)
	first, err := sweep.Ranking(q.ctx)
	show.end()
	if err != nil {
		return err
	}
	if q.bounds {
		q.firstSight(first)
		return nil
	}
	show = q.c.working("Planning without each party")
	if line := report.FirstSight(first); line != "" {
		show.says(line)
	}
	ms, err := sweep.Marginals(q.ctx, show.far)
	show.end()
	q.answer.Parties = ms
	if (err == nil || len(ms) > 0) && q.text() {
		q.c.table(report.Ranking(q.v, q.base, ms))
	}
	if err != nil { // what is known of the others
		q.firstSight(slices.DeleteFunc(first, func(m whatif.Marginal) bool {
			return slices.ContainsFunc(ms, func(found whatif.Marginal) bool { return found.Party == m.Party })
		}))
	}
	return err
}

// firstSight tells between what bounds losses lie that were not planned for.
func (q *asking) firstSight(ms []whatif.Marginal) {
	q.answer.Bounds = ms
	if q.text() {
		q.c.table(report.Bounds(ms))
	}
}

func (q *asking) losses([]*record.Scenario) error {
	if !q.pairs {
		return nil
	}
	show := q.c.working("Planning without each two parties")
	x, err := whatif.Losses(q.ctx, q.v, q.base, q.solver, q.o, 2, show.far)
	show.end()
	q.answer.Losses = x
	if x != nil && q.text() {
		for _, s := range x.Says {
			q.c.para(s, "", report.Plain)
		}
		for _, t := range report.Losses(q.v, x) {
			q.c.table(t.Limit(rowsShown, "with --format json"))
		}
	}
	return err
}

func (q *asking) values([]*record.Scenario) error {
	if !q.shapley {
		return nil
	}
	show := q.c.working("Planning for coalitions of parties")
	x, err := whatif.Shapley(q.ctx, q.v, q.base, q.solver, q.o, whatif.Sampling{Seed: q.seed}, show.far)
	show.end()
	q.answer.Shapley = x
	if x != nil && q.text() {
		q.c.para(x.Says, "", report.Plain)
		q.c.table(report.Shares(x))
	}
	return err
}

func (q *asking) outlook([]*record.Scenario) error {
	if !q.risk {
		return nil
	}
	show := q.c.working("Planning for drawn futures")
	x, err := whatif.Risk(q.ctx, q.v, q.base, q.solver, q.o, whatif.RiskOptions{Seed: q.seed, Draws: q.draws}, show.far)
	show.end()
	q.answer.Risk = x
	if x != nil && q.text() {
		for _, s := range x.Says {
			q.c.para(s, "", report.Plain)
		}
		needs, drivers, delays := report.OfRisk(q.v, x)
		for _, t := range []report.Table{needs, drivers, delays} {
			q.c.table(t.Limit(rowsShown, "with --format json"))
		}
	}
	return err
}

func (q *asking) core(scenarios []*record.Scenario) error {
	if !q.whatifJob.core {
		return nil
	}
	var left []string
	if len(scenarios) == 0 {
		scenarios, left = applicable(q.v, q.o)
	}
	if len(scenarios) == 0 {
		return trouble{"--core needs a scenario that can be applied", scenarioFix(q.v)}
	}
	show := q.c.working(fmt.Sprintf("Planning for %s", report.Count(len(scenarios), "scenario", "scenarios")))
	x, err := whatif.Core(q.ctx, q.v, scenarios, q.solver, q.o)
	show.end()
	q.answer.Core = x
	if x != nil && q.text() {
		q.c.para(x.Says, "", report.Strong)
		for _, s := range left {
			q.c.para(s, "", report.Quiet)
		}
		futures, promises := report.OfCore(q.v, x)
		q.c.table(futures)
		q.c.table(promises.Limit(3*rowsShown, "with --format json"))
	}
	return err
}

// applicable lists the scenarios of a register that can be applied, and says of
// the others why not.
func applicable(v *register.View, o plan.Options) (fit []*record.Scenario, left []string) {
	for _, s := range v.Scenarios() {
		if _, err := whatif.Apply(v, s, o); err != nil {
			left = append(left, "Left out: "+err.Error())
			continue
		}
		fit = append(fit, s)
	}
	return fit, left
}

// next says what to ask now.
func (q *asking) next() []step {
	dir := quoted(q.dir)
	switch {
	case q.parties && len(q.answer.Parties) > 0:
		return []step{{fmt.Sprintf("entente whatif %s --without %s", dir, report.Dearest(q.answer.Parties)), "what breaks, and what to do instead"}}
	case len(q.answer.Comparisons) > 0 && !q.whatifJob.backfill:
		return []step{{"entente whatif " + dir + " --parties", "who the plan cannot do without"}, {"entente whatif " + dir + q.change + " --backfill", "who could fill what it tears open"}}
	}
	return []step{{"entente whatif " + dir + " --parties", "who the plan cannot do without"}}
}

// holes writes what a change tears open and who could fill it.
func (c *console) holes(title string, says []string, fs []report.Filling) {
	c.para(title+": who could fill what it tears open", "", report.Strong)
	for _, s := range says {
		c.para(s, "", report.Plain)
	}
	for _, f := range fs {
		c.heading(f.Title)
		c.para(f.Says, "", report.Plain)
		for _, part := range []struct {
			name string
			says []string
		}{{"Lacks", f.Lacks}, {"Already done instead", f.Instead}, {"Idle", f.Idle}} {
			for _, s := range part.says {
				c.para("  "+part.name+": "+s, "    ", report.Quiet)
			}
		}
		c.table(f.Ways.Limit(insteadShown, "with --format json"))
		if f.Bundle != "" {
			c.para("Together: "+f.Bundle, "  ", report.Plain)
		}
	}
}

type whatifData struct {
	Register    viewData           `json:"register"`
	Comparisons []comparisonData   `json:"comparisons"`
	Parties     []whatif.Marginal  `json:"parties,omitempty"`
	Bounds      []whatif.Marginal  `json:"bounds,omitempty"` // of parties without which no plan was made
	Backfill    []*whatif.Holes    `json:"backfill,omitempty"`
	Losses      *whatif.LossTable  `json:"losses,omitempty"`
	Shapley     *whatif.Values     `json:"shapley,omitempty"`
	Risk        *whatif.Outlook    `json:"risk,omitempty"`
	Core        *whatif.RobustCore `json:"core,omitempty"`
	Partial     bool               `json:"partial,omitempty"` // interrupted: what was found by then
}

// comparisonData is a comparison with its findings in their JSON form.
type comparisonData struct {
	*whatif.Comparison
	Findings []findingData `json:"findings"`
	Cleared  []findingData `json:"cleared"`
}

func (d *whatifData) add(cmp *whatif.Comparison) {
	d.Comparisons = append(d.Comparisons, comparisonData{cmp, findingsData(cmp.Findings), findingsData(cmp.Cleared)})
}

// insteadShown is how many rows of what to do after a change are enough to see
// where it leads.
const insteadShown = 8

// comparison writes one comparison as text, the finding first.
func (c *console) comparison(r report.Comparison, again bool) {
	if again {
		c.blank()
	}
	c.para(r.Title, "", report.Strong)
	c.para(r.Headline, "", report.Strong)
	for _, s := range r.Changes {
		c.para("  "+s, "  ", report.Quiet)
	}
	c.table(r.Months)
	c.table(r.Needs)
	c.blank()
	c.para(r.Moves, "", report.Plain)
	if len(r.Instead.Rows) > 0 {
		c.table(r.Instead.Limit(insteadShown, "with --format json"))
	}
	if len(r.Back.Rows) > 0 {
		c.table(r.Back.Limit(insteadShown, "with --format json"))
	}
	if len(r.Appear) > 0 {
		c.heading(report.Count(len(r.Appear), "finding appears", "findings appear"))
		for _, i := range r.Appear {
			c.item(i)
		}
	}
	if len(r.Clear) > 0 {
		c.heading(report.Count(len(r.Clear), "finding goes away", "findings go away"))
		for _, i := range r.Clear {
			c.item(i)
		}
	}
}
