package register

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"entente/access"
	"entente/record"
)

// Limits of a tree. A register of a whole alliance stays far below them.
const (
	filesMax     = 20_000
	treeBytesMax = 512 << 20
	textBytesMax = 8 << 20
	errorsMax    = 1000
)

// Tree is everything that a folder of record files says, before anybody looks
// at it: a View of it is for one day and one reader.
type Tree struct {
	Settings record.Settings
	Policies *access.Policies // who may see and do what; nil for the default ones
	Records  []record.Record  // by key
	texts    map[record.DocumentID]Text
	sums     *sums // of Records; nil makes them anew each time
	line     *line // of trees that go on from each other; nil where none does
	step     int   // which of the line it is
}

// line is what trees that go on from each other have in common.
type line struct{ _ byte }

// Text is the text of a Document, if the tree holds it.
type Text struct {
	Body   string
	SHA256 string // of the bytes in the file
	Fault  string // why the text is not held, or empty
}

// ReadTree reads the record files (.yaml, .yml, .json) of a folder and those
// below it, or one such file, and the policies (.cedar) of the folder itself. Names that begin with a dot are passed over, and
// nothing outside the folder is read, whatever a link says. It returns every
// error of the tree at once; with errors there is no tree. The error is for a
// folder that cannot be read at all.
func ReadTree(dir string) (*Tree, record.Errors, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("register: read %s: %w", dir, err)
	}
	only := ""
	if !info.IsDir() {
		dir, only = filepath.Split(dir)
		dir = cmp.Or(dir, ".")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("register: read %s: %w", dir, err)
	}
	defer root.Close()
	r := reader{root: root, dir: dir}
	names, policies := []string{only}, []string(nil)
	if only == "" {
		names, policies = r.list()
	}
	t := r.parse(names)
	t.Policies = r.policies(policies)
	if len(r.errs) > 0 {
		return nil, r.sorted(), nil
	}
	return t, nil, nil
}

// reader collects a tree and what is wrong with it.
type reader struct {
	root *os.Root
	dir  string
	errs record.Errors
}

func (r *reader) fault(file, says, fix string) {
	r.errs = append(r.errs, record.Error{Pos: record.Pos{File: r.shown(file)}, Says: says, Fix: fix})
}

// shown is a file's name as the person who named the folder would write it.
func (r *reader) shown(file string) string { return filepath.Join(r.dir, filepath.FromSlash(file)) }

