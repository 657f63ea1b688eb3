package whatif

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// FillerKind is a way to fill a hole.
type FillerKind string

// The ways.
const (
	FillCommit  FillerKind = "commit"  // what is announced only
	FillGive    FillerKind = "give"    // more of what the party gives already
	FillMake    FillerKind = "make"    // more at a production
	FillTrain   FillerKind = "train"   // more seats
	FillPay     FillerKind = "pay"     // more into a fund
	FillWiden   FillerKind = "widen"   // let a fund pay for the need
	FillRelease FillerKind = "release" // let a pledge serve the need
	FillSend    FillerKind = "send"    // free a unit from what binds it
)

// Filler is one way to fill a hole, found by planning again with it.
type Filler struct {
	Kind     FillerKind        `json:"kind"`
	Party    record.PartyID    `json:"party"`
	Name     string            `json:"name"`
	Record   string            `json:"record"` // whose limit, rung or caveat it changes
	Resource record.ResourceID `json:"resource,omitempty"`
	Quantity float64           `json:"quantity"`
	Unit     string            `json:"unit"`
	From     record.Month      `json:"from"`
	Arrives  record.Month      `json:"arrives"`
	EUR      float64           `json:"eur"`    // at the price of the resource, the maker or the seat
	Priced   bool              `json:"priced"` // the register has a price
	Points   float64           `json:"points"` // coverage points gained over all needs
	Own      float64           `json:"own"`    // of those, by the need itself
	Toll     float64           `json:"toll"`   // coverage points that other needs lose by it
	Tolls    []Toll            `json:"tolls,omitempty"`
	Says     string            `json:"says"`

	act string // who does what
}

// Toll is what another need loses.
type Toll struct {
	Need   record.NeedID `json:"need"`
	Points float64       `json:"points"`
}

// way is a filler before it is tried: the records that it changes or adds.
type way struct {
	Filler
	short int // what of the hole it gives
	put   []record.Record
}

// ways lists what could be done for a hole by those who stay.
func (f *filling) ways(h *Hole) []way {
	var ways []way
	n, _ := f.view.Need(h.Need)
	for i := range h.Short {
		x := &h.Short[i]
		var found []way
		switch {
		case x.Resource == "" && x.Leg == record.People:
			found = f.forces(h, x, n)
		case x.Leg == record.Funding:
			found = f.money(h, x, n)
		}
		if x.Resource != "" {
			found = slices.Concat(found, f.pledges(h, x, n), f.makers(x, n), f.courses(x, n))
		}
		for k := range found {
			found[k].short, found[k].Name, found[k].Quantity = i, nameOf(f.view, found[k].Party), rounded(found[k].Quantity)
		}
		ways = append(ways, found...)
	}
	h.Tried = len(ways)
	return ways
}

// earliest is the first month in which something with a lead could leave to be
// there when the hole begins.
func (f *filling) earliest(x *Shortage, lead int) record.Month {
	return max(f.options.Start, x.First-record.Month(lead))
}

// extra is a copy of a record under an id that the view does not have.
func (f *filling) extra(r record.Record) record.Record {
	c := record.Clone(r)
	c.Base().ID = free(f.view, c.Key().Kind, c.Base().ID[:min(len(c.Base().ID), 80)]+"-more")
	return c
}

