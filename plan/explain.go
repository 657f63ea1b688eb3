package plan

import (
	"fmt"
	"slices"
	"strings"

	"entente/record"
)

// explain adds to a plan why it is as it is: the legs alone, what holds each
// need in each month, what more would be worth, who feeds whom, and why what is
// offered is not used.
func (m *model) explain(p *Plan, best *optimum, alone [3]solitary) {
	e := explainer{model: m, plan: p, x: best.x, price: best.price, ways: map[asks][]way{}, payers: map[site][]int{}}
	e.tally()
	e.legsAlone(alone)
	p.Prices = m.prices(best, p.PointValue)
	for i := range p.Needs {
		e.holds(i)
		e.feeds(i)
		p.Needs[i].HeldBy = mostHeld(p.Needs[i])
		p.Needs[i].Why = e.why(i)
	}
	p.Leftovers = e.leftovers()
}

// explainer reads one solution. Its tallies are of what was used, so that what
// was not is known.
type explainer struct {
	*model
	plan    *Plan
	x       []float64
	price   []float64
	shipped []float64   // by lot
	sent    [][]sending // by lot
	spent   []float64   // by fund, in euros
	bought  [][]float64 // by maker, month from first
	seated  [][]float64 // by course, month from first
	ways    map[asks][]way
	payers  map[site][]int // funds, as far as they have been asked for

	feeders [][]way                 // by stock: the lots that may fill it
	filled  [][]int                 // by stock: the flows that did
	served  []float64               // by stock: what it gave, in all months
	takes   [][]int                 // by need: its allots
	own     map[record.NeedID][]int // by need: moves that are for it alone
	lows    [][][]float64           // by fund, month, months after: its lowest balance; as far as asked
	waits   [][]wait                // by stock, month: what needs wait for from then on; as far as asked
}

// payersAt lists the funds that may pay for a use at the place of a stock.
func (e *explainer) payersAt(use record.Use, stock int) []int {
	k := siteOf(use, e.w.stocks[stock])
	found, ok := e.payers[k]
	if !ok {
		found = e.w.payers(func(fd *fund) bool { return e.w.paysAt(fd, use, e.w.stocks[stock]) })
		e.payers[k] = found
	}
	return found
}

// way is a lot that may give what is asked for, and how.
type way struct {
	lot  int
	lane lane
}

// lotsFor lists the lots that may give r to need i. They are looked for once: it is
// asked for every month.
func (e *explainer) lotsFor(i int, r record.ResourceID) []way {
	k := asks{i, r}
	found, ok := e.ways[k]
	if !ok {
		for _, s := range e.w.stocksOf(i, r) {
			found = append(found, e.feeders[s]...)
		}
		slices.SortFunc(found, func(a, b way) int { return a.lot - b.lot }) // a lot has one lane to a place
		e.ways[k] = found
	}
	return found
}

// sending is a quantity that left a lot in a month.
type sending struct {
	month    int
	quantity float64
}

func (e *explainer) tally() {
	e.shipped, e.sent = make([]float64, len(e.w.lots)), make([][]sending, len(e.w.lots))
	for _, k := range e.w.makers {
		e.bought = append(e.bought, make([]float64, max(0, k.last-k.first+1)))
	}
	for _, c := range e.w.courses {
		e.seated = append(e.seated, make([]float64, max(0, c.last-c.first+1)))
	}
	e.index()
	for _, f := range e.flows {
		switch q := e.x[f.col]; f.kind {
		case fromLot:
			e.shipped[f.index] += q
			e.sent[f.index] = append(e.sent[f.index], sending{f.month, q})
		case fromMaker:
			e.bought[f.index][f.month-e.w.makers[f.index].first] += q
		case fromCourse:
			e.seated[f.index][f.month-e.w.courses[f.index].first] += q
		}
	}
	e.spent = make([]float64, len(e.w.funds))
	for _, h := range e.heads {
		for k, f := range h.funds {
			e.spent[f] += e.x[h.cols[k]] * million
		}
	}
}

// index finds the way from stocks and needs to what touches them.
func (e *explainer) index() {
	e.feeders, e.filled = make([][]way, len(e.w.stocks)), make([][]int, len(e.w.stocks))
	e.served, e.waits = make([]float64, len(e.w.stocks)), make([][]wait, len(e.w.stocks))
	for i, l := range e.w.lots {
		for _, lane := range l.lanes {
			e.feeders[lane.stock] = append(e.feeders[lane.stock], way{i, lane})
		}
	}
	for i, f := range e.flows {
		if e.x[f.col] != 0 {
			e.filled[f.lane.stock] = append(e.filled[f.lane.stock], i)
		}
	}
	e.takes = make([][]int, len(e.w.needs))
	for i, a := range e.allots {
		e.takes[a.need] = append(e.takes[a.need], i)
		e.served[a.stock] += a.of(e.x)
	}
	e.own = map[record.NeedID][]int{}
	for i, mv := range e.plan.Moves {
		if mv.Need != "" {
			e.own[mv.Need] = append(e.own[mv.Need], i)
		}
	}
}

// legsAlone reads the three solutions in which only one leg is limited.
func (e *explainer) legsAlone(alone [3]solitary) {
	for leg, a := range alone {
		for i, n := range e.w.needs {
			for t, q := range n.quantity {
				// Which months a leg alone would serve is often a free choice;
				// what all legs cover together, each covers alone.
				v := settle(max(e.plan.Needs[i].Months[t].Covered, min(q, at(a.x, a.cover[i][t])+n.present[t])))
				switch month := &e.plan.Needs[i].Months[t]; leg {
				case 0:
					month.Legs.Equipment = v
				case 1:
					month.Legs.People = v
				case 2:
					month.Legs.Money = v
				}
			}
		}
	}
}

