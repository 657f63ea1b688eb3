package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/ianaindex"
)

// Rows in a tree: the objects of a list in JSON, the elements of a name in XML.
// Every leaf of a row is a cell; its path is its column. The columns are known
// when the whole tree has been read, so it is read twice.

// depthMax bounds how deeply a tree nests.
const depthMax = 64

// leaf is one cell of a tree's row.
type leaf struct{ path, text string }

// treeRows makes a table of rows of leaves. Leaves of one path in one row stand
// in one cell, with a semicolon between.
func treeRows(ctx context.Context, file string, each func(func([]leaf) error) error, yield rowFunc) error {
	column, heads := map[string]int{}, []string{}
	err := each(func(ls []leaf) error {
		for _, l := range ls {
			if _, known := column[l.path]; !known {
				if len(heads) == columnsMax {
					return fault(file, 0, fmt.Sprintf("the rows have more than %d different fields", columnsMax), "is the file a table?")
				}
				column[l.path] = len(heads)
				heads = append(heads, l.path)
			}
		}
		return ctx.Err()
	})
	if err != nil || len(heads) == 0 {
		return err
	}
	if err := yield(1, heads); err != nil {
		return err
	}
	n, cells := 1, make([]string, len(heads))
	return each(func(ls []leaf) error {
		clear(cells)
		for _, l := range ls {
			switch at := &cells[column[l.path]]; {
			case *at == "":
				*at = l.text
			case l.text != "":
				*at += "; " + l.text
			}
		}
		n++
		if n > rowsMax {
			return fault(file, n, fmt.Sprintf("there are more than %d rows", rowsMax), "split the file")
		}
		return yield(n, cells)
	})
}

// jsonSheets reads the list that a hint names, or else the first list of objects
// or lists in the file.
func jsonSheets(f File, h hints) ([]sheet, error) {
	t := &jsonTree{f: f, hints: h.list}
	if err := t.find(); err != nil {
		return nil, err
	}
	rows := func(ctx context.Context, yield rowFunc) error {
		if t.lists {
			n := 0
			return t.each(func(v any) error {
				n++
				return yield(n, cellsOf(v))
			})
		}
		each := func(visit func([]leaf) error) error {
			return t.each(func(v any) error { return visit(leaves(nil, "", v, 0)) })
		}
		return treeRows(ctx, f.Name, each, yield)
	}
	return []sheet{{file: f.Name, rows: rows, about: func(path string) string { return t.about[path] }}}, nil
}

// jsonTree is a JSON file with a list of rows in it.
type jsonTree struct {
	f     File
	hints []string
	path  string            // of the list
	lists bool              // the rows are lists, not objects
	about map[string]string // scalars outside the list
}

func (t *jsonTree) bad(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return fault(t.f.Name, 0, "the file is not JSON: "+err.Error(), "fetch it again, or mend it")
}

func (t *jsonTree) decoder() *json.Decoder {
	d := json.NewDecoder(decoded(t.f, utf8BOM))
	d.UseNumber()
	return d
}

// find walks the tree once, notes where its lists are and what stands beside
// them, and chooses one.
func (t *jsonTree) find() error {
	t.about = map[string]string{}
	type list struct {
		path  string
		lists bool
	}
	var found []list
	err := t.walk(t.decoder(), func(path string, d *json.Decoder) (bool, error) {
		for row := 0; d.More(); row++ {
			var v json.RawMessage
			if err := d.Decode(&v); err != nil {
				return false, err
			}
			if row == 0 && len(v) > 0 && (v[0] == '{' || v[0] == '[') {
				found = append(found, list{path, v[0] == '['})
			}
		}
		return true, nil
	})
	if err != nil {
		return t.bad(err)
	}
	if len(found) == 0 {
		return fault(t.f.Name, 0, "there is no list of rows in the file", "name a file that holds a list of objects")
	}
	chosen := found[0]
	for _, l := range found {
		if slices.Contains(t.hints, l.path) {
			chosen = l
		}
	}
	t.path, t.lists = chosen.path, chosen.lists
	return nil
}

// walk visits every list that is in no other list; visit consumes what is in it.
func (t *jsonTree) walk(d *json.Decoder, visit func(path string, d *json.Decoder) (bool, error)) error {
	var value func(path string, depth int) error
	value = func(path string, depth int) error {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('['):
			if _, err := visit(path, d); err != nil {
				return err
			}
			_, err = d.Token()
			return err
		case json.Delim('{'):
			if depth > depthMax {
				return fmt.Errorf("it nests more than %d deep", depthMax)
			}
			for d.More() {
				key, err := d.Token()
				if err != nil {
					return err
				}
				if err := value(joined(path, key.(string)), depth+1); err != nil {
					return err
				}
			}
			_, err = d.Token()
			return err
		}
		if text := scalar(tok); text != "" {
			t.about[path] = text
		}
		return nil
	}
	return value("", 0)
}

// each decodes the rows of the chosen list, one at a time.
func (t *jsonTree) each(visit func(any) error) error {
	var stop error
	err := t.walk(t.decoder(), func(path string, d *json.Decoder) (bool, error) {
		for d.More() {
			var v any
			if err := d.Decode(&v); err != nil {
				return false, err
			}
			if path == t.path {
				if stop = visit(v); stop != nil {
					return false, stop
				}
			}
		}
		return true, nil
	})
	if stop != nil {
		return stop
	}
	if err != nil {
		return t.bad(err)
	}
	return nil
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return map[bool]string{true: "true", false: "false"}[v]
	}
	return ""
}

