package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Uses is what a plan makes of one record that gives something: a pledge, a
// production, a programme, a fund or a unit.
type Uses struct {
	Key      string
	Title    string
	Headline string
	Facts    []Fact
	Reasons  []string // why it does not count, or not all of it
	Moves    Table    // by month
	Feeds    Table    // by need
	Account  Table    // of a fund
	Price    Table
	ByMonth  Table // in which month one more would be worth most
	At       string
	Into     string          // the fund that a pledge of money goes into
	Needs    []record.NeedID // that it feeds
}

// OfUse draws what p does with a record of v.
func OfUse(v *register.View, p *plan.Plan, key record.Key) Uses {
	d := drawer{v, p}
	k := key.String()
	u := Uses{Key: k, Title: d.of(k), Facts: d.useFacts(key)}
	into := d.into(key)
	u.At, u.Into, u.Needs = d.at(k), into, d.fedNeeds(k)
	u.Moves, u.Feeds = d.movesOf(k), d.feedsOf(k)
	u.Price, u.ByMonth = d.priceOf(k)
	u.Account = d.accountOf(cmp.Or(into, k))
	if into != "" {
		u.Price, u.ByMonth = d.priceOf(into)
	}
	u.Reasons = d.reasons(key, into)
	u.Headline = d.useHeadline(key, into, u)
	return u
}

