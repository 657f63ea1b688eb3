package record

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A decoder turns the nodes of one document into values of this package. It
// goes on after an error, so that one reading finds them all. Both YAML and
// JSON arrive here as yaml.Node, whose scalars keep their text: 0.10 stays
// 0.10, and 2024-12-01 is no timestamp.
type decoder struct {
	file   string
	line   int // lines of the file before this document
	errs   *Errors
	faults int // errors of this document, those that errs had no room for too
	values int // how many more values the record may hold
	text   int // how many more bytes of text
	trails []trail
}

// Limits of one record, however it is written: aliases count as what they
// stand for. They keep Format below documentBytesMax.
const (
	depthMax  = 32
	valuesMax = 10_000
	textMax   = 64 << 10
)

// reset makes d ready for a document that begins after so many lines.
func (d *decoder) reset(line int) {
	d.line, d.faults, d.values, d.text, d.trails = line, 0, valuesMax, textMax, d.trails[:0]
}

// trail is the way from a record down to a field, spelt out only when shown.
type trail struct {
	up    *trail
	name  string
	depth int
}

func (p *trail) field(name string) *trail { return &trail{p, name, p.depth + 1} }
func (p *trail) index(i int) *trail       { return p.field(strconv.Itoa(i)) }

// step is p.field(name) without an allocation of its own. No trail outlives
// its document, since an Error holds text.
func (d *decoder) step(p *trail, name string) *trail {
	if len(d.trails) == cap(d.trails) {
		d.trails = make([]trail, 0, 128)
	}
	d.trails = append(d.trails, trail{p, name, p.depth + 1})
	return &d.trails[len(d.trails)-1]
}

// String writes the path with slashes: Pledge/nor-nasams-1/quantity.
func (p *trail) String() string {
	if p.up == nil || p.up.up == nil && p.up.name == "" {
		return p.name
	}
	return p.up.String() + "/" + p.name
}

// fault notes an error at n. Says and fix are halves of one sentence. One more
// error than is shown is kept, as a sign that there are more.
func (d *decoder) fault(n *yaml.Node, p *trail, says, fix string) {
	d.faults++
	if len(*d.errs) <= errorsMax {
		*d.errs = append(*d.errs, Error{Pos{d.file, n.Line + d.line, max(n.Column, 1)}, p.String(), says, fix})
	}
}

// custom is a type of this package that reads itself.
type custom interface {
	decode(d *decoder, n *yaml.Node, p *trail)
}

// enum is a string type with a closed list of values.
type enum interface{ values() []string }

// validator is a type with rules that span its fields.
type validator interface {
	validate(d *decoder, n *yaml.Node, p *trail)
}

// resolved is n, or what n is an alias of. An alias never names an alias.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// enter resolves an alias and says whether n may be read at all. Whatever
// aliases name, themselves included, the depth and the number of values end it.
func (d *decoder) enter(n *yaml.Node, p *trail) (*yaml.Node, bool) {
	n = resolved(n)
	d.values--
	switch {
	case d.values == -1:
		d.fault(n, p, "the record holds more than "+strconv.Itoa(valuesMax)+" values", "split it; if it has YAML aliases, write the values out")
		return n, false
	case d.values < 0:
		d.faults++ // said once
		return n, false
	case p.depth > depthMax:
		d.fault(n, p, "the value is nested too deeply", "a record needs at most a few levels")
		return n, false
	case n.Style&yaml.TaggedStyle != 0:
		d.fault(n, p, "the YAML tag "+quoted(n.Tag)+" is not allowed", "write the plain value; its field says what type it has")
		return n, false
	}
	return n, true
}

// value reads n into v, which is addressable.
func (d *decoder) value(n *yaml.Node, p *trail, v reflect.Value) {
	n, ok := d.enter(n, p)
	if !ok {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		d.fault(n, p, "the field is empty", "give a value, or leave the field out: absent is not zero")
		return
	}
	if c, ok := v.Addr().Interface().(custom); ok {
		c.decode(d, n, p)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.values++ // the same node is entered again
		d.value(n, p, v.Elem())
	case reflect.Struct:
		d.object(n, p, v)
	case reflect.Map:
		d.table(n, p, v)
	case reflect.Slice:
		d.list(n, p, v)
	case reflect.String:
		d.str(n, p, v)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || err != nil {
			d.fault(n, p, "a yes or no is expected here", "write true or false")
			return
		}
		v.SetBool(b)
	case reflect.Int:
		if f, ok := d.number(n, p); ok {
			if f != math.Trunc(f) {
				d.fault(n, p, quoted(n.Value)+" is not a whole number", "write a whole number")
				return
			}
			v.SetInt(int64(f))
		}
	case reflect.Float64:
		if f, ok := d.number(n, p); ok {
			v.SetFloat(f)
		}
	default:
		panic("record: no reading of " + v.Type().String())
	}
}

