package plan

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// A world is what a view says in the terms of the model: months counted from
// 0, money in euros, and every question of who may serve whom answered. It
// keeps the records that each part stands for; nothing is parsed out of names.
type world struct {
	view      *register.View
	options   Options
	needs     []*need
	stocks    []*stock
	lots      []*lot
	makers    []*maker
	courses   []*course
	funds     []*fund
	forces    []*force
	omissions []Omission
	span      int // of months taken together in an outline; else 0

	stockAt map[stockKey]int
	takers  map[record.ResourceID][]int // by resource: the needs that take it
	served  map[asks][]int              // by need and resource: the stocks that may serve it
}

// asks is what a need asks for.
type asks struct {
	need     int
	resource record.ResourceID
}

// need is one requirement over the months.
type need struct {
	rec        *record.Need
	capability *record.Capability
	quantity   []float64 // by month
	present    []float64 // by month: what units already there give
	weight     float64
	running    float64 // euros a unit and month
	vain       bool    // it asks for something that cannot be, which has been left out
}

// uses reports whether the need's capability takes resource r.
func (n *need) uses(r record.ResourceID) bool {
	return n.capability.Stock[r] > 0 || n.capability.Monthly[r] > 0
}

// asks reports whether the need asks for anything in the months of the plan.
func (n *need) asks() bool {
	return n.vain || slices.ContainsFunc(n.quantity, func(q float64) bool { return q > 0 })
}

// stock is a resource at a place that may serve one set of needs there: a
// caveat class of the model.
type stock struct {
	place    record.PlaceID
	resource *record.Resource
	needs    []int // ascending
	keeps    float64
}

type stockKey struct {
	place    record.PlaceID
	resource record.ResourceID
	needs    string
}

// lane is a way from a source to a stock.
type lane struct {
	stock int
	lead  int     // months
	late  float64 // of what leaves, the share that arrives a month after: in an outline
}

// source is what lots, makers and courses have in common: something that moves
// along lanes and may cost money.
type source struct {
	key   record.Key
	name  string // of the key
	party record.PartyID
	lanes []lane
	cost  float64 // euros a unit, when funds pay it
	use   record.Use
}

// lot is one part of a pledge of a resource.
type lot struct {
	source
	pledge      *record.Pledge
	quantity    float64
	first, last int
	handed      bool // already handed over by month 0
}

// maker is a production.
type maker struct {
	source
	production  *record.Production
	perMonth    float64
	first, last int
}

// course is a training programme.
type course struct {
	source
	programme   *record.Programme
	seats       float64
	passes      float64
	first, last int
}

// fund is a pot of money with its income by month.
type fund struct {
	rec     *record.Fund
	income  []float64
	lots    []income
	until   int     // last month in which it pays
	share   float64 // of a cost that it may pay
	ceiling float64 // euros in all; negative is none
}

// income is one part of a money pledge.
type income struct {
	pledge *record.Pledge
	month  int
	euros  float64
}

// read turns the view into a world.
func read(v *register.View, o Options) *world {
	w := &world{view: v, options: o, stockAt: map[stockKey]int{}, takers: map[record.ResourceID][]int{}, served: map[asks][]int{}}
	w.readNeeds()
	w.readPresence()
	w.readLots()
	w.readMakers()
	w.readCourses()
	w.readFunds()
	w.readForces()
	slices.SortStableFunc(w.omissions, func(a, b Omission) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Says, b.Says))
	})
	return w
}

func (w *world) omit(k record.Key, says string, args ...any) {
	w.omissions = append(w.omissions, Omission{k.String(), fmt.Sprintf(says, args...)})
}

// month counts a day's month from month 0 of the plan.
func (w *world) month(d record.Date) int {
	switch d {
	case record.Beginning:
		return -1 << 30
	case record.Forever:
		return 1 << 30
	}
	return int(d.Month() - w.options.Start)
}

// window clips an interval of days to the horizon; an absent day is open.
func (w *world) window(from, to record.Day) (first, last int) {
	first, last = 0, w.options.Months-1
	if !from.IsZero() {
		first = max(first, w.month(from.First()))
	}
	if !to.IsZero() {
		last = min(last, w.month(to.Last()))
	}
	return first, last
}

// euros converts money that a plan counts. What has no rate cannot be counted.
func (w *world) euros(m *record.Money, of record.Record, field string) float64 {
	if m == nil {
		return 0
	}
	eur, _, ok := w.view.Euro(*m, w.options.Start.First())
	if !ok {
		w.omit(of.Key(), "%s is %s, and the register has no rate for that currency; it counts as nothing", field, *m)
		return 0
	}
	return eur.Amount().Float()
}

