package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entente/desk"
	"entente/ledger"
)

// Webhooks tell other programs that the ledger has grown, as the Standard Webhooks
// specification (standardwebhooks.com) says. A call says to what size and nothing
// of what is in it: whoever hears asks the API, in their own name. A hook belongs
// to who made it, and nobody else learns of it.

const hooksDrawer desk.Drawer = "hooks"

// hook is a webhook as the desk keeps it.
type hook struct {
	ID      string     `json:"id"`
	Owner   string     `json:"owner"`
	URL     string     `json:"url"`
	Secret  string     `json:"secret"`
	Told    ledger.Seq `json:"told"`              // the size that was last told
	Failed  int        `json:"failed,omitempty"`  // calls that failed since one did not
	Next    time.Time  `json:"next,omitzero"`     // not before, after a failure
	Stopped bool       `json:"stopped,omitempty"` // after failuresMax
}

// Hook is a webhook as its owner sees it.
type Hook struct {
	ID      string     `json:"id"`
	URL     string     `json:"url"`
	Secret  string     `json:"secret,omitempty" doc:"with which calls are signed; shown once, when the hook is made"`
	Told    ledger.Seq `json:"told" doc:"the size of the ledger that was told last"`
	Failed  int        `json:"failed,omitempty" doc:"how many calls have failed since the last that did not"`
	Stopped bool       `json:"stopped,omitempty" doc:"it failed too often and is called no more; make a new one"`
}

// Limits of hooks.
const (
	hooksMax        = 20 // of one owner
	failuresMax     = 12
	firstRetry      = 10 * time.Second
	lastRetry       = time.Hour
	hookTimeMax     = 10 * time.Second
	hookAnswerMax   = 64 << 10
	hookSecretBytes = 32
)

type hooksOutput struct {
	Body struct {
		Hooks []Hook `json:"hooks"`
	}
}

func (h hook) shown() Hook { return Hook{h.ID, h.URL, "", h.Told, h.Failed, h.Stopped} }

// owned lists the hooks of whoever asks.
func (a *API) owned(ctx context.Context) (hooks []hook, items []desk.Item, err error) {
	if a.Shared == nil {
		return nil, nil, noLedger()
	}
	who := callerOf(ctx).Person
	if who == "" {
		return nil, nil, refused(http.StatusForbidden, "Not allowed", "the public has no webhooks", "ask with a token")
	}
	all, err := desk.All(ctx, a.Shared.Desk, hooksDrawer)
	if err != nil {
		return nil, nil, fault(err)
	}
	for _, item := range all {
		var h hook
		if json.Unmarshal(item.Body, &h) == nil && h.Owner == who {
			hooks, items = append(hooks, h), append(items, item)
		}
	}
	return hooks, items, nil
}

func (a *API) hooks(ctx context.Context, _ *struct{}) (*hooksOutput, error) {
	hooks, _, err := a.owned(ctx)
	if err != nil {
		return nil, err
	}
	out := &hooksOutput{}
	out.Body.Hooks = []Hook{}
	for _, h := range hooks {
		out.Body.Hooks = append(out.Body.Hooks, h.shown())
	}
	return out, nil
}

type hookOutput struct{ Body Hook }

func (a *API) addHook(ctx context.Context, in *struct {
	Body struct {
		URL string `json:"url" doc:"an https address that can be reached from the internet" minLength:"1" maxLength:"500"`
	}
}) (*hookOutput, error) {
	hooks, _, err := a.owned(ctx)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(in.Body.URL)
	switch {
	case err != nil || at.Scheme != "https" || at.Host == "" || at.User != nil:
		return nil, refused(http.StatusUnprocessableEntity, "No address", "the url is no address of a webhook", "write an https address without a user")
	case len(hooks) >= hooksMax:
		return nil, refused(http.StatusConflict, "Too many", fmt.Sprintf("you have %d webhooks", len(hooks)), "remove one first")
	}
	size, err := a.Shared.Ledger.Size(ctx)
	if err != nil {
		return nil, fault(err)
	}
	key := make([]byte, hookSecretBytes)
	if _, err := io.ReadFull(a.Random, key); err != nil {
		return nil, fault(err)
	}
	h := hook{ID: a.NewID(), Owner: callerOf(ctx).Person, URL: in.Body.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString(key), Told: size}
	if err := a.Shared.Desk.Put(ctx, h.change(0)); err != nil {
		return nil, fault(err)
	}
	out := h.shown()
	out.Secret = h.Secret
	return &hookOutput{out}, nil
}

