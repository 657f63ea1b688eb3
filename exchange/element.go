package exchange

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/ianaindex"
)

// Documents of a standard in XML are read one part at a time, each as a tree of
// elements. No entity is expanded but the five of XML, no document type is
// accepted, and nothing is fetched.

// Limits of one part of a document.
const (
	partElementsMax = 200_000
	partBytesMax    = 32 << 20
)

// element is a piece of XML. Attributes and texts that a reader takes are marked,
// so that what nobody took can be listed.
type element struct {
	name  string // without its namespace
	attrs []attribute
	kids  []*element
	text  string
	line  int
	used  bool // its text, or that it is there
}

type attribute struct {
	name, value string
	foreign     bool // of another namespace than the document's
	used        bool
}

// attr takes an attribute.
func (e *element) attr(name string) string {
	for i := range e.attrs {
		if e.attrs[i].name == name && !e.attrs[i].foreign {
			e.attrs[i].used = true
			return e.attrs[i].value
		}
	}
	return ""
}

// said takes the text.
func (e *element) said() string {
	if e == nil {
		return ""
	}
	e.used = true
	return e.text
}

// first is the first child of a name, or nil.
func (e *element) first(name string) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// path is the element some names down, or nil.
func (e *element) path(names ...string) *element {
	for _, n := range names {
		e = e.first(n)
	}
	return e
}

// each lists the children of a name.
func (e *element) each(name string) []*element {
	var all []*element
	for _, k := range e.kids {
		if k.name == name {
			all = append(all, k)
		}
	}
	return all
}

// take marks everything in e as taken.
func (e *element) take() {
	e.used = true
	for i := range e.attrs {
		e.attrs[i].used = true
	}
	for _, k := range e.kids {
		k.take()
	}
}

// cells counts the attributes and texts in e.
func (e *element) cells() int {
	n := len(e.attrs)
	if e.text != "" {
		n++
	}
	for _, k := range e.kids {
		n += k.cells()
	}
	return n
}

// left visits every attribute and text that nobody took.
func (e *element) left(path string, visit func(e *element, path, value string)) {
	path += "/" + e.name
	for _, a := range e.attrs {
		if !a.used {
			visit(e, path+"/@"+a.name, a.value)
		}
	}
	if e.text != "" && !e.used {
		visit(e, path, e.text)
	}
	for _, k := range e.kids {
		k.left(path, visit)
	}
}

// eachElement reads the children of the root with a name, one at a time. Root is
// called first, with the root's attributes; what it says ends the reading.
func eachElement(ctx context.Context, f File, name string, root, part func(*element) error) error {
	r := &elementReader{d: xmlDecoder(f), f: f}
	err := r.read(ctx, name, root, part)
	if err == nil || isSaid(err) || ctx.Err() != nil {
		return err
	}
	line, _ := r.d.InputPos()
	return fault(f.Name, line, "the file is not XML that can be read: "+err.Error(), "fetch it again, or mend it")
}

// xmlDecoder decodes any encoding that the file names.
func xmlDecoder(f File) *xml.Decoder {
	d := xml.NewDecoder(io.NewSectionReader(f, 0, f.Size))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		enc, err := ianaindex.IANA.Encoding(label)
		if err != nil || enc == nil {
			return nil, fmt.Errorf("nobody knows the encoding %q", label)
		}
		return enc.NewDecoder().Reader(in), nil
	}
	return d
}

type elementReader struct {
	d        *xml.Decoder
	f        File
	elements int // of this part
	bytes    int
}

func (r *elementReader) read(ctx context.Context, name string, root, part func(*element) error) error {
	seen := false
	for {
		tok, err := r.d.Token()
		if err == io.EOF && seen {
			return nil
		} else if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.Directive:
			if bytes.HasPrefix(t, []byte("DOCTYPE")) {
				return fmt.Errorf("it declares a document type, which is refused")
			}
		case xml.StartElement:
			switch {
			case !seen:
				seen = true
				err = root(r.begin(t))
			case t.Name.Local == name:
				r.elements, r.bytes = 0, 0
				var e *element
				if e, err = r.tree(r.begin(t), 0); err == nil {
					err = part(e)
				}
			}
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
}

func (r *elementReader) begin(t xml.StartElement) *element {
	line, _ := r.d.InputPos()
	e := &element{name: t.Name.Local, line: line}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" || a.Name.Space == "xml":
			e.attrs = append(e.attrs, attribute{name: "xml:" + a.Name.Local, value: a.Value})
		default:
			e.attrs = append(e.attrs, attribute{name: a.Name.Local, value: a.Value, foreign: a.Name.Space != ""})
		}
		r.bytes += len(a.Value)
	}
	return e
}