// scalar reads a single value as the text that was written.
func (d *decoder) scalar(n *yaml.Node, p *trail) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.fault(n, p, "a single value is expected here, not a "+shape(n), "write one value")
		return "", false
	}
	if d.text -= len(n.Value); d.text < 0 {
		d.fault(n, p, "the record holds more than "+strconv.Itoa(textMax)+" bytes of text", "long texts belong into a file that a Document names")
		d.text = math.MaxInt32 // said once
		return "", false
	}
	for _, r := range n.Value {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			d.fault(n, p, fmt.Sprintf("the text contains the control character %U", r), "take it out")
			return "", false
		}
	}
	return n.Value, true
}

func (d *decoder) str(n *yaml.Node, p *trail, v reflect.Value) {
	s, ok := d.scalar(n, p)
	if !ok {
		return
	}
	if strings.TrimSpace(s) == "" {
		d.fault(n, p, "the text is empty", "write it, or leave the field out")
		return
	}
	w := wordOf(v.Type())
	says, fix := "", ""
	switch {
	case w.values != nil && !slices.Contains(w.values, s):
		says, fix = quoted(s)+" is not known here", "write one of "+strings.Join(w.values, ", ")
		if near := nearest(s, w.values); near != "" {
			fix = "did you mean " + near + "? It is one of " + strings.Join(w.values, ", ")
		}
	case w.subject && !isPartyID(s) && !isSlug(s):
		says, fix = quoted(s)+" is neither a party nor an agreement", "write a party id such as GBR or an agreement's slug"
	case w.target != "" && !w.subject:
		says, fix = idFault(w.target, s)
	}
	if says != "" {
		d.fault(n, p, says, fix)
		return
	}
	v.SetString(s)
}

// wordPlan is what the decoder knows of a string type.
type wordPlan struct {
	values  []string // the closed list of values, if it is an enum
	target  Kind     // what it refers to, if it is a reference
	subject bool     // a SubjectID: its letter case tells what it refers to
}

var words sync.Map // reflect.Type → *wordPlan; a cache of pure facts

func wordOf(t reflect.Type) *wordPlan {
	if w, ok := words.Load(t); ok {
		return w.(*wordPlan)
	}
	w := &wordPlan{subject: t == reflect.TypeFor[SubjectID]()}
	switch v := reflect.Zero(t).Interface().(type) {
	case enum:
		w.values = v.values()
	case reference:
		w.target = v.target()
	}
	words.Store(t, w)
	return w
}

func (d *decoder) number(n *yaml.Node, p *trail) (float64, bool) {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		d.fault(n, p, "a number is expected here, not a "+shape(n), "write a plain number such as 12 or 0.5, without quotes")
		return 0, false
	}
	f, err := parseNumber(n.Value)
	if err != nil {
		d.fault(n, p, err.Error(), "write a plain number such as 12 or 0.5")
	}
	return f, err == nil
}

// list reads a sequence into a slice; an empty one leaves it nil, as if it were
// not there.
func (d *decoder) list(n *yaml.Node, p *trail, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, p, "a list is expected here, not a "+shape(n), "write [a, b] or lines that begin with a hyphen")
		return
	}
	if len(n.Content) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		d.value(c, d.step(p, strconv.Itoa(i)), v.Index(i))
	}
}

// table reads a mapping into a map; an empty one leaves it nil.
func (d *decoder) table(n *yaml.Node, p *trail, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, p, "a table of names and values is expected here, not a "+shape(n), "write {name: value} or indented lines")
		return
	}
	if len(n.Content) == 0 {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Content)/2))
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key := resolved(n.Content[i])
		at, before := d.step(p, shortened(key.Value)), d.faults
		d.value(n.Content[i], at, k)
		if v.MapIndex(k).IsValid() {
			d.fault(n.Content[i], at, quoted(key.Value)+" stands here twice", "keep one of the two")
			continue
		}
		d.value(n.Content[i+1], at, e)
		if d.faults == before {
			v.SetMapIndex(k, e)
		}
	}
}

// object reads a mapping into a struct: every field known, none twice, all the
// required ones there, and then the rules that span fields.
func (d *decoder) object(n *yaml.Node, p *trail, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, p, "a table of fields is expected here, not a "+shape(n), "write {field: value} or indented lines")
		return
	}
	before := d.faults
	s := planOf(v.Type())
	var seen fieldSet
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		f, ok := d.fieldNamed(k, p, s)
		switch {
		case !ok:
		case seen.has(f):
			d.fault(k, p.field(k.Value), "the field stands here twice", "keep one of the two")
		default:
			seen.add(f)
			d.field(n.Content[i+1], d.step(p, k.Value), s.fields[f].in(v), &s.fields[f])
		}
	}
	for i, f := range s.fields {
		if f.need && !seen.has(i) {
			d.fault(n, p.field(f.name), "the required field "+f.name+" is missing", "add it"+f.hint())
		}
	}
	if d.faults > before {
		return
	}
	if w, ok := v.Addr().Interface().(validator); ok {
		w.validate(d, n, p)
	}
}

