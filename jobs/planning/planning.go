// Package planning has plans, comparisons and sweeps of withdrawals made as jobs.
//
// A Question names all that an answer depends on: the register at a size of its
// ledger, the day, the reader, the options. Its text is the job's key and its
// arguments at once, so that the same question is one job, and an answer that is
// there is not made again. A worker opens the register itself and refuses to
// answer when what it sees is not what was asked about.
//
// A sweep is a job in parts: the plan as things are and the withdrawals, each by
// whoever has time, and then the ranking, which is the same whoever did what.
// Answers are the JSON of plan.Plan, whatif.Comparison and a list of
// whatif.Marginal.
package planning

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"entente/access"
	"entente/jobs"
	"entente/ledger"
	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

// Kinds of jobs.
const (
	Plan        jobs.Kind = "plan"
	Scenario    jobs.Kind = "scenario"
	Sweep       jobs.Kind = "sweep"
	Withdrawals jobs.Kind = "withdrawals" // parts of a sweep
)

// Question is what an answer depends on.
type Question struct {
	Size     ledger.Seq        `json:"size"` // of the ledger
	View     string            `json:"view"` // the hash of every record in it
	Settings string            `json:"settings"`
	On       record.Date       `json:"on"`
	Reader   access.Reader     `json:"reader"`
	Options  options           `json:"options"`
	Scenario record.ScenarioID `json:"scenario,omitempty"`
	Parties  []record.PartyID  `json:"parties,omitempty"` // of withdrawals
}

// options are plan.Options as text: a rung by its name, and nobody to tell.
type options struct {
	plan.Options
	Rung     string
	Progress *struct{} `json:",omitempty"`
}

// Ask asks about a view of the register at a size of its ledger.
func Ask(v *register.View, size ledger.Seq, o plan.Options) Question {
	return Question{
		Size: size, View: v.Head(), Settings: settingsHash(v.Settings()),
		On: v.At().On, Reader: v.At().Reader, Options: options{Options: o, Rung: o.Rung.String()},
	}
}

func settingsHash(s record.Settings) string {
	sum := sha256.Sum256(text(s))
	return hex.EncodeToString(sum[:8])
}

// Plan is the job whose result is the plan.
func (q Question) Plan() jobs.Job { return q.job(Plan, jobs.Awaited) }

// Compare is the job whose result is what a scenario of the register changes.
func (q Question) Compare(id record.ScenarioID) jobs.Job {
	q.Scenario = id
	return q.job(Scenario, jobs.Awaited)
}

// Sweep is the job whose result is what the plan would lose without each party,
// the dearest first.
func (q Question) Sweep() jobs.Job { return q.job(Sweep, jobs.Awaited) }

// base is the job of the plan that a sweep compares with.
func (q Question) base() jobs.Job {
	q.Options.Brief, q.Options.Prices, q.Options.Relax = true, 0, false
	q.Parties, q.Scenario = nil, ""
	return q.job(Plan, jobs.Awaited)
}

// withdrawals are the parts of a sweep, of about as many parties each.
func (q Question) withdrawals(parties []record.PartyID) []jobs.Job {
	var parts []jobs.Job
	n := min(partsMax, len(parties))
	for i := range n {
		q.Parties = parties[i*len(parties)/n : (i+1)*len(parties)/n]
		parts = append(parts, q.job(Withdrawals, jobs.Bulk))
	}
	return parts
}

// partsMax is so many that two workers end at about the same time and little is
// done again when one dies, and so few that keeping account of them costs
// nothing.
const partsMax = 64

func (q Question) job(k jobs.Kind, l jobs.Lane) jobs.Job {
	args := text(q)
	return jobs.Job{Kind: k, Key: string(args), For: q.Reader.String(), Args: args, Lane: l}
}

func text(v any) []byte {
	t, err := json.Marshal(v)
	if err != nil {
		panic("planning: a value without a text: " + err.Error())
	}
	return t
}

// At is the view that the question is about.
func (q Question) At() register.At { return register.At{On: q.On, Reader: q.Reader} }

// Asked is the question of a job of this room, by its key.
func Asked(key string) (q Question, err error) {
	if err := json.Unmarshal([]byte(key), &q); err != nil {
		return q, fmt.Errorf("planning: the question cannot be read: %w", err)
	}
	return q, nil
}

// parse is the inverse of Question.job.
func parse(j jobs.Job) (Question, plan.Options, error) {
	q, err := Asked(string(j.Args))
	if err != nil {
		return q, plan.Options{}, jobs.Permanent(err)
	}
	o := q.Options.Options
	var known bool
	if o.Rung, known = record.ParseRung(q.Options.Rung); !known {
		return q, o, jobs.Permanent(fmt.Errorf("planning: %q is no rung; ask with the version of entente that the workers have", q.Options.Rung))
	}
	return q, o, nil
}

// Planner does the jobs of this room.
type Planner struct {
	tree   func(context.Context, register.Known) (*register.Tree, ledger.Seq, error)
	solver lp.Solver
	views  shelf[*register.View]
	sweeps shelf[*whatif.Sweep]
}

// NewPlanner plans for the register that tree opens.
func NewPlanner(tree func(context.Context, register.Known) (*register.Tree, ledger.Seq, error), s lp.Solver) *Planner {
	return &Planner{tree: tree, solver: s}
}

// Duties lists what a planner does.
func (p *Planner) Duties() []jobs.Duty {
	return []jobs.Duty{
		{Kind: Plan, Do: p.plan},
		{Kind: Scenario, Do: p.compare},
		{Kind: Sweep, Do: p.sweep},
		{Kind: Withdrawals, Do: p.withdraw},
	}
}

