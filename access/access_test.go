package access

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"entente/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what it was (-was +is):\n%s", name, diff)
	}
}

func parties(ids ...record.PartyID) record.Label { return record.Label{Parties: ids} }

// The whole policy as one table: every role, by every standing towards what is
// asked for, by every action, by every kind of label. A cell names the policy
// that permits; a dot is a refusal.
func TestMatrix(t *testing.T) {
	standings := []struct {
		name   string
		party  record.PartyID
		groups []record.PartyID
	}{
		{"EST, which states it", "EST", []record.PartyID{"NATO"}},
		{"GBR, in NATO", "GBR", []record.PartyID{"JEF", "NATO"}},
		{"UKR, in no group", "UKR", nil},
		{"NATO itself", "NATO", nil},
	}
	type row struct {
		name string
		who  Principal
	}
	rows := []row{{"keeper", Principal{Reader: Keeper}}, {"public", Principal{}}}
	for _, s := range standings {
		for _, role := range []Roles{0, Auditor, Coordinator, Owner} {
			rows = append(rows, row{role.String() + " of " + s.name, Principal{Reader{Party: s.party, Roles: role}, s.groups}})
		}
	}
	labels := []struct {
		name  string
		label record.Label
	}{
		{"[public]", record.Label{Public: true}},
		{"[NATO, UKR]", parties("NATO", "UKR")},
		{"[NATO]", parties("NATO")},
		{"[GBR]", parties("GBR")},
		{"[]", record.Label{}},
	}
	var policies *Policies
	var out strings.Builder
	for _, l := range labels {
		fmt.Fprintf(&out, "%-40s", "stated by EST, release: "+l.name)
		for _, a := range Actions {
			fmt.Fprintf(&out, "%-13s", a)
		}
		out.WriteByte('\n')
		for _, r := range rows {
			line := fmt.Sprintf("  %-38s", r.name)
			for _, a := range Actions {
				cell := "."
				if d := policies.Decide(r.who, a, Resource{"EST", l.label}); d.Allowed {
					cell = d.Policy
				}
				line += fmt.Sprintf("%-13s", cell)
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		out.WriteByte('\n')
	}
	golden(t, "matrix.txt", out.String())
}

// drawPrincipal and drawResource draw from few parties, so that they meet.
func drawPrincipal(t *rapid.T) Principal {
	return Principal{
		Reader: Reader{rapid.SampledFrom([]record.PartyID{"", "A", "B", "C"}).Draw(t, "party"), rapid.IntRange(0, 9).Draw(t, "keeper") == 0, Roles(rapid.IntRange(0, 7).Draw(t, "roles"))},
		Groups: rapid.SliceOfN(rapid.SampledFrom([]record.PartyID{"X", "Y", "A"}), 0, 3).Draw(t, "groups"),
	}
}

func drawResource(t *rapid.T) Resource {
	return Resource{
		By:    rapid.SampledFrom([]record.PartyID{"", "A", "B", "X"}).Draw(t, "by"),
		Label: record.Label{Public: rapid.IntRange(0, 4).Draw(t, "public") == 0, Parties: rapid.SliceOfN(rapid.SampledFrom([]record.PartyID{"A", "B", "C", "X", "Y"}), 0, 3).Draw(t, "parties")},
	}
}

// TestPoliciesSayWhatCanSeeSays holds the fast path to the text, and both to a
// judge that remembers.
func TestPoliciesSayWhatCanSeeSays(t *testing.T) {
	added, err := Parse()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		who, p := drawPrincipal(t), rapid.SampledFrom([]*Policies{nil, added}).Draw(t, "policies")
		if who.Party == "" {
			who.Groups = nil // nobody has no groups
		}
		judge := p.For(who)
		for range rapid.IntRange(1, 5).Draw(t, "resources") {
			what := drawResource(t)
			want := CanSee(who.Reader, what.By, what.Label, who.Groups)
			if got := p.Decide(who, See, what); got.Allowed != want || got.Because == "" {
				t.Fatalf("%v sees %v: CanSee says %v, the policies %v", who, what, want, got)
			}
			if judge.Sees(what) != want || judge.May(See, what).Allowed != want {
				t.Fatalf("%v sees %v: the judge disagrees with CanSee, %v", who, what, want)
			}
			for _, a := range Actions {
				want := p.Decide(who, a, what)
				for range 2 { // asked, then remembered
					if d := judge.May(a, what); d != want {
						t.Fatalf("%v %s %v: the judge says %v, the policies %v", who, a, what, d, want)
					}
				}
			}
		}
	})
}

