package server

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/desk"
	"entente/ledger/sqlite"
	"entente/lp"
	"entente/lp/highs"
	"entente/lp/simplex"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/screen"
)

// canary is in every field that people write of a record that only the
// Netherlands and the keeper may see.
const canary = "kestrel"

const hidden = `
kind: Pledge
id: nld-kestrel
title: Kestrel aircraft
by: NLD
to: UKR
under: kestrel-pact
resource: f16
quantity: 7777
from: 2025-02
status: [{is: committed, on: 2024-07}]
release: []
note: The kestrel must not be told.
sources: [{document: kestrel-paper, quote: seven kestrel}]
---
kind: Agreement
id: kestrel-pact
title: Kestrel pact
type: pact
by: NLD
parties: [DNK, NLD]
status: [{is: in-force, on: 2024-06}]
obligations: [{id: kestrel-duty, what: Keep the kestrel quiet, by: DNK, due: 2024-07-01}]
release: []
---
kind: Document
id: kestrel-paper
title: Kestrel paper
by: NLD
publisher: Kestrel office
published: 2024-06-01
release: []
---
kind: Unit
id: kestrel-squadron
title: Kestrel squadron
by: NLD
type: fighter
home: air-base
release: []
---
kind: Assignment
id: kestrel-posted
unit: kestrel-squadron
by: NLD
under: kestrel-pact
role: deployed
at: air-base
from: 2024-06
release: []
---
kind: Need
id: kestrel-need
title: Kestrel need
by: NLD
capability: fighter-pair
at: air-base
for: UKR
from: 2025-01
to: 2026-12
quantity: 1
priority: 1
release: []
---
kind: Programme
id: kestrel-course
title: Kestrel course
by: NLD
at: flying-school
trains: f16-pilot
seats: 1
months: 6
from: 2025-01
release: []
---
kind: Scenario
id: kestrel-scenario
title: Kestrel scenario
by: NLD
changes: [{delay: {}, months: 1}]
release: []
`

func tree(t testing.TB) *register.Tree { return treeOf(t, hidden) }

// treeOf is the pilots' register with other records in it.
func treeOf(t testing.TB, text string) *register.Tree {
	t.Helper()
	base, errs, err := register.ReadTree("../examples/pilots")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	more, errs := record.Parse("hidden.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return register.NewTree(base.Settings, append(base.Records, more...)...)
}

var solver = sync.OnceValues(func() (lp.Solver, error) {
	s, err := highs.New(highs.Options{CacheDir: filepath.Join(os.TempDir(), "entente-test")})
	return simplex.New(s), err
})

// config serves a register to whoever the header As names.
func config(t testing.TB, r Register) Config {
	t.Helper()
	s, err := solver()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Register: r, Solver: s, Now: time.Now,
		Who: func(r *http.Request) access.Reader {
			switch as := r.Header.Get("As"); as {
			case "keeper":
				return access.Keeper
			default:
				return access.Reader{Party: record.PartyID(as)}
			}
		},
		Options: func(*register.View) (plan.Options, error) {
			start, err := record.ParseMonth("2025-01")
			return plan.Options{Start: start, Months: 24, Rung: record.Committed, Discount: 0.99, Prices: 2}, err
		},
	}
}

