package shared_test

import (
	"crypto/rand"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/register"
)

// TestPoliciesHoldAtOnce: what a keeper forbids today is forbidden of every state
// of the register, and in every view that is made from now on.
func TestPoliciesHoldAtOnce(t *testing.T) {
	r := open(t)
	live := r.Live()
	apply(t, r, parse(t, parties), false)
	book := account.Open(r.Desk, time.Now, rand.Reader)
	public := func() []int {
		t.Helper()
		var seen []int
		for _, k := range []register.Known{{}, {Size: 1}} {
			fresh, _ := tree(t, r, k)
			held, _, err := live.Tree(ctx, k)
			if err != nil {
				t.Fatal(err)
			}
			for _, tr := range []*register.Tree{fresh, held} {
				seen = append(seen, tr.View(register.At{Reader: access.Public}).Len())
			}
		}
		return seen
	}
	before := public()
	for _, n := range before {
		if n == 0 {
			t.Fatal("the public sees nothing to begin with")
		}
	}
	if err := book.SetPolicy(ctx, account.Local, "closed.cedar", `@id("closed") @says("it is closed today") forbid (principal, action == Action::"see", resource) unless { principal.keeper };`); err != nil {
		t.Fatal(err)
	}
	for _, n := range public() {
		if n != 0 {
			t.Errorf("the public sees %d records of a closed register", n)
		}
	}
	if err := book.SetPolicy(ctx, account.Local, "closed.cedar", ""); err != nil {
		t.Fatal(err)
	}
	for i, n := range public() {
		if n != before[i] {
			t.Errorf("open again, the public sees %d records, and saw %d", n, before[i])
		}
	}
}
