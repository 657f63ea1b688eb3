package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"entente/record"
)

// holds finds, for each short month of a need, what was not there: a resource
// of which neither the place nor any open offer has more, or money. Where
// everything was there but kept for something worth more, the solver's price
// tells which of it was short.
func (e *explainer) holds(i int) {
	n := e.w.needs[i]
	for t := range n.quantity {
		nm := &e.plan.Needs[i].Months[t]
		if !short(*nm) {
			continue
		}
		var all []Hold
		if !forcesOnly(n.capability) {
			for _, r := range recipe(n.capability) {
				all = append(all, e.resourceHold(i, t, r))
			}
			if n.running > 0 {
				all = append(all, e.moneyHold(i, t))
			}
		} else {
			all = append(all, e.w.forceHold(i))
		}
		slices.SortStableFunc(all, func(a, b Hold) int {
			return cmp.Or(cmp.Compare(settle(a.Allows), settle(b.Allows)), legOrder(a.Leg)-legOrder(b.Leg))
		})
		for _, h := range all {
			allows := h.Allows
			if n.capability.Whole {
				allows = math.Floor(allows + 1e-6)
			}
			if allows <= nm.Made+1e-4*max(1, nm.Needed) {
				nm.Holds = append(nm.Holds, h)
			}
		}
		if len(nm.Holds) == 0 {
			nm.Holds = append(nm.Holds, e.kept(i, t, all))
		}
		nm.HeldBy = holdName(nm.Holds[0])
	}
}

func legOrder(l record.Leg) int {
	return slices.Index([]record.Leg{record.People, record.Equipment, record.Supply, record.Funding}, l)
}

func holdName(h Hold) string {
	if h.Resource == "" {
		return string(h.Leg)
	}
	return string(h.Leg) + ": " + string(h.Resource)
}

// resourceHold says how many units of need i resource r would allow in month t:
// by what is in place and not at the service of others, and by what could have
// been there had it been sent. What could have been sent only with money that
// was not there is the money's fault.
func (e *explainer) resourceHold(i, t int, r record.ResourceID) Hold {
	n := e.w.needs[i]
	per := n.capability.Stock[r] + n.capability.Monthly[r]
	there := 0.0
	for _, s := range e.w.stocksOf(i, r) {
		there += at(e.x, e.spare[s][t])
	}
	for _, k := range e.takes[i] {
		if a := e.allots[k]; a.month == t && e.w.stocks[a.stock].resource.ID == string(r) {
			there += a.of(e.x)
		}
	}
	open := e.open(i, t, r)
	res, _ := e.w.view.Resource(r)
	h := Hold{Leg: res.Leg, Resource: r, Allows: (there + open.affordable) / per, Records: open.full}
	if open.unpaid > 1e-6 {
		h.Leg, h.Records = record.Funding, open.unpaidRecords
		h.Says = fmt.Sprintf("%s %s could have been there, but no fund had the money for it", figure(open.unpaid), plural(res.Unit, open.unpaid))
		return h
	}
	h.Says = fmt.Sprintf("%s %s in place, %s needed", figure(there), plural(res.Unit, there), figure(per*n.quantity[t]))
	return h
}

// offer is what sources that may serve a need still had to give by a month.
type offer struct {
	affordable    float64  // and could have been there
	unpaid        float64  // and could have been there with money that was not
	unpaidRecords []string // whose it is
	full          []string // sources of the resource that had nothing left, or came too late
}

// open sums what could have arrived at need i by month t and was not sent.
func (e *explainer) open(i, t int, r record.ResourceID) offer {
	var o offer
	for _, way := range e.lotsFor(i, r) {
		l, lane, left := e.w.lots[way.lot], way.lane, 0.0
		if l.first+lane.lead <= t {
			left = l.quantity
			for _, s := range e.sent[way.lot] {
				if s.month <= t-lane.lead {
					left -= s.quantity // what leaves later could have left by now
				}
			}
		}
		e.offer(&o, l.source, lane, left, l.cost, l.first, min(t-lane.lead, l.last))
	}
	for k, mk := range e.w.makers {
		if lane, ok := e.way(mk.source, i, r); ok {
			e.offer(&o, mk.source, lane, unused(e.bought[k], mk.perMonth, t-lane.lead-mk.first), mk.cost, mk.first, min(t-lane.lead, mk.last))
		}
	}
	for k, c := range e.w.courses {
		if lane, ok := e.way(c.source, i, r); ok {
			e.offer(&o, c.source, lane, c.passes*unused(e.seated[k], c.seats, t-lane.lead-c.first), c.cost/c.passes, c.first, min(t-lane.lead, c.last))
		}
	}
	return o
}

// way is the lane from a source to need i, if it gives r there.
func (e *explainer) way(s source, i int, r record.ResourceID) (lane, bool) {
	for _, l := range s.lanes {
		st := e.w.stocks[l.stock]
		if st.resource.ID == string(r) && slices.Contains(st.needs, i) {
			return l, true
		}
	}
	return lane{}, false
}

// unused sums what a monthly source did not give, up to a month counted from
// its first.
func unused(given []float64, limit float64, last int) float64 {
	left := 0.0
	for t := 0; t <= last && t < len(given); t++ {
		left += limit - given[t]
	}
	return left
}

