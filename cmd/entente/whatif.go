package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
	var parties bool
	cmd := &cobra.Command{
		Use:   "whatif DIR",
		Short: "Compare the plan with what it would be if something changed",
		Long: `Plans twice, once as things are and once after a change, and says what is lost,
what breaks, and what would have to be done instead. Every --scenario and every
--without is compared on its own; PARTY,PARTY withdraws both at once. --parties
asks for every party in turn what the plan would lose without it.`,
		Example: `  entente whatif my-register --parties
  entente whatif my-register --without USA --without USA,GBR
  entente whatif my-register --scenario late-deliveries --format json`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	a.flags(cmd)
	l.flags(cmd)
	w.flags(cmd, "as if")
	cmd.Flags().BoolVar(&parties, "parties", false, "every party in turn: what the plan would lose without it")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !parties && len(w.named)+len(w.without) == 0 {
			return trouble{"nothing is to change", "add --without PARTY, --scenario ID, or --parties"}
		}
		j := whatifJob{c: c, dir: args[0], format: format.chosen, parties: parties}
		return j.run(cmd.Context(), l, a, w)
	}
	return cmd
}

type whatifJob struct {
	c       *console
	dir     string
	format  string
	parties bool
}

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
	s, err := solver()
	if err != nil {
		return err
	}
	_, end := j.c.working("Planning as things are")
	base, err := plan.Make(ctx, v, s, o)
	end()
	if err != nil {
		return planTrouble(err, o)
	}
	answer := whatifData{Comparisons: []comparisonData{}}
	for i, sc := range scenarios {
		_, end := j.c.working(fmt.Sprintf("Planning for change %d of %d", i+1, len(scenarios)))
		cmp, err := whatif.Compare(ctx, v, sc, base, s, o)
		end()
		if err != nil {
			return planTrouble(err, o)
		}
		answer.add(cmp)
		if j.format == "text" {
			j.c.comparison(report.OfComparison(v, sc, cmp), i > 0)
		}
	}
	if j.parties {
		step, end := j.c.working("Planning without each party")
		answer.Parties, err = whatif.Marginals(ctx, v, base, s, o, step)
		end()
		if err != nil {
			return planTrouble(err, o)
		}
	}
	if j.format == "json" {
		return j.c.json(answer)
	}
	j.rest(v, base, answer.Parties)
	return nil
}

// rest writes the ranking, and what to do next.
func (j whatifJob) rest(v *register.View, base *plan.Plan, ms []whatif.Marginal) {
	dir := quoted(j.dir)
	if j.parties {
		t := report.Ranking(v, base, ms)
		j.c.table(t)
		if len(ms) > 0 {
			j.c.next(step{fmt.Sprintf("entente whatif %s --without %s", dir, report.Dearest(ms)), "what breaks, and what to do instead"})
		}
		return
	}
	j.c.next(step{"entente whatif " + dir + " --parties", "who the plan cannot do without"})
}

type whatifData struct {
	Comparisons []comparisonData  `json:"comparisons"`
	Parties     []whatif.Marginal `json:"parties,omitempty"`
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
