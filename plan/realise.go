package plan

import (
	"cmp"
	"math"
	"slices"

	"entente/record"
)

// A realisation is a plan of a whole world in the making: what leaves when, what is in
// each stock, and what each need is given of it. At every moment it is a plan that could be
// carried out.
type realisation struct {
	w        *world
	takes    [][]take
	purses   *purses
	money    bool // costs must be paid
	sent     []sent
	used     []float64      // by lot
	given    [2][][]float64 // by maker and by course, month
	there    [][]float64    // by stock, month: what is there, less what is used up
	held     [][]float64    // by stock, month: what of it is at the service of needs
	made     [][]float64    // by need, month
	granted  []grant
	paid     []paid
	wanted   []float64 // by stock: how much those that it may serve are to have
	feeders  [][]supplier
	supplies map[asks][]supplier
}

// sent is what leaves a source in a month along one of its lanes.
type sent struct {
	supplier
	month    int
	quantity float64
}

// grant is what a stock gives to a need in a month.
type grant struct {
	stock, need, month int
	usedUp             bool
	quantity           float64
}

// paid is one cost of a spending.
type paid struct {
	*spending
	cost float64
	sent int // what it is for, or none
	need int // or none
}

// supplier is a source on its way to one stock.
type supplier struct {
	kind        sourceKind
	index       int
	source      *source
	lane        lane
	first, last int
	yields      float64
	reach       float64 // how much those that it may serve are to have
}

func (w *world) realisation(takes [][]take, p *purses, money bool) *realisation {
	r := &realisation{w: w, takes: takes, purses: p, money: money, used: make([]float64, len(w.lots)), supplies: map[asks][]supplier{}}
	grid := func(n int) [][]float64 {
		g := make([][]float64, n)
		for i := range g {
			g[i] = make([]float64, w.options.Months)
		}
		return g
	}
	r.there, r.held, r.made = grid(len(w.stocks)), grid(len(w.stocks)), grid(len(w.needs))
	r.given = [2][][]float64{grid(len(w.makers)), grid(len(w.courses))}
	return r
}

// aim is what a need is to have in a month.
type aim struct {
	need, month int
	first       float64 // as far as the pattern goes
	most        float64 // and in all
	rank        float64 // how much of its gain is profit
}

// serve gives needs what they are to have, month by month and the most worthwhile first:
// as far as the pattern goes, and then, unless it is to be modest, of what is left.
func (r *realisation) serve(aims []aim, modest bool) {
	slices.SortStableFunc(aims, func(a, b aim) int { return cmp.Or(a.month-b.month, cmp.Compare(b.rank, a.rank)) })
	for _, a := range aims {
		r.fill(a.need, a.month, a.first)
	}
	if modest {
		return
	}
	for _, a := range aims {
		r.fill(a.need, a.month, a.most-r.made[a.need][a.month])
	}
}

// lacks says of each resource what needs do without for lack of it that they were to have,
// in V.
func (r *realisation) lacks(aims []aim) map[record.ResourceID]float64 {
	lacks := map[record.ResourceID]float64{}
	for _, a := range aims {
		short := a.first - r.made[a.need][a.month]
		if short <= 1e-6*a.first {
			continue
		}
		for _, k := range r.takes[a.need] {
			if could := r.could(a.need, a.month, k, short*k.per) / k.per; could < short {
				lacks[k.resource] += (short - could) * r.w.gain(r.w.needs[a.need], a.month)
			}
		}
	}
	return lacks
}

// prepare lists who may fill each stock. Those who may serve the least of what is wanted come
// first.
func (r *realisation) prepare(aims []aim) {
	wanted := map[asks]float64{}
	for _, a := range aims {
		for _, k := range r.takes[a.need] {
			wanted[asks{a.need, k.resource}] += a.first * k.per
		}
	}
	r.wanted, r.feeders = make([]float64, len(r.w.stocks)), make([][]supplier, len(r.w.stocks))
	for s, st := range r.w.stocks {
		for _, i := range st.needs {
			r.wanted[s] += wanted[asks{i, record.ResourceID(st.resource.ID)}]
		}
	}
	for i, l := range r.w.lots {
		r.offer(fromLot, i, &l.source, l.first, l.last, 1)
	}
	for i, k := range r.w.makers {
		r.offer(fromMaker, i, &k.source, k.first, k.last, 1)
	}
	for i, k := range r.w.courses {
		r.offer(fromCourse, i, &k.source, k.first, k.last, k.passes)
	}
}

