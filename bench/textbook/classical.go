package textbook

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Classical states the same programme as people do who mean to have it solved,
// and is what other solvers are raced on. It has the variables and rows of
// docs/model.md, section 3: all that may serve the same needs at a place lies in
// one stock, whoever gave it, and costs that the same funds may pay for make one
// bill a month. Of what arrives after the plan, or is not asked for, there is
// nothing to state. Nothing else is left out, merged or solved beforehand.
func Classical(v *register.View, o plan.Options) *Model { return classic(v, o, false) }

// Itemised is Classical with a bill for every cost there is, as 3.6 has it to the
// letter.
func Itemised(v *register.View, o plan.Options) *Model { return classic(v, o, true) }

func classic(v *register.View, o plan.Options, itemised bool) *Model {
	c := &classical{Model: begin(v, o), itemised: itemised, stocks: map[string]*stock{}, pairs: map[depot]int{}}
	for _, u := range v.Units() {
		c.send(u)
	}
	for _, need := range c.all {
		c.ask(need)
	}
	for _, h := range slices.Concat(c.gifts(), c.industry(), c.schools()) {
		if h.all > 0 && h.monthly > 0 {
			c.bring(h)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.stocks)) {
		c.keep(c.stocks[name])
	}
	for _, need := range c.all {
		c.make(need)
	}
	c.pay()
	return c.Model
}

type classical struct {
	*Model
	itemised bool
	stocks   map[string]*stock // by caveat class
	pairs    map[depot]int     // of a class and a need that it may serve
}

// depot is where stocks of a resource lie.
type depot struct {
	at       record.PlaceID
	resource record.ResourceID
}

// stock is one caveat class: what may serve the same needs at one place.
type stock struct {
	depot
	resource *record.Resource
	needs    []*record.Need
	arrives  [][]lp.Term // by month
}

const absent lp.Col = -1

// ask adds cov and z of a need, in the months in which it asks (3.8, and section 4).
func (c *classical) ask(need *record.Need) {
	recipe, _ := c.v.Capability(need.Capability)
	for t, month := range c.months {
		q := c.asked(need, month)
		z := absent
		if q > 0 {
			z = c.cover(need, recipe, t, q)
		}
		c.z[record.NeedID(need.ID)] = append(c.z[record.NeedID(need.ID)], z)
	}
}

// bring adds what may leave a source, and in time arrive (3.1, 3.2).
func (c *classical) bring(h heap) {
	served := c.served(h)
	leaves, total := make([][]lp.Term, c.o.Months), []lp.Term{}
	for _, place := range slices.Sorted(maps.Keys(served)) {
		s := c.stock(place, h.resource, served[place])
		for t, month := range c.months {
			there := t + h.lead(place)
			if !h.opens(month) || there >= c.o.Months {
				continue
			}
			x := c.LP.AddCol(0, 0, lp.Inf)
			one := lp.Term{Col: x, Coef: 1}
			leaves[t], total = append(leaves[t], one), append(total, one)
			s.arrives[there] = append(s.arrives[there], lp.Term{Col: x, Coef: h.yields})
			if h.euros > 0 {
				c.bills = append(c.bills, bill{use: h.use, euros: h.euros, of: x, month: month, at: place, resource: record.ResourceID(h.resource.ID)})
			}
		}
	}
	if !math.IsInf(h.all, 1) && len(total) > 0 {
		c.LP.AddRow(-lp.Inf, h.all, total...)
	}
	for _, terms := range leaves {
		if !math.IsInf(h.monthly, 1) && len(terms) > 0 {
			c.LP.AddRow(-lp.Inf, h.monthly, terms...)
		}
	}
}

// stock is the one that serves these needs.
func (c *classical) stock(at record.PlaceID, r *record.Resource, needs []*record.Need) *stock {
	name := string(at) + " " + r.ID
	for _, n := range needs {
		name += " " + n.ID
	}
	if c.stocks[name] == nil {
		d := depot{at, record.ResourceID(r.ID)}
		c.stocks[name] = &stock{d, r, needs, make([][]lp.Term, c.o.Months)}
		c.pairs[d] += len(needs)
	}
	return c.stocks[name]
}

