package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entente/desk"
	"entente/jobs"
)

// TestNothingIsLost has workers die, come back, lose the line for a while and
// fail, at random; in the end every job has its result, and on the desk nothing
// is left over.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) { chaos(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func chaos(t *testing.T, dice *rand.Rand) {
	d := &desk.Memory{}
	o := jobs.Options{AttemptsMax: 1000, Clock: time.Now, Backoff: time.Millisecond}
	home := open(t, d, o)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	const workers = 4
	for i := range workers {
		mine := rand.New(rand.NewPCG(dice.Uint64(), 2))
		go func() {
			defer func() { ended <- struct{}{} }()
			for life := 0; ctx.Err() == nil; life++ {
				live(ctx, t, d, o, fmt.Sprintf("%d-%d", i, life), mine)
			}
		}()
	}
	var keys []string
	for i := range 6 {
		var words []string
		for w := range 1 + dice.IntN(7) {
			words = append(words, fmt.Sprintf("w%d", (i+w)%9))
		}
		keys = append(keys, strings.Join(words, " "))
		time.Sleep(time.Duration(dice.IntN(30)) * time.Second)
		home.submit(keys[i])
	}
	for _, key := range keys {
		id := home.submit(key) // again, which changes nothing
		home.ended(id, jobs.Done)
		got, err := home.queue.Result(t.Context(), id)
		want := "found " + strings.ReplaceAll(key, " ", ".found ") + "."
		if err != nil || string(got) != want {
			t.Errorf("of %q it finds %q, %v; want %q", key, got, err, want)
		}
	}
	stop()
	for range workers {
		<-ended
	}
	count := func(drawer desk.Drawer) int {
		items, err := desk.All(t.Context(), d, drawer)
		if err != nil {
			t.Fatal(err)
		}
		return len(items)
	}
	if open, cards, stubs, results := count("jobs-open"), count("jobs"), count("jobs-ended"), count("jobs-results"); open != 0 || stubs != cards || results != cards {
		t.Errorf("left are %d slips, %d cards, %d stubs and %d results", open, cards, stubs, results)
	}
}

// live is the life of a worker: after a while it is stopped, or it dies, and says
// nothing more; in between the line may fail.
func live(ctx context.Context, t *testing.T, d desk.Store, o jobs.Options, name string, dice *rand.Rand) {
	line := &broken{Store: d}
	q, err := jobs.Open(line, nil, o)
	if err != nil {
		t.Error(err)
		return
	}
	life, stop := context.WithTimeout(ctx, time.Duration(1+dice.IntN(120))*time.Second)
	defer stop()
	dies := dice.IntN(2) == 0
	faults := rand.New(rand.NewPCG(dice.Uint64(), 3))
	go func() {
		for life.Err() == nil {
			sleep(life, time.Duration(faults.IntN(40))*time.Second)
			line.off.Store(true)
			if dies {
				return
			}
			sleep(life, time.Duration(faults.IntN(30))*time.Second)
			line.off.Store(false)
		}
	}()
	pace := time.Duration(1+dice.IntN(15)) * time.Second
	if err := q.Work(life, jobs.Worker{Name: name, Slots: 2, Duties: []jobs.Duty{{Kind: "work", Do: join}, {Kind: "part", Do: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
		sleep(ctx, pace)
		if time.Now().UnixMilli()%7 == 0 {
			return jobs.Outcome{}, errors.New("no luck")
		}
		return jobs.Outcome{Result: []byte("found " + task.Job.Key)}, nil
	}}}}); err != nil {
		t.Error(err)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// join asks for a part for each word of its key, and joins what they found.
func join(ctx context.Context, task *jobs.Task) (out jobs.Outcome, err error) {
	if task.Parts == nil {
		for word := range strings.FieldsSeq(task.Job.Key) {
			out.Parts = append(out.Parts, jobs.Job{Kind: "part", Key: word})
		}
		return out, nil
	}
	for _, id := range task.Parts {
		found, err := task.Result(ctx, id)
		if err != nil {
			return out, err
		}
		out.Result = append(append(out.Result, found...), '.')
	}
	return out, nil
}
