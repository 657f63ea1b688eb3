package record

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
)

// The schemas are made from the same plans of fields that the decoder reads by,
// so the two cannot drift apart. A generator of general use would have to be
// taught the tags need, doc and range, the fields that shadow others and every
// type that reads itself, which is all there is to a schema here.
//
// A schema says less than Parse: it knows no calendar and no ISO 4217, and adds
// nothing up. It also says a little more, for the sake of editors: a text that
// looks like a number or a yes wants quotes.

const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is the JSON Schema (2020-12) of records of kind k, or nil when there is
// no such kind.
func Schema(k Kind) []byte {
	r := New(k)
	if r == nil {
		return nil
	}
	b := schemaBuilder{}
	s := b.object(elem(r).Type())
	s["$schema"], s["title"], s["$defs"] = schemaDialect, string(k), b
	return encodeSchema(s)
}

// FileSchema is the JSON Schema (2020-12) of what a file may hold: a record of
// any kind, as one YAML document or JSON object, or a list of them, as JSON.
func FileSchema() []byte {
	b := schemaBuilder{}
	b["Record"] = b.any(Kinds())
	return encodeSchema(object{
		"$schema": schemaDialect,
		"title":   "Records",
		"if":      object{"type": "array"},
		"then":    object{"items": ref("Record")},
		"else":    ref("Record"),
		"$defs":   b,
	})
}

// any is the schema of a record of one of ks. By if and then, rather than by
// oneOf, an editor complains of what is wrong for the kind at hand, and not of
// all other kinds.
func (b schemaBuilder) any(ks []Kind) object {
	var choices []any
	for _, k := range ks {
		choices = append(choices, object{
			"if":   object{"properties": object{"kind": object{"const": string(k)}}, "required": []string{"kind"}},
			"then": b.kind(k),
		})
	}
	return object{"type": "object", "properties": object{"kind": object{"enum": ks}}, "required": []string{"kind"}, "allOf": choices}
}

type object = map[string]any

func encodeSchema(s object) []byte {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("record: a schema always marshals: " + err.Error())
	}
	return append(text, '\n')
}

// schemaBuilder holds the named schemas that others refer to.
type schemaBuilder map[string]any

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// define names a schema. Its place is taken before it is made.
func (b schemaBuilder) define(name string, s func() object) object {
	if _, ok := b[name]; !ok {
		b[name] = true
		b[name] = s()
	}
	return ref(name)
}

func (b schemaBuilder) kind(k Kind) object {
	return b.define(string(k), func() object {
		s := b.object(elem(New(k)).Type())
		s["properties"].(object)["kind"] = object{"const": string(k)}
		return s
	})
}

// object is the schema of a struct by its plan.
func (b schemaBuilder) object(t reflect.Type) object {
	fields, required := object{}, []string{}
	for _, f := range planOf(t).fields {
		s := b.field(f)
		if f.doc != "" {
			s["description"] = f.doc
		}
		fields[f.name] = s
		if f.need {
			required = append(required, f.name)
		}
	}
	s := object{"type": "object", "properties": fields, "additionalProperties": false}
	if r, ok := reflect.New(t).Interface().(Record); ok {
		k := kindOf(r)
		fields["kind"] = object{"const": string(k), "description": "which kind of fact this is"}
		fields["id"] = b.id("Id", k)
		if k == KindParty {
			fields["id"] = b.id("PartyID", k)
		}
	}
	if len(required) > 0 {
		s["required"] = required
	}
	for word, rule := range schemaRules[t] {
		s[word] = rule
	}
	return s
}

func kindOf(r Record) Kind {
	for _, k := range kinds {
		if reflect.TypeOf(k.make()) == reflect.TypeOf(r) {
			return k.kind
		}
	}
	panic("record: not a kind: " + reflect.TypeOf(r).String())
}

// field is the schema of a field's type, within the bounds of its tag.
func (b schemaBuilder) field(f fieldPlan) object {
	s := b.of(f.typ)
	if f.form == "slug" {
		return b.id("Id", "")
	}
	if f.bounds == nil {
		return s
	}
	if values, ok := s["additionalProperties"].(object); ok {
		s["additionalProperties"] = f.bounds.schema(values)
		return s
	}
	return f.bounds.schema(s)
}

