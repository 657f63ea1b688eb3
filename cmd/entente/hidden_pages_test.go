package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"entente/access"
	"entente/account"
	"entente/api"
	"entente/check"
	"entente/ledger"
	"entente/mcp"
	"entente/plan"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/screen"
	"entente/server"
	"entente/shared"
)

// question is a request: the route that answers it, the address, and what is sent.
type question struct{ route, address, body string }

// pagesOf are addresses of pages that need no plan. A new page needs a line here or
// in plannedPages.
var pagesOf = []question{
	{"GET /scenarios", "/scenarios", ""},
	{"GET /agreements", "/agreements", ""},
	{"GET /findings", "/findings", ""},
	{"GET /findings", "/findings?level=note&rule=broken-reference", ""},
	{"GET /records", "/records", ""},
	{"GET /search", "/search?q=pledge", ""},
	{"GET /search", "/search?q=the+ring", ""},
	{"GET /search", "/search?q=ledge-0000", ""},
	{"GET /proposals", "/proposals", ""},
	{"GET /proposals/{id}", "/proposals/open", ""},
	{"GET /import", "/import", ""},
	{"GET /import/{id}", "/import/nothing", ""},
	{"GET /people", "/people", ""},
	{"GET /events", "/events", ""},
	{"GET /healthz", "/healthz", ""},
	{"GET /readyz", "/readyz", ""},
	{"/", "/nowhere", ""},
	{"GET /assets/{name}", "/assets/none", ""},
	{"GET /scenarios", "/scenarios?lang=fr", ""},
	{"GET /records", "/records?see-as=public", ""},
	{"GET /records", "/records?see-as=XAB", ""},
	{"GET /records", "/records?as-of=2024-12", ""},
	{"GET /search", "/search?q=xa&as-of=2025-05", ""},
	{"GET /records", "/records?as-of=never", ""},
	{"GET /records/{kind}", "/records/Nothing", ""},
	{"POST /proposals/{id}/reviews", "/proposals/open/reviews", "approve=yes"},
	{"POST /proposals/{id}/withdrawal", "/proposals/open/withdrawal", "x=y"},
	{"POST /scenarios", "/scenarios?scenario=late", "title=Later&once=ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"POST /scenarios/{id}/proposals", "/scenarios/late/proposals", "why=so&once=ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"POST /scenarios/{id}/proposals", "/scenarios/nothing/proposals", "why=so&once=ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"POST /findings/{id}", "/findings/nothing", "word=accept&why=so"},
	{"POST /findings/{id}/proposals", "/findings/nothing/proposals", "assignment=assignment-00000"},
	{"POST /people", "/people", "id=eva&name=Eva&party=XAB"},
	{"POST /people/{id}", "/people/eva", "word=invite"},
	{"POST /people/{id}/tokens", "/people/eva/tokens", "name=reports&days=30"},
	{"POST /people/{id}/tokens/{token}", "/people/eva/tokens/none", "x=y"},
	{"POST /import", "/import", "x=y"},
	{"POST /import/{id}", "/import/nothing", "x=y"},
}

// plannedPages are made from a plan.
var plannedPages = []question{
	{"GET /{$}", "/", ""},
	{"GET /{$}", "/?group=RING", ""},
	{"GET /{$}", "/?plan=handed-over", ""},
	{"GET /{$}", "/?month=2025-03&lang=fr", ""},
	{"GET /plan", "/plan", ""},
	{"GET /plan", "/plan?need=need-00000", ""},
	{"GET /plan", "/plan?need=need-00001&try=unit:unit-00000", ""},
	{"GET /map", "/map", ""},
	{"GET /map", "/map?month=2025-03&unit=unit-00000", ""},
	{"GET /what-if", "/what-if", ""},
	{"GET /what-if", "/what-if?off=XAA", ""},
	{"GET /what-if", "/what-if?scenario=late", ""},
	{"GET /what-if", "/what-if?slip=2&scale=120&off=XAB", ""},
	{"GET /what-if", "/what-if?rank=1", ""},
	{"GET /what-if", "/what-if?off=XAB&fill=1", ""},
	{"GET /what-if/stream", "/what-if/stream?off=XAA", ""},
	{"GET /what-if/ranking", "/what-if/ranking", ""},
	{"GET /scenarios/compare", "/scenarios/compare", ""},
	{"GET /scenarios/compare", "/scenarios/compare?one=late", ""},
	{"GET /scenarios/compare", "/scenarios/compare?one=late&two=nothing&rank=1", ""},
	{"GET /scenarios/compare/stream", "/scenarios/compare/stream?two=late", ""},
	{"GET /needs", "/needs", ""},
	{"GET /needs", "/needs?find=need&order=title&page=2", ""},
	{"GET /pledges", "/pledges", ""},
	{"GET /pledges", "/pledges?by=XAA", ""},
	{"GET /training", "/training", ""},
	{"GET /funds", "/funds", ""},
	{"GET /forces", "/forces", ""},
	{"GET /forces", "/forces?unit=unit-00000", ""},
	{"GET /brief", "/brief", ""},
	{"GET /brief.pdf", "/brief.pdf", ""},
}

// some takes so many of a list in turn, so that all are taken equally often.
func some[T any](all []T, turn uint64, each int) (taken []T) {
	for i := range min(each, len(all)) {
		taken = append(taken, all[(int(turn)*each+i)%len(all)])
	}
	return taken
}

// form gives an address one of the forms in which a page is had, in turn.
func form(address string, turn uint64) string {
	path, query, asked := strings.Cut(address, "?")
	ext := []string{"", ".json", ".csv"}[turn%3]
	if path == "/" && ext != "" {
		path = "/index"
	}
	if path += ext; asked {
		path += "?" + query
	}
	return path
}

// formed reports whether a route has forms.
func (q question) formed() bool {
	switch q.route {
	case "GET /events", "GET /healthz", "GET /readyz", "/", "GET /assets/{name}", "GET /what-if/stream", "GET /what-if/ranking", "GET /scenarios/compare/stream", "GET /brief.pdf":
		return false
	}
	return strings.HasPrefix(q.route, "GET")
}

// pages is a server of the side, in the reader's eyes.
func (s side) pages() http.Handler {
	return server.New(s.config(server.Still{Of: s.tree})).Handler()
}

func (s side) config(of server.Register) server.Config {
	return server.Config{
		Register: of, Solver: s.solver, Now: func() time.Time { return hiddenNow },
		Who:     func(*http.Request) access.Reader { return s.at.Reader },
		Options: func(v *register.View) (plan.Options, error) { return optionsOf(v), nil },
	}
}

// ofPages asks for pages that need no plan, and for records and findings of the
// world, whether the reader sees them or not.
func ofPages(s side, turn uint64, say sayer) {
	s.ask(side.pages, append(some(pagesOf, turn, 6), s.recordPages(turn, 0)...), turn, say)
}

// ofPlannedPages asks for pages that are made from a plan. It is made before, so
// that no page gives up waiting for it.
func ofPlannedPages(s side, turn uint64, say sayer) {
	if len(s.view.Needs()) > 0 {
		full, wide := optionsOf(s.view), optionsOf(s.view)
		full.Relax = true
		wide.Rung, wide.Brief, wide.Prices = record.Announced, true, 0
		for _, o := range []plan.Options{full, optionsOf(s.view), wide} {
			_, _ = plan.Make(context.Background(), s.view, s.solver, o)
		}
	}
	s.ask(side.pages, append(some(plannedPages, turn, 6), s.recordPages(turn, 2)...), turn, say)
}

// recordPages are addresses of a kind, of a finding that somebody has, and of so
// many records of the world with one that is not there.
func (s side) recordPages(turn uint64, each int) (qs []question) {
	kinds := record.Kinds()
	kind := kinds[turn%uint64(len(kinds))]
	if each == 0 {
		qs = append(qs, question{"GET /records/{kind}", "/records/" + string(kind), ""})
		if found := check.Run(s.tree0()); len(found) > 0 {
			key := screen.FindingKey(found[turn%uint64(len(found))])
			qs = append(qs, question{"GET /findings/{id}", "/findings/" + key, ""}, question{"POST /findings/{id}", "/findings/" + key, "word=accept&why=so"})
		}
		each = 1
	}
	for _, r := range some(s.records, turn, each) {
		qs = append(qs, recordPage(r.Key()))
	}
	return append(qs, recordPage(record.Key{Kind: kind, ID: "nothing"}))
}

// tree0 is the keeper's view of all there is, on both sides.
func (s side) tree0() *register.View {
	return s.aWorld.tree(s.records).View(register.At{On: s.at.On, Reader: access.Keeper})
}

func recordPage(k record.Key) question {
	if k.Kind == record.KindAgreement {
		return question{"GET /agreements/{id}", "/agreements/" + url.PathEscape(k.ID), ""}
	}
	return question{"GET /records/{kind}/{id}", "/records/" + string(k.Kind) + "/" + url.PathEscape(k.ID), ""}
}

// ask asks a server of the side, or of the side on the day that is asked for, and
// says what came back: status, header and body.
func (s side) ask(of func(side) http.Handler, qs []question, turn uint64, say sayer) {
	h := of(s)
	for i, q := range qs {
		if q.formed() {
			q.address = form(q.address, turn+uint64(i))
		}
		if s.passes(q.address) {
			continue
		}
		if day, ok := dayIn(q.address); ok {
			say(q.route, q.address, s.answerOf(of(s.on(day)), q))
			continue
		}
		say(q.route, q.address, s.answerOf(h, q))
	}
}

// passes reports whether an address is not asked for: by a register's own policies
// those whose eyes are borrowed may see more than who borrows them. And two ledgers
// differ in what is hidden on one day, so that they are not asked for another.
func (s side) passes(address string) bool {
	_, other := dayIn(address)
	return len(s.policies) > 0 && strings.Contains(address, "see-as=") || other && s.ledger
}

// dayIn is the day that an address or a tool's arguments ask for.
func dayIn(text string) (record.Date, bool) {
	m := asOfIn.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	return record.MustDay(m[1]).Last(), true
}

var asOfIn = regexp.MustCompile(`as[-_]of"?[=:]"?([0-9-]+)`)

// answerOf is what a question is answered with. A form has a number of its own
// each time that it is shown, and a stream says how far it is by the clock; that
// is left out.
func (s side) answerOf(h http.Handler, q question) string {
	method, _, _ := strings.Cut(q.route, " ")
	if !strings.Contains(q.route, " ") {
		method = http.MethodGet
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, q.address, strings.NewReader(q.body))
	switch {
	case strings.HasPrefix(q.address, api.Prefix) && q.body != "":
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", `"1"`)
	case q.body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case method == http.MethodDelete:
		r.Header.Set("If-Match", `"1"`)
	}
	w := &once{ResponseRecorder: httptest.NewRecorder()}
	if strings.HasSuffix(q.address, "/events") {
		w.done = cancel
	}
	h.ServeHTTP(w, r)
	body := onceIn.ReplaceAllString(doingIn.ReplaceAllString(w.Body.String(), ""), "once")
	header := w.Header()
	if body != w.Body.String() {
		header.Del("ETag")
	}
	var head bytes.Buffer
	must(0, header.Write(&head))
	return fmt.Sprintf("%d\n%s\n%s", w.Code, head.String(), body)
}

var (
	onceIn  = regexp.MustCompile(`[A-Z2-7]{26}`)
	doingIn = regexp.MustCompile(`event: doing\ndata: .*\n\n`)
)

// once ends a stream that has no end after its first event.
type once struct {
	*httptest.ResponseRecorder
	done func()
}

func (o *once) SetWriteDeadline(time.Time) error { return nil }

func (o *once) Flush() {
	o.ResponseRecorder.Flush()
	if o.done != nil {
		o.done()
	}
}

// operations are what the API is asked; KEY is a record in turn. A new operation
// needs a line here.
var operations = []question{
	{"GET /register", "/register", ""},
	{"GET /register", "/register?see-as=public", ""},
	{"GET /register", "/register?see-as=XAB&as-of=2025-01", ""},
	{"GET /records", "/records", ""},
	{"GET /records", "/records?limit=7&after=Need/need-00000", ""},
	{"GET /records", "/records?kind=pledge&limit=2", ""},
	{"GET /records", "/records?by=XAA", ""},
	{"GET /records/{kind}/{id}", "/records/KEY", ""},
	{"GET /records/{kind}/{id}", "/records/Pledge/nothing", ""},
	{"GET /records/{kind}/{id}/history", "/records/KEY/history", ""},
	{"GET /records/{kind}/{id}/proof", "/records/KEY/proof", ""},
	{"GET /findings", "/findings?level=note", ""},
	{"GET /totals", "/totals?rung=announced", ""},
	{"GET /totals", "/totals", ""},
	{"GET /schemas/{kind}", "/schemas/pledge", ""},
	{"PUT /records/{kind}/{id}", "/records/Place/fresh", `{"kind":"Place","id":"fresh","name":"Fresh","within":"place-00000"}`},
	{"DELETE /records/{kind}/{id}", "/records/KEY", ""},
	{"POST /batches", "/batches", `{"retire":["KEY"],"size":1,"title":"Less"}`},
	{"POST /batches", "/batches", `{"put":[{"kind":"Place","id":"fresher","name":"Fresher","within":"place-00001"}],"size":1,"title":"More"}`},
	{"GET /proposals", "/proposals", ""},
	{"GET /proposals/{id}", "/proposals/open", ""},
	{"GET /proposals/{id}", "/proposals/closed", ""},
	{"GET /proposals/{id}", "/proposals/both", ""},
	{"POST /proposals", "/proposals", `{"retire":["KEY"],"size":1,"title":"Less"}`},
	{"POST /proposals/{id}/reviews", "/proposals/closed/reviews", `{"approve":true}`},
	{"POST /proposals/{id}/reviews", "/proposals/open/reviews", `{"approve":true}`},
	{"POST /proposals/{id}/withdrawal", "/proposals/both/withdrawal", `{}`},
	{"GET /log", "/log?limit=1000", ""},
	{"GET /log", "/log?after=7&limit=9", ""},
	{"GET /checkpoint", "/checkpoint", ""},
	{"GET /events", "/events", ""},
	{"GET /hooks", "/hooks", ""},
	{"POST /hooks", "/hooks", `{"url":"https://example.org/"}`},
	{"DELETE /hooks/{id}", "/hooks/nothing", ""},
}

func (s side) apiConfig() api.Config {
	ids := 0
	return api.Config{
		Tree: func(context.Context, register.Known) (*register.Tree, ledger.Seq, error) { return s.tree, 0, nil },
		Who: func(*http.Request) (account.Caller, error) {
			return account.Caller{Person: "somebody", Reader: s.at.Reader}, nil
		},
		Now: func() time.Time { return hiddenNow }, Random: rand.NewChaCha8([32]byte{3}),
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	}
}

// ofAPI asks the API of a register that is only read.
func ofAPI(s side, turn uint64, say sayer) {
	s.askAPI(func(s side) http.Handler { return api.New(s.apiConfig()) }, turn, 6, say)
}

func (s side) askAPI(of func(side) http.Handler, turn uint64, each int, say sayer) {
	h := of(s)
	for _, q := range some(operations, turn, each) {
		key := s.records[(turn*7)%uint64(len(s.records))].Key().String()
		method, path, _ := strings.Cut(q.route, " ")
		q.route = method + " " + api.Prefix + path
		q.address = api.Prefix + strings.ReplaceAll(q.address, "KEY", key)
		q.body = strings.ReplaceAll(q.body, "KEY", key)
		if s.passes(q.address) {
			continue
		}
		at := h
		if day, ok := dayIn(q.address); ok {
			at = of(s.on(day))
		}
		got := s.answerOf(at, q)
		switch {
		case strings.HasSuffix(path, "/proof") && strings.HasPrefix(got, "200"):
			_, body, _ := strings.Cut(got, "\n\n")
			got = told([]byte(body))
		case path == "/checkpoint":
			lines := strings.Split(got, "\n")
			got = fmt.Sprint(len(lines), lines[0])
		}
		say(q.route, q.address, q.body, got)
	}
}

// tools are what a language model asks; KEY is a record in turn. A new tool needs a
// line here or in planningTools.
var tools = []struct{ tool, arguments string }{
	{"search", `{"words":"pledge"}`},
	{"search", `{"words":"secret"}`},
	{"search", `{"words":"xaa","kind":"party","limit":2}`},
	{"search", `{"words":"ring"}`},
	{"search", `{"words":"0000","limit":5,"as_of":"2025-01"}`},
	{"get", `{"record":"KEY"}`},
	{"get", `{"record":"KEY","as_of":"2024-11"}`},
	{"get", `{"record":"Place/nothing"}`},
	{"as_of", `{}`},
	{"as_of", `{"rung":"announced","party":"XAA"}`},
	{"as_of", `{"as_of":"2025-06"}`},
	{"check", `{"level":"note"}`},
	{"check", `{"rule":"broken-reference","level":"note"}`},
	{"propose", `{"title":"More","why":"because","records":"{kind: Place, id: fresh, name: Fresh, within: place-00000}"}`},
}

var planningTools = []struct{ tool, arguments string }{
	{"plan", `{}`},
	{"plan", `{"need":"need-00000"}`},
	{"plan", `{"need":"need-00002"}`},
	{"what_if", `{"withdraw":"XAA"}`},
	{"what_if", `{"withdraw":"XAB","from":"2025-03"}`},
	{"what_if", `{"scenario":"late"}`},
	{"what_if", `{"scenario":"adds"}`},
}

// sideSource is a side as a model sees it.
type sideSource struct{ side }

func (s sideSource) View(_ context.Context, at mcp.When) (*register.View, error) {
	if at.AsOf != "" {
		s.side = s.on(record.MustDay(at.AsOf).Last())
	}
	return s.view, nil
}

func (s sideSource) Options(v *register.View) (plan.Options, error) { return optionsOf(v), nil }

func (s sideSource) Propose(_ context.Context, _, _ string, rs []record.Record) (string, error) {
	return fmt.Sprint(len(rs), " in a tray"), nil
}

// ofTools asks what a language model may ask.
func ofTools(s side, turn uint64, say sayer) { s.call(sideSource{s}, some(tools, turn, 6), turn, say) }

// ofPlanningTools asks for a plan, and what if.
func ofPlanningTools(s side, turn uint64, say sayer) {
	s.call(sideSource{s}, some(planningTools, turn, 2), turn, say)
}

// call has a conversation of some questions.
func (s side) call(source mcp.Source, questions []struct{ tool, arguments string }, turn uint64, say sayer) {
	ctx := context.Background()
	here, there := sdk.NewInMemoryTransports()
	served := must(mcp.New(source, s.solver, "test").Connect(ctx, here, nil))
	defer served.Close()
	session := must(sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, there, nil))
	defer session.Close()
	for _, q := range questions {
		arguments := strings.ReplaceAll(q.arguments, "KEY", s.records[(turn*5)%uint64(len(s.records))].Key().String())
		r := must(session.CallTool(ctx, &sdk.CallToolParams{Name: q.tool, Arguments: json.RawMessage(arguments)}))
		say("tool "+q.tool, arguments, r)
	}
}

