package proposal_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"entente/account"
	"entente/proposal"
	"entente/record"
	"entente/shared"
)

// TestAuthorsOfWhatIsHiddenSince: Estonia's proposal shows Norway's pledge as it
// is. Once Norway shows the pledge to nobody, it no longer does.
func TestAuthorsOfWhatIsHiddenSince(t *testing.T) {
	b := board(t)
	propose(t, b, "p1", mari)
	have, _ := tree(t, b)
	if _, err := b.Get(ctx, mari, have, "p1", today); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Register.Apply(ctx, "Kari, NOR", "narrower", edits(t, b, "release: [EST]", "release: []"), nil); err != nil {
		t.Fatal(err)
	}
	have, _ = tree(t, b)
	if p, err := b.Get(ctx, mari, have, "p1", today); !errors.Is(err, proposal.ErrAbsent) {
		t.Errorf("its author still sees %v, %v", p, err)
	}
	if _, err := b.Get(ctx, kari, have, "p1", today); err != nil {
		t.Errorf("Norway no longer sees it: %v", err)
	}
}

// TestRetiringWhatIsHidden is refused in the words in which retiring nothing is.
func TestRetiringWhatIsHidden(t *testing.T) {
	b := board(t)
	said := map[string]string{}
	for _, id := range []string{"nor-guns", "nowhere"} {
		key := record.Key{Kind: record.KindPledge, ID: id}
		have, _ := tree(t, b)
		e := shared.Edit{Key: key}
		for _, r := range have.Records {
			if r.Key() == key {
				e.Old = r
			}
		}
		p, err := proposal.Of("p-"+id, "Away with it", "why not", janis.Person, today, shared.Edits{e}, proposal.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		err = b.Propose(ctx, janis, p)
		if err == nil {
			t.Fatalf("%s can be retired", id)
		}
		said[id] = strings.ReplaceAll(err.Error(), id, "…")
	}
	if said["nor-guns"] != said["nowhere"] {
		t.Errorf("hidden: %s; absent: %s", said["nor-guns"], said["nowhere"])
	}
}

// TestPoliciesOfTheRegister are asked too: Estonia's owners may decide for Norway.
func TestPoliciesOfTheRegister(t *testing.T) {
	b := board(t)
	propose(t, b, "p1", mari)
	if _, err := b.Review(ctx, juri, "p1", true, "", today); !errors.Is(err, proposal.ErrNotYours) {
		t.Fatalf("Estonia decides for Norway: %v", err)
	}
	setPolicy(t, b, `@id("friends") @says("Estonia decides for Norway") permit (principal, action == Action::"review", resource) when { principal has party && principal.party == Party::"EST" && principal.roles.contains("owner") };`)
	if p, err := b.Review(ctx, juri, "p1", true, "", today); err != nil || p.State != proposal.Accepted {
		t.Errorf("with the register's policy: %v, %v", p.State, err)
	}
}

func setPolicy(t *testing.T, b *proposal.Board, text string) {
	t.Helper()
	book := account.Open(b.Register.Desk, func() time.Time { return today }, rand.NewChaCha8([32]byte{}))
	if err := book.SetPolicy(ctx, account.Local, "register.cedar", text); err != nil {
		t.Fatal(err)
	}
}
