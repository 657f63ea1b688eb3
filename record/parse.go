package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of an input. They are far above what people write and far below what
// would hurt: a document is one record.
const (
	FileBytesMax     = 64 << 20
	documentBytesMax = 256 << 10
	nodesMax         = 50_000
	errorsMax        = 200
)

// Parse reads the records of one file: YAML documents set apart by lines of
// three hyphens, or, when the name ends in .json, JSON objects one after the
// other or in one list. It returns every record that is right and every error;
// a caller that wants all or nothing looks at the errors first. File is used
// for messages and positions alone.
func Parse(file string, data []byte) ([]Record, Errors) {
	p := parser{file: file}
	switch fault := unreadable(data); {
	case fault != nil:
		fault.File = file
		p.errs = Errors{*fault}
	case strings.EqualFold(path.Ext(file), ".json"):
		p.json(data)
	default:
		p.yaml(data)
	}
	slices.SortStableFunc(p.errs, func(a, b Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	if len(p.errs) >= errorsMax {
		p.errs = append(p.errs[:errorsMax:errorsMax], Error{Pos{File: file}, "", fmt.Sprintf("there are more than %d errors in this file", errorsMax), "mend these first"})
	}
	return p.records, p.errs
}

// unreadable finds what makes a file no text at all.
func unreadable(data []byte) *Error {
	if len(data) > FileBytesMax {
		return &Error{Says: fmt.Sprintf("the file has %d bytes, more than %d", len(data), FileBytesMax), Fix: "split it"}
	}
	at, says, fix := -1, "", ""
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		at, says, fix = 0, "the file is UTF-16", "save it as UTF-8"
	case bytes.IndexByte(data, 0) >= 0:
		at, says, fix = bytes.IndexByte(data, 0), "the file contains a NUL byte", "save it as plain UTF-8 text"
	case !utf8.Valid(data):
		for at = 0; at < len(data); {
			r, n := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		says, fix = "the file is not valid UTF-8", "save it as UTF-8"
	}
	if says == "" {
		return nil
	}
	line, column := position(data, at)
	return &Error{Pos: Pos{Line: line, Column: column}, Says: says, Fix: fix}
}

func position(data []byte, at int) (line, column int) {
	before := data[:min(at, len(data))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

type parser struct {
	file    string
	records []Record
	errs    Errors
}

// fault notes an error that stands at a line rather than at a value.
func (p *parser) fault(line, column int, says, fix string) {
	if len(p.errs) < errorsMax {
		p.errs = append(p.errs, Error{Pos{p.file, line, column}, "", says, fix})
	}
}

// document reads one node as a record. The record counts only if it has no error.
func (p *parser) document(n *yaml.Node, line int) {
	d := decoder{file: p.file, line: line, errs: &p.errs, nodes: nodesMax}
	before := len(p.errs)
	r := d.record(n, &trail{})
	if len(p.errs) == before && r != nil {
		p.records = append(p.records, r)
	}
}

// yaml reads document by document, so that one broken document hides no error
// of the next. Three hyphens at the start of a line always begin a document,
// whatever stands around them (YAML 1.2.2, 9.1.2, c-forbidden).
func (p *parser) yaml(data []byte) {
	for _, c := range documents(data) {
		if len(bytes.TrimSpace(c.text)) == 0 {
			continue
		}
		if len(c.text) > documentBytesMax {
			p.fault(c.line+1, 1, fmt.Sprintf("the document has %d bytes, more than %d", len(c.text), documentBytesMax), "set records apart by lines of three hyphens; long texts belong into a file that a Document names")
			continue
		}
		n, err := readYAML(c.text)
		switch {
		case err != nil:
			line, says := yamlFault(err)
			p.fault(c.line+line, 1, says, "mend the YAML there; check indentation, colons and quotes")
		case n != nil:
			p.document(n, c.line)
		}
	}
}

type chunk struct {
	text []byte
	line int // lines before it
}

func documents(data []byte) []chunk {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	var cs []chunk
	start, first, line := 0, 0, 0
	for at := 0; at < len(data); {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		text := data[at:end]
		if bytes.HasPrefix(text, []byte("---")) && (len(text) == 3 || strings.ContainsRune(" \t\r\n", rune(text[3]))) {
			cs = append(cs, chunk{data[start:at], first})
			start, first = at, line
		}
		at, line = end, line+1
	}
	return append(cs, chunk{data[start:], first})
}

// readYAML returns the one node of a document, or nil when it is blank.
func readYAML(text []byte) (n *yaml.Node, err error) {
	defer func() {
		// The library reports some broken input by panicking.
		if r := recover(); r != nil {
			n, err = nil, fmt.Errorf("yaml: line 1: the text cannot be read as YAML")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("yaml: line %d: a second document begins without a line of three hyphens", max(more.Line, 1))
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" && root.Value == "" {
		return nil, nil
	}
	return root, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

func yamlFault(err error) (line int, says string) {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		return 1, "the text is not YAML: " + err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	return max(line, 1), "the text is not YAML: " + m[2]
}

// json reads objects one after the other, or the members of one list.
func (p *parser) json(data []byte) {
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(data)), data: data}
	r.dec.UseNumber()
	r.lines = lineStarts(data)
	depth := 0
	for {
		r.nodes = nodesMax
		if depth == 0 && bytes.HasPrefix(bytes.TrimLeft(data[r.dec.InputOffset():], " \t\r\n"), []byte("[")) {
			if _, err := r.dec.Token(); err != nil {
				r.fault(p, err)
				return
			}
			depth = 1
			continue
		}
		if depth == 1 && !r.dec.More() {
			if _, err := r.dec.Token(); err != nil {
				r.fault(p, err)
				return
			}
			depth = 0
			continue
		}
		n, err := r.value(0)
		if errors.Is(err, io.EOF) && depth == 0 {
			return
		}
		if err != nil {
			r.fault(p, err)
			return
		}
		p.document(n, 0)
	}
}

// jsonReader reads JSON tokens into the nodes that YAML text is read into.
type jsonReader struct {
	dec   *json.Decoder
	data  []byte
	lines []int
	nodes int
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (r *jsonReader) at(offset int) (line, column int) {
	i, found := slices.BinarySearch(r.lines, offset)
	if !found {
		i--
	}
	return i + 1, offset - r.lines[i] + 1
}

func (r *jsonReader) fault(p *parser, err error) {
	offset := int(r.dec.InputOffset())
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
		offset = max(int(s.Offset)-1, 0)
	}
	line, column := r.at(min(offset, len(r.data)))
	says := strings.TrimPrefix(err.Error(), "json: ")
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		says = "the file ends in the middle of a value"
	}
	p.fault(line, column, "the text is not JSON: "+says, "mend the JSON there")
}

var (
	errTooDeep = errors.New("values are nested too deeply")
	errTooMany = fmt.Errorf("one record has more than %d values", nodesMax)
)

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > depthMax+2 {
		return nil, errTooDeep
	}
	if r.nodes--; r.nodes < 0 {
		return nil, errTooMany
	}
	start := int(r.dec.InputOffset())
	tok, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	for start < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[start]) >= 0 {
		start++
	}
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = r.at(start)
	switch t := tok.(type) {
	case json.Delim:
		return n, r.compound(n, t, depth)
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	case nil:
		n.Tag = "!!null"
	}
	return n, nil
}

func (r *jsonReader) compound(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind = yaml.SequenceNode
	if open == '{' {
		n.Kind = yaml.MappingNode
	}
	for r.dec.More() {
		c, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, c)
	}
	_, err := r.dec.Token()
	return err
}

