package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/plan"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/report"
)

// signature is in whose name somebody proposes or reviews.
type signature struct{ actor, party string }

func (s *signature) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.actor, "actor", access.Keeper.String(), "the `NAME` of the person who acts")
	cmd.Flags().StringVar(&s.party, "party", "", "the `PARTY` for which they act (default: as the keeper of the register)")
}

// of is who acts, on a register: whoever holds the database may act for any
// party in it.
func (s signature) of(c *console, t *register.Tree) (proposal.Actor, error) {
	at, err := (&lens{reader: s.party}).at(c, t)
	if err != nil {
		return proposal.Actor{}, err
	}
	reader := at.Reader
	if reader.Party != "" {
		reader.Roles = access.Owner | access.Coordinator
	}
	return proposal.Actor{
		Person:    proposal.Person{Name: s.actor, Party: reader.Party},
		Principal: access.Principal{Reader: reader, Groups: t.View(at).GroupsOf(reader.Party)},
	}, nil
}

func proposeCommand(c *console) *cobra.Command {
	j := proposeJob{c: c}
	cmd := &cobra.Command{
		Use:   "propose --db FILE -f DIR --title TITLE",
		Short: "Put a change of a shared register before those whose records it is",
		Long: `Says what a folder of records would change, and puts it up for review. Nothing
enters the register before somebody else, who may speak for each party that it
touches, has approved.`,
		Example: `  entente propose --db entente.db -f eight-guns --title "Norway gives eight guns" --actor Mari --party EST
  entente propose --db entente.db -f eight-guns --title "Norway gives eight guns, from June" --replaces 0199…`,
		Args: noWords,
	}
	f := cmd.Flags()
	f.StringVar(&j.db, "db", "", dbUsage)
	f.StringVarP(&j.dir, "file", "f", "", "the `DIR` of records, or one file of them")
	f.StringVar(&j.id, "id", "", "name it by this `ID` (default: a new one, ordered by time)")
	f.StringVar(&j.title, "title", "", "what it changes, in a `LINE`")
	f.StringVar(&j.why, "why", "", "why, with its source")
	f.StringVar(&j.replaces, "replaces", "", "the `ID` of a proposal in whose place it stands")
	f.IntVar(&j.days, "days", int(proposal.TwoPersons.Lasts.Hours()/24), "how many `DAYS` it stands open")
	j.sign.flags(cmd)
	cmd.RunE = func(*cobra.Command, []string) error { return j.run() }
	return cmd
}

type proposeJob struct {
	c                                 *console
	db, dir, id, title, why, replaces string
	days                              int
	sign                              signature
}

func (j proposeJob) run() error {
	switch {
	case j.dir == "":
		return trouble{"no folder of records is named", "write entente propose --db FILE -f DIR --title TITLE"}
	case j.days < 1 || j.days > 366:
		return trouble{fmt.Sprintf("--days %d is no time to review", j.days), "write a number from 1 to 366"}
	}
	want, err := new(lens).tree(j.c, j.dir)
	if err != nil {
		return err
	}
	r, err := openRegister(j.c.ctx, j.db)
	if err != nil {
		return err
	}
	defer r.Close()
	t, size, err := r.Tree(j.c.ctx, register.Known{})
	if err != nil {
		return err
	}
	edits, err := r.Toward(j.c.ctx, t, size, want.Records, false)
	if err != nil {
		return err
	}
	if err := noneBroken(j.c, t, edits); err != nil {
		return err
	}
	who, err := j.sign.of(j.c, t)
	if err != nil {
		return err
	}
	rules := proposal.TwoPersons
	rules.Lasts = time.Duration(j.days) * 24 * time.Hour
	p, err := proposal.Of(cmp.Or(j.id, newBatchID()), j.title, j.why, who.Person, j.c.now, edits, rules)
	if err != nil {
		return asTrouble(err)
	}
	p.Replaces = j.replaces
	if err := (&proposal.Board{Register: r}).Propose(j.c.ctx, who, p); err != nil {
		return asTrouble(err)
	}
	j.c.edits(edits)
	j.c.para("Proposed: "+j.title+".", "", report.Strong)
	j.c.facts([]report.Fact{{Name: "Proposal", Value: p.ID}, {Name: "By", Value: p.By.String()}, {Name: "Open until", Value: stampOf(p.Expires)}})
	j.c.next(step{fmt.Sprintf("entente review --db %s %s", quoted(j.db), p.ID), "what it would change, and who has to agree"})
	return nil
}

