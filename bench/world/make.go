package world

import (
	"fmt"
	"math"
	"slices"

	"entente/record"
)

const (
	friends  record.PartyID = "FRIENDS"  // whoever receives
	alliance record.PartyID = "ALLIANCE" // most givers
	league   record.PartyID = "LEAGUE"   // some givers, for some of the time
)

// code is the i-th code that ISO 3166-1 leaves to its users.
func code(i int) record.PartyID {
	return record.PartyID([]byte{'X', byte('A' + i/26), byte('A' + i%26)})
}

func (g *generator) parties() {
	nation := func(i int) record.PartyID {
		p := &record.Party{Common: common(record.KindParty, string(code(i))), Name: "Nation " + string(code(i)), Type: "nation"}
		p.GDP = []record.GDP{{Year: record.MustDay("2024"), Amount: amount(g.money(3e11 * g.tail(1)))}}
		if g.chance(0.15) {
			p.Terms = map[string]string{"transferred": "handed-over", "approved": "committed"}
		}
		g.add(p)
		return record.PartyID(p.ID)
	}
	for i := range g.Parties {
		g.givers = append(g.givers, nation(i))
	}
	for i := range 2 {
		g.receivers = append(g.receivers, nation(g.Parties+i))
	}
	group := func(id record.PartyID, members []record.Member) {
		g.add(&record.Party{Common: common(record.KindParty, string(id)), Name: "The " + string(id), Type: "group", Members: members})
	}
	group("ENTENTE", nil)
	group(friends, []record.Member{{Party: g.receivers[0]}, {Party: g.receivers[1], From: month(-12)}})
	var all, few []record.Member
	for i, p := range g.givers {
		if i%5 != 4 {
			all = append(all, record.Member{Party: p})
		}
		if i%3 == 0 {
			few = append(few, record.Member{Party: p, From: month(-6), To: month(g.between(0, g.Months))})
		}
	}
	group(alliance, all)
	group(league, append(few, record.Member{Party: g.receivers[0], To: month(-1)}))
	for i, parties := range [][]record.PartyID{{alliance, friends}, {league}} {
		a := &record.Agreement{Common: common(record.KindAgreement, ordinal("agreement", i)), Type: "framework", Parties: parties,
			Status: []record.AgreementStatus{{Is: record.InForce, On: month(-12)}}}
		g.agreements = append(g.agreements, record.AgreementID(a.ID))
		g.add(a)
	}
	for _, c := range currencies {
		for _, t := range []int{-6, 0, 4} {
			rate, err := record.ParseDecimal(fmt.Sprintf("%.4f", perEUR[c]*(0.95+0.1*g.Float64())))
			if err != nil {
				panic("world: " + err.Error())
			}
			g.add(&record.Rate{Common: common(record.KindRate, fmt.Sprintf("%s-%s", lower(c), month(t))), Currency: c, PerEUR: rate, On: month(t)})
		}
	}
}

func lower(c record.Currency) string {
	b := []byte(c)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}

func amount(m record.Money) record.Amount { return record.Amount{Min: m, Max: m} }

// places are sites in theatres, and the grounds where people are trained.
func (g *generator) places() {
	for i := range 1 + g.Places/4 {
		p := &record.Place{Common: common(record.KindPlace, ordinal("theatre", i)), Name: fmt.Sprintf("Theatre %d", i), Coarse: true}
		g.theatres = append(g.theatres, record.PlaceID(p.ID))
		g.add(p)
	}
	for i := range g.Places {
		p := &record.Place{Common: common(record.KindPlace, ordinal("place", i)), Name: fmt.Sprintf("Place %d", i), Within: pick(g.dice, g.theatres), Coarse: true}
		if i == 1 {
			p.Within = g.sites[0] // a place in a place in a theatre
		}
		g.sites = append(g.sites, record.PlaceID(p.ID))
		g.add(p)
	}
	g.add(&record.Place{Common: common(record.KindPlace, "training-ground"), Name: "The training ground", Coarse: true})
}

// resources are of each leg in turn, so that even few make a recipe.
func (g *generator) resources() {
	legs := []record.Leg{record.Equipment, record.People, record.Supply, record.Equipment, record.People}
	for i := range g.Resources {
		r := &record.Resource{Common: common(record.KindResource, ordinal("resource", i)), Name: fmt.Sprintf("Resource %d", i), Leg: legs[i%len(legs)], Unit: "piece"}
		switch {
		case r.Leg == record.People:
			r.Unit = "person"
		case r.Leg == record.Supply:
			r.Unit = "round"
		}
		if g.chance(0.35) {
			r.Loss = g.share(0.01, 0.12) // a loss of supply must be without effect
		}
		g.goods = append(g.goods, r)
		g.add(r)
	}
}

