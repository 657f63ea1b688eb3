package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// What a page may weigh, and how many things a browser has to have before it can
// paint.
const (
	htmlBytesMax   = 150_000
	scriptBytesMax = 60_000 // compressed, of all scripts of a page
	blockingMax    = 2
)

var (
	scripts  = regexp.MustCompile(`<script([^>]*) src="(/assets/[^"]+)"([^>]*)>`)
	imports  = regexp.MustCompile(`(?:from|import) ?['"]\./([^'"]+)['"]`)
	sheets   = regexp.MustCompile(`<link [^>]*rel="stylesheet"[^>]*>`)
	modulish = regexp.MustCompile(`type="module"|\bdefer\b|\basync\b`)
)

// weigh holds a page to the budget.
func weigh(t *testing.T, h http.Handler, path string) {
	t.Helper()
	w := get(t, h, "keeper", path)
	page := w.Body.String()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s answers %d %s", path, w.Code, w.Header().Get("Content-Type"))
		return
	}
	if len(page) > htmlBytesMax {
		t.Errorf("%s has %d bytes of HTML", path, len(page))
	}
	blocking, weight, seen := len(sheets.FindAllString(page, -1)), 0, map[string]bool{}
	var load func(name string)
	load = func(name string) { // a script, and what it asks for
		if seen[name] {
			return
		}
		seen[name] = true
		body := get(t, h, "keeper", "/assets/"+name, "Accept-Encoding", "gzip").Body
		weight += body.Len()
		for _, m := range imports.FindAllStringSubmatch(get(t, h, "keeper", "/assets/"+name).Body.String(), -1) {
			load(m[1])
		}
	}
	for _, m := range scripts.FindAllStringSubmatch(page, -1) {
		if !modulish.MatchString(m[1] + m[3]) {
			blocking++
		}
		load(strings.TrimPrefix(m[2], "/assets/"))
	}
	if len(seen) == 0 || weight > scriptBytesMax {
		t.Errorf("%s has %d scripts of %d bytes, compressed", path, len(seen), weight)
	}
	if blocking == 0 || blocking > blockingMax {
		t.Errorf("%s is painted when %d files are there", path, blocking)
	}
}

// TestBudget holds every page of the shipped example to the budget.
func TestBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the example is not planned")
	}
	example, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	c := config(t, Still{example})
	h := New(c).Handler()
	for _, l := range looks() {
		if strings.Contains(l.path, "{") || l.path == proposalsPath || l.path == importPath || l.path == peoplePath {
			continue
		}
		weigh(t, h, l.path)
	}
	for _, path := range []string{"/records/Pledge", "/records/Document", "/records/Pledge/deu-irist-7-to-12", "/search?q=patriot", "/findings?level=note"} {
		weigh(t, h, path)
	}
}

// TestPagesHaveAnEnd: with many records a page is no longer than with few.
func TestPagesHaveAnEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no large register is made")
	}
	var records []record.Record
	for _, r := range world.Archive(12_000, 1) { // without what is planned for, and what refers to it
		if k := r.Key().Kind; k != record.KindNeed && !strings.HasPrefix(r.Key().ID, "assignment-") {
			records = append(records, r)
		}
	}
	c := config(t, Still{register.NewTree(world.Settings(world.S), records...)})
	c.Options = func(*register.View) (plan.Options, error) { return plan.Options{}, nil }
	h := New(c).Handler()
	for _, path := range []string{"/", "/map", "/pledges", "/pledges?page=7&order=3", "/forces", "/agreements", "/findings", "/findings?level=note", "/records", "/records/Pledge", "/records/Document?page=4", "/records/Resource/stores-0001", "/records/Party/XAA", "/search?q=consignment"} {
		weigh(t, h, strings.Replace(path, "stores-0001", "stores-"+idOf(records), 1))
	}
}

// idOf is the number of a kind of stores.
func idOf(records []record.Record) string {
	for _, r := range records {
		if number, ok := strings.CutPrefix(r.Key().ID, "stores-"); ok {
			return number
		}
	}
	return ""
}
