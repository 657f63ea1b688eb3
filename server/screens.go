package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/screen"
	"entente/web"
)

// look is a screen: where it is, what draws it, and what it is made of.
type look struct {
	path     string
	current  string // the door in the rail
	template string
	heading  string // the name of the screen
	question string // the h1, where it is not the name
	planned  bool   // it shows the plan
	make     func(*asking) (screen.Screen, error)
}

// looks lists every screen.
func looks() []look {
	return []look{
		{"/", "overview", "overview.html", "Overview", "Where do we stand?", true, (*asking).overview},
		{"/plan", "plan", "plan.html", "Plan", "", true, (*asking).planned},
		{"/map", "map", "map.html", "Map", "Who is where", true, (*asking).places},
		{whatIfPath, "whatif", "whatif.html", "What-if", "What if?", true, (*asking).changed},
		{scenariosPath, "scenarios", "list.html", "Scenarios", "", false, listOf(screen.World.Scenarios)},
		{comparePath, "scenarios", "compare.html", "Compare scenarios", "", true, (*asking).compared},
		{"/needs", "needs", "list.html", "Needs", "", true, filtered(screen.World.Needs)},
		{"/pledges", "pledges", "list.html", "Pledges", "", true, filtered(screen.World.Pledges)},
		{"/training", "training", "list.html", "Training", "", true, filtered(screen.World.Training)},
		{"/funds", "funds", "list.html", "Funds", "", true, filtered(screen.World.Funds)},
		{"/forces", "forces", "forces.html", "Forces", "One set of forces", true, (*asking).forces},
		{"/agreements", "agreements", "agreements.html", "Agreements", "", false, (*asking).agreements},
		{"/agreements/{id}", "agreements", "record.html", "Agreement", "", true, (*asking).agreement},
		{"/findings", "findings", "findings.html", "Findings", "", false, (*asking).findings},
		{findingsPath + "/{id}", "findings", "finding.html", "Finding", "", false, (*asking).finding},
		{"/records", "record", "list.html", "Records", "", false, listOf(screen.World.Kinds)},
		{"/records/{kind}", "record", "list.html", "Records", "", false, (*asking).ofKind},
		{"/records/{kind}/{id}", "record", "record.html", "Record", "", true, (*asking).record},
		{proposalsPath, "proposals", "list.html", "Proposals", "", false, (*asking).proposals},
		{proposalsPath + "/{id}", "proposals", "proposal.html", "Proposal", "", false, (*asking).proposal},
		{importPath, importPath[1:], "import.html", "Import", "", false, (*asking).importing},
		{importPath + "/{id}", importPath[1:], "preview.html", "Import", "", false, (*asking).preview},
		{peoplePath, peoplePath[1:], "people.html", "People", "", false, (*asking).people},
		{"/brief", "brief", "brief.html", "Brief", "", true, (*asking).brief},
		{"/search", "search", "search.html", "Find", "", false, (*asking).search},
	}
}

// fresh reports whether a screen depends on more than the register: on what has
// been reckoned by now, on what people do about it, or on the plan of this very
// moment, beside which it sets others.
func (l look) fresh() bool {
	switch l.current {
	case "findings":
		return l.path != findingsPath // its list is named by what was decided, see name
	case "whatif", "proposals", peoplePath[1:], importPath[1:]:
		return true
	}
	return l.path == comparePath
}

