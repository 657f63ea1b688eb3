// Command entente keeps a register of what allies have promised, checks it for
// contradictions, and makes the one plan in which equipment, trained people and
// money are in the same place in the same month.
//
// It is the rim of the house: only here are files named, the clock read, a
// solver chosen and words written to a terminal. What a command prints is made
// by report; what it does when it ends is one of three exits: 0 for an answer,
// 1 for findings, 2 for an input that cannot be used.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"entente/record"
)

// Exit codes.
const (
	exitFindings    = 1   // check found something
	exitUnusable    = 2   // the input or the command line cannot be used, or the world failed
	exitInterrupted = 130 // ^C, as shells count it
)

// memoryMax is about how many bytes a command takes before it collects in earnest.
const memoryMax = 2 << 30

func main() {
	// One answer and then the end: memory is cheaper than collecting it, as long
	// as there is not too much of it. GOGC and GOMEMLIMIT win.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryMax)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, time.Now()))
}

// run is the whole command with its surroundings as arguments.
func run(args []string, out, errOut io.Writer, now time.Time) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return newConsole(ctx, out, errOut, now).run(args, out)
}

// run is a command line in these surroundings.
func (c *console) run(args []string, out io.Writer) int {
	root := rootCommand(c)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(c.err)
	err := root.ExecuteContext(c.ctx)
	if flushErr := c.flush(); err == nil && flushErr != nil && !errors.Is(flushErr, syscall.EPIPE) {
		err = trouble{"the answer cannot be written: " + flushErr.Error(), "free some space, or write elsewhere"}
	}
	if errors.Is(err, errBroken) {
		return exitInterrupted
	}
	if c.ctx.Err() != nil && err != nil {
		fmt.Fprintln(c.err, "entente: interrupted; nothing was written")
		return exitInterrupted
	}
	return exitCode(c.err, err)
}

// exitCode says on errOut what went wrong, one line each, and how the command ends.
func exitCode(errOut io.Writer, err error) int {
	var bad record.Errors
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &bad):
		fmt.Fprintln(errOut, bad.Error())
		return exitUnusable
	}
	fmt.Fprintln(errOut, "entente: "+oneLine(err.Error()))
	return exitUnusable
}

// errFindings ends a command that answered, and found something.
var errFindings = errors.New("findings")

// trouble is what a person can do something about: what is wrong, and what to do.
type trouble struct{ says, fix string }

func (t trouble) Error() string { return t.says + "; " + t.fix }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// rootCommand lists the commands in the order in which they are met.
func rootCommand(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "entente",
		Short: "A register of allied promises, and one plan from it",
		Long: `A register of sourced facts of what allies have promised each other, checks for
contradictions, and one optimal plan in which equipment, trained people and
money are in the same place in the same month.

A register is a folder of YAML files that people keep in git.`,
		Example: `  entente new my-register        a small register to start from
  entente check my-register      what contradicts itself, is late or is missing
  entente plan my-register       what can be covered, and what holds back the rest
  entente whatif my-register --parties`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cobra.EnableCommandSorting = false
	root.SuggestionsMinimumDistance = 2
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", c.width)))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return trouble{oneLine(err.Error()), "see " + cmd.CommandPath() + " --help"}
	})
	root.SetHelpCommand(&cobra.Command{Use: "help [COMMAND]", Short: "Help about a command", RunE: func(_ *cobra.Command, args []string) error {
		cmd, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return trouble{fmt.Sprintf("there is no command %q", strings.Join(args, " ")), "see entente help"}
		}
		return cmd.Help()
	}})
	root.AddCommand(
		newCommand(c),
		checkCommand(c),
		planCommand(c),
		whatifCommand(c),
		showCommand(c),
		demoCommand(c),
		serveCommand(c),
		exportCommand(c),
		mcpCommand(c),
		readCommand(c),
		quoteCommand(c),
		importCommand(c),
		schemaCommand(c),
		initCommand(c),
		applyCommand(c),
		getCommand(c),
		historyCommand(c),
		diffCommand(c),
		asOfCommand(c),
		logCommand(c),
		proposeCommand(c),
		reviewCommand(c),
		proofCommand(c),
		verifyCommand(c),
		jobsCommand(c),
		workerCommand(c),
		checkpointCommand(c),
		cosignCommand(c),
		witnessCommand(c),
		backupCommand(c),
		restoreCommand(c),
		userCommand(c),
		tokenCommand(c),
		versionCommand(c),
	)
	return root
}

// known refuses the name of a command that is not there.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	fix := "see entente help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		fix = "did you mean entente " + near[0] + "?"
	}
	return trouble{fmt.Sprintf("there is no command %q", args[0]), fix}
}

// folder wants a folder of records, and at most so many words after it.
func folder(more int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if db := cmd.Flags().Lookup("db"); db != nil && db.Changed { // it stands for DIR
			args = append([]string{db.Value.String()}, args...)
		}
		switch {
		case len(args) == 0:
			return trouble{"no folder of records is named", "write " + cmd.CommandPath() + " " + usage}
		case len(args) > 1+more:
			return trouble{fmt.Sprintf("%q is one word too many", args[1+more]), "write " + cmd.CommandPath() + " " + usage}
		}
		return nil
	}
}
