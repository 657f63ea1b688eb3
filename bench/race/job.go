package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"entente/access"
	"entente/bench/textbook"
	"entente/bench/world"
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// runJob is the word by which a race starts itself as a runner.
const runJob = "job"

// job is what a process of the house's own does, told as its one argument.
type job struct {
	Do     string // plan, embedded or departures
	Size   world.Size
	File   string // of the records
	As     string // embedded: the programme
	Gap    float64
	Limit  time.Duration
	Cores  int
	Seed   uint64
	Orders int
	Prices int // to prove
}

// report is its answer, as the last line that it prints.
type report struct {
	Stages []stage
	Value  float64
	Bound  float64
	Found  bool
	Prices int // that were proved
	Note   string
}

type stage struct {
	Name      string
	Wall, CPU time.Duration
	Note      string `json:",omitempty"`
}

// newSolver is what plans are made with.
func newSolver() (lp.Solver, error) {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-race")})
	return simplex.New(s), err
}

// warm lets the solver compile itself, as it is from the second run on.
func warm(ctx context.Context) error {
	s, err := newSolver()
	if err == nil {
		_, err = lp.Solve(ctx, s, &lp.Model{}, lp.Options{})
	}
	return err
}

func (j job) run(ctx context.Context, w io.Writer, text string) error {
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	runtime.GOMAXPROCS(j.Cores)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // and of memory, as the program has it
		debug.SetMemoryLimit(2 << 30)
	}
	do := map[string]func(context.Context) (*report, error){"plan": j.plan, "embedded": j.embedded, "departures": j.departures}[j.Do]
	if do == nil {
		return fmt.Errorf("there is no job %q", j.Do)
	}
	r, err := do(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(r)
}

// ask runs a job in a process of its own.
func (j job) ask(ctx context.Context, progress bool) (*report, taken, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, taken{}, fmt.Errorf("find this programme: %w", err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		return nil, taken{}, fmt.Errorf("state the job: %w", err)
	}
	out, took, err := process(ctx, []string{self, runJob, string(text)}, j.Limit, nil, progress)
	if err != nil {
		return nil, took, err
	}
	r := new(report)
	if err := json.Unmarshal(lastLine([]byte(out)), r); err != nil {
		return nil, took, fmt.Errorf("read the answer: %w", err)
	}
	return r, took, nil
}

func asked(s record.Settings) plan.Options {
	return plan.Options{Start: s.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99}
}

// records writes those of a world into a file, once.
func records(size world.Size, seed uint64, dir string) (string, error) {
	draw := world.Generate
	if size.Name == posts {
		draw = func(s world.Size, seed uint64) []record.Record {
			return world.Rotation(s.Units, s.Needs, s.Months, seed)
		}
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%d-%d.yaml", size.Name, size.Lots, seed))
	if err := os.WriteFile(file, record.Format(draw(size, seed)...), 0o644); err != nil {
		return "", fmt.Errorf("write the world: %w", err)
	}
	return file, nil
}

// view reads a world from its file.
func view(size world.Size, file string) (*register.View, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the world: %w", err)
	}
	rs, errs := record.Parse(file, text)
	if len(errs) > 0 {
		return nil, fmt.Errorf("read the world: %w", errs[0])
	}
	s := world.Settings(size)
	return register.NewTree(s, rs...).View(register.At{On: s.AsOf.Last(), Reader: access.Keeper}), nil
}

// clock tells stages apart.
type clock struct {
	stages []stage
	at     time.Time
	cpu    time.Duration
	aloud  bool // say of each stage when it ends, for those that wait long for the last
}

func newClock() *clock { return &clock{at: time.Now(), cpu: processTime()} }

// lap ends a stage; a second one of the name is added to the first.
func (c *clock) lap(name, note string) {
	now, cpu := time.Now(), processTime()
	wall, spent := now.Sub(c.at), cpu-c.cpu
	c.at, c.cpu = now, cpu
	for i := range c.stages {
		if s := &c.stages[i]; s.Name == name {
			s.Wall, s.CPU = s.Wall+wall, s.CPU+spent
			return
		}
	}
	c.stages = append(c.stages, stage{name, wall, spent, note})
	if c.aloud {
		fmt.Fprintf(os.Stderr, "%s: %s, %s of the processor; %s\n", name, seconds(wall), seconds(spent), note)
	}
}

// note says what a stage found, where that is known only later.
func (c *clock) note(name, note string) {
	for i := range c.stages {
		if c.stages[i].Name == name {
			c.stages[i].Note = note
		}
	}
}

// processTime is the processor time of this process.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// embedded solves a programme with the solver that is built in, as a peer would.
func (j job) embedded(ctx context.Context) (*report, error) {
	c := newClock()
	v, err := view(j.Size, j.File)
	if err != nil {
		return nil, err
	}
	c.lap("load", "")
	m := statement(j.As, v)
	c.lap("build", "")
	solver, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-race")})
	if err != nil {
		return nil, err
	}
	s, err := lp.Solve(ctx, solver, m, lp.Options{TimeLimit: j.Limit, Gap: j.Gap})
	if err != nil {
		return nil, err
	}
	c.lap("solve", "")
	r := &report{Stages: c.stages, Value: s.Objective, Bound: s.Bound, Found: s.Status == lp.Optimal || m.Integers() > 0 && s.Feasible, Note: s.Status.String()}
	if m.Integers() == 0 {
		r.Bound = r.Value
	}
	return r, nil
}

// cheapest is the textbook's programme with a price on money.
const cheapest = "cheapest"

// priceOfMoney is what a thousand euros cost in V where a programme has to be
// cheap as well: little enough to give up no coverage for, and more than solvers
// overlook.
const priceOfMoney = 1e-5

// statement is one programme of a world.
func statement(as string, v *register.View) *lp.Model {
	o := asked(v.Settings())
	switch as {
	case "full":
		return &textbook.New(v, o).LP
	case "plan":
		return plan.Programme(v, o)
	case "itemised":
		return &textbook.Itemised(v, o).LP
	case cheapest:
		m := textbook.Classical(v, o)
		for _, t := range m.Spent {
			m.LP.SetGain(t.Col, -priceOfMoney)
		}
		return &m.LP
	}
	return &textbook.Classical(v, o).LP
}