// legged lists the resources of a leg.
func (g *generator) legged(l record.Leg) []record.ResourceID {
	var ids []record.ResourceID
	for _, r := range g.goods {
		if r.Leg == l {
			ids = append(ids, record.ResourceID(r.ID))
		}
	}
	return ids
}

// presence is a capability that only units can give.
const presence record.CapabilityID = "presence"

func (g *generator) capabilities() {
	for i := range g.Capabilities {
		c := &record.Capability{Common: common(record.KindCapability, ordinal("capability", i)), Name: fmt.Sprintf("Capability %d", i), Unit: "unit in action"}
		c.Stock, c.Monthly = map[record.ResourceID]float64{}, map[record.ResourceID]float64{}
		for _, r := range some(g.dice, g.legged(record.Equipment), g.likely(0, 4, 1)) {
			c.Stock[r] = float64(g.likely(0, 6, 2, 1, 1))
		}
		if g.chance(0.7) {
			c.Stock[pick(g.dice, g.legged(record.People))] = float64(g.between(1, 12))
		}
		if supply := g.legged(record.Supply); len(supply) > 0 && g.chance(0.6) {
			for _, r := range some(g.dice, supply, 1+len(supply)/4) {
				c.Monthly[r] = float64(g.between(1, 20))
			}
		}
		if g.chance(0.6) {
			m := g.money(20_000 * g.tail(1))
			c.Running = &m
		}
		g.recipes = append(g.recipes, c)
		g.add(c)
	}
	if g.Units > 0 {
		g.add(&record.Capability{Common: common(record.KindCapability, string(presence)), Name: "Presence", Unit: "battalion"})
	}
}

func (g *generator) needs() {
	g.demand = map[record.ResourceID]*demand{}
	for _, r := range g.goods {
		g.demand[record.ResourceID(r.ID)] = &demand{}
	}
	for i := range g.Needs {
		c := pick(g.dice, g.recipes)
		n := &record.Need{Common: common(record.KindNeed, ordinal("need", i)), Capability: record.CapabilityID(c.ID), At: pick(g.dice, g.sites), Priority: 1 + g.likely(3, 4, 3, 2, 1)}
		if g.Units > 0 && i > 0 && g.chance(0.12) {
			n.Capability = presence
			c = nil
		}
		if g.chance(0.9) {
			n.For = pick(g.dice, g.receivers)
		}
		if g.chance(0.2) {
			w := g.share(0.5, 3)
			n.Weight = &w
		}
		first := g.between(-2, g.Months/3)
		last := g.between(first+2, g.Months+3)
		n.From, n.To = month(first), month(last)
		if g.chance(0.1) {
			n.From, n.To = record.MustDay("2025"), record.MustDay("2025-12/2026-03")
			first, last = 0, 14
		}
		q := 1 + 4*g.tail(0.9)
		n.Quantity = record.Steps{{Quantity: g.number(q)}}
		if g.chance(0.4) {
			n.Quantity = record.Steps{{From: month(first), Quantity: g.number(q)}, {From: month((first + last + 1) / 2), Quantity: g.number(q * g.tail(0.5))}}
		}
		g.demands = append(g.demands, n)
		g.add(n)
		if c != nil {
			g.count(c, n, max(first, 0), min(last, g.Months-1))
		}
	}
}

// count adds a need to what is asked for of each resource.
func (g *generator) count(c *record.Capability, n *record.Need, first, last int) {
	most := 0.0
	for _, s := range n.Quantity {
		most = max(most, s.Quantity.Max)
	}
	for _, r := range sorted(c.Stock) {
		g.demand[r].peak += c.Stock[r] * most
	}
	for _, r := range sorted(c.Monthly) {
		g.demand[r].total += c.Monthly[r] * most * float64(max(0, last-first+1))
	}
}

func sorted(recipe map[record.ResourceID]float64) []record.ResourceID {
	var ids []record.ResourceID
	for r := range recipe {
		ids = append(ids, r)
	}
	slices.Sort(ids)
	return ids
}