// pledges commits what is announced, gives more of what is given, and releases
// what may not serve the need. Who gives the same several times is asked for
// more once, where it comes soonest.
func (f *filling) pledges(h *Hole, x *Shortage, n *record.Need) []way {
	r, _ := f.view.Resource(x.Resource)
	price := f.euros(r.Price)
	var ways []way
	gives := map[record.PartyID]*record.Pledge{}
	for _, p := range f.view.Pledges() {
		if p.Resource != x.Resource || f.gone[p.By] || p.Confidence == record.Disputed || f.view.Rung(p) == record.NoRung || counted(f.view, p) {
			continue
		}
		lead := leadTo(p, n.At)
		begins := max(f.options.Start, lotsOf(p)[0].On.First().Month())
		switch mine := serves(f.view, p, n); {
		case f.view.Rung(p) < f.options.Rung:
			arrives := begins + record.Month(lead)
			if arrives > x.Last || !mine {
				continue
			}
			c := record.Clone(p).(*record.Pledge)
			c.Status = append(c.Status, record.RungStatus{Is: f.options.Rung.String()})
			q := register.Quantity(p).Min
			ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
				Kind: FillCommit, Party: p.By, Record: p.Key().String(), Resource: x.Resource, Quantity: q, Unit: r.Unit, From: begins, Arrives: arrives, EUR: q * price, Priced: price > 0,
				act: fmt.Sprintf("commits %s, %s (%s so far)", p.Name(), f.thing(x.Resource, q), f.view.Rung(p)),
			}})
		case mine && p.By == n.For:
			continue // it is who asks
		case mine:
			if g := gives[p.By]; g == nil || lead < leadTo(g, n.At) {
				gives[p.By] = p
			}
		case !sum(lotsOf(p)).less(handed(f.view, p)).none() && begins+record.Month(lead) <= x.Last:
			c := record.Clone(p).(*record.Pledge)
			c.Only, c.Not, c.To = nil, nil, ""
			q := sum(lotsOf(p)).less(handed(f.view, p)).number.Min
			ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
				Kind: FillRelease, Party: p.By, Record: p.Key().String(), Resource: x.Resource, Quantity: q, Unit: r.Unit, From: begins, Arrives: begins + record.Month(lead), Priced: true,
				act: fmt.Sprintf("lets %s, %s, serve %s", p.Name(), f.thing(x.Resource, q), h.Title),
			}})
		}
	}
	for _, by := range slices.Sorted(maps.Keys(gives)) {
		p := gives[by]
		lead := leadTo(p, n.At)
		q, from := whole(r, x.Quantity), f.earliest(x, lead)
		c := f.extra(p).(*record.Pledge)
		number := record.Exactly(q)
		c.Quantity, c.Schedule, c.From, c.Until, c.PartOf = &number, nil, monthDay(from), record.Day{}, ""
		c.Status = []record.RungStatus{{Is: f.options.Rung.String()}}
		ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
			Kind: FillGive, Party: by, Record: p.Key().String(), Resource: x.Resource, Quantity: q, Unit: r.Unit, From: from, Arrives: from + record.Month(lead), EUR: q * price, Priced: price > 0,
			act: fmt.Sprintf("gives %s more, as in %s,", f.thing(x.Resource, q), p.Name()),
		}})
	}
	return ways
}

// whole rounds up what comes in whole numbers.
func whole(r *record.Resource, q float64) float64 {
	if r.Whole || r.Leg == record.People {
		return math.Ceil(q - 1e-6)
	}
	return q
}

func (f *filling) makers(x *Shortage, n *record.Need) []way {
	r, _ := f.view.Resource(x.Resource)
	var ways []way
	for _, p := range f.view.Productions() {
		by := f.view.By(p)
		from, last := f.between(x, p.Lead, p.From, p.To)
		if p.Resource != x.Resource || f.gone[by] || !admits(f.view, p.Only, p.Not, n) || last < from {
			continue
		}
		q := x.Quantity / float64(last-from+1)
		c := f.extra(p).(*record.Production)
		c.PerMonth, c.From, c.To = record.Exactly(q), monthDay(from), monthDay(last)
		ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
			Kind: FillMake, Party: by, Record: p.Key().String(), Resource: x.Resource, Quantity: q, Unit: r.Unit + " a month", From: from, Arrives: from + record.Month(p.Lead), EUR: x.Quantity * f.euros(&p.Price), Priced: true,
			act: fmt.Sprintf("makes %s more a month at %s", f.thing(x.Resource, q), p.Name()),
		}})
	}
	return ways
}

