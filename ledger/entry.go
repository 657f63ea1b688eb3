package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/record"
)

// Seq numbers entries from 1; 0 is no entry. As a size, n names the state of
// the ledger after its first n entries. Entry n is leaf n-1 of the tree.
type Seq int64

// Actor says in whose name something was appended: a party, a person of it, a
// program. It is part of what is proved, and of proof files.
type Actor string

// SaltSize is the number of random bytes that stand before a statement in what
// is hashed.
const SaltSize = 16

// Entry is one accepted revision.
type Entry struct {
	Seq      Seq
	At       time.Time // in UTC, to the microsecond, never before an earlier entry's
	Actor    Actor
	Batch    string
	Key      record.Key
	Bytes    []byte // the record, canonical (RFC 8785); nil when the entry retires it
	Replaces Seq    // the newest entry of the record until then, or 0

	Salt   []byte      // SaltSize bytes
	Sums   []byte      // a CRC-32C of each field above, so that Verify can name the one edited
	Hashes []tlog.Hash // the leaf, then the roots of the subtrees that it completes, upwards
}

// Retired reports whether the entry takes its record out of the register.
func (e Entry) Retired() bool { return e.Bytes == nil }

// Leaf is the entry's hash in the tree, as its salt and fields give it.
func (e Entry) Leaf() tlog.Hash { return leafHash(e.appendLeaf(nil)) }

// Record reads the entry's record. It panics for an entry that retires one.
func (e Entry) Record() (record.Record, error) {
	if e.Retired() {
		panic("ledger: a retirement has no record")
	}
	rs, errs := record.Parse("entry.json", e.Bytes)
	if len(errs) > 0 || len(rs) != 1 {
		return nil, fmt.Errorf("ledger: entry %d: the record cannot be read: %w", e.Seq, errs)
	}
	rs[0].Base().Pos = record.Pos{File: "ledger", Line: int(e.Seq)}
	return rs[0], nil
}

// Statement is what the entry says, as it is hashed and proved: one JSON object
// by RFC 8785. ParseStatement is its inverse.
func (e Entry) Statement() []byte { return e.appendStatement(nil) }

// appendStatement writes the fields in the order of their names. The record is
// canonical already, so the whole is.
func (e *Entry) appendStatement(b []byte) []byte {
	b = appendText(append(b, `{"actor":`...), string(e.Actor))
	b = append(b, `,"at":"`...)
	b = e.At.UTC().AppendFormat(b, timeLayout)
	b = appendText(append(b, `","batch":`...), e.Batch)
	b = appendText(append(b, `,"id":`...), e.Key.ID)
	b = appendText(append(b, `,"kind":`...), string(e.Key.Kind))
	if e.Bytes != nil {
		b = append(append(b, `,"record":`...), e.Bytes...)
	}
	b = strconv.AppendInt(append(b, `,"replaces":`...), int64(e.Replaces), 10)
	if e.Bytes == nil {
		b = append(b, `,"retired":true`...)
	}
	b = strconv.AppendInt(append(b, `,"seq":`...), int64(e.Seq), 10)
	return append(b, '}')
}

const timeLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a time for people.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// appendText writes a JSON string by RFC 8785, section 3.2.2.2.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		case c >= '\b' && c <= '\r' && c != '\v':
			b = append(b, '\\', "btn?fr"[c-'\b'])
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"')
}

// ParseStatement reads a statement. The entry has neither salt nor hashes.
func ParseStatement(text []byte) (Entry, error) {
	e, err := readStatement(text)
	if err != nil {
		return Entry{}, err
	}
	if _, fault := e.fault(); fault != "" {
		return Entry{}, errors.New("ledger: the statement is not right: " + fault)
	}
	return e, nil
}

// readStatement is ParseStatement of what need not be right.
func readStatement(text []byte) (Entry, error) {
	var s struct {
		Actor    Actor           `json:"actor"`
		At       string          `json:"at"`
		Batch    string          `json:"batch"`
		ID       string          `json:"id"`
		Kind     record.Kind     `json:"kind"`
		Record   json.RawMessage `json:"record"`
		Replaces Seq             `json:"replaces"`
		Retired  bool            `json:"retired"`
		Seq      Seq             `json:"seq"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return Entry{}, fmt.Errorf("ledger: the statement is not JSON: %w", err)
	}
	at, err := time.Parse(timeLayout, s.At)
	if err != nil {
		return Entry{}, errors.New("ledger: the statement's time is not in UTC with six decimals")
	}
	e := Entry{Seq: s.Seq, At: at, Actor: s.Actor, Batch: s.Batch, Key: record.Key{Kind: s.Kind, ID: s.ID}, Bytes: s.Record, Replaces: s.Replaces}
	if string(e.Statement()) != string(text) {
		return Entry{}, errors.New("ledger: the statement is not in its canonical form")
	}
	return e, nil
}

// fault says which field of the statement no ledger would have written.
func (e *Entry) fault() (field, says string) {
	switch {
	case e.Seq < 1:
		return "seq", "the number is below 1"
	case !isName(string(e.Actor)):
		return "actor", "it is no name"
	case !isName(e.Batch):
		return "batch", "it is no id"
	case e.Replaces < 0 || e.Replaces >= e.Seq:
		return "replaces", "it is no earlier entry"
	case e.At.Year() < 1 || e.At.Year() > 9999:
		return "at", "it is no time"
	}
	if e.Retired() {
		if _, err := Retire(e.Key, e.Replaces); err != nil {
			return "replaces", "it retires nothing"
		}
		return "", ""
	}
	r, fault := parse(e.Bytes)
	switch {
	case fault != "":
		return "bytes", fault
	case r.Key().Kind != e.Key.Kind:
		return "kind", "the record is a " + string(r.Key().Kind)
	case r.Key().ID != e.Key.ID:
		return "id", "the record is " + r.Key().String()
	}
	return "", ""
}

// appendLeaf writes what is hashed: the salt, then the statement.
func (e *Entry) appendLeaf(b []byte) []byte { return e.appendStatement(append(b, e.Salt...)) }

// leafHash is RFC 6962's hash of a leaf.
func leafHash(data []byte) tlog.Hash { return tlog.RecordHash(data) }

// fields are those that have a sum, in the order of the sums.
var fields = []string{"seq", "at", "actor", "batch", "kind", "id", "bytes", "replaces", "salt"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sums is a CRC-32C of each field, big-endian: numbers as eight bytes, time in
// microseconds since 1970. A sum is no proof; the leaf is. It tells where an
// edit was made that the leaf only tells of.
func (e *Entry) sums() []byte {
	b := make([]byte, 0, 4*len(fields))
	scratch := make([]byte, 0, 2*nameMax)
	sum := func(field []byte) { b = binary.BigEndian.AppendUint32(b, crc32.Checksum(field, castagnoli)) }
	number := func(n int64) { sum(binary.BigEndian.AppendUint64(scratch, uint64(n))) }
	text := func(s string) { sum(append(scratch, s...)) }
	number(int64(e.Seq))
	number(e.At.UnixMicro())
	text(string(e.Actor))
	text(e.Batch)
	text(string(e.Key.Kind))
	text(e.Key.ID)
	sum(e.Bytes)
	number(int64(e.Replaces))
	sum(e.Salt)
	return b
}
