package main

import (
	"context"
	"encoding/gob"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// serveBare gives recorded answers, and does nothing else that a server does.
func serveBare(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var all map[string]*answer
	if err := gob.NewDecoder(f).Decode(&all); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", l.Addr())
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		a := all[r.URL.RequestURI()]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		for name, value := range a.Header {
			w.Header().Set(name, value)
		}
		if tag := r.Header.Get("If-None-Match"); tag != "" && tag == a.Header["Etag"] {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
		_, _ = w.Write(a.Body)
	})}
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