// show answers with a screen, as a page, JSON or CSV. A screen is a function of
// the view, the plan and the address: what was made once is given again.
func (s *Server) show(l look) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, form := formOf(r)
		a, err := s.read(r)
		if err == nil {
			a.soon = !l.fresh()
			err = a.look()
		}
		if err == nil && l.planned && a.soon {
			err = a.settle() // the answer is of these plans
		}
		if err == nil && l.path == findingsPath {
			err = a.hear() // and of these words on findings
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		draw := func(ctx context.Context, _ func(string)) (*whole, error) {
			b := *a
			b.ctx = ctx
			return b.draw(l, path, form)
		}
		var o *whole
		if l.fresh() {
			o, err = draw(r.Context(), nil)
		} else {
			o, err = a.kept(l, path, form, draw)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if form.kind == forms[".csv"].kind {
			w.Header().Set("Content-Disposition", `attachment; filename="`+strings.TrimSuffix(l.template, ".html")+`.csv"`)
		}
		w.Header().Add("Vary", "Accept-Language")
		o.give(w, r, http.StatusOK)
	})
}

// draw makes a screen and the answer with it. Few draw at once for each processor:
// more would be as slow each, and whoever asks for what is there already would
// wait for all of them.
func (a *asking) draw(l look, path string, f form) (*whole, error) {
	if err := a.queue(); err != nil {
		return nil, err
	}
	defer func() { <-a.drawing }()
	a.onePage = f.kind == forms[""].kind
	made, err := l.make(a)
	if err != nil {
		return nil, err
	}
	body, err := f.draw(a.page(l, path, made))
	if err != nil {
		return nil, err
	}
	return wholeOf(f.kind, body), nil
}

// queue waits for a place among those that draw. Where too many wait already it is
// better to say so at once: what is cheap has to find the server free.
func (a *asking) queue() error {
	defer a.queued.Add(-1)
	if a.queued.Add(1) > queueMax {
		return tooMuch
	}
	select {
	case a.drawing <- struct{}{}:
		a.draws = true
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

// kept is the answer that was made before; or one that was given a moment ago, if
// that will do; or it is made.
func (a *asking) kept(l look, path string, f form, draw func(context.Context, func(string)) (*whole, error)) (*whole, error) {
	key := a.nameOf(a.basisName(), path, f)
	if o, ok := a.former(l, key, path, f, draw); ok {
		return o, nil
	}
	return a.answers.Do(a.ctx, key, draw)
}

// nameOf tells apart all answers that may differ.
func (a *asking) nameOf(basis, path string, f form) string {
	return fmt.Sprintf("%s %q %q %q %q %q %q", basis, a.own.Key(), a.reader.Key(), a.voice.Lang(), path, f.kind, a.query.Encode())
}

func (a *asking) basisName() string {
	return fmt.Sprintf("%d %d %s %s", a.sight.ID, a.mine.ID, a.settled.name(), a.words.named())
}

// form is how an answer is written.
type form struct {
	kind string
	draw func(*web.Page) ([]byte, error)
}

var forms = map[string]form{
	"":      {"text/html; charset=utf-8", web.HTML},
	".json": {"application/json", web.JSON},
	".csv":  {"text/csv; charset=utf-8", web.CSV},
}

// formOf cuts the form off the path of a request.
func formOf(r *http.Request) (path string, f form) {
	path = r.URL.Path
	for _, ext := range []string{".json", ".csv"} {
		if base, ok := strings.CutSuffix(path, ext); ok {
			if base == "/index" {
				base = "/"
			}
			return base, forms[ext]
		}
	}
	return path, forms[""]
}

// named is a part of the path, without the form.
func (a *asking) named(part string) string {
	name := a.r.PathValue(part)
	return strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".csv")
}

// fail says what a request cannot be answered with: as a page for people, as
// JSON for programs.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody reads it
	}
	f := faultOf(err)
	if f.Status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	if f.Status == http.StatusInternalServerError {
		s.Log.Error("cannot answer", "route", routeOf(r), "error", fmt.Sprint(err))
	}
	if _, form := formOf(r); form.kind != forms[""].kind || strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(r.Header.Get("Accept"), "json") {
		send(w, r, f.Status, "application/problem+json", f.problem())
		return
	}
	voice := screen.VoiceFor(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	body, err := web.Trouble(voice, f.Title, f.Says, f.Fix)
	if err != nil {
		http.Error(w, f.Error(), f.Status)
		return
	}
	send(w, r, f.Status, forms[""].kind, body)
}

