// Package api is the register for programs: JSON over HTTP under /api/v1, as the
// OpenAPI document that it serves says (docs/openapi.json is the same, kept under
// review).
//
// Everything that is answered is made from a view for whoever asks, so that no
// answer can tell of what they may not see; what is hidden answers like what is
// absent. Changes name the revision that they were read from (If-Match) and may
// be sent again under their Idempotency-Key: they are accepted once. Whoever may
// not write a record proposes the change instead, and is told so (202). Errors are
// problems (RFC 9457), and each has a remedy.
package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"entente/access"
	"entente/account"
	"entente/ledger"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/shared"
	"entente/sight"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Config is what an API is made of.
type Config struct {
	// Tree is the register as it was known, and the size of its ledger then; 0
	// where it has none. While nothing changes it gives the same pointer.
	Tree func(ctx context.Context, k register.Known) (*register.Tree, ledger.Seq, error)
	// Sights are shared with others that answer from the same register; nil for
	// none.
	Sights *sight.Sights
	// Shared is the register that can be written. Nil only reads.
	Shared *shared.Register
	// Changed returns when there is more than the entries until after, or the error
	// of ctx. Nil where there is no ledger.
	Changed func(ctx context.Context, after ledger.Seq) error
	// Who says who asks. The error is for people.
	Who func(*http.Request) (account.Caller, error)
	// Now is the clock.
	Now func() time.Time
	// Random is where secrets come from.
	Random io.Reader
	// NewID makes ids of batches and proposals, ordered by time.
	NewID func() string
	// PublicKey is the ledger's, for strangers; empty where none is known.
	PublicKey string
}

// API answers requests.
type API struct {
	Config
	board *proposal.Board
}

// New is the handler of everything under Prefix.
func New(c Config) http.Handler {
	if c.Sights == nil {
		c.Sights = sight.New(sightsKept, make(chan struct{}, sightsAtOnce))
	}
	a := &API{Config: c, board: &proposal.Board{Register: c.Shared}}
	mux := http.NewServeMux()
	a.register(humago.New(mux, config()))
	mux.HandleFunc(Prefix+"/", nothing)
	return a.identified(mux)
}

// Document is the OpenAPI document, as JSON.
func Document() ([]byte, error) {
	a := humago.New(http.NewServeMux(), config())
	(&API{}).register(a)
	return a.OpenAPI().MarshalJSON()
}

// Limits of an API.
const (
	bodyBytesMax = 8 << 20
	sightsKept   = 12
	sightsAtOnce = 2
)

func config() huma.Config {
	useProblems()
	c := huma.DefaultConfig("Entente", "1")
	c.Info.Description = "A register of allied promises. Answers are made for whoever asks: what they may not see is absent."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = Prefix+"/openapi", "", ""
	c.CreateHooks = nil // no links to schemas in answers
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "a token, as entente token issue prints it"}}
	c.RejectUnknownQueryParameters = true
	return c
}

// register lists every operation, in reading order.
func (a *API) register(api huma.API) {
	get(api, "/register", "The register, and who you are to it", a.about)
	get(api, "/records", "Records, page by page", a.records)
	get(api, "/records/{kind}/{id}", "One record", a.record)
	get(api, "/records/{kind}/{id}/history", "Who changed what in a record", a.history)
	get(api, "/records/{kind}/{id}/proof", "A proof of what the register says of a record", a.proof)
	get(api, "/findings", "What contradicts itself, is late, missing or doubtful", a.findings)
	get(api, "/totals", "What each party has promised, at a rung", a.totals)
	get(api, "/schemas/{kind}", "How a kind of record is written", a.schema)

	put(api, "/records/{kind}/{id}", "State a record, or propose it", a.putRecord)
	remove(api, "/records/{kind}/{id}", "Retire a record, or propose it", http.StatusOK, a.retireRecord)
	post(api, "/batches", "Several changes, accepted together or not at all", http.StatusOK, a.batch)

	get(api, "/proposals", "Proposals, the newest first", a.proposals)
	get(api, "/proposals/{id}", "A proposal, and what it would do", a.proposal)
	post(api, "/proposals", "Put changes up for review", http.StatusCreated, a.propose)
	post(api, "/proposals/{id}/reviews", "Approve or reject a proposal", http.StatusOK, a.review)
	post(api, "/proposals/{id}/withdrawal", "Withdraw your own proposal", http.StatusOK, a.withdraw)

	get(api, "/log", "What was accepted, in order", a.log)
	get(api, "/checkpoint", "The newest signed checkpoint", a.checkpoint)
	a.events(api)
	get(api, "/hooks", "Your webhooks", a.hooks)
	post(api, "/hooks", "Have a program called when the ledger has grown", http.StatusCreated, a.addHook)
	remove(api, "/hooks/{id}", "Remove a webhook of yours", http.StatusNoContent, a.removeHook)
}

