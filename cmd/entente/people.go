package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/account"
	"entente/record"
	"entente/report"
)

// The commands that say who may come in. Whoever holds the database acts as its
// keeper; what they do stands in the trail.

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: known, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(commands...)
	return cmd
}

// withBook opens the book of accounts of a register for as long as do takes.
func withBook(c *console, db string, do func(*account.Book) error) error {
	s, err := openStore(c.ctx, db, false)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := do(account.Open(s.Desk(), time.Now, rand.Reader)); err != nil {
		return asTrouble(err)
	}
	return nil
}

func userCommand(c *console) *cobra.Command {
	return group("user", "Say who may come in, and as what",
		userAddCommand(c), userListCommand(c), userDisableCommand(c), userInviteCommand(c), userTrailCommand(c))
}

func userAddCommand(c *console) *cobra.Command {
	var db, name, party string
	var roles []string
	var keeper bool
	cmd := &cobra.Command{
		Use:   "add --db FILE ID",
		Short: "Add a person, or change one",
		Example: `  entente user add --db entente.db kari --name "Kari Nordmann" --party NOR --role owner
  entente user add --db entente.db mari --name "Mari Maasikas" --party EST --role co-ordinator --role auditor`,
		Args: oneID,
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "", dbUsage)
	f.StringVar(&name, "name", "", "the person's `NAME`")
	f.StringVar(&party, "party", "", "the `PARTY` they belong to")
	f.StringArrayVar(&roles, "role", nil, "a `ROLE` within it: owner, co-ordinator, auditor or reader; may be repeated")
	f.BoolVar(&keeper, "keeper", false, "they keep the register: they see and do everything")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := access.ParseRoles(roles...)
		if err != nil {
			return asTrouble(err)
		}
		return withBook(c, db, func(b *account.Book) error {
			p, err := b.Person(c.ctx, account.Local, args[0])
			if err != nil {
				p = account.Person{ID: args[0]}
			}
			p.Name, p.Party, p.Roles, p.Keeper, p.Disabled = name, record.PartyID(party), rs, keeper, false
			if err := b.Put(c.ctx, account.Local, p); err != nil {
				return err
			}
			c.para(fmt.Sprintf("%s may come in for %s, as %s.", args[0], partyName(p), roleName(p)), "", report.Strong)
			c.next(step{fmt.Sprintf("entente user invite --db %s %s", quoted(db), quoted(args[0])), "a link with which they sign in for the first time"},
				step{fmt.Sprintf("entente token issue --db %s %s --name reports", quoted(db), quoted(args[0])), "a token for a program that acts in their name"})
			return nil
		})
	}
	return cmd
}

// oneID wants one name.
func oneID(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return trouble{"one id is wanted", "write " + cmd.CommandPath() + " --db FILE ID"}
	}
	return nil
}

func partyName(p account.Person) string {
	if p.Party == "" {
		return "no party"
	}
	return string(p.Party)
}

func roleName(p account.Person) string {
	if p.Keeper {
		return "keeper of the register"
	}
	return p.Roles.String()
}

func userListCommand(c *console) *cobra.Command {
	var db string
	cmd := &cobra.Command{Use: "list --db FILE", Short: "List who may come in", Args: noWords}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		return withBook(c, db, func(b *account.Book) error {
			people, err := b.People(c.ctx, account.Local)
			if err != nil {
				return err
			}
			if format.chosen == "json" {
				return c.json(people)
			}
			t := report.Table{Title: report.Count(len(people), "person", "people"), Heads: []report.Head{{Name: "Id"}, {Name: "Name"}, {Name: "Party"}, {Name: "As"}, {Name: "Signs in"}}, Empty: "Nobody may come in yet."}
			for _, p := range people {
				signs := report.Count(len(p.Credentials), "way", "ways")
				if p.Disabled {
					signs = "kept out"
				}
				t.Rows = append(t.Rows, []report.Cell{report.Text(p.ID), report.Text(p.Name), report.Text(partyName(p)), report.Text(roleName(p)), report.Text(signs)})
			}
			c.table(t)
			return nil
		})
	}
	return cmd
}

func userDisableCommand(c *console) *cobra.Command {
	var db string
	cmd := &cobra.Command{Use: "disable --db FILE ID", Short: "Keep a person out, and all their tokens", Args: oneID}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return withBook(c, db, func(b *account.Book) error {
			if err := b.Disable(c.ctx, account.Local, args[0]); err != nil {
				return err
			}
			c.para(args[0]+" is kept out.", "", report.Strong)
			return nil
		})
	}
	return cmd
}

func userInviteCommand(c *console) *cobra.Command {
	var db string
	var days int
	cmd := &cobra.Command{Use: "invite --db FILE ID", Short: "Make a link with which a person signs in for the first time", Args: oneID}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.Flags().IntVar(&days, "days", 7, "how many `DAYS` it is good for")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return withBook(c, db, func(b *account.Book) error {
			secret, err := b.Invite(c.ctx, account.Local, args[0], days)
			if err != nil {
				return err
			}
			c.line("/join#" + secret)
			c.para(fmt.Sprintf("Send it to %s behind the server's address. It works once, within %s.", args[0], report.Count(days, "day", "days")), "", report.Quiet)
			return nil
		})
	}
	return cmd
}