func (w *world) readNeeds() {
	for _, rec := range w.view.Needs() {
		c, ok := w.view.Capability(rec.Capability)
		if !ok {
			w.omit(rec.Key(), "its capability %s is not in the register", rec.Capability)
			continue
		}
		n := &need{rec: rec, capability: c, quantity: w.steps(rec), present: make([]float64, w.options.Months), weight: weight(rec)}
		if missing := w.missingResources(c); missing != "" {
			w.omit(rec.Key(), "the recipe of %s needs %s, which is not in the register", c.ID, missing)
			continue
		}
		n.running = w.euros(c.Running, c, "running")
		w.needs = append(w.needs, n)
	}
	slices.SortStableFunc(w.needs, func(a, b *need) int {
		return cmp.Or(a.rec.Priority-b.rec.Priority, cmp.Compare(a.rec.ID, b.rec.ID))
	})
	for i, n := range w.needs {
		for _, r := range slices.Compact(slices.Sorted(slices.Values(recipe(n.capability)))) {
			if n.uses(r) {
				w.takers[r] = append(w.takers[r], i)
			}
		}
	}
}

func (w *world) missingResources(c *record.Capability) string {
	var missing []string
	for _, r := range recipe(c) {
		if _, ok := w.view.Resource(r); !ok {
			missing = append(missing, string(r))
		}
	}
	return strings.Join(missing, ", ")
}

// recipe lists what a capability takes, in order.
func recipe(c *record.Capability) []record.ResourceID {
	return append(slices.Sorted(maps.Keys(c.Stock)), slices.Sorted(maps.Keys(c.Monthly))...)
}

// weight is W(n): each priority counts four times the next.
func weight(n *record.Need) float64 {
	w := 1.0
	if n.Weight != nil {
		w = *n.Weight
	}
	for range 5 - n.Priority {
		w *= 4
	}
	return w
}

// steps is the quantity needed by month. A range is planned for at its upper
// end: who asks for two to five should not be met with two.
func (w *world) steps(n *record.Need) []float64 {
	q := make([]float64, w.options.Months)
	first, last := w.window(n.From, n.To)
	for t := first; t <= last; t++ {
		for _, s := range n.Quantity {
			if s.From.IsZero() || w.month(s.From.First()) <= t {
				q[t] = s.Quantity.Max
			}
		}
	}
	return q
}

// readPresence counts units that are deployed for a need already: presence that
// is given, for free.
func (w *world) readPresence() {
	for _, n := range w.needs {
		for _, r := range w.view.Referring(n.rec.Key()) {
			a, ok := r.(*record.Assignment)
			if !ok || a.Role != record.Deployed || a.Need != record.NeedID(n.rec.ID) {
				continue
			}
			u, ok := w.view.Unit(a.Unit)
			if !ok {
				continue
			}
			first, last := w.window(a.From, a.To)
			for t := first; t <= last; t++ {
				n.present[t] += u.Gives[n.rec.Capability] * share(a)
			}
		}
	}
}

func share(a *record.Assignment) float64 {
	if a.Share != nil {
		return *a.Share
	}
	return 1
}

// admitted reports whether only and not let something serve need n: every list
// of only must name it, no list of not may.
func (w *world) admitted(n *need, only, not *record.Scope) bool {
	return (only == nil || w.named(n, only, true)) && (not == nil || !w.named(n, not, false))
}

// named reports whether all (or else any) of the lists in s name the need.
func (w *world) named(n *need, s *record.Scope, all bool) bool {
	var found []bool
	if len(s.Needs) > 0 {
		found = append(found, slices.Contains(s.Needs, record.NeedID(n.rec.ID)))
	}
	if len(s.Places) > 0 {
		found = append(found, slices.ContainsFunc(s.Places, func(p record.PlaceID) bool { return w.view.Within(n.rec.At, p) }))
	}
	if len(s.Capabilities) > 0 {
		found = append(found, slices.Contains(s.Capabilities, n.rec.Capability))
	}
	if len(s.Parties) > 0 {
		found = append(found, n.rec.For != "" && slices.ContainsFunc(s.Parties, func(p record.PartyID) bool { return w.view.Includes(p, n.rec.For) }))
	}
	if all {
		return !slices.Contains(found, false)
	}
	return slices.Contains(found, true)
}

// lanes finds the stocks that a source of resource r may fill, one a place.
func (w *world) lanes(r *record.Resource, lead func(record.PlaceID) int, serves func(*need) bool) []lane {
	byPlace := map[record.PlaceID][]int{}
	for _, i := range w.takers[record.ResourceID(r.ID)] {
		if n := w.needs[i]; serves(n) {
			byPlace[n.rec.At] = append(byPlace[n.rec.At], i)
		}
	}
	var lanes []lane
	for _, place := range slices.Sorted(maps.Keys(byPlace)) {
		lanes = append(lanes, lane{stock: w.stock(place, r, byPlace[place]), lead: lead(place)})
	}
	return lanes
}

