package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// purse is a fund as it stands on the view's day.
type purse struct {
	fund   *record.Fund
	income []*record.Pledge
	dry    string // why nothing can be paid from it, or empty
	words  bool   // dry only because nothing is committed yet
	until  record.Date
}

// purses opens every fund.
func purses(v *register.View) []purse {
	var ps []purse
	for _, f := range v.Funds() {
		p := purse{fund: f, until: closes(f.Expires)}
		for _, r := range v.Referring(f.Key()) {
			if m, ok := r.(*record.Pledge); ok && string(m.Into) == f.ID && m.Amount != nil && said(v, m) {
				p.income = append(p.income, m)
			}
		}
		p.dry, p.words = p.dryness(v)
		ps = append(ps, p)
	}
	return ps
}

func (p *purse) dryness(v *register.View) (dry string, words bool) {
	if over(v, p.fund.Expires) {
		return "expired on " + p.fund.Expires.Last().Text(), false
	}
	if a, ok := v.Agreement(p.fund.Under); ok {
		if stage, since := v.Stage(a); stage == record.Ended || stage == record.Suspended {
			dry = "stands under " + a.Name() + ", which was " + map[bool]string{true: "suspended", false: "ended"}[stage == record.Suspended]
			if !since.IsZero() {
				dry += " " + dated(since)
			}
			return dry, false
		}
	}
	if len(p.income) == 0 {
		return "has no money, since no pledge is paid into it", false
	}
	var below []string
	for _, m := range p.income {
		if v.Rung(m) >= record.Committed {
			return "", false
		}
		below = append(below, fmt.Sprintf("%s of %s is %s", amount(*m.Amount), partyName(v, m.By), rungName(v.Rung(m))))
	}
	return "has no money at committed or above: " + list(below), true
}

// bill is something that funds have to pay.
type bill struct {
	rec   record.Record
	use   record.Use
	from  record.Date // when it comes
	what  string
	to    record.PartyID
	needs func() []*record.Need // that it serves
}

// fundDry finds what relies on funds when no fund that may pay for it has
// money, one finding for each use and set of funds. A pledge that cannot be
// delivered so is an error; a need, course or production that cannot is a
// warning, and so is everything whose money is at least announced.
func fundDry(v *register.View) []Finding {
	type cause struct {
		funds []purse
		bills []bill
	}
	ps, causes := purses(v), map[string]*cause{}
	for _, b := range bills(v) {
		fit, paid := b.payers(v, ps)
		if paid {
			continue
		}
		ids := make([]string, len(fit))
		for i, p := range fit {
			ids[i] = p.fund.ID
		}
		key := string(b.use) + " " + strings.Join(ids, " ")
		if causes[key] == nil {
			causes[key] = &cause{funds: fit}
		}
		causes[key].bills = append(causes[key].bills, b)
	}
	var found []Finding
	for _, key := range slices.Sorted(maps.Keys(causes)) {
		found = append(found, unpaid(v, causes[key].funds, causes[key].bills))
	}
	return found
}

func unpaid(v *register.View, funds []purse, bs []bill) Finding {
	f := Finding{Level: Warning}
	words, stuck, pledged := []string{}, true, false
	for _, p := range funds {
		f.Records = append(f.Records, p.fund.Key())
		stuck = stuck && !p.words
		switch {
		case p.dry != "":
			words = append(words, p.fund.Name()+" "+p.dry)
		default:
			words = append(words, p.fund.Name()+" expires on "+p.until.Text()+", before it is needed")
		}
	}
	var on []string
	for _, b := range bs {
		f.Records = append(f.Records, b.rec.Key())
		on = append(on, b.what)
		_, isPledge := b.rec.(*record.Pledge)
		pledged = pledged || isPledge
	}
	if pledged && stuck {
		f.Level = Error
	}
	f.Says = fmt.Sprintf("no fund has money for %s of %s", bs[0].use, list(on))
	if bs[0].use == record.Running {
		f.Says = "no fund has money to run " + list(on)
	}
	switch {
	case len(funds) == 0:
		f.Says += ": none may pay for it"
		f.Fix = fmt.Sprintf("name a Fund with %s among its uses, or another payer", bs[0].use)
	case stuck:
		f.Says += ": " + strings.Join(firstFew(words), "; ")
		f.Fix = "ask for a money Pledge into the fund, name another fund, or let the provider pay"
	default:
		f.Says += ": " + strings.Join(firstFew(words), "; ")
		f.Fix = "ask the givers to commit the money"
	}
	return f
}

