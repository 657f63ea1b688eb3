package plan

import (
	"cmp"
	"math"
	"slices"

	"entente/record"
)

// A tariff is what a unit of each thing that a need takes is worth there in each
// month. What anything else is worth follows from that, as little as it can be, so
// that any tariff proves a bound on V: see bound. So it has what a euro in each fund is worth,
// nothing where money is not short.
type tariff struct {
	w      *world
	takes  [][]take // by need
	purses *purses
	cash   [][]float64 // by fund, month: of a euro; it does not rise, for money can wait
	value  [][]float64 // by stock, month: of a unit that is there
	short  bool        // a euro is worth something
	dues   map[string]float64
}

// take is one thing that a need takes.
type take struct {
	resource record.ResourceID
	per      float64
	usedUp   bool
	price    []float64 // by month
}

// takes lists what each need takes, but only of the legs that are limited.
func (w *world) takes(g legs) [][]take {
	all := make([][]take, len(w.needs))
	for i, n := range w.needs {
		for _, r := range recipe(n.capability) {
			if res, _ := w.view.Resource(r); !g.limits(res.Leg) {
				continue
			}
			t := take{r, n.capability.Stock[r], false, make([]float64, w.options.Months)}
			if t.per == 0 {
				t.per, t.usedUp = n.capability.Monthly[r], true
			}
			all[i] = append(all[i], t)
		}
	}
	return all
}

func (w *world) tariff(p *purses) *tariff {
	f := &tariff{w: w, takes: w.takes(allLegs), purses: p, value: make([][]float64, len(w.stocks)), dues: map[string]float64{}}
	for range w.funds {
		f.cash = append(f.cash, make([]float64, w.options.Months))
	}
	for s := range f.value {
		f.value[s] = make([]float64, w.options.Months+1)
	}
	return f
}

// settle finds what a unit in a stock is worth in each month: while it is kept, what
// those who keep it would pay, and then what is left of it; or what those who use it
// up would.
func (f *tariff) settle(s int) {
	st, value := f.w.stocks[s], f.value[s]
	for t := f.w.options.Months - 1; t >= 0; t-- {
		kept, used := f.paid(st, t)
		value[t] = max(kept+st.keeps*value[t+1], used)
	}
}

// paid is the most that needs which a stock may serve pay for it in month t.
func (f *tariff) paid(st *stock, t int) (kept, used float64) {
	for _, i := range st.needs {
		if n := f.w.needs[i]; n.quantity[t] <= n.present[t] {
			continue
		}
		for _, k := range f.takes[i] {
			switch {
			case k.resource != record.ResourceID(st.resource.ID):
			case k.usedUp:
				used = max(used, k.price[t])
			default:
				kept = max(kept, k.price[t])
			}
		}
	}
	return kept, used
}

// profit is what a unit of need i in month t is worth beyond what it takes.
func (f *tariff) profit(i, t int) float64 {
	n := f.w.needs[i]
	if n.running > 0 && !f.purses.pays(f.purses.running[i], t) {
		return math.Inf(-1)
	}
	sum := f.w.gain(n, t)
	if n.running > 0 {
		sum -= n.running * f.due(f.purses.running[i], t)
	}
	for _, k := range f.takes[i] {
		sum -= k.per * k.price[t]
	}
	return sum
}

// worth is the most that a unit which leaves a source in month t can bring.
func (f *tariff) worth(s *source, t int, yields float64) float64 {
	best := 0.0
	for _, l := range s.lanes {
		if t+l.lead >= f.w.options.Months {
			continue
		}
		worth := yields * f.value[l.stock][t+l.lead]
		if worth > best && s.cost > 0 {
			funds := f.purses.at(s.use, f.w.stocks[l.stock])
			if !f.purses.pays(funds, t) {
				continue
			}
			worth -= s.cost * f.due(funds, t)
		}
		best = max(best, worth)
	}
	return best
}

// due is what a euro is worth that some funds pay together in a month.
func (f *tariff) due(funds []int, t int) float64 {
	if !f.short {
		return 0
	}
	key := headOf(t, funds)
	due, ok := f.dues[key]
	if !ok {
		due = f.cheapest(funds, t)
		f.dues[key] = due
	}
	return due
}

// cheapest makes a euro of the money of some funds that is worth least, as far as their
// shares allow.
func (f *tariff) cheapest(funds []int, t int) float64 {
	order := slices.Clone(funds)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.cash[a][t], f.cash[b][t]) })
	sum, left := 0.0, 1.0
	for _, k := range order {
		if fd := f.w.funds[k]; f.purses.opens[k] <= t && t <= fd.until {
			part := min(left, fd.share)
			sum, left = sum+part*f.cash[k][t], left-part
		}
	}
	return sum
}

// money is what all the money is worth that may be spent.
func (f *tariff) money() float64 {
	sum := 0.0
	for k, fd := range f.w.funds {
		left := math.Inf(1)
		if fd.ceiling >= 0 {
			left = fd.ceiling
		}
		for t, in := range fd.income {
			in = min(in, left)
			sum, left = sum+in*f.cash[k][t], left-in
		}
	}
	return sum
}

// lotWorth is the most that a unit of a lot can bring.
func (f *tariff) lotWorth(l *lot) float64 {
	best := 0.0
	for t := l.first; t <= l.last; t++ {
		best = max(best, f.worth(&l.source, t, 1))
	}
	return best
}

// bound is what no plan can exceed in V, beside what is present already, whatever the
// tariff is. By weak duality of docs/model.md, section 3, it is what all that is limited is
// worth, and what needs are worth beyond what they take, over every column and row of
// the whole model: the price of a stock is the least that makes no service of it a gain, the
// price of a lot the least that makes no way of it one, and a bill is as dear as the money that
// is cheapest makes it.
func (f *tariff) bound() float64 {
	for s := range f.w.stocks {
		f.settle(s)
	}
	sum := f.money()
	for i, n := range f.w.needs {
		if forcesOnly(n.capability) {
			continue
		}
		for t, q := range n.quantity {
			if rest := q - n.present[t]; rest > 0 {
				sum += rest * max(0, f.profit(i, t))
			}
		}
	}
	for _, l := range f.w.lots {
		sum += l.quantity * f.lotWorth(l)
	}
	for _, k := range f.w.makers {
		for t := k.first; t <= k.last; t++ {
			sum += k.perMonth * f.worth(&k.source, t, 1)
		}
	}
	for _, k := range f.w.courses {
		for t := k.first; t <= k.last; t++ {
			sum += k.seats * f.worth(&k.source, t, k.passes)
		}
	}
	return sum
}

// yield lowers what needs pay that are not worth it, down to what they can. That cannot
// raise the bound, and lowers it where only such needs may take something.
func (f *tariff) yield() {
	for i, n := range f.w.needs {
		for t, q := range n.quantity {
			paid := 0.0
			for _, k := range f.takes[i] {
				paid += k.per * k.price[t]
			}
			short := -f.profit(i, t)
			if q <= n.present[t] || short <= 0 || paid <= 0 {
				continue
			}
			for _, k := range f.takes[i] {
				k.price[t] *= max(0, 1-short/paid)
			}
		}
	}
}