func userTrailCommand(c *console) *cobra.Command {
	var db string
	var last int
	cmd := &cobra.Command{Use: "trail --db FILE", Short: "Say who let whom in, and when", Args: noWords}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.Flags().IntVar(&last, "last", 100, "this `N` newest acts")
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		return withBook(c, db, func(b *account.Book) error {
			acts, err := allActs(c, b)
			if err != nil {
				return err
			}
			acts = acts[max(0, len(acts)-last):]
			if format.chosen == "json" {
				return c.json(acts)
			}
			t := report.Table{Heads: []report.Head{{Name: "When"}, {Name: "By"}, {Name: "Did"}, {Name: "What"}, {Name: "Which says"}}, Empty: "Nothing was done yet."}
			for _, a := range acts {
				t.Rows = append(t.Rows, []report.Cell{report.Text(stampOf(a.At)), report.Text(a.By), report.Text(a.Verb), report.Text(a.What), report.Text(a.Says)})
			}
			c.table(t)
			return nil
		})
	}
	return cmd
}

func allActs(c *console, b *account.Book) ([]account.Act, error) {
	const page = 500
	acts := []account.Act{}
	for after := ""; ; {
		some, err := b.Trail(c.ctx, account.Local, after, page)
		if err != nil {
			return nil, err
		}
		acts = append(acts, some...)
		if len(some) < page {
			return acts, nil
		}
		after = some[len(some)-1].Key
	}
}

func tokenCommand(c *console) *cobra.Command {
	return group("token", "Let programs in, in the name of a person", tokenIssueCommand(c), tokenListCommand(c), tokenRevokeCommand(c))
}

func tokenIssueCommand(c *console) *cobra.Command {
	var db, name string
	var days int
	var roles []string
	cmd := &cobra.Command{
		Use:     "issue --db FILE PERSON --name NAME",
		Short:   "Make a token; it is shown this once",
		Example: "  entente token issue --db entente.db kari --name nightly-report --days 90",
		Args:    oneID,
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "", dbUsage)
	f.StringVar(&name, "name", "", "what it is for, in a `LINE`")
	f.IntVar(&days, "days", 90, "how many `DAYS` it is good for; 0 is for ever")
	f.StringArrayVar(&roles, "role", nil, "a `ROLE` of the person's that the program may use; may be repeated (default: it only reads)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := access.ParseRoles(roles...)
		if err != nil {
			return asTrouble(err)
		}
		want := account.Token{Person: args[0], Name: name, Roles: rs}
		if days > 0 {
			want.Expires = c.now.AddDate(0, 0, days).UTC()
		}
		return withBook(c, db, func(b *account.Book) error {
			secret, t, err := b.Issue(c.ctx, account.Local, want)
			if err != nil {
				return err
			}
			c.line(secret)
			c.para(fmt.Sprintf("Token %s acts for %s as %s. It is not shown again; only its hash is kept.", t.ID, t.Person, t.Roles), "", report.Quiet)
			return nil
		})
	}
	return cmd
}

func tokenListCommand(c *console) *cobra.Command {
	var db string
	cmd := &cobra.Command{Use: "list --db FILE PERSON", Short: "List a person's tokens", Args: oneID}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return withBook(c, db, func(b *account.Book) error {
			tokens, err := b.Tokens(c.ctx, account.Local, args[0])
			if err != nil {
				return err
			}
			t := report.Table{Title: report.Count(len(tokens), "token", "tokens"), Heads: []report.Head{{Name: "Id"}, {Name: "For"}, {Name: "As"}, {Name: "Made"}, {Name: "Until"}, {Name: "Last used"}}, Empty: "There is none."}
			for _, k := range tokens {
				until := day(k.Expires, "for ever")
				if !k.Revoked.IsZero() {
					until = "revoked"
				}
				t.Rows = append(t.Rows, []report.Cell{report.Text(k.ID), report.Text(k.Name), report.Text(k.Roles.String()), report.Text(day(k.Created, "")), report.Text(until), report.Text(day(k.Used, "never"))})
			}
			c.table(t)
			return nil
		})
	}
	return cmd
}

func day(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format(time.DateOnly)
}

func tokenRevokeCommand(c *console) *cobra.Command {
	var db string
	cmd := &cobra.Command{Use: "revoke --db FILE ID", Short: "End a token at once", Args: oneID}
	cmd.Flags().StringVar(&db, "db", "", dbUsage)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return withBook(c, db, func(b *account.Book) error {
			if err := b.Revoke(c.ctx, account.Local, args[0]); err != nil {
				return err
			}
			c.para("Token "+strings.TrimPrefix(args[0], "ent_")+" lets nobody in any more.", "", report.Strong)
			return nil
		})
	}
	return cmd
}