func (r *realisation) offer(kind sourceKind, i int, s *source, first, last int, yields float64) {
	reach := 0.0
	for _, l := range s.lanes {
		reach += r.wanted[l.stock]
	}
	for _, l := range s.lanes {
		if first <= last {
			r.feeders[l.stock] = append(r.feeders[l.stock], supplier{kind, i, s, l, first, last, yields, reach})
		}
	}
}

// suppliers lists who may give a resource to need i.
func (r *realisation) suppliers(i int, res record.ResourceID) []supplier {
	k := asks{i, res}
	if found, ok := r.supplies[k]; ok {
		return found
	}
	var found []supplier
	for _, s := range r.w.stocksOf(i, res) {
		found = append(found, r.feeders[s]...)
	}
	slices.SortStableFunc(found, func(a, b supplier) int { return cmp.Compare(a.reach, b.reach) })
	r.supplies[k] = found
	return found
}

// limit is what a supplier gives at most in a month, and what of that is gone.
func (r *realisation) limit(s supplier, t int) (most, gone float64) {
	switch s.kind {
	case fromLot:
		return r.w.lots[s.index].quantity, r.used[s.index]
	case fromMaker:
		return r.w.makers[s.index].perMonth, r.given[0][s.index][t]
	}
	return r.w.courses[s.index].seats, r.given[1][s.index][t]
}

// leaves is the month in which a supplier had best send what is to be there by month t, and
// how much it has left then: what loses nothing in stock at once, all else as late as can be.
func (r *realisation) leaves(s supplier, t int) (month int, left float64) {
	last := min(s.last, t-s.lane.lead)
	for k := range last - s.first + 1 {
		d := last - k
		if s.kind == fromLot && s.source.cost == 0 && r.w.stocks[s.lane.stock].keeps == 1 {
			d = s.first + k
		}
		most, gone := r.limit(s, d)
		left := most - gone
		if left > 1e-9 && s.source.cost > 0 && r.money {
			left = r.purses.afford(r.purses.at(s.source.use, r.w.stocks[s.lane.stock]), d, left*s.source.cost) / s.source.cost
		}
		if left > 1e-9 {
			return d, left
		}
		if s.kind == fromLot && most-gone <= 1e-9 {
			break
		}
	}
	return 0, 0
}

// send has a quantity leave and be paid for, and puts it into its stock.
func (r *realisation) send(s supplier, t int, q float64) {
	if q <= 1e-9 {
		return
	}
	switch s.kind {
	case fromLot:
		r.used[s.index] += q
	case fromMaker:
		r.given[0][s.index][t] += q
	case fromCourse:
		r.given[1][s.index][t] += q
	}
	if s.source.cost > 0 && r.money {
		funds := r.purses.at(s.source.use, r.w.stocks[s.lane.stock])
		r.paid = append(r.paid, paid{r.purses.pay(funds, t, q*s.source.cost, 0), q * s.source.cost, len(r.sent), none})
	}
	r.sent = append(r.sent, sent{s, t, q})
	r.put(s.lane.stock, t+s.lane.lead, q*s.yields)
}

// put adds to a stock from month t on, or takes away.
func (r *realisation) put(stock, t int, q float64) {
	there, keeps := r.there[stock], r.w.stocks[stock].keeps
	for ; t < len(there); t++ {
		there[t] += q
		q *= keeps
	}
}

