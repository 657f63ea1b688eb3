package register

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/record"
)

const club = `
{kind: Party, id: EST, name: Estonia, type: nation}
---
{kind: Party, id: GBR, name: Britain, type: nation}
---
{kind: Party, id: IRL, name: Ireland, type: nation}
---
{kind: Party, id: NATO, name: NATO, type: organisation, by: NATO, release: [NATO], members: [EST, GBR]}
---
{kind: Party, id: RING, name: A ring, type: group, by: GBR, release: [], members: [EST, GBR]}
---
{kind: Resource, id: gun, name: Gun, leg: equipment, unit: gun}
---
{kind: Place, id: allied, name: Allied, by: GBR, release: [NATO]}
---
{kind: Place, id: ringed, name: Ringed, by: GBR, release: [RING]}
---
{kind: Place, id: own, name: Own, by: EST, release: []}
`

func ids(rs []record.Record) []string {
	var all []string
	for _, r := range rs {
		all = append(all, r.Key().ID)
	}
	return all
}

// A label that names a group shows a record to those who may know that they
// belong to it: NATO's members see NATO, and so what is released to it; nobody
// but Britain knows of the ring.
func TestGroupsThatAreHidden(t *testing.T) {
	tr := tree(t, club)
	for reader, want := range map[record.PartyID][]string{
		"EST": {"EST", "GBR", "IRL", "NATO", "allied", "own", "gun"},
		"GBR": {"EST", "GBR", "IRL", "NATO", "RING", "allied", "ringed", "gun"},
		"IRL": {"EST", "GBR", "IRL", "gun"},
		"":    {"EST", "GBR", "IRL", "gun"},
	} {
		at := At{On: on("2025-06"), Reader: access.Reader{Party: reader}}
		v := tr.View(at)
		if diff := cmp.Diff(want, ids(v.Records())); diff != "" {
			t.Errorf("%s sees (-want +got)\n%s", at.Reader, diff)
		}
		bare := NewTree(tr.Settings, v.Records()...).View(at)
		if diff := cmp.Diff(ids(v.Records()), ids(bare.Records())); diff != "" {
			t.Errorf("without what %s may not see, they see (-with +without)\n%s", at.Reader, diff)
		}
		if got := v.GroupsOf("EST"); slices.Contains(got, "RING") != (reader == "GBR") || slices.Contains(got, "NATO") != slices.Contains(want, "NATO") {
			t.Errorf("%s learns that EST belongs to %v", at.Reader, got)
		}
	}
}

// What a scenario adds under the id of a hidden document must not uncover its text.
func TestTextsOfHiddenDocuments(t *testing.T) {
	tr := tree(t, club+"---\n{kind: Document, id: secret, publisher: GBR, published: 2025, by: GBR, release: [], text: secret.txt}\n")
	tr.texts["secret"] = Text{Body: "the plan"}
	guess := &record.Document{Common: record.Common{Kind: record.KindDocument, ID: "secret"}, Text: "secret.txt"}
	for _, v := range []*View{
		tr.View(At{Reader: access.Public}).With(guess),
		tr.View(At{Reader: access.Public}).Changed([]record.Record{guess}, nil),
	} {
		if text, ok := v.Text("secret"); ok {
			t.Errorf("the public reads %q", text.Body)
		}
	}
	if text, _ := tr.View(At{Reader: access.Reader{Party: "GBR"}}).Text("secret"); text.Body != "the plan" {
		t.Error("Britain does not read its own document")
	}
}

