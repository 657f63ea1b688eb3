package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/jobs"
	"entente/jobs/planning"
	"entente/record"
	"entente/register"
	"entente/report"
	"entente/shared"
)

func jobsCommand(c *console) *cobra.Command {
	j := jobsJob{c: c}
	cmd := &cobra.Command{
		Use:   "jobs --db FILE [ID]",
		Short: "Ask for plans and sweeps that workers make, and see how far they are",
		Long: `Without a word: the jobs of a shared register. With --plan, --parties or --scenario:
asks for one, which a worker will do; who asks for the same again gets the same.
With an id: how far it is and what it has found by now.`,
		Example: `  entente jobs --db entente.db --parties
  entente jobs --db entente.db --plan --months 36 --wait
  entente jobs --db entente.db 5f2c…
  entente jobs --db entente.db 5f2c… --cancel`,
		Args: cobra.MaximumNArgs(1),
	}
	f := cmd.Flags()
	f.BoolVar(&j.plan, "plan", false, "ask for the plan")
	f.BoolVar(&j.parties, "parties", false, "ask what the plan would lose without each party")
	f.StringVar(&j.scenario, "scenario", "", "ask what the scenario of this `ID` would change")
	f.StringVar(&j.export, "export", "", "ask for the register in this `FORMAT`")
	f.StringVar(&j.take, "import", "", "have a file taken in, as `FORMAT=FILE`")
	f.StringVar(&j.actor, "actor", access.Keeper.String(), "in whose `NAME` it is taken in")
	f.StringVarP(&j.file, "output", "o", "", "write the file that --export asked for to this `FILE`, once it is there")
	f.BoolVar(&j.cancel, "cancel", false, "cancel the job")
	f.BoolVar(&j.retry, "retry", false, "have a job done again that failed or was cancelled")
	f.BoolVar(&j.wait, "wait", false, "wait until the job has ended")
	cmd.MarkFlagsMutuallyExclusive("plan", "parties", "scenario", "export", "import", "cancel", "retry")
	j.lens.flags(cmd)
	j.asked.flags(cmd)
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		j.json = format.chosen == "json"
		return j.run(cmd.Context(), append(args, "")[0])
	}
	return cmd
}

type jobsJob struct {
	c        *console
	lens     lens
	asked    asked
	plan     bool
	parties  bool
	scenario string
	export   string
	take     string
	actor    string
	file     string
	cancel   bool
	retry    bool
	wait     bool
	json     bool
}

func (j jobsJob) run(ctx context.Context, word string) error {
	asks := j.plan || j.parties || j.scenario+j.export+j.take != ""
	switch {
	case asks && word != "":
		return trouble{fmt.Sprintf("%q is one word too many", word), "ask for a job, or name one"}
	case (j.cancel || j.retry) && word == "":
		return trouble{"no job is named", "write its id, as entente jobs lists it"}
	}
	r, err := openRegister(ctx, j.lens.db)
	if err != nil {
		return err
	}
	defer r.Close()
	q, leave, err := openJobs(ctx, r, j.lens.db, nil)
	if err != nil {
		return err
	}
	defer leave()
	id := jobs.ID(word)
	switch {
	case asks:
		id, err = j.ask(ctx, r, q)
	case j.cancel:
		err = q.Cancel(ctx, id)
	case j.retry:
		err = q.Retry(ctx, id)
	case id == "":
		return j.list(ctx, q)
	}
	if err == nil {
		err = j.show(ctx, r, q, id)
	}
	return jobTrouble(err, j.lens.db)
}

// ask submits the job that the flags name.
func (j jobsJob) ask(ctx context.Context, r *shared.Register, q *jobs.Queue) (jobs.ID, error) {
	known, err := parseKnown(j.lens.known)
	if err != nil {
		return "", err
	}
	tree, size, err := r.Tree(ctx, known)
	if err != nil {
		return "", err
	}
	at, err := j.lens.at(j.c, tree)
	if err != nil {
		return "", err
	}
	v := tree.View(at)
	switch {
	case j.export != "":
		return submit(ctx, q)(askExport(v, size, j.export))
	case j.take != "":
		return submit(ctx, q)(askImport(ctx, r, j.take, j.actor))
	}
	o, err := j.asked.options(v, j.lens.db)
	if err != nil {
		return "", err
	}
	about := planning.Ask(v, size, o)
	switch {
	case j.plan:
		return q.Submit(ctx, about.Plan())
	case j.parties:
		return q.Submit(ctx, about.Sweep())
	}
	id := record.ScenarioID(j.scenario)
	if _, ok := v.Scenario(id); !ok {
		return "", trouble{fmt.Sprintf("--scenario %s is not in the register", id), scenarioFix(v)}
	}
	return q.Submit(ctx, about.Compare(id))
}

// submit submits a job that could be made.
func submit(ctx context.Context, q *jobs.Queue) func(jobs.Job, error) (jobs.ID, error) {
	return func(job jobs.Job, err error) (jobs.ID, error) {
		if err != nil {
			return "", err
		}
		return q.Submit(ctx, job)
	}
}

