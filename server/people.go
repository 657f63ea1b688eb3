package server

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/account"
	"entente/record"
	"entente/screen"
)

const peoplePath = "/people"

// invitedDays is how long an invitation from a page holds.
const invitedDays = 7

// trailShown is how many acts of the trail a page shows, the newest ones.
const trailShown = 200

// may answers what who asks may do to the people of a party; what concerns a
// keeper only keepers do.
func (a *asking) may(act access.Action, party record.PartyID, keeper bool) bool {
	return (!keeper || a.own.All) && a.tree.Policies.Decide(access.Principal{Reader: a.own}, act, access.Resource{By: party}).Allowed
}

// administers reports whether the page of people is there for who asks: with
// their own eyes, for those who manage or audit the people of their party.
func (a *asking) administers() bool {
	return a.Book != nil && a.r != nil && a.reader == a.own && (a.may(access.Administer, a.own.Party, a.own.All) || a.may(access.Audit, a.own.Party, a.own.All))
}

func (a *asking) people() (screen.Screen, error) { return a.peopleWith(screen.Secret{}) }

// peopleWith shows people, and a secret that is shown this once.
func (a *asking) peopleWith(shown screen.Secret) (screen.Screen, error) {
	if !a.administers() {
		return nil, absent("this page")
	}
	who := a.Caller(a.r)
	all, err := a.Book.People(a.ctx, who)
	if err != nil {
		return nil, err
	}
	var members []screen.Member
	for _, p := range all {
		m, err := a.member(who, p)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	acts, err := a.trail(who)
	if err != nil {
		return nil, err
	}
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	s := w.People(members, acts)
	s.Shown = shown
	for _, p := range w.View.Parties() { // an invitation into a party that is hidden would tell of it
		if id := record.PartyID(p.ID); a.may(access.Administer, id, false) {
			s.Parties = append(s.Parties, screen.Choice{Value: p.ID, Name: w.View.Name(p.Key()), Chosen: id == a.own.Party})
		}
	}
	return s, nil
}

func (a *asking) member(who account.Caller, p account.Person) (screen.Member, error) {
	m := screen.Member{ID: p.ID, Name: p.Name, Party: string(p.Party), Roles: p.Roles.String(), Keeper: p.Keeper, Ways: len(p.Credentials), Disabled: p.Disabled, Managed: a.may(access.Administer, p.Party, p.Keeper)}
	tokens, err := a.Book.Tokens(a.ctx, who, p.ID)
	for _, t := range tokens {
		line := screen.TokenLine{ID: t.ID, Name: t.Name, Roles: t.Roles.String(), Expires: day(t.Expires), Used: day(t.Used), Revoked: day(t.Revoked)}
		m.Tokens = append(m.Tokens, line)
	}
	return m, err
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// trail is the newest acts that who asks may know of, the newest first.
func (a *asking) trail(who account.Caller) ([]screen.ActLine, error) {
	since := a.Now().UTC().AddDate(0, 0, -trailDays).Format(time.DateOnly)
	acts, err := a.Book.Trail(a.ctx, who, since, trailMost)
	slices.Reverse(acts)
	var lines []screen.ActLine
	for _, t := range acts[:min(len(acts), trailShown)] {
		lines = append(lines, screen.ActLine{When: t.At.UTC().Format("2006-01-02 15:04"), By: t.By, Verb: t.Verb, What: t.What, Says: t.Says})
	}
	return lines, err
}

// A page looks back this far; all of the trail is in the answer of the command.
const (
	trailDays = 90
	trailMost = 20_000
)

// managing is an act on the people of a party. What must be shown once is drawn
// at once, and kept by nobody.
func (s *Server) managing(do func(*asking, account.Caller) (screen.Secret, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.acting(r)
		if err == nil && !a.administers() {
			err = absent("this page")
		}
		var shown screen.Secret
		if err == nil {
			shown, err = do(a, s.Caller(r))
		}
		if err != nil {
			s.fail(w, r, actFault(err))
			return
		}
		if shown == (screen.Secret{}) {
			http.Redirect(w, r, a.carry(peoplePath), http.StatusSeeOther)
			return
		}
		a.showOnce(w, r, shown)
	})
}

func (a *asking) showOnce(w http.ResponseWriter, r *http.Request, shown screen.Secret) {
	l := looks()[slices.IndexFunc(looks(), func(l look) bool { return l.path == peoplePath })]
	l.make = func(a *asking) (screen.Screen, error) { return a.peopleWith(shown) }
	o, err := a.draw(l, peoplePath, forms[""])
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	o.give(w, r, http.StatusOK)
}

// addPerson lets a person in. Sent twice, the form does it once.
func (a *asking) addPerson(who account.Caller) (none screen.Secret, err error) {
	roles, err := access.ParseRoles(a.r.PostForm["role"]...)
	if err != nil {
		return none, unfit(err.Error(), "choose among the roles of the form")
	}
	p := account.Person{ID: a.r.PostFormValue("id"), Name: a.r.PostFormValue("name"), Party: record.PartyID(a.r.PostFormValue("party")), Roles: roles}
	if old, err := a.Book.Person(a.ctx, who, p.ID); err == nil && old.Name == p.Name && old.Party == p.Party && old.Roles == p.Roles && !old.Keeper {
		return none, nil
	}
	return none, a.Book.Put(a.ctx, who, p)
}

// changePerson invites a person, keeps them out or lets them in again.
func (a *asking) changePerson(who account.Caller) (shown screen.Secret, err error) {
	id := a.r.PathValue("id")
	switch a.r.PostFormValue("word") {
	case "invite":
		secret, err := a.Book.Invite(a.ctx, who, id, invitedDays)
		return screen.Secret{Says: a.voice.Say("Send this link to %s. It lets them in once, within %d days, and is shown this once.", id, invitedDays), Text: a.Origin + "/join#" + secret}, err
	case "disable":
		return shown, a.Book.Disable(a.ctx, who, id)
	case "enable":
		p, err := a.Book.Person(a.ctx, who, id)
		if err != nil {
			return shown, err
		}
		p.Disabled = false
		return shown, a.Book.Put(a.ctx, who, p)
	}
	return shown, unfit("a person is invited, kept out or let in", "press one of the buttons")
}

// issueToken makes a token with all that its person may, but for keeping.
func (a *asking) issueToken(who account.Caller) (shown screen.Secret, err error) {
	p, err := a.Book.Person(a.ctx, who, a.r.PathValue("id"))
	if err != nil {
		return shown, err
	}
	days, err := strconv.Atoi(a.r.PostFormValue("days"))
	if err != nil || days < 1 || days > tokenDaysMax {
		return shown, unfit("a token is for 1 to 365 days", "write a number of days")
	}
	want := account.Token{Person: p.ID, Name: a.r.PostFormValue("name"), Roles: p.Roles, Expires: a.Now().UTC().AddDate(0, 0, days)}
	secret, _, err := a.Book.Issue(a.ctx, who, want)
	return screen.Secret{Says: a.voice.Say("The token of %s, for %s. It is shown this once.", p.ID, want.Name), Text: secret}, err
}

const tokenDaysMax = 365

func (a *asking) revokeToken(who account.Caller) (none screen.Secret, err error) {
	return none, a.Book.Revoke(a.ctx, who, a.r.PathValue("token"))
}

// peopleRoutes are the forms on the page of people.
func (s *Server) peopleRoutes() []route {
	return []route{
		{"POST " + peoplePath, s.managing((*asking).addPerson)},
		{"POST " + peoplePath + "/{id}", s.managing((*asking).changePerson)},
		{"POST " + peoplePath + "/{id}/tokens", s.managing((*asking).issueToken)},
		{"POST " + peoplePath + "/{id}/tokens/{token}", s.managing((*asking).revokeToken)},
	}
}
