package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/api"
	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// The register of these tests: what Estonia alone may see holds the word canary
// in every field that takes text.
const facts = `
kind: Party
id: NOR
name: Norway
type: nation
---
kind: Party
id: EST
name: Estonia
type: nation
---
kind: Party
id: LVA
name: Latvia
type: nation
---
kind: Resource
id: howitzer
name: Howitzer
leg: equipment
unit: piece
---
kind: Document
id: letter
title: A letter
publisher: Ministry
published: 2025-03-14
---
kind: Pledge
id: nor-guns
by: NOR
resource: howitzer
quantity: 6
from: 2025-05
status: [{is: announced, on: 2025-03-14}]
sources: [{document: letter}]
---
kind: Pledge
id: canary-guns
title: canary title
note: canary note
by: NOR
release: [EST]
resource: howitzer
quantity: 31337
from: 2025-05
status: [{is: announced, on: 2025-03-14}]
sources: [{document: letter, quote: canary quote}]
`

var (
	ctx   = context.Background()
	today = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
)

// people are who may ask, by their token.
var people = map[string]account.Caller{
	"":      {Reader: access.Public},
	"kari":  {Person: "Kari", Reader: access.Reader{Party: "NOR", Roles: access.Owner}},
	"mari":  {Person: "Mari", Reader: access.Reader{Party: "EST", Roles: access.Coordinator}},
	"janis": {Person: "Jānis", Reader: access.Reader{Party: "LVA", Roles: access.Owner}},
	"local": account.Local,
}