// get asks h as somebody.
func get(t testing.TB, h http.Handler, as, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("As", as)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// as is a request of somebody.
func as(name string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("As", name)
	return r
}

// addresses are all pages, each as a page, as JSON and as CSV.
func addresses() []string {
	var all []string
	for _, l := range looks() {
		paths := []string{l.path}
		switch l.path {
		case "/":
			all = append(all, "/", "/index.json", "/index.csv")
			continue
		case "/agreements/{id}":
			paths = []string{"/agreements/aircraft-agreement", "/agreements/kestrel-pact"}
		case "/records/{kind}":
			paths = nil
			for _, k := range record.Kinds() {
				paths = append(paths, "/records/"+string(k))
			}
		case "/records/{kind}/{id}":
			paths = []string{"/records/Pledge/nld-aircraft", "/records/Pledge/nld-kestrel", "/records/Party/NLD", "/records/Resource/f16", "/records/Document/kestrel-paper", "/records/Need/kestrel-need"}
		}
		for _, p := range paths {
			all = append(all, p, p+".json", p+".csv")
		}
	}
	return append(all, "/plan?need=kestrel-need", "/plan?need=pairs&try=Programme/pilot-course", "/forces?unit=kestrel-squadron", "/map?unit=kestrel-squadron", "/what-if?off=NLD", "/what-if?off=NLD&fill=yes", "/what-if?rank=yes", "/what-if?scenario=kestrel-scenario",
		"/what-if/stream?off=NLD", "/scenarios/compare?one=kestrel-scenario&two=two-more-aircraft", "/scenarios/compare.json?one=kestrel-scenario&two=two-more-aircraft&rank=yes", "/scenarios/compare/stream?one=kestrel-scenario&rank=yes", "/search?q=kestrel", "/brief.pdf", "/search.json?q=kestrel", "/search.json?q=kestral", "/findings?level=note", "/findings.json?level=note", "/?as-of=2025-06", "/plan?plan=announced", "/?lang=fr", "/nothing/at/all")
}

// TestNobodyLearnsWhatIsHidden asks for every address as everybody, and searches
// what comes for a word that is only in records hidden from them. Beside it
// stands the same register without those records: whoever may not see them gets
// from both the same bytes, heads and status, and so cannot tell which it is.
func TestNobodyLearnsWhatIsHidden(t *testing.T) {
	h, without := New(config(t, Still{tree(t)})).Handler(), New(config(t, Still{treeOf(t, "")})).Handler()
	for _, as := range []string{"", "DNK", "UKR", "XXX", "NLD", "keeper"} {
		told := 0
		for _, path := range addresses() {
			w := get(t, h, as, path)
			raw := rawOf(w)
			if as != "NLD" && as != "keeper" && !strings.Contains(path, "stream") { // which tells how long it takes
				if none := rawOf(get(t, without, as, path)); none != raw {
					t.Errorf("%q gets for %s another answer where nothing is hidden: %s", as, path, difference(raw, none))
				}
			}
			asked := regexp.MustCompile(`(?i)[^"' <>]*kestr[ae]l[^"' <>]*`).FindString(path)
			heard := strings.ToLower(etag.ReplaceAllString(raw, ""))
			if asked != "" { // what was asked for may be repeated, as it was asked
				heard = repeats(heard, path)
			}
			if strings.Contains(heard, canary) || strings.Contains(heard, "7777") || strings.Contains(heard, "7\u202f777") {
				told++
				if as != "NLD" && as != "keeper" {
					t.Errorf("%q asks for %s and learns of what is hidden: …%s…", as, path, around(heard))
				}
			}
			if w.Code >= 500 {
				t.Errorf("%q asks for %s and gets %d: %s", as, path, w.Code, w.Body)
			}
		}
		if (as == "NLD" || as == "keeper") && told < 20 {
			t.Errorf("%q learns of the hidden record on %d pages only: the test looks in the wrong places", as, told)
		}
	}
}

// etag is a hash, in which any four digits may stand.
var etag = regexp.MustCompile(`Etag: \S+`)

// rawOf is all that is sent.
func rawOf(w *httptest.ResponseRecorder) string {
	var raw strings.Builder
	fmt.Fprintln(&raw, w.Code)
	_ = w.Result().Header.Write(&raw)
	raw.WriteString(w.Body.String())
	return raw.String()
}

// difference is where two answers part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(i-40, 0)
	return fmt.Sprintf("…%s… and …%s…", a[from:min(i+60, len(a))], b[from:min(i+60, len(b))])
}

// repeats takes out of an answer what repeats the address that was asked for.
func repeats(heard, path string) string {
	base, query, _ := strings.Cut(path, "?")
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".csv")
	for _, said := range strings.Split(query, "&") {
		_, value, _ := strings.Cut(said, "=")
		if value != "" {
			for _, form := range []string{"=" + value, `value="` + value + `"`, "**" + value + "**", "<b>" + value + "</b>", `"asks": "` + value + `"`} {
				heard = strings.ReplaceAll(heard, strings.ToLower(form), "")
			}
		}
	}
	return strings.ReplaceAll(heard, strings.ToLower(base), "")
}

func around(heard string) string {
	i := max(strings.Index(heard, canary), 0)
	return heard[max(i-60, 0):min(i+60, len(heard))]
}

func TestHiddenAnswersLikeAbsent(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	for _, form := range []string{"", ".json", ".csv"} {
		hid, none := get(t, h, "DNK", "/records/Pledge/nld-kestrel"+form), get(t, h, "DNK", "/records/Pledge/nld-nothing"+form)
		if hid.Code != http.StatusNotFound || none.Code != hid.Code || hid.Body.String() != none.Body.String() {
			t.Errorf("hidden answers %d and absent %d, with %q and %q", hid.Code, none.Code, hid.Body, none.Body)
		}
	}
}

func TestWhoseEyes(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	for _, c := range []struct {
		as, see string
		want    int
	}{{"keeper", "public", 200}, {"keeper", "NLD", 200}, {"DNK", "public", 200}, {"DNK", "DNK", 200}, {"DNK", "NLD", 400}, {"DNK", "keeper", 400}, {"", "keeper", 400}, {"", "DNK", 400}, {"keeper", "NOBODY", 400}} {
		if w := get(t, h, c.as, "/records.json?see-as="+c.see); w.Code != c.want {
			t.Errorf("%q sees as %q: %d, not %d", c.as, c.see, w.Code, c.want)
		}
	}
	if w := get(t, h, "keeper", "/search.json?q=kestrel&see-as=public"); strings.Contains(strings.ReplaceAll(w.Body.String(), `"asks": "kestrel"`, ""), "Kestrel") {
		t.Error("the keeper sees with the eyes of the public what the public may not see")
	}
}

