package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// chromium is a browser of this system, or empty.
func chromium() string {
	if name := os.Getenv("CHROMIUM"); name != "" {
		return name
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// demo builds the program, serves the shipped example with it, and returns the
// address that it says.
func demo(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "entente")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/entente").CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, out)
	}
	lines := started(t, program, "demo", "--no-open", "--listen", "127.0.0.1:0")
	lines.Scan()
	address := regexp.MustCompile(`http://\S+/`).FindString(lines.Text())
	if address == "" {
		t.Fatalf("the program says %q, %v", lines.Text(), lines.Err())
	}
	return strings.TrimSuffix(address, "/")
}

// started runs a program until the test ends, and reads what it says.
func started(t *testing.T, program string, args ...string) *bufio.Scanner {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	return bufio.NewScanner(out)
}

// tools are the browser and what drives it; without them the test is skipped.
func tools(t *testing.T) (browser, node string) {
	t.Helper()
	browser = chromium()
	node, err := exec.LookPath("node")
	_, installed := os.Stat("node_modules/playwright-core")
	switch {
	case testing.Short():
		t.Skip("-short: no browser is started")
	case browser == "":
		t.Skip("there is no Chromium: install the package chromium, or name one in CHROMIUM")
	case err != nil || installed != nil:
		t.Skip("what drives the browser is not installed: run npm ci in e2e")
	}
	return browser, node
}

func TestPagesInABrowser(t *testing.T) {
	browser, node := tools(t)
	cmd := exec.CommandContext(t.Context(), node, "drive.mjs", demo(t), "shots")
	cmd.Env = append(os.Environ(), "CHROMIUM="+browser)
	if os.Getenv("ENTENTE_SOAK") != "" {
		cmd.Env = append(cmd.Env, "STRICT=1")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch verdict, says, _ := strings.Cut(lines.Text(), " "); verdict {
		case "ok":
			passed++
		case "FAIL":
			t.Error(says)
		default:
			t.Log(lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil && !t.Failed() {
		t.Error(err)
	}
	if t.Logf("%d checks hold", passed); passed < 300 {
		t.Errorf("only %d checks were made", passed)
	}
}
