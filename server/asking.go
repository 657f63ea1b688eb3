package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"entente/access"
	"entente/once"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/screen"
	"entente/sight"
	"entente/web"
)

// asking is one request, understood: whose eyes, which day, which plan, in which
// language. It is made from an address and nothing else.
type asking struct {
	*Server
	ctx     context.Context
	r       *http.Request // nil when nobody asked
	query   url.Values
	own     access.Reader // who asks
	reader  access.Reader // whose eyes: their own, or narrower
	voice   screen.Voice
	day     record.Date // 0 until look
	rung    record.Rung // NoRung is as the options say
	carried url.Values
	tree    *register.Tree
	mine    *sight.Sight // with their own eyes
	sight   *sight.Sight
	at      register.At
	soon    bool // what was there a moment ago will do, where nothing of it must be hidden
	settled *planned
	words   *words
	onePage bool // only what is on the page is made
	draws   bool // it holds a place among those that draw
}

// ask reads the address of a request.
func (s *Server) ask(r *http.Request) (*asking, error) {
	a, err := s.read(r)
	if err != nil {
		return nil, err
	}
	return a, a.look()
}

// read reads the address of a request, and does not look at the register yet.
func (s *Server) read(r *http.Request) (*asking, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, unfit("the address has a query that cannot be read", "follow a link instead of writing the address")
	}
	own := s.Who(r)
	a := &asking{Server: s, ctx: r.Context(), r: r, query: q, own: own, reader: own, carried: url.Values{}}
	a.voice = screen.VoiceFor(q.Get("lang"), r.Header.Get("Accept-Language"))
	for _, name := range []string{"as-of", "plan", "see-as", "lang"} {
		if value := q.Get(name); value != "" {
			a.carried.Set(name, value)
		}
	}
	if text := q.Get("as-of"); text != "" {
		d, err := record.ParseDay(text)
		if err != nil || d.Last() == record.Forever {
			return nil, unfit(fmt.Sprintf("as-of %s is not a day", text), "write it as 2025-03-14, 2025-03 or 2025")
		}
		a.day = d.Last()
	}
	if text := q.Get("plan"); text != "" {
		rung, ok := record.ParseRung(text)
		if !ok {
			return nil, unfit(fmt.Sprintf("a plan cannot count from %s", text), "write one of "+strings.Join(record.Rungs(), ", "))
		}
		a.rung = rung
	}
	return a, nil
}

// look finds the register as it was known, and whose eyes look at it.
func (a *asking) look() (err error) {
	if a.tree, err = a.Register.Tree(a.ctx, a.day); err != nil {
		return err
	}
	if a.day == 0 {
		a.day = a.today(a.tree)
	}
	if a.mine, err = a.sightOf(a.own); err != nil {
		return err
	}
	if err := a.borrow(); err != nil {
		return err
	}
	a.at = register.At{On: a.day, Reader: a.reader}
	a.sight = a.mine
	if a.reader != a.own {
		a.sight, err = a.sightOf(a.reader)
	}
	if err == nil {
		a.tree = a.sight.Tree
	}
	return err
}

// sightOf is what somebody sees on the day, made once for all who ask.
func (a *asking) sightOf(reader access.Reader) (*sight.Sight, error) {
	look := a.Sights.Look
	if a.soon {
		look = a.Sights.Sooner
	}
	return look(a.ctx, a.tree, register.At{On: a.day, Reader: reader})
}

// borrow looks with narrower eyes where that is asked: the keeper may see as
// anybody, a party as the public. To be refused tells nothing, not even whether
// there is such a party.
func (a *asking) borrow() error {
	name := a.query.Get("see-as")
	if name == "" || name == a.own.String() {
		return nil
	}
	if !slices.Contains(a.readers(), name) {
		return unfit("nobody here can see as "+name, "see as "+strings.Join(a.readers()[:min(2, len(a.readers()))], " or as "))
	}
	if name == access.Public.String() {
		a.reader = access.Public
		return nil
	}
	a.reader = access.Reader{Party: record.PartyID(name)}
	return nil
}

// readers are those whose eyes can be borrowed, one's own first: of parties those
// that the keeper sees, from whom a register's own policies may hide some.
func (a *asking) readers() []string {
	all := []string{a.own.String()}
	if a.own != access.Public {
		all = append(all, access.Public.String())
	}
	if a.own.All {
		for _, p := range a.mine.View.Parties() {
			all = append(all, p.ID)
		}
	}
	return all
}

