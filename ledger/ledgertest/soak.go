package ledgertest

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/ledger"
)

const (
	soakWriters = 64
	soakRows    = 3 // a batch
	soakFolder  = "ENTENTE_SOAK_FOLDER"
	soakPast    = "ENTENTE_SOAK_PAST"
)

// soakBatch is a batch of new places.
func soakBatch(id, note string) ledger.Batch {
	b := ledger.Batch{ID: id}
	for i := range soakRows {
		c, err := ledger.Put(Place(fmt.Sprintf("%s-%d", id, i), note), 0)
		if err != nil {
			panic(err)
		}
		b.Changes = append(b.Changes, c)
	}
	return b
}

// soakOptions are a clock that steps to and fro within an hour, and salts that
// are new in every process. Only the committer asks for the time.
func soakOptions(seed int) ledger.Options {
	dice := rand.New(rand.NewPCG(2, uint64(seed)))
	return ledger.Options{
		Clock: func() time.Time { return time.Now().Add(-moment(dice, time.Hour)) },
		Salts: crand.Reader,
	}
}

// moment is a random part of d.
func moment(dice *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(d)))
}

// receipts is what a ledger acknowledged, by batch. Times are left out: a
// receipt may have been read from a line of text.
type receipts struct {
	mu  sync.Mutex
	all map[string][2]ledger.Seq
}

// note notes a receipt, and reports whether the batch was acknowledged before.
func (r *receipts) note(t *testing.T, id string, first, last ledger.Seq) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string][2]ledger.Seq{}
	}
	now := [2]ledger.Seq{first, last}
	before, again := r.all[id]
	if again && before != now {
		t.Errorf("batch %s was accepted as %v, and again as %v", id, before, now)
	}
	r.all[id] = now
	return again
}

