package server

import (
	"bytes"
	"crypto/rand"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/proposal"
	"entente/record"
	"entente/register"
)

// twice is a brigade of the Netherlands that is called to two tasks at once.
const twice = `
kind: Agreement
id: second-agreement
title: Invented agreement on brigades
type: framework
parties: [DNK, NLD]
status: [{is: in-force, on: 2024-06}]
---
kind: Unit
id: brigade
by: NLD
title: Invented brigade
type: mechanised infantry
echelon: brigade
---
kind: Assignment
id: brigade-here
by: NLD
unit: brigade
under: aircraft-agreement
role: standby
from: 2025-01-01
---
kind: Assignment
id: brigade-there
by: NLD
unit: brigade
under: second-agreement
role: standby
from: 2025-01-01
---
kind: Scenario
id: six-aircraft
title: The Netherlands give six
by: NLD
changes: [{change: {kind: Pledge, id: nld-aircraft, set: {quantity: 6}}}, {change: {kind: Assignment, id: brigade-there, set: {from: 2025-02-01}}}]
---
kind: Scenario
id: aircraft-lost
title: Half of the aircraft are lost
by: NLD
changes: [{lose: {resource: f16, at: air-base, share: 0.5}, on: 2025-06}]
release: [NLD]
`

// actServer is a shared register in which people sign in, with the brigade in it.
func actServer(t *testing.T) (http.Handler, Config) {
	t.Helper()
	c := sharedConfig(t)
	rs, errs := record.Parse("twice.yaml", []byte(twice))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	have, size, err := c.Board.Register.Tree(t.Context(), register.Known{})
	if err != nil {
		t.Fatal(err)
	}
	edits, err := c.Board.Register.Toward(t.Context(), have, size, rs, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Board.Register.Apply(t.Context(), "keeper", "twice", edits, nil); err != nil {
		t.Fatal(err)
	}
	c.Origin = "https://register.example.org"
	c.Book = account.Open(c.Board.Register.Desk, time.Now, rand.Reader)
	c.Caller = func(r *http.Request) account.Caller {
		name := r.Header.Get("As")
		return account.Caller{Person: strings.ToLower(name), Reader: people[name]}
	}
	for _, p := range []account.Person{{ID: "nel", Name: "Nel", Party: "NLD", Roles: people["Nel"].Roles}, {ID: "dag", Name: "Dag", Party: "DNK", Roles: people["Dag"].Roles}, {ID: "kim", Name: "Kim", Keeper: true}} {
		if err := c.Book.Put(t.Context(), account.Local, p); err != nil {
			t.Fatal(err)
		}
	}
	h := New(c).Handler()
	waitFor(t, func() bool { return get(t, h, "Kim", "/records/Unit/brigade").Code == http.StatusOK })
	return h, c
}

// waitFor gives the register time to be read again.
func waitFor(t *testing.T, there func() bool) {
	t.Helper()
	for range 200 {
		if there() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it never came")
}

func post(t *testing.T, h http.Handler, as, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)
	return posted(h, as, path, strings.NewReader(form.Encode()), headers...)
}

func posted(h http.Handler, as, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("As", as)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// cut is what a page says between two texts.
func cut(t *testing.T, page, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no %s: %.300s", pattern, page[max(0, strings.Index(page, "<main")):])
	}
	return m[1]
}

func wants(t *testing.T, what string, w *httptest.ResponseRecorder, status int) *httptest.ResponseRecorder {
	t.Helper()
	if w.Code != status {
		t.Errorf("%s: %d, not %d: %.600s", what, w.Code, status, w.Body)
	}
	return w
}

func TestFindingsAreDecided(t *testing.T) {
	h, _ := actServer(t)
	list := func() string { return get(t, h, "Nel", "/findings?level=note").Body.String() }
	path := cut(t, list(), `href="(/findings/[0-9a-f]{20})">Decide<`)
	if page := get(t, h, "Rik", path).Body.String(); strings.Contains(page, `value="accept"`) {
		t.Error("who reviews for nobody is asked to decide")
	}
	accept := url.Values{"word": {"accept"}, "why": {"it is one street"}}
	wants(t, "no policy lets Rik decide", post(t, h, "Rik", path, accept), 403)
	wants(t, "nobody is not known", post(t, h, "", path, accept), 403)
	wants(t, "there is no such finding", post(t, h, "Nel", findingsPath+"/none", accept), 404)
	wants(t, "no reason", post(t, h, "Nel", path, url.Values{"word": {"accept"}}), 400)
	wants(t, "another site", post(t, h, "Nel", path, accept, "Sec-Fetch-Site", "cross-site"), 403)
	wants(t, "with the eyes of others", post(t, h, "Nel", path+"?see-as=public", accept), 403)
	if strings.Contains(list(), "it is one street") {
		t.Fatal("what was refused is kept")
	}
	wants(t, "accepted", post(t, h, "Nel", path, accept), 303)
	wants(t, "accepted again", post(t, h, "Nel", path, accept), 303)
	if page := list(); !strings.Contains(page, "Accepted as a risk by Nel, NLD on") || !strings.Contains(page, "it is one street") || !strings.Contains(page, "1 more is accepted as a risk") {
		t.Error("it is not shown as accepted")
	}
	wants(t, "assigned", post(t, h, "Nel", path, url.Values{"word": {"assign"}, "to": {"Rik"}}), 303)
	if page := list(); !strings.Contains(page, "Assigned to Rik by Nel, NLD") || strings.Contains(page, "accepted as a risk") {
		t.Error("it is not shown as assigned, and open")
	}
	wants(t, "reopened", post(t, h, "Nel", path, url.Values{"word": {"reopen"}}), 303)
	if strings.Contains(list(), "Assigned to Rik") {
		t.Error("it is not open again")
	}
}

func TestPutToTheNations(t *testing.T) {
	h, c := actServer(t)
	var path, page string
	for _, m := range regexp.MustCompile(`href="(/findings/[0-9a-f]{20})"`).FindAllStringSubmatch(get(t, h, "Dag", "/findings?level=note").Body.String(), -1) {
		if path, page = m[1], get(t, h, "Dag", m[1]).Body.String(); strings.Contains(page, "Put to the nations") {
			break
		}
	}
	once := cut(t, page, `name="once" value="([A-Z2-7]+)"`)
	form := url.Values{"once": {once}, "assignment": {"brigade-there"}}
	wants(t, "another assignment", post(t, h, "Dag", path+"/proposals", url.Values{"once": {once}, "assignment": {"else"}}), 400)
	wants(t, "not from a page", post(t, h, "Dag", path+"/proposals", url.Values{"assignment": {"brigade-there"}}), 400)
	wants(t, "who may propose nothing", post(t, h, "Rik", path+"/proposals", form), 403)
	to := wants(t, "proposed", post(t, h, "Dag", path+"/proposals", form), 303).Header().Get("Location")
	wants(t, "proposed again", post(t, h, "Dag", path+"/proposals", form), 303)
	now, _, err := c.Board.Register.Tree(t.Context(), register.Known{})
	if err != nil {
		t.Fatal(err)
	}
	if ps, err := c.Board.List(t.Context(), proposal.Actor{Principal: access.Principal{Reader: people["Kim"]}}, now, time.Now()); err != nil || len(ps) != 2 {
		t.Errorf("there are %d proposals, not Dag's first and this one: %v", len(ps), err)
	}
	if page := get(t, h, "Nel", to).Body.String(); !strings.Contains(page, "Findings that go away") || !strings.Contains(page, "brigade-there") {
		t.Errorf("the proposal does not clear the finding: %s", page)
	}
	wants(t, "withdrawn by somebody else", post(t, h, "Nel", to+"/withdrawal", nil), 403)
	wants(t, "withdrawn", post(t, h, "Dag", to+"/withdrawal", nil), 303)
	wants(t, "withdrawn twice", post(t, h, "Dag", to+"/withdrawal", nil), 409)
}

func TestPeopleAreManaged(t *testing.T) {
	h, _ := actServer(t)
	for _, as := range []string{"", "Rik", "Ulla's guest"} {
		wants(t, as+" sees people", get(t, h, as, "/people"), 404)
		wants(t, as+" adds people", post(t, h, as, "/people", url.Values{"id": {"x"}}), map[bool]int{true: 403, false: 404}[as == ""])
	}
	if page := get(t, h, "Nel", "/people.json").Body.String(); !strings.Contains(page, `"nel"`) || strings.Contains(page, "dag") || strings.Contains(page, "kim") {
		t.Errorf("Nel sees others than her own party's people: %s", page)
	}
	if page := get(t, h, "Aud", "/people").Body.String(); strings.Contains(page, "<form class=\"review\"") || !strings.Contains(page, "What was done") {
		t.Error("an auditor is offered to manage, or sees no trail")
	}
	if strings.Contains(get(t, h, "Nel", "/people?see-as=public").Body.String(), "nel") {
		t.Error("with the public's eyes people are seen")
	}
	add := url.Values{"id": {"wim"}, "name": {"Wim"}, "party": {"NLD"}, "role": {"auditor"}}
	wants(t, "another site", post(t, h, "Nel", "/people", add, "Sec-Fetch-Site", "cross-site"), 403)
	wants(t, "an auditor adds", post(t, h, "Aud", "/people", add), 403)
	wants(t, "added", post(t, h, "Nel", "/people", add), 303)
	wants(t, "added again", post(t, h, "Nel", "/people", add), 303)
	wants(t, "of another party", post(t, h, "Nel", "/people", url.Values{"id": {"eva"}, "name": {"Eva"}, "party": {"DNK"}}), 403)
	wants(t, "the id is taken", post(t, h, "Nel", "/people", url.Values{"id": {"dag"}, "name": {"Dag"}, "party": {"NLD"}}), 400)
	w := wants(t, "invited", post(t, h, "Nel", "/people/wim", url.Values{"word": {"invite"}}), 200)
	link := cut(t, w.Body.String(), `(https://register\.example\.org/join#inv_[^<]+)<`)
	if w.Header().Get("Cache-Control") != "no-store" || strings.Contains(get(t, h, "Nel", "/people").Body.String(), link) {
		t.Error("the link is kept, or shown again")
	}
	wants(t, "a keeper by an owner", post(t, h, "Nel", "/people/kim", url.Values{"word": {"disable"}}), 404)
	w = wants(t, "issued", post(t, h, "Nel", "/people/wim/tokens", url.Values{"name": {"reports"}, "days": {"30"}}), 200)
	id := cut(t, w.Body.String(), `ent_([0-9a-f]+)_`)
	if page := get(t, h, "Nel", "/people").Body.String(); !strings.Contains(page, id) || strings.Contains(page, "ent_") {
		t.Error("the token is not listed, or with its secret")
	}
	wants(t, "days that are none", post(t, h, "Nel", "/people/wim/tokens", url.Values{"name": {"reports"}, "days": {"0"}}), 400)
	wants(t, "revoked", post(t, h, "Nel", "/people/wim/tokens/"+id, nil), 303)
	wants(t, "revoked again", post(t, h, "Nel", "/people/wim/tokens/"+id, nil), 303)
	wants(t, "kept out", post(t, h, "Nel", "/people/wim", url.Values{"word": {"disable"}}), 303)
	if page := get(t, h, "Nel", "/people").Body.String(); !strings.Contains(page, "kept out") || !strings.Contains(page, "revoked ") {
		t.Error("the page does not show what was done")
	}
}

// upload sends a file through the form.
func upload(t *testing.T, h http.Handler, as, format, name, text string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("format", format)
	part, _ := form.CreateFormFile("file", name)
	_, _ = part.Write([]byte(text))
	form.Close()
	return posted(h, as, "/import", &body, append([]string{"Content-Type", form.FormDataContentType()}, headers...)...)
}

const rates = "Date,USD,NOK\n2025-01-02,1.0321,11.7\n2025-01-03,1.0299,N/A\n"

func TestFilesAreImported(t *testing.T) {
	h, c := actServer(t)
	size := func() int64 {
		n, err := c.Board.Register.Ledger.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int64(n)
	}
	before := size()
	wants(t, "Rik sends nothing", get(t, h, "Rik", "/import"), 404)
	wants(t, "Rik uploads", upload(t, h, "Rik", "ecb", "rates.csv", rates), 404)
	wants(t, "nobody uploads", upload(t, h, "", "ecb", "rates.csv", rates), 403)
	wants(t, "another site", upload(t, h, "Kim", "ecb", "rates.csv", rates, "Sec-Fetch-Site", "cross-site"), 403)
	wants(t, "no such format", upload(t, h, "Kim", "word", "rates.csv", rates), 400)
	wants(t, "no table of that kind", upload(t, h, "Kim", "ecb", "rates.csv", "nonsense\n"), 400)
	wants(t, "nothing", upload(t, h, "Kim", "ecb", "rates.csv", ""), 400)
	wants(t, "too much", upload(t, h, "Kim", "ecb", "rates.csv", strings.Repeat("x", importBytesMax)), 400)
	to := wants(t, "read", upload(t, h, "Kim", "ecb", "rates.csv", rates), 303).Header().Get("Location")
	page := wants(t, "preview", get(t, h, "Kim", to), 200).Body.String()
	if !strings.Contains(page, "<b>rates.csv</b> would add") || !strings.Contains(page, "Put it into the register") {
		t.Errorf("the preview does not say what it would do: %s", page)
	}
	if size() != before {
		t.Fatal("the preview wrote something")
	}
	wants(t, "the preview of another", get(t, h, "Nel", to), 404)
	wants(t, "sent by another", post(t, h, "Nel", to, nil), 404)
	wants(t, "sent", post(t, h, "Kim", to, nil), 303)
	after := size()
	wants(t, "sent twice", post(t, h, "Kim", to, nil), 303)
	if after <= before || size() != after {
		t.Errorf("the ledger grew from %d to %d, and then to %d", before, after, size())
	}
	if page := get(t, h, "Kim", to).Body.String(); !strings.Contains(page, "already") {
		t.Error("what was sent is offered again")
	}
}

func TestImportsOfOthersAreProposed(t *testing.T) {
	h, _ := actServer(t)
	to := wants(t, "read", upload(t, h, "Nel", "ecb", "rates.csv", rates), 303).Header().Get("Location")
	if page := get(t, h, "Nel", to).Body.String(); !strings.Contains(page, "Put it up for review") {
		t.Errorf("Nel is not told that it is reviewed: %s", page)
	}
	for range 2 {
		if at := wants(t, "sent", post(t, h, "Nel", to, nil), 303).Header().Get("Location"); !strings.HasPrefix(at, proposalsPath+"/import-") {
			t.Errorf("it led to %s", at)
		}
	}
}

func TestScenariosAreKept(t *testing.T) {
	h, _ := actServer(t)
	page := get(t, h, "Nel", "/what-if?slip=3").Body.String()
	form := url.Values{"once": {cut(t, page, `name="once" value="([A-Z2-7]+)"`)}, "title": {"Three months late"}}
	wants(t, "nothing changed", post(t, h, "Nel", "/scenarios", form), 400)
	wants(t, "no name", post(t, h, "Nel", "/scenarios?slip=3", url.Values{"once": form["once"]}), 400)
	wants(t, "who may write nothing", post(t, h, "Rik", "/scenarios?slip=3", form), 403)
	wants(t, "kept", post(t, h, "Nel", "/scenarios?slip=3", form), 303)
	wants(t, "kept again", post(t, h, "Nel", "/scenarios?slip=3", form), 303)
	waitFor(t, func() bool {
		return strings.Contains(get(t, h, "Nel", "/scenarios").Body.String(), "Three months late")
	})
}

func TestScenariosBecomeProposals(t *testing.T) {
	h, _ := actServer(t)
	page := get(t, h, "Nel", "/what-if?scenario=six-aircraft").Body.String()
	if strings.Contains(page, `id="keep"`) {
		t.Error("what is kept already can be kept again")
	}
	if other := get(t, h, "Nel", "/what-if?scenario=six-aircraft&slip=3").Body.String(); strings.Contains(other, `id="promote"`) {
		t.Error("a change that is no scenario yet can be proposed")
	}
	at, form := cut(t, page, `id="promote" method="post" action="([^"]+)"`), url.Values{"once": {cut(t, page, `name="once" value="([A-Z2-7]+)"`)}, "why": {"said in parliament"}}
	wants(t, "no reason", post(t, h, "Nel", at, url.Values{"once": form["once"]}), 400)
	wants(t, "who may propose nothing", post(t, h, "Rik", at, form), 403)
	wants(t, "a loss", post(t, h, "Nel", "/scenarios/aircraft-lost/proposals", form), 400)
	hidden, absent := wants(t, "hidden", post(t, h, "Dag", "/scenarios/aircraft-lost/proposals", form), 404), wants(t, "absent", post(t, h, "Dag", "/scenarios/nothing/proposals", form), 404)
	if hidden.Body.String() != absent.Body.String() {
		t.Errorf("hidden answers %s, absent %s", hidden.Body, absent.Body)
	}
	for range 2 { // sent twice, it is one
		to := wants(t, "proposed", post(t, h, "Nel", at, form), 303).Header().Get("Location")
		page := get(t, h, "Nel", to).Body.String()
		for _, want := range []string{"The Netherlands give six", "said in parliament", `data-l="As it is">4</td>`, ">6</td>", "2025-02-01", "Coverage would"} {
			if !strings.Contains(page, want) {
				t.Errorf("the proposal at %s lacks %q", to, want)
			}
		}
	}
	if list := get(t, h, "Nel", "/proposals").Body.String(); strings.Count(list, "The Netherlands give six") != 1 {
		t.Errorf("it is not listed once: %s", list)
	}
}
