// Package textbook states docs/model.md, section 3, once more, as a textbook
// would. It is the second opinion that plans are held against, and what other
// solvers are given when they are raced. Nothing imports it but tests and races.
package textbook

import (
	"maps"
	"math"
	"slices"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Model is a second reading of docs/model.md, section 3, that shares nothing
// with package plan but the records: every variable and every row is written
// out, nothing is merged, bounded or left out because it cannot matter. Even
// caveat classes are left out: every source has a stock of its own at every
// place, and serves from it those needs that it may.
type Model struct {
	LP     lp.Model
	Spent  []lp.Term // money, in units of Unit euros
	v      *register.View
	o      plan.Options
	months []record.Month
	all    []*record.Need             // whose recipe the register knows
	z      map[record.NeedID][]lp.Col // by need, month
	bills  []bill
	takes  map[taken][]lp.Term // by need, month, resource: what is at its service, or used up for it
	comes  map[taken][]lp.Term // by need, month: what units on tours give
}

// Unit is how many euros the unit of money stands for. Thousands keep what a
// choice costs above 1: with less the solver has been seen to choose wrongly.
const Unit = 1e3

// bill is a cost that somebody must pay: so much a unit of a column, for a
// need or, at a place, for a resource.
type bill struct {
	use      record.Use
	euros    float64
	of       lp.Col
	month    record.Month
	need     *record.Need // or nil
	at       record.PlaceID
	resource record.ResourceID
}

type taken struct {
	need     record.NeedID
	month    record.Month
	resource record.ResourceID
}

// heap is something that brings a resource, month by month.
type heap struct {
	resource *record.Resource
	serves   func(*record.Need) bool
	lead     func(record.PlaceID) int
	opens    func(record.Month) bool // whether something may leave in a month
	all      float64                 // at most so much over the horizon, or +Inf
	monthly  float64                 // at most so much a month, or +Inf
	yields   float64
	euros    float64
	use      record.Use
}

// New states the model of a view.
func New(v *register.View, o plan.Options) *Model {
	n := begin(v, o)
	for _, u := range n.v.Units() {
		n.send(u)
	}
	for _, need := range n.all {
		n.ask(need)
	}
	for _, h := range slices.Concat(n.gifts(), n.industry(), n.schools()) {
		n.bring(h)
	}
	for _, need := range n.all {
		n.make(need)
	}
	n.pay()
	return n
}

func begin(v *register.View, o plan.Options) *Model {
	n := &Model{v: v, o: o, z: map[record.NeedID][]lp.Col{}, takes: map[taken][]lp.Term{}, comes: map[taken][]lp.Term{}}
	for t := range o.Months {
		n.months = append(n.months, o.Start+record.Month(t))
	}
	n.all = n.needs()
	return n
}

// needs are those whose recipe the register knows.
func (n *Model) needs() []*record.Need {
	return slices.DeleteFunc(n.v.Needs(), func(need *record.Need) bool {
		c, ok := n.v.Capability(need.Capability)
		if !ok {
			return true
		}
		for r := range both(c) {
			if _, ok := n.v.Resource(r); !ok {
				return true
			}
		}
		return false
	})
}

func uses(c *record.Capability, r record.ResourceID) bool {
	_, stock := c.Stock[r]
	_, monthly := c.Monthly[r]
	return stock || monthly
}

func both(c *record.Capability) map[record.ResourceID]float64 {
	all := maps.Clone(c.Stock)
	if all == nil {
		all = map[record.ResourceID]float64{}
	}
	maps.Copy(all, c.Monthly)
	return all
}

// ask adds cov and z of a need (3.8, and section 4).
func (n *Model) ask(need *record.Need) {
	c, _ := n.v.Capability(need.Capability)
	for t, month := range n.months {
		n.z[record.NeedID(need.ID)] = append(n.z[record.NeedID(need.ID)], n.cover(need, c, t, n.asked(need, month)))
	}
}

// cover adds cov and z of one month, in which a need asks for q, and returns z.
func (n *Model) cover(need *record.Need, c *record.Capability, t int, q float64) lp.Col {
	weight := math.Pow(4, float64(5-need.Priority))
	if need.Weight != nil {
		weight *= *need.Weight
	}
	most := q
	if len(both(c)) == 0 && c.Running == nil {
		most = 0 // of nothing nothing is made
	}
	z := n.LP.AddCol(0, 0, most)
	if c.Whole {
		n.LP.SetInteger(z)
	}
	cov := n.LP.AddCol(weight*math.Pow(n.o.Discount, float64(t)), 0, q)
	terms := []lp.Term{{Col: cov, Coef: 1}, {Col: z, Coef: -1}}
	for _, y := range n.comes[taken{record.NeedID(need.ID), n.months[t], ""}] {
		terms = append(terms, lp.Term{Col: y.Col, Coef: -y.Coef})
	}
	n.LP.AddRow(-lp.Inf, n.present(need, n.months[t]), terms...)
	if c.Running != nil {
		n.bills = append(n.bills, bill{use: record.Running, euros: n.euros(*c.Running), of: z, month: n.months[t], need: need})
	}
	return z
}

func (n *Model) present(need *record.Need, month record.Month) float64 {
	sum := 0.0
	for _, a := range n.v.Assignments() {
		if a.Role == record.Deployed && string(a.Need) == need.ID && a.From.First().Month() <= month && (a.To.IsZero() || month <= a.To.Last().Month()) {
			if u, ok := n.v.Unit(a.Unit); ok {
				part := 1.0
				if a.Share != nil {
					part = *a.Share
				}
				sum += part * u.Gives[need.Capability]
			}
		}
	}
	return sum
}

// send adds the tours that a unit may begin for each need, and that they leave
// it time to prepare and to rest (3.7).
func (n *Model) send(u *record.Unit) {
	r := record.Rotation{Tour: 1}
	if u.Rotation != nil {
		r = *u.Rotation
	}
	r.Tour = max(1, r.Tour)
	busy := map[record.Month][]lp.Term{}
	for _, need := range n.all {
		gives := u.Gives[need.Capability]
		for _, start := range n.months {
			if gives <= 0 || start < n.o.Start+record.Month(math.Ceil(float64(u.Notice)/30)) || n.bound(u, need, start, start+record.Month(r.Tour)-1) {
				continue
			}
			y := n.LP.AddCol(0, 0, 1)
			n.LP.SetInteger(y)
			for month := start; month < start+record.Month(r.Tour); month++ {
				k := taken{record.NeedID(need.ID), month, ""}
				n.comes[k] = append(n.comes[k], lp.Term{Col: y, Coef: gives})
				if u.Cost != nil && month < n.o.Start+record.Month(n.o.Months) {
					n.bills = append(n.bills, bill{use: record.Running, euros: n.euros(*u.Cost), of: y, month: month, need: need})
				}
			}
			for month := start - record.Month(r.Prepare); month < start+record.Month(r.Tour+r.Rest); month++ {
				busy[month] = append(busy[month], lp.Term{Col: y, Coef: 1})
			}
		}
	}
	for _, month := range slices.Sorted(maps.Keys(busy)) {
		n.LP.AddRow(-lp.Inf, 1, busy[month]...)
	}
}

// bound reports whether an assignment keeps a unit from a need in some month of
// the horizon from first to last.
func (n *Model) bound(u *record.Unit, need *record.Need, first, last record.Month) bool {
	last = min(last, n.o.Start+record.Month(n.o.Months)-1)
	for _, a := range n.v.Assignments() {
		admits := need.Under != "" && (a.Under == need.Under || a.RecallableBy == need.Under)
		if string(a.Unit) == u.ID && (a.Exclusive || a.Role == record.Deployed || !admits) &&
			a.From.First().Month() <= last && (a.To.IsZero() || first <= a.To.Last().Month()) {
			return true
		}
	}
	return false
}

func (n *Model) euros(m record.Money) float64 {
	eur, _, ok := n.v.Euro(m, n.o.Start.First())
	if !ok {
		return 0
	}
	return eur.Amount().Float()
}

// bring adds what may leave a source for every place, in every month, the
// stock it makes there, and what needs take of it (3.1 to 3.5).
func (n *Model) bring(h heap) {
	served := n.served(h)
	leaves, total := make([][]lp.Term, n.o.Months), []lp.Term{}
	for _, place := range slices.Sorted(maps.Keys(served)) {
		arrives := make([][]lp.Term, n.o.Months)
		for t, month := range n.months {
			if !h.opens(month) {
				continue
			}
			x := n.LP.AddCol(0, 0, lp.Inf)
			leaves[t] = append(leaves[t], lp.Term{Col: x, Coef: 1})
			total = append(total, lp.Term{Col: x, Coef: 1})
			if there := t + h.lead(place); there < n.o.Months {
				arrives[there] = append(arrives[there], lp.Term{Col: x, Coef: h.yields})
			}
			if h.euros > 0 {
				n.bills = append(n.bills, bill{use: h.use, euros: h.euros, of: x, month: month, at: place, resource: record.ResourceID(h.resource.ID)})
			}
		}
		n.keep(h.resource, served[place], arrives)
	}
	n.LP.AddRow(-lp.Inf, h.all, total...)
	for _, terms := range leaves {
		n.LP.AddRow(-lp.Inf, h.monthly, terms...)
	}
}

// served are the needs, by place, that a source may serve.
func (n *Model) served(h heap) map[record.PlaceID][]*record.Need {
	served := map[record.PlaceID][]*record.Need{}
	for _, need := range n.all {
		c, _ := n.v.Capability(need.Capability)
		if uses(c, record.ResourceID(h.resource.ID)) && h.serves(need) {
			served[need.At] = append(served[need.At], need)
		}
	}
	return served
}

// keep adds the stock that one source makes at one place.
func (n *Model) keep(r *record.Resource, needs []*record.Need, arrives [][]lp.Term) {
	before := lp.Col(-1)
	for t, month := range n.months {
		stock := n.LP.AddCol(0, 0, lp.Inf)
		balance := []lp.Term{{Col: stock, Coef: 1}}
		if t > 0 {
			keeps := 1.0
			if r.Leg != record.Supply {
				keeps -= r.Loss
			}
			balance = append(balance, lp.Term{Col: before, Coef: -keeps})
		}
		for _, a := range arrives[t] {
			balance = append(balance, lp.Term{Col: a.Col, Coef: -a.Coef})
		}
		present := []lp.Term{{Col: stock, Coef: -1}}
		for _, need := range needs {
			c, _ := n.v.Capability(need.Capability)
			given := n.LP.AddCol(0, 0, lp.Inf)
			if _, monthly := c.Monthly[record.ResourceID(r.ID)]; monthly {
				balance = append(balance, lp.Term{Col: given, Coef: 1})
			} else {
				present = append(present, lp.Term{Col: given, Coef: 1})
			}
			k := taken{record.NeedID(need.ID), month, record.ResourceID(r.ID)}
			n.takes[k] = append(n.takes[k], lp.Term{Col: given, Coef: 1})
		}
		n.LP.AddRow(0, 0, balance...)
		n.LP.AddRow(-lp.Inf, 0, present...)
		before = stock
	}
}

// make adds what a unit of capability takes.
func (n *Model) make(need *record.Need) {
	c, _ := n.v.Capability(need.Capability)
	for t, month := range n.months {
		z := n.z[record.NeedID(need.ID)][t]
		for _, r := range slices.Sorted(maps.Keys(both(c))) {
			hi := lp.Inf
			if _, monthly := c.Monthly[r]; monthly {
				hi = 0
			}
			terms := append([]lp.Term{{Col: z, Coef: -both(c)[r]}}, n.takes[taken{record.NeedID(need.ID), month, r}]...)
			n.LP.AddRow(0, hi, terms...)
		}
	}
}

// gifts are the parts of pledges: what was handed over by month 0, and then
// what the schedule brings, as far as the pledge has reached the rung.
func (n *Model) gifts() []heap {
	var hs []heap
	for _, p := range n.v.Pledges() {
		r, ok := n.v.Resource(p.Resource)
		if !ok || n.inParent(p) {
			continue
		}
		never := func(record.Month) bool { return true }
		reached := n.reached(p, n.o.Rung, never)
		handed := min(reached, n.reached(p, record.HandedOver, func(on record.Month) bool { return on <= n.o.Start }))
		h := heap{resource: r, serves: n.receives(p), yields: 1, use: record.Delivery, monthly: lp.Inf}
		h.opens, h.lead = func(record.Month) bool { return true }, func(record.PlaceID) int { return 0 }
		h.all = handed
		hs = append(hs, h)
		if p.PaidBy == record.PaidByFunds && p.DeliveryCost != nil {
			h.euros = n.euros(*p.DeliveryCost)
		}
		h.lead = func(place record.PlaceID) int {
			if p.Lead == nil {
				return 1
			}
			if p.Lead.At == nil {
				return p.Lead.Months
			}
			if months, ok := p.Lead.At[place]; ok {
				return months
			}
			return 1
		}
		// The schedule lines its entries up from 0; what was handed over is the
		// beginning of that line, what has not reached the rung its end.
		lots, line := p.Schedule, 0.0
		if len(lots) == 0 {
			lots = []record.Lot{{On: p.From, Quantity: p.Quantity}}
		}
		for _, l := range lots {
			part := h
			part.all = max(0, min(line+l.Quantity.Min, reached)-max(line, handed))
			part.opens = func(month record.Month) bool {
				return l.On.First().Month() <= month && (p.Until.IsZero() || month <= p.Until.Last().Month())
			}
			hs = append(hs, part)
			line += l.Quantity.Min
		}
	}
	return hs
}

// reached is how much of a pledge stands at a rung or above, by what is known.
func (n *Model) reached(p *record.Pledge, rung record.Rung, by func(record.Month) bool) float64 {
	whole := 0.0
	if p.Quantity != nil {
		whole = p.Quantity.Min
	} else {
		for _, l := range p.Schedule {
			whole += l.Quantity.Min
		}
	}
	most := 0.0
	for _, s := range p.Status {
		if n.v.RungOf(p.By, s) < rung || !s.On.IsZero() && (s.On.First() > n.v.At().On || !by(s.On.First().Month())) {
			continue
		}
		q := whole
		if s.Quantity != nil {
			q = min(whole, s.Quantity.Min)
		}
		most = max(most, q)
	}
	return most
}

func (n *Model) stands(p *record.Pledge) bool { return n.v.Rung(p) >= n.o.Rung }

// inParent reports whether a pledge is counted in one above it.
func (n *Model) inParent(p *record.Pledge) bool {
	for up, ok := n.v.Pledge(p.PartOf); ok; up, ok = n.v.Pledge(up.PartOf) {
		if n.stands(up) && up.Resource == p.Resource && up.Into == p.Into {
			return true
		}
	}
	return false
}

// receives is E(o, n) of section 1.
func (n *Model) receives(p *record.Pledge) func(*record.Need) bool {
	return func(need *record.Need) bool {
		if p.To != "" && p.To != need.For && (need.For == "" || !slices.Contains(n.v.GroupsOf(need.For), p.To)) {
			return false
		}
		return n.admits(p.Only, p.Not, need)
	}
}

func (n *Model) admits(only, not *record.Scope, need *record.Need) bool {
	return n.matches(only, need, true) && !(not != nil && n.matches(not, need, false))
}

// matches reports whether every list of a scope, or one at least, names a need.
func (n *Model) matches(s *record.Scope, need *record.Need, every bool) bool {
	if s == nil {
		return true
	}
	lists, hits := 0, 0
	count := func(length int, hit bool) {
		if length > 0 {
			lists++
			if hit {
				hits++
			}
		}
	}
	inside := func(p record.PlaceID) bool {
		for at := need.At; ; {
			if at == p {
				return true
			}
			place, ok := n.v.Place(at)
			if !ok || place.Within == "" {
				return false
			}
			at = place.Within
		}
	}
	count(len(s.Needs), slices.Contains(s.Needs, record.NeedID(need.ID)))
	count(len(s.Capabilities), slices.Contains(s.Capabilities, need.Capability))
	count(len(s.Places), slices.ContainsFunc(s.Places, inside))
	count(len(s.Parties), need.For != "" && slices.ContainsFunc(s.Parties, func(p record.PartyID) bool {
		return p == need.For || slices.Contains(n.v.GroupsOf(need.For), p)
	}))
	if every {
		return hits == lists
	}
	return hits > 0
}

// begun says for which months something with these ends is open.
func begun(from, to record.Day) func(record.Month) bool {
	return func(month record.Month) bool {
		return (from.IsZero() || from.First().Month() <= month) && (to.IsZero() || month <= to.Last().Month())
	}
}

func (n *Model) industry() []heap {
	var hs []heap
	for _, p := range n.v.Productions() {
		if r, ok := n.v.Resource(p.Resource); ok {
			hs = append(hs, heap{resource: r, yields: 1, all: lp.Inf, monthly: p.PerMonth.Min, euros: n.euros(p.Price), use: record.Procurement,
				serves: func(need *record.Need) bool { return n.admits(p.Only, p.Not, need) },
				lead:   func(record.PlaceID) int { return p.Lead }, opens: begun(p.From, p.To)})
		}
	}
	return hs
}

func (n *Model) schools() []heap {
	var hs []heap
	for _, p := range n.v.Programmes() {
		r, ok := n.v.Resource(p.Trains)
		if !ok {
			continue
		}
		h := heap{resource: r, yields: 1, all: lp.Inf, monthly: p.Seats.Min, use: record.Training,
			serves: func(need *record.Need) bool { return n.admits(p.Only, p.Not, need) },
			lead:   func(record.PlaceID) int { return p.Months }}
		if p.Passes != nil {
			h.yields = *p.Passes
		}
		if p.Cost != nil {
			h.euros = n.euros(*p.Cost)
		}
		open := begun(p.From, p.To)
		h.opens = func(month record.Month) bool {
			return open(month) && month >= n.o.Start+record.Month(math.Ceil(float64(p.Notice)/30))
		}
		hs = append(hs, h)
	}
	return hs
}

// pay adds p and B: who pays which bill, and what every fund has (3.6).
func (n *Model) pay() {
	shares := make([][]lp.Term, len(n.bills))
	for _, f := range n.v.Funds() {
		paid, all := make([][]lp.Term, n.o.Months), []lp.Term{}
		for i, b := range n.bills {
			if !n.mayPay(f, b) {
				continue
			}
			p := n.LP.AddCol(0, 0, lp.Inf)
			one := lp.Term{Col: p, Coef: 1}
			t := int(b.month - n.o.Start)
			shares[i], paid[t], all, n.Spent = append(shares[i], one), append(paid[t], one), append(all, one), append(n.Spent, one)
			if f.Reimburses != nil {
				n.LP.AddRow(-lp.Inf, 0, one, lp.Term{Col: b.of, Coef: -*f.Reimburses * b.euros / Unit})
			}
		}
		n.account(f, paid, all)
	}
	for i, b := range n.bills {
		n.LP.AddRow(0, 0, append(shares[i], lp.Term{Col: b.of, Coef: -b.euros / Unit})...)
	}
}

// account adds what a fund has, of which it pays so much in each month.
func (n *Model) account(f *record.Fund, paid [][]lp.Term, all []lp.Term) {
	if f.Ceiling != nil {
		n.LP.AddRow(-lp.Inf, n.euros(f.Ceiling.Amount.Min)/Unit, all...)
	}
	before := lp.Col(-1)
	for t, month := range n.months {
		balance := n.LP.AddCol(0, 0, lp.Inf)
		terms := append(paid[t], lp.Term{Col: balance, Coef: 1})
		if t > 0 {
			terms = append(terms, lp.Term{Col: before, Coef: -1})
		}
		income := n.income(f, month, t == 0) / Unit
		n.LP.AddRow(income, income, terms...)
		before = balance
	}
}

// mayPay reports whether a fund may pay a bill.
func (n *Model) mayPay(f *record.Fund, b bill) bool {
	return lasts(f, b.month) && n.pays(f, b)
}

func lasts(f *record.Fund, month record.Month) bool {
	return f.Expires.IsZero() || month <= f.Expires.Last().Month()
}

// pays reports whether it may before it expires.
func (n *Model) pays(f *record.Fund, b bill) bool {
	if !slices.Contains(f.Uses, b.use) {
		return false
	}
	if b.need != nil {
		return n.matches(f.For, b.need, true)
	}
	return slices.ContainsFunc(n.all, func(need *record.Need) bool {
		c, _ := n.v.Capability(need.Capability)
		return need.At == b.at && uses(c, b.resource) && n.asks(need) && n.matches(f.For, need, true)
	})
}

// asks reports whether a need asks for anything in the months of the plan.
func (n *Model) asks(need *record.Need) bool {
	return slices.ContainsFunc(n.months, func(month record.Month) bool { return n.asked(need, month) > 0 })
}

// asked is what a need asks for in a month.
func (n *Model) asked(need *record.Need, month record.Month) float64 {
	q := 0.0
	if need.From.First().Month() <= month && month <= need.To.Last().Month() {
		for _, s := range need.Quantity {
			if s.From.IsZero() || s.From.First().Month() <= month {
				q = s.Quantity.Max
			}
		}
	}
	return q
}

func (n *Model) income(f *record.Fund, month record.Month, first bool) float64 {
	sum := 0.0
	for _, p := range n.v.Pledges() {
		if p.Amount == nil || string(p.Into) != f.ID || !n.stands(p) || n.inParent(p) {
			continue
		}
		lots := p.Schedule
		if len(lots) == 0 {
			lots = []record.Lot{{On: p.From, Amount: p.Amount}}
		}
		for _, l := range lots {
			if on := l.On.First().Month(); on == month || first && on < month {
				if eur, _, ok := n.v.Euro(l.Amount.Min, register.Day(p)); ok {
					sum += eur.Amount().Float()
				}
			}
		}
	}
	return sum
}
