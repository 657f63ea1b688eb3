package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestActing(t *testing.T) {
	browser, node := tools(t)
	cmd := exec.CommandContext(t.Context(), node, "acts.mjs", guarded(t, "../examples/tallinn"), "shots")
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
	if err != nil || passed != 17 {
		t.Errorf("%d of 17 steps went well, %v", passed, err)
	}
}
