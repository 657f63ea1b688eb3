// Package mcp answers the questions of a language model about a register, over
// the Model Context Protocol.
//
// Every tool but one only reads, from a View made for the one reader that the
// server was started for: the same gate as everywhere, and no tool can ask for
// another reader. The one tool that writes proposes: what it writes is a change
// set that people review, and nothing enters the register by it. Answers are
// bounded, so that a question about a large register does not fill a model's
// memory; what is left out is counted.
//
// The package knows neither files nor the clock; a Source gives it views and
// takes its proposals.
package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// When names a state of the register: the day in the world, and the size or
// moment of its ledger; empty is now.
type When struct {
	AsOf  string `json:"as_of,omitempty" jsonschema:"the day of the register, as 2025-03-14, 2025-03 or 2025; left out: today, or what the register says"`
	Known string `json:"known,omitempty" jsonschema:"as the register was known at this size of its ledger, day or moment; left out: now; only for a shared register"`
}

// Source is a register as one reader may see it.
type Source interface {
	// View shows the register at a time. Its error is a sentence and a remedy.
	View(ctx context.Context, at When) (*register.View, error)
	// Options are those of a plan of the view.
	Options(v *register.View) (plan.Options, error)
	// Propose puts a change set up for review and says where.
	Propose(ctx context.Context, title, why string, rs []record.Record) (string, error)
}

// Server answers for a source.
type Server struct {
	source Source
	solver lp.Solver
	busy   chan struct{} // one plan at a time
}

// New makes a server with every tool.
func New(source Source, solver lp.Solver, version string) *sdk.Server {
	s := &Server{source: source, solver: solver, busy: make(chan struct{}, 1)}
	server := sdk.NewServer(&sdk.Implementation{Name: "entente", Title: "Entente: a register of allied promises", Version: version}, &sdk.ServerOptions{
		Instructions: "A register of sourced facts of what allies have promised each other. Cite records by their key, as Pledge/nor-nasams-1. A plan is a proposal: nothing in it has happened. Promised is not delivered: each pledge has a rung. You cannot change the register; propose puts a change before people.",
	})
	for _, t := range tools {
		t.add(s, server)
	}
	return server
}

// tools is the one list of tools, those that read first.
var tools = []struct {
	name string
	add  func(*Server, *sdk.Server)
}{
	{"search", reading("search", "Find records by words in their names, notes, ids and fields.", (*Server).search)},
	{"get", reading("get", "One record as it is kept: what it says, its sources, what refers to it, and what check finds about it.", (*Server).get)},
	{"as_of", reading("as_of", "What the register holds at a day, and as it was known: counts by kind, and what each party has promised at a rung.", (*Server).asOf)},
	{"check", reading("check", "What contradicts itself, is late, missing or doubtful.", (*Server).check)},
	{"plan", reading("plan", "The one best plan: what is covered of each need, what holds it back, and what one more would be worth.", (*Server).plan)},
	{"what_if", reading("what_if", "The plan if something changed: a party withdraws, or a scenario of the register; compared with the plan as things are.", (*Server).whatIf)},
	{"propose", proposing},
}

// reading adds a tool that only reads.
func reading[In, Out any](name, description string, answer func(*Server, context.Context, In) (Out, error)) func(*Server, *sdk.Server) {
	return func(s *Server, server *sdk.Server) {
		closed := false
		sdk.AddTool(server, &sdk.Tool{Name: name, Description: description, Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed}},
			func(ctx context.Context, _ *sdk.CallToolRequest, in In) (*sdk.CallToolResult, Out, error) {
				out, err := answer(s, ctx, in)
				return nil, out, err
			})
	}
}

// proposing adds the one tool that writes.
func proposing(s *Server, server *sdk.Server) {
	no := false
	sdk.AddTool(server, &sdk.Tool{Name: "propose", Description: "Put new or changed records before people for review. Nothing enters the register until they have accepted it.",
		Annotations: &sdk.ToolAnnotations{DestructiveHint: &no, OpenWorldHint: &no}},
		func(ctx context.Context, _ *sdk.CallToolRequest, in ProposeIn) (*sdk.CallToolResult, ProposeOut, error) {
			out, err := s.propose(ctx, in)
			return nil, out, err
		})
}

// ProposeIn is a change set.
type ProposeIn struct {
	Title   string `json:"title" jsonschema:"what it changes, in a line"`
	Why     string `json:"why" jsonschema:"why, with the source: who says so, where"`
	Records string `json:"records" jsonschema:"the records as they are to be, as YAML documents or a JSON list, in full"`
}

// ProposeOut says where the proposal is.
type ProposeOut struct {
	Proposed []string `json:"proposed"`
	Where    string   `json:"where"`
}

// Limits of a proposal: people must be able to read it.
const (
	proposalBytesMax   = 1 << 20
	proposalRecordsMax = 500
)

func (s *Server) propose(ctx context.Context, in ProposeIn) (out ProposeOut, err error) {
	switch {
	case in.Title == "" || in.Why == "":
		return out, errors.New("the proposal has no title or no reason; say in a line what it changes, and who says so")
	case len(in.Records) > proposalBytesMax:
		return out, fmt.Errorf("the records have more than %d bytes; propose fewer", proposalBytesMax)
	}
	name := "records.yaml"
	if strings.HasPrefix(strings.TrimSpace(in.Records), "[") { // one JSON object is YAML as well
		name = "records.json"
	}
	rs, errs := record.Parse(name, []byte(in.Records))
	switch {
	case len(errs) > 0:
		return out, errs
	case len(rs) == 0:
		return out, errors.New("there are no records in it; write them in full, each with kind and id")
	case len(rs) > proposalRecordsMax:
		return out, fmt.Errorf("there are %d records in it; propose at most %d at once", len(rs), proposalRecordsMax)
	}
	if out.Where, err = s.source.Propose(ctx, in.Title, in.Why, rs); err != nil {
		return out, err
	}
	for _, r := range rs {
		out.Proposed = append(out.Proposed, r.Key().String())
	}
	return out, nil
}
