package ledgertest

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"entente/ledger"
)

// soak asks for the long tests.
var soak = os.Getenv("ENTENTE_SOAK") != ""

// Soak is how often something is done: short, or long with ENTENTE_SOAK=1.
func Soak(short, long int) int {
	if soak {
		return long
	}
	return short
}

// Fill appends 12 entries, among them a retirement, and signs two checkpoints.
// It returns the ledger's public key.
func Fill(t testing.TB, l *ledger.Ledger) (public string) {
	t.Helper()
	private, public := Key(t, "register.example.org")
	for i := range ledger.Seq(12) {
		c := Put(t, Place(fmt.Sprintf("p%d", i%5), fmt.Sprint("revision ", i)), max(0, i-4))
		if i == 9 {
			c = retire(t, Place("p4", ""), i-4)
		}
		if _, err := l.Append(t.Context(), "NOR/test", nil, ledger.Batch{ID: fmt.Sprint("batch-", i), Changes: []ledger.Change{c}}); err != nil {
			t.Fatal(err)
		}
		if i == 4 || i == 11 {
			if _, err := l.Checkpoint(t.Context(), private); err != nil {
				t.Fatal(err)
			}
		}
	}
	return public
}

// Hand opens the database of a folder as somebody with a database program would.
// The tables are as docs/ledger.md says, and the first parameter is $1. What
// entries of one batch share may stand in a table of batches.
type Hand func(t testing.TB, folder string) *sql.DB

// HandEdits changes one byte of every value of every row, and does other things
// that a hand can do, and sees the row and the field named by Verify. It tries
// some bytes of each value; with ENTENTE_SOAK=1 all.
func HandEdits(t *testing.T, open Open, hand Hand) {
	e := newEditor(t, open, hand)
	e.unharmed()
	edits := e.entries() + e.checkpoints()
	e.unharmed()
	t.Logf("%d bytes were changed by hand, each was named", edits)
	e.edit("UPDATE entries SET hashes = $1 WHERE seq = 2", append(e.value("entries", "seq", 2, "hashes").([]byte), 0))
	e.named("a longer value", 2, "hashes")
	all := strokes
	if e.batches {
		all = slices.Concat(strokes, batchStrokes)
	}
	for _, s := range all {
		e := newEditor(t, open, hand)
		e.edit(s.query)
		e.named(s.what, s.seq, s.field)
	}
}

// stroke is one thing done to a fresh ledger, and how Verify names it.
type stroke struct {
	what, query string
	seq         int64
	field       string
}

var strokes = []stroke{
	{"a record turned into a retirement", "UPDATE entries SET bytes = NULL WHERE seq = 3", 3, "bytes"},
	{"a number, where it was", "UPDATE entries SET seq = 4000 WHERE seq = 4", 4, "seq"},
	{"a number, where it is", "UPDATE entries SET seq = 4000 WHERE seq = 4", 4000, "seq"},
	{"a deleted entry", "DELETE FROM entries WHERE seq = 6", 6, "seq"},
	{"the newest entry, cut off", "DELETE FROM entries WHERE seq = 12", 12, "checkpoint"},
	{"one record for another", "UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE seq = 1) WHERE seq = 2", 2, "bytes"},
}

// batchStrokes are for a store with a table of batches.
var batchStrokes = []stroke{
	{"a batch that begins later", "UPDATE batches SET first = 4000 WHERE first = 12", 12, "batch"},
	{"a batch that begins beyond the end", "UPDATE batches SET first = 4000 WHERE first = 12", 4000, "batch"},
	{"a batch that begins before the first", "UPDATE batches SET first = 0 WHERE first = 1", 0, "batch"},
	{"a batch that is not there", "DELETE FROM batches WHERE first = 1", 1, "batch"},
}

// entries changes every value of every entry, and says how many bytes they were.
func (e *editor) entries() (edits int) {
	for seq := int64(1); seq <= 12; seq++ {
		for _, column := range []string{"kind", "id", "replaces", "salt", "sums", "hashes", "bytes"} {
			edits += e.everyByte("entries", "seq", seq, column, column)
		}
		for _, c := range []struct{ field, column string }{{"at", "at"}, {"actor", "actor"}, {"batch", "id"}} {
			if e.batches { // each batch of Fill is one entry
				edits += e.everyByte("batches", "first", seq, c.column, c.field)
			} else {
				edits += e.everyByte("entries", "seq", seq, c.field, c.field)
			}
		}
	}
	return edits
}

func (e *editor) checkpoints() (edits int) {
	for _, size := range []int64{5, 12} {
		edits += e.everyByte("checkpoints", "size", size, "note", "checkpoint")
		edits += e.everyByte("checkpoints", "size", size, "sum", "checkpoint")
		e.edit("UPDATE checkpoints SET size = 7 WHERE size = $1", size)
		e.named("the size of a checkpoint", 7, "checkpoint")
		e.edit("UPDATE checkpoints SET size = $1 WHERE size = 7", size)
	}
	return edits
}

// editor is a hand at the database of a ledger that Fill filled.
type editor struct {
	*testing.T
	store  ledger.Store
	db     *sql.DB
	public string
	dice   *rand.Rand

	batches bool // whether there is a table of them
}

