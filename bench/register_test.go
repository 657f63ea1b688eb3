package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"entente/access"
	"entente/bench/world"
	"entente/check"
	"entente/record"
	"entente/register"
)

// twentyThousand writes a register of 20,000 records, a hundred to a file.
func twentyThousand(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	rs := world.Generate(world.L, 1)
	var kept []record.Record
	for _, r := range rs { // what pledges refer to stays; of the pledges, as many as fit
		if r.Key().Kind != record.KindPledge {
			kept = append(kept, r)
		}
	}
	for _, r := range rs {
		if p, ok := r.(*record.Pledge); ok && p.PartOf == "" && len(kept) < 20_000 {
			kept = append(kept, r)
		}
	}
	if len(kept) != 20_000 {
		b.Fatalf("%d records", len(kept))
	}
	for i := 0; i < len(kept); i += 100 {
		text := record.Format(kept[i:min(i+100, len(kept))]...)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.yaml", i)), text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkRegister reads, indexes and checks 20,000 records, each time in a
// process of its own, and beside it lets the YAML library alone read the same
// text. It reports the median-free plain facts: seconds, the ratio to the
// library alone, and the peak of resident memory.
func BenchmarkRegister(b *testing.B) {
	dir := twentyThousand(b)
	var ours, peer time.Duration
	peak := 0
	for b.Loop() {
		begin := time.Now()
		cmd := exec.Command(os.Args[0], "-test.run=^TestReadCheckIndex$")
		cmd.Env = append(os.Environ(), "ENTENTE_BENCH_TREE="+dir, "GOGC=400") // as the program sets it
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		ours += time.Since(begin)
		var kb int
		if _, after, ok := strings.Cut(string(out), "VmHWM:"); ok {
			fmt.Sscan(after, &kb)
		}
		peak = max(peak, kb)
		begin = time.Now()
		yamlAlone(b, dir)
		peer += time.Since(begin)
	}
	n := float64(b.N)
	b.ReportMetric(ours.Seconds()/n, "s/20k-records")
	b.ReportMetric(peer.Seconds()/n, "s/yaml-alone")
	b.ReportMetric(ours.Seconds()/peer.Seconds(), "ratio")
	b.ReportMetric(float64(peak)/1024, "peak-MB")
}

// TestReadCheckIndex is the process that BenchmarkRegister measures.
func TestReadCheckIndex(t *testing.T) {
	dir := os.Getenv("ENTENTE_BENCH_TREE")
	if dir == "" {
		t.Skip("run by BenchmarkRegister")
	}
	tree, errs, err := register.ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs[:min(len(errs), 3)])
	}
	v := tree.View(register.At{On: world.AsOf.First(), Reader: access.Keeper})
	if v.Len() != 20_000 {
		t.Fatalf("%d records", v.Len())
	}
	fmt.Println(len(check.Run(v)), "findings")
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "VmHWM:") {
				fmt.Print(line)
			}
		}
	}
}

// yamlAlone reads every document of the tree into nodes, and does nothing with
// them.
func yamlAlone(b *testing.B, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(data))
		for {
			var n yaml.Node
			if err := dec.Decode(&n); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
