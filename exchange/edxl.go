package exchange

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"entente/record"
)

// EDXL-RM 1.0 (OASIS Emergency Data Exchange Language, Resource Messaging): a
// request for resources is needs, an offer or a commitment is pledges. Several
// messages stand in one EDXL-DE 1.0 distribution; a bare message is read as well.

// edxlMessages are the messages that are read, with the rung that one shows;
// requests show none. The others of section 3.3 are answers and reports on a
// message that a register does not hold.
var edxlMessages = map[string]record.Rung{
	"RequestResource": record.NoRung, "RequisitionResource": record.NoRung,
	"OfferUnsolicitedResource": record.Announced, "ResponseToRequestResource": record.Pledged, "CommitResource": record.Committed,
}

const edxlPriority = "urn:entente:priority"

// readEDXL reads messages, in a distribution or alone.
func readEDXL(ctx context.Context, in []File, _ Options) (*Import, error) {
	x := &edxlReader{im: &Import{Format: "edxl-rm"}, found: map[record.Key]record.Record{}}
	for _, f := range in {
		x.name = f.Name
		root, err := wholeTree(f)
		if err != nil {
			return nil, err
		}
		if !x.messages(root, 0) {
			return nil, fault(f.Name, root.line, "there is no EDXL-RM message in the file: it begins with "+root.name, "name a request, offer or commitment of resources")
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, r := range x.found {
		x.im.Records = append(x.im.Records, r)
	}
	slices.SortFunc(x.im.Records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return x.im, nil
}

// wholeTree reads a whole document as one part.
func wholeTree(f File) (*element, error) {
	var root *element
	r := &elementReader{d: xmlDecoder(f), f: f}
	err := func() error {
		for root == nil {
			tok, err := r.d.Token()
			if err != nil {
				return err
			}
			switch t := tok.(type) {
			case xml.Directive:
				if bytes.HasPrefix(t, []byte("DOCTYPE")) {
					return fmt.Errorf("it declares a document type, which is refused")
				}
			case xml.StartElement:
				if root, err = r.tree(r.begin(t), 0); err != nil {
					return err
				}
			}
		}
		return nil
	}()
	if err != nil {
		line, _ := r.d.InputPos()
		return nil, fault(f.Name, line, "the file is not XML that can be read: "+err.Error(), "fetch it again, or mend it")
	}
	return root, nil
}

type edxlReader struct {
	im    *Import
	found map[record.Key]record.Record
	name  string
}

func (x *edxlReader) list(e *element, column, value, reason string, whole bool) {
	if len(x.im.Listed) < listedMax {
		x.im.Listed = append(x.im.Listed, Listed{File: x.name, Row: e.line, Column: column, Value: short(value, 80), Reason: reason, Whole: whole})
	}
}

// messages reads e if it is a message, and else what is in it.
func (x *edxlReader) messages(e *element, depth int) bool {
	if rung, ok := edxlMessages[e.name]; ok {
		x.message(e, rung)
		return true
	}
	any := false
	for _, k := range e.kids {
		if depth < 6 && x.messages(k, depth+1) {
			any = true
		}
	}
	return any
}

func (x *edxlReader) message(m *element, rung record.Rung) {
	sender := m.path("ContactInformation", "ContactDescription").said()
	sent := edxlDay(m.first("SentDateTime").said())
	m.first("MessageID").said()
	m.first("MessageContentType").said()
	for _, info := range m.each("ResourceInformation") {
		x.im.Rows++
		x.im.Cells += info.cells()
		why := x.information(m, info, rung, sender, sent)
		if why != "" {
			x.list(info, "", info.path("Resource", "Name").said(), why, true)
			continue
		}
		x.im.Imported++
	}
	m.left("", func(e *element, path, value string) {
		if !strings.HasPrefix(path, "/"+m.name+"/ContactInformation") {
			x.list(e, path, value, "has no place in a register", false)
		}
	})
}

func edxlDay(text string) record.Day {
	d, err := record.ParseDay(text[:min(len(text), 10)])
	if err != nil {
		return record.Day{}
	}
	return d
}

// information reads one resource of a message; the answer says why it is none.
func (x *edxlReader) information(m, info *element, rung record.Rung, sender string, sent record.Day) string {
	res := info.first("Resource")
	name := res.first("Name").said()
	id := cmp.Or(info.first("ResourceInfoElementID").said(), strconv.Itoa(x.im.Rows))
	amount, unit := edxlQuantity(info)
	quantity, err := strconv.ParseFloat(amount, 64)
	if answer := info.path("ResponseInformation", "ResponseType"); answer.said() == "Decline" {
		return "declines a request: nothing is promised"
	}
	switch {
	case name == "":
		return "names no resource"
	case err != nil || !(quantity > 0 && quantity < 1e12):
		return "says no quantity that is a number"
	}
	base := m.path("MessageID").text + " " + id
	if own := res.path("ResourceID").said(); own != "" {
		base = own
	}
	if rung == record.NoRung {
		return x.need(info, base, name, unit, sender, quantity)
	}
	return x.pledge(info, base, name, unit, sender, quantity, rung, sent)
}

func edxlQuantity(info *element) (amount, unit string) {
	q := info.path("AssignmentInformation", "Quantity")
	if m := q.first("MeasuredQuantity"); m != nil {
		return m.first("Amount").said(), m.first("UnitOfMeasure").said()
	}
	return strings.Fields(q.first("QuantityText").said() + " ?")[0], ""
}

// when is the day of a schedule of one of the types (section 3.4.12).
func (x *edxlReader) when(info *element, types ...string) (record.Day, *element) {
	for _, s := range info.each("ScheduleInformation") {
		if slices.Contains(types, s.first("ScheduleType").said()) {
			return edxlDay(s.first("DateTime").said()), s
		}
	}
	return record.Day{}, nil
}

func (x *edxlReader) place(s *element) record.PlaceID {
	if s == nil {
		return ""
	}
	name := s.path("Location", "LocationDescription").said()
	if name == "" {
		return ""
	}
	p := &record.Place{Name: name, Coarse: true}
	p.Kind, p.ID = record.KindPlace, slug(name)
	x.found[p.Key()] = p
	return record.PlaceID(p.ID)
}

func (x *edxlReader) party(name string) record.PartyID {
	if name == "" {
		return ""
	}
	id, nation := partyOf(name)
	p := &record.Party{Name: name, Type: "organisation"}
	if nation {
		p.Type = "nation"
	}
	p.Kind, p.ID = record.KindParty, string(id)
	if x.found[p.Key()] == nil {
		x.found[p.Key()] = p
	}
	return id
}

// need is a request. A capability of the resource's name stands for what is asked
// for; what it is made of the message does not say.
func (x *edxlReader) need(info *element, base, name, unit, sender string, quantity float64) string {
	from, at := x.when(info, "RequestedArrival")
	to, _ := x.when(info, "EstimatedReturnDeparture", "RequestedReturnDeparture", "Committed")
	place := x.place(at)
	switch {
	case from.IsZero():
		return "does not say by when it is asked for (ScheduleType RequestedArrival)"
	case place == "":
		return "does not say where it is asked for (LocationDescription)"
	}
	n := &record.Need{At: place, For: x.party(sender), From: from, To: to, Quantity: record.Steps{{Quantity: record.Exactly(quantity)}}, Priority: edxlPriorityOf(info)}
	if to.IsZero() {
		n.To = from
		x.list(info, "ScheduleInformation", "", "has no end; the need is taken for the day of arrival alone", false)
	}
	if n.Priority == 0 {
		n.Priority = 3
		x.list(info, "Keyword", "", "says no priority; the middle one is taken", false)
	}
	c := &record.Capability{Name: name, Unit: cmp.Or(unit, "unit")}
	c.Kind, c.ID = record.KindCapability, slug(name)
	n.Kind, n.ID, n.Capability, n.Title = record.KindNeed, slug(base), record.CapabilityID(c.ID), info.path("Resource", "Description").said()
	return x.keep(c, n)
}

func edxlPriorityOf(info *element) int {
	for _, k := range info.first("Resource").each("Keyword") {
		if k.first("ValueListURN").said() == edxlPriority {
			n, _ := strconv.Atoi(k.first("Value").said())
			return min(max(n, 1), 5)
		}
	}
	return 0
}

func (x *edxlReader) pledge(info *element, base, name, unit, sender string, quantity float64, rung record.Rung, sent record.Day) string {
	from, _ := x.when(info, "EstimatedArrival", "ActualArrival", "RequestedArrival", "EstimatedDeparture")
	owner := cmp.Or(info.path("Resource", "OwnershipInformation", "Owner").said(), info.path("Resource", "ResponsibleParty", "ContactDescription").said(), sender)
	to := info.path("AssignmentInformation", "AnticipatedFunction").said()
	switch {
	case owner == "":
		return "does not say whose it is"
	case from.IsZero():
		return "does not say from when it is there"
	}
	r := &record.Resource{Name: name, Leg: record.Equipment, Unit: cmp.Or(unit, "unit")}
	r.Kind, r.ID = record.KindResource, slug(name)
	q := record.Exactly(quantity)
	p := &record.Pledge{To: x.party(to), Resource: record.ResourceID(r.ID), Quantity: &q, From: from, Status: []record.RungStatus{{Is: rung.String(), On: sent}}}
	p.Kind, p.ID, p.By, p.Title = record.KindPledge, slug(base), x.party(owner), info.path("Resource", "Description").said()
	return x.keep(r, p)
}

// keep checks records and keeps them, all or none.
func (x *edxlReader) keep(rs ...record.Record) string {
	var right []record.Record
	for _, r := range rs {
		c, errs := checked(r)
		if len(errs) > 0 {
			return "makes no record: " + errs[0].Says
		}
		right = append(right, c)
	}
	for _, r := range right {
		x.found[r.Key()] = r
	}
	return ""
}

// writeEDXL writes needs as requests and pledges of things as offers and
// commitments, one message for each party and type, in one distribution.
func writeEDXL(w io.Writer, rs []record.Record, o Options) ([]Listed, error) {
	x := &edxlWriter{o: o, byKey: map[record.Key]record.Record{}}
	for _, r := range rs {
		x.byKey[r.Key()] = r
	}
	for _, r := range rs {
		switch r := r.(type) {
		case *record.Need:
			x.need(r)
		case *record.Pledge:
			x.pledge(r)
		}
	}
	root := tree("EDXLDistribution", []string{"xmlns", "urn:oasis:names:tc:emergency:EDXL:DE:1.0"},
		leafOf("distributionID", "entente-"+hash(o.Stamp.Head)), leafOf("senderID", string(cmp.Or(o.Stamp.Owner, "ENTENTE"))),
		leafOf("dateTimeSent", o.Stamp.AsOf.String()+"T00:00:00+00:00"), leafOf("distributionStatus", "Actual"), leafOf("distributionType", "Report"),
		leafOf("combinedConfidentiality", o.Stamp.Releasable()))
	for _, m := range x.order {
		root.kids = append(root.kids, tree("contentObject", nil, leafOf("contentDescription", o.Stamp.String()), tree("xmlContent", nil, tree("embeddedXMLContent", nil, m))))
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	root.write(&b, 0, func(string) []string { return nil })
	_, err := w.Write(b.Bytes())
	return x.listed, err
}

type edxlWriter struct {
	o      Options
	byKey  map[record.Key]record.Record
	order  []*element
	listed []Listed
}

func (x *edxlWriter) lose(r record.Record, column, reason string) {
	x.listed = append(x.listed, Listed{File: r.Key().String(), Column: column, Reason: reason})
}

// message is that of a sender and type, begun if need be.
func (x *edxlWriter) message(kind string, sender record.PartyID) *element {
	id := kind + "-" + string(sender) + "-" + x.o.Stamp.AsOf.String()
	for _, m := range x.order {
		if m.first("MessageID").text == id {
			return m
		}
	}
	m := tree(kind, []string{"xmlns", "urn:oasis:names:tc:emergency:EDXL:RM:1.0:" + kind},
		leafOf("MessageID", id), leafOf("SentDateTime", x.o.Stamp.AsOf.String()+"T00:00:00+00:00"), leafOf("MessageContentType", kind),
		tree("ContactInformation", nil, leafOf("ContactDescription", x.party(sender)), leafOf("ContactRole", "Sender")))
	x.order = append(x.order, m)
	return m
}

func (x *edxlWriter) party(id record.PartyID) string {
	if p, ok := x.byKey[record.Key{Kind: record.KindParty, ID: string(id)}].(*record.Party); ok && p.Type == "nation" {
		return p.Name
	}
	return string(id)
}

func (x *edxlWriter) placeName(id record.PlaceID) string {
	if p, ok := x.byKey[record.Key{Kind: record.KindPlace, ID: string(id)}].(*record.Place); ok {
		return p.Name
	}
	return string(id)
}

func (x *edxlWriter) need(n *record.Need) {
	c, ok := x.byKey[record.Key{Kind: record.KindCapability, ID: string(n.Capability)}].(*record.Capability)
	if !ok {
		x.lose(n, "capability", "is of a capability that is not there")
		return
	}
	q := n.Quantity[len(n.Quantity)-1].Quantity
	if len(n.Quantity) > 1 || q.Min != q.Max {
		x.lose(n, "quantity", "has steps or a range; the last step's upper end is written")
	}
	m := x.message("RequestResource", cmp.Or(n.For, n.By, x.o.Stamp.Owner, "ENTENTE"))
	m.kids = append(m.kids, tree("ResourceInformation", nil, leafOf("ResourceInfoElementID", strconv.Itoa(len(m.each("ResourceInformation"))+1)),
		tree("Resource", nil, leafOf("ResourceID", n.ID), leafOf("Name", c.Name), tree("Keyword", nil, leafOf("ValueListURN", edxlPriority), leafOf("Value", strconv.Itoa(n.Priority))), optional("Description", n.Title)),
		measured(q.Max, c.Unit, ""),
		schedule("RequestedArrival", n.From, x.placeName(n.At)), schedule("EstimatedReturnDeparture", n.To, "")))
}

func (x *edxlWriter) pledge(p *record.Pledge) {
	r, ok := x.byKey[record.Key{Kind: record.KindResource, ID: string(p.Resource)}].(*record.Resource)
	if !ok || p.Quantity == nil {
		x.lose(p, "", "gives money, or by a schedule; a resource message has no place for it")
		return
	}
	if p.Quantity.Min != p.Quantity.Max {
		x.lose(p, "quantity", "is a range; its lower end is written")
	}
	kind, from := "OfferUnsolicitedResource", p.From
	for _, s := range p.Status {
		if rung, _ := record.ParseRung(s.Is); rung >= record.Committed {
			kind = "CommitResource"
		}
	}
	m := x.message(kind, p.By)
	m.kids = append(m.kids, tree("ResourceInformation", nil, leafOf("ResourceInfoElementID", strconv.Itoa(len(m.each("ResourceInformation"))+1)),
		tree("Resource", nil, leafOf("ResourceID", p.ID), leafOf("Name", r.Name), optional("Description", p.Title), tree("OwnershipInformation", nil, leafOf("Owner", x.party(p.By)))),
		measured(p.Quantity.Min, r.Unit, x.party(p.To)), schedule("EstimatedArrival", from, "")))
}

func optional(name, text string) *element {
	if text == "" {
		return nil
	}
	return leafOf(name, text)
}

func measured(q float64, unit, function string) *element {
	return tree("AssignmentInformation", nil, tree("Quantity", nil, tree("MeasuredQuantity", nil, leafOf("Amount", strconv.FormatFloat(q, 'f', -1, 64)), leafOf("UnitOfMeasure", unit))), optional("AnticipatedFunction", function))
}

// schedule is a moment of a type: the first day that is meant, the last for an
// end.
func schedule(kind string, d record.Day, place string) *element {
	on := d.First()
	if kind == "EstimatedReturnDeparture" {
		on = d.Last()
	}
	if d.IsZero() || on == record.Forever || on == record.Beginning {
		return nil
	}
	e := tree("ScheduleInformation", nil, leafOf("ScheduleType", kind), leafOf("DateTime", on.String()+"T00:00:00+00:00"))
	if place != "" {
		e.kids = append(e.kids, tree("Location", nil, leafOf("LocationDescription", place)))
	}
	return e
}
