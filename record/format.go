package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"

	"github.com/gowebpki/jcs"
	"go.yaml.in/yaml/v3"
)

// Canonical is the one form of a record that is hashed and compared: JSON by
// RFC 8785. Two records are the same fact exactly when these bytes are equal.
func Canonical(r Record) []byte {
	canon, err := jcs.Transform(marshal(r))
	if err != nil {
		panic("record: a record is always JSON: " + err.Error())
	}
	return canon
}

// marshal writes a value of this package as JSON.
func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("record: a record always marshals: " + err.Error())
	}
	return text
}

// Format writes records as people keep them: YAML documents with the fields in
// reading order. Parse is its inverse.
func Format(rs ...Record) []byte {
	var out bytes.Buffer
	for i, r := range rs {
		if i > 0 {
			out.WriteString("---\n")
		}
		text := marshal(r)
		jr := jsonReader{dec: json.NewDecoder(bytes.NewReader(text)), data: text, lines: []int{0}, nodes: math.MaxInt}
		jr.dec.UseNumber()
		n, err := jr.value(0)
		if err != nil {
			panic("record: a record is always JSON: " + err.Error())
		}
		soften(n, 0)
		enc := yaml.NewEncoder(&out)
		enc.SetIndent(2)
		if err := enc.Encode(n); err != nil {
			panic("record: a record is always YAML: " + err.Error())
		}
		enc.Close()
	}
	return out.Bytes()
}

var (
	plainDay = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d)?)?$`)
	indented = regexp.MustCompile(`(^[ \t].*\n|\n[ \t])`)
)

// soften takes quotes away where the reading does not need them, and puts
// short tables on one line.
func soften(n *yaml.Node, depth int) {
	n.Style = 0
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!float" || plainDay.MatchString(n.Value)) {
		n.Tag = "" // fields know their type: a day without quotes is still a day
	}
	if n.Kind == yaml.ScalarNode && indented.MatchString(n.Value) {
		n.Style = yaml.DoubleQuotedStyle // the library writes block text of such lines that nobody can read
	}
	short := depth > 0 && len(n.Content) <= 8
	for _, c := range n.Content {
		soften(c, depth+1)
		short = short && len(c.Content) == 0 && len(c.Value) < 40
	}
	if n.Kind == yaml.SequenceNode && depth == 1 && allScalars(n) {
		short = len(n.Content) <= 12
	}
	if short && n.Kind != yaml.ScalarNode || n.Kind != yaml.ScalarNode && len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
}

func allScalars(n *yaml.Node) bool {
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode || len(c.Value) > 40 {
			return false
		}
	}
	return true
}

// Clone returns a copy of r that may be changed without changing r.
func Clone(r Record) Record {
	c, errs := overlaid(r, nil)
	if len(errs) > 0 {
		panic("record: " + r.Key().String() + " does not survive its own form: " + errs.Error())
	}
	return c
}

// Apply lays the fields of a scenario's change over r.
func (x Fields) Apply(r Record) (Record, error) {
	var set map[string]json.RawMessage
	if err := json.Unmarshal(x.json, &set); err != nil {
		return nil, fmt.Errorf("%s: the fields to set are not a table: %w", r.Key(), err)
	}
	c, errs := overlaid(r, set)
	if len(errs) > 0 {
		return nil, errs
	}
	return c, nil
}

func overlaid(r Record, set map[string]json.RawMessage) (Record, Errors) {
	text := marshal(r)
	if set != nil {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			panic("record: a record is always JSON: " + err.Error())
		}
		for k, v := range set {
			if string(v) == "null" {
				delete(fields, k)
			} else {
				fields[k] = v
			}
		}
		text = marshal(fields)
	}
	rs, errs := Parse(r.Key().String()+".json", text)
	if len(errs) > 0 {
		return nil, errs
	}
	rs[0].Base().Pos = r.Base().Pos
	return rs[0], nil
}
