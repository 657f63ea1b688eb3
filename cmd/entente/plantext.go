package main

import (
	"strings"

	"entente/plan"
	"entente/record"
	"entente/report"
)

// Rows that a text shows of each table unless asked for all.
const (
	rowsShown = 12
	whysShown = 5
)

// limit cuts long tables, unless all rows are asked for.
func (j planJob) limit() func(report.Table) report.Table {
	return func(t report.Table) report.Table {
		if j.all {
			return t
		}
		return t.Limit(rowsShown, "with --all")
	}
}

// plan writes the whole plan as text, the finding first.
func (c *console) plan(r report.Plan, j planJob, a planned) {
	limit := j.limit()
	c.para(r.Title, "", report.Quiet)
	c.para(r.Headline, "", report.Strong)
	for _, s := range r.More {
		c.para(s, "", report.Plain)
	}
	c.table(r.Overall())
	c.table(r.NeedsTable())
	c.whys(r, j, a.relax)
	if a.relax {
		c.table(r.Help)
	}
	c.table(limit(r.Prices))
	c.table(limit(r.Doings))
	c.table(limit(r.Leftovers))
	c.table(r.Funds)
	if len(r.Omissions.Rows) > 0 {
		c.table(limit(r.Omissions))
	}
	c.blank()
	c.facts(r.Facts)
	c.next(j.nextSteps(r, a)...)
}

// nextSteps proposes what to ask after a plan.
func (j planJob) nextSteps(r report.Plan, a planned) []step {
	dir := quoted(j.dir)
	steps := []step{{"entente whatif " + dir + " --parties", "who the plan cannot do without"}}
	if a.p.Status == "timed out" {
		steps = append(steps, step{"entente plan " + dir + " --time-limit 10m", "the same with more time"})
	}
	if short := r.Shortest(); len(short) > 0 {
		steps = append(steps, step{"entente plan " + dir + " --why " + short[0].ID, "one need: why not earlier, and what would help"})
		if !a.relax {
			steps = append(steps, step{"entente plan " + dir + " --relax", "what would help most"})
		}
	}
	return append(steps, step{"entente plan " + dir + " --format html -o plan.html", "a page to print and share"})
}

// whys says for the needs that are most short why they are not met earlier.
func (c *console) whys(r report.Plan, j planJob, relax bool) {
	short := r.Shortest()
	if len(short) == 0 {
		return
	}
	c.heading("Why not earlier?")
	shown := len(short)
	if !j.all {
		shown = min(shown, whysShown)
	}
	for i, n := range short[:shown] {
		if i > 0 {
			c.blank()
		}
		c.line(c.tint(n.Title, n.Tone) + c.tint("  "+n.ID, report.Quiet))
		for _, w := range n.Why {
			c.para("  "+w, "  ", report.Plain)
		}
		if relax {
			for _, s := range n.Helps {
				c.para("  → "+s, "    ", report.Plain)
			}
		}
	}
	if rest := len(short) - shown; rest > 0 {
		c.line(c.tint(report.Count(rest, "more need is", "more needs are")+" short, with --all", report.Quiet))
	}
}

type whyData struct {
	Register plan.Register `json:"register"`
	Record   string        `json:"record"`
	At       string        `json:"at,omitempty"`
	Need     plan.Need     `json:"need"`
	Prices   []plan.Price  `json:"prices"` // of what it takes
}

// why writes all about one need.
func (c *console) why(j planJob, a planned) error {
	id := record.NeedID(a.about.ID)
	r, ok := report.OfNeed(a.v, a.p, id)
	if !ok {
		return trouble{"the plan has no need " + a.about.ID, "a scenario may have taken it away: see entente show " + quoted(j.dir) + " scenario"}
	}
	if j.format == "json" {
		return c.json(whyData{registerOf(a.p), a.about.String(), r.At, r.Raw, r.RawPrices})
	}
	c.para(r.Title, "", report.Strong)
	c.facts(append([]report.Fact{{Name: "Record", Value: r.Key}}, r.Facts...))
	c.para(r.Finding(), "", report.Plain)
	c.table(r.ByMonth())
	if len(r.Why) > 0 {
		c.heading("Why not earlier?")
		for _, w := range r.Why {
			c.para("  "+w, "    ", report.Plain)
		}
	}
	if len(r.Binds) > 0 {
		c.heading("What binds")
		for _, b := range r.Binds {
			c.para("  "+c.tint(b.Title, b.Tone)+": "+b.Says, "    ", report.Plain)
		}
		c.table(j.limit()(r.Behind))
		c.table(r.Help)
	}
	c.table(j.limit()(r.Feeds))
	c.table(j.limit()(r.Prices))
	next := []step{{"entente show " + quoted(j.dir) + " need " + a.about.ID, "the record, and what refers to it"}}
	if len(r.Raw.FedBy) > 0 {
		next = append(next, step{"entente plan " + quoted(j.dir) + " --uses " + r.Raw.FedBy[0].Record, "what else is made of what feeds it"})
	}
	c.next(next...)
	return nil
}