func (h hook) change(was int64) desk.Change {
	body, err := json.Marshal(h)
	if err != nil {
		panic("api: a hook is always JSON: " + err.Error())
	}
	return desk.Change{Drawer: hooksDrawer, Key: h.ID, Was: was, Body: body}
}

func (a *API) removeHook(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"200"`
}) (*struct{}, error) {
	hooks, items, err := a.owned(ctx)
	if err != nil {
		return nil, err
	}
	for i, h := range hooks {
		if h.ID == in.ID {
			return nil, fault(a.Shared.Desk.Put(ctx, desk.Change{Drawer: hooksDrawer, Key: h.ID, Was: items[i].Revision}))
		}
	}
	return nil, absent("the webhook")
}

// Caller calls webhooks.
type Caller struct {
	Desk    desk.Store
	Now     func() time.Time
	Log     *slog.Logger
	Changed func(ctx context.Context, after ledger.Seq) error
	Size    func(ctx context.Context) (ledger.Seq, error)
	Client  *http.Client // nil is PublicClient
}

// Run tells every hook what it has not been told, until ctx ends. Several servers
// may run at a time; a hook may then be told twice, and never less than once.
func (c *Caller) Run(ctx context.Context) error {
	if c.Client == nil {
		c.Client = PublicClient()
	}
	for {
		size, err := c.Size(ctx)
		if err != nil {
			return err
		}
		next, err := c.round(ctx, size)
		if err != nil {
			return err
		}
		waiting, cancel := ctx, func() {}
		if !next.IsZero() {
			waiting, cancel = context.WithTimeout(ctx, max(next.Sub(c.Now()), 10*time.Millisecond))
		}
		err = c.Changed(waiting, size)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// round calls the hooks that are due, and says when the next of the others is.
func (c *Caller) round(ctx context.Context, size ledger.Seq) (next time.Time, err error) {
	items, err := desk.All(ctx, c.Desk, hooksDrawer)
	if err != nil {
		return next, err
	}
	for _, item := range items {
		var h hook
		if json.Unmarshal(item.Body, &h) != nil || h.Stopped || h.Told >= size {
			continue
		}
		if c.Now().Before(h.Next) {
			if next.IsZero() || h.Next.Before(next) {
				next = h.Next
			}
			continue
		}
		h = c.called(ctx, h, size)
		if !h.Next.IsZero() && (next.IsZero() || h.Next.Before(next)) {
			next = h.Next
		}
		if err := c.Desk.Put(ctx, h.change(item.Revision)); err != nil && !errors.Is(err, desk.ErrChanged) {
			return next, err
		}
	}
	return next, nil
}

// called is a hook after it was called.
func (c *Caller) called(ctx context.Context, h hook, size ledger.Seq) hook {
	if err := c.call(ctx, h, size); err != nil {
		c.Log.Warn("webhook", "id", h.ID, "failed", h.Failed+1, "error", err)
		h.Failed++
		h.Stopped = h.Failed >= failuresMax
		h.Next = c.Now().Add(min(firstRetry<<min(h.Failed-1, 20), lastRetry))
		return h
	}
	h.Told, h.Failed, h.Next = size, 0, time.Time{}
	return h
}

func (c *Caller) call(ctx context.Context, h hook, size ledger.Seq) error {
	ctx, cancel := context.WithTimeout(ctx, hookTimeMax)
	defer cancel()
	body, err := json.Marshal(struct {
		Type string `json:"type"`
		At   string `json:"timestamp"`
		Data News   `json:"data"`
	}{"ledger.grown", c.Now().UTC().Format(time.RFC3339), News{size}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	id, at := fmt.Sprintf("msg_%s_%d", h.ID, size), strconv.FormatInt(c.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+signature(h.Secret, id, at, body))
	res, err := c.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, hookAnswerMax))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %s", res.Status)
	}
	return nil
}

// signature is Standard Webhooks', section "Signature scheme".
func signature(secret, id, at string, body []byte) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// PublicClient follows no redirect and connects to no address of a private
// network or of this machine, whatever a name resolves to: a webhook must not
// reach what only the server can reach.
func PublicClient() *http.Client {
	dialer := &net.Dialer{Timeout: hookTimeMax, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !public(at.Addr().Unmap()) {
			return fmt.Errorf("%s is no public address", address)
		}
		return nil
	}}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: hookTimeMax, MaxIdleConns: 10, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
}

// sharedSpace is RFC 6598's, behind carriers' address translation.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
