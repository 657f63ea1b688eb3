package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Limits of the events.
const (
	eventReadersMax = 2000
	eventSilenceMax = 25 * time.Second
)

// events tells an open page when the register has changed for its reader. An
// event names the register by its head and says nothing of what is in it; its id
// is the head, so that a page that comes back is told only if it missed something.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	a, err := s.ask(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if s.metrics.open.Add(1) > eventReadersMax {
		s.metrics.open.Add(-1)
		w.Header().Set("Retry-After", "30")
		s.fail(w, r, fault{http.StatusServiceUnavailable, "Too much at once", "as many pages wait for news as can", "load the page again to see what is new"})
		return
	}
	defer s.metrics.open.Add(-1)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{})
	head := r.Header.Get("Last-Event-ID")
	for {
		if a.sight.head != head {
			if head != "" {
				_, err = fmt.Fprintf(w, "id: %s\nevent: changed\ndata: {\"head\":%q}\n\n", a.sight.head, a.sight.head)
			} else {
				_, err = fmt.Fprintf(w, "id: %s\nevent: here\ndata: {\"head\":%q}\n\n", a.sight.head, a.sight.head)
			}
			head = a.sight.head
		} else {
			_, err = io.WriteString(w, ": still here\n\n")
		}
		if err != nil || out.Flush() != nil || !s.wait(a) {
			return
		}
		if fresh, err := s.ask(r); err == nil {
			a = fresh
		}
	}
}

// wait returns when there may be something to say; false ends the stream.
func (s *Server) wait(a *asking) bool {
	changed := make(chan struct{})
	ctx, cancel := context.WithTimeout(a.ctx, eventSilenceMax)
	defer cancel()
	go func() {
		_ = s.Register.Changed(ctx, a.tree)
		close(changed)
	}()
	select {
	case <-changed:
		return a.ctx.Err() == nil
	case <-a.ctx.Done():
		return false
	case <-s.ending:
		return false
	}
}
