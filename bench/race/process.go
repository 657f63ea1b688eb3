package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// taken is what a process took, from its start to its end.
type taken struct {
	wall, cpu time.Duration
	memory    int64         // bytes at most
	loaded    time.Duration // when it said that it begins to solve; 0 is never
}

var (
	errAbsent = errors.New("not installed")
	errLate   = errors.New("no answer in time")
)

// process runs a command and measures it. What it says on its standard error
// goes to ours if progress is on.
func process(ctx context.Context, args []string, limit time.Duration, begins *regexp.Regexp, progress bool) (string, taken, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	out := &watched{mark: begins, began: time.Now()}
	c.Stdout, c.Stderr = out, out
	if progress {
		c.Stderr = os.Stderr
	}
	if err := c.Start(); err != nil {
		return "", taken{}, errAbsent
	}
	memory := watch(c.Process.Pid)
	err := c.Wait()
	t := taken{wall: time.Since(out.began), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), memory: memory(), loaded: out.at}
	switch {
	case ctx.Err() != nil:
		return out.said.String(), t, errLate
	case err != nil && bytes.Contains(out.said.Bytes(), []byte("No module named")):
		return "", taken{}, errAbsent
	case err != nil:
		return out.said.String(), t, fmt.Errorf("%w: %s", err, lastLine(out.said.Bytes()))
	}
	return out.said.String(), t, nil
}

func lastLine(b []byte) []byte {
	b = bytes.TrimSpace(b)
	return b[bytes.LastIndexByte(b, '\n')+1:]
}

// watched is output that is looked at as it comes.
type watched struct {
	said  bytes.Buffer
	mark  *regexp.Regexp
	began time.Time
	at    time.Duration
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.said.Write(p)
	if w.at == 0 && w.mark != nil && w.mark.Match(w.said.Bytes()) {
		w.at = time.Since(w.began)
	}
	return n, err
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
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-done
		return most
	}
}
