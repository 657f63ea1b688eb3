package plan_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"entente/record"
)

// The naive model is a linear programme too, and could be wrong in the same
// way. These worlds are small and even enough that every plan in whole numbers
// can be tried, and one of those is best: no solver has a say.

// grid draws the records of a world and keeps the numbers they came from.
type grid struct {
	*rand.Rand
	months int
	text   strings.Builder
}

func (g *grid) record(format string, args ...any) {
	fmt.Fprintf(&g.text, "---\n"+format, args...)
}

// lots draws when how much of a resource arrives, and writes the pledges.
func (g *grid) lots(resource string, per int) []int {
	arrived := make([]int, g.months)
	for i := range 1 + g.IntN(3) {
		first, lead, q := g.IntN(g.months)-1, g.IntN(3), per*(1+g.IntN(2))
		g.record("kind: Pledge\nid: %s-%d\nby: XAA\nresource: %s\nquantity: %d\nfrom: %s\nlead: %d\nstatus: [{is: committed, on: 2024-06}]\n",
			resource, i, resource, q, record.Month(2025*12+first), lead)
		if t := max(first, 0) + lead; t < g.months {
			arrived[t] += q
		}
	}
	return arrived
}

// upTo sums what has arrived by each month.
func upTo(arrived []int) []int {
	sums := make([]int, len(arrived))
	sum := 0
	for t, q := range arrived {
		sum += q
		sums[t] = sum
	}
	return sums
}

// tried calls f with every choice of whole numbers up to most.
func tried(n, most int, f func([]int)) {
	z := make([]int, n)
	for {
		f(z)
		i := 0
		for ; i < n && z[i] == most; i++ {
			z[i] = 0
		}
		if i == n {
			return
		}
		z[i]++
	}
}

func power(d float64, t int) float64 {
	if t == 0 {
		return 1
	}
	return d * power(d, t-1)
}

// settled compares a plan and the naive model with the best of all trials.
func (g *grid) settled(t *testing.T, seed uint64, best float64) {
	t.Helper()
	s := year(g.months)
	v := view(s, append(parsed(t, "drawn.yaml", []byte(g.text.String())), records(t, "testdata/words.yaml")...)...)
	o := defaults(s)
	o.Brief = true
	if p := made(t, v, o); apart(p.Objective, best) > 1e-7 {
		t.Errorf("world %d: the plan is worth %.9f, trying everything finds %.9f\n%s", seed, p.Objective, best, g.text.String())
	}
	if value, _, _ := newNaive(v, o).solve(t); apart(value, best) > 1e-7 {
		t.Errorf("world %d: the naive model says %.9f, trying everything finds %.9f\n%s", seed, value, best, g.text.String())
	}
}

// One need, and every leg at once: guns, crews from a course, shells that are
// used up, money that is spent.
func TestEveryPlanOfOneNeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		g := &grid{Rand: rand.New(rand.NewPCG(seed, 4)), months: 3 + int(seed%3)}
		q := make([]int, g.months)
		from := 0
		g.record("kind: Capability\nid: everything\nname: Everything\nunit: gun in action\nstock: {gun: 1, gunner: 2}\nmonthly: {shell: 3}\nrunning: 1000 EUR\n")
		g.record("kind: Need\nid: need\ncapability: everything\nat: alpha\nfrom: 2025\nto: 2025\npriority: 2\nquantity: [{from: 2025-01, quantity: 1}, {from: 2025-03, quantity: 2}]\n")
		for t := range q {
			q[t] = 1
			if t >= 2 {
				q[t] = 2
			}
		}
		guns, gunners, shells := upTo(g.lots("gun", 1)), g.lots("gunner", 2), upTo(g.lots("shell", 3))
		from = g.IntN(g.months)
		g.record("kind: Programme\nid: course\nby: XAA\nat: school\ntrains: gunner\nseats: 4\npasses: 0.5\nmonths: 1\nfrom: %s\n", record.Month(2025*12+from))
		for t := from; t+1 < g.months; t++ {
			gunners[t+1] += 2
		}
		gunners = upTo(gunners)
		g.record("kind: Fund\nid: pot\nuses: [running]\n")
		money := make([]int, g.months)
		for i := range 2 {
			t, euros := g.IntN(g.months), 1+g.IntN(3)
			money[t] += euros
			g.record("kind: Pledge\nid: money-%d\nby: XBB\namount: %d000 EUR\ninto: pot\nfrom: %s\nstatus: [{is: committed, on: 2024-06}]\n", i, euros, record.Month(2025*12+t))
		}
		money = upTo(money)
		best := 0.0
		tried(g.months, 2, func(z []int) {
			value, used := 0.0, 0
			for t := range z {
				used += z[t]
				if z[t] > q[t] || z[t] > guns[t] || 2*z[t] > gunners[t] || 3*used > shells[t] || used > money[t] {
					return
				}
				value += 64 * power(0.99, t) * float64(z[t])
			}
			best = max(best, value)
		})
		g.settled(t, seed, best)
	}
}