// offer adds what a source still had to give, between its first month and the
// last from which it would have come in time.
func (e *explainer) offer(o *offer, s source, l lane, left, cost float64, first, last int) {
	switch {
	case left <= 1e-6:
		o.full = another(o.full, s.name)
		return
	case cost == 0:
		o.affordable += left
		return
	}
	can, funds := 0.0, e.payersAt(s.use, l.stock)
	for t := max(first, 0); t <= last && can < left*(1-1e-9); t++ {
		euros := e.purse(left*cost, t, last, funds)
		can = max(can, min(left, euros/cost))
	}
	o.affordable += can
	if left-can > 1e-6 {
		o.unpaid += left - can
		o.unpaidRecords = another(o.unpaidRecords, s.name)
	}
}

// another adds a name, unless it was the last: the lots of a pledge follow one another.
func another(names []string, name string) []string {
	if n := len(names); n > 0 && names[n-1] == name {
		return names
	}
	return append(names, name)
}

// purse is how much of a cost in month t the funds that may pay it could have
// paid beside what they do pay up to month last: none more than it has left, or
// than its share.
func (e *explainer) purse(cost float64, t, last int, funds []int) float64 {
	spare, share := make([]float64, 0, len(funds)), make([]float64, 0, len(funds))
	for _, f := range funds {
		fd := e.w.funds[f]
		if t > fd.until {
			continue
		}
		left := e.least(f, t, last)
		if fd.ceiling >= 0 {
			left = min(left, max(0, fd.ceiling-e.spent[f]))
		}
		spare, share = append(spare, left), append(share, fd.share)
	}
	paid := func(cost float64) float64 {
		sum := 0.0
		for i := range spare {
			sum += min(spare[i], share[i]*cost)
		}
		return sum
	}
	if paid(cost) >= cost*(1-1e-9) {
		return cost
	}
	// What funds pay together falls behind the cost once and for all.
	lo, hi := 0.0, cost
	for range 60 {
		if mid := (lo + hi) / 2; paid(mid) >= mid*(1-1e-9) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// least is the lowest balance of a fund between two months, in euros.
func (e *explainer) least(f, t, last int) float64 {
	if e.lows == nil {
		e.lows = make([][][]float64, len(e.w.funds))
	}
	if e.lows[f] == nil {
		for from := range e.w.options.Months {
			var lows []float64
			low := math.Inf(1)
			for _, c := range e.pots[f][from:] {
				low = min(low, at(e.x, c)*million)
				lows = append(lows, low)
			}
			e.lows[f] = append(e.lows[f], lows)
		}
	}
	return e.lows[f][t][max(0, last-t)]
}

// moneyHold says how many units of need i the money for running would allow.
func (e *explainer) moneyHold(i, t int) Hold {
	n := e.w.needs[i]
	there := n.running * at(e.x, e.made[i][t])
	payers := e.w.payers(func(fd *fund) bool { return e.w.paysFor(fd, record.Running, i) })
	balance := e.purse(max(0, n.running*n.quantity[t]-there), t, t, payers)
	var funds []string
	for _, f := range payers {
		funds = append(funds, e.w.funds[f].rec.Key().String())
	}
	says := fmt.Sprintf("%s EUR paid and %s EUR left for running, %s EUR needed", figure(there), figure(balance), figure(n.running*n.quantity[t]))
	if len(funds) == 0 {
		says = "no fund may pay for running it"
	}
	return Hold{Leg: record.Funding, Allows: (there + balance) / n.running, Records: funds, Says: says}
}

// kept names what was there and kept for something worth more, by the price of
// what the need takes.
func (e *explainer) kept(i, t int, all []Hold) Hold {
	best, most := all[0], -1.0
	for _, h := range all {
		if value := e.share(i, t, h); value > most {
			best, most = h, value
		}
	}
	best.Says = "there is some, kept for other months or needs, where it is worth more"
	return best
}

// share is what the units of need i that are missing in month t would have to
// pay for one leg, at the solver's prices.
func (e *explainer) share(i, t int, h Hold) float64 {
	n := e.w.needs[i]
	if h.Resource == "" {
		cheapest := math.Inf(1)
		for f, fd := range e.w.funds {
			if t <= fd.until && e.w.paysFor(fd, record.Running, i) {
				cheapest = min(cheapest, math.Abs(e.price[e.potRow[f][t]])*n.running/million)
			}
		}
		return cheapest
	}
	per, usedUp := n.capability.Stock[h.Resource], false
	if per == 0 {
		per, usedUp = n.capability.Monthly[h.Resource], true
	}
	cheapest := math.Inf(1)
	for _, s := range e.w.stocksOf(i, h.Resource) {
		if e.thereRow[s][t] == none {
			continue
		}
		price := e.price[e.thereRow[s][t]]
		if !usedUp {
			price -= e.after(s, t)
		}
		cheapest = min(cheapest, math.Abs(price)*per)
	}
	return cheapest
}

// after is what it is worth that something which is there in month t is there in
// later months as well, as far as it lasts.
func (e *explainer) after(s, t int) float64 {
	lasts := 1.0
	for _, next := range e.thereRow[s][t+1:] {
		if lasts *= e.w.stocks[s].keeps; next != none {
			return lasts * e.price[next]
		}
	}
	return 0
}

// mostHeld is the leg that explains most of what a need lacks.
func mostHeld(n Need) string {
	lack := map[string]float64{}
	for _, m := range n.Months {
		if len(m.Holds) > 0 {
			lack[string(m.Holds[0].Leg)] += m.Needed - m.Covered
		}
	}
	best := ""
	for _, leg := range slices.Sorted(maps.Keys(lack)) {
		if best == "" || lack[leg] > lack[best]+1e-9 {
			best = leg
		}
	}
	return best
}
