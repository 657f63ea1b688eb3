package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/jobs"
	"entente/jobs/planning"
	"entente/jobs/river"
	"entente/shared"
)

func workerCommand(c *console) *cobra.Command {
	j := workerJob{c: c}
	cmd := &cobra.Command{
		Use:   "worker --db FILE",
		Short: "Do the jobs of a shared register: plans, what-if sweeps, imports, exports",
		Long: `Takes what was asked for with entente jobs, and does it, until it is told to stop.
Any number of workers share the work; on PostgreSQL they may be on other machines.
A worker that is stopped hands back what it has begun, and of one that dies others
take over what it had.`,
		Example: `  entente worker --db entente.db
  entente worker --db postgres://entente@db.example.org/entente --slots 4
  entente worker --db postgres://entente@db.example.org/entente --jobs withdrawals`,
		Args: noWords,
	}
	f := cmd.Flags()
	f.StringVar(&j.db, "db", "", dbUsage)
	f.IntVar(&j.slots, "slots", max(1, runtime.GOMAXPROCS(0)/2), "`N`, how many jobs at a time; a plan keeps about two processors busy")
	f.StringSliceVar(&j.only, "jobs", nil, "only these `KINDS` of jobs, as plan,scenario (default: all)")
	f.StringVar(&j.name, "name", "", "the `NAME` of this worker in lists (default: the machine's, and a number)")
	f.BoolVar(&j.json, "log-json", false, "log as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return j.run(cmd.Context()) }
	return cmd
}

type workerJob struct {
	c     *console
	db    string
	slots int
	only  []string
	name  string
	json  bool
}

func (j workerJob) run(ctx context.Context) error {
	if j.slots < 1 || j.slots > 256 {
		return trouble{fmt.Sprintf("--slots %d is no number of jobs", j.slots), "write a number from 1 to 256"}
	}
	r, err := openRegister(ctx, j.db)
	if err != nil {
		return err
	}
	defer r.Close()
	s, err := j.c.solver()
	if err != nil {
		return err
	}
	duties, err := j.choose(append(planning.NewPlanner(r.Tree, s).Duties(), exportDuty(r, s), importDuty(j.c, r)))
	if err != nil {
		return err
	}
	log := j.log()
	q, leave, err := openJobs(ctx, r, j.db, log)
	if err != nil {
		return err
	}
	defer leave()
	w := jobs.Worker{Name: j.named(), Slots: j.slots, Duties: duties, Log: log}
	log.Info("worker begins", "name", w.Name, "slots", w.Slots)
	if err := q.Work(ctx, w); err != nil {
		return trouble{"the worker stopped: " + err.Error(), "start it again when the database can be reached"}
	}
	log.Info("worker ends", "name", w.Name)
	return nil
}

// choose keeps the duties that --jobs names.
func (j workerJob) choose(all []jobs.Duty) (duties []jobs.Duty, err error) {
	if len(j.only) == 0 {
		return all, nil
	}
	for _, kind := range j.only {
		i := slices.IndexFunc(all, func(d jobs.Duty) bool { return string(d.Kind) == kind })
		if i < 0 {
			var kinds []string
			for _, d := range all {
				kinds = append(kinds, string(d.Kind))
			}
			return nil, trouble{fmt.Sprintf("--jobs: there is no kind of job %q", kind), "write some of " + strings.Join(kinds, ", ")}
		}
		duties = append(duties, all[i])
	}
	return duties, nil
}

func (j workerJob) log() *slog.Logger {
	if j.json {
		return slog.New(slog.NewJSONHandler(j.c.err, nil))
	}
	return slog.New(slog.NewTextHandler(j.c.err, nil))
}

func (j workerJob) named() string {
	if j.name != "" {
		return j.name
	}
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// openJobs opens the jobs of a register. On PostgreSQL, River brings workers
// word of them; otherwise workers look.
func openJobs(ctx context.Context, r *shared.Register, db string, log *slog.Logger) (*jobs.Queue, func(), error) {
	o := jobs.Options{Clock: time.Now}
	if !isPostgres(db) {
		q, err := jobs.Open(r.Desk, nil, o)
		return q, func() {}, err
	}
	post, err := river.Open(ctx, db, log)
	if err != nil {
		return nil, nil, trouble{"the jobs cannot be opened: " + err.Error(), "check that the role may create tables"}
	}
	q, err := jobs.Open(r.Desk, post, o)
	if err != nil {
		post.Close()
		return nil, nil, err
	}
	return q, post.Close, nil
}

// jobTrouble is what a person can do about an error of a job.
func jobTrouble(err error, db string) error {
	switch {
	case errors.Is(err, jobs.ErrAbsent):
		return trouble{"there is no such job", "see entente jobs --db " + quoted(db)}
	case errors.Is(err, jobs.ErrFull):
		return trouble{"too many jobs wait already", "start another worker, or wait"}
	}
	return err
}
