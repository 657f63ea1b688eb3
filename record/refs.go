package record

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Ref is one reference in a record: the key it names, and the field it stands in.
type Ref struct {
	Key
	Path string
}

// References lists what r refers to, in the order of its fields. Parties that
// only take part in an incident count too: nobody is named who is not known.
func References(r Record) []Ref {
	var refs []Ref
	walkRefs(elem(r), "", &refs)
	return refs
}

func walkRefs(v reflect.Value, path string, refs *[]Ref) {
	if !carriesRefs(v.Type()) {
		return
	}
	if id, ok := v.Interface().(reference); ok {
		if v.String() != "" {
			*refs = append(*refs, Ref{Key{id.target(), v.String()}, path})
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walkRefs(v.Elem(), path, refs)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Nested]() {
			// A scenario's added record may refer to what only the scenario adds.
			return
		}
		for _, f := range planOf(v.Type()).fields {
			if carriesRefs(v.Type().FieldByIndex(f.index).Type) {
				walkRefs(v.FieldByIndex(f.index), join(path, f.name), refs)
			}
		}
		if l, ok := v.Interface().(Label); ok {
			for i, id := range l.Parties {
				*refs = append(*refs, Ref{Key{KindParty, string(id)}, join(path, strconv.Itoa(i))})
			}
		}
		if l, ok := v.Interface().(Lead); ok {
			walkRefs(reflect.ValueOf(l.At), path, refs)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkRefs(v.Index(i), join(path, strconv.Itoa(i)), refs)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			walkRefs(k, join(path, k.String()), refs)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

var refTypes sync.Map // reflect.Type → bool; a cache of pure facts

// carriesRefs reports whether values of type t can contain a reference.
func carriesRefs(t reflect.Type) bool {
	if b, ok := refTypes.Load(t); ok {
		return b.(bool)
	}
	b := false
	switch {
	case t.Implements(reflect.TypeFor[reference]()):
		b = true
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice:
		b = carriesRefs(t.Elem())
	case t.Kind() == reflect.Map:
		b = carriesRefs(t.Key())
	case t.Kind() == reflect.Struct:
		b = t == reflect.TypeFor[Label]() || t == reflect.TypeFor[Lead]()
		for i := 0; !b && i < t.NumField(); i++ {
			b = t.Field(i).IsExported() && carriesRefs(t.Field(i).Type)
		}
	}
	refTypes.Store(t, b)
	return b
}