// A register's own policies decide what a view holds, and hidden stays absent
// whatever they say: here even one that shows more the less there is.
func TestPoliciesOfARegister(t *testing.T) {
	policies, err := access.Parse(access.File{Name: "register.cedar", Text: `
@id("observer") @says("Ireland observes NATO")
permit (principal, action == Action::"see", resource)
when { principal has party && principal.party == Party::"IRL" && resource.released.contains(Party::"NATO") };

@id("quarrel") @says("Estonia does not read what goes to NATO, as long as it belongs to it")
forbid (principal in Party::"NATO", action == Action::"see", resource)
when { principal.party == Party::"EST" && resource.released.contains(Party::"NATO") };`})
	if err != nil {
		t.Fatal(err)
	}
	tr := tree(t, club)
	tr.Policies = policies
	for reader, want := range map[record.PartyID][]string{
		"EST": {"EST", "GBR", "IRL", "own", "gun"},
		"IRL": {"EST", "GBR", "IRL", "NATO", "allied", "gun"},
	} {
		at := At{On: on("2025-06"), Reader: access.Reader{Party: reader}}
		v := tr.View(at)
		if diff := cmp.Diff(want, ids(v.Records())); diff != "" {
			t.Errorf("%s sees (-want +got)\n%s", at.Reader, diff)
		}
		bare := NewTree(tr.Settings, v.Records()...)
		bare.Policies = policies
		if diff := cmp.Diff(want, ids(bare.View(at).Records())); diff != "" {
			t.Errorf("without what %s may not see, they see (-with +without)\n%s", at.Reader, diff)
		}
	}
}

func TestPoliciesOfAFolder(t *testing.T) {
	const all = `@id("all") @says("it is a test") permit (principal, action == Action::"see", resource);`
	secret := "kind: Place\nid: secret\nname: Secret\nrelease: []\n"
	for want, files := range map[string]map[string]string{
		"secret":                      {"a.yaml": secret, "open.cedar": all},
		"":                            {"a.yaml": secret, "deep/open.cedar": all, ".open.cedar": all, "a.txt": all},
		"a.cedar:1:9: the policy":     {"a.yaml": secret, "a.cedar": "permit (", "open.cedar": all},
		"open.cedar:2:1: the policy ": {"a.yaml": secret, "open.cedar": all + "\npermit (principal, action, resource);"},
	} {
		dir := write(t, files)
		tree, errs, err := ReadTree(dir)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimPrefix(errs.Error(), dir+string(filepath.Separator))
		if tree != nil {
			got = strings.Join(ids(tree.View(At{}).Records()), " ")
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%v: got %q, want %q", files, got, want)
		}
	}
}

func TestMay(t *testing.T) {
	v := tree(t, club).View(At{On: on("2025-06"), Reader: access.Reader{Party: "EST", Roles: access.Owner}})
	get := func(id string) record.Record {
		r, ok := v.Get(record.Key{Kind: record.KindPlace, ID: id})
		if !ok {
			t.Fatalf("%s is hidden", id)
		}
		return r
	}
	secret := &record.Place{Common: record.Common{Kind: record.KindPlace, ID: "ringed", By: "GBR", Release: &record.Label{}}}
	if !v.May(access.See, get("allied")).Allowed || v.May(access.See, secret).Allowed {
		t.Error("the view's reader sees what they may not, or not what they may")
	}
	if !v.May(access.Write, get("own")).Allowed || v.May(access.Write, get("allied")).Allowed || !v.May(access.Propose, get("allied")).Allowed {
		t.Error("an owner does not write what their party states, or writes what another does")
	}
}

