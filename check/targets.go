package check

import (
	"fmt"
	"strings"

	"entente/record"
	"entente/register"
)

// deliveredShare is the measure that a register can reckon by itself.
const deliveredShare = "delivered-share"

// targetMissed finds targets whose day has passed: missed (warning), or never
// measured (note). Those who had the same to reach by the same day stand in one
// finding. A renewal is the matter of another rule.
func targetMissed(v *register.View) []Finding {
	type promise struct {
		level               Level
		measure, bound, due string
	}
	missed, how := map[promise][]*record.Target{}, map[promise][]string{}
	for _, t := range v.Targets() {
		if !over(v, t.Due) || t.Measure == "renewal" || disputed(t) {
			continue
		}
		p := promise{Note, t.Measure, bound(t), t.Due.Last().Text()}
		actual, when, ok := measured(v, t)
		who := name(v, record.Key{Kind: subjectKind(v, t.For), ID: string(t.For)})
		if ok {
			if miss, sure := misses(v, t, actual); !miss || !sure {
				continue
			}
			p.level = Warning
			who += fmt.Sprintf(" (%s%s)", shown(t, actual), when)
		}
		missed[p], how[p] = append(missed[p], t), append(how[p], who)
	}
	var found []Finding
	for p, ts := range missed {
		f := Finding{Level: p.level, Records: keys(ts...),
			Says: fmt.Sprintf("%s was to be %s by %s, and is not for %s", p.measure, p.bound, p.due, list(how[p])),
			Fix:  "say what is done to reach it and by when, or set the target anew"}
		if p.level == Note {
			f.Says = fmt.Sprintf("%s was to be %s by %s, and nothing is measured for %s", p.measure, p.bound, p.due, list(how[p]))
			f.Fix = "record what was reached under actual"
		}
		found = append(found, f)
	}
	return found
}

func subjectKind(v *register.View, id record.SubjectID) record.Kind {
	if _, ok := v.Party(record.PartyID(id)); ok {
		return record.KindParty
	}
	return record.KindAgreement
}

// measured is the last measurement of a target, or what the register reckons.
func measured(v *register.View, t *record.Target) (value record.Measure, how string, ok bool) {
	var on record.Day
	for _, a := range t.Actual {
		if reached(v, a.On) && (on.IsZero() || a.On.First() >= on.First()) {
			value, on, ok = a.Value, a.On, true
		}
	}
	if ok {
		return value, " " + dated(on), true
	}
	if t.Measure == deliveredShare {
		return delivered(v, t)
	}
	return value, "", false
}

// delivered is the share handed over of what a party, or an agreement, has
// promised: by value when every pledge has one, or else each pledge alike.
func delivered(v *register.View, t *record.Target) (share record.Measure, how string, ok bool) {
	kind := subjectKind(v, t.For)
	rate := rater(v)
	var byValue, allValue, byCount, pledges float64
	valued := true
	for _, r := range v.Referring(record.Key{Kind: kind, ID: string(t.For)}) {
		p, isPledge := r.(*record.Pledge)
		if !isPledge || p.PartOf != "" || kind == record.KindParty && string(p.By) != string(t.For) || kind == record.KindAgreement && string(p.Under) != string(t.For) {
			continue
		}
		part := deliveredPart(v, p)
		pledges++
		byCount += part
		worth, known := worthOf(v, p, rate)
		valued = valued && known
		byValue += part * worth
		allValue += worth
	}
	switch {
	case pledges == 0:
		return share, "", false
	case valued && allValue > 0:
		share.Number, how = byValue/allValue, fmt.Sprintf(" by value of %s", count(int(pledges), "pledge", "pledges"))
	default:
		share.Number, how = byCount/pledges, fmt.Sprintf(" with %s counted alike", count(int(pledges), "pledge", "pledges"))
	}
	if b := boundOf(t).Number; b > 1 {
		share.Number *= 100 // the target counts in per cent
	}
	return share, how, true
}

func deliveredPart(v *register.View, p *record.Pledge) float64 {
	if p.Amount != nil {
		if v.Rung(p) >= record.HandedOver {
			return 1
		}
		return 0
	}
	whole := register.Quantity(p).Min
	if whole <= 0 {
		return 0
	}
	return v.Reached(p, record.HandedOver).Min / whole
}

// worthOf is a pledge's amount, its first value, or its price, in euros.
func worthOf(v *register.View, p *record.Pledge, rate func(record.Money, record.Date) (float64, bool)) (euros float64, ok bool) {
	switch r, _ := v.Resource(p.Resource); {
	case p.Amount != nil:
		return rate(p.Amount.Min, register.Day(p))
	case len(p.Values) > 0:
		return rate(p.Values[0].Amount.Min, register.Day(p))
	case r != nil && r.Price != nil:
		each, ok := rate(*r.Price, register.Day(p))
		return each * register.Quantity(p).Min, ok
	}
	return 0, false
}

func boundOf(t *record.Target) record.Measure {
	if t.AtLeast != nil {
		return *t.AtLeast
	}
	return *t.AtMost
}

func bound(t *record.Target) string {
	if t.AtLeast != nil {
		return "at least " + shown(t, *t.AtLeast)
	}
	return "at most " + shown(t, *t.AtMost)
}

// shown is a measure for people. A share that is counted in ones is shown in
// per cent.
func shown(t *record.Target, m record.Measure) string {
	switch {
	case !m.Money.IsZero():
		return money(m.Money)
	case strings.HasSuffix(t.Measure, "-share") && boundOf(t).Number <= 1:
		return figureShort(100*m.Number) + " %"
	}
	return figure(m.Number)
}

// misses compares a measurement with the bound; it is not sure when one is
// money and the other is not, or there is no rate.
func misses(v *register.View, t *record.Target, actual record.Measure) (miss, sure bool) {
	b := boundOf(t)
	x, y := actual.Number, b.Number
	if actual.Money.IsZero() != b.Money.IsZero() {
		return false, false
	}
	if !b.Money.IsZero() {
		rate := rater(v)
		var okX, okY bool
		x, okX = rate(actual.Money, v.At().On)
		y, okY = rate(b.Money, v.At().On)
		if (!okX || !okY) && actual.Money.Currency() != b.Money.Currency() {
			return false, false
		}
	}
	const rounding = 1e-9
	if t.AtLeast != nil {
		return x < y*(1-rounding), true
	}
	return x > y*(1+rounding), true
}