// asked is how much of a resource would meet all needs for it.
func (g *generator) asked(r *record.Resource) float64 {
	d := g.demand[record.ResourceID(r.ID)]
	if r.Leg == record.Supply {
		return d.total
	}
	return d.peak
}

// uses lists the needs that take a resource, once all needs are drawn.
func (g *generator) uses(r record.ResourceID) []record.NeedID {
	if ids, ok := g.used[r]; ok {
		return ids
	}
	var ids []record.NeedID
	for _, n := range g.demands {
		for _, c := range g.recipes {
			if c.ID == string(n.Capability) && c.Stock[r]+c.Monthly[r] > 0 {
				ids = append(ids, record.NeedID(n.ID))
			}
		}
	}
	g.used[r] = ids
	return ids
}

// pledges gives every resource its lots; a few resources get none, so that the
// needs that take them cannot be met.
func (g *generator) pledges() {
	var wanted []*record.Resource
	for i, r := range g.goods {
		if g.asked(r) > 0 && (len(g.goods) < 10 || i%13 != 12) {
			wanted = append(wanted, r)
		}
	}
	if len(wanted) == 0 {
		return
	}
	weights := make([]float64, len(wanted))
	scarcity := make([]float64, len(wanted))
	for i := range wanted {
		weights[i] = g.tail(0.7)
		scarcity[i] = 0.9 * g.tail(0.6) // below 1 it is tight, above 1 slack
	}
	lots := make([]int, len(wanted))
	for i := range g.Lots {
		if i < len(wanted) {
			lots[i]++ // a recipe that lacks one thing says little of the rest
		} else {
			lots[g.likely(weights...)]++
		}
	}
	serial := 0
	for i, r := range wanted {
		sizes, sum := make([]float64, lots[i]), 0.0
		for k := range sizes {
			sizes[k] = math.Pow(1-g.Float64(), -0.7) // Pareto: a few give most
			sum += sizes[k]
		}
		for k := 0; k < len(sizes); {
			parts := 1
			if g.chance(0.2) {
				parts = min(g.between(2, 4), len(sizes)-k)
			}
			var quantities []float64
			for range parts {
				quantities = append(quantities, scarcity[i]*g.asked(r)*sizes[k]/sum)
				k++
			}
			g.pledge(ordinal("pledge", serial), r, quantities)
			serial++
		}
	}
}

// pledge draws one promise of a resource, in one part or several.
func (g *generator) pledge(id string, r *record.Resource, parts []float64) {
	p := &record.Pledge{Common: common(record.KindPledge, id), Resource: record.ResourceID(r.ID)}
	p.By = pick(g.dice, g.givers)
	p.To = []record.PartyID{"", friends, g.receivers[0], g.receivers[1]}[g.likely(3, 5, 1, 1)]
	first := g.between(-4, g.Months/2)
	total := record.Number{}
	if len(parts) == 1 {
		total = g.number(parts[0])
		p.From = month(first)
		if g.chance(0.1) {
			p.From = record.MustDay(fmt.Sprintf("%s/%s", month(first), month(first+2)))
		}
	} else {
		for k, q := range parts {
			n := g.number(q)
			total.Min, total.Max = total.Min+n.Min, total.Max+n.Max
			p.Schedule = append(p.Schedule, record.Lot{On: g.day(first + 2*k), Quantity: &n})
		}
	}
	if len(parts) == 1 || g.chance(0.5) {
		p.Quantity = &total
	}
	if g.chance(0.12) {
		p.Until = month(max(first, 0) + g.between(0, 6))
	}
	switch g.likely(3, 5, 2) {
	case 1:
		p.Lead = &record.Lead{Months: g.between(0, min(3, g.Months/2))}
	case 2:
		p.Lead = &record.Lead{At: map[record.PlaceID]int{pick(g.dice, g.sites): g.between(0, 4)}}
	}
	p.Status = g.status(p.By, total.Min)
	if g.chance(0.3) {
		m := g.money(2_000 * g.tail(1))
		p.DeliveryCost = &m
		if g.chance(0.7) {
			p.PaidBy = record.PaidByFunds
		}
	}
	if uses := g.uses(p.Resource); len(uses) > 0 {
		if g.chance(0.25) {
			p.Only = g.scope(uses)
		}
		if g.chance(0.12) {
			p.Not = g.scope(uses)
		}
	}
	if last, ok := g.out[len(g.out)-1].(*record.Pledge); ok && last.Resource == p.Resource && last.PartOf == "" && g.chance(0.06) {
		p.PartOf = record.PledgeID(last.ID)
	}
	g.add(p)
}

