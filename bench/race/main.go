// Command race plans invented worlds, and lets other solvers solve the same
// worlds in the same run: as the textbook states them, and as package plan does.
// It prints a table, draws it, and ends with 1 if the answers differ.
//
//	go run ./bench/race -size S -seed 1 -limit 2m -o bench/out
//
// Peers that are not installed are left out, and said so: HiGHS as highspy in
// the Python that -python names, CLP as clp, GLPK as glpsol.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"entente/bench/textbook"
	"entente/bench/world"
	"entente/lp"
	"entente/plan"
	"entente/record"
)

// options are those of the command line.
type options struct {
	sizes  string
	seed   uint64
	limit  time.Duration
	python string
	out    string
}

func main() {
	var o options
	flag.StringVar(&o.sizes, "size", "Q,S", "sizes of worlds, by their letters")
	flag.Uint64Var(&o.seed, "seed", 1, "what the worlds are drawn from")
	flag.DurationVar(&o.limit, "limit", 2*time.Minute, "how long a peer may take for one programme")
	flag.StringVar(&o.python, "python", "python3", "the Python that has highspy")
	flag.StringVar(&o.out, "o", "bench/out", "folder for the programmes and the drawing")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "race:", err)
		os.Exit(1)
	}
}

// line is one runner's result.
type line struct {
	world, programme, runner string
	took                     taken
	value                    float64
	note                     string // why there is no value
}

// taken is what a run took. Peers are measured from the start of their process
// to its end, reading the programme included.
type taken struct {
	wall, cpu time.Duration
	memory    int64 // bytes at most; 0 is not known
}

func run(ctx context.Context, w io.Writer, o options) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	fmt.Fprintf(w, "%s, %d cores, %s; load %s\n\n", processor(), runtime.NumCPU(), runtime.Version(), load())
	var lines []line
	for name := range strings.SplitSeq(o.sizes, ",") {
		size, ok := world.Named(name)
		if !ok {
			return fmt.Errorf("there is no size %q; write S, M, L or Q", name)
		}
		size.Units = 0 // without whole numbers, so that all have one answer to find
		ls, err := race(ctx, w, size, o)
		if err != nil {
			return err
		}
		lines = append(lines, ls...)
	}
	table(w, lines)
	if err := os.WriteFile(filepath.Join(o.out, "race.svg"), []byte(drawing(lines)), 0o644); err != nil {
		return fmt.Errorf("write drawing: %w", err)
	}
	return agree(lines)
}

// programme is one statement of a world.
type programme struct {
	name  string
	model *lp.Model
}

// textbookLotsMax is the size up to which a world is stated as the textbook does:
// beyond it, every source with a stock of its own at every place takes gigabytes.
const textbookLotsMax = 1000

// race runs everybody on one world.
func race(ctx context.Context, w io.Writer, size world.Size, o options) ([]line, error) {
	settings := world.Settings(size)
	text := record.Format(world.Generate(size, o.seed)...)
	own, err := ours(ctx, w, settings, text)
	if err != nil {
		return nil, err
	}
	v, err := registerOf(settings, text)
	if err != nil {
		return nil, err
	}
	lines := []line{{size.Name, "records to explained plan", "entente", own.took, own.value, ""}}
	po := asked(settings)
	programmes := []programme{{"as plan states it", plan.Programme(v, po)}}
	if size.Lots <= textbookLotsMax {
		programmes = append(programmes, programme{"as the textbook does", &textbook.New(v, po).LP})
	}
	for _, p := range programmes {
		file := filepath.Join(o.out, fmt.Sprintf("%s-%s.mps", size.Name, strings.ReplaceAll(p.name, " ", "-")))
		if err := write(file, p.model); err != nil {
			return nil, err
		}
		fmt.Fprintf(w, "%s %s: %d rows, %d columns, %d terms\n", size.Name, p.name, p.model.Rows(), p.model.Cols(), p.model.NonZeros())
		l := line{world: size.Name, programme: p.name, runner: "HiGHS " + embedded + " in WebAssembly"}
		l.took, l.value, l.note = inside(ctx, p.model, o.limit)
		lines = append(lines, l)
		for _, peer := range peers(o) {
			l := line{world: size.Name, programme: p.name, runner: peer.name}
			l.took, l.value, l.note = peer.run(ctx, file, o.limit)
			lines = append(lines, l)
		}
	}
	fmt.Fprintln(w)
	return lines, nil
}

func write(file string, m *lp.Model) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write programme: %w", err)
	}
	defer f.Close()
	if err := lp.WriteMPS(f, m); err != nil {
		return fmt.Errorf("write programme: %w", err)
	}
	return f.Close()
}

// near is how far apart two optima of one world may be, as a share: what one of
// the solvers calls optimal.
const near = 1e-6

// agree is an error where two runners found different optima of one world.
func agree(lines []line) error {
	first := map[string]line{}
	for _, l := range lines {
		if l.note != "" {
			continue
		}
		f, ok := first[l.world]
		if !ok {
			first[l.world] = l
			continue
		}
		if d := math.Abs(l.value-f.value) / max(1, math.Abs(f.value)); d > near {
			return fmt.Errorf("%s: %s finds %.6f %s, and %s %.6f", l.world, f.runner, f.value, l.programme, l.runner, l.value)
		}
	}
	return nil
}
