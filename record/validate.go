package record

import (
	"fmt"
	"net/url"
	"path"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The rules that span the fields of one record. They run only when each field
// alone is right.

func elem(r Record) reflect.Value { return reflect.ValueOf(r).Elem() }

// at finds the value of a field in its mapping, so that a message points to it.
func at(n *yaml.Node, field string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return n.Content[i+1]
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
	if !from.IsZero() && !to.IsZero() && to.Last() < from.First() {
		d.fault(at(n, "to"), p.field("to"), to.String()+" is before "+from.String(), "let it end after it begins")
	}
}

func (x *Member) validate(d *decoder, n *yaml.Node, p *trail) { d.ordered(n, p, x.From, x.To) }

func (x *Party) validate(d *decoder, n *yaml.Node, p *trail) {
	for term, rung := range x.Terms {
		if _, ok := ParseRung(rung); !ok {
			d.fault(at(at(n, "terms"), term), p.field("terms").field(term), quoted(rung)+" is not a rung", "write one of "+strings.Join(Rungs(), ", "))
		}
	}
}

func (x *Document) validate(d *decoder, n *yaml.Node, p *trail) {
	if x.URL != "" {
		if u, err := url.Parse(x.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			d.fault(at(n, "url"), p.field("url"), quoted(x.URL)+" is not a web address", "write it in full, beginning with https://")
		}
	}
	if x.Text != "" && (path.IsAbs(x.Text) || strings.ContainsAny(x.Text, `\:`) || x.Text != path.Clean(x.Text) || strings.HasPrefix(x.Text, "..")) {
		d.fault(at(n, "text"), p.field("text"), quoted(x.Text)+" is not a file beside the record", "write a file name, or a path below the record's folder")
	}
	if x.SHA256 != "" && (len(x.SHA256) != 64 || strings.Trim(x.SHA256, "0123456789abcdef") != "") {
		d.fault(at(n, "sha256"), p.field("sha256"), "this is not a SHA-256 hash", "write 64 lower-case hexadecimal digits")
	}
}

func (x *Agreement) validate(d *decoder, n *yaml.Node, p *trail) {
	d.notEmpty(n, p, "parties", len(x.Parties))
	d.notEmpty(n, p, "status", len(x.Status))
}

func (d *decoder) notEmpty(n *yaml.Node, p *trail, field string, length int) {
	if length == 0 {
		d.fault(at(n, field), p.field(field), "the list is empty", "name at least one")
	}
}

func (x *Capability) validate(d *decoder, n *yaml.Node, p *trail) {
	if len(x.Stock) == 0 && len(x.Monthly) == 0 && x.Running == nil {
		return // forces alone may give it
	}
	for r := range x.Stock {
		if _, both := x.Monthly[r]; both {
			d.fault(at(n, "monthly"), p.field("monthly").field(string(r)), string(r)+" is both kept in stock and used up", "name it once")
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
		d.fault(at(n, "amount"), p.field("amount"), "the pledge gives both a resource and money", "write two pledges; what a thing is worth belongs into values")
	case x.Resource != "" && x.Into != "":
		d.fault(at(n, "into"), p.field("into"), "a resource cannot be paid into a fund", "remove into, or pledge an amount")
	case x.Resource != "" && x.Quantity == nil && len(x.Schedule) == 0:
		d.fault(n, p.field("quantity"), "the required field quantity is missing", "add how many; a range is {min: 2, max: 5}")
	case x.Amount != nil && x.Quantity != nil:
		d.fault(at(n, "quantity"), p.field("quantity"), "money has an amount, not a quantity", "remove quantity")
	}
	switch {
	case x.From.IsZero() && len(x.Schedule) == 0:
		d.fault(n, p.field("from"), "the required field from is missing", "add the first month in which it is available, or a schedule")
	case !x.From.IsZero() && len(x.Schedule) > 0:
		d.fault(at(n, "from"), p.field("from"), "the pledge has both from and a schedule", "keep one of the two")
	}
	x.validateSchedule(d, n, p)
}

func (x *Pledge) validateSchedule(d *decoder, n *yaml.Node, p *trail) {
	sum, money := 0.0, x.Amount != nil
	for i, l := range x.Schedule {
		if money && l.Amount == nil || !money && l.Quantity == nil {
			d.fault(at(n, "schedule").Content[i], p.field("schedule").index(i), "the entry does not say how much", map[bool]string{true: "add amount", false: "add quantity"}[money])
			return
		}
		if !money {
			sum += l.Quantity.Max
		}
	}
	if !money && len(x.Schedule) > 0 && x.Quantity != nil && sum > x.Quantity.Max*(1+1e-9) {
		d.fault(at(n, "schedule"), p.field("schedule"), fmt.Sprintf("the schedule adds up to %s of %s", formatNumber(sum), x.Quantity), "correct one of the two")
	}
}

func (x *Programme) validate(d *decoder, n *yaml.Node, p *trail) {
	d.needBy(n, p, x.By)
	d.ordered(n, p, x.From, x.To)
}

func (x *Production) validate(d *decoder, n *yaml.Node, p *trail) { d.ordered(n, p, x.From, x.To) }

func (x *Fund) validate(d *decoder, n *yaml.Node, p *trail) { d.notEmpty(n, p, "uses", len(x.Uses)) }

func (x *Unit) validate(d *decoder, n *yaml.Node, p *trail) {
	d.needBy(n, p, x.By)
	if x.SIDC != "" && (!digits(x.SIDC) || len(x.SIDC) < 20 || len(x.SIDC) > 30) {
		d.fault(at(n, "sidc"), p.field("sidc"), quoted(x.SIDC)+" is not an APP-6 symbol code", "write its 20 to 30 digits")
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
		d.fault(at(n, "per_eur"), p.field("per_eur"), x.PerEUR.String()+" is not a rate", "write how many units of the currency one euro costs")
	}
}

func (x *Scenario) validate(d *decoder, n *yaml.Node, p *trail) {
	d.notEmpty(n, p, "changes", len(x.Changes))
}

// changeWords lists, for each verb of a change, the words that may and must go with it.
var changeWords = map[string]struct{ may, must []string }{
	"withdraw": {may: []string{"from", "keep"}},
	"delay":    {must: []string{"months"}},
	"scale":    {must: []string{"by"}},
	"lose":     {must: []string{"on"}},
	"end":      {must: []string{"on"}},
	"add":      {},
	"change":   {},
}

func (x *Change) validate(d *decoder, n *yaml.Node, p *trail) {
	verb := x.Verb()
	words := map[string]*yaml.Node{}
	verbs := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		words[n.Content[i].Value] = n.Content[i]
		if _, ok := changeWords[n.Content[i].Value]; ok {
			verbs++
		}
	}
	if verbs != 1 {
		d.fault(n, p, fmt.Sprintf("a change has one verb, this one %d", verbs), "write one of withdraw, delay, scale, lose, end, add, change; several changes are several entries")
		return
	}
	rule := changeWords[verb]
	for _, w := range rule.must {
		if words[w] == nil {
			d.fault(n, p.field(w), verb+" needs "+w, "add it")
		}
		delete(words, w)
	}
	for _, w := range append(rule.may, verb) {
		delete(words, w)
	}
	for w, k := range words {
		d.fault(k, p.field(w), w+" does not go with "+verb, "remove it")
	}
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
