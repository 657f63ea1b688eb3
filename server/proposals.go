package server

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"entente/access"
	"entente/ledger"
	"entente/proposal"
	"entente/record"
	"entente/screen"
)

// proposalsPath is where proposals are reviewed.
const proposalsPath = "/proposals"

// actor is who asks, as those who decide on proposals see them. Who looks with
// narrower eyes is nobody.
func (a *asking) actor() proposal.Actor {
	who := proposal.Actor{Principal: access.Principal{Reader: a.reader, Groups: a.sight.View.GroupsOf(a.reader.Party)}}
	if a.reader == a.own && a.Person != nil {
		who.Person = a.Person(a.r)
	}
	return who
}

func (a *asking) proposals() (screen.Screen, error) {
	w, err := a.world(false)
	if err != nil || a.Board == nil {
		return w.Proposals(nil, false, a.query), err
	}
	now, err := a.Register.Tree(a.ctx, 0)
	if err != nil {
		return nil, err
	}
	ps, err := a.Board.List(a.ctx, a.actor(), now, a.Now())
	if err != nil {
		return nil, err
	}
	var lines []screen.ProposalLine
	for _, p := range ps {
		lines = append(lines, screen.ProposalLine{ID: p.ID, Title: p.Title, By: p.By.String(), At: p.At.Format(time.DateOnly), State: string(p.State), Changes: len(p.Changes), Reviews: len(p.Reviews)})
	}
	return w.Proposals(lines, true, a.query), nil
}

// proposal shows one, and what it would do: to the findings, and to the plan.
func (a *asking) proposal() (screen.Screen, error) {
	if a.Board == nil {
		return nil, absent("this proposal")
	}
	now, err := a.Register.Tree(a.ctx, 0)
	if err != nil {
		return nil, err
	}
	who := a.actor()
	p, err := a.Board.Get(a.ctx, who, now, a.named("id"), a.Now())
	if err != nil {
		return nil, err
	}
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	edits := p.Edits(now)
	effects := proposal.EffectsOf(w.View, edits)
	s := screen.Proposal{ID: p.ID, Title: p.Title, Why: p.Why, State: a.voice.Say(string(p.State)), Open: p.State == proposal.Open, Mine: p.By == who.Person, Raised: w.ItemsOf(effects.Raised), Cleared: w.ItemsOf(effects.Cleared)}
	s.Lede = a.voice.Say("Proposed by **%s** on %s; it is **%s**.", p.By.String(), a.voice.Date(record.DateOf(p.At)), s.State)
	for _, e := range edits {
		s.Diffs = append(s.Diffs, w.DiffOf(e.Key, e.Verb(), e.Fields()))
	}
	for _, r := range p.Reviews {
		says := a.voice.Say("approved")
		if !r.Approve {
			says = a.voice.Say("rejected")
		}
		if r.Why != "" {
			says += ": " + r.Why
		}
		s.Reviews = append(s.Reviews, screen.Revision{When: r.At.Format(time.DateOnly), By: r.By.String(), Says: says})
	}
	if s.Open {
		for _, party := range a.Board.Missing(p, now) {
			s.Missing = append(s.Missing, w.View.Name(record.Key{Kind: record.KindParty, ID: string(party)}))
		}
	}
	s.Effect, err = a.effect(w, effects)
	return s, err
}

// effect plans without and with a proposal.
func (a *asking) effect(w screen.World, e proposal.Effects) (string, error) {
	if len(e.After.Needs()) == 0 || len(e.Before.Needs()) == 0 {
		return a.voice.Say("The register states no need: there is nothing to plan for."), nil
	}
	o, err := a.options()
	if err != nil {
		return "", err
	}
	o.Brief, o.Prices = true, 0
	before, err := a.plan(e.Before, a.sight.Head(), o)
	if err != nil {
		return "", err
	}
	after, err := a.plan(e.After, e.After.Head(), o)
	if err != nil {
		return "", err
	}
	return w.EffectOf(before.Points, after.Points), nil
}

// review takes somebody's word on a proposal, and shows it again.
func (s *Server) review(w http.ResponseWriter, r *http.Request) {
	a, err := s.ask(r)
	if err == nil && s.Board == nil {
		err = absent("this proposal")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	word := r.PostFormValue("word")
	if word != "approve" && word != "reject" {
		s.fail(w, r, unfit("a review approves or rejects", "press one of the two buttons"))
		return
	}
	id := r.PathValue("id")
	if _, err := s.Board.Review(r.Context(), a.actor(), id, word == "approve", r.PostFormValue("why"), s.Now()); err != nil {
		s.fail(w, r, err)
		return
	}
	s.catchUp(r)
	http.Redirect(w, r, proposalsPath+"/"+url.PathEscape(id), http.StatusSeeOther)
}

// proposalFault is what may be wrong with a review; ok is false for all else.
func proposalFault(err error) (f fault, ok bool) {
	var closed *proposal.Closed
	var conflict *ledger.ConflictError
	switch {
	case errors.Is(err, proposal.ErrAbsent):
		return absent("this proposal"), true
	case errors.Is(err, proposal.ErrOwn):
		return fault{http.StatusForbidden, "This cannot be done", "nobody approves their own proposal", "ask somebody else who may speak for the party"}, true
	case errors.Is(err, proposal.ErrNotYours):
		return fault{http.StatusForbidden, "This cannot be done", "you may not speak for a party that this proposal touches", "ask somebody who reviews for that party"}, true
	case errors.As(err, &closed):
		return fault{http.StatusConflict, "This cannot be done", closed.Error(), "load the proposal again to see where it stands"}, true
	case errors.As(err, &conflict):
		return fault{http.StatusConflict, "This cannot be done", "a record that it changes has changed meanwhile", "have it proposed again on what the register says now"}, true
	}
	return f, false
}
