package plan

import (
	"encoding/binary"

	"entente/record"
)

// pooled is a smaller world that is much like the whole: lots that go the same ways at
// the same time are one, months stand in blocks, resources may be left out, and stocks
// of a resource at a place are one where they are taken to serve the same needs.
type pooled struct {
	*world
	keeps    func(record.ResourceID) bool
	to       []int   // by stock of the whole world: the stock here, or none
	members  [][]int // by lot here: the lots of the whole world
	makerOf  []int   // by maker here: that of the whole world
	courseOf []int
	blocks   []int // the first month of each, and at the end the horizon
	blockOf  []int // by month
}

// pool makes the smaller world, with blocks of so many months: of the resources that it keeps, and with
// what each stock of the whole world serves in it.
func (w *world) pool(block int, keeps func(record.ResourceID) bool, serves func(s int) []int) *pooled {
	p := &pooled{world: &world{view: w.view, options: w.options, needs: w.needs, takers: w.takers, funds: w.funds,
		stockAt: map[stockKey]int{}, served: map[asks][]int{}}, keeps: keeps, to: make([]int, len(w.stocks))}
	for t := range w.options.Months {
		if t%block == 0 {
			p.blocks = append(p.blocks, t)
		}
		p.blockOf = append(p.blockOf, t/block)
	}
	p.blocks = append(p.blocks, w.options.Months)
	for s, st := range w.stocks {
		p.to[s] = none
		if keeps(record.ResourceID(st.resource.ID)) {
			p.to[s] = p.stock(st.place, st.resource, serves(s))
		}
	}
	p.poolLots(w)
	for i, m := range w.makers {
		if s, ok := p.through(m.source); ok {
			p.makers, p.makerOf = append(p.makers, &maker{s, m.production, m.perMonth, m.first, m.last}), append(p.makerOf, i)
		}
	}
	for i, c := range w.courses {
		if s, ok := p.through(c.source); ok {
			p.courses, p.courseOf = append(p.courses, &course{s, c.programme, c.seats, c.passes, c.first, c.last}), append(p.courseOf, i)
		}
	}
	return p
}

// heeding is what each stock serves where caveats are heeded.
func (w *world) heeding(s int) []int { return w.stocks[s].needs }

// heedless is what each stock serves where they are not: all at its place that take its resource.
func (w *world) heedless(s int) []int {
	var needs []int
	for _, i := range w.takers[record.ResourceID(w.stocks[s].resource.ID)] {
		if w.needs[i].rec.At == w.stocks[s].place {
			needs = append(needs, i)
		}
	}
	return needs
}

// poolLots makes one of all lots that are alike.
func (p *pooled) poolLots(w *world) {
	at := map[string]int{}
	for i, l := range w.lots {
		s, ok := p.through(l.source)
		if !ok || l.first > l.last {
			continue
		}
		n := &lot{source: s, pledge: l.pledge, quantity: l.quantity, first: l.first, last: l.last, handed: l.handed}
		if n.keeps(p.world) && n.cost == 0 {
			n.last = w.options.Months - 1 // it may as well leave at once
		}
		key := n.likeness()
		if k, ok := at[key]; ok {
			o := p.lots[k]
			o.cost = (o.cost*o.quantity + n.cost*n.quantity) / (o.quantity + n.quantity)
			o.quantity += n.quantity
			p.members[k] = append(p.members[k], i)
			continue
		}
		at[key] = len(p.lots)
		p.lots, p.members = append(p.lots, n), append(p.members, []int{i})
	}
}

// through leads a source into the stocks of the smaller world, if it is in it.
func (p *pooled) through(s source) (source, bool) {
	lanes := make([]lane, len(s.lanes))
	for i, l := range s.lanes {
		if p.to[l.stock] == none {
			return s, false
		}
		lanes[i] = lane{stock: p.to[l.stock], lead: l.lead}
	}
	s.lanes = lanes
	return s, true
}

// keeps reports whether nothing of a lot is lost in stock.
func (l *lot) keeps(w *world) bool { return w.stocks[l.lanes[0].stock].keeps == 1 }

// likeness is the same for lots that are one in a smaller world. What their delivery
// costs may differ, as long as all cost something or none does: there it is the mean.
func (l *lot) likeness() string {
	paid := 0
	if l.cost > 0 {
		paid = 1
	}
	var key []byte
	for _, n := range []int{l.first, l.last, paid} {
		key = binary.AppendVarint(key, int64(n))
	}
	for _, lane := range l.lanes {
		key = binary.AppendVarint(key, int64(lane.stock))
		key = binary.AppendVarint(key, int64(lane.lead))
	}
	return string(key)
}
