package signin_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-jose/go-jose/v4"

	"entente/access"
	"entente/account"
	"entente/desk"
	"entente/signin"
)

var ctx = context.Background()

// site is a register with one invited owner, Kari of Norway, behind a gate.
type site struct {
	t          *testing.T
	url        string
	book       *account.Book
	desk       *desk.Memory
	gate       *signin.Gate
	now        time.Time
	invitation string
}

func open(t *testing.T, providers ...signin.Provider) *site {
	t.Helper()
	s := &site{t: t, desk: new(desk.Memory), now: time.Now()}
	clock := func() time.Time { return s.now }
	s.book = account.Open(s.desk, clock, rand.Reader)
	if err := s.book.Put(ctx, account.Local, account.Person{ID: "kari", Name: "Kari", Party: "NOR", Roles: access.Owner}); err != nil {
		t.Fatal(err)
	}
	s.invitation = s.invite("kari")
	mux := http.NewServeMux()
	srv := httptest.NewUnstartedServer(nil)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	s.url = strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	gate, err := signin.New(ctx, signin.Config{Book: s.book, Desk: s.desk, Origin: s.url, Title: "Test register", Now: clock, OIDC: providers})
	if err != nil {
		t.Fatal(err)
	}
	s.gate = gate
	for _, r := range gate.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		who, err := gate.Who(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "%s of %s, %s", who.Person, who.Reader, who.Reader.Roles)
	})
	srv.Config.Handler = gate.Sessions(mux)
	return s
}

func (s *site) invite(person string) string {
	s.t.Helper()
	secret, err := s.book.Invite(ctx, account.Local, person, 7)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// browser is somebody's browser, with the passkeys of its machine.
type browser struct {
	*http.Client
	s    *site
	keys []*passkey
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	// The test's own certificate is for another name.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Transport: transport, Jar: jar}, s, nil}
}

// post sends JSON and reads JSON.
func (b *browser) post(path string, in any) (status int, out map[string]any) {
	b.s.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.s.t.Fatal(err)
	}
	res, err := b.Post(b.s.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	_ = json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out
}

// home is what the first page says.
func (b *browser) home() string {
	b.s.t.Helper()
	res, err := b.Get(b.s.url + "/")
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return string(text)
}

// passkey is as much of an authenticator as Web Authentication asks for.
type passkey struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
}

var b64 = base64.RawURLEncoding

// clientData is what a browser says of a ceremony (section 5.8.1).
func (b *browser) clientData(kind string, options map[string]any) []byte {
	challenge := options["publicKey"].(map[string]any)["challenge"].(string)
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": b.s.url, "crossOrigin": false})
	return text
}

// authenticatorData is section 6.1: user present and verified, and for a new key
// the key itself.
func (p *passkey) authenticatorData(attested bool) []byte {
	p.count++
	hash := sha256.Sum256([]byte("localhost"))
	flags := byte(0x05)
	if attested {
		flags |= 0x40
	}
	data := append(hash[:], flags)
	data = binary.BigEndian.AppendUint32(data, p.count)
	if !attested {
		return data
	}
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.id)))
	data = append(data, p.id...)
	public, _ := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: p.key.X.FillBytes(make([]byte, 32)), -3: p.key.Y.FillBytes(make([]byte, 32))})
	return append(data, public...)
}

// join redeems an invitation with a new passkey.
func (b *browser) join(secret string) (int, map[string]any) {
	b.s.t.Helper()
	status, options := b.post("/join/begin", map[string]string{"secret": secret})
	if status != http.StatusOK {
		return status, options
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.s.t.Fatal(err)
	}
	handle, _ := b64.DecodeString(options["publicKey"].(map[string]any)["user"].(map[string]any)["id"].(string))
	p := &passkey{key: key, id: fmt.Append(nil, "key-", len(b.keys), b.s.url, key.X), handle: handle}
	client := b.clientData("webauthn.create", options)
	attestation, _ := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": p.authenticatorData(true)})
	status, out := b.post("/join/finish", map[string]any{"id": b64.EncodeToString(p.id), "rawId": b64.EncodeToString(p.id), "type": "public-key",
		"response": map[string]any{"clientDataJSON": b64.EncodeToString(client), "attestationObject": b64.EncodeToString(attestation)}})
	b.keys = append(b.keys, p)
	return status, out
}