func (x *bounds) schema(s object) object {
	s["minimum"] = x.lo
	if x.open {
		delete(s, "minimum")
		s["exclusiveMinimum"] = x.lo
	}
	if !math.IsInf(x.hi, 1) {
		s["maximum"] = x.hi
	}
	return s
}

// of is the schema of a Go type.
func (b schemaBuilder) of(t reflect.Type) object {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[custom]()) {
		return b.define(t.Name(), func() object { return b.form(t) })
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.of(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": b.of(t.Elem())}
	case reflect.Map:
		keys := b.of(t.Key())
		if t.Key() == reflect.TypeFor[string]() {
			keys = object{"minLength": 1}
		}
		return object{"type": "object", "propertyNames": keys, "additionalProperties": b.of(t.Elem())}
	case reflect.Struct:
		return b.define(t.Name(), func() object { return b.object(t) })
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number", "minimum": -numberMax, "maximum": numberMax}
	case reflect.String:
		return b.word(t)
	}
	panic("record: no schema of " + t.String())
}

func (b schemaBuilder) word(t reflect.Type) object {
	switch w := wordOf(t); {
	case w.values != nil:
		return object{"enum": w.values}
	case w.subject:
		return object{"anyOf": []any{b.id("PartyID", KindParty), b.id("Id", "")}}
	case w.target == KindParty:
		return b.id("PartyID", KindParty)
	case w.target != "":
		return b.id("Id", w.target)
	}
	return object{"type": "string", "pattern": `\S`, "maxLength": textMax}
}

func (b schemaBuilder) id(name string, k Kind) object {
	pattern, doc := "^[a-z0-9][a-z0-9-]*$", "lower-case letters, digits and hyphens"
	if k == KindParty {
		pattern, doc = "^[A-Z][A-Z0-9-]*$", "an ISO 3166-1 alpha-3 code, or an organisation's upper-case name"
	}
	return b.define(name, func() object {
		return object{"type": "string", "pattern": pattern, "maxLength": idLengthMax, "description": doc}
	})
}

// A Day's pattern is its grammar; the lengths of months and the order of an
// interval's ends are beyond patterns.
const (
	schemaDate = `([0-9]{2}([0-9]{2}|[0-9]X|XX)|[0-9]{4}-(0[1-9]|1[0-2]|2[1-4]|XX)|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]|XX)|[0-9]{4}-XX-XX)[~?%]?`
	schemaDay  = `^(` + schemaDate + `(/(` + schemaDate + `|\.\.)?)?|(\.\.)?/` + schemaDate + `)$`
	// digits without leading zeros
	schemaDecimal = `(0|[1-9][0-9]*)(\.[0-9]+)?`
)

// form is the schema of a type that reads itself, in the order of forms.go.
func (b schemaBuilder) form(t reflect.Type) object {
	number := object{"type": "number", "minimum": 0, "maximum": numberMax}
	months := object{"type": "integer", "minimum": 0, "maximum": 600}
	switch t {
	case reflect.TypeFor[Day]():
		// A year without quotes is an integer to an editor.
		return object{"type": []string{"string", "integer"}, "pattern": schemaDay, "minimum": 1000, "maximum": 9999, "description": dayFix}
	case reflect.TypeFor[Money]():
		return object{"type": "string", "pattern": "^" + schemaDecimal + " [A-Z]{3}$", "description": moneyFix}
	case reflect.TypeFor[Decimal]():
		return object{"type": []string{"string", "number"}, "pattern": "^-?" + schemaDecimal + "$", "exclusiveMinimum": 0}
	case reflect.TypeFor[Currency]():
		return object{"enum": strings.Fields(currencies), "description": "an ISO 4217 code"}
	case reflect.TypeFor[Number]():
		return object{"anyOf": []any{number, between(number)}, "description": "a number, or a range {min: 2, max: 5}"}
	case reflect.TypeFor[Amount]():
		money := b.of(reflect.TypeFor[Money]())
		return object{"anyOf": []any{money, between(money)}, "description": "money, or a range of it"}
	case reflect.TypeFor[Measure]():
		return object{"anyOf": []any{object{"type": "number"}, b.of(reflect.TypeFor[Money]())}, "description": "a number, or money"}
	case reflect.TypeFor[Steps]():
		steps := object{"type": "array", "items": b.of(reflect.TypeFor[Step]()), "minItems": 1}
		return object{"anyOf": []any{b.of(reflect.TypeFor[Number]()), steps}}
	case reflect.TypeFor[Lead]():
		return object{"anyOf": []any{months, object{
			"type": "object", "propertyNames": b.of(reflect.TypeFor[PlaceID]()), "additionalProperties": months, "minProperties": 1,
		}}}
	case reflect.TypeFor[Member]():
		return object{"anyOf": []any{b.of(reflect.TypeFor[PartyID]()), b.object(reflect.TypeFor[Member]())}}
	case reflect.TypeFor[Label]():
		parties := object{"type": "array", "items": b.of(reflect.TypeFor[PartyID]())}
		return object{"anyOf": []any{object{"type": "array", "items": object{"const": public}, "minItems": 1}, parties}}
	case reflect.TypeFor[Location]():
		return object{
			"type":        "array",
			"prefixItems": []any{object{"type": "number", "minimum": -180, "maximum": 180}, object{"type": "number", "minimum": -90, "maximum": 90}},
			"minItems":    2, "maxItems": 2,
		}
	case reflect.TypeFor[Nested]():
		return b.any(slices.DeleteFunc(Kinds(), func(k Kind) bool { return k == KindScenario }))
	case reflect.TypeFor[Fields]():
		return object{"type": "object", "not": object{"anyOf": []any{has("kind"), has("id")}}}
	}
	panic("record: no schema of " + t.String())
}

