// Package jobs has work done later, by whoever has time: plans, sweeps, imports,
// exports.
//
// A Job says what is asked for: a kind, a key and arguments. Who asks for the
// same thing again gets the same job, and what it found. Workers, in this
// process or on other machines, take jobs, and everything about a job is a card
// on the desk, changed only by whoever has read its newest revision. Laws, to
// which jobstest.Run holds every way of delivering jobs:
//
//   - A key is never done twice at a time, and what it found is kept: two who
//     submit it share one job and one result.
//   - A worker holds a job by a lease, which it renews while it works. When it
//     dies, the lease runs out and another worker begins anew; what a worker
//     finds after it has lost its lease is thrown away.
//   - A job that ends badly is tried again, later each time. One that has ended
//     badly AttemptsMax times, its worker's death counted, is given up, and says
//     why.
//   - A worker that is told to stop hands its jobs back, which counts as nothing.
//   - A job can ask for parts. It is taken up again when all of them have ended,
//     with what they found in the order in which it asked, whoever did them and
//     in whatever order. A part that is there already is not done again.
//   - What is urgent is taken first, and then what has waited longest.
//
// Handlers must be such that doing a thing twice does no harm: a lease can run
// out while its holder only sleeps. Clocks of different machines may differ by a
// good part of a lease.
package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"entente/desk"
)

// Kind is a sort of work: one handler does it. Lower-case letters, digits and
// hyphens.
type Kind string

// Lane says how urgent a job is.
type Lane int

// Lanes.
const (
	Awaited Lane = iota // somebody looks at the clock
	Bulk                // parts of something large
	lanes
)

// Job is what is asked for.
type Job struct {
	Kind Kind
	Key  string          // names what is asked for, whole: the same key has the same result
	For  string          // in whose eyes: no two of them share a job. This room does not judge who may see it
	Args json.RawMessage // for the handler
	Lane Lane
}

// ID names a job. It follows from kind, key and For.
type ID string

// ID is the job's name.
func (j Job) ID() ID {
	h := sha256.New()
	for _, s := range []string{string(j.Kind), j.Key, j.For} {
		fmt.Fprintf(h, "%d:%s,", len(s), s)
	}
	return ID(hex.EncodeToString(h.Sum(nil)[:idBytes/2]))
}

const idBytes = 32

// Limits of a job.
const (
	KeyBytesMax    = 8 << 10
	ArgsBytesMax   = 64 << 10
	ResultBytesMax = 32 << 20
	PartsMax       = 1000
)

func (j Job) check() error {
	switch {
	case !isKind(j.Kind):
		return fmt.Errorf("jobs: %q is no kind of job: write lower-case letters, digits and hyphens", j.Kind)
	case j.Key == "" || len(j.Key) > KeyBytesMax:
		return fmt.Errorf("jobs: a %s needs a key of at most %d bytes", j.Kind, KeyBytesMax)
	case len(j.Args) > ArgsBytesMax:
		return fmt.Errorf("jobs: the arguments of a %s have more than %d bytes: name large things, do not send them", j.Kind, ArgsBytesMax)
	case len(j.Args) > 0 && !json.Valid(j.Args):
		return fmt.Errorf("jobs: the arguments of a %s are not JSON", j.Kind)
	case j.Lane < 0 || j.Lane >= lanes:
		return fmt.Errorf("jobs: there is no lane %d", j.Lane)
	}
	return nil
}

const kindBytesMax = 40

func isKind(k Kind) bool {
	for _, c := range k {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return k != "" && len(k) <= kindBytesMax
}

// State is how far a job has come.
type State string

// States.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	InParts   State = "in parts" // waits for its parts
	Done      State = "done"
	Failed    State = "failed" // given up
	Cancelled State = "cancelled"
)

