package sqlite_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/ledger"
	"entente/ledger/ledgertest"
	"entente/ledger/sqlite"
)

const (
	soakWriters = 64
	soakRows    = 3 // a batch
	soakChild   = "ENTENTE_SOAK_CHILD"
	soakPast    = "ENTENTE_SOAK_PAST"
)

// TestKill kills a process in which 64 writers append, at random moments, again
// and again on one file, and sees that no acknowledged batch is lost, none is
// there by half, and none twice, though each writer first repeats its last two
// batches of the process before: one that was acknowledged, and one of which it
// cannot know. ENTENTE_SOAK=1 does it 200 times.
func TestKill(t *testing.T) {
	kills := 2
	if os.Getenv("ENTENTE_SOAK") != "" {
		kills = 200
	}
	file := filepath.Join(t.TempDir(), "ledger.db")
	acknowledged := map[string]ledger.Receipt{}
	dice := mrand.New(mrand.NewPCG(1, 3))
	repeats := 0
	var last [soakWriters]int // the batch that each writer had acknowledged last, counted from 1
	for round := range kills {
		repeats += live(t, file, round, time.Duration(dice.IntN(150))*time.Millisecond, &last, acknowledged)
		if round%20 == kills%20 || round == kills-1 {
			examine(t, file, acknowledged)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills: %d batches acknowledged and there, %d of them repeated without a second entry", kills, len(acknowledged), repeats)
}

// live runs a child until it is killed, and notes what it acknowledged.
func live(t *testing.T, file string, round int, long time.Duration, last *[soakWriters]int, acknowledged map[string]ledger.Receipt) (repeats int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), soakChild+"="+file, fmt.Sprintf("%s=%d %v", soakPast, round, last[:]))
	*last = [soakWriters]int{}
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { child.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(out)
	for started := false; lines.Scan(); {
		var id string
		var r ledger.Receipt
		if n, _ := fmt.Sscanf(lines.Text(), "ack %s %d %d .", &id, &r.First, &r.Last); n != 3 {
			continue // the line that the kill cut off
		}
		if before, again := acknowledged[id]; again {
			if repeats++; before != r {
				t.Errorf("batch %s was accepted as %v, and again as %v", id, before, r)
			}
		}
		acknowledged[id] = r
		var of, writer, i int
		if n, _ := fmt.Sscanf(id, "r%d-w%d-%d", &of, &writer, &i); n != 3 {
			t.Fatalf("batch %s was never appended", id)
		}
		if of == round {
			last[writer] = max(last[writer], i)
		}
		if !started {
			started = true
			time.AfterFunc(long, func() { child.Process.Kill() })
		}
	}
	_ = child.Wait() // it was killed
	return repeats
}

// examine verifies the file and looks up every acknowledged batch.
func examine(t *testing.T, file string, acknowledged map[string]ledger.Receipt) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report, err := ledger.Verify(t.Context(), s, "")
	if err != nil || len(report.Problems) > 0 {
		t.Fatalf("Verify says %v, %v", report.Problems, err)
	}
	there := map[string]ledger.Receipt{}
	for e, err := range s.Entries(t.Context(), 0, 1<<40) {
		if err != nil {
			t.Fatal(err)
		}
		r, again := there[e.Batch]
		if !again {
			r.First = e.Seq
		}
		r.Last = e.Seq
		there[e.Batch] = r
	}
	for id, r := range there {
		if r.Last-r.First != soakRows-1 {
			t.Errorf("batch %s is there from %d to %d", id, r.First, r.Last)
		}
	}
	for id, r := range acknowledged {
		if there[id] != r {
			t.Errorf("batch %s was acknowledged as %v, and is there as %v", id, r, there[id])
		}
	}
}

// TestChild is the process that is killed. Each writer first repeats its last
// batches of the process before, which it cannot know to be stored.
func TestChild(t *testing.T) {
	file := os.Getenv(soakChild)
	if file == "" {
		t.Skip("a part of TestKill")
	}
	past := strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(os.Getenv(soakPast)))
	numbers := make([]int, len(past))
	for i, text := range past {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		numbers[i] = n
	}
	round, last := numbers[0], numbers[1:]
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), s, ledger.Options{Clock: time.Now, Salts: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	var failed atomic.Bool
	for w := range soakWriters {
		wg.Go(func() {
			for i := -1; !failed.Load(); i++ {
				id := fmt.Sprintf("r%d-w%d-%d", round, w, i)
				if i < 1 {
					id = fmt.Sprintf("r%d-w%d-%d", round-1, w, last[w]+i+1) // the last one acknowledged, and the next
				}
				if round == 0 && i < 1 || last[w] == 0 && i == -1 {
					continue
				}
				b := ledger.Batch{ID: id}
				for j := range soakRows {
					c, err := ledger.Put(ledgertest.Place(fmt.Sprintf("%s-%d", id, j), "soak"), 0)
					if err != nil {
						panic(err)
					}
					b.Changes = append(b.Changes, c)
				}
				receipt, err := l.Append(context.Background(), "NOR/soak", nil, b)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					failed.Store(true)
					return
				}
				out.Lock()
				fmt.Printf("ack %s %d %d .\n", id, receipt.First, receipt.Last)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}