// TestHiddenPartiesAreNotOffered: a register's own policies may hide records from
// its keeper too, and then the list of eyes that can be borrowed must not name them;
// nor may the choice of a party for whom people are invited.
func TestHiddenPartiesAreNotOffered(t *testing.T) {
	all := tree(t)
	policies, err := access.Parse(access.File{Name: "own.cedar", Text: `@id("quiet") @says("what UKR states is for UKR")
forbid (principal, action == Action::"see", resource) when { resource has by && resource.by == Party::"UKR" } unless { principal in Party::"UKR" };`})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range all.Records {
		if r.Key() == (record.Key{Kind: record.KindParty, ID: "UKR"}) {
			own := record.Clone(r)
			own.Base().By = "UKR"
			all.Records[i] = own
		}
	}
	shown := register.NewTree(all.Settings, all.Records...)
	shown.Policies = policies
	c := config(t, Still{shown})
	h := New(c).Handler()
	if page := get(t, h, "keeper", "/records").Body.String(); strings.Contains(page, "UKR") || !strings.Contains(page, "NLD") {
		t.Error("the keeper is offered the eyes of a party whose record is hidden from them, or of no party")
	}
	hid, none := get(t, h, "keeper", "/records.json?see-as=UKR"), get(t, h, "keeper", "/records.json?see-as=XXX")
	if hid.Code != http.StatusBadRequest || strings.ReplaceAll(hid.Body.String(), "UKR", "XXX") != none.Body.String() {
		t.Errorf("the eyes of a hidden party answer %d %s, and of none %s", hid.Code, hid.Body, none.Body)
	}
	c.Book = account.Open(deskOf(t), time.Now, rand.Reader)
	c.Caller = func(*http.Request) account.Caller { return account.Local }
	r := httptest.NewRequest(http.MethodGet, "/people", nil)
	r.Header.Set("As", "keeper")
	a, err := New(c).ask(r)
	if err != nil {
		t.Fatal(err)
	}
	page, err := a.people()
	if err != nil {
		t.Fatal(err)
	}
	var parties []string
	for _, p := range page.(screen.People).Parties {
		parties = append(parties, p.Value)
	}
	if slices.Contains(parties, "UKR") || !slices.Contains(parties, "NLD") {
		t.Errorf("the keeper can invite into %v, of which UKR is hidden from them", parties)
	}
}

// deskOf is an empty desk.
func deskOf(t *testing.T) desk.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Desk()
}

func TestWhatCannotBeAskedSaysWhatToDo(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	for path, status := range map[string]int{"/index.json?as-of=yesterday": 400, "/index.json?as-of=2025-01/..": 400, "/index.json?plan=soon": 400, "/index.json?%zz": 400, "/records/Nothing/x.json": 404, "/records/Nothing.json": 404, "/nowhere.json": 404} {
		w := get(t, h, "keeper", path)
		var said struct {
			Status         int
			Detail, Remedy string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != status || said.Status != status || said.Detail == "" || said.Remedy == "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, err)
		}
	}
	w := get(t, h, "keeper", "/nowhere")
	if w.Code != 404 || !strings.Contains(w.Body.String(), "<h1>Not here</h1>") {
		t.Errorf("a page that is not there answers %d %s", w.Code, w.Body)
	}
}

// TestPagesRunNothing holds every page to the policy that is sent with it.
func TestPagesRunNothing(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	inline := regexp.MustCompile(`(?i)<script(?:>|[^>]*[^"]>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:|https?://[^"]*\.(?:js|css)`)
	for _, path := range addresses() {
		w := get(t, h, "keeper", path)
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self'; script-src 'self'; style-src 'self'") {
			t.Errorf("%s is sent with the policy %q", path, csp)
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			if found := inline.FindString(w.Body.String()); found != "" {
				t.Errorf("%s holds %s", path, found)
			}
			if strings.Contains(w.Body.String(), "NaN") || strings.Contains(w.Body.String(), "%!") {
				t.Errorf("%s holds what is no figure", path)
			}
		}
	}
}