// signIn signs in with a passkey; tamper may change what the browser sends.
func (b *browser) signIn(p *passkey, tamper func(map[string]any)) (int, map[string]any) {
	b.s.t.Helper()
	status, options := b.post("/sign-in/begin", map[string]any{})
	if status != http.StatusOK {
		return status, options
	}
	client := b.clientData("webauthn.get", options)
	data := p.authenticatorData(false)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	if err != nil {
		b.s.t.Fatal(err)
	}
	response := map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(p.handle)}
	if tamper != nil {
		tamper(response)
	}
	return b.post("/sign-in/finish", map[string]any{"id": b64.EncodeToString(p.id), "rawId": b64.EncodeToString(p.id), "type": "public-key", "response": response})
}

const (
	public = " of public, reader"
	kari   = "kari of NOR, owner"
)

func (b *browser) is(want string) {
	b.s.t.Helper()
	if got := b.home(); got != want {
		b.s.t.Errorf("the page says %q, want %q", got, want)
	}
}

// TestFromInvitationToSession is the way of a person: invited, joined, signed
// out, signed in, kept out.
func TestFromInvitationToSession(t *testing.T) {
	s := open(t)
	b := s.browser()
	b.is(public)
	if status, out := b.join(s.invitation); status != 200 {
		t.Fatalf("joining: %d %v", status, out)
	}
	b.is(kari)
	if _, out := s.browser().join(s.invitation); out["status"] != 403.0 {
		t.Errorf("the invitation worked twice: %v", out)
	}
	if status, _ := b.post("/sign-out", nil); status != 200 {
		t.Errorf("signing out: %d", status)
	}
	b.is(public)
	if status, out := b.signIn(b.keys[0], nil); status != 200 {
		t.Fatalf("signing in: %d %v", status, out)
	}
	b.is(kari)
	if err := s.book.Disable(ctx, account.Local, "kari"); err != nil {
		t.Fatal(err)
	}
	b.is(public)
}

// TestWhatLetsNobodyIn: from Kari's passkey, one thing is wrong.
func TestWhatLetsNobodyIn(t *testing.T) {
	s := open(t)
	b := s.browser()
	if status, out := b.join(s.invitation); status != 200 {
		t.Fatalf("joining: %d %v", status, out)
	}
	key := b.keys[0]
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, try := range map[string]func(b *browser) (int, map[string]any){
		"another key": func(b *browser) (int, map[string]any) {
			return b.signIn(&passkey{key: other, id: key.id, handle: key.handle, count: 50}, nil)
		},
		"another person's handle": func(b *browser) (int, map[string]any) {
			return b.signIn(&passkey{key: key.key, id: key.id, handle: []byte("mari"), count: 60}, nil)
		},
		"a passkey that nobody left": func(b *browser) (int, map[string]any) {
			return b.signIn(&passkey{key: other, id: []byte("unknown"), handle: key.handle}, nil)
		},
		"a copied passkey, whose counter went back": func(b *browser) (int, map[string]any) {
			return b.signIn(&passkey{key: key.key, id: key.id, handle: key.handle, count: 0}, nil)
		},
		"an answer to another challenge": func(b *browser) (int, map[string]any) {
			return b.signIn(&passkey{key: key.key, id: key.id, handle: key.handle, count: 70}, func(r map[string]any) {
				text, _ := b64.DecodeString(r["clientDataJSON"].(string))
				r["clientDataJSON"] = b64.EncodeToString(bytes.Replace(text, []byte(`"challenge":"`), []byte(`"challenge":"AAAA`), 1))
			})
		},
		"nothing begun": func(b *browser) (int, map[string]any) { return b.post("/sign-in/finish", map[string]any{}) },
		"a made-up invitation": func(b *browser) (int, map[string]any) {
			return b.join("inv_abcdefabcdef_" + strings.Repeat("A", 43))
		},
		"junk": func(b *browser) (int, map[string]any) { return b.post("/join/begin", "junk") },
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			status, out := try(b)
			if status < 400 || status >= 500 || out["remedy"] == "" || out["remedy"] == nil {
				t.Errorf("answered %d %v, want a refusal with a remedy", status, out)
			}
			b.is(public)
		})
	}
}