func (f *filling) courses(x *Shortage, n *record.Need) []way {
	r, _ := f.view.Resource(x.Resource)
	var ways []way
	for _, p := range f.view.Programmes() {
		from, last := f.between(x, p.Months, p.From, p.To)
		if p.Trains != x.Resource || f.gone[p.By] || !admits(f.view, p.Only, p.Not, n) || last < from {
			continue
		}
		passes := 1.0
		if p.Passes != nil {
			passes = *p.Passes
		}
		if passes == 0 {
			continue
		}
		q := x.Quantity / passes / float64(last-from+1)
		c := f.extra(p).(*record.Programme)
		c.Seats, c.From, c.To = record.Exactly(q), monthDay(from), monthDay(last)
		ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
			Kind: FillTrain, Party: p.By, Record: p.Key().String(), Resource: x.Resource, Quantity: q, Unit: "seat a month", From: from, Arrives: from + record.Month(p.Months), EUR: x.Quantity / passes * f.euros(p.Cost), Priced: p.Cost != nil,
			act: fmt.Sprintf("trains %s more a month in %s", f.thing(record.ResourceID(r.ID), q), p.Name()),
		}})
	}
	return ways
}

// between is the months in which what takes so long can begin and still be there
// for the hole. It begins as early as it may: stocks build up.
func (f *filling) between(x *Shortage, lead int, from, to record.Day) (first, last record.Month) {
	first, last = f.earliest(x, lead), min(x.Last, f.options.Start+record.Month(f.options.Months-1))-record.Month(lead)
	if !from.IsZero() {
		first = max(first, from.First().Month())
	}
	if !to.IsZero() {
		last = min(last, to.Last().Month())
	}
	return first, last
}

// forces frees units that are bound elsewhere and not deployed.
func (f *filling) forces(h *Hole, x *Shortage, n *record.Need) []way {
	var ways []way
	for _, u := range f.view.Units() {
		gives := u.Gives[n.Capability]
		if gives == 0 || f.gone[u.By] || n.Under == "" {
			continue
		}
		var freed []record.Record
		var from []string
		for _, r := range f.view.Referring(u.Key()) {
			a, ok := r.(*record.Assignment)
			binds := ok && string(a.Unit) == u.ID && a.Role != record.Deployed && (a.Exclusive || a.Under != n.Under && a.RecallableBy != n.Under)
			if !binds || a.From.First().Month() > x.Last || register.TermEnd(a.To) < x.First.First() {
				continue
			}
			c := record.Clone(a).(*record.Assignment)
			c.Exclusive, c.RecallableBy = false, n.Under
			freed, from = append(freed, c), append(from, f.view.Name(record.Key{Kind: record.KindAgreement, ID: string(a.Under)}))
		}
		if len(freed) == 0 {
			continue
		}
		begins := max(x.First, f.options.Start+record.Month((u.Notice+29)/30))
		ways = append(ways, way{put: freed, Filler: Filler{
			Kind: FillSend, Party: u.By, Record: u.Key().String(), Quantity: gives, Unit: h.Unit, From: begins, Arrives: begins, EUR: f.euros(u.Cost) * float64(x.Last-begins+1), Priced: u.Cost != nil,
			act: fmt.Sprintf("frees %s from %s", u.Name(), shown(from)),
		}})
	}
	return ways
}

// money commits what is announced into funds that may pay, asks their managers
// for more, and widens funds of others that have something left.
func (f *filling) money(h *Hole, x *Shortage, n *record.Need) []way {
	uses := []record.Use{record.Running}
	if x.Resource != "" {
		uses = []record.Use{record.Procurement, record.Training, record.Delivery}
	}
	amount := f.missing(x)
	left := map[string]float64{}
	for _, l := range f.after.Leftovers {
		left[l.Record] = l.Left
	}
	var ways []way
	for _, fd := range f.view.Funds() {
		admitted := fd.For == nil || covers(f.view, fd.For, n)
		able := slices.ContainsFunc(uses, func(u record.Use) bool { return slices.Contains(fd.Uses, u) })
		key := fd.Key().String()
		switch {
		case f.gone[fd.Manager] || !fd.Expires.IsZero() && fd.Expires.Last().Month() < x.First:
			continue
		case admitted && able:
			ways = append(ways, f.announced(x, fd)...)
			if amount > 0 && left[key] < 1 {
				ways = append(ways, f.payment(x, fd, amount))
			}
		case left[key] >= 1 && f.sameRecipient(fd, n):
			ways = append(ways, f.widened(h, x, fd, uses, left[key], amount))
		}
	}
	return ways
}

// sameRecipient reports whether a fund may pay for some need of whom n is for.
func (f *filling) sameRecipient(fd *record.Fund, n *record.Need) bool {
	return fd.For == nil || slices.ContainsFunc(f.view.Needs(), func(m *record.Need) bool { return m.For == n.For && covers(f.view, fd.For, m) })
}

