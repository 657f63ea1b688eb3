package exchange

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A template is a value of a record with places to fill: "{donor}" is what the
// column donor says, read as its kind; "{donor.name}" something else known of
// it; "{#package}" the id of the record that the rule package made of this row
// or last before. A text that is one place has the place's own type.
//
// Where a place is empty, the list entry or the field around it is left out, so
// that nothing is said by half; "{day?}" leaves out only its own key, and
// "{day|2022}" says 2022 instead.
type template struct {
	literal any         // a scalar without places
	parts   []part      // a scalar with places
	keys    []string    // of a table
	inner   []*template // values of a table or list
	list    bool
	softly  bool // one place, and left out alone when empty
}

type part struct {
	text   string
	column int // or -1
	rule   int // or -1
	attr   string
	orElse string // what stands where the column says nothing
	softly bool
}

type templateParser struct {
	table *tableMap
	rules map[string]int
	where string
	say   func(where, says string)
	nodes int // read so far
}

// nodesMax bounds a template: aliases may unfold into more than anybody wrote.
const nodesMax = 10_000

var place = regexp.MustCompile(`\{(#?[a-z][a-z0-9_]*)(?:\.([a-z]+))?(?:\|([^{}]*))?(\?)?\}`)

// attributes are what can be asked of a cell beside its value.
var attributes = []string{"", "text", "slug", "name", "type", "id", "host", "code", "year", "last", "confidence"}

func (p *templateParser) node(n *yaml.Node) *template {
	if p.nodes++; p.nodes > nodesMax {
		if p.nodes == nodesMax+1 {
			p.say(p.where, fmt.Sprintf("the template unfolds into more than %d values", nodesMax))
		}
		return &template{}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return p.scalar(n)
	case yaml.SequenceNode:
		t := &template{list: true}
		for _, c := range n.Content {
			t.inner = append(t.inner, p.node(c))
		}
		return t
	case yaml.MappingNode:
		t := &template{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			t.keys = append(t.keys, n.Content[i].Value)
			t.inner = append(t.inner, p.node(n.Content[i+1]))
		}
		return t
	case yaml.AliasNode:
		return p.node(n.Alias)
	case 0:
		return nil
	}
	p.say(p.where, "this is no value")
	return &template{}
}

func (p *templateParser) scalar(n *yaml.Node) *template {
	t, at := &template{}, 0
	for _, m := range place.FindAllStringSubmatchIndex(n.Value, -1) {
		if m[0] > at {
			t.parts = append(t.parts, part{text: n.Value[at:m[0]], column: -1, rule: -1})
		}
		at = m[1]
		attr := ""
		if m[4] >= 0 {
			attr = n.Value[m[4]:m[5]]
		}
		filled := p.place(n.Value[m[2]:m[3]], attr)
		if m[6] >= 0 {
			filled.orElse = n.Value[m[6]:m[7]]
		}
		filled.softly = m[8] >= 0
		t.parts = append(t.parts, filled)
	}
	t.softly = len(t.parts) == 1 && t.parts[0].softly
	if len(t.parts) == 0 {
		var v any
		if err := n.Decode(&v); err != nil || n.Tag == "!!timestamp" {
			v = n.Value
		}
		if n.Tag == "!!int" || n.Tag == "!!float" {
			v = json.Number(n.Value)
		}
		t.literal = v
		return t
	}
	if at < len(n.Value) {
		t.parts = append(t.parts, part{text: n.Value[at:], column: -1, rule: -1})
	}
	return t
}

func (p *templateParser) place(name, attr string) part {
	if !slices.Contains(attributes, attr) {
		p.say(p.where, fmt.Sprintf("%q is not known of any cell; write one of %s", attr, strings.Join(attributes[1:], ", ")))
	}
	if ref, ok := strings.CutPrefix(name, "#"); ok {
		r, known := p.rules[ref]
		if !known {
			p.say(p.where, fmt.Sprintf("there is no rule named %q", ref))
		}
		return part{column: -1, rule: r}
	}
	return part{column: p.table.known(p.where, name, p.say), rule: -1, attr: attr}
}

// condition is a question to a row.
type condition struct {
	not    bool
	column int // or -1
	rule   int // or -1
	attr   string
	words  []string
}

func (p *templateParser) condition(text string) condition {
	c := condition{column: -1, rule: -1}
	text, c.not = strings.CutPrefix(text, "!")
	name, words, some := strings.Cut(text, "=")
	if some {
		for _, w := range strings.Split(words, "|") {
			c.words = append(c.words, folded(w))
		}
	}
	name, c.attr, _ = strings.Cut(name, ".")
	at := p.place(name, c.attr)
	c.column, c.rule = at.column, at.rule
	return c
}

// fill is the template with its places filled; ok is false when it is empty, and
// then none of its columns is used.
func (t *template) fill(r *row) (value any, ok bool) {
	mark := len(r.touched)
	if value, ok = t.filled(r); !ok {
		r.touched = r.touched[:mark]
	}
	return value, ok
}

func (t *template) filled(r *row) (value any, ok bool) {
	switch {
	case t == nil:
		return nil, false
	case t.literal != nil:
		return t.literal, true
	case t.parts != nil:
		return t.text(r)
	case t.list:
		var list []any
		for _, c := range t.inner {
			v, ok := c.fill(r)
			some, many := v.([]any)
			switch {
			case ok && many:
				list = append(list, some...)
			case ok && !slices.ContainsFunc(list, func(x any) bool { return equal(x, v) }):
				list = append(list, v)
			}
		}
		return list, len(list) > 0
	}
	table := make(map[string]any, len(t.keys))
	for i, k := range t.keys {
		v, ok := t.inner[i].fill(r)
		switch {
		case ok:
			table[k] = v
		case !t.inner[i].softly:
			return nil, false
		}
	}
	return table, len(table) > 0
}

func (t *template) text(r *row) (any, bool) {
	if len(t.parts) == 1 {
		return r.part(t.parts[0])
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.column < 0 && p.rule < 0 {
			b.WriteString(p.text)
			continue
		}
		v, ok := r.part(p)
		if !ok && !p.softly {
			return nil, false
		}
		if ok {
			fmt.Fprint(&b, v)
		}
	}
	return strings.TrimSpace(b.String()), true
}

// top fills a table whose keys are fields of a record: each is left out alone.
func (t *template) top(r *row) map[string]any {
	fields := map[string]any{}
	if t == nil {
		return fields
	}
	for i, k := range t.keys {
		if v, ok := t.inner[i].fill(r); ok {
			fields[k] = v
		}
	}
	return fields
}

// number is a JSON number of exactly these digits.
func number(digits string) any { return json.Number(digits) }