// scope names needs, places, capabilities or parties, now and then two of these.
func (g *generator) scope(needs []record.NeedID) *record.Scope {
	s := &record.Scope{}
	for range 1 + g.likely(4, 1) {
		switch g.likely(4, 3, 1, 2) {
		case 0:
			s.Needs = some(g.dice, needs, 3)
		case 1:
			s.Places = some(g.dice, append(slices.Clone(g.theatres), g.sites...), 2)
		case 2:
			for _, c := range some(g.dice, g.recipes, 2) {
				s.Capabilities = append(s.Capabilities, record.CapabilityID(c.ID))
			}
		case 3:
			s.Parties = []record.PartyID{pick(g.dice, append([]record.PartyID{friends}, g.receivers...))}
		}
	}
	return s
}

// status draws how far a pledge has come: most are committed, some are only
// words yet, some have been handed over in part or whole, and some will be
// after the day on which the world is looked at.
func (g *generator) status(by record.PartyID, quantity float64) []record.RungStatus {
	at := func(is string, lo, hi int) record.RungStatus {
		return record.RungStatus{Is: is, On: g.day(g.between(lo, hi))}
	}
	first := at("announced", -14, -9)
	if g.chance(0.1) {
		first.On = record.Day{}
	}
	ss := []record.RungStatus{first}
	part := func(s record.RungStatus, chance float64) record.RungStatus {
		if g.chance(chance) {
			n := record.Exactly(math.Floor(quantity * g.share(0.2, 0.9)))
			s.Quantity = &n
		}
		return s
	}
	switch g.likely(1, 1, 12, 3, 4) {
	case 1:
		ss = append(ss, at("pledged", -8, -5))
	case 2:
		ss = append(ss, part(at("committed", -8, 3), 0.2))
	case 3:
		ss = append(ss, at("committed", -8, -5), part(at("contracted", -4, 0), 0.3))
	case 4:
		ss = append(ss, at("committed", -8, -5), part(at(g.word("handed-over"), -4, 3), 0.6))
	}
	return ss
}

// word is a rung in the ladder's words; "transferred" is what some parties say,
// and where it is not their term it means nothing.
func (g *generator) word(rung string) string {
	if g.chance(0.1) {
		return "transferred"
	}
	return rung
}

func (g *generator) productions() {
	for i := range g.Productions {
		r := pick(g.dice, g.goods)
		if r.Leg == record.People {
			continue
		}
		months := float64(g.Months)
		p := &record.Production{Common: common(record.KindProduction, ordinal("production", i)), Resource: record.ResourceID(r.ID),
			PerMonth: g.number(0.5 * g.tail(0.5) * g.asked(r) / months), Price: g.money(5_000 * g.tail(1)), Lead: g.between(0, 4)}
		p.By = pick(g.dice, g.givers)
		if g.chance(0.5) {
			p.From = month(g.between(-3, g.Months/3))
		}
		if g.chance(0.3) {
			p.To = month(g.between(g.Months/3, g.Months))
		}
		if uses := g.uses(p.Resource); len(uses) > 0 && g.chance(0.2) {
			p.Only = g.scope(uses)
		}
		g.add(p)
	}
}

func (g *generator) programmes() {
	for i := range g.Programmes {
		id := pick(g.dice, g.legged(record.People))
		p := &record.Programme{Common: common(record.KindProgramme, ordinal("programme", i)), At: "training-ground", Trains: id, Months: g.between(0, min(5, g.Months/2))}
		p.By = pick(g.dice, g.givers)
		p.Seats = g.number(g.demand[id].peak * g.tail(0.5) / 6)
		if g.chance(0.6) {
			passes := g.share(0.6, 1)
			p.Passes = &passes
		}
		if g.chance(0.6) {
			m := g.money(3_000 * g.tail(0.7))
			p.Cost = &m
		}
		if g.chance(0.3) {
			p.Notice = g.between(1, 100)
		}
		p.From = month(g.between(-6, g.Months/3))
		if g.chance(0.3) {
			p.To = month(g.between(g.Months/3, g.Months))
		}
		if uses := g.uses(id); len(uses) > 0 && g.chance(0.15) {
			p.Not = g.scope(uses)
		}
		g.add(p)
	}
}

