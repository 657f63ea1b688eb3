package server

import (
	"container/list"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often one caller may ask. The zero Rate sets no limit.
type Rate struct {
	PerSecond float64 // for long
	AtOnce    int     // after a pause
	// Forwarded takes the caller's address from X-Forwarded-For, as the proxy
	// before this server wrote it last. Without such a proxy it would be whatever
	// the caller says.
	Forwarded bool
}

// DefaultRate is far above what a person does, and below what hinders others.
var DefaultRate = Rate{PerSecond: 50, AtOnce: 200}

// Limits of what is remembered of callers.
const (
	callersMax = 20_000
	streamsMax = 100 // that one caller may have open
)

// callers counts how often each has asked of late; whoever has not asked for
// longest is forgotten first.
type callers struct {
	Rate
	now func() time.Time

	mu    sync.Mutex
	of    map[string]*list.Element
	order *list.List // of *caller, the latest first
}

type caller struct {
	name    string
	asks    *rate.Limiter
	streams int // that are open; guarded by callers.mu
}

func newCallers(r Rate, now func() time.Time) *callers {
	return &callers{Rate: r, now: now, of: map[string]*list.Element{}, order: list.New()}
}

// named is the caller of a name. The caller holds mu.
func (c *callers) named(name string) *caller {
	if e := c.of[name]; e != nil {
		c.order.MoveToFront(e)
		return e.Value.(*caller)
	}
	one := &caller{name: name, asks: rate.NewLimiter(rate.Limit(c.PerSecond), c.AtOnce)}
	c.of[name] = c.order.PushFront(one)
	if c.order.Len() > callersMax {
		last := c.order.Back()
		delete(c.of, last.Value.(*caller).name)
		c.order.Remove(last)
	}
	return one
}

// ask counts a request. When it is one too many, wait is how long the next one
// has to wait.
func (c *callers) ask(name string) (wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	r := c.named(name).asks.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// open counts a stream until done is called; ok is false when it is one too many.
func (c *callers) open(name string) (done func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.named(name)
	if one.streams >= streamsMax {
		return nil, false
	}
	one.streams++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		one.streams--
	}, true
}

// rated bounds how often one caller may ask: a person, or an address where nobody
// signed in. What never changes and what watches the server are not counted.
func (s *Server) rated(next http.Handler) http.Handler {
	if s.Rate.PerSecond <= 0 {
		return next
	}
	known := newCallers(s.Rate, s.Now)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if watches(r) || strings.HasPrefix(r.URL.Path, "/assets/") {
			next.ServeHTTP(w, r)
			return
		}
		name := s.callerOf(r)
		if wait := known.ask(name); wait > 0 {
			seconds := int(math.Ceil(wait.Seconds()))
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			s.fail(w, r, fault{http.StatusTooManyRequests, "Too often", fmt.Sprintf("more than %d requests came from you at once, or more than %g a second", s.Rate.AtOnce, s.Rate.PerSecond), fmt.Sprintf("wait %d s, then ask more slowly; Retry-After says how long", seconds)})
			return
		}
		if isStream(r) {
			done, ok := known.open(name)
			if !ok {
				w.Header().Set("Retry-After", "30")
				s.fail(w, r, fault{http.StatusTooManyRequests, "Too often", fmt.Sprintf("you wait for news %d times over", streamsMax), "close some of the pages or programs that wait"})
				return
			}
			defer done()
		}
		next.ServeHTTP(w, r)
	})
}

// callerOf names who is counted.
func (s *Server) callerOf(r *http.Request) string {
	if s.Asker != nil {
		if name := s.Asker(r); name != "" {
			return "person " + name
		}
	}
	return "address " + addressOf(r, s.Rate.Forwarded)
}

// addressOf is where a request comes from. Of IPv6 it is the network: whoever has
// one address has as many as they like.
func addressOf(r *http.Request, forwarded bool) string {
	text := r.RemoteAddr
	if forwarded {
		if all := r.Header.Values("X-Forwarded-For"); len(all) > 0 {
			last := all[len(all)-1]
			text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	at, err := netip.ParseAddr(text)
	if port, err2 := netip.ParseAddrPort(text); err != nil && err2 == nil {
		at, err = port.Addr(), nil
	}
	if err != nil {
		return ""
	}
	if at = at.Unmap().WithZone(""); at.Is6() {
		if network, err := at.Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}
