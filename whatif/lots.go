package whatif

import (
	"math"

	"entente/record"
	"entente/register"
)

// some is a quantity of a resource, or an amount of money: what a pledge gives
// in lots.
type some struct {
	number record.Number
	amount record.Amount
}

func (x some) isMoney() bool { return !x.amount.Min.IsZero() || !x.amount.Max.IsZero() }

// none reports whether there is nothing of it, at the upper end of its range.
func (x some) none() bool {
	if x.isMoney() {
		return x.amount.Max.Amount().Sign() <= 0
	}
	return x.number.Max <= 0
}

// plus sums two of a kind. Money too large to add stays as it is.
func (x some) plus(y some) some {
	lo, err1 := x.amount.Min.Add(y.amount.Min)
	hi, err2 := x.amount.Max.Add(y.amount.Max)
	sum := some{record.Number{Min: x.number.Min + y.number.Min, Max: x.number.Max + y.number.Max}, record.Amount{Min: lo, Max: hi}}
	if err1 != nil || err2 != nil {
		sum.amount = x.amount
	}
	return sum
}

// upTo is the part of x that y covers, end by end.
func (x some) upTo(y some) some {
	return some{
		record.Number{Min: min(x.number.Min, y.number.Min), Max: min(x.number.Max, y.number.Max)},
		record.Amount{Min: minMoney(x.amount.Min, y.amount.Min), Max: minMoney(x.amount.Max, y.amount.Max)},
	}
}

// less is x without y, which is a part of it. Plans count the lower end, so it is
// the lower ends that add up: where the part is surer than the whole, the rest
// ends no higher than it begins.
func (x some) less(y some) some {
	rest := some{
		record.Number{Min: x.number.Min - y.number.Min, Max: x.number.Max - y.number.Max},
		record.Amount{Min: minus(x.amount.Min, y.amount.Min), Max: minus(x.amount.Max, y.amount.Max)},
	}
	rest.number.Max = max(rest.number.Max, rest.number.Min)
	if rest.isMoney() && minus(rest.amount.Max, rest.amount.Min).Amount().Sign() < 0 {
		rest.amount.Max = rest.amount.Min
	}
	return rest
}

// is reports whether x and y are the same but for rounding.
func (x some) is(y some) bool {
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) }
	equal := func(a, b record.Money) bool { return minus(a, b).Amount().IsZero() }
	return near(x.number.Min, y.number.Min) && near(x.number.Max, y.number.Max) &&
		equal(x.amount.Min, y.amount.Min) && equal(x.amount.Max, y.amount.Max)
}

// times is a share of a quantity. Money is never multiplied here.
func (x some) times(by float64) some {
	x.number.Min *= by
	x.number.Max *= by
	return x
}

// minus is exact. No amount at all takes nothing away.
func minus(a, b record.Money) record.Money {
	if b.IsZero() {
		return a
	}
	text := b.Amount().String()
	if text[0] == '-' {
		text = text[1:]
	} else {
		text = "-" + text
	}
	negative, err := record.ParseDecimal(text)
	if err != nil {
		panic("whatif: a decimal has a negative: " + err.Error())
	}
	left, err := a.Add(record.NewMoney(negative, b.Currency()))
	if err != nil {
		return a // too large to reckon with
	}
	return left
}

func minMoney(a, b record.Money) record.Money {
	if a.IsZero() || b.IsZero() || minus(a, b).Amount().Sign() <= 0 {
		return a
	}
	return b
}

// part is one entry of a pledge's schedule: so much has been handed over, and
// so much is still to come.
type part struct {
	on    record.Day
	there some
	rest  some
}

// partsOf splits a pledge's lots by what has been handed over on the view's
// day; the first lots are those handed over. A pledge without a schedule is one
// lot.
func partsOf(v *register.View, p *record.Pledge) []part {
	parts := make([]part, 0, 1+len(p.Schedule))
	for _, l := range lotsOf(p) {
		parts = append(parts, part{on: l.On, rest: someOf(l)})
	}
	left := handed(v, p)
	for i := range parts {
		x := &parts[i]
		x.there = x.rest.upTo(left)
		x.rest, left = x.rest.less(x.there), left.less(x.there)
	}
	return parts
}

func lotsOf(p *record.Pledge) []record.Lot {
	if len(p.Schedule) > 0 {
		return p.Schedule
	}
	return []record.Lot{{On: p.From, Quantity: p.Quantity, Amount: p.Amount}}
}

func sum(lots []record.Lot) some {
	total := some{}
	for _, l := range lots {
		total = total.plus(someOf(l))
	}
	return total
}

func someOf(l record.Lot) some {
	x := some{}
	if l.Quantity != nil {
		x.number = *l.Quantity
	}
	if l.Amount != nil {
		x.amount = *l.Amount
	}
	return x
}

// handed is how much of p has been handed over on the view's day: what its own
// status says, or what those of its parts say if that is more. Money is handed
// over as a whole; where only a part is, that is a pledge of its own.
func handed(v *register.View, p *record.Pledge) some { return handedIn(v, p, 0) }

func handedIn(v *register.View, p *record.Pledge, depth int) some {
	whole := sum(lotsOf(p))
	own := whole.less(whole)
	if p.Amount == nil {
		own.number = v.Reached(p, record.HandedOver)
	} else if v.Rung(p) >= record.HandedOver {
		own = whole
	}
	parts := whole.less(whole)
	for _, r := range v.Referring(p.Key()) {
		if c, ok := r.(*record.Pledge); ok && partOf(c, p) && depth < 32 { // a cycle of parts is a mistake, not a hang
			parts = parts.plus(handedIn(v, c, depth+1))
		}
	}
	if !parts.less(parts.upTo(own)).none() {
		return parts
	}
	return own
}

// partOf reports whether c says that it is a part of p, of the same thing.
func partOf(c, p *record.Pledge) bool {
	return string(c.PartOf) == p.ID && c != p && sameThing(c, p)
}

// sameThing reports whether two pledges give the same resource, or money into
// the same fund, so that one can be counted in the other.
func sameThing(p, q *record.Pledge) bool {
	return p.Resource == q.Resource && p.Into == q.Into && (p.Resource != "" || p.Into != "")
}

// relotted is p with other lots, or nil when nothing is left of it. A pledge
// that was one lot stays one, as long as its days allow.
func relotted(p *record.Pledge, lots []part) *record.Pledge {
	c := record.Clone(p).(*record.Pledge)
	c.Schedule = nil
	total := some{}
	for _, x := range lots {
		for _, y := range []some{x.there, x.rest} {
			total = total.plus(y)
		}
		c.Schedule = entered(c.Schedule, x.on, x.there.plus(x.rest))
	}
	if len(c.Schedule) == 0 {
		return nil
	}
	if before := sum(lotsOf(p)); !total.is(before) {
		if c.Quantity != nil {
			c.Quantity = &total.number
		}
		if c.Amount != nil {
			c.Amount = &total.amount
		}
	}
	if len(c.Schedule) == 1 && len(p.Schedule) == 0 {
		c.From, c.Schedule = c.Schedule[0].On, nil
	} else {
		c.From = record.Day{}
	}
	return c
}

// entered is a schedule with one entry more, if there is anything in it.
func entered(lots []record.Lot, on record.Day, x some) []record.Lot {
	if x.none() {
		return lots
	}
	l := record.Lot{On: on}
	if x.isMoney() {
		l.Amount = &x.amount
	} else {
		l.Quantity = &x.number
	}
	return append(lots, l)
}
