package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"

	"entente/record"
)

// request is one thing that is asked for.
type request struct {
	route string // what it counts as
	path  string
	again bool // send the tag of the answer that is at hand
}

// dice draw the mix.
type dice struct {
	*rand.Rand
	ids map[record.Kind][]string
}

// of draws an id; a tenth of them are asked for half of the time.
func (d dice) of(k record.Kind) string {
	ids := d.ids[k]
	n := len(ids)
	if d.IntN(2) == 0 {
		n = max(1, n/10)
	}
	return url.PathEscape(ids[d.IntN(n)])
}

func (d dice) pick(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) party() string { return d.pick("Nation XAA", "Nation XAB", "Nation XAC", "Nation XAD") }

func (d dice) month() string { return fmt.Sprintf("2025-%02d", 1+d.IntN(12)) }

// routes are what is asked for, each with its share of a hundred.
var routes = []struct {
	name  string
	share int
	path  func(dice) string
}{
	{"overview", 12, func(d dice) string { return d.pick("/", "/", "/?month="+d.month()) }},
	{"plan", 6, func(d dice) string { return d.pick("/plan", "/plan?need="+d.of(record.KindNeed)) }},
	{"list", 8, func(d dice) string {
		return d.pick("/pledges", "/needs", "/training", "/funds", "/records", "/records/Document", "/records/Unit")
	}},
	{"list, page", 6, func(d dice) string {
		return fmt.Sprintf("%s?page=%d", d.pick("/pledges", "/records/Document", "/records/Pledge"), 1+d.IntN(100))
	}},
	{"list, filter", 4, func(d dice) string {
		return "/pledges?by=" + url.QueryEscape(d.party()) + d.pick("", "&find=consignment", "&order=3", "&page=2")
	}},
	{"record", 20, func(d dice) string {
		k := record.Kind(d.pick("Pledge", "Pledge", "Document", "Unit", "Assignment"))
		return "/records/" + string(k) + "/" + d.of(k)
	}},
	{"search", 6, func(d dice) string {
		return "/search?q=" + url.QueryEscape(fmt.Sprintf("%s %d", d.pick("formation", "consignment", "statement"), d.IntN(400)))
	}},
	{"findings", 5, func(d dice) string { return d.pick("/findings", "/findings?level=error", "/findings?level=note") }},
	{"agreements", 3, func(dice) string { return "/agreements" }},
	{"map", 4, func(d dice) string { return "/map?month=" + d.month() }},
	{"forces", 2, func(dice) string { return "/forces" }},
	{"JSON", 5, func(d dice) string {
		return d.pick("/index.json", "/needs.json", "/records/Pledge/"+d.of(record.KindPledge)+".json")
	}},
	{"CSV", 3, func(d dice) string { return d.pick("/needs.csv", "/funds.csv", "/training.csv") }},
	{"API list", 7, func(d dice) string {
		return "/api/v1/records?kind=Pledge&limit=50&after=Pledge/" + d.of(record.KindPledge)
	}},
	{"API record", 9, func(d dice) string { return "/api/v1/records/Pledge/" + d.of(record.KindPledge) }},
}

// scheduleOf draws n requests, the same for the same seed. Most readers see all;
// some look with narrower eyes.
func scheduleOf(n int, records []record.Record, seed uint64) []request {
	d := dice{rand.New(rand.NewPCG(seed, 7)), map[record.Kind][]string{}}
	for _, r := range records {
		if r.Base().Release == nil || r.Base().Release.Public {
			k := r.Key()
			d.ids[k.Kind] = append(d.ids[k.Kind], k.ID)
		}
	}
	sum := 0
	for _, r := range routes {
		sum += r.share
	}
	if sum != 100 {
		panic(fmt.Sprintf("load: the shares of the mix are %d of 100", sum))
	}
	all := make([]request, n)
	for i := range all {
		x, k := d.IntN(sum), 0
		for x -= routes[k].share; x >= 0; x -= routes[k].share {
			k++
		}
		all[i] = request{routes[k].name, seenAs(routes[k].path(d), d.pick("", "", "", "public", "XAA")), d.IntN(2) == 0}
	}
	return all
}

// seenAs adds whose eyes look.
func seenAs(path, reader string) string {
	if reader == "" {
		return path
	}
	u, err := url.Parse(path)
	if err != nil {
		panic("load: " + err.Error())
	}
	q := u.Query()
	q.Set("see-as", reader)
	u.RawQuery = q.Encode()
	return u.String()
}