func (r *reader) sorted() record.Errors {
	slices.SortStableFunc(r.errs, func(a, b record.Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	if n := len(r.errs); n > errorsMax {
		r.errs = append(r.errs[:errorsMax:errorsMax], record.Error{Pos: record.Pos{File: r.dir}, Says: fmt.Sprintf("there are %d more errors", n-errorsMax), Fix: "mend these first"})
	}
	return r.errs
}

// list finds the record files, and the policies at the top, in the order of
// their names.
func (r *reader) list() (names, policies []string) {
	total := int64(0)
	err := fs.WalkDir(r.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			r.fault(name, "the folder cannot be read: "+plainError(err), "give read permission, or take it out of the tree")
			return nil
		}
		hidden := strings.HasPrefix(d.Name(), ".") && name != "."
		switch {
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || d.IsDir() || !isRecordFile(name) && !isPolicyFile(name):
			return nil
		}
		info, err := r.root.Stat(name) // follows a link, but not out of the tree
		switch {
		case err != nil:
			r.fault(name, "the file cannot be read: "+plainError(err), "links must stay inside the tree; remove it or copy the file")
		case !info.Mode().IsRegular():
			r.fault(name, "this is not a plain file", "remove it, or rename it so that it does not look like records")
		case info.Size() > record.FileBytesMax:
			r.fault(name, fmt.Sprintf("the file has %d bytes, more than %d", info.Size(), record.FileBytesMax), "split it")
		case isPolicyFile(name):
			policies = append(policies, name)
		default:
			total += info.Size()
			names = append(names, name)
		}
		if len(names)+len(policies) > filesMax || total > treeBytesMax {
			r.fault(".", fmt.Sprintf("the tree has more than %d files or %d bytes", filesMax, treeBytesMax), "name a smaller folder")
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		r.fault(".", "the folder cannot be read: "+plainError(err), "check its name and permissions")
	}
	return names, policies
}

// policies reads what a register adds to the default policies; nil is nothing.
func (r *reader) policies(names []string) *access.Policies {
	var files []access.File
	for _, name := range names {
		text, err := r.read(name, access.PoliciesBytesMax)
		if err != nil {
			r.fault(name, "the policies cannot be read: "+plainError(err), "links must stay inside the tree; check permissions")
			return nil
		}
		files = append(files, access.File{Name: r.shown(name), Text: string(text)})
	}
	if len(files) == 0 {
		return nil
	}
	p, err := access.Parse(files...)
	if e := (record.Error{}); errors.As(err, &e) {
		r.errs = append(r.errs, e)
	}
	return p
}

func isRecordFile(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml" || ext == ".json"
}

func isPolicyFile(name string) bool { return path.Ext(name) == ".cedar" && path.Dir(name) == "." }

func plainError(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// read returns a file's bytes, never more than limit.
func (r *reader) read(name string, limit int64) ([]byte, error) {
	f, err := r.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, errors.New("it is not a plain file"))
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return data, err
}

// parse reads the files side by side, and puts the results together in order.
func (r *reader) parse(names []string) *Tree {
	t := &Tree{texts: map[record.DocumentID]Text{}, sums: &sums{}, line: &line{}}
	type result struct {
		records []record.Record
		errs    record.Errors
	}
	results := make([]result, len(names))
	settings := record.Settings{}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() error {
			data, err := r.read(name, record.FileBytesMax)
			switch {
			case err != nil:
				results[i].errs = record.Errors{{Pos: record.Pos{File: r.shown(name)}, Says: "the file cannot be read: " + plainError(err), Fix: "links must stay inside the tree; check permissions"}}
			case name == record.SettingsFile:
				settings, results[i].errs = record.ParseSettings(r.shown(name), data)
			default:
				results[i].records, results[i].errs = record.Parse(r.shown(name), data)
			}
			return nil
		})
	}
	_ = g.Wait() // the errors are in the results
	t.Settings = settings
	for _, res := range results {
		r.errs = append(r.errs, res.errs...)
		t.Records = append(t.Records, res.records...)
	}
	r.unique(t.Records)
	slices.SortStableFunc(t.Records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	if len(r.errs) == 0 {
		r.texts(t)
	}
	return t
}

func (r *reader) unique(rs []record.Record) {
	seen := make(map[record.Key]record.Pos, len(rs))
	for _, rec := range rs {
		pos := rec.Base().Pos
		if first, ok := seen[rec.Key()]; ok {
			r.errs = append(r.errs, record.Error{Pos: pos, Path: rec.Key().String() + "/id",
				Says: fmt.Sprintf("there is already a %s %s at %s:%d", rec.Key().Kind, rec.Key().ID, first.File, first.Line), Fix: "give one of them another id, or remove it"})
			continue
		}
		seen[rec.Key()] = pos
	}
}

// texts loads the texts of documents. A text that is not there is no error: it
// is not held, and check says so.
func (r *reader) texts(t *Tree) {
	for _, rec := range t.Records {
		doc, ok := rec.(*record.Document)
		if !ok || doc.Text == "" {
			continue
		}
		rel, err := filepath.Rel(r.dir, filepath.Dir(doc.Pos.File))
		if err != nil {
			rel = "."
		}
		data, err := r.read(path.Join(filepath.ToSlash(rel), doc.Text), textBytesMax)
		text := TextOf(data)
		if err != nil {
			text = Text{Fault: plainError(err)}
		}
		t.texts[record.DocumentID(doc.ID)] = text
	}
}
