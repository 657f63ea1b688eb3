package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"entente/lp"
	"entente/record"
)

const (
	relaxationsPerNeed = 3
	relaxationsOverall = 10
)

// relax finds, for each need that is short, what would help it: of whatever it
// lacks as much more as it lacks, from each who could give it. Each answer is
// found by planning again.
func (m *model) relax(ctx context.Context, solver lp.Solver, p *Plan) error {
	session, err := solver.Open(ctx, &m.lp)
	if err != nil {
		return fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	base, err := solved(session.Solve(ctx, m.limit()))
	if err != nil {
		return err
	}
	o := m.limit()
	o.Basis = base.Basis
	known := map[string]Relaxation{}
	for i := range p.Needs {
		var found []Relaxation
		for _, step := range m.steps(i, p.Needs[i]) {
			r := step.origin
			if old, ok := known[r.Says]; ok {
				r = old
			} else {
				better, err := m.nudged(ctx, session, step.limit(), step.by, o)
				if err != nil {
					return err
				}
				r.Points = settle(max(0, better-base.Objective) / p.PointValue)
				known[r.Says] = r
			}
			r.Need = p.Needs[i].ID
			if r.Points > 1e-4 {
				found = append(found, r)
			}
		}
		p.Relaxations = append(p.Relaxations, found...)
		slices.SortStableFunc(found, cheapest)
		p.Needs[i].Relaxations = found[:min(len(found), relaxationsPerNeed)]
	}
	p.Relaxations = mostHelpful(p.Relaxations)
	return nil
}

// cheapest orders by euros a point; what has no price comes after what has, by
// points.
func cheapest(a, b Relaxation) int {
	rate := func(r Relaxation) float64 {
		if r.CostEUR == 0 {
			return math.Inf(1)
		}
		return r.CostEUR / r.Points
	}
	return cmp.Or(cmp.Compare(rate(a), rate(b)), cmp.Compare(b.Points, a.Points), cmp.Compare(a.Says, b.Says))
}

func mostHelpful(all []Relaxation) []Relaxation {
	slices.SortStableFunc(all, func(a, b Relaxation) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Says, b.Says), cmp.Compare(a.Need, b.Need))
	})
	// More of one thing may help several needs: it counts once, in the size that
	// helps most.
	seen, best := map[string]bool{}, []Relaxation{}
	for _, r := range all {
		if !seen[r.Record] && len(best) < relaxationsOverall {
			seen[r.Record], best = true, append(best, r)
		}
	}
	return best
}

// step is a relaxation before it is tried: rows and by how much each is raised.
type step struct {
	origin Relaxation
	rows   []lp.Row
	by     float64
}

func (s step) limit() limit { return limit{rows: s.rows, step: s.by} }

// steps lists what could be raised for need i: by what it lacks most of each
// thing that holds it, of every source that could give more of it in time.
func (m *model) steps(i int, n Need) []step {
	type lack struct {
		first, last int
		most, sum   float64
	}
	lacks := map[string]*lack{}
	holds := map[string]Hold{}
	var order []string
	for t, nm := range n.Months {
		for _, h := range nm.Holds {
			name := holdName(h)
			if lacks[name] == nil {
				lacks[name], holds[name] = &lack{first: t}, h
				order = append(order, name)
			}
			l := lacks[name]
			l.last, l.most, l.sum = t, max(l.most, nm.Needed-nm.Covered), l.sum+nm.Needed-nm.Covered
		}
	}
	var steps []step
	for _, name := range order {
		h, l := holds[name], lacks[name]
		if h.Leg == record.Funding {
			steps = append(steps, m.moneySteps(i, h, l.first, l.most)...)
			continue
		}
		c := m.w.needs[i].capability
		amount := l.most * c.Stock[h.Resource]
		if c.Stock[h.Resource] == 0 {
			amount = l.sum * c.Monthly[h.Resource]
		}
		steps = append(steps, m.resourceSteps(i, h.Resource, amount, l.first, l.last)...)
	}
	return steps
}

