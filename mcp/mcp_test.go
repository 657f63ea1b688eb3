package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"entente/access"
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// source is the example register as one reader may see it.
type source struct {
	tree     *register.Tree
	reader   access.Reader
	proposed []record.Record
}

func (s *source) View(_ context.Context, at When) (*register.View, error) {
	day := record.MustDay("2025-02-01")
	if at.AsOf != "" {
		d, err := record.ParseDay(at.AsOf)
		if err != nil {
			return nil, errors.New("that is no day; write it as 2025-03-14")
		}
		day = d
	}
	return s.tree.View(register.At{On: day.Last(), Reader: s.reader}), nil
}

func (s *source) Options(*register.View) (plan.Options, error) {
	start, err := record.ParseMonth("2025-01")
	return plan.Options{Start: start, Months: 24, Rung: record.Committed, Discount: 0.99}, err
}

func (s *source) Propose(_ context.Context, _, _ string, rs []record.Record) (string, error) {
	s.proposed = rs
	return "a tray", nil
}

// example is the example of the record format, with one record that only Norway
// may see.
func example(t *testing.T) *register.Tree {
	t.Helper()
	tree, errs, err := register.ReadTree("testdata/register.yaml")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	return tree
}

// solve is the one solver of the tests; to compile it takes longer than they do.
var solve = sync.OnceValues(func() (lp.Solver, error) {
	s, err := highs.New(highs.Options{})
	return simplex.New(s), err
})

// connected is a model's end of a conversation.
func connected(t *testing.T, s *source) *sdk.ClientSession {
	t.Helper()
	solver, err := solve()
	if err != nil {
		t.Fatal(err)
	}
	here, there := sdk.NewInMemoryTransports()
	if _, err := New(s, solver, "test").Connect(t.Context(), here, nil); err != nil {
		t.Fatal(err)
	}
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), there, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// call asks a tool and returns its answer as JSON, or what went wrong.
func call(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any) (answer string, failed bool) {
	t.Helper()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	for _, c := range r.Content {
		if x, ok := c.(*sdk.TextContent); ok {
			answer += x.Text
		}
	}
	return answer, r.IsError
}

func TestTools(t *testing.T) {
	s := connected(t, &source{tree: example(t), reader: access.Keeper})
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		if tool.Annotations.ReadOnlyHint == (tool.Name == "propose") {
			t.Errorf("%s says of itself whether it only reads, wrongly", tool.Name)
		}
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "as_of check get plan propose search what_if" {
		t.Errorf("the tools are %s", got)
	}
}

func TestAnswers(t *testing.T) {
	s := connected(t, &source{tree: example(t), reader: access.Keeper})
	for _, c := range []struct {
		tool string
		args map[string]any
		want []string
	}{
		{"search", map[string]any{"words": "nasams norway", "kind": "pledge"}, []string{`"Pledge/nor-nasams-1"`}},
		{"get", map[string]any{"record": "Pledge/nor-nasams-1"}, []string{`"quantity":2`, "Rung: committed"}},
		{"get", map[string]any{"record": "Pledge/nor-nasams-1", "as_of": "2024-11"}, []string{"Rung: announced"}},
		{"as_of", map[string]any{"party": "NOR"}, []string{`"Pledge":`, `"inside":"12000000 EUR"`}},
		{"check", map[string]any{"level": "note"}, []string{`"rule":`}},
		{"plan", nil, []string{`"headline":"Coverage`, `"held_by":"supply`}},
		{"plan", map[string]any{"need": "kyiv-air-defence"}, []string{`2025-08: 2 of 8`}},
		{"what_if", map[string]any{"withdraw": "DEU"}, []string{`"points_lost":`, "falls from"}},
	} {
		got, failed := call(t, s, c.tool, c.args)
		for _, want := range c.want {
			if failed || !strings.Contains(got, want) {
				t.Errorf("%s %v does not say %s: %s", c.tool, c.args, want, got)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	s := connected(t, &source{tree: example(t), reader: access.Keeper})
	for _, c := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"search", map[string]any{"words": " "}, "name a party"},
		{"search", map[string]any{"words": "x", "kind": "Tank"}, "no kind"},
		{"get", map[string]any{"record": "nor-nasams-1"}, "write its kind and id"},
		{"get", map[string]any{"record": "Pledge/absent"}, "search for it first"},
		{"get", map[string]any{"record": "Pledge/nor-nasams-1", "as_of": "soon"}, "no day"},
		{"as_of", map[string]any{"rung": "sworn"}, "no rung"},
		{"check", map[string]any{"level": "fatal"}, "not a level"},
		{"plan", map[string]any{"need": "absent"}, "no need"},
		{"what_if", nil, "one change is needed"},
		{"what_if", map[string]any{"withdraw": "USA"}, "no party"},
		{"propose", map[string]any{"title": "x", "why": "y", "records": "kind: Tank"}, "records.yaml:1"},
		{"propose", map[string]any{"title": "x", "why": "", "records": ""}, "no title or no reason"},
	} {
		if got, failed := call(t, s, c.tool, c.args); !failed || !strings.Contains(got, c.want) {
			t.Errorf("%s %v: want %q, got %s", c.tool, c.args, c.want, got)
		}
	}
}

// TestOneGate: what a reader may not see no tool tells, and hidden is answered
// like absent.
func TestOneGate(t *testing.T) {
	tree := example(t)
	for _, reader := range []access.Reader{access.Public, {Party: "DEU"}} {
		s := connected(t, &source{tree: tree, reader: reader})
		for tool, args := range map[string]map[string]any{
			"search": {"words": "secret"}, "as_of": {}, "check": {"level": "note"}, "plan": {},
		} {
			if got, _ := call(t, s, tool, args); strings.Contains(got, "secret") || strings.Contains(got, "777") {
				t.Errorf("%s tells %s of a hidden record: %s", tool, reader, got)
			}
		}
		hidden, _ := call(t, s, "get", map[string]any{"record": "Pledge/nor-secret"})
		absent, _ := call(t, s, "get", map[string]any{"record": "Pledge/nor-absent"})
		if strings.ReplaceAll(hidden, "secret", "absent") != absent {
			t.Errorf("hidden is answered otherwise than absent: %s, %s", hidden, absent)
		}
	}
	s := connected(t, &source{tree: tree, reader: access.Reader{Party: "NOR"}})
	if got, _ := call(t, s, "search", map[string]any{"words": "secret"}); !strings.Contains(got, "nor-secret") {
		t.Errorf("the giver does not find its own: %s", got)
	}
}

func TestPropose(t *testing.T) {
	src := &source{tree: example(t), reader: access.Keeper}
	s := connected(t, src)
	got, failed := call(t, s, "propose", map[string]any{"title": "One more", "why": "A ministry says so", "records": "{kind: Party, id: EST, name: Estonia, type: nation}"})
	var out ProposeOut
	if err := json.Unmarshal([]byte(got), &out); failed || err != nil || out.Where != "a tray" || len(src.proposed) != 1 {
		t.Errorf("%v %v %s", err, src.proposed, got)
	}
	if n := len(src.tree.Records); n != len(example(t).Records) {
		t.Errorf("the register has %d records after a proposal", n)
	}
}
