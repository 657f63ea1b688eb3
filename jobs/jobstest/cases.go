package jobstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"entente/jobs"
)

func once(b *bench) {
	var done tally
	j := job("echo", "a")
	other, mine := b.queue(), b.queue()
	var ids [8]jobs.ID
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() { ids[i], _ = []*jobs.Queue{other, mine}[i%2].Submit(b.Context(), j) })
	}
	all.Wait()
	for _, id := range ids {
		if id != j.ID() {
			b.Fatalf("submitted as %q; want %q", id, j.ID())
		}
	}
	for range 2 {
		b.work(b.office.Desk, 2, done.echo("echo"))
	}
	b.ended(mine, ids[0], jobs.Done)
	if again := b.submit(other, j); again != ids[0] {
		b.Errorf("asked again, it is job %s", again)
	}
	b.result(other, ids[0], "found a")

	wrong := j
	wrong.Args = []byte(`"b"`)
	var reuse *jobs.ReuseError
	if _, err := mine.Submit(b.Context(), wrong); !errors.As(err, &reuse) {
		b.Errorf("other arguments under the same key: %v", err)
	}
	eyes := j
	eyes.For = "NOR"
	b.ended(mine, b.submit(mine, eyes), jobs.Done)
	if n := done.get("a"); n != 2 {
		b.Errorf("done %d times; want once for each who may see it", n)
	}
}

func shared(b *bench) {
	const n = 40
	var done tally
	var by [2]atomic.Int32
	q := b.queue()
	for i := range n {
		b.submit(q, job("echo", fmt.Sprint(i)))
	}
	both := make(chan struct{})
	for w := range by {
		b.work(b.office.Desk, 2, jobs.Duty{Kind: "echo", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
			done.add(t.Job.Key)
			if by[w].Add(1); by[0].Load() > 0 && by[1].Load() > 0 {
				sync.OnceFunc(func() {
					defer func() { _ = recover() }() // both may see it first
					close(both)
				})()
			}
			return jobs.Outcome{Result: []byte(t.Job.Key)}, wait(ctx, both)
		}})
	}
	for i := range n {
		id := job("echo", fmt.Sprint(i)).ID()
		b.ended(q, id, jobs.Done)
		b.result(q, id, fmt.Sprint(i))
		if n := done.get(fmt.Sprint(i)); n != 1 {
			b.Errorf("job %d was begun %d times", i, n)
		}
	}
}

func retried(b *bench) {
	var done tally
	q := b.queue()
	b.work(b.office.Desk, 1, jobs.Duty{Kind: "try", Do: func(_ context.Context, t *jobs.Task) (jobs.Outcome, error) {
		n := done.add(t.Job.Key)
		switch {
		case t.Job.Key == "good" || t.Job.Key == "second" && n > 1 || t.Job.Key == "fourth" && n > 3:
			return jobs.Outcome{Result: []byte(t.Job.Key)}, nil
		case t.Job.Key == "hopeless":
			return jobs.Outcome{}, jobs.Permanent(errNoLuck)
		case t.Job.Key == "panics":
			panic("ouch")
		}
		return jobs.Outcome{}, errNoLuck
	}})
	for _, c := range []struct {
		key   string
		state jobs.State
		turns int
		says  string
	}{
		{"good", jobs.Done, 1, ""},
		{"second", jobs.Done, 2, ""},
		{"fourth", jobs.Failed, 3, "given up after 3 attempts: no luck"},
		{"hopeless", jobs.Failed, 1, "no luck"},
		{"panics", jobs.Failed, 3, "given up after 3 attempts: a mistake in the program: ouch"},
	} {
		s := b.ended(q, b.submit(q, job("try", c.key)), c.state)
		if s.Says != c.says || s.Turns != c.turns || done.get(c.key) != c.turns {
			b.Errorf("%s: %q after %d turns, begun %d times; want %q after %d", c.key, s.Says, s.Turns, done.get(c.key), c.says, c.turns)
		}
	}
	fourth := job("try", "fourth")
	b.ended(q, b.submit(q, fourth), jobs.Failed) // asking again does not try again
	if _, err := q.Result(b.Context(), fourth.ID()); !errors.Is(err, jobs.ErrUnfinished) || !strings.Contains(err.Error(), "no luck") {
		b.Errorf("the result of what failed: %v", err)
	}
	b.must(q.Retry(b.Context(), fourth.ID()))
	b.ended(q, fourth.ID(), jobs.Done)
	b.result(q, fourth.ID(), "fourth")
	if err := q.Retry(b.Context(), fourth.ID()); err == nil {
		b.Error("what is done is tried again")
	}
}

