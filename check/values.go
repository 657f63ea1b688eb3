package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"entente/record"
	"entente/register"
)

// cell is one figure of a record, with the figures that it may be compared to.
type cell struct {
	what   string       // the field, for people
	peers  string       // cells of one name are compared; empty is compared with nothing
	money  record.Money // or else
	number float64
	per    float64 // what the figure is divided by before it is compared; 0 is 1
	far    float64 // powers of ten from its peers at which it is an outlier
	both   bool    // too small is an outlier too
	most   float64 // beyond this no figure of the kind is believed; money in euros
}

// What no single figure of a register can be.
const (
	quantityMost = 1e9
	moneyMost    = 1e13 // euros; a third of the largest national product
	productMost  = 1e14 // euros; the product of the world
	peopleMost   = 1e7  // in one unit, or starting one course a month
)

// priceMost is what one unit of a resource cannot cost, in euros.
var priceMost = map[record.Leg]float64{record.Equipment: 1e11, record.Supply: 1e8, record.People: 1e8, record.Funding: moneyMost}

// How far is far, in powers of ten. Prices of one thing lie close together;
// quantities range from one lorry to a hundred thousand shells.
const (
	farPrice    = 3
	farQuantity = 6
	farRate     = 2
	farFew      = 5 // a price with too few peers to trust their median
)

// cells lists the figures of r.
func cells(r record.Record) []cell {
	switch r := r.(type) {
	case *record.Pledge:
		return pledgeCells(r)
	case *record.Party:
		cs := make([]cell, len(r.GDP))
		for i, g := range r.GDP {
			cs[i] = cell{what: "gdp of " + g.Year.String(), money: g.Amount.Max, most: productMost}
		}
		return cs
	case *record.Resource:
		if r.Price != nil {
			return []cell{{what: "price", peers: "price " + r.ID, money: *r.Price, far: farPrice, both: true, most: priceMost[r.Leg]}}
		}
	case *record.Capability:
		return capabilityCells(r)
	case *record.Need:
		cs := make([]cell, len(r.Quantity))
		for i, s := range r.Quantity {
			cs[i] = cell{what: "quantity", peers: "need " + string(r.Capability), number: s.Quantity.Max, far: farQuantity, most: quantityMost}
		}
		return cs
	case *record.Production:
		return []cell{
			{what: "per_month", peers: "quantity " + string(r.Resource), number: r.PerMonth.Max, far: farQuantity, most: quantityMost},
			{what: "price", peers: "price " + string(r.Resource), money: r.Price, far: farPrice, both: true, most: priceMost[record.Equipment]}}
	case *record.Programme:
		cs := []cell{{what: "seats", peers: "seats", number: r.Seats.Max, far: farQuantity, most: peopleMost}}
		if r.Cost != nil {
			cs = append(cs, cell{what: "cost", peers: "cost of training " + string(r.Trains), money: *r.Cost, far: farPrice, both: true, most: priceMost[record.People]})
		}
		return cs
	case *record.Fund:
		if r.Ceiling != nil {
			return []cell{{what: "ceiling", money: r.Ceiling.Amount.Max, most: moneyMost}}
		}
	case *record.Unit:
		return unitCells(r)
	case *record.Rate:
		return []cell{{what: "per_eur", peers: "rate of " + string(r.Currency), number: r.PerEUR.Float(), far: farRate, both: true, most: quantityMost}}
	case *record.Target:
		return targetCells(r)
	}
	return nil
}

func pledgeCells(p *record.Pledge) []cell {
	cs := make([]cell, 0, 2+len(p.Schedule)+len(p.Values))
	quantity := 0.0
	if p.Resource != "" {
		quantity = register.Quantity(p).Max
		cs = append(cs, cell{what: "quantity", peers: "quantity " + string(p.Resource), number: quantity, far: farQuantity, most: quantityMost})
	}
	if p.Amount != nil {
		cs = append(cs, cell{what: "amount", peers: "money of " + string(p.By), money: p.Amount.Max, far: farPrice, most: moneyMost})
	}
	for _, l := range p.Schedule {
		if l.Amount != nil {
			cs = append(cs, cell{what: "schedule", peers: "money of " + string(p.By), money: l.Amount.Max, far: farPrice, most: moneyMost})
		}
	}
	if p.DeliveryCost != nil {
		cs = append(cs, cell{what: "delivery_cost", peers: "delivery of " + string(p.Resource), money: *p.DeliveryCost, far: farPrice, both: true, most: priceMost[record.Supply]})
	}
	for _, val := range p.Values {
		cs = append(cs, cell{what: string(val.Basis) + " value", peers: "price " + string(p.Resource), money: val.Amount.Max, per: quantity, far: farPrice, both: true, most: moneyMost})
	}
	return cs
}

