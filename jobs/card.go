package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"entente/desk"
)

// Drawers of the desk that are this room's. A job has a card for as long as it is
// known. While it is open it has a slip as well, by urgency and age, which says
// from when it may be taken; when it has ended, a stub by the time of that.
const (
	cards   desk.Drawer = "jobs"
	slips   desk.Drawer = "jobs-open"
	stubs   desk.Drawer = "jobs-ended"
	results desk.Drawer = "jobs-results"
)

// card is all that lasts of a job. While a worker holds it, only the worker
// changes it.
type card struct {
	Kind     Kind            `json:"kind"`
	Key      string          `json:"key"`
	For      string          `json:"for,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`
	Lane     Lane            `json:"lane"`
	Queued   time.Time       `json:"queued"`
	State    State           `json:"state"`
	Turns    int             `json:"turns"`
	Failures int             `json:"failures"`
	Says     string          `json:"says,omitempty"` // why the last turn failed
	Worker   string          `json:"worker,omitempty"`
	Ended    time.Time       `json:"ended,omitzero"`
	Done     int             `json:"done,omitempty"` // of Total, when it ended
	Total    int             `json:"total,omitempty"`
	Result   int             `json:"result,omitempty"` // bytes
	Parts    []ID            `json:"parts,omitempty"`
	Of       []ID            `json:"of,omitempty"`    // jobs that wait for this one
	Asked    bool            `json:"asked,omitempty"` // by somebody, not only as a part
}

// slip is what workers look through, and what changes while one works.
type slip struct {
	ID     ID        `json:"id"`
	Kind   Kind      `json:"kind"`
	Lane   Lane      `json:"lane"`
	Turn   int       `json:"turn"`
	Due    time.Time `json:"due"` // from when anybody may take it: a lease ends then
	Worker string    `json:"worker,omitempty"`
	Says   string    `json:"says,omitempty"`
	Done   int       `json:"done,omitempty"`
	Total  int       `json:"total,omitempty"`
	Left   int       `json:"left,omitempty"` // parts that have not ended: above 0, nobody takes it
	Cancel bool      `json:"cancel,omitempty"`
	Part   bool      `json:"part,omitempty"` // nobody asked for it but a job
}

// sheet is that of a job which is new.
func (j Job) sheet(now time.Time, asked bool) *sheet {
	s := &sheet{id: j.ID(), card: card{Kind: j.Kind, Key: j.Key, For: j.For, Args: j.Args, Lane: j.Lane, Queued: now, Asked: asked}}
	s.await(now)
	return s
}

// ready reports whether anybody may take the job.
func (s *slip) ready(now time.Time) bool { return s.Left == 0 && !s.Due.After(now) }

func (s *slip) notice() Notice { return Notice{ID: s.ID, Kind: s.Kind, Lane: s.Lane, Turn: s.Turn} }

// open yields the slips of all jobs that have not ended, in the order in which
// they are to be taken. After an error there is nothing more.
func (q *Queue) open(ctx context.Context) iter.Seq2[*slip, error] {
	const page = 64
	return func(yield func(*slip, error) bool) {
		for after := ""; ; {
			items, err := q.desk.List(ctx, slips, after, page)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				s := &slip{}
				if err := unmarshal(item, s); !yield(s, err) || err != nil {
					return
				}
			}
			if len(items) < page {
				return
			}
			after = items[len(items)-1].Key
		}
	}
}

func (c *card) job() Job { return Job{c.Kind, c.Key, c.For, c.Args, c.Lane} }

func (c *card) slipKey(id ID) string {
	return fmt.Sprintf("%d-%016x-%s", c.Lane, c.Queued.UnixMicro(), id)
}

// Stubs of what somebody asked for lie apart from those of mere parts.
const (
	stubOfAsked = "asked-"
	stubOfPart  = "part-"
)