// funds share out something like the money that all needs together would cost.
func (g *generator) funds() {
	cost := 0.0
	for _, n := range g.demands {
		for _, c := range g.recipes {
			if c.ID == string(n.Capability) && c.Running != nil {
				cost += n.Quantity[0].Quantity.Max * c.Running.Amount().Float() * float64(g.Months)
			}
		}
	}
	cost = 0.8*cost + 200_000
	uses := []record.Use{record.Delivery, record.Procurement, record.Training, record.Running}
	var ids []record.NeedID
	for _, n := range g.demands {
		ids = append(ids, record.NeedID(n.ID))
	}
	serial := 0
	for i := range g.Funds {
		f := &record.Fund{Common: common(record.KindFund, ordinal("fund", i)), Manager: pick(g.dice, g.givers), Uses: some(g.dice, uses, 4)}
		if g.chance(0.4) {
			f.For = g.scope(ids)
		}
		if g.chance(0.25) {
			share := g.share(0.4, 1)
			f.Reimburses = &share
		}
		money := cost * g.tail(0.8) / float64(g.Funds)
		if g.chance(0.25) {
			f.Ceiling = &record.Ceiling{Amount: amount(g.money(money * g.share(0.3, 1))), Basis: "agreed"}
		}
		if g.chance(0.3) {
			f.Expires = g.day(g.between(0, g.Months))
		}
		g.purses = append(g.purses, f)
		g.add(f)
		for range g.between(1, 3) {
			g.income(ordinal("money", serial), record.FundID(f.ID), money/2)
			serial++
		}
	}
}

// income draws one promise of money into a fund.
func (g *generator) income(id string, into record.FundID, euros float64) {
	p := &record.Pledge{Common: common(record.KindPledge, id), Into: into, Status: []record.RungStatus{{Is: "committed", On: g.day(g.between(-9, 1))}}}
	p.By = pick(g.dice, g.givers)
	m := g.money(euros)
	p.Amount = &record.Amount{Min: m, Max: m}
	first := g.between(-3, g.Months/2)
	if p.From = month(first); g.chance(0.3) {
		p.From = record.Day{}
		for k := range 3 {
			part := amount(exactly(math.Floor(m.Amount().Float()/3), m.Currency()))
			p.Schedule = append(p.Schedule, record.Lot{On: month(first + 2*k), Amount: &part})
		}
	}
	if g.chance(0.1) {
		p.Status[0].Is = "announced"
	}
	g.add(p)
}

// units are some that can give a capability, and some that are there already.
func (g *generator) units() {
	for i := range g.Units {
		u := &record.Unit{Common: common(record.KindUnit, ordinal("unit", i)), Type: "infantry", Home: "training-ground"}
		u.By = pick(g.dice, g.givers)
		gives := presence
		if g.chance(0.3) {
			gives = record.CapabilityID(pick(g.dice, g.recipes).ID)
		}
		u.Gives = map[record.CapabilityID]float64{gives: float64(g.between(1, 3))}
		if g.Rotation {
			tour := g.between(2, 6)
			u.Rotation = &record.Rotation{Tour: tour, Rest: g.between(1, 2*tour), Prepare: g.between(0, 2)}
			u.Notice = g.between(0, 60)
			if g.chance(0.4) {
				m := g.money(30_000 * g.tail(0.5))
				u.Cost = &m
			}
		}
		g.elements = append(g.elements, u)
		g.add(u)
		if !g.Rotation || g.chance(0.4) {
			g.assign(i, u, gives)
		}
	}
}

// assign says where a unit is: at a need, or bound elsewhere.
func (g *generator) assign(i int, u *record.Unit, gives record.CapabilityID) {
	a := &record.Assignment{Common: common(record.KindAssignment, ordinal("assignment", i)), Unit: record.UnitID(u.ID), Under: pick(g.dice, g.agreements)}
	first := g.between(-3, 2)
	a.From, a.To = month(first), month(first+g.between(1, 6))
	if g.chance(0.2) {
		a.To = record.Day{}
	}
	var fits []*record.Need
	for _, n := range g.demands {
		if n.Capability == gives {
			fits = append(fits, n)
		}
	}
	if len(fits) > 0 && g.chance(0.7) {
		n := pick(g.dice, fits)
		a.Role, a.Need, a.At = record.Deployed, record.NeedID(n.ID), n.At
		if g.chance(0.3) {
			share := g.share(0.3, 1)
			a.Share = &share
		}
	} else {
		a.Role, a.Exclusive = record.Standby, g.chance(0.5)
	}
	g.add(a)
}