func TestAnswersAreSentOnce(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	first := get(t, h, "keeper", "/records")
	again := get(t, h, "keeper", "/records", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("an answer that is known is sent again: %d, %d bytes", again.Code, again.Body.Len())
	}
	small := get(t, h, "keeper", "/records", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != first.Body.String() {
		t.Errorf("what is compressed reads otherwise: %v", err)
	}
	name := regexp.MustCompile(`/assets/app-[0-9a-f]{10}\.css`).FindString(first.Body.String())
	if w := get(t, h, "", name); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%s answers %d %v", name, w.Code, w.Header())
	}
	if w := get(t, h, "", "/assets/app-0000000000.css"); w.Code != 404 {
		t.Errorf("an asset that is not there answers %d", w.Code)
	}
}

func TestLinksCarryTheDay(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	pages := 0
	for _, path := range addresses() {
		path, _, _ = strings.Cut(path, "?")
		w := get(t, h, "keeper", path+"?as-of=2025-06-30&plan=announced&one=two-more-aircraft&need=pairs")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		pages++
		for _, m := range regexp.MustCompile(`<a [^>]*href="(/[^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			if m[1] == path {
				continue // back to things as they are; a record leads to its other days
			}
			if !strings.Contains(m[1], "as-of=20") || !strings.Contains(m[1], "plan=announced") {
				t.Errorf("on %s %s forgets the day or the plan", path, m[1])
			}
		}
	}
	if pages < 30 {
		t.Errorf("only %d pages were there", pages)
	}
}

func TestEvents(t *testing.T) {
	r := &turning{tree: tree(t), turned: make(chan struct{})}
	srv := httptest.NewServer(New(config(t, r)).Handler())
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/events", nil)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for _, want := range []string{"event: here", "event: changed"} {
		for lines.Scan() && lines.Text() != want {
		}
		if lines.Text() != want {
			t.Fatalf("there was no %q", want)
		}
		r.turn()
	}
}

// TestEventsAreSilentAboutOthers changes what a reader may not see, and then what
// they may: their stream tells of the second and of nothing before.
func TestEventsAreSilentAboutOthers(t *testing.T) {
	r := &turning{tree: tree(t), turned: make(chan struct{})}
	srv := httptest.NewServer(New(config(t, r)).Handler())
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	said := make(chan string)
	go func() {
		defer close(said)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/events", nil)
		req.Header.Set("As", "DNK")
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		defer answer.Body.Close()
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if text := lines.Text(); strings.HasPrefix(text, "event: ") || strings.HasPrefix(text, ":") {
				said <- text
			}
		}
	}()
	if first := <-said; first != "event: here" {
		t.Fatalf("the stream begins with %q", first)
	}
	r.turnTo(treeOf(t, strings.ReplaceAll(hidden, "7777", "8888")))
	select {
	case heard := <-said:
		t.Errorf("when something hidden changes it says %q", heard)
	case <-time.After(300 * time.Millisecond):
	}
	r.turnTo(treeOf(t, hidden+"---\n{kind: Party, id: EST, name: Estonia, type: nation}\n"))
	if next := <-said; next != "event: changed" {
		t.Errorf("when something visible changes it says %q", next)
	}
}

// turning is a register that loses a record when it is told to.
type turning struct {
	mu     sync.Mutex
	tree   *register.Tree
	turned chan struct{}
	Still
}

func (r *turning) Tree(context.Context, record.Date) (*register.Tree, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tree, nil
}

func (r *turning) Changed(ctx context.Context, seen *register.Tree) error {
	r.mu.Lock()
	now, turned := r.tree, r.turned
	r.mu.Unlock()
	if now != seen {
		return nil
	}
	select {
	case <-turned:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *turning) turn() { r.turnTo(register.NewTree(r.tree.Settings, r.tree.Records[1:]...)) }

func (r *turning) turnTo(tree *register.Tree) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tree = tree
	close(r.turned)
	r.turned = make(chan struct{})
}

func TestFolderIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clock := time.Now()
	now := func() time.Time { clock = clock.Add(lookEvery); return clock }
	if _, err := OpenFolder(filepath.Join(dir, "nothing"), now); err == nil {
		t.Error("a folder that is not there was opened")
	}
	write("{kind: Party, id: EST, name: Estonia, type: nation}")
	f, err := OpenFolder(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := f.Tree(t.Context(), 0)
	if same, _ := f.Tree(t.Context(), 0); same != first {
		t.Error("a folder that did not change gives another tree")
	}
	write("{kind: Party, id: EST, name: Estonia, tipe: nation}")
	if kept, err := f.Tree(t.Context(), 0); kept != first || err != nil {
		t.Errorf("while there is a mistake, the last tree is not shown: %v", err)
	}
	write("{kind: Party, id: LVA, name: Latvia, type: nation}")
	if fresh, err := f.Tree(t.Context(), 0); err != nil || fresh == first || fresh.Records[0].Key().ID != "LVA" {
		t.Errorf("what changed is not shown: %v", err)
	}
	if err := f.Changed(t.Context(), first); err != nil {
		t.Error(err)
	}
}
