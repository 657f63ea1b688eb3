package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"entente": main}) }

// TestConversations runs the scripts of testdata: what is typed, and what comes
// back.
func TestConversations(t *testing.T) {
	cache := t.TempDir() // so that the solver is compiled once
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("COLUMNS", "100")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json":   jsonCommand,
			"same":   sameCommand,
			"field":  fieldCommand,
			"csv":    csvCommand,
			"narrow": narrowCommand,
			"lines":  linesCommand,
		},
	})
}

// json FILE PATH WANT compares a value of a JSON document: runs.0.tool; with
// len at the end of PATH the length of a list. Without PATH any JSON will do.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	path := ""
	if len(args) > 1 {
		path = args[1]
	}
	value := valueAt(ts, args[0], path)
	if len(args) < 3 {
		return
	}
	if got := fmt.Sprint(value); (got == args[2]) == neg {
		ts.Fatalf("%s at %s is %s", args[0], args[1], got)
	}
}

// same FILE PATH OTHER PATH compares values of two JSON documents.
func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	one, two := valueAt(ts, args[0], args[1]), valueAt(ts, args[2], args[3])
	if reflect.DeepEqual(one, two) == neg {
		ts.Fatalf("%s of %s is %v; %s of %s is %v", args[1], args[0], one, args[3], args[2], two)
	}
}

// field FILE PATH NAME keeps a value of a JSON document as $NAME.
func fieldCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[2], fmt.Sprint(valueAt(ts, args[0], args[1])))
}

// valueAt is a value of a JSON document, or all of it.
func valueAt(ts *testscript.TestScript, file, path string) (value any) {
	if err := json.Unmarshal([]byte(ts.ReadFile(file)), &value); err != nil {
		ts.Fatalf("%s is not JSON: %v", file, err)
	}
	if path == "" {
		return value
	}
	for step := range strings.SplitSeq(path, ".") {
		switch x := value.(type) {
		case map[string]any:
			value = x[step]
		case []any:
			if step == "len" {
				value = float64(len(x))
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				ts.Fatalf("%s has no %s at %s", file, path, step)
			}
			value = x[i]
		default:
			ts.Fatalf("%s has no %s: %s is %v", file, path, step, x)
		}
	}
	return value
}

// csv FILE ROWS counts the rows, each of which has as many fields as the first.
func csvCommand(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	if got := strconv.Itoa(len(rows)); got != args[1] {
		ts.Fatalf("%s has %s rows", args[0], got)
	}
}

// narrow FILE WIDTH finds lines that are wider.
func narrowCommand(ts *testscript.TestScript, _ bool, args []string) {
	width, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if columnsOf(line) > width {
			ts.Fatalf("line %d takes %d columns: %s", i+1, columnsOf(line), line)
		}
	}
}

// lines FILE N counts lines.
func linesCommand(ts *testscript.TestScript, _ bool, args []string) {
	if got := strconv.Itoa(strings.Count(ts.ReadFile(args[0]), "\n")); got != args[1] {
		ts.Fatalf("%s has %s lines", args[0], got)
	}
}

func TestReplaceFile(t *testing.T) {
	name := t.TempDir() + "/plan.html"
	for _, text := range []string{"first", "second"} {
		if err := replaceFile(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if left, _ := os.ReadDir(t.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestParagraphsKeepTheWidth(t *testing.T) {
	var out bytes.Buffer
	c := newConsole(context.Background(), &out, &out, time.Time{})
	c.width = 20
	c.para("  one two three four five six", "    ", 0)
	c.para("a-word-that-is-longer-than-the-line is kept whole", "", 0)
	if err := c.flush(); err != nil {
		t.Fatal(err)
	}
	want := "  one two three four\n    five six\na-word-that-is-longer-than-the-line\nis kept whole\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestProgressSaysHowFar(t *testing.T) {
	if got, want := progressLine("Planning", 2500*time.Millisecond, 0, 0), "Planning, 2 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := progressLine("Planning", 0, 5, 10), "Planning, 0 s  ██████████            5 of 10"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressSaysOnWhat(t *testing.T) {
	s := &show{}
	s.says("a proof")
	s.far(1, 4)
	if got, want := s.line("Planning", time.Second), "Planning: a proof, 1 s  █████                 1 of 4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNobodyWatchesNobodyIsShown(t *testing.T) {
	var out bytes.Buffer
	c := newConsole(context.Background(), &out, &out, time.Time{})
	s := c.working("Planning")
	s.far(1, 2)
	s.says("a proof")
	s.end()
	if c.flush(); out.Len() > 0 {
		t.Errorf("a file is shown %q", out.String())
	}
}

func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{"my-register": "my-register", "a b": "'a b'", "it's": `'it'\''s'`, "": "''", "$x": "'$x'"} {
		if got := quoted(word); got != want {
			t.Errorf("quoted(%q) = %s, want %s", word, got, want)
		}
	}
}
