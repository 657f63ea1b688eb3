package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"entente/access"
	"entente/account"
	"entente/ledger"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// act answers a form that changes something, and then shows the page that do names.
func (s *Server) act(do func(*asking) (to string, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.acting(r)
		to := ""
		if err == nil {
			to, err = do(a)
		}
		if err != nil {
			s.fail(w, r, actFault(err))
			return
		}
		s.catchUp(r)
		http.Redirect(w, r, a.carry(to), http.StatusSeeOther)
	})
}

// catchUp waits until the register as it is now can be looked at: whoever changed
// it is shown the change next, and not what was there a moment ago.
func (s *Server) catchUp(r *http.Request) { _, _ = s.ask(r) }

// acting is a request to change something: with one's own eyes, on the register
// as it is now, by somebody who is known.
func (s *Server) acting(r *http.Request) (*asking, error) {
	a, err := s.ask(r)
	switch {
	case err != nil:
		return nil, err
	case s.Board == nil:
		return nil, absent("this page")
	case a.reader != a.own:
		return nil, forbidden("you are looking with the eyes of others", "look as yourself, and do it again")
	case a.query.Get("as-of") != "":
		return nil, unfit("you are looking at the register as of another day", "go back to things as they are, and do it again")
	case a.actor().Person.Name == "":
		return nil, forbidden("it is not known who you are", "sign in, and do it again")
	}
	return a, nil
}

// carry adds to an address what every link carries.
func (a *asking) carry(to string) string {
	if len(a.carried) == 0 {
		return to
	}
	path, fragment, _ := strings.Cut(to, "#")
	return (&url.URL{Path: path, RawQuery: a.carried.Encode(), Fragment: fragment}).String()
}

func forbidden(says, fix string) fault {
	return fault{http.StatusForbidden, "This cannot be done", says, fix}
}

func conflict(says, fix string) fault {
	return fault{http.StatusConflict, "This cannot be done", says, fix}
}

// actFault is what may be wrong with an act, beside what faultOf knows. Whatever
// wraps no other error is a sentence with its remedy.
func actFault(err error) error {
	known, other := proposalFault(err)
	var f fault
	says, fix, _ := strings.Cut(strings.TrimPrefix(err.Error(), "account: "), "; ")
	switch {
	case errors.As(err, &f):
		return f
	case other:
		return known
	case errors.Is(err, account.ErrAbsent):
		return absent("this person or token")
	case errors.Is(err, account.ErrDenied):
		return forbidden(says, orAsk(fix))
	case errors.Is(err, account.ErrFormer):
		return conflict("somebody changed it meanwhile", "load the page again, and then decide")
	case errors.Unwrap(err) == nil && fix != "":
		return unfit(says, fix)
	}
	return err
}

func orAsk(fix string) string {
	if fix == "" {
		return "ask an owner of the party, or a keeper"
	}
	return fix
}

// footing is the register on which somebody acts: all of it, what they see of
// it, and its size.
type footing struct {
	tree *register.Tree
	view *register.View
	size ledger.Seq
}

func (a *asking) now() (f footing, err error) {
	f.tree, f.size, err = a.Board.Register.Tree(a.ctx, register.Known{})
	if err == nil {
		f.view = f.tree.View(register.At{On: a.day, Reader: a.own})
	}
	return f, err
}

// toward is what has to change for the register to say what want says. What is
// hidden from who acts is never replaced; that its id is taken cannot be hidden.
func (a *asking) toward(f footing, want []record.Record) (shared.Edits, error) {
	edits, err := a.Board.Register.Toward(a.ctx, register.NewTree(f.tree.Settings, f.view.Records()...), f.size, want, false)
	return edits, takenFault(err)
}

// takenFault says that an id cannot be had; it says not why.
func takenFault(err error) error {
	var taken *shared.TakenError
	if errors.As(err, &taken) {
		return conflict(taken.Key.String()+" cannot be stated under this id", "choose another id")
	}
	return err
}

