package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/biter777/countries"

	"entente/record"
)

// IATI 2.03 activities (and 2.01, 2.02) as records:
//
//   - an activity is an Agreement between those who report and take part in it;
//   - a transaction, a budget or a planned disbursement is a Pledge under it;
//     what was spent is part of what was committed, so that it is counted once;
//   - an organisation is a Party, a location a Place;
//   - what classifies an activity or a transaction (sectors, countries,
//     humanitarian scope, flow types and so on) is kept in tags that begin with
//     iati: and hold the element word for word, so that it is written as it came;
//   - contacts, links, results and conditions have no place in a register and are
//     listed.
//
// Clauses cited are those of the activity standard, version 2.03.

// iatiTag begins the tags that hold an element.
const iatiTag = "iati:"

// iatiType begins the tag that says which type of transaction a pledge was.
const iatiType = "iati-type-"

// iatiKept are the elements of an activity that tags hold.
var iatiKept = strings.Fields("participating-org other-identifier activity-status activity-date activity-scope recipient-country recipient-region sector tag country-budget-items humanitarian-scope policy-marker collaboration-type default-flow-type default-finance-type default-aid-type default-tied-status capital-spend related-activity")

// iatiTypes are the transactions of codelist TransactionType, each with the rung
// that it shows, and of which other type it is a part.
var iatiTypes = map[string]struct {
	name string
	rung record.Rung
	part string
}{
	"1": {"incoming funds", record.HandedOver, "11"}, "2": {"outgoing commitment", record.Committed, ""}, "3": {"disbursement", record.HandedOver, "2"},
	"4": {"expenditure", record.HandedOver, "2"}, "5": {"interest payment", record.HandedOver, ""}, "6": {"loan repayment", record.HandedOver, ""},
	"7": {"reimbursement", record.HandedOver, ""}, "8": {"purchase of equity", record.HandedOver, ""}, "9": {"sale of equity", record.HandedOver, ""},
	"10": {"credit guarantee", record.Committed, ""}, "11": {"incoming commitment", record.Committed, ""}, "12": {"outgoing pledge", record.Pledged, ""},
	"13": {"incoming pledge", record.Pledged, ""},
}

// iatiIncoming are the types whose money comes to the one who reports.
var iatiIncoming = strings.Fields("1 6 9 11 13")

// iatiUnnamed is the giver that a source does not name.
const iatiUnnamed record.PartyID = "IATI-UNNAMED"

type iatiReader struct {
	file     string
	im       *Import
	records  map[record.Key]record.Record
	org      record.PartyID // who reports this activity
	currency string
	lang     string
	act      *record.Agreement
	used     map[string]int // ids of this activity's parts
	flows    []*record.Pledge
}

