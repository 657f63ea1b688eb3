package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/bench/world"
	"entente/lp"
)

func results() []result {
	return []result{
		{world: "Q", programme: "records to explained plan", runner: "Entente", taken: taken{wall: time.Second, cpu: time.Second}, ours: true, found: true, value: 99.9, bound: 100.1, within: near},
		{world: "Q", programme: "textbook", runner: "a peer", taken: taken{wall: 3 * time.Second, cpu: 2 * time.Second, memory: 3 << 20}, found: true, value: 100, bound: 100, within: near},
		{world: "Q", programme: "textbook", runner: "a coarse peer", taken: taken{wall: time.Second, cpu: time.Second}, found: true, value: 99.95, bound: 99.95, within: 1e-3},
		{world: "Q", programme: "textbook", runner: "another <peer>", note: "not here: install it"},
		{world: "S", programme: "textbook", runner: "a peer", taken: taken{wall: time.Second}, found: true, value: 7, bound: 7, within: near},
	}
}

// Nobody's plan may be worth more than what somebody else has proved, each as
// far as its own tolerance goes; who is not there has no say.
func TestAgree(t *testing.T) {
	if err := agree(results()); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		at    int
		value float64
		want  string
	}{{0, 100.01, "Entente finds 100.01"}, {1, 100.2, "a peer finds 100.2"}, {1, 99.8, "a peer proves at most 99.8"}, {2, 99.5, "a coarse peer proves at most 99.5"}} {
		rs := results()
		rs[c.at].value, rs[c.at].bound = c.value, max(c.value, map[bool]float64{true: rs[0].bound}[c.at == 0])
		if err := agree(rs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("with %g instead: got %v", c.value, err)
		}
	}
}

