package server

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAnswersOfAMomentAgo: after a change an answer that was given before will do
// for a few seconds, but not for who loads the page again, and never where
// something in it was taken away.
func TestAnswersOfAMomentAgo(t *testing.T) {
	c := sharedConfig(t)
	var later atomic.Int64
	c.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	s := New(c)
	h, change := s.Handler(), changer(t, c)
	letter := func(n int) string {
		return fmt.Sprintf("{kind: Document, id: letter-%d, title: Letter %d, publisher: A ministry, published: 2025-01-01, release: [public]}", n, n)
	}
	page := func(n int, headers ...string) string {
		t.Helper()
		w := get(t, h, "Kim", fmt.Sprintf("/records/Document?n=%d", n), headers...)
		if w.Code != http.StatusOK {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	reload := []string{"Cache-Control", "max-age=0"}
	change(letter(1))
	for n := range 6 {
		eventually(t, func() bool { return strings.Contains(page(n, reload...), "letter-1") })
	}
	s.redrawing <- struct{}{} // nothing is made anew beside

	change(letter(2))
	eventually(t, func() bool { return strings.Contains(page(0, reload...), "letter-2") }) // the sight is there
	if strings.Contains(page(1), "letter-2") {
		t.Error("what was given a moment ago is not given while the next is made")
	}
	if !strings.Contains(page(1, reload...), "letter-2") {
		t.Error("who loads the page again is given what they had")
	}
	if !strings.Contains(page(1), "letter-2") {
		t.Error("an older answer is given than there was")
	}
	changed := func(n int, says string, headers ...string) bool {
		return strings.Contains(get(t, h, "Kim", fmt.Sprintf("/records/Document/letter-1?n=%d", n), headers...).Body.String(), says)
	}
	if !changed(0, "Letter 1") {
		t.Fatal("the record is not shown")
	}
	change(strings.Replace(letter(1), "Letter 1", "Letter one", 1), "Document/letter-1")
	eventually(t, func() bool { return changed(1, "Letter one", reload...) })
	if !changed(0, "Letter one") {
		t.Error("the page of what has changed is that of a moment ago")
	}
	later.Store(int64(2 * formerTimeMax))
	if !strings.Contains(page(2), "letter-2") {
		t.Error("what was given long ago is still given")
	}

	change("", "Document/letter-1")
	for n := range 6 {
		if strings.Contains(page(n), "letter-1") {
			t.Errorf("page %d shows what was taken away", n)
		}
	}
	<-s.redrawing
	change(letter(3))
	eventually(t, func() bool { return strings.Contains(page(5), "letter-3") })

	for n := range 3 {
		page(n, reload...)
	}
	s.redrawing <- struct{}{}
	defer func() { <-s.redrawing }()
	change(letter(4))
	eventually(t, func() bool { return strings.Contains(page(0, reload...), "letter-4") })
	if strings.Contains(page(1), "letter-4") {
		t.Error("nothing of a moment ago is given")
	}
	post(t, h, "Kim", findingsPath+"/none", nil)
	if !strings.Contains(page(2), "letter-4") {
		t.Error("who has sent something is given what there was before")
	}
}