// fieldNamed finds the field that key k names.
func (d *decoder) fieldNamed(k *yaml.Node, p *trail, s *structPlan) (int, bool) {
	f, ok := s.byName[k.Value]
	if ok && k.Kind == yaml.ScalarNode && k.Style&yaml.TaggedStyle == 0 {
		return f, true
	}
	says, fix := "there is no field "+quoted(k.Value)+" here", "remove it, or put it into note"
	switch near := nearest(k.Value, s.names); {
	case k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0:
		says, fix = "this is not the name of a field", "write the plain name, followed by a colon"
	case k.Value == "<<":
		says, fix = "YAML merge keys are not read", "write the fields out"
	case near != "":
		fix = "did you mean " + near + "?"
	}
	d.fault(k, p.field(shortened(k.Value)), says, fix)
	return 0, false
}

// field reads one field, and holds it against the form and bounds of its tags.
func (d *decoder) field(n *yaml.Node, p *trail, v reflect.Value, f *fieldPlan) {
	before := d.faults
	d.value(n, p, v)
	if d.faults > before {
		return
	}
	if f.form == "slug" && !isSlug(v.String()) {
		says, fix := idFault("", v.String())
		d.fault(n, p, says, fix)
	}
	if f.bounds != nil {
		d.within(n, p, v, f.bounds)
	}
}

func (d *decoder) within(n *yaml.Node, p *trail, v reflect.Value, b *bounds) {
	switch v.Kind() {
	case reflect.Pointer:
		d.within(n, p, v.Elem(), b)
	case reflect.Int:
		d.bounded(n, p, float64(v.Int()), b)
	case reflect.Float64:
		d.bounded(n, p, v.Float(), b)
	case reflect.Map:
		n = resolved(n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := resolved(n.Content[i]).Value
			d.within(n.Content[i+1], p.field(k), v.MapIndex(reflect.ValueOf(k).Convert(v.Type().Key())), b)
		}
	}
}

func (d *decoder) bounded(n *yaml.Node, p *trail, x float64, b *bounds) {
	if x < b.lo || x > b.hi || b.open && x == b.lo {
		d.fault(n, p, formatNumber(x)+" is out of bounds", "write "+b.words)
	}
}

func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "table"
	case yaml.SequenceNode:
		return "list"
	}
	return "text"
}

// shortened is foreign text as it may stand in a path.
func shortened(s string) string {
	if s == "" || len(s) > 40 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "?"
	}
	return s
}

// structPlan is what the decoder, the schema and the walk over references know
// of a struct type: its fields as they are written.
type structPlan struct {
	fields []fieldPlan
	byName map[string]int
	names  []string
}

type fieldPlan struct {
	name   string
	index  []int
	typ    reflect.Type
	need   bool
	form   string
	doc    string
	bounds *bounds
}

// in is the field of v, which has the type that the plan was made of.
func (f *fieldPlan) in(v reflect.Value) reflect.Value {
	for _, i := range f.index { // no embedding is by pointer
		v = v.Field(i)
	}
	return v
}

func (f *fieldPlan) hint() string {
	if f.doc == "" {
		return ""
	}
	return ": " + f.doc
}

// fieldSet holds numbers of fields; no kind has more than 64.
type fieldSet uint64

func (s fieldSet) has(i int) bool { return s>>i&1 == 1 }
func (s *fieldSet) add(i int)     { *s |= 1 << i }

// bounds are what a number must lie within.
type bounds struct {
	lo, hi float64
	open   bool // lo itself is out
	words  string
}

var boundsNamed = map[string]*bounds{
	"share":        {0, 1, false, "a share from 0 to 1"},
	"positive":     {0, math.Inf(1), true, "a number above 0"},
	"not-negative": {0, math.Inf(1), false, "0 or more"},
	"1-5":          {1, 5, false, "a whole number from 1 to 5"},
	"0-600":        {0, 600, false, "whole months from 0 to 600"},
	"0-20000":      {0, 20000, false, "whole days from 0 to 20000"},
}

var plans sync.Map // reflect.Type → *structPlan; a cache of pure facts

func planOf(t reflect.Type) *structPlan {
	if s, ok := plans.Load(t); ok {
		return s.(*structPlan)
	}
	s := &structPlan{byName: map[string]int{}}
	// VisibleFields lists embedded fields too; where a name stands twice, the
	// outer one wins, as in encoding/json.
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		fp := fieldPlan{name: name, index: f.Index, typ: f.Type, need: f.Tag.Get("need") == "true", form: f.Tag.Get("form"), doc: f.Tag.Get("doc")}
		if r := f.Tag.Get("range"); r != "" {
			if fp.bounds = boundsNamed[r]; fp.bounds == nil {
				panic("record: no bounds named " + r)
			}
		}
		if at, ok := s.byName[name]; ok {
			if len(f.Index) < len(s.fields[at].index) {
				s.fields[at] = fp
			}
			continue
		}
		s.byName[name] = len(s.fields)
		s.fields = append(s.fields, fp)
		s.names = append(s.names, name)
	}
	if len(s.fields) > 64 {
		panic("record: " + t.String() + " has too many fields for a fieldSet")
	}
	plans.Store(t, s)
	return s
}
