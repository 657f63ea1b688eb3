package api_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"entente/api"
	"entente/desk"
	"entente/ledger"
)

func TestHooks(t *testing.T) {
	h := open(t)
	made := ask(t, h, "kari", "POST", "/hooks", `{"url":"https://hooks.example.org/in"}`)
	secret, _ := made.at("secret").(string)
	if made.status != 201 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%d %s", made.status, made.text)
	}
	id := made.at("id").(string)
	for _, c := range []struct {
		who, method, path, body string
		status                  int
		at                      string
		want                    any
	}{
		{"kari", "GET", "/hooks", "", 200, "hooks.0.url", "https://hooks.example.org/in"},
		{"kari", "GET", "/hooks", "", 200, "hooks.0.secret", nil},
		{"mari", "GET", "/hooks", "", 200, "hooks.0", nil},
		{"", "GET", "/hooks", "", 403, "status", 403.0},
		{"mari", "DELETE", "/hooks/" + id, "", 404, "status", 404.0},
		{"kari", "POST", "/hooks", `{"url":"http://hooks.example.org/in"}`, 422, "title", "No address"},
		{"kari", "POST", "/hooks", `{"url":"https://kari@hooks.example.org/in"}`, 422, "title", "No address"},
		{"kari", "DELETE", "/hooks/" + id, "", 204, "", nil},
		{"kari", "GET", "/hooks", "", 200, "hooks.0", nil},
	} {
		got := ask(t, h, c.who, c.method, c.path, c.body)
		if got.status != c.status || got.at(c.at) != c.want {
			t.Errorf("%s %s %s: %d, %s = %v; want %d, %v\n%s", c.who, c.method, c.path, got.status, c.at, got.at(c.at), c.status, c.want, got.text)
		}
	}
}

// receiver is who is called: it fails as often as it is told to.
type receiver struct {
	mu     sync.Mutex
	fail   int
	calls  []*http.Request
	bodies []string
	at     []time.Time
}

// RoundTrip implements http.RoundTripper.
func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(req.Body)
	r.calls, r.bodies, r.at = append(r.calls, req), append(r.bodies, string(body)), append(r.at, time.Now())
	w := httptest.NewRecorder()
	if r.fail > 0 {
		r.fail--
		w.Code = http.StatusInternalServerError
	}
	return w.Result(), nil
}

// TestCalls: a hook hears of what was added, signed; a call that fails is made
// again, later each time.
func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(desk.Memory)
		secret := api.PutHook(t, store, "https://hooks.example.org/in")
		to := &receiver{fail: 3}
		size, grown := ledger.Seq(7), make(chan struct{})
		c := &api.Caller{Desk: store, Now: time.Now, Log: slog.New(slog.DiscardHandler), Client: &http.Client{Transport: to},
			Size: func(context.Context) (ledger.Seq, error) { return size, nil },
			Changed: func(ctx context.Context, after ledger.Seq) error {
				select {
				case <-grown:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}}
		running, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Run(running) }()
		synctest.Wait()
		if len(to.calls) != 0 {
			t.Errorf("nothing was added, and it was called %d times", len(to.calls))
		}
		size = 9
		grown <- struct{}{}
		time.Sleep(time.Hour)
		stop()
		<-ended
		if len(to.calls) != 4 {
			t.Fatalf("called %d times, want 3 that failed and 1", len(to.calls))
		}
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
			if got := to.at[i+1].Sub(to.at[i]); got < want || got > want+time.Second {
				t.Errorf("after failure %d it waited %s, want %s", i+1, got, want)
			}
		}
		last, body := to.calls[3], to.bodies[3]
		if !strings.Contains(body, `"data":{"size":9}`) {
			t.Errorf("it was told %s", body)
		}
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(last.Header.Get("Webhook-Id") + "." + last.Header.Get("Webhook-Timestamp") + "." + body))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); last.Header.Get("Webhook-Signature") != want {
			t.Errorf("the signature is %s, want %s", last.Header.Get("Webhook-Signature"), want)
		}
	})
}

// TestPublicClient: what only the server can reach is not called.
func TestPublicClient(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	defer srv.Close()
	for _, url := range []string{srv.URL, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), strings.Replace(srv.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1), "http://10.0.0.1/", "http://169.254.169.254/"} {
		req, err := http.NewRequestWithContext(ctx, "POST", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := api.PublicClient().Do(req); err == nil {
			res.Body.Close()
			t.Errorf("%s was called", url)
		} else if !strings.Contains(err.Error(), "is no public address") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
