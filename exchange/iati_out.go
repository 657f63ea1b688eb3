package exchange

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"entente/record"
)

// iatiOrder is the order of the children of each element (the sequences of
// iati-activities-schema.xsd, 2.03).
func iatiOrder(parent string) []string {
	switch parent {
	case "iati-activity":
		return activityOrder
	case "transaction":
		return transactionOrder
	case "location":
		return locationOrder
	}
	return partOrder
}

var (
	activityOrder    = strings.Fields("iati-identifier reporting-org title description participating-org other-identifier activity-status activity-date contact-info activity-scope recipient-country recipient-region location sector tag country-budget-items humanitarian-scope policy-marker collaboration-type default-flow-type default-finance-type default-aid-type default-tied-status budget planned-disbursement capital-spend transaction document-link related-activity")
	transactionOrder = strings.Fields("transaction-type transaction-date value description provider-org receiver-org disbursement-channel sector recipient-country recipient-region flow-type finance-type aid-type tied-status")
	locationOrder    = strings.Fields("location-reach location-id name description activity-description administrative point exactness location-class feature-designation")
	partOrder        = strings.Fields("period-start period-end value provider-org receiver-org pos narrative")
)

// writeIATI writes the money of a register as IATI 2.03 activities. What came
// from IATI is written as it came; of the rest, the pledges of money of one party
// under one agreement are an activity. No transaction lies after the day of the
// register: what is still to come is a planned disbursement (rule 11.2.1).
func writeIATI(w io.Writer, rs []record.Record, o Options) ([]Listed, error) {
	x := &iatiWriter{o: o, names: map[record.Key]string{}, parties: map[record.PartyID]*record.Party{}}
	for _, r := range rs {
		x.index(r)
	}
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " + strings.ReplaceAll(o.Stamp.String(), "--", "- -") + " -->\n")
	acts := append(x.carried(), x.own()...)
	if len(acts) == 0 {
		return nil, fault("iati", 0, "there is no pledge of money to write", "export another format, or add pledges with an amount")
	}
	root := tree("iati-activities", []string{"version", "2.03", "generated-datetime", o.Stamp.AsOf.String() + "T00:00:00Z"}, acts...)
	root.write(&b, 0, iatiOrder)
	_, err := w.Write(b.Bytes())
	return append(x.listed, x.homeless(rs)...), err
}

type iatiWriter struct {
	o          Options
	names      map[record.Key]string
	parties    map[record.PartyID]*record.Party
	agreements []*record.Agreement
	pledges    []*record.Pledge
	places     []*record.Place
	listed     []Listed
}

func (x *iatiWriter) index(r record.Record) {
	x.names[r.Key()] = r.Base().Name()
	switch r := r.(type) {
	case *record.Party:
		x.parties[record.PartyID(r.ID)] = r
		x.names[r.Key()] = r.Name
	case *record.Agreement:
		x.agreements = append(x.agreements, r)
	case *record.Pledge:
		if r.Amount != nil {
			x.pledges = append(x.pledges, r)
		}
	case *record.Place:
		x.places = append(x.places, r)
	}
}

func (x *iatiWriter) lose(r record.Record, column, value, reason string) {
	x.listed = append(x.listed, Listed{File: r.Key().String(), Column: column, Value: value, Reason: reason})
}

// carriedBy are the elements that the tags of a record hold.
func carriedBy(r record.Record) []*element {
	var all []*element
	for _, t := range r.Base().Tags {
		if line, ok := strings.CutPrefix(t, iatiTag); ok {
			if e, err := grow(line); err == nil {
				all = append(all, e)
			}
		}
	}
	return all
}

