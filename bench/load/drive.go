package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// client keeps as many connections as there are requests on the way.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true}}

// result is what came of a run.
type result struct {
	length   time.Duration
	took     []time.Duration // by request, from when it should have been asked for
	plan     []request
	rate     int // where each second is to be reported by itself
	failed   atomic.Int64
	firsts   sync.Map     // the first failures, by what they are
	events   atomic.Int64 // that streams told
	open     atomic.Int64
	batches  int
	server   time.Duration // computed
	own      time.Duration
	resident []float64 // MB, evenly over the run
	every    time.Duration
	answers  sync.Map // path to *answer
}

// answer is what a path gave last.
type answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// kept are the headers that a bare server repeats.
var kept = []string{"Content-Type", "Content-Encoding", "Etag", "Vary", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"}

// drive asks a server for the plan at the rate, while streams wait and batches
// are written.
func drive(ctx context.Context, o options, p *process, plan []request) (*result, error) {
	lead := o.rate * int(o.lead.Seconds())
	r := &result{length: o.length, plan: plan[lead:], took: make([]time.Duration, len(plan)-lead)}
	beside, stop := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer stop()
	if o.seconds {
		r.rate = o.rate
	}
	for i := range o.streams {
		waiting.Go(func() { r.stream(beside, p.address, i) })
		if i%50 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	for r.open.Load() < int64(o.streams)*99/100 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := r.pace(ctx, p.address, o.rate, plan[:lead], nil); err != nil {
		return nil, err
	}
	r.failed.Store(0)
	r.firsts.Clear()
	if o.write > 0 {
		waiting.Go(func() { r.write(beside, p.address, o.write) })
	}
	waiting.Go(func() { r.watch(beside, p, o.length) })
	began, server, own0 := time.Now(), p.processor(), own()
	if err := r.pace(ctx, p.address, o.rate, plan[lead:], r.took); err != nil {
		return nil, err
	}
	r.server, r.own, r.length = p.processor()-server, own()-own0, time.Since(began)
	return r, nil
}

// pace asks for one thing after the other at a rate, whether the one before has
// come or not, and writes down how long each took.
func (r *result) pace(ctx context.Context, address string, rate int, plan []request, took []time.Duration) error {
	began := time.Now()
	var asked sync.WaitGroup
	defer asked.Wait()
	for i, q := range plan {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		asked.Go(func() {
			r.ask(ctx, address, q)
			if took != nil {
				took[i] = time.Since(due)
			}
		})
	}
	return nil
}

// ask asks for one thing and keeps what comes.
func (r *result) ask(ctx context.Context, address string, q request) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+q.path, nil)
	if err != nil {
		panic("load: " + err.Error())
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if last, ok := r.answers.Load(q.path); ok && q.again {
		req.Header.Set("If-None-Match", last.(*answer).Header["Etag"])
	}
	res, err := client.Do(req)
	if err != nil {
		r.fail("no answer: " + err.Error())
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		r.fail("cut off: " + err.Error())
	case res.StatusCode == http.StatusOK:
		a := &answer{res.StatusCode, map[string]string{}, body}
		for _, name := range kept {
			if value := res.Header.Get(name); value != "" {
				a.Header[name] = value
			}
		}
		r.answers.Store(q.path, a)
	case res.StatusCode != http.StatusNotModified:
		r.fail(fmt.Sprintf("%s: %d", q.path, res.StatusCode))
	}
}

func (r *result) fail(says string) {
	if n := r.failed.Add(1); n < 5 || strings.HasPrefix(says, "write: ") {
		r.firsts.Store(says, true)
	}
}

// stream waits for news like an open page, or like a program.
func (r *result) stream(ctx context.Context, address string, i int) {
	path := [...]string{"/events", "/events?see-as=public", "/events?see-as=XAA", "/events", "/api/v1/events"}[i%5]
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
		if err != nil {
			panic("load: " + err.Error())
		}
		res, err := client.Do(req)
		if err != nil || res.StatusCode != http.StatusOK {
			if ctx.Err() == nil {
				r.fail(fmt.Sprintf("stream: %v", err))
				time.Sleep(time.Second)
			}
			continue
		}
		r.open.Add(1)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "data:") {
				r.events.Add(1)
			}
		}
		r.open.Add(-1)
		res.Body.Close()
	}
}

// write states a few records more, now and then: a document, and what it promises.
func (r *result) write(ctx context.Context, address string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := time.Now().Unix(); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var about struct {
			Size int64 `json:"size"`
		}
		err := call(ctx, http.MethodGet, address+"/api/v1/register", nil, &about)
		put := []any{map[string]any{"kind": "Document", "id": fmt.Sprintf("news-%d", n), "title": fmt.Sprintf("News %d", n), "publisher": "A ministry", "published": "2025-02-10", "by": "XAA", "release": []string{"public"}}}
		for i := range 10 {
			put = append(put, map[string]any{"kind": "Pledge", "id": fmt.Sprintf("news-%d-%d", n, i), "title": fmt.Sprintf("New consignment %d", i), "by": "XAA", "resource": "stores-00001", "quantity": 100 + i, "from": "2025-02", "release": []string{"public"},
				"status": []any{map[string]any{"is": "committed", "on": "2025-02-10"}}, "sources": []any{map[string]any{"document": fmt.Sprintf("news-%d", n)}}})
		}
		if err == nil {
			err = call(ctx, http.MethodPost, address+"/api/v1/batches", map[string]any{"size": about.Size, "title": "News", "put": put}, nil)
		}
		if err != nil && ctx.Err() == nil {
			r.fail("write: " + err.Error())
			continue
		}
		r.batches++
	}
}

// size asks for something and says how long it is.
func size(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d", address, res.StatusCode)
	}
	return int(n), err
}

func call(ctx context.Context, method, address string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	if req.Header.Set("Content-Type", "application/json"); in == nil {
		req.Body = http.NoBody
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %d %s", address, res.StatusCode, body)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(body, out)
	}
	return err
}

// watch reads how much memory the server holds, eleven times or every minute.
func (r *result) watch(ctx context.Context, p *process, length time.Duration) {
	r.every = min(time.Minute, length/10)
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for {
		r.resident = append(r.resident, p.resident())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// warm asks for the plans of all readers until they are there at once.
func warm(ctx context.Context, address string) error {
	for _, reader := range []string{"", "public", "XAA"} {
		for quick := 0; quick < 3; {
			began := time.Now()
			if err := call(ctx, http.MethodGet, address+seenAs("/plan", reader), nil, nil); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				time.Sleep(time.Second)
			}
			if quick++; time.Since(began) > 200*time.Millisecond {
				quick = 0
			}
			time.Sleep(500 * time.Millisecond)
		}
	}
	return nil
}