// payers lists the funds that may pay b, and reports whether one can.
func (b *bill) payers(v *register.View, ps []purse) (fit []purse, paid bool) {
	var needs []*record.Need
	looked := false
	for _, p := range ps {
		if !slices.Contains(p.fund.Uses, b.use) {
			continue
		}
		if p.fund.For != nil {
			if !looked {
				needs, looked = b.needs(), true
			}
			if !b.fits(v, p.fund.For, needs) {
				continue
			}
		}
		if p.dry == "" && p.until >= b.from {
			return nil, true
		}
		fit = append(fit, p)
	}
	return fit, false
}

// fits reports whether a fund for such things may pay b: some need that b
// serves is one of them. What serves no need at all is judged by its recipient.
func (b *bill) fits(v *register.View, sc *record.Scope, needs []*record.Need) bool {
	if len(needs) == 0 {
		return slices.ContainsFunc(sc.Parties, func(p record.PartyID) bool { return b.to != "" && v.Includes(p, b.to) })
	}
	s := supply{v: v, groups: map[record.PartyID][]record.PartyID{}}
	return slices.ContainsFunc(needs, func(n *record.Need) bool { return s.namedByAll(n, sc) })
}

// bills lists what funds have to pay: deliveries that providers do not pay for,
// courses and productions that have a price, capabilities that cost money.
func bills(v *register.View) []bill {
	s := supplyOf(v)
	var bs []bill
	serving := func(r record.ResourceID, fits func(*record.Need) bool) func() []*record.Need {
		return func() []*record.Need {
			return slices.DeleteFunc(slices.Clone(s.needs[r]), func(n *record.Need) bool { return !fits(n) })
		}
	}
	for _, p := range v.Pledges() {
		if p.PaidBy != record.PaidByFunds || p.DeliveryCost == nil || p.Resource == "" || !said(v, p) || v.Reached(p, record.HandedOver).Min >= register.Quantity(p).Min {
			continue
		}
		bs = append(bs, bill{p, record.Delivery, lots(p)[0].On.First(), promise(v, p) + " (" + p.Name() + ")", p.To,
			serving(p.Resource, func(n *record.Need) bool {
				return slices.Contains(s.recipients(n.For), p.To) && s.admitted(n, p.Only, p.Not)
			})})
	}
	for _, p := range v.Programmes() {
		if p.Cost != nil && !over(v, p.To) {
			bs = append(bs, bill{p, record.Training, opens(p.From), p.Name() + " (" + money(*p.Cost) + " per seat)", "",
				serving(p.Trains, func(n *record.Need) bool { return s.admitted(n, p.Only, p.Not) })})
		}
	}
	for _, p := range v.Productions() {
		if !over(v, p.To) && p.Price.Amount().Sign() > 0 {
			bs = append(bs, bill{p, record.Procurement, opens(p.From), p.Name() + " (" + money(p.Price) + " each)", "",
				serving(p.Resource, func(n *record.Need) bool { return s.admitted(n, p.Only, p.Not) })})
		}
	}
	for _, n := range s.open() {
		if c, ok := v.Capability(n.Capability); ok && c.Running != nil && c.Running.Amount().Sign() > 0 {
			bs = append(bs, bill{n, record.Running, opens(n.From), n.Name() + " (" + money(*c.Running) + " a month for each " + c.Unit + ")", n.For,
				func() []*record.Need { return []*record.Need{n} }})
		}
	}
	return bs
}

