package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestActing(t *testing.T) {
	browser, node := tools(t)
	cmd := exec.CommandContext(t.Context(), node, "acts.mjs", guarded(t, "../examples/tallinn", "testdata/hidden"), "shots")
	cmd.Env = append(os.Environ(), "CHROMIUM="+browser)
	out, err := cmd.CombinedOutput()
	passed := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "ok ") {
			passed++
			continue
		}
		t.Error(strings.TrimSpace(line))
	}
	if err != nil || passed != 19 {
		t.Errorf("%d of 19 steps went well, %v", passed, err)
	}
}
