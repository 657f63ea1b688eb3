package record

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// plainReader reads JSON that says one value on one line, without white space
// and without escapes, as Canonical writes most records: several times faster
// than encoding/json reads tokens. It makes the very nodes that jsonReader does,
// or gives up; it has no errors of its own.
type plainReader struct {
	text  string
	at    int
	nodes int         // how many more one value may have
	free  []yaml.Node // made by the dozen
}

// plain reads the text as one node, or returns nil when it is not plain.
func plain(data []byte) *yaml.Node {
	r := plainReader{text: string(data), nodes: jsonNodesMax}
	if n := r.value(0); n != nil && r.at == len(r.text) {
		return n
	}
	return nil
}

// next is the byte that comes next, or 0 at the end.
func (r *plainReader) next() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// value reads one value, or returns nil.
func (r *plainReader) value(depth int) *yaml.Node {
	if r.nodes--; r.nodes < 0 || depth > depthMax+2 {
		return nil
	}
	if len(r.free) == 0 {
		r.free = make([]yaml.Node, 16)
	}
	n := &r.free[0]
	r.free = r.free[1:]
	n.Kind, n.Line, n.Column = yaml.ScalarNode, 1, r.at+1
	switch c := r.next(); {
	case c == '{' || c == '[':
		return r.compound(n, depth)
	case c == '"':
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
		return r.string(n)
	case c == '-' || '0' <= c && c <= '9':
		n.Tag = "!!float"
		return r.number(n)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			if n.Tag = "!!null"; word != "null" {
				n.Tag, n.Value = "!!bool", word
			}
			return n
		}
	}
	return nil
}

// compound reads a list, or an object as keys and values in turn.
func (r *plainReader) compound(n *yaml.Node, depth int) *yaml.Node {
	n.Kind = yaml.SequenceNode
	object, end := r.next() == '{', byte(']')
	if object {
		n.Kind, end = yaml.MappingNode, '}'
	}
	for r.at++; r.next() != end || len(n.Content) > 0; r.at++ {
		if object {
			if r.next() != '"' || !r.member(n, depth) || r.next() != ':' {
				return nil
			}
			r.at++
		}
		if !r.member(n, depth) {
			return nil
		}
		if r.next() == end {
			break
		}
		if r.next() != ',' {
			return nil
		}
	}
	r.at++
	return n
}

func (r *plainReader) member(n *yaml.Node, depth int) bool {
	m := r.value(depth + 1)
	n.Content = append(n.Content, m)
	return m != nil
}

func (r *plainReader) string(n *yaml.Node) *yaml.Node {
	from := r.at + 1
	for at := from; at < len(r.text); at++ {
		switch c := r.text[at]; {
		case c == '"':
			n.Value, r.at = r.text[from:at], at+1
			return n
		case c == '\\' || c < ' ':
			return nil
		}
	}
	return nil
}

// number reads -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func (r *plainReader) number(n *yaml.Node) *yaml.Node {
	from := r.at
	if r.next() == '-' {
		r.at++
	}
	if zero, n := r.next() == '0', r.digits(); n == 0 || zero && n > 1 {
		return nil
	}
	if r.next() == '.' {
		r.at++
		if r.digits() == 0 {
			return nil
		}
	}
	if c := r.next(); c == 'e' || c == 'E' {
		r.at++
		if c := r.next(); c == '+' || c == '-' {
			r.at++
		}
		if r.digits() == 0 {
			return nil
		}
	}
	n.Value = r.text[from:r.at]
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digits passes over digits and counts them.
func (r *plainReader) digits() (n int) {
	for ; isDigit(r.next()); n++ {
		r.at++
	}
	return n
}