// asTrouble is a sentence with its remedy as people read it.
func asTrouble(err error) error {
	says, fix, ok := strings.Cut(err.Error(), "; ")
	if !ok {
		return err
	}
	return trouble{says, fix}
}

func reviewCommand(c *console) *cobra.Command {
	j := reviewJob{c: c}
	cmd := &cobra.Command{
		Use:   "review --db FILE [ID]",
		Short: "List proposals, look at one, or decide on it",
		Long: `Without an id: the proposals, the newest first. With one: what it would change
record by record and field by field, which findings it would raise and clear, what
it would do to the plan, and whose approval is missing. With --approve, --reject or
--withdraw it is decided.`,
		Example: `  entente review --db entente.db
  entente review --db entente.db 0199…
  entente review --db entente.db 0199… --approve --actor Kari --party NOR`,
		Args: cobra.MaximumNArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&j.db, "db", "", dbUsage)
	f.BoolVar(&j.approve, "approve", false, "approve it")
	f.BoolVar(&j.reject, "reject", false, "reject it, which ends it")
	f.BoolVar(&j.withdraw, "withdraw", false, "withdraw it, as its author")
	f.StringVar(&j.why, "why", "", "why, in a `LINE`")
	f.BoolVar(&j.noPlan, "no-plan", false, "do not plan with and without it")
	f.BoolVar(&j.all, "all", false, "list decided proposals too")
	cmd.MarkFlagsMutuallyExclusive("approve", "reject", "withdraw")
	j.sign.flags(cmd)
	j.asked.flags(cmd)
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		j.json = format.chosen == "json"
		return j.run(args)
	}
	return cmd
}

type reviewJob struct {
	c                         *console
	db, why                   string
	approve, reject, withdraw bool
	noPlan, all, json         bool
	sign                      signature
	asked                     asked
}

func (j reviewJob) run(args []string) error {
	r, err := openRegister(j.c.ctx, j.db)
	if err != nil {
		return err
	}
	defer r.Close()
	t, _, err := r.Tree(j.c.ctx, register.Known{})
	if err != nil {
		return err
	}
	who, err := j.sign.of(j.c, t)
	if err != nil {
		return err
	}
	b := &proposal.Board{Register: r}
	decides := j.approve || j.reject || j.withdraw
	switch {
	case len(args) == 0 && decides:
		return trouble{"no proposal is named", "write entente review --db FILE ID, and see entente review --db FILE for which there are"}
	case len(args) == 0:
		return j.list(b, t, who)
	case decides:
		return j.decide(b, who, args[0])
	}
	return j.look(b, t, who, args[0])
}

func (j reviewJob) list(b *proposal.Board, t *register.Tree, who proposal.Actor) error {
	list, err := b.List(j.c.ctx, who, t, j.c.now)
	if err != nil {
		return err
	}
	shown := []proposal.Proposal{}
	for _, p := range list {
		if j.all || p.State == proposal.Open {
			shown = append(shown, p)
		}
	}
	if j.json {
		return j.c.json(shown)
	}
	table := report.Table{Title: report.Count(len(shown), "proposal", "proposals"),
		Heads: []report.Head{{Name: "Proposal"}, {Name: "State"}, {Name: "By"}, {Name: "Until"}, {Name: "Records", Numeric: true}, {Name: "Title"}}, Empty: "None is open."}
	for _, p := range shown {
		table.Rows = append(table.Rows, []report.Cell{report.Text(p.ID), report.Text(string(p.State)), report.Text(p.By.String()), report.Text(p.Expires.Format(time.DateOnly)), report.Text(fmt.Sprint(len(p.Changes))), report.Text(p.Title)})
	}
	j.c.table(table)
	if len(shown) > 0 {
		j.c.next(step{fmt.Sprintf("entente review --db %s %s", quoted(j.db), shown[0].ID), "what it would change, and who has to agree"})
	}
	return nil
}

func (j reviewJob) decide(b *proposal.Board, who proposal.Actor, id string) error {
	var p proposal.Proposal
	var err error
	if j.withdraw {
		p, err = b.Withdraw(j.c.ctx, who, id, j.c.now)
	} else {
		p, err = b.Review(j.c.ctx, who, id, j.approve, j.why, j.c.now)
	}
	if err != nil {
		return asTrouble(err)
	}
	if j.json {
		return j.c.json(p)
	}
	says := fmt.Sprintf("Proposal %s is %s.", p.ID, p.State)
	if p.Receipt != nil {
		says = fmt.Sprintf("Proposal %s is accepted: entries %d to %d of the ledger.", p.ID, p.Receipt.First, p.Receipt.Last)
	}
	j.c.para(says, "", report.Strong)
	return nil
}