func capabilityCells(c *record.Capability) []cell {
	var cs []cell
	for _, r := range recipe(c) {
		cs = append(cs, cell{what: "recipe of " + string(r), number: cmp.Or(c.Stock[r], c.Monthly[r]), most: quantityMost})
	}
	if c.Running != nil {
		cs = append(cs, cell{what: "running", money: *c.Running, most: priceMost[record.Equipment]})
	}
	return cs
}

func unitCells(u *record.Unit) []cell {
	var cs []cell
	if u.Strength != nil {
		cs = append(cs, cell{what: "strength", number: u.Strength.Max, most: peopleMost})
	}
	if u.Cost != nil {
		cs = append(cs, cell{what: "cost", money: *u.Cost, most: priceMost[record.Equipment]})
	}
	return cs
}

func targetCells(t *record.Target) []cell {
	var cs []cell
	bound := func(what string, m record.Measure) {
		if !m.Money.IsZero() {
			cs = append(cs, cell{what: what, money: m.Money, most: productMost})
		}
	}
	for _, m := range []*record.Measure{t.AtLeast, t.AtMost} {
		if m != nil {
			bound("bound", *m)
		}
	}
	for _, a := range t.Actual {
		bound("value of "+a.On.String(), a.Value)
	}
	return cs
}

// sized is a cell as it is compared.
type sized struct {
	cell
	rec   record.Record
	whole float64 // in euros, or as it is
	size  float64 // per unit
	euro  bool    // whole is in euros
}

// valueOutlier finds figures that cannot be right: far from the median of their
// peers, or beyond what any figure of the kind can be. A unit read wrongly
// (thousand for million, a cell multiplied by a billion) is what it looks for.
func valueOutlier(v *register.View) []Finding {
	all := sizes(v)
	peers := map[string][]float64{}
	for _, c := range all {
		if c.peers != "" && c.size > 0 {
			peers[c.peers] = append(peers[c.peers], c.size)
		}
	}
	for _, xs := range peers {
		slices.Sort(xs)
	}
	products, largest := productsOf(v)
	strange := map[record.Key][]string{}
	for _, c := range all {
		k := c.rec.Key()
		if c.per > 0 && len(strange[k]) > 0 {
			continue // its quantity is strange, and so is what is divided by it
		}
		says := c.beyond(v, products, largest)
		if says == "" {
			says = c.outOf(v, peers[c.peers])
		}
		if says != "" && !slices.Contains(strange[k], says) {
			strange[k] = append(strange[k], says)
		}
	}
	var found []Finding
	for _, k := range slices.SortedFunc(maps.Keys(strange), record.Key.Compare) {
		found = append(found, Finding{Level: Warning, Records: []record.Key{k}, Says: name(v, k) + ": " + list(strange[k]),
			Fix: "compare with the source: thousands, millions and billions, the currency, and whether it is for one or for all"})
	}
	return found
}

// sizes lists every figure of the view. Money without a rate is compared with
// money of its own currency.
func sizes(v *register.View) []sized {
	rate := rater(v)
	all := make([]sized, 0, 3*v.Len())
	for _, r := range v.Records() {
		for _, c := range cells(r) {
			s := sized{cell: c, rec: r, whole: c.number}
			if !c.money.IsZero() {
				day := v.At().On
				if p, ok := r.(*record.Pledge); ok {
					day = register.Day(p)
				}
				s.whole, s.euro = rate(c.money, day)
				if !s.euro && c.peers != "" {
					s.peers += " in " + string(c.money.Currency())
				}
			}
			s.size = s.whole
			if c.per > 0 {
				s.size /= c.per
			}
			all = append(all, s)
		}
	}
	return all
}