func readIATI(ctx context.Context, in []File, _ Options) (*Import, error) {
	r := &iatiReader{im: &Import{Format: "iati"}, records: map[record.Key]record.Record{}}
	for _, f := range in {
		r.file = f.Name
		if err := eachElement(ctx, f, "iati-activity", func(root *element) error { return r.root(f, root) }, r.activity); err != nil {
			return nil, err
		}
	}
	if r.im.Rows == 0 {
		return nil, fault(r.file, 0, "there is no activity in the file", "name a file of IATI activities")
	}
	for _, rec := range r.records {
		r.im.Records = append(r.im.Records, rec)
	}
	slices.SortFunc(r.im.Records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	r.im.Totals = iatiTotals(r.im.Records)
	return r.im, nil
}

// iatiTotals add up every type by itself, as publishers do: within a type nothing
// is part of anything.
func iatiTotals(rs []record.Record) []Total {
	var flows []record.Record
	for _, r := range rs {
		if p, ok := r.(*record.Pledge); ok {
			whole := *p
			whole.PartOf = ""
			flows = append(flows, &whole)
		}
	}
	return totals(flows)
}

// root refuses what is no IATI file of version 2.
func (r *iatiReader) root(f File, root *element) error {
	version := root.attr("version")
	switch {
	case root.name != "iati-activities":
		return fault(f.Name, root.line, "the file is no list of IATI activities: it begins with "+root.name, "name a file that begins with iati-activities")
	case version != "" && !strings.HasPrefix(version, "2."):
		return fault(f.Name, root.line, "it is written in version "+version+" of the standard, and only 2.01 to 2.03 are read", "ask the publisher for version 2.03")
	}
	return nil
}

// list notes what is in no record.
func (r *iatiReader) list(e *element, column, value, reason, fix string, whole bool) {
	if len(r.im.Listed) < listedMax {
		r.im.Listed = append(r.im.Listed, Listed{File: r.file, Row: e.line, Column: column, Value: short(value, 80), Reason: reason, Fix: fix, Whole: whole})
	}
}

func (r *iatiReader) activity(a *element) error {
	r.im.Rows++
	id := a.first("iati-identifier").said()
	org := a.first("reporting-org")
	if id == "" || org == nil {
		r.list(a, "", id, "is no activity: it has no iati-identifier or no reporting-org", "ask the publisher", true)
		return nil
	}
	r.im.Cells += a.cells()
	r.currency, r.lang = a.attr("default-currency"), a.attr("xml:lang")
	r.used, r.flows = map[string]int{}, nil
	r.org = r.party(org)
	x := &record.Agreement{Type: "iati-activity", Parties: []record.PartyID{r.org}}
	x.Kind, x.ID, x.By, x.Title = record.KindAgreement, slug("iati "+id), r.org, r.narrative(a.first("title"))
	r.act = x
	org.take()
	x.Tags = append(x.Tags, "iati", iatiTag+leafOf("iati-identifier", id).flat(), iatiTag+org.flat())
	if head := r.header(a); head != nil {
		x.Tags = append(x.Tags, iatiTag+head.flat())
	}
	var notes []string
	for _, d := range a.each("description") {
		x.Tags = append(x.Tags, iatiTag+d.flat())
		notes = append(notes, r.narrative(d))
		d.take()
	}
	x.Note = strings.Join(notes, "\n\n")
	if t := a.first("title"); t != nil && len(t.kids) > 1 {
		x.Tags = append(x.Tags, iatiTag+t.flat())
		t.take()
	}
	r.kept(a, x)
	x.Status = iatiStatus(a)
	if !r.keep(a, x) {
		for _, k := range a.kids {
			if slices.Contains(iatiParts, k.name) {
				r.im.Rows++
				r.list(k, "", "", "is part of an activity that makes no record", "ask the publisher", true)
			}
		}
		return nil
	}
	r.parts(a)
	r.leftover(a)
	return nil
}

// header keeps the attributes of an activity.
func (r *iatiReader) header(a *element) *element {
	e := &element{name: "iati-activity"}
	for i := range a.attrs {
		if at := &a.attrs[i]; !at.foreign && at.name != "linked-data-uri" {
			at.used = true
			e.attrs = append(e.attrs, attribute{name: at.name, value: at.value})
		}
	}
	if len(e.attrs) == 0 {
		return nil
	}
	return e
}

// kept holds the classifying elements in tags, and takes the parties from them.
func (r *iatiReader) kept(a *element, x *record.Agreement) {
	for _, k := range a.kids {
		if !slices.Contains(iatiKept, k.name) {
			continue
		}
		if k.name == "participating-org" {
			if p := r.party(k); p != "" && !slices.Contains(x.Parties, p) {
				x.Parties = append(x.Parties, p)
			}
		}
		x.Tags = append(x.Tags, iatiTag+k.flat())
		k.take()
	}
	if a.attr("humanitarian") == "1" || a.first("humanitarian-scope") != nil {
		x.Scope = append(x.Scope, "humanitarian")
	}
}

// iatiStatus is the stage by activity-status (codelist ActivityStatus) with the
// days of activity-date (codelist ActivityDateType: 1 and 2 start, 3 and 4 end).
func iatiStatus(a *element) []record.AgreementStatus {
	on := func(types ...string) record.Day {
		for _, want := range types {
			for _, d := range a.each("activity-date") {
				if d.attr("type") == want {
					if day, err := record.ParseDay(d.attr("iso-date")); err == nil {
						return day
					}
				}
			}
		}
		return record.Day{}
	}
	code := ""
	if s := a.first("activity-status"); s != nil {
		code = s.attr("code")
	}
	running := record.AgreementStatus{Is: record.InForce, On: on("2", "1")}
	switch code {
	case "1":
		return []record.AgreementStatus{{Is: record.Proposed}}
	case "4", "5":
		return []record.AgreementStatus{running, {Is: record.Ended, On: on("4", "3")}}
	case "6":
		return []record.AgreementStatus{running, {Is: record.Suspended}}
	}
	return []record.AgreementStatus{running}
}

// narrative is the text in the activity's own language, or else the first.
func (r *iatiReader) narrative(e *element) string {
	if e == nil {
		return ""
	}
	ns := e.each("narrative")
	for _, n := range ns {
		if lang := n.attr("xml:lang"); lang == "" || strings.EqualFold(lang, r.lang) {
			return n.said()
		}
	}
	if len(ns) > 0 {
		return ns[0].said()
	}
	return ""
}

// party is the organisation that an element names by reference or by narrative.
func (r *iatiReader) party(e *element) record.PartyID {
	if e == nil {
		return ""
	}
	ref, name := strings.TrimSpace(e.attr("ref")), r.narrative(e)
	if strings.EqualFold(ref, "N/A") || strings.EqualFold(ref, "NA") {
		ref = ""
	}
	said := cmp.Or(ref, name)
	if said == "" {
		return ""
	}
	id := record.PartyID(strings.ToUpper(letterFirst(slug(said))))
	p := &record.Party{Name: cmp.Or(name, ref), Type: "organisation"}
	p.Kind, p.ID, p.Tags = record.KindParty, string(id), []string{"iati"}
	if old, ok := r.records[p.Key()].(*record.Party); !ok || old.Name == ref && name != "" {
		r.records[p.Key()] = p
	}
	return id
}

// iatiParts are the rows that stand in an activity.
var iatiParts = []string{"transaction", "budget", "planned-disbursement", "location"}

// parts reads what stands in an activity: money, plans and places.
func (r *iatiReader) parts(a *element) {
	for _, name := range iatiParts {
		for i, part := range a.each(name) {
			r.im.Rows++
			if name == "location" {
				r.location(part, i+1)
			} else {
				r.money(part, name)
			}
		}
	}
	r.counted()
}

// keep keeps a record that is right, and lists a row that makes none.
func (r *iatiReader) keep(e *element, rec record.Record) bool {
	right, errs := checked(rec)
	if len(errs) > 0 {
		r.list(e, "", rec.Base().Name(), "makes no record: "+errs[0].Says, errs[0].Fix, true)
		return false
	}
	r.im.Imported++
	r.records[right.Key()] = right
	return true
}

// money reads a transaction, a budget (an indicative or committed plan) or a
// planned disbursement.
func (r *iatiReader) money(t *element, name string) {
	value := t.first("value")
	amount, why := r.amount(value)
	from, until, kind := r.when(t, name)
	known, ok := iatiTypes[kind]
	switch {
	case why != "":
	case from.IsZero():
		why = "has no day that can be read"
	case name == "transaction" && !ok:
		why = "is a transaction of type " + strconv.Quote(kind) + ", which the standard does not have"
	}
	if why != "" {
		r.list(t, "", value.said(), why, "ask the publisher; it is in no record", true)
		t.take()
		return
	}
	p := &record.Pledge{Under: record.AgreementID(r.act.ID), Amount: &record.Amount{Min: amount, Max: amount}, From: from, Until: until}
	p.Kind, p.By, p.To = record.KindPledge, r.giver(t, kind), r.taker(t, kind)
	if p.To == p.By {
		p.To = ""
	}
	rung, label := known.rung, known.name
	if name != "transaction" {
		rung, label = record.Announced, strings.ReplaceAll(name, "-", " ")
	}
	p.Title, p.Note = strings.ToUpper(label[:1])+label[1:], r.narrative(t.first("description"))
	p.Status = []record.RungStatus{{Is: rung.String(), On: from}}
	p.Tags = []string{iatiType + kind, iatiTag + t.flat()}
	if name != "transaction" {
		p.Tags[0] = "iati-" + name
	}
	p.ID = r.partID(t, name)
	t.take()
	if r.keep(t, p) && name == "transaction" {
		r.flows = append(r.flows, r.records[p.Key()].(*record.Pledge))
	}
}

// amount is the value in its own currency or the activity's.
func (r *iatiReader) amount(value *element) (m record.Money, why string) {
	if value == nil {
		return m, "has no value"
	}
	currency := cmp.Or(value.attr("currency"), r.currency)
	m, err := record.ParseMoney(plainDigits(value.text) + " " + currency)
	switch {
	case currency == "":
		return m, "has neither a currency nor the activity a default one (rule 7.8.1)"
	case err != nil:
		return m, "is not an amount of money: " + err.Error()
	case m.Amount().Sign() < 0:
		return m, "takes back what another transaction gave, and no pledge is negative"
	}
	return m, ""
}

// plainDigits takes away what xsd:decimal allows and a record does not.
func plainDigits(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "+")
	whole, frac, point := strings.Cut(text, ".")
	if trimmed := strings.TrimLeft(whole, "0"); len(whole) > 1 && !strings.HasPrefix(whole, "-") {
		whole = cmp.Or(trimmed, "0")
	}
	if point && frac != "" {
		return cmp.Or(whole, "0") + "." + frac
	}
	return whole
}

