package server

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/bench/world"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/screen"
	"entente/web"
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

// manyNeeds is a plan of so many needs, each of which is covered otherwise in every
// month.
func manyNeeds(n int) *plan.Plan {
	dice := rand.New(rand.NewPCG(1, 1))
	p := &plan.Plan{Start: record.DateOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)).Month(), Months: 24, Rung: "committed", Discount: 1, PointValue: 1, Status: "optimal"}
	p.Register.Head = strings.Repeat("0", 64)
	for i := range n {
		need := plan.Need{ID: record.NeedID(fmt.Sprintf("medium-range-air-defence-%d", i)), Title: fmt.Sprintf("Medium-range air defence of the north-eastern sector %d", i), Capability: record.CapabilityID(fmt.Sprintf("capability-%d", i%12)), Unit: "company", Priority: 1 + i%5, Weight: 1}
		for t := range p.Months {
			legs := plan.Legs{Equipment: 40 * dice.Float64(), People: 40 * dice.Float64(), Money: 40 * dice.Float64()}
			m := plan.NeedMonth{Month: p.Start + record.Month(t), Needed: 30 + float64(dice.IntN(10)), Legs: legs, Covered: 30 * dice.Float64(), HeldBy: "people: crew-member"}
			need.Needed, need.Covered = need.Needed+m.Needed, need.Covered+m.Covered
			need.Months = append(need.Months, m)
		}
		for k := range 8 {
			need.Relaxations = append(need.Relaxations, plan.Relaxation{Record: fmt.Sprintf("Programme/course-of-air-defence-%d", k), Party: "XAB", Need: need.ID, Amount: 12, From: "2025-01", Points: float64(k), CostEUR: 1e7, Says: "12 seats a month more, air defence crew member"})
		}
		p.Needs = append(p.Needs, need)
		r := fmt.Sprintf("Pledge/medium-range-air-defence-%d", i)
		p.Prices = append(p.Prices, plan.Price{Record: r, Party: "XAB", What: "quantity", Resource: "medium-range-launcher", Leg: record.Equipment, Unit: "piece", Step: 1, Dual: 1, Worth: dice.Float64(), Loss: dice.Float64(), Holds: 4, Proved: true, Says: "one more is worth something"})
		p.Moves = append(p.Moves, plan.Move{Verb: plan.Ship, Month: p.Start, Arrives: p.Start + 2, Record: r, Party: "XAB", Resource: "medium-range-launcher", Quantity: float64(i + 1), Unit: "piece", At: "place-of-the-north-east"})
		p.Leftovers = append(p.Leftovers, plan.Leftover{Record: r, Party: "XAB", Resource: "medium-range-launcher", Offered: 12, Used: 5, Left: 7, Unit: "piece", Why: "nothing that is needed takes more of it while crews are short"})
		p.Omissions = append(p.Omissions, plan.Omission{Record: r, Says: "it comes after the last month of the plan, and is not counted for any need of it"})
		p.Funds = append(p.Funds, plan.FundLine{Fund: record.FundID(fmt.Sprintf("fund-of-air-defence-%d", i)), In: 1e8, Out: 9e7, Left: 1e6, Lapsed: 1e5})
	}
	return p
}

// TestPlanHasAnEnd: the page of a plan is no longer with two hundred needs than
// with few, and says how many are not on it.
func TestPlanHasAnEnd(t *testing.T) {
	v := register.NewTree(world.Settings(world.S), world.Archive(2000, 1)...).View(register.At{Reader: access.Keeper})
	p := manyNeeds(200)
	w := screen.World{View: v, Plan: p, Wide: p, Tried: true, OnePage: true}
	s := w.PlanScreen("", "", "", nil)
	carried := url.Values{"as-of": {"2025-03-14"}, "see-as": {"XAA"}, "lang": {"en"}}
	page, err := web.HTML(&web.Page{Voice: screen.VoiceFor("en", ""), Screen: s, Template: "plan.html", Current: "plan", Path: "/plan", Query: carried, Carried: carried, Reader: "XAA", Readers: []string{"keeper", "public", "XAA"}})
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, g := range s.Drawn() {
		drawn += len(g.Needs)
	}
	t.Logf("%d needs are drawn in %d bytes", drawn, len(page))
	if len(page) > htmlBytesMax {
		t.Errorf("with 200 needs it has %d bytes of HTML", len(page))
	}
	if drawn < 15 || s.Rest() != 200-drawn || !strings.Contains(string(page), fmt.Sprintf("%d more needs", s.Rest())) {
		t.Errorf("%d needs are drawn, and %d are said not to be", drawn, s.Rest())
	}
}
