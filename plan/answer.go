package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// plan reads the solution back into records: what is covered, who does what.
func (m *model) plan(best *optimum) *Plan {
	o, v := m.w.options, m.w.view
	p := &Plan{
		Register: Register{Title: v.Settings().Title, Head: v.Head(), Records: v.Len(), AsOf: v.At().On.String(), Reader: v.At().Reader.String(), Release: v.Narrowest(), Inputs: inputs(v)},
		Start:    o.Start, Months: o.Months, Rung: o.Rung.String(), Discount: o.Discount,
		Strict: o.Strict, Fair: o.Fair, Whole: o.Whole,
		Status: best.status.String(), Bound: best.bound, Omissions: m.w.omissions,
		Needs: []Need{}, Moves: []Move{}, Service: []Service{}, Prices: []Price{}, Leftovers: []Leftover{}, Funds: []FundLine{},
	}
	whole := 0.0
	for i, n := range m.w.needs {
		p.Needs = append(p.Needs, m.need(i, best.x))
		for t, q := range n.quantity {
			whole += m.w.gain(n, t) * q
			p.Bound += m.w.gain(n, t) * min(q, n.present[t]) // counts in every plan, and so not in the model
			p.Objective += m.w.gain(n, t) * p.Needs[i].Months[t].Covered
		}
	}
	p.PointValue = whole / 100
	if whole > 0 {
		p.Points = settle(100 * p.Objective / whole)
	} else {
		p.Points, p.PointValue = 100, 1 // by convention, where nothing is needed everything is covered
	}
	p.Bound = max(p.Bound, p.Objective)
	if p.Bound > 1e-12*whole { // below that it is rounding, where nothing can be covered
		p.Gap = (p.Bound - p.Objective) / p.Bound
	}
	m.moves(p, best.x)
	m.accounts(p, best.x)
	return p
}

// inputs hashes the records that a plan can depend on.
func inputs(v *register.View) map[string]string {
	hashes := map[string]string{}
	for _, k := range []record.Kind{record.KindParty, record.KindPlace, record.KindResource, record.KindCapability, record.KindNeed, record.KindPledge,
		record.KindProduction, record.KindProgramme, record.KindFund, record.KindUnit, record.KindAssignment, record.KindRate} {
		for _, r := range v.OfKind(k) {
			sum := sha256.Sum256(record.Canonical(r))
			hashes[r.Key().String()] = hex.EncodeToString(sum[:6])
		}
	}
	return hashes
}

// settle takes the last digits off a solver's number, which are noise.
func settle(x float64) float64 {
	if math.Abs(x) < noise {
		return 0
	}
	return math.Round(x*1e9) / 1e9
}

// noise is what the solver's tolerance lets stray from zero.
const noise = 1e-7

func at(x []float64, c lp.Col) float64 {
	if c == none {
		return 0
	}
	return x[c]
}

func (m *model) need(i int, x []float64) Need {
	n := m.w.needs[i]
	title := n.rec.Title
	if title == "" {
		title = n.capability.Name
	}
	out := Need{
		ID: record.NeedID(n.rec.ID), Title: title, Capability: n.rec.Capability, Unit: n.capability.Unit, At: n.rec.At, For: n.rec.For,
		Priority: n.rec.Priority, Weight: n.weight,
		Estimated: n.rec.Confidence == record.Estimated || n.capability.Confidence == record.Estimated,
	}
	for t, q := range n.quantity {
		made := settle(at(x, m.made[i][t]))
		nm := NeedMonth{Month: m.at(t), Needed: q, Made: made, Present: settle(n.present[t] + m.toured(i, t, x))}
		nm.Covered = settle(min(q, made+nm.Present))
		out.Needed, out.Covered = out.Needed+q, out.Covered+nm.Covered
		if out.FirstMet == "" && q > 0 && !short(nm) {
			out.FirstMet = nm.Month.String()
		}
		out.Months = append(out.Months, nm)
	}
	out.Needed, out.Covered = settle(out.Needed), settle(out.Covered)
	return out
}

// short reports whether a month lacks anything that can be seen.
func short(nm NeedMonth) bool { return nm.Covered < nm.Needed*(1-1e-5)-1e-6 }

// class names the needs that a stock may serve.
func (m *model) class(s int) []record.NeedID {
	if m.classes == nil {
		m.classes = make([][]record.NeedID, len(m.w.stocks))
	}
	if m.classes[s] != nil {
		return m.classes[s]
	}
	var ids []record.NeedID
	for _, i := range m.w.stocks[s].needs {
		ids = append(ids, record.NeedID(m.w.needs[i].rec.ID))
	}
	m.classes[s] = slices.Clip(ids)
	return m.classes[s]
}