// rater converts money to euros as nearly as an outlier asks for, and looks up
// each day's rate once.
func rater(v *register.View) func(m record.Money, on record.Date) (euros float64, ok bool) {
	type day struct {
		currency record.Currency
		on       record.Date
	}
	rates := map[day]float64{}
	return func(m record.Money, on record.Date) (float64, bool) {
		x := m.Amount().Float()
		if m.Currency() == record.Euro {
			return x, true
		}
		k := day{m.Currency(), on}
		perEUR, known := rates[k]
		if !known {
			if _, r, ok := v.Euro(m, on); ok {
				perEUR = r.PerEUR.Float()
			}
			rates[k] = perEUR
		}
		if perEUR == 0 {
			return x, false
		}
		return x / perEUR, true
	}
}

// productsOf is the latest national product of each party, in euros, and the
// largest of them. A product that cannot be is none.
func productsOf(v *register.View) (of map[record.PartyID]float64, largest float64) {
	of = map[record.PartyID]float64{}
	for _, p := range v.Parties() {
		var latest record.Day
		for _, g := range p.GDP {
			eur, _, ok := v.EuroAmount(g.Amount, v.At().On)
			if x := eur.Max.Amount().Float(); ok && x < productMost && (latest.IsZero() || g.Year.First() > latest.First()) {
				of[record.PartyID(p.ID)], latest = x, g.Year
			}
		}
		largest = max(largest, of[record.PartyID(p.ID)])
	}
	return of, largest
}

// beyond says why a figure can be of nothing of its kind, or "".
func (c *sized) beyond(v *register.View, products map[record.PartyID]float64, largest float64) string {
	most := c.most
	if !c.money.IsZero() && !c.euro {
		most *= 1e5 // some currencies have small units
	}
	if p, ok := c.rec.(*record.Pledge); ok && c.euro {
		if product := products[p.By]; product > 0 && c.whole > product {
			return fmt.Sprintf("its %s, %s, is %s times the national product of %s, %s", c.what, money(c.money), times(c.whole/product), partyName(v, p.By), euros(product))
		}
		if largest > 0 {
			most = min(most, 10*largest)
		}
	}
	if most > 0 && c.whole >= most {
		return fmt.Sprintf("its %s, %s, is more than can be", c.what, c.shown())
	}
	return ""
}

// outOf says how far a figure is from its peers, or "".
func (c *sized) outOf(v *register.View, peers []float64) string {
	if len(peers) < 2 || c.size <= 0 || c.far == 0 {
		return ""
	}
	median := peers[(len(peers)-1)/2]
	far := c.far
	if len(peers) < 4 && far == farPrice {
		far = farFew
	}
	off := math.Log10(c.size / median)
	if off < far && (off > -far || !c.both) {
		return ""
	}
	unit, each := "", ""
	if c.per > 0 {
		unit = " each"
		each = " or " + c.sizeShown(c.size) + unit
	}
	ratio, than := c.size/median, "times"
	if off < 0 {
		ratio, than = 1/ratio, "times less than"
	}
	return fmt.Sprintf("its %s, %s%s, is %s %s the median of %s (%s)", c.what, c.shown(), each, times(ratio), than, c.ofWhat(v, len(peers)), c.sizeShown(median)+unit)
}

func (c *sized) shown() string {
	if c.money.IsZero() {
		return figure(c.number)
	}
	return money(c.money)
}

func (c *sized) sizeShown(x float64) string {
	switch {
	case c.money.IsZero():
		return figure(x)
	case c.euro:
		return euros(x)
	}
	return figureShort(x) + " " + string(c.money.Currency())
}

// ofWhat names the peers of a figure for people.
func (c *sized) ofWhat(v *register.View, n int) string {
	switch r := c.rec.(type) {
	case *record.Pledge:
		if r.Amount != nil {
			return fmt.Sprintf("the %d money pledges of %s", n, partyName(v, r.By))
		}
		return fmt.Sprintf("%d such figures of %s", n, resourceName(v, r.Resource))
	case *record.Production:
		return fmt.Sprintf("%d such figures of %s", n, resourceName(v, r.Resource))
	case *record.Programme:
		return fmt.Sprintf("%d such figures of %s", n, resourceName(v, r.Trains))
	case *record.Rate:
		return fmt.Sprintf("the %d rates of %s", n, r.Currency)
	}
	return fmt.Sprintf("%d such figures", n)
}

// times is a ratio for people, to two digits.
func times(x float64) string {
	if x >= 100 {
		scale := math.Pow(10, math.Floor(math.Log10(x))-1)
		x = math.Round(x/scale) * scale
	}
	return figureShort(x)
}
