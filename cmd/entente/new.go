package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"entente/report"
)

// starter is the register that new lays out: small, invented, and of every kind
// that a plan needs.
//
//go:embed starter
var starter embed.FS

func newCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Begin a register: a small one that checks and plans",
		Long: `Lays out a small invented register in a new or empty folder: who the parties
are, a need, pledges of things and money, a training programme and a fund. It
checks and plans as it is; change it file by file into your own.`,
		Example:           "  entente new my-register",
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return runNew(c, args[0]) }
	return cmd
}

func runNew(c *console, dir string) error {
	there, err := os.ReadDir(dir)
	switch {
	case err == nil && len(there) > 0:
		return trouble{dir + " is not empty", "name a new folder; a register is never written over"}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return trouble{fmt.Sprintf("%s cannot be used: %v", dir, plain(err)), "name a new or an empty folder"}
	}
	files, err := layOut(dir)
	if err != nil {
		return trouble{fmt.Sprintf("the register cannot be written: %v", plain(err)), "check that you may write there"}
	}
	c.para(fmt.Sprintf("%s begins with %s:", dir, report.Count(len(files), "file", "files")), "", report.Strong)
	t := report.Table{Heads: []report.Head{{Name: "File"}, {Name: "What it holds"}}}
	for _, name := range files {
		t.Rows = append(t.Rows, []report.Cell{report.Text(filepath.Join(dir, name)), report.Text(starterFiles[name])})
	}
	c.table(t)
	c.next(step{"entente check " + quoted(dir), "what contradicts itself, is late or is missing"},
		step{"entente plan " + quoted(dir), "what can be covered, and what holds back the rest"},
		step{"entente schema", "which kinds of record there are, and how they are written"})
	return nil
}

var starterFiles = map[string]string{
	"entente.yaml":        "the register's name, owner and day",
	"parties.yaml":        "who gives and receives, where, and under what agreement",
	"needs.yaml":          "what is needed, and what it is made of",
	"pledges.yaml":        "what has been promised, and how far it has come",
	"training.yaml":       "who trains whom, and how fast",
	"money.yaml":          "the fund, and the money promised into it",
	"letter-2024-12.yaml": "a source that the pledges quote",
	"letter-2024-12.txt":  "its text: every quote is looked up in it",
}

// layOut writes the starter's files, none of which may be there already.
func layOut(dir string) (files []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	entries, err := starter.ReadDir("starter")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := starter.ReadFile(path.Join("starter", e.Name()))
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(filepath.Join(dir, e.Name()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(text)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		files = append(files, e.Name())
	}
	return files, nil
}