// when is the day of a transaction, or the period of a plan, and the type.
func (r *iatiReader) when(t *element, name string) (from, until record.Day, kind string) {
	day := func(e *element) record.Day {
		if e == nil {
			return record.Day{}
		}
		text := e.attr("iso-date")
		d, err := record.ParseDay(text[:min(len(text), 10)])
		if err != nil {
			return record.Day{}
		}
		return d
	}
	if name != "transaction" {
		from, until = day(t.first("period-start")), day(t.first("period-end"))
		if until.First() < from.First() {
			until = record.Day{}
		}
		return from, until, ""
	}
	if k := t.first("transaction-type"); k != nil {
		kind = k.attr("code")
	}
	return day(t.first("transaction-date")), record.Day{}, kind
}

// giver is the provider; by convention who reports provides what goes out.
func (r *iatiReader) giver(t *element, kind string) record.PartyID {
	if p := r.party(t.first("provider-org")); p != "" {
		return p
	}
	if !slices.Contains(iatiIncoming, kind) {
		return r.org
	}
	p := &record.Party{Name: "A provider whom the source does not name", Type: "organisation"}
	p.Kind, p.ID = record.KindParty, string(iatiUnnamed)
	r.records[p.Key()] = p
	return iatiUnnamed
}

func (r *iatiReader) taker(t *element, kind string) record.PartyID {
	if p := r.party(t.first("receiver-org")); p != "" {
		return p
	}
	if slices.Contains(iatiIncoming, kind) {
		return r.org
	}
	return ""
}