// widened is a fund that pays for the need out of what another has left, once
// all of that one's money is there.
func (f *filling) widened(h *Hole, x *Shortage, fd *record.Fund, uses []record.Use, left, amount float64) way {
	c := f.extra(fd).(*record.Fund)
	c.Uses, c.For, c.Ceiling = uses, &record.Scope{Needs: []record.NeedID{h.Need}}, nil
	from := x.First
	for _, p := range f.view.Pledges() {
		if string(p.Into) == fd.ID {
			for _, l := range lotsOf(p) {
				from = max(from, min(l.On.First().Month(), x.Last))
			}
		}
	}
	q := math.Floor(left)
	if amount > 0 {
		q = min(q, math.Ceil(amount))
	}
	part := euroAmount(int64(q))
	p := &record.Pledge{
		Common: record.Common{Kind: record.KindPledge, ID: free(f.view, record.KindPledge, c.ID), By: fd.Manager},
		Into:   record.FundID(c.ID), Amount: &part, From: monthDay(from), Status: []record.RungStatus{{Is: f.options.Rung.String()}},
	}
	return way{put: []record.Record{c, p}, Filler: Filler{
		Kind: FillWiden, Party: fd.Manager, Record: fd.Key().String(), Quantity: q, Unit: "EUR", From: from, Arrives: from, EUR: q, Priced: true,
		act: fmt.Sprintf("lets %s, of which %s are left, pay for %s", fd.Name(), eurosText(left), h.Title),
	}}
}

// missing is how much money a shortage comes to.
func (f *filling) missing(x *Shortage) float64 {
	if x.Resource == "" {
		return x.Quantity
	}
	cheapest := math.Inf(1)
	for _, p := range f.view.Productions() {
		if p.Resource == x.Resource && !f.gone[f.view.By(p)] {
			cheapest = min(cheapest, f.euros(&p.Price))
		}
	}
	for _, p := range f.view.Programmes() {
		if p.Trains == x.Resource && p.Cost != nil && !f.gone[p.By] {
			cheapest = min(cheapest, f.euros(p.Cost))
		}
	}
	if math.IsInf(cheapest, 1) {
		return x.EUR
	}
	return x.Quantity * cheapest
}

func (f *filling) announced(x *Shortage, fd *record.Fund) []way {
	var ways []way
	for _, p := range f.view.Pledges() {
		if string(p.Into) != fd.ID || f.gone[p.By] || f.view.Rung(p) == record.NoRung || f.view.Rung(p) >= f.options.Rung || p.Confidence == record.Disputed || counted(f.view, p) {
			continue
		}
		from := max(f.options.Start, lotsOf(p)[0].On.First().Month())
		if from > x.Last {
			continue
		}
		c := record.Clone(p).(*record.Pledge)
		c.Status = append(c.Status, record.RungStatus{Is: f.options.Rung.String()})
		euros := f.euros(&p.Amount.Min)
		ways = append(ways, way{put: []record.Record{c}, Filler: Filler{
			Kind: FillCommit, Party: p.By, Record: p.Key().String(), Quantity: euros, Unit: "EUR", From: from, Arrives: from, EUR: euros, Priced: true,
			act: fmt.Sprintf("commits %s, %s into %s (%s so far)", p.Name(), eurosText(euros), fd.Name(), f.view.Rung(p)),
		}})
	}
	return ways
}

// payment is so much more into a fund in the months of the hole. Whoever manages
// the fund has to find it.
func (f *filling) payment(x *Shortage, fd *record.Fund, amount float64) way {
	months := int64(x.Last-x.First) + 1
	each := int64(math.Ceil(amount / float64(months)))
	by := cmp.Or(fd.Manager, f.view.By(fd))
	p := &record.Pledge{
		Common: record.Common{Kind: record.KindPledge, ID: free(f.view, record.KindPledge, fd.ID[:min(len(fd.ID), 80)]+"-more"), By: by},
		Into:   record.FundID(fd.ID), Status: []record.RungStatus{{Is: f.options.Rung.String()}},
	}
	total := euroAmount(each * months)
	p.Amount = &total
	for m := x.First; m <= x.Last; m++ {
		part := euroAmount(each)
		p.Schedule = append(p.Schedule, record.Lot{On: monthDay(m), Amount: &part})
	}
	return way{put: []record.Record{p}, Filler: Filler{
		Kind: FillPay, Party: by, Record: fd.Key().String(), Quantity: float64(each), Unit: "EUR a month", From: x.First, Arrives: x.First, EUR: float64(each * months), Priced: true,
		act: fmt.Sprintf("finds %s a month more for %s", eurosText(float64(each)), fd.Name()),
	}}
}

