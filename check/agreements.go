package check

import (
	"fmt"
	"strings"

	"entente/record"
	"entente/register"
)

// agreementEnded finds promises that still run under an agreement that does not
// run any more, one finding for each agreement.
func agreementEnded(v *register.View) []Finding {
	var found []Finding
	for _, a := range v.Agreements() {
		stage, since := v.Stage(a)
		if stage != record.Ended && stage != record.Suspended {
			continue
		}
		records := keys(a)
		var words []string
		for _, r := range v.Referring(a.Key()) {
			if runsUnder(v, r, record.AgreementID(a.ID)) {
				records = append(records, r.Key())
				words = append(words, strings.ToLower(string(r.Key().Kind))+" "+v.Name(r.Key()))
			}
		}
		if len(words) == 0 {
			continue
		}
		when := "was suspended"
		if stage == record.Ended {
			when = "ended"
		}
		if !since.IsZero() {
			when += " " + dated(since)
		}
		found = append(found, Finding{Level: Error, Records: records,
			Says: fmt.Sprintf("%s %s, but %s still %s under it: %s", a.Name(), when, count(len(words), "record", "records"), verb(len(words), "runs", "run"), list(words)),
			Fix:  "move them under the agreement that follows, end them, or correct the agreement's status"})
	}
	return found
}

// runsUnder reports whether r is under the agreement and not over yet.
func runsUnder(v *register.View, r record.Record, a record.AgreementID) bool {
	today := v.At().On
	switch r := r.(type) {
	case *record.Pledge:
		done := v.Rung(r) >= record.HandedOver
		if r.Resource != "" {
			done = v.Reached(r, record.HandedOver).Min >= register.Quantity(r).Min
		}
		return r.Under == a && !done && said(v, r) && closes(r.Until) >= today
	case *record.Assignment:
		return r.Under == a && closes(r.To) >= today
	case *record.Fund:
		return r.Under == a && closes(r.Expires) >= today
	case *record.Programme:
		return r.Under == a && closes(r.To) >= today
	}
	return false
}

// obligationOverdue finds what was to be done under an agreement or after a
// meeting, and is not. What an agreement that has ended obliged to is let go.
func obligationOverdue(v *register.View) []Finding {
	var found []Finding
	late := func(r record.Record, what, id string, by record.PartyID, due, done record.Day, field string) {
		if !over(v, due) || reached(v, done) {
			return
		}
		who := "nobody named"
		if by != "" {
			who = partyName(v, by)
		}
		found = append(found, Finding{Level: Warning, Records: keys(r),
			Says: fmt.Sprintf("%s: %q (%s) was due by %s, %s ago, from %s", r.Base().Name(), what, id, due.Last().Text(), since(v, due.Last()), who),
			Fix:  fmt.Sprintf("record the day in %s, or set a new day", field)})
	}
	for _, a := range v.Agreements() {
		if stage, _ := v.Stage(a); stage == record.Ended {
			continue
		}
		for _, o := range a.Obligations {
			late(a, o.What, o.ID, o.By, o.Due, o.Met, "met")
		}
	}
	for _, m := range v.Meetings() {
		for _, d := range m.Decisions {
			late(m, d.What, d.ID, d.Owner, d.Due, d.Done, "done")
		}
	}
	return found
}