func (c *card) stubKey(id ID) string {
	prefix := stubOfPart
	if c.Asked {
		prefix = stubOfAsked
	}
	return fmt.Sprintf("%s%016x-%s", prefix, c.Ended.UnixMicro(), id)
}

// stub is the one of a job that has ended.
func (s *sheet) stub() desk.Change {
	return desk.Change{Drawer: stubs, Key: s.stubKey(s.id), Body: []byte("{}")}
}

// unstub takes it away.
func (s *sheet) unstub() desk.Change {
	return desk.Change{Drawer: stubs, Key: s.stubKey(s.id), Was: 1} // stubs are never changed
}

// ofStub is the inverse of stubKey.
func ofStub(key string) (id ID, ended time.Time) {
	rest, id := key[:len(key)-1-idBytes], ID(key[len(key)-idBytes:])
	micros, _ := strconv.ParseInt(rest[strings.IndexByte(rest, '-')+1:], 16, 64) // what stubKey wrote
	return id, time.UnixMicro(micros).UTC()
}

// sheet is a job as it lies on the desk: what is changed is changed in a copy,
// and put back under the revisions that were read.
type sheet struct {
	id  ID
	was struct{ card, slip int64 }
	card
	slip *slip // nil when the job has ended
}

// read is a job's sheet, or ErrAbsent.
func (q *Queue) read(ctx context.Context, id ID) (*sheet, error) {
	for range 10 {
		s := &sheet{id: id}
		item, err := q.desk.Get(ctx, cards, string(id))
		if errors.Is(err, desk.ErrAbsent) {
			return nil, ErrAbsent
		}
		if err != nil {
			return nil, err
		}
		if err := unmarshal(item, &s.card); err != nil {
			return nil, err
		}
		s.was.card = item.Revision
		if s.State.Ended() {
			return s, nil
		}
		item, err = q.desk.Get(ctx, slips, s.slipKey(id))
		if errors.Is(err, desk.ErrAbsent) {
			continue // it ended between the two
		}
		if err != nil {
			return nil, err
		}
		s.was.slip, s.slip = item.Revision, &slip{}
		return s, unmarshal(item, s.slip)
	}
	return nil, fmt.Errorf("jobs: job %s is open and has no slip", id)
}

// changes puts the sheet back.
func (s *sheet) changes() []desk.Change {
	changes := []desk.Change{{Drawer: cards, Key: string(s.id), Was: s.was.card, Body: marshal(s.card)}}
	if s.slip != nil {
		return append(changes, s.slipped())
	}
	if s.was.slip != 0 {
		changes = append(changes, desk.Change{Drawer: slips, Key: s.slipKey(s.id), Was: s.was.slip})
	}
	return changes
}

// slipped puts only the slip back.
func (s *sheet) slipped() desk.Change {
	return desk.Change{Drawer: slips, Key: s.slipKey(s.id), Was: s.was.slip, Body: marshal(s.slip)}
}

// await makes the job one to be taken from a time.
func (s *sheet) await(due time.Time) {
	s.State = Waiting
	s.slip = &slip{ID: s.id, Kind: s.Kind, Lane: s.Lane, Turn: s.Turns, Due: due, Part: !s.Asked}
}

// reopen has an ended job done once more, and returns what else that changes.
func (s *sheet) reopen(now time.Time) desk.Change {
	stub := s.unstub()
	s.Queued, s.Ended, s.Failures, s.Says, s.Parts = now, time.Time{}, 0, "", nil
	s.await(now)
	return stub
}

func marshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic("jobs: a card cannot be written: " + err.Error())
	}
	return body
}

func unmarshal(i desk.Item, v any) error {
	if err := json.Unmarshal(i.Body, v); err != nil {
		return fmt.Errorf("jobs: what lies in %s under %s cannot be read: %w", i.Drawer, i.Key, err)
	}
	return nil
}

// again does something that others' changes can spoil until they do not.
func again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, desk.ErrChanged) || ctx.Err() != nil {
			return err
		}
	}
}
