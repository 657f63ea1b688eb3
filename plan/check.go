package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// Check re-adds every balance of a plan from its moves alone, against the
// records of the view that it was made from, and says what does not add up. It
// knows nothing of the model: it reads docs/model.md, section 3, a second time,
// month by month, so that a mistake in one reading shows in the other.
func Check(v *register.View, p *Plan) []string {
	rung, ok := record.ParseRung(p.Rung)
	if !ok {
		return []string{fmt.Sprintf("the plan names no rung: %q", p.Rung)}
	}
	if p.Months < 1 || p.Months > monthsMax {
		return []string{fmt.Sprintf("the plan has %d months", p.Months)}
	}
	c := checker{v: v, p: p, rung: rung, last: p.Start + record.Month(p.Months) - 1}
	c.index()
	c.gifts()
	c.orders()
	c.training()
	c.stocks()
	c.tours()
	c.coverage()
	c.payments()
	return c.faults
}

type checker struct {
	v      *register.View
	p      *Plan
	rung   record.Rung
	last   record.Month
	faults []string

	needsAt map[record.PlaceID][]*record.Need
	money   map[record.FundID][]*record.Pledge // what is promised into each fund
	there   map[record.NeedID][]*record.Assignment
	tour    map[record.NeedID][]Move // that are to come
}

