package ledger

import (
	"fmt"
	"strings"
	"time"

	"entente/record"
)

// Refusal is bad input: what is wrong with it, and what to do.
type Refusal struct{ Says, Fix string }

// Error is the sentence and the remedy.
func (r *Refusal) Error() string { return "ledger: " + r.Says + "; " + r.Fix }

// Conflict is one record that is not as the caller thought: Have is its newest
// entry, 0 for none, made by By at At.
type Conflict struct {
	Key        record.Key
	Want, Have Seq
	By         Actor
	At         time.Time
	Retired    bool // whether Have retired it
}

// String is a sentence for people.
func (c Conflict) String() string {
	switch {
	case c.Have == 0:
		return fmt.Sprintf("%s is not in the ledger, and was to be entry %d", c.Key, c.Want)
	case c.Retired:
		return fmt.Sprintf("%s was retired by %s on %s (entry %d)", c.Key, c.By, stamp(c.At), c.Have)
	case c.Want == 0:
		return fmt.Sprintf("%s is already there, by %s on %s (entry %d)", c.Key, c.By, stamp(c.At), c.Have)
	}
	return fmt.Sprintf("%s was changed by %s on %s (entry %d, not %d)", c.Key, c.By, stamp(c.At), c.Have, c.Want)
}

// ConflictError lists every record of a batch that changed meanwhile.
type ConflictError struct{ Conflicts []Conflict }

// Error is one sentence a record, and the remedy.
func (e *ConflictError) Error() string {
	says := make([]string, len(e.Conflicts))
	for i, c := range e.Conflicts {
		says[i] = c.String()
	}
	return "ledger: " + strings.Join(says, "; ") + "; read what is there now, then decide again"
}

// HeadError reports that the ledger is not at the head that the caller named.
type HeadError struct{ Want, Have Head }

// Error is the sentence and the remedy.
func (e *HeadError) Error() string {
	says := fmt.Sprintf("the ledger has %d entries, not %d", e.Have.Size, e.Want.Size)
	if e.Have.Size == e.Want.Size {
		says = fmt.Sprintf("the ledger of %d entries is another one: its root is %s, not %s", e.Have.Size, e.Have.Root, e.Want.Root)
	}
	return "ledger: " + says + "; read what is there now, then decide again"
}

// ReuseError reports that a batch id already stands for something else.
type ReuseError struct {
	Batch string
	First Seq
	By    Actor
	At    time.Time
}

// Error is the sentence and the remedy.
func (e *ReuseError) Error() string {
	return fmt.Sprintf("ledger: batch %s says something else since %s, by %s (entry %d); use a new id for what is new", e.Batch, stamp(e.At), e.By, e.First)
}