// open is an API over a register that says facts.
func open(t testing.TB) http.Handler {
	t.Helper()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(ctx, s, ledger.Options{Clock: func() time.Time { return today }, Salts: rand.NewChaCha8([32]byte{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	rs, errs := record.Parse("facts.yaml", []byte(facts))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	edits, err := r.Toward(ctx, register.NewTree(record.Settings{}), 0, rs, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(ctx, "keeper", "first", edits, nil); err != nil {
		t.Fatal(err)
	}
	private, public, err := ledger.GenerateKey(rand.NewChaCha8([32]byte{1}), "register.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Ledger.Checkpoint(ctx, private); err != nil {
		t.Fatal(err)
	}
	ids := 0
	return api.New(api.Config{
		Tree: r.Tree, Shared: r, PublicKey: public, Random: rand.NewChaCha8([32]byte{2}),
		Now:   func() time.Time { return today },
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
		Who: func(r *http.Request) (account.Caller, error) {
			c, ok := people[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
			if !ok {
				return c, errors.New("no such token")
			}
			return c, nil
		},
	})
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	json   any
}

// at is a value in the answer: records.0.id.
func (a answer) at(path string) any {
	value := a.json
	for step := range strings.SplitSeq(path, ".") {
		switch x := value.(type) {
		case map[string]any:
			value = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				return nil
			}
			value = x[i]
		default:
			return nil
		}
	}
	return value
}

// ask sends a request as somebody; headers are name, value and so on.
func ask(t testing.TB, h http.Handler, who, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.json)
	return a
}

func TestReading(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		who, path string
		status    int
		at        string
		want      any
	}{
		{"", "/register", 200, "records", 6.0},
		{"mari", "/register", 200, "records", 7.0},
		{"mari", "/register?see-as=public", 200, "records", 6.0},
		{"mari", "/register", 200, "reader", "EST"},
		{"local", "/register?see-as=LVA", 200, "records", 6.0},
		{"mari", "/register?see-as=NOR", 400, "remedy", "see as public, or leave it out"},
		{"", "/register?known=%235", 200, "records", 5.0},
		{"", "/register?known=tomorrow", 400, "detail", "known is no state of the ledger"},
		{"", "/register?nonsense=1", 422, "status", 422.0},
		{"nobody", "/register", 401, "title", "Who are you?"},
		{"", "/records?limit=2", 200, "next", "Party/LVA"},
		{"", "/records?limit=2&after=Party/EST", 200, "records.0.id", "LVA"},
		{"", "/records?kind=pledge", 200, "records.1", nil},
		{"mari", "/records?kind=pledge", 200, "records.0.id", "canary-guns"},
		{"", "/records?kind=tank", 400, "detail", "there is no such kind of record"},
		{"", "/records/pledge/nor-guns", 200, "record.quantity", 6.0},
		{"", "/records/pledge/nor-guns", 200, "findings.0.level", "warning"},
		{"", "/records/pledge/canary-guns", 404, "detail", "Pledge/canary-guns is not in the register, or not for you"},
		{"", "/records/pledge/never-there", 404, "detail", "Pledge/never-there is not in the register, or not for you"},
		{"", "/records/pledge/canary-guns/history", 404, "status", 404.0},
		{"mari", "/records/pledge/canary-guns/history", 200, "revisions.0.verb", "add"},
		{"", "/records/pledge/canary-guns/proof", 404, "status", 404.0},
		{"", "/records/party/NOR/proof", 200, "form", "entente record proof 1"},
		{"", "/totals?rung=announced", 200, "totals.0.inside", 6.0},
		{"mari", "/totals?rung=announced", 200, "totals.0.inside", 31343.0},
		{"", "/log?limit=4", 200, "next", "4"},
		{"", "/schemas/pledge", 200, "title", "Pledge"},
		{"", "/nowhere", 404, "status", 404.0},
	} {
		got := ask(t, h, c.who, "GET", c.path, "")
		if got.status != c.status || got.at(c.at) != c.want {
			t.Errorf("%s asks for %s: %d, %s = %v; want %d, %v\n%s", c.who, c.path, got.status, c.at, got.at(c.at), c.status, c.want, got.text)
		}
	}
	first := ask(t, h, "", "GET", "/records/party/NOR", "")
	if again := ask(t, h, "", "GET", "/records/party/NOR", "", "If-None-Match", first.header.Get("ETag")); again.status != 304 || again.text != "" {
		t.Errorf("asked again with its ETag: %d, %q", again.status, again.text)
	}
}

// TestPagesJoin: page by page, a list of all kinds is the whole list.
func TestPagesJoin(t *testing.T) {
	h := open(t)
	var whole, joined []any
	whole, _ = ask(t, h, "mari", "GET", "/records", "").at("records").([]any)
	for after := ""; ; {
		page := ask(t, h, "mari", "GET", "/records?limit=2&after="+after, "")
		some, _ := page.at("records").([]any)
		joined = append(joined, some...)
		next, more := page.at("next").(string)
		if !more || len(joined) > len(whole) {
			break
		}
		after = next
	}
	if len(whole) != 7 || fmt.Sprint(joined) != fmt.Sprint(whole) {
		t.Errorf("the pages are %v, the whole is %v", joined, whole)
	}
	if got := ask(t, h, "mari", "GET", "/records?after=nonsense", ""); got.status != 400 || got.at("detail") != "after is no cursor" {
		t.Errorf("a cursor that is none: %d %s", got.status, got.text)
	}
}

func guns(quantity int) string {
	return fmt.Sprintf(`{"kind":"Pledge","id":"nor-guns","by":"NOR","resource":"howitzer","quantity":%d,"from":"2025-05","status":[{"is":"announced","on":"2025-03-14"}],"sources":[{"document":"letter"}]}`, quantity)
}

// TestWriting: what becomes of a change, by who brings it and on what.
func TestWriting(t *testing.T) {
	const path = "/records/pledge/nor-guns"
	for _, c := range []struct {
		name, who, method, path, body string
		headers                       []string
		status                        int
		at                            string
		want                          any
	}{
		{"its owner changes it", "kari", "PUT", path, guns(8), []string{"If-Match", `"7"`}, 200, "state", "accepted"},
		{"another party proposes", "mari", "PUT", path, guns(8), []string{"If-Match", `"7"`}, 202, "state", "proposed"},
		{"the public does not", "", "PUT", path, guns(8), []string{"If-Match", `"7"`}, 403, "title", "Not allowed"},
		{"on nothing", "kari", "PUT", path, guns(8), nil, 428, "title", "On what?"},
		{"on another revision", "kari", "PUT", path, guns(8), []string{"If-Match", `"3"`}, 409, "title", "Changed meanwhile"},
		{"as if it were new", "kari", "PUT", path, guns(8), []string{"If-None-Match", "*"}, 409, "title", "Changed meanwhile"},
		{"at another address", "kari", "PUT", "/records/pledge/other", guns(8), []string{"If-None-Match", "*"}, 422, "title", "Two names"},
		{"not right", "kari", "PUT", path, `{"kind":"Pledge","id":"nor-guns"}`, []string{"If-Match", `"7"`}, 422, "remedy", "mend what errors lists"},
		{"not JSON", "kari", "PUT", path, `{`, []string{"If-Match", `"7"`}, 400, "status", 400.0},
		{"referring to nothing", "kari", "PUT", path, strings.Replace(guns(8), `"howitzer"`, `"tank"`, 1), []string{"If-Match", `"7"`}, 422, "title", "It refers to nothing"},
		{"its owner retires it", "kari", "DELETE", path, "", []string{"If-Match", `"7"`}, 200, "state", "accepted"},
		{"retiring what is hidden", "janis", "DELETE", "/records/pledge/canary-guns", "", []string{"If-Match", `"7"`}, 404, "status", 404.0},
		{"retiring what never was", "janis", "DELETE", "/records/pledge/never-was", "", []string{"If-Match", `"7"`}, 404, "status", 404.0},
		{"an id that is hidden", "janis", "PUT", "/records/pledge/canary-guns", strings.NewReplacer("nor-guns", "canary-guns", "NOR", "LVA").Replace(guns(8)), []string{"If-None-Match", "*"}, 409, "title", "The id cannot be used"},
		{"many at once", "kari", "POST", "/batches", `{"title":"eight","size":7,"put":[` + guns(8) + `]}`, nil, 200, "last", 8.0},
		{"many at once, one under an id that is hidden", "janis", "POST", "/batches", `{"title":"eight","size":7,"put":[` + strings.NewReplacer("nor-guns", "canary-guns", "NOR", "LVA").Replace(guns(8)) + `]}`, nil, 409, "title", "The id cannot be used"},
		{"what is there already", "kari", "POST", "/batches", `{"title":"six","size":7,"put":[` + guns(6) + `]}`, nil, 200, "state", "unchanged"},
		{"without a title", "kari", "POST", "/batches", `{"title":"","size":7,"put":[]}`, nil, 422, "status", 422.0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			got := ask(t, h, c.who, c.method, c.path, c.body, c.headers...)
			if got.status != c.status || got.at(c.at) != c.want {
				t.Errorf("%d, %s = %v; want %d, %v\n%s", got.status, c.at, got.at(c.at), c.status, c.want, got.text)
			}
			if strings.Contains(got.text, "canary") && c.who != "mari" && !strings.Contains(c.path+c.body, "canary") {
				t.Errorf("it tells what is hidden: %s", got.text)
			}
		})
	}
}

// TestAgain: a request sent again under its key is the same request.
func TestAgain(t *testing.T) {
	h := open(t)
	for range 3 {
		got := ask(t, h, "kari", "PUT", "/records/pledge/nor-guns", guns(8), "If-Match", `"7"`, "Idempotency-Key", "k1")
		if got.status != 200 || got.at("last") != 8.0 {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
	if got := ask(t, h, "kari", "PUT", "/records/pledge/nor-guns", guns(9), "If-Match", `"8"`, "Idempotency-Key", "k1"); got.status != 409 {
		t.Errorf("another request under the key: %d %s", got.status, got.text)
	}
}

func TestProposals(t *testing.T) {
	h := open(t)
	made := ask(t, h, "mari", "PUT", "/records/pledge/nor-guns", guns(8), "If-Match", `"7"`)
	id, _ := made.at("proposal").(string)
	for _, c := range []struct {
		who, method, path, body string
		status                  int
		at                      string
		want                    any
	}{
		{"mari", "GET", "/proposals?state=open", "", 200, "proposals.0.id", id},
		{"mari", "GET", "/proposals/" + id, "", 200, "edits.0.fields.0.new", 8.0},
		{"mari", "GET", "/proposals/" + id, "", 200, "missing.0", "NOR"},
		{"mari", "GET", "/proposals/none", "", 404, "status", 404.0},
		{"mari", "POST", "/proposals/" + id + "/reviews", `{"approve":true}`, 403, "detail", "nobody approves their own proposal"},
		{"janis", "POST", "/proposals/" + id + "/reviews", `{"approve":true}`, 403, "status", 403.0},
		{"kari", "POST", "/proposals/" + id + "/reviews", `{"approve":true}`, 200, "state", "accepted"},
		{"kari", "POST", "/proposals/" + id + "/reviews", `{"approve":true}`, 409, "status", 409.0},
		{"mari", "POST", "/proposals/" + id + "/withdrawal", "", 409, "status", 409.0},
		{"", "GET", "/records/pledge/nor-guns", "", 200, "record.quantity", 8.0},
		{"mari", "POST", "/proposals", `{"title":"ten","size":8,"put":[` + guns(10) + `]}`, 201, "state", "proposed"},
	} {
		got := ask(t, h, c.who, c.method, c.path, c.body)
		if got.status != c.status || got.at(c.at) != c.want {
			t.Errorf("%s %s %s: %d, %s = %v; want %d, %v\n%s", c.who, c.method, c.path, got.status, c.at, got.at(c.at), c.status, c.want, got.text)
		}
	}
}

// TestNothingHiddenIsTold asks for everything that can be read, as everybody, and
// looks for the canary in the very bytes. Estonia and Norway must find it, so
// that the test can fail.
func TestNothingHiddenIsTold(t *testing.T) {
	h := open(t)
	made := ask(t, h, "kari", "POST", "/proposals", `{"title":"canary proposal","size":7,"put":[`+strings.Replace(guns(8), `"by"`, `"release":["EST"],"note":"canary","by"`, 1)+`]}`)
	if made.status != 201 {
		t.Fatal(made.text)
	}
	var paths []string
	for _, p := range reads(t) {
		for _, kind := range []string{"pledge", "party"} {
			for _, id := range []string{"hidden", "nor-guns", "NOR"} {
				if id == "hidden" {
					id = "canary-guns"
				}
				if strings.Contains(p, "/proposals/") {
					id = made.at("proposal").(string)
				}
				paths = append(paths, strings.NewReplacer("{kind}", kind, "{id}", id).Replace(p))
			}
		}
	}
	told := map[string]int{}
	for who := range people {
		for _, p := range paths {
			for _, q := range []string{"", "?see-as=public", "?known=now"} {
				got := ask(t, h, who, "GET", p+q, "")
				body := strings.NewReplacer("Pledge/canary-guns is not in", "", "Party/canary-guns is not in", "").Replace(got.text)
				if strings.Contains(body, "canary") || strings.Contains(body, "31337") || strings.Contains(fmt.Sprint(got.header), "canary") {
					told[who]++
					if who == "" || who == "janis" || strings.Contains(q, "public") {
						t.Errorf("%q asked for %s and was told: %s", who, p+q, got.text)
					}
				}
				if got.status >= 500 {
					t.Errorf("%s: %d %s", p+q, got.status, got.text)
				}
			}
		}
	}
	if told["mari"] == 0 || told["kari"] == 0 || told["local"] == 0 {
		t.Errorf("nobody was told, so nothing was tried: %v", told)
	}
}

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// TestDocument keeps docs/openapi.json as what is served.
func TestDocument(t *testing.T) {
	text, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	const file = "../docs/openapi.json"
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("%s is not what is served (%v); write it anew with go test ./api -update, and read the difference", file, err)
	}
	served := ask(t, open(t), "", "GET", "/openapi.json", "")
	if served.status != 200 || served.at("openapi") != "3.1.0" {
		t.Errorf("served: %d, OpenAPI %v", served.status, served.at("openapi"))
	}
}

// TestEvents: a client that knows of three entries hears of the rest, and then of
// what is added.
func TestEvents(t *testing.T) {
	changed := make(chan ledger.Seq, 1)
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(ctx, s, ledger.Options{Clock: func() time.Time { return today }, Salts: rand.NewChaCha8([32]byte{})})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rs, _ := record.Parse("facts.yaml", []byte(facts))
	edits, err := r.Toward(ctx, register.NewTree(record.Settings{}), 0, rs, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(ctx, "keeper", "first", edits, nil); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(api.New(api.Config{
		Tree: r.Tree, Shared: r, Now: time.Now, NewID: func() string { return "id" },
		Who: func(*http.Request) (account.Caller, error) { return account.Caller{}, nil },
		Changed: func(ctx context.Context, after ledger.Seq) error {
			size, err := r.Ledger.Size(ctx)
			if err != nil || size > after {
				return err
			}
			select {
			case changed <- after:
			default:
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}))
	defer srv.Close()
	within, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(within, "GET", srv.URL+api.Prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "3")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	buf := make([]byte, 4096)
	n, err := io.ReadAtLeast(res.Body, buf, 20)
	if got := string(buf[:n]); err != nil || !strings.Contains(got, "id: 7\n") || !strings.Contains(got, "event: grown\n") {
		t.Errorf("heard %q, %v; want that the ledger has grown to 7", got, err)
	}
	if after := <-changed; after != 7 {
		t.Errorf("then it waits for more than %d, want 7", after)
	}
}