// open reads a question and opens the view that it is about.
func (p *Planner) open(ctx context.Context, t *jobs.Task) (Question, *register.View, plan.Options, error) {
	q, o, err := parse(t.Job)
	if err != nil {
		return q, nil, o, err
	}
	about := fmt.Sprintf("%d %s %s %d %s", q.Size, q.View, q.Settings, q.On, text(q.Reader))
	v, err := p.views.get(about, func() (*register.View, error) {
		t.Says("reading the register")
		tree, size, err := p.tree(ctx, register.Known{Size: q.Size})
		if err != nil {
			return nil, err
		}
		v := tree.View(q.At())
		if size != q.Size || v.Head() != q.View || settingsHash(v.Settings()) != q.Settings {
			return nil, jobs.Permanent(errOther)
		}
		return v, nil
	})
	return q, v, o, err
}

var errOther = errors.New("planning: the register is not the one that was asked about: it is another, or its settings or policies have changed since; ask again")

// plan makes a plan.
func (p *Planner) plan(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
	_, v, o, err := p.open(ctx, t)
	if err != nil {
		return jobs.Outcome{}, err
	}
	o.Progress = t.Says
	made, err := plan.Make(ctx, v, p.solver, o)
	return answer(ctx, made, err)
}

// compare compares with what a scenario would change.
func (p *Planner) compare(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
	q, v, o, err := p.open(ctx, t)
	if err != nil {
		return jobs.Outcome{}, err
	}
	s, ok := v.Scenario(q.Scenario)
	if !ok {
		return jobs.Outcome{}, jobs.Permanent(fmt.Errorf("planning: there is no scenario %s that %s may see", q.Scenario, q.Reader))
	}
	o.Progress = t.Says
	c, err := whatif.Compare(ctx, v, s, nil, p.solver, o)
	return answer(ctx, c, err)
}

// sweep asks for the plan as things are and for the withdrawals, and then ranks
// what they found.
func (p *Planner) sweep(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
	q, v, _, err := p.open(ctx, t)
	if err != nil {
		return jobs.Outcome{}, err
	}
	if t.Parts == nil {
		t.Says("planning without each party")
		return jobs.Outcome{Parts: append([]jobs.Job{q.base()}, q.withdrawals(whatif.Givers(v))...)}, nil
	}
	found, err := q.Found(ctx, t, t.Parts)
	return answer(ctx, found, err)
}

// withdraw withdraws some parties, each alone. What is needed and what it is
// worth does not depend on the plan as things are, so nobody waits for that.
func (p *Planner) withdraw(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
	q, v, o, err := p.open(ctx, t)
	if err != nil {
		return jobs.Outcome{}, err
	}
	s, err := p.sweeps.get(string(q.BaseID()), func() (*whatif.Sweep, error) {
		idle, err := plan.Idle(v, o)
		return whatif.NewSweep(v, idle, p.solver, o), err
	})
	if err != nil {
		return jobs.Outcome{}, jobs.Permanent(err)
	}
	found := []whatif.Marginal{}
	for i, party := range q.Parties {
		t.Says("planning without " + v.Name(record.Key{Kind: record.KindParty, ID: string(party)}))
		t.Progress(i, len(q.Parties))
		m, err := s.Without(ctx, party)
		if err != nil {
			return answer(ctx, nil, err)
		}
		found = append(found, m)
	}
	return answer(ctx, found, nil)
}

// Results is where answers are: a jobs.Queue, or a job in work.
type Results interface {
	Result(ctx context.Context, id jobs.ID) ([]byte, error)
}

func result(ctx context.Context, r Results, id jobs.ID, into any) error {
	text, err := r.Result(ctx, id)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return jobs.Permanent(fmt.Errorf("planning: the result of job %s cannot be read: %w", id, err))
	}
	return nil
}

// BaseID names the job of the plan that a sweep compares with.
func (q Question) BaseID() jobs.ID { return q.base().ID() }

// Base is the plan that a sweep compares with; ErrUnfinished while nobody has made
// it.
func (q Question) Base(ctx context.Context, r Results) (*plan.Plan, error) {
	var base plan.Plan
	err := result(ctx, r, q.BaseID(), &base)
	return &base, err
}

// Found is what the parts of a sweep have found so far, the dearest first: those
// that have not ended are passed over, and so is the plan as things are.
func (q Question) Found(ctx context.Context, r Results, parts []jobs.ID) ([]whatif.Marginal, error) {
	all := []whatif.Marginal{}
	base := q.BaseID()
	for _, id := range parts {
		if id == base {
			continue
		}
		var some []whatif.Marginal
		err := result(ctx, r, id, &some)
		switch {
		case errors.Is(err, jobs.ErrUnfinished):
			continue
		case err != nil:
			return nil, err
		}
		all = append(all, some...)
	}
	whatif.Rank(all)
	return all, nil
}

// answer is an outcome; an error that would be the same the next time ends the
// job.
func answer(ctx context.Context, value any, err error) (jobs.Outcome, error) {
	var impossible *whatif.Error
	switch {
	case err == nil:
		return jobs.Outcome{Result: text(value)}, nil
	case ctx.Err() == nil && (errors.Is(err, plan.ErrStopped) || errors.Is(err, plan.ErrUnsound) || errors.As(err, &impossible)):
		err = jobs.Permanent(err)
	}
	return jobs.Outcome{}, err
}