func TestSessionsEnd(t *testing.T) {
	s := open(t)
	b := s.browser()
	if status, out := b.join(s.invitation); status != 200 {
		t.Fatalf("joining: %d %v", status, out)
	}
	items, err := desk.All(ctx, s.desk, "sessions")
	if err != nil || len(items) != 1 {
		t.Fatalf("%d sessions on the desk, %v", len(items), err)
	}
	u, _ := url.Parse(s.url)
	for _, c := range b.Jar.Cookies(u) {
		if c.Value == items[0].Key {
			t.Error("the desk holds the token itself, not its hash")
		}
		if c.Name != "__Host-entente" {
			t.Errorf("the cookie is called %s", c.Name)
		}
	}
	s.now = s.now.Add(13 * time.Hour)
	b.is(public)
	if err := s.gate.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if items, _ := desk.All(ctx, s.desk, "sessions"); len(items) != 0 {
		t.Errorf("%d sessions are left", len(items))
	}
}

func TestTokens(t *testing.T) {
	s := open(t)
	secret, _, err := s.book.Issue(ctx, account.Local, account.Token{Person: "kari", Name: "reports"})
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Bearer " + secret:       "kari of NOR, reader",
		"Bearer " + secret + "x": signin.ErrUnknown.Error() + "\n",
		"Basic a2FyaTo=":         signin.ErrUnknown.Error() + "\n",
	} {
		r, _ := http.NewRequest("GET", s.url+"/", nil)
		r.Header.Set("Authorization", header)
		res, err := s.browser().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(text) != want {
			t.Errorf("%s: %q, want %q", header, text, want)
		}
	}
}

// idp is as much of an OpenID provider as a sign-in needs: whoever comes is its
// one subject.
func idp(t *testing.T, spoil func(claims map[string]any)) signin.Provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	nonces := map[string]string{}
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": srv.URL, "authorization_endpoint": srv.URL + "/authorize", "token_endpoint": srv.URL + "/token", "jwks_uri": srv.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		nonces["code"] = q.Get("nonce")
		http.Redirect(w, r, q.Get("redirect_uri")+"?code=code&state="+url.QueryEscape(q.Get("state")), http.StatusSeeOther)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		claims := map[string]any{"iss": srv.URL, "sub": "subject-1", "aud": "entente", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nonce": nonces[r.FormValue("code")]}
		if spoil != nil {
			spoil(claims)
		}
		signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
		text, _ := json.Marshal(claims)
		signed, _ := signer.Sign(text)
		token, _ := signed.CompactSerialize()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token})
	})
	return signin.Provider{ID: "ministry", Name: "Ministry", Issuer: srv.URL, ClientID: "entente", ClientSecret: "secret"}
}

func (b *browser) through(provider string) string {
	b.s.t.Helper()
	res, err := b.Get(b.s.url + "/sign-in/" + provider)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return string(text)
}

// TestProvider: a subject that nobody knows is refused; with an invitation it is
// Kari's from then on.
func TestProvider(t *testing.T) {
	s := open(t, idp(t, nil))
	b := s.browser()
	if got := b.through("ministry"); !strings.Contains(got, "you cannot come in with this") {
		t.Errorf("an unknown subject: %s", got)
	}
	b.is(public)
	if status, out := b.post("/join/begin", map[string]string{"secret": s.invitation}); status != 200 {
		t.Fatalf("%d %v", status, out)
	}
	if got := b.through("ministry"); got != kari {
		t.Errorf("with an invitation: %s", got)
	}
	again := s.browser()
	if got := again.through("ministry"); got != kari {
		t.Errorf("from another browser: %s", got)
	}
	if res, err := s.browser().Get(s.url + "/sign-in/ministry/back?code=code&state=made-up"); err != nil || res.StatusCode != 400 {
		t.Errorf("an answer to a sign-in that was not begun: %v, %v", res.StatusCode, err)
	}
}

func TestProviderLies(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"for another client":  func(c map[string]any) { c["aud"] = "other" },
		"by another issuer":   func(c map[string]any) { c["iss"] = "https://other.example.org" },
		"too old":             func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"for another sign-in": func(c map[string]any) { c["nonce"] = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, idp(t, spoil))
			b := s.browser()
			if status, out := b.post("/join/begin", map[string]string{"secret": s.invitation}); status != 200 {
				t.Fatalf("%d %v", status, out)
			}
			if got := b.through("ministry"); !strings.Contains(got, "you cannot come in with this") {
				t.Errorf("let in: %s", got)
			}
			b.is(public)
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, origin := range []string{"", "register.example.org", "http://register.example.org"} {
		if _, err := signin.New(ctx, signin.Config{Origin: origin, Now: time.Now}); err == nil {
			t.Errorf("a gate at %q was made", origin)
		}
	}
}
