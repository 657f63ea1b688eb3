package server

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/ledger"
	"entente/ledger/sqlite"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// people who act in these tests, by the name in the header As.
var people = map[string]access.Reader{
	"Nel": {Party: "NLD", Roles: access.Owner}, "Dag": {Party: "DNK", Roles: access.Owner}, "Ulla": {Party: "UKR", Roles: access.Owner},
	"Kim": access.Keeper, "Rik": {Party: "NLD"}, "Aud": {Party: "NLD", Roles: access.Auditor},
}

// sharedServer serves the pilots' register from a ledger, with a proposal by Dag
// of Denmark that the Netherlands give five aircraft and not four.
func sharedServer(t *testing.T) (http.Handler, *proposal.Board) {
	t.Helper()
	c := sharedConfig(t)
	return New(c).Handler(), c.Board
}

func sharedConfig(t *testing.T) Config {
	t.Helper()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := shared.Open(ctx, s, ledger.Options{Clock: time.Now, Salts: rand.NewChaCha8([32]byte{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	toward := func(rs []record.Record) shared.Edits {
		have, size, err := r.Tree(ctx, register.Known{})
		if err != nil {
			t.Fatal(err)
		}
		edits, err := r.Toward(ctx, have, size, rs, true)
		if err != nil {
			t.Fatal(err)
		}
		return edits
	}
	base, _, err := register.ReadTree("../examples/pilots")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(ctx, "keeper", "first", toward(base.Records), nil); err != nil {
		t.Fatal(err)
	}
	changed := make([]record.Record, len(base.Records))
	for i, rec := range base.Records {
		changed[i] = rec
		if p, ok := rec.(*record.Pledge); ok && p.ID == "nld-aircraft" {
			more, five := *p, record.Exactly(5)
			more.Quantity = &five
			changed[i] = &more
		}
	}
	b := &proposal.Board{Register: r}
	dag := proposal.Actor{Person: proposal.Person{Name: "Dag", Party: "DNK"}, Principal: access.Principal{Reader: people["Dag"]}}
	p, err := proposal.Of("p1", "Five aircraft", "said in parliament", dag.Person, time.Now(), toward(changed), proposal.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Propose(ctx, dag, p); err != nil {
		t.Fatal(err)
	}
	live := r.Live()
	go func() { _ = live.Listen(context.WithoutCancel(ctx)) }()
	c := config(t, Ledger{live})
	c.Board = b
	c.Who = func(r *http.Request) access.Reader { return people[r.Header.Get("As")] }
	c.Person = func(r *http.Request) proposal.Person {
		name := r.Header.Get("As")
		return proposal.Person{Name: name, Party: people[name].Party}
	}
	return c
}

// say gives somebody's word on the proposal.
func say(t *testing.T, h http.Handler, as, word string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/proposals/p1/reviews", strings.NewReader(url.Values{"word": {word}, "why": {"it is so"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("As", as)
	r.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestProposalsAreReviewed(t *testing.T) {
	h, _ := sharedServer(t)
	if page := get(t, h, "Nel", "/proposals").Body.String(); !strings.Contains(page, "Five aircraft") || !strings.Contains(page, "<b>1</b> of 1 proposals are open") {
		t.Errorf("the proposal is not listed: %s", page)
	}
	page := get(t, h, "Nel", "/proposals/p1").Body.String()
	for _, want := range []string{"said in parliament", "quantity", `data-l="As it is">4</td>`, ">5</td>", "Still to approve: Netherlands", "Coverage would", `value="approve"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the proposal lacks %q", want)
		}
	}
	if mine := get(t, h, "Dag", "/proposals/p1").Body.String(); strings.Contains(mine, `value="approve"`) {
		t.Error("its author is asked to review it")
	}
	for _, c := range []struct {
		as, word string
		status   int
	}{{"Nel", "perhaps", 400}, {"Dag", "approve", 403}, {"Ulla", "approve", 403}, {"nobody", "approve", 403}, {"Nel", "approve", 303}, {"Nel", "approve", 409}} {
		if w := say(t, h, c.as, c.word); w.Code != c.status {
			t.Errorf("%s says %s: %d, not %d: %s", c.as, c.word, w.Code, c.status, w.Body)
		}
	}
	if page := get(t, h, "Nel", "/proposals/p1").Body.String(); !strings.Contains(page, "<b>accepted</b>") {
		t.Error("approved by its party it is not accepted")
	}
	for range 100 {
		if strings.Contains(get(t, h, "Nel", "/records/Pledge/nld-aircraft.json").Body.String(), `"name": "Quantity",
        "value": "5"`) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("what was accepted is not on record")
}

func TestBriefIsAPDF(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	w := get(t, h, "DNK", "/brief.pdf")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Errorf("the brief answers %d, %s, %.20q", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

func TestProposalsOfOthersAreNotReviewedFromElsewhere(t *testing.T) {
	h, _ := sharedServer(t)
	r := httptest.NewRequest(http.MethodPost, "/proposals/p1/reviews", strings.NewReader("word=approve"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("As", "Nel")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a form of another site is taken: %d", w.Code)
	}
	if w := get(t, h, "Nel", "/proposals/none.json"); w.Code != http.StatusNotFound {
		t.Errorf("a proposal that is not there answers %d", w.Code)
	}
}