// keep adds a stock, and what it gives to whom (3.3 to 3.5). Where it is the
// only one there, for one need only, all of it is at that need's service.
func (c *classical) keep(s *stock) {
	r, before := record.ResourceID(s.resource.ID), absent
	for t, month := range c.months {
		now := c.LP.AddCol(0, 0, lp.Inf)
		balance, present := []lp.Term{{Col: now, Coef: 1}}, []lp.Term{{Col: now, Coef: -1}}
		if before != absent {
			keeps := 1.0
			if s.resource.Leg != record.Supply {
				keeps -= s.resource.Loss
			}
			balance = append(balance, lp.Term{Col: before, Coef: -keeps})
		}
		for _, a := range s.arrives[t] {
			balance = append(balance, lp.Term{Col: a.Col, Coef: -a.Coef})
		}
		for _, need := range s.needs {
			z := c.z[record.NeedID(need.ID)][t]
			if z == absent {
				continue
			}
			recipe, _ := c.v.Capability(need.Capability)
			k := taken{record.NeedID(need.ID), month, r}
			_, supply := recipe.Monthly[r]
			given := now
			if supply || c.pairs[s.depot] > 1 {
				given = c.LP.AddCol(0, 0, lp.Inf)
			}
			one := lp.Term{Col: given, Coef: 1}
			c.takes[k] = append(c.takes[k], one)
			switch {
			case supply:
				balance = append(balance, one)
			case given != now:
				present = append(present, one)
			}
		}
		c.LP.AddRow(0, 0, balance...)
		if len(present) > 1 {
			c.LP.AddRow(-lp.Inf, 0, present...)
		}
		before = now
	}
}

// make adds what a unit of capability takes.
func (c *classical) make(need *record.Need) {
	recipe, _ := c.v.Capability(need.Capability)
	for t, month := range c.months {
		z := c.z[record.NeedID(need.ID)][t]
		if z == absent {
			continue
		}
		for _, r := range slices.Sorted(maps.Keys(both(recipe))) {
			takes, hi := c.takes[taken{record.NeedID(need.ID), month, r}], lp.Inf
			if _, supply := recipe.Monthly[r]; supply {
				hi = 0
			}
			c.LP.AddRow(0, hi, append([]lp.Term{{Col: z, Coef: -both(recipe)[r]}}, takes...)...)
		}
	}
}

// head is what the same funds may pay for in one month.
type head struct {
	month  int
	payers []*record.Fund
	costs  []lp.Term
	paid   []lp.Term
}

// pay adds p and B (3.6).
func (c *classical) pay() {
	heads := c.heads()
	for _, f := range c.v.Funds() {
		paid, all := make([][]lp.Term, c.o.Months), []lp.Term{}
		for _, h := range heads {
			if !slices.Contains(h.payers, f) {
				continue
			}
			one := lp.Term{Col: c.LP.AddCol(0, 0, lp.Inf), Coef: 1}
			h.paid, paid[h.month], all = append(h.paid, one), append(paid[h.month], one), append(all, one)
			if f.Reimburses != nil {
				c.LP.AddRow(-lp.Inf, 0, append(scaled(h.costs, -*f.Reimburses), one)...)
			}
		}
		c.Spent = append(c.Spent, all...)
		c.account(f, paid, all)
	}
	for _, h := range heads {
		c.LP.AddRow(0, 0, append(scaled(h.costs, -1), h.paid...)...)
	}
}

func scaled(terms []lp.Term, by float64) []lp.Term {
	out := make([]lp.Term, len(terms), len(terms)+1)
	for i, t := range terms {
		out[i] = lp.Term{Col: t.Col, Coef: by * t.Coef}
	}
	return out
}

// heads gathers bills by who may pay them, in the order in which they arise.
func (c *classical) heads() []*head {
	var heads []*head
	known, pay := map[string]*head{}, map[bill][]*record.Fund{}
	for _, b := range c.bills {
		kind := bill{use: b.use, need: b.need, at: b.at, resource: b.resource}
		if _, ok := pay[kind]; !ok {
			pay[kind] = slices.DeleteFunc(c.v.Funds(), func(f *record.Fund) bool { return !c.pays(f, b) })
		}
		var name strings.Builder
		fmt.Fprint(&name, b.month)
		if c.itemised {
			fmt.Fprint(&name, " ", b.of)
		}
		var payers []*record.Fund
		for _, f := range pay[kind] {
			if lasts(f, b.month) {
				payers = append(payers, f)
				name.WriteString(" " + f.ID)
			}
		}
		h := known[name.String()]
		if h == nil {
			h = &head{month: int(b.month - c.o.Start), payers: payers}
			known[name.String()], heads = h, append(heads, h)
		}
		h.costs = append(h.costs, lp.Term{Col: b.of, Coef: b.euros / Unit})
	}
	return heads
}
