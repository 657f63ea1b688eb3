package register

import (
	"iter"

	"entente/access"
	"entente/record"
)

// Follows reports whether t is old, or went on from it by Advance: under the same
// settings and policies.
func (t *Tree) Follows(old *Tree) bool {
	return t == old || t.line != nil && t.line == old.line && t.step >= old.step
}

// Leaves reports whether t, which goes on from the tree of v, takes nothing from
// v's reader: whatever v shows they may still see, if perhaps with other words in
// it. Then v tells them nothing that t hides, and may be shown while a view of t
// is made. Where who belongs to what may have changed, it says no.
func (t *Tree) Leaves(v *View) bool {
	if !t.Follows(v.of) {
		return false
	}
	judge := t.Policies.For(v.principal())
	for was, is := range differing(v.of.Records, t.Records) {
		if isParty(was) || isParty(is) {
			return false
		}
		if was == nil {
			continue
		}
		if _, shown := v.Get(was.Key()); shown && (is == nil || !judge.Sees(access.Stated(is, t.Settings))) {
			return false
		}
	}
	return true
}

func isParty(r record.Record) bool {
	_, ok := r.(*record.Party)
	return ok
}

// differing are the records that are not the same in two lists by key, in pairs;
// nil stands for one that is not there.
func differing(old, now []record.Record) iter.Seq2[record.Record, record.Record] {
	return func(yield func(was, is record.Record) bool) {
		for len(old) > 0 || len(now) > 0 {
			var was, is record.Record
			by := 0
			switch {
			case len(old) == 0:
				by = 1
			case len(now) == 0:
				by = -1
			case old[0] != now[0]:
				by = old[0].Key().Compare(now[0].Key())
			}
			if by <= 0 {
				was, old = old[0], old[1:]
			}
			if by >= 0 {
				is, now = now[0], now[1:]
			}
			if was != is && !yield(was, is) {
				return
			}
		}
	}
}
