package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	flog "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/tlog"
)

// dumpForm says what a dump is, and by which version of docs/ledger.md.
const dumpForm = "entente ledger dump 1"

// The lines of a dump: the head first, then the checkpoints, then the entries.
type (
	dumpHead struct {
		Form string    `json:"form"`
		Size Seq       `json:"size"`
		Root tlog.Hash `json:"root"`
	}
	dumpCheckpoint struct {
		Checkpoint string `json:"checkpoint"`
	}
	dumpEntry struct {
		Salt      []byte          `json:"salt"`
		Statement json.RawMessage `json:"statement"`
	}
)

// Dump writes the whole ledger as it is now, salts and all, for Load into any
// other store: lines of JSON that docs/ledger.md describes. It returns the head
// that it wrote.
func Dump(ctx context.Context, l *Ledger, w io.Writer) (Head, error) {
	h, err := l.Head(ctx)
	if err != nil {
		return h, err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(dumpHead{dumpForm, h.Size, h.Root}); err != nil {
		return h, fmt.Errorf("ledger: dump: %w", err)
	}
	for k, err := range l.Checkpoints(ctx, 0, h.Size) {
		if err == nil {
			err = enc.Encode(dumpCheckpoint{string(k.Note)})
		}
		if err != nil {
			return h, fmt.Errorf("ledger: dump: %w", err)
		}
	}
	for e, err := range l.Entries(ctx, 0, h.Size) {
		if err == nil { // not Encode, which would not leave the statement as it is
			_, err = fmt.Fprintf(out, "{\"salt\":%q,\"statement\":%s}\n", base64.StdEncoding.EncodeToString(e.Salt), e.Statement())
		}
		if err != nil {
			return h, fmt.Errorf("ledger: dump: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return h, fmt.Errorf("ledger: dump: %w", err)
	}
	return h, nil
}

// Load stores the ledger of a dump. It first reads all of r and checks every law
// of it, the head and the checkpoints; then it reads r again and stores. A store
// that holds the beginning of this ledger already, such as a Load that was cut
// off leaves, is completed; one that holds anything else is left as it is.
func Load(ctx context.Context, s Store, r io.ReadSeeker) (Head, error) {
	there, err := ReadHead(ctx, s)
	if err != nil {
		return Head{}, err
	}
	h, err := checkDump(r, there)
	if err != nil {
		return h, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return h, fmt.Errorf("ledger: load: %w", err)
	}
	return h, loadDump(ctx, s, r)
}

// checkDump reads a whole dump and says what is wrong with it, or with what the
// store has of it.
func checkDump(r io.Reader, there Head) (Head, error) {
	d, err := openDump(r)
	if err != nil {
		return Head{}, err
	}
	if there.Size > d.head.Size {
		return d.head, d.other(there)
	}
	w := newWalk()
	w.heads[there.Size] = tlog.Hash{}
	for _, h := range d.signed {
		w.heads[h.Size] = tlog.Hash{}
	}
	w.head(0)
	line := 1 + len(d.kept)
	fault := func(says string) error { return dumpFault(line, says) }
	for e, err := range d.entries((*Entry).fault) {
		if err != nil {
			return d.head, err
		}
		line++
		w.gap(e.Seq)
		w.order(e)
		w.edge.push([]tlog.Hash{e.Leaf()})
		w.pass(e)
		if len(w.report.Problems) > 0 {
			return d.head, fault(w.report.Problems[0].String())
		}
	}
	switch {
	case w.edge.head() != d.head:
		return d.head, fault(fmt.Sprintf("it ends with %d entries and the root %s, and its first line says %d and %s", w.edge.size, w.edge.head().Root, d.head.Size, d.head.Root))
	case w.heads[there.Size] != there.Root:
		return d.head, d.other(there)
	}
	w.compare(d.signed, fieldCheckpoint, "the checkpoint of this size")
	if len(w.report.Problems) > 0 {
		return d.head, fault(w.report.Problems[0].String())
	}
	return d.head, nil
}

// loadDump stores what a dump that was checked has more than the store.
func loadDump(ctx context.Context, s Store, r io.Reader) error {
	d, err := openDump(r)
	if err != nil {
		return err
	}
	edge, err := readEdge(ctx, s)
	if err != nil {
		return fmt.Errorf("ledger: load: %w", err)
	}
	var group []Entry
	for e, err := range d.entries(nil) {
		switch {
		case err != nil:
			return err
		case e.Seq > edge.size:
			group = append(group, e)
		}
		if len(group) == groupRowsMax {
			if err := edge.store(ctx, s, group); err != nil {
				return err
			}
			group = group[:0]
		}
	}
	if err := edge.store(ctx, s, group); err != nil {
		return err
	}
	if edge.head() != d.head {
		return d.fault("it changed while it was read")
	}
	for _, k := range d.kept {
		if err := s.PutCheckpoint(ctx, k); err != nil {
			return fmt.Errorf("ledger: load: %w", err)
		}
	}
	return nil
}

// store hashes entries and appends them at the edge.
func (e *edge) store(ctx context.Context, s Store, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	at := e.size
	leaves(entries)
	for i := range entries {
		entries[i].Hashes = e.push(entries[i].Hashes)
	}
	if err := s.Append(ctx, at, entries); err != nil {
		return fmt.Errorf("ledger: load: %w", err)
	}
	return nil
}

// dump reads a dump, line by line.
type dump struct {
	lines  *bufio.Scanner
	line   int // of the last that was read
	head   Head
	kept   []Kept
	signed []Head // what kept says
	first  []byte // the first line that is no checkpoint
}

// dumpLineMax bounds a line: a record has at most record.FileBytesMax bytes.
const dumpLineMax = 65 << 20

func openDump(r io.Reader) (*dump, error) {
	d := &dump{lines: bufio.NewScanner(r)}
	d.lines.Buffer(make([]byte, 1<<16), dumpLineMax)
	var head dumpHead
	text, err := d.next()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Form != dumpForm {
		return nil, d.fault(fmt.Sprintf("it is no %q", dumpForm))
	}
	d.head = Head{head.Size, head.Root}
	for {
		if d.first, err = d.next(); err != nil || !bytes.HasPrefix(d.first, []byte(`{"checkpoint":`)) {
			return d, err
		}
		if err := d.keep(d.first); err != nil {
			return nil, err
		}
	}
}

func (d *dump) keep(text []byte) error {
	var line dumpCheckpoint
	var cp flog.Checkpoint
	if err := json.Unmarshal(text, &line); err != nil {
		return d.fault("the checkpoint cannot be read: " + err.Error())
	}
	note := []byte(line.Checkpoint)
	if _, err := cp.Unmarshal(note); err != nil {
		return d.fault("the checkpoint cannot be read: " + err.Error())
	}
	k := Kept{Size: Seq(cp.Size), Note: note, Sum: crc32.Checksum(note, castagnoli)}
	h, fault := k.head("")
	if fault != "" {
		return d.fault("the checkpoint is not right: " + fault)
	}
	d.kept, d.signed = append(d.kept, k), append(d.signed, h)
	return nil
}

// next is the next line, or nil at the end.
func (d *dump) next() ([]byte, error) {
	d.line++
	if d.lines.Scan() {
		return bytes.Clone(d.lines.Bytes()), nil
	}
	if err := d.lines.Err(); err != nil {
		return nil, fmt.Errorf("ledger: read line %d of the dump: %w", d.line, err)
	}
	return nil, nil
}

// entries yields the entries, and reads many of them side by side. With a check,
// each must pass it.
func (d *dump) entries(check func(*Entry) (field, says string)) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for text := d.first; text != nil; {
			from := d.line
			var lines [][]byte
			var err error
			for ; text != nil && len(lines) < 1024; text, err = d.next() {
				lines = append(lines, text)
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			es, err := readLines(lines, from, check)
			for _, e := range es {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
		}
	}
}

// readLines reads the entries of lines from one number on. With an error there
// are none.
func readLines(lines [][]byte, from int, check func(*Entry) (field, says string)) ([]Entry, error) {
	es := make([]Entry, len(lines))
	err := sideBySide(len(lines), func(first, end int) error {
		for i := first; i < end; i++ {
			fault := es[i].readLine(lines[i])
			if fault == "" && check != nil {
				_, fault = check(&es[i])
			}
			if fault != "" {
				return dumpFault(from+i, fault)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return es, nil
}

func (e *Entry) readLine(text []byte) (fault string) {
	var line dumpEntry
	if err := json.Unmarshal(text, &line); err != nil {
		return "it is no entry: " + err.Error()
	}
	if len(line.Salt) != SaltSize {
		return fmt.Sprintf("the salt has %d bytes, not %d", len(line.Salt), SaltSize)
	}
	read, err := readStatement(line.Statement)
	if err != nil {
		return err.Error()
	}
	*e, e.Salt = read, line.Salt
	return ""
}

// fault is what is wrong at the line that was read last.
func (d *dump) fault(says string) error { return dumpFault(d.line, says) }

func dumpFault(line int, says string) error {
	return &Refusal{fmt.Sprintf("line %d of the dump: %s", line, says), "make the dump again, from a ledger that verifies"}
}

// other is the fault of a store that holds something else.
func (d *dump) other(there Head) error {
	return &Refusal{fmt.Sprintf("the store holds %d entries that are not the first of this dump's %d", there.Size, d.head.Size), "load it into a new store"}
}
