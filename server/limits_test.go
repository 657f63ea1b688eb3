package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entente/record"
	"entente/register"
)

// TestNobodyAsksTooOften: each caller has their own measure, and is told how long
// to wait and what to do.
func TestNobodyAsksTooOften(t *testing.T) {
	now := time.Date(2025, 3, 14, 9, 0, 0, 0, time.UTC)
	c := config(t, Still{tree(t)})
	c.Now = func() time.Time { return now }
	c.Rate = Rate{PerSecond: 2, AtOnce: 3}
	c.Asker = func(r *http.Request) string { return r.Header.Get("As") }
	h := New(c).Handler()
	ask := func(who, path string, want int) *httptest.ResponseRecorder {
		t.Helper()
		w := get(t, h, who, path)
		if w.Code != want {
			t.Errorf("%q asks for %s: %d, not %d", who, path, w.Code, want)
		}
		return w
	}
	for range 3 {
		ask("DNK", "/records.json", 200)
	}
	w := ask("DNK", "/records.json", 429)
	var said struct {
		Status                int
		Title, Detail, Remedy string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Status != 429 || said.Remedy == "" || said.Detail == "" || w.Header().Get("Retry-After") != "1" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("it says %s, Retry-After %q", w.Body, w.Header().Get("Retry-After"))
	}
	if page := ask("DNK", "/records", 429); !strings.Contains(page.Body.String(), "<h1>Too often</h1>") {
		t.Errorf("the page says %s", page.Body)
	}
	if api := ask("DNK", "/api/v1/records", 429); api.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program is answered with %s", api.Header())
	}
	ask("NLD", "/records.json", 200)
	ask("", "/records.json", 200) // by the address
	ask("DNK", "/healthz", 200)
	ask("DNK", "/readyz", 200)
	now = now.Add(time.Second)
	ask("DNK", "/records.json", 200)
	ask("DNK", "/records.json", 200)
	ask("DNK", "/records.json", 429)
}

// TestCallersAreForgotten: what is remembered of callers is bounded, however many
// there are, and a caller waits for news only so often.
func TestCallersAreForgotten(t *testing.T) {
	c := newCallers(Rate{PerSecond: 1, AtOnce: 1}, time.Now)
	for i := range callersMax + 50 {
		c.ask(fmt.Sprint(i))
	}
	if len(c.of) != callersMax || c.order.Len() != callersMax {
		t.Errorf("%d callers are remembered", len(c.of))
	}
	var ends []func()
	for range streamsMax {
		done, ok := c.open("many")
		if !ok {
			t.Fatal("a stream was refused")
		}
		ends = append(ends, done)
	}
	if _, ok := c.open("many"); ok {
		t.Error("one too many was let in")
	}
	ends[0]()
	if _, ok := c.open("many"); !ok {
		t.Error("one ended, and the next was refused")
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		remote, header string
		forwarded      bool
		want           string
	}{
		{"192.0.2.7:1234", "", false, "192.0.2.7"},
		{"192.0.2.7:1234", "198.51.100.1", false, "192.0.2.7"}, // who says so is not believed
		{"127.0.0.1:1234", "203.0.113.9, 198.51.100.1", true, "198.51.100.1"},
		{"127.0.0.1:1234", "", true, "127.0.0.1"},
		{"[2001:db8:1:2:3:4:5:6]:80", "", false, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.7]:80", "", false, "192.0.2.7"},
		{"@", "", false, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := addressOf(r, c.forwarded); got != c.want {
			t.Errorf("%s with %q is %s, not %s", c.remote, c.header, got, c.want)
		}
	}
}

// TestNoMoreAtOnceThanCanBeAnswered: who comes when all places are taken is told
// to come again, and the server can still be watched.
func TestNoMoreAtOnceThanCanBeAnswered(t *testing.T) {
	s := New(config(t, Still{tree(t)}))
	h := s.Handler()
	for range requestsAtOnce {
		s.busy <- struct{}{}
	}
	w := get(t, h, "keeper", "/records.json")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"remedy"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(t, h, "", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("nobody can see that the server lives: %d", w.Code)
	}
	<-s.busy
	if w := get(t, h, "keeper", "/records.json"); w.Code != http.StatusOK {
		t.Errorf("a place is free: %d", w.Code)
	}
}

// TestTheQueueHasAnEnd: while too many screens wait to be made, another is refused
// at once, and what is there already is given.
func TestTheQueueHasAnEnd(t *testing.T) {
	s := New(config(t, Still{tree(t)}))
	h := s.Handler()
	if w := get(t, h, "keeper", "/records.json"); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	s.queued.Add(queueMax)
	if w := get(t, h, "keeper", "/records.csv"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many is answered with %d %v", w.Code, w.Header())
	}
	if w := get(t, h, "keeper", "/records.json"); w.Code != http.StatusOK {
		t.Errorf("what is there is answered with %d", w.Code)
	}
	s.queued.Add(-queueMax)
	if w := get(t, h, "keeper", "/records.csv"); w.Code != http.StatusOK {
		t.Errorf("when nobody waits it is answered with %d", w.Code)
	}
}

// TestNothingIsTooLong: what is sent is read up to a limit.
func TestNothingIsTooLong(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	r := httptest.NewRequest(http.MethodPost, proposalsPath+"/p1/reviews", strings.NewReader("word="+strings.Repeat("a", formBytesMax)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code < 400 || w.Code >= 500 {
		t.Errorf("a form of more than %d bytes is answered with %d", formBytesMax, w.Code)
	}
}

// unreadable is a register that cannot be read.
type unreadable struct{ Still }

func (unreadable) Tree(context.Context, record.Date) (*register.Tree, error) {
	return nil, io.ErrUnexpectedEOF
}

// TestReadyIsMoreThanAlive: a server whose register cannot be read lives, and is
// not ready.
func TestReadyIsMoreThanAlive(t *testing.T) {
	h := New(config(t, unreadable{})).Handler()
	if w := get(t, h, "", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("it does not live: %d", w.Code)
	}
	if w := get(t, h, "", "/readyz"); w.Code != http.StatusInternalServerError {
		t.Errorf("it is ready: %d", w.Code)
	}
}

// listen serves on loopback until the test ends, or stop is called.
func listen(t *testing.T, serve func(context.Context, net.Listener) error) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error { cancel(); return <-ended }
}

// TestOnlyHTTP1: a client that begins with HTTP/2 is not understood.
func TestOnlyHTTP1(t *testing.T) {
	address, _ := listen(t, New(config(t, Still{tree(t)})).Listen)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	two := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{Protocols: protocols}}
	if answer, err := two.Get("http://" + address + "/healthz"); err == nil {
		t.Errorf("HTTP/2 is answered with %s", answer.Proto)
	}
	answer, err := http.Get("http://" + address + "/healthz")
	if err != nil || answer.Proto != "HTTP/1.1" {
		t.Errorf("HTTP/1.1 is answered with %v, %v", answer, err)
	}
}

// TestAdminIsApart: figures and profiles are where only whoever runs the server
// is, and name no record.
func TestAdminIsApart(t *testing.T) {
	s := New(config(t, Still{tree(t)}))
	h := s.Handler()
	get(t, h, "keeper", "/records/Pledge/nld-kestrel")
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/profile"} {
		if w := get(t, h, "keeper", path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers everybody: %d", path, w.Code)
		}
	}
	address, _ := listen(t, s.Admin)
	for path, want := range map[string]string{"/metrics": "entente_requests_total{route=\"GET /records/{kind}/{id}\",status=\"200\"} 1", "/debug/pprof/": "goroutine"} {
		answer, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || !strings.Contains(string(body), want) || strings.Contains(string(body), canary) {
			t.Errorf("%s says %.2000s, %v", path, body, err)
		}
	}
}