// examine verifies a store and looks up every acknowledged batch: none is lost,
// none is there by half, none twice.
func (r *receipts) examine(t *testing.T, s ledger.Store) {
	t.Helper()
	sound(t, s)
	there := map[string][2]ledger.Seq{}
	for e, err := range s.Entries(t.Context(), 0, 1<<40) {
		if err != nil {
			t.Fatal(err)
		}
		if _, again := there[e.Batch]; !again {
			there[e.Batch] = [2]ledger.Seq{e.Seq, e.Seq}
		}
		there[e.Batch] = [2]ledger.Seq{there[e.Batch][0], e.Seq}
	}
	for id, at := range there {
		if at[1]-at[0] != soakRows-1 {
			t.Errorf("batch %s is there from %d to %d", id, at[0], at[1])
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.all {
		if there[id] != at {
			t.Errorf("batch %s was acknowledged as %v, and is there as %v", id, at, there[id])
		}
	}
}

// Kill kills a process in which 64 writers append, at random moments, again and
// again on one store, while the clock steps to and fro. Each writer first
// repeats its last two batches of the process before: one that was acknowledged,
// and one of which it cannot know. ENTENTE_SOAK=1 does it 200 times.
//
// The process is the test itself once more, so a test calls Kill and does nothing
// else.
func Kill(t *testing.T, open Open) {
	if folder := os.Getenv(soakFolder); folder != "" {
		victim(t, open, folder)
		return
	}
	k := killing{folder: t.TempDir(), dice: rand.New(rand.NewPCG(1, 3))}
	kills := Soak(2, 200)
	for round := range kills {
		k.live(t, round)
		if round%20 == kills%20 || round == kills-1 {
			s := open(t, k.folder)
			k.examine(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills: %d batches acknowledged and there, %d of them repeated without a second entry", kills, len(k.all), k.repeats)
}

// killing is what is known from outside of the processes that were killed.
type killing struct {
	receipts
	folder  string
	dice    *rand.Rand
	repeats int
	last    [soakWriters]int // the batch that each writer had acknowledged last, counted from 1
}

// live runs a process until it is killed, and notes what it acknowledged.
func (k *killing) live(t *testing.T, round int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v=false")
	child.Env = append(os.Environ(), soakFolder+"="+k.folder, fmt.Sprintf("%s=%d %v", soakPast, round, k.last[:]))
	k.last = [soakWriters]int{}
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = child.Process.Kill() } // it may have ended
	defer time.AfterFunc(time.Minute, kill).Stop()
	acknowledged := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var id string
		var first, last ledger.Seq
		if n, _ := fmt.Sscanf(lines.Text(), "ack %s %d %d .", &id, &first, &last); n != 3 {
			continue // the line that the kill cut off
		}
		if k.note(t, id, first, last) {
			k.repeats++
		}
		var of, writer, i int
		if n, _ := fmt.Sscanf(id, "r%d-w%d-%d", &of, &writer, &i); n != 3 {
			t.Fatalf("batch %s was never appended", id)
		}
		if of == round {
			k.last[writer] = max(k.last[writer], i)
		}
		if acknowledged++; acknowledged == 1 {
			time.AfterFunc(moment(k.dice, 150*time.Millisecond), kill)
		}
	}
	_ = child.Wait() // it was killed
	if acknowledged == 0 {
		t.Error("a process ended before it appended anything")
	}
}

// victim is the process that is killed.
func victim(t *testing.T, open Open, folder string) {
	var round int
	var last [soakWriters]int
	past := strings.NewReader(strings.NewReplacer("[", "", "]", "").Replace(os.Getenv(soakPast)))
	if _, err := fmt.Fscan(past, &round); err != nil {
		t.Fatal(err)
	}
	for w := range last {
		if _, err := fmt.Fscan(past, &last[w]); err != nil {
			t.Fatal(err)
		}
	}
	_, l, _ := start(t, open, folder, soakOptions(round))
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range soakWriters {
		wg.Go(func() {
			for i := -1; ; i++ {
				id := fmt.Sprintf("r%d-w%d-%d", round, w, i)
				if i < 1 {
					id = fmt.Sprintf("r%d-w%d-%d", round-1, w, last[w]+i+1) // the last one acknowledged, and the next
				}
				if round == 0 && i < 1 || last[w] == 0 && i == -1 {
					continue
				}
				r, err := l.Append(context.Background(), "NOR/soak", nil, soakBatch(id, "soak"))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				out.Lock()
				fmt.Printf("ack %s %d %d .\n", id, r.First, r.Last)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// Outage has 64 writers append while strike takes the database away and gives
// it back, at random moments: twice, or 40 times with ENTENTE_SOAK=1. A writer
// repeats a batch until it is acknowledged.
func Outage(t *testing.T, open Open, strike func()) {
	s, l, _ := start(t, open, t.TempDir(), soakOptions(0))
	var r receipts
	var failed, repeated atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range soakWriters {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				b := soakBatch(fmt.Sprintf("w%d-%d", w, i), "soak")
				for range 1 + i%16/15 { // now and then once more, as if the answer had been lost
					receipt, failures, err := persist(t.Context(), l, b)
					if err != nil {
						t.Error(err)
						return
					}
					if failures > 0 {
						failed.Add(1)
					}
					if r.note(t, b.ID, receipt.First, receipt.Last) {
						repeated.Add(1)
					}
				}
			}
		})
	}
	strikes, dice := Soak(2, 40), rand.New(rand.NewPCG(1, 5))
	for range strikes {
		time.Sleep(moment(dice, 500*time.Millisecond))
		strike()
	}
	time.Sleep(200 * time.Millisecond)
	cancel()
	wg.Wait()
	r.examine(t, s)
	t.Logf("%d outages: %d batches acknowledged and there; %d of them met an error first, %d were repeated without a second entry", strikes, len(r.all), failed.Load(), repeated.Load())
}

// persist appends a batch, again and again for up to a minute, until it is
// acknowledged, and says how often it failed.
func persist(ctx context.Context, l *ledger.Ledger, b ledger.Batch) (r ledger.Receipt, failures int, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		r, err := l.Append(ctx, "NOR/soak", nil, b)
		if err == nil || ctx.Err() != nil {
			return r, failures, err
		}
		failures++
		time.Sleep(20 * time.Millisecond)
	}
}

// Full appends to a ledger until its disk is full, sees that it says so, that
// nothing is there by half, and that all goes on when free has made space.
// The folder is handed to open.
func Full(t *testing.T, open Open, folder string, free func()) {
	s, l, _ := start(t, open, folder, soakOptions(0))
	var r receipts
	note := noise(8000)
	refused := fill(t, l, &r, note)
	before := len(r.all)
	said := ""
	for _, err := range refused {
		if strings.Contains(err.Error(), "full") {
			said = err.Error()
		}
	}
	if said == "" {
		t.Errorf("no error says that the disk is full: %v", refused)
	}
	free()
	for id, why := range refused {
		receipt, _, err := persist(t.Context(), l, soakBatch(id, note))
		if err != nil {
			t.Fatalf("%s was refused (%v), and after there was space again: %v", id, why, err)
		}
		r.note(t, id, receipt.First, receipt.Last)
	}
	r.examine(t, s)
	t.Logf("%d batches until the disk was full; then the %d refused ones after space was freed; what was said: %s", before, len(refused), said)
}

// fill has eight writers append until each is refused, and returns the batches
// that were.
func fill(t *testing.T, l *ledger.Ledger, r *receipts, note string) map[string]error {
	var mu sync.Mutex
	refused := map[string]error{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("w%d-%d", w, i)
				receipt, err := l.Append(t.Context(), "NOR/soak", nil, soakBatch(id, note))
				if err != nil {
					mu.Lock()
					refused[id] = err
					mu.Unlock()
					return
				}
				r.note(t, id, receipt.First, receipt.Last)
			}
		})
	}
	wg.Wait()
	return refused
}

// noise is text that no database makes shorter.
func noise(n int) string {
	dice := rand.New(rand.NewPCG(1, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = 'A' + byte(dice.IntN(26)) | byte(dice.IntN(2))<<5
	}
	return string(b)
}

// SmallDisk mounts a file system of so many megabytes in memory, and fills a
// part of it with what free removes. Only root may do that; others skip.
func SmallDisk(t *testing.T, megabytes, ballast int) (folder string, free func()) {
	t.Helper()
	folder, err := os.MkdirTemp("", "entente-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(folder) })
	mount := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=1777", megabytes), "tmpfs", folder)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here, which only root can: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "ballast")
	if err := os.WriteFile(file, make([]byte, ballast<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, func() {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}
