package ledger

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"entente/record"
)

// Change is one revision or retirement to be accepted. It is made by Put,
// Restore or Retire and needs no second check; the zero Change is refused.
type Change struct {
	key      record.Key
	bytes    []byte // canonical; nil retires
	replaces Seq
}

// Key names the record that is changed.
func (c Change) Key() record.Key { return c.key }

// Put states r in the place of entry replaces, the newest of that record, or 0
// when the ledger has none of it. To state again what was retired, name the
// entry that retired it. It refuses what record.Parse would not read back.
func Put(r record.Record, replaces Seq) (Change, error) {
	return Restore(record.Canonical(r), replaces)
}

// Restore is Put of a record's canonical bytes.
func Restore(canonical []byte, replaces Seq) (Change, error) {
	r, fault := parse(canonical)
	if fault != "" {
		return Change{}, &Refusal{fault, "hand over what record.Canonical gives"}
	}
	if replaces < 0 {
		return Change{}, &Refusal{r.Key().String() + " replaces an entry below 1", "name the record's newest entry, or 0 for none"}
	}
	return Change{key: r.Key(), bytes: bytes.Clone(canonical), replaces: replaces}, nil
}

// On is the same change of another revision of the record: how to say it again
// after a conflict.
func (c Change) On(replaces Seq) Change {
	c.replaces = replaces
	return c
}

// Retire takes the record of k out of the register; its history stays.
func Retire(k record.Key, replaces Seq) (Change, error) {
	if known, ok := record.KindNamed(string(k.Kind)); !ok || known != k.Kind || !isName(k.ID) {
		return Change{}, &Refusal{k.String() + " names no record", "write a kind and an id"}
	}
	if replaces < 1 {
		return Change{}, &Refusal{k.String() + " is to be retired, and no entry is named", "name the record's newest entry"}
	}
	return Change{key: k, replaces: replaces}, nil
}

// parse reads canonical bytes, or says why they are not that.
func parse(canonical []byte) (r record.Record, fault string) {
	rs, errs := record.Parse("entry.json", canonical)
	switch {
	case len(errs) > 0:
		return nil, "the record is not right: " + errs.Error()
	case len(rs) != 1:
		return nil, "it is not one record"
	case !bytes.Equal(record.Canonical(rs[0]), canonical):
		return nil, rs[0].Key().String() + " is not in its canonical form (RFC 8785)"
	}
	return rs[0], ""
}

// nameMax bounds the names of actors and batches, in bytes.
const (
	nameMax = 200
	nameFix = "write 1 to 200 bytes of text on one line, without spaces around it"
)

// isName reports whether s can be shown on a line and told from others.
func isName(s string) bool {
	if s == "" || len(s) > nameMax || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return s[0] != ' ' && s[len(s)-1] != ' '
}
