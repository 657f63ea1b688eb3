package exchange

import (
	"entente/record"
)

// Over lays what an import says over what a register says already. A party is
// everybody's: an import adds to it and takes nothing away, except that a year's
// product is replaced by a newer figure. Every other record of an import is its
// own, and replaces the one before.
func Over(old, new record.Record) record.Record {
	was, ok1 := old.(*record.Party)
	now, ok2 := new.(*record.Party)
	if !ok1 || !ok2 {
		return new
	}
	p := *was
	p.GDP = joinedBy(was.GDP, now.GDP, func(g record.GDP) string { return g.Year.String() }, true)
	p.Members = joinedBy(was.Members, now.Members, func(m record.Member) string { return string(m.Party) + m.From.String() }, false)
	p.Tags = joinedBy(was.Tags, now.Tags, func(t string) string { return t }, false)
	p.Sources = joinedBy(was.Sources, now.Sources, func(s record.Source) string { return string(s.Document) + s.Quote + s.At }, false)
	if p.Note == "" {
		p.Note = now.Note
	}
	return &p
}

// joinedBy is a and then what of b has another key; newer replaces what has the
// same.
func joinedBy[T any](a, b []T, key func(T) string, newer bool) []T {
	at := map[string]int{}
	all := make([]T, 0, len(a)+len(b))
	for i, list := range [][]T{a, b} {
		for _, x := range list {
			j, there := at[key(x)]
			switch {
			case !there:
				at[key(x)] = len(all)
				all = append(all, x)
			case newer && i == 1:
				all[j] = x
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