// overCeiling finds funds that are to pay more than they may: by the claims
// that can be made on them if they reimburse, or else by the money in them.
func overCeiling(v *register.View) []Finding {
	var found []Finding
	for _, p := range purses(v) {
		f := p.fund
		if f.Ceiling == nil {
			continue
		}
		on := v.At().On
		most, _, ok := v.EuroAmount(f.Ceiling.Amount, on)
		if !ok {
			continue
		}
		ceiling := most.Max.Amount().Float()
		claims, from := p.claims(v)
		switch {
		case f.Reimburses != nil && *f.Reimburses*claims > ceiling:
			found = append(found, Finding{Level: Error, Records: append(keys(f), keys(from...)...),
				Says: fmt.Sprintf("%s pays back %s %% of %s, which is %s and more than its ceiling of %s: %s", f.Name(), figure(100**f.Reimburses), euros(claims), euros(*f.Reimburses*claims), amount(f.Ceiling.Amount), names(v, keys(from...))),
				Fix:  "raise the ceiling, lower the share, or take claims out; look first whether all are valued on the same basis"})
		case f.Reimburses == nil && p.holds(v) > ceiling*1.0001:
			found = append(found, Finding{Level: Warning, Records: append(keys(f), keys(p.income...)...),
				Says: fmt.Sprintf("%s holds %s, more than the %s that it may pay in all", f.Name(), euros(p.holds(v)), amount(f.Ceiling.Amount)),
				Fix:  "raise the ceiling, or pay the rest into another fund"})
		}
	}
	return found
}

// claims adds up, in euros, what givers may ask back: the values of things
// committed under the fund's agreement, on the basis that the ceiling names.
func (p *purse) claims(v *register.View) (sum float64, from []*record.Pledge) {
	if p.fund.Under == "" || p.fund.Reimburses == nil {
		return 0, nil
	}
	s := supply{v: v, groups: map[record.PartyID][]record.PartyID{}}
	for _, r := range v.Referring(record.Key{Kind: record.KindAgreement, ID: string(p.fund.Under)}) {
		c, ok := r.(*record.Pledge)
		if !ok || c.Resource == "" || c.Under != p.fund.Under || c.PartOf != "" || v.Rung(c) < record.Committed {
			continue
		}
		if sc := p.fund.For; sc != nil && len(sc.Parties) > 0 && !s.ofOneOf(c.To, sc.Parties) {
			continue
		}
		for _, val := range c.Values {
			if p.fund.Ceiling.Basis != "" && string(val.Basis) != p.fund.Ceiling.Basis {
				continue
			}
			if eur, _, ok := v.EuroAmount(val.Amount, register.Day(c)); ok {
				sum += eur.Min.Amount().Float()
				from = append(from, c)
			}
			break
		}
	}
	return sum, from
}

// holds adds up the committed money of a fund in euros.
func (p *purse) holds(v *register.View) float64 {
	sum := 0.0
	for _, m := range p.income {
		if v.Rung(m) < record.Committed || m.PartOf != "" {
			continue
		}
		if eur, _, ok := v.EuroAmount(*m.Amount, register.Day(m)); ok {
			sum += eur.Min.Amount().Float()
		}
	}
	return sum
}

// noRate finds money that cannot be converted, one finding for each currency.
func noRate(v *register.View) []Finding {
	rated := map[record.Currency]bool{record.Euro: true}
	for _, r := range v.Rates() {
		rated[r.Currency] = true
	}
	with := map[record.Currency][]record.Key{}
	for _, r := range v.Records() {
		for _, c := range cells(r) {
			cur := c.money.Currency()
			if ks := with[cur]; !c.money.IsZero() && !rated[cur] && !slices.Contains(ks[max(0, len(ks)-1):], r.Key()) {
				with[cur] = append(ks, r.Key())
			}
		}
	}
	var found []Finding
	for cur, ks := range with {
		found = append(found, Finding{Level: Warning, Records: ks,
			Says: fmt.Sprintf("%s %s money in %s, for which there is no rate, so that no total contains it: %s", count(len(ks), "record", "records"), verb(len(ks), "states", "state"), cur, names(v, ks)),
			Fix:  fmt.Sprintf("add a Rate of %s", cur)})
	}
	return found
}
