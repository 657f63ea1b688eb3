package access

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"entente/record"
)

// membership is who belongs to what, directly.
type membership map[record.PartyID][]record.PartyID

func (m membership) groups(p record.PartyID) []record.PartyID {
	found := slices.Clone(m[p])
	for i := 0; i < len(found); i++ {
		for _, g := range m[found[i]] {
			if g != p && !slices.Contains(found, g) {
				found = append(found, g)
			}
		}
	}
	return found
}

// parties lists them; EU, longer names than GBR, and X, Y and Z are groups.
func (m membership) parties(ids ...record.PartyID) []Party {
	var all []Party
	for _, id := range ids {
		all = append(all, Party{id, len(id) == 2 || len(id) > 3 || id >= "X" && id <= "Z", m.groups(id)})
	}
	return all
}

func TestNarrowest(t *testing.T) {
	alliances := membership{"EST": {"NATO", "EU"}, "GBR": {"NATO"}, "FIN": {"NATO", "EU"}, "IRL": {"EU"}, "NATO": {"WEST"}}
	all := alliances.parties("EST", "GBR", "FIN", "IRL", "UKR", "NATO", "EU", "WEST")
	open := Resource{"EST", record.Label{Public: true}}
	for _, c := range []struct {
		name   string
		inputs []Resource
		want   record.Label
	}{
		{"nothing", nil, record.Label{Public: true}},
		{"public", []Resource{open, open}, record.Label{Public: true}},
		{"one label", []Resource{open, {"UKR", parties("NATO")}}, parties("NATO", "UKR")},
		{"a label and its stater's group", []Resource{{"GBR", parties("NATO")}}, parties("NATO")},
		{"two groups", []Resource{{"EST", parties("NATO")}, {"EST", parties("EU")}}, parties("EST", "FIN")},
		{"a group and one above it", []Resource{{"", parties("WEST")}, {"", parties("NATO")}}, parties("NATO")},
		{"a group and one of it", []Resource{{"", parties("NATO")}, {"", parties("GBR")}}, parties("GBR")},
		{"two staters", []Resource{{"EST", record.Label{}}, {"GBR", record.Label{}}}, record.Label{}},
		{"a group that states it does not speak for its members", []Resource{{"NATO", parties("GBR")}}, parties("GBR")},
		{"nobody", []Resource{{"", record.Label{}}}, record.Label{}},
	} {
		if diff := cmp.Diff(c.want, Narrowest(all, c.inputs...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Whoever may see what is derived may see every input, on the day, and whoever
// joins a group that is named tomorrow as well. And nobody who may see every
// input is shut out, but for a group that only states one of them.
func TestNarrowestIsNeitherWiderNorNarrower(t *testing.T) {
	all := []record.PartyID{"A", "B", "C", "X", "Y", "Z"}
	rapid.Check(t, func(t *rapid.T) {
		m := membership{}
		for _, p := range all[:3] {
			m[p] = rapid.SliceOfNDistinct(rapid.SampledFrom(all[3:]), 0, 2, rapid.ID).Draw(t, "groups")
		}
		m["X"] = rapid.SliceOfNDistinct(rapid.SampledFrom(all[4:]), 0, 2, rapid.ID).Draw(t, "above X")
		inputs := make([]Resource, rapid.IntRange(0, 4).Draw(t, "inputs"))
		for i := range inputs {
			inputs[i] = drawResource(t)
		}
		label := Narrowest(m.parties(all...), inputs...)
		m["D"] = rapid.SliceOfNDistinct(rapid.SampledFrom(all[3:]), 0, 2, rapid.ID).Draw(t, "who joins later")
		for _, p := range append(all, "D", "") {
			r := Reader{Party: p}
			seesAll := !slices.ContainsFunc(inputs, func(in Resource) bool { return !CanSee(r, in.By, in.Label, m.groups(p)) })
			sees := CanSee(r, "", label, m.groups(p))
			if sees && !seesAll {
				t.Fatalf("%q sees %v, and not all of %v", p, label, inputs)
			}
			if seesAll && !sees && slices.Contains(all[:3], p) {
				t.Fatalf("%q sees all of %v, and not %v", p, inputs, label)
			}
		}
	})
}

func TestSTANAG4774(t *testing.T) {
	created := record.MustDay("2026-11-22").First()
	out := ""
	for _, c := range []struct {
		r Resource
		m Marking
	}{
		{Resource{"EST", record.Label{Public: true}}, Marking{}},
		{Resource{"EST", parties("NATO", "EST", "UKR")}, Marking{"EST", "PIIRATUD & <AMETLIK>"}},
		{Resource{"", record.Label{}}, Marking{Classification: "RESTRICTED"}},
	} {
		out += string(STANAG4774(c.r, created, c.m))
	}
	golden(t, "stanag4774.xml", out)
}
