package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"entente/record"
	"entente/register"
	"entente/screen"
)

// Register is what a server shows: a tree, as it was known on a day. It may be
// called from many goroutines.
type Register interface {
	// Tree is the register as it was known at the end of a day; the zero day is
	// now. A register that keeps no past gives what it knows now. While nothing
	// changes it gives the same pointer. The error is for people: record.Errors
	// where a file cannot be read as records.
	Tree(ctx context.Context, known record.Date) (*register.Tree, error)

	// History lists the versions of a record that the reader of v may see, the
	// newest first; none where the register keeps no past. It says of a version
	// only when and by whom.
	History(ctx context.Context, v *register.View, k record.Key) ([]screen.Revision, error)

	// Changed returns when Tree would give another tree than seen, or the error
	// of ctx when that ends first.
	Changed(ctx context.Context, seen *register.Tree) error
}

// Still is a register that does not change, such as the shipped example.
type Still struct{ Of *register.Tree }

// Tree implements Register.
func (s Still) Tree(context.Context, record.Date) (*register.Tree, error) { return s.Of, nil }

// History implements Register.
func (s Still) History(context.Context, *register.View, record.Key) ([]screen.Revision, error) {
	return nil, nil
}

// Changed implements Register.
func (s Still) Changed(ctx context.Context, _ *register.Tree) error {
	<-ctx.Done()
	return ctx.Err()
}

// Folder is a register in a folder of files, read again when they change. While
// what is in the folder cannot be read as records, the last tree that could is
// shown; Tree fails only when there was none.
type Folder struct {
	dir string
	now func() time.Time

	mu    sync.Mutex
	tree  *register.Tree
	fault error
	stamp string
	next  time.Time     // before which the folder is not looked at again
	news  chan struct{} // closed when tree changes
}

// OpenFolder reads the folder once.
func OpenFolder(dir string, now func() time.Time) (*Folder, error) {
	f := &Folder{dir: dir, now: now, stamp: "never looked at", news: make(chan struct{})}
	f.look()
	return f, f.failed()
}

// lookEvery is how often a folder is looked at while somebody waits for news.
const lookEvery = 2 * time.Second

// Tree implements Register.
func (f *Folder) Tree(context.Context, record.Date) (*register.Tree, error) {
	f.look()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tree == nil {
		return nil, f.fault
	}
	return f.tree, nil
}

func (f *Folder) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tree == nil {
		return f.fault
	}
	return nil
}

// History implements Register: a folder of files keeps no past.
func (f *Folder) History(context.Context, *register.View, record.Key) ([]screen.Revision, error) {
	return nil, nil
}

// Changed implements Register.
func (f *Folder) Changed(ctx context.Context, seen *register.Tree) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		f.mu.Lock()
		tree, news := f.tree, f.news
		f.mu.Unlock()
		if tree != seen {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		case <-tick.C:
			f.look()
		}
	}
}

// look reads the folder again if a file in it has changed.
func (f *Folder) look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Before(f.next) {
		return
	}
	f.next = now.Add(lookEvery)
	stamp := stampOf(f.dir)
	if stamp == f.stamp {
		return
	}
	tree, errs, err := register.ReadTree(f.dir)
	f.stamp = stamp
	switch {
	case err != nil:
		f.fault = err
	case len(errs) > 0:
		f.fault = errs
	default:
		f.tree, f.fault = tree, nil
		close(f.news)
		f.news = make(chan struct{})
	}
}

// stampOf tells apart two states of a folder: names, sizes and times of all
// files in it.
func stampOf(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if strings.HasPrefix(d.Name(), ".") && name != dir {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			b.WriteString(name + "\x00" + info.ModTime().UTC().Format(time.RFC3339Nano) + "\x00" + record.Exactly(float64(info.Size())).String() + "\x00")
		}
		return nil
	})
	return b.String()
}