// stock finds or makes the stock of one caveat class.
func (w *world) stock(place record.PlaceID, r *record.Resource, needs []int) int {
	key := stockKey{place, record.ResourceID(r.ID), numbers(needs)}
	if i, ok := w.stockAt[key]; ok {
		return i
	}
	for _, i := range needs {
		w.served[asks{i, key.resource}] = append(w.served[asks{i, key.resource}], len(w.stocks))
	}
	keeps := 1 - r.Loss
	if r.Leg == record.Supply {
		keeps = 1 // what is used up is not worn out as well
	}
	w.stockAt[key] = len(w.stocks)
	w.stocks = append(w.stocks, &stock{place, r, needs, keeps})
	return len(w.stocks) - 1
}

// stocksOf lists the stocks of r that may serve need i.
func (w *world) stocksOf(i int, r record.ResourceID) []int { return w.served[asks{i, r}] }

// numbers writes whole numbers as a key.
func numbers(ns []int) string {
	key := make([]byte, 0, 4*len(ns))
	for _, n := range ns {
		key = binary.AppendUvarint(key, uint64(n))
	}
	return string(key)
}

// counts reports whether a pledge stands high enough, and is not already
// counted in the pledge that it is part of.
func (w *world) counts(p *record.Pledge) bool {
	if w.view.Rung(p) < w.options.Rung {
		return false
	}
	return w.view.Ancestor(p, func(up *record.Pledge) bool {
		return w.view.Rung(up) >= w.options.Rung && (p.Resource != "" && up.Resource == p.Resource || p.Into != "" && up.Into == p.Into)
	}) == nil
}

func (w *world) readLots() {
	for _, p := range w.view.Pledges() {
		if p.Resource == "" {
			continue
		}
		r, ok := w.view.Resource(p.Resource)
		switch {
		case !ok:
			w.omit(p.Key(), "its resource %s is not in the register", p.Resource)
			continue
		case w.view.Rung(p) < w.options.Rung:
			w.omit(p.Key(), "%s × %s: below the rung %s", register.Quantity(p), r.Name, w.options.Rung)
			continue
		case !w.counts(p):
			continue // its parent counts it
		}
		lanes := w.lanes(r, leadOf(p), func(n *need) bool {
			return w.toward(p.To, n) && w.admitted(n, p.Only, p.Not)
		})
		if len(lanes) == 0 {
			w.omit(p.Key(), "no need in the register takes %s from it", r.Name)
			continue
		}
		base := source{key: p.Key(), name: p.Key().String(), party: p.By, lanes: lanes, use: record.Delivery}
		if p.PaidBy == record.PaidByFunds {
			base.cost = w.euros(p.DeliveryCost, p, "delivery_cost")
		}
		w.lots = append(w.lots, w.split(p, base)...)
	}
}

// toward reports whether what is given to a party may serve need n.
func (w *world) toward(to record.PartyID, n *need) bool {
	return to == "" || n.rec.For != "" && w.view.Includes(to, n.rec.For)
}

func leadOf(p *record.Pledge) func(record.PlaceID) int {
	return func(place record.PlaceID) int {
		if p.Lead == nil {
			return 1
		}
		if p.Lead.At == nil {
			return p.Lead.Months
		}
		if m, ok := p.Lead.At[place]; ok {
			return m
		}
		return 1
	}
}

// split makes the lots of a pledge: what was handed over by month 0, and then
// the entries of its schedule, as far as they reach the rung asked for. A range
// counts at its lower end.
func (w *world) split(p *record.Pledge, base source) []*lot {
	total := w.view.Reached(p, w.options.Rung).Min
	handed := min(w.handedBy(p), total)
	var lots []*lot
	if handed > 0 {
		l := &lot{source: base, pledge: p, quantity: handed, last: w.options.Months - 1, handed: true}
		l.cost, l.lanes = 0, slices.Clone(base.lanes)
		for i := range l.lanes {
			l.lanes[i].lead = 0
		}
		lots = append(lots, l)
	}
	_, last := w.window(record.Day{}, p.Until)
	skip := handed // the first entries are those already handed over
	left := total - handed
	for _, e := range entries(p) {
		gone := min(skip, e.Quantity.Min)
		skip -= gone
		q := min(e.Quantity.Min-gone, left)
		left -= q
		first := max(0, w.month(e.On.First()))
		if q > 0 && first <= last {
			lots = append(lots, &lot{source: base, pledge: p, quantity: q, first: first, last: last})
		}
	}
	return lots
}

// entries is a pledge's schedule; without one, everything comes at from.
func entries(p *record.Pledge) []record.Lot {
	if len(p.Schedule) > 0 {
		return p.Schedule
	}
	return []record.Lot{{On: p.From, Quantity: p.Quantity, Amount: p.Amount}}
}

