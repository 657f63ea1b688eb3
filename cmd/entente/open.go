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

// lens is how a register is looked at: on which day, with whose eyes.
type lens struct{ asOf, reader string }

func (l *lens) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.asOf, "as-of", "", "the `DAY` of the register, as 2025-03-14 (default: the settings' as_of, or today)")
	cmd.Flags().StringVar(&l.reader, "reader", "", "look with the eyes of this `PARTY`, or of the public (default: the keeper, who sees all)")
	complete(cmd, "reader", readers)
}

// open reads a folder and shows it through the lens. With --format json, what
// is wrong with the input is answered in JSON as well.
func (l *lens) open(c *console, dir, format string) (*register.View, error) {
	tree, errs, err := register.ReadTree(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, trouble{fmt.Sprintf("there is no folder %s", dir), "check its name, or begin one with entente new " + dir}
	case err != nil:
		return nil, trouble{fmt.Sprintf("%s cannot be read: %v", dir, errors.Unwrap(err)), "name a folder of record files that you may read"}
	case len(errs) > 0 && format == "json":
		return nil, errors.Join(c.json(errorsData(errs)), errs)
	case len(errs) > 0:
		return nil, errs
	case len(tree.Records) == 0:
		return nil, trouble{fmt.Sprintf("%s holds no records", dir), "put .yaml files into it, or begin a register with entente new"}
	}
	at, err := l.at(c, tree)
	if err != nil {
		return nil, err
	}
	return tree.View(at), nil
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
	case !slices.ContainsFunc(t.Records, func(r record.Record) bool { return r.Key() == record.Key{Kind: record.KindParty, ID: name} }):
		return at, trouble{fmt.Sprintf("--reader %s is no party of this register", name), "write a party's id, keeper or public"}
	default:
		at.Reader = access.Reader{Party: record.PartyID(name)}
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
