package main

import (
	"strings"

	"github.com/spf13/cobra"

	"entente/record"
	"entente/register"
)

// words proposes what may be typed next, for a folder of records and for what
// has been typed so far. Completion is a help: whatever goes wrong, it proposes
// nothing and says nothing.
type words func(dir, typed string) []cobra.Completion

// complete proposes values of a flag.
func complete(cmd *cobra.Command, flag string, of words) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return of(dirOf(args), typed), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("entente: completion of a flag that is not there: " + flag)
	}
}

func dirOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// folders proposes folders for the first word, and nothing after it.
func folders(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// kindsAndIDs proposes a folder, then a kind, then an id.
func kindsAndIDs(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	switch len(args) {
	case 0:
		return nil, cobra.ShellCompDirectiveFilterDirs
	case 1:
		found = kindWords(args[0], "")
	case 2:
		if k, ok := record.KindNamed(args[1]); ok {
			found = ids(k)(args[0], "")
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

func kindWords(string, string) []cobra.Completion {
	var found []cobra.Completion
	for _, k := range record.Kinds() {
		found = append(found, string(k))
	}
	return found
}

// ids proposes the ids of a kind, each with its name.
func ids(k record.Kind) words {
	return func(dir, _ string) []cobra.Completion {
		var found []cobra.Completion
		for _, r := range recordsOf(dir, k) {
			found = append(found, described(r))
		}
		return found
	}
}

// recordsOf lists one kind as the keeper sees it; an unreadable folder has none.
func recordsOf(dir string, k record.Kind) []record.Record {
	tree, _, err := register.ReadTree(dir)
	if err != nil || tree == nil {
		return nil
	}
	var found []record.Record
	for _, r := range tree.Records {
		if r.Key().Kind == k {
			found = append(found, r)
		}
	}
	return found
}

func described(r record.Record) cobra.Completion {
	name := r.Base().Name()
	if p, ok := r.(*record.Party); ok {
		name = p.Name
	}
	return cobra.CompletionWithDesc(r.Key().ID, name)
}

func readers(dir, typed string) []cobra.Completion {
	return append(ids(record.KindParty)(dir, typed), cobra.CompletionWithDesc("public", "what everybody may see"), cobra.CompletionWithDesc("keeper", "everything"))
}

func rungs(string, string) []cobra.Completion { return record.Rungs() }

// partyLists proposes the next party of a list set apart by commas.
func partyLists(dir, typed string) []cobra.Completion {
	before := typed[:strings.LastIndex(typed, ",")+1]
	var found []cobra.Completion
	for _, c := range ids(record.KindParty)(dir, typed) {
		if id, _, _ := strings.Cut(c, "\t"); !strings.Contains(","+before, ","+id+",") {
			found = append(found, before+c)
		}
	}
	return found
}
