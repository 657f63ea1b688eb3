package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/desk"
	"entente/record"
)

// opened is a book over a desk in memory, at a time that the test moves.
type opened struct {
	*Book
	desk *watched
	now  time.Time
}

func open(t *testing.T) *opened {
	t.Helper()
	o := &opened{desk: &watched{}, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	o.Book = Open(o.desk, func() time.Time { return o.now }, rand.NewChaCha8([32]byte{1}))
	return o
}

// watched is a desk that remembers what each Put changed.
type watched struct {
	desk.Memory
	mu   sync.Mutex
	puts [][]desk.Change
}

func (w *watched) Put(ctx context.Context, changes ...desk.Change) error {
	err := w.Memory.Put(ctx, changes...)
	if err == nil {
		w.mu.Lock()
		w.puts = append(w.puts, changes)
		w.mu.Unlock()
	}
	return err
}

// person puts somebody, as who holds the files would.
func (o *opened) person(t *testing.T, id string, party record.PartyID, roles access.Roles) Person {
	t.Helper()
	if err := o.Put(t.Context(), Local, Person{ID: id, Name: strings.ToUpper(id), Party: party, Roles: roles}); err != nil {
		t.Fatal(err)
	}
	p, err := o.Person(t.Context(), Local, id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFirstKeeper(t *testing.T) {
	o, ctx := open(t), t.Context()
	old, err := o.Bootstrap(ctx)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := o.Bootstrap(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Invited(ctx, old)
	says(t, err, "account: you may not do this: the invitation is not known, was used or has expired; ask for a new one")
	if p, err := o.Invited(ctx, secret); err != nil || p.ID != "keeper" || !p.Caller().All {
		t.Fatalf("the link invites %v, %v", p, err)
	}
	key := Credential{Kind: "passkey", ID: "k1", Data: []byte(`{"counter":1}`)}
	if _, err := o.Redeem(ctx, secret, key); err != nil {
		t.Fatal(err)
	}
	_, err = o.Redeem(ctx, secret, Credential{Kind: "passkey", ID: "k2"})
	says(t, err, "account: you may not do this: the invitation is not known, was used or has expired; ask for a new one")
	_, err = o.Bootstrap(ctx)
	says(t, err, "account: bootstrap: you may not do this: a keeper can sign in already; ask them for an invitation")
	p, err := o.Bearer(ctx, "passkey", "k1")
	if err != nil || p.ID != "keeper" {
		t.Fatalf("the passkey is %v's, %v", p, err)
	}
	key.Data = []byte(`{"counter":2}`)
	if err := o.Renew(ctx, p, key); err != nil {
		t.Fatal(err)
	}
	if p, _ = o.Bearer(ctx, "passkey", "k1"); string(p.Credentials[0].Data) != `{"counter":2}` || !p.Credentials[0].Added.Equal(o.now) {
		t.Errorf("the renewed credential is %v", p.Credentials[0])
	}
	if _, err := o.Bearer(ctx, "oidc", "k1"); !errors.Is(err, ErrAbsent) {
		t.Errorf("a credential of another kind: %v", err)
	}
}

func TestInvitationsEnd(t *testing.T) {
	o, ctx := open(t), t.Context()
	o.person(t, "mari", "EST", access.Owner)
	secret, err := o.Invite(ctx, Local, "mari", 3)
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.AddDate(0, 0, 3).Add(-time.Second)
	if _, err := o.Invited(ctx, secret); err != nil {
		t.Errorf("a second before it expires: %v", err)
	}
	o.now = o.now.Add(time.Second)
	if _, err := o.Invited(ctx, secret); !errors.Is(err, ErrDenied) {
		t.Errorf("when it expires: %v", err)
	}
	for _, bad := range []string{"", "inv", secret + "x", secret[:len(secret)-1] + "-", strings.Replace(secret, "inv", "ent", 1)} {
		if _, err := o.Invited(ctx, bad); !errors.Is(err, ErrDenied) {
			t.Errorf("%q lets in: %v", bad, err)
		}
	}
}

// Of many who redeem one invitation at a time, one comes in.
func TestRedeemOnce(t *testing.T) {
	o, ctx := open(t), t.Context()
	o.Book.random = &shared{r: o.Book.random}
	o.person(t, "mari", "EST", 0)
	secret, err := o.Invite(ctx, Local, "mari", 1)
	if err != nil {
		t.Fatal(err)
	}
	var in sync.Map
	var g sync.WaitGroup
	for i := range 16 {
		g.Go(func() {
			if _, err := o.Redeem(ctx, secret, Credential{Kind: "passkey", ID: fmt.Sprint(i)}); err == nil {
				in.Store(i, true)
			} else if !errors.Is(err, ErrDenied) && !errors.Is(err, ErrFormer) {
				t.Error(err)
			}
		})
	}
	g.Wait()
	n := 0
	in.Range(func(any, any) bool { n++; return true })
	p, _ := o.Person(ctx, Local, "mari")
	if n != 1 || len(p.Credentials) != 1 {
		t.Errorf("%d came in with one invitation, and left %d credentials", n, len(p.Credentials))
	}
}

// shared is a source of chance for many goroutines.
type shared struct {
	mu sync.Mutex
	r  interface{ Read([]byte) (int, error) }
}

func (s *shared) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(b)
}

func TestTokens(t *testing.T) {
	o, ctx := open(t), t.Context()
	mari := o.person(t, "mari", "EST", access.Owner|access.Auditor)
	secret, token, err := o.Issue(ctx, mari.Caller(), Token{Person: "mari", Name: "nightly", Roles: access.Auditor, Expires: o.now.AddDate(0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := idOf(tokenPrefix, secret); !ok || id != token.ID || len(secret) != len("ent_")+12+1+43 {
		t.Errorf("the token reads %s", secret)
	}
	enter := func() Caller {
		t.Helper()
		c, err := o.Enter(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := enter(); c != (Caller{"mari", access.Reader{Party: "EST", Roles: access.Auditor}}) {
		t.Errorf("the token speaks for %v", c)
	}
	// It may do what both it and the person may.
	mari.Roles = access.Owner
	if err := o.Put(ctx, Local, mari); err != nil {
		t.Fatal(err)
	}
	if c := enter(); c.Roles != 0 {
		t.Errorf("the token has roles %v that the person has lost", c.Roles)
	}
	for _, wrong := range []string{"", "ent_", "x", strings.ToUpper(secret), secret + "A", "ent_" + token.ID + "_" + strings.Repeat("A", 43), "ent_000000000000_" + strings.Repeat("A", 43)} {
		_, err := o.Enter(ctx, wrong)
		says(t, err, "account: enter: you may not do this: the token is not known; ask for a new one")
	}
	o.now = o.now.AddDate(0, 0, 1)
	_, err = o.Enter(ctx, secret)
	says(t, err, "account: enter: you may not do this: the token has expired; ask for a new one")
	o.now = o.now.AddDate(0, 0, -1)
	if err := o.Disable(ctx, Local, "mari"); err != nil {
		t.Fatal(err)
	}
	_, err = o.Enter(ctx, secret)
	says(t, err, "account: enter: you may not do this: the person is disabled; ask who manages the people of your party")
	if err := o.Revoke(ctx, Local, token.ID); err != nil {
		t.Fatal(err)
	}
	_, err = o.Enter(ctx, secret)
	says(t, err, "account: enter: you may not do this: the token was revoked; ask for a new one")
	list, err := o.Tokens(ctx, Local, "mari")
	if err != nil || len(list) != 1 || list[0].Revoked.IsZero() {
		t.Errorf("Tokens = %v, %v", list, err)
	}
}

// The last use is written down once an hour, and not at every knock.
func TestLastUse(t *testing.T) {
	o, ctx := open(t), t.Context()
	mari := o.person(t, "mari", "EST", 0)
	secret, _, err := o.Issue(ctx, mari.Caller(), Token{Person: "mari", Name: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	before := len(o.desk.puts)
	for range 120 {
		o.now = o.now.Add(time.Minute)
		if _, err := o.Enter(ctx, secret); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := o.Tokens(ctx, Local, "mari")
	if got := len(o.desk.puts) - before; got != 2 || o.now.Sub(list[0].Used) > usedEvery {
		t.Errorf("120 uses in two hours were written down %d times, the last at %v", got, list[0].Used)
	}
}

// Nobody gives what they do not have, or reaches beyond their party.
func TestNobodyRisesByThemselves(t *testing.T) {
	o, ctx := open(t), t.Context()
	owner, reader, stranger := o.person(t, "mari", "EST", access.Owner), o.person(t, "jaan", "EST", 0), o.person(t, "anne", "GBR", access.Owner)
	if err := o.Put(ctx, Local, Person{ID: "boss", Name: "Boss", Keeper: true}); err != nil {
		t.Fatal(err)
	}
	changed := func(p Person, change func(*Person)) Person { change(&p); return p }
	for _, c := range []struct {
		name string
		who  Caller
		put  Person
		want error
	}{
		{"an owner adds one of theirs", owner.Caller(), Person{ID: "liis", Name: "Liis", Party: "EST", Roles: access.Auditor}, nil},
		{"an owner adds one of another", owner.Caller(), Person{ID: "x", Name: "X", Party: "GBR"}, ErrDenied},
		{"an owner makes a keeper", owner.Caller(), changed(owner, func(p *Person) { p.Keeper = true }), ErrDenied},
		{"an owner fetches one from another", owner.Caller(), changed(stranger, func(p *Person) { p.Party = "EST" }), ErrDenied},
		{"an owner sends one to another", owner.Caller(), changed(reader, func(p *Person) { p.Party = "GBR" }), ErrDenied},
		{"a reader takes a role", reader.Caller(), changed(reader, func(p *Person) { p.Roles = access.Owner }), ErrDenied},
		{"the public adds a person", Caller{}, Person{ID: "y", Name: "Y", Party: "EST"}, ErrDenied},
		{"an owner promotes", owner.Caller(), changed(reader, func(p *Person) { p.Roles = access.Coordinator }), nil},
	} {
		if err := o.Put(ctx, c.who, c.put); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		who  Caller
		want Token
		err  error
	}{
		"more than one has":            {reader.Caller(), Token{Person: "jaan", Name: "t", Roles: access.Owner}, ErrDenied},
		"for a stranger":               {stranger.Caller(), Token{Person: "jaan", Name: "t"}, ErrAbsent},
		"for a keeper":                 {owner.Caller(), Token{Person: "boss", Name: "t"}, ErrAbsent},
		"as a keeper":                  {owner.Caller(), Token{Person: "mari", Name: "t", Keeper: true}, ErrDenied},
		"wider than one came in with":  {Caller{"mari", access.Reader{Party: "EST"}}, Token{Person: "mari", Name: "t", Roles: access.Owner}, ErrDenied},
		"as wide as one came in with":  {Caller{"mari", access.Reader{Party: "EST"}}, Token{Person: "mari", Name: "t"}, nil},
		"for one of those one manages": {owner.Caller(), Token{Person: "jaan", Name: "t"}, nil},
	} {
		if _, _, err := o.Issue(ctx, c.who, c.want); !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("a token %s: %v, want %v", name, err, c.err)
		}
	}
	if _, err := o.Invite(ctx, reader.Caller(), "jaan", 1); !errors.Is(err, ErrDenied) {
		t.Errorf("a reader invites themselves: %v", err)
	}
	if err := o.SetPolicy(ctx, owner.Caller(), "a.cedar", ""); !errors.Is(err, ErrDenied) {
		t.Errorf("an owner sets policies: %v", err)
	}
}

// Who may not know of a person gets the answer that they would get of nobody.
func TestHiddenPeopleAreAbsent(t *testing.T) {
	o, ctx := open(t), t.Context()
	owner, _ := o.person(t, "mari", "EST", access.Owner), o.person(t, "anne", "GBR", access.Owner)
	_, token, err := o.Issue(ctx, Local, Token{Person: "anne", Name: "t"})
	if err != nil {
		t.Fatal(err)
	}
	blank := func(err error, name string) string { return strings.ReplaceAll(fmt.Sprint(err), name, "…") }
	for name, ask := range map[string]func(id, token string) error{
		"Person":  func(id, _ string) error { _, err := o.Person(ctx, owner.Caller(), id); return err },
		"Disable": func(id, _ string) error { return o.Disable(ctx, owner.Caller(), id) },
		"Tokens":  func(id, _ string) error { _, err := o.Tokens(ctx, owner.Caller(), id); return err },
		"Invite":  func(id, _ string) error { _, err := o.Invite(ctx, owner.Caller(), id, 1); return err },
		"Issue": func(id, _ string) error {
			_, _, err := o.Issue(ctx, owner.Caller(), Token{Person: id, Name: "t"})
			return err
		},
		"Revoke": func(_, token string) error { return o.Revoke(ctx, owner.Caller(), token) },
	} {
		hidden, absent := ask("anne", token.ID), ask("nemo", "000000000000")
		if hidden == nil || strings.ReplaceAll(blank(hidden, "anne"), token.ID, "…") != strings.ReplaceAll(blank(absent, "nemo"), "000000000000", "…") {
			t.Errorf("%s: hidden is %v, absent is %v", name, hidden, absent)
		}
	}
	list, err := o.People(ctx, owner.Caller())
	if err != nil || len(list) != 1 || list[0].ID != "mari" {
		t.Errorf("an owner lists %v, %v", list, err)
	}
}

func TestTwoWhoChangeOnePerson(t *testing.T) {
	o, ctx := open(t), t.Context()
	mari := o.person(t, "mari", "EST", 0)
	mari.Name = "Mari T."
	if err := o.Put(ctx, Local, mari); err != nil {
		t.Fatal(err)
	}
	mari.Name = "Mari K."
	says(t, o.Put(ctx, Local, mari), "account: put mari: somebody changed it meanwhile; read it again, and then decide")
	says(t, o.Put(ctx, Local, Person{ID: "mari", Name: "Another", Party: "EST"}), "account: the id mari is taken; choose another")
}

func TestPeopleWhoMakeNoSense(t *testing.T) {
	o := open(t)
	for want, p := range map[string]Person{
		`account: "Mari" is not a person's id; write lower-case letters, digits and . @ _ -, beginning with a letter or digit, at most 100, and not local`: {ID: "Mari", Name: "Mari", Party: "EST"},
		`account: mari has no name that people can read; give one of at most 200 bytes`:                                                                    {ID: "mari", Party: "EST"},
		`account: mari belongs to no party; name one, or make them a keeper`:                                                                               {ID: "mari", Name: "Mari"},
		`account: mari has roles and no party to hold them in; name one`:                                                                                   {ID: "mari", Name: "Mari", Keeper: true, Roles: access.Owner},
	} {
		says(t, o.Put(t.Context(), Local, p), want)
	}
}

func TestPolicies(t *testing.T) {
	o, ctx := open(t), t.Context()
	if p, err := o.Policies(ctx); p != nil || err != nil {
		t.Errorf("without policies of its own: %v, %v", p, err)
	}
	quiet := `@id("no-tokens-for-est") @says("Estonia manages its people elsewhere") forbid (principal, action == Action::"administer", resource) when { resource has by && resource.by == Party::"EST" };`
	if err := o.SetPolicy(ctx, Local, "est.cedar", quiet); err != nil {
		t.Fatal(err)
	}
	says(t, o.Put(ctx, Local, Person{ID: "mari", Name: "Mari", Party: "EST"}), "account: put mari: you may not do this: Estonia manages its people elsewhere; ask an owner of EST, or a keeper")
	says(t, o.SetPolicy(ctx, Local, "more.cedar", "permit"), "account: more.cedar:1:7: the policy cannot be read: \"\": exact got want (; see docs/access.md for how policies are written")
	says(t, o.SetPolicy(ctx, Local, "More", quiet), `account: "More" is not the name of a policy file; write lower-case letters, digits and hyphens, then .cedar`)
	if err := o.SetPolicy(ctx, Local, "est.cedar", ""); err != nil {
		t.Fatal(err)
	}
	says(t, o.SetPolicy(ctx, Local, "est.cedar", ""), "account: policies est.cedar: there is none that you may know of")
	o.person(t, "mari", "EST", 0)
}

// Whatever is done leaves an act in the trail, in the one change that does it; no
// act is ever changed; and no secret lies on the desk.
func TestTrail(t *testing.T) {
	o, ctx := open(t), t.Context()
	owner := o.person(t, "mari", "EST", access.Owner|access.Auditor)
	o.person(t, "anne", "GBR", access.Auditor)
	var secrets []string
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(time.Second)
	}
	step(nil)
	invited, err := o.Invite(ctx, owner.Caller(), "mari", 2)
	step(err)
	_, err = o.Redeem(ctx, invited, Credential{Kind: "oidc", ID: "issuer subject"})
	step(err)
	secret, token, err := o.Issue(ctx, owner.Caller(), Token{Person: "mari", Name: "nightly", Roles: access.Auditor})
	step(err)
	secrets = append(secrets, invited, secret)
	step(o.Revoke(ctx, owner.Caller(), token.ID))
	step(o.SetPolicy(ctx, Local, "a.cedar", `@id("x") @says("y") forbid (principal == Person::"z", action, resource);`))

	trail := func(who Caller) string {
		acts, err := o.Trail(ctx, who, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, a := range acts {
			fmt.Fprintf(&b, "%s %s %s %s: %s\n", a.At.Format(time.TimeOnly), a.By, a.Verb, a.What, a.Says)
		}
		return strings.ReplaceAll(b.String(), token.ID, "…")
	}
	want := `03:04:05 local put person mari: MARI of EST: owner, auditor
03:04:06 mari invite person mari: until 2026-01-04
03:04:07 mari redeem person mari: leaves oidc
03:04:08 mari issue token …: for mari: nightly, auditor
03:04:09 mari revoke token …: of mari: nightly
`
	if diff := cmp.Diff(want, trail(owner.Caller())); diff != "" {
		t.Errorf("the owner of EST reads (-want +got)\n%s", diff)
	}
	if got := trail(Local); !strings.Contains(got, "a.cedar") || !strings.Contains(got, "anne") || strings.Count(got, "\n") != 7 {
		t.Errorf("the keeper reads\n%s", got)
	}
	if got := trail(Caller{"jaan", access.Reader{Party: "EST"}}); got != "" {
		t.Errorf("a reader reads\n%s", got)
	}
	// In pages of one, the same.
	var paged []string
	for after := ""; ; {
		acts, err := o.Trail(ctx, owner.Caller(), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(acts) == 0 {
			break
		}
		after = acts[0].Key
		paged = append(paged, acts[0].Verb)
	}
	if got := strings.Join(paged, " "); got != "put invite redeem issue revoke" {
		t.Errorf("page by page the trail is %s", got)
	}

	for _, changes := range o.desk.puts {
		acts := 0
		for _, c := range changes {
			for _, s := range secrets {
				if bytes.Contains(c.Body, []byte(s)) || bytes.Contains(c.Body, []byte(s[len(s)-restLength:])) {
					t.Errorf("a secret lies in %s", c.Drawer)
				}
			}
			if c.Drawer == audit {
				acts++
				if c.Was != 0 || c.Body == nil {
					t.Error("an act was changed")
				}
			}
		}
		if acts != 1 {
			t.Errorf("%d acts tell of one change: %v", acts, changes)
		}
	}
}

// A desk that fails says so, and nobody comes in for it.
func TestDeskThatFails(t *testing.T) {
	ctx := t.Context()
	b := Open(broken{}, time.Now, rand.NewChaCha8([32]byte{}))
	for name, err := range map[string]error{
		"Put":       b.Put(ctx, Local, Person{ID: "mari", Name: "Mari", Party: "EST"}),
		"Disable":   b.Disable(ctx, Local, "mari"),
		"Revoke":    b.Revoke(ctx, Local, "000000000000"),
		"SetPolicy": b.SetPolicy(ctx, Local, "a.cedar", ""),
		"Enter":     second(b.Enter(ctx, "ent_000000000000_"+strings.Repeat("A", 43))),
		"Invited":   second(b.Invited(ctx, "inv_000000000000_"+strings.Repeat("A", 43))),
		"Bootstrap": second(b.Bootstrap(ctx)),
		"People":    second(b.People(ctx, Local)),
		"Trail":     second(b.Trail(ctx, Local, "", 1)),
		"Policies":  second(b.Policies(ctx)),
	} {
		if !errors.Is(err, errBroken) || errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

var errBroken = errors.New("the disk is on fire")

type broken struct{}

func (broken) Get(context.Context, desk.Drawer, string) (desk.Item, error) {
	return desk.Item{}, errBroken
}
func (broken) List(context.Context, desk.Drawer, string, int) ([]desk.Item, error) {
	return nil, errBroken
}
func (broken) Put(context.Context, ...desk.Change) error { return errBroken }
func (broken) Close() error                              { return nil }
