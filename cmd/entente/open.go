package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/record"
	"entente/register"
)

// lens is how a register is looked at: on which day, with whose eyes; and of a
// shared one, which it is and as it was known when.
type lens struct{ asOf, reader, db, known string }

func (l *lens) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.db, "db", "", dbUsage+", in the place of DIR")
	cmd.Flags().StringVar(&l.known, "known", "", "of a shared register: as it was known at this `SIZE` of its ledger, day or moment (default: now)")
	cmd.Flags().StringVar(&l.asOf, "as-of", "", "the `DAY` of the register, as 2025-03-14 (default: the settings' as_of, or today)")
	cmd.Flags().StringVar(&l.reader, "reader", "", "look with the eyes of this `PARTY`, or of the public (default: the keeper, who sees all)")
	complete(cmd, "reader", readers)
}

// words are a command's words with the register as the first of them.
func (l *lens) words(args []string) []string {
	if l.db == "" {
		return args
	}
	return append([]string{l.db}, args...)
}

// open reads a register and shows it through the lens. With --format json, what
// is wrong with the input is answered in JSON as well.
func (l *lens) open(c *console, name, format string) (*register.View, error) {
	tree, err := l.tree(c, name)
	var errs record.Errors
	switch {
	case errors.As(err, &errs) && format == "json":
		return nil, errors.Join(c.json(errorsData(errs)), errs)
	case err != nil:
		return nil, err
	}
	at, err := l.at(c, tree)
	if err != nil {
		return nil, err
	}
	v := tree.View(at)
	if v.Len() == 0 {
		return nil, l.empty(name, at.Reader)
	}
	return v, nil
}

// empty says that a register holds nothing, or nothing for its reader: which of
// them, is not told.
func (l *lens) empty(name string, reader access.Reader) error {
	switch {
	case !reader.All:
		return trouble{fmt.Sprintf("%s holds no records%s that %s may see", spoken(name), l.then(), reader), "look with other eyes, or have some released to them"}
	case isDatabase(name):
		return trouble{spoken(name) + " holds no records" + l.then(), "put a folder of them into it with entente apply --db " + quoted(name) + " -f DIR"}
	}
	return trouble{fmt.Sprintf("%s holds no records", name), "put .yaml files into it, or begin a register with entente new"}
}

func (l *lens) then() string {
	if l.known == "" {
		return ""
	}
	return " as it was known at " + l.known
}

// tree reads a folder or a shared register. Errors in the records of a folder
// are record.Errors.
func (l *lens) tree(c *console, name string) (*register.Tree, error) {
	k, err := parseKnown(l.known)
	if err != nil {
		return nil, err
	}
	if isDatabase(name) {
		r, err := openRegister(c.ctx, name)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		tree, _, err := r.Tree(c.ctx, k)
		return tree, err
	}
	tree, errs, err := register.ReadTree(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, trouble{fmt.Sprintf("there is no folder %s", name), "check its name, or begin one with entente new " + name}
	case err != nil:
		return nil, trouble{fmt.Sprintf("%s cannot be read: %v", name, errors.Unwrap(err)), "name a folder of record files that you may read"}
	case len(errs) > 0:
		return nil, errs
	case l.known != "":
		return nil, trouble{"--known is of a shared register, and " + spoken(name) + " is a folder", "name one with --db, or leave out --known"}
	}
	return tree, nil
}

// at is the day and the reader: as asked, as the settings say, or today's keeper.
func (l *lens) at(c *console, t *register.Tree) (register.At, error) {
	at := register.At{On: record.DateOf(c.now), Reader: access.Keeper}
	if !t.Settings.AsOf.IsZero() {
		at.On = t.Settings.AsOf.Last()
	}
	if l.asOf != "" {
		d, err := record.ParseDay(l.asOf)
		if err != nil || d.Last() == record.Forever {
			return at, trouble{fmt.Sprintf("--as-of %s is not a day", l.asOf), "write it as 2025-03-14, 2025-03 or 2025"}
		}
		at.On = d.Last()
	}
	switch name := l.reader; {
	case name == "" || strings.EqualFold(name, access.Keeper.String()):
	case strings.EqualFold(name, access.Public.String()):
		at.Reader = access.Public
	default: // who may not see even their own record is not told that there is one
		at.Reader = access.Reader{Party: record.PartyID(name)}
		if _, ok := t.View(at).Party(at.Reader.Party); !ok {
			return at, trouble{fmt.Sprintf("--reader %s is no party of this register", name), "write a party's id, keeper or public"}
		}
	}
	return at, nil
}

// formats is a flag that takes one of a few words.
type formats struct {
	chosen string
	words  []string
}

func (f *formats) String() string { return f.chosen }
func (f *formats) Type() string   { return strings.Join(f.words, "|") }

func (f *formats) Set(s string) error {
	if !slices.Contains(f.words, s) {
		return fmt.Errorf("write %s", strings.Join(f.words, ", "))
	}
	f.chosen = s
	return nil
}

// oneOf adds a flag that takes one of words, the first unless said otherwise.
func oneOf(cmd *cobra.Command, name, usage string, words ...string) *formats {
	f := &formats{words[0], words}
	cmd.Flags().Var(f, name, usage)
	complete(cmd, name, func(string, string) []cobra.Completion { return words })
	return f
}
