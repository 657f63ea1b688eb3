package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/access"
	"entente/check"
	"entente/desk"
	"entente/record"
	"entente/screen"
)

const findingsPath = "/findings"

// decisions is the drawer of words on findings, by screen.FindingKey. A finding
// that says something else has another key, and so is open again.
const decisions desk.Drawer = "findings"

// words are what was said of findings, by their keys.
type words struct {
	name string // no two others have the same
	of   map[string]screen.Decision
}

func (w *words) named() string {
	if w == nil {
		return ""
	}
	return w.name
}

// hear reads the words on the findings of this view. Whoever has not the same
// finding in their view learns nothing of them.
func (a *asking) hear() error {
	if a.Board == nil || a.words != nil {
		return nil
	}
	items, err := desk.All(a.ctx, a.Board.Register.Desk, decisions)
	if err != nil {
		return fmt.Errorf("server: decisions on findings: %w", err)
	}
	all, name := make(map[string]screen.Decision, len(items)), sha256.New()
	for _, i := range items {
		var d screen.Decision
		if err := json.Unmarshal(i.Body, &d); err != nil {
			return fmt.Errorf("server: the decision on finding %s cannot be read: %w", i.Key, err)
		}
		all[i.Key] = d
		fmt.Fprintf(name, "%q %d %q", i.Key, i.Revision, i.Body)
	}
	a.words = &words{hex.EncodeToString(name.Sum(nil)), all}
	return nil
}

// discussed is the world with the words on its findings.
func (a *asking) discussed() (screen.World, error) {
	w, err := a.world(false)
	if err == nil {
		err = a.hear()
	}
	if a.words != nil {
		w.Decided = a.words.of
	}
	return w, err
}

func (a *asking) findings() (screen.Screen, error) {
	w, err := a.discussed()
	if err != nil {
		return nil, err
	}
	return w.Findings(a.query), nil
}

func (a *asking) finding() (screen.Screen, error) {
	s, f, err := a.findingOf(a.named("id"))
	s.Decides = err == nil && a.Board != nil && a.reader == a.own && a.decides(f)
	return s, err
}

func (a *asking) findingOf(key string) (s screen.FindingPage, f check.Finding, err error) {
	w, err := a.discussed()
	if err != nil {
		return s, f, err
	}
	s, f, ok := w.FindingPage(key)
	if !ok {
		err = absent("this finding")
	}
	return s, f, err
}

// decides reports whether who asks may speak for a party whose record a finding
// names.
func (a *asking) decides(f check.Finding) bool {
	return slices.ContainsFunc(f.Records, func(k record.Key) bool {
		r, ok := a.sight.View.Get(k)
		return ok && a.tree.Policies.Decide(a.actor().Principal, access.Review, access.Stated(r, a.sight.View.Settings())).Allowed
	})
}

// decide keeps somebody's word on a finding: that its risk is accepted, that a
// person sees to it, or that it is open again.
func (a *asking) decide() (to string, err error) {
	key := a.r.PathValue("id")
	_, f, err := a.findingOf(key)
	switch {
	case err != nil:
		return "", err
	case !a.decides(f):
		return "", forbidden("you may not speak for a party whose record this finding names", "ask somebody who reviews for that party")
	}
	d := screen.Decision{By: a.actor().Person.String(), When: a.Now().UTC().Format(time.DateOnly)}
	switch a.r.PostFormValue("word") {
	case "accept":
		d.State = screen.RiskAccepted
		d.Why, err = a.told("why", "the reason for accepting the risk")
	case "assign":
		d.State, d.Why = screen.Assigned, a.r.PostFormValue("why")
		d.To, err = a.told("to", "the person who is to see to it")
	case "reopen":
		return findingsPath + "/" + key, a.place(key, nil)
	default:
		err = unfit("a finding is accepted, assigned or opened again", "press one of the buttons")
	}
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(d)
	if err != nil {
		panic("server: a decision that is no JSON: " + err.Error())
	}
	return findingsPath + "/" + key, a.place(key, body)
}

// place puts a decision in the place of the one before, or with nil takes it away.
func (a *asking) place(key string, body []byte) error {
	store := a.Board.Register.Desk
	for {
		was, err := store.Get(a.ctx, decisions, key)
		if errors.Is(err, desk.ErrAbsent) && body == nil {
			return nil
		}
		if err != nil && !errors.Is(err, desk.ErrAbsent) {
			return fmt.Errorf("server: the decision on finding %s: %w", key, err)
		}
		if err = store.Put(a.ctx, desk.Change{Drawer: decisions, Key: key, Was: was.Revision, Body: body}); !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

// putToNations proposes that one of the assignments which clash is given up. The
// finding's sentence is the reason.
func (a *asking) putToNations() (to string, err error) {
	s, _, err := a.findingOf(a.r.PathValue("id"))
	if err != nil {
		return "", err
	}
	id := a.r.PostFormValue("assignment")
	if !slices.ContainsFunc(s.Ways, func(c screen.Choice) bool { return c.Value == id }) {
		return "", unfit("it is not said which of the assignments is to be given up", "choose one of those that the finding names")
	}
	once, err := a.once()
	if err != nil {
		return "", err
	}
	f, err := a.now()
	if err != nil {
		return "", err
	}
	key := record.Key{Kind: record.KindAssignment, ID: id}
	edits, err := a.retirement(f, key)
	if err == nil {
		_, err = a.verdict(f.view, edits)
	}
	if err != nil {
		return "", err
	}
	return a.propose(edits, submission{once, a.voice.Say("Give up %s", f.view.Name(key)), s.Lede})
}