// spare is what a stock can give in month t: to be kept there, or to be used up without
// taking away what is at the service of needs later.
func (r *realisation) spare(stock, t int, usedUp bool) float64 {
	there, held := r.there[stock], r.held[stock]
	least, keeps := there[t]-held[t], 1.0
	if usedUp {
		for s := t + 1; s < len(there); s++ {
			keeps *= r.w.stocks[stock].keeps
			least = min(least, (there[s]-held[s])/keeps)
		}
	}
	return max(0, least)
}

func (r *realisation) spares(i, t int, k take) float64 {
	sum := 0.0
	for _, s := range r.w.stocksOf(i, k.resource) {
		sum += r.spare(s, t, k.usedUp)
	}
	return sum
}

// fill gives need i in month t what there is, and has sent what is not, up to a number of
// units.
func (r *realisation) fill(i, t int, units float64) {
	units = r.runs(i, t, units)
	for _, k := range r.takes[i] { // before anything is sent: what could be there of all?
		if units <= 1e-9 {
			return
		}
		units = min(units, r.could(i, t, k, units*k.per)/k.per)
	}
	for _, k := range r.takes[i] {
		r.fetch(i, t, k, units*k.per)
		units = min(units, r.spares(i, t, k)/k.per)
	}
	if units = r.runs(i, t, units); units <= 1e-9 {
		return
	}
	for _, k := range r.takes[i] {
		r.draw(i, t, k, units*k.per)
	}
	if n := r.w.needs[i]; n.running > 0 && r.money {
		funds := r.purses.running[i]
		r.paid = append(r.paid, paid{r.purses.pay(funds, t, units*n.running, units*r.w.gain(n, t)), units * n.running, none, i})
	}
	r.made[i][t] += units
}

// runs is how many units of need i can be paid for in month t.
func (r *realisation) runs(i, t int, units float64) float64 {
	n := r.w.needs[i]
	if units <= 0 || n.running == 0 || !r.money {
		return units
	}
	return r.purses.afford(r.purses.running[i], t, units*n.running) / n.running
}

// could is how much of what a need takes could be there in month t, as far as it matters.
func (r *realisation) could(i, t int, k take, enough float64) float64 {
	sum := r.spares(i, t, k)
	if sum >= enough {
		return sum
	}
	for _, s := range r.suppliers(i, k.resource) {
		if d, left := r.leaves(s, t); left > 0 {
			sum += left * s.yields * r.kept(s, d, t)
		}
		if sum >= enough {
			break
		}
	}
	return sum
}

// kept is what is left by month t of a unit that left in month d.
func (r *realisation) kept(s supplier, d, t int) float64 {
	return math.Pow(r.w.stocks[s.lane.stock].keeps, float64(t-s.lane.lead-d))
}

// fetch has sent what is not there of what a need takes.
func (r *realisation) fetch(i, t int, k take, enough float64) {
	lacks := enough - r.spares(i, t, k)
	for _, s := range r.suppliers(i, k.resource) {
		if lacks <= 1e-9 {
			return
		}
		if d, left := r.leaves(s, t); left > 0 {
			per := s.yields * r.kept(s, d, t)
			q := min(left, lacks/per)
			r.send(s, d, q)
			lacks -= q * per
		}
	}
}

// draw gives a need what it takes from the stocks that may give it: first from those whose
// needs want least.
func (r *realisation) draw(i, t int, k take, left float64) {
	stocks := slices.Clone(r.w.stocksOf(i, k.resource))
	slices.SortStableFunc(stocks, func(a, b int) int { return cmp.Compare(r.wanted[a], r.wanted[b]) })
	for _, s := range stocks {
		q := min(left, r.spare(s, t, k.usedUp))
		if q <= 0 {
			continue
		}
		left -= q
		r.granted = append(r.granted, grant{s, i, t, k.usedUp, q})
		if k.usedUp {
			r.put(s, t, -q)
		} else {
			r.held[s][t] += q
		}
	}
}

// worth is what the realisation covers, in V.
func (r *realisation) worth() float64 {
	sum := 0.0
	for i, n := range r.w.needs {
		for t, z := range r.made[i] {
			sum += r.w.gain(n, t) * z
		}
	}
	return sum
}