// between is the schema of a range.
func between(end object) object {
	return object{
		"type":                 "object",
		"properties":           object{"min": end, "max": end},
		"required":             []string{"min", "max"},
		"additionalProperties": false,
	}
}

func has(fields ...string) object { return object{"required": fields} }

func without(field string) object { return object{"not": has(field)} }

// filled is a rule that the list or table in a field is not empty.
func filled(field string) object {
	return object{"properties": object{field: object{"minItems": 1, "minProperties": 1}}}
}

// schemaRules are the rules of validate.go that a schema can say.
var schemaRules = map[reflect.Type]object{
	reflect.TypeFor[Agreement]():  {"allOf": []any{filled("parties"), filled("status")}},
	reflect.TypeFor[Fund]():       {"allOf": []any{filled("uses"), filled("for")}},
	reflect.TypeFor[Programme]():  {"allOf": []any{has("by"), filled("only"), filled("not")}},
	reflect.TypeFor[Production](): {"allOf": []any{filled("only"), filled("not")}},
	reflect.TypeFor[Unit](): {"allOf": []any{has("by"), object{"properties": object{
		"sidc": object{"pattern": "^[0-9]{20,30}$"},
	}}}},
	reflect.TypeFor[Document](): {"allOf": []any{object{"properties": object{
		"url":    object{"pattern": "^https?://"},
		"sha256": object{"pattern": "^[0-9a-f]{64}$"},
	}}}},
	reflect.TypeFor[Pledge](): {
		"allOf": []any{
			has("by"), filled("status"), filled("only"), filled("not"),
			object{"oneOf": []any{has("resource"), has("amount")}},
			object{"oneOf": []any{has("from"), object{"required": []string{"schedule"}, "properties": object{"schedule": object{"minItems": 1}}}}},
			object{"if": has("resource"), "then": object{"allOf": []any{without("into"), object{"anyOf": []any{has("quantity"), has("schedule")}}}}},
			object{"if": has("amount"), "then": object{"allOf": []any{without("quantity"), object{"properties": object{"status": object{"items": without("quantity")}}}}}},
		},
	},
	reflect.TypeFor[Target]():   {"oneOf": []any{has("at_least"), has("at_most")}},
	reflect.TypeFor[Scenario](): {"allOf": []any{filled("changes")}},
	reflect.TypeFor[Change]():   {"oneOf": changeSchemas()},
	reflect.TypeFor[Party](): {"allOf": []any{object{"properties": object{
		"terms": object{"additionalProperties": object{"enum": Rungs()}},
	}}}},
}

// changeSchemas allows each verb of a change with its own words alone.
func changeSchemas() []any {
	var verbs []any
	for _, v := range changeVerbs {
		fields, required := object{v.verb: true}, []string{v.verb}
		if v.must != "" {
			fields[v.must], required = true, append(required, v.must)
		}
		for _, w := range v.may {
			fields[w] = true
		}
		verbs = append(verbs, object{"required": required, "properties": fields, "additionalProperties": false})
	}
	return verbs
}
