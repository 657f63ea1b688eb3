package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guarded serves a new shared register of an example, signed, at which people sign in, and returns the
// link that lets its first keeper in.
// guarded serves a new shared register of some folders, signed, at which people sign in, and returns
// the link that lets its first keeper in.
func guarded(t *testing.T, folders ...string) string {
	t.Helper()
	dir := t.TempDir()
	program, db := filepath.Join(dir, "entente"), filepath.Join(dir, "register.db")
	commands := [][]string{{"go", "build", "-o", program, "../cmd/entente"}, {program, "init", "--db", db}}
	for _, folder := range folders {
		commands = append(commands, []string{program, "apply", "--db", db, "-f", folder})
	}
	commands = append(commands, []string{program, "checkpoint", "--db", db, "-o", filepath.Join(dir, "checkpoint")})
	for _, args := range commands {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	// A passkey belongs to a name, so the port must be known before it is served.
	address := vacant(t)
	lines := started(t, program, "serve", "--db", db, "--listen", address, "--origin", "http://"+strings.Replace(address, "127.0.0.1", "localhost", 1))
	link := ""
	for lines.Scan() {
		if found := regexp.MustCompile(`http://\S+/join#\S+`).FindString(lines.Text()); found != "" {
			link = found
		}
		if strings.HasPrefix(lines.Text(), "Serving ") {
			break
		}
	}
	if link == "" {
		t.Fatal("the program shows no link for the first keeper")
	}
	return link
}

// vacant is an address of this machine that nobody listens on.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestSigningIn(t *testing.T) {
	browser, node := tools(t)
	cmd := exec.CommandContext(t.Context(), node, "signin.mjs", guarded(t, "../examples/pilots"))
	cmd.Env = append(os.Environ(), "CHROMIUM="+browser)
	out, err := cmd.CombinedOutput()
	passed := 0
	for line := range strings.Lines(string(out)) {
		switch {
		case strings.HasPrefix(line, "ok "):
			passed++
		default:
			t.Error(strings.TrimSpace(line))
		}
	}
	if err != nil || passed != 4 {
		t.Errorf("%d of 4 steps went well, %v", passed, err)
	}
}
