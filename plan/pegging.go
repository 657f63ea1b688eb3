package plan

import (
	"cmp"
	"maps"
	"slices"

	"entente/record"
)

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
	var flows []int
	for _, s := range slices.Sorted(maps.Keys(part)) {
		flows = append(flows, e.filled[s]...)
	}
	slices.Sort(flows)
	for _, k := range flows {
		f := e.flows[k]
		if q := e.x[f.col] * part[f.lane.stock]; q > 1e-6 {
			s, st := e.source(f), e.w.stocks[f.lane.stock]
			add(key{s.name, record.ResourceID(st.resource.ID)}, s.party, st.resource.Unit, q*f.yields, f.month+f.lane.lead)
		}
	}
	for _, k := range e.own[e.plan.Needs[i].ID] {
		switch mv := e.plan.Moves[k]; mv.Verb {
		case Pay:
			add(key{mv.Record, ""}, mv.Party, "EUR", mv.Quantity, int(mv.Month-e.w.options.Start))
		case Deploy:
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

// parts is the share of each stock's service that went to need i, by stock.
func (e *explainer) parts(i int) map[int]float64 {
	mine := map[int]float64{}
	for _, k := range e.takes[i] {
		mine[e.allots[k].stock] += e.allots[k].of(e.x)
	}
	for s := range mine {
		if e.served[s] > 0 {
			mine[s] /= e.served[s]
		}
	}
	return mine
}

// leftovers lists what is offered and not used, and why.
func (e *explainer) leftovers() []Leftover {
	out := []Leftover{}
	add := func(s source, resource, unit string, offered, used float64, why string) {
		if left := settle(offered - used); left > 1e-6*max(1, offered) {
			out = append(out, Leftover{s.name, s.party, resource, settle(offered), settle(used), left, unit, why})
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
		if arrives := first + l.lead; arrives < e.w.options.Months {
			w := e.waiting(l.stock)[arrives]
			needed = needed || w.needed
			maps.Copy(waits, w.things)
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

// wait is what the needs of a stock wait for from some month on, other than what
// is in it.
type wait struct {
	needed bool // some need is short
	things map[string]bool
}

// waiting looks once at what the needs of a stock wait for.
func (e *explainer) waiting(s int) []wait {
	if e.waits[s] != nil {
		return e.waits[s]
	}
	st, from := e.w.stocks[s], make([]wait, e.w.options.Months+1)
	for t := e.w.options.Months - 1; t >= 0; t-- {
		from[t] = wait{from[t+1].needed, maps.Clone(from[t+1].things)}
		for _, i := range st.needs {
			nm := &e.plan.Needs[i].Months[t]
			from[t].needed = from[t].needed || short(*nm)
			for _, h := range nm.Holds {
				if h.Resource == record.ResourceID(st.resource.ID) && h.Leg != record.Funding {
					continue
				}
				if from[t].things == nil {
					from[t].things = map[string]bool{}
				}
				from[t].things[e.scarce(h)] = true
			}
		}
	}
	e.waits[s] = from
	return from
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