// Several needs, and caveats that overlap: by Hall's theorem they can be served
// when no group of them asks for more than all who may serve any of them give.
func TestEveryPlanOfSeveralNeeds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		g := &grid{Rand: rand.New(rand.NewPCG(seed, 5)), months: 2}
		usedUp := seed%2 == 0
		capability, resource := "guns", "gun"
		if usedUp {
			capability, resource = "fire", "shell"
			g.record("kind: Capability\nid: fire\nname: Fire\nunit: salvo\nmonthly: {shell: 1}\n")
		}
		needs := 2 + g.IntN(2)
		weight := make([]float64, needs)
		for n := range needs {
			priority := 1 + g.IntN(3)
			weight[n] = power(4, 5-priority)
			g.record("kind: Need\nid: need-%d\ncapability: %s\nat: alpha\nfrom: 2025-01\nto: 2025-12\npriority: %d\nquantity: 2\n", n, capability, priority)
		}
		type lot struct{ serves, month, quantity int } // serves is a set of needs
		var lots []lot
		for i := range 2 + g.IntN(3) {
			l := lot{1 + g.IntN(1<<needs-1), g.IntN(2), 1 + g.IntN(2)}
			lots = append(lots, l)
			var names []string
			for n := range needs {
				if l.serves>>n&1 == 1 {
					names = append(names, fmt.Sprintf("need-%d", n))
				}
			}
			g.record("kind: Pledge\nid: lot-%d\nby: XAA\nresource: %s\nquantity: %d\nfrom: 2025-01\nlead: %d\nonly: {needs: [%s]}\nstatus: [{is: committed, on: 2024-06}]\n",
				i, resource, l.quantity, l.month, strings.Join(names, ", "))
		}
		// What is kept must be there in each month for itself; what is used up
		// must be there for both months together.
		fits := func(z []int) bool {
			for group := 1; group < 1<<len(z); group++ {
				asked, given := 0, 0
				first, last := 1, 0 // months that the group asks in
				for i := range z {
					if group>>i&1 == 1 {
						asked += z[i]
						first, last = min(first, i/needs), max(last, i/needs)
					}
				}
				if !usedUp && first != last {
					continue
				}
				for _, l := range lots {
					for i := range z {
						if group>>i&1 == 1 && l.serves>>(i%needs)&1 == 1 && l.month <= i/needs {
							given += l.quantity
							break
						}
					}
				}
				if asked > given {
					return false
				}
			}
			return true
		}
		best := 0.0
		tried(2*needs, 2, func(z []int) {
			value := 0.0
			for i, q := range z {
				value += weight[i%needs] * power(0.99, i/needs) * float64(q)
			}
			if value > best && fits(z) {
				best = value
			}
		})
		g.settled(t, seed, best)
	}
}

// Units and their tours, beside what the legs make.
func TestEveryPlanOfTours(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		g := &grid{Rand: rand.New(rand.NewPCG(seed, 6)), months: 5}
		g.record("kind: Need\nid: need-0\ncapability: guns\nat: alpha\nfrom: 2025-01\nto: 2025-12\npriority: 1\nquantity: 2\n")
		g.record("kind: Need\nid: need-1\ncapability: presence\nat: bravo\nfrom: 2025-02\nto: 2025-12\npriority: 2\nquantity: 1\n")
		guns := upTo(g.lots("gun", 1))
		type unit struct{ tour, rest, prepare, notice int }
		var units []unit
		for i := range 2 {
			u := unit{1 + g.IntN(3), g.IntN(3), g.IntN(2), g.IntN(2)}
			units = append(units, u)
			g.record("kind: Unit\nid: unit-%d\nby: XAA\ntype: infantry\nnotice: %d\ngives: {guns: 1, presence: 1}\nrotation: {tour: %d, rest: %d, prepare: %d}\n", i, 30*u.notice, u.tour, u.rest, u.prepare)
		}
		// Each unit begins in each month a tour for nobody, the first need or the
		// second.
		best := 0.0
		tried(2*g.months, 2, func(z []int) {
			present := [2][5]float64{}
			for i, u := range units {
				free := -10
				for s := range g.months {
					need := z[i*g.months+s]
					if need == 0 {
						continue
					}
					if s < u.notice || s-u.prepare < free {
						return
					}
					free = s + u.tour + u.rest
					for t := s; t < min(s+u.tour, g.months); t++ {
						present[need-1][t]++
					}
				}
			}
			value := 0.0
			for t := range g.months {
				value += 256 * power(0.99, t) * min(2, present[0][t]+float64(guns[t]))
				if t >= 1 {
					value += 64 * power(0.99, t) * min(1, present[1][t])
				}
			}
			best = max(best, value)
		})
		g.settled(t, seed, best)
	}
}

// The naive model agrees with sums done by hand, where only a few terms matter.
func TestNaiveByHand(t *testing.T) {
	s := year(24)
	v := view(s, records(t, "../record/testdata/example.yaml")...)
	value, euros, _ := newNaive(v, defaults(s)).solve(t)
	// 20 unit-months of rounds; crews let in 0.6, 1.2 and 1.8 units from May,
	// and two fire units take the rest from August on.
	want, left := 0.0, 20.0
	for month := 4; left > 1e-9; month++ {
		z := min(left, 2, 0.6*float64(month-3))
		want += 256 * power(0.99, month) * z
		left -= z
	}
	if apart(value, want) > 1e-9 || apart(euros, 20*400_000+80*18_000) > 1e-6 {
		t.Errorf("V %.9f of %.9f, %.2f EUR", value, want, euros)
	}
}
