// Package server answers requests: it turns an address into a day, a reader and
// a plan, has the screen made that was asked for, and sends it.
//
// Whoever asks is told by Config.Who; from there on, everything is made from a
// view for that reader, so that no handler can show more. Plans are the dear
// part: they are shared by all who ask for the same of the same register, and
// broken off when nobody waits for them. An answer is made whole before the
// first byte of it is sent.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"entente/access"
	"entente/account"
	"entente/lp"
	"entente/once"
	"entente/plan"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/sight"
	"entente/whatif"
)

// Config is what a server is made of.
type Config struct {
	Register Register
	Solver   lp.Solver
	// Sights are shared with others that answer from the same register; nil for
	// none.
	Sights *sight.Sights
	// Options are what a plan of a view is asked for.
	Options func(*register.View) (plan.Options, error)
	// Who says who asks. Nil is the keeper, as on a machine that nobody else can
	// reach.
	Who func(*http.Request) access.Reader
	// Board keeps proposals, and Person names who asks, to it; nil where the
	// register is not shared.
	Board  *proposal.Board
	Person func(*http.Request) proposal.Person
	// Book keeps the people who may come in, Caller names who asks, to it, and
	// Origin is where their links lead; nil where nobody signs in.
	Book   *account.Book
	Caller func(*http.Request) account.Caller
	Origin string
	// Proofs are where records are proved, where the register is a ledger.
	Proofs Proofs
	// Beside are addresses that others answer: the API, the sign-in.
	Beside []Route
	// SignsIn says that people sign in here, at /sign-in.
	SignsIn bool
	// Asker names the person who asks, or nobody, so that it can be counted how
	// often they do; nil counts addresses.
	Asker func(*http.Request) string
	// Rate is how often each may ask.
	Rate Rate
	// Around, which may be nil, goes around every answer: sessions.
	Around func(http.Handler) http.Handler
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}

// Server answers requests for one register.
type Server struct {
	Config
	metrics  *metrics
	answers  *once.Shelf[*whole]
	plans    *once.Shelf[*plan.Plan]
	formers  formers
	changes  *once.Shelf[*whatif.Comparison]
	ranks    *once.Shelf[[]whatif.Marginal]
	fills    *once.Shelf[*whatif.Holes]
	busy     chan struct{} // requests at once
	drawing  chan struct{} // screens that are made at once
	queued   atomic.Int64  // and that wait to be
	ending   chan struct{} // closed when the server is about to stop
	going    chan struct{} // plans that are finished even if nobody waits
	renewing chan struct{} // plans that take the place of those that pages show

	bases     bases
	hands     hands
	redrawing chan struct{} // answers that take the place of those given a moment ago
	redrawn   atomic.Int64  // and that wait to
}

// Limits of a server.
const (
	plansAtOnce    = 2
	plansKept      = 24
	changesKept    = 48
	sightsKept     = 12
	answersKept    = 8192
	answerBytesMax = 96 << 20 // of all that are kept
	requestsAtOnce = 256
	drawnAtOnce    = 2  // screens, for each processor: some wait for what others reckon
	queueMax       = 96 // screens that wait to be made
	pageTimeMax    = 60 * time.Second
	rankTimeMax    = 5 * time.Minute
	formBytesMax   = 64 << 10
)

// New makes a server. It asks the register for nothing yet.
func New(c Config) *Server {
	if c.Who == nil {
		c.Who = func(*http.Request) access.Reader { return access.Keeper }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sights == nil {
		c.Sights = Sights()
	}
	gate := make(chan struct{}, plansAtOnce)
	s := &Server{
		Config: c, metrics: newMetrics(),
		answers: once.NewShelf(once.Limits{Gate: make(chan struct{}, requestsAtOnce), Number: answersKept, Weight: answerBytesMax}, (*whole).weight),
		plans:   shelf[*plan.Plan](gate, plansKept), changes: shelf[*whatif.Comparison](gate, changesKept), ranks: shelf[[]whatif.Marginal](gate, plansKept), fills: shelf[*whatif.Holes](gate, plansKept),
		busy: make(chan struct{}, requestsAtOnce), drawing: make(chan struct{}, drawnAtOnce*runtime.GOMAXPROCS(0)), ending: make(chan struct{}), going: make(chan struct{}, 1), renewing: make(chan struct{}, 1), redrawing: make(chan struct{}, 1),
	}
	c.Sights.Prepare = s.prepare
	return s
}

// Sights are what a server keeps of what readers see.
func Sights() *sight.Sights { return sight.New(sightsKept, make(chan struct{}, plansAtOnce)) }

func shelf[T any](gate chan struct{}, number int) *once.Shelf[T] {
	return once.NewShelf[T](once.Limits{Gate: gate, Number: number}, nil)
}

// Handler answers on the public address.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, counted(r.pattern, s.heeded(r.handler)))
	}
	for _, r := range s.Beside {
		mux.Handle(r.Pattern, counted(r.Pattern, s.heeded(r.Handler)))
	}
	h := s.rated(mux)
	if s.Around != nil {
		h = s.Around(h)
	}
	for _, wrap := range s.middleware() {
		h = wrap(h)
	}
	return h
}

// Listen serves on a listener until ctx ends, and then lets what is being
// answered come to its end.
func (s *Server) Listen(ctx context.Context, l net.Listener) error {
	return serve(ctx, l, s.Handler(), func() { close(s.ending) })
}

// serve answers over HTTP/1.1 until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler, ending func()) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	srv := &http.Server{Handler: h, Protocols: protocols, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := srv.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}

// Warm makes what the first page will ask for, so that it opens at once.
func (s *Server) Warm(ctx context.Context) error {
	a := &asking{Server: s, ctx: ctx, reader: access.Keeper}
	if err := a.look(); err != nil {
		return err
	}
	w, err := a.world(true)
	if err == nil {
		w.Ready()
	}
	return err
}

// today is the day on which a register is looked at when nobody asks for
// another: the settings' own, or else the clock's.
func (s *Server) today(t *register.Tree) record.Date {
	if !t.Settings.AsOf.IsZero() {
		return t.Settings.AsOf.Last()
	}
	return record.DateOf(s.Now())
}
