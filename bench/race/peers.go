package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// peer is another solver, run as a process of its own on a programme in a file.
type peer struct {
	name    string
	command func(file string, limit time.Duration) []string
	value   *regexp.Regexp // of the least of what is negated, as lp.WriteMPS states it
	missing string         // how to get it
}

//go:embed highs.py
var highsScript string

func peers(o options) []peer {
	highs := func(solver string) func(string, time.Duration) []string {
		return func(file string, limit time.Duration) []string {
			return []string{o.python, "-c", highsScript, solver, fmt.Sprint(limit.Seconds()), file}
		}
	}
	optimum := regexp.MustCompile(`(?m)^optimum (\S+)$`)
	getHighs := "pip install highspy, and name that Python with -python"
	return []peer{
		{"HiGHS native, interior point", highs("ipm"), optimum, getHighs},
		{"HiGHS native, as it comes", highs("choose"), optimum, getHighs},
		{"CLP, dual simplex", func(file string, limit time.Duration) []string {
			return []string{"clp", file, "-seconds", fmt.Sprint(int(limit.Seconds())), "-dualsimplex", "-quit"}
		}, regexp.MustCompile(`(?m)^Optimal objective (\S+) `), "install coinor-clp"},
		{"GLPK", func(file string, limit time.Duration) []string {
			return []string{"glpsol", "--freemps", file, "--tmlim", fmt.Sprint(int(limit.Seconds())), "-o", "/dev/stdout"}
		}, regexp.MustCompile(`(?m)^Status:\s+OPTIMAL\nObjective:\s+COST = (\S+) `), "install glpk-utils"},
	}
}

// run measures a peer. The note says why there is no value.
func (p peer) run(ctx context.Context, file string, limit time.Duration) (taken, float64, string) {
	ctx, cancel := context.WithTimeout(ctx, limit+10*time.Second)
	defer cancel()
	args := p.command(file, limit)
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	began := time.Now()
	err := c.Start()
	var memory func() int64
	if err == nil {
		memory = watch(c.Process.Pid)
		err = c.Wait()
	}
	took := taken{wall: time.Since(began)}
	if c.ProcessState != nil {
		took.cpu, took.memory = c.ProcessState.UserTime()+c.ProcessState.SystemTime(), memory()
	}
	switch {
	case errors.Is(err, exec.ErrNotFound) || strings.Contains(out.String(), "No module named"):
		return taken{}, 0, "not here: " + p.missing
	case ctx.Err() != nil:
		return took, 0, "no answer in time"
	}
	found := p.value.FindStringSubmatch(out.String())
	if found == nil {
		return took, 0, "no optimum"
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err != nil || math.IsNaN(v) {
		return took, 0, "no optimum"
	}
	return took, -v, ""
}

// watch looks at the memory of a process until it is asked how much that was at
// most. What the system tells of an ended process counts the one that began it.
func watch(pid int) func() int64 {
	most, stop, done := int64(0), make(chan struct{}), make(chan struct{})
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	go func() {
		defer close(done)
		for {
			if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
				if found := peak.FindSubmatch(data); found != nil {
					kB, _ := strconv.ParseInt(string(found[1]), 10, 64)
					most = max(most, kB<<10)
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-done
		return most
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
