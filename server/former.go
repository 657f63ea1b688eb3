package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"entente/access"
	"entente/record"
	"entente/screen"
	"entente/sight"
)

// Limits of answers of a moment ago.
const (
	formerTimeMax = 5 * time.Second // after what they were made of was the latest
	redrawnMax    = 64              // that wait to be made anew
	basesKept     = 64
)

// beside is what the server keeps with a sight.
type beside struct {
	screen.Memo
	until moment // when another took its place
}

func besideOf(s *sight.Sight) *beside { return s.Kept(func() any { return &beside{} }).(*beside) }

// moment is when something happened, if it did.
type moment struct{ nanos atomic.Int64 }

func (m *moment) set(t time.Time) { m.nanos.CompareAndSwap(0, t.UnixNano()) }

// within reports whether it did not happen yet, or not longer ago than d.
func (m *moment) within(d time.Duration, now time.Time) bool {
	at := m.nanos.Load()
	return at == 0 || now.Sub(time.Unix(0, at)) < d
}

// basis is what answers for one reader are made of, beside the address.
type basis struct {
	name        string // no two others have the same
	sight, mine *sight.Sight
	settled     *planned
}

// basis of the answers to this request.
func (a *asking) basis() basis { return basis{a.basisName(), a.sight, a.mine, a.settled} }

// serves reports whether answers that were made of b will still do where those of
// now are not made yet: b was the latest a moment ago, and nothing in it must be
// hidden any more.
func (b basis) serves(now basis, at time.Time) bool {
	if b.sight == nil || (b.settled == nil) != (now.settled == nil) {
		return false
	}
	recent := besideOf(b.sight).until.within(formerTimeMax, at) && besideOf(b.mine).until.within(formerTimeMax, at)
	if !recent || !b.sight.Outlives(now.sight.Tree) || !b.mine.Outlives(now.mine.Tree) {
		return false
	}
	return b.settled == nil || b.settled.until.within(formerTimeMax, at) && b.settled.of.Outlives(now.sight.Tree)
}

// hands are those who have sent something a moment ago: they are shown what came
// of it.
type hands struct {
	mu   sync.Mutex
	sent map[string]time.Time // by reader
}

func (h *hands) send(who access.Reader, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sent == nil || len(h.sent) >= basesKept {
		h.sent = map[string]time.Time{}
	}
	h.sent[who.Key()] = now
}

func (h *hands) within(who access.Reader, d time.Duration, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, ok := h.sent[who.Key()]
	return ok && now.Sub(at) < d
}

// heeded remembers who sends anything.
func (s *Server) heeded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.hands.send(s.Who(r), s.Now())
		}
	})
}

// bases are what answers are made of now, and were before, by reader and day.
type bases struct {
	mu sync.Mutex
	of map[string]*[2]basis
}

// before is the basis before this one, of the same reader and day.
func (s *bases) before(who string, now basis, at time.Time) basis {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil || s.of[who] == nil && len(s.of) >= basesKept {
		s.of = map[string]*[2]basis{}
	}
	both := s.of[who]
	switch {
	case both == nil:
		s.of[who] = &[2]basis{{}, now}
		return basis{}
	case both[1].name != now.name && both[1].sight.ID <= now.sight.ID:
		both[0], both[1] = both[1], now
		s.forget(at)
	}
	return both[0]
}

// forget lets go of what is too old to be given: sights are large.
func (s *bases) forget(at time.Time) {
	old := func(b basis) bool { return b.sight != nil && !besideOf(b.sight).until.within(formerTimeMax, at) }
	for who, both := range s.of {
		if old(both[1]) {
			delete(s.of, who)
		} else if old(both[0]) {
			both[0] = basis{}
		}
	}
}

// former is an answer that was given a moment ago, where the one that is asked for
// is not there yet, which is then made when there is time. Whoever loads a page
// again, or has sent something a moment ago, waits for the newest.
func (a *asking) former(l look, key string, path string, f form, draw func(context.Context, func(string)) (*whole, error)) (*whole, bool) {
	if _, made := a.answers.Peek(key); made || !a.soon || l.path == findingsPath || a.hands.within(a.own, formerTimeMax, a.Now()) {
		return nil, false
	}
	now := a.basis()
	who := strings.Join([]string{a.day.String(), a.own.Key(), a.reader.Key(), a.rung.String(), map[bool]string{true: "planned"}[l.planned]}, " ")
	before := a.bases.before(who, now, a.Now())
	if before.name == now.name || reloads(a.r.Header.Get("Cache-Control")) || !before.serves(now, a.Now()) {
		return nil, false
	}
	if k, ok := a.about(l); ok {
		was, _ := before.sight.View.Get(k)
		if is, _ := now.sight.View.Get(k); is != was {
			return nil, false // the page of what has changed, beside which its proof may be laid
		}
	}
	o, ok := a.answers.Peek(a.nameOf(before.name, path, f))
	if ok {
		a.redraw(key, draw)
	}
	return o, ok
}

// about is the record that a page is about, where it is about one.
func (a *asking) about(l look) (k record.Key, ok bool) {
	if l.template != "record.html" {
		return k, false
	}
	if name := a.r.PathValue("kind"); name != "" {
		k.Kind, _ = record.KindNamed(name)
	} else {
		k.Kind = record.KindAgreement
	}
	k.ID = a.named("id")
	return k, true
}

func reloads(cacheControl string) bool {
	return strings.Contains(cacheControl, "no-cache") || strings.Contains(cacheControl, "max-age=0")
}

// redraw makes an answer one after the other, while others are given.
func (s *Server) redraw(key string, draw func(context.Context, func(string)) (*whole, error)) {
	if s.redrawn.Add(1) > redrawnMax {
		s.redrawn.Add(-1) // whoever asks next has it made
		return
	}
	go func() {
		defer s.redrawn.Add(-1)
		s.redrawing <- struct{}{}
		defer func() { <-s.redrawing }()
		ctx, cancel := context.WithTimeout(context.Background(), pageTimeMax)
		defer cancel()
		_, _ = s.answers.Do(ctx, key, draw)
	}()
}