func cancelled(b *bench) {
	var done tally
	q := b.queue()
	waits := b.submit(q, job("hang", "waits"))
	b.must(q.Cancel(b.Context(), waits))
	b.ended(q, waits, jobs.Cancelled)
	began, let := make(chan struct{}, 1), make(chan struct{})
	b.work(b.office.Desk, 1, jobs.Duty{Kind: "hang", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		if done.add(t.Job.Key) > 1 || t.Job.Key == "waits" {
			return jobs.Outcome{Result: []byte("now")}, nil
		}
		began <- struct{}{}
		return jobs.Outcome{Result: []byte("now")}, wait(ctx, let)
	}})
	runs := b.submit(q, job("hang", "runs"))
	<-began
	b.must(q.Cancel(b.Context(), runs))
	b.ended(q, runs, jobs.Cancelled)
	b.must(q.Cancel(b.Context(), runs)) // it is over, and that is fine
	again := b.submit(q, job("hang", "again"))
	<-began
	b.must(q.Cancel(b.Context(), again))
	b.submit(q, job("hang", "again")) // before its worker has heard, or after
	close(let)
	b.ended(q, again, jobs.Done)
	if n := done.get("waits"); n != 0 {
		b.Errorf("what was cancelled was begun %d times", n)
	}
	for _, id := range []jobs.ID{b.submit(q, job("hang", "waits")), b.submit(q, job("hang", "runs"))} { // wanted again
		b.ended(q, id, jobs.Done)
		b.must(q.Cancel(b.Context(), id))
		b.result(q, id, "now")
	}
	if err := q.Cancel(b.Context(), "no-such-job"); !errors.Is(err, jobs.ErrAbsent) {
		b.Errorf("cancel of nothing: %v", err)
	}
}

func handedBack(b *bench) {
	q := b.queue()
	began, let := make(chan struct{}, 8), make(chan struct{})
	hang := jobs.Duty{Kind: "hang", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		began <- struct{}{}
		return jobs.Outcome{Result: []byte("found")}, wait(ctx, let)
	}}
	id := b.submit(q, job("hang", "a"))
	for range 4 { // more often than it may fail
		stop := b.work(b.office.Desk, 1, hang)
		<-began
		stop()
		if s, err := q.Status(b.Context(), id); err != nil || s.State != jobs.Waiting {
			b.Fatalf("handed back it is %s, %v", s.State, err)
		}
	}
	close(let)
	b.work(b.office.Desk, 1, hang)
	if s := b.ended(q, id, jobs.Done); s.Failures != 0 || s.Turns != 5 {
		b.Errorf("%d failures in %d turns; want 0 in 5", s.Failures, s.Turns)
	}
}

// dies has a worker take the job and die with it; it comes back to say what it
// has to say, and goes home.
func dies(b *bench, began <-chan struct{}, duty jobs.Duty) (comesBack func()) {
	line := &cut{Store: b.office.Desk}
	stop := b.work(line, 1, duty)
	<-began
	line.off.Store(true)
	return func() {
		line.off.Store(false)
		stop()
	}
}