func (d drawer) fedNeeds(k string) []record.NeedID {
	var ids []record.NeedID
	for _, n := range d.p.Needs {
		if slices.ContainsFunc(n.FedBy, func(f plan.Feed) bool { return f.Record == k }) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// into is the fund that a pledge of money goes into.
func (d drawer) into(key record.Key) string {
	if r, ok := d.v.Get(key); ok {
		if p, ok := r.(*record.Pledge); ok && p.Into != "" {
			return string(record.KindFund) + "/" + string(p.Into)
		}
	}
	return ""
}

func (d drawer) useFacts(key record.Key) []Fact {
	facts := []Fact{{"Written at", d.at(key.String())}, {"By", d.giver(key.String())}}
	r, _ := d.v.Get(key)
	switch r := r.(type) {
	case *record.Pledge:
		facts = append(facts, Fact{"Rung", d.v.Rung(r).String()})
		if r.Resource != "" {
			facts = append(facts, Fact{"Promises", Range(register.Quantity(r)) + " × " + d.resource(string(r.Resource))})
		} else if r.Amount != nil {
			facts = append(facts, Fact{"Promises", Amount(*r.Amount)})
		}
	case *record.Production:
		facts = append(facts, Fact{"Makes", Range(r.PerMonth) + " × " + d.resource(string(r.Resource)) + " a month"}, Fact{"Price", Cash(r.Price)}, Fact{"Lead", Count(r.Lead, "month", "months")})
	case *record.Programme:
		facts = append(facts, Fact{"Seats", Range(r.Seats) + " a month"}, Fact{"Trains", d.resource(string(r.Trains))}, Fact{"Takes", Count(r.Months, "month", "months")})
	case *record.Fund:
		uses := make([]string, len(r.Uses))
		for i, use := range r.Uses {
			uses[i] = string(use)
		}
		facts = append(facts, Fact{"May pay for", List(uses)})
	case *record.Unit:
		facts = append(facts, Fact{"Notice", Count(r.Notice, "day", "days")})
		if r.Rotation != nil {
			facts = append(facts, Fact{"Rotation", fmt.Sprintf("%s away, %s home", Count(r.Rotation.Tour, "month", "months"), Count(r.Rotation.Rest, "month", "months"))})
		}
	}
	return facts
}

// useHeadline says how much of the record is used, for how many needs.
func (d drawer) useHeadline(key record.Key, into string, u Uses) string {
	k := key.String()
	moved := slices.ContainsFunc(d.p.Moves, func(m plan.Move) bool { return m.Record == k })
	left := slices.IndexFunc(d.p.Leftovers, func(l plan.Leftover) bool { return l.Record == k })
	switch {
	case into != "" && len(u.Reasons) > 0:
		return "It does not count."
	case into != "":
		return "Its money goes into " + into + ", " + d.of(into) + "."
	case !moved && left < 0 && d.omitted(k):
		return "It does not count."
	case !moved:
		return "The plan does not use it."
	case left >= 0 && key.Kind == record.KindFund:
		l := d.p.Leftovers[left]
		return fmt.Sprintf("%s of %s is spent.", Euro(l.Used), Euro(l.Offered))
	case left >= 0:
		l := d.p.Leftovers[left]
		return fmt.Sprintf("%s of %s %s used%s; %s left.", Number(l.Used), Number(l.Offered), plan.Plural(l.Unit, l.Offered), forNeeds(u), verb(int(l.Left), "1 is", Number(l.Left)+" are"))
	case key.Kind == record.KindUnit:
		n := 0
		for _, m := range d.p.Moves {
			if m.Record == k {
				n++
			}
		}
		return fmt.Sprintf("It is sent for %s%s.", Count(n, "tour", "tours"), forNeeds(u))
	case key.Kind == record.KindFund:
		return "All that comes into it is spent."
	}
	return "All of it is used" + forNeeds(u) + "."
}

func forNeeds(u Uses) string {
	if len(u.Feeds.Rows) == 0 {
		return ""
	}
	return ", for " + Count(len(u.Feeds.Rows), "need", "needs")
}

func (d drawer) omitted(k string) bool {
	return slices.ContainsFunc(d.p.Omissions, func(o plan.Omission) bool { return o.Record == k })
}

// reasons says why a record does not count, or what is left of it and why.
func (d drawer) reasons(key record.Key, into string) []string {
	k := key.String()
	var says []string
	for _, o := range d.p.Omissions {
		if o.Record == k {
			says = append(says, "Not counted: "+spaced(o.Says)+".")
		}
	}
	for _, l := range d.p.Leftovers {
		if l.Record == k {
			says = append(says, fmt.Sprintf("%s left: %s.", capital(d.leftText(l)), l.Why))
		}
	}
	if key.Kind == record.KindUnit {
		says = append(says, d.boundBy(key)...)
	}
	return says
}

func (d drawer) leftText(l plan.Leftover) string {
	if l.Resource == "EUR" {
		return Euro(l.Left) + " is"
	}
	if l.Left == 1 {
		return "1 " + l.Unit + " is"
	}
	return Number(l.Left) + " " + plan.Plural(l.Unit, l.Left) + " are"
}

// boundBy says what a unit is promised to otherwise.
func (d drawer) boundBy(key record.Key) []string {
	var says []string
	for _, r := range d.v.Referring(key) {
		if a, ok := r.(*record.Assignment); ok && string(a.Unit) == key.ID {
			how := string(a.Role)
			if a.Exclusive {
				how += ", exclusively"
			}
			says = append(says, fmt.Sprintf("Promised to %s (%s), %s, by %s.", cmp.Or(d.name(record.KindAgreement, string(a.Under)), "no agreement"), how, Span(a.From, a.To), a.Key()))
		}
	}
	return says
}

// movesOf lists what a plan does with a record over time. Months in which it
// does the same are one row; what is paid is gathered by what it is paid for.
func (d drawer) movesOf(k string) Table {
	var moves, pays []plan.Move
	for _, m := range d.p.Moves {
		switch {
		case m.Record != k:
		case m.Verb == plan.Pay:
			pays = append(pays, m)
		default:
			moves = append(moves, m)
		}
	}
	if len(pays) > 0 {
		return d.paidFor(pays)
	}
	t := Table{Title: "What the plan does with it: " + Count(len(moves), "move", "moves"), Heads: []Head{{Name: "When"}, {Name: "Does"}, {Name: "There", Brief: true}, {Name: "To"}, {Name: "For", Brief: true}}}
	for _, r := range runs(moves) {
		t.Rows = append(t.Rows, d.moveRow(r))
	}
	return t
}

// run is a move that is made the same in each month from first to last.
type run struct {
	plan.Move
	last record.Month
}

// runs puts moves together that are the same in months that follow each other.
func runs(moves []plan.Move) []*run {
	var all []*run
	for _, m := range moves {
		i := slices.IndexFunc(all, func(r *run) bool {
			return r.last+1 == m.Month && r.Verb == m.Verb && m.Verb != plan.Deploy && r.At == m.At && r.Handed == m.Handed && slices.Equal(r.Class, m.Class) &&
				m.Arrives-m.Month == r.Arrives-r.Month && math.Abs(r.Quantity-m.Quantity) < 1e-3*max(1, m.Quantity)
		})
		if i >= 0 {
			all[i].last = m.Month
			continue
		}
		all = append(all, &run{m, m.Month})
	}
	return all
}

func (d drawer) moveRow(r *run) []Cell {
	when, does, there := spanText(r.Month, r.last), Number(r.Quantity)+" "+plan.Plural(r.Unit, r.Quantity), ""
	if r.last > r.Month {
		does += " a month"
	}
	switch {
	case r.Verb == plan.Deploy:
		when, does = spanText(r.Month, r.Until), "deploys "+does
	case r.Handed:
		does, there = "has handed over "+does, "before"
	default:
		does, there = map[string]string{plan.Ship: "ships ", plan.Buy: "is ordered to make ", plan.Train: "trains "}[r.Verb]+does, spanText(r.Arrives, r.Arrives+r.last-r.Month)
	}
	var needs []string
	for _, id := range r.Class {
		needs = append(needs, d.name(record.KindNeed, string(id)))
	}
	if r.Need != "" {
		needs = append(needs, d.name(record.KindNeed, string(r.Need)))
	}
	return []Cell{Text(when), Text(does), Text(orDash(there)), Text(orDash(d.name(record.KindPlace, string(r.At)))), Text(orDash(Few(needs, 2)))}
}

// paidFor gathers payments by what they are for, the largest first.
func (d drawer) paidFor(pays []plan.Move) Table {
	type key struct{ use, of string }
	type paid struct {
		plan.Move
		last  record.Month
		total float64
	}
	var order []*paid
	found := map[key]*paid{}
	for _, m := range pays {
		g := found[key{string(m.Use), m.For}]
		if g == nil {
			g = &paid{Move: m}
			found[key{string(m.Use), m.For}] = g
			order = append(order, g)
		}
		g.total, g.last = g.total+m.Quantity, m.Month
	}
	slices.SortStableFunc(order, func(a, b *paid) int { return cmp.Compare(b.total, a.total) })
	t := Table{
		Title: fmt.Sprintf("What it pays for: %s in %s", Count(len(order), "thing", "things"), Count(len(pays), "payment", "payments")),
		Heads: []Head{{Name: "When"}, {Name: "Pays", Numeric: true}, {Name: "Use"}, {Name: "For", Brief: true}, {Name: "Record"}},
	}
	for _, g := range order {
		t.Rows = append(t.Rows, []Cell{Text(spanText(g.Month, g.last)), Text(Euro(g.total)), Text(string(g.Use)), Text(d.of(g.For)), Text(g.For)})
	}
	return t
}

// feedsOf lists the needs that a record feeds.
func (d drawer) feedsOf(k string) Table {
	t := Table{
		Heads: []Head{{Name: "Need"}, {Name: "Record", Brief: true}, {Name: "Gives"}, {Name: "First"}, {Name: "Covered", Numeric: true}, {Name: "Held by", Brief: true}},
	}
	for _, n := range d.p.Needs {
		for _, f := range n.FedBy {
			if f.Record == k {
				t.Rows = append(t.Rows, []Cell{Text(n.Title), Text("Need/" + string(n.ID)), Text(d.fed(f)), Text(f.First.Text()), Text(Percent(share(n.Covered, n.Needed))), Toned(orDash(d.heldBy(n)), ToneOf(record.Leg(n.HeldBy)))})
			}
		}
	}
	t.Title = "What it feeds: " + Count(len(t.Rows), "need", "needs")
	switch kind, _, _ := strings.Cut(k, "/"); record.Kind(kind) {
	case record.KindFund:
		t.Title = "What it keeps running: " + Count(len(t.Rows), "need", "needs")
	case record.KindUnit:
	default:
		t.Note = "Where one store serves several needs, what came into it is shared out as the store was."
	}
	return t
}

// priceOf draws the price of a record, and the months in which one more would
// be worth most.
func (d drawer) priceOf(k string) (price, byMonth Table) {
	i := slices.IndexFunc(d.p.Prices, func(p plan.Price) bool { return p.Record == k })
	if i < 0 {
		return Table{Title: "What one more would be worth", Empty: d.noPrice(k)}, Table{}
	}
	p := d.p.Prices[i]
	price = d.priced(d.p.Prices[i : i+1])
	switch {
	case p.Worth < pointsMin && p.Loss < pointsMin:
		return Table{Title: "One more would add nothing, and one less would cost nothing", Empty: trial(p)}, Table{}
	case p.Worth < pointsMin:
		price.Title = "One more would add nothing; one less would cost " + worth(p, Points(p.Loss)) + " points"
	case p.Proved && p.Holds > 1:
		price.Title = fmt.Sprintf("One more would be worth %s points of coverage, and so would each up to %s", Points(p.Worth), d.reach(p))
	case p.Proved:
		price.Title = fmt.Sprintf("One more would be worth %s points of coverage, the next one less", Points(p.Worth))
	default:
		price.Title = "One more would be worth " + worth(p, Points(p.Worth)) + " points of coverage"
	}
	return price, d.byMonthOf(p)
}

// trial says how a price of nothing was found.
func trial(p plan.Price) string {
	if p.Proved {
		return "Both were tried by planning again."
	}
	return "So it follows from the plan for a small amount; neither was tried."
}

// noPrice says why a record has no price.
func (d drawer) noPrice(k string) string {
	switch {
	case strings.HasPrefix(k, string(record.KindUnit)+"/"):
		return "A unit has no price: it is sent whole or not at all."
	case d.omitted(k):
		return "It does not count, and so one more of it would add nothing."
	}
	return "It has no price: the plan cannot use it in these months."
}

// byMonthOf draws in which months one more would be worth how much.
func (d drawer) byMonthOf(p plan.Price) Table {
	t := Table{Title: "In which month one more would be worth how much", Heads: []Head{{Name: "Month"}, {Name: "Points", Numeric: true}},
		Note: "~ For a small amount in one such month alone."}
	for i := 0; i < len(p.ByMonth); {
		k := i
		for k+1 < len(p.ByMonth) && p.ByMonth[k+1].Month == p.ByMonth[k].Month+1 && Points(p.ByMonth[k+1].Worth) == Points(p.ByMonth[i].Worth) {
			k++
		}
		if p.ByMonth[i].Worth >= pointsMin {
			t.Rows = append(t.Rows, []Cell{Text(spanText(p.ByMonth[i].Month, p.ByMonth[k].Month)), Text("~" + Change(p.ByMonth[i].Worth))})
		}
		i = k + 1
	}
	return t
}

// accountOf is the line of a fund.
func (d drawer) accountOf(k string) Table {
	id, ok := strings.CutPrefix(k, string(record.KindFund)+"/")
	if !ok {
		return Table{}
	}
	p := *d.p
	p.Funds = slices.DeleteFunc(slices.Clone(p.Funds), func(f plan.FundLine) bool { return string(f.Fund) != id })
	if len(p.Funds) == 0 {
		return Table{}
	}
	return drawer{d.v, &p}.funds()
}
