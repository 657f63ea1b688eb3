package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"entente/account"
)

// Provider is an organisation's OpenID Connect provider.
type Provider struct {
	ID           string // in addresses: lower-case letters, digits and hyphens
	Name         string // on the button
	Issuer       string
	ClientID     string
	ClientSecret string
}

type provider struct {
	Provider
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

const subjectKind = "oidc"

var providerID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// discover reads a provider's addresses and keys (OpenID Connect Discovery 1.0).
func discover(ctx context.Context, p Provider, origin string) (*provider, error) {
	if !providerID.MatchString(p.ID) || p.ID == "begin" || p.ID == "finish" {
		return nil, fmt.Errorf("signin: %q is no id of a provider; write lower-case letters, digits and hyphens", p.ID)
	}
	known, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("signin: the provider %s cannot be reached: %w; check its issuer", p.ID, err)
	}
	back, err := url.JoinPath(origin, "sign-in", p.ID, "back")
	if err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	return &provider{p, oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: known.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID}}, known.Verifier(&oidc.Config{ClientID: p.ClientID})}, nil
}

// leaveFor sends a browser to a provider, with an invitation in mind if there is
// one in the form.
func (g *Gate) leaveFor(p *provider) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state, nonce, verifier := secret(), secret(), oauth2.GenerateVerifier()
		g.sessions.Put(r.Context(), stateKey, p.ID+" "+state+" "+nonce+" "+verifier)
		http.Redirect(w, r, p.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	})
}

func secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// backFrom lets in whom the provider vouches for, if the book knows the subject,
// or if this session holds an invitation.
func (g *Gate) backFrom(p *provider) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		subject, err := g.subject(r, p)
		if err != nil {
			g.failed(w, err)
			return
		}
		id := p.Issuer + " " + subject
		who, err := g.Book.Bearer(r.Context(), subjectKind, id)
		if errors.Is(err, account.ErrAbsent) {
			if invitation := g.sessions.PopString(r.Context(), inviteKey); invitation != "" {
				who, err = g.Book.Redeem(r.Context(), invitation, account.Credential{Kind: subjectKind, ID: id})
			}
		}
		if err == nil {
			err = g.enter(r.Context(), who)
		}
		if err != nil {
			g.failed(w, err)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
}

// subject is whom the provider vouches for: the code is changed for an ID token,
// whose signature, audience, age and nonce are checked.
func (g *Gate) subject(r *http.Request, p *provider) (string, error) {
	var id, state, nonce, verifier string
	again := &unfit{"this sign-in was not begun here", "sign in again"}
	if _, err := fmt.Sscan(g.sessions.PopString(r.Context(), stateKey), &id, &state, &nonce, &verifier); err != nil || id != p.ID || r.URL.Query().Get("state") != state {
		return "", again
	}
	if r.URL.Query().Get("error") != "" {
		return "", &unfit{p.Name + " did not let you in", "sign in again, or ask who runs it"}
	}
	token, err := p.oauth.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return "", refusal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	proven, err := p.verifier.Verify(r.Context(), raw)
	if err != nil || proven.Nonce != nonce {
		return "", refusal(errors.Join(err, errors.New("the ID token is not for this sign-in")))
	}
	return proven.Subject, nil
}