func newEditor(t *testing.T, open Open, hand Hand) *editor {
	t.Helper()
	folder := t.TempDir()
	s, l, _ := start(t, open, folder, Options(1))
	db := hand(t, folder)
	t.Cleanup(func() { db.Close() })
	public := Fill(t, l)
	_, err := db.Exec("SELECT count(*) FROM batches")
	return &editor{t, s, db, public, rand.New(rand.NewPCG(1, 1)), err == nil}
}

func (e *editor) edit(query string, args ...any) {
	e.Helper()
	done, err := e.db.Exec(query, args...)
	if err != nil {
		e.Fatalf("%s: %v", query, err)
	}
	if n, err := done.RowsAffected(); n != 1 || err != nil {
		e.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

func (e *editor) value(table, key string, at int64, column string) (v any) {
	e.Helper()
	if err := e.db.QueryRow("SELECT "+column+" FROM "+table+" WHERE "+key+" = $1", at).Scan(&v); err != nil {
		e.Fatal(err)
	}
	return v
}

// everyByte changes the bytes of one value, one after the other, sees each
// named, and says how many they were.
func (e *editor) everyByte(table, key string, at int64, column, field string) int {
	e.Helper()
	was := e.value(table, key, at, column)
	query := fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s = %d", table, column, key, at)
	edits := changed(was, e.dice)
	for _, now := range edits {
		e.edit(query, now)
		e.named(fmt.Sprintf("%s of %s %d from %v to %v", column, key, at, was, now), at, field)
	}
	if len(edits) > 0 {
		e.edit(query, was)
	}
	return len(edits)
}

// changed are values that differ from v in one byte: in each, or the first, the
// last and some. A retirement's record has none.
func changed(v any, dice *rand.Rand) (all []any) {
	switch v := v.(type) {
	case int64: // four bytes, as a checkpoint's sum has
		return []any{v ^ 1, v ^ 1<<8, v ^ 1<<16, v ^ 1<<24}
	case string:
		for _, b := range changed([]byte(v), dice) {
			all = append(all, string(b.([]byte)))
		}
	case []byte:
		places := []int{0, len(v) - 1}
		if soak {
			places = dice.Perm(len(v))
		} else {
			places = append(places, dice.IntN(len(v)), dice.IntN(len(v)))
		}
		for _, i := range places {
			b := bytes.Clone(v)
			b[i] ^= 1 << dice.IntN(5)
			all = append(all, b)
		}
	}
	return all
}

func (e *editor) problems() ([]ledger.Problem, error) {
	r, err := ledger.Verify(e.Context(), e.store, e.public)
	return r.Problems, err
}

func (e *editor) unharmed() {
	e.Helper()
	if ps, err := e.problems(); len(ps) > 0 || err != nil {
		e.Fatal(ps, err)
	}
}

func (e *editor) named(what string, seq int64, field string) {
	e.Helper()
	ps, err := e.problems()
	if err != nil || !slices.ContainsFunc(ps, func(p ledger.Problem) bool { return p.Seq == ledger.Seq(seq) && p.Field == field }) {
		e.Errorf("%s: Verify says %v, %v; want entry %d, %s", what, ps, err, seq, field)
	}
}

// FileEdits flips bits of the file in which the rows of a ledger lie, wherever
// they are: whole is what it holds, and open opens the ledger with other bytes
// in it. Either Verify finds it out, or every row still says what it said.
func FileEdits(t *testing.T, whole []byte, flips int, public string, open func(t testing.TB, file []byte) (ledger.Store, error)) {
	_, want := look(t, whole, public, open)
	dice := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range flips {
		broken, at := bytes.Clone(whole), dice.IntN(len(whole))
		broken[at] ^= 1 << dice.IntN(8)
		ps, rows := look(t, broken, public, open)
		switch {
		case len(ps) > 0:
			found++
		case rows != want:
			t.Errorf("byte %d is another one, the rows are others, and Verify says nothing", at)
		}
	}
	t.Logf("of %d flipped bits %d were found, %d changed no row", flips, found, flips-found)
	if found < flips/20 {
		t.Error("hardly any flip was found: do they hit the rows?")
	}
}

// look is what is wrong with a ledger, and a hash of every row. What cannot be
// read is wrong too.
func look(t testing.TB, file []byte, public string, open func(t testing.TB, file []byte) (ledger.Store, error)) (wrong []string, rows string) {
	t.Helper()
	s, err := open(t, file)
	if err != nil {
		return []string{err.Error()}, ""
	}
	defer s.Close()
	report, err := ledger.Verify(t.Context(), s, public)
	for _, p := range report.Problems {
		wrong = append(wrong, p.String())
	}
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	h := sha256.New()
	for e, err := range s.Entries(t.Context(), -1<<60, 1<<60) {
		fmt.Fprintf(h, "%s %x %x %v %v\n", e.Statement(), e.Salt, e.Sums, e.Hashes, err)
	}
	for c, err := range s.Checkpoints(t.Context(), -1<<60, 1<<60) {
		fmt.Fprintln(h, c, err)
	}
	return wrong, hex.EncodeToString(h.Sum(nil))
}
