package server

import (
	"fmt"
	"net/http"
	"testing"

	"entente/register"
)

// BenchmarkPages is what a request costs where its page was drawn before, where
// it is drawn, and where nothing has to be sent.
func BenchmarkPages(b *testing.B) {
	example, errs, err := register.ReadTree("../examples/tallinn")
	if err != nil || len(errs) > 0 {
		b.Fatal(err, errs)
	}
	h := New(config(b, Still{example})).Handler()
	first := get(b, h, "keeper", "/")
	if first.Code != http.StatusOK {
		b.Fatal(first.Body)
	}
	b.Run("drawn before", func(b *testing.B) {
		for b.Loop() {
			get(b, h, "keeper", "/", "Accept-Encoding", "gzip")
		}
	})
	b.Run("not sent again", func(b *testing.B) {
		for b.Loop() {
			get(b, h, "keeper", "/", "If-None-Match", first.Header().Get("ETag"))
		}
	})
	for _, path := range []string{"/", "/plan", "/map", "/pledges", "/forces", "/records/Pledge/deu-irist-7-to-12"} {
		b.Run("drawn "+path, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				get(b, h, "keeper", fmt.Sprintf("%s?n=%d", path, i), "Accept-Encoding", "gzip")
			}
		})
	}
}
