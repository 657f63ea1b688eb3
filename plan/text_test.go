package plan_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"entente/plan"
	"entente/record"
)

var update = flag.Bool("update", false, "write what plans say into testdata; read the difference before you commit it")

// Every file of testdata is a rule: a sentence, records, and the plan that they
// lead to. The vocabulary that all of them use is in testdata/words.yaml. A file
// may say how to plan in an archive member named options; by default it is four
// months from January 2025, looked at on the eve.
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	words := records(t, "testdata/words.yaml")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var rs []record.Record
			s, o := year(4), plan.Options{Rung: record.Committed, Discount: 0.99, Prices: 12}
			for _, f := range a.Files {
				switch f.Name {
				case "records.yaml":
					rs = parsed(t, file, f.Data)
				case "options":
					readOptions(t, string(f.Data), &s, &o)
				}
			}
			o.Start, o.Months = s.Start.First().Month(), s.Months
			v := view(s, append(rs, words...)...)
			p := made(t, v, o)
			if !o.Whole && !o.Strict { // these are orders that the naive model does not know
				if value, _, _ := newNaive(v, o).solve(t); apart(p.Objective, value) > 1e-6 {
					t.Errorf("the plan is worth %.9f, the naive model %.9f", p.Objective, value)
				}
			}
			got := told(p)
			if last := len(a.Files) - 1; *update {
				if a.Files[last].Name != "plan" {
					a.Files, last = append(a.Files, txtar.File{Name: "plan"}), last+1
				}
				a.Files[last].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want := string(a.Files[last].Data); got != want {
				t.Errorf("%sthe plan is\n%swant\n%s", a.Comment, got, want)
			}
		})
	}
}

// readOptions reads lines of a word and a value.
func readOptions(t *testing.T, text string, s *record.Settings, o *plan.Options) {
	for line := range strings.Lines(text) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "start":
			s.Start = record.MustDay(value)
		case "as-of":
			s.AsOf = record.MustDay(value)
		case "months":
			s.Months, _ = strconv.Atoi(value)
		case "rung":
			o.Rung, _ = record.ParseRung(value)
		case "discount":
			o.Discount, _ = strconv.ParseFloat(value, 64)
		case "whole":
			o.Whole = true
		case "strict":
			o.Strict = true
		case "fair":
			o.Fair = true
		default:
			t.Fatalf("no option %q", word)
		}
	}
}

// number writes what people can check by hand.
func number(x float64) string {
	return strconv.FormatFloat(math.Round(x*1e4)/1e4, 'f', -1, 64)
}

// told writes a plan in few lines.
func told(p *plan.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "V %s, %s points, %s EUR\n", number(p.Objective), number(p.Points), number(p.CostEUR))
	for _, n := range p.Needs {
		var covered, needed []string
		for _, m := range n.Months {
			covered, needed = append(covered, number(m.Covered)), append(needed, number(m.Needed))
		}
		fmt.Fprintf(&b, "need %s: %s of %s", n.ID, strings.Join(covered, " "), strings.Join(needed, " "))
		if n.HeldBy != "" {
			fmt.Fprintf(&b, ", held by %s", n.HeldBy)
		}
		b.WriteByte('\n')
		for _, w := range n.Why {
			fmt.Fprintf(&b, "  %s\n", w)
		}
	}
	for _, m := range p.Moves {
		fmt.Fprintf(&b, "%s %s %s %s", m.Month, m.Verb, m.Record, number(m.Quantity))
		switch {
		case m.Handed:
			fmt.Fprintf(&b, " at %s, handed over", m.At)
		case m.Verb == plan.Pay:
			fmt.Fprintf(&b, " EUR for %s of %s", m.Use, m.For)
		case m.Verb == plan.Deploy:
			fmt.Fprintf(&b, " for %s until %s", m.Need, m.Until)
		default:
			fmt.Fprintf(&b, " to %s by %s", m.At, m.Arrives)
		}
		b.WriteByte('\n')
	}
	for _, price := range p.Prices {
		if price.Worth > 0 {
			fmt.Fprintf(&b, "price %s: %s\n", price.Record, price.Says)
		}
	}
	for _, l := range p.Leftovers {
		fmt.Fprintf(&b, "left %s: %s of %s, %s\n", l.Record, number(l.Left), number(l.Offered), l.Why)
	}
	for _, f := range p.Funds {
		if f.Lapsed > 0 {
			fmt.Fprintf(&b, "lapsed %s: %s EUR\n", f.Fund, number(f.Lapsed))
		}
	}
	for _, o := range p.Omissions {
		fmt.Fprintf(&b, "omitted %s: %s\n", o.Record, o.Says)
	}
	return b.String()
}
