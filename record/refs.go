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
	switch v.Kind() {
	case reflect.String: // an id: no other text carries references
		if v.String() != "" {
			*refs = append(*refs, Ref{Key{v.Interface().(reference).target(), v.String()}, path})
		}
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
			if field := v.FieldByIndex(f.index); carriesRefs(field.Type()) {
				walkRefs(field, join(path, f.name), refs)
			}
		}
		switch v.Type() {
		case reflect.TypeFor[Label]():
			for i, id := range v.Interface().(Label).Parties {
				*refs = append(*refs, Ref{Key{KindParty, string(id)}, join(path, strconv.Itoa(i))})
			}
		case reflect.TypeFor[Lead]():
			walkRefs(reflect.ValueOf(v.Interface().(Lead).At), path, refs)
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