func takenOver(b *bench) {
	b.lease = death
	q := b.queue()
	began, say, let := make(chan struct{}, 8), make(chan struct{}), make(chan struct{})
	id := b.submit(q, job("find", "a"))
	comesBack := dies(b, began, jobs.Duty{Kind: "find", Do: func(context.Context, *jobs.Task) (jobs.Outcome, error) {
		began <- struct{}{}
		<-say
		return jobs.Outcome{Result: []byte("by the dead")}, nil
	}})
	b.work(b.office.Desk, 1, jobs.Duty{Kind: "find", Do: func(ctx context.Context, _ *jobs.Task) (jobs.Outcome, error) {
		began <- struct{}{}
		return jobs.Outcome{Result: []byte("by the living")}, wait(ctx, let)
	}})
	<-began
	close(say)
	comesBack()
	if s, err := q.Status(b.Context(), id); err != nil || s.State != jobs.Running {
		b.Errorf("what the dead says is heard: the job is %s, %v", s.State, err)
	}
	close(let)
	s := b.ended(q, id, jobs.Done)
	b.result(q, id, "by the living")
	if s.Turns != 2 || s.Failures != 1 {
		b.Errorf("%d turns, %d failures; want 2 and 1", s.Turns, s.Failures)
	}
}

func poison(b *bench) {
	b.lease = death
	q := b.queue()
	began, let := make(chan struct{}, 8), make(chan struct{})
	kills := jobs.Duty{Kind: "kill", Do: func(context.Context, *jobs.Task) (jobs.Outcome, error) {
		began <- struct{}{}
		<-let
		return jobs.Outcome{}, nil
	}}
	id := b.submit(q, job("kill", "a"))
	for range 3 {
		defer dies(b, began, kills)()
	}
	defer close(let)
	b.work(b.office.Desk, 1, jobs.Duty{Kind: "kill", Do: func(context.Context, *jobs.Task) (jobs.Outcome, error) {
		b.Error("it is tried once too often")
		return jobs.Outcome{}, nil
	}})
	s := b.ended(q, id, jobs.Failed)
	if !strings.HasPrefix(s.Says, "given up after 3 attempts: its worker worker-") {
		b.Errorf("it says %q", s.Says)
	}
}

// whole asks for parts, one for each word of its key, and then joins what they
// found.
func whole(done *tally) jobs.Duty {
	return jobs.Duty{Kind: "whole", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		done.add(t.Job.Key)
		var out jobs.Outcome
		if t.Parts == nil {
			for word := range strings.FieldsSeq(t.Job.Key) {
				out.Parts = append(out.Parts, job("part", word))
			}
			return out, nil
		}
		for _, id := range t.Parts {
			found, err := t.Result(ctx, id)
			if err != nil {
				return out, err
			}
			out.Result = append(append(out.Result, found...), '.')
		}
		return out, nil
	}}
}

func parted(b *bench) {
	const n = 30
	var done tally
	var words, want []string
	for i := range n {
		words = append(words, fmt.Sprintf("w%d", i))
		want = append(want, fmt.Sprintf("found w%d.", i))
	}
	q := b.queue()
	id := b.submit(q, job("whole", strings.Join(words, " ")))
	half := make(chan struct{})
	part := jobs.Duty{Kind: "part", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		done.add(t.Job.Key)
		if slices.Index(words, t.Job.Key) >= n/2 {
			return jobs.Outcome{Result: []byte("found " + t.Job.Key)}, wait(ctx, half)
		}
		return jobs.Outcome{Result: []byte("found " + t.Job.Key)}, nil
	}}
	for range 2 {
		b.work(b.office.Desk, 2, whole(&done), part)
	}
	b.until("half the parts are done", func() bool {
		s, err := q.Status(b.Context(), id)
		return err == nil && s.State == jobs.InParts && s.Done == n/2 && s.Total == n && len(s.Parts) == n
	})
	b.result(q, job("part", "w0").ID(), "found w0") // what there is can be seen already
	close(half)
	s := b.ended(q, id, jobs.Done)
	b.result(q, id, strings.Join(want, ""))
	if s.Done != n || s.Total != n || s.Failures != 0 {
		b.Errorf("in the end it is at %d of %d, with %d failures", s.Done, s.Total, s.Failures)
	}
	for _, word := range words {
		if done.get(word) != 1 {
			b.Errorf("part %s was begun %d times", word, done.get(word))
		}
	}
}

