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
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of an input, far above what people write and far below what would
// hurt. Any document of at most documentBytesMax is read in less than a second.
const (
	FileBytesMax     = 64 << 20
	documentBytesMax = 512 << 10
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
	return p.records, p.sorted()
}

// sorted returns the errors in the order of the file, and no more than
// people read.
func (p *parser) sorted() Errors {
	slices.SortStableFunc(p.errs, func(a, b Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	if len(p.errs) > errorsMax {
		more := Error{p.errs[errorsMax].Pos, "", fmt.Sprintf("there are more than %d errors in this file", errorsMax), "mend those above first"}
		p.errs = append(p.errs[:errorsMax:errorsMax], more)
	}
	return p.errs
}

// unreadable finds what makes a file no text at all.
func unreadable(data []byte) *Error {
	if len(data) > FileBytesMax {
		return &Error{Pos: Pos{Line: 1, Column: 1}, Says: fmt.Sprintf("the file has %d bytes, more than %d", len(data), FileBytesMax), Fix: "split it"}
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
	dec     decoder
}

// fault notes an error that stands at a line rather than at a value.
func (p *parser) fault(line, column int, says, fix string) {
	if len(p.errs) <= errorsMax {
		p.errs = append(p.errs, Error{Pos{p.file, line, column}, "", says, fix})
	}
}

// document reads one node as a record. The record counts only if it has no error.
func (p *parser) document(n *yaml.Node, line int) {
	d := &p.dec
	d.file, d.errs = p.file, &p.errs
	d.reset(line)
	if r := d.record(n, &trail{}); d.faults == 0 {
		p.records = append(p.records, r)
	}
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// yaml reads document by document, so that one broken document hides no error
// of the next. Three hyphens at the start of a line always begin a document,
// whatever stands around them (YAML 1.2.2, 9.1.2, c-forbidden).
func (p *parser) yaml(data []byte) {
	for rest := documents(bytes.TrimPrefix(data, byteOrderMark)); len(rest) > 0; {
		n, size := 0, 0
		for n < len(rest) && size < readTogether {
			size += len(rest[n].text)
			n++
		}
		some := rest[:n]
		rest = rest[n:]
		for i, r := range readAll(some) {
			switch {
			case r.fault != nil:
				p.fault(r.fault.Line, r.fault.Column, r.fault.Says, r.fault.Fix)
			case r.node != nil:
				p.document(r.node, some[i].line)
			}
		}
	}
}

// readTogether is how many bytes of documents are read, on all cores, before they
// are looked at: enough to be worth it, and few enough to be held as nodes.
const readTogether = 1 << 20

// result is what reading a chunk gave.
type result struct {
	node  *yaml.Node
	fault *Error
}

// readAll reads chunks side by side.
func readAll(chunks []chunk) []result {
	results := make([]result, len(chunks))
	var next atomic.Int64
	var g sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(chunks)) {
		g.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(chunks)); i = next.Add(1) - 1 {
				results[i].node, results[i].fault = chunks[i].read()
			}
		})
	}
	g.Wait()
	return results
}

// chunk is the text of one document.
type chunk struct {
	text []byte
	line int // lines before it
}

// documents cuts a file at the lines that begin with three hyphens. Such a line
// belongs to its document only if it says more than that one begins.
func documents(data []byte) []chunk {
	var cs []chunk
	start, first, line := 0, 0, 0
	for at := 0; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if rest, ok := bytes.CutPrefix(data[at:end], []byte("---")); ok && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0) {
			cs = append(cs, chunk{data[start:at], first})
			start, first = at, line
			if len(bytes.TrimSpace(rest)) == 0 {
				start, first = end, line+1
			}
		}
		at = end
	}
	return append(cs, chunk{data[start:], first})
}

// read returns the one node of the document, or nil when it is blank.
func (c chunk) read() (*yaml.Node, *Error) {
	fault := func(line int, says, fix string) *Error {
		last := 1 + bytes.Count(c.text, []byte("\n"))
		return &Error{Pos: Pos{Line: c.line + min(max(line, 1), last), Column: 1}, Says: says, Fix: fix}
	}
	blank := bytes.TrimLeft(c.text, " \t\r\n")
	switch {
	case len(blank) == 0:
		return nil, nil
	case len(c.text) > documentBytesMax:
		return nil, fault(1, fmt.Sprintf("the document has %d bytes, more than %d", len(c.text), documentBytesMax), "set records apart by lines of three hyphens; long texts belong into a file that a Document names")
	case blank[0] == '%':
		return nil, fault(1+bytes.Count(c.text[:len(c.text)-len(blank)], []byte("\n")), "YAML directives are not read", "remove the line")
	}
	n, more, err := readYAML(c.text)
	switch {
	case err != nil:
		return nil, fault(yamlFault(err))
	case more != nil:
		return nil, fault(more.Line, "a second document begins without a line of three hyphens", "write --- on a line of its own before it")
	}
	return n, nil
}

// readYAML returns the value of the first document, nil when it is blank, and
// the second document, which should not be there.
func readYAML(text []byte) (n, more *yaml.Node, err error) {
	defer func() {
		// The library reports some broken input by panicking.
		if r := recover(); r != nil {
			n, more, err = nil, nil, errors.New("yaml: the text cannot be read")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := dec.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &second, nil
	case !errors.Is(err, io.EOF):
		return nil, nil, err
	}
	if len(first.Content) == 0 || isBlank(first.Content[0]) {
		return nil, nil, nil
	}
	return first.Content[0], nil, nil
}

// isBlank reports whether n is what YAML reads where nothing stands.
func isBlank(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "" && n.Anchor == "" && n.Style == 0
}

var (
	yamlLine       = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)
	yamlParserSays = regexp.MustCompile(`^did not find expected (key|node|'|<)`)
)

