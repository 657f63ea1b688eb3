package shared

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"entente/account"
	"entente/desk"
	"entente/ledger"
	"entente/record"
	"entente/register"
)

// Live is a register that is asked again and again. It keeps the newest tree and
// carries it forward by the entries that were added, and a few of the past. While
// nothing changes, it gives the same pointer. It is safe for many goroutines.
type Live struct {
	*Register

	reading sync.Mutex // one reads anew, the others wait for it
	now     state
	past    []state // the latest asked for first

	looking sync.Mutex
	look    *look // that has not begun, or is going on
	next    *look // that begins after it

	hearing sync.Mutex
	heard   ledger.Seq
	news    chan struct{} // closed when heard rises
}

// state is a tree as it was known at a size, under settings.
type state struct {
	size     ledger.Seq
	settings string // and policies: see rules
	tree     *register.Tree
}

// lookTimeMax is how long many may look together: each of them may leave sooner.
const lookTimeMax = 30 * time.Second

// pastKept is how many trees of the past are kept.
const pastKept = 4

// Live makes r fit to be asked often.
func (r *Register) Live() *Live { return &Live{Register: r, news: make(chan struct{})} }

// look is one look at the newest tree, for all who asked before it began.
type look struct {
	done chan struct{}
	tree *register.Tree
	size ledger.Seq
	err  error
}

// Tree is Register.Tree. Of those who ask for the newest at the same time all but
// one wait for the look that begins next: when there is news a thousand streams
// ask at once.
func (l *Live) Tree(ctx context.Context, k register.Known) (*register.Tree, ledger.Seq, error) {
	if k != (register.Known{}) {
		return l.find(ctx, k)
	}
	l.looking.Lock()
	if l.look == nil {
		one := &look{done: make(chan struct{})}
		l.look = one
		l.looking.Unlock()
		l.lookOnce(ctx, one)
		return one.tree, one.size, one.err
	}
	if l.next == nil {
		l.next = &look{done: make(chan struct{})}
	}
	one := l.next
	l.looking.Unlock()
	select {
	case <-one.done:
		return one.tree, one.size, one.err
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}

// lookOnce looks, and then lets those look who have asked meanwhile, together.
func (l *Live) lookOnce(ctx context.Context, one *look) {
	one.tree, one.size, one.err = l.find(ctx, register.Known{})
	close(one.done)
	l.looking.Lock()
	defer l.looking.Unlock()
	if l.look, l.next = l.next, nil; l.look != nil {
		go func(one *look) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeMax)
			defer cancel()
			l.lookOnce(ctx, one)
		}(l.look)
	}
}

// find is the tree as it was known.
func (l *Live) find(ctx context.Context, k register.Known) (*register.Tree, ledger.Seq, error) {
	size, err := k.SizeIn(ctx, l.Ledger)
	if err != nil {
		return nil, 0, err
	}
	settings, err := l.rules(ctx, size)
	if err != nil {
		return nil, 0, err
	}
	l.reading.Lock()
	defer l.reading.Unlock()
	if size < l.now.size {
		tree, err := l.then(ctx, size, settings)
		return tree, size, err
	}
	if l.now.tree == nil || l.now.settings != settings {
		l.now.size = size
		l.now.tree, err = l.treeAt(ctx, size)
	} else if size > l.now.size {
		err = l.advance(ctx, size)
	}
	if err != nil {
		l.now = state{}
		return nil, 0, err
	}
	l.now.settings = settings
	return l.now.tree, l.now.size, nil
}

// rules tell states apart that have the same entries: the settings, and the
// policies of today.
func (l *Live) rules(ctx context.Context, size ledger.Seq) (string, error) {
	settings, err := l.SettingsText(ctx, size)
	if err != nil {
		return "", err
	}
	policies, err := account.PolicyFiles(ctx, l.Desk)
	return fmt.Sprintf("%q %q", settings, policies), err
}

// advance carries the newest tree forward.
func (l *Live) advance(ctx context.Context, size ledger.Seq) error {
	next, err := l.now.tree.Advance(ctx, l.Ledger, l.now.size, size)
	if err != nil {
		return err
	}
	var failed error
	next = next.WithTexts(func(d *record.Document) (register.Text, bool) {
		if t, ok := next.Text(record.DocumentID(d.ID)); ok && t.Fault == "" {
			return t, true
		}
		item, err := l.Desk.Get(ctx, textsDrawer, textKey(d))
		if err != nil && !errors.Is(err, desk.ErrAbsent) {
			failed = err
		}
		return register.TextOf(item.Body), err == nil
	})
	if failed != nil {
		return failed
	}
	l.now.tree, l.now.size = next, size
	return nil
}

// then is a tree of the past.
func (l *Live) then(ctx context.Context, size ledger.Seq, settings string) (*register.Tree, error) {
	for i, s := range l.past {
		if s.size == size && s.settings == settings {
			l.past = append([]state{s}, append(l.past[:i:i], l.past[i+1:]...)...)
			return s.tree, nil
		}
	}
	tree, err := l.treeAt(ctx, size)
	if err != nil {
		return nil, err
	}
	l.past = append([]state{{size, settings, tree}}, l.past...)
	l.past = l.past[:min(len(l.past), pastKept)]
	return tree, nil
}

// Listen hears of every change of the ledger, whichever process made it, until ctx
// ends. It waits once for all who wait with Changed.
func (l *Live) Listen(ctx context.Context) error {
	for {
		l.hearing.Lock()
		after := l.heard
		l.hearing.Unlock()
		size, err := l.Ledger.Wait(ctx, after)
		if err != nil {
			return err
		}
		l.hearing.Lock()
		l.heard = size
		close(l.news)
		l.news = make(chan struct{})
		l.hearing.Unlock()
	}
}

// Changed returns when the ledger has more entries than after, as far as Listen
// has heard, or with the error of ctx.
func (l *Live) Changed(ctx context.Context, after ledger.Seq) error {
	for {
		l.hearing.Lock()
		heard, news := l.heard, l.news
		l.hearing.Unlock()
		if heard > after {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		}
	}
}