// Nobody may do to a record what they may not see, but for the keeper's and the
// owner's, who see theirs; so no right tells what is there.
func TestNoRightWithoutSight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who, what := drawPrincipal(t), drawResource(t)
		var p *Policies
		for _, a := range Actions {
			if p.Decide(who, a, what).Allowed && !p.Decide(who, See, what).Allowed {
				t.Fatalf("%v may %s what they may not see: %v", who, a, what)
			}
		}
	})
}

// Without a party there is nobody to be the one that states a record.
func TestNobodyIsNotTheStater(t *testing.T) {
	var p *Policies
	if CanSee(Public, "", record.Label{}, nil) || p.Decide(Principal{}, See, Resource{}).Allowed {
		t.Error("the public sees a record without a stater and with an empty label")
	}
}

func TestOwnPolicies(t *testing.T) {
	p, err := Parse(File{"register.cedar", `
@id("quiet") @says("UKR's own records do not leave the register")
forbid (principal, action == Action::"export", resource)
when { resource has by && resource.by == Party::"UKR" };

@id("observers") @says("CHE observes what goes to NATO")
permit (principal, action == Action::"see", resource)
when { principal has party && principal.party == Party::"CHE" && resource.released.contains(Party::"NATO") };
`})
	if err != nil {
		t.Fatal(err)
	}
	che := Principal{Reader: Reader{Party: "CHE"}}
	nato := Resource{"EST", parties("NATO")}
	if d := p.Decide(che, See, nato); d != (Decision{true, "observers", "CHE observes what goes to NATO"}) {
		t.Errorf("an added permit is not heard: %v", d)
	}
	if !p.For(che).Sees(nato) {
		t.Error("the judge does not hear an added permit")
	}
	if d := p.Decide(che, Export, nato); d.Allowed || d.Because != "no policy permits it" {
		t.Errorf("what no policy permits is %v", d)
	}
	open := Resource{"UKR", record.Label{Public: true}}
	if d := p.Decide(Principal{Reader: Keeper}, Export, open); d.Allowed || d.Policy != "quiet" {
		t.Errorf("a forbid does not outweigh permits: %v", d)
	}
	if !p.Decide(che, See, open).Allowed {
		t.Error("a forbid of one action forbids another")
	}
}

// What cannot be evaluated must not open a door: a permit is passed over, and a
// forbid forbids.
func TestPoliciesThatCannotBeEvaluated(t *testing.T) {
	p, err := Parse(File{"register.cedar", `
@id("odd-permit") @says("never") permit (principal, action == Action::"write", resource) when { resource.colour == "red" };
@id("odd-forbid") @says("never") forbid (principal, action == Action::"export", resource) when { resource.colour == "red" };`})
	if err != nil {
		t.Fatal(err)
	}
	open := Resource{"EST", record.Label{Public: true}}
	if p.Decide(Principal{}, Write, open).Allowed {
		t.Error("a permit that cannot be evaluated permits")
	}
	if d := p.Decide(Principal{}, Export, open); d.Allowed || d.Because != "policy odd-forbid at register.cedar:3 cannot be evaluated" {
		t.Errorf("a forbid that cannot be evaluated gives %v", d)
	}
	if !p.Decide(Principal{}, See, open).Allowed {
		t.Error("a policy of another action that cannot be evaluated hides what is public")
	}
}