func TestTableAndBars(t *testing.T) {
	var out bytes.Buffer
	table(&out, results())
	for _, want := range []string{"| 3.00    | 2.00 s | 2.00    | 3 MB ", "not here: install it", "0.2 %", "its own tolerance"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	svg := bars("Who took how long", results())
	wellFormed(t, svg)
	if strings.Count(svg, `height="15"`) != 4 || !strings.Contains(svg, "3 times ours") {
		t.Errorf("%s", svg)
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	if err := xml.Unmarshal([]byte(svg), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("%v:\n%s", err, svg)
	}
}

// What takes eight times as long with four times as much grows with the power
// of one and a half; what gave no answer has no part in it.
func TestSlope(t *testing.T) {
	var points []point
	for i, s := range []float64{1, 8, 64} {
		r := result{found: true, taken: taken{wall: time.Duration(s * float64(time.Second)), cpu: time.Duration(s * float64(time.Second))}}
		points = append(points, point{500 << (2 * i), r})
	}
	points = append(points, point{64000, result{taken: taken{wall: time.Second}, note: "no answer in 1 s"}})
	got := slope(points, func(r result) time.Duration { return r.wall })
	if math.Abs(got-1.5) > 1e-9 {
		t.Errorf("got %g", got)
	}
	if one := slope(points[:1], func(r result) time.Duration { return r.wall }); !math.IsNaN(one) {
		t.Errorf("of one point: %g", one)
	}
	svg := curve(points, got)
	wellFormed(t, svg)
	if strings.Count(svg, "<circle") != 6 {
		t.Errorf("%s", svg)
	}
}

// Growth goes from a twentieth of M through M to the lots and needs of L.
func TestGrown(t *testing.T) {
	at := func(lots int) [2]int { return [2]int{grown(lots).Lots, grown(lots).Needs} }
	if m, l := at(world.M.Lots), at(world.L.Lots); m != [2]int{world.M.Lots, world.M.Needs} || l != [2]int{world.L.Lots, world.L.Needs} {
		t.Errorf("got %v and %v", m, l)
	}
	if grown(1).Needs != 1 {
		t.Error("a world without needs has nothing to plan")
	}
}

// What peers say is read as they write it, with the sign turned.
func TestWhatPeersSay(t *testing.T) {
	for _, c := range []struct {
		form *regexp.Regexp
		said string
		want float64
	}{
		{linearPeers()[0].value, "Optimal - objective value -265948.46\nOptimal objective -265948.4579 - 3043 iterations time 0.082\n", 265948.4579},
		{linearPeers()[5].value, "Rows:       3\nStatus:     OPTIMAL\nObjective:  COST = -12.5 (MINimum)\n", 12.5},
		{integerPeers()[0].bound, "solve\noptimum -20\nbound -21.5\n", 21.5},
		{integerPeers()[2].value, "Result - Optimal solution found\n\nObjective value:                -9136.00000000\n", 9136},
		{integerPeers()[2].bound, "Result - Stopped on time limit\n\nObjective value:                -9136.0\nLower bound:                    -9295.5\n", 9295.5},
	} {
		if got, ok := read(c.form, c.said); !ok || got != c.want {
			t.Errorf("from %q: %g, %v", c.said, got, ok)
		}
	}
	if _, ok := read(optimum, "none: kTimeLimit"); ok {
		t.Error("there is no optimum to read")
	}
}

// The time at which a process says something is known while it goes on.
func TestProcess(t *testing.T) {
	out, took, err := process(t.Context(), []string{"sh", "-c", "echo solve; sleep 0.2; echo done"}, time.Minute, begins, false)
	if err != nil || out != "solve\ndone\n" || took.loaded == 0 || took.wall-took.loaded < 100*time.Millisecond {
		t.Errorf("%q, %+v, %v", out, took, err)
	}
	if _, _, err := process(t.Context(), []string{"no such programme"}, time.Minute, nil, false); err != errAbsent {
		t.Errorf("got %v", err)
	}
	if _, _, err := process(t.Context(), []string{"sleep", "10"}, 50*time.Millisecond, nil, false); err != errLate {
		t.Errorf("got %v", err)
	}
	if _, _, err := process(t.Context(), []string{"sh", "-c", "echo broken; exit 3"}, time.Minute, nil, false); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v", err)
	}
}

// The house's runners find the same, stage by stage; with money at a price a
// programme's optimum is no higher.
func TestJobs(t *testing.T) {
	size := world.Quarter
	size.Units = 0
	file, err := records(size, 1, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	do := func(j job) report {
		j.Size, j.File, j.Cores, j.Limit, j.Orders = size, file, 2, time.Minute, 2
		text, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (job{}).run(t.Context(), &out, string(text)); err != nil {
			t.Fatal(err)
		}
		var r report
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	plan := do(job{Do: "plan", Prices: 2})
	var names []string
	for _, s := range plan.Stages {
		names = append(names, s.Name)
	}
	if strings.Join(names, " ") != "load build solve explain" {
		t.Errorf("stages %v", names)
	}
	if plan.Prices != 2 {
		t.Errorf("%d prices proved", plan.Prices)
	}
	for _, as := range []string{"textbook", "itemised", "plan", "full"} {
		if r := do(job{Do: "embedded", As: as}); !r.Found || math.Abs(r.Value-plan.Value) > near*plan.Value {
			t.Errorf("%s: %.6f, the plan %.6f", as, r.Value, plan.Value)
		}
	}
	if r := do(job{Do: "embedded", As: cheapest}); r.Value >= plan.Value || r.Value < plan.Value*(1-1e-4) {
		t.Errorf("with money at a price %.6f, the plan %.6f", r.Value, plan.Value)
	}
	if !testing.Short() {
		if r := do(job{Do: "departures"}); len(r.Stages) != 5 || !strings.Contains(r.Stages[4].Note, "2 orders") && !strings.Contains(r.Stages[4].Note, "0 orders") {
			t.Errorf("%+v", r.Stages)
		}
	}
	if err := (job{}).run(t.Context(), new(bytes.Buffer), `{"Do":"nothing"}`); err == nil {
		t.Error("there is no such job")
	}
}

// A programme is stated in a file that others can read, and by no other name.
func TestState(t *testing.T) {
	dir, size := t.TempDir(), world.Tiny(3)
	file, err := records(size, 3, dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	programme, err := state(&out, size, "textbook", options{out: dir}, file)
	if err != nil || filepath.Dir(programme) != dir || !strings.Contains(out.String(), " rows, ") {
		t.Errorf("%s, %v, %s", programme, err, out.String())
	}
	if _, err := state(&out, size, "somehow", options{out: dir}, file); err == nil {
		t.Error("there is no such statement")
	}
	if v, err := view(size, file); err != nil || statement("textbook", v).Cols() == 0 {
		t.Errorf("%v", err)
	}
}

// A solver is at hand once it is warm.
func TestWarm(t *testing.T) {
	if err := warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := newSolver()
	if err != nil {
		t.Fatal(err)
	}
	var m lp.Model
	m.AddCol(1, 0, 3)
	if got, err := lp.Solve(t.Context(), s, &m, lp.Options{}); err != nil || got.Objective != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Of quick runs the best of three counts, slow ones and failures are not repeated.
func TestQuickest(t *testing.T) {
	for _, c := range []struct {
		walls []time.Duration
		found bool
		want  time.Duration
		runs  int
	}{
		{[]time.Duration{300, 200, 400}, true, 200, 3},
		{[]time.Duration{3000, 1, 1}, true, 3000, 1},
		{[]time.Duration{300, 1, 1}, false, 300, 1},
	} {
		runs := 0
		got := quickest(func() result {
			runs++
			return result{found: c.found, taken: taken{wall: c.walls[runs-1] * time.Millisecond}}
		})
		if got.wall != c.want*time.Millisecond || runs != c.runs {
			t.Errorf("%v: got %v after %d runs", c.walls, got.wall, runs)
		}
	}
}