// yamlFault takes the library's message apart. The library counts lines from 0
// in what its parser says, and from 1 in what its scanner says.
func yamlFault(err error) (line int, says, fix string) {
	first, _, _ := strings.Cut(err.Error(), "\n")
	m := yamlLine.FindStringSubmatch(first)
	if m == nil {
		m = []string{"", "", first}
	}
	line, _ = strconv.Atoi(m[1])
	if yamlParserSays.MatchString(m[2]) {
		line++
	}
	for _, known := range yamlFaults {
		if strings.HasPrefix(m[2], known.message) {
			return line, known.says, known.fix
		}
	}
	return line, "the text is not YAML: " + m[2], "mend the YAML there; check indentation, colons and quotes"
}

// yamlFaults says what the library means in the cases that people meet.
var yamlFaults = []struct{ message, says, fix string }{
	{"mapping values are not allowed", "a colon stands where a field cannot begin", `put a text that holds a colon and a space in quotes; let the fields of one table begin in one column`},
	{"found character that cannot start any token", "a tab, or a mark such as @ or %, stands where a value should begin", "indent with spaces, and put such a text in quotes"},
	{"found a tab character", "a tab stands in the indentation", "indent with spaces"},
	{"did not find expected ',' or ']'", "a list in square brackets does not go on with a comma or end", "close the bracket, or put a text that holds brackets or commas in quotes"},
	{"did not find expected ',' or '}'", "a table in braces does not go on with a comma or end", "close the brace, or put a text that holds braces or commas in quotes"},
	{"did not find expected <document start>", "a second document begins without a line of three hyphens", "write --- on a line of its own before it"},
	{"did not find expected key", "the lines do not stand in one column", "let the fields of one table begin in one column"},
	{"did not find expected '-' indicator", "the lines of a list do not all begin with a hyphen in one column", "begin each with a hyphen, or indent what belongs to the one above"},
	{"could not find expected ':'", "a line of a table has no colon", "write the field, a colon, a space and the value"},
	{"found unexpected end of stream", "a text in quotes does not end", "close the quotes"},
	{"unknown anchor", "an alias names what does not stand before it in its document", "write the value out"},
}

// json reads objects one after the other, or the members of one list.
func (p *parser) json(data []byte) {
	if n := plain(data); n != nil && n.Kind == yaml.MappingNode {
		p.document(n, 0)
		return
	}
	data = bytes.TrimPrefix(data, byteOrderMark)
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(data)), data: data}
	r.dec.UseNumber()
	r.lines = lineStarts(data)
	depth := 0
	for {
		r.nodes = jsonNodesMax
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
		if depth == 0 && len(bytes.TrimLeft(data[r.dec.InputOffset():], " \t\r\n")) == 0 {
			return
		}
		n, err := r.value(0)
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

// jsonNodesMax bounds what is held of one JSON value before its record is
// looked at: keys count here, and unknown fields.
const jsonNodesMax = 4 * valuesMax

var (
	errTooDeep = errors.New("values are nested too deeply")
	errTooMany = fmt.Errorf("one record has more than %d values", valuesMax)
	errHalf    = errors.New("half of a UTF-16 surrogate pair")
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
		// encoding/json reads half a surrogate pair as U+FFFD, RFC 8785 not at all.
		if strings.ContainsRune(t, utf8.RuneError) && halfPair.Match(wholePair.ReplaceAll(r.data[start:r.dec.InputOffset()], nil)) {
			return nil, errHalf
		}
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

var (
	wholePair = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
	halfPair  = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
)

// record reads a mapping as the kind that it says it is.
func (d *decoder) record(n *yaml.Node, p *trail) Record {
	n, ok := d.enter(n, p)
	if !ok {
		return nil
	}
	kind, id := head(n)
	r, names := New(Kind(kind)), Kind("").values()
	switch {
	case n.Kind != yaml.MappingNode:
		d.fault(n, p, "a record is expected here, not a "+shape(n), "write kind, id and the other fields; set records apart by lines of three hyphens")
		return nil
	case kind == "":
		d.fault(n, p, "the record does not say its kind", "begin it with kind: and one of "+strings.Join(names, ", "))
		return nil
	case r == nil:
		fix := "write one of " + strings.Join(names, ", ")
		if near := nearest(kind, names); near != "" {
			fix = "did you mean " + near + "?"
		}
		d.fault(n, p, "there is no kind "+quoted(kind), fix)
		return nil
	}
	at := p.field(kind).field(shortened(id))
	if id == "" {
		at = p.field(kind)
	}
	before := d.faults
	d.object(n, at, elem(r))
	c := r.Base()
	c.Pos = Pos{d.file, n.Line + d.line, n.Column}
	if says, fix := idFault(c.Kind, c.ID); says != "" && c.ID != "" {
		d.fault(valueOf(n, "id"), at.field("id"), says, fix)
	}
	if d.faults > before {
		return nil
	}
	return r
}

// head finds what a record calls itself, for messages about its other fields.
func head(n *yaml.Node) (kind, id string) {
	if n.Kind != yaml.MappingNode {
		return "", ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := resolved(n.Content[i+1]); v.Kind == yaml.ScalarNode {
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