// tree reads the rest of e.
func (r *elementReader) tree(e *element, depth int) (*element, error) {
	if r.elements++; r.elements > partElementsMax || r.bytes > partBytesMax || depth > depthMax {
		return nil, fmt.Errorf("one part of it has more than %d elements or %d bytes, or nests more than %d deep", partElementsMax, partBytesMax, depthMax)
	}
	var text strings.Builder
	for {
		tok, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			kid, err := r.tree(r.begin(t), depth+1)
			if err != nil {
				return nil, err
			}
			e.kids = append(e.kids, kid)
		case xml.CharData:
			if r.bytes += len(t); r.bytes > partBytesMax {
				return nil, fmt.Errorf("one part of it has more than %d bytes", partBytesMax)
			}
			text.Write(t)
		case xml.EndElement:
			e.text = strings.TrimSpace(text.String())
			return e, nil
		}
	}
}

// flat writes everything in e as one line: the path of each attribute and text,
// with its value. Children of one name are told apart by a number. Grow is its
// inverse.
func (e *element) flat() string {
	v := url.Values{}
	e.flatten("", v)
	return e.name + "?" + v.Encode()
}

func (e *element) flatten(path string, v url.Values) {
	for _, a := range e.attrs {
		if !a.foreign {
			v.Set(path+"@"+a.name, a.value)
		}
	}
	if e.text != "" || len(e.attrs)+len(e.kids) == 0 {
		v.Set(path, e.text)
	}
	count := map[string]int{}
	for _, k := range e.kids {
		count[k.name]++
		at := path + k.name
		if n := count[k.name]; n > 1 {
			at += "." + strconv.Itoa(n)
		}
		k.flatten(at+"/", v)
	}
}

// grow makes an element of such a line.
func grow(line string) (*element, error) {
	name, query, ok := strings.Cut(line, "?")
	v, err := url.ParseQuery(query)
	if !ok || err != nil || name == "" {
		return nil, fmt.Errorf("%q is no element", line)
	}
	e := &element{name: name}
	for _, path := range slices.Sorted(mapKeys(v)) {
		at := e
		steps := strings.Split(path, "/")
		for _, s := range steps[:len(steps)-1] {
			at = at.child(s)
		}
		if last := steps[len(steps)-1]; strings.HasPrefix(last, "@") {
			at.attrs = append(at.attrs, attribute{name: last[1:], value: v.Get(path)})
		} else if last == "" {
			at.text = v.Get(path)
		} else {
			return nil, fmt.Errorf("%q is no path in %q", path, name)
		}
	}
	return e, nil
}

// child is the child that a step of a path names, made if need be.
func (e *element) child(step string) *element {
	name, number, _ := strings.Cut(step, ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		n = 1
	}
	for len(e.each(name)) < n && n <= partElementsMax {
		e.kids = append(e.kids, &element{name: name})
	}
	return e.each(name)[n-1]
}

// write writes e with its children in the order that the standard wants: those
// that order names in its order, and others after them.
func (e *element) write(b *bytes.Buffer, depth int, order func(parent string) []string) {
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent + "<" + e.name)
	for _, a := range e.attrs {
		b.WriteString(" " + a.name + `="`)
		_ = xml.EscapeText(b, []byte(a.value))
		b.WriteByte('"')
	}
	if e.text == "" && len(e.kids) == 0 {
		b.WriteString("/>\n")
		return
	}
	b.WriteByte('>')
	_ = xml.EscapeText(b, []byte(e.text))
	if len(e.kids) > 0 {
		b.WriteByte('\n')
		names := order(e.name)
		kids := slices.Clone(e.kids)
		slices.SortStableFunc(kids, func(x, y *element) int { return rank(names, x.name) - rank(names, y.name) })
		for _, k := range kids {
			k.write(b, depth+1, order)
		}
		b.WriteString(indent)
	}
	b.WriteString("</" + e.name + ">\n")
}

func rank(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return len(names)
}

// tree is an element with attributes in pairs, and children.
func tree(name string, pairs []string, kids ...*element) *element {
	e := &element{name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			e.attrs = append(e.attrs, attribute{name: pairs[i], value: pairs[i+1]})
		}
	}
	for _, k := range kids {
		if k != nil {
			e.kids = append(e.kids, k)
		}
	}
	return e
}

// leafOf is an element that only says something.
func leafOf(name, text string, pairs ...string) *element {
	e := tree(name, pairs)
	e.text = text
	return e
}
