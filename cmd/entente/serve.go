package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/account"
	"entente/plan"
	"entente/proposal"
	"entente/record"
	"entente/register"
	"entente/server"
	"entente/sight"
)

func serveCommand(c *console) *cobra.Command {
	w, open := site{}, opened{}
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "Serve the pages of a register",
		Long: `Serves the pages of a folder of records, to be read and not to be changed. The
folder is read again when a file in it changes; while it holds a mistake, the
last register without one is shown. Whoever can reach the address sees all that
the keeper sees: it should be one of this machine.

With --db, serves a shared register: its pages, its API under /api/v1, and with
--origin its sign-in, so that each sees what is released to them. TLS is for the
proxy before it.`,
		Example: `  entente serve my-register
  entente serve my-register --admin 127.0.0.1:9090
  entente serve --db entente.db
  entente serve --db entente.db --origin https://register.example.org --listen 0.0.0.0:8080`,
		Args:              folder(0, "DIR"),
		ValidArgsFunction: folders,
	}
	cmd.Flags().StringVar(&w.listen, "listen", "127.0.0.1:8080", "the `ADDRESS` to serve on")
	cmd.Flags().StringVar(&w.admin, "admin", "", "the `ADDRESS` for metrics and profiles, of this machine (default: none)")
	cmd.Flags().BoolVar(&w.log, "log", false, "log every request, as JSON, to standard error")
	cmd.Flags().Float64Var(&w.rate.PerSecond, "rate", server.DefaultRate.PerSecond, "`N`, how many requests a second one caller may make, and four times as many at once; 0 for no limit")
	cmd.Flags().BoolVar(&w.rate.Forwarded, "forwarded", false, "behind a proxy: a caller's address is the last of X-Forwarded-For, which the proxy sets")
	open.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if w.rate.PerSecond < 0 || w.rate.PerSecond > 1e6 {
			return trouble{fmt.Sprintf("--rate %g is no number of requests a second", w.rate.PerSecond), "write a number from 0 to 1000000"}
		}
		w.rate.AtOnce = max(1, int(4*w.rate.PerSecond))
		if args = (&lens{db: open.db}).words(args); isDatabase(args[0]) {
			open.db = args[0]
			return c.serveShared(cmd.Context(), w, open)
		}
		for flag, address := range map[string]string{"--listen": w.listen, "--admin": w.admin} {
			if address != "" && !loopback(address) {
				return trouble{fmt.Sprintf("%s %s can be reached by others, and a served folder asks nobody who they are", flag, address), "write 127.0.0.1 and a port"}
			}
		}
		f, err := server.OpenFolder(args[0], time.Now)
		var bad record.Errors
		switch {
		case errors.As(err, &bad):
			return err
		case errors.Is(err, fs.ErrNotExist):
			return trouble{fmt.Sprintf("there is no folder %s", args[0]), "check its name, or begin one with entente new " + quoted(args[0])}
		case err != nil:
			return trouble{fmt.Sprintf("%s cannot be read: %v", args[0], errors.Unwrap(err)), "name a folder of record files that you may read"}
		}
		w.from, w.title, w.dir = f, args[0], args[0]
		return c.serve(cmd.Context(), w)
	}
	return cmd
}

// site is what is served, and where.
type site struct {
	register *register.Tree  // or else from
	from     server.Register // what may change
	dir      string
	title    string
	listen   string
	admin    string
	open     bool
	log      bool
	sights   *sight.Sights
	rate     server.Rate
	asker    func(*http.Request) string
	beside   []server.Route
	around   func(http.Handler) http.Handler
	who      func(*http.Request) access.Reader
	board    *proposal.Board
	person   func(*http.Request) proposal.Person
	book     *account.Book
	caller   func(*http.Request) account.Caller
	proofs   server.Proofs
	origin   string
}

// serve answers requests until ^C.
func (c *console) serve(ctx context.Context, w site) error {
	s, err := c.solver()
	if err != nil {
		return err
	}
	if w.from == nil {
		w.from = server.Still{Of: w.register}
	}
	config := server.Config{Register: w.from, Sights: w.sights, Rate: w.rate, Asker: w.asker, Solver: s, Now: time.Now, Beside: w.beside, Around: w.around, SignsIn: w.around != nil, Who: w.who, Board: w.board, Person: w.person, Book: w.book, Caller: w.caller, Origin: w.origin, Proofs: w.proofs, Options: func(v *register.View) (plan.Options, error) {
		return defaults().options(v, w.dir)
	}}
	if w.log {
		config.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	roomToServe()
	srv := server.New(config)
	l, err := listenOn(ctx, w.listen)
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String() + "/"
	c.line(fmt.Sprintf("Serving %s at %s", w.title, address))
	c.line("Press ^C to end it.")
	if err := c.flush(); err != nil {
		return err
	}
	// The first plan is begun now, so that it is there when a page asks for it.
	go func() { _ = srv.Warm(ctx) }()
	if w.admin != "" {
		a, err := listenOn(ctx, w.admin)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		go func() { _ = srv.Admin(ctx, a) }()
	}
	if w.open {
		openBrowser(ctx, address)
	}
	if err := srv.Listen(ctx, l); err != nil {
		return trouble{"the server stopped: " + err.Error(), "start it again"}
	}
	return nil
}

// roomToServe lets answers, which take a millisecond, go on beside plans, which take
// seconds: with a thread for each core, answers would wait ten milliseconds for
// every plan to pause; among more threads the kernel shares the cores finely.
// GOMAXPROCS wins.
//
// And it gives a server twice the memory that a command has: of a large register a
// gigabyte is in use for long, and near its limit the collector takes half of the
// processors. GOMEMLIMIT wins.
var roomToServe = sync.OnceFunc(func() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCore * runtime.GOMAXPROCS(0))
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(2 * memoryMax)
	}
})

const threadsPerCore = 4

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, trouble{fmt.Sprintf("nothing can be served at %s: %v", address, errors.Unwrap(err)), "end what is served there, or name another port with --listen"}
	}
	return l, nil
}

// defaults are what a plan is asked for where nobody gave a flag.
func defaults() *asked {
	a := &asked{}
	a.flags(&cobra.Command{})
	return a
}
