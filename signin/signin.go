// Package signin finds out who asks.
//
// A program sends a token (Authorization: Bearer). A person signs in with a
// passkey, or through their organisation's OpenID Connect provider, and is then
// known by a session cookie. Nobody signs up: a person is entered by whoever
// manages the people of their party, and leaves their first passkey or subject
// with an invitation that works once. Whoever is none of these is the public.
//
// Sessions lie on the desk under the hash of their token. What lets somebody in is
// asked anew at every request, so that a person who is kept out is out at once.
package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-webauthn/webauthn/webauthn"

	"entente/access"
	"entente/account"
	"entente/desk"
)

// Config is what a gate is made of.
type Config struct {
	Book   *account.Book
	Desk   desk.Store
	Origin string // as people write it into their browser: https://register.example.org
	Title  string // the register's name, as passkeys show it
	Now    func() time.Time
	Log    *slog.Logger
	OIDC   []Provider
}

// Gate lets people and programs in.
type Gate struct {
	Config
	sessions  *scs.SessionManager
	passkeys  *webauthn.WebAuthn
	providers []*provider
}

// Sessions end after a working day, or when nothing was asked for so long.
const (
	sessionLasts = 12 * time.Hour
	sessionIdles = 2 * time.Hour
)

// New makes a gate. It asks each OpenID provider for its addresses.
func New(ctx context.Context, c Config) (*Gate, error) {
	at, err := url.Parse(c.Origin)
	if err != nil || at.Host == "" || at.Scheme != "https" && !loopback(at) {
		return nil, fmt.Errorf("signin: %q is no address to sign in at; give the register's own, as https://register.example.org", c.Origin)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gate{Config: c, sessions: scs.New()}
	g.passkeys, err = webauthn.New(&webauthn.Config{RPID: at.Hostname(), RPDisplayName: c.Title, RPOrigins: []string{c.Origin}})
	if err != nil {
		return nil, fmt.Errorf("signin: passkeys: %w", err)
	}
	g.sessions.Store = onDesk{c.Desk, c.Now}
	g.sessions.HashTokenInStore = true
	g.sessions.Lifetime, g.sessions.IdleTimeout = sessionLasts, sessionIdles
	g.sessions.Cookie = scs.SessionCookie{Name: "__Host-entente", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode, Persist: false}
	g.sessions.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		g.Log.Error("session", "error", err)
		problem(w, http.StatusServiceUnavailable, "the session cannot be read", "try again in a moment")
	}
	for _, p := range c.OIDC {
		known, err := discover(ctx, p, c.Origin)
		if err != nil {
			return nil, err
		}
		g.providers = append(g.providers, known)
	}
	return g, nil
}

// loopback reports whether an address is this machine's own, where browsers let
// passkeys and secure cookies work without TLS.
func loopback(at *url.URL) bool {
	return at.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, at.Hostname())
}

// Route is an address and who answers it.
type Route struct {
	Pattern string
	Handler http.Handler
}

// Routes are the addresses of the gate. The pages at /sign-in and /join are drawn
// by whoever draws pages; they call these.
func (g *Gate) Routes() []Route {
	rs := []Route{
		{"POST /join/begin", http.HandlerFunc(g.joinBegin)},
		{"POST /join/finish", http.HandlerFunc(g.joinFinish)},
		{"POST /sign-in/begin", http.HandlerFunc(g.signInBegin)},
		{"POST /sign-in/finish", http.HandlerFunc(g.signInFinish)},
		{"POST /sign-out", http.HandlerFunc(g.signOut)},
	}
	for _, p := range g.providers {
		rs = append(rs, Route{"GET /sign-in/" + p.ID, g.leaveFor(p)}, Route{"GET /sign-in/" + p.ID + "/back", g.backFrom(p)})
	}
	return rs
}

// Sessions gives every request its session. It goes around all that asks Who.
func (g *Gate) Sessions(next http.Handler) http.Handler { return g.sessions.LoadAndSave(next) }

// What a session holds.
const (
	personKey   = "person"   // who signed in
	ceremonyKey = "ceremony" // a passkey's, while it lasts
	inviteKey   = "invite"   // the invitation that is being redeemed
	stateKey    = "state"    // of an OpenID sign-in, while it lasts
)

// ErrUnknown is the answer to a token that lets nobody in.
var ErrUnknown = errors.New("the token is not valid, or no longer")