func (j jobsJob) list(ctx context.Context, q *jobs.Queue) error {
	const most = 200
	all, err := q.List(ctx, most)
	if err != nil {
		return err
	}
	if j.json {
		return j.c.json(all)
	}
	t := report.Table{Title: report.Count(len(all), "job", "jobs"), Empty: "Nothing has been asked for.",
		Heads: []report.Head{{Name: "Job"}, {Name: "Kind"}, {Name: "For"}, {Name: "State"}, {Name: "Done", Numeric: true}, {Name: "Queued", Brief: true}, {Name: "Says"}}}
	for _, s := range all {
		t.Rows = append(t.Rows, []report.Cell{report.Text(string(s.ID)), report.Text(string(s.Kind)), report.Text(s.For), report.Text(string(s.State)), report.Text(far(s)), report.Text(stampOf(s.Queued)), report.Text(s.Says)})
	}
	j.c.table(t)
	if len(all) > 0 {
		j.c.next(step{fmt.Sprintf("entente jobs --db %s %s", quoted(j.lens.db), all[0].ID), "what it has found by now"})
	}
	return nil
}

func far(s jobs.Status) string {
	if s.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", s.Done, s.Total)
}

// show says how far a job is, and what it has found.
func (j jobsJob) show(ctx context.Context, r *shared.Register, q *jobs.Queue, id jobs.ID) error {
	s, err := j.watch(ctx, q, id)
	if err != nil {
		return err
	}
	found, err := findings(ctx, q, s)
	switch {
	case err != nil:
		return err
	case j.file != "" && s.State == jobs.Done:
		err = j.write(found)
	case j.json:
		err = j.c.json(jobData{s, found})
	default:
		err = j.tell(ctx, r, q, s)
	}
	if err == nil && s.State == jobs.Failed {
		err = errFindings
	}
	return err
}

// write writes the file that an export has found.
func (j jobsJob) write(found json.RawMessage) error {
	var f exportFound
	if err := json.Unmarshal(found, &f); err != nil || f.Name == "" {
		return trouble{"this job has found no file", "leave out -o"}
	}
	for _, l := range f.Listed {
		fmt.Fprintln(j.c.err, "not written: "+l)
	}
	return replaceFile(j.file, f.Bytes)
}

type jobData struct {
	Job   jobs.Status     `json:"job"`
	Found json.RawMessage `json:"found,omitempty"` // of a sweep that has not ended, what there is by now
}

// watch is how a job stands: now, or with --wait when it has ended.
func (j jobsJob) watch(ctx context.Context, q *jobs.Queue, id jobs.ID) (jobs.Status, error) {
	if !j.wait {
		return q.Status(ctx, id)
	}
	show := j.c.working("Waiting for a worker")
	defer show.end()
	return q.Watch(ctx, id, func(s jobs.Status) {
		show.says(s.Says)
		show.far(s.Done, s.Total)
	})
}

// findings are what there is of the result.
func findings(ctx context.Context, q *jobs.Queue, s jobs.Status) (json.RawMessage, error) {
	switch {
	case s.State == jobs.Done:
		return q.Result(ctx, s.ID)
	case s.Kind != planning.Sweep:
		return nil, nil
	}
	about, err := planning.Asked(s.Key)
	if err != nil {
		return nil, err
	}
	ms, err := about.Found(ctx, q, s.Parts)
	if err != nil {
		return nil, err
	}
	return json.Marshal(ms)
}

// tell writes how a job stands, and what it has found where that is a table.
func (j jobsJob) tell(ctx context.Context, r *shared.Register, q *jobs.Queue, s jobs.Status) error {
	says := fmt.Sprintf("The %s is %s", s.Kind, s.State)
	if s.Total > 0 && !s.State.Ended() {
		says += ", " + far(s)
	}
	if s.Says != "" {
		says += ": " + s.Says
	}
	j.c.para(says+".", "", report.Strong)
	facts := []report.Fact{{Name: "Job", Value: string(s.ID)}, {Name: "For", Value: s.For}, {Name: "Queued", Value: stampOf(s.Queued)}}
	if s.Worker != "" {
		facts = append(facts, report.Fact{Name: "Worker", Value: s.Worker})
	}
	j.c.facts(facts)
	if s.Kind == planning.Sweep {
		if err := j.ranking(ctx, r, q, s); err != nil {
			return err
		}
	}
	this := fmt.Sprintf("entente jobs --db %s %s", quoted(j.lens.db), s.ID)
	switch {
	case s.State == jobs.Failed || s.State == jobs.Cancelled:
		j.c.next(step{this + " --retry", "have it done again"})
	case s.State == jobs.Done:
		j.c.next(step{this + " --format json", "all that it found"})
	default:
		j.c.next(step{this + " --wait", "what it finds"}, step{"entente worker --db " + quoted(j.lens.db), "do it here, if no worker runs"})
	}
	return nil
}

// ranking draws what a sweep has found by now.
func (j jobsJob) ranking(ctx context.Context, r *shared.Register, q *jobs.Queue, s jobs.Status) error {
	about, err := planning.Asked(s.Key)
	if err != nil {
		return err
	}
	ms, err := about.Found(ctx, q, s.Parts)
	if err != nil {
		return err
	}
	base, err := about.Base(ctx, q)
	if errors.Is(err, jobs.ErrUnfinished) || errors.Is(err, jobs.ErrAbsent) {
		return nil // nobody has planned as things are yet, or that was thrown away
	}
	if err != nil {
		return err
	}
	tree, _, err := r.Tree(ctx, register.Known{Size: about.Size})
	if err != nil {
		return err
	}
	j.c.table(report.Ranking(tree.View(about.At()), base, ms))
	return nil
}