// toolsOf are the names of all tools.
func toolsOf(t *testing.T) (names []string) {
	t.Helper()
	here, there := sdk.NewInMemoryTransports()
	served := must(mcp.New(nil, nil, "test").Connect(t.Context(), here, nil))
	defer served.Close()
	session := must(sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), there, nil))
	defer session.Close()
	for _, tool := range must(session.ListTools(t.Context(), nil)).Tools {
		names = append(names, tool.Name)
	}
	return names
}

// ofSharedAPI asks the API of a shared register.
func (s side) ofSharedAPI(r *shared.Register, public string, turn uint64, say sayer) {
	c, live := s.apiConfig(), r.Live()
	c.Tree, c.Shared, c.PublicKey = live.Tree, r, public
	c.Changed = func(ctx context.Context, after ledger.Seq) error {
		if after > 0 { // there is no more
			<-ctx.Done()
		}
		return ctx.Err()
	}
	h := api.New(c)
	s.askAPI(func(side) http.Handler { return h }, turn, 8, say)
}

// ofSharedPages asks for pages of a shared register, with its proposals and who
// may act on them.
func (s side) ofSharedPages(r *shared.Register, turn uint64, say sayer) {
	c := s.config(server.Ledger{Live: r.Live()})
	c.Board = &proposal.Board{Register: r}
	c.Person = func(*http.Request) proposal.Person {
		return proposal.Person{Name: "somebody", Party: s.at.Reader.Party}
	}
	c.Book, c.Origin, c.SignsIn = account.Open(r.Desk, c.Now, rand.NewChaCha8([32]byte{4})), "https://register.example.org", true
	c.Caller = func(*http.Request) account.Caller { return account.Caller{Person: "somebody", Reader: s.at.Reader} }
	closed := []question{
		{"GET /proposals/{id}", "/proposals/closed", ""}, {"GET /proposals/{id}", "/proposals/both", ""}, {"POST /proposals/{id}/reviews", "/proposals/closed/reviews", "approve=yes"},
		{"POST /proposals/{id}/withdrawal", "/proposals/both/withdrawal", "x=y"},
	}
	qs := slices.Concat(some(pagesOf, turn, 8), some(closed, turn, 2))
	for _, rec := range some(s.records, turn, 2) {
		qs = append(qs, recordPage(rec.Key()))
	}
	h := server.New(c).Handler()
	s.ask(func(side) http.Handler { return h }, qs, turn, say)
}

// ofSharedTools asks what a language model may ask of a shared register.
func (s side) ofSharedTools(file string, turn uint64, say sayer) {
	c := newConsole(context.Background(), &bytes.Buffer{}, &bytes.Buffer{}, hiddenNow)
	source := &modelSource{c: c, l: lens{reader: s.at.Reader.String()}, a: *defaults(), name: file, actor: "a model"}
	var questions []struct{ tool, arguments string }
	for _, q := range some(tools, turn, 3) {
		if _, other := dayIn(q.arguments); other || q.tool == "propose" {
			continue // what is hidden on another day is not what the two ledgers differ in
		}
		questions = append(questions, struct{ tool, arguments string }{q.tool, strings.Replace(q.arguments, "{", []string{`{`, `{"known":"#40",`}[turn%2], 1)})
	}
	for i := range questions {
		questions[i].arguments = strings.ReplaceAll(questions[i].arguments, ",}", "}")
	}
	s.call(source, questions, turn, say)
}
