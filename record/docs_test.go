package record

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The tables of docs/format.md are those of the code: every field of every kind
// and of every part stands in them, with the sentence that Parse and the schema
// use. Run with -update to write them.
func TestFormatPage(t *testing.T) {
	const name = "../docs/format.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := fieldTables.ReplaceAllStringFunc(string(page), func(old string) string {
		m := fieldTables.FindStringSubmatch(old)
		typ := partNamed(m[1])
		if typ == nil {
			t.Errorf("%s has a table of %s, which is nothing", name, m[1])
			return old
		}
		return "<!-- fields of " + m[1] + " -->\n" + fieldTable(typ) + "<!-- end -->"
	})
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		page = []byte(text)
	}
	if text != string(page) {
		t.Errorf("the tables of %s are not those of the code; run go test ./record -run FormatPage -update", name)
	}
	for part := range allParts() {
		if !strings.Contains(text, "<!-- fields of "+part+" -->") {
			t.Errorf("%s has no table of %s", name, part)
		}
	}
	for _, limit := range []string{"67,108,864", "524,288", "65,536", "10,000", "32", "9007199254740991", "19 digits"} {
		if !strings.Contains(text, limit) {
			t.Errorf("%s does not state the limit %s", name, limit)
		}
	}
	for _, v := range changeVerbs {
		words := func(ws []string) string {
			return strings.TrimSuffix("`"+strings.Join(ws, "`, `")+"`", "``")
		}
		row := "| `" + v.verb + "` | " + strings.TrimPrefix(words([]string{v.must})+" ", " ") + "| " + strings.TrimPrefix(words(v.may)+" ", " ") + "|"
		if !strings.Contains(text, row+"\n") {
			t.Errorf("%s does not say %s", name, row)
		}
	}
	for _, rung := range Rungs() {
		if !strings.Contains(text, "`"+rung+"`") {
			t.Errorf("%s does not name the rung %s", name, rung)
		}
	}
}

var fieldTables = regexp.MustCompile(`(?s)<!-- fields of (\w+) -->\n.*?<!-- end -->`)

// allParts finds every struct that is written as a table of fields, by name.
func allParts() map[string]reflect.Type {
	parts := map[string]reflect.Type{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			if fields := planOf(t).fields; len(fields) > 0 && parts[t.Name()] == nil {
				parts[t.Name()] = t
				for _, f := range fields {
					visit(f.typ)
				}
			}
		}
	}
	visit(reflect.TypeFor[Common]())
	visit(reflect.TypeFor[Settings]())
	for _, k := range Kinds() {
		visit(elem(New(k)).Type())
	}
	return parts
}

func partNamed(name string) reflect.Type { return allParts()[name] }

// fieldTable lists the fields of t beyond the common ones.
func fieldTable(t reflect.Type) string {
	common := planOf(reflect.TypeFor[Common]())
	var b strings.Builder
	if _, ok := reflect.New(t).Interface().(Record); !ok && t != reflect.TypeFor[Settings]() && t != reflect.TypeFor[Common]() {
		b.WriteString("A `" + t.Name() + "`:\n\n")
	}
	b.WriteString("| field | value | meaning |\n|---|---|---|\n")
	for _, f := range planOf(t).fields {
		_, shared := common.byName[f.name]
		if isKind := reflect.PointerTo(t).Implements(reflect.TypeFor[Record]()); shared && isKind && t.Name() != "Common" && len(f.index) > 1 {
			continue
		}
		star := ""
		if f.need {
			star = "\\*"
		}
		value := valueWords(f.typ)
		if f.form == "slug" {
			value = "slug"
		}
		if f.bounds != nil {
			value = f.bounds.words
			if f.typ.Kind() == reflect.Map {
				value = "table: " + valueWords(f.typ.Key()) + " → " + value
			}
		}
		b.WriteString("| `" + f.name + "`" + star + " | " + value + " | " + strings.ReplaceAll(f.doc, "|", "\\|") + " |\n")
	}
	return b.String()
}

// valueWords says what a value of type t looks like.
func valueWords(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Label]():
		return "label"
	case reflect.TypeFor[Steps]():
		return "number, or list of `Step`"
	case reflect.TypeFor[Lead]():
		return "whole months from 0 to 600, or table: Place → months"
	case reflect.TypeFor[Member]():
		return "Party or `Member`"
	case reflect.TypeFor[Location]():
		return "[longitude, latitude]"
	case reflect.TypeFor[Nested]():
		return "a record of any kind but Scenario"
	case reflect.TypeFor[Fields]():
		return "table: field → value or null"
	case reflect.TypeFor[Measure]():
		return "number or money"
	case reflect.TypeFor[Amount]():
		return "money, or a range"
	case reflect.TypeFor[Number]():
		return "number, or a range"
	case reflect.TypeFor[Kind]():
		return "name of a kind"
	case reflect.TypeFor[Day](), reflect.TypeFor[Money](), reflect.TypeFor[Currency](), reflect.TypeFor[Decimal]():
		return strings.ToLower(t.Name())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return valueWords(t.Elem())
	case reflect.Slice:
		return "list of " + valueWords(t.Elem())
	case reflect.Map:
		return "table: " + valueWords(t.Key()) + " → " + valueWords(t.Elem())
	case reflect.Struct:
		return "`" + t.Name() + "`"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	}
	switch w := wordOf(t); {
	case w.values != nil:
		return "`" + strings.Join(w.values, "`, `") + "`"
	case w.subject:
		return "Party or Agreement"
	case w.target != "":
		return string(w.target)
	}
	return "text"
}