func (m *model) resourceSteps(i int, r record.ResourceID, amount float64, first, last int) []step {
	res, ok := m.w.view.Resource(r)
	if !ok || amount <= 0 {
		return nil
	}
	e := explainer{model: m}
	var steps []step
	// Of the pledges, the one that can come soonest stands for all: more is more,
	// whoever gives it.
	best := none
	for k, l := range m.w.lots {
		if lane, ok := e.way(l.source, i, r); ok && l.first+lane.lead <= last && (best == none || l.first < m.w.lots[best].first) {
			best = k
		}
	}
	if best != none {
		l, q := m.w.lots[best], math.Ceil(amount-1e-6)
		from := m.at(max(0, l.first))
		s := Relaxation{Record: l.key.String(), Party: l.party, Amount: q, Unit: res.Unit, From: from.String(), CostEUR: q * m.w.euros(res.Price, res, "price")}
		s.Says = fmt.Sprintf("%s more of %s from %s, as in %s", counted(q, res.Unit), res.Name, from.Text(), l.key.ID)
		steps = append(steps, step{s, []lp.Row{m.lotRow[best]}, q})
	}
	for k, mk := range m.w.makers {
		if lane, ok := e.way(mk.source, i, r); ok {
			from, rows := m.rowsFrom(m.makerRow[k], mk.first, first-lane.lead, last-lane.lead)
			if len(rows) > 0 {
				q := math.Ceil(amount/float64(len(rows)) - 1e-6)
				s := Relaxation{Record: mk.key.String(), Party: mk.party, Amount: q, Unit: res.Unit + " a month", From: from.String(), CostEUR: q * float64(len(rows)) * mk.cost}
				s.Says = fmt.Sprintf("%s of %s more a month from %s at %s", counted(q, res.Unit), res.Name, from.Text(), mk.key.ID)
				steps = append(steps, step{s, rows, q})
			}
		}
	}
	for k, c := range m.w.courses {
		if lane, ok := e.way(c.source, i, r); ok {
			from, rows := m.rowsFrom(m.courseRow[k], c.first, 0, last-lane.lead)
			if len(rows) > 0 {
				q := math.Ceil(amount/c.passes/float64(len(rows)) - 1e-6)
				s := Relaxation{Record: c.key.String(), Party: c.party, Amount: q, Unit: "seat a month", From: from.String(), CostEUR: q * float64(len(rows)) * c.cost}
				s.Says = fmt.Sprintf("%s more a month from %s in %s", counted(q, "seat"), from.Text(), c.key.ID)
				steps = append(steps, step{s, rows, q})
			}
		}
	}
	return steps
}

// rowsFrom picks the months from first to last of rows that begin in a month.
func (m *model) rowsFrom(rows []lp.Row, begins, first, last int) (record.Month, []lp.Row) {
	lo, hi := max(0, first-begins), min(len(rows)-1, last-begins)
	if lo > hi {
		return 0, nil
	}
	return m.at(begins + lo), rows[lo : hi+1]
}

// moneySteps raises, month by month, what goes into each fund that may run the
// need or pay for what it waits for.
func (m *model) moneySteps(i int, h Hold, first int, units float64) []step {
	n := m.w.needs[i]
	perMonth := units * n.running
	if h.Resource != "" {
		perMonth = million
	}
	if perMonth <= 0 {
		return nil
	}
	perMonth = math.Ceil(perMonth/100_000) * 100_000
	var steps []step
	for f, fd := range m.w.funds {
		may := m.w.paysFor(fd, record.Running, i)
		if h.Resource != "" {
			may = m.w.paysFor(fd, record.Procurement, i) || m.w.paysFor(fd, record.Training, i) || m.w.paysFor(fd, record.Delivery, i)
		}
		if !may || first > fd.until {
			continue
		}
		rows := m.potRow[f][first : fd.until+1]
		s := Relaxation{Record: fd.rec.Key().String(), Party: fd.rec.Manager, Amount: perMonth, Unit: "EUR a month", From: m.at(first).String(), CostEUR: perMonth * float64(len(rows))}
		s.Says = fmt.Sprintf("%s million EUR a month from %s into %s", figure(perMonth/million), m.at(first).Text(), fd.rec.ID)
		steps = append(steps, step{s, rows, perMonth / million})
	}
	return steps
}