// record reads a mapping as the kind that it says it is.
func (d *decoder) record(n *yaml.Node, p *trail) Record {
	n, ok := d.enter(n, p)
	if !ok {
		return nil
	}
	kind, id := head(n)
	r := New(Kind(kind))
	switch {
	case n.Kind != yaml.MappingNode:
		d.fault(n, p, "a record is expected here, not a "+shape(n), "write kind, id and the other fields; set records apart by lines of three hyphens")
		return nil
	case kind == "":
		d.fault(n, p, "the record does not say its kind", "begin it with kind: and one of "+kindList())
		return nil
	case r == nil:
		fix := "write one of " + kindList()
		if near := nearest(kind, strings.Split(kindList(), ", ")); near != "" {
			fix = "did you mean " + near + "?"
		}
		d.fault(n, p, "there is no kind "+quoted(kind), fix)
		return nil
	}
	at := p.field(kind).field(shortened(id))
	if id == "" {
		at = p.field(kind)
	}
	before := len(*d.errs)
	d.object(n, at, elem(r))
	if len(*d.errs) > before {
		return nil
	}
	c := r.Base()
	c.Pos = Pos{d.file, n.Line + d.line, n.Column}
	if says, fix := idFault(c.Kind, c.ID); says != "" {
		d.fault(n, at.field("id"), says, fix)
		return nil
	}
	return r
}

func kindList() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.kind)
	}
	return strings.Join(names, ", ")
}

// head finds what a record calls itself, for messages about its other fields.
func head(n *yaml.Node) (kind, id string) {
	if n.Kind != yaml.MappingNode {
		return "", ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := n.Content[i+1]; v.Kind == yaml.ScalarNode {
			switch n.Content[i].Value {
			case "kind":
				kind = v.Value
			case "id":
				id = v.Value
			}
		}
	}
	return kind, id
}
