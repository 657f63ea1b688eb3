package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"entente/account"
)

// Passkeys, by Web Authentication Level 3. A passkey is discoverable: nobody types
// a name, and so nobody learns which names there are.

const passkeyKind = "passkey"

// bodyBytesMax bounds what an authenticator may answer.
const bodyBytesMax = 64 << 10

// holder is a person as a passkey knows them. Their handle is their id.
type holder struct{ account.Person }

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.ID }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	var keys []webauthn.Credential
	for _, c := range h.Credentials {
		var key webauthn.Credential
		if c.Kind == passkeyKind && json.Unmarshal(c.Data, &key) == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// credential is a passkey as the book keeps it.
func credential(key *webauthn.Credential) (account.Credential, error) {
	data, err := json.Marshal(key)
	return account.Credential{Kind: passkeyKind, ID: base64.RawURLEncoding.EncodeToString(key.ID), Data: data}, err
}

// joinBegin asks the browser of somebody who is invited for a new passkey.
func (g *Gate) joinBegin(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Secret string `json:"secret"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyBytesMax)).Decode(&in); err != nil {
		g.failed(w, &unfit{"the invitation cannot be read", "open the link again as it was sent"})
		return
	}
	p, err := g.Book.Invited(r.Context(), in.Secret)
	if err != nil {
		g.failed(w, err)
		return
	}
	options, ceremony, err := g.passkeys.BeginRegistration(holder{p},
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}))
	if err != nil {
		g.failed(w, err)
		return
	}
	g.sessions.Put(r.Context(), inviteKey, in.Secret)
	g.begun(w, r, ceremony, options)
}

// joinFinish keeps the new passkey, uses the invitation up, and lets them in.
func (g *Gate) joinFinish(w http.ResponseWriter, r *http.Request) {
	ceremony, ok := g.ceremony(r)
	secret := g.sessions.PopString(r.Context(), inviteKey)
	if !ok || secret == "" {
		g.failed(w, &unfit{"nothing was begun that could be finished", "open the link again"})
		return
	}
	p, err := g.Book.Invited(r.Context(), secret)
	if err != nil {
		g.failed(w, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
	key, err := g.passkeys.FinishRegistration(holder{p}, ceremony, r)
	if err != nil {
		g.failed(w, refusal(err))
		return
	}
	kept, err := credential(key)
	if err == nil {
		p, err = g.Book.Redeem(r.Context(), secret, kept)
	}
	if err == nil {
		err = g.enter(r.Context(), p)
	}
	if err != nil {
		g.failed(w, err)
		return
	}
	answer(w, map[string]string{"next": "/"})
}

// signInBegin asks any browser for a passkey that it has.
func (g *Gate) signInBegin(w http.ResponseWriter, r *http.Request) {
	options, ceremony, err := g.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		g.failed(w, err)
		return
	}
	g.begun(w, r, ceremony, options)
}

// signInFinish lets in whoever holds the passkey.
func (g *Gate) signInFinish(w http.ResponseWriter, r *http.Request) {
	ceremony, ok := g.ceremony(r)
	if !ok {
		g.failed(w, &unfit{"nothing was begun that could be finished", "sign in again"})
		return
	}
	var found account.Person
	r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
	_, key, err := g.passkeys.FinishPasskeyLogin(func(rawID, handle []byte) (webauthn.User, error) {
		var err error
		found, err = g.Book.Bearer(r.Context(), passkeyKind, base64.RawURLEncoding.EncodeToString(rawID))
		if err == nil && found.ID != string(handle) {
			err = account.ErrDenied
		}
		return holder{found}, err
	}, ceremony, r)
	if err != nil {
		g.failed(w, refusal(err))
		return
	}
	if key.Authenticator.CloneWarning {
		g.failed(w, fmt.Errorf("the passkey of %s may have been copied: %w", found.ID, account.ErrDenied))
		return
	}
	kept, err := credential(key)
	if err == nil {
		err = g.Book.Renew(r.Context(), found, kept)
	}
	if err == nil || errors.Is(err, account.ErrFormer) { // somebody else signed in with it just now
		err = g.enter(r.Context(), found)
	}
	if err != nil {
		g.failed(w, err)
		return
	}
	answer(w, map[string]string{"next": "/"})
}

// begun remembers a ceremony in the session, and answers with what the browser
// needs for it.
func (g *Gate) begun(w http.ResponseWriter, r *http.Request, ceremony *webauthn.SessionData, options any) {
	text, err := json.Marshal(ceremony)
	if err != nil {
		g.failed(w, err)
		return
	}
	g.sessions.Put(r.Context(), ceremonyKey, text)
	answer(w, options)
}

// ceremony is what was begun in this session, once.
func (g *Gate) ceremony(r *http.Request) (c webauthn.SessionData, ok bool) {
	err := json.Unmarshal(g.sessions.PopBytes(r.Context(), ceremonyKey), &c)
	return c, err == nil
}

// refusal is an answer of an authenticator that proves nothing.
func refusal(err error) error {
	return fmt.Errorf("%w: %w", account.ErrDenied, err)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value)
}
