package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"entente/web"
)

// whole is an answer before it is sent, with a tag by which who has it already is
// recognised. It is held compressed where that saves something, for nearly all
// understand that.
type whole struct {
	kind, tag string
	body      []byte
	zipped    bool
}

// weight is what keeping it takes.
func (o *whole) weight() int64 { return int64(len(o.body) + 256) }

func wholeOf(kind string, body []byte) *whole {
	sum := sha256.Sum256(body)
	o := &whole{kind: kind, tag: `W/"` + hex.EncodeToString(sum[:12]) + `"`}
	if o.zipped = len(body) > 1000 && !strings.HasPrefix(kind, "font/"); o.zipped {
		o.body = zipped(body)
	} else {
		o.body = bytes.Clone(body) // no more than there is: it may be kept
	}
	return o
}

// send writes an answer that is made for this request alone.
func send(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte) {
	wholeOf(kind, body).give(w, r, status)
}

// give writes an answer: nothing to who has it already, compressed to who
// understands that.
func (o *whole) give(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", o.kind)
	h.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		h.Set("ETag", o.tag)
		if matches(r.Header.Get("If-None-Match"), o.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := o.body
	switch {
	case o.zipped && accepts(r, "gzip"):
		h.Set("Content-Encoding", "gzip")
	case o.zipped:
		body = unzipped(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// accepts reports whether who asks understands a coding.
func accepts(r *http.Request, coding string) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, err := mime.ParseMediaType("x/" + strings.TrimSpace(one))
		if err == nil && name == "x/"+coding && params["q"] != "0" {
			return true
		}
	}
	return false
}

func zipped(body []byte) []byte {
	var out bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return bytes.Clone(out.Bytes()) // no more than there is: it may be kept
}

func unzipped(body []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = io.ReadAll(z)
	}
	if err != nil {
		panic("server: what was compressed here: " + err.Error())
	}
	return body
}

// zippers are at hand: what one needs to begin with is more than most answers.
var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic("server: gzip at its best speed: " + err.Error())
	}
	return z
}}

// assets are kept for ever by who asked once: their names hold a hash.
func assets(w http.ResponseWriter, r *http.Request) {
	a, ok := allAssets()[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.give(w, r, http.StatusOK)
}

var allAssets = sync.OnceValue(func() map[string]*whole {
	all := map[string]*whole{}
	for name, a := range web.Assets() {
		all[name] = wholeOf(a.Type, a.Bytes)
	}
	return all
})
