package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one field that two revisions of a record write differently.
// Path is a JSON pointer (RFC 6901); Old or New is nil where the field is only
// in the other one.
type Difference struct {
	Path string          `json:"path"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
}

// Differences lists what must be changed in old to have new, by path. Elements
// of lists are told apart by their place. Without an old or a new record, the
// whole of the other is one difference.
func Differences(old, new Record) []Difference {
	var found []Difference
	differ("", tree(old), tree(new), &found)
	return found
}

// tree is a record as JSON values; numbers keep their text. A nil record is nil.
func tree(r Record) any {
	if r == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(Canonical(r)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		panic("record: the canonical form is not JSON: " + err.Error())
	}
	return v
}

// pointerEscape is RFC 6901, section 3.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func differ(path string, old, new any, found *[]Difference) {
	switch was := old.(type) {
	case map[string]any:
		if is, ok := new.(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(merged(was, is))) {
				differ(path+"/"+pointerEscape.Replace(name), was[name], is[name], found)
			}
			return
		}
	case []any:
		if is, ok := new.([]any); ok {
			for i := range max(len(was), len(is)) {
				differ(fmt.Sprintf("%s/%d", path, i), at(was, i), at(is, i), found)
			}
			return
		}
	}
	if a, b := raw(old), raw(new); !bytes.Equal(a, b) {
		*found = append(*found, Difference{path, a, b})
	}
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// raw is a value's JSON; nil is what is not there, for no record holds a null.
func raw(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic("record: a value of a record is not JSON: " + err.Error())
	}
	return text
}