// index lists what is asked for again and again.
func (c *checker) index() {
	c.needsAt, c.money = map[record.PlaceID][]*record.Need{}, map[record.FundID][]*record.Pledge{}
	for _, n := range c.v.Needs() {
		c.needsAt[n.At] = append(c.needsAt[n.At], n)
	}
	c.there, c.tour = map[record.NeedID][]*record.Assignment{}, map[record.NeedID][]Move{}
	for _, a := range c.v.Assignments() {
		if a.Role == record.Deployed {
			c.there[a.Need] = append(c.there[a.Need], a)
		}
	}
	for _, m := range c.p.Moves {
		if m.Verb == Deploy {
			c.tour[m.Need] = append(c.tour[m.Need], m)
		}
	}
	for _, p := range c.v.Pledges() {
		if p.Into != "" && p.Amount != nil && c.v.Rung(p) >= c.rung && !c.counted(p) {
			c.money[p.Into] = append(c.money[p.Into], p)
		}
	}
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// over reports whether a exceeds b by more than a plan's figures may stray.
func over(a, b float64) bool { return a > b+1e-4+1e-6*math.Abs(b) }

// moves lists the moves of a verb by their record's id.
func (c *checker) moves(verb string, kind record.Kind) map[string][]Move {
	found := map[string][]Move{}
	for _, m := range c.p.Moves {
		if m.Verb != verb {
			continue
		}
		id, ok := strings.CutPrefix(m.Record, string(kind)+"/")
		if !ok || m.Quantity < 0 || m.Month < c.p.Start || m.Month > c.last || m.Arrives > c.last {
			c.fault("%s in %s by %s is no move of this plan", verb, m.Month, m.Record)
			continue
		}
		found[id] = append(found[id], m)
	}
	return found
}

// gifts checks what is shipped: who gives it, how much by when, for whom, and
// how long it takes.
func (c *checker) gifts() {
	for id, moves := range c.moves(Ship, record.KindPledge) {
		p, ok := c.v.Pledge(record.PledgeID(id))
		if !ok || p.Resource == "" || c.v.Rung(p) < c.rung {
			c.fault("Pledge/%s cannot be shipped from: it is no resource at rung %s", id, c.rung)
			continue
		}
		if c.counted(p) {
			c.fault("Pledge/%s is counted in the pledge that it is part of", id)
		}
		reached := c.v.Reached(p, c.rung).Min
		handed := c.handedOver(p)
		sent, early := 0.0, 0.0
		slices.SortStableFunc(moves, func(a, b Move) int { return int(a.Month - b.Month) })
		for _, m := range moves {
			c.mayServe(m, p.Resource, p.To, p.Only, p.Not)
			if m.Handed {
				early += m.Quantity
				if m.Arrives != m.Month {
					c.fault("Pledge/%s was handed over and takes %d months to %s", id, m.Arrives-m.Month, m.At)
				}
				continue
			}
			sent += m.Quantity
			if lead := leadTo(p, m.At); m.Arrives != m.Month+record.Month(lead) {
				c.fault("Pledge/%s arrives at %s after %d months instead of %d", id, m.At, m.Arrives-m.Month, lead)
			}
			// What was handed over is the beginning of the schedule.
			if there := max(0, c.available(p, m.Month)-handed); over(sent, there) {
				c.fault("Pledge/%s has shipped %g by %s, and %g were available", id, sent, m.Month, there)
			}
			if !p.Until.IsZero() && m.Month > p.Until.Last().Month() {
				c.fault("Pledge/%s ships in %s, after its last month", id, m.Month)
			}
		}
		if over(sent+early, reached) {
			c.fault("Pledge/%s ships %g of %g", id, sent+early, reached)
		}
		if over(early, handed) {
			c.fault("Pledge/%s ships %g as handed over, of which %g were", id, early, handed)
		}
	}
}

// leadTo is how many months a pledge takes to a place.
func leadTo(p *record.Pledge, at record.PlaceID) int {
	switch {
	case p.Lead == nil:
		return 1
	case p.Lead.At == nil:
		return p.Lead.Months
	}
	if n, ok := p.Lead.At[at]; ok {
		return n
	}
	return 1
}

// handedOver is how much of a pledge was with its receiver in month 0.
func (c *checker) handedOver(p *record.Pledge) float64 {
	q := 0.0
	for _, s := range p.Status {
		known := s.On.IsZero() || s.On.First() <= c.v.At().On
		before := s.On.IsZero() || s.On.First().Month() <= c.p.Start
		if known && before && c.v.RungOf(p.By, s) >= record.HandedOver {
			if s.Quantity == nil {
				q = register.Quantity(p).Min
			} else {
				q = max(q, s.Quantity.Min)
			}
		}
	}
	return q
}

// available is how much of a pledge's schedule has begun by a month.
func (c *checker) available(p *record.Pledge, m record.Month) float64 {
	if len(p.Schedule) == 0 {
		if p.From.First().Month() <= max(m, c.p.Start) {
			return p.Quantity.Min
		}
		return 0
	}
	sum := 0.0
	for _, l := range p.Schedule {
		if l.On.First().Month() <= max(m, c.p.Start) {
			sum += l.Quantity.Min
		}
	}
	return sum
}

// mayServe checks that every need of a move's class may take what it brings.
func (c *checker) mayServe(m Move, r record.ResourceID, to record.PartyID, only, not *record.Scope) {
	if m.Resource != r {
		c.fault("%s brings %s, and gives %s", m.Record, m.Resource, r)
	}
	for _, id := range m.Class {
		n, ok := c.v.Need(id)
		switch {
		case !ok || n.At != m.At:
			c.fault("%s serves need %s, which is not at %s", m.Record, id, m.At)
		case to != "" && (n.For == "" || !c.v.Includes(to, n.For)):
			c.fault("%s is for %s and serves need %s", m.Record, to, id)
		case only != nil && !c.inAll(n, only), not != nil && c.inAny(n, not):
			c.fault("%s may not serve need %s", m.Record, id)
		}
	}
}

// lists says for each list of a scope that is not empty whether it names n.
func (c *checker) lists(n *record.Need, s *record.Scope) (named []bool) {
	if s.Needs != nil {
		named = append(named, slices.Contains(s.Needs, record.NeedID(n.ID)))
	}
	if s.Capabilities != nil {
		named = append(named, slices.Contains(s.Capabilities, n.Capability))
	}
	if s.Places != nil {
		in := false
		for _, p := range s.Places {
			in = in || c.v.Within(n.At, p)
		}
		named = append(named, in)
	}
	if s.Parties != nil {
		in := false
		for _, p := range s.Parties {
			in = in || n.For != "" && c.v.Includes(p, n.For)
		}
		named = append(named, in)
	}
	return named
}

func (c *checker) inAll(n *record.Need, s *record.Scope) bool {
	return !slices.Contains(c.lists(n, s), false)
}

func (c *checker) inAny(n *record.Need, s *record.Scope) bool {
	return slices.Contains(c.lists(n, s), true)
}

// orders checks what is bought: no more a month than is made, within its days.
func (c *checker) orders() {
	for id, moves := range c.moves(Buy, record.KindProduction) {
		r, _ := c.v.Get(record.Key{Kind: record.KindProduction, ID: id})
		p, ok := r.(*record.Production)
		if !ok {
			c.fault("Production/%s is not in the register", id)
			continue
		}
		c.monthly(moves, p.PerMonth.Min, p.From, p.To, p.Lead, 0)
		for _, m := range moves {
			c.mayServe(m, p.Resource, "", p.Only, p.Not)
		}
	}
}

func (c *checker) training() {
	for id, moves := range c.moves(Train, record.KindProgramme) {
		r, _ := c.v.Get(record.Key{Kind: record.KindProgramme, ID: id})
		p, ok := r.(*record.Programme)
		if !ok {
			c.fault("Programme/%s is not in the register", id)
			continue
		}
		c.monthly(moves, p.Seats.Min, p.From, p.To, p.Months, p.Notice)
		for _, m := range moves {
			c.mayServe(m, p.Trains, "", p.Only, p.Not)
		}
	}
}

// monthly checks a source that gives so much a month.
func (c *checker) monthly(moves []Move, limit float64, from, to record.Day, lead, notice int) {
	sums := map[record.Month]float64{}
	for _, m := range moves {
		sums[m.Month] += m.Quantity
		begins := c.p.Start + record.Month(math.Ceil(float64(notice)/30))
		switch {
		case over(sums[m.Month], limit):
			c.fault("%s gives %g in %s, and at most %g", m.Record, sums[m.Month], m.Month, limit)
		case !from.IsZero() && m.Month < from.First().Month(), !to.IsZero() && m.Month > to.Last().Month(), m.Month < begins:
			c.fault("%s gives something in %s, outside of its time", m.Record, m.Month)
		case m.Arrives != m.Month+record.Month(lead):
			c.fault("%s takes %d months instead of %d", m.Record, m.Arrives-m.Month, lead)
		}
	}
}

// pool names a stock: a resource at a place for one set of needs.
type pool struct {
	at       record.PlaceID
	resource record.ResourceID
	class    string
}

func poolOf(at record.PlaceID, r record.ResourceID, class []record.NeedID) pool {
	key := make([]byte, 0, 16*len(class))
	for _, id := range class {
		key = append(append(key, id...), ' ')
	}
	return pool{at, r, string(key)}
}

// stocks walks every pool through the months: what arrives, what is lost, what
// is used up, and that no more is kept at the service of needs than is there.
func (c *checker) stocks() {
	type tally struct{ arrives, used, kept []float64 } // by month
	pools := map[pool]*tally{}
	of := func(k pool) *tally {
		if pools[k] == nil {
			pools[k] = &tally{make([]float64, c.p.Months), make([]float64, c.p.Months), make([]float64, c.p.Months)}
		}
		return pools[k]
	}
	for _, m := range c.p.Moves {
		if (m.Verb == Ship || m.Verb == Buy || m.Verb == Train) && m.Arrives >= c.p.Start && m.Arrives <= c.last {
			of(poolOf(m.At, m.Resource, m.Class)).arrives[m.Arrives-c.p.Start] += m.Quantity * c.passes(m)
		}
	}
	for _, s := range c.p.Service {
		n, ok := c.v.Need(s.Need)
		if !ok || !slices.Contains(s.Class, s.Need) || s.Month < c.p.Start || s.Month > c.last {
			c.fault("need %s is served in %s from a stock that may not serve it", s.Need, s.Month)
			continue
		}
		if pool := of(poolOf(n.At, s.Resource, s.Class)); s.UsedUp {
			pool.used[s.Month-c.p.Start] += s.Quantity
		} else {
			pool.kept[s.Month-c.p.Start] += s.Quantity
		}
	}
	for k, pool := range pools {
		r, ok := c.v.Resource(k.resource)
		if !ok {
			c.fault("%s is not in the register", k.resource)
			continue
		}
		keeps := 1 - r.Loss
		if r.Leg == record.Supply {
			keeps = 1
		}
		there, scale := 0.0, 0.0
		for t, arrives := range pool.arrives {
			m := c.p.Start + record.Month(t)
			scale += arrives
			there = there*keeps + arrives - pool.used[t]
			if over(0, there+1e-6*scale) {
				c.fault("%s at %s: %g more are used up by %s than were there", k.resource, k.at, -there, m)
			}
			if over(pool.kept[t], there+1e-6*scale) {
				c.fault("%s at %s: %g serve in %s, and %g are there", k.resource, k.at, pool.kept[t], m, there)
			}
		}
	}
}

func (c *checker) passes(m Move) float64 {
	if id, ok := strings.CutPrefix(m.Record, "Programme/"); ok {
		if r, ok := c.v.Get(record.Key{Kind: record.KindProgramme, ID: id}); ok {
			if p := r.(*record.Programme); p.Passes != nil {
				return *p.Passes
			}
		}
	}
	return 1
}

// coverage checks that what is counted was needed, was made of all that its
// recipe takes, or was present; and that the objective is its weighted sum.
func (c *checker) coverage() {
	type want struct {
		need     record.NeedID
		month    record.Month
		resource record.ResourceID
	}
	served := map[want]float64{}
	for _, s := range c.p.Service {
		served[want{s.Need, s.Month, s.Resource}] += s.Quantity
	}
	objective := 0.0
	for _, out := range c.p.Needs {
		n, ok := c.v.Need(out.ID)
		if !ok {
			c.fault("need %s is not in the register", out.ID)
			continue
		}
		capability, _ := c.v.Capability(n.Capability)
		w := 1.0
		if n.Weight != nil {
			w = *n.Weight
		}
		w *= math.Pow(4, float64(5-n.Priority))
		for i, m := range out.Months {
			objective += w * math.Pow(c.p.Discount, float64(i)) * m.Covered
			if over(m.Needed, c.asked(n, m.Month)) || over(c.asked(n, m.Month), m.Needed) {
				c.fault("need %s asks for %g in %s, the plan says %g", n.ID, c.asked(n, m.Month), m.Month, m.Needed)
			}
			if over(m.Covered, m.Needed) || over(m.Covered, m.Made+c.present(n, m.Month)) {
				c.fault("need %s counts %g in %s, of %g made and %g present", n.ID, m.Covered, m.Month, m.Made, c.present(n, m.Month))
			}
			if m.Made > 0 && len(capability.Stock)+len(capability.Monthly) == 0 && capability.Running == nil {
				c.fault("need %s counts %g made in %s of nothing", n.ID, m.Made, m.Month)
			}
			for r, per := range capability.Stock {
				if got := served[want{out.ID, m.Month, r}]; over(per*m.Made, got+1e-6*per) {
					c.fault("need %s in %s: %g units need %g %s, and %g serve", n.ID, m.Month, m.Made, per*m.Made, r, got)
				}
			}
			for r, per := range capability.Monthly {
				if got := served[want{out.ID, m.Month, r}]; over(per*m.Made, got+1e-6*per) || over(got, per*m.Made+1e-6*per) {
					c.fault("need %s in %s: %g units use up %g %s, and %g were used up", n.ID, m.Month, m.Made, per*m.Made, r, got)
				}
			}
		}
	}
	if math.Abs(objective-c.p.Objective) > 1e-6*max(1, math.Abs(objective)) {
		c.fault("the coverage adds up to %g, the plan says %g", objective, c.p.Objective)
	}
	if over(c.p.Objective, c.p.Bound) {
		c.fault("the objective %g is above its bound %g", c.p.Objective, c.p.Bound)
	}
}

// asked is what a need asks for in a month.
func (c *checker) asked(n *record.Need, m record.Month) float64 {
	if m < n.From.First().Month() || m > n.To.Last().Month() {
		return 0
	}
	q := 0.0
	for _, s := range n.Quantity {
		if s.From.IsZero() || s.From.First().Month() <= m {
			q = s.Quantity.Max
		}
	}
	return q
}

// tours checks that every unit that is sent is free, ready, able, and in one
// place at a time with its rest and preparation.
func (c *checker) tours() {
	for id, moves := range c.moves(Deploy, record.KindUnit) {
		u, ok := c.v.Unit(record.UnitID(id))
		if !ok {
			c.fault("Unit/%s is not in the register", id)
			continue
		}
		r := record.Rotation{Tour: 1}
		if u.Rotation != nil {
			r = *u.Rotation
			r.Tour = max(1, r.Tour)
		}
		slices.SortFunc(moves, func(a, b Move) int { return int(a.Month - b.Month) })
		for i, m := range moves {
			n, ok := c.v.Need(m.Need)
			last := m.Month + record.Month(r.Tour) - 1
			switch {
			case !ok || n.At != m.At || u.Gives[n.Capability] <= 0:
				c.fault("Unit/%s is sent for need %s, which it cannot serve", id, m.Need)
				continue
			case m.Until != min(last, c.last):
				c.fault("Unit/%s stays until %s, and its tour ends in %s", id, m.Until, last)
			case m.Month < c.p.Start+record.Month(math.Ceil(float64(u.Notice)/30)):
				c.fault("Unit/%s leaves in %s, before its notice", id, m.Month)
			case i > 0 && moves[i-1].Month+record.Month(r.Tour+r.Rest) > m.Month-record.Month(r.Prepare):
				c.fault("Unit/%s leaves in %s, without the rest and preparation it must have", id, m.Month)
			}
			c.free(u, n, m)
		}
	}
}

// free checks that no assignment keeps a unit from a need during a tour.
func (c *checker) free(u *record.Unit, n *record.Need, m Move) {
	for _, a := range c.v.Assignments() {
		if string(a.Unit) != u.ID || a.From.First().Month() > m.Until || !a.To.IsZero() && a.To.Last().Month() < m.Month {
			continue
		}
		under := n.Under != "" && (n.Under == a.Under || n.Under == a.RecallableBy)
		if !under || a.Exclusive || a.Role == record.Deployed {
			c.fault("Unit/%s is sent in %s, while Assignment/%s holds it", u.ID, m.Month, a.ID)
		}
	}
}

// present is what units that are deployed for the need give, already or by a
// tour of the plan.
func (c *checker) present(n *record.Need, m record.Month) float64 {
	sum := 0.0
	for _, a := range c.there[record.NeedID(n.ID)] {
		u, ok := c.v.Unit(a.Unit)
		if !ok {
			continue
		}
		if m >= a.From.First().Month() && (a.To.IsZero() || m <= a.To.Last().Month()) {
			part := 1.0
			if a.Share != nil {
				part = *a.Share
			}
			sum += part * u.Gives[n.Capability]
		}
	}
	for _, t := range c.tour[record.NeedID(n.ID)] {
		if t.Month <= m && m <= t.Until {
			if u, ok := c.v.Unit(record.UnitID(strings.TrimPrefix(t.Record, "Unit/"))); ok {
				sum += u.Gives[n.Capability]
			}
		}
	}
	return sum
}

// payments checks that every cost is paid in its month by funds that may, and that
// no fund pays what it does not have.
func (c *checker) payments() {
	type bill struct {
		use   record.Use
		what  string
		at    record.PlaceID
		month record.Month
	}
	due, paid := map[bill]float64{}, map[bill]float64{}
	for _, m := range c.p.Moves {
		switch m.Verb {
		case Ship, Buy, Train:
			use, price := c.price(m)
			due[bill{use, m.Record, m.At, m.Month}] += price * m.Quantity
		case Deploy:
			if u, ok := c.v.Unit(record.UnitID(strings.TrimPrefix(m.Record, "Unit/"))); ok && u.Cost != nil {
				for t := m.Month; t <= m.Until; t++ {
					due[bill{record.Running, m.Record, m.At, t}] += c.euros(*u.Cost)
				}
			}
		case Pay:
			paid[bill{m.Use, m.For, m.At, m.Month}] += m.Quantity
		}
	}
	for _, out := range c.p.Needs {
		n, ok := c.v.Need(out.ID)
		if !ok {
			continue
		}
		if capability, _ := c.v.Capability(n.Capability); capability != nil && capability.Running != nil {
			for _, m := range out.Months {
				due[bill{record.Running, "Need/" + n.ID, n.At, m.Month}] += c.euros(*capability.Running) * m.Made
			}
		}
	}
	for b := range paid {
		due[b] += 0
	}
	for b, cost := range due {
		if math.Abs(paid[b]-cost) > 10+1e-6*cost {
			c.fault("%s of %s in %s costs %.2f EUR, and %.2f are paid", b.use, b.what, b.month, cost, paid[b])
		}
	}
	for id, moves := range c.moves(Pay, record.KindFund) {
		c.fund(id, moves, func(m Move) float64 { return due[bill{m.Use, m.For, m.At, m.Month}] })
	}
}

// price is what funds must pay for one unit of a move.
func (c *checker) price(m Move) (record.Use, float64) {
	kind, id, _ := strings.Cut(m.Record, "/")
	r, _ := c.v.Get(record.Key{Kind: record.Kind(kind), ID: id})
	switch r := r.(type) {
	case *record.Pledge:
		if r.PaidBy == record.PaidByFunds && r.DeliveryCost != nil && !m.Handed {
			return record.Delivery, c.euros(*r.DeliveryCost)
		}
		return record.Delivery, 0
	case *record.Production:
		return record.Procurement, c.euros(r.Price)
	case *record.Programme:
		if r.Cost != nil {
			return record.Training, c.euros(*r.Cost)
		}
		return record.Training, 0
	}
	return "", 0
}

func (c *checker) euros(m record.Money) float64 {
	eur, _, ok := c.v.Euro(m, c.p.Start.First())
	if !ok {
		return 0
	}
	return eur.Amount().Float()
}

// fund walks one fund through the months.
func (c *checker) fund(id string, moves []Move, cost func(Move) float64) {
	f, ok := c.v.Fund(record.FundID(id))
	if !ok {
		c.fault("Fund/%s is not in the register", id)
		return
	}
	out, total := map[record.Month]float64{}, 0.0
	for _, m := range moves {
		out[m.Month] += m.Quantity
		total += m.Quantity
		if !slices.Contains(f.Uses, m.Use) || !c.fundMay(f, m) {
			c.fault("Fund/%s may not pay for %s of %s", id, m.Use, m.For)
		}
		if !f.Expires.IsZero() && m.Month > f.Expires.Last().Month() {
			c.fault("Fund/%s pays in %s, after it expires", id, m.Month)
		}
		if f.Reimburses != nil && m.Quantity > *f.Reimburses*cost(m)*(1+1e-6)+10 {
			c.fault("Fund/%s pays %.2f of %.2f EUR, more than its share of %g", id, m.Quantity, cost(m), *f.Reimburses)
		}
	}
	if f.Ceiling != nil && total > c.euros(f.Ceiling.Amount.Min)*(1+1e-6)+10 {
		c.fault("Fund/%s pays %.2f EUR, more than its ceiling", id, total)
	}
	balance := 0.0
	for m := c.p.Start; m <= c.last; m++ {
		balance += c.income(f, m) - out[m]
		if balance < -10-1e-6*total {
			c.fault("Fund/%s is overdrawn by %.2f EUR in %s", id, -balance, m)
		}
	}
}

// fundMay checks a fund's caveats: for a need, or at a place for some need
// there that takes what is paid for and asks for something.
func (c *checker) fundMay(f *record.Fund, m Move) bool {
	if f.For == nil {
		return true
	}
	for _, n := range c.needsAt[m.At] {
		if m.Need != "" && record.NeedID(n.ID) != m.Need || m.Need == "" && !c.wants(n, m.For) {
			continue
		}
		if c.inAll(n, f.For) {
			return true
		}
	}
	return false
}

// wants reports whether a need asks for anything that takes what a pledge, a
// production or a programme gives.
func (c *checker) wants(n *record.Need, source string) bool {
	kind, id, _ := strings.Cut(source, "/")
	r, _ := c.v.Get(record.Key{Kind: record.Kind(kind), ID: id})
	var gives record.ResourceID
	switch r := r.(type) {
	case *record.Pledge:
		gives = r.Resource
	case *record.Production:
		gives = r.Resource
	case *record.Programme:
		gives = r.Trains
	}
	capability, ok := c.v.Capability(n.Capability)
	if !ok || capability.Stock[gives]+capability.Monthly[gives] == 0 {
		return false
	}
	for m := c.p.Start; m <= c.last; m++ {
		if c.asked(n, m) > 0 {
			return true
		}
	}
	return false
}

// income is what comes into a fund in a month; what came before the plan begins
// is there in its first month.
func (c *checker) income(f *record.Fund, m record.Month) float64 {
	sum := 0.0
	for _, p := range c.money[record.FundID(f.ID)] {
		lots := p.Schedule
		if len(lots) == 0 {
			lots = []record.Lot{{On: p.From, Amount: p.Amount}}
		}
		for _, l := range lots {
			if month := l.On.First().Month(); max(month, c.p.Start) == m {
				if eur, _, ok := c.v.Euro(l.Amount.Min, register.Day(p)); ok {
					sum += eur.Amount().Float()
				}
			}
		}
	}
	return sum
}

// counted reports whether a pledge is counted in one above it.
func (c *checker) counted(p *record.Pledge) bool {
	return c.v.Ancestor(p, func(up *record.Pledge) bool {
		return up.Into == p.Into && up.Resource == p.Resource && c.v.Rung(up) >= c.rung
	}) != nil
}
