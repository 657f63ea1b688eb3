package plan

import (
	"cmp"
	"fmt"
	"slices"

	"entente/lp"
	"entente/record"
)

// limits lists everything scarce that one could have more of, dearest first,
// with the price that the solver put on it. Each names its record; one more
// seat means one in every month of the programme.
func (m *model) limits(price []float64) []limit {
	ls := slices.Concat(m.lotLimits(price), m.makerLimits(price), m.courseLimits(price), m.fundLimits(price))
	slices.SortStableFunc(ls, func(a, b limit) int {
		return cmp.Or(cmp.Compare(b.dual, a.dual), cmp.Compare(a.origin.Record, b.origin.Record))
	})
	return ls
}

// lotLimits has one limit a pledge: one more of what it gives, in the part of
// its schedule where that is worth most.
func (m *model) lotLimits(price []float64) []limit {
	var ls []limit
	at := map[record.Key]int{}
	for i, l := range m.w.lots {
		r, _ := m.w.view.Resource(l.pledge.Resource)
		next := limit{
			origin: Price{Record: l.key.String(), Party: l.party, What: "quantity", Resource: r.ID, Leg: r.Leg, Unit: r.Unit, Step: 1},
			rows:   []lp.Row{m.lotRow[i]}, step: 1, dual: clean(price[m.lotRow[i]]), room: l.quantity,
		}
		if k, ok := at[l.key]; ok {
			if ls[k].dual < next.dual {
				ls[k] = next
			}
			continue
		}
		at[l.key] = len(ls)
		ls = append(ls, next)
	}
	return ls
}

func (m *model) makerLimits(price []float64) []limit {
	var ls []limit
	for i, k := range m.w.makers {
		r, _ := m.w.view.Resource(k.production.Resource)
		ls = append(ls, m.monthlyLimit(price, m.makerRow[i], k.first, k.perMonth,
			Price{Record: k.key.String(), Party: k.party, What: "per_month", Resource: r.ID, Leg: r.Leg, Unit: r.Unit + " a month", Step: 1}))
	}
	return ls
}

func (m *model) courseLimits(price []float64) []limit {
	var ls []limit
	for i, c := range m.w.courses {
		r, _ := m.w.view.Resource(c.programme.Trains)
		ls = append(ls, m.monthlyLimit(price, m.courseRow[i], c.first, c.seats,
			Price{Record: c.key.String(), Party: c.party, What: "seats", Resource: r.ID, Leg: r.Leg, Unit: "seat a month", Step: 1}))
	}
	return ls
}

func (m *model) monthlyLimit(price []float64, rows []lp.Row, first int, room float64, p Price) limit {
	l := limit{origin: p, rows: rows, step: 1, room: room}
	for i, r := range rows {
		if d := clean(price[r]); d != 0 {
			l.dual += d
			l.origin.ByMonth = append(l.origin.ByMonth, MonthPrice{Month: m.w.options.Start + record.Month(first+i), Dual: d})
		}
	}
	return l
}

// fundLimits prices a million euros more in the first month in which a fund has
// income, or else in month 0.
func (m *model) fundLimits(price []float64) []limit {
	var ls []limit
	for f, fd := range m.w.funds {
		t := 0
		if len(fd.lots) > 0 {
			t = slices.MinFunc(fd.lots, func(a, b income) int { return a.month - b.month }).month
		}
		row := m.potRow[f][t]
		ls = append(ls, limit{
			origin: Price{Record: fd.rec.Key().String(), Party: fd.rec.Manager, What: "amount", Resource: "EUR", Leg: record.Funding,
				Month: (m.w.options.Start + record.Month(t)).String(), Unit: "million EUR", Step: million},
			rows: []lp.Row{row}, step: 1, dual: clean(price[row]), room: fd.income[t] / million,
		})
	}
	return ls
}

// clean reads what is below the solver's tolerance as nothing.
func clean(x float64) float64 {
	if x > -priced && x < priced {
		return 0
	}
	return x
}

// prices tells every limit in coverage points, the proved ones first.
func (m *model) prices(best *optimum, point float64) []Price {
	proved := map[string]worth{}
	for _, w := range best.worths {
		proved[w.limit.origin.Record] = w
	}
	ps := []Price{}
	for _, l := range m.limits(best.price) {
		p := l.origin
		p.Dual = l.dual
		p.Worth, p.Loss = l.dual/point, l.dual/point
		if w, ok := proved[p.Record]; ok {
			p.Worth, p.Loss, p.Holds, p.Proved = max(0, w.more/point), max(0, w.less/point), w.holds, true
		}
		p.Worth, p.Loss = settle(p.Worth), settle(p.Loss)
		p.ByMonth = slices.Clone(p.ByMonth)
		for i := range p.ByMonth {
			p.ByMonth[i].Worth = settle(p.ByMonth[i].Dual / point)
		}
		p.Says = m.priceSays(p)
		ps = append(ps, p)
	}
	slices.SortStableFunc(ps, func(a, b Price) int {
		return cmp.Or(cmp.Compare(b.Worth, a.Worth), cmp.Compare(b.Loss, a.Loss), cmp.Compare(a.Record, b.Record))
	})
	return ps
}

func (m *model) priceSays(p Price) string {
	thing := "one more " + p.Unit
	switch p.What {
	case "seats":
		thing = "one more seat in every month"
	case "per_month":
		thing = "one more " + p.Unit
	case "amount":
		thing = "one million euros more in " + p.Month
	}
	less := ""
	if p.Proved && p.Loss > 0 {
		less = fmt.Sprintf("; one less would cost %s", figure(p.Loss))
	}
	switch {
	case p.Worth == 0 && p.Loss == 0:
		return thing + " would change nothing"
	case p.Worth == 0:
		return thing + " would change nothing" + less
	case !p.Proved:
		return fmt.Sprintf("%s is worth about %s points, for small amounts", thing, figure(p.Worth))
	case p.Holds > 1:
		return fmt.Sprintf("%s is worth %s points, and so is each up to %s more%s", thing, figure(p.Worth), figure(p.Holds), less)
	}
	return fmt.Sprintf("%s is worth %s points, the next one less%s", thing, figure(p.Worth), less)
}
