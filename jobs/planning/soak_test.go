package planning_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entente/access"
	"entente/bench/world"
	"entente/jobs"
	"entente/jobs/planning"
	"entente/jobs/river"
	"entente/ledger"
	"entente/ledger/pgtest"
	"entente/ledger/postgres"
	"entente/ledger/sqlite"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// fiftySeven is a world in which as many nations give as there are in the group
// that supports Ukraine, without tours, which take long and add nothing here.
var fiftySeven = world.Size{Name: "57", Parties: 57, Places: 6, Resources: 40, Capabilities: 14, Months: 24, Needs: 40, Lots: 900, Programmes: 12, Productions: 8, Funds: 8}

// register57 is a shared register of that world in a database, and its jobs.
type register57 struct {
	testing.TB
	*shared.Register
	name  string
	queue *jobs.Queue
}

// openShared opens a register in an SQLite file, or in PostgreSQL with River.
func openShared(t testing.TB, name string) *register57 {
	t.Helper()
	var s shared.Store
	var post jobs.Post
	var err error
	if strings.HasPrefix(name, "postgres://") {
		s, err = postgres.Open(t.Context(), name)
		if err == nil {
			var p *river.Post
			p, err = river.Open(t.Context(), name, nil)
			t.Cleanup(p.Close)
			post = p
		}
	} else {
		s, err = sqlite.Open(t.Context(), name)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(t.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	q, err := jobs.Open(r.Desk, post, jobs.Options{Clock: time.Now, Lease: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return &register57{t, r, name, q}
}

// fill puts the world into the register, and asks about it.
func (r *register57) fill(s world.Size) planning.Question {
	r.Helper()
	edits, err := r.Toward(r.Context(), register.NewTree(record.Settings{}), 0, world.Generate(s, 1), false)
	if err == nil {
		_, err = r.Apply(r.Context(), "keeper", "fill", edits, nil)
	}
	if err != nil {
		r.Fatal(err)
	}
	tree, size, err := r.Tree(r.Context(), register.Known{})
	if err != nil {
		r.Fatal(err)
	}
	o := plan.Options{Start: world.Start.First().Month(), Months: s.Months, Rung: record.Committed, Discount: 0.99, Gap: 0.001}
	return planning.Ask(tree.View(register.At{On: world.AsOf.Last(), Reader: access.Keeper}), size, o)
}

// process is a worker with a processor of its own, as far as it gets one.
type process struct {
	*exec.Cmd
	done *int          // withdrawals that it says it has done, when it has stopped
	read chan struct{} // closed when it has said all
}

const soakWorker = "ENTENTE_SOAK_WORKER"

// spawn starts a worker, and returns when it works.
func (r *register57) spawn(name string) process {
	r.Helper()
	p := process{exec.Command(os.Args[0], "-test.run=^TestWorkerProcess$"), new(int), make(chan struct{})}
	p.Env = append(os.Environ(), soakWorker+"="+name+" "+r.name, "GOMAXPROCS=1")
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		r.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "begins") {
	}
	go func() {
		defer close(p.read)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "kind=withdrawals") && strings.Contains(lines.Text(), "state=done") {
				*p.done++
			}
		}
	}()
	r.Cleanup(func() { p.stop(syscall.SIGTERM) })
	return p
}

// stop ends the worker, if it has not ended yet.
func (p process) stop(how syscall.Signal) {
	if p.ProcessState != nil {
		return
	}
	_ = p.Process.Signal(how)
	<-p.read
	_ = p.Wait()
}

// used is the processor time that the worker has taken by now.
func (p process) used(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		t.Skip("processor times are read from /proc: ", err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / 100)
}

// TestWorkerProcess is the worker that others start.
func TestWorkerProcess(t *testing.T) {
	name, db, ok := strings.Cut(os.Getenv(soakWorker), " ")
	if !ok {
		t.Skip("a part of TestTwoWorkers")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r := openShared(t, db)
	s, err := solver()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("worker begins")
	w := jobs.Worker{Name: name, Duties: planning.NewPlanner(r.Tree, s).Duties(), Log: slog.New(slog.NewTextHandler(os.Stdout, nil))}
	if err := r.queue.Work(ctx, w); err != nil {
		t.Fatal(err)
	}
}

// sweep has workers sweep, and says how long it took by the clock, and how much
// processor time of each.
func (r *register57) sweep(ask planning.Question, workers []process, meanwhile func(done int)) (found string, took time.Duration, used []time.Duration) {
	r.Helper()
	before := make([]time.Duration, len(workers))
	for i, w := range workers {
		before[i] = w.used(r)
	}
	began := time.Now()
	id, err := r.queue.Submit(r.Context(), ask.Sweep())
	if err != nil {
		r.Fatal(err)
	}
	s, err := r.queue.Watch(r.Context(), id, func(s jobs.Status) { meanwhile(s.Done) })
	if err != nil || s.State != jobs.Done {
		r.Fatalf("the sweep is %s: %s, %v", s.State, s.Says, err)
	}
	took = time.Since(began)
	for i, w := range workers {
		if w.ProcessState == nil {
			used = append(used, w.used(r)-before[i])
		}
	}
	text, err := r.queue.Result(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return string(text), took, used
}

// turns counts how often the parts of a sweep were taken and how often that ended
// badly.
func (r *register57) turns(ask planning.Question) (parts, turns, failures int) {
	r.Helper()
	whole, err := r.queue.Status(r.Context(), ask.Sweep().ID())
	if err != nil {
		r.Fatal(err)
	}
	for _, id := range whole.Parts {
		s, err := r.queue.Status(r.Context(), id)
		if err != nil {
			r.Fatal(err)
		}
		parts, turns, failures = parts+1, turns+s.Turns, failures+s.Failures
	}
	return parts, turns, failures
}

// Two workers, each with a processor of its own, finish a sweep of 57 withdrawals
// in at most 0.6 of the time that one takes. Where processors are shared, how long
// it takes by the clock, and who does how much, is up to others; but work is taken
// as it comes, a withdrawal at a time, so that on processors of their own both
// would work equally long: half of the processor time that they take together.
// And killing one loses nothing: what it had is done again, what it had done is
// kept.
func TestTwoWorkers(t *testing.T) {
	if os.Getenv("ENTENTE_SOAK") == "" {
		t.Skip("takes minutes; ENTENTE_SOAK=1 runs it")
	}
	for _, store := range []struct {
		name string
		open func(t *testing.T, run string) string
	}{
		{"SQLite", func(t *testing.T, run string) string { return filepath.Join(t.TempDir(), run+".db") }},
		{"PostgreSQL with River", func(t *testing.T, run string) string { return pgtest.DSN(t, "soak_"+run) }},
	} {
		t.Run(store.name, func(t *testing.T) {
			r := openShared(t, store.open(t, "one"))
			ask := r.fill(fiftySeven)
			alone, oneTook, used := r.sweep(ask, []process{r.spawn("alone")}, func(int) {})
			if n := strings.Count(alone, `"party"`); n != 57 {
				t.Errorf("%d parties were withdrawn; want 57", n)
			}
			one := used[0]

			r = openShared(t, store.open(t, "two"))
			ask = r.fill(fiftySeven)
			both := []process{r.spawn("a"), r.spawn("b")}
			together, twoTook, used := r.sweep(ask, both, func(int) {})
			for _, w := range both {
				w.stop(syscall.SIGTERM)
			}
			ratio := (used[0] + used[1]).Seconds() / 2 / one.Seconds()
			t.Logf("one worker: %v of processor time, %.1f s by the clock; two: %v and %v for %d and %d withdrawals, %.1f s by the clock; %.2f of the time on processors of their own",
				one, oneTook.Seconds(), used[0], used[1], *both[0].done, *both[1].done, twoTook.Seconds(), ratio)
			if ratio > 0.6 {
				t.Errorf("two workers take %.2f of the time that one takes; want at most 0.6", ratio)
			}
			if min(*both[0].done, *both[1].done) < 57/4 {
				t.Errorf("one did %d withdrawals and the other %d; want about as many each", *both[0].done, *both[1].done)
			}
			if together != alone {
				t.Error("two workers find something else than one")
			}

			r = openShared(t, store.open(t, "kill"))
			r.killOne(r.fill(fiftySeven), alone)
		})
	}
}

// killOne kills one of two workers in the middle of a sweep.
func (r *register57) killOne(ask planning.Question, want string) {
	r.Helper()
	both := []process{r.spawn("c"), r.spawn("d")}
	found, _, _ := r.sweep(ask, both, func(done int) {
		if done > 10 {
			both[0].stop(syscall.SIGKILL)
		}
	})
	parts, turns, failures := r.turns(ask)
	r.Logf("one of two killed: %d parts in %d turns, of which %d ended badly", parts, turns, failures)
	if found != want {
		r.Error("with one worker killed, something else is found")
	}
	if both[0].ProcessState == nil || parts != 58 || turns != parts+failures || failures > 1 {
		r.Errorf("%d parts were taken %d times, and %d turns ended badly; want what the dead one had done once more, and no more", parts, turns, failures)
	}
}
