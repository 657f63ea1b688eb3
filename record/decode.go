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
	file  string
	line  int // lines of the file before this document
	errs  *Errors
	nodes int // how many more nodes may be visited: aliases cannot expand without bound
}

const (
	depthMax      = 32
	textLengthMax = 64 << 10
)

// trail is the way from a record down to a field, built only when it is shown.
type trail struct {
	up    *trail
	name  string
	depth int
}

func (p *trail) field(name string) *trail { return &trail{p, name, p.depth + 1} }
func (p *trail) index(i int) *trail       { return &trail{p, strconv.Itoa(i), p.depth + 1} }

// String writes the path with slashes: Pledge/nor-nasams-1/quantity.
func (p *trail) String() string {
	if p.up == nil {
		return p.name
	}
	if p.up.name == "" && p.up.up == nil {
		return p.name
	}
	return p.up.String() + "/" + p.name
}

// fault notes an error at n. Says and fix are halves of one sentence.
func (d *decoder) fault(n *yaml.Node, p *trail, says, fix string) {
	if len(*d.errs) < errorsMax {
		*d.errs = append(*d.errs, Error{Pos{d.file, n.Line + d.line, n.Column}, p.String(), says, fix})
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

// enter resolves an alias and says whether n may be read at all.
func (d *decoder) enter(n *yaml.Node, p *trail) (*yaml.Node, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.nodes--
	switch {
	case d.nodes < 0:
		if d.nodes == -1 {
			d.fault(n, p, "the document expands to more than "+strconv.Itoa(nodesMax)+" values", "write the values out, without anchors, or split the document")
		}
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
		d.nodes++ // the same node is entered again
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

// text reads a scalar as it was written.
func (d *decoder) text(n *yaml.Node, p *trail) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.fault(n, p, "a single value is expected here, not a "+shape(n), "write one value")
		return "", false
	}
	if len(n.Value) > textLengthMax {
		d.fault(n, p, fmt.Sprintf("the text is %d bytes long", len(n.Value)), fmt.Sprintf("keep it under %d; long texts belong into a file that a Document names", textLengthMax))
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
	s, ok := d.text(n, p)
	if !ok {
		return
	}
	if strings.TrimSpace(s) == "" {
		d.fault(n, p, "the text is empty", "write it, or leave the field out")
		return
	}
	switch t := v.Interface().(type) {
	case enum:
		if !slices.Contains(t.values(), s) {
			fix := "write one of " + strings.Join(t.values(), ", ")
			if near := nearest(s, t.values()); near != "" {
				fix = "did you mean " + near + "? It is one of " + strings.Join(t.values(), ", ")
			}
			d.fault(n, p, quoted(s)+" is not known here", fix)
			return
		}
	case SubjectID:
		if !isPartyID(s) && !isSlug(s) {
			d.fault(n, p, quoted(s)+" is neither a party nor an agreement", "write a party id such as GBR or an agreement's slug")
			return
		}
	case reference:
		if says, fix := idFault(t.target(), s); says != "" {
			d.fault(n, p, says, fix)
			return
		}
	}
	v.SetString(s)
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

func (d *decoder) list(n *yaml.Node, p *trail, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, p, "a list is expected here, not a "+shape(n), "write [a, b] or lines that begin with a hyphen")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		d.value(c, p.index(i), v.Index(i))
	}
}

func (d *decoder) table(n *yaml.Node, p *trail, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, p, "a table of names and values is expected here, not a "+shape(n), "write {name: value} or indented lines")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Content)/2))
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		at, before := p.field(n.Content[i].Value), len(*d.errs)
		d.value(n.Content[i], at, k)
		if v.MapIndex(k).IsValid() {
			d.fault(n.Content[i], at, quoted(n.Content[i].Value)+" stands here twice", "keep one of the two")
			continue
		}
		d.value(n.Content[i+1], at, e)
		if len(*d.errs) == before {
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
	before := len(*d.errs)
	s := planOf(v.Type())
	seen := make([]bool, len(s.fields))
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		f, ok := s.byName[k.Value]
		switch {
		case k.Kind != yaml.ScalarNode || !ok:
			fix := "remove it, or put it into note"
			if near := nearest(k.Value, s.names); near != "" {
				fix = "did you mean " + near + "?"
			}
			d.fault(k, p.field(shortened(k.Value)), "there is no field "+quoted(k.Value)+" here", fix)
		case seen[f]:
			d.fault(k, p.field(k.Value), "the field stands here twice", "keep one of the two")
		default:
			seen[f] = true
			d.value(n.Content[i+1], p.field(k.Value), v.FieldByIndex(s.fields[f].index))
			d.within(n.Content[i+1], p.field(k.Value), v.FieldByIndex(s.fields[f].index), s.fields[f])
		}
	}
	for i, f := range s.fields {
		if f.need && !seen[i] {
			d.fault(n, p.field(f.name), "the required field "+f.name+" is missing", "add it"+f.hint())
		}
	}
	if w, ok := v.Addr().Interface().(validator); ok && len(*d.errs) == before {
		w.validate(d, n, p)
	}
}

// within holds a field against the bounds in its range tag.
func (d *decoder) within(n *yaml.Node, p *trail, v reflect.Value, f fieldPlan) {
	if f.form == "slug" && v.String() != "" && !isSlug(v.String()) {
		says, fix := idFault("", v.String())
		d.fault(n, p, says, fix)
	}
	if f.bounds == nil {
		return
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	check := func(x float64) {
		if b := f.bounds; x < b.lo || x > b.hi || b.open && x == b.lo {
			d.fault(n, p, formatNumber(x)+" is out of bounds", "write "+b.words)
		}
	}
	switch v.Kind() {
	case reflect.Int:
		check(float64(v.Int()))
	case reflect.Float64:
		check(v.Float())
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			check(it.Value().Float())
		}
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

func shortened(s string) string {
	if len(s) > 40 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "?"
	}
	return s
}

// structPlan is what the decoder knows of a struct type.
type structPlan struct {
	fields []fieldPlan
	byName map[string]int
	names  []string
}

type fieldPlan struct {
	name   string
	index  []int
	need   bool
	form   string
	doc    string
	bounds *bounds
}

func (f fieldPlan) hint() string {
	if f.doc == "" {
		return ""
	}
	return ": " + f.doc
}

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
		fp := fieldPlan{name: name, index: f.Index, need: f.Tag.Get("need") == "true", form: f.Tag.Get("form"), doc: f.Tag.Get("doc")}
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
	plans.Store(t, s)
	return s
}
