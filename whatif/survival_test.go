package whatif

import (
	"math"
	"testing"
)

// Months in remission of 21 children under 6-mercaptopurine, some still in
// remission when last seen: the example by which Kaplan and Meier's estimate is
// taught. E. J. Freireich et al., Blood 21, 1963, 699-716; estimates as in D. R.
// Cox and D. Oakes, Analysis of Survival Data, 1984, section 1.2 and after.
func TestKaplanMeier(t *testing.T) {
	var ws []wait
	for _, m := range []int{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		ws = append(ws, wait{m, true})
	}
	for _, m := range []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		ws = append(ws, wait{m, false})
	}
	c := kaplanMeier(ws)
	at, left := []int{6, 7, 10, 13, 16, 22, 23}, []float64{0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448}
	if c.came != 9 || c.all != 21 || len(c.at) != len(at) {
		t.Fatalf("got %+v", c)
	}
	for k := range at {
		if c.at[k] != at[k] || math.Abs(c.left[k]-left[k]) > 5e-4 {
			t.Errorf("after %d months %.4f are left, want %.3f after %d", c.at[k], c.left[k], left[k], at[k])
		}
	}
	for months, want := range map[int]float64{0: 1, 5: 1, 6: 0.857, 9: 0.807, 15: 0.690, 23: 0.448, 46: 0.448 * 0.448} {
		if got := c.after(months); math.Abs(got-want) > 5e-4 {
			t.Errorf("after %d months %.4f are left, want %.3f", months, got, want)
		}
	}
	if m, ok := c.median(); !ok || m != 23 {
		t.Errorf("the median is %d, %v", m, ok)
	}
}

// What has come all within a month is drawn as it came; what has been waited for
// is drawn from what took longer.
func TestDraw(t *testing.T) {
	c := kaplanMeier([]wait{{0, true}, {0, true}, {2, true}, {5, true}})
	for _, x := range []struct {
		u            float64
		waited, want int
	}{{0.9, 0, 0}, {0.5, 0, 0}, {0.49, 0, 2}, {0.25, 0, 2}, {0.1, 0, 5}, {0, 0, 5}, {0.9, 1, 2}, {0.5, 1, 2}, {0.4, 1, 5}, {0.9, 3, 5}, {0.9, 6, 6}} {
		if got := c.draw(x.u, x.waited, 99); got != x.want {
			t.Errorf("%v after %d months: %d, want %d", x.u, x.waited, got, x.want)
		}
	}
	if got := (curve{}).draw(0.1, 4, 99); got != 0 {
		t.Errorf("of nothing known %d is drawn", got)
	}
	censored := kaplanMeier([]wait{{1, true}, {9, false}})
	if got := censored.draw(1e-12, 3, 24); got != 24 {
		t.Errorf("the tail ends after %d months", got)
	}
}

func TestSpearman(t *testing.T) {
	for _, x := range []struct {
		xs, ys []float64
		want   float64
	}{
		{[]float64{1, 2, 3}, []float64{10, 100, 1000}, 1},
		{[]float64{1, 2, 3}, []float64{3, 2, 1}, -1},
		{[]float64{1, 1, 1}, []float64{3, 2, 1}, 0},
		{[]float64{1, 2, 2, 3}, []float64{1, 3, 2, 4}, 0.9486832980505138}, // ranks 1, 2.5, 2.5, 4
	} {
		if got := spearman(x.xs, x.ys); math.Abs(got-x.want) > 1e-12 {
			t.Errorf("%v, %v: %v", x.xs, x.ys, got)
		}
	}
	if b := bandOf([]float64{3, 1, 2, 5, 4, 6, 9, 8, 7, 10, 0}); b != (Band{1, 5, 9}) {
		t.Errorf("got %v", b)
	}
	if b := bandOf([]float64{3}); b != (Band{3, 3, 3}) {
		t.Errorf("got %v", b)
	}
}
