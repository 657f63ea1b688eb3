package record

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The rules that span the fields of one record. They run only when each field
// alone is right.

func elem(r Record) reflect.Value { return reflect.ValueOf(r).Elem() }

// valueOf finds the value of a field in its mapping, so that a message points to
// it. Where the field does not stand it is the mapping itself.
func valueOf(n *yaml.Node, field string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if resolved(n.Content[i]).Value == field {
			return resolved(n.Content[i+1])
		}
	}
	return n
}

func (d *decoder) needBy(n *yaml.Node, p *trail, by PartyID) {
	if by == "" {
		d.fault(n, p.field("by"), "the required field by is missing", "add the party that gives it")
	}
}

func (d *decoder) ordered(n *yaml.Node, p *trail, from, to Day) {
	d.orderedAs(n, p, from, "to", to)
}

func (d *decoder) orderedAs(n *yaml.Node, p *trail, from Day, field string, to Day) {
	if !from.IsZero() && !to.IsZero() && to.Last() < from.First() {
		d.fault(valueOf(n, field), p.field(field), to.String()+" is before "+from.String(), "let it end after it begins")
	}
}

// names reports a scope that names nothing: what would be for nothing at all is
// most likely for everything, and that is said by leaving the field out.
func (d *decoder) names(n *yaml.Node, p *trail, field string, s *Scope) {
	if s != nil && len(s.Needs)+len(s.Places)+len(s.Capabilities)+len(s.Parties) == 0 {
		d.fault(valueOf(n, field), p.field(field), "the field names nothing", "name needs, places, capabilities or parties, or leave it out")
	}
}

func (x *Member) validate(d *decoder, n *yaml.Node, p *trail) { d.ordered(n, p, x.From, x.To) }

func (x *Party) validate(d *decoder, n *yaml.Node, p *trail) {
	for term, rung := range x.Terms {
		if _, ok := ParseRung(rung); !ok {
			d.fault(valueOf(valueOf(n, "terms"), term), p.field("terms").field(term), quoted(rung)+" is not a rung", "write one of "+strings.Join(Rungs(), ", "))
		}
	}
}

func (x *Document) validate(d *decoder, n *yaml.Node, p *trail) {
	if x.URL != "" {
		if u, err := url.Parse(x.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			d.fault(valueOf(n, "url"), p.field("url"), quoted(x.URL)+" is not a web address", "write it in full, beginning with https://")
		}
	}
	if x.Text != "" && (path.IsAbs(x.Text) || strings.ContainsAny(x.Text, `\:`) || x.Text != path.Clean(x.Text) || strings.HasPrefix(x.Text, "..")) {
		d.fault(valueOf(n, "text"), p.field("text"), quoted(x.Text)+" is not a file beside the record", "write a file name, or a path below the record's folder")
	}
	if x.SHA256 != "" && (len(x.SHA256) != 64 || strings.Trim(x.SHA256, "0123456789abcdef") != "") {
		d.fault(valueOf(n, "sha256"), p.field("sha256"), "this is not a SHA-256 hash", "write 64 lower-case hexadecimal digits")
	}
}

func (x *Agreement) validate(d *decoder, n *yaml.Node, p *trail) {
	d.notEmpty(n, p, "parties", len(x.Parties))
	d.notEmpty(n, p, "status", len(x.Status))
}

func (d *decoder) notEmpty(n *yaml.Node, p *trail, field string, length int) {
	if length == 0 {
		d.fault(valueOf(n, field), p.field(field), "the list is empty", "name at least one")
	}
}

func (x *Capability) validate(d *decoder, n *yaml.Node, p *trail) {
	for r := range x.Stock {
		if _, both := x.Monthly[r]; both {
			d.fault(valueOf(valueOf(n, "monthly"), string(r)), p.field("monthly").field(string(r)), string(r)+" is both kept in stock and used up", "name it once")
		}
	}
}

func (x *Need) validate(d *decoder, n *yaml.Node, p *trail) { d.ordered(n, p, x.From, x.To) }