// Ended reports whether nothing more happens to the job by itself.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Status is what there is to say of a job.
type Status struct {
	ID        ID        `json:"id"`
	Kind      Kind      `json:"kind"`
	Key       string    `json:"key"`
	For       string    `json:"for"`
	State     State     `json:"state"`
	Says      string    `json:"says,omitempty"`   // what it is at, or why it failed
	Done      int       `json:"done"`             // of Total; both 0 when nobody knows
	Total     int       `json:"total"`            //
	Turns     int       `json:"turns"`            // how often it was taken
	Failures  int       `json:"failures"`         // how often that ended badly
	Worker    string    `json:"worker,omitempty"` // who has it, or had it last
	Queued    time.Time `json:"queued"`
	Ended     time.Time `json:"ended,omitzero"`
	ResultLen int       `json:"result_bytes,omitempty"`
	Parts     []ID      `json:"parts,omitempty"`
	Stopping  bool      `json:"stopping,omitempty"` // is to be cancelled, and its worker has not heard yet
}

// Errors; every other means that the database failed.
var (
	ErrAbsent     = errors.New("jobs: there is no such job")
	ErrFull       = errors.New("jobs: too many jobs wait already: wait until some are done, or start another worker")
	ErrUnfinished = errors.New("jobs: the job has no result yet")
)

// ReuseError reports that a key stands for other arguments than those given.
type ReuseError struct{ ID ID }

func (e *ReuseError) Error() string {
	return fmt.Sprintf("jobs: job %s has the same key and other arguments: a key must name all that is asked for", e.ID)
}

// Options of a queue. Only the clock is needed.
type Options struct {
	Clock       func() time.Time
	Lease       time.Duration // how long a job is a worker's without a sign of life; 0 is 15 s
	Look        time.Duration // how often an idle worker looks for jobs; 0 is 250 ms
	KeptFor     time.Duration // how long what has ended is kept; 0 is a week
	KeptMax     int           // how many jobs that have ended are kept; 0 is 5000
	OpenMax     int           // how many jobs may wait; 0 is 10000
	AttemptsMax int           // how often a job may end badly; 0 is 3
	Backoff     time.Duration // before the first new attempt, doubled for each more; 0 is 1 s
}

func (o Options) filled() Options {
	orElse(&o.Lease, 15*time.Second)
	orElse(&o.Look, 250*time.Millisecond)
	orElse(&o.KeptFor, 7*24*time.Hour)
	orElse(&o.KeptMax, 5000)
	orElse(&o.OpenMax, 10000)
	orElse(&o.AttemptsMax, 3)
	orElse(&o.Backoff, time.Second)
	return o
}

func orElse[T comparable](x *T, other T) {
	var zero T
	if *x == zero {
		*x = other
	}
}

// Queue is where jobs are submitted and taken from. Any number of queues, in any
// number of processes, may share a desk. It is safe for many goroutines.
type Queue struct {
	desk desk.Store
	post Post
	o    Options

	mu   sync.Mutex
	bell chan struct{} // closed, and replaced, when there may be something to do
}

// Open returns the queue on a desk, which stays the caller's to close. With no
// post, workers look at the desk.
func Open(s desk.Store, p Post, o Options) (*Queue, error) {
	if o.Clock == nil {
		return nil, errors.New("jobs: open: a clock is needed")
	}
	q := &Queue{desk: s, post: p, o: o.filled(), bell: make(chan struct{})}
	if p == nil {
		q.post = looking{q}
	}
	return q, nil
}

func (q *Queue) now() time.Time { return q.o.Clock().UTC().Truncate(time.Microsecond) }

// Post brings workers word that there is something to do. Word may come late,
// twice, or for nothing, and a little of it may get lost: workers look at the
// desk from time to time and offer again what nobody has taken.
type Post interface {
	// Offer sends word of a job. The same notice sent twice may be one.
	Offer(ctx context.Context, n Notice) error

	// Deliver calls next for each word that comes of a job of these kinds, at
	// most slots at a time, until ctx is done; then it waits for those calls to
	// end. next does one job and reports whether there was one.
	Deliver(ctx context.Context, kinds []Kind, slots int, next func(context.Context) bool) error
}

// Notice is word of a job that can be taken.
type Notice struct {
	ID    ID
	Kind  Kind
	Lane  Lane
	Turn  int // a job that is to be taken once more is another word
	Round int // rises while nobody takes it
}