// options are what the plan of the page is asked for.
func (a *asking) options() (plan.Options, error) {
	o, err := a.Options(a.sight.View)
	if a.rung != record.NoRung {
		o.Rung = a.rung
	}
	return o, err
}

// world is what screens are made from. Where the register has no need to plan
// for, it has no plan.
func (a *asking) world(planned bool) (screen.World, error) {
	w := worldOf(a.sight, a.voice)
	w.OnePage = a.onePage
	if !planned {
		return w, nil
	}
	err := a.settle()
	if p := a.settled; p != nil {
		w.Plan, w.Wide, w.Tried = p.plan, p.wide, p.tried
	}
	return w, err
}

// worldOf is what screens are made from where there is no plan.
func worldOf(s *sight.Sight, v screen.Voice) screen.World {
	return screen.World{Voice: v, View: s.View, Found: s.Found(), Memo: &besideOf(s).Memo}
}

// prepare reckons for a sight what was asked for of the one whose place it takes.
func (s *Server) prepare(one, before *sight.Sight) {
	for _, lang := range screen.Languages() {
		voice := screen.VoiceFor(lang, "")
		worldOf(one, voice).Prepare(worldOf(before, voice))
	}
	besideOf(before).until.set(s.Now())
}

// plan is the plan of a view that head names, made once for all who ask for it.
func (a *asking) plan(v *register.View, head string, o plan.Options) (*plan.Plan, error) {
	return away(a, a.plans, a.keyOf(head, o), func(ctx context.Context, says func(string)) (*plan.Plan, error) {
		o.Progress = says
		return plan.Make(ctx, v, a.Solver, o)
	})
}

// away waits for what takes long, and leaves its place among those that draw to
// others meanwhile.
func away[T any](a *asking, of *once.Shelf[T], key string, make func(context.Context, func(string)) (T, error)) (T, error) {
	if _, done := of.Peek(key); !done && a.draws {
		<-a.drawing
		defer func() { a.drawing <- struct{}{} }()
	}
	return of.Do(a.ctx, key, make)
}

// keyOf names what is made of a view: what it says, on which day, for whom, and
// what was asked.
func (a *asking) keyOf(head string, o plan.Options) string {
	return fmt.Sprintf("%s %s %d %d %d %d %g %t %t %t %t %t %d", head, a.at.Reader.Key(), a.at.On, o.Start, o.Months, o.Rung, o.Discount, o.Brief, o.Relax, o.Strict, o.Fair, o.Whole, o.Prices)
}

// page puts a screen into its surroundings.
func (a *asking) page(l look, path string, s screen.Screen) *web.Page {
	v := a.sight.View
	q := url.Values{}
	for name, values := range a.query {
		q[name] = values
	}
	return &web.Page{
		Voice: a.voice, Screen: s, Template: l.template, Current: l.current, Title: a.voice.Say(l.heading), Heading: a.voice.Say(cmp.Or(l.question, l.heading)),
		Register: v.Settings().Title, Marking: a.marking(), Reader: a.reader.String(), Readers: a.readers(), AsOf: a.at.On, Plan: a.planName(),
		Path: path, Query: q, Carried: a.carried, Live: true, Gate: a.gate(),
		People: a.administers(), Import: a.sends(), Once: a.onceOf(l), Decides: a.Board != nil,
	}
}

// gate is the way in for the public, and the way out for everybody else.
func (a *asking) gate() web.Gate {
	switch {
	case !a.SignsIn:
		return ""
	case a.own == access.Public:
		return web.In
	}
	return web.Out
}

// marking says who may see what is on the page: it is made from everything that
// this reader may see.
func (a *asking) marking() string {
	switch {
	case a.reader == access.Public:
		return a.voice.Say("Public")
	case a.reader.All:
		return a.voice.Say("For the keeper of the register")
	}
	return a.voice.Say("For %s", a.sight.View.Name(record.Key{Kind: record.KindParty, ID: string(a.reader.Party)}))
}

// planName names the plan of the page: the register it is made from, and the
// rung from which pledges count.
func (a *asking) planName() string {
	o, err := a.options()
	if err != nil || len(a.sight.View.Needs()) == 0 {
		return a.voice.Say("no plan")
	}
	head, rung := a.sight.Head(), a.voice.Rung(o.Rung.String())
	if a.settled != nil && a.settled.plan.Register.Head != head {
		return a.voice.Say("Plan %s, from %s, soon to be made anew", a.settled.plan.Register.Head[:7], rung)
	}
	return a.voice.Say("Plan %s, from %s", head[:7], rung)
}