// partID names a part of an activity so that the next release names it alike: by
// its own reference, or else by what it says.
func (r *iatiReader) partID(t *element, name string) string {
	said := name + " " + t.flat()
	if ref := t.attr("ref"); ref != "" && name == "transaction" {
		said = "transaction " + ref
	}
	id := slug(r.act.ID + " " + hash(said))
	if r.used[id]++; r.used[id] > 1 {
		id = fmt.Sprintf("%s-%d", id, r.used[id])
	}
	return id
}

// counted makes what was spent a part of what was committed, so that it is never
// counted twice: of the earliest commitment, where there are several.
func (r *iatiReader) counted() {
	first := map[string]*record.Pledge{}
	for _, p := range r.flows {
		kind := strings.TrimPrefix(p.Tags[0], iatiType)
		if f := first[kind]; f == nil || p.From.First() < f.From.First() || p.From == f.From && p.ID < f.ID {
			first[kind] = p
		}
	}
	for _, p := range r.flows {
		if whole := first[iatiTypes[strings.TrimPrefix(p.Tags[0], iatiType)].part]; whole != nil {
			p.PartOf = record.PledgeID(whole.ID)
		}
	}
}

// location reads a place. IATI writes latitude before longitude (2.03, location
// point pos), a register longitude first.
func (r *iatiReader) location(l *element, n int) {
	p := &record.Place{Name: cmp.Or(r.narrative(l.first("name")), r.narrative(l.first("description")), l.attr("ref"), "Location "+strconv.Itoa(n)+" of "+r.act.Name())}
	p.Name = short(p.Name, 200)
	p.Kind, p.ID = record.KindPlace, slug(r.act.ID+" place "+cmp.Or(l.attr("ref"), strconv.Itoa(n)))
	p.Tags = []string{"iati", "iati-of-" + r.act.ID, iatiTag + l.flat()}
	p.Location = latLon(l.path("point", "pos").said())
	if e := l.first("exactness"); e != nil {
		p.Coarse = e.attr("code") == "2"
	}
	l.take()
	r.keep(l, p)
}

func latLon(pos string) record.Location {
	f := strings.Fields(pos)
	if len(f) != 2 {
		return nil
	}
	lat, err1 := strconv.ParseFloat(f[0], 64)
	lon, err2 := strconv.ParseFloat(f[1], 64)
	if err1 != nil || err2 != nil || !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
		return nil
	}
	return record.Location{lon, lat}
}

// leftover lists what nobody took, one line for each element under the activity.
func (r *iatiReader) leftover(a *element) {
	seen := map[string]bool{}
	for _, k := range a.kids {
		k.left("", func(e *element, path, value string) {
			r.list(e, path, value, "has no place in a register", "it stays in the source", false)
		})
	}
	for _, at := range a.attrs {
		if !at.used && !seen[at.name] {
			seen[at.name] = true
			r.list(a, "/iati-activity/@"+at.name, at.value, "is an extension of another namespace", "it stays in the source", false)
		}
	}
}

// alpha2 is the two-letter code of a nation, or nothing.
func alpha2(p record.PartyID) string {
	if c := countries.ByName(string(p)); len(p) == 3 && c.IsValid() && c.Alpha3() == string(p) {
		return c.Alpha2()
	}
	return ""
}