func (x *Pledge) validate(d *decoder, n *yaml.Node, p *trail) {
	d.needBy(n, p, x.By)
	d.notEmpty(n, p, "status", len(x.Status))
	switch {
	case x.Resource == "" && x.Amount == nil:
		d.fault(n, p, "the pledge gives neither a resource nor money", "add resource and quantity, or amount and into")
	case x.Resource != "" && x.Amount != nil:
		d.fault(valueOf(n, "amount"), p.field("amount"), "the pledge gives both a resource and money", "write two pledges; what a thing is worth belongs into values")
	case x.Resource != "" && x.Into != "":
		d.fault(valueOf(n, "into"), p.field("into"), "a resource cannot be paid into a fund", "remove into, or pledge an amount")
	case x.Resource != "" && x.Quantity == nil && len(x.Schedule) == 0:
		d.fault(n, p.field("quantity"), "the required field quantity is missing", "add how many; a range is {min: 2, max: 5}")
	case x.Amount != nil && x.Quantity != nil:
		d.fault(valueOf(n, "quantity"), p.field("quantity"), "money has an amount, not a quantity", "remove quantity")
	}
	switch {
	case x.From.IsZero() && len(x.Schedule) == 0:
		d.fault(n, p.field("from"), "the required field from is missing", "add the first month in which it is available, or a schedule")
	case !x.From.IsZero() && len(x.Schedule) > 0:
		d.fault(valueOf(n, "from"), p.field("from"), "the pledge has both from and a schedule", "keep one of the two")
	}
	for i, st := range x.Status {
		if x.Amount != nil && st.Quantity != nil {
			entry := resolved(valueOf(n, "status").Content[i])
			d.fault(valueOf(entry, "quantity"), p.field("status").index(i).field("quantity"), "money has an amount, not a quantity", "write the part that has reached the rung as a pledge of its own, with part_of")
		}
	}
	d.orderedAs(n, p, x.From, "until", x.Until)
	d.names(n, p, "only", x.Only)
	d.names(n, p, "not", x.Not)
	x.validateSchedule(d, n, p)
}

// validateSchedule sees to it that every lot says how much, of the right sort,
// and that the lots do not add up to more than the whole.
func (x *Pledge) validateSchedule(d *decoder, n *yaml.Node, p *trail) {
	if len(x.Schedule) == 0 {
		return
	}
	list, p := valueOf(n, "schedule"), p.field("schedule")
	want, other := "quantity", "amount"
	if x.Amount != nil {
		want, other = other, want
	}
	sum, money, known := 0.0, Money{}, true
	for i, l := range x.Schedule {
		has := map[string]bool{"quantity": l.Quantity != nil, "amount": l.Amount != nil}
		if !has[want] {
			d.fault(list.Content[i], p.index(i), "the entry does not say how much", "add "+want)
		}
		if has[other] {
			d.fault(valueOf(resolved(list.Content[i]), other), p.index(i).field(other), "the entry has an "+other+", unlike the pledge", "write "+want+" alone")
		}
		if !has[want] || has[other] {
			return
		}
		if l.Quantity != nil {
			sum += l.Quantity.Max
		} else {
			var err error
			money, err = money.Add(l.Amount.Max)
			known = known && err == nil // two currencies have no sum before their rates are known
		}
	}
	switch {
	case x.Quantity != nil && sum > x.Quantity.Max*(1+1e-9):
		d.fault(list, p, "the schedule adds up to "+formatNumber(sum)+" of "+x.Quantity.String(), "correct one of the two")
	case x.Amount != nil && known && money.currency == x.Amount.Max.currency && money.amount.d.Cmp(x.Amount.Max.amount.d) > 0:
		d.fault(list, p, "the schedule adds up to "+money.String()+" of "+x.Amount.String(), "correct one of the two")
	}
}

func (x *Programme) validate(d *decoder, n *yaml.Node, p *trail) {
	d.needBy(n, p, x.By)
	d.ordered(n, p, x.From, x.To)
	d.names(n, p, "only", x.Only)
	d.names(n, p, "not", x.Not)
}

func (x *Production) validate(d *decoder, n *yaml.Node, p *trail) {
	d.ordered(n, p, x.From, x.To)
	d.names(n, p, "only", x.Only)
	d.names(n, p, "not", x.Not)
}

func (x *Fund) validate(d *decoder, n *yaml.Node, p *trail) {
	d.notEmpty(n, p, "uses", len(x.Uses))
	d.names(n, p, "for", x.For)
}

func (x *Unit) validate(d *decoder, n *yaml.Node, p *trail) {
	d.needBy(n, p, x.By)
	if x.SIDC != "" && (!digits(x.SIDC) || len(x.SIDC) < 20 || len(x.SIDC) > 30) {
		d.fault(valueOf(n, "sidc"), p.field("sidc"), quoted(x.SIDC)+" is not an APP-6 symbol code", "write its 20 to 30 digits")
	}
}