// retirement is what retires a record.
func (a *asking) retirement(f footing, key record.Key) (shared.Edits, error) {
	old, ok := f.view.Get(key)
	if !ok {
		return nil, absent("this record")
	}
	was, err := a.Board.Register.Ledger.Newest(a.ctx, []record.Key{key}, f.size)
	if err != nil {
		return nil, err
	}
	return shared.Edits{{Key: key, Was: was[0], Old: old}}, nil
}

// submission is a change that somebody sends. Its id makes that it is made once.
type submission struct{ id, title, why string }

// submit accepts edits where who acts may write all of them, and else proposes
// them. It names the page that shows what became of them.
func (a *asking) submit(v *register.View, edits shared.Edits, s submission, done string) (to string, err error) {
	verdict, err := a.verdict(v, edits)
	if err != nil {
		return "", err
	}
	if verdict == access.Proposal {
		return a.propose(edits, s)
	}
	_, err = a.Board.Register.Apply(a.ctx, ledger.Actor(a.actor().Person.String()), s.id, edits, nil)
	return done, err
}

// verdict is what becomes of edits: the least that is allowed of any of them.
func (a *asking) verdict(v *register.View, edits shared.Edits) (access.Verdict, error) {
	if len(edits) == 0 {
		return access.Refuse, conflict("the register says all of this already", "change something first")
	}
	verdict, after := access.Accept, edits.View(v)
	for _, e := range edits {
		one, why := a.tree.Policies.Receive(a.actor().Principal, stated(e.Old, v), stated(e.New, v))
		if one == access.Refuse {
			return one, forbidden(fmt.Sprintf("%s cannot be changed by you: %s", e.Key, why.Because), "ask an owner of the party that states it")
		}
		verdict = min(verdict, one)
		if e.New == nil {
			continue
		}
		for _, ref := range record.References(e.New) {
			if _, there := after.Get(ref.Key); !there {
				return access.Refuse, unfit(fmt.Sprintf("%s%s: there is no %s", e.Key, ref.Path, ref.Key), "state that record first")
			}
		}
	}
	return verdict, nil
}

func stated(r record.Record, v *register.View) *access.Resource {
	if r == nil {
		return nil
	}
	of := access.Stated(r, v.Settings())
	return &of
}

func (a *asking) propose(edits shared.Edits, s submission) (to string, err error) {
	who := a.actor()
	p, err := proposal.Of(s.id, s.title, s.why, who.Person, a.Now(), edits, a.Board.Rules)
	if err == nil {
		err = a.Board.Propose(a.ctx, who, p)
	}
	return proposalsPath + "/" + url.PathEscape(s.id), err
}

// onceOf is a new number for the forms of a page; pages that are kept have none.
func (a *asking) onceOf(l look) string {
	if !l.fresh() || a.Board == nil {
		return ""
	}
	return rand.Text()
}

var onceForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// once is the number that a form was given when it was shown: sent twice, it is
// the same form.
func (a *asking) once() (string, error) {
	once := a.r.PostFormValue("once")
	if !onceForm.MatchString(once) {
		return "", unfit("the form was not made by this page", "load the page again, and fill it in there")
	}
	return "page-" + strings.ToLower(once), nil
}

// told is a text of a form, which may not be empty.
func (a *asking) told(field, what string) (string, error) {
	text := strings.TrimSpace(a.r.PostFormValue(field))
	if text == "" || len(text) > textBytesMax {
		return "", unfit(fmt.Sprintf("%s is missing, or has more than %d bytes", what, textBytesMax), "say it in a sentence")
	}
	return text, nil
}

const textBytesMax = 1000

// withdraw ends a proposal in its author's name.
func (a *asking) withdraw() (to string, err error) {
	id := a.r.PathValue("id")
	if _, err := a.Board.Get(a.ctx, a.actor(), a.tree, id, a.Now()); err != nil {
		return "", err
	}
	_, err = a.Board.Withdraw(a.ctx, a.actor(), id, a.Now())
	return proposalsPath + "/" + url.PathEscape(id), err
}