func TestParseSays(t *testing.T) {
	for text, want := range map[string]string{
		"\n@id(\"a\") permit (principal, action, resource)\nwhen { foo };": "x.cedar:3:12: the policy cannot be read: \"}\": invalid primary; see docs/access.md for how policies are written",
		"permit (principal, action, resource) when { \"a };":               "x.cedar:1:45: the policy cannot be read: literal not terminated; see docs/access.md for how policies are written",
		"\npermit (principal, action, resource);":                          `x.cedar:2:1: the policy has no id; write @id("a-short-name") before it`,
		`@id("a") permit (principal, action, resource);`:                   `x.cedar:1:1: the policy gives no reason; write @says("why it permits or forbids") before it`,
		`@id("own") @says("a") permit (principal, action, resource);`:      `x.cedar:1:1: there is already a policy "own"; give this one another id`,
		strings.Repeat(" ", 1<<20):                                         "x.cedar: with these, the policies have more than 65536 bytes; write fewer of them",
	} {
		if _, err := Parse(File{"x.cedar", text}); err == nil || err.Error() != want {
			t.Errorf("%.60q\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestRoles(t *testing.T) {
	for rs := range Roles(8) {
		text, _ := rs.MarshalText()
		var back Roles
		if err := back.UnmarshalText(text); err != nil || back != rs {
			t.Errorf("%v is read back from %q as %v, %v", rs, text, back, err)
		}
	}
	if _, err := ParseRoles("owner", "boss"); err == nil || err.Error() != `"boss" is not a role; write reader, owner, co-ordinator, auditor` {
		t.Errorf("a role that is none: %v", err)
	}
	if rs, err := ParseRoles("reader"); rs != 0 || err != nil {
		t.Errorf("reader is %v, %v", rs, err)
	}
}

func TestReceive(t *testing.T) {
	var p *Policies
	by := func(party record.PartyID, l record.Label) *Resource { return &Resource{party, l} }
	open, closed := record.Label{Public: true}, record.Label{}
	owner := Principal{Reader: Reader{Party: "EST", Roles: Owner}}
	coordinator := Principal{Reader: Reader{Party: "NATO", Roles: Coordinator}}
	for _, c := range []struct {
		name      string
		who       Principal
		was, will *Resource
		want      Verdict
	}{
		{"a new record of one's own", owner, nil, by("EST", closed), Accept},
		{"one's own record, changed", owner, by("EST", closed), by("EST", open), Accept},
		{"one's own record, retired", owner, by("EST", open), nil, Accept},
		{"another's new record", owner, nil, by("GBR", closed), Proposal},
		{"another's record, seen", owner, by("GBR", open), by("GBR", open), Proposal},
		{"another's record, retired", owner, by("GBR", open), nil, Proposal},
		{"one's own, given to another", owner, by("EST", open), by("GBR", open), Proposal},
		{"another's, taken over", owner, by("GBR", open), by("EST", open), Proposal},
		{"another's record, hidden", owner, by("GBR", closed), by("EST", open), Refuse},
		{"a co-ordinator on another's", coordinator, by("GBR", parties("NATO")), by("GBR", open), Proposal},
		{"a co-ordinator on their own", coordinator, nil, by("NATO", open), Proposal},
		{"a reader", Principal{Reader: Reader{Party: "EST"}}, nil, by("EST", open), Refuse},
		{"an auditor", Principal{Reader: Reader{Party: "EST", Roles: Auditor}}, nil, by("EST", open), Refuse},
		{"the public", Principal{}, nil, by("EST", open), Refuse},
		{"the keeper", Principal{Reader: Keeper}, by("EST", closed), by("GBR", closed), Accept},
	} {
		got, d := p.Receive(c.who, c.was, c.will)
		if got != c.want || d.Because == "" || d.Allowed != (c.want != Refuse) {
			t.Errorf("%s: %v because %v, want %v", c.name, got, d, c.want)
		}
	}
	_, hidden := p.Receive(owner, by("GBR", closed), nil)
	if _, absent := p.Receive(owner, nil, nil); hidden != Absent || absent != Absent {
		t.Errorf("to retire what is hidden is refused as %v, what is absent as %v", hidden, absent)
	}
}

func TestStated(t *testing.T) {
	own := &record.Place{Common: record.Common{By: "EST", Release: &record.Label{}}}
	for _, c := range []struct {
		r    record.Record
		s    record.Settings
		want Resource
	}{
		{&record.Place{}, record.Settings{}, Resource{"", record.Label{Public: true}}},
		{&record.Place{}, record.Settings{Owner: "NATO", Release: &record.Label{Parties: []record.PartyID{"NATO"}}}, Resource{"NATO", parties("NATO")}},
		{own, record.Settings{Owner: "NATO"}, Resource{"EST", record.Label{}}},
	} {
		if diff := cmp.Diff(c.want, Stated(c.r, c.s)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStringsNameReaders(t *testing.T) {
	for want, r := range map[string]Reader{"keeper": Keeper, "public": Public, "EST": {Party: "EST", Roles: Owner}} {
		if r.String() != want {
			t.Errorf("%v is called %s, not %s", r, r, want)
		}
	}
}