// why tells the story of a need: when it is met, and before that and after it
// what binds, from what is missing to the record that could have given it.
func (e *explainer) why(i int) []string {
	n := e.plan.Needs[i]
	var says []string
	for from := 0; from < len(n.Months); {
		to := from + 1
		for to < len(n.Months) && sameChapter(n.Months[from], n.Months[to]) {
			to++
		}
		if n.Months[from].Needed > 0 {
			says = append(says, e.chapter(i, from, to-1))
		}
		from = to
	}
	return says
}

func sameChapter(a, b NeedMonth) bool {
	return short(a) == short(b) && (a.Needed > 0) == (b.Needed > 0) && a.HeldBy == b.HeldBy
}

func (e *explainer) chapter(i, from, to int) string {
	n := e.plan.Needs[i]
	when := n.Months[from].Month.Text()
	if to > from {
		when += " to " + n.Months[to].Month.Text()
	}
	first, last := n.Months[from], n.Months[to]
	if !short(first) {
		return fmt.Sprintf("%s: met.", when)
	}
	covered := figure(first.Covered)
	if to > from && figure(first.Covered) != figure(last.Covered) {
		covered += " to " + figure(last.Covered)
	}
	h := first.Holds[0]
	return fmt.Sprintf("%s: %s of %s %s. %s", when, covered, figure(last.Needed), plural(n.Unit, last.Needed), e.chain(i, from, to, h))
}

// chain goes from what is missing to where more would come from.
func (e *explainer) chain(i, from, to int, h Hold) string {
	thing := "Money"
	if h.Resource != "" {
		thing = e.w.view.Name(record.Key{Kind: record.KindResource, ID: string(h.Resource)})
	}
	if h.Leg == record.Funding && h.Resource != "" {
		return fmt.Sprintf("Money binds: %s.", h.Says)
	}
	if h.Leg == record.Funding {
		return fmt.Sprintf("Money binds: %s.", h.Says) + e.nextIncome(i, from)
	}
	if forcesOnly(e.w.needs[i].capability) {
		return "Forces bind: " + h.Says + "."
	}
	text := fmt.Sprintf("%s binds: %s.", thing, h.Says)
	if origins := e.origins(i, to, h.Resource); origins != "" {
		text += " " + origins
	}
	return text
}

func (e *explainer) nextIncome(i, t int) string {
	for f, fd := range e.w.funds {
		if !e.w.paysFor(fd, record.Running, i) {
			continue
		}
		for next := t + 1; next < e.w.options.Months; next++ {
			if e.w.funds[f].income[next] > 0 {
				return fmt.Sprintf(" %s next gets money in %s.", fd.rec.Name(), e.model.at(next).Text())
			}
		}
	}
	return ""
}

// origins says where the resource comes from and why no more of it is there by
// month t.
func (e *explainer) origins(i, t int, r record.ResourceID) string {
	var parts []string
	for ways := e.lotsFor(i, r); len(ways) > 0; {
		l, given, later, next := e.w.lots[ways[0].lot], 0.0, 0.0, e.w.options.Months
		for ; len(ways) > 0 && e.w.lots[ways[0].lot].key == l.key; ways = ways[1:] { // the lots of one pledge
			lot, k := e.w.lots[ways[0].lot], ways[0].lot
			switch arrive := lot.first + ways[0].lane.lead; {
			case arrive > t:
				later, next = later+lot.quantity, min(next, arrive)
			case e.shipped[k] >= lot.quantity-1e-6:
				given += lot.quantity
			}
		}
		switch {
		case given > 0 && later > 0:
			parts = append(parts, fmt.Sprintf("%s has given %s, and brings %s more from %s", l.key.ID, figure(given), figure(later), e.model.at(next).Text()))
		case given > 0:
			parts = append(parts, fmt.Sprintf("%s has given all %s", l.key.ID, figure(given)))
		case later > 0 && next < e.w.options.Months:
			parts = append(parts, fmt.Sprintf("%s brings %s from %s", l.key.ID, figure(later), e.model.at(next).Text()))
		}
	}
	for k, mk := range e.w.makers {
		if lane, ok := e.way(mk.source, i, r); ok && len(e.bought[k]) > 0 && unused(e.bought[k], mk.perMonth, t-lane.lead-mk.first) < 1e-6 {
			parts = append(parts, fmt.Sprintf("%s makes at most %s a month, %s after the order", mk.key.ID, figure(mk.perMonth), months(lane.lead)))
		}
	}
	for k, c := range e.w.courses {
		if lane, ok := e.way(c.source, i, r); ok && len(e.seated[k]) > 0 && unused(e.seated[k], c.seats, t-lane.lead-c.first) < 1e-6 {
			parts = append(parts, fmt.Sprintf("%s has %s a month, all taken; its course of %s graduates from %s", c.key.ID, counted(c.seats, "seat"), months(lane.lead), e.model.at(c.first+lane.lead).Text()))
		}
	}
	if len(parts) == 0 && !e.offered(i, r) {
		return "Nobody in the register gives it."
	}
	if len(parts) > 4 {
		parts = append(parts[:4], fmt.Sprintf("%d more likewise", len(parts)-4))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

func (e *explainer) offered(i int, r record.ResourceID) bool {
	if len(e.lotsFor(i, r)) > 0 {
		return true
	}
	for _, k := range e.w.makers {
		if _, ok := e.way(k.source, i, r); ok {
			return true
		}
	}
	for _, c := range e.w.courses {
		if _, ok := e.way(c.source, i, r); ok {
			return true
		}
	}
	return false
}
