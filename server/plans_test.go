package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/record"
	"entente/register"
)

// TestPagesShowThePlanOfAMomentAgo: when something is added, a page comes at once,
// with the plan that was there and says so; when something is taken away, it is
// never shown with a plan that was made from it.
func TestPagesShowThePlanOfAMomentAgo(t *testing.T) {
	c := sharedConfig(t)
	s := New(c)
	h := s.Handler()
	change := changer(t, c)
	named := regexp.MustCompile(`Plan [0-9a-f]{7}[^<]*`)
	first := get(t, h, "Kim", "/needs")
	plan := named.FindString(first.Body.String())
	if first.Code != http.StatusOK || plan == "" || strings.Contains(plan, "anew") {
		t.Fatalf("%d, %q", first.Code, plan)
	}
	for len(s.going) > 0 { // whatever was begun is done
		time.Sleep(time.Millisecond)
	}
	for range plansAtOnce { // and nothing more can be planned
		s.plans.Gate <- struct{}{}
	}
	change("{kind: Document, id: letter, title: A letter, publisher: A ministry, published: 2025-01-01, release: [public]}")
	eventually(t, func() bool {
		page := get(t, h, "Kim", "/needs")
		now := named.FindString(page.Body.String())
		return page.Code == http.StatusOK && strings.HasPrefix(now, plan) && strings.Contains(now, "soon to be made anew")
	})
	if page := get(t, h, "Kim", "/records/Document/letter"); page.Code != http.StatusOK {
		t.Errorf("what was added is not there: %d", page.Code)
	}

	change("", "Document/letter")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/records/Document/letter", nil)
	r.Header.Set("As", "Kim")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if strings.Contains(w.Body.String(), "A letter") {
		t.Errorf("what was taken away is shown: %d", w.Code)
	}
	for range plansAtOnce {
		<-s.plans.Gate
	}
	eventually(t, func() bool {
		page := get(t, h, "Kim", "/needs")
		now := named.FindString(page.Body.String())
		return page.Code == http.StatusOK && now != "" && !strings.Contains(now, "anew")
	})
}

// changer states records in a shared register, or takes one away.
func changer(t *testing.T, c Config) func(text string, without ...string) {
	return func(text string, without ...string) {
		t.Helper()
		shared := c.Board.Register
		have, size, err := shared.Tree(t.Context(), register.Known{})
		if err != nil {
			t.Fatal(err)
		}
		want, errs := record.Parse("test.yaml", []byte(text))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, r := range have.Records {
			if len(without) == 0 || r.Key().String() != without[0] {
				want = append(want, r)
			}
		}
		edits, err := shared.Toward(t.Context(), have, size, want, true)
		if err == nil {
			_, err = shared.Apply(t.Context(), "keeper", text+strings.Join(without, " "), edits, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Error("it never came")
}