func euroAmount(euros int64) record.Amount {
	amount, err := record.ParseDecimal(strconv.FormatInt(euros, 10))
	if err != nil {
		panic("whatif: a whole number is a decimal: " + err.Error())
	}
	m := record.NewMoney(amount, record.Euro)
	return record.Amount{Min: m, Max: m}
}

// fill tries every way of every hole, and bundles of them.
func (f *filling) fill(ctx context.Context, h *Holes, ways [][]way, solver lp.Solver) error {
	all := f.view
	for _, ws := range ways {
		for _, w := range ws {
			all = all.Changed(w.put, nil)
		}
	}
	var err error
	if f.ensemble, err = newEnsemble(ctx, f.view, plan.Parts(all, f.options), solver, f.options); err != nil {
		return err
	}
	if f.was, err = f.try(ctx); err != nil {
		return err
	}
	for i := range h.Holes {
		if err := f.fillOne(ctx, &h.Holes[i], ways[i]); err != nil {
			return err
		}
	}
	return nil
}

// try is the value of the view after with some ways taken.
func (f *filling) try(ctx context.Context, ws ...way) (*plan.Value, error) {
	f.solves++
	v := f.view
	for _, w := range ws {
		v = v.Changed(w.put, nil)
	}
	return f.ensemble.value(ctx, v)
}

// fillOne tries the ways of a hole one by one, and then together: the best, and
// on top of it what is best then. A hole that lacks several things may not be
// helped by any one way: then one way for each thing is tried at once.
func (f *filling) fillOne(ctx context.Context, h *Hole, ways []way) error {
	values := make([]*plan.Value, len(ways))
	solves := f.solves
	err := parallel(ctx, len(ways), func(ctx context.Context, i int) (err error) {
		g := *f
		values[i], err = g.try(ctx, ways[i])
		return err
	})
	f.solves = solves + len(ways)
	for i := range ways {
		if values[i] != nil {
			f.weigh(&ways[i].Filler, h, f.was, values[i])
		}
	}
	slices.SortStableFunc(ways, func(a, b way) int {
		return cmp.Or(cmp.Compare(b.Own, a.Own), cmp.Compare(a.EUR, b.EUR), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Kind, b.Kind))
	})
	for _, w := range ways {
		h.Fillers = append(h.Fillers, w.Filler)
	}
	if err != nil {
		return err
	}
	return f.bundle(ctx, h, ways)
}

// weigh says what a way gains and takes.
func (f *filling) weigh(x *Filler, h *Hole, before, after *plan.Value) {
	x.Points = unnoisy(points(f.base, after.V-before.V))
	x.Own, x.Toll, x.Tolls = f.shares(h, before, after)
	price := "the register has no price for it"
	if x.Priced {
		price = "at " + eurosText(x.EUR)
		if x.EUR == 0 {
			price = "at no price"
		}
	}
	x.Says = fmt.Sprintf("If %s %s from %s, there from %s, %s, ", x.Name, x.act, x.From.Text(), x.Arrives.Text(), price) + regained(h, x.Own, x.Points, x.Toll)
}

// regained says what comes back.
func regained(h *Hole, own, all, toll float64) string {
	text := fmt.Sprintf("%s of the %s lost come back", about(own), pointsText(h.Points))
	switch {
	case own >= h.Points+smallest:
		text = fmt.Sprintf("all of the %s lost come back, and %s more", pointsText(h.Points), about(own-h.Points))
	case own >= h.Points-smallest:
		text = fmt.Sprintf("all of the %s lost come back", pointsText(h.Points))
	case own < smallest:
		text = "nothing comes back by that alone"
	}
	if toll >= smallest {
		text += fmt.Sprintf("; other needs lose %s by it", pointsText(toll))
	}
	if others := all - own + toll; others >= smallest {
		text += fmt.Sprintf("; other needs gain %s", pointsText(others))
	}
	return text + "."
}

