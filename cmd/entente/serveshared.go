package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entente/access"
	"entente/account"
	"entente/api"
	"entente/proposal"
	"entente/report"
	"entente/server"
	"entente/shared"
	"entente/signin"
)

// opened is how a shared register is served.
type opened struct {
	db     string
	key    string
	origin string
	oidc   []string
}

func (o *opened) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.db, "db", "", dbUsage+", in the place of DIR")
	f.StringVar(&o.key, "key", "", "the register's public key, or a `FILE` with it, for proofs (default: the file beside the private key, if it is there)")
	f.StringVar(&o.origin, "origin", "", "the `ADDRESS` that people write into their browsers; with it they sign in (https://register.example.org)")
	f.StringArrayVar(&o.oidc, "oidc", nil, "let people in through a `PROVIDER`, as id,name,issuer,client-id; its secret is in ENTENTE_OIDC_ID")
}

// serveShared answers for a shared register until ^C.
func (c *console) serveShared(ctx context.Context, w site, o opened) error {
	for flag, address := range map[string]string{"--listen": w.listen, "--admin": w.admin} {
		if address != "" && !loopback(address) && (o.origin == "" || flag == "--admin") {
			return trouble{fmt.Sprintf("%s %s can be reached by others, and nobody is asked who they are", flag, address), "write 127.0.0.1 and a port, or say with --origin where people sign in"}
		}
	}
	r, err := openRegister(ctx, o.db)
	if err != nil {
		return err
	}
	defer r.Close()
	live := r.Live()
	go func() { _ = live.Listen(ctx) }()
	book := account.Open(r.Desk, time.Now, rand.Reader)
	public, err := o.publicKey()
	if err != nil {
		return err
	}
	who := func(*http.Request) (account.Caller, error) { return account.Local, nil }
	if o.origin != "" {
		gate, err := c.gate(ctx, r, book, o)
		if err != nil {
			return err
		}
		who, w.around = gate.Who, gate.Sessions
		for _, route := range gate.Routes() {
			w.beside = append(w.beside, server.Route(route))
		}
		w.beside = append(w.beside, server.SignIn(gate.Title, choices(gate.OIDC))...)
		go sweep(ctx, gate)
	}
	w.sights = server.Sights()
	w.beside = append(w.beside, server.Route{Pattern: api.Prefix + "/", Handler: api.New(api.Config{
		Tree: live.Tree, Sights: w.sights, Shared: r, Changed: live.Changed, Who: who, Now: time.Now, Random: rand.Reader, NewID: newBatchID, PublicKey: public,
	})})
	calls := &api.Caller{Desk: r.Desk, Now: time.Now, Log: slog.New(slog.NewTextHandler(c.err, nil)), Changed: live.Changed, Size: r.Ledger.Size}
	go func() { _ = calls.Run(ctx) }()
	w.who = func(r *http.Request) access.Reader {
		caller, err := who(r)
		if err != nil {
			return access.Public // a token that lets nobody in sees what everybody sees
		}
		return caller.Reader
	}
	w.proofs = server.Proofs{At: api.Prefix + "/records/", PublicKey: public}
	w.asker = func(r *http.Request) string {
		caller, err := who(r)
		if err != nil {
			return ""
		}
		return caller.Person
	}
	w.board = &proposal.Board{Register: r}
	w.person = func(r *http.Request) proposal.Person {
		caller, err := who(r)
		if err != nil {
			return proposal.Person{}
		}
		return proposal.Person{Name: caller.Person, Party: caller.Reader.Party}
	}
	if o.origin != "" { // or else nobody signs in
		w.book, w.origin = book, strings.TrimSuffix(o.origin, "/")
		w.caller = func(r *http.Request) account.Caller {
			caller, err := who(r)
			if err != nil {
				return account.Caller{}
			}
			return caller
		}
	}
	w.from, w.title, w.dir = server.Ledger{Live: live}, spoken(o.db), spoken(o.db)
	return c.serve(ctx, w)
}

// publicKey is the ledger's, if it is known.
func (o opened) publicKey() (string, error) {
	key := o.key
	if key == "" {
		if _, err := os.Stat(publicOf(o.db, "")); err != nil {
			return "", nil
		}
		key = publicOf(o.db, "")
	}
	return readKey("public key", key)
}

// gate is where people sign in. At the first start nobody can, so the first
// keeper's link is written to the terminal.
func (c *console) gate(ctx context.Context, r *shared.Register, book *account.Book, o opened) (*signin.Gate, error) {
	size, err := r.Ledger.Size(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := r.Settings(ctx, size)
	if err != nil {
		return nil, err
	}
	config := signin.Config{Book: book, Desk: r.Desk, Origin: strings.TrimSuffix(o.origin, "/"), Title: settings.Title, Now: time.Now, Log: slog.New(slog.NewTextHandler(c.err, nil))}
	if config.Title == "" {
		config.Title = "Entente"
	}
	for _, text := range o.oidc {
		p := strings.SplitN(text, ",", 4)
		if len(p) != 4 {
			return nil, trouble{fmt.Sprintf("--oidc %s is no provider", text), "write id,name,issuer,client-id"}
		}
		secret := os.Getenv("ENTENTE_OIDC_" + strings.ToUpper(strings.ReplaceAll(p[0], "-", "_")))
		config.OIDC = append(config.OIDC, signin.Provider{ID: p[0], Name: p[1], Issuer: p[2], ClientID: p[3], ClientSecret: secret})
	}
	gate, err := signin.New(ctx, config)
	if err != nil {
		return nil, asTrouble(err)
	}
	secret, err := book.Bootstrap(ctx)
	switch {
	case err == nil:
		c.line("Nobody keeps this register yet. The first keeper comes in, once and within a week, at")
		c.line(config.Origin + "/join#" + secret)
	case !errors.Is(err, account.ErrDenied):
		return nil, err
	}
	return gate, nil
}

// choices are providers as a page offers them.
func choices(ps []signin.Provider) []report.Fact {
	var offered []report.Fact
	for _, p := range ps {
		offered = append(offered, report.Fact{Name: p.ID, Value: p.Name})
	}
	return offered
}

const sweepEvery = time.Hour

// sweep removes sessions that have ended.
func sweep(ctx context.Context, gate *signin.Gate) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		_ = gate.Sweep(ctx) // those that are left are removed the next time
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