func TestLabelOf(t *testing.T) {
	v := tree(t, club).View(At{On: on("2025-06"), Reader: access.Keeper})
	get := func(kind record.Kind, id string) record.Record {
		r, _ := v.Get(record.Key{Kind: kind, ID: id})
		return r
	}
	gun, allied, ringed, own := get(record.KindResource, "gun"), get(record.KindPlace, "allied"), get(record.KindPlace, "ringed"), get(record.KindPlace, "own")
	for _, c := range []struct {
		rs   []record.Record
		want record.Label
	}{
		{[]record.Record{gun}, record.Label{Public: true}},
		{[]record.Record{gun, allied}, record.Label{Parties: []record.PartyID{"NATO"}}},
		{[]record.Record{allied, ringed}, record.Label{Parties: []record.PartyID{"EST", "GBR"}}},
		{[]record.Record{allied, own}, record.Label{Parties: []record.PartyID{"EST"}}},
		{[]record.Record{ringed, get(record.KindParty, "RING")}, record.Label{Parties: []record.PartyID{"GBR"}}},
		{v.Records(), record.Label{}},
	} {
		if diff := cmp.Diff(c.want, v.LabelOf(c.rs...)); diff != "" {
			t.Errorf("%v (-want +got)\n%s", ids(c.rs), diff)
		}
	}
	if got := v.Narrowest(); got.Public || got.Parties != nil {
		t.Errorf("what is made from everything is released to %v", got)
	}
	est := tree(t, club).View(At{On: on("2025-06"), Reader: access.Reader{Party: "EST"}})
	if diff := cmp.Diff(record.Label{Parties: []record.PartyID{"EST"}}, est.Narrowest()); diff != "" {
		t.Error(diff)
	}
}

// Of a record's history a reader sees the revisions that were released to them,
// and a retirement if they saw what it took out.
func TestMaySeeEntry(t *testing.T) {
	l, err := ledger.Open(t.Context(), &ledgertest.Memory{}, ledgertest.Options(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stated := func(release ...record.PartyID) record.Record {
		r := ledgertest.Place("oslo", "").(*record.Place)
		r.By, r.Release = "GBR", &record.Label{Public: release == nil, Parties: release}
		return r
	}
	retire := func(was ledger.Seq) ledger.Change {
		c, err := ledger.Retire(record.Key{Kind: record.KindPlace, ID: "oslo"}, was)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for i, c := range []ledger.Change{
		ledgertest.Put(t, stated(), 0), ledgertest.Put(t, stated("NATO"), 1), retire(2),
		ledgertest.Put(t, stated("IRL"), 3), ledgertest.Put(t, stated(), 4), retire(5),
	} {
		if _, err := l.Append(t.Context(), "GBR/test", nil, ledger.Batch{ID: fmt.Sprint(i), Changes: []ledger.Change{c}}); err != nil {
			t.Fatal(err)
		}
	}
	for reader, want := range map[record.PartyID]string{"": "156", "EST": "12356", "IRL": "1456", "GBR": "123456"} {
		v := tree(t, club).View(At{On: on("2025-06"), Reader: access.Reader{Party: reader}})
		got := ""
		for e, err := range l.Entries(t.Context(), 0, 6) {
			if err != nil {
				t.Fatal(err)
			}
			may, err := v.MaySeeEntry(t.Context(), l, e)
			if err != nil {
				t.Fatal(err)
			}
			if may {
				got += fmt.Sprint(e.Seq)
			}
		}
		if got != want {
			t.Errorf("%q sees entries %s, want %s", reader, got, want)
		}
	}
}

// BenchmarkSight chooses what a reader may see among 100,000 records of 300 labels.
func BenchmarkSight(b *testing.B) {
	tr := &Tree{}
	for i := range 300 {
		tr.Records = append(tr.Records, &record.Party{Common: record.Common{Kind: record.KindParty, ID: fmt.Sprintf("P%d", i)}, Type: "nation"})
	}
	for i := range 100_000 {
		l := &record.Label{Parties: []record.PartyID{record.PartyID(fmt.Sprintf("P%d", i%300)), "P7"}}
		tr.Records = append(tr.Records, &record.Place{Common: record.Common{Kind: record.KindPlace, ID: fmt.Sprint(i), By: "P1", Release: l}})
	}
	added, err := access.Parse()
	if err != nil {
		b.Fatal(err)
	}
	for name, policies := range map[string]*access.Policies{"default": nil, "own policies": added} {
		tr.Policies = policies
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if seen, _ := tr.sight(At{Reader: access.Reader{Party: "P7"}}); len(seen) < 100_000 {
					b.Fatal("too little is seen")
				}
			}
		})
	}
}
