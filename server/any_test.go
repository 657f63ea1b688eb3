package server

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// TestAnyAddress asks for screens with whatever may stand behind a question mark:
// none fails, and what cannot be answered is a problem with a remedy.
func TestAnyAddress(t *testing.T) {
	h := New(config(t, Still{tree(t)})).Handler()
	dice := rand.New(rand.NewPCG(1, 2))
	names := []string{"as-of", "plan", "see-as", "lang", "need", "try", "show", "month", "unit", "off", "from", "slip", "scale", "scenario", "one", "two", "order", "page", "find", "rung", "by", "value", "q", "level", "group", "state"}
	values := []string{"", "0", "-1", "99999999999999999999", "2025-02", "2025-02-31", "9999-12", "0000-00", "pairs", "NLD", "NLD,DNK", "announced", "in-service", "public", "keeper", "fr", "xx", "two-more-aircraft", "Programme/pilot-course", "Pledge/", "/", "3", "-3",
		"**", "<script>alert(1)</script>", "%", "%s%d", "\x00", "\xff\xfe", "’", "日本", "../../etc", strings.Repeat("a", 3000), "true", "1e9", "NaN", "{{.}}", "';--"}
	seen := map[int]int{}
	for range 400 {
		path := addresses()[dice.IntN(len(addresses()))]
		path, _, _ = strings.Cut(path, "?")
		if strings.Contains(path, "stream") || path == "/brief.pdf" {
			continue
		}
		q := url.Values{}
		for range 1 + dice.IntN(4) {
			q.Add(names[dice.IntN(len(names))], values[dice.IntN(len(values))])
		}
		address := path + "?" + q.Encode()
		w := get(t, h, []string{"", "DNK", "NLD", "keeper"}[dice.IntN(4)], address)
		seen[w.Code/100]++
		if w.Code >= 500 {
			t.Errorf("%s: %d %.300s", address, w.Code, w.Body)
		}
		if body := w.Body.String(); strings.Contains(body, "<script>alert") || strings.Contains(body, "%!") {
			t.Errorf("%s gives back what was asked as it was", address)
		}
		if w.Code < 400 || !strings.Contains(path, ".json") && !strings.Contains(path, ".csv") {
			continue
		}
		var problem struct{ Detail, Remedy string }
		if json.Unmarshal(w.Body.Bytes(), &problem) != nil || problem.Detail == "" || problem.Remedy == "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d without a remedy: %.300s", address, w.Code, w.Body)
		}
	}
	if seen[2] < 50 || seen[4] < 50 {
		t.Errorf("the addresses were all of one sort: %v", seen)
	}
}