// carried are the activities that came from IATI.
func (x *iatiWriter) carried() []*element {
	var acts []*element
	for _, a := range x.agreements {
		if a.Type != "iati-activity" {
			continue
		}
		act := &element{name: "iati-activity"}
		for _, e := range carriedBy(a) {
			if e.name == "iati-activity" {
				act.attrs = e.attrs
				continue
			}
			act.kids = append(act.kids, e)
		}
		if act.first("title") == nil {
			act.kids = append(act.kids, tree("title", nil, leafOf("narrative", a.Title)))
		}
		for _, p := range x.pledges {
			if p.Under == record.AgreementID(a.ID) {
				act.kids = append(act.kids, carriedBy(p)...)
			}
		}
		for _, p := range x.places {
			if slices.Contains(p.Tags, "iati-of-"+a.ID) {
				act.kids = append(act.kids, carriedBy(p)...)
			}
		}
		acts = append(acts, act)
	}
	return acts
}

// own are the activities that the register's own pledges make.
func (x *iatiWriter) own() []*element {
	type group struct {
		by    record.PartyID
		under record.AgreementID
	}
	found := map[group][]*record.Pledge{}
	var order []group
	for _, p := range x.pledges {
		if len(carriedBy(p)) > 0 {
			continue
		}
		g := group{p.By, p.Under}
		if found[g] == nil {
			order = append(order, g)
		}
		found[g] = append(found[g], p)
	}
	slices.SortFunc(order, func(a, b group) int { return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.under, b.under)) })
	var acts []*element
	for _, g := range order {
		if act := x.activity(g.by, g.under, found[g]); act != nil {
			acts = append(acts, act)
		}
	}
	return acts
}

func (x *iatiWriter) activity(by record.PartyID, under record.AgreementID, ps []*record.Pledge) *element {
	owner := cmp.Or(x.o.Stamp.Owner, by)
	title := x.name(record.KindParty, string(by)) + ": " + cmp.Or(x.name(record.KindAgreement, string(under)), "pledges under no agreement")
	act := tree("iati-activity", []string{"xml:lang", "en"},
		leafOf("iati-identifier", fmt.Sprintf("%s-%s-%s", owner, by, cmp.Or(string(under), "pledges"))),
		tree("reporting-org", []string{"ref", string(owner), "type", x.orgType(owner), "secondary-reporter", "1"}, x.narrative(owner)),
		tree("title", nil, leafOf("narrative", title)),
		tree("description", []string{"type", "1"}, leafOf("narrative", "Pledges of money as a register states them, at "+x.o.Stamp.AsOf.String()+". "+x.o.Stamp.Releasable()+".")),
		tree("participating-org", []string{"ref", string(by), "role", "1", "type", x.orgType(by)}, x.narrative(by)),
		tree("activity-status", []string{"code", "2"}),
		tree("sector", []string{"vocabulary", "1", "code", "99810"}))
	start := record.Forever
	to := ps[0].To
	for _, p := range ps {
		act.kids = append(act.kids, x.flows(p, &start)...)
		if p.To != to {
			to = ""
		}
	}
	if start == record.Forever {
		return nil
	}
	kind := "2"
	if start > x.o.Stamp.AsOf {
		kind = "1"
	}
	act.kids = append(act.kids, tree("activity-date", []string{"iso-date", start.String(), "type", kind}))
	if code := alpha2(to); code != "" {
		act.kids = append(act.kids, tree("recipient-country", []string{"code", code}))
	} else {
		act.kids = append(act.kids, tree("recipient-region", []string{"code", "998", "vocabulary", "1"}))
	}
	return act
}

func (x *iatiWriter) name(k record.Kind, id string) string {
	return x.names[record.Key{Kind: k, ID: id}]
}

func (x *iatiWriter) narrative(p record.PartyID) *element {
	return leafOf("narrative", cmp.Or(x.name(record.KindParty, string(p)), string(p)))
}

// orgType is a code of codelist OrganisationType: government, multilateral, or
// other.
func (x *iatiWriter) orgType(p record.PartyID) string {
	if r, ok := x.parties[p]; ok {
		switch r.Type {
		case "nation":
			return "10"
		case "organisation":
			return "40"
		}
	}
	return "90"
}

