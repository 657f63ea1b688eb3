// Command load measures the server under load, beside a bare net/http handler
// that returns the same bytes.
//
// It writes a register of an invented world, starts entente serve on it as a
// process of its own, on loopback, and asks it for a fixed mix of pages, data and
// API calls at a constant rate, while readers wait for news and now and then a
// batch is written. The time of an answer is counted from when it should have
// been asked for, so that a server that stalls is not asked less. Then a bare
// server is asked for the same, and gives what the first one gave.
//
//	go run ./bench/load -entente bin/entente -for 1m
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

// options are what is measured.
type options struct {
	entente string
	db      string
	records int
	rate    int
	length  time.Duration
	lead    time.Duration
	streams int
	write   time.Duration
	admin   string
	each    bool
	seconds bool
}

func main() {
	var o options
	flag.StringVar(&o.entente, "entente", "bin/entente", "the program that is measured")
	flag.StringVar(&o.db, "db", "", "the register's file; made when it is not there, and kept (default: a temporary one)")
	flag.IntVar(&o.records, "records", 100_000, "how many records it has")
	flag.IntVar(&o.rate, "rate", 500, "requests a second")
	flag.DurationVar(&o.length, "for", time.Minute, "how long")
	flag.DurationVar(&o.lead, "lead", 10*time.Second, "how long before that, not counted: a server that has just been started has made nothing yet")
	flag.IntVar(&o.streams, "streams", 1000, "how many wait for news meanwhile")
	flag.DurationVar(&o.write, "write", 20*time.Second, "how often a batch is written; 0 writes none")
	flag.StringVar(&o.admin, "admin", "", "where the server shows its figures and profiles meanwhile, as 127.0.0.1:9090")
	flag.BoolVar(&o.each, "each", false, "ask for one thing after the other, and say what each route costs")
	flag.BoolVar(&o.seconds, "seconds", false, "report each second by itself")
	bare := flag.String("bare", "", "serve recorded answers from this file (the second process runs so)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := func() error { return measure(ctx, o) }
	if *bare != "" {
		run = func() error { return serveBare(ctx, *bare) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// measure runs the mix against both servers and reports.
func measure(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "entente-load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.db == "" {
		o.db = filepath.Join(dir, "register.db")
	}
	records, err := makeRegister(ctx, o.db, o.records)
	if err != nil {
		return err
	}
	fmt.Printf("%d records, %d requests/s for %s after %s, %d streams, %d cores, load %s\n", len(records), o.rate, o.length, o.lead, o.streams, runtime.NumCPU(), loadOf())
	server, err := start(ctx, o.entente, "serve", "--db", o.db, "--listen", "127.0.0.1:0", "--rate", "0", "--admin", o.admin)
	if err != nil {
		return err
	}
	defer server.stop()
	plan := scheduleOf(o.rate*int((o.lead+o.length).Seconds()), records, 1)
	if err := warm(ctx, server.address); err != nil {
		return err
	}
	if o.each {
		return each(ctx, server, plan)
	}
	ours, err := drive(ctx, o, server, plan)
	if err != nil {
		return err
	}
	ours.print("entente serve")
	server.stop()

	file := filepath.Join(dir, "answers")
	if err := ours.save(file); err != nil {
		return err
	}
	runtime.GC()
	peer, err := start(ctx, os.Args[0], "-bare", file)
	if err != nil {
		return err
	}
	defer peer.stop()
	o.write = 0
	theirs, err := drive(ctx, o, peer, plan)
	if err != nil {
		return err
	}
	theirs.print("bare net/http")
	compare(ours, theirs)
	return nil
}
