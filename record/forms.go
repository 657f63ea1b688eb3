package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// The types whose text form is not that of their Go structure read themselves
// here, and write themselves so that the reading is the inverse.

const dayFix = "write 2025, 2025-03, 2025-03-14, 2025-03~ (about), 2025-03/2025-06 or 2025-03/.. (open)"

func (x *Day) decode(d *decoder, n *yaml.Node, p *trail) {
	s, ok := d.scalar(n, p)
	if !ok {
		return
	}
	day, err := ParseDay(s)
	if err != nil {
		d.fault(n, p, err.Error(), dayFix)
		return
	}
	*x = day
}

const moneyFix = `write digits, a space and an ISO 4217 code: "134400000 EUR"`

func (x *Money) decode(d *decoder, n *yaml.Node, p *trail) {
	s, ok := d.scalar(n, p)
	if !ok {
		return
	}
	m, err := ParseMoney(s)
	if err == nil && m.amount.Sign() < 0 {
		err = fmt.Errorf("%s is negative", quoted(s))
	}
	if err != nil {
		d.fault(n, p, err.Error(), moneyFix)
		return
	}
	*x = m
}

func (x *Decimal) decode(d *decoder, n *yaml.Node, p *trail) {
	s, ok := d.scalar(n, p)
	if !ok {
		return
	}
	v, err := ParseDecimal(s)
	if err != nil {
		d.fault(n, p, err.Error(), "write plain digits such as 0.8312")
		return
	}
	*x = v
}

func (x *Currency) decode(d *decoder, n *yaml.Node, p *trail) {
	s, ok := d.scalar(n, p)
	if !ok {
		return
	}
	if !isCurrency(s) {
		d.fault(n, p, quoted(s)+" is not an ISO 4217 currency code", "write three capital letters such as GBP")
		return
	}
	*x = Currency(s)
}

func (x *Number) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind == yaml.MappingNode {
		r := struct {
			Min *float64 `json:"min" need:"true"`
			Max *float64 `json:"max" need:"true"`
		}{}
		d.object(n, p, reflect.ValueOf(&r).Elem())
		if r.Min == nil || r.Max == nil {
			return
		}
		*x = Number{*r.Min, *r.Max}
	} else {
		f, ok := d.number(n, p)
		if !ok {
			return
		}
		*x = Exactly(f)
	}
	switch {
	case x.Min > x.Max:
		d.fault(n, p, "the range ends before it begins", "write the smaller number as min")
	case x.Min < 0:
		d.fault(n, p, formatNumber(x.Min)+" is negative", "write 0 or more; what is taken back is a record of its own")
	}
}

func (x *Amount) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind != yaml.MappingNode {
		x.Min.decode(d, n, p)
		x.Max = x.Min
		return
	}
	r := struct {
		Min Money `json:"min" need:"true"`
		Max Money `json:"max" need:"true"`
	}{}
	before := d.faults
	d.object(n, p, reflect.ValueOf(&r).Elem())
	if d.faults > before {
		return
	}
	if r.Min.currency != r.Max.currency {
		d.fault(n, p, "the range has two currencies", "write both ends in one")
		return
	}
	if r.Max.amount.d.Cmp(r.Min.amount.d) < 0 {
		d.fault(n, p, "the range ends before it begins", "write the smaller amount as min")
		return
	}
	*x = Amount(r)
}

func (x *Measure) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		x.Money.decode(d, n, p)
		return
	}
	x.Number, _ = d.number(n, p)
}

func (x *Steps) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind != yaml.SequenceNode {
		var q Number
		q.decode(d, n, p)
		*x = Steps{{Quantity: q}}
		return
	}
	var steps []Step
	before := d.faults
	d.list(n, p, reflect.ValueOf(&steps).Elem())
	for i := 1; i < len(steps) && d.faults == before; i++ {
		if steps[i].From.First() <= steps[i-1].From.First() {
			d.fault(n.Content[i], p.index(i), "the step does not come after the one before it", "write steps in the order of their days")
		}
	}
	if len(steps) == 0 && d.faults == before {
		d.fault(n, p, "the list of steps is empty", "write a number, or at least one step")
	}
	*x = steps
}

// MarshalJSON writes a constant as one number.
func (x Steps) MarshalJSON() ([]byte, error) {
	if len(x) == 1 && x[0].From.IsZero() {
		return x[0].Quantity.MarshalJSON()
	}
	return json.Marshal([]Step(x))
}

