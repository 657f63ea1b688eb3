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
		if a.sight.Head() != head {
			event := "changed"
			if head == "" {
				event = "here"
			}
			_, err = fmt.Fprintf(w, "id: %s\nevent: %s\ndata: {\"head\":%q}\n\n", a.sight.Head(), event, a.sight.Head())
			head = a.sight.Head()
		} else {
			_, err = io.WriteString(w, ": still here\n\n")
		}
		if err != nil || out.Flush() != nil {
			return
		}
		if a = s.next(r, a); a == nil {
			return
		}
	}
}

// next is the reader's request when there is something to say to them: another
// head, or after a long silence that the stream is still there. What changes for
// others only is passed over. Nil ends the stream.
func (s *Server) next(r *http.Request, a *asking) *asking {
	silence, cancel := context.WithTimeout(r.Context(), eventSilenceMax)
	defer cancel()
	for head := a.sight.Head(); a.sight.Head() == head && silence.Err() == nil; {
		if !s.wait(silence, a) {
			return nil
		}
		fresh, err := s.ask(r)
		if err != nil { // it cannot be looked at now, and asking at once again would not help
			select {
			case <-silence.Done():
			case <-s.ending:
				return nil
			}
			continue
		}
		a = fresh
	}
	if r.Context().Err() != nil { // the reader has gone
		return nil
	}
	return a
}

// wait returns when there may be something to say, or ctx ends; false ends the
// stream. Where nothing can be heard of changes, it is silent until the end.
func (s *Server) wait(ctx context.Context, a *asking) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := make(chan struct{})
	go func() {
		if s.Register.Changed(ctx, a.tree) != nil {
			<-ctx.Done()
		}
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