func cellsOf(v any) []string {
	list, _ := v.([]any)
	cells := make([]string, len(list))
	for i, c := range list {
		cells[i] = scalar(c)
	}
	return cells
}

// leaves lists the scalars under v. Objects of a list that say their type are
// told apart by it: sourceObjects.Organization.name.
func leaves(ls []leaf, path string, v any, depth int) []leaf {
	if depth > depthMax {
		return ls
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(mapKeys(v)) {
			ls = leaves(ls, joined(path, k), v[k], depth+1)
		}
		return ls
	case []any:
		for _, e := range v {
			at := path
			if o, ok := e.(map[string]any); ok {
				if kind, ok := o["type"].(string); ok {
					at = joined(path, kind)
				}
			}
			ls = leaves(ls, at, e, depth+1)
		}
		return ls
	}
	if text := scalar(v); text != "" {
		ls = append(ls, leaf{path, text})
	}
	return ls
}

// xmlSheets reads the elements whose path ends as a hint says, or else those of
// the outermost path that comes twice. Attributes and texts of a row are its cells,
// and so are the attributes of the elements around it.
func xmlSheets(f File, h hints) ([]sheet, error) {
	t := &xmlTree{f: f, hints: h.element}
	if err := t.find(); err != nil {
		return nil, err
	}
	rows := func(ctx context.Context, yield rowFunc) error { return treeRows(ctx, f.Name, t.each, yield) }
	return []sheet{{file: f.Name, rows: rows}}, nil
}

type xmlTree struct {
	f     File
	hints []string
	path  string // of a row's element
}

var errFound = errors.New("found")

func (t *xmlTree) find() error {
	seen := map[string]int{}
	fallback := ""
	err := t.walk(func(path string, _ []leaf, _ xml.StartElement) error {
		for _, h := range t.hints {
			if path == h || strings.HasSuffix(path, "/"+h) {
				t.path = path
				return errFound
			}
		}
		seen[path]++
		if depth := strings.Count(path, "/"); seen[path] == 2 && (fallback == "" || depth < strings.Count(fallback, "/")) {
			fallback = path
		}
		return nil
	}, nil)
	switch {
	case err != nil && err != errFound:
		return err
	case t.path == "" && fallback == "":
		return fault(t.f.Name, 0, "no element of the file comes twice", "name a file that holds a list of elements")
	case t.path == "":
		t.path = fallback
	}
	return nil
}

// walk visits the start of each element with the attributes around it, and hands
// each text to its element's path.
func (t *xmlTree) walk(start func(path string, around []leaf, el xml.StartElement) error, text func(path, s string, ended bool) error) error {
	d := xml.NewDecoder(io.NewSectionReader(t.f, 0, t.f.Size))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		enc, err := ianaindex.IANA.Encoding(label)
		if err != nil || enc == nil {
			return nil, fmt.Errorf("nobody knows the encoding %q", label)
		}
		return enc.NewDecoder().Reader(in), nil
	}
	var names []string
	var around [][]leaf
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			switch tok := tok.(type) {
			case xml.Directive:
				err = errors.New("it has a document type declaration, which is not read")
			case xml.StartElement:
				if names = append(names, tok.Name.Local); len(names) > depthMax {
					err = fmt.Errorf("it nests more than %d deep", depthMax)
					break
				}
				var own []leaf
				for _, a := range tok.Attr {
					if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
						own = append(own, leaf{a.Name.Local, a.Value})
					}
				}
				around = append(around, own)
				err = start(strings.Join(names, "/"), slices.Concat(around...), tok)
			case xml.CharData:
				if s := string(bytes.TrimSpace(tok)); text != nil && s != "" {
					err = text(strings.Join(names, "/"), s, false)
				}
			case xml.EndElement:
				if text != nil {
					err = text(strings.Join(names, "/"), "", true)
				}
				names, around = names[:len(names)-1], around[:len(around)-1]
			}
		}
		if err != nil {
			if err == errFound || isSaid(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			return fault(t.f.Name, 0, "the file is not XML: "+err.Error(), "fetch it again, or mend it")
		}
	}
}

func (t *xmlTree) each(visit func([]leaf) error) error {
	var row []leaf
	within := func(path string) (string, bool) {
		rest, ok := strings.CutPrefix(path, t.path)
		return strings.TrimPrefix(rest, "/"), ok && (rest == "" || rest[0] == '/')
	}
	return t.walk(func(path string, around []leaf, el xml.StartElement) error {
		rest, ok := within(path)
		switch {
		case ok && rest == "":
			row = around
		case ok:
			for _, a := range el.Attr {
				row = append(row, leaf{rest + "/" + a.Name.Local, a.Value})
			}
		}
		return nil
	}, func(path, s string, ended bool) error {
		rest, ok := within(path)
		switch {
		case !ok:
		case ended && rest == "":
			if err := visit(row); err != nil {
				return err
			}
			row = nil
		case s != "":
			if rest == "" {
				rest = path[strings.LastIndexByte(path, '/')+1:]
			}
			row = append(row, leaf{rest, s})
		}
		return nil
	})
}
