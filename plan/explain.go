package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/record"
)

// explain adds to a plan why it is as it is: the legs alone, what holds each
// need in each month, what more would be worth, who feeds whom, and why what is
// offered is not used.
func (m *model) explain(p *Plan, best *optimum, alone [3]solitary) {
	e := explainer{model: m, plan: p, x: best.x, price: best.price}
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
	granted [][]float64 // by stock, month: what is at the service of needs, or used up
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
	for range e.w.stocks {
		e.granted = append(e.granted, make([]float64, e.w.options.Months))
	}
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
	for _, a := range e.allots {
		if !a.usedUp {
			e.granted[a.stock][a.month] += a.of(e.x)
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
		there += max(0, at(e.x, e.stocks[s][t])-e.granted[s][t])
	}
	for _, a := range e.allots {
		if a.need == i && a.month == t && e.w.stocks[a.stock].resource.ID == string(r) {
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
	for k, l := range e.w.lots {
		if lane, ok := e.way(l.source, i, r); ok {
			left := 0.0
			if l.first+lane.lead <= t {
				left = l.quantity
				for _, s := range e.sent[k] {
					if s.month <= t-lane.lead {
						left -= s.quantity // what leaves later could have left by now
					}
				}
			}
			e.offer(&o, l.source, lane, left, l.cost, l.first, min(t-lane.lead, l.last))
		}
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
	name := s.key.String()
	switch {
	case left <= 1e-6:
		o.full = append(o.full, name)
		return
	case cost == 0:
		o.affordable += left
		return
	}
	can, funds := 0.0, e.w.payers(func(fd *fund) bool { return e.w.paysAt(fd, s.use, l.stock) })
	for t := max(first, 0); t <= last; t++ {
		euros := e.purse(left*cost, t, last, funds)
		can = max(can, min(left, euros/cost))
	}
	o.affordable += can
	if left-can > 1e-6 {
		o.unpaid += left - can
		o.unpaidRecords = append(o.unpaidRecords, name)
	}
}

// purse is how much of a cost in month t the funds that may pay it could have
// paid beside what they do pay up to month last: none more than it has left, or
// than its share.
func (e *explainer) purse(cost float64, t, last int, funds []int) float64 {
	var spare, share []float64
	for _, f := range funds {
		fd := e.w.funds[f]
		if t > fd.until {
			continue
		}
		left := at(e.x, e.pots[f][t]) * million
		for later := t + 1; later <= last; later++ {
			left = min(left, at(e.x, e.pots[f][later])*million)
		}
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
		row := e.heldRow[s][t]
		if usedUp {
			row = e.thereRow[s][t]
		}
		if row != none {
			cheapest = min(cheapest, math.Abs(e.price[row])*per)
		}
	}
	return cheapest
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
	for k := 0; k < len(e.w.lots); {
		l, given, later, next := e.w.lots[k], 0.0, 0.0, e.w.options.Months
		for ; k < len(e.w.lots) && e.w.lots[k].key == l.key; k++ { // the lots of one pledge
			lane, ok := e.way(e.w.lots[k].source, i, r)
			switch arrive := e.w.lots[k].first + lane.lead; {
			case !ok:
			case arrive > t:
				later, next = later+e.w.lots[k].quantity, min(next, arrive)
			case e.shipped[k] >= e.w.lots[k].quantity-1e-6:
				given += e.w.lots[k].quantity
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
	for _, l := range e.w.lots {
		if _, ok := e.way(l.source, i, r); ok {
			return true
		}
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

// feeds pegs a need to what serves it. Where one stock serves several needs,
// what came into it is shared out as the stock was: no single item is marked.
func (e *explainer) feeds(i int) {
	type key struct {
		record   string
		resource record.ResourceID
	}
	fed := map[key]*Feed{}
	add := func(k key, party record.PartyID, unit string, q float64, month int) {
		f := fed[k]
		if f == nil {
			f = &Feed{Record: k.record, Party: party, Resource: k.resource, Unit: unit, First: e.model.at(month)}
			fed[k] = f
		}
		f.Quantity += q
		f.First = min(f.First, e.model.at(month))
	}
	part := e.parts(i)
	for _, f := range e.flows {
		if q := e.x[f.col] * part[f.lane.stock]; q > 1e-6 {
			s, st := e.source(f), e.w.stocks[f.lane.stock]
			add(key{s.key.String(), record.ResourceID(st.resource.ID)}, s.party, st.resource.Unit, q*f.yields, f.month+f.lane.lead)
		}
	}
	for _, mv := range e.plan.Moves {
		if mv.Verb == Pay && mv.Need == e.plan.Needs[i].ID {
			add(key{mv.Record, ""}, mv.Party, "EUR", mv.Quantity, int(mv.Month-e.w.options.Start))
		}
		if mv.Verb == Deploy && mv.Need == e.plan.Needs[i].ID {
			add(key{mv.Record, ""}, mv.Party, mv.Unit, mv.Quantity*float64(mv.Until-mv.Month+1), int(mv.Month-e.w.options.Start))
		}
	}
	for _, f := range fed {
		f.Quantity = settle(f.Quantity)
		e.plan.Needs[i].FedBy = append(e.plan.Needs[i].FedBy, *f)
	}
	slices.SortFunc(e.plan.Needs[i].FedBy, func(a, b Feed) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.First, b.First), cmp.Compare(a.Record, b.Record))
	})
}

// parts is the share of each stock's service that went to need i.
func (e *explainer) parts(i int) []float64 {
	mine, all := make([]float64, len(e.w.stocks)), make([]float64, len(e.w.stocks))
	for _, a := range e.allots {
		all[a.stock] += a.of(e.x)
		if a.need == i {
			mine[a.stock] += a.of(e.x)
		}
	}
	for s := range mine {
		if all[s] > 0 {
			mine[s] /= all[s]
		}
	}
	return mine
}

// leftovers lists what is offered and not used, and why.
func (e *explainer) leftovers() []Leftover {
	out := []Leftover{}
	add := func(s source, resource, unit string, offered, used float64, why string) {
		if left := settle(offered - used); left > 1e-6*max(1, offered) {
			out = append(out, Leftover{s.key.String(), s.party, resource, settle(offered), settle(used), left, unit, why})
		}
	}
	pledged := map[record.Key][2]float64{}
	var order []*lot
	for k, l := range e.w.lots {
		if _, ok := pledged[l.key]; !ok {
			order = append(order, l)
		}
		sum := pledged[l.key]
		pledged[l.key] = [2]float64{sum[0] + l.quantity, sum[1] + e.shipped[k]}
	}
	for _, l := range order {
		r, _ := e.w.view.Resource(l.pledge.Resource)
		add(l.source, r.ID, r.Unit, pledged[l.key][0], pledged[l.key][1], e.idle(l.source, l.first))
	}
	for k, mk := range e.w.makers {
		r, _ := e.w.view.Resource(mk.production.Resource)
		add(mk.source, r.ID, r.Unit, mk.perMonth*float64(len(e.bought[k])), sum(e.bought[k]), e.idle(mk.source, mk.first))
	}
	for k, c := range e.w.courses {
		r, _ := e.w.view.Resource(c.programme.Trains)
		add(c.source, r.ID, "seat", c.seats*float64(len(e.seated[k])), sum(e.seated[k]), e.idle(c.source, c.first))
	}
	for _, f := range e.plan.Funds {
		if rest := f.Left + f.Lapsed; rest > 1 {
			fund, _ := e.w.view.Fund(f.Fund)
			why := "there was nothing more that it could pay for"
			if f.Lapsed > 0 {
				why = "it lapses when the fund expires"
			}
			out = append(out, Leftover{fund.Key().String(), fund.Manager, "EUR", f.In, f.Out, rest, "EUR", why})
		}
	}
	return out
}

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

// idle says why a source is not used up: it comes too late, or what it goes
// with is short, or nothing more is needed.
func (e *explainer) idle(s source, first int) string {
	needed, waits := false, map[string]bool{}
	for _, l := range s.lanes {
		if first+l.lead >= e.w.options.Months {
			continue
		}
		st := e.w.stocks[l.stock]
		for _, i := range st.needs {
			for _, nm := range e.plan.Needs[i].Months {
				if short(nm) && int(nm.Month-e.w.options.Start) >= first+l.lead {
					needed = true
					for _, h := range nm.Holds {
						if h.Resource != record.ResourceID(st.resource.ID) || h.Leg == record.Funding {
							waits[e.scarce(h)] = true
						}
					}
				}
			}
		}
	}
	late := true
	for _, l := range s.lanes {
		late = late && first+l.lead >= e.w.options.Months
	}
	switch {
	case late:
		return "it would arrive after the plan ends"
	case !needed:
		return "what it may serve is covered without it"
	case len(waits) > 0:
		return "it waits for " + list(slices.Sorted(maps.Keys(waits)))
	}
	return "it comes when it no longer helps"
}

// scarce names what a hold is short of, in words.
func (e *explainer) scarce(h Hold) string {
	name := e.w.view.Name(record.Key{Kind: record.KindResource, ID: string(h.Resource)})
	switch {
	case h.Resource == "" && h.Leg == record.Funding:
		return "money"
	case h.Resource == "":
		return "free forces"
	case h.Leg == record.Funding:
		return "money for " + name
	}
	return name
}

func list(names []string) string {
	if len(names) > 3 {
		names = append(names[:3:3], "others")
	}
	text := ""
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += n
	}
	return text
}

func counted(n float64, unit string) string { return figure(n) + " " + plural(unit, n) }

func months(n int) string { return counted(float64(n), "month") }

// plural writes a unit for a number of them. Units are written in the singular
// in records; what does not take an s keeps its form.
func plural(unit string, n float64) string {
	if n == 1 || unit == "" {
		return unit
	}
	head, rest := unit, ""
	for _, stop := range []string{" in ", " of ", " a ", " per "} {
		if k := strings.Index(unit, stop); k > 0 && k < len(head) {
			head, rest = unit[:k], unit[k:]
		}
	}
	switch last := head[len(head)-1]; {
	case head == "person":
		return "people" + rest
	case last == 's' || head == "personnel" || head == "aircraft":
		return unit
	case last == 'y' && len(head) > 1 && !strings.ContainsRune("aeiou", rune(head[len(head)-2])):
		return head[:len(head)-1] + "ies" + rest
	}
	return head + "s" + rest
}