// TestWhatWasBegunIsFinished: a server that is told to stop answers what it was
// asked before, ends the streams, and takes nothing new.
func TestWhatWasBegunIsFinished(t *testing.T) {
	began, resume := make(chan struct{}), make(chan struct{})
	c := config(t, Still{tree(t)})
	c.Beside = []Route{{"GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-resume
		_, _ = io.WriteString(w, "done")
	})}}
	address, stop := listen(t, New(c).Listen)
	news, err := http.Get("http://" + address + "/events")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		answer, err := http.Get("http://" + address + "/slow")
		if err != nil {
			said <- err.Error()
			return
		}
		body, _ := io.ReadAll(answer.Body)
		said <- string(body)
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if _, err := io.ReadAll(news.Body); err != nil {
		t.Errorf("a stream was cut off: %v", err)
	}
	close(resume)
	if got := <-said; got != "done" {
		t.Errorf("what was begun is answered with %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + address + "/healthz"); err == nil {
		t.Error("something new was taken")
	}
}

// TestSlowAnswersEnd: nobody waits longer than an answer may take.
func TestSlowAnswersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(t, Still{tree(t)})
		c.Beside = []Route{{"GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			http.Error(w, r.Context().Err().Error(), http.StatusServiceUnavailable)
		})}}
		began := time.Now()
		w := get(t, New(c).Handler(), "", "/slow")
		if took := time.Since(began); took != pageTimeMax || w.Code != http.StatusServiceUnavailable {
			t.Errorf("it took %s and answered %d", took, w.Code)
		}
	})
}

// TestAnAnswerHasOneStatus: a second one is not sent, and nothing is said of it.
func TestAnAnswerHasOneStatus(t *testing.T) {
	c := config(t, Still{tree(t)})
	c.Beside = []Route{{"GET /twice", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(499)
	})}}
	var said strings.Builder
	srv := httptest.NewUnstartedServer(New(c).Handler())
	srv.Config.ErrorLog = log.New(&said, "", 0)
	srv.Start()
	got, err := http.Get(srv.URL + "/twice")
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	srv.Close()
	if got.StatusCode != http.StatusAccepted || said.Len() > 0 {
		t.Errorf("it answers %d and says %q", got.StatusCode, said.String())
	}
}