// handedBy is how much of a pledge was handed over by month 0.
func (w *world) handedBy(p *record.Pledge) float64 {
	most := 0.0
	for _, s := range p.Status {
		on := s.On.First()
		if w.view.RungOf(p.By, s) < record.HandedOver || !s.On.IsZero() && (w.month(on) > 0 || on > w.view.At().On) {
			continue
		}
		if s.Quantity == nil {
			return register.Quantity(p).Min
		}
		most = max(most, s.Quantity.Min)
	}
	return most
}

func (w *world) readMakers() {
	for _, p := range w.view.Productions() {
		r, ok := w.view.Resource(p.Resource)
		if !ok {
			w.omit(p.Key(), "its resource %s is not in the register", p.Resource)
			continue
		}
		lanes := w.lanes(r, func(record.PlaceID) int { return p.Lead }, func(n *need) bool { return w.admitted(n, p.Only, p.Not) })
		if len(lanes) == 0 {
			w.omit(p.Key(), "no need in the register takes %s from it", r.Name)
			continue
		}
		m := &maker{source: source{key: p.Key(), name: p.Key().String(), party: w.view.By(p), lanes: lanes, use: record.Procurement}, production: p, perMonth: p.PerMonth.Min}
		m.cost = w.euros(&p.Price, p, "price")
		m.first, m.last = w.window(p.From, p.To)
		w.makers = append(w.makers, m)
	}
}

func (w *world) readCourses() {
	for _, p := range w.view.Programmes() {
		r, ok := w.view.Resource(p.Trains)
		if !ok {
			w.omit(p.Key(), "its resource %s is not in the register", p.Trains)
			continue
		}
		lanes := w.lanes(r, func(record.PlaceID) int { return p.Months }, func(n *need) bool { return w.admitted(n, p.Only, p.Not) })
		if len(lanes) == 0 {
			w.omit(p.Key(), "no need in the register takes %s from it", r.Name)
			continue
		}
		c := &course{source: source{key: p.Key(), name: p.Key().String(), party: p.By, lanes: lanes, use: record.Training}, programme: p, seats: p.Seats.Min, passes: 1}
		if p.Passes != nil {
			c.passes = *p.Passes
		}
		c.cost = w.euros(p.Cost, p, "cost")
		c.first, c.last = w.window(p.From, p.To)
		c.first = max(c.first, (p.Notice+29)/30)
		w.courses = append(w.courses, c)
	}
}

func (w *world) readFunds() {
	index := map[record.FundID]*fund{}
	for _, rec := range w.view.Funds() {
		f := &fund{rec: rec, income: make([]float64, w.options.Months), share: 1, ceiling: -1}
		_, f.until = w.window(record.Day{}, rec.Expires)
		if rec.Reimburses != nil {
			f.share = *rec.Reimburses
		}
		if rec.Ceiling != nil {
			f.ceiling = w.euros(&rec.Ceiling.Amount.Min, rec, "ceiling")
		}
		index[record.FundID(rec.ID)] = f
		w.funds = append(w.funds, f)
	}
	for _, p := range w.view.Pledges() {
		if p.Amount != nil {
			w.readIncome(p, index[p.Into])
		}
	}
}

func (w *world) readIncome(p *record.Pledge, f *fund) {
	switch {
	case p.Into == "":
		w.omit(p.Key(), "%s is promised into no fund", *p.Amount)
		return
	case f == nil:
		w.omit(p.Key(), "the fund %s is not in the register", p.Into)
		return
	case w.view.Rung(p) < w.options.Rung:
		w.omit(p.Key(), "%s: below the rung %s", *p.Amount, w.options.Rung)
		return
	case !w.counts(p):
		return // its parent counts it
	}
	for _, e := range entries(p) {
		eur, _, ok := w.view.Euro(e.Amount.Min, register.Day(p))
		if !ok {
			w.omit(p.Key(), "%s has no rate in the register; it counts as nothing", e.Amount)
			return
		}
		if t := max(0, w.month(e.On.First())); t < w.options.Months {
			f.income[t] += eur.Amount().Float()
			f.lots = append(f.lots, income{p, t, eur.Amount().Float()})
		}
	}
}

// paysFor reports whether f may pay for use at need i.
func (w *world) paysFor(f *fund, use record.Use, i int) bool {
	return slices.Contains(f.rec.Uses, use) && (f.rec.For == nil || w.named(w.needs[i], f.rec.For, true))
}

// paysAt reports whether f may pay for use at the place of a stock: when it may
// pay for some need there that takes the resource, and that asks for something.
func (w *world) paysAt(f *fund, use record.Use, st *stock) bool {
	for _, i := range w.takers[record.ResourceID(st.resource.ID)] {
		if n := w.needs[i]; n.rec.At == st.place && n.asks() && w.paysFor(f, use, i) {
			return true
		}
	}
	return false
}
