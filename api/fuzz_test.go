package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"entente/api"
)

// document is as much of OpenAPI as making requests needs.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
}

func described(t testing.TB) document {
	t.Helper()
	text, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// reads are the paths that can be read and that end.
func reads(t testing.TB) []string {
	var paths []string
	for path, ops := range described(t).Paths {
		if _, ok := ops["get"]; ok && !strings.HasSuffix(path, "/events") {
			paths = append(paths, strings.TrimPrefix(path, api.Prefix))
		}
	}
	slices.Sort(paths)
	return paths
}

// maker makes requests from the document: mostly what it describes, and then
// again what it does not.
type maker struct {
	document
	*rand.Rand
}

var words = []string{"", "pledge", "Party", "NOR", "nor-guns", "canary-guns", "howitzer", "2025-03-14", "#3", "now", "public", "open", "error", "committed", "*", `"6"`, "-1", "0", "99999999999999999999",
	"../..", "%00", "\x00", "é中\U0001f600", "'; --", "<script>", strings.Repeat("a", 700), "null", "{}", "true", " ", "\n", "Pledge/nor-guns", "1e309"}

func (m maker) word() string { return words[m.IntN(len(words))] }

func (m maker) value(s schema, depth int) any {
	if s.Ref != "" {
		s = m.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	kind, _ := s.Type.(string)
	if m.IntN(12) == 0 {
		kind = []string{"string", "integer", "boolean", "array", "object", "null"}[m.IntN(6)]
	}
	switch {
	case len(s.Enum) > 0 && m.IntN(4) > 0:
		return s.Enum[m.IntN(len(s.Enum))]
	case kind == "integer" || kind == "number":
		return []any{0, 1, 7, -1, 1e18, 2.5}[m.IntN(6)]
	case kind == "boolean":
		return m.IntN(2) == 0
	case kind == "array" && depth > 0:
		list := make([]any, m.IntN(4))
		for i := range list {
			item := schema{Type: "object"}
			if s.Items != nil {
				item = *s.Items
			}
			list[i] = m.value(item, depth-1)
		}
		return list
	case kind == "object" && depth > 0:
		if len(s.Properties) == 0 {
			return m.record()
		}
		o := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if m.IntN(6) > 0 {
				o[name] = m.value(s.Properties[name], depth-1)
			}
		}
		if m.IntN(8) == 0 {
			o[m.word()] = m.word()
		}
		return o
	case kind == "null":
		return nil
	}
	return m.word()
}

// record is a record that is nearly right.
func (m maker) record() any {
	var r map[string]any
	if err := json.Unmarshal([]byte(guns(m.IntN(10))), &r); err != nil {
		panic(err)
	}
	if m.IntN(3) == 0 {
		r[m.word()] = m.word()
	}
	if m.IntN(3) == 0 {
		delete(r, slices.Sorted(maps.Keys(r))[m.IntN(len(r))])
	}
	return r
}

func (m maker) request(path string, op operation) (target, body string, headers []string) {
	query := url.Values{}
	target = strings.TrimPrefix(path, api.Prefix)
	for _, p := range op.Parameters {
		text := fmt.Sprint(m.value(p.Schema, 0))
		switch {
		case p.In == "path":
			target = strings.ReplaceAll(target, "{"+p.Name+"}", url.PathEscape(text))
		case m.IntN(3) > 0:
		case p.In == "query":
			query.Set(p.Name, text)
		case p.In == "header" && !strings.ContainsAny(text, "\x00\n"):
			headers = append(headers, p.Name, text)
		}
	}
	if m.IntN(20) == 0 {
		query.Set(m.word(), m.word())
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if op.RequestBody != nil {
		for _, c := range op.RequestBody.Content {
			text, err := json.Marshal(m.value(c.Schema, 4))
			if err != nil {
				panic(err)
			}
			body = string(text)
		}
		if m.IntN(10) == 0 {
			body = body[:m.IntN(len(body)+1)]
		}
	}
	return target, body, headers
}

// TestAnyRequest: whatever is asked, the server does not fail, and each error is
// a problem with a remedy.
func TestAnyRequest(t *testing.T) {
	requests := 3000
	if os.Getenv("ENTENTE_SOAK") != "" {
		requests = 200_000
	}
	h := open(t)
	m := maker{described(t), rand.New(rand.NewPCG(1, 2))}
	type route struct{ path, method string }
	var routes []route
	for path, ops := range m.Paths {
		for method := range ops {
			if !strings.HasSuffix(path, "/events") {
				routes = append(routes, route{path, method})
			}
		}
	}
	slices.SortFunc(routes, func(a, b route) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	who := slices.Sorted(maps.Keys(people))
	seen := map[int]int{}
	for range requests {
		r := routes[m.IntN(len(routes))]
		target, body, headers := m.request(r.path, m.Paths[r.path][r.method])
		got := ask(t, h, who[m.IntN(len(who))], strings.ToUpper(r.method), target, body, headers...)
		seen[got.status/100]++
		if got.status >= 500 {
			t.Fatalf("%s %s %v\n%s\nended in %d: %s", r.method, target, headers, body, got.status, got.text)
		}
		if got.status >= 400 && (got.header.Get("Content-Type") != "application/problem+json" || got.at("remedy") == nil || got.at("remedy") == "" || got.at("detail") == "") {
			t.Fatalf("%s %s %v\n%s\nis answered %d without a remedy: %s", r.method, target, headers, body, got.status, got.text)
		}
	}
	if seen[2] == 0 || seen[4] == 0 {
		t.Errorf("the requests were all of one sort: %v", seen)
	}
}