func (j reviewJob) look(b *proposal.Board, t *register.Tree, who proposal.Actor, id string) error {
	p, err := b.Get(j.c.ctx, who, t, id, j.c.now)
	if err != nil {
		return asTrouble(err)
	}
	at, err := new(lens).at(j.c, t)
	if err != nil {
		return err
	}
	at.Reader = who.Principal.Reader
	edits := p.Edits(t)
	e := proposal.EffectsOf(t.View(at), edits)
	var diff *plan.Diff
	if !j.noPlan && p.State == proposal.Open && len(e.Before.Needs()) > 0 {
		if diff, err = j.planned(e); err != nil {
			return err
		}
	}
	missing := b.Missing(p, t)
	if j.json {
		return j.c.json(reviewData{p, editsData(edits), findingsData(e.Raised), findingsData(e.Cleared), diff, missing})
	}
	j.c.para(p.Title, "", report.Strong)
	j.c.facts([]report.Fact{{Name: "Proposal", Value: p.ID}, {Name: "State", Value: string(p.State)}, {Name: "By", Value: p.By.String()}, {Name: "Put up", Value: stampOf(p.At)}, {Name: "Open until", Value: stampOf(p.Expires)}})
	if p.Why != "" {
		j.c.para(p.Why, "", report.Plain)
	}
	j.c.blank()
	j.c.edits(edits)
	j.effects(e, diff)
	j.reviews(p, missing)
	return nil
}

type reviewData struct {
	Proposal proposal.Proposal `json:"proposal"`
	Edits    []editData        `json:"edits"`
	Raised   []findingData     `json:"raised"`
	Cleared  []findingData     `json:"cleared"`
	Plan     *plan.Diff        `json:"plan,omitempty"`
	Missing  []record.PartyID  `json:"missing"`
}

// planned is what the plan would be with the proposal, against without.
func (j reviewJob) planned(e proposal.Effects) (*plan.Diff, error) {
	s, err := j.c.solver()
	if err != nil {
		return nil, err
	}
	var plans [2]*plan.Plan
	for i, v := range []*register.View{e.Before, e.After} {
		o, err := j.asked.options(v, j.db)
		if err != nil {
			return nil, err
		}
		o.Brief = true
		if plans[i], err = plan.Make(j.c.ctx, v, s, o); err != nil {
			return nil, planTrouble(err, o)
		}
	}
	return plan.Compare(plans[0], plans[1]), nil
}

func (j reviewJob) effects(e proposal.Effects, diff *plan.Diff) {
	for _, part := range []struct {
		title string
		found int
		of    report.Findings
	}{
		{"It would raise", len(e.Raised), report.OfFindings(e.Raised, 0, 0)},
		{"It would clear", len(e.Cleared), report.OfFindings(e.Cleared, 0, 0)},
	} {
		j.c.para(part.title+" "+report.Count(part.found, "finding", "findings")+".", "", report.Strong)
		for _, g := range part.of.Groups {
			for _, i := range g.Items {
				j.c.item(i)
			}
		}
	}
	if diff != nil {
		j.c.para("Coverage of the plan: "+report.Change(diff.Points)+" points.", "", report.Strong)
	}
}

func (j reviewJob) reviews(p proposal.Proposal, missing []record.PartyID) {
	for _, r := range p.Reviews {
		word := "rejected"
		if r.Approve {
			word = "approved"
		}
		j.c.para(fmt.Sprintf("%s %s on %s. %s", r.By, word, stampOf(r.At), r.Why), "", report.Plain)
	}
	if p.State != proposal.Open {
		return
	}
	names := make([]string, len(missing))
	for i, m := range missing {
		if names[i] = string(m); m == "" {
			names[i] = "the keeper"
		}
	}
	j.c.para("It needs the approval of somebody else for "+report.List(names)+".", "", report.Strong)
	j.c.next(step{fmt.Sprintf("entente review --db %s %s --approve --actor NAME --party PARTY", quoted(j.db), p.ID), "agree to it"})
}