func (x *Lead) decode(d *decoder, n *yaml.Node, p *trail) {
	months := &fieldPlan{bounds: boundsNamed["0-600"]}
	switch {
	case n.Kind != yaml.MappingNode:
		d.values++ // the same node is entered again
		d.field(n, p, reflect.ValueOf(&x.Months).Elem(), months)
	case len(n.Content) == 0:
		d.fault(n, p, "the table is empty", "write whole months, or {PLACE: months}")
	default:
		before := d.faults
		d.table(n, p, reflect.ValueOf(&x.At).Elem())
		if d.faults == before {
			d.within(n, p, reflect.ValueOf(x.At), months.bounds)
		}
	}
}

// MarshalJSON writes one number of months, or a table by place.
func (x Lead) MarshalJSON() ([]byte, error) {
	if x.At != nil {
		return json.Marshal(x.At)
	}
	return json.Marshal(x.Months)
}

func (x *Member) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind == yaml.ScalarNode {
		d.str(n, p, reflect.ValueOf(&x.Party).Elem())
		return
	}
	d.object(n, p, reflect.ValueOf(x).Elem())
}

// MarshalJSON writes a member without days as its bare id.
func (x Member) MarshalJSON() ([]byte, error) {
	if x.From.IsZero() && x.To.IsZero() {
		return json.Marshal(x.Party)
	}
	type plain Member
	return json.Marshal(plain(x))
}

func (x *Label) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, p, "a list is expected here, not a "+shape(n), "write [public], [NATO, UKR], or [] for the record's own party alone")
		return
	}
	for i, c := range n.Content {
		c = resolved(c)
		if c.Kind == yaml.ScalarNode && c.Value == public && c.Style&yaml.TaggedStyle == 0 {
			x.Public = true
			continue
		}
		var id PartyID
		d.value(c, p.index(i), reflect.ValueOf(&id).Elem())
		x.Parties = append(x.Parties, id)
	}
	if x.Public && len(x.Parties) > 0 {
		d.fault(n, p, "public and parties are named together", "write [public] alone, or the parties alone")
	}
}

// MarshalJSON writes the list that names who may see the record.
func (x Label) MarshalJSON() ([]byte, error) {
	if x.Public {
		return []byte(`["` + public + `"]`), nil
	}
	if x.Parties == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(x.Parties)
}

// UnmarshalJSON is the inverse of MarshalJSON, for plans, which carry a label
// and are read again. Records are read more strictly, by decode.
func (x *Label) UnmarshalJSON(text []byte) error {
	var list []PartyID
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	switch {
	case len(list) == 1 && list[0] == public:
		*x = Label{Public: true}
	case slices.Contains(list, public):
		return errors.New("record: a label names the public and parties together")
	case len(list) == 0:
		*x = Label{}
	default:
		*x = Label{Parties: list}
	}
	return nil
}

func (x *Location) decode(d *decoder, n *yaml.Node, p *trail) {
	var at []float64
	before := d.faults
	d.list(n, p, reflect.ValueOf(&at).Elem())
	if d.faults > before {
		return
	}
	if len(at) != 2 || at[0] < -180 || at[0] > 180 || at[1] < -90 || at[1] > 90 {
		d.fault(n, p, "this is not a location", "write [longitude, latitude] in degrees, longitude first")
		return
	}
	*x = at
}

// Nested is a record inside a record, as a scenario adds one.
type Nested struct{ Record Record }

func (x *Nested) decode(d *decoder, n *yaml.Node, p *trail) {
	d.values++ // the same node is entered again
	if x.Record = d.record(n, p); x.Record != nil && x.Record.Key().Kind == KindScenario {
		d.fault(n, p, "a scenario cannot add a scenario", "write it as a record of its own, and stack it with on")
	}
}

// MarshalJSON writes the record itself.
func (x Nested) MarshalJSON() ([]byte, error) { return json.Marshal(x.Record) }

// Fields are fields of a record as JSON, to be laid over it by Apply.
type Fields struct{ json json.RawMessage }

// decode leaves the reading of the fields to Edit, which knows their kind.
func (x *Fields) decode(d *decoder, n *yaml.Node, p *trail) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, p, "a table of fields is expected here, not a "+shape(n), "write {field: value}")
	}
}

// MarshalJSON writes the fields.
func (x Fields) MarshalJSON() ([]byte, error) {
	if x.json == nil {
		return []byte("{}"), nil
	}
	return x.json, nil
}