func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, fault{http.StatusNotFound, "Not here", "there is no page at this address", "begin at the overview"})
}

// healthy says that the process answers; ready that the register can be read.
func (s *Server) healthy(w http.ResponseWriter, r *http.Request) {
	send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := s.Register.Tree(r.Context(), 0); err != nil {
		s.fail(w, r, err)
		return
	}
	send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func (a *asking) overview() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	month := -1
	if m, err := record.ParseMonth(a.query.Get("month")); err == nil && w.Plan != nil {
		month = int(m - w.Plan.Start)
	}
	return w.Overview(a.query.Get("group"), month), nil
}

func (a *asking) planned() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	need, try := record.NeedID(a.query.Get("need")), a.query.Get("try")
	var tried *plan.Plan
	if try != "" && w.Plan != nil {
		if v, ok := w.Raised(need, try); ok {
			o, err := a.options()
			if err != nil {
				return nil, err
			}
			o.Brief, o.Prices = true, 0
			if tried, err = a.plan(v, v.Head(), o); err != nil {
				return nil, err
			}
		}
	}
	return w.PlanScreen(a.query.Get("show"), need, try, tried), nil
}

// filtered makes a list that the query filters and puts in order.
func filtered(of func(screen.World, url.Values) screen.List) func(*asking) (screen.Screen, error) {
	return func(a *asking) (screen.Screen, error) {
		w, err := a.world(true)
		if err != nil {
			return nil, err
		}
		return of(w, a.query), nil
	}
}

// listOf makes a list that needs no plan.
func listOf(of func(screen.World) screen.List) func(*asking) (screen.Screen, error) {
	return func(a *asking) (screen.Screen, error) {
		w, err := a.world(false)
		if err != nil {
			return nil, err
		}
		return of(w), nil
	}
}

func (a *asking) places() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	month := a.at.On.Month()
	if m, err := record.ParseMonth(a.query.Get("month")); err == nil {
		month = m
	}
	return w.Map(month, a.query.Get("unit")), nil
}

func (a *asking) forces() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	return w.Forces(a.query.Get("unit")), nil
}

func (a *asking) agreements() (screen.Screen, error) {
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	return w.Agreements(), nil
}

func (a *asking) brief() (screen.Screen, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	return w.Brief(), nil
}

func (a *asking) search() (screen.Screen, error) {
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	var screens []screen.Hit
	for _, l := range looks() {
		if !strings.Contains(l.path, "{") && l.path != "/search" {
			screens = append(screens, screen.Hit{Title: a.voice.Say(l.heading), Kind: a.voice.Say("Screen"), Href: l.path})
		}
	}
	return w.Search(a.query.Get("q"), screens), nil
}

func (a *asking) ofKind() (screen.Screen, error) {
	kind, ok := record.KindNamed(a.named("kind"))
	if !ok {
		return nil, absent("this kind of record")
	}
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	return w.OfKind(kind, a.query), nil
}

func (a *asking) agreement() (screen.Screen, error) {
	return a.recordOf(record.Key{Kind: record.KindAgreement, ID: a.named("id")})
}

func (a *asking) record() (screen.Screen, error) {
	kind, ok := record.KindNamed(a.r.PathValue("kind"))
	if !ok {
		return nil, absent("this record")
	}
	return a.recordOf(record.Key{Kind: kind, ID: a.named("id")})
}

func (a *asking) recordOf(key record.Key) (screen.Screen, error) {
	r, ok := a.sight.View.Get(key)
	if !ok {
		return nil, absent("this record")
	}
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	s, _ := w.Record(key)
	s.Proof = a.proofOf(r)
	if s.History, err = a.Register.History(a.ctx, a.sight.View, key); err != nil {
		return nil, err
	}
	return s, nil
}
