//go:build unix

package bench

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// tracker is a real table of 2,280 rows and 53 columns, when it is beside the
// project.
const tracker = "../../shared/data/kiel-ust-r14-2023/World Wide Aid.csv"

// python is the one that Debian's python3-pandas and python3-openpyxl are for.
const python = "/usr/bin/python3"

// BenchmarkImport runs the whole of `entente import kiel`, from a file to checked
// records, beside pandas that only reads the same file: `go test ./bench -run ^$
// -bench Import -benchtime 3x`. The ratios are theirs to ours: above 1 we are
// faster, or need less memory.
func BenchmarkImport(b *testing.B) {
	if err := exec.Command(python, "-c", "import pandas, openpyxl").Run(); err != nil {
		b.Skip("pandas and openpyxl are not there (Debian: python3-pandas, python3-openpyxl)")
	}
	dir := b.TempDir()
	entente := filepath.Join(dir, "entente")
	if out, err := exec.Command("go", "build", "-o", entente, "../cmd/entente").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	rows := trackerRows(b)
	for _, times := range []int{1, 5} {
		name := filepath.Join(dir, strconv.Itoa(times))
		writeTables(b, name, rows, times)
		for _, form := range []struct{ ext, reader string }{{".xlsx", "read_excel"}, {".csv", "read_csv"}} {
			b.Run(fmt.Sprintf("%s/%d", form.ext[1:], times*(len(rows)-1)), func(b *testing.B) {
				var ours, theirs cost
				for range b.N {
					ours.add(measure(b, entente, "import", "kiel", name+form.ext, "--db", filepath.Join(dir, "none.db"), "--dry-run", "--format", "json"))
					theirs.add(measure(b, python, "-c", "import pandas, sys; pandas."+form.reader+"(sys.argv[1])", name+form.ext))
				}
				n := float64(b.N)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(ours.cpu.Seconds()/n, "ours-cpu-s")
				b.ReportMetric(theirs.cpu.Seconds()/n, "pandas-cpu-s")
				b.ReportMetric(theirs.cpu.Seconds()/ours.cpu.Seconds(), "times-faster")
				b.ReportMetric(ours.kb/1024, "ours-MB")
				b.ReportMetric(theirs.kb/1024, "pandas-MB")
				b.ReportMetric(theirs.kb/ours.kb, "times-smaller")
			})
		}
	}
}

// cost is what processes took: processor time in all, which a busy machine does
// not change much, and the most memory that one held.
type cost struct {
	cpu time.Duration
	kb  float64
}

func (c *cost) add(o cost) { c.cpu, c.kb = c.cpu+o.cpu, max(c.kb, o.kb) }

func measure(b *testing.B, name string, args ...string) cost {
	b.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", name, err, stderr.Bytes())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(usage.Maxrss)}
}

func trackerRows(b *testing.B) [][]string {
	b.Helper()
	text, err := os.ReadFile(tracker)
	if err != nil {
		b.Skipf("the table is not beside the project: %v", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")))).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// writeTables writes the table some times over, each time with ids of its own.
func writeTables(b *testing.B, name string, rows [][]string, times int) {
	b.Helper()
	all := [][]string{rows[0]}
	for i := range times {
		for _, r := range rows[1:] {
			again := append([]string{}, r...)
			if i > 0 && r[0] != "" {
				again[0] += "-" + strconv.Itoa(i)
			}
			all = append(all, again)
		}
	}
	f, err := os.Create(name + ".csv")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(all); err != nil {
		b.Fatal(err)
	}
	x := excelize.NewFile()
	w, err := x.NewStreamWriter("Sheet1")
	for i := 0; i < len(all) && err == nil; i++ {
		cells := make([]any, len(all[i]))
		for j, c := range all[i] {
			if c != "" {
				cells[j] = c
			}
		}
		err = w.SetRow("A"+strconv.Itoa(i+1), cells)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = x.SaveAs(name + ".xlsx")
	}
	if err != nil {
		b.Fatal(err)
	}
}