// Who says who asks. Without a token or a session it is the public.
func (g *Gate) Who(r *http.Request) (account.Caller, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		secret, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			return account.Caller{}, ErrUnknown
		}
		c, err := g.Book.Enter(r.Context(), secret)
		if errors.Is(err, account.ErrDenied) || errors.Is(err, account.ErrAbsent) {
			err = ErrUnknown
		}
		return c, err
	}
	id := g.sessions.GetString(r.Context(), personKey)
	if id == "" {
		return account.Caller{Reader: access.Public}, nil
	}
	p, err := g.Book.Person(r.Context(), account.Local, id)
	if errors.Is(err, account.ErrAbsent) || err == nil && p.Disabled {
		return account.Caller{Reader: access.Public}, g.sessions.Destroy(r.Context())
	}
	return p.Caller(), err
}

// enter begins somebody's session, under a new token so that one that was planted
// is worth nothing.
func (g *Gate) enter(ctx context.Context, p account.Person) error {
	if err := g.sessions.RenewToken(ctx); err != nil {
		return err
	}
	for _, key := range []string{ceremonyKey, inviteKey, stateKey} {
		g.sessions.Remove(ctx, key)
	}
	g.sessions.Put(ctx, personKey, p.ID)
	return nil
}

func (g *Gate) signOut(w http.ResponseWriter, r *http.Request) {
	if err := g.sessions.Destroy(r.Context()); err != nil {
		g.failed(w, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// problem answers with an error that programs and people can read (RFC 9457).
func problem(w http.ResponseWriter, status int, says, fix string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": says, "remedy": fix})
}

// failed tells what went wrong, and no more of it than whoever asks may know.
func (g *Gate) failed(w http.ResponseWriter, err error) {
	var unfit *unfit
	switch {
	case errors.As(err, &unfit):
		problem(w, http.StatusBadRequest, unfit.says, unfit.fix)
	case errors.Is(err, account.ErrDenied), errors.Is(err, account.ErrAbsent):
		problem(w, http.StatusForbidden, "you cannot come in with this", "ask who manages the people of your party for an invitation")
	default:
		g.Log.Error("sign-in", "error", err)
		problem(w, http.StatusInternalServerError, "the sign-in failed", "try again; whoever runs the server finds the reason in its log")
	}
}

// unfit is a request that cannot be answered.
type unfit struct{ says, fix string }

func (u *unfit) Error() string { return u.says + "; " + u.fix }

// onDesk keeps sessions. The key is the hash of a token, never the token.
type onDesk struct {
	store desk.Store
	now   func() time.Time
}

const sessionsDrawer desk.Drawer = "sessions"

// session is one as it lies on the desk.
type session struct {
	Expires time.Time `json:"expires"`
	Data    []byte    `json:"data"`
}

// Find implements scs.Store.
func (d onDesk) Find(token string) ([]byte, bool, error) {
	item, err := d.store.Get(context.Background(), sessionsDrawer, token)
	if errors.Is(err, desk.ErrAbsent) {
		return nil, false, nil
	}
	var s session
	if err == nil {
		err = json.Unmarshal(item.Body, &s)
	}
	if err != nil || !d.now().Before(s.Expires) {
		return nil, false, err
	}
	return s.Data, true, nil
}

// Commit implements scs.Store.
func (d onDesk) Commit(token string, data []byte, expires time.Time) error {
	body, err := json.Marshal(session{expires, data})
	if err != nil {
		return err
	}
	for {
		item, err := d.store.Get(context.Background(), sessionsDrawer, token)
		if err != nil && !errors.Is(err, desk.ErrAbsent) {
			return err
		}
		err = d.store.Put(context.Background(), desk.Change{Drawer: sessionsDrawer, Key: token, Was: item.Revision, Body: body})
		if !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

// Delete implements scs.Store.
func (d onDesk) Delete(token string) error {
	for {
		item, err := d.store.Get(context.Background(), sessionsDrawer, token)
		if errors.Is(err, desk.ErrAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		err = d.store.Put(context.Background(), desk.Change{Drawer: sessionsDrawer, Key: token, Was: item.Revision})
		if !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

// Sweep removes the sessions that have ended.
func (g *Gate) Sweep(ctx context.Context) error {
	items, err := desk.All(ctx, g.Desk, sessionsDrawer)
	for _, item := range items {
		var s session
		if json.Unmarshal(item.Body, &s) == nil && g.Now().Before(s.Expires) {
			continue
		}
		if err := g.Desk.Put(ctx, desk.Change{Drawer: sessionsDrawer, Key: item.Key, Was: item.Revision}); err != nil && !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
	return err
}