// registerOf names the register of a plan without the hashes of its records.
func registerOf(p *plan.Plan) plan.Register {
	r := p.Register
	r.Inputs = nil
	return r
}

type usesData struct {
	Register  plan.Register   `json:"register"`
	Record    string          `json:"record"`
	At        string          `json:"at,omitempty"`
	Says      []string        `json:"says"`
	Moves     []plan.Move     `json:"moves"`
	Feeds     []needFeed      `json:"feeds"`
	Leftovers []plan.Leftover `json:"leftovers"`
	Omissions []plan.Omission `json:"omissions"`
	Prices    []plan.Price    `json:"prices"`
}

// needFeed is what a record gives to one need.
type needFeed struct {
	Need record.NeedID `json:"need"`
	plan.Feed
}

// uses writes all that is made of one record.
func (c *console) uses(j planJob, a planned) error {
	if _, ok := a.v.Get(a.about); !ok {
		return trouble{"the plan has no " + a.about.String(), "a scenario has taken it away: leave out --without and --scenario"}
	}
	r := report.OfUse(a.v, a.p, a.about)
	if j.format == "json" {
		return c.json(usesOf(r, a.p))
	}
	limit := j.limit()
	c.para(r.Title, "", report.Strong)
	c.facts(append([]report.Fact{{Name: "Record", Value: r.Key}}, r.Facts...))
	c.para(r.Headline, "", report.Strong)
	for _, s := range r.Reasons {
		c.para(s, "", report.Plain)
	}
	if len(r.Feeds.Rows) > 0 && a.about.Kind != record.KindFund { // whose payments say it
		c.table(r.Feeds)
	}
	if len(r.Moves.Rows) > 0 {
		c.table(limit(r.Moves))
	}
	if len(r.Account.Rows) > 0 {
		c.table(r.Account)
	}
	c.table(r.Price)
	if len(r.ByMonth.Rows) > 0 {
		c.table(limit(r.ByMonth))
	}
	kind, id, _ := strings.Cut(r.Key, "/")
	next := []step{{"entente show " + quoted(j.dir) + " " + strings.ToLower(kind) + " " + id, "the record, and what refers to it"}}
	if len(r.Needs) > 0 {
		next = append(next, step{"entente plan " + quoted(j.dir) + " --why " + string(r.Needs[0]), "the need that it feeds, and what binds there"})
	}
	if r.Into != "" {
		next = append(next, step{"entente plan " + quoted(j.dir) + " --uses " + r.Into, "what the fund pays for"})
	}
	c.next(next...)
	return nil
}

func usesOf(r report.Uses, p *plan.Plan) usesData {
	d := usesData{Register: registerOf(p), Record: r.Key, At: r.At, Says: append([]string{r.Headline}, r.Reasons...),
		Moves: []plan.Move{}, Feeds: []needFeed{}, Leftovers: []plan.Leftover{}, Omissions: []plan.Omission{}, Prices: []plan.Price{}}
	for _, m := range p.Moves {
		if m.Record == r.Key {
			d.Moves = append(d.Moves, m)
		}
	}
	for _, n := range p.Needs {
		for _, f := range n.FedBy {
			if f.Record == r.Key {
				d.Feeds = append(d.Feeds, needFeed{n.ID, f})
			}
		}
	}
	for _, l := range p.Leftovers {
		if l.Record == r.Key {
			d.Leftovers = append(d.Leftovers, l)
		}
	}
	for _, o := range p.Omissions {
		if o.Record == r.Key {
			d.Omissions = append(d.Omissions, o)
		}
	}
	for _, x := range p.Prices {
		if x.Record == r.Key || x.Record == r.Into {
			d.Prices = append(d.Prices, x)
		}
	}
	return d
}