// moves lists who does what: shipments, orders, starts of training, payments.
func (m *model) moves(p *Plan, x []float64) {
	verbs := map[sourceKind]string{fromLot: Ship, fromMaker: Buy, fromCourse: Train}
	type key struct {
		of             string
		month, arrives int
		stock          int
		handed         bool
	}
	merged := map[key]int{} // two lots of a pledge may leave together
	for _, f := range m.flows {
		q := settle(x[f.col])
		if q == 0 {
			continue
		}
		src, st := m.source(f), m.w.stocks[f.lane.stock]
		handed := f.kind == fromLot && m.w.lots[f.index].handed
		k := key{src.name, f.month, f.month + f.lane.lead, f.lane.stock, handed}
		if i, ok := merged[k]; ok {
			p.Moves[i].Quantity = settle(p.Moves[i].Quantity + q)
			continue
		}
		merged[k] = len(p.Moves)
		p.Moves = append(p.Moves, Move{
			Verb: verbs[f.kind], Month: m.at(f.month), Arrives: m.at(f.month + f.lane.lead), Record: src.name, Party: src.party,
			Resource: record.ResourceID(st.resource.ID), Quantity: q, Unit: st.resource.Unit, At: st.place, Class: m.class(f.lane.stock), Handed: handed,
		})
	}
	for _, a := range m.allots {
		if q := settle(a.of(x)); q != 0 {
			p.Service = append(p.Service, Service{
				Month: m.at(a.month), Need: record.NeedID(m.w.needs[a.need].rec.ID), Resource: record.ResourceID(m.w.stocks[a.stock].resource.ID),
				Class: m.class(a.stock), Quantity: q, UsedUp: a.usedUp,
			})
		}
	}
	m.deployments(p, x)
	m.payments(p, x)
	slices.SortStableFunc(p.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), verbOrder(a.Verb)-verbOrder(b.Verb), cmp.Compare(a.Record, b.Record), cmp.Compare(a.At, b.At), cmp.Compare(a.Need, b.Need), cmp.Compare(a.For, b.For))
	})
	slices.SortStableFunc(p.Service, func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Need, b.Need), cmp.Compare(a.Resource, b.Resource))
	})
}

func verbOrder(v string) int { return slices.Index([]string{Ship, Buy, Train, Deploy, Pay}, v) }

func (m *model) at(month int) record.Month { return m.w.options.Start + record.Month(month) }

// payments shares out what each head was paid over its bills.
func (m *model) payments(p *Plan, x []float64) {
	type key struct {
		fund, month int
		what        string
		at          record.PlaceID
		need        record.NeedID
	}
	merged := map[key]int{}
	for _, h := range m.heads {
		total := h.of(x)
		if total <= 0 {
			continue
		}
		for _, b := range h.bills {
			part := b.of(x) / total
			for k, f := range h.funds {
				euros := settle(x[h.cols[k]] * part * million)
				if euros == 0 {
					continue
				}
				mv := m.payment(m.w.funds[f].rec, h.month, b)
				mv.Quantity = euros
				id := key{f, h.month, mv.For, mv.At, mv.Need}
				if i, ok := merged[id]; ok {
					p.Moves[i].Quantity = settle(p.Moves[i].Quantity + euros)
					continue
				}
				merged[id] = len(p.Moves)
				p.Moves = append(p.Moves, mv)
			}
		}
	}
}

func (m *model) payment(f *record.Fund, month int, b bill) Move {
	mv := Move{Verb: Pay, Month: m.at(month), Record: f.Key().String(), Party: f.Manager, Unit: "EUR"}
	if b.flow != none {
		fl := m.flows[b.flow]
		mv.Use, mv.For, mv.At = m.source(fl).use, m.source(fl).name, m.w.stocks[fl.lane.stock].place
		return mv
	}
	n := m.w.needs[b.need].rec
	mv.Use, mv.For, mv.Need, mv.At = record.Running, n.Key().String(), record.NeedID(n.ID), n.At
	if b.force != none {
		mv.For = m.w.forces[b.force].unit.Key().String()
	}
	return mv
}

// accounts sums up what went into each fund, out of it, and what is left.
func (m *model) accounts(p *Plan, x []float64) {
	for f, fd := range m.w.funds {
		line := FundLine{Fund: record.FundID(fd.rec.ID)}
		for _, in := range fd.income {
			line.In += in
		}
		for _, h := range m.heads {
			if k := slices.Index(h.funds, f); k >= 0 {
				line.Out += x[h.cols[k]] * million
			}
		}
		line.In, line.Out = settle(line.In), settle(line.Out)
		line.Left = settle(line.In - line.Out)
		if !fd.rec.Expires.IsZero() && fd.until < m.w.options.Months-1 {
			line.Left, line.Lapsed = 0, line.Left
		}
		p.CostEUR += line.Out
		if line.In > 0 || line.Out > 0 {
			p.Funds = append(p.Funds, line)
		}
	}
	p.CostEUR = settle(p.CostEUR)
}
