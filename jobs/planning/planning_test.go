package planning_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/bench/world"
	"entente/desk"
	"entente/jobs"
	"entente/jobs/planning"
	"entente/ledger"
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

// office is a desk, a register of an invented world, and those who work there.
type office struct {
	*testing.T
	tree   *register.Tree
	view   *register.View
	solver lp.Solver
	queue  *jobs.Queue
	o      plan.Options
}

const size = 42

// solver is compiled once.
var solver = sync.OnceValues(func() (lp.Solver, error) {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	return simplex.New(s), err
})

func open(t *testing.T, s world.Size) *office {
	t.Helper()
	solver, err := solver()
	if err != nil {
		t.Fatal(err)
	}
	q, err := jobs.Open(&desk.Memory{}, nil, jobs.Options{Clock: time.Now, Look: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	tree := register.NewTree(world.Settings(s), world.Generate(s, 1)...)
	v := tree.View(register.At{On: world.AsOf.Last(), Reader: access.Keeper})
	o := plan.Options{Start: world.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Gap: 0.001}
	return &office{t, tree, v, solver, q, o}
}

// known opens the tree as a shared register would.
func (f *office) known(context.Context, register.Known) (*register.Tree, ledger.Seq, error) {
	return f.tree, size, nil
}

func (f *office) hire(workers int) {
	ctx, stop := context.WithCancel(f.Context())
	ended := make(chan error, workers)
	for i := range workers {
		w := jobs.Worker{Name: fmt.Sprint("worker ", i), Duties: planning.NewPlanner(f.known, f.solver).Duties()}
		go func() { ended <- f.queue.Work(ctx, w) }()
	}
	f.Cleanup(func() {
		stop()
		for range workers {
			<-ended
		}
	})
}

func (f *office) submit(j jobs.Job) jobs.ID {
	f.Helper()
	id, err := f.queue.Submit(f.Context(), j)
	if err != nil {
		f.Fatal(err)
	}
	return id
}

func (f *office) done(j jobs.Job) string {
	f.Helper()
	id := f.submit(j)
	if s, err := f.queue.Wait(f.Context(), id); err != nil || s.State != jobs.Done {
		f.Fatalf("the job is %s: %s, %v", s.State, s.Says, err)
	}
	text, err := f.queue.Result(f.Context(), id)
	if err != nil {
		f.Fatal(err)
	}
	return string(text)
}

// The result of a sweep is what one process finds by itself, whoever did what.
func TestSweep(t *testing.T) {
	f := open(t, world.Quarter)
	alone, err := whatif.Marginals(t.Context(), f.view, nil, f.solver, f.o, nil)
	if err != nil || len(alone) < 5 {
		t.Fatalf("%d parties, %v", len(alone), err)
	}
	want, err := json.Marshal(alone)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 3} {
		f := open(t, world.Quarter)
		f.hire(workers)
		if got := f.done(planning.Ask(f.view, size, f.o).Sweep()); got != string(want) {
			t.Errorf("%d workers find\n%s\nwant\n%s", workers, got, want)
		}
	}
}

// What has been found so far is there before all is.
func TestFound(t *testing.T) {
	f := open(t, world.Quarter)
	f.hire(1)
	ask := planning.Ask(f.view, size, f.o)
	id := f.submit(ask.Sweep())
	for {
		s, err := f.queue.Status(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		found, err := ask.Found(t.Context(), f.queue, s.Parts)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) < s.Done-1 { // one part is the plan as things are
			t.Errorf("%d of %d are done, and %d are there", s.Done, s.Total, len(found))
		}
		if s.State.Ended() {
			if len(found) != len(s.Parts)-1 || s.State != jobs.Done {
				t.Errorf("it is %s, and of %d parts %d are there", s.State, len(s.Parts), len(found))
			}
			return
		}
	}
}

func TestPlanAndScenario(t *testing.T) {
	f := open(t, world.Quarter)
	leaves := whatif.Withdraw(whatif.Givers(f.view)[0], record.Day{})
	leaves.Kind = record.KindScenario
	f.tree = register.NewTree(f.tree.Settings, append(f.tree.Records, leaves)...)
	f.view = f.tree.View(f.view.At())
	f.hire(1)
	ask := planning.Ask(f.view, size, f.o)

	made, err := plan.Make(t.Context(), f.view, f.solver, f.o)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(made)
	if diff := cmp.Diff(string(want), f.done(ask.Plan())); diff != "" {
		t.Errorf("another plan: %s", diff)
	}
	var c whatif.Comparison
	if err := json.Unmarshal([]byte(f.done(ask.Compare(record.ScenarioID(leaves.ID)))), &c); err != nil || c.Scenario != leaves.ID || c.Base.Objective != made.Objective {
		t.Errorf("compared %s with %v, %v", c.Scenario, c.Base, err)
	}
}

func TestRefusals(t *testing.T) {
	f := open(t, world.Quarter)
	f.hire(1)
	ask := planning.Ask(f.view, size, f.o)
	other, unknown := ask, ask
	other.View = "another"
	unknown.Options.Rung = "dreamt of"
	for what, c := range map[string]struct {
		job  jobs.Job
		says string
	}{
		"another register": {other.Plan(), "the register is not the one that was asked about"},
		"no such scenario": {ask.Compare("none"), "there is no scenario none that keeper may see"},
		"no such rung":     {unknown.Plan(), `"dreamt of" is no rung`},
		"not a question":   {jobs.Job{Kind: planning.Plan, Key: "a", Args: []byte("[]")}, "the question cannot be read"},
	} {
		s, err := f.queue.Wait(t.Context(), f.submit(c.job))
		if err != nil || s.State != jobs.Failed || s.Turns != 1 || !strings.Contains(s.Says, c.says) {
			t.Errorf("%s: it is %s after %d turns: %s, %v", what, s.State, s.Turns, s.Says, err)
		}
	}
}

// Whatever options there are, they reach the worker, and another option is
// another question.
func TestOptionsAreWhole(t *testing.T) {
	f := open(t, world.Quarter)
	seen := map[string]string{}
	set := func(field string, o plan.Options) {
		j := planning.Ask(f.view, size, o).Plan()
		if old, ok := seen[j.Key]; ok {
			t.Errorf("with another %s it is the question of %s", field, old)
		}
		seen[j.Key] = field
		var q planning.Question
		if err := json.Unmarshal(j.Args, &q); err != nil {
			t.Fatal(err)
		}
		got := q.Options.Options
		got.Rung, _ = record.ParseRung(q.Options.Rung)
		if diff := cmp.Diff(o, got); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
	set("nothing", f.o)
	typ := reflect.TypeFor[plan.Options]()
	for i := range typ.NumField() {
		if typ.Field(i).Name == "Progress" {
			continue
		}
		o := f.o
		switch x := reflect.ValueOf(&o).Elem().Field(i); x.Kind() {
		case reflect.Bool:
			x.SetBool(!x.Bool())
		case reflect.Float64:
			x.SetFloat(x.Float() + 0.0625)
		case reflect.Uint8:
			x.SetUint(x.Uint() + 1)
		default:
			x.SetInt(x.Int() + 1)
		}
		set(typ.Field(i).Name, o)
	}
	eyes := planning.Ask(f.tree.View(register.At{On: f.view.At().On, Reader: access.Public}), size, f.o).Plan()
	if eyes.ID() == planning.Ask(f.view, size, f.o).Plan().ID() || eyes.For != "public" {
		t.Error("two readers share a job")
	}
}

// A sweep that is cancelled, whenever that is, leaves nothing in a worker that
// would spoil the next.
func TestCancelSpoilsNothing(t *testing.T) {
	f := open(t, world.Quarter)
	f.hire(2)
	job := planning.Ask(f.view, size, f.o).Sweep()
	for wait := 5 * time.Millisecond; wait < time.Second; wait *= 3 {
		id := f.submit(job)
		time.Sleep(wait)
		if err := f.queue.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if found := f.done(job); strings.Count(found, `"party"`) != len(whatif.Givers(f.view)) {
		t.Errorf("found in the end is %s", found)
	}
}
