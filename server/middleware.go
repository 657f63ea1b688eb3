package server

import (
	"context"
	"net/http"
	"runtime/debug"
	"strings"
)

// policy lets a page ask for what this server gives, and for nothing else; no
// script or style may stand in a page.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// guarded sets what every answer says about itself.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

// isStream reports whether a request is open for as long as its reader is.
func isStream(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/events") }

// watches reports whether a request asks how the server is.
func watches(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

// limited bounds how many requests are answered at once, how long one may take
// and how much it may send. Events are open for as long as a reader is, and only
// count towards their own limit.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isStream(r) || watches(r) {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case s.busy <- struct{}{}:
			defer func() { <-s.busy }()
		default:
			s.fail(w, r, tooMuch)
			return
		}
		limit := pageTimeMax
		if r.URL.Path == rankingPath || r.URL.Query().Get("rank") != "" || r.URL.Query().Get("fill") != "" {
			limit = rankTimeMax
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		if !strings.HasPrefix(r.URL.Path, "/api/") { // which has limits of its own
			bytesMax := int64(formBytesMax)
			if uploads(r) {
				bytesMax = importBytesMax
			}
			r.Body = http.MaxBytesReader(w, r.Body, bytesMax)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// observed counts and logs what was asked, and turns a panic into an answer.
// Neither says which record was asked for.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.Now()
		out := &answer{ResponseWriter: w}
		name := "none"
		r = r.WithContext(context.WithValue(r.Context(), routeKey{}, &name))
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.Log.Error("panic", "method", r.Method, "value", p, "stack", string(debug.Stack()))
				if out.status == 0 {
					s.fail(out, r, faultOf(nil))
				}
			}
			took := s.Now().Sub(began)
			s.metrics.observe(name, out.status, took)
			s.Log.Info("request", "route", name, "status", out.status, "ms", took.Milliseconds(), "bytes", out.bytes)
		}()
		next.ServeHTTP(out, r)
	})
}

// routeKey is under which a request carries where the name of its route is to be
// put. What passes a request on may pass on a copy, so it cannot be read off it.
type routeKey struct{}

// counted lets a request be counted under its route's name.
func counted(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if of, ok := r.Context().Value(routeKey{}).(*string); ok {
			*of = name
		}
		next.ServeHTTP(w, r)
	})
}

func routeOf(r *http.Request) string {
	if of, ok := r.Context().Value(routeKey{}).(*string); ok {
		return *of
	}
	return "none"
}

// answer remembers what was sent.
type answer struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader sends a status once: of a reader who has gone while they were being
// answered some handlers would say so in a second.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	if status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach what it needs.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
