package main

import (
	"encoding/csv"
	"strconv"
	"strings"

	"entente/plan"
	"entente/record"
)

// csv writes one table of a plan: one row for each need and month, each price,
// each move, or each step that would help.
func (c *console) csv(table string, p *plan.Plan) error {
	w := csv.NewWriter(c.out)
	write := map[string]func(*csv.Writer, *plan.Plan){"needs": needsCSV, "prices": pricesCSV, "moves": movesCSV, "help": helpCSV}[table]
	if write == nil {
		panic("entente: no csv table " + table)
	}
	write(w, p)
	w.Flush()
	return w.Error()
}

func needsCSV(w *csv.Writer, p *plan.Plan) {
	_ = w.Write(strings.Split("need,title,capability,unit,place,for,priority,month,needed,covered,present,equipment,people,money,held_by", ","))
	for _, n := range p.Needs {
		for _, m := range n.Months {
			_ = w.Write([]string{string(n.ID), n.Title, string(n.Capability), n.Unit, string(n.At), string(n.For), strconv.Itoa(n.Priority), m.Month.String(),
				plainNumber(m.Needed), plainNumber(m.Covered), plainNumber(m.Present),
				plainNumber(m.Legs.Equipment), plainNumber(m.Legs.People), plainNumber(m.Legs.Money), m.HeldBy})
		}
	}
}

func pricesCSV(w *csv.Writer, p *plan.Plan) {
	_ = w.Write(strings.Split("record,party,resource,leg,what,unit,step,month,points_more,points_less,holds_for_steps,proved", ","))
	for _, x := range p.Prices {
		_ = w.Write([]string{x.Record, string(x.Party), x.Resource, string(x.Leg), x.What, x.Unit, plainNumber(x.Step), x.Month,
			plainNumber(x.Worth), plainNumber(-x.Loss), holdsNumber(x), strconv.FormatBool(x.Proved)})
	}
}

// holdsNumber is empty where it is not known for how many a price holds.
func holdsNumber(p plan.Price) string {
	if !p.Proved {
		return ""
	}
	return plainNumber(p.Holds)
}

func movesCSV(w *csv.Writer, p *plan.Plan) {
	_ = w.Write(strings.Split("month,verb,record,party,resource,quantity,unit,arrives,until,place,need,use,for", ","))
	for _, m := range p.Moves {
		_ = w.Write([]string{m.Month.String(), m.Verb, m.Record, string(m.Party), string(m.Resource), plainNumber(m.Quantity), m.Unit,
			monthOrNone(m.Arrives), monthOrNone(m.Until), string(m.At), string(m.Need), string(m.Use), m.For})
	}
}

func helpCSV(w *csv.Writer, p *plan.Plan) {
	_ = w.Write(strings.Split("need,record,party,amount,unit,from,points,cost_eur,says", ","))
	for _, n := range p.Needs {
		for _, r := range n.Relaxations {
			_ = w.Write([]string{string(n.ID), r.Record, string(r.Party), plainNumber(r.Amount), r.Unit, r.From, plainNumber(r.Points), plainNumber(r.CostEUR), r.Says})
		}
	}
}

func monthOrNone(m record.Month) string {
	if m == 0 {
		return ""
	}
	return m.String()
}

func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
