package check

import (
	"fmt"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// overPromised finds pledges of which more is promised, or has come, than there
// is: parts that add up to more than the whole, and a rung that more has
// reached than was pledged. Ranges are read in the giver's favour.
func overPromised(v *register.View) []Finding {
	var found []Finding
	for _, p := range v.Pledges() {
		if p.Resource == "" {
			continue
		}
		whole := register.Quantity(p)
		for _, s := range p.Status {
			if s.Quantity != nil && s.Quantity.Min > whole.Max*(1+1e-9) {
				found = append(found, Finding{Level: Error, Records: keys(p),
					Says: fmt.Sprintf("of %s, %s are said to be %s", promise(v, p), number(*s.Quantity), s.Is),
					Fix:  "correct the quantity pledged or the quantity in status"})
				break
			}
		}
	}
	for _, f := range families(v) {
		if over, ok := f.excess(v); ok {
			found = append(found, over)
		}
	}
	return found
}

// family is a pledge and the pledges that are part of it.
type family struct {
	whole *record.Pledge
	parts []*record.Pledge
}

// families groups parts by the pledge that counts them, in the order of ids.
func families(v *register.View) []family {
	parts := map[record.PledgeID][]*record.Pledge{}
	for _, p := range v.Pledges() {
		if p.PartOf != "" && string(p.PartOf) != p.ID {
			parts[p.PartOf] = append(parts[p.PartOf], p)
		}
	}
	var fs []family
	for _, p := range v.Pledges() {
		if kin := parts[record.PledgeID(p.ID)]; len(kin) > 0 {
			fs = append(fs, family{p, kin})
		}
	}
	return fs
}

// excess compares the parts with the whole, as far as both are counted alike.
func (f family) excess(v *register.View) (Finding, bool) {
	alike := slices.DeleteFunc(slices.Clone(f.parts), func(p *record.Pledge) bool {
		return disputed(p) || !said(v, p) || p.Resource != f.whole.Resource || p.Amount == nil && p.Resource == ""
	})
	sum, over := f.sum(v, alike)
	if !over {
		return Finding{}, false
	}
	words := make([]string, len(alike))
	for i, p := range alike {
		words[i] = p.Name()
		if _, ok := v.Agreement(p.Under); ok && p.Under != f.whole.Under {
			words[i] += " under " + agreementName(v, p.Under)
		}
	}
	return Finding{Level: Error, Records: append(keys(f.whole), keys(alike...)...),
		Says: fmt.Sprintf("the parts of %s add up to %s: %s", promise(v, f.whole), sum, list(words)),
		Fix:  "withdraw or lower a part, raise the whole, or correct part_of"}, true
}

// sum adds up parts, for people, and reports whether they exceed the whole.
func (f family) sum(v *register.View, parts []*record.Pledge) (text string, over bool) {
	const rounding = 1 + 1e-9
	if f.whole.Resource != "" {
		sum := 0.0
		for _, p := range parts {
			sum += register.Quantity(p).Min
		}
		return figure(sum), sum > register.Quantity(f.whole).Max*rounding
	}
	if own, err := sumMoney(parts); err == nil && own.Currency() == f.whole.Amount.Max.Currency() {
		return money(own), own.Amount().Float() > f.whole.Amount.Max.Amount().Float()*rounding
	}
	sum, most := 0.0, 0.0
	for _, p := range parts {
		if eur, _, ok := v.EuroAmount(*p.Amount, register.Day(p)); ok {
			sum += eur.Min.Amount().Float()
		}
	}
	eur, _, ok := v.EuroAmount(*f.whole.Amount, register.Day(f.whole))
	most = eur.Max.Amount().Float()
	const swing = 1.02 // the parts may be converted at the rates of other days
	return euros(sum), ok && sum > most*swing
}

// sumMoney adds up amounts of one currency, each at its lower end.
func sumMoney(ps []*record.Pledge) (sum record.Money, err error) {
	for _, p := range ps {
		if sum, err = sum.Add(p.Amount.Min); err != nil {
			return record.Money{}, err
		}
	}
	return sum, nil
}

// promiseOverdue finds what should have been handed over by now, lead time
// included, one finding for each package: what one giver promised on one day
// under one agreement. Whoever has completed at least three pledges is measured
// by its own pace as well: what is late but within it is only noted.
func promiseOverdue(v *register.View) []Finding {
	type parcel struct {
		by        record.PartyID
		under     record.AgreementID
		announced record.Date
	}
	came := cameInParts(v)
	late := map[parcel][]arrear{}
	for _, p := range v.Pledges() {
		if p.Resource == "" || v.Rung(p) == record.NoRung || unreadable(v, p) || disputed(p) {
			continue
		}
		a := arrear{pledge: p}
		a.due, a.on = dueBy(v, p)
		a.short = a.due - max(v.Reached(p, record.HandedOver).Max, came[record.PledgeID(p.ID)])
		if a.short <= 1e-9 {
			continue
		}
		k := parcel{p.By, p.Under, record.Forever}
		if day, ok := v.Since(p, record.Announced); ok && day.First() != record.Beginning {
			k.announced = day.First()
		}
		late[k] = append(late[k], a)
	}
	pace := paces(v)
	var found []Finding
	for k, as := range late {
		found = append(found, overdue(v, as, k.announced, pace[k.by]))
	}
	return append(found, moneyOverdue(v)...)
}

// cameInParts is what was handed over of each pledge through its parts.
func cameInParts(v *register.View) map[record.PledgeID]float64 {
	came := map[record.PledgeID]float64{}
	for _, f := range families(v) {
		for _, p := range f.parts {
			if p.Resource == f.whole.Resource {
				came[record.PledgeID(f.whole.ID)] += v.Reached(p, record.HandedOver).Max
			}
		}
	}
	return came
}

// arrear is what a pledge is behind.
type arrear struct {
	pledge     *record.Pledge
	due, short float64
	on         record.Date // since when
}

func (a arrear) words(v *register.View) string {
	much := figure(a.short)
	if whole := register.Quantity(a.pledge).Min; a.short < whole {
		much += " of " + figure(whole)
	}
	return fmt.Sprintf("%s × %s, due by %s, %s ago, at %s", much, resourceName(v, a.pledge.Resource), a.on.Text(), since(v, a.on), rungName(v.Rung(a.pledge)))
}

// overdue is the finding about one package.
func overdue(v *register.View, as []arrear, announced record.Date, pace tempo) Finding {
	f := Finding{Level: Warning}
	words := make([]string, len(as))
	for i, a := range as {
		f.Records = append(f.Records, a.pledge.Key())
		words[i] = a.words(v)
	}
	giver := partyName(v, as[0].pledge.By)
	f.Fix = fmt.Sprintf("ask %s for a new day and record it, or record the hand-over", giver)
	f.Says = fmt.Sprintf("no hand-over by %s is recorded of %s", giver, strings.Join(firstFew(words), "; "))
	if pace.completed < completedMin || announced == record.Forever {
		return f
	}
	age := int(v.At().On - announced)
	f.Says += fmt.Sprintf("; %s own median from announcement to hand-over is %s, and this has taken %s", possessive(giver), count(pace.median, "day", "days"), grouped(fmt.Sprint(age)))
	if age <= pace.median {
		f.Level = Note
		f.Fix = "nothing yet: it is within the giver's own pace"
	}
	return f
}

// firstFew keeps the first few of long words, and counts the others.
func firstFew(words []string) []string {
	if n := len(words); n > namedMax+1 {
		return append(slices.Clone(words[:namedMax]), fmt.Sprintf("%d more", n-namedMax))
	}
	return words
}

// dueBy is how much of p should have arrived by the view's day, at the least,
// and when the first of it was due.
func dueBy(v *register.View, p *record.Pledge) (due float64, on record.Date) {
	on = record.Forever
	for _, l := range lots(p) {
		at := later(l.On.Last(), longestLead(p))
		if at >= v.At().On || l.Quantity == nil {
			continue
		}
		due += l.Quantity.Min
		on = min(on, at)
	}
	return due, on
}

// lots is a pledge's schedule; without one, everything comes at from.
func lots(p *record.Pledge) []record.Lot {
	if len(p.Schedule) > 0 {
		return p.Schedule
	}
	return []record.Lot{{On: p.From, Quantity: p.Quantity, Amount: p.Amount}}
}

// longestLead is the most months that p takes to any place.
func longestLead(p *record.Pledge) int {
	if p.Lead == nil {
		return 1
	}
	months := p.Lead.Months
	for _, m := range p.Lead.At {
		months = max(months, m)
	}
	return months
}

func rungName(r record.Rung) string {
	if r == record.NoRung {
		return "no rung"
	}
	return r.String()
}

// completedMin is how many completed pledges make a pace.
const completedMin = 3

// tempo is how fast a party keeps its promises.
type tempo struct {
	completed int
	median    int // days from announcement to hand-over
}

// paces measures each party by its own completed pledges.
func paces(v *register.View) map[record.PartyID]tempo {
	days := map[record.PartyID][]int{}
	for _, p := range v.Pledges() {
		if p.Resource == "" || v.Reached(p, record.HandedOver).Min < register.Quantity(p).Min {
			continue
		}
		announced, ok := v.Since(p, record.Announced)
		done, ok2 := completed(v, p)
		if ok && ok2 && announced.First() != record.Beginning && done >= announced.First() {
			days[p.By] = append(days[p.By], int(done-announced.First()))
		}
	}
	pace := map[record.PartyID]tempo{}
	for by, ds := range days {
		slices.Sort(ds)
		pace[by] = tempo{len(ds), (ds[(len(ds)-1)/2] + ds[len(ds)/2]) / 2}
	}
	return pace
}

// completed is the day on which the last of p was handed over.
func completed(v *register.View, p *record.Pledge) (day record.Date, ok bool) {
	whole := register.Quantity(p).Min
	for _, s := range p.Status {
		if reached(v, s.On) && v.RungOf(p.By, s) >= record.HandedOver && (s.Quantity == nil || s.Quantity.Max >= whole) && (!ok || s.On.First() < day) {
			day, ok = s.On.First(), true
		}
	}
	return day, ok
}

// moneyOverdue finds money that should have been paid by now, one finding for
// each giver. Money is there once it is funded. Money that stands at committed
// is counted on by plans, and payments are seldom published: it is only noted.
func moneyOverdue(v *register.View) []Finding {
	type debt struct {
		by    record.PartyID
		level Level
	}
	late := map[debt][]*record.Pledge{}
	for _, p := range v.Pledges() {
		if p.Amount == nil || p.Into == "" || v.Rung(p) == record.NoRung || v.Rung(p) >= record.Funded || unreadable(v, p) || disputed(p) || !over(v, lots(p)[0].On) {
			continue
		}
		d := debt{p.By, Note}
		if v.Rung(p) < record.Committed {
			d.level = Warning
		}
		late[d] = append(late[d], p)
	}
	var found []Finding
	for d, ps := range late {
		words := make([]string, len(ps))
		for i, p := range ps {
			words[i] = fmt.Sprintf("%s into %s, due by %s, at %s", amount(*p.Amount), name(v, record.Key{Kind: record.KindFund, ID: string(p.Into)}), lots(p)[0].On.Last().Text(), rungName(v.Rung(p)))
		}
		found = append(found, Finding{Level: d.level, Records: keys(ps...),
			Says: fmt.Sprintf("no payment by %s is recorded of %s", partyName(v, d.by), strings.Join(firstFew(words), "; ")),
			Fix:  "ask for the day of payment, or record that it is funded"})
	}
	return found
}

// renewalExpired finds promises that had to be renewed and were not: pledges
// without a status since, and targets that measure a renewal.
func renewalExpired(v *register.View) []Finding {
	var found []Finding
	for _, p := range v.Pledges() {
		if !over(v, p.RenewBy) || disputed(p) || !said(v, p) || v.Rung(p) >= record.HandedOver || slices.ContainsFunc(p.Status, func(s record.RungStatus) bool {
			return reached(v, s.On) && s.On.Last() >= p.RenewBy.First()
		}) {
			continue
		}
		found = append(found, Finding{Level: Warning, Records: keys(p),
			Says: fmt.Sprintf("%s had to be renewed by %s, %s ago, and nothing has been recorded since", promise(v, p), p.RenewBy.Last().Text(), since(v, p.RenewBy.Last())),
			Fix:  fmt.Sprintf("ask %s whether it still stands; record a new status and renew_by, or withdraw it", partyName(v, p.By))})
	}
	for _, t := range v.Targets() {
		if t.Measure != "renewal" || !over(v, t.Due) || slices.ContainsFunc(t.Actual, func(a record.Actual) bool { return reached(v, a.On) }) {
			continue
		}
		found = append(found, Finding{Level: Warning, Records: keys(t),
			Says: fmt.Sprintf("%s: the renewal was due by %s, %s ago, and none is recorded", t.Name(), t.Due.Last().Text(), since(v, t.Due.Last())),
			Fix:  "record what was renewed under actual, or ask whether the promise still stands"})
	}
	return found
}

// countedTwice finds pledges that look like one promise written down twice.
func countedTwice(v *register.View) []Finding {
	type likeness struct {
		by, to   record.PartyID
		resource record.ResourceID
		into     record.FundID
		under    record.AgreementID
		month    record.Month
		money    string // two payments of different amounts are no likeness
	}
	alike := map[likeness][]*record.Pledge{}
	for _, p := range v.Pledges() {
		if p.PartOf != "" || p.From.IsZero() || len(facts(p)) > 0 || disputed(p) || !said(v, p) {
			continue
		}
		l := likeness{by: p.By, to: p.To, resource: p.Resource, into: p.Into, under: p.Under, month: p.From.First().Month()}
		if p.Amount != nil {
			l.money = p.Amount.String()
		}
		alike[l] = append(alike[l], p)
	}
	var found []Finding
	for l, ps := range alike {
		if len(ps) < 2 {
			continue
		}
		words := make([]string, len(ps))
		for i, p := range ps {
			words[i] = p.Name()
			if p.Amount == nil {
				words[i] += " (" + number(register.Quantity(p)) + ")"
			}
		}
		what := l.money
		if l.resource != "" {
			what = resourceName(v, l.resource)
		}
		found = append(found, Finding{Level: Note, Records: keys(ps...),
			Says: fmt.Sprintf("%s has %s of %s from %s alike in giver, recipient and agreement, all of which count: %s", partyName(v, l.by), count(len(ps), "pledge", "pledges"), what, l.month.Text(), list(words)),
			Fix:  "if they are one promise, make one part_of the other or give both a tag fact:NAME; otherwise nothing"})
	}
	return found
}