func partsShared(b *bench) {
	var done tally
	q := b.queue()
	one, two := b.submit(q, job("whole", "a b c")), b.submit(q, job("whole", "c b d"))
	own := b.submit(q, job("part", "b")) // somebody wants it for itself
	b.work(b.office.Desk, 2, whole(&done), done.echo("part"))
	for id, want := range map[jobs.ID]string{one: "found a.found b.found c.", two: "found c.found b.found d.", own: "found b"} {
		b.ended(q, id, jobs.Done)
		b.result(q, id, want)
	}
	third := b.submit(q, job("whole", "d a")) // all of it is there
	b.ended(q, third, jobs.Done)
	b.result(q, third, "found d.found a.")
	for _, part := range []string{"a", "b", "c", "d"} {
		if done.get(part) != 1 {
			b.Errorf("part %s was begun %d times", part, done.get(part))
		}
	}
}

func partsRetried(b *bench) {
	var done tally
	var broken atomic.Bool
	broken.Store(true)
	q := b.queue()
	b.work(b.office.Desk, 2, whole(&done), jobs.Duty{Kind: "part", Do: func(_ context.Context, t *jobs.Task) (jobs.Outcome, error) {
		done.add(t.Job.Key)
		if t.Job.Key == "b" && broken.Load() {
			return jobs.Outcome{}, jobs.Permanent(errNoLuck)
		}
		return jobs.Outcome{Result: []byte(t.Job.Key)}, nil
	}})
	id := b.submit(q, job("whole", "a b c"))
	s := b.ended(q, id, jobs.Failed)
	if want := "1 of 3 parts were not done; the first: part failed, no luck"; s.Says != want {
		b.Errorf("it says %q; want %q", s.Says, want)
	}
	broken.Store(false)
	b.must(q.Retry(b.Context(), id))
	b.ended(q, id, jobs.Done)
	b.result(q, id, "a.b.c.")
	if done.get("a") != 1 || done.get("b") != 2 || done.get("c") != 1 {
		b.Errorf("the parts were begun %v times; want only b twice", done.of)
	}
}

func partsCancelled(b *bench) {
	var done tally
	q := b.queue()
	let := make(chan struct{})
	one, two := b.submit(q, job("whole", "a b")), b.submit(q, job("whole", "b c"))
	b.work(b.office.Desk, 1, whole(&done))
	b.until("both wait for their parts", func() bool {
		s1, err1 := q.Status(b.Context(), one)
		s2, err2 := q.Status(b.Context(), two)
		return err1 == nil && err2 == nil && s1.State == jobs.InParts && s2.State == jobs.InParts
	})
	b.must(q.Cancel(b.Context(), one))
	b.ended(q, job("part", "a").ID(), jobs.Cancelled)
	close(let)
	b.work(b.office.Desk, 1, done.echo("part"))
	b.ended(q, two, jobs.Done)
	b.ended(q, one, jobs.Cancelled)
	b.ended(q, b.submit(q, job("whole", "a b")), jobs.Done) // wanted again
	b.result(q, one, "found a.found b.")
}

func urgent(b *bench) {
	q := b.queue()
	var order []string
	began, let := make(chan struct{}), make(chan struct{})
	duty := func(_ context.Context, t *jobs.Task) (jobs.Outcome, error) {
		if t.Job.Key == "first" {
			close(began)
			<-let
		}
		order = append(order, t.Job.Key)
		return jobs.Outcome{}, nil
	}
	b.submit(q, job("plan", "first"))
	b.work(b.office.Desk, 1, jobs.Duty{Kind: "plan", Do: duty}, jobs.Duty{Kind: "sweep", Do: duty})
	<-began
	last := jobs.ID("")
	for _, key := range []string{"bulk 1", "bulk 2"} {
		j := job("sweep", key)
		j.Lane = jobs.Bulk
		last = b.submit(q, j)
	}
	for _, key := range []string{"awaited 1", "awaited 2"} {
		b.submit(q, job("plan", key))
	}
	close(let)
	b.ended(q, last, jobs.Done)
	if want := []string{"first", "awaited 1", "awaited 2", "bulk 1", "bulk 2"}; !slices.Equal(order, want) {
		b.Errorf("taken in the order %q; want %q", order, want)
	}
}