// shares is what the need of a hole gains between two values, and what others
// lose.
func (f *filling) shares(h *Hole, before, after *plan.Value) (own, toll float64, tolls []Toll) {
	for i := range f.after.Needs {
		n := &f.after.Needs[i]
		d, worth := 0.0, n.Weight
		for t := range before.Covered[n.ID] {
			d += worth * (after.Covered[n.ID][t] - before.Covered[n.ID][t])
			worth *= f.after.Discount
		}
		switch d = unnoisy(points(f.base, d)); {
		case n.ID == h.Need:
			own = d
		case d < -smallest:
			toll -= d
			tolls = append(tolls, Toll{n.ID, -d})
		}
	}
	return own, toll, tolls
}

// bundleMax is how many ways a bundle may have.
const bundleMax = 4

func (f *filling) bundle(ctx context.Context, h *Hole, ways []way) error {
	taken := f.first(h, ways)
	if len(taken) == 0 {
		return nil
	}
	worthwhile := max(smallest, h.Points/50)
	pick := func(of []int) []way {
		var ws []way
		for _, i := range of {
			ws = append(ws, ways[i])
		}
		return ws
	}
	value, err := f.try(ctx, pick(taken)...)
	if err != nil {
		return err
	}
	own := func(v *plan.Value) float64 { own, _, _ := f.shares(h, f.was, v); return own }
	for len(taken) < bundleMax && own(value) < h.Points-worthwhile {
		best, better := -1, value
		for i, w := range ways {
			if slices.Contains(taken, i) || clash(pick(taken), w) || i >= 12 && w.Own < smallest {
				continue
			}
			next, err := f.try(ctx, pick(append(slices.Clone(taken), i))...)
			if err != nil {
				return err
			}
			if gain := own(next) - own(better); gain > smallest && (best >= 0 || gain > worthwhile) {
				best, better = i, next
			}
		}
		if best < 0 {
			break
		}
		taken, value = append(taken, best), better
	}
	if len(taken) > 1 && own(value) >= smallest {
		h.Bundle = f.bundled(h, ways, taken, value)
	}
	return nil
}

// first is what a bundle begins with: the best way, or where none helps alone
// the cheapest for each thing that is short.
func (f *filling) first(h *Hole, ways []way) []int {
	if len(ways) == 0 {
		return nil
	}
	if ways[0].Own >= smallest {
		return []int{0}
	}
	var taken []int
	for k := range h.Short {
		best := -1
		for i, w := range ways {
			if w.short == k && (best < 0 || w.EUR < ways[best].EUR) {
				best = i
			}
		}
		if best >= 0 {
			taken = append(taken, best)
		}
	}
	return taken[:min(len(taken), bundleMax)]
}

// clash reports whether a way changes what another of those taken changes.
func clash(taken []way, w way) bool {
	for _, x := range taken {
		for _, a := range x.put {
			for _, b := range w.put {
				if a.Key() == b.Key() {
					return true
				}
			}
		}
	}
	return false
}

func (f *filling) bundled(h *Hole, ways []way, taken []int, value *plan.Value) *Bundle {
	b := &Bundle{Fillers: taken, Points: unnoisy(points(f.base, value.V-f.was.V))}
	b.Own, b.Toll, _ = f.shares(h, f.was, value)
	var acts []string
	for _, i := range taken {
		w := &ways[i]
		b.EUR += w.EUR
		price := "no price known"
		if w.Priced {
			price = eurosText(w.EUR)
		}
		acts = append(acts, fmt.Sprintf("%s %s from %s, there from %s (%s)", w.Name, w.act, w.From.Text(), w.Arrives.Text(), price))
	}
	b.Says = fmt.Sprintf("If %s, ", joined(acts)) + regained(h, b.Own, b.Points, b.Toll)
	b.Says += fmt.Sprintf(" In all that is %s.", eurosText(b.EUR))
	return b
}