func (x *Assignment) validate(d *decoder, n *yaml.Node, p *trail) { d.ordered(n, p, x.From, x.To) }
func (x *Exercise) validate(d *decoder, n *yaml.Node, p *trail)   { d.ordered(n, p, x.From, x.To) }

func (x *Target) validate(d *decoder, n *yaml.Node, p *trail) {
	if (x.AtLeast == nil) == (x.AtMost == nil) {
		d.fault(n, p, "the target needs one bound", "write either at_least or at_most")
	}
}

func (x *Rate) validate(d *decoder, n *yaml.Node, p *trail) {
	if x.PerEUR.Sign() <= 0 {
		d.fault(valueOf(n, "per_eur"), p.field("per_eur"), x.PerEUR.String()+" is not a rate", "write how many units of the currency one euro costs")
	}
}

func (x *Scenario) validate(d *decoder, n *yaml.Node, p *trail) {
	d.notEmpty(n, p, "changes", len(x.Changes))
}

// changeVerbs lists each verb of a change with the words that must and may go
// with it.
var changeVerbs = []struct {
	verb, must string
	may        []string
}{
	{"withdraw", "", []string{"from", "keep"}},
	{"delay", "months", nil},
	{"scale", "by", nil},
	{"lose", "on", nil},
	{"end", "on", nil},
	{"add", "", nil},
	{"change", "", nil},
}

func (x *Change) validate(d *decoder, n *yaml.Node, p *trail) {
	keys := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys[n.Content[i].Value] = true
	}
	rule, verbs := changeVerbs[0], 0
	for _, v := range changeVerbs {
		if keys[v.verb] {
			rule = v
			verbs++
		}
	}
	if verbs != 1 {
		d.fault(n, p, fmt.Sprintf("a change has one verb, this one %d", verbs), "write one of withdraw, delay, scale, lose, end, add, change; several changes are several entries")
		return
	}
	if rule.must != "" && !keys[rule.must] {
		d.fault(n, p.field(rule.must), rule.verb+" needs "+rule.must, "add it")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; k != rule.verb && k != rule.must && !slices.Contains(rule.may, k) {
			d.fault(n.Content[i], p.field(k), k+" does not go with "+rule.verb, "remove it")
		}
	}
}

// validate reads each field to be set as its kind reads it, and keeps it as its
// kind writes it. Whether the fields go together shows only with the record that
// they are laid over.
func (x *Edit) validate(d *decoder, n *yaml.Node, p *trail) {
	if says, fix := idFault(x.Kind, x.ID); says != "" {
		d.fault(valueOf(n, "id"), p.field("id"), says, fix)
	}
	s := planOf(elem(New(x.Kind)).Type())
	list, p := valueOf(n, "set"), p.field("set")
	set := map[string]json.RawMessage{}
	for i := 0; i+1 < len(list.Content); i += 2 {
		k, v := resolved(list.Content[i]), list.Content[i+1]
		at := p.field(shortened(k.Value))
		f, ok := d.fieldNamed(k, p, s)
		switch {
		case !ok:
		case k.Value == "kind" || k.Value == "id":
			d.fault(k, at, "the "+k.Value+" of a record does not change", "add a record instead")
		case set[k.Value] != nil:
			d.fault(k, at, "the field stands here twice", "keep one of the two")
		default:
			set[k.Value] = d.fieldText(v, at, &s.fields[f])
		}
	}
	x.Set.json = marshal(set)
}

// fieldText reads a field and returns it as JSON; null takes a field away.
func (d *decoder) fieldText(n *yaml.Node, p *trail, f *fieldPlan) json.RawMessage {
	text := json.RawMessage("null")
	if v := resolved(n); v.Kind != yaml.ScalarNode || v.Tag != "!!null" {
		field := reflect.New(f.typ)
		d.field(n, p, field.Elem(), f)
		text = marshal(field.Interface())
	}
	if f.need && string(text) == "null" {
		d.fault(n, p, "the required field "+f.name+" cannot be taken away", "give it another value")
	}
	return text
}

// Verb is the word that says what the change does.
func (x *Change) Verb() string {
	switch {
	case x.Withdraw != "":
		return "withdraw"
	case x.Delay != nil:
		return "delay"
	case x.Scale != nil:
		return "scale"
	case x.Lose != nil:
		return "lose"
	case x.End != "":
		return "end"
	case x.Add != nil:
		return "add"
	case x.Change != nil:
		return "change"
	}
	return ""
}