// iatiRungs tell which transaction shows that a pledge has come so far, the last
// first.
var iatiRungs = []struct {
	rung record.Rung
	kind string
}{{record.HandedOver, "3"}, {record.Committed, "2"}, {record.Announced, "12"}}

// flows are the transactions of a pledge until the day of the register, one for
// each stage that it has reached, and what is planned after it.
func (x *iatiWriter) flows(p *record.Pledge, start *record.Date) []*element {
	if p.Amount.Min != p.Amount.Max {
		x.lose(p, "amount", p.Amount.String(), "is a range; the smaller amount is written")
	}
	var all []*element
	upper := record.InService
	for _, stage := range iatiRungs {
		day := x.reached(p, stage.rung, upper)
		upper = stage.rung - 1
		if day == record.Forever {
			continue
		}
		*start = min(*start, day)
		all = append(all, tree("transaction", []string{"ref", p.ID + "-" + stage.kind},
			tree("transaction-type", []string{"code", stage.kind}), tree("transaction-date", []string{"iso-date", day.String()}),
			x.value(p.Amount.Min, day), x.description(p), x.org("provider-org", p.By), x.org("receiver-org", p.To)))
	}
	lots := p.Schedule
	if len(lots) == 0 {
		lots = []record.Lot{{On: p.From, Amount: p.Amount}}
	}
	for _, l := range lots {
		from, to := l.On.First(), l.On.Last()
		if from <= x.o.Stamp.AsOf || to == record.Forever || l.Amount == nil {
			continue
		}
		*start = min(*start, from)
		all = append(all, tree("planned-disbursement", []string{"type", "1"}, tree("period-start", []string{"iso-date", from.String()}),
			tree("period-end", []string{"iso-date", to.String()}), x.value(l.Amount.Min, x.o.Stamp.AsOf), x.org("provider-org", p.By), x.org("receiver-org", p.To)))
	}
	if len(all) == 0 {
		x.lose(p, "", "", "has neither a dated status by then nor money to come")
	}
	return all
}

// reached is the first day, no later than that of the register, on which p
// reached a rung between two.
func (x *iatiWriter) reached(p *record.Pledge, lo, hi record.Rung) record.Date {
	first := record.Forever
	for _, s := range p.Status {
		rung, ok := record.ParseRung(s.Is)
		if by := x.parties[p.By]; !ok && by != nil {
			rung, _ = record.ParseRung(by.Terms[s.Is])
		}
		if rung >= lo && rung <= hi && !s.On.IsZero() && s.On.First() != record.Beginning && s.On.First() <= x.o.Stamp.AsOf {
			first = min(first, s.On.First())
		}
	}
	return first
}

func (x *iatiWriter) value(m record.Money, on record.Date) *element {
	return leafOf("value", m.Amount().String(), "currency", string(m.Currency()), "value-date", on.String())
}

func (x *iatiWriter) description(p *record.Pledge) *element {
	if p.Title == "" && p.Note == "" {
		return nil
	}
	return tree("description", nil, leafOf("narrative", cmp.Or(p.Title, p.Note)))
}

func (x *iatiWriter) org(name string, p record.PartyID) *element {
	if p == "" {
		return nil
	}
	return tree(name, []string{"ref", string(p), "type", x.orgType(p)}, x.narrative(p))
}

// homeless counts the records that IATI has no place for.
func (x *iatiWriter) homeless(rs []record.Record) []Listed {
	count := map[record.Kind]int{}
	for _, r := range rs {
		p, ok := r.(*record.Pledge)
		switch k := r.Key().Kind; {
		case ok && p.Amount != nil, k == record.KindParty, k == record.KindAgreement, k == record.KindPlace:
		default:
			count[k]++
		}
	}
	var all []Listed
	for _, k := range record.Kinds() {
		if n := count[k]; n > 0 {
			all = append(all, Listed{File: string(k), Reason: fmt.Sprintf("%d records of this kind are not written: IATI tells of money", n)})
		}
	}
	return all
}
