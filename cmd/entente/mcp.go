package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"entente/mcp"
	"entente/plan"
	"entente/proposal"
	"entente/record"
	"entente/register"
)

// lineBytesMax is how long one message may be.
const lineBytesMax = 4 << 20

func mcpCommand(c *console) *cobra.Command {
	var l lens
	var a asked
	var actor string
	cmd := &cobra.Command{
		Use:   "mcp DIR",
		Short: "Answer a language model's questions, over the Model Context Protocol",
		Long: `Serves a register to a language model over standard input and output. Its tools
search, read, check, plan and ask what if, with the eyes of one reader; no tool
can see more. One tool proposes: for a shared register into its list of
proposals, for a folder into DIR/.proposals, which no command reads as records.
Nothing enters the register but by people.`,
		Example: `  entente mcp my-register --as EST
  entente mcp --db entente.db --as public`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	l.flags(cmd)
	a.flags(cmd)
	cmd.Flags().StringVar(&l.reader, "as", "", "the same as --reader")
	cmd.Flags().StringVar(&actor, "actor", "a language model", "the `NAME` in which it proposes")
	complete(cmd, "as", readers)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s := &modelSource{c: c, l: l, a: a, name: l.words(args)[0], actor: actor}
		if _, err := s.View(c.ctx, mcp.When{}); err != nil { // say so now rather than at the first question
			return err
		}
		solve, err := c.solver()
		if err != nil {
			return err
		}
		talk := newConversation(c.ctx, os.Stdin, c.out)
		err = mcp.New(s, solve, versionText()).Run(c.ctx, &sdk.IOTransport{Reader: talk, Writer: talk, MaxLineLength: lineBytesMax})
		if err != nil && c.ctx.Err() == nil && err != io.EOF {
			return trouble{"the conversation ended: " + err.Error(), "start it again"}
		}
		return nil
	}
	return cmd
}

// conversation is one over standard input and output. Its end waits until every
// question that was asked has been answered, so that questions can be piped in.
type conversation struct {
	in    *bufio.Reader
	line  []byte // of the input, not yet read on
	out   *bufio.Writer
	ctx   context.Context
	mu    sync.Mutex
	open  int // questions without an answer
	quiet *sync.Cond
}

func newConversation(ctx context.Context, in io.Reader, out *bufio.Writer) *conversation {
	v := &conversation{in: bufio.NewReaderSize(in, lineBytesMax), out: out, ctx: ctx}
	v.quiet = sync.NewCond(&v.mu)
	context.AfterFunc(ctx, v.quiet.Broadcast)
	return v
}

// message is what tells questions from answers.
type message struct {
	ID     any    `json:"id"`
	Method string `json:"method"`
}

func (v *conversation) Read(p []byte) (int, error) {
	if len(v.line) == 0 {
		line, err := v.in.ReadSlice('\n')
		var m message
		if json.Unmarshal(line, &m) == nil && m.ID != nil && m.Method != "" {
			v.mu.Lock()
			v.open++
			v.mu.Unlock()
		}
		if v.line = line; len(line) == 0 {
			v.mu.Lock()
			defer v.mu.Unlock()
			for v.open > 0 && v.ctx.Err() == nil {
				v.quiet.Wait()
			}
			return 0, err // of a line that is too long, all of it has been handed on
		}
	}
	n := copy(p, v.line)
	v.line = v.line[n:]
	return n, nil
}

// Write writes one message through at once.
func (v *conversation) Write(p []byte) (int, error) {
	n, err := v.out.Write(p)
	if err == nil {
		err = v.out.Flush()
	}
	var m message
	if json.Unmarshal(p, &m) == nil && m.ID != nil && m.Method == "" {
		v.mu.Lock()
		v.open--
		v.mu.Unlock()
		v.quiet.Broadcast()
	}
	return n, err
}

func (v *conversation) Close() error { return nil }

// modelSource is a register as the model may see it.
type modelSource struct {
	c           *console
	l           lens
	a           asked
	name, actor string
}

// View shows the register at another time, never to another reader.
func (s *modelSource) View(_ context.Context, at mcp.When) (*register.View, error) {
	l := s.l
	if at.AsOf != "" {
		l.asOf = at.AsOf
	}
	if at.Known != "" {
		l.known = at.Known
	}
	return l.open(s.c, s.name, "mcp")
}

// Options are those that the command was started with.
func (s *modelSource) Options(v *register.View) (plan.Options, error) {
	return s.a.options(v, s.name)
}

// Propose puts a change set up for review.
func (s *modelSource) Propose(ctx context.Context, title, why string, rs []record.Record) (string, error) {
	if isDatabase(s.name) {
		return s.proposeShared(ctx, title, why, rs)
	}
	dir := filepath.Join(s.name, ".proposals")
	if info, err := os.Stat(s.name); err != nil || !info.IsDir() {
		return "", trouble{s.name + " is no folder", "start entente mcp with the folder of the register"}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", trouble{dir + " cannot be made: " + plain(err), "give the right to write"}
	}
	file := filepath.Join(dir, time.Now().UTC().Format("20060102-150405.000000")+".yaml")
	head := fmt.Sprintf("# %s\n# %s\n# Proposed by %s for %s. Move it out of .proposals to accept it.\n", oneLine(title), oneLine(why), s.actor, s.reader())
	if err := replaceFile(file, append([]byte(head), record.Format(rs...)...)); err != nil {
		return "", err
	}
	return file, nil
}

func (s *modelSource) reader() string {
	if s.l.reader == "" {
		return "the keeper"
	}
	return s.l.reader
}

func (s *modelSource) proposeShared(ctx context.Context, title, why string, rs []record.Record) (string, error) {
	r, err := openRegister(ctx, s.name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	t, size, err := r.Tree(ctx, register.Known{})
	if err != nil {
		return "", err
	}
	edits, err := r.Toward(ctx, t, size, rs, false)
	if err != nil {
		return "", err
	}
	party := s.l.reader
	if strings.EqualFold(party, "public") {
		return "", trouble{"the public proposes nothing", "start entente mcp with --as and a party"}
	}
	who, err := (signature{s.actor, party}).of(s.c, t)
	if err != nil {
		return "", err
	}
	p, err := proposal.Of(newBatchID(), title, why, who.Person, time.Now(), edits, proposal.TwoPersons)
	if err != nil {
		return "", asTrouble(err)
	}
	if err := (&proposal.Board{Register: r}).Propose(ctx, who, p); err != nil {
		return "", asTrouble(err)
	}
	return "proposal " + p.ID + " of " + s.name, nil
}
