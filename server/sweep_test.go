package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/proposal"
	"entente/record"
	"entente/register"
)

// hiddenDeeds are a record that only the Netherlands and the keeper may see, and
// the title of a proposal about it.
const hiddenDeeds = `
kind: Pledge
id: nld-kestrel
title: Kestrel aircraft
by: NLD
to: UKR
resource: f16
quantity: 7777
from: 2025-02
status: [{is: committed, on: 2024-07}]
release: [NLD]
`

// everybody is each role of each party that there is, and nobody.
var everybody = map[string]access.Reader{
	"": {}, "Kim": access.Keeper,
	"NLD owner": {Party: "NLD", Roles: access.Owner}, "NLD co-ordinator": {Party: "NLD", Roles: access.Coordinator}, "NLD auditor": {Party: "NLD", Roles: access.Auditor}, "NLD reader": {Party: "NLD"},
	"DNK owner": {Party: "DNK", Roles: access.Owner}, "DNK co-ordinator": {Party: "DNK", Roles: access.Coordinator}, "DNK auditor": {Party: "DNK", Roles: access.Auditor}, "DNK reader": {Party: "DNK"},
	"UKR owner": {Party: "UKR", Roles: access.Owner}, "a party that is in no record": {Party: "XXX", Roles: access.Owner},
}

// sweptServer is a shared register with a hidden record, a proposal to change it
// and a word on a finding, in which people sign in.
func sweptServer(t *testing.T) *Server {
	t.Helper()
	c := sharedConfig(t)
	ctx := t.Context()
	have, size, err := c.Board.Register.Tree(ctx, register.Known{})
	if err != nil {
		t.Fatal(err)
	}
	for batch, text := range map[string]string{"hidden": hiddenDeeds, "twice": twice} {
		rs, errs := record.Parse(batch+".yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		edits, err := c.Board.Register.Toward(ctx, have, size, rs, false)
		if err == nil {
			_, err = c.Board.Register.Apply(ctx, "keeper", batch, edits, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if have, size, err = c.Board.Register.Tree(ctx, register.Known{}); err != nil {
		t.Fatal(err)
	}
	more, _ := record.Parse("more.yaml", []byte(strings.Replace(hiddenDeeds, "7777", "8888", 1)))
	edits, err := c.Board.Register.Toward(ctx, have, size, more, false)
	if err != nil {
		t.Fatal(err)
	}
	nel := proposal.Actor{Person: proposal.Person{Name: "Nel", Party: "NLD"}, Principal: access.Principal{Reader: everybody["NLD owner"]}}
	p, err := proposal.Of("kestrel-more", "More kestrel", "the kestrel is liked", nel.Person, time.Now(), edits, proposal.Rules{})
	if err == nil {
		err = c.Board.Propose(ctx, nel, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Who = func(r *http.Request) access.Reader { return everybody[r.Header.Get("As")] }
	c.Person = func(r *http.Request) proposal.Person {
		name := r.Header.Get("As")
		return proposal.Person{Name: strings.ReplaceAll(strings.ToLower(name), " ", "-"), Party: everybody[name].Party}
	}
	c.Origin, c.SignsIn = "https://register.example.org", true
	c.Book = account.Open(c.Board.Register.Desk, time.Now, zeroes{})
	c.Caller = func(r *http.Request) account.Caller {
		return account.Caller{Person: c.Person(r).Name, Reader: c.Who(r)}
	}
	return New(c)
}

// zeroes is a source of numbers that are not random.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestEveryRouteForEveryRole asks for every route that the server has, once about
// what is there, once about what is hidden and once about what is not there: as
// each role, signed in and not. Nobody learns of the hidden record, not by a
// page, a form, a stream or a head; nothing fails; and what is hidden answers
// as what is not there.
func TestEveryRouteForEveryRole(t *testing.T) {
	s := sweptServer(t)
	h := s.Handler()
	waitFor(t, func() bool {
		return strings.Contains(sweep(t, h, "Kim", "GET", "/records/Pledge/nld-kestrel"), "7777")
	})
	names := map[string][]string{"hidden": {"nld-kestrel", "kestrel-more", "nld-kestrel"}, "absent": {"nld-nothing", "nothing-more", "nld-nothing"}, "there": {"nld-aircraft", "p1", "aircraft-agreement"}}
	fill := func(pattern, which string) string {
		id := names[which][0]
		switch {
		case strings.Contains(pattern, "/proposals/{id}"):
			id = names[which][1]
		case strings.Contains(pattern, "/agreements/"):
			id = names[which][2]
		}
		return strings.NewReplacer("{kind}", "Pledge", "{id}", id, "{name}", "none.css", "{token}", id, "/{$}", "/").Replace(pattern)
	}
	told := map[string]int{}
	for as := range everybody {
		if testing.Short() && !slices.Contains([]string{"", "Kim", "NLD reader", "DNK owner", "DNK reader"}, as) {
			continue // the same code, for the race detector
		}
		for _, r := range s.routes() {
			method, pattern, ok := strings.Cut(r.pattern, " ")
			if !ok {
				method, pattern = "GET", r.pattern
			}
			answers := map[string]string{}
			for which := range names {
				path := fill(pattern, which)
				raw := sweep(t, h, as, method, path+"?one=x&q=kestrel&find=kestrel")
				heard := strings.ToLower(etag.ReplaceAllString(strings.ReplaceAll(raw, path, "PATH"), ""))
				heard = regexp.MustCompile(`(?m)^kestrel\r$|(?:find|q)=kestrel|value="kestrel"|kestrel&quot;|<b>kestrel</b>|\*\*kestrel\*\*|"asks": "kestrel"|"search": "kestrel"`).ReplaceAllString(heard, "")
				if strings.Contains(heard, "kestrel") || strings.Contains(heard, "7777") || strings.Contains(heard, "8888") {
					told[as]++
					if as != "Kim" && !strings.HasPrefix(as, "NLD") {
						t.Errorf("%q learns by %s %s of what is hidden: …%s…", as, method, path, around(heard))
					}
				}
				if raw[0] == '5' {
					t.Errorf("%q gets by %s %s: %.300s", as, method, path, raw)
				}
				answers[which] = strings.NewReplacer(path, "PATH", url.QueryEscape(path), "PATH").Replace(raw)
			}
			if as != "Kim" && !strings.HasPrefix(as, "NLD") && timeless(answers["hidden"]) != timeless(answers["absent"]) {
				t.Errorf("%q can tell by %s that something is hidden: %s", as, r.pattern, difference(timeless(answers["hidden"]), timeless(answers["absent"])))
			}
		}
	}
	if told["Kim"] < 5 || told["NLD reader"] < 3 {
		t.Errorf("those who may learn of it hardly do: %v", told)
	}
}

// sweep is all that is sent; a stream is read for a moment.
func sweep(t *testing.T, h http.Handler, as, method, path string) string {
	t.Helper()
	ctx := t.Context()
	if strings.HasPrefix(path, "/events") {
		stopped, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		ctx = stopped
	}
	body := ""
	if method == http.MethodPost {
		body = url.Values{"once": {"AAAAAAAAAAAAAAAAAAAAAAAAAA"}, "word": {"none"}, "title": {"a title"}}.Encode()
	}
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("As", as)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return rawOf(w)
}

// timeless takes out of an answer what is new each time: the number of a form,
// the ETag that follows from it, and how far a plan has come.
func timeless(raw string) string { return onceOrTag.ReplaceAllString(raw, "") }

var onceOrTag = regexp.MustCompile(`name="once" value="[A-Z2-7]+"|Etag: \S+|event: doing\ndata: .*\n\n`)
