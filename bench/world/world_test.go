package world

import (
	"bytes"
	"testing"

	"entente/access"
	"entente/record"
	"entente/register"
)

// What is drawn is what people could have written: Parse reads it, nothing in
// it points nowhere, and the same seed gives the same bytes.
func TestWorldsAreRegisters(t *testing.T) {
	sizes := []Size{S, Quarter}
	if !testing.Short() {
		sizes = append(sizes, M)
	}
	for seed := range uint64(60) {
		sizes = append(sizes, Tiny(seed))
	}
	for i, s := range sizes {
		text := record.Format(Generate(s, uint64(i))...)
		if !bytes.Equal(text, record.Format(Generate(s, uint64(i))...)) {
			t.Errorf("size %s, seed %d: two worlds of one seed", s.Name, i)
		}
		rs, errs := record.Parse("world.yaml", text)
		if len(errs) > 0 {
			t.Fatalf("size %s, seed %d: %s", s.Name, i, errs[0].Error())
		}
		if !bytes.Equal(text, record.Format(rs...)) {
			t.Errorf("size %s, seed %d: it reads as something else than was written", s.Name, i)
		}
		v := register.NewTree(Settings(s), rs...).View(register.At{On: AsOf.Last(), Reader: access.Keeper})
		for _, b := range v.Broken() {
			t.Errorf("size %s, seed %d: %s refers to %s, which is not there", s.Name, i, b.Record.Key(), b.Ref.Key)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, s := range []Size{S, M} {
		count, lots := map[record.Kind]int{}, 0
		for _, r := range Generate(s, 1) {
			count[r.Key().Kind]++
			if p, ok := r.(*record.Pledge); ok && p.Resource != "" {
				lots += max(1, len(p.Schedule))
			}
		}
		if lots != s.Lots || count[record.KindNeed] != s.Needs || count[record.KindProgramme] != s.Programmes || count[record.KindFund] != s.Funds || count[record.KindUnit] != s.Units || count[record.KindResource] != s.Resources {
			t.Errorf("size %s: %d lots, %v", s.Name, lots, count)
		}
	}
}

// TestArchive: it is as large as was asked for, reads as it was written, points
// nowhere that is not there, and shows some of it to everybody.
func TestArchive(t *testing.T) {
	const n = 3000
	text := record.Format(Archive(n, 1)...)
	rs, errs := record.Parse("archive.yaml", text)
	if len(errs) > 0 {
		t.Fatal(errs[0].Error())
	}
	if len(rs) != n || !bytes.Equal(text, record.Format(Archive(n, 1)...)) {
		t.Errorf("%d records, or two archives of one seed", len(rs))
	}
	tree := register.NewTree(Settings(S), rs...)
	for _, b := range tree.View(register.At{On: AsOf.Last(), Reader: access.Keeper}).Broken() {
		t.Errorf("%s refers to %s, which is not there", b.Record.Key(), b.Ref.Key)
	}
	if seen := tree.View(register.At{On: AsOf.Last(), Reader: access.Public}).Len(); seen < n/2 || seen > n*9/10 {
		t.Errorf("the public sees %d of %d", seen, n)
	}
}