func seen(b *bench) {
	q := b.queue()
	let := make(chan struct{})
	var done tally
	b.work(b.office.Desk, 2, whole(&done), done.echo("part"), jobs.Duty{Kind: "long", Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		t.Says("at the first half")
		t.Progress(3, 7)
		return jobs.Outcome{}, wait(ctx, let)
	}})
	b.ended(q, b.submit(q, job("whole", "a b")), jobs.Done)
	id := b.submit(q, job("long", "x"))
	b.until("one sees how far it is", func() bool {
		s, err := q.Status(b.Context(), id)
		return err == nil && s.State == jobs.Running && s.Done == 3 && s.Total == 7 && s.Says == "at the first half" && s.Worker != ""
	})
	rest := b.submit(q, job("nobody", "does this"))
	keys := func() (keys []string) {
		list, err := q.List(b.Context(), 10)
		b.must(err)
		for _, s := range list {
			keys = append(keys, s.Key)
		}
		return keys
	}
	if got, want := keys(), []string{"x", "does this", "a b"}; !slices.Equal(got, want) {
		b.Errorf("listed are %q; want %q", got, want)
	}
	close(let)
	b.ended(q, id, jobs.Done)
	b.submit(q, job("part", "b")) // there already, and now somebody's own
	if got, want := keys(), []string{"does this", "x", "b", "a b"}; !slices.Equal(got, want) && !slices.Equal(got, []string{"does this", "x", "a b", "b"}) {
		b.Errorf("listed are %q; want %q", got, want)
	}
	b.must(q.Cancel(b.Context(), rest))
}

func refused(b *bench) {
	var done tally
	q := b.queue()
	for what, j := range map[string]jobs.Job{
		"no kind":      {Key: "a"},
		"a bad kind":   {Kind: "Plan!", Key: "a"},
		"no key":       {Kind: "plan"},
		"a long key":   {Kind: "plan", Key: strings.Repeat("k", jobs.KeyBytesMax+1)},
		"no JSON":      {Kind: "plan", Key: "a", Args: []byte("{")},
		"large args":   {Kind: "plan", Key: "a", Args: []byte(`"` + strings.Repeat("a", jobs.ArgsBytesMax) + `"`)},
		"no such lane": {Kind: "plan", Key: "a", Lane: 9},
	} {
		if _, err := q.Submit(b.Context(), j); err == nil {
			b.Errorf("%s is accepted", what)
		}
	}
	for what, err := range map[string]error{
		"status": func() error { _, err := q.Status(b.Context(), "none"); return err }(),
		"result": func() error { _, err := q.Result(b.Context(), "none"); return err }(),
		"retry":  q.Retry(b.Context(), "none"),
	} {
		if !errors.Is(err, jobs.ErrAbsent) {
			b.Errorf("%s of nothing: %v", what, err)
		}
	}
	b.work(b.office.Desk, 1, done.echo("part"), jobs.Duty{Kind: "big", Do: func(_ context.Context, t *jobs.Task) (jobs.Outcome, error) {
		switch t.Job.Key {
		case "result":
			return jobs.Outcome{Result: make([]byte, jobs.ResultBytesMax+1)}, nil
		case "twice":
			return jobs.Outcome{Parts: []jobs.Job{job("part", "a"), job("part", "a")}}, nil
		case "itself":
			return jobs.Outcome{Parts: []jobs.Job{t.Job}}, nil
		}
		return jobs.Outcome{Parts: make([]jobs.Job, jobs.PartsMax+1)}, nil
	}})
	for key, want := range map[string]string{"result": "more than 33554432", "parts": "more than 1000", "twice": "twice", "itself": "for itself"} {
		if s := b.ended(q, b.submit(q, job("big", key)), jobs.Failed); !strings.Contains(s.Says, want) || s.Turns != 1 {
			b.Errorf("%s: it says %q after %d turns", key, s.Says, s.Turns)
		}
	}
	for i := 0; ; i++ {
		_, err := q.Submit(b.Context(), job("nobody", fmt.Sprint(i)))
		if errors.Is(err, jobs.ErrFull) && i == openMax {
			break
		}
		if err != nil || i > openMax {
			b.Fatalf("job %d: %v", i, err)
		}
	}
}
