package main

import (
	"strings"

	"github.com/spf13/cobra"

	"entente/record"
	"entente/report"
)

func schemaCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Say how a kind of record is written, as JSON Schema",
		Long: `Prints the JSON Schema (2020-12) of a kind of record, for editors and other
programs. Without a kind it lists the kinds.`,
		Example: `  entente schema
  entente schema pledge > pledge.schema.json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return kindWords("", ""), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			c.kinds()
			return nil
		}
		k, err := kindNamed(args[0])
		if err != nil {
			return err
		}
		c.line(strings.TrimRight(string(record.Schema(k)), "\n"))
		return nil
	}
	return cmd
}

func (c *console) kinds() {
	t := report.Table{Title: report.Count(len(record.Kinds()), "kind", "kinds") + " of record", Heads: []report.Head{{Name: "Kind"}, {Name: "What it states"}}}
	for _, k := range record.Kinds() {
		t.Rows = append(t.Rows, []report.Cell{report.Text(string(k)), report.Text(kindTitles[k])})
	}
	c.table(t)
	c.next(step{"entente schema pledge", "the fields of one kind"}, step{"entente new my-register", "a register to start from"})
}

// kindTitles says in a line what each kind states.
var kindTitles = map[record.Kind]string{
	record.KindParty:      "a nation, an organisation or a group that acts under its own name",
	record.KindPlace:      "where things are; theatres contain places",
	record.KindDocument:   "a source, with its text beside it when that is held",
	record.KindAgreement:  "a treaty, alliance, pact, partnership or declaration",
	record.KindResource:   "what can be provided, stocked and used up",
	record.KindCapability: "what is wanted in the field, made of equipment, people and money",
	record.KindNeed:       "so much of a capability, there, in these months",
	record.KindPledge:     "a promise of things, people or money, and how far it has come",
	record.KindProduction: "what industry can deliver against money",
	record.KindProgramme:  "training that makes people able",
	record.KindFund:       "a pot of money, and what it may pay for",
	record.KindUnit:       "a force element that can be in one place at a time",
	record.KindAssignment: "a unit declared, on standby, deployed, training or recovering",
	record.KindExercise:   "a named exercise",
	record.KindIncident:   "what changes the threat",
	record.KindMeeting:    "a summit or council, and what it decided",
	record.KindTarget:     "a promise that can be measured",
	record.KindRate:       "an exchange rate of a day",
	record.KindScenario:   "a change of the world for what-if, never of the record",
}
