// Command race plans invented worlds, and lets other solvers work on the same
// worlds in the same run. It prints tables in Markdown, draws them, and ends with
// 1 if the answers contradict each other.
//
//	go run ./bench/race plans -size Q,S          records to explained plan, beside linear solvers
//	go run ./bench/race rotation                 who relieves whom, beside integer solvers
//	go run ./bench/race growth -lots 500,5000    time against the number of lots
//	go run ./bench/race departures -size S       what each party's leaving costs
//
// Everybody is a process of its own, the house too, and is measured alike: from
// the start of the process to its end. Peers get the textbook's statement of the
// world in a file; those that are not installed are left out, and said so.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// options are those of the command line.
type options struct {
	sizes      string
	seed       uint64
	limit      time.Duration
	gap        float64
	statements string
	lots       string
	orders     int
	cores      int
	python     string
	out        string
}

type race struct {
	name string
	run  func(context.Context, io.Writer, options) error
}

var races = []race{{"plans", plans}, {"rotation", rotation}, {"growth", growth}, {"departures", departures}}

func main() {
	args := os.Args[1:]
	if len(args) == 2 && args[0] == runJob {
		exit(job{}.run(context.Background(), os.Stdout, args[1]))
		return
	}
	var o options
	f := flag.NewFlagSet("race", flag.ExitOnError)
	f.StringVar(&o.sizes, "size", "S", "sizes of worlds, by their letters")
	f.Uint64Var(&o.seed, "seed", 1, "what the worlds are drawn from")
	f.DurationVar(&o.limit, "limit", time.Minute, "how long anybody may take for one programme")
	f.Float64Var(&o.gap, "gap", 0, "a proof this near to the optimum is near enough, as a share; 0 is 0.001, of L 0.01, of rotation 0.005")
	f.StringVar(&o.statements, "as", "textbook", "which programmes peers get, of textbook, itemised, cheapest, plan and full")
	f.StringVar(&o.lots, "lots", "500,1000,2000,4000", "sizes of growth")
	f.IntVar(&o.orders, "orders", 32, "orders in which parties come, for Shapley values")
	f.IntVar(&o.cores, "cores", 2, "how many cores the house may use")
	f.StringVar(&o.python, "python", "python3", "the Python that has highspy and ortools")
	f.StringVar(&o.out, "o", "bench/out", "folder for programmes and drawings")
	for _, r := range races {
		if len(args) > 0 && r.name == args[0] {
			_ = f.Parse(args[1:]) // ends the process on a mistake
			exit(start(r, o))
			return
		}
	}
	exit(fmt.Errorf("name a race: plans, rotation, growth or departures"))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "race:", err)
		os.Exit(1)
	}
}

func start(r race, o options) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	ctx := context.Background()
	if err := warm(ctx); err != nil {
		return err
	}
	fmt.Printf("%s: %s, commit %s, %s, %d of %d cores, %s; load %s\n\n", r.name, time.Now().UTC().Format(time.DateOnly), commit(),
		processor(), min(o.cores, runtime.NumCPU()), runtime.NumCPU(), runtime.Version(), load())
	if found := versions(o); len(found) > 0 {
		fmt.Printf("Peers: %s.\n\n", strings.Join(found, ", "))
	}
	err := r.run(ctx, os.Stdout, o)
	fmt.Printf("Load at the end: %s.\n", load())
	return err
}

// commit says what was measured.
func commit() string {
	head, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(head))
	if changes, err := exec.Command("git", "status", "--porcelain").Output(); err != nil || len(changes) > 0 {
		name += " with changes"
	}
	return name
}

// processor and load say on what, and beside what else, a race was run.
func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	if found := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(data); found != nil {
		return string(found[1])
	}
	return "unknown processor"
}

func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(data))[:3], " ")
}
