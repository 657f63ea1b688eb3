package whatif

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// RiskOptions says how the future is drawn.
type RiskOptions struct {
	Seed  uint64 `json:"seed"`
	Draws int    `json:"draws"` // 0 is 200
}

// Outlook is what becomes of a plan when what is promised slips as it has done.
type Outlook struct {
	Base    float64       `json:"base"`   // coverage points when everything comes in time
	Points  Band          `json:"points"` // coverage points
	Mean    float64       `json:"mean"`
	Needs   []NeedOutlook `json:"needs"`   // who may lose most first
	Months  []MonthBand   `json:"months"`  // coverage of all needs, month by month
	Drivers []Driver      `json:"drivers"` // whose slips explain most of the spread first
	Delays  []Delays      `json:"delays"`  // how late each party's promises came
	Pooled  Delays        `json:"pooled"`  // of everybody
	Open    int           `json:"open"`    // pledges that may slip
	Draws   int           `json:"draws"`
	Seed    uint64        `json:"seed"`
	Says    []string      `json:"says"`
}

// Band is what is exceeded in nine draws of ten, in half of them, in one of ten.
type Band struct {
	P10 float64 `json:"p10"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
}

// NeedOutlook is the band of one need, in percent of what it needs.
type NeedOutlook struct {
	ID    record.NeedID `json:"id"`
	Title string        `json:"title"`
	Base  float64       `json:"base"`
	Band
	Lost float64 `json:"lost"` // coverage points of all needs that it loses in the median draw
}

// MonthBand is the band of one month, in percent of what is needed in it by
// weight.
type MonthBand struct {
	Month record.Month `json:"month"`
	Base  float64      `json:"base"`
	Band
}

// Driver is how much a party's slips have to do with the coverage.
type Driver struct {
	Party record.PartyID `json:"party"`
	Name  string         `json:"name"`
	Rank  float64        `json:"rank"` // rank correlation of its mean slip with coverage, -1 to 1; below 0 its slips cost
	Slip  float64        `json:"slip"` // months that its pledges slip in the mean
	Open  int            `json:"open"` // its pledges that may slip
	Says  string         `json:"says"`
}

// Delays is how late promises came.
type Delays struct {
	Party    record.PartyID `json:"party,omitempty"` // empty for everybody
	Name     string         `json:"name,omitempty"`
	Came     int            `json:"came"`             // lots handed over
	Waiting  int            `json:"waiting"`          // lots that were overdue, and not handed over, when last heard of
	Median   *int           `json:"median,omitempty"` // months late; none when more than half are still waited for
	Borrowed bool           `json:"borrowed,omitempty"`
	Curve    []CurvePoint   `json:"curve"` // the estimate that is drawn from
	Says     string         `json:"says"`
}

// CurvePoint is a step of a curve.
type CurvePoint struct {
	Months int     `json:"months"` // late
	Left   float64 `json:"left"`   // share still to come
}

// eventsMin is how many lots a party must have handed over for a curve of its
// own.
const eventsMin = 3

// Risk draws how late each pledge of a resource comes that is not handed over on
// the view's day, and plans for each draw. How late a party's promises come is
// estimated from its own pledges: from the month in which a lot should have
// arrived to the month in which it was handed over, or, where that is not
// recorded, for as long as it is known to have been waited for: until the view's
// day if the register tells of the party's hand-overs at all, else until
// anything was last heard of the pledge. A party of which fewer than three lots
// have come borrows the curve of all. A pledge that is overdue already is drawn from those that
// took longer than it has. All lots of a pledge that are still to come slip
// alike. Money, training and industry are in time; see docs/whatif.md.
//
// Equal arguments give equal answers. When the context is done, Risk returns
// what the finished draws say, with the error.
func Risk(ctx context.Context, v *register.View, base *plan.Plan, solver lp.Solver, o plan.Options, r RiskOptions, progress func(done, total int)) (*Outlook, error) {
	if r.Draws <= 0 {
		r.Draws = 200
	}
	base, err := based(ctx, v, base, solver, o)
	if err != nil {
		return nil, err
	}
	h := historyOf(v)
	h.open = slices.DeleteFunc(h.open, func(p waiting) bool { return v.Rung(p.pledge) < o.Rung })
	e, err := newEnsemble(ctx, v, plan.Parts(v, o), solver, o)
	if err != nil {
		return nil, err
	}
	step := steps(progress, r.Draws)
	draws := make([]*drawn, r.Draws)
	err = parallel(ctx, r.Draws, func(ctx context.Context, i int) error {
		d := h.draw(rand.New(rand.NewPCG(r.Seed, uint64(i))), o)
		value, err := e.value(ctx, d.on(v, h))
		if err != nil {
			return err
		}
		d.value = value
		draws[i] = d
		step(1)
		return nil
	})
	draws = slices.DeleteFunc(draws, func(d *drawn) bool { return d == nil })
	if len(draws) == 0 {
		return nil, err
	}
	return outlook(v, base, h, draws, r), err
}

// waiting is a pledge that is not handed over yet, or not all of it.
type waiting struct {
	pledge *record.Pledge
	waited int // months for which the first lot of what is missing is known to have been overdue
}

// history is how late promises came.
type history struct {
	waits  map[record.PartyID][]wait
	curves map[record.PartyID]curve // of its own, or the pooled one
	pooled curve
	open   []waiting
}

func historyOf(v *register.View) *history {
	h := &history{waits: map[record.PartyID][]wait{}, curves: map[record.PartyID]curve{}}
	reports := reporting(v)
	var all []wait
	for _, p := range v.Pledges() {
		if p.Resource == "" || v.Rung(p) == record.NoRung || p.Confidence == record.Disputed || counted(v, p) {
			continue
		}
		seen := v.At().On
		if !reports[p.By] {
			seen = lastHeard(v, p)
		}
		ws, waited, open := waits(v, p, seen.Month())
		h.waits[p.By] = append(h.waits[p.By], ws...)
		all = append(all, ws...)
		if open {
			h.open = append(h.open, waiting{p, waited})
		}
	}
	h.pooled = kaplanMeier(all)
	for by, ws := range h.waits {
		if h.curves[by] = kaplanMeier(ws); h.curves[by].came < eventsMin {
			h.curves[by] = h.pooled
		}
	}
	return h
}

// reporting lists the parties of whose hand-overs the register tells at all. Of
// the others, that none is recorded says nothing.
func reporting(v *register.View) map[record.PartyID]bool {
	reports := map[record.PartyID]bool{}
	for _, p := range v.Pledges() {
		if v.Rung(p) >= record.HandedOver {
			reports[p.By] = true
		}
		for _, s := range p.Status { // or of a part
			reports[p.By] = reports[p.By] || s.On.First() <= v.At().On && v.RungOf(p.By, s) >= record.HandedOver
		}
	}
	return reports
}

// lastHeard is the last day on which anything was heard of p: a step that it has
// taken, or a document that speaks of it.
func lastHeard(v *register.View, p *record.Pledge) record.Date {
	last := record.Beginning
	hear := func(d record.Day) {
		if on := d.First(); !d.IsZero() && on <= v.At().On {
			last = max(last, on)
		}
	}
	for _, s := range p.Status {
		hear(s.On)
	}
	for _, s := range p.Sources {
		if d, ok := v.Document(s.Document); ok {
			hear(d.Published)
		}
	}
	return last
}

// counted reports whether p is counted in another pledge.
func counted(v *register.View, p *record.Pledge) bool {
	return v.Ancestor(p, func(up *record.Pledge) bool { return sameThing(p, up) }) != nil
}

// waits is how long each lot of p was waited for that was promised before it
// came; for how long what is missing is known to have been waited for, seen in
// vain for the last time in a month; and whether anything is missing. What was
// first heard of when it was handed over was never waited for.
func waits(v *register.View, p *record.Pledge, seen record.Month) (ws []wait, waited int, open bool) {
	lead := 0
	if p.Lead == nil {
		lead = 1
	} else {
		for _, m := range p.Lead.At {
			lead = max(lead, m)
		}
		lead = max(lead, p.Lead.Months)
	}
	promised, known := promisedOn(v, p)
	sum := 0.0
	for _, x := range partsOf(v, p) {
		due := x.on.Last().Month() + record.Month(lead)
		sum += x.there.number.Min + x.rest.number.Min
		if x.rest.none() {
			if on, ok := handedOn(v, p, sum); ok && known && promised < on {
				ws = append(ws, wait{max(0, int(on.Month()-due)), true})
			}
			continue
		}
		late := int(seen - due)
		if !open {
			waited = max(0, late)
		}
		open = true
		if late > 0 && known {
			ws = append(ws, wait{late, false})
		}
	}
	return ws, waited, open
}

// promisedOn is the first day on which p was said, before it was handed over.
func promisedOn(v *register.View, p *record.Pledge) (on record.Date, ok bool) {
	for _, s := range p.Status {
		if r := v.RungOf(p.By, s); !s.On.IsZero() && r >= record.Announced && r < record.HandedOver && s.On.First() <= v.At().On && (!ok || s.On.First() < on) {
			on, ok = s.On.First(), true
		}
	}
	return on, ok
}

// handedOn is the first day by which so much of p had been handed over.
func handedOn(v *register.View, p *record.Pledge, much float64) (on record.Date, ok bool) {
	for _, s := range p.Status {
		if !s.On.IsZero() && s.On.First() <= v.At().On && v.RungOf(p.By, s) >= record.HandedOver &&
			(s.Quantity == nil || s.Quantity.Max >= much*(1-1e-9)) && (!ok || s.On.First() < on) {
			on, ok = s.On.First(), true
		}
	}
	return on, ok
}

// drawn is one future: by how many months each open pledge slips, and what
// becomes of it.
type drawn struct {
	slips []int
	value *plan.Value
}

// draw draws one slip for each open pledge. What slips by the whole horizon
// comes too late to count, however late it is.
func (h *history) draw(dice *rand.Rand, o plan.Options) *drawn {
	d := &drawn{slips: make([]int, len(h.open))}
	for i, p := range h.open {
		u := dice.Float64()
		d.slips[i] = h.curves[p.pledge.By].draw(u, p.waited, p.waited+o.Months)
	}
	return d
}

// on is v with the slips.
func (d *drawn) on(v *register.View, h *history) *register.View {
	var late []record.Record
	for i, p := range h.open {
		if d.slips[i] > 0 {
			if c := delayed(v, p.pledge, d.slips[i]); c != nil {
				late = append(late, c)
			}
		}
	}
	return v.Changed(late, nil)
}

// ensemble evaluates views that differ in when things come.
type ensemble struct {
	groups     [][]record.NeedID
	views      []*register.View
	evaluators []*plan.Evaluator
	base       []*plan.Value
}

// newEnsemble evaluates v, and views like it, in groups of needs that share
// nothing.
func newEnsemble(ctx context.Context, v *register.View, groups [][]record.NeedID, solver lp.Solver, o plan.Options) (*ensemble, error) {
	e := &ensemble{groups: groups}
	for _, ids := range e.groups {
		view := only(v, ids)
		evaluator, err := plan.NewEvaluator(ctx, view, solver, o)
		if err != nil {
			return nil, err
		}
		base, err := evaluator.Settled(ctx, view)
		if err != nil {
			return nil, err
		}
		e.views, e.evaluators, e.base = append(e.views, view), append(e.evaluators, evaluator), append(e.base, base)
	}
	return e, nil
}

// value adds up the parts. A part that a plan cannot tell from the base is as
// it is there.
func (e *ensemble) value(ctx context.Context, v *register.View) (*plan.Value, error) {
	sum := &plan.Value{Covered: map[record.NeedID][]float64{}}
	for i, ids := range e.groups {
		view, part := only(v, ids), e.base[i]
		if !e.evaluators[i].Same(view) {
			var err error
			if part, err = e.evaluators[i].Settled(ctx, view); err != nil {
				return nil, err
			}
		}
		sum.V += part.V
		maps.Copy(sum.Covered, part.Covered)
	}
	return sum, nil
}

// outlook reads the draws.
func outlook(v *register.View, base *plan.Plan, h *history, draws []*drawn, r RiskOptions) *Outlook {
	x := &Outlook{Base: base.Points, Draws: len(draws), Seed: r.Seed, Open: len(h.open), Needs: []NeedOutlook{}, Months: []MonthBand{}, Drivers: []Driver{}, Delays: []Delays{}, Says: []string{}}
	all := make([]float64, len(draws))
	for i, d := range draws {
		all[i] = points(base, d.value.V)
		if math.Abs(all[i]-base.Points) < noise {
			all[i] = base.Points
		}
		x.Mean += all[i] / float64(len(draws))
	}
	x.Points = bandOf(all)
	x.needs(base, draws)
	x.months(base, draws)
	x.drivers(v, h, draws, all)
	x.delays(v, h)
	x.says()
	return x
}

// bandOf reads three quantiles, between draws by straight lines.
func bandOf(xs []float64) Band {
	xs = slices.Sorted(slices.Values(xs))
	at := func(p float64) float64 {
		h := p * float64(len(xs)-1)
		k := min(int(h), len(xs)-2)
		if len(xs) == 1 {
			return xs[0]
		}
		return xs[k] + (h-float64(k))*(xs[k+1]-xs[k])
	}
	return Band{at(0.1), at(0.5), at(0.9)}
}

// needs bands each need's share of what it needs over the horizon.
func (x *Outlook) needs(base *plan.Plan, draws []*drawn) {
	for i := range base.Needs {
		n := &base.Needs[i]
		if n.Needed == 0 {
			continue
		}
		shares, worths := make([]float64, len(draws)), make([]float64, len(draws))
		for k, d := range draws {
			worth := n.Weight
			for _, c := range d.value.Covered[n.ID] {
				shares[k] += 100 * c / n.Needed
				worths[k] += worth * c
				worth *= base.Discount
			}
		}
		x.Needs = append(x.Needs, NeedOutlook{
			ID: n.ID, Title: n.Title, Base: 100 * n.Covered / n.Needed, Band: bandOf(shares),
			Lost: unnoisy(points(base, value(n, base.Discount)-bandOf(worths).P50)),
		})
	}
	slices.SortStableFunc(x.Needs, func(a, b NeedOutlook) int {
		return cmp.Or(cmp.Compare(b.Lost, a.Lost), cmp.Compare(a.ID, b.ID))
	})
}

// months bands the share of each month's need, by weight.
func (x *Outlook) months(base *plan.Plan, draws []*drawn) {
	for t := range base.Months {
		needed, covered := 0.0, 0.0
		got := make([]float64, len(draws))
		for i := range base.Needs {
			n := &base.Needs[i]
			needed += n.Weight * n.Months[t].Needed
			covered += n.Weight * n.Months[t].Covered
			for k, d := range draws {
				got[k] += n.Weight * d.value.Covered[n.ID][t]
			}
		}
		if needed == 0 {
			continue
		}
		for k := range got {
			got[k] *= 100 / needed
		}
		x.Months = append(x.Months, MonthBand{base.Start + record.Month(t), 100 * covered / needed, bandOf(got)})
	}
}

// drivers ranks parties by how their mean slip goes with coverage.
func (x *Outlook) drivers(v *register.View, h *history, draws []*drawn, all []float64) {
	of := map[record.PartyID][]int{}
	for i, p := range h.open {
		of[p.pledge.By] = append(of[p.pledge.By], i)
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		slips, mean := make([]float64, len(draws)), 0.0
		for k, d := range draws {
			for _, i := range of[id] {
				slips[k] += float64(d.slips[i]) / float64(len(of[id]))
			}
			mean += slips[k] / float64(len(draws))
		}
		d := Driver{Party: id, Name: nameOf(v, id), Rank: spearman(slips, all), Slip: mean, Open: len(of[id])}
		d.Says = fmt.Sprintf("%s: %d pledges may slip, by %.1f months in the mean; rank correlation with coverage %.2f.", d.Name, d.Open, d.Slip, d.Rank)
		x.Drivers = append(x.Drivers, d)
	}
	slices.SortStableFunc(x.Drivers, func(a, b Driver) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Rank), math.Abs(a.Rank)), cmp.Compare(a.Party, b.Party))
	})
}

// spearman is the correlation of ranks, ties sharing theirs; 0 where either
// never changes.
func spearman(xs, ys []float64) float64 {
	a, b := ranks(xs), ranks(ys)
	mean := float64(len(xs)-1) / 2
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - mean) * (b[i] - mean)
		aa += (a[i] - mean) * (a[i] - mean)
		bb += (b[i] - mean) * (b[i] - mean)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

func ranks(xs []float64) []float64 {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(xs[i], xs[j]) })
	rank := make([]float64, len(xs))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && xs[order[j]] == xs[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			rank[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return rank
}

// delays shows the curves that were drawn from, of those who have anything
// open.
func (x *Outlook) delays(v *register.View, h *history) {
	x.Pooled = delaysOf("", "Everybody", h.pooled, h.pooled, false)
	parties := map[record.PartyID]bool{}
	for _, p := range h.open {
		parties[p.pledge.By] = true
	}
	for _, id := range slices.Sorted(maps.Keys(parties)) {
		own := kaplanMeier(h.waits[id])
		x.Delays = append(x.Delays, delaysOf(id, nameOf(v, id), own, h.curves[id], own.came < eventsMin))
	}
}

func delaysOf(id record.PartyID, name string, own, used curve, borrowed bool) Delays {
	d := Delays{Party: id, Name: name, Came: own.came, Waiting: own.all - own.came, Borrowed: borrowed, Curve: []CurvePoint{}}
	for k, m := range used.at {
		d.Curve = append(d.Curve, CurvePoint{m, used.left[k]})
	}
	median := "more than half are still waited for"
	if m, ok := used.median(); ok {
		d.Median = &m
		median = fmt.Sprintf("half came within %s", monthsText(m))
		if m == 0 {
			median = "half came in time"
		}
	}
	switch {
	case used.came == 0:
		d.Says = fmt.Sprintf("%s: nothing that was promised before has come yet, so nothing is known of delays, and none is drawn.", name)
	case borrowed:
		d.Says = fmt.Sprintf("%s: %d lots have come and %d are overdue, too few to tell; it borrows the delays of everybody, of which %s.", name, d.Came, d.Waiting, median)
	default:
		d.Says = fmt.Sprintf("%s: %d lots have come and %d are overdue; %s.", name, d.Came, d.Waiting, median)
	}
	return d
}

func monthsText(m int) string {
	if m == 1 {
		return "1 month"
	}
	return fmt.Sprintf("%d months", m)
}

func (x *Outlook) says() {
	x.Says = append(x.Says, fmt.Sprintf("If what is promised slips as it has done, coverage is %.1f points in the middle of %d draws, %.1f or less in one of ten and %.1f or more in one of ten; if all comes in time it is %.1f.",
		x.Points.P50, x.Draws, x.Points.P10, x.Points.P90, x.Base))
	if x.Open == 0 {
		x.Says = append(x.Says, "Nothing that counts is still to be handed over: nothing can slip.")
		return
	}
	var names []string
	for _, d := range x.Drivers {
		if d.Rank < -0.1 && len(names) < 3 {
			names = append(names, fmt.Sprintf("%s (%.2f)", d.Name, d.Rank))
		}
	}
	if len(names) > 0 {
		x.Says = append(x.Says, fmt.Sprintf("The slips of %s go most with what is covered, by rank correlation.", joined(names)))
	}
	borrowed := 0
	for _, d := range x.Delays {
		if d.Borrowed {
			borrowed++
		}
	}
	x.Says = append(x.Says, fmt.Sprintf("%d pledges may slip. %d of %d parties have handed over too little to be judged by their own past and borrow that of all.", x.Open, borrowed, len(x.Delays)))
}