func operation(method, path, summary string, status int) huma.Operation {
	return huma.Operation{
		OperationID:   operationID(method, path),
		Method:        method,
		Path:          Prefix + path,
		Summary:       summary,
		DefaultStatus: status,
		MaxBodyBytes:  bodyBytesMax,
		Security:      []map[string][]string{{}, {"token": {}}},
		Errors:        errorsOf(method),
	}
}

func get[I, O any](api huma.API, path, summary string, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation(http.MethodGet, path, summary, http.StatusOK), h)
}

func put[I, O any](api huma.API, path, summary string, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation(http.MethodPut, path, summary, http.StatusOK), h)
}

func remove[I, O any](api huma.API, path, summary string, status int, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation(http.MethodDelete, path, summary, status), h)
}

func post[I, O any](api huma.API, path, summary string, status int, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation(http.MethodPost, path, summary, status), h)
}

// Moment is which register is asked for: on which day, known when, seen by whom.
type Moment struct {
	AsOf  string `query:"as-of" doc:"the day on which it is looked at, as 2025-03-14 (default: the register's own, or today)" maxLength:"32"`
	Known string `query:"known" doc:"as it was known at this size of its ledger, #1200, or at this moment, 2025-03-14T09:30:00Z (default: now)" maxLength:"40"`
	SeeAs string `query:"see-as" doc:"look with narrower eyes: public, or for the keeper any party" maxLength:"64"`
}

// seen is what one request looks at.
type seen struct {
	caller    account.Caller
	principal access.Principal
	tree      *register.Tree
	size      ledger.Seq
	view      *register.View
	sight     *sight.Sight
}

// look finds the register that is asked for, in the eyes of whoever asks.
func (a *API) look(ctx context.Context, m Moment) (*seen, error) {
	s := &seen{caller: callerOf(ctx)}
	k, err := known(m.Known)
	if err != nil {
		return nil, err
	}
	if s.tree, s.size, err = a.Tree(ctx, k); err != nil {
		return nil, err
	}
	at, err := a.at(s, m)
	if err != nil {
		return nil, err
	}
	if s.sight, err = a.Sights.Look(ctx, s.tree, at); err != nil {
		return nil, err
	}
	s.view = s.sight.View
	s.principal = access.Principal{Reader: at.Reader, Groups: s.view.GroupsOf(at.Reader.Party)}
	return s, nil
}

// at is the day and the eyes. To be refused tells nothing, not even whether there
// is such a party.
func (a *API) at(s *seen, m Moment) (register.At, error) {
	at := register.At{On: record.DateOf(a.Now()), Reader: s.caller.Reader}
	if own := s.tree.Settings.AsOf; !own.IsZero() {
		at.On = own.Last()
	}
	if m.AsOf != "" {
		d, err := record.ParseDay(m.AsOf)
		if err != nil || d.Last() == record.Forever {
			return at, unfit("as-of is not a day", "write it as 2025-03-14, 2025-03 or 2025")
		}
		at.On = d.Last()
	}
	switch name := m.SeeAs; {
	case name == "" || name == at.Reader.String():
	case name == access.Public.String():
		at.Reader = access.Public
	case at.Reader.All:
		at.Reader = access.Reader{Party: record.PartyID(name)}
	default:
		return at, unfit("you cannot see as "+name, "see as public, or leave it out")
	}
	return at, nil
}

func (s *seen) person() proposal.Person {
	return proposal.Person{Name: s.caller.Person, Party: s.caller.Reader.Party}
}

func (s *seen) actor() proposal.Actor {
	return proposal.Actor{Person: s.person(), Principal: s.principal}
}

// whoKey is under which a request carries who asks. Nothing below this room reads
// it: every function that decides takes the caller as an argument.
type whoKey struct{}

func callerOf(ctx context.Context) account.Caller {
	c, _ := ctx.Value(whoKey{}).(account.Caller)
	return c
}

// identified finds out who asks, before anything else.
func (a *API) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := a.Who(r)
		if err != nil {
			send(w, &Problem{Type: "about:blank", Title: "Who are you?", Status: http.StatusUnauthorized, Detail: "the token is not valid, or no longer", Remedy: "sign in again, or ask for a new token"})
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, caller)))
	})
}
